//! How `serve portal` starts, and does not.

use super::{KEY, Served};
use crate::bench::{SECRET, code, sharecheck, told};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[test]
fn a_mistake_is_bad_input_and_a_taken_port_is_not() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.pem"), "nothing\n").unwrap();
    let custodian = ["portal", "--custodian", "http://localhost:3000"];
    for (arguments, expected, says) in [
        (
            &["portal", "--fault", "well"][..],
            2,
            "must be 429, 500 or hang",
        ),
        (&["portal", "--tls-key", "no.pem"], 2, "--tls-cert"),
        (
            &["portal", "--tls-cert", "absent.pem"],
            2,
            "--tls-cert: cannot read absent.pem",
        ),
        (
            &["portal", "--tls-cert", "no.pem"],
            2,
            "holds no certificate",
        ),
        (
            &["portal", "--custodian", "localhost:3000"],
            2,
            "--custodian localhost:3000",
        ),
        (&["portal", "--client-id", ""], 2, "empty client id"),
        (&custodian, 2, "no webhook secret"),
        (
            &["portal", "--listen", &port],
            3,
            "next: name another address with --listen",
        ),
        (&["custodian", "--fault", "apend"], 2, "append"),
        (&["--fault", "append", "portal"], 2, "cannot be used with"),
    ] {
        let mut command = sharecheck(folder.path());
        let output = command.arg("serve").args(arguments).output().unwrap();
        let said = told(&output, &[]);
        assert_eq!(code(&output), expected, "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn it_shows_the_certificate_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let pair = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["api.portalhq.io".to_owned()]).unwrap();
    let certificate = params.self_signed(&pair).unwrap();
    let both = certificate.pem() + &pair.serialize_pem();
    std::fs::write(folder.path().join("both.pem"), both).unwrap();
    let portal = Served::start(folder.path(), &["portal", "--tls-cert", "both.pem"]);
    let address = portal.url.strip_prefix("https://").unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("api.portalhq.io").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let request = format!(
        "POST /api/v3/custodians/me/clients HTTP/1.1\r\nHost: api.portalhq.io\r\nConnection: close\r\n\
         Authorization: Bearer {KEY}\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("clientApiKey"), "{answer}");
}

#[test]
fn what_was_not_set_is_told_and_no_secret_that_was() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let told = |variables: &[(&str, &str)]| {
        let file = std::fs::File::create(&out).unwrap();
        let mut process = sharecheck(folder.path())
            .envs(variables.iter().copied())
            .args(["serve", "portal"])
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
        let mut said = String::new();
        while !said.contains("next: ") && std::time::Instant::now() < until {
            std::thread::yield_now();
            said = std::fs::read_to_string(&out).unwrap();
        }
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(said.starts_with("http://127.0.0.1:"), "{said}");
        said
    };
    let said = told(&[]);
    assert!(
        said.contains("the custodian's key is sharecheck-portal-key"),
        "{said}"
    );
    assert!(said.contains("the control token is "), "{said}");
    let said = told(&[
        ("SHARECHECK_PORTAL_KEY", KEY),
        ("SHARECHECK_CONTROL_TOKEN", "hunter2hunter2"),
        ("SHARECHECK_SECRET", SECRET),
    ]);
    assert!(!said.contains(KEY) && !said.contains("hunter2"), "{said}");
    assert!(said.contains("without --custodian URL"), "{said}");
}
