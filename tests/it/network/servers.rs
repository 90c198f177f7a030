//! Servers for one test each, on free ports of the loopback address: the reference custodian, TLS in front of
//! it, a proxy, and peers that misbehave.

use axum::body::Bytes;
use axum::http::{Request, Response};
use rustls::ServerConfig;
use sharecheck::reference::{self, Contract, Fault, LogSink, Running};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_rustls::TlsAcceptor;

pub(super) const SECRET: &str = "Secret-of-the-network-tests-42";

/// The reference custodian.
pub(super) struct Custodian {
    running: Running,
}

impl Custodian {
    pub(super) async fn start(fault: Option<Fault>, clients: &[&str]) -> Self {
        let running = reference::start(reference::Settings {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            base_path: "/portal".to_owned(),
            secret: SECRET.into(),
            database: None,
            clients: clients.iter().map(|id| (*id).to_owned()).collect(),
            latency: std::time::Duration::ZERO,
            contract: fault.map_or(Contract::V6, Fault::contract),
            faults: fault.into_iter().collect(),
            freedoms: Vec::new(),
            users: None,
            log: LogSink::Quiet,
        });
        Self {
            running: running.await.unwrap(),
        }
    }

    pub(super) fn url(&self) -> String {
        self.running.base_url().to_owned()
    }

    pub(super) fn address(&self) -> SocketAddr {
        let url = url::Url::parse(self.running.base_url()).unwrap();
        SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()))
    }
}

/// A listener whose connections go to a function; it ends with this.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// What was seen: a line a connection or request, as the server has it.
    pub(super) log: Log,
    accepting: JoinHandle<()>,
}

pub(super) type Log = Arc<Mutex<Vec<String>>>;

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub(super) async fn start<F, R>(serve: F) -> Self
    where
        F: Fn(TcpStream, Log) -> R + Send + 'static,
        R: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, serve)
    }

    pub(super) fn on<F, R>(listener: TcpListener, serve: F) -> Self
    where
        F: Fn(TcpStream, Log) -> R + Send + 'static,
        R: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let log = Log::default();
        let kept = Arc::clone(&log);
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A peer that has gone is what these tests are about.
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self {
            address,
            log,
            accepting,
        }
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// TLS in front of a server that speaks HTTP/1.1; logs the protocol agreed on.
pub(super) async fn tls(config: Arc<ServerConfig>, behind: SocketAddr) -> Server {
    Server::start(move |stream, log| {
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        async move {
            let mut stream = match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => stream,
                Err((error, mut raw)) => {
                    // Read to the end, or the reset would overtake the alert.
                    raw.flush().await?;
                    raw.shutdown().await?;
                    let mut rest = Vec::new();
                    raw.read_to_end(&mut rest).await?;
                    return Err(error);
                }
            };
            let protocol = stream.get_ref().1.alpn_protocol().unwrap_or(b"none");
            let protocol = String::from_utf8_lossy(protocol).into_owned();
            log.lock().unwrap().push(protocol.clone());
            if protocol == "h2" {
                return speak_http2(stream, behind).await;
            }
            let mut behind = TcpStream::connect(behind).await?;
            copy_bidirectional(&mut stream, &mut behind).await?;
            Ok(())
        }
    })
    .await
}

/// Closes each connection at the end of the handshake, before it has read what follows: a reset overtakes all that was said.
pub(super) async fn tls_that_hangs_up(config: Arc<ServerConfig>) -> Server {
    Server::start(move |stream, _| {
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        async move { acceptor.accept(stream).await.map(drop) }
    })
    .await
}

/// Turns HTTP/2 into HTTP/1.1, a connection a request.
async fn speak_http2<S>(stream: S, behind: SocketAddr) -> std::io::Result<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = h2::server::handshake(stream)
        .await
        .map_err(std::io::Error::other)?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request.map_err(std::io::Error::other)?;
        tokio::spawn(async move {
            let (status, kind, body) = forward(request, behind).await?;
            let mut response = Response::builder().status(status);
            if let Some(kind) = kind {
                response = response.header("content-type", kind);
            }
            let response = response.body(()).map_err(std::io::Error::other)?;
            let mut send = respond
                .send_response(response, false)
                .map_err(std::io::Error::other)?;
            send.send_data(Bytes::from(body), true)
                .map_err(std::io::Error::other)
        });
    }
    Ok(())
}

async fn forward(
    request: Request<h2::RecvStream>,
    behind: SocketAddr,
) -> std::io::Result<(u16, Option<String>, Vec<u8>)> {
    let (parts, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = incoming.data().await {
        let chunk = chunk.map_err(std::io::Error::other)?;
        let _ = incoming.flow_control().release_capacity(chunk.len());
        body.extend_from_slice(&chunk);
    }
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: behind\r\nconnection: close\r\ncontent-length: {}\r\n",
        parts.method,
        parts.uri.path(),
        body.len()
    );
    for (name, value) in &parts.headers {
        if name != "content-length" {
            head += &[name.as_str(), ": ", value.to_str().unwrap(), "\r\n"].concat();
        }
    }
    let mut stream = TcpStream::connect(behind).await?;
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    stream.write_all(&body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let at = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..at]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let kind = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-type")
            .then(|| value.to_owned())
    });
    Ok((status, kind, answer[at + 4..].to_vec()))
}

/// Reads a request to its end; the whole of it, as text.
pub(super) async fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut all = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Ok(text);
            }
        }
        let count = stream.read(&mut part).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        all.extend_from_slice(&part[..count]);
    }
}

/// Hands a request on, and its answer back; the connection ends with that.
async fn pass_on(
    request: &str,
    mut behind: TcpStream,
    back: &mut TcpStream,
) -> std::io::Result<()> {
    let last = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    behind.write_all(last.as_bytes()).await?;
    let mut answer = Vec::new();
    behind.read_to_end(&mut answer).await?;
    back.write_all(&answer).await
}

/// An HTTP proxy: `CONNECT` for TLS, forwarding for the rest. Logs the first line of each request, and its
/// credentials. `login`: what `Proxy-Authorization` must be.
pub(super) async fn proxy(login: Option<&'static str>) -> Server {
    Server::start(move |mut stream, log| async move {
        let text = request(&mut stream).await?;
        let first = text.lines().next().unwrap().to_owned();
        log.lock().unwrap().push(first.clone());
        let given = text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
        });
        if login.is_some() && given != login {
            let no = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
            return stream.write_all(no.as_bytes()).await;
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        if method == "CONNECT" {
            let Ok(mut behind) = TcpStream::connect(target).await else {
                let no = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
                return stream.write_all(no.as_bytes()).await;
            };
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            copy_bidirectional(&mut stream, &mut behind).await?;
            return Ok(());
        }
        let url = url::Url::parse(target).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap());
        let behind = TcpStream::connect(host).await?;
        pass_on(&text.replacen(target, url.path(), 1), behind, &mut stream).await
    })
    .await
}

/// A peer that gives every request the same answer, text that goes over the wire as it is, and closes. Logs
/// each request whole.
pub(super) async fn canned(answer: impl Into<Vec<u8>>) -> Server {
    let answer = answer.into();
    Server::start(move |mut stream, log| {
        let answer = answer.clone();
        async move {
            let text = request(&mut stream).await?;
            log.lock().unwrap().push(text);
            stream.write_all(&answer).await
        }
    })
    .await
}

/// Passes requests on, a connection each, but gives those an answer itself of whose body `instead` makes one.
pub(super) async fn in_front<F>(behind: SocketAddr, instead: F) -> Server
where
    F: Fn(&str) -> Option<String> + Clone + Send + 'static,
{
    Server::start(move |mut stream, log| {
        let instead = instead.clone();
        async move {
            let text = request(&mut stream).await?;
            let body = text.split_once("\r\n\r\n").unwrap().1;
            if let Some(answer) = instead(body) {
                log.lock().unwrap().push(body.to_owned());
                return stream.write_all(answer.as_bytes()).await;
            }
            let behind = TcpStream::connect(behind).await?;
            pass_on(&text, behind, &mut stream).await
        }
    })
    .await
}

/// Passes requests on, a connection each, and gives what `altered` makes of the request and its answer's bytes.
pub(super) async fn in_between<F>(behind: SocketAddr, altered: F) -> Server
where
    F: Fn(&str, &[u8]) -> Vec<u8> + Clone + Send + 'static,
{
    Server::start(move |mut stream, log| {
        let altered = altered.clone();
        async move {
            let text = request(&mut stream).await?;
            log.lock().unwrap().push(text.clone());
            let last = text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            let mut behind = TcpStream::connect(behind).await?;
            behind.write_all(last.as_bytes()).await?;
            let mut came = Vec::new();
            behind.read_to_end(&mut came).await?;
            stream.write_all(&altered(&text, &came)).await
        }
    })
    .await
}

/// An answer's head without its length, and its body.
pub(super) fn halves(answer: &[u8]) -> (String, &[u8]) {
    let mut four = answer.windows(4);
    let at = four.position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..at]);
    let kept = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("content-length"));
    let head = kept.flat_map(|line| [line, "\r\n"]).collect();
    (head, &answer[at + 4..])
}

/// The same with other bytes for a body.
pub(super) fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), length.as_bytes(), body].concat()
}

/// Passes requests on, and dies of a body that is no JSON object.
pub(super) async fn mortal(behind: SocketAddr) -> Server {
    let life: Arc<OnceLock<AbortHandle>> = Arc::default();
    let own = Arc::clone(&life);
    let server = in_front(behind, move |body| {
        let object = serde_json::from_str::<serde_json::Map<_, _>>(body);
        object.is_err().then(|| {
            life.get().unwrap().abort();
            String::new()
        })
    })
    .await;
    own.set(server.accepting.abort_handle()).unwrap();
    server
}

/// An answer as it goes over the wire.
pub(super) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers
        .iter()
        .flat_map(|header| [*header, "\r\n"])
        .collect();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
