//! Peers that are no custodian, or a broken one, and what is said about each.

use super::servers::{Custodian, SECRET, Server, answer, canned, in_front, mortal, request};
use super::{doctor, keep, sharecheck};
use rstest::rstest;
use sharecheck::contract::Contract;
use sharecheck::http::{self, Http, Network};
use sharecheck::pipeline::preflight::{Clients, Subject, preflight};
use sharecheck::reference::{self, Fault};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const JSON: &str = "content-type: application/json";
const HTML: &str = "content-type: text/html; charset=utf-8";

#[rstest]
#[case("login-page", "200 OK", &[HTML], "<!doctype html><title>Log in</title>")]
#[case("gateway-403", "403 Forbidden", &[HTML, "server: some-edge"], "<html><h1>403 Forbidden</h1></html>")]
#[case("gateway-401", "401 Unauthorized", &["www-authenticate: Basic realm=\"staging\""], "")]
#[case("api-gateway", "403 Forbidden", &[JSON], r#"{"message":"Forbidden"}"#)]
#[case("secret-refused", "401 Unauthorized", &[JSON], r#"{"error":"bad secret"}"#)]
#[case("not-found", "404 Not Found", &[HTML], "<pre>Cannot POST</pre>")]
#[case("not-allowed", "405 Method Not Allowed", &["allow: GET"], "")]
#[case("moved-to-https", "301 Moved Permanently", &["location: https://a.example/backup/fetch"], "")]
#[case("login-redirect", "302 Found", &["location: /login?next=%2Fbackup"], "")]
#[case("too-many", "429 Too Many Requests", &["retry-after: 1"], "")]
#[case("nothing-behind", "503 Service Unavailable", &[HTML], "<html>no healthy upstream</html>")]
#[case("fails", "500 Internal Server Error", &[JSON], r#"{"error":"no"}"#)]
#[case("secret-unchecked", "200 OK", &[JSON], r#"{"backupShares":[]}"#)]
#[case("foreign", "200 OK", &[JSON], r#"{"backupShares":["somebody's own share"]}"#)]
#[tokio::test(flavor = "multi_thread")]
async fn one_answer_to_everything_is_explained(
    #[case] name: &str,
    #[case] status: &str,
    #[case] headers: &[&str],
    #[case] body: &str,
) {
    let peer = canned(answer(status, headers, body)).await;
    let said = doctor(&peer.url(), &["--client-id", "c1", "--client-id", "c2"]).await;
    assert!(!said.text.contains("somebody's own"));
    keep(&format!("doctor-{name}"), &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_address_and_a_closed_port_are_told() {
    keep(
        "dns",
        &doctor("http://nobody.invalid/portal", &["--client-id", "c1"]).await,
    );
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    keep("refused", &doctor(&url, &[]).await);
    let said = sharecheck(&["run", "-u", &url, "replace.same-method"], &[]).await;
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(said.text.contains("Connection refused") || said.text.contains("connection refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_a_connection_that_times_out() {
    // A listener that never accepts: once its queue is full, connections hang.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(
        Duration::from_millis(200),
        tokio::net::TcpStream::connect(address),
    )
    .await
    {
        queue.push(stream);
    }
    let url = format!("http://{address}");
    keep(
        "connect-timeout",
        &doctor(&url, &["--connect-timeout", "200ms"]).await,
    );
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    Hangs,
    HangsAfterTheHead,
    Closes,
    Resets,
    HalfAnAnswer,
    EndlessBody,
    Binary,
}

async fn broken(how: Broken) -> Server {
    Server::start(move |mut stream, log| async move {
        let text = request(&mut stream).await?;
        log.lock().unwrap().push(text);
        let mut rest = Vec::new();
        match how {
            Broken::Hangs => _ = stream.read_to_end(&mut rest).await?,
            Broken::HangsAfterTheHead => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n").await?;
                stream.read_to_end(&mut rest).await?;
            }
            Broken::Closes => {}
            Broken::Resets => stream.set_zero_linger()?,
            Broken::HalfAnAnswer => {
                let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"backupSh";
                stream.write_all(half.as_bytes()).await?;
            }
            Broken::EndlessBody => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                loop {
                    stream.write_all(&[b'x'; 8192]).await?;
                }
            }
            Broken::Binary => stream.write_all(&[0x16, 3, 1, 0, 0xff, 0, b'\n', 0x80, 0xfe]).await?,
        }
        Ok(())
    })
    .await
}

#[rstest]
#[case("hangs", Broken::Hangs)]
#[case("hangs-after-the-head", Broken::HangsAfterTheHead)]
#[case("closes", Broken::Closes)]
#[case("resets", Broken::Resets)]
#[case("half-an-answer", Broken::HalfAnAnswer)]
#[case("endless-body", Broken::EndlessBody)]
#[case("binary", Broken::Binary)]
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_peer_is_told_and_asked_once(#[case] name: &str, #[case] how: Broken) {
    let peer = broken(how).await;
    let said = doctor(&peer.url(), &["--max-time", "500ms"]).await;
    keep(&format!("doctor-{name}"), &said);
    let fetches = peer
        .seen()
        .iter()
        .filter(|text| text.starts_with("POST /backup/fetch"))
        .count();
    assert_eq!(fetches, 1, "{:?}", peer.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_twice_whatever_becomes_of_it() {
    for how in [Broken::Closes, Broken::Resets, Broken::HalfAnAnswer] {
        let peer = broken(how).await;
        let said = sharecheck(
            &[
                "run",
                "-u",
                &peer.url(),
                "--format",
                "json",
                "replace.same-method",
            ],
            &[],
        )
        .await;
        let report: serde_json::Value = match serde_json::from_str(&said.text) {
            Ok(report) => report,
            Err(error) => panic!("{error}: {}", said.text),
        };
        let posts = peer
            .seen()
            .iter()
            .filter(|text| text.starts_with("POST"))
            .count();
        assert_eq!(report["run"]["requests"], posts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_known_to_be_nobodys_is_refused() {
    let shares = answer(
        "200 OK",
        &[JSON],
        r#"{"backupShares":["somebody's own share"]}"#,
    );
    let peer = canned(shares).await;
    let said = doctor(&peer.url(), &[]).await;
    assert_eq!(said.code, 6, "{}", said.text);
    keep("doctor-foreign-made-up", &said);
    let stores = |text: &String| text.starts_with("POST /backup HTTP");
    assert!(!peer.seen().iter().any(stores), "a store went out");
    // The same host under a name that is not this machine's: what cannot be looked at there is not written to.
    let broken = Server::start(|mut stream, log| async move {
        let text = request(&mut stream).await?;
        let status = if text.contains(SECRET) {
            "500 Internal Server Error"
        } else {
            "401 Unauthorized"
        };
        log.lock().unwrap().push(text);
        let reply = answer(status, &[JSON], "{}");
        stream.write_all(reply.as_bytes()).await
    })
    .await;
    let to = format!("a.example:80:{}", broken.address);
    let there = ["--connect-to", &to, "--client-id", "c1"];
    let said = doctor("http://a.example", &there).await;
    assert_eq!(said.code, 6, "{}", said.text);
    keep("doctor-unseen", &said);
    let for_it = |text: &String| stores(text) && text.contains("c1");
    assert!(!broken.seen().iter().any(for_it), "its share was replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_its_target_gets_no_secret() {
    let target = canned(answer("200 OK", &[JSON], r#"{"backupShares":[]}"#)).await;
    let location = format!("location: http://{}/portal/backup/fetch", target.address);
    let peer = canned(answer("307 Temporary Redirect", &[&location], "")).await;
    keep("doctor-moved", &doctor(&peer.url(), &[]).await);
    let said = sharecheck(&["run", "-u", &peer.url(), "-q"], &[]).await;
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(target.seen().is_empty());
    let told = peer.seen().len();
    assert!(told <= 8, "the secret went out {told} times");
    let own = canned(answer("302 Found", &["location: /backup/fetch"], "")).await;
    doctor(&own.url(), &["--client-id", "c1"]).await;
    let followed = own
        .seen()
        .iter()
        .any(|text| text.starts_with("GET /backup/fetch"));
    assert!(!followed, "a 302 makes a GET of a POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_the_path_and_the_clients_are_told_apart() {
    let custodian = Custodian::start(None, &["c1"]).await;
    let url = custodian.url();
    let wrong = [("SHARECHECK_SECRET", "Another-secret-altogether")];
    let path = url.replace("/portal", "/webhooks");
    keep("mistake-none", &doctor(&url, &["--client-id", "c1"]).await);
    keep(
        "mistake-secret",
        &sharecheck(&["doctor", "-u", &url, "--client-id", "c1"], &wrong).await,
    );
    keep(
        "mistake-no-secret",
        &sharecheck(&["doctor", "-u", &url], &[("SHARECHECK_SECRET", "")]).await,
    );
    keep("mistake-path", &doctor(&path, &["--client-id", "c1"]).await);
    keep("mistake-path-open", &doctor(&path, &[]).await);
    keep("mistake-made-up-clients", &doctor(&url, &[]).await);
    keep(
        "mistake-unknown-client",
        &doctor(&url, &["--client-id", "c2"]).await,
    );
    for (args, variables) in [
        (vec!["run", "-u", &url, "--client-id", "c1"], &wrong[..]),
        (vec!["run", "-u", &path, "--client-id", "c1"], &[]),
        (vec!["run", "-u", &url], &[]),
        (
            vec![
                "run",
                "-u",
                &url,
                "--client-id",
                "c2",
                "replace.same-method",
            ],
            &[],
        ),
    ] {
        let said = sharecheck(&[&args[..], &["-q"]].concat(), variables).await;
        assert_eq!(said.code, 3, "{args:?}: {}", said.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_of_a_custodian_stops_a_run() {
    for fault in Fault::ALL.iter().copied() {
        // It holds every answer back for longer than a test may take.
        if fault.name().contains("slow") || fault.name().contains("deadline") {
            continue;
        }
        let custodian = Custodian::start(Some(fault), &[]).await;
        let http = Http::new(&http::HttpSettings {
            base: url::Url::parse(&custodian.url()).unwrap(),
            headers: Vec::new(),
            max_time: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            network: Network::default(),
        })
        .unwrap();
        let contract = match fault.contract() {
            reference::Contract::V5 => Contract::V5,
            reference::Contract::V6 => Contract::V6,
        };
        let known = ["c1".to_owned()];
        for clients in [Clients::Open, Clients::Known(&known)] {
            let subject = Subject {
                secret: &SECRET.into(),
                credentials: &[],
                clients,
                contract,
                all: true,
            };
            let found = preflight(&http, subject, std::future::ready(true)).await;
            assert_eq!(found.stop, None, "{fault}: {:?}", found.points);
        }
    }
}

/// A custodian whose client `theirs` holds a share that we did not make; logs the paths and bodies.
async fn with_a_strangers_share() -> Server {
    Server::start(|mut stream, log| async move {
        let text = request(&mut stream).await?;
        let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        log.lock().unwrap().push(format!("{path} {body}"));
        let shares = if body.contains("theirs") {
            r#"{"backupShares":["{\"p\":1}"]}"#
        } else {
            r#"{"backupShares":[]}"#
        };
        let reply = if path.ends_with("/fetch") {
            answer("200 OK", &[JSON], shares)
        } else {
            answer("400 Bad Request", &[], "")
        };
        stream.write_all(reply.as_bytes()).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebodys_share_is_seen_nothing_is_stored() {
    let stores = |server: &Server| -> Vec<String> {
        let seen = server.seen().into_iter();
        seen.filter(|line| line.starts_with("/backup ")).collect()
    };
    let many: Vec<String> = (0..40).map(|number| format!("c{number}")).collect();
    let ids = format!("--client-id={},theirs", many.join(","));
    for command in ["run", "doctor"] {
        let server = with_a_strangers_share().await;
        let said = sharecheck(&[command, "-u", &server.url(), &ids], &[]).await;
        assert_eq!(said.code, 6, "{command}: {}", said.text);
        assert_eq!(stores(&server), [""; 0], "{command}");
    }
    let server = with_a_strangers_share().await;
    let ids = format!("--client-id={}", many.join(","));
    sharecheck(
        &["run", "-u", &server.url(), &ids, "replace.same-method"],
        &[],
    )
    .await;
    let seen = server.seen();
    let probe = seen.iter().position(|line| line.starts_with("/backup "));
    let (before, after) = seen.split_at(probe.unwrap());
    assert!(many.iter().all(|id| {
        let fetch = format!("\"{id}\"");
        before.iter().any(|line| line.contains(&fetch))
    }));
    assert_eq!(
        after[0], r#"/backup {"backupMethod":"SHARECHECK-NO-CLIENT"}"#,
        "no real client has one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_dies_of_a_request_is_said_to_have_died_of_it() {
    let custodian = Custodian::start(None, &[]).await;
    let peer = mortal(custodian.address()).await;
    let url = format!("{}/portal", peer.url());
    let run = ["run", "-u", &url, "--jobs", "1"];
    let said = sharecheck(
        &[&run[..], &["replace.keeps-others", "input.malformed"]].concat(),
        &[],
    )
    .await;
    assert_eq!(said.code, 3, "{}", said.text);
    assert_eq!(peer.seen().len(), 1);
    let text = said.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let died = "it may have died of input.malformed.";
    let says = ["is gone since", died, "--skip input.malformed."];
    assert!(says.iter().all(|it| text.contains(it)), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_refuses_methods_with_white_space_around_them_conforms() {
    let custodian = Custodian::start(None, &[]).await;
    let no = answer("400 Bad Request", &[JSON], r#"{"error":"bad method"}"#);
    let peer = in_front(custodian.address(), move |body| {
        let body: Option<serde_json::Value> = serde_json::from_str(body).ok();
        let method = body.as_ref().and_then(|it| it["backupMethod"].as_str());
        method.filter(|it| it.trim() != *it).map(|_| no.clone())
    })
    .await;
    let url = format!("{}/portal", peer.url());
    let said = sharecheck(&["run", "-u", &url, "method.*"], &[]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(!peer.seen().is_empty(), "no such method was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_cases_fail_beside_others_each_is_judged_by_what_it_shows_alone() {
    let custodian = Custodian::start(None, &[]).await;
    let met = Arc::new(Mutex::new(HashSet::new()));
    let busy = answer("500 Internal Server Error", &[JSON], r#"{"error":"busy"}"#);
    // The first store of each of the first clients fails; that of the look before all cases does not count.
    let peer = in_front(custodian.address(), move |body| {
        let body: serde_json::Value = serde_json::from_str(body).ok()?;
        let mut met = met.lock().unwrap();
        let new =
            body["share"].is_string() && met.len() <= 45 && met.insert(body["clientId"].clone());
        (new && met.len() > 1).then(|| busy.clone())
    })
    .await;
    let url = format!("{}/portal", peer.url());
    let cases = [
        "method.*",
        "share.verbatim",
        "share.size",
        "replace.same-method",
    ];
    let report = ["--report", "json=-", "-q"];
    let run = [&["run", "-u", &url][..], &cases, &report].concat();
    let said = sharecheck(&run, &[]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let disturbed = said.text.matches("\"server-error\"").count();
    assert!(disturbed > 32, "{disturbed}");
}
