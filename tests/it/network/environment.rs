//! What is no fault of the custodian's, or not the one that it looks like: a secret that never gets there, ids that
//! nobody knows, answers that come wrapped, compressed or cut off on their way.

use super::servers::{
    Custodian, SECRET, Server, answer, canned, halves, in_between, in_front, with_body,
};
use super::{Said, doctor, keep, sharecheck};
use rstest::rstest;
use sharecheck::reference::Fault;

const JSON: &str = "content-type: application/json";

/// What was said, in one line.
fn line(said: &Said) -> String {
    said.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case(&[])]
#[case(&["--client-id=c1"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_makes_no_difference_is_suspected(#[case] clients: &[&str]) {
    let custodian = Custodian::start(Some(Fault::Secret500Html), &[]).await;
    let url = custodian.url();
    let wrong = [("SHARECHECK_SECRET", "Another-secret-altogether")];
    for command in ["doctor", "run"] {
        let arguments = [&[command, "-u", &url], clients].concat();
        let said = sharecheck(&arguments, &wrong).await;
        assert_eq!(said.code, 3, "{}", said.text);
        let says = "500: the webhook secret is refused, or never gets there";
        assert!(line(&said).contains(says), "{}", said.text);
        assert!(line(&said).contains("SHARECHECK_SECRET"), "{}", said.text);
    }
    let said = doctor(&url, clients).await;
    assert_eq!(said.code, 0, "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_every_request_fails_it_is_said_that_the_secret_makes_no_difference() {
    let peer = canned(answer(
        "500 Internal Server Error",
        &[JSON],
        r#"{"error":"no"}"#,
    ))
    .await;
    for command in ["doctor", "run"] {
        let said = sharecheck(&[command, "-u", &peer.url(), "--client-id=c1"], &[]).await;
        assert_eq!(said.code, 3, "{}", said.text);
        let says = "with it and without it every request is answered alike";
        assert!(line(&said).contains(says), "{}", said.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_fails_on_made_up_ids_is_given_others() {
    let known = Custodian::start(Some(Fault::UnknownClient500), &["c1"]).await;
    let said = doctor(&known.url(), &[]).await;
    keep("doctor-made-up-clients-fail", &said);
    assert_eq!(said.code, 3, "{}", said.text);
    let said = sharecheck(&["run", "-u", &known.url()], &[]).await;
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(line(&said).contains("--client-id ID"), "{}", said.text);
    let said = doctor(&known.url(), &["--client-id=c1"]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    // A store that is taken shows that the id does not matter.
    let any = Custodian::start(Some(Fault::UnknownClient500), &[]).await;
    assert_ne!(doctor(&any.url(), &[]).await.code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_fail_whatever_they_hold_are_for_the_cases() {
    let custodian = Custodian::start(None, &[]).await;
    let no = answer("500 Internal Server Error", &[JSON], r#"{"error":"no"}"#);
    let peer = in_front(custodian.address(), move |body| {
        let store = body.contains("share") || body.contains("backupMethod");
        store.then(|| no.clone())
    })
    .await;
    let url = format!("{}/portal", peer.url());
    assert_eq!(doctor(&url, &[]).await.code, 1);
    let said = sharecheck(&["run", "-u", &url, "replace.same-method"], &[]).await;
    assert_eq!(said.code, 1, "{}", said.text);
}

/// The answers of a custodian as a function hands them to its gateway, which passes them on as they are.
async fn enveloped(custodian: &Custodian) -> Server {
    in_between(custodian.address(), |_, came| {
        let (head, body) = halves(came);
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = String::from_utf8_lossy(body);
        let headers = serde_json::json!({ "Content-Type": "application/json" });
        let envelope =
            serde_json::json!({ "statusCode": status, "headers": headers, "body": body });
        with_body(
            &format!("HTTP/1.1 200 OK\r\n{JSON}\r\n"),
            envelope.to_string().as_bytes(),
        )
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_envelope_is_named_and_is_nobodys_share() {
    let custodian = Custodian::start(None, &["c1", "c2"]).await;
    let peer = enveloped(&custodian).await;
    let url = format!("{}/portal", peer.url());
    let says =
        "the answer is the envelope of a function (statusCode, body) that no gateway has opened";
    let clients = "--client-id=c1,c2";
    let said = doctor(&url, &[clients]).await;
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(line(&said).contains(says), "{}", said.text);
    let said = sharecheck(
        &[
            "run",
            "-u",
            &url,
            clients,
            "replace.same-method",
            "fetch.array",
            "secret.*",
        ],
        &[],
    )
    .await;
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(line(&said).contains(says), "{}", said.text);
    assert!(
        said.text.contains("  fetch.array · required"),
        "{}",
        said.text
    );
    // The shares in it are known, and its status is what the function means.
    let others = ["\n  replace.", "\n  secret.", "\n  endpoint."];
    let accused = others.iter().any(|other| said.text.contains(other));
    assert!(!accused, "{}", said.text);
    let wrong = [("SHARECHECK_SECRET", "Another-secret-altogether")];
    let said = sharecheck(&["run", "-u", &url, clients], &wrong).await;
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(
        line(&said).contains("401: the webhook secret is refused"),
        "{}",
        said.text
    );
}

/// `{"backupShares":[]}`, compressed.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0x4a, 0x4a, 0x4c, 0xce, 0x2e, 0x2d, 0x08,
    0xce, 0x48, 0x2c, 0x4a, 0x2d, 0x56, 0xb2, 0x8a, 0x8e, 0xad, 5, 0,
];

#[rstest]
#[case("content-encoding: gzip", GZIP, "compressed (gzip)")]
#[case(JSON, GZIP, "compressed (gzip)")]
#[case("content-encoding: deflate", &GZIP[10..], "compressed (deflate)")]
#[case(
    "content-encoding: br",
    b"\x0b\x02\x80/usr/lib/x.js\x03",
    "compressed (br)"
)]
#[case(
    JSON,
    b"\xef\xbb\xbf{\"backupShares\":[]}",
    "begins with a byte-order mark"
)]
#[case(
    JSON,
    b"{\"backupShares\":[],\"for\":\"\xc3\xa9\xc3\xa9\"",
    "seems to count characters"
)]
#[case(JSON, b"{\"backupShares\":[", "breaks off before its end")]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_what_they_should_be_are_named(
    #[case] header: &str,
    #[case] body: &[u8],
    #[case] says: &str,
) {
    let head = format!("HTTP/1.1 200 OK\r\n{header}\r\nconnection: close\r\n");
    let peer = canned(with_body(&head, body)).await;
    let said = doctor(&peer.url(), &["--client-id=c1"]).await;
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(line(&said).contains(says), "{}", said.text);
    let run = ["run", "-u", &peer.url(), "--client-id=c1", "fetch.empty"];
    let said = sharecheck(&run, &[]).await;
    assert!(line(&said).contains(says), "{}", said.text);
    assert!(!line(&said).contains("file path"), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_length_that_counts_characters_is_named_where_a_share_breaks_off() {
    let custodian = Custodian::start(None, &[]).await;
    let peer = in_between(custodian.address(), |_, came| {
        let (head, body) = halves(came);
        let length = String::from_utf8_lossy(body).encode_utf16().count();
        let head = format!("{head}content-length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    })
    .await;
    let url = format!("{}/portal", peer.url());
    let run = ["run", "-u", &url, "share.verbatim", "fetch.array"];
    let said = sharecheck(&run, &[]).await;
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(
        line(&said).contains("seems to count characters"),
        "{}",
        said.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_repeats_the_request_holds_nobodys_share() {
    let custodian = Custodian::start(None, &[]).await;
    let peer = in_between(custodian.address(), |request, came| {
        let (head, body) = halves(came);
        if !head.contains(" 400 ") {
            return with_body(&head, body);
        }
        let sent = request.split_once("\r\n\r\n").unwrap().1;
        let first: String = sent.chars().take(500).collect();
        let detail = serde_json::json!([{ "loc": ["body"], "input": first }]);
        let body = serde_json::json!({ "detail": detail }).to_string();
        with_body(
            &head.replace(" 400 Bad Request", " 422 Unprocessable Content"),
            body.as_bytes(),
        )
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json").display().to_string();
    let url = format!("{}/portal", peer.url());
    let selected = ["input.*", "secret.*", "store.*", "share.*"];
    let run = ["run", "-u", &url, "--report", &format!("json={report}")];
    let said = sharecheck(&[&run[..], &selected].concat(), &[("SHARECHECK_JOBS", "4")]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let repeated = peer
        .seen()
        .iter()
        .any(|it| it.contains("SHARECHECK") || it.contains("sharecheck"));
    assert!(repeated && std::fs::exists(&report).unwrap());
    assert!(!said.text.contains(SECRET));
}
