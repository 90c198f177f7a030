//! Backends that others might have written: webhooks, endpoints of their own for the user's half, and word to Portal. Each is
//! a small server in `tests/servers/wallets/` with its `sharecheck.toml`, right in itself, and with faults: what is wrong is
//! named first, and nothing else is accused.

use crate::bench::{SECRET, code, has, sharecheck, told};
use rstest::rstest;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// How a backend is started, and where its clients come from.
struct Backend {
    program: &'static str,
    file: &'static str,
    /// The path of its webhooks.
    base: &'static str,
    clients: Clients,
}

enum Clients {
    /// Any id will do.
    Open,
    /// A file of users with their sessions.
    Named,
    /// It makes them at Portal when it is asked to.
    Hook,
}

const SQLITE: Backend = Backend {
    program: "python3",
    file: "sqlite.py",
    base: "",
    clients: Clients::Hook,
};

const COOKIE: Backend = Backend {
    program: "node",
    file: "cookie.js",
    base: "/hooks",
    clients: Clients::Named,
};

const FILES: Backend = Backend {
    program: "php",
    file: "files.php",
    base: "",
    clients: Clients::Open,
};

/// A process that ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Two ports that are free.
fn free() -> [u16; 2] {
    let all = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    all.each_ref().map(|it| it.local_addr().unwrap().port())
}

impl Backend {
    fn start(&self, fault: &str, port: u16, portal: u16, folder: &Path) -> Process {
        let file = servers().join(self.file);
        let mut command = Command::new(self.program);
        if self.program == "php" {
            command.arg("-S").arg(format!("127.0.0.1:{port}"));
        }
        let process = command
            .arg(file)
            .current_dir(folder)
            .env("PORT", port.to_string())
            .env("PORTAL_URL", format!("http://127.0.0.1:{portal}"))
            .env("USERS", folder.join("users.json"))
            .env("FAULT", fault)
            .env("SHARECHECK_SECRET", SECRET)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Process(process)
    }

    /// The exit code, the output and the report of a run; nothing where its language is not there.
    #[expect(
        clippy::print_stdout,
        reason = "the test harness shows it if the test fails"
    )]
    fn judged(&self, fault: &str, jobs: &str, cases: &[&str]) -> Option<(i32, String, Value)> {
        if !has(self.program) {
            println!("skipped: {} is not installed", self.program);
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let [port, portal] = free();
        let url = format!("http://127.0.0.1:{port}");
        let toml = servers().join(self.file).with_extension("toml");
        std::fs::copy(toml, folder.path().join("sharecheck.toml")).unwrap();
        let users = (0..200).map(|it| {
            let token = format!("session-of-{it}-and-nobody-else");
            json!({ "clientId": format!("client-{it}"), "user": 1000 + it, "token": token })
        });
        let users: Vec<Value> = users.collect();
        let users = serde_json::to_string(&users).unwrap();
        std::fs::write(folder.path().join("users.json"), users).unwrap();
        let clients = match self.clients {
            Clients::Open => Vec::new(),
            Clients::Named => vec!["--clients".to_owned(), "users.json".to_owned()],
            Clients::Hook => vec!["--provision-url".to_owned(), format!("{url}/provision")],
        };
        let mut run = sharecheck(folder.path());
        run.env("SHARECHECK_SECRET", SECRET)
            .env("SHARECHECK_PROVISION_SECRET", SECRET)
            .args(["run", "--url", &format!("{url}{}", self.base)])
            .args(["--user-share-url", &url, "--jobs", jobs, "--wait", "20s"])
            .args(["--with-portal", &format!("127.0.0.1:{portal}")])
            .args(["--no-progress", "--report", "json=report.json"])
            .args(clients)
            .args(cases);
        let server = self.start(fault, port, portal, folder.path());
        let run = run.output().unwrap();
        drop(server);
        let said = told(&run, &[]);
        let report = std::fs::read_to_string(folder.path().join("report.json"));
        let report = report.unwrap_or_else(|_| panic!("no report\n{said}"));
        Some((code(&run), said, serde_json::from_str(&report).unwrap()))
    }
}

fn servers() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/wallets")
}

/// The ids of a part of a report that a condition holds for.
fn ids<'a>(report: &'a Value, part: &str, id: &str, is: impl Fn(&Value) -> bool) -> Vec<&'a str> {
    let all = report[part].as_array().into_iter().flatten();
    all.filter(|it| is(it))
        .filter_map(|it| it[id].as_str())
        .collect()
}

#[rstest]
#[case::sqlite(&SQLITE)]
#[case::cookie(&COOKIE)]
#[case::files(&FILES)]
fn a_right_backend_is_green(#[case] backend: &Backend, #[values("64", "1")] jobs: &str) {
    // With everything that the webhooks are asked for, where clients can be made for that.
    let all: &[&str] = match (&backend.clients, jobs) {
        (Clients::Hook, "64") => &[],
        (Clients::Open | Clients::Named | Clients::Hook, _) => {
            &["user-share.*", "portal-api.*", "wallet.*"]
        }
    };
    let Some((exit, said, report)) = backend.judged("", jobs, all) else {
        return;
    };
    assert_eq!(exit, 0, "{said}");
    let open = ids(&report, "requirements", "id", |it| {
        it["status"] == "failed" || it["status"] == "undecided" || it["status"] == "errored"
    });
    assert!(open.is_empty(), "{open:?}\n{said}");
}

const HALVES: &[&str] = &["user-share.*", "wallet.*"];
const TOLD: &[&str] = &[
    "user-share.by-method.*",
    "portal-api.told.*",
    "portal-api.after-store.*",
];

/// The backend, its faults, what is run, the exit code, what is broken: first what is named first.
#[rstest]
#[case::single(&SQLITE, "single", HALVES, 1, &["user-share.by-method"])]
#[case::latest(&SQLITE, "latest", HALVES, 1, &["user-share.by-method"])]
#[case::by_method_only(&SQLITE, "by-method-only", HALVES, 1, &["user-share.isolated"])]
#[case::keep_first(&SQLITE, "keep-first", HALVES, 1, &["user-share.replaced"])]
#[case::varchar(&SQLITE, "varchar", HALVES, 1, &["user-share.verbatim"])]
#[case::any_token(&SQLITE, "any-token", HALVES, 1, &["user-share.isolated"])]
#[case::as_text(&SQLITE, "as-text", HALVES, 1, &["user-share.no-garbage"])]
#[case::no_fallback(&SQLITE, "no-fallback", HALVES, 1, &["wallet.legacy"])]
#[case::burns(&SQLITE, "burns", HALVES, 1, &["user-share.by-method"])]
#[case::custodian_key(&SQLITE, "custodian-key", TOLD, 1, &["portal-api.told"])]
#[case::early(&SQLITE, "early", TOLD, 1, &["portal-api.after-store"])]
#[case::tells_anyway(&SQLITE, "tells-anyway", TOLD, 1, &["portal-api.after-store"])]
#[case::hides(&SQLITE, "hides", &["portal-api.down.500"], 0, &["portal-api.down"])]
#[case::fallback_and_token(
    &SQLITE, "no-fallback,any-token", HALVES, 1, &["user-share.isolated", "wallet.legacy"]
)]
#[case::one_slot(&COOKIE, "one-slot", HALVES, 1, &["user-share.by-method"])]
#[case::first_wins(&COOKIE, "first-wins", HALVES, 1, &["user-share.replaced"])]
#[case::half(&COOKIE, "half", HALVES, 1, &["user-share.verbatim"])]
#[case::no_session(&COOKIE, "no-session", HALVES, 1, &["user-share.isolated"])]
#[case::any_session(&COOKIE, "any-session", HALVES, 1, &["user-share.isolated"])]
#[case::forgets(&COOKIE, "forgets", HALVES, 1, &["user-share.no-garbage"])]
#[case::strict(&COOKIE, "strict", HALVES, 1, &["wallet.legacy"])]
#[case::shared_key(&COOKIE, "shared-key", TOLD, 1, &["portal-api.told"])]
#[case::wrong_method(&COOKIE, "wrong-method", TOLD, 1, &["portal-api.told"])]
#[case::once(&COOKIE, "once", &["portal-api.down.500"], 0, &["portal-api.down"])]
#[case::half_and_strict(
    &COOKIE, "half,strict", HALVES, 1, &["user-share.verbatim", "wallet.legacy"]
)]
#[case::undo(&FILES, "undo", &["portal-api.down.500"], 0, &["portal-api.down"])]
#[case::newest(&FILES, "newest", HALVES, 1, &["user-share.by-method"])]
#[case::appends(&FILES, "appends", HALVES, 1, &["user-share.replaced"])]
#[case::shared(&FILES, "shared", HALVES, 1, &["user-share.isolated"])]
#[case::small(&FILES, "small", HALVES, 1, &["user-share.verbatim"])]
#[case::wipes(&FILES, "wipes", HALVES, 1, &["user-share.no-garbage"])]
#[case::default_gdrive(
    &FILES, "default-gdrive", HALVES, 1, &["wallet.legacy", "user-share.legacy"]
)]
#[case::first_method(&FILES, "first-method", TOLD, 1, &["portal-api.told"])]
fn what_is_wrong_is_named_first_and_nothing_else_is_accused(
    #[case] backend: &Backend,
    #[case] fault: &str,
    #[case] cases: &[&str],
    #[case] exit: i32,
    #[case] broken: &[&str],
) {
    let Some((found, said, report)) = backend.judged(fault, "64", cases) else {
        return;
    };
    assert_eq!(found, exit, "{said}");
    let mut failed = ids(&report, "requirements", "id", |it| it["status"] == "failed");
    failed.sort_unstable();
    let mut expected = broken.to_vec();
    expected.sort_unstable();
    assert_eq!(failed, expected, "{said}");
    let causes = ids(&report, "causes", "requirement", |_| true);
    let first = causes.first().copied().unwrap_or_default();
    assert!(broken.contains(&first), "{first} is named first\n{said}");
}
