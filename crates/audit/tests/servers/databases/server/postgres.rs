//! A PostgreSQL of our own.

use super::{PASSWORD, Server, by, folder, free_port, program, ran, unless_root, versions};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

async fn start() -> Server {
    let installed = versions("/usr/lib/postgresql");
    let user = unless_root("postgres");
    let folder = folder(user);
    let data = folder.join("data");
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    ran(Command::new("chmod").arg("644").arg(&password));
    ran(by(user, program("initdb", &installed, "postgresql"))
        .arg("-D")
        .arg(&data)
        .arg(format!("--pwfile={}", password.display()))
        .args([
            "-U",
            "owner",
            "--auth=scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]));
    let port = free_port();
    let mut command = by(user, program("postgres", &installed, "postgresql"));
    command.arg("-D").arg(&data).arg("-k").arg(&folder).args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-F",
        "-c",
        "log_statement=all",
        "-c",
        "log_line_prefix=%d|%a|",
    ]);
    let server = Server::start("INT", &folder, port, &command);
    let url = format!("postgres://owner:{PASSWORD}@127.0.0.1:{port}/postgres");
    for _ in 0..300 {
        if connect(&url).await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("PostgreSQL does not start");
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let options: sqlx::postgres::PgConnectOptions = url.parse()?;
    options.connect().await
}

/// A new database with these tables; its address as the owner, and a connection to it.
pub(crate) async fn database(tables: &str) -> (SecretString, PgConnection) {
    let server = SERVER.get_or_init(start).await;
    let at = format!("postgres://owner:{PASSWORD}@127.0.0.1:{}", server.port);
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut first = connect(&format!("{at}/postgres")).await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    run(&mut first, &create).await;
    let url = format!("{at}/{name}");
    let mut connection = connect(&url).await.unwrap();
    run(&mut connection, tables).await;
    (url.into(), connection)
}

/// Whatever the server was asked in a database under this name of a program, one statement a line.
pub(crate) async fn asked(database: &str, program: &str) -> Vec<String> {
    let server = SERVER.get_or_init(start).await;
    let log = std::fs::read_to_string(server.folder.join("log")).unwrap();
    let begin = format!("{database}|{program}|LOG:  statement: ");
    log.lines()
        .filter_map(|it| it.strip_prefix(&begin))
        .map(str::to_owned)
        .collect()
}

/// Runs statements.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    query
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
