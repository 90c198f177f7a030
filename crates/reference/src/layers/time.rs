//! What changes with time alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Site;
use super::storage::Storage;
use crate::body::StoreBody;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::refusal::Refusal;

/// How long after its answer a store is written.
const LATE: Duration = Duration::from_millis(20);

/// Keeps an answer waiting, as a database on another machine does.
pub(super) async fn hold_back(site: &Site) {
    if site.takes(Freedom::HeldBack) {
        sleep(Duration::from_millis(fastrand::u64(5..=20))).await;
    }
}

/// Keeps a share, now or later.
pub(super) async fn put(storage: &Arc<Storage>, body: StoreBody) -> Result<(), Refusal> {
    let storage = Arc::clone(storage);
    if !storage.behaviour.has(Fault::WrittenLate) {
        return written(&storage, &body).await;
    }
    tokio::spawn(async move {
        sleep(LATE).await;
        // Nobody waits for it any more.
        drop(written(&storage, &body).await);
    });
    Ok(())
}

async fn written(storage: &Storage, body: &StoreBody) -> Result<(), Refusal> {
    let method = body.method.as_deref();
    storage.put(&body.client, method, &body.share).await
}
