//! From nothing to a recovered wallet, as docs/wallets.md walks: the local Portal, the reference custodian that tells it, and
//! an app between them.

use super::docs::free_port;
use super::{Served, TOKEN, send};
use crate::bench::SECRET;
use serde_json::{Value, json};

/// A local Portal and a custodian that know of each other.
struct Town {
    portal: Served,
    custodian: Served,
    _folder: tempfile::TempDir,
}

/// A user of the custodian's app.
struct User<'a> {
    town: &'a Town,
    id: String,
    token: String,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Each must be told where the other is before it starts. Another process may take the port meanwhile.
        (0..5)
            .find_map(|_| {
                let port = free_port();
                let webhooks = format!("http://127.0.0.1:{port}");
                let arguments = ["portal", "--quiet", "--custodian", &webhooks];
                let portal = Served::try_start(folder.path(), &arguments)?;
                let arguments = ["custodian", "--quiet", "--port", &port, "--portal"];
                let arguments = [&arguments[..], &[&portal.url]].concat();
                let custodian = Served::try_start(folder.path(), &arguments)?;
                Some((portal, custodian))
            })
            .map(|(portal, custodian)| Self {
                portal,
                custodian,
                _folder: folder,
            })
            .unwrap()
    }

    /// A user who signs up: the custodian makes a client at Portal. Its app makes a wallet.
    fn user(&self) -> User<'_> {
        let body = json!({
            "version": 1, "action": "setup", "runId": "walk", "idempotencyKey": "walk-1", "kind": "fresh",
        });
        let line = "POST /provision";
        let (status, made) = send(&self.custodian.url, line, SECRET, None, &body.to_string());
        assert_eq!(status, 200, "{made}");
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let (id, token) = (text("clientId"), text("token"));
        self.portal.does("wallets", &json!({ "clientId": id }));
        User {
            town: self,
            id,
            token,
        }
    }
}

impl User<'_> {
    /// The app backs up, and hands what comes of it to the custodian: what that answers.
    fn backs_up(&self, method: &str, version: &str) -> u16 {
        let of = json!({ "clientId": self.id, "backupMethod": method, "version": version });
        let backup = self.town.portal.does("backups", &of);
        assert_eq!(backup["backedUp"], true, "{backup}");
        let mut body = json!({ "cipherText": backup["cipherText"] });
        if let Some(method) = backup.get("backupMethod") {
            body["backupMethod"] = method.clone();
        }
        self.hands_over(&body)
    }

    fn hands_over(&self, body: &Value) -> u16 {
        let line = format!("PUT /users/{}/backup-share", self.id);
        let custodian = &self.town.custodian.url;
        send(custodian, &line, &self.token, None, &body.to_string()).0
    }

    /// The user's half as the custodian gives it back.
    fn asks_for(&self, method: &str) -> Value {
        let line = format!("GET /users/{}/backup-share?backupMethod={method}", self.id);
        let custodian = &self.town.custodian.url;
        send(custodian, &line, &self.token, None, "").1["cipherText"].take()
    }

    fn recovers(&self, method: &str) -> Value {
        let of = json!({
            "clientId": self.id, "backupMethod": method, "cipherText": self.asks_for(method),
        });
        self.town.portal.does("recoveries", &of)
    }
}

#[test]
fn a_wallet_is_recovered_by_each_method_that_its_custodian_kept_and_told_of() {
    let town = Town::new();
    let user = town.user();
    for method in ["GDRIVE", "PASSKEY", "GDRIVE"] {
        assert_eq!(user.backs_up(method, "v6"), 200);
    }
    for method in ["GDRIVE", "PASSKEY"] {
        let recovery = user.recovers(method);
        assert_eq!(recovery["recovered"], true, "{recovery}");
    }
    let never = user.recovers("ICLOUD");
    assert_eq!(never["recovered"], false, "{never}");
    let (_, heard) = send(&town.portal.url, "GET /_sharecheck/calls", TOKEN, None, "");
    let calls = heard["calls"].as_array().unwrap();
    let told: Vec<_> = calls
        .iter()
        .map(|it| (it["version"].as_str().unwrap(), it["clientId"] == *user.id))
        .collect();
    assert_eq!(told, [("v2", true); 3]);
}

#[test]
fn a_backup_that_portal_could_not_be_told_of_is_told_when_it_is_sent_again() {
    let town = Town::new();
    let user = town.user();
    town.portal.does("mood", &json!({ "mood": "500" }));
    assert_eq!(user.backs_up("GDRIVE", "v6"), 502);
    let untold = user.recovers("GDRIVE");
    assert_eq!(untold["portalTold"], false, "{untold}");
    assert_eq!(untold["curves"]["ED25519"], "recovered", "{untold}");
    town.portal.does("mood", &json!({ "mood": "well" }));
    let again = json!({ "backupMethod": "GDRIVE", "cipherText": user.asks_for("GDRIVE") });
    assert_eq!(user.hands_over(&again), 200);
    let recovery = user.recovers("GDRIVE");
    assert_eq!(recovery["recovered"], true, "{recovery}");
}

#[test]
fn a_wallet_from_before_the_migration_is_recovered_by_the_method_that_a_v6_app_names() {
    let town = Town::new();
    let user = town.user();
    assert_eq!(user.backs_up("GDRIVE", "v5"), 200);
    let recovery = user.recovers("GDRIVE");
    assert_eq!(recovery["recovered"], true, "{recovery}");
}
