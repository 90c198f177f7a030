//! What a backend tells of user shares: what is noted, what it moves, and how Portal can be out of order.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::{Bench, KEY, settings, stored};
use crate::{Bearer, Mood, Progress, Settings, Via};

const CURVES: [&str; 2] = ["SECP256K1", "ED25519"];

#[rstest]
#[case::bare(Via::V2, "GDRIVE")]
#[case::with_a_curve(Via::V2, "GDRIVE-ED25519")]
#[case::v1(Via::V1, "GDRIVE")]
#[tokio::test]
async fn a_backup_whose_user_share_is_told_is_whole(#[case] via: Via, #[case] method: &str) {
    let bench = Bench::new(settings()).await;
    let (id, key) = bench.client();
    let portal = bench.running.portal();
    let earlier = portal.back_up(&id, "GDRIVE", &CURVES).unwrap();
    let pairs = portal.back_up(&id, "GDRIVE", &CURVES).unwrap();
    let other = portal.back_up(&id, "PASSKEY", &CURVES).unwrap();
    let progress = |pairs| portal.progress(&id, pairs).unwrap();
    assert_eq!(progress(&pairs), Progress::CustodianShare);
    portal.progressed(&id, &pairs, Progress::ClientShareKey);
    assert_eq!(bench.tell(via, &key, &stored(false, method)).await, 204);
    assert_eq!(progress(&pairs), Progress::ClientShareKey);
    assert_eq!(bench.tell(via, &key, &stored(true, method)).await, 204);
    assert_eq!(progress(&pairs), Progress::ClientShare);
    assert_eq!(progress(&earlier), Progress::CustodianShare);
    assert_eq!(progress(&other), Progress::CustodianShare);
    let calls = portal.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].bearer, Bearer::Client(id.clone()));
    assert_eq!(calls[1].method.as_deref(), Some(method));
    assert_eq!(
        (calls[0].success, calls[1].success),
        (Some(false), Some(true))
    );
    assert_eq!((calls[1].via, calls[1].status), (via, 204));
}

#[tokio::test]
async fn pairs_come_as_far_as_they_are_told_and_never_back() {
    let bench = Bench::new(settings()).await;
    let (id, key) = bench.client();
    let portal = bench.running.portal();
    let pairs = portal.back_up(&id, "PASSWORD", &CURVES).unwrap();
    for (status, all) in [
        (
            "STORED_CLIENT_BACKUP_SHARE_KEY",
            "STORED_CLIENT_BACKUP_SHARE_KEY",
        ),
        ("STORED_CLIENT_BACKUP_SHARE", "STORED_CLIENT_BACKUP_SHARE"),
        (
            "STORED_CLIENT_BACKUP_SHARE_KEY",
            "STORED_CLIENT_BACKUP_SHARE",
        ),
    ] {
        let body = json!({ "status": status, "backupSharePairIds": pairs });
        assert_eq!(bench.tell(Via::Pairs, &key, &body).await, 204);
        assert_eq!(
            bench.statuses(&key).await,
            [format!("PASSWORD {all}"), format!("PASSWORD {all}")]
        );
    }
    let calls = portal.calls();
    let successes: Vec<_> = calls.iter().map(|call| call.success).collect();
    assert_eq!(successes, [None, Some(true), None]);
    assert_eq!(calls[1].method.as_deref(), Some("PASSWORD"));
    assert_eq!(calls[1].pair_ids, pairs);
    let foreign = json!({ "status": "STORED_CLIENT_BACKUP_SHARE", "backupSharePairIds": ["x"] });
    assert_eq!(bench.tell(Via::Pairs, &key, &foreign).await, 400);
}

#[tokio::test]
async fn what_is_refused_is_noted_too_and_moves_nothing() {
    let bench = Bench::new(settings()).await;
    let (id, key) = bench.client();
    let portal = bench.running.portal();
    let pairs = portal.back_up(&id, "GDRIVE", &CURVES).unwrap();
    let no_method = json!({ "success": true });
    assert_eq!(bench.tell(Via::V2, &key, &no_method).await, 400);
    assert_eq!(bench.tell(Via::V2, KEY, &stored(true, "GDRIVE")).await, 401);
    assert_eq!(bench.tell(Via::V2, "x", &stored(true, "GDRIVE")).await, 401);
    assert_eq!(portal.progress(&id, &pairs), Some(Progress::CustodianShare));
    let calls = portal.calls();
    let statuses: Vec<u16> = calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [400, 401, 401]);
    assert_eq!(calls[1].bearer, Bearer::Custodian);
    assert!(matches!(&calls[2].bearer, Bearer::Unknown(digits) if digits.len() == 8));
}

#[tokio::test]
async fn a_key_of_a_client_made_elsewhere_is_taken_where_that_is_asked_for() {
    let bench = Bench::new(Settings {
        takes_any_key: true,
        ..settings()
    })
    .await;
    assert_eq!(bench.tell(Via::V2, "x", &stored(true, "GDRIVE")).await, 204);
    assert_eq!(
        bench.tell(Via::V2, "x", &json!({"success": true})).await,
        400
    );
    assert_eq!(bench.tell(Via::V2, "y", &stored(true, "GDRIVE")).await, 204);
    assert_eq!(bench.tell(Via::V2, KEY, &stored(true, "GDRIVE")).await, 401);
    let pairs = json!({ "status": "STORED_CLIENT_BACKUP_SHARE", "backupSharePairIds": ["x"] });
    assert_eq!(bench.tell(Via::Pairs, "x", &pairs).await, 204);
    let calls = bench.running.portal().calls();
    assert_eq!(calls[0].bearer, calls[1].bearer);
    assert_ne!(calls[0].bearer, calls[2].bearer);
    let me = bench.send("GET /api/v3/clients/me", Some("x"), "").await;
    assert_eq!(me.status, 200);
}

#[tokio::test]
async fn a_backend_that_looks_up_the_pairs_of_a_client_made_elsewhere_finds_some() {
    let bench = Bench::new(Settings {
        takes_any_key: true,
        ..settings()
    })
    .await;
    let made = bench.made().await;
    for key in ["x", made["clientApiKey"].as_str().unwrap()] {
        let me = bench
            .send("GET /api/v3/clients/me", Some(key), "")
            .await
            .json();
        let wallets = me["wallets"].as_array().unwrap().iter();
        let pairs = wallets.flat_map(|it| it["backupSharePairs"].as_array().unwrap());
        let of_method = pairs.filter(|it| it["backupMethod"] == "PASSKEY");
        let ids: Vec<_> = of_method.map(|it| it["id"].clone()).collect();
        assert_eq!(ids.len(), 2);
        let body = json!({ "status": "STORED_CLIENT_BACKUP_SHARE", "backupSharePairIds": ids });
        assert_eq!(bench.tell(Via::Pairs, key, &body).await, 204);
        let calls = bench.running.portal().calls();
        let call = calls.last().unwrap();
        assert_eq!(call.method.as_deref(), Some("PASSKEY"));
        assert_eq!(call.success, Some(true));
    }
}

#[tokio::test]
async fn it_is_out_of_order_for_one_client_or_for_all() {
    let bench = Bench::new(Settings {
        fault: Some(Mood::Fails),
        ..settings()
    })
    .await;
    let (one, key) = bench.client();
    let (_, other) = bench.client();
    let portal = bench.running.portal();
    let body = stored(true, "GDRIVE");
    assert_eq!(bench.tell(Via::V2, &key, &body).await, 500);
    bench.made().await;
    portal.set_mood(None, Mood::Well);
    portal.set_mood(Some(&one), Mood::TooMany);
    let line = format!("PUT {}", Via::V2.path());
    let answer = bench.send(&line, Some(&key), &body.to_string()).await;
    assert_eq!(answer.status, 429);
    assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
    assert_eq!(bench.tell(Via::V2, &other, &body).await, 204);
    portal.set_mood(None, Mood::Well);
    assert_eq!(bench.tell(Via::V2, &key, &body).await, 204);
}

/// Tells of a user share and waits until that was heard; the status comes when it is answered.
async fn let_hang(bench: &Bench, key: String) -> tokio::task::JoinHandle<u16> {
    let address = bench.address();
    let line = format!("PUT {}", Via::V2.path());
    let waiting = tokio::spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let body = stored(true, "GDRIVE").to_string();
        super::exchange(&mut stream, &line, Some(&key), &body)
            .await
            .status
    });
    let portal = bench.running.portal();
    assert!(portal.next_call(0, Duration::from_secs(10)).await);
    waiting
}

#[tokio::test]
async fn it_takes_a_call_and_does_not_answer_until_it_ends() {
    let bench = Bench::new(settings()).await;
    let (id, key) = bench.client();
    let portal = bench.running.portal();
    portal.set_mood(Some(&id), Mood::Hangs);
    let waiting = let_hang(&bench, key).await;
    assert_eq!(portal.calls()[0].status, 0);
    assert!(!waiting.is_finished());
    assert!(!portal.next_call(1, Duration::from_millis(1)).await);
    bench.running.stop().await;
    assert_eq!(waiting.await.unwrap(), 504);
}

#[tokio::test]
async fn what_hangs_ends_when_portal_is_well_again() {
    let bench = Bench::new(settings()).await;
    let (id, key) = bench.client();
    let portal = bench.running.portal();
    portal.set_mood(Some(&id), Mood::Hangs);
    let waiting = let_hang(&bench, key).await;
    portal.set_mood(Some(&id), Mood::Fails);
    assert_eq!(waiting.await.unwrap(), 504);
}

#[tokio::test]
async fn something_can_be_done_before_a_call_is_answered() {
    let bench = Bench::new(settings()).await;
    let (_, key) = bench.client();
    let portal = bench.running.portal();
    let seen: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let into = Arc::clone(&seen);
    portal.before_answer(Some(Arc::new(move |call| {
        let into = Arc::clone(&into);
        Box::pin(async move {
            tokio::task::yield_now().await;
            into.lock().unwrap().push(call.method);
        })
    })));
    let body = stored(true, "GDRIVE");
    assert_eq!(bench.tell(Via::V2, &key, &body).await, 204);
    assert_eq!(*seen.lock().unwrap(), [Some("GDRIVE".to_owned())]);
    portal.before_answer(None);
    assert_eq!(bench.tell(Via::V2, &key, &body).await, 204);
    assert_eq!(seen.lock().unwrap().len(), 1);
    assert_eq!((portal.heard(), portal.calls_since(1).len()), (2, 1));
}
