//! A server of each kind, and its own client: what is printed is run by the client that a team would use.

use sharecheck_audit::schema::Engine;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Ends the server when this process ends, however it does: its end closes the pipe that the shell reads from.
const KEEPER: &str = r#"folder=$1; shift; "$@" & server=$!; read -r _; kill -s INT "$server" 2>/dev/null
kill -s TERM "$server" 2>/dev/null; wait "$server"; rm -rf "$folder""#;

static POSTGRES: OnceLock<Server> = OnceLock::new();
static MARIADB: OnceLock<Server> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Server {
    folder: PathBuf,
    port: u16,
    _keeper: Child,
}

/// A database of one test.
pub(crate) struct Database {
    pub(crate) engine: Engine,
    name: String,
    folder: tempfile::TempDir,
}

impl Database {
    /// A new one, empty.
    pub(crate) fn new(engine: Engine) -> Self {
        let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        match engine {
            Engine::PostgreSql => {
                let mut command = psql("postgres");
                fed(&mut command, &format!("CREATE DATABASE {name};"));
            }
            Engine::MariaDb => {
                let mut command = mariadb("mysql");
                fed(
                    &mut command,
                    &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4;"),
                );
            }
            _ => {}
        }
        Self {
            engine,
            name,
            folder,
        }
    }

    fn client(&self) -> Command {
        match self.engine {
            Engine::PostgreSql => psql(&self.name),
            Engine::MariaDb => mariadb(&self.name),
            _ => {
                let mut command = Command::new("sqlite3");
                command.arg("-bail").arg(self.folder.path().join("db"));
                command
            }
        }
    }

    /// Runs statements; what they print.
    pub(crate) fn run(&self, sql: &str) -> String {
        fed(&mut self.client(), sql)
    }

    /// Whether the database refuses these statements.
    pub(crate) fn refuses(&self, sql: &str) -> bool {
        !output(&mut self.client(), sql).status.success()
    }
}

fn psql(database: &str) -> Command {
    let server = POSTGRES.get_or_init(postgres);
    let mut command = Command::new("psql");
    command
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "owner",
            "-d",
            database,
        ])
        .args(["-p", &server.port.to_string(), "-h"])
        .arg(&server.folder)
        .args(["-f", "-"]);
    command
}

fn mariadb(database: &str) -> Command {
    let server = MARIADB.get_or_init(mysql);
    let mut command = Command::new("mariadb");
    command
        .args(["--no-defaults", "-N", "-B", "-u", "root"])
        .arg(format!(
            "--socket={}",
            server.folder.join("socket").display()
        ))
        .arg(database);
    command
}

fn output(command: &mut Command, sql: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let sql = sql.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(sql.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A client that stops at an error reads no further.
    let _ended = writer.join().unwrap();
    output
}

fn fed(command: &mut Command, sql: &str) -> String {
    let done = output(command, sql);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\nin\n{sql}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn started(folder: PathBuf, port: u16, command: &Command, ready: impl Fn() -> bool) -> Server {
    let keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(&folder)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server {
        folder,
        port,
        _keeper: keeper,
    };
    for _ in 0..600 {
        if ready() {
            return server;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{command:?} does not start");
}

fn postgres() -> Server {
    let folder = folder("postgres");
    let data = folder.join("data");
    let bin = newest("/usr/lib/postgresql");
    let made = by("postgres", &bin.join("initdb"))
        .arg("-D")
        .arg(&data)
        .args([
            "-U",
            "owner",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let port = free_port();
    let mut command = by("postgres", &bin.join("postgres"));
    command.arg("-D").arg(&data).arg("-k").arg(&folder);
    command.args(["-h", "127.0.0.1", "-F", "-p", &port.to_string()]);
    let socket = folder.clone();
    started(folder, port, &command, || {
        let mut ask = Command::new("psql");
        ask.args([
            "-U",
            "owner",
            "-d",
            "postgres",
            "-p",
            &port.to_string(),
            "-c",
            "SELECT 1",
            "-h",
        ]);
        ask.arg(&socket)
            .output()
            .is_ok_and(|it| it.status.success())
    })
}

fn mysql() -> Server {
    let folder = folder("mysql");
    let data = folder.join("data");
    let made = by("mysql", Path::new("mariadb-install-db"))
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let socket = folder.join("socket");
    let mut command = by("mysql", Path::new("/usr/sbin/mariadbd"));
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket.display()))
        .args([
            "--skip-networking",
            "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=0",
        ]);
    started(folder, 0, &command, || {
        let mut ask = Command::new("mariadb");
        ask.args(["--no-defaults", "-u", "root", "-e", "SELECT 1"]);
        ask.arg(format!("--socket={}", socket.display()));
        ask.output().is_ok_and(|it| it.status.success())
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    id.trim_ascii() == b"0"
}

/// A new folder that this user owns, where we are root.
fn folder(owner: &str) -> PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    if is_root() {
        let done = Command::new("chown").arg(owner).arg(&folder).status();
        assert!(done.unwrap().success());
    }
    folder
}

/// A program run by this user where we are root, which databases refuse to be.
fn by(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", user, "--regid", user, "--clear-groups"])
        .arg(program);
    command
}

/// A port that nobody listens on, below those that systems give out by themselves.
fn free_port() -> u16 {
    let start = u16::try_from(std::process::id() % 8_000).unwrap();
    let mut ports = (0..8_000).map(|more| 11_000 + (start + more * 13) % 8_000);
    ports
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .unwrap()
}

/// The programs of the newest version in this folder.
fn newest(parent: &str) -> PathBuf {
    let entries = Path::new(parent).read_dir().into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|it| it.path().join("bin")).collect();
    folders.sort();
    let newest = folders.pop();
    newest.unwrap_or_else(|| panic!("there is no PostgreSQL here: apt-get install postgresql"))
}
