//! Clients and keys, and what is refused.

use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use rstest::rstest;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Bench, KEY, exchange, settings, stored};
use crate::{LogSink, Settings, StartError, Tls, Via, start};

#[tokio::test]
async fn a_client_that_was_made_is_let_in_with_its_key_and_its_session() {
    let bench = Bench::new(settings()).await;
    let made = bench.made().await;
    assert_eq!(made["isAccountAbstracted"], false);
    let id = made["id"].as_str().unwrap();
    for key in ["clientApiKey", "clientSessionToken"] {
        let key = made[key].as_str().unwrap();
        let me = bench.send("GET /api/v3/clients/me", Some(key), "").await;
        assert_eq!((me.status, &me.json()["id"]), (200, &made["id"]));
    }
    for path in [
        format!("/api/v3/custodians/me/clients/{id}/session"),
        format!("/api/v1/custodians/clients/{id}/session"),
    ] {
        let again = bench.send(&format!("POST {path}"), Some(KEY), "").await;
        assert_eq!(again.json()["id"], made["id"], "{path}");
        let token = again.json()["clientSessionToken"].clone();
        let token = token.as_str().unwrap();
        let me = bench.send("GET /api/v3/clients/me", Some(token), "").await;
        assert_eq!(me.status, 200);
    }
    let old = made["clientSessionToken"].as_str().unwrap();
    let me = bench.send("GET /api/v3/clients/me", Some(old), "").await;
    assert_eq!(me.status, 401, "a new session ends the old one");
}

#[tokio::test]
async fn clients_are_shown_one_by_one_and_all_in_both_versions() {
    let bench = Bench::new(settings()).await;
    let line = "POST /api/v1/custodians/clients";
    let body = r#"{"isAccountAbstracted":true}"#;
    let first = bench.send(line, Some(KEY), body).await.json();
    let second = bench.made().await;
    assert_eq!(first["isAccountAbstracted"], true);
    let get = async |path: &str| {
        let answer = bench.send(&format!("GET {path}"), Some(KEY), "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    };
    let id = first["id"].as_str().unwrap();
    let v1 = get(&format!("/api/v1/custodians/clients/{id}")).await;
    assert_eq!(v1["clientApiKey"], first["clientApiKey"]);
    let v3 = get(&format!("/api/v3/custodians/me/clients/{id}")).await;
    assert_eq!((&v3["id"], &v3["wallets"]), (&first["id"], &json!([])));
    let all = get("/api/v1/custodians/clients").await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    let page = get("/api/v3/custodians/me/clients?take=1").await;
    let metadata = json!({ "cursor": id, "take": 1, "total": 2 });
    assert_eq!(page["metadata"], metadata);
    let page = get(&format!("/api/v3/custodians/me/clients?take=5&cursor={id}")).await;
    assert_eq!(page["results"][0]["id"], second["id"]);
    assert_eq!(page["metadata"]["cursor"], Value::Null);
}

#[rstest]
#[case::no_key("GET /api/v3/clients/me", None, "", 401)]
#[case::unknown_key("GET /api/v3/clients/me", Some("x"), "", 401)]
#[case::custodians_key("GET /api/v3/clients/me", Some(KEY), "", 401)]
#[case::nobody_makes("POST /api/v3/custodians/me/clients", None, "{}", 401)]
#[case::stranger_makes("POST /api/v1/custodians/clients", Some("x"), "{}", 401)]
#[case::no_client("GET /api/v3/custodians/me/clients/x", Some(KEY), "", 404)]
#[case::no_session("POST /api/v3/custodians/me/clients/x/session", Some(KEY), "", 404)]
#[case::broken("POST /api/v3/custodians/me/clients", Some(KEY), "{", 400)]
#[case::odd(
    "POST /api/v3/custodians/me/clients",
    Some(KEY),
    r#"{"isAccountAbstracted":"yes"}"#,
    400
)]
#[case::take("GET /api/v3/custodians/me/clients?take=101", Some(KEY), "", 400)]
#[case::cursor("GET /api/v3/custodians/me/clients?cursor=x", Some(KEY), "", 400)]
#[case::no_path("GET /api/v2/clients/me", Some(KEY), "", 404)]
#[case::root("GET /", None, "", 404)]
#[case::method(
    "POST /api/v2/clients/me/wallet/stored-client-backup-share",
    Some(KEY),
    "{}",
    405
)]
#[tokio::test]
async fn what_is_wrong_is_refused_in_json(
    #[case] line: &str,
    #[case] key: Option<&str>,
    #[case] body: &str,
    #[case] status: u16,
) {
    let bench = Bench::new(settings()).await;
    let answer = bench.send(line, key, body).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.json()["error"].is_string(), "{}", answer.text);
    assert!(answer.head.contains("content-type: application/json"));
}

#[tokio::test]
async fn a_body_longer_than_64_kib_is_refused() {
    let bench = Bench::new(settings()).await;
    let (_, key) = bench.client();
    let body = stored(true, &"x".repeat(65 << 10));
    assert_eq!(bench.tell(Via::V2, &key, &body).await, 413);
}

#[tokio::test]
async fn a_key_sends_two_hundred_requests_a_minute_where_that_is_limited() {
    let bench = Bench::new(Settings {
        limited: true,
        ..settings()
    })
    .await;
    let (_, key) = bench.client();
    for _ in 0..200 {
        let me = bench.send("GET /api/v3/clients/me", Some(&key), "").await;
        assert_eq!(me.status, 200);
    }
    let me = bench.send("GET /api/v3/clients/me", Some(&key), "").await;
    assert_eq!(me.status, 429);
    assert!(me.head.contains("retry-after: "), "{}", me.head);
    let (_, other) = bench.client();
    let me = bench.send("GET /api/v3/clients/me", Some(&other), "").await;
    assert_eq!(me.status, 200);
}

#[tokio::test]
async fn no_key_gets_into_the_log() {
    for json in [false, true] {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let into = Arc::clone(&lines);
        let write = Arc::new(move |line: &str| into.lock().unwrap().push(line.to_owned()));
        let log = if json {
            LogSink::Json(write)
        } else {
            LogSink::Text(write)
        };
        let bench = Bench::new(Settings { log, ..settings() }).await;
        let (id, key) = bench.client();
        let body = stored(true, "GDRIVE");
        assert_eq!(bench.tell(Via::V1, &key, &body).await, 204);
        assert_eq!(bench.tell(Via::V2, "unheard-of-key", &body).await, 401);
        bench.made().await;
        let lines = lines.lock().unwrap().clone();
        assert_eq!(lines.len(), 3, "{lines:?}");
        let all = lines.join("\n");
        assert!(lines[0].contains(&id) && lines[0].contains("GDRIVE"));
        assert!(
            !all.contains(&key) && !all.contains(KEY) && !all.contains("unheard-of"),
            "{all}"
        );
        if json {
            let line: Value = serde_json::from_str(&lines[0]).unwrap();
            assert_eq!(
                (&line["status"], &line["success"]),
                (&json!(204), &json!(true))
            );
        } else {
            assert!(lines[0].contains("204") && lines[0].contains("v1"));
        }
    }
}

#[tokio::test]
async fn it_speaks_tls_with_a_certificate_that_it_is_given() {
    let names = vec!["api.portalhq.io".to_owned(), "localhost".to_owned()];
    let pair = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names)
        .unwrap()
        .self_signed(&pair)
        .unwrap();
    let tls = Tls {
        chain: certificate.pem(),
        key: pair.serialize_pem().into(),
    };
    let bench = Bench::new(Settings {
        tls: Some(tls),
        ..settings()
    })
    .await;
    assert!(bench.running.base_url().starts_with("https://127.0.0.1:"));
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    // One that never shakes hands keeps nobody waiting.
    let _silent = TcpStream::connect(bench.address()).await.unwrap();
    let stream = TcpStream::connect(bench.address()).await.unwrap();
    let name = ServerName::try_from("api.portalhq.io").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let line = "POST /api/v3/custodians/me/clients";
    let answer = exchange(&mut stream, line, Some(KEY), "{}").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn it_does_not_start_without_a_key_or_with_a_certificate_that_is_none() {
    let empty = Settings {
        custodian_key: "".into(),
        ..settings()
    };
    assert!(matches!(start(empty).await, Err(StartError::EmptyKey)));
    let tls = Tls {
        chain: "no PEM".to_owned(),
        key: "no PEM".into(),
    };
    let odd = Settings {
        tls: Some(tls),
        ..settings()
    };
    let error = start(odd).await.unwrap_err();
    assert!(matches!(error, StartError::Tls(_)), "{error}");
}
