//! What shows the faults of the app's endpoints: a function for each.

use axum::http::StatusCode;
use serde_json::json;

use super::{Bench, M1, S1};
use crate::app::{App, Mood, Rest, told};
use crate::{Fault, Layer, Settings};

const G: Option<&str> = Some("GDRIVE");
const P: Option<&str> = Some("PASSKEY");
const UNKNOWN: Option<&str> = Some("UNKNOWN");

impl Bench {
    /// With a Portal that is told, for the faults that want one.
    pub(super) async fn of_layer(layer: Layer, mut settings: Settings) -> Self {
        if layer != Layer::Users {
            return Self::new(settings).await;
        }
        let rest = Rest::start().await;
        settings.users = Some(rest.users.clone());
        let mut bench = Self::new(settings).await;
        bench.rest = Some(rest);
        bench
    }

    fn rest(&self) -> &Rest {
        self.rest.as_ref().unwrap()
    }

    async fn app(&self, client: &str) -> App {
        App::new(&self.running, &self.portal, client).await
    }

    /// What is found of a user share that was stored alone.
    async fn becomes(&self, text: &str) -> Option<String> {
        let app = self.app("becomes").await;
        (app.store(G, text).await == 200).then_some(())?;
        app.fetch(G).await
    }
}

/// Whether that text was found.
fn is(found: Option<String>, text: &str) -> bool {
    found.is_some_and(|found| found == text)
}

/// Stores two methods, and gives what is found of the first and of the second.
async fn two(bench: &Bench, app: &App) -> (Option<String>, Option<String>) {
    app.store(G, "one").await;
    app.store(P, "two").await;
    bench.rest().calls();
    (app.fetch(G).await, app.fetch(P).await)
}

pub(super) async fn single(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let (first, second) = two(bench, &app).await;
    let told_as_it_came = {
        app.store(P, "three").await;
        bench.rest().calls() == [told("a", true, "PASSKEY")]
    };
    is(first, "two") && is(second, "two") && is(app.fetch(None).await, "three") && told_as_it_came
}

pub(super) async fn ignores_method(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let (first, second) = two(bench, &app).await;
    app.store(P, "three").await;
    is(first, "two") && is(second, "two") && bench.rest().calls() == [told("a", true, "UNKNOWN")]
}

pub(super) async fn latest(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let (first, _) = two(bench, &app).await;
    app.store(G, "three").await;
    is(first, "two") && is(app.fetch(P).await, "three") && app.fetch(None).await.is_some()
}

pub(super) async fn no_fallback(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(None, "old").await;
    app.fetch(G).await.is_none() && is(app.fetch(UNKNOWN).await, "old")
}

pub(super) async fn unknown_lost(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(None, "old").await;
    app.fetch(UNKNOWN).await.is_none() && is(app.fetch(G).await, "old")
}

pub(super) async fn mixed_up(bench: &Bench) -> bool {
    let (app, other) = (bench.app("a").await, bench.app("b").await);
    app.store(G, "mine").await;
    other.store(P, "theirs").await;
    is(app.fetch(G).await, "theirs") && other.fetch(G).await.is_none()
}

pub(super) async fn keep_first(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(G, "old").await;
    app.store(G, "new").await == 200 && is(app.fetch(G).await, "old")
}

pub(super) async fn drops_others(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let (first, second) = two(bench, &app).await;
    first.is_none() && is(second, "two")
}

pub(super) async fn recovery_keeps_old(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    bench.portal.store("a", M1, S1).await;
    bench.portal.fetch("a").await;
    app.store(G, "old").await;
    app.fetch(G).await;
    app.store(G, "before").await;
    let before = app.fetch(G).await;
    bench.portal.fetch("a").await;
    app.store(G, "after").await;
    app.store(P, "other").await;
    is(before, "before") && is(app.fetch(G).await, "before") && is(app.fetch(P).await, "other")
}

pub(super) async fn takes_custodian_shares(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    for method in ["GDRIVE-SECP256K1", "GDRIVE-ED25519", "GDRIVE", M1] {
        bench.portal.store("a", method, S1).await;
    }
    app.store(G, "text").await == 200 && bench.portal.shares("a").await == [S1]
}

/// The statuses of who asks for a user share with this token, and stores one.
async fn let_in(app: &App, bearer: &str) -> (u16, u16) {
    let body = json!({"backupMethod": "GDRIVE", "cipherText": "theirs"}).to_string();
    let found = app.ask("GET", "?backupMethod=GDRIVE", bearer, "").await;
    (found.status, app.ask("PUT", "", bearer, &body).await.status)
}

pub(super) async fn anybody(bench: &Bench) -> bool {
    let (app, other) = (bench.app("a").await, bench.app("b").await);
    app.store(G, "mine").await;
    let theirs = format!("Bearer {}", other.token);
    let_in(&app, &theirs).await == (200, 200)
        && is(app.fetch(G).await, "theirs")
        && let_in(&app, "Bearer x").await == (401, 401)
}

pub(super) async fn no_token(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(G, "mine").await;
    let_in(&app, "").await == (200, 200) && is(app.fetch(G).await, "theirs")
}

pub(super) async fn truncates(bench: &Bench) -> bool {
    is(
        bench.becomes(&"x".repeat(65_536)).await,
        &"x".repeat(65_535),
    ) && is(bench.becomes("short").await, "short")
}

pub(super) async fn cut_255(bench: &Bench) -> bool {
    is(bench.becomes(&"x".repeat(256)).await, &"x".repeat(255))
}

pub(super) async fn plus(bench: &Bench) -> bool {
    is(bench.becomes("a+b/c==").await, "a b/c==")
}

pub(super) async fn undefined(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let status = |body: &'static str| async { app.send(body).await.status };
    status(r#"{"backupMethod":"GDRIVE"}"#).await == 200
        && is(app.fetch(G).await, "undefined")
        && status(r#"{"cipherText":""}"#).await == 400
}

pub(super) async fn drops_first(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(G, "old").await;
    app.store(P, "other").await;
    app.send(r#"{"backupMethod":"GDRIVE","cipherText":""}"#)
        .await
        .status
        == 400
        && app.fetch(G).await.is_none()
        && is(app.fetch(P).await, "other")
}

/// What Portal is told while this text is stored.
async fn heard(bench: &Bench, app: &App, text: &str) -> Vec<serde_json::Value> {
    app.store(G, text).await;
    bench.rest().calls()
}

fn too_large() -> String {
    "x".repeat(1024 * 1024 + 1)
}

pub(super) async fn untold(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    heard(bench, &app, "text").await.is_empty() && is(app.fetch(G).await, "text")
}

pub(super) async fn told_v1(bench: &Bench) -> bool {
    let calls = heard(bench, &bench.app("a").await, "text").await;
    calls.len() == 1
        && calls[0][0] == "PUT /api/v1/clients/me/wallet/stored-client-backup-share"
        && calls[0][2] == json!({"success": true})
}

pub(super) async fn told_bare(bench: &Bench) -> bool {
    let calls = heard(bench, &bench.app("a").await, "text").await;
    calls.len() == 1
        && calls[0][0] == told("a", true, "")[0]
        && calls[0][2] == json!({"success": true})
}

pub(super) async fn told_wrong_method(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    app.store(P, "one").await;
    bench.rest().calls();
    heard(bench, &app, "two").await == [told("a", true, "PASSKEY")]
}

pub(super) async fn told_custodian_key(bench: &Bench) -> bool {
    let calls = heard(bench, &bench.app("a").await, "text").await;
    calls.len() == 1 && calls[0][1] == "Bearer custodian-key"
}

pub(super) async fn told_before(bench: &Bench) -> bool {
    let calls = heard(bench, &bench.app("a").await, &too_large()).await;
    calls == [told("a", true, "GDRIVE"), told("a", false, "GDRIVE")]
}

pub(super) async fn told_anyway(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    let stored = [told("a", true, "GDRIVE")];
    let refused = app
        .send(r#"{"backupMethod":"GDRIVE","cipherText":null}"#)
        .await;
    refused.status == 400
        && bench.rest().calls() == stored
        && heard(bench, &app, &too_large()).await == stored
}

pub(super) async fn failure_untold(bench: &Bench) -> bool {
    let app = bench.app("a").await;
    heard(bench, &app, &too_large()).await.is_empty()
        && heard(bench, &app, "text").await == [told("a", true, "GDRIVE")]
}

/// The status of a store while Portal is down, and what is found then of that method and of one stored for the first time.
async fn while_down(bench: &Bench) -> (u16, Option<String>, Option<String>) {
    let app = bench.app("a").await;
    app.store(G, "old").await;
    bench.rest().mood(Mood::Status(StatusCode::BAD_GATEWAY));
    let status = app.store(G, "new").await;
    let found = app.fetch(G).await;
    app.store(P, "first").await;
    (status, found, app.fetch(P).await)
}

pub(super) async fn down_drops(bench: &Bench) -> bool {
    let (status, old, none) = while_down(bench).await;
    status == 200 && is(old, "old") && none.is_none()
}

pub(super) async fn down_hides(bench: &Bench) -> bool {
    let (status, new, first) = while_down(bench).await;
    status == 200 && is(new, "new") && is(first, "first")
}

#[tokio::test]
async fn a_fault_of_the_app_s_endpoints_brings_them() {
    let bench = Bench::new(crate::portal::settings(Some(Fault::UserShareSingle))).await;
    assert!(is(bench.becomes("text").await, "text"));
}
