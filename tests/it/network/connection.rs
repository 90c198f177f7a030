//! The flags, each against a server that needs it.

use super::certificates::{Authority, Flawed, self_signed};
use super::servers::{
    Custodian, SECRET, Server, answer, canned, proxy, request, tls, tls_that_hangs_up,
};
use super::{doctor, keep, sharecheck};
use rcgen::{BasicConstraints, IsCa};
use rstest::rstest;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;

const BOTH: &[&str] = &["h2", "http/1.1"];

#[rstest]
#[case("expired", Flawed::Expired)]
#[case("not-yet-valid", Flawed::NotYetValid)]
#[case("other-name", Flawed::OtherName)]
#[tokio::test(flavor = "multi_thread")]
async fn a_flawed_certificate_is_named(#[case] name: &str, #[case] flawed: Flawed) {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &[]).await;
    let front = tls(authority.server(flawed, BOTH, None), custodian.address()).await;
    let url = format!("https://localhost:{}/portal", front.address.port());
    let said = doctor(&url, &["--cacert", &authority.cacert()]).await;
    keep(&format!("tls-{name}"), &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_is_named_and_cacert_mends_it() {
    let (authority, other) = (Authority::new(), Authority::new());
    let custodian = Custodian::start(None, &[]).await;
    let front = tls(
        authority.server(Flawed::Not, BOTH, None),
        custodian.address(),
    )
    .await;
    let url = format!("https://localhost:{}/portal", front.address.port());
    keep(
        "tls-unknown-authority",
        &doctor(&url, &["--cacert", &other.cacert()]).await,
    );
    keep("tls-not-in-the-store", &doctor(&url, &[]).await);
    keep(
        "tls-good",
        &doctor(&url, &["--cacert", &authority.cacert()]).await,
    );
    keep("tls-insecure", &doctor(&url, &["--insecure"]).await);
}

#[rstest]
#[case::no_authority(IsCa::NoCa, Flawed::Not, None)]
#[case::said_to_be_none(IsCa::ExplicitNoCa, Flawed::Not, None)]
#[case::an_authority(IsCa::Ca(BasicConstraints::Unconstrained), Flawed::Not, None)]
#[case::old(
    IsCa::Ca(BasicConstraints::Unconstrained),
    Flawed::Expired,
    Some("has expired")
)]
#[case::old_and_none(IsCa::NoCa, Flawed::Expired, Some("has expired"))]
#[case::new(IsCa::ExplicitNoCa, Flawed::NotYetValid, Some("is not valid yet"))]
#[case::other(
    IsCa::Ca(BasicConstraints::Unconstrained),
    Flawed::OtherName,
    Some("for other host names")
)]
#[case::other_and_none(IsCa::NoCa, Flawed::OtherName, Some("for other host names"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_a_server_has_signed_for_itself_is_trusted_where_it_is_named(
    #[case] is_ca: IsCa,
    #[case] flawed: Flawed,
    #[case] says: Option<&str>,
) {
    let custodian = Custodian::start(None, &[]).await;
    let (config, file) = self_signed(is_ca, flawed);
    let front = tls(config, custodian.address()).await;
    let url = format!("{}/portal", secure(&front));
    let own = file.path().display().to_string();
    let said = doctor(&url, &["--cacert", &own]).await;
    assert_eq!(
        said.code,
        if says.is_some() { 3 } else { 0 },
        "{}",
        said.text
    );
    assert!(
        said.text.contains(says.unwrap_or("A run can begin")),
        "{}",
        said.text
    );
    // Another one of the same kind and names is not meant.
    let (_, other) = self_signed(is_ca, flawed);
    let other = other.path().display().to_string();
    assert_eq!(doctor(&url, &["--cacert", &other]).await.code, 3);
    let said = doctor(&url, &[]).await;
    assert_eq!(said.code, 3, "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_authority_that_is_not_named_is_trusted_where_it_is_named_itself() {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &[]).await;
    let (config, leaf) = authority.server_and_leaf(Flawed::Not, BOTH, None);
    let front = tls(config, custodian.address()).await;
    let leaf = leaf.path().display().to_string();
    let said = doctor(&format!("{}/portal", secure(&front)), &["--cacert", &leaf]).await;
    assert_eq!(said.code, 0, "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_agreed_on_by_alpn_and_can_be_refused() {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &[]).await;
    let front = tls(
        authority.server(Flawed::Not, BOTH, None),
        custodian.address(),
    )
    .await;
    let url = format!("https://localhost:{}/portal", front.address.port());
    let cacert = authority.cacert();
    let run = ["run", "-u", &url, "--cacert", &cacert, "-q"];
    let said = sharecheck(&[&run[..], &["replace.*"]].concat(), &[]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(front.seen().iter().all(|protocol| protocol == "h2"));
    let before = front.seen().len();
    let said = sharecheck(&[&run[..], &["--http1.1", "replace.*"]].concat(), &[]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(
        front.seen()[before..]
            .iter()
            .all(|protocol| protocol == "http/1.1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_client_certificate_says_so_and_takes_one() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let custodian = Custodian::start(None, &[]).await;
    let config = authority.server(Flawed::Not, BOTH, Some(&clients));
    let front = tls(config, custodian.address()).await;
    let url = format!("{}/portal", secure(&front));
    let cacert = authority.cacert();
    keep(
        "tls-client-certificate-wanted",
        &doctor(&url, &["--cacert", &cacert]).await,
    );
    let (cert, key) = clients.client();
    let said = doctor(&url, &["--cacert", &cacert, "--cert", &cert, "--key", &key]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let (cert, key) = authority.client();
    let said = doctor(&url, &["--cacert", &cacert, "-E", &cert, "--key", &key]).await;
    keep("tls-client-certificate-refused", &said);
    let said = doctor(&url, &["--cacert", &cacert, "--cert", &cert]).await;
    assert_eq!(said.code, 2);
    assert!(said.text.contains("holds no private key"), "{}", said.text);
}

fn secure(front: &Server) -> String {
    format!("https://localhost:{}", front.address.port())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_client_certificate_and_hangs_up_without_a_word_is_understood() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let cacert = authority.cacert();
    for (asks, says) in [
        (true, "wants a client certificate"),
        (false, "is closed before"),
    ] {
        let asked = asks.then_some(&clients);
        let front = tls_that_hangs_up(authority.server(Flawed::Not, BOTH, asked)).await;
        let said = doctor(&secure(&front), &["--cacert", &cacert]).await;
        assert_eq!(said.code, 3, "{}", said.text);
        assert!(said.text.contains(says), "{}", said.text);
    }
    let (cert, key) = authority.client();
    let config = authority.server(Flawed::Not, BOTH, Some(&clients));
    let front = tls_that_hangs_up(config).await;
    let ours = ["--cacert", &cacert, "-E", &cert, "--key", &key];
    let said = doctor(&secure(&front), &ours).await;
    let says = "does not take our client certificate";
    assert!(said.text.contains(says), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_plain_text_taken_for_each_other_are_named() {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &[]).await;
    let front = tls(
        authority.server(Flawed::Not, BOTH, None),
        custodian.address(),
    )
    .await;
    keep(
        "tls-to-plain-http",
        &doctor(&custodian.url().replace("http:", "https:"), &[]).await,
    );
    keep("plain-http-to-tls", &doctor(&front.url(), &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn insecure_needs_a_second_word_for_another_host() {
    let said = doctor("https://a.example", &["--insecure", "--open-clients"]).await;
    keep("insecure-elsewhere", &said);
    // A rule may lead this machine's name elsewhere, too.
    let away = ["--insecure", "--connect-to", "localhost:443:a.example:443"];
    assert_eq!(doctor("https://localhost", &away).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_led_to_another_machine_and_keeps_its_certificate() {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &["c1"]).await;
    let front = tls(
        authority.server(Flawed::Not, BOTH, None),
        custodian.address(),
    )
    .await;
    let cacert = authority.cacert();
    let port = front.address.port();
    let more = ["--cacert", &cacert, "--client-id", "c1"];
    let to = format!("a.example:443:127.0.0.1:{port}");
    let said = doctor(
        "https://a.example/portal",
        &[&more[..], &["--connect-to", &to]].concat(),
    )
    .await;
    keep("connect-to", &said);
    assert!(front.seen().iter().all(|protocol| protocol == "h2"));
    assert!(front.seen().len() >= 4);
    let url = format!("https://a.example:{port}/portal");
    let at = format!("a.example:{port}:127.0.0.1");
    let said = doctor(&url, &[&more[..], &["--resolve", &at]].concat()).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let other = format!("a.example:1:127.0.0.1:{port}");
    let said = doctor(&url, &[&more[..], &["--connect-to", &other]].concat()).await;
    assert!(
        said.text.contains("the name does not resolve"),
        "{}",
        said.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_header_stays_what_the_url_says() {
    let peer = canned(answer(
        "200 OK",
        &["content-type: application/json"],
        r#"{"backupShares":[]}"#,
    ))
    .await;
    let to = format!("127.0.0.1:8000:127.0.0.1:{}", peer.address.port());
    doctor("http://127.0.0.1:8000", &["--connect-to", &to]).await;
    assert!(!peer.seen().is_empty());
    assert!(
        peer.seen()
            .iter()
            .all(|text| text.contains("\r\nhost: 127.0.0.1:8000\r\n"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_gone_through_for_both_schemes() {
    let authority = Authority::new();
    let custodian = Custodian::start(None, &["c1"]).await;
    let front = tls(
        authority.server(Flawed::Not, BOTH, None),
        custodian.address(),
    )
    .await;
    let proxy = proxy(Some("Basic dXNlcjpQcm94eS1wYXNzd29yZC0x")).await;
    let with = format!("http://user:Proxy-password-1@{}", proxy.address);
    let variables = [("SHARECHECK_PROXY", with.as_str())];
    let (plain, cacert) = (custodian.url(), authority.cacert());
    let said = sharecheck(&["doctor", "-u", &plain, "--client-id", "c1"], &variables).await;
    keep("proxy", &said);
    assert!(
        proxy
            .seen()
            .iter()
            .all(|line| line.starts_with("POST http://127.0.0.1:"))
    );
    let before = proxy.seen().len();
    let url = format!("https://localhost:{}/portal", front.address.port());
    let args = [
        "doctor",
        "-u",
        &url,
        "--client-id",
        "c1",
        "--cacert",
        &cacert,
    ];
    let said = sharecheck(&args, &variables).await;
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(!said.text.contains("Proxy-password-1"));
    assert!(
        proxy.seen()[before..]
            .iter()
            .all(|line| line.starts_with("CONNECT localhost:"))
    );
    let bare = format!("http://{}", proxy.address);
    let said = doctor(
        &url,
        &["--client-id", "c1", "--cacert", &cacert, "-x", &bare],
    )
    .await;
    keep("proxy-login", &said);
    keep(
        "proxy-login-plain",
        &doctor(&plain, &["--client-id", "c1", "-x", &bare]).await,
    );
    let said = doctor("https://a.example:1", &["--client-id", "c1", "-x", &with]).await;
    keep("proxy-refuses", &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn why_this_machine_does_not_count_as_this_machine_is_said_as_it_is() {
    let proxied = refused_run(&["-u", "http://localhost:1", "-x", "http://127.0.0.1:1"]).await;
    assert!(
        proxied.contains("requests to localhost go through a proxy"),
        "{proxied}"
    );
    let led = ["-u", "http://localhost:1", "--connect-to", "::a.example:2"];
    let led = refused_run(&led).await;
    assert!(
        led.contains("localhost is led to a.example:2, which is not"),
        "{led}"
    );
    let away = refused_run(&["-u", "http://a.example:1"]).await;
    assert!(away.contains("a.example is not on this machine"), "{away}");
}

/// What a run says that is refused before anything is sent.
async fn refused_run(arguments: &[&str]) -> String {
    let said = sharecheck(&[&["run"], arguments].concat(), &[]).await;
    assert_eq!(said.code, 2, "{}", said.text);
    said.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_asked_for_this_machine() {
    let custodian = Custodian::start(None, &[]).await;
    let nobody = canned("").await;
    let variables = [("HTTP_PROXY", nobody.url()), ("ALL_PROXY", nobody.url())];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let said = sharecheck(&["doctor", "-u", &custodian.url()], &variables).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let said = sharecheck(&["run", "--reference", "-q", "replace.*"], &variables).await;
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(nobody.seen().is_empty());
    let elsewhere = ["doctor", "-u", "http://a.example", "--client-id", "c1"];
    sharecheck(&elsewhere, &variables).await;
    assert!(!nobody.seen().is_empty());
    let before = nobody.seen().len();
    sharecheck(&[&elsewhere[..], &["--no-proxy"]].concat(), &variables).await;
    assert_eq!(nobody.seen().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_reads_no_certificate_store() {
    let custodian = Custodian::start(None, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.pem");
    std::fs::write(&garbage, "-----BEGIN CERTIFICATE-----\n!!!\n").unwrap();
    let garbage = garbage.display().to_string();
    let variables = [
        ("SSL_CERT_FILE", garbage.as_str()),
        ("SSL_CERT_DIR", "/nowhere"),
    ];
    let url = custodian.url();
    let said = sharecheck(&["run", "-u", &url, "-q", "replace.*"], &variables).await;
    assert_eq!(said.code, 0, "{}", said.text);
    let said = doctor(&url, &["--cacert", &garbage]).await;
    assert_eq!(said.code, 0, "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_the_trace_go_with_every_request_and_are_not_shown() {
    let peer = canned(answer(
        "200 OK",
        &["content-type: application/json"],
        r#"{"backupShares":[]}"#,
    ))
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("headers");
    std::fs::write(&file, "X-From-File: a-secret-from-a-file\n\n").unwrap();
    let file = format!("@{}", file.display());
    let url = peer.url();
    let args = [
        "doctor",
        "-u",
        &url,
        "--traceparent",
        "--wait",
        "5s",
        "-H",
        &file,
    ];
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let variables = [
        (
            "SHARECHECK_HEADER",
            "Authorization: Bearer of-a-gateway\nX-Env: staging\n",
        ),
        ("TRACEPARENT", parent),
    ];
    // A flag wins over the variable, as everywhere.
    let said = sharecheck(&args, &variables).await;
    let all = peer.seen();
    assert!(all.len() > 3 && all[0].starts_with("GET / HTTP/1.1"));
    assert!(!all[0].contains(SECRET) && !all[0].to_lowercase().contains("x-webhook-secret"));
    assert!(
        all.iter()
            .all(|text| text.contains("x-from-file: a-secret-from-a-file\r\n"))
    );
    assert!(
        all.iter()
            .all(|text| text.contains("traceparent: 00-0af7651916cd43dd8448eb211c80319c-"))
    );
    assert!(!said.text.contains("a-secret-from-a-file"));
    assert!(
        said.text
            .contains("trace id 0af7651916cd43dd8448eb211c80319c")
    );
    sharecheck(&["doctor", "-u", &url], &variables).await;
    let last = peer.seen().pop().unwrap();
    assert!(
        last.contains("authorization: Bearer of-a-gateway\r\n")
            && last.contains("x-env: staging\r\n")
    );
}

#[rstest]
#[case(&["-H", "X-Webhook-Secret: hunter2hunter2"])]
#[case(&["-H", "hunter2hunter2"])]
#[case(&["-H", "Host: a.example"])]
#[case(&["-x", "socks5://user:hunter2hunter2@localhost:1"])]
#[case(&["-x", "http://user:hunter2hunter2@local host:1"])]
#[case(&["-x", "http://localhost:1", "--no-proxy"])]
#[case(&["--resolve", "a.example"])]
#[case(&["--connect-to", "a.example:443"])]
#[case(&["--rate-limit", "0/s"])]
#[case(&["--key", "nothing.pem"])]
#[case(&["--insecure-really"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_slip_in_a_flag_sends_nothing_and_shows_no_credential(#[case] flags: &[&str]) {
    let peer = canned("").await;
    let said = doctor(&peer.url(), flags).await;
    assert_eq!(said.code, 2, "{}", said.text);
    assert!(!said.text.contains("hunter2"), "{}", said.text);
    assert!(peer.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_kept() {
    let custodian = Custodian::start(None, &[]).await;
    let began = std::time::Instant::now();
    let said = doctor(&custodian.url(), &["--rate-limit", "20/s"]).await;
    assert_eq!(said.code, 0, "{}", said.text);
    // Three requests: two pauses.
    assert!(began.elapsed() >= std::time::Duration::from_millis(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_with_the_first_answer() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    // The port is ours, but nobody listens yet.
    let waiting = tokio::spawn(async move { doctor(&url, &["--wait", "60s"]).await });
    let custodian = Custodian::start(None, &[]).await;
    let behind = custodian.address();
    let front = Server::on(
        socket.listen(16).unwrap(),
        move |mut stream, log| async move {
            let text = request(&mut stream).await?;
            let mut behind = tokio::net::TcpStream::connect(behind).await?;
            let text = text.replacen(" /", " /portal/", 1);
            log.lock().unwrap().push(text.clone());
            behind.write_all(text.as_bytes()).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut behind).await?;
            Ok(())
        },
    );
    let said = waiting.await.unwrap();
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(front.seen()[0].starts_with("GET "));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_says_for_what_and_ends() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    keep("wait-in-vain", &doctor(&url, &["--wait", "300ms"]).await);
}
