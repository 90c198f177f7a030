//! What a run does with the user's half where it could do harm, or say too much: it looks before it writes, it does not have
//! the real Portal told by accident, and it shows no token.

use crate::bench::{As, Custodian, SECRET, code, sharecheck, told};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const TOKEN: &str = "hunter2-token-of-a-user";

/// A text that nobody made here.
const SOMEBODYS: &str =
    "c29tZWJvZHkncyBvd24gc2VhbGVkIGhhbGYgb2YgYSB3YWxsZXQsIG9uIHdoaWNoIG1vbmV5IHJlc3Rz";

/// Clients enough for every case of the user's half to run.
const CLIENTS: [&str; 4] = ["test-1", "test-2", "test-3", "test-4"];

/// How a backend answers who asks for a user share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetches {
    Right,
    /// `{}`, whatever is there.
    Bare,
    /// There is none, with what was sent in the answer; a store fails with 500 and the same.
    Echo,
}

/// What the endpoints keep: a text for each user and method; and the verbs of all requests that came.
struct Kept {
    fetches: Fetches,
    texts: Mutex<HashMap<(String, String), String>>,
    asked: Mutex<Vec<Method>>,
}

/// Endpoints of a team, for as long as this lives.
struct Backend {
    _runtime: Runtime,
    /// Where they listen.
    address: String,
    kept: Arc<Kept>,
}

impl Backend {
    fn start(fetches: Fetches) -> Self {
        let kept = Arc::new(Kept {
            fetches,
            texts: Mutex::default(),
            asked: Mutex::default(),
        });
        let runtime = Runtime::new().unwrap();
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(listening).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            _runtime: runtime,
            address,
            kept,
        }
    }

    /// How many requests came that write.
    fn written(&self) -> usize {
        let asked = self.kept.asked.lock().unwrap();
        asked.iter().filter(|it| **it == Method::PUT).count()
    }

    fn asked(&self) -> usize {
        self.kept.asked.lock().unwrap().len()
    }
}

async fn answer(
    State(kept): State<Arc<Kept>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    kept.asked.lock().unwrap().push(method.clone());
    if kept.fetches == Fetches::Echo {
        let sent = headers.get("authorization");
        let sent = sent.map_or("nothing", |it| it.to_str().unwrap());
        let status = if method == Method::GET {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        let page = format!("<pre>{method} {uri} with {sent}\n{body}</pre>");
        return (status, page);
    }
    let query = uri.query().unwrap_or_default();
    let mut query = url::form_urlencoded::parse(query.as_bytes());
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    let asked = match query.next() {
        Some((_, method)) => method.into_owned(),
        None => json["backupMethod"]
            .as_str()
            .unwrap_or("UNKNOWN")
            .to_owned(),
    };
    let place = (uri.path().to_owned(), asked);
    let mut texts = kept.texts.lock().unwrap();
    if method == Method::PUT {
        let Some(text) = json["cipherText"].as_str().filter(|it| !it.is_empty()) else {
            return (StatusCode::BAD_REQUEST, String::new());
        };
        texts.insert(place, text.to_owned());
        return (StatusCode::OK, String::new());
    }
    match (kept.fetches, texts.get(&place)) {
        (Fetches::Bare | Fetches::Echo, _) => (StatusCode::OK, "{}".to_owned()),
        (Fetches::Right, Some(text)) => (StatusCode::OK, json!({ "cipherText": text }).to_string()),
        (Fetches::Right, None) => (StatusCode::NOT_FOUND, "{}".to_owned()),
    }
}

/// Writes a `sharecheck.toml` that tells the endpoints at a base URL, and a file of named clients with tokens.
fn tell(folder: &Path, base: &str, more: &str) {
    let text = format!(
        r#"[user-share]
url = "{base}"
{more}
[user-share.store]
method = "PUT"
path = "/users/{{user}}/backup-share"
headers = {{ Authorization = "Bearer {{token}}" }}
body = {{ backupMethod = "{{method}}", cipherText = "{{cipher_text}}" }}
[user-share.fetch]
method = "GET"
path = "/users/{{user}}/backup-share?backupMethod={{method}}"
headers = {{ Authorization = "Bearer {{token}}" }}
"#
    );
    std::fs::write(folder.join("sharecheck.toml"), text).unwrap();
    let clients = CLIENTS.map(|id| json!({ "clientId": id, "user": id, "token": TOKEN }));
    std::fs::write(folder.join("clients.json"), json!(clients).to_string()).unwrap();
}

const NAMED: [&str; 2] = ["--clients", "clients.json"];

fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    let mut command = sharecheck(folder);
    command.env("SHARECHECK_SECRET", SECRET);
    command.args([
        "run",
        "-u",
        url,
        "--no-progress",
        "--report",
        "json=report.json",
    ]);
    command.args(arguments).output().unwrap()
}

fn report(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Why each case that has this beginning was left out.
fn left_out(report: &Value, prefix: &str) -> Vec<String> {
    let cases = report["cases"].as_array().unwrap().iter();
    let cases = cases.filter(|it| it["id"].as_str().unwrap().starts_with(prefix));
    let checks = cases.flat_map(|it| it["checks"].as_array().unwrap());
    let left_out = checks.filter(|it| it["code"] == "left-out");
    left_out
        .filter_map(|it| it["message"].as_str().map(str::to_owned))
        .collect()
}

fn all_files(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(all_files(&path));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let text = sharecheck::render::unpacked(&text).into_owned();
            all.push((path.display().to_string(), text));
        }
    }
    all
}

/// A text of somebody's under one method of one user: the run ends before anything is written there, and shows nothing of it.
#[test]
fn a_text_of_somebodys_stops_the_run_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Fetches::Right);
    tell(folder.path(), &format!("http://{}", backend.address), "");
    for id in CLIENTS {
        let place = (format!("/users/{id}/backup-share"), "GDRIVE".to_owned());
        let text = SOMEBODYS.to_owned();
        backend.kept.texts.lock().unwrap().insert(place, text);
    }
    let cases = ["user-share.replaced.gdrive", "wallet.recoverable.gdrive"];
    let shown = [
        "--report",
        "html=report.html",
        "--report",
        "har=har",
        "-vv",
        "--log-run",
        "log",
    ];
    let arguments = [&NAMED[..], &shown, &cases].concat();
    let output = run(folder.path(), &custodian.url, &arguments);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 6, "{said}");
    assert!(said.contains("under GDRIVE"), "{said}");
    assert_eq!(backend.written(), 0, "{said}");
    let kept = backend.kept.texts.lock().unwrap();
    assert!(kept.values().all(|it| it == SOMEBODYS));
    for id in CLIENTS {
        let held = custodian.fetch(id);
        assert!(held.ends_with("{\"backupShares\":[]}"), "{held}");
    }
    let mut shown = all_files(folder.path());
    shown.push(("the terminal".to_owned(), said));
    for (file, text) in shown {
        assert!(!text.contains(&SOMEBODYS[..24]), "{file}");
    }
}

/// What cannot be read may hide somebody's text where clients were named; under an id that was made up nobody can have any.
#[rstest]
#[case::named(&NAMED, 6)]
#[case::made_up(&[], 1)]
fn an_answer_that_cannot_be_read_stops_a_run_on_named_clients(
    #[case] clients: &[&str],
    #[case] exit: i32,
) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Fetches::Bare);
    tell(folder.path(), &format!("http://{}", backend.address), "");
    if clients.is_empty() {
        // Nobody has a token of a user that was made up.
        let path = folder.path().join("sharecheck.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let plain = text.lines().filter(|it| !it.contains("{token}"));
        let plain: Vec<&str> = plain.collect();
        std::fs::write(path, plain.join("\n")).unwrap();
    }
    let of = ["user-share.by-method.none"];
    let output = run(folder.path(), &custodian.url, &[clients, &of].concat());
    let said = told(&output, &[]);
    assert_eq!(code(&output), exit, "{said}");
    if exit == 6 {
        assert!(said.contains("leads to nothing"), "{said}");
        assert_eq!(backend.written(), 0, "{said}");
    } else {
        assert!(backend.written() > 0, "{said}");
    }
}

/// A backend on another machine may tell the real Portal: it is not asked at all, unless somebody says that it may be, the
/// local Portal stands in the place of the real one, or the app is what tells Portal.
#[rstest]
#[case::nothing_said(&[], "", false)]
#[case::said_so(&["--real-portal-is-told"], "", true)]
#[case::local_portal(&["--with-portal"], "", true)]
#[case::the_app_tells(&[], "told-by = \"app\"", true)]
fn a_backend_elsewhere_is_asked_only_where_the_real_portal_cannot_be_told_by_accident(
    #[case] said: &[&str],
    #[case] more: &str,
    #[case] is_asked: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Fetches::Right);
    tell(folder.path(), "http://backend.example", more);
    let to = format!("backend.example:80:{}", backend.address);
    let of = [
        "--connect-to",
        &to,
        "user-share.by-method.none",
        "endpoint.fetch",
    ];
    let arguments = [&NAMED[..], said, &of].concat();
    let output = run(folder.path(), &custodian.url, &arguments);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 0, "{said}");
    assert_eq!(backend.asked() > 0, is_asked, "{said}");
    let reasons = left_out(&report(folder.path()), "user-share.by-method.none");
    let way = reasons
        .iter()
        .any(|it| it.contains("--real-portal-is-told"));
    assert_eq!(way, !is_asked, "{reasons:?}");
}

/// That the real Portal may be told is said each time, by who starts the run.
#[test]
fn a_file_cannot_say_that_the_real_portal_may_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sharecheck.toml");
    std::fs::write(file, "real-portal-is-told = true\n").unwrap();
    let output = run(folder.path(), "http://127.0.0.1:9", &[]);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("--real-portal-is-told"), "{said}");
}

#[test]
fn a_local_portal_without_endpoints_that_could_tell_it_is_a_slip() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "http://127.0.0.1:9", &["--with-portal"]);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("[user-share.store]"), "{said}");
    let output = run(
        folder.path(),
        "http://127.0.0.1:9",
        &["--portal-url", "http://a"],
    );
    assert_eq!(code(&output), 2, "{}", told(&output, &[]));
}

/// Whoever tells no endpoints gets the run that they had: no case more, no request more, and no word of wallets.
#[test]
fn without_endpoints_a_run_is_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let output = run(folder.path(), &custodian.url, &["replace.same-method"]);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 0, "{said}");
    let report = report(folder.path());
    let cases = report["cases"].as_array().unwrap();
    let halves = ["user-share.", "portal-api.", "wallet."];
    let of_half = |case: &&Value| {
        let id = case["id"].as_str().unwrap();
        halves.iter().any(|it| id.starts_with(it))
    };
    assert_eq!(cases.iter().filter(of_half).count(), 0);
    assert!(report.get("wallets").is_none());
}

/// The backend writes what it was sent into its error page; nothing that is written of the run holds a token.
#[test]
fn no_output_holds_the_token_that_a_backend_echoes() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Fetches::Echo);
    tell(folder.path(), &format!("http://{}", backend.address), "");
    // Every form but that of the terminal, which is looked at besides.
    let forms = "junit,html,markdown,har,ctrf,sarif,tap,gitlab,github";
    let forms: Vec<String> = forms
        .split(',')
        .map(|it| format!("{it}=report.{it}"))
        .collect();
    let forms = forms.iter().flat_map(|it| ["--report", it]);
    let more = ["--log-run", "report.log", "-vv", "user-share.by-method.all"];
    let arguments: Vec<&str> = NAMED.into_iter().chain(forms).chain(more).collect();
    let output = run(folder.path(), &custodian.url, &arguments);
    let said = told(&output, &[]);
    assert_eq!(code(&output), 1, "{said}");
    assert!(backend.written() > 0, "{said}");
    std::fs::remove_file(folder.path().join("clients.json")).unwrap();
    let mut shown = all_files(folder.path());
    assert_eq!(shown.len(), 12, "{:?}", std::fs::read_dir(folder.path()));
    shown.push(("the terminal".to_owned(), said));
    for (file, text) in shown {
        assert!(!text.contains("hunter2"), "{file}");
    }
}

/// A hook is told where the local Portal listens, so that it can make its clients there, and is told no key of it.
#[cfg(unix)]
#[test]
fn a_hook_is_told_where_the_local_portal_listens() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Fetches::Right);
    tell(folder.path(), &format!("http://{}", backend.address), "");
    let journal = folder.path().join("journal");
    let hook = format!(
        "grep -q setup || exit 0; echo \"$SHARECHECK_PORTAL_URL $SHARECHECK_PORTAL_KEY.\" >> {}; \
         echo \"{{\\\"clientId\\\": \\\"made-$$\\\", \\\"token\\\": \\\"{TOKEN}\\\"}}\"",
        journal.display()
    );
    let look = |arguments: &[&str]| {
        let _ = std::fs::remove_file(&journal);
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_SECRET", SECRET);
        command.env("SHARECHECK_PORTAL_KEY", "key-of-the-custodian");
        command.args(["run", "-u", &custodian.url, "--no-progress"]);
        command.args(["--provision", &hook, "--provision-shell", "endpoint.fetch"]);
        let output = command.args(arguments).output().unwrap();
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        assert!(!text.is_empty(), "{}", told(&output, &[]));
        text
    };
    let heard = look(&["--with-portal"]);
    assert!(heard.starts_with("http://127.0.0.1:"), "{heard}");
    assert!(heard.lines().all(|it| it.ends_with(" .")), "{heard}");
    let heard = look(&[
        "--with-portal",
        "--portal-url",
        "http://portal.example:4000",
    ]);
    let line = "http://portal.example:4000 .";
    assert!(heard.lines().all(|it| it == line), "{heard}");
    let heard = look(&[]);
    assert!(heard.lines().all(|it| it == " ."), "{heard}");
}
