//! The brake: how a run is ended from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Ends the run from outside, such as on a signal.
#[derive(Clone, Debug, Default)]
pub struct Brake(Arc<(AtomicU8, Notify, AtomicUsize)>);

impl Brake {
    /// Ends the run for the signal with this number: what is under way is given up.
    pub fn pull(&self, signal: u8) {
        self.0.0.store(signal, Ordering::SeqCst);
        self.0.2.fetch_add(1, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Whether it was pulled.
    pub fn pulled(&self) -> bool {
        self.signal().is_some()
    }

    /// The signal for which it was pulled.
    pub fn signal(&self) -> Option<u8> {
        Some(self.0.0.load(Ordering::SeqCst)).filter(|signal| *signal > 0)
    }

    /// Waits until it is pulled.
    pub async fn wait(&self) {
        self.wait_for(1).await;
    }

    /// Waits until it is pulled a second time: whoever does that will not wait for the clearing up either.
    pub async fn wait_twice(&self) {
        self.wait_for(2).await;
    }

    async fn wait_for(&self, pulls: usize) {
        loop {
            let pulled = self.0.1.notified();
            tokio::pin!(pulled);
            pulled.as_mut().enable();
            if self.0.2.load(Ordering::SeqCst) >= pulls {
                return;
            }
            pulled.await;
        }
    }
}
