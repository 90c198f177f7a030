//! Servers of databases, each in a folder of its own.

pub(crate) mod mariadb;
#[cfg(feature = "mongodb")]
pub(crate) mod mongodb;
pub(crate) mod postgres;

use std::ffi::OsStr;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The password of the user that the tests are.
pub(crate) const PASSWORD: &str = "Hunter2-is-secret";

/// Ends the server when this process ends, however it does: its end closes the pipe that the shell reads from.
const KEEPER: &str = r#"end=$1; folder=$2; shift 2; "$@" & server=$!; read -r _; kill -s "$end" $server; wait $server; rm -rf "$folder""#;

/// A server that runs as long as this process.
pub(crate) struct Server {
    port: u16,
    folder: PathBuf,
    /// Held open: see `KEEPER`.
    _keeper: Child,
}

impl Server {
    /// Starts a program in its folder, as another user where we are root and it will not run as that.
    fn start(end: &str, folder: &Path, port: u16, command: &Command) -> Self {
        let log = File::create(folder.join("log")).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper", end])
            .arg(folder)
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            port,
            folder: folder.to_owned(),
            _keeper: keeper,
        }
    }
}

/// A new folder that this user owns; the keeper removes it.
fn folder(owner: Option<&str>) -> PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    if let Some(owner) = owner {
        ran(Command::new("chown").arg(owner).arg(&folder));
    }
    folder
}

/// A program run by this user, or by us.
fn by(user: Option<&str>, program: impl AsRef<OsStr>) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", user, "--regid", user, "--clear-groups"])
        .arg(program);
    command
}

/// The user to be instead of root.
fn unless_root(user: &'static str) -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    (id.trim_ascii() == b"0").then_some(user)
}

fn ran(command: &mut Command) {
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
}

/// A port that nobody listens on, below those that systems give out by themselves.
fn free_port() -> u16 {
    let start = u16::try_from(std::process::id() % 8_000).unwrap();
    let mut ports = (0..8_000).map(|more| 11_000 + (start + more * 7) % 8_000);
    ports
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .unwrap()
}

/// The program of this name in one of these folders, or wherever programs are.
fn program(name: &str, folders: &[PathBuf], package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    let found = all.map(|it| it.join(name)).find(|it| it.is_file());
    found.unwrap_or_else(|| panic!("there is no {name} here: apt-get install {package}"))
}

/// The folders that match `parent/*/bin`, the last first.
fn versions(parent: &str) -> Vec<PathBuf> {
    let entries = Path::new(parent).read_dir().into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|it| it.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders
}
