//! The endpoints of the app: what they keep and give back, what Portal is told, how test clients are made.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::M1;
use crate::app::{App, CUSTODIAN_KEY, Mood, Rest, told};
use crate::portal::{Portal, SECRET, settings, started};
use crate::{EnrolError, Fault, Freedom, Running, Settings, StartError, Users, start};

const G: Option<&str> = Some("GDRIVE");
const P: Option<&str> = Some("PASSKEY");

/// A custodian with a Portal behind it; the same is wanted of a correct one and of one with a fault elsewhere.
async fn with_portal(fault: Option<Fault>) -> (Running, Portal, Rest) {
    let rest = Rest::start().await;
    let users = Some(rest.users.clone());
    let (running, portal) = started(Settings {
        users,
        ..settings(fault)
    })
    .await;
    (running, portal, rest)
}

#[tokio::test]
async fn a_user_share_is_kept_by_method_and_portal_is_told_each_time() {
    for fault in [None, Some(Fault::Append)] {
        let (running, portal, rest) = with_portal(fault).await;
        let app = App::new(&running, &portal, "a/b c").await;
        let app = App {
            client: "a%2Fb%20c".into(),
            ..app
        };
        assert_eq!(app.fetch(G).await, None);
        let large = "+/=é".repeat(40_000);
        for (method, text) in [(G, "one"), (P, "two"), (G, "three"), (None, &*large)] {
            assert_eq!(app.store(method, text).await, 200);
            assert_eq!(app.fetch(method).await.as_deref(), Some(text));
            let method = method.unwrap_or("UNKNOWN");
            assert_eq!(rest.calls(), [told("a/b c", true, method)]);
        }
        assert_eq!(app.fetch(P).await.as_deref(), Some("two"));
        assert_eq!(app.fetch(Some("UNKNOWN")).await, Some(large));
        // Shares of both kinds are beside each other.
        assert_eq!(portal.store("a/b c", M1, "{}").await.status, 200);
        assert_eq!(portal.shares("a/b c").await, ["{}"]);
    }
}

#[tokio::test]
async fn who_backed_up_without_a_method_is_found_by_any_until_there_is_one_of_it() {
    let (running, portal, _rest) = with_portal(None).await;
    let app = App::new(&running, &portal, "a").await;
    assert_eq!(app.store(None, "old").await, 200);
    assert_eq!(app.fetch(G).await.as_deref(), Some("old"));
    assert_eq!(app.store(G, "new").await, 200);
    assert_eq!(app.fetch(G).await.as_deref(), Some("new"));
    assert_eq!(app.fetch(P).await.as_deref(), Some("old"));
    assert_eq!(app.fetch(None).await.as_deref(), Some("old"));
}

#[tokio::test]
async fn only_the_user_is_let_in() {
    let (running, portal, rest) = with_portal(None).await;
    let app = App::new(&running, &portal, "a").await;
    let other = App::new(&running, &portal, "b").await;
    app.store(G, "mine").await;
    rest.calls();
    let body = json!({"backupMethod": "GDRIVE", "cipherText": "theirs"}).to_string();
    let short = &app.token[..app.token.len() - 4];
    for (token, status) in [
        (format!("Bearer {}", other.token), 403),
        (format!("Bearer {short}"), 401),
        (format!("Basic {}", app.token), 401),
        ("Bearer".to_owned(), 401),
        (String::new(), 401),
    ] {
        let query = "?backupMethod=GDRIVE";
        let fetched = app.ask("GET", query, &token, "").await;
        assert_eq!(
            (fetched.status, fetched.text.contains("mine")),
            (status, false),
            "{token}"
        );
        assert_eq!(
            app.ask("PUT", "", &token, &body).await.status,
            status,
            "{token}"
        );
    }
    assert_eq!(app.fetch(G).await.as_deref(), Some("mine"));
    assert_eq!(rest.calls(), [] as [Value; 0]);
    // Who has the key of a user already gets the same token.
    assert_eq!(running.enrol("a", "another").await.unwrap(), app.token);
}

#[tokio::test]
async fn what_cannot_be_kept_changes_nothing_and_is_never_told_as_stored() {
    let (running, portal, rest) = with_portal(None).await;
    let app = App::new(&running, &portal, "a").await;
    app.store(G, "old").await;
    rest.calls();
    for body in [
        "",
        "[]",
        r#"{"backupMethod":"GDRIVE"}"#,
        r#"{"backupMethod":"GDRIVE","cipherText":null}"#,
        r#"{"backupMethod":"GDRIVE","cipherText":""}"#,
        r#"{"backupMethod":"GDRIVE","cipherText":{"a":1}}"#,
        r#"{"backupMethod":{"not":"x"},"cipherText":"a"}"#,
    ] {
        assert_eq!(app.send(body).await.status, 400, "{body}");
    }
    assert_eq!(rest.calls(), [] as [Value; 0]);
    let limit = 1024 * 1024;
    assert_eq!(app.store(G, &"x".repeat(limit + 1)).await, 507);
    assert_eq!(rest.calls(), [told("a", false, "GDRIVE")]);
    assert_eq!(app.fetch(G).await.as_deref(), Some("old"));
    assert_eq!(app.store(G, &"x".repeat(limit)).await, 200);
}

#[tokio::test]
async fn a_portal_that_fails_loses_no_text_and_the_app_learns_of_it() {
    let (running, portal, rest) = with_portal(None).await;
    let app = App::new(&running, &portal, "a").await;
    let full = Mood::Status(StatusCode::TOO_MANY_REQUESTS);
    let broken = Mood::Status(StatusCode::INTERNAL_SERVER_ERROR);
    for (number, mood) in [full, broken, Mood::Hangs].into_iter().enumerate() {
        rest.mood(mood);
        let text = number.to_string();
        let body = json!({"backupMethod": "GDRIVE", "cipherText": text}).to_string();
        let answer = app.send(&body).await;
        assert_eq!(answer.status, 502, "{mood:?}");
        assert!(answer.text.contains("send it again"), "{}", answer.text);
        assert_eq!(app.fetch(G).await, Some(text));
    }
    rest.mood(Mood::Well);
    assert_eq!(app.store(G, "again").await, 200);
}

async fn provision(portal: &Portal, secret: &str, body: &Value) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {secret}\r\nConnection: close\r\n");
    let answer = portal
        .ask("POST", "/provision", &headers, &body.to_string())
        .await;
    (answer.status, answer.json())
}

fn hook(action: &str, key: &str, kind: &str) -> Value {
    json!({"version": 1, "action": action, "runId": "r", "idempotencyKey": key, "kind": kind})
}

#[tokio::test]
async fn test_clients_are_made_through_portal_and_taken_away() {
    // Where the rows are in one database, and where they are not.
    for fault in [None, Some(Fault::BothKeys)] {
        let (_running, portal, rest) = with_portal(fault).await;
        let fresh = hook("setup", "k1", "fresh");
        assert_eq!(provision(&portal, "wrong", &fresh).await.0, 401);
        assert_eq!(rest.calls(), [] as [Value; 0]);
        let (status, made) = provision(&portal, SECRET, &fresh).await;
        assert_eq!(
            (status, &made["clientId"], &made["user"]),
            (200, &json!("client-1"), &json!("client-1"))
        );
        let created = json!([
            "POST /api/v3/custodians/me/clients",
            format!("Bearer {CUSTODIAN_KEY}"),
            {}
        ]);
        assert_eq!(rest.calls(), [created]);
        assert_eq!(
            provision(&portal, SECRET, &fresh).await,
            (200, made.clone())
        );
        assert_eq!(rest.calls(), [] as [Value; 0]);

        let mut old = hook("setup", "k2", "with-v5-share");
        assert_eq!(provision(&portal, SECRET, &old).await.0, 400);
        old["share"] = r#"{"n":5}"#.into();
        let (status, with_share) = provision(&portal, SECRET, &old).await;
        assert_eq!((status, &with_share["clientId"]), (200, &json!("client-2")));
        assert_eq!(portal.shares("client-2").await, [r#"{"n":5}"#]);
        rest.calls();

        let app = App::with(&portal, &with_share);
        assert_eq!(app.store(G, "text").await, 200);
        assert_eq!(rest.calls(), [told("client-2", true, "GDRIVE")]);
        let gone = hook("teardown", "k2", "with-v5-share");
        assert_eq!(
            provision(&portal, SECRET, &gone).await,
            (200, json!({"removed": true}))
        );
        assert_eq!(
            provision(&portal, SECRET, &gone).await,
            (200, json!({"removed": false}))
        );
        assert_eq!(portal.shares("client-2").await, [] as [&str; 0]);
        assert_eq!(app.store(G, "text").await, 401);
        // The other is still there, and the id that is free again holds what it is given.
        assert_eq!(App::with(&portal, &made).store(G, "text").await, 200);
        portal.store("client-2", M1, "{}").await;
        assert_eq!(portal.shares("client-2").await, ["{}"]);
    }
}

#[tokio::test]
async fn a_portal_that_makes_no_client_is_no_client() {
    let (_running, portal, rest) = with_portal(None).await;
    rest.mood(Mood::Status(StatusCode::NO_CONTENT));
    let fresh = hook("setup", "k1", "fresh");
    assert_eq!(provision(&portal, SECRET, &fresh).await.0, 502);
    rest.mood(Mood::Well);
    assert_eq!(provision(&portal, SECRET, &fresh).await.0, 200);
}

#[tokio::test]
async fn without_a_portal_ids_are_made_up_and_listed_clients_are_served_too() {
    for freedoms in [vec![], vec![Freedom::Stored201]] {
        let users = Some(Users {
            portal: None,
            custodian_key: "".into(),
        });
        let (running, portal) = started(Settings {
            users,
            freedoms,
            clients: vec!["listed".into()],
            ..settings(None)
        })
        .await;
        let (_, made) = provision(&portal, SECRET, &hook("setup", "k", "reusable")).await;
        let app = App::with(&portal, &made);
        assert!(app.client.starts_with("test-"));
        assert_eq!(app.store(G, "text").await, 200);
        assert!([200, 201].contains(&portal.store(&app.client, M1, "{}").await.status));
        let enrolled = App::new(&running, &portal, "enrolled").await;
        assert_eq!(enrolled.store(P, "text").await, 200);
        assert!([200, 201].contains(&portal.store("enrolled", M1, "{}").await.status));
        assert_eq!(portal.store("stranger", M1, "{}").await.status, 404);
    }
}

#[tokio::test]
async fn user_shares_and_tokens_survive_a_restart_with_and_without_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let rest = Rest::start().await;
    let after = |fault| Settings {
        users: Some(rest.users.clone()),
        database: Some(folder.path().join("shares.sqlite")),
        ..settings(fault)
    };
    let (running, portal) = started(after(None)).await;
    let app = App::new(&running, &portal, "a").await;
    app.store(G, "kept").await;
    let token = app.token;
    running.stop().await;
    for fault in [Some(Fault::Append), None] {
        let (running, portal) = started(after(fault)).await;
        let made = json!({"clientId": "a", "token": token});
        let app = App::with(&portal, &made);
        assert_eq!(app.fetch(G).await.as_deref(), Some("kept"));
        assert_eq!(app.store(P, "more").await, 200);
        running.stop().await;
    }
}

#[tokio::test]
async fn without_the_setting_there_are_the_webhooks_alone() {
    let (running, portal) = started(settings(None)).await;
    assert!(matches!(
        running.enrol("a", "k").await,
        Err(EnrolError::NoUsers)
    ));
    let headers = "Connection: close\r\n";
    assert_eq!(
        portal
            .ask("GET", "/users/a/backup-share", headers, "")
            .await
            .status,
        404
    );
    assert_eq!(
        portal.ask("POST", "/provision", headers, "{}").await.status,
        404
    );
    let users = Some(Users {
        portal: Some("https://api.portalhq.io".into()),
        custodian_key: "key".into(),
    });
    let real = start(Settings {
        users,
        ..settings(None)
    });
    assert!(matches!(real.await, Err(StartError::PortalAddress)));
}

#[tokio::test]
async fn the_log_names_a_user_as_it_names_a_client() {
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&lines);
    let log = crate::LogSink::Lines(std::sync::Arc::new(move |line: &str| {
        sink.lock().unwrap().push(line.to_owned());
    }));
    let rest = Rest::start().await;
    let users = Some(rest.users.clone());
    let (running, portal) = started(Settings {
        users,
        log,
        ..settings(None)
    })
    .await;
    let app = App::new(&running, &portal, "client-0123456789").await;
    app.store(G, "hidden").await;
    rest.mood(Mood::Status(StatusCode::BAD_GATEWAY));
    app.store(G, "hidden").await;
    app.fetch(G).await;
    running.stop().await;
    let route = "/users/{clientId}/backup-share";
    assert_eq!(
        *lines.lock().unwrap(),
        [
            format!("PUT {route} 200 client=client-0…"),
            format!("PUT {route} 502 client=client-0… (Portal answered 502 Bad Gateway)"),
            format!("GET {route} 200 client=client-0…"),
        ]
    );
}
