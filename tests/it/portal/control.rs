//! The control endpoints of the binary, beside the reference custodian.

use super::{KEY, Served, TOKEN, send, tell};
use crate::bench::{As, Custodian};
use serde_json::{Value, json};

fn both() -> (Served, Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Served::start(folder.path(), &["custodian", "--quiet"]);
    let arguments = ["portal", "--custodian", &custodian.url, "--quiet"];
    let portal = Served::start(folder.path(), &arguments);
    (custodian, portal, folder)
}

#[test]
fn a_wallet_that_was_backed_up_and_told_of_is_recovered_by_each_method() {
    let (_custodian, portal, _folder) = both();
    let (id, key) = portal.client();
    let mut texts = Vec::new();
    for method in ["GDRIVE", "PASSKEY"] {
        let of = json!({ "clientId": id, "backupMethod": method, "version": "v6" });
        let backup = portal.does("backups", &of);
        assert_eq!(backup["backedUp"], true, "{backup}");
        assert_eq!(backup["backupMethod"], method);
        assert_eq!(backup["backupSharePairIds"].as_array().unwrap().len(), 2);
        texts.push((method, backup["cipherText"].clone()));
    }
    let recover = |method: &str, text: &Value| {
        let of = json!({ "clientId": id, "backupMethod": method, "cipherText": text });
        portal.does("recoveries", &of)
    };
    let untold = recover("GDRIVE", &texts[0].1);
    assert_eq!(
        (&untold["recovered"], &untold["portalTold"]),
        (&json!(false), &json!(false)),
        "{untold}"
    );
    assert!(untold["why"].as_str().unwrap().contains("was not told"));
    let told = json!({ "success": true, "backupMethod": "GDRIVE" });
    assert_eq!(tell(&portal.url, &key, &told), 204);
    let told = json!({ "success": true, "backupMethod": "PASSKEY-SECP256K1" });
    assert_eq!(tell(&portal.url, &key, &told), 204);
    for (method, text) in &texts {
        let recovery = recover(method, text);
        assert_eq!(recovery["recovered"], true, "{recovery}");
        let curves = json!({ "SECP256K1": "recovered", "ED25519": "recovered" });
        assert_eq!(recovery["curves"], curves);
    }
    for (method, text, why) in [
        ("GDRIVE", texts[1].1.clone(), "of a backup by PASSKEY"),
        ("GDRIVE", Value::Null, "the user's half is missing"),
        (
            "GDRIVE",
            json!("undefined"),
            "of no backup that was made here",
        ),
        (
            "GDRIVE",
            json!(texts[0].1.as_str().unwrap()[..200]),
            "was altered",
        ),
    ] {
        let recovery = recover(method, &text);
        assert_eq!(recovery["recovered"], false, "{recovery}");
        assert!(
            recovery["why"].as_str().unwrap().contains(why),
            "{recovery}"
        );
    }
    let again = json!({ "clientId": id, "backupMethod": "GDRIVE" });
    portal.does("backups", &again);
    let recovery = recover("GDRIVE", &texts[0].1);
    assert!(recovery["why"].as_str().unwrap().contains("earlier backup"));
    assert_eq!(recovery["curves"]["ED25519"], "no custodian share fits");
}

#[test]
fn a_v5_app_names_no_method_and_its_wallet_is_recovered_by_a_named_one() {
    let (_custodian, portal, _folder) = both();
    let (id, key) = portal.client();
    let of = json!({ "clientId": id, "backupMethod": "GDRIVE", "version": "v5" });
    let backup = portal.does("backups", &of);
    assert!(backup.get("backupMethod").is_none(), "{backup}");
    let line = "PUT /api/v1/clients/me/wallet/stored-client-backup-share";
    let (status, _) = send(&portal.url, line, &key, None, r#"{"success":true}"#);
    assert_eq!(status, 204);
    let text = &backup["cipherText"];
    let of = json!({ "clientId": id, "backupMethod": "GDRIVE", "cipherText": text });
    let recovery = portal.does("recoveries", &of);
    assert_eq!(recovery["recovered"], true, "{recovery}");
    assert_eq!(recovery["curves"], json!({ "SECP256K1": "recovered" }));
}

#[test]
fn it_is_no_open_relay_to_the_webhooks() {
    let (_custodian, portal, _folder) = both();
    let (id, key) = portal.client();
    let backup = json!({ "clientId": id, "backupMethod": "GDRIVE" }).to_string();
    let line = "POST /_sharecheck/backups";
    let status =
        |bearer: &str, host: Option<&str>| send(&portal.url, line, bearer, host, &backup).0;
    assert_eq!(status(TOKEN, Some("evil.example")), 403);
    for bearer in [KEY, &key, "x"] {
        assert_eq!(status(bearer, None), 401);
    }
    assert_eq!(status(TOKEN, None), 200);
    let unknown = json!({ "clientId": "nobody", "backupMethod": "GDRIVE" });
    assert_eq!(portal.control("backups", &unknown).0, 404);
    assert_eq!(
        portal
            .control("wallets", &json!({ "clientId": "nobody" }))
            .0,
        404
    );
    let curve = json!({ "clientId": id, "backupMethod": "GDRIVE-ED25519" });
    assert_eq!(portal.control("backups", &curve).0, 400);
    assert_eq!(portal.control("backups", &json!({ "clientId": id })).0, 400);
    let extra = json!({ "clientId": id, "url": "http://evil.example" });
    assert_eq!(portal.control("wallets", &extra).0, 400);
}

#[test]
fn a_client_that_holds_somebodys_share_is_not_written_to() {
    let custodian = Custodian::start(&As::default());
    let share = r#"{"p":"somebody's"}"#;
    custodian.store("real-1", share);
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "portal",
        "--custodian",
        &custodian.url,
        "--client-id",
        "real-1,test-1",
    ];
    let portal = Served::start(folder.path(), &arguments);
    for id in ["real-1", "test-1"] {
        portal.does("wallets", &json!({ "clientId": id }));
    }
    let (status, refused) = portal.control(
        "backups",
        &json!({ "clientId": "real-1", "backupMethod": "GDRIVE" }),
    );
    assert_eq!(status, 403, "{refused}");
    let said = refused.to_string();
    assert!(
        said.contains("nothing was written") && !said.contains("somebody's"),
        "{said}"
    );
    let held = custodian.fetch("real-1");
    assert!(held.contains(r#"["{\"p\":\"somebody's\"}"]"#), "{held}");
    let backup = portal.does(
        "backups",
        &json!({ "clientId": "test-1", "backupMethod": "GDRIVE" }),
    );
    assert_eq!(backup["backedUp"], true, "{backup}");
}

#[test]
fn what_a_backend_told_is_listed_and_portal_is_out_of_order_when_it_is_told_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let portal = Served::start(folder.path(), &["portal", "--fault", "500"]);
    let line = "POST /api/v1/custodians/clients";
    let (_, made) = send(&portal.url, line, KEY, None, "");
    let key = made["clientApiKey"].as_str().unwrap();
    let told = json!({ "success": true, "backupMethod": "ICLOUD" });
    assert_eq!(tell(&portal.url, key, &told), 500);
    portal.does("mood", &json!({ "mood": "429", "clientId": made["id"] }));
    assert_eq!(tell(&portal.url, key, &told), 429);
    portal.does("mood", &json!({ "mood": "well" }));
    assert_eq!(tell(&portal.url, key, &told), 204);
    assert_eq!(portal.control("mood", &json!({ "mood": "bad" })).0, 400);
    let (status, heard) = send(&portal.url, "GET /_sharecheck/calls", TOKEN, None, "");
    assert_eq!((status, &heard["heard"]), (200, &json!(3)));
    let calls = heard["calls"].as_array().unwrap();
    let answered: Vec<&Value> = calls.iter().map(|call| &call["answered"]).collect();
    assert_eq!(answered, [&json!(500), &json!(429), &json!(204)]);
    assert_eq!(calls[2]["clientId"], made["id"]);
    assert_eq!(calls[2]["version"], "v2");
    let (status, refused) = portal.control("wallets", &json!({ "clientId": made["id"] }));
    assert_eq!(status, 409, "{refused}");
    assert!(refused.to_string().contains("--custodian URL"));
}
