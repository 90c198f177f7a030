//! What shows each freedom: a custodian that takes it does it, a plain one does not.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use super::{Bench, M1, M2, S1, S2};
use crate::portal::{SECRET, free, settings};
use crate::{Fault, Feature, Freedom};

/// Long enough for any answer that nothing holds back.
const SOON: Duration = Duration::from_millis(500);

/// Whether the custodian does what the freedom claims. The match has no wildcard: a new freedom wants its proof.
#[expect(clippy::too_many_lines, reason = "one arm for each freedom")]
async fn shows(freedom: Freedom, bench: &Bench) -> bool {
    let portal = &bench.portal;
    match freedom {
        Freedom::Stored201 => portal.store("a", M1, S1).await.status == 201,
        Freedom::Stored202 => portal.store("a", M1, S1).await.status == 202,
        Freedom::Stored204 => portal.store("a", M1, S1).await.status == 204,
        Freedom::StoredEmpty => {
            let answer = portal.store("a", M1, S1).await;
            answer.status == 200 && answer.text.is_empty()
        }
        Freedom::StoredText => {
            let answer = portal.store("a", M1, S1).await;
            answer.head.contains("content-type: text/plain") && answer.text == "stored"
        }
        Freedom::StoredRow => portal.store("a", M1, S1).await.json()["share"] == S1,
        Freedom::Unusable409 => unusable(bench).await.0 == 409,
        Freedom::Unusable422 => unusable(bench).await.0 == 422,
        Freedom::RefusalEmpty => unusable(bench).await == (400, String::new()),
        Freedom::RefusalHtml => {
            let (status, text) = unusable(bench).await;
            status == 400 && text.starts_with("<!DOCTYPE html>")
        }
        Freedom::RefusalRepeats => {
            let (status, text) = unusable(bench).await;
            status == 400 && text.contains("repeated")
        }
        Freedom::AnswerEscaped => {
            portal.store("a", M1, "{\"é\":\"/💥\"}").await;
            let answer = portal.fetch("a").await;
            let share = answer.json()["backupShares"][0].clone();
            answer.text.contains("\\u00e9")
                && answer.text.contains("\\/\\ud83d\\udca5")
                && share == "{\"é\":\"/💥\"}"
        }
        Freedom::Charset => {
            let head = portal.fetch("a").await.head;
            head.contains("content-type: application/json; charset=utf-8")
        }
        Freedom::Chunked => {
            let answer = portal.fetch("a").await;
            answer.head.contains("transfer-encoding: chunked")
                && answer.text.ends_with("\r\n0\r\n\r\n")
        }
        Freedom::Gzip => {
            let fetch = |coding: &'static str| async move {
                let head = format!("X-Webhook-Secret: {SECRET}\r\nConnection: close\r\n{coding}");
                let body = json!({ "clientId": "a" }).to_string();
                portal.ask("POST", "/backup/fetch", &head, &body).await
            };
            let packed = fetch("Accept-Encoding: br, gzip\r\n").await;
            let plain = fetch("").await;
            // What is packed holds the text as it is, between the gzip's head and its sums.
            packed.head.contains("content-encoding: gzip")
                && packed.text.contains(&plain.text)
                && !plain.head.contains("gzip")
        }
        Freedom::MoreHeaders => {
            let head = portal.fetch("a").await.head;
            head.contains("set-cookie: ") && head.contains("etag: ")
        }
        Freedom::ClosesConnections => {
            let head = format!("X-Webhook-Secret: {SECRET}\r\n");
            let answer = portal.ask("POST", "/backup/fetch", &head, r#"{"clientId":"a"}"#);
            let answer = tokio::time::timeout(SOON, answer).await;
            answer.is_ok_and(|answer| answer.head.contains("connection: close"))
        }
        Freedom::OneConnection => {
            let mut first = portal.connect().await;
            first.write_all(b"POST ").await.unwrap();
            let waits = tokio::time::timeout(SOON, portal.fetch("a")).await.is_err();
            drop(first);
            waits && portal.fetch("a").await.status == 200
        }
        Freedom::TrailingSlash => {
            let body = json!({ "clientId": "a" }).to_string();
            let answer = portal.send("/backup/fetch/", Some(SECRET), &body).await;
            answer.status == 200
                && portal.send("/backup/more", Some(SECRET), "").await.status == 404
        }
        Freedom::Get200 => {
            let closes = "Connection: close\r\n";
            let get = portal.ask("GET", "/backup/fetch", closes, "").await;
            let head = portal.ask("HEAD", "/backup", closes, "").await;
            let put = portal.ask("PUT", "/backup", closes, "").await;
            (get.status, head.status, put.status) == (200, 200, 405)
        }
        Freedom::Secret403 => {
            let body = json!({ "clientId": "a" }).to_string();
            let wrong = portal.send("/backup/fetch", Some("x"), &body).await;
            let missing = portal.send("/backup/fetch", None, &body).await;
            (wrong.status, missing.status) == (403, 403)
        }
        Freedom::OddIdsRefused => {
            portal.store("a%", M1, S1).await.status == 400
                && portal.fetch("a b").await.status == 400
                && portal.store("a-1", M1, S1).await.status == 200
        }
        Freedom::UnknownClient400 => unknown(bench, M1).await == (400, 200),
        Freedom::UnknownClient404 => unknown(bench, M1).await == (404, 200),
        Freedom::UnknownClientEmpty => {
            let mut listed = bench.settings.clone();
            listed.clients = vec!["a".to_owned()];
            let bench = Bench::new(listed).await;
            bench.portal.fetch("b").await.text == r#"{"backupShares":[]}"#
                && bench.portal.store("b", M1, S1).await.status == 404
        }
        Freedom::NullMethodRefused => {
            let null = json!({ "clientId": "a", "share": S1, "backupMethod": null });
            portal.backup(&null).await.status == 400
                && portal.store("a", "", S1).await.status == 400
                && portal.store_v5("a", S1).await.status == 200
        }
        Freedom::AnyText => bench.keeps(M1, "no \"JSON\"\r\n").await,
        Freedom::SharePerPair => {
            for (pair, share) in [("x", S1), ("y", S2), ("y", S2)] {
                let body = json!({
                    "clientId": "a", "share": share, "backupMethod": M1, "backupSharePairId": pair,
                });
                portal.backup(&body).await;
            }
            portal.shares("a").await == [S1, S2]
        }
        Freedom::OrderReversed => order(bench).await == [S2, S1, "{}"],
        Freedom::OrderSorted => order(bench).await == [S1, S2, "{}"],
        Freedom::OrderRotating => {
            let first = order(bench).await;
            let second = again(bench).await;
            let third = again(bench).await;
            first != second && second != third && third != first
        }
        Freedom::MoreKeys => {
            portal.store("a", M1, S1).await;
            portal.fetch("a").await.json()["count"] == 1
        }
        Freedom::HeldBack => {
            let mut quickest = Duration::MAX;
            for _ in 0..30 {
                let began = Instant::now();
                portal.fetch("a").await;
                quickest = quickest.min(began.elapsed());
            }
            quickest >= Duration::from_millis(5)
        }
    }
}

/// What a store without a share is told.
async fn unusable(bench: &Bench) -> (u16, String) {
    let body = json!({ "clientId": "a", "more": "repeated" });
    let answer = bench.portal.backup(&body).await;
    (answer.status, answer.text)
}

/// The statuses of a fetch before the first store and after it.
async fn unknown(bench: &Bench, method: &str) -> (u16, u16) {
    let before = bench.portal.fetch("new").await.status;
    bench.portal.store("new", method, S1).await;
    (before, bench.portal.fetch("new").await.status)
}

/// The shares of three methods as they come; by their texts they are in no order.
async fn order(bench: &Bench) -> Vec<String> {
    for (method, share) in [("GDRIVE", "{}"), (M1, S1), (M2, S2)] {
        bench.portal.store("ordered", method, share).await;
    }
    again(bench).await
}

async fn again(bench: &Bench) -> Vec<String> {
    let answer = bench.portal.fetch("ordered").await.json();
    serde_json::from_value(answer["backupShares"].clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_freedom_shows_and_only_where_it_is() {
    let mut proofs = JoinSet::new();
    for freedom in Freedom::ALL.iter().copied() {
        proofs.spawn(async move {
            let with = Bench::new(free(&[freedom])).await;
            let shown = shows(freedom, &with).await;
            let plain = Bench::new(settings(None)).await;
            (freedom, shown, shows(freedom, &plain).await)
        });
    }
    let proofs = proofs.join_all().await;
    let wrong: Vec<_> = proofs
        .iter()
        .filter(|(_, with, without)| !with || *without)
        .collect();
    assert!(
        wrong.is_empty(),
        "freedom, shown with it, shown without it: {wrong:?}"
    );
}

#[tokio::test]
async fn what_rules_each_other_out_is_told_by_its_kind() {
    let both = |faults: &[Fault], freedoms: &[Freedom]| {
        let mut settings = free(freedoms);
        settings.faults = faults.to_vec();
        async {
            crate::start(settings)
                .await
                .map(drop)
                .unwrap_err()
                .to_string()
        }
    };
    let freedoms = both(&[], &[Freedom::Stored201, Freedom::Stored204]).await;
    assert_eq!(
        freedoms,
        "the freedoms stored-201 and stored-204 cannot be had together: a store is acknowledged with one status"
    );
    let mixed = both(&[Fault::Input500], &[Freedom::Unusable422]).await;
    assert_eq!(
        mixed,
        "the fault input-500 and the freedom unusable-422 cannot be had together: \
         what cannot be used is refused with one status"
    );
    let same = Feature::from(Freedom::Gzip);
    assert_eq!(
        (same.kind(), same.to_string().as_str()),
        ("freedom", "gzip")
    );
}
