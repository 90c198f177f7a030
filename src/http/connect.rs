//! The layer around the connector: bounds how many connections are being made at once, and tells the request
//! that asked for one.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// A connection that takes this long was lost on the way once: systems wait a second before they try again.
const SLOW: Duration = Duration::from_millis(900);

/// So many connections are made at once at the most: a listen queue holds 128 on many systems, 5 on some.
const CONNECTING_AT_ONCE: usize = 16;

tokio::task_local! {
    static CONNECTED: Cell<bool>;
}

/// Runs a request; gives its outcome and whether a connection was made for it.
pub(super) async fn watched<F: Future>(request: F) -> (F::Output, bool) {
    CONNECTED
        .scope(Cell::new(false), async {
            let outcome = request.await;
            (outcome, CONNECTED.with(Cell::get))
        })
        .await
}

/// The layer.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    connecting: Arc<Semaphore>,
    strained: Arc<AtomicUsize>,
}

impl Counted {
    /// For all connections to one custodian; counts those that were slow to be made.
    pub(super) fn new(strained: &Arc<AtomicUsize>) -> Self {
        Self {
            connecting: Arc::new(Semaphore::new(CONNECTING_AT_ONCE)),
            strained: Arc::clone(strained),
        }
    }
}

impl<S> tower::Layer<S> for Counted {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counting {
            inner,
            connecting: Arc::clone(&self.connecting),
            strained: Arc::clone(&self.strained),
        }
    }
}

/// The connector with its bound.
#[derive(Clone, Debug)]
pub(super) struct Counting<S> {
    inner: S,
    connecting: Arc<Semaphore>,
    strained: Arc<AtomicUsize>,
}

impl<S, R> tower::Service<R> for Counting<S>
where
    S: tower::Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let _ = CONNECTED.try_with(|connected| connected.set(true));
        let connecting = Arc::clone(&self.connecting);
        let strained = Arc::clone(&self.strained);
        let mut inner = self.inner.clone();
        std::mem::swap(&mut inner, &mut self.inner);
        Box::pin(async move {
            let _permit = connecting.acquire_owned().await;
            let began = Instant::now();
            let made = inner.call(request).await;
            if began.elapsed() >= SLOW {
                strained.fetch_add(1, Ordering::Relaxed);
            }
            made
        })
    }
}
