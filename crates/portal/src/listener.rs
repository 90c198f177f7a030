//! Where connections come in, plain or over TLS. A handshake that does not come on keeps nobody else waiting.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::StartError;

/// So many connections are open at once; of more, each waits until one is closed.
const CONNECTIONS: usize = 1024;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a server shows of itself.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate and those that lead to its root, as PEM.
    pub chain: String,
    /// The private key, as PEM, unencrypted.
    pub key: SecretString,
}

impl Tls {
    fn acceptor(&self) -> Result<TlsAcceptor, StartError> {
        let wrong = |cause: String| StartError::Tls(cause);
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(self.chain.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|error| wrong(format!("the certificate is no PEM: {error}")))?;
        if chain.is_empty() {
            return Err(wrong(
                "the certificate file holds no certificate".to_owned(),
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(self.key.expose_secret().as_bytes())
            .map_err(|_| wrong("the key file holds no private key in PEM".to_owned()))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| wrong(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Accepts connections.
#[derive(Debug)]
pub(crate) struct Door {
    lines: mpsc::Receiver<(Line, SocketAddr)>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Door {
    /// Accepts what comes in here from now on.
    pub(crate) fn new(
        listener: TcpListener,
        address: SocketAddr,
        tls: Option<&Tls>,
    ) -> Result<Self, StartError> {
        let acceptor = tls.map(Tls::acceptor).transpose()?;
        let (ready, lines) = mpsc::channel(64);
        let accepting = tokio::spawn(accept(listener, acceptor, ready));
        Ok(Self {
            lines,
            address,
            accepting,
        })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    ready: mpsc::Sender<(Line, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Nobody closes the semaphore, so there is always a permit in the end.
        let permit = Arc::clone(&room).acquire_owned().await.ok();
        // This one waits where the system has no more sockets, instead of giving up.
        let (stream, peer) = Listener::accept(&mut listener).await;
        // Small answers must not wait for each other.
        drop(stream.set_nodelay(true));
        let Some(acceptor) = acceptor.clone() else {
            let line = Line::new(Wire::Plain(stream), permit);
            if ready.send((line, peer)).await.is_err() {
                return;
            }
            continue;
        };
        let ready = ready.clone();
        tokio::spawn(async move {
            let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
            // Who does not trust the certificate hangs up, and is told by its own side.
            if let Ok(Ok(stream)) = shaken {
                let line = Line::new(Wire::Tls(Box::new(stream)), permit);
                drop(ready.send((line, peer)).await);
            }
        });
    }
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        match self.lines.recv().await {
            Some(line) => line,
            // Only where accepting has broken down.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    wire: Wire,
    _room: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    fn new(wire: Wire, room: Option<OwnedSemaphorePermit>) -> Self {
        Self { wire, _room: room }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Wire::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(context, buffer),
            Wire::Tls(stream) => Pin::new(stream).poll_write(context, buffer),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(context),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
