//! What the webhooks answer, and what they leave behind.

use serde_json::json;

use super::{M1, M2};
use crate::portal::{SECRET, settings, started};
use crate::{Contract, Settings};

#[tokio::test]
async fn a_share_is_returned_and_replaced_by_method() {
    let (_running, portal) = started(settings(None)).await;
    for (method, share) in [
        (M1, r#"{"n":1}"#),
        (M2, r#"{"n":2}"#),
        (M1, r#"{"n": 3}"#),
        ("new", "{}"),
    ] {
        assert_eq!(portal.store("a", method, share).await.status, 200);
    }
    assert_eq!(portal.store_v5("a", r#"{"v":5}"#).await.status, 200);
    assert_eq!(portal.store_v5("a", r#"{"v":5.5}"#).await.status, 200);
    assert_eq!(
        portal.shares("a").await,
        [r#"{"n": 3}"#, r#"{"n":2}"#, r#"{"v":5.5}"#, "{}"]
    );
    assert_eq!(portal.store("a", "UNKNOWN", r#"{"v":6}"#).await.status, 200);
    assert_eq!(portal.shares("a").await.len(), 4);
    assert_eq!(portal.shares("b").await, [""; 0]);
    assert_eq!(portal.fetch("b").await.text, r#"{"backupShares":[]}"#);
}

#[tokio::test]
async fn ids_and_methods_are_compared_byte_for_byte() {
    let (_running, portal) = started(settings(None)).await;
    for (client, method, share) in [
        ("a", "m", r#"{"n":1}"#),
        ("a", "M", r#"{"n":2}"#),
        ("a", " m", r#"{"n":3}"#),
        ("A", "m", r#"{"n":4}"#),
        ("a ", "m", r#"{"n":5}"#),
        ("ab", "m", r#"{"n":6}"#),
    ] {
        assert_eq!(portal.store(client, method, share).await.status, 200);
    }
    assert_eq!(
        portal.shares("a").await,
        [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#]
    );
    assert_eq!(portal.shares("A").await, [r#"{"n":4}"#]);
}

#[tokio::test]
async fn only_the_secret_opens() {
    let (_running, portal) = started(settings(None)).await;
    let body = json!({"clientId": "a", "share": "{}"}).to_string();
    for secret in [
        None,
        Some(""),
        Some("x"),
        Some(&SECRET[1..]),
        Some(&*SECRET.to_lowercase()),
    ] {
        for path in ["/backup", "/backup/fetch"] {
            let answer = portal.send(path, secret, &body).await;
            assert_eq!(
                (answer.status, answer.json()["error"].is_string()),
                (401, true)
            );
        }
    }
    assert_eq!(portal.shares("a").await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing() {
    let (_running, portal) = started(settings(None)).await;
    portal.store_v5("a", "{}").await;
    for body in [
        "",
        "{",
        "[]",
        "7",
        r#"{"clientId":"a","share":""}"#,
        r#"{"clientId":{},"share":"{}"}"#,
        r#"{"clientId":"a","share":"{}","backupMethod":0}"#,
        r#"{"clientId":"a","share":"x"}"#,
    ] {
        assert_eq!(
            portal.send("/backup", Some(SECRET), body).await.status,
            400,
            "{body}"
        );
    }
    for body in [
        "",
        "[]",
        "{}",
        r#"{"clientId":null}"#,
        r#"{"clientId":{"$ne":null}}"#,
    ] {
        assert_eq!(
            portal
                .send("/backup/fetch", Some(SECRET), body)
                .await
                .status,
            400,
            "{body}"
        );
    }
    assert_eq!(portal.shares("a").await, ["{}"]);
}

#[tokio::test]
async fn concurrent_stores_leave_one_share_that_was_acknowledged() {
    let (_running, portal) = started(settings(None)).await;
    let mut stores = tokio::task::JoinSet::new();
    for n in 0..16 {
        let portal = portal.clone();
        stores.spawn(async move {
            let other = portal.store("a", &format!("other-{n}"), "{}").await.status;
            (
                other,
                portal
                    .store("a", M1, &format!("{{\"n\":{n}}}"))
                    .await
                    .status,
            )
        });
    }
    assert!(
        stores
            .join_all()
            .await
            .iter()
            .all(|status| *status == (200, 200))
    );
    let shares = portal.shares("a").await;
    assert_eq!(shares.len(), 17, "{shares:?}");
    assert_eq!(
        shares
            .iter()
            .filter(|share| share.starts_with("{\"n\":"))
            .count(),
        1
    );
}

#[tokio::test]
async fn shares_survive_a_restart_and_a_migration() {
    let folder = tempfile::tempdir().unwrap();
    let database = Some(folder.path().join("shares.sqlite"));
    let v5 = Settings {
        database: database.clone(),
        contract: Contract::V5,
        ..settings(None)
    };
    let (running, portal) = started(v5).await;
    portal.store("a", M1, r#"{"n":1}"#).await;
    portal.store("a", M2, r#"{"n":2}"#).await;
    assert_eq!(
        portal.fetch("a").await.json(),
        json!({"backupShare": r#"{"n":2}"#})
    );
    assert_eq!(portal.fetch("b").await.status, 404);
    running.stop().await;
    for _ in 0..2 {
        let v6 = Settings {
            database: database.clone(),
            ..settings(None)
        };
        let (running, portal) = started(v6).await;
        portal.store("a", M1, r#"{"n":3}"#).await;
        assert_eq!(portal.shares("a").await, [r#"{"n":2}"#, r#"{"n":3}"#]);
        running.stop().await;
    }
}

#[tokio::test]
async fn with_a_list_of_clients_no_other_is_served() {
    let clients = vec!["a".to_owned(), "b".to_owned()];
    let (_running, portal) = started(Settings {
        clients,
        ..settings(None)
    })
    .await;
    assert_eq!(portal.store_v5("a", "{}").await.status, 200);
    assert_eq!(portal.shares("a").await, ["{}"]);
    assert_eq!(portal.fetch("b").await.text, r#"{"backupShares":[]}"#);
    assert_eq!(portal.store_v5("c", "{}").await.status, 404);
    assert_eq!(portal.fetch("c").await.status, 404);
}

#[tokio::test]
async fn large_shares_are_returned_whole() {
    let (_running, portal) = started(settings(None)).await;
    let share = format!("{{\"k\": \"{}\"}}", "é💥".repeat(500_000));
    assert_eq!(portal.store("a", M1, &share).await.status, 200);
    assert!(portal.shares("a").await == [share]);
    let oversized = "x".repeat(9 * 1024 * 1024);
    assert!(matches!(
        portal.store("a", M1, &oversized).await.status,
        0 | 413
    ));
}
