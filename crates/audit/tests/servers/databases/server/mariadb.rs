//! A MariaDB of our own.

use super::{PASSWORD, Server, by, folder, free_port, program, ran, unless_root};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

async fn start() -> Server {
    let folders = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")];
    let user = unless_root("mysql");
    let folder = folder(user);
    let data = folder.join("data");
    ran(by(
        user,
        program("mariadb-install-db", &folders, "mariadb-server"),
    )
    .arg("--no-defaults")
    .arg(format!("--datadir={}", data.display()))
    .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
    .args(["--innodb-flush-method=nosync", "--innodb-log-file-size=16M"]));
    let first = folder.join("first.sql");
    let owner = format!(
        "CREATE USER owner@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO owner@'%' WITH GRANT OPTION;\n"
    );
    std::fs::write(&first, owner).unwrap();
    let port = free_port();
    let mut command = by(user, program("mariadbd", &folders, "mariadb-server"));
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", folder.join("socket").display()))
        .arg(format!("--init-file={}", first.display()))
        .arg(format!("--port={port}"))
        .args([
            "--bind-address=127.0.0.1",
            "--general-log",
            "--log-output=TABLE",
            "--skip-log-bin",
            "--innodb-flush-method=nosync",
        ])
        .args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-log-file-size=16M",
        ]);
    let server = Server::start("TERM", &folder, port, &command);
    let url = format!("mysql://owner:{PASSWORD}@127.0.0.1:{port}/mysql");
    for _ in 0..300 {
        if connect(&url).await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("MariaDB does not start");
}

async fn connect(url: &str) -> Result<MySqlConnection, sqlx::Error> {
    let options: sqlx::mysql::MySqlConnectOptions = url.parse()?;
    options.connect().await
}

/// A new database with these tables; its address as the owner, and a connection to it.
pub(crate) async fn database(tables: &str) -> (SecretString, MySqlConnection) {
    let server = SERVER.get_or_init(start).await;
    let at = format!("mariadb://owner:{PASSWORD}@127.0.0.1:{}", server.port);
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut first = connect(&format!("{at}/mysql")).await.unwrap();
    run(
        &mut first,
        &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
    )
    .await;
    let url = format!("{at}/{name}");
    let mut connection = connect(&url).await.unwrap();
    run(&mut connection, tables).await;
    (url.into(), connection)
}

/// Runs statements.
pub(crate) async fn run(connection: &mut MySqlConnection, sql: &str) {
    let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    query
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Whatever a user asked the server, one statement each.
pub(crate) async fn asked(connection: &mut MySqlConnection, user: &str) -> Vec<String> {
    let query = format!(
        "SELECT CAST(argument AS CHAR) FROM mysql.general_log WHERE user_host LIKE '{user}[%' AND command_type = 'Query'"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(query));
    query.fetch_all(connection).await.unwrap()
}
