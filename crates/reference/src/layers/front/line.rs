//! A custodian that has one line: whoever connects meanwhile waits until the one before has hung up.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Accepts a connection when the one before is closed.
#[derive(Debug)]
pub(crate) struct OneLine {
    listener: TcpListener,
    line: Arc<Semaphore>,
}

impl OneLine {
    /// Where it listens.
    pub(crate) fn new(listener: TcpListener) -> Self {
        let line = Arc::new(Semaphore::new(1));
        Self { listener, line }
    }
}

impl Listener for OneLine {
    type Io = Busy;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Busy, SocketAddr) {
        // Nobody closes the semaphore, so there is always a permit in the end.
        let line = Arc::clone(&self.line).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Small answers must not wait for each other.
        drop(stream.set_nodelay(true));
        let busy = Busy {
            stream,
            _line: line,
        };
        (busy, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The connection that is served.
#[derive(Debug)]
pub(crate) struct Busy {
    stream: TcpStream,
    _line: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Busy {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Busy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
