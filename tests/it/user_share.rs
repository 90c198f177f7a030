//! The custodian's own endpoints, as `sharecheck.toml` tells them: what is refused, what arrives, what `doctor` says of them,
//! and that no output holds a user's token.

use crate::bench::{As, Custodian, SECRET, always, code, held, sharecheck, told};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use sharecheck::http::{Http, HttpSettings, Network};
use sharecheck::user_share::{Answer, Credentials, Endpoints, Text};
use sharecheck::users::User;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const TOKEN: &str = "hunter2-token-of-a-user";

/// What the endpoints keep: a text for each place, whatever it is made of.
#[derive(Default)]
struct Kept {
    texts: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<(String, String)>>,
    /// Whether a fetch is answered without a token, too.
    open: bool,
    /// Whether what is kept is cut.
    cuts: bool,
}

/// Endpoints of a team, for as long as this lives.
struct Backend {
    _runtime: Runtime,
    url: String,
    kept: Arc<Kept>,
}

impl Backend {
    fn start(kept: Kept) -> Self {
        let runtime = Runtime::new().unwrap();
        let kept = Arc::new(kept);
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        let listener = runtime
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            _runtime: runtime,
            url,
            kept,
        }
    }
}

/// `PUT` keeps the body's `cipherText` under the path and the method, `GET` gives it. A refusal shows what was sent.
async fn answer(
    State(kept): State<Arc<Kept>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    kept.asked
        .lock()
        .unwrap()
        .push((uri.to_string(), body.clone()));
    let sent = headers.get("authorization");
    let sent = sent.map_or("nothing", |it| it.to_str().unwrap());
    if sent != format!("Bearer {TOKEN}") && !(kept.open && method == Method::GET) {
        return (StatusCode::UNAUTHORIZED, format!("bad token: {sent}"));
    }
    let query = uri.query().unwrap_or_default();
    let mut query = url::form_urlencoded::parse(query.as_bytes());
    let json: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let asked = match query.next() {
        Some((_, method)) => method.into_owned(),
        None => json["backupMethod"].as_str().unwrap_or_default().to_owned(),
    };
    let place = format!("{} {asked}", uri.path());
    let mut texts = kept.texts.lock().unwrap();
    if method == Method::PUT {
        let text = json["cipherText"].as_str().unwrap_or_default();
        let end = if kept.cuts {
            text.len() / 2
        } else {
            text.len()
        };
        texts.insert(place, text[..end].to_owned());
        return (StatusCode::OK, String::new());
    }
    match texts.get(&place) {
        Some(text) => {
            let found = serde_json::json!({ "cipherText": text });
            (StatusCode::OK, found.to_string())
        }
        None => (StatusCode::NOT_FOUND, "{}".to_owned()),
    }
}

fn section(url: &str) -> String {
    format!(
        r#"
[user-share]
url = "{url}"
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
    )
}

#[test]
fn mistakes_in_the_templates_are_shown_in_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let fetch = "[user-share.fetch]\nmethod = \"GET\"\npath = \"/users/{user}?m={method}\"\n";
    let store = "[user-share.store]\nmethod = \"PUT\"\npath = \"/users/{user}\"\n";
    let texts: Vec<String> = [
        format!("{store}body = {{ backupMethod = \"{{method}}\" }}\n{fetch}"),
        format!("{store}body = {{ m = \"{{methd}}\", t = \"{{cipherText}}\" }}\n{fetch}"),
        format!("{store}content-type = \"application/json\"\nbody = '''\n{{\n  \"m\": \"{{method}}\", \"t\": \"{{cipher_text}}\"\n}}'''\n{fetch}"),
        format!("{store}body = \"{{method}}{{cipher_text}}\"\n{fetch}"),
        format!("{store}heeders = {{ Authorization = \"Bearer hunter2\" }}\n{fetch}"),
        format!("{store}headers = {{ Authorization = \"Bearer hunter2\" }}\n{fetch}"),
        fetch.to_owned(),
        format!("[user-share]\nurl = \"localhost:3000\"\n{store}body = {{ m = \"{{method}}\", t = \"{{cipher_text}}\" }}\n{fetch}"),
        "user-share-url = \"http://a\"\n[user-share]\nurl = \"http://b\"\n".to_owned(),
        "user-share = 3\n".to_owned(),
        "user-shares = 3\n".to_owned(),
        "user-share-url = \"http://127.0.0.1:9\"\n".to_owned(),
    ]
    .iter()
    .map(|source| {
        std::fs::write(folder.path().join("sharecheck.toml"), source).unwrap();
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_SECRET", SECRET);
        let output = command.args(["doctor", "-u", "http://127.0.0.1:9"]).output().unwrap();
        assert_eq!(code(&output), 2, "{source}{}", told(&output, &[]));
        let said = told(&output, &[]);
        assert!(!said.contains("hunter2"), "{said}");
        format!("{source}$ sharecheck doctor\n{said}")
    })
    .collect();
    held("mistakes.user-share", &texts.join("\n\n"));
}

#[test]
fn what_holds_of_the_endpoints_is_shown_and_a_profile_goes_before_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let profile = "[profile.ci.user-share]\nurl = \"http://ci.example\"\n[profile.ci.user-share.fetch]\n\
                   method = \"POST\"\npath = \"/read/{user}/{method}\"\n";
    let text = format!("{}{profile}", section("https://a.example/api"));
    std::fs::write(folder.path().join("sharecheck.toml"), text).unwrap();
    let shown = |arguments: &[&str]| {
        let output = sharecheck(folder.path())
            .arg("config")
            .args(arguments)
            .output()
            .unwrap();
        told(&output, &[])
    };
    let plain = shown(&[]);
    assert!(
        plain.contains("user-share-url    https://a.example/api"),
        "{plain}"
    );
    assert!(
        plain.contains("GET /users/{user}/backup-share?backupMethod={method}"),
        "{plain}"
    );
    let ci = shown(&["--profile", "ci", "--format", "json"]);
    assert!(
        ci.contains("http://ci.example") && ci.contains("POST /read/{user}/{method}"),
        "{ci}"
    );
    assert!(ci.contains("PUT /users/{user}/backup-share"), "{ci}");
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/config.json")).unwrap();
    let file = std::fs::read_to_string(folder.path().join("sharecheck.toml")).unwrap();
    let value: serde_json::Value = toml::from_str(&file).unwrap();
    assert!(jsonschema::is_valid(&schema, &value));
}

/// What the example of `init` says can be read once it is no comment any more.
#[test]
fn the_example_of_init_is_one_that_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sharecheck.toml");
    assert_eq!(
        code(&sharecheck(folder.path()).arg("init").output().unwrap()),
        0
    );
    let file = std::fs::read_to_string(&path).unwrap();
    let (_, example) = file.split_once("# [user-share]").unwrap();
    let example = format!("[user-share]{}", example.replace("\n# ", "\n"));
    let endpoints: Endpoints = example.parse().unwrap();
    assert!(endpoints.has_credentials() && endpoints.takes_no_method());
}

#[test]
fn what_is_sent_arrives_as_it_is_wherever_it_stands() {
    let backend = Backend::start(Kept::default());
    let (method, cipher_text) = ("a/b?c&d \"e\\f#%é", "q+r/s==&\"\\");
    let user = User {
        client_id: "c/1 ?".to_owned(),
        user: "anna@x".to_owned(),
        token: Some(TOKEN.into()),
    };
    let http = Http::new(&HttpSettings {
        base: backend.url.parse().unwrap(),
        headers: Vec::new(),
        max_time: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(5),
        network: Network::default(),
    })
    .unwrap();
    let runtime = Runtime::new().unwrap();
    let endpoints: Endpoints = section("").parse().unwrap();
    let text = Text::Cipher(cipher_text);
    let store = endpoints
        .store(&user, &Credentials::Own, Some(method), &text)
        .unwrap();
    let fetch = endpoints.fetch(&user, &Credentials::Own, method).unwrap();
    let send = |post| runtime.block_on(http.post(post)).outcome.unwrap();
    assert_eq!(endpoints.read(&send(fetch.post())), Answer::None);
    assert_eq!(send(store.post()).status, 200);
    let came = endpoints.read(&send(fetch.post()));
    assert_eq!(came, Answer::Text(cipher_text.to_owned()));
    // A form, and a method and an id in the path.
    let form = section("").replace(
        "path = \"/users/{user}/backup-share\"",
        "path = \"/users/{client_id}/{method}\"\ncontent-type = \"application/x-www-form-urlencoded\"",
    );
    let endpoints: Endpoints = form.parse().unwrap();
    let store = endpoints
        .store(&user, &Credentials::Own, Some(method), &text)
        .unwrap();
    send(store.post());
    let (uri, body) = backend.kept.asked.lock().unwrap().pop().unwrap();
    let decoded = |text: &str| {
        let key = text.replace('+', "%2B");
        let pair = url::form_urlencoded::parse(key.as_bytes()).next();
        pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
    };
    let steps: Vec<String> = uri.split('/').map(decoded).collect();
    assert_eq!(steps, ["", "api", "users", "c/1 ?", method], "{uri}");
    let pairs = url::form_urlencoded::parse(body.as_bytes());
    let pairs: HashMap<String, String> = pairs.into_owned().collect();
    assert_eq!(pairs["backupMethod"], method);
    assert_eq!(pairs["cipherText"], cipher_text);
}

/// What `doctor` says, with a file that tells the endpoints.
fn doctor(folder: &Path, file: &str, url: &str, arguments: &[&str]) -> (i32, String) {
    std::fs::write(folder.join("sharecheck.toml"), file).unwrap();
    let mut command = sharecheck(folder);
    command
        .env("SHARECHECK_SECRET", SECRET)
        .env("COLUMNS", "100");
    let output: Output = command
        .args(["doctor", "-u", url])
        .args(arguments)
        .output()
        .unwrap();
    let said = told(&output, &[]);
    assert!(!said.contains("hunter2"), "{said}");
    (
        code(&output),
        said.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

fn clients(folder: &Path, token: &str) -> String {
    let path = folder.join("clients.json");
    let client = serde_json::json!([{ "clientId": "test-1", "user": 17, "token": token }]);
    std::fs::write(&path, client.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn doctor_fetches_for_a_named_client_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let backend = Backend::start(Kept::default());
    let file = section(&backend.url);
    let named = clients(folder.path(), TOKEN);
    let look = |arguments: &[&str]| doctor(folder.path(), &file, &custodian.url, arguments);
    let (exit, said) = look(&["--clients", &named]);
    assert_eq!(exit, 0, "{said}");
    let line = "✓ wallets 404 for test-1 by PASSWORD: it has none; 401 without the token";
    assert!(said.contains(line), "{said}");
    let asked = backend.kept.asked.lock().unwrap().clone();
    let place = "/api/users/17/backup-share?backupMethod=PASSWORD";
    assert!(asked.iter().all(|(uri, _)| uri == place), "{asked:?}");
    // A text of somebody's, and a token that is not the user's.
    let key = "/api/users/17/backup-share PASSWORD".to_owned();
    let somebodys = "x".repeat(80);
    backend
        .kept
        .texts
        .lock()
        .unwrap()
        .insert(key, somebodys.clone());
    let (exit, said) = look(&["--clients", &named]);
    assert_eq!(exit, 6, "{said}");
    assert!(
        said.contains("✗ wallets 200 for test-1") && said.contains("80 bytes"),
        "{said}"
    );
    assert!(!said.contains(&somebodys[..40]), "{said}");
    let (exit, said) = look(&["--clients", &clients(folder.path(), "hunter2-is-not-it")]);
    assert_eq!(exit, 6, "{said}");
    assert!(said.contains("see that the token is that user's"), "{said}");
    // Without a token nothing can be sent, and where nothing listens nothing comes.
    let (exit, said) = look(&["--client-id", "test-1"]);
    assert_eq!(exit, 3, "{said}");
    assert!(
        said.contains("client test-1 has none: give it a `token`"),
        "{said}"
    );
    let away = section("http://127.0.0.1:9");
    let named = clients(folder.path(), TOKEN);
    let (exit, said) = doctor(folder.path(), &away, &custodian.url, &["--clients", &named]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("connection refused"), "{said}");
    let (exit, said) = doctor(
        folder.path(),
        &away,
        "http://127.0.0.1:9",
        &["--clients", &named],
    );
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("- wallets not tried, because"), "{said}");
}

#[cfg(unix)]
#[test]
fn doctor_stores_for_a_client_that_the_hook_has_made() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let made = serde_json::json!({ "clientId": "made-1", "user": "anna", "token": TOKEN });
    let hook = format!("grep -q setup && echo '{made}' || true");
    let look = |kept: Kept| {
        let backend = Backend::start(kept);
        let file = section(&backend.url);
        let arguments = ["--provision", hook.as_str(), "--provision-shell"];
        doctor(folder.path(), &file, &custodian.url, &arguments)
    };
    let (exit, said) = look(Kept::default());
    assert_eq!(exit, 0, "{said}");
    assert!(
        said.contains("a text was stored with 200, and came back as it was"),
        "{said}"
    );
    let (exit, said) = look(Kept {
        cuts: true,
        open: true,
        ..Kept::default()
    });
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("bytes came back that are not the"), "{said}");
}

/// The custodian shows in its error page what a user's token is; nothing that is written of the run does.
#[test]
fn no_report_holds_the_token_of_a_user() {
    let folder = tempfile::tempdir().unwrap();
    let page = "HTTP/1.1 500 No\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: 62\r\n\r\n\
                <html><pre>no row for hunter2-token-of-a-user in x</pre></html>";
    let answered: &'static str = Box::leak(page.to_owned().into_boxed_str());
    let url = always(answered);
    let made = serde_json::json!({ "clientId": "made-1", "token": TOKEN });
    let named = clients(folder.path(), TOKEN);
    let hook = format!("grep -q setup && echo '{made}' || true");
    let ways: [&[&str]; 2] = [
        &["--clients", &named, "--client-holds-nothing"],
        &["--provision", &hook, "--provision-shell"],
    ];
    for way in ways {
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_SECRET", SECRET);
        command.args(["run", "-u", &url, "--no-progress", "-vv", "endpoint.fetch"]);
        command.args(["--report-dir", "reports", "--log-run", "reports/run.ndjson"]);
        let output = command.args(way).output().unwrap();
        let said = told(&output, &[]);
        assert!([1, 3, 4].contains(&code(&output)), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        for entry in std::fs::read_dir(folder.path().join("reports")).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let text = sharecheck::render::unpacked(&text);
            assert!(!text.contains("hunter2"), "{}", path.display());
        }
    }
}
