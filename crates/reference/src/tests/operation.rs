//! Settings, the log, and a database that fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::M1;
use crate::portal::{SECRET, settings, started};
use crate::{Contract, Fault, LogSink, Settings, StartError, start};

#[tokio::test]
async fn a_base_path_may_be_written_with_and_without_slashes() {
    for base_path in ["portal/hooks", "/portal/hooks", "/portal/hooks/"] {
        let settings = Settings {
            base_path: base_path.into(),
            ..settings(None)
        };
        let (running, portal) = started(settings).await;
        assert!(running.base_url().ends_with("/portal/hooks"));
        assert_eq!(portal.store_v5("a", "{}").await.status, 200);
        assert_eq!(portal.shares("a").await, ["{}"]);
        running.stop().await;
    }
}

#[tokio::test]
async fn the_log_holds_neither_the_secret_nor_a_share() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let log = LogSink::Lines(Arc::new(move |line: &str| {
        sink.lock().unwrap().push(line.to_owned());
    }));
    let (running, portal) = started(Settings {
        log,
        ..settings(None)
    })
    .await;
    portal
        .store("client-0123456789", M1, r#"{"hidden":1}"#)
        .await;
    portal.fetch("client-0123456789").await;
    portal
        .send(
            "/backup",
            Some("guess"),
            r#"{"clientId":"a","share":"{\"hidden\":1}"}"#,
        )
        .await;
    portal
        .send(
            "/backup",
            Some(SECRET),
            r#"{"clientId":"a","share":["hidden"]}"#,
        )
        .await;
    running.stop().await;
    let lines = lines.lock().unwrap();
    assert_eq!(
        *lines,
        [
            "POST /backup 200 client=client-0…",
            "POST /backup/fetch 200 client=client-0…",
            "POST /backup 401 client=-",
            "POST /backup 400 client=-",
        ]
    );
}

#[tokio::test]
async fn a_failing_database_is_answered_without_internals() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let log = LogSink::Lines(Arc::new(move |line: &str| {
        sink.lock().unwrap().push(line.to_owned());
    }));
    let (running, portal) = started(Settings {
        log,
        ..settings(None)
    })
    .await;
    running.pool.as_ref().unwrap().close().await;
    let answer = portal.store_v5("a", "{}").await;
    assert_eq!(
        (answer.status, &*answer.text),
        (500, r#"{"error":"the database did not answer"}"#)
    );
    assert!(lines.lock().unwrap()[0].starts_with("POST /backup 500 client=a ("));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let empty = Settings {
        secret: "".into(),
        ..settings(None)
    };
    assert!(matches!(start(empty).await, Err(StartError::EmptySecret)));
    let path = Settings {
        base_path: "a?b".into(),
        ..settings(None)
    };
    assert!(matches!(start(path).await, Err(StartError::BasePath(_))));
    let fault = Settings {
        contract: Contract::V6,
        ..settings(Some(Fault::V5SingleWrongKey))
    };
    assert!(matches!(start(fault).await, Err(StartError::FaultOfV5(_))));
    let both = Settings {
        faults: vec![Fault::Append, Fault::ShareTrimmed, Fault::KeepFirst],
        ..settings(None)
    };
    let refused = start(both).await.map(drop).unwrap_err().to_string();
    let reason = "a share meets the one that is there in one way";
    assert_eq!(
        refused,
        format!("the faults append and keep-first cannot be had together: {reason}")
    );
    let folder = tempfile::tempdir().unwrap();
    let database = Settings {
        database: Some(folder.path().into()),
        ..settings(None)
    };
    assert!(matches!(
        start(database).await,
        Err(StartError::Database(_))
    ));
    let (running, _) = started(settings(None)).await;
    let address = running
        .base_url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let taken = start(Settings {
        address,
        ..settings(None)
    })
    .await;
    assert!(matches!(taken, Err(StartError::Listen { .. })));
}

#[tokio::test]
async fn latency_holds_each_answer_back() {
    let latency = Duration::from_millis(50);
    let (_running, portal) = started(Settings {
        latency,
        ..settings(None)
    })
    .await;
    let begin = Instant::now();
    portal.fetch("a").await;
    assert!(begin.elapsed() >= latency);
}

#[tokio::test]
async fn it_stops_with_a_request_open_and_starts_again_on_the_same_address() {
    let (running, portal) = started(settings(Some(Fault::SlowFetch))).await;
    let address = running
        .base_url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let open = tokio::spawn(async move { portal.fetch("a").await.status });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    running.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(3));
    let (_running, portal) = started(Settings {
        address,
        ..settings(None)
    })
    .await;
    assert_eq!(portal.fetch("a").await.status, 200);
    open.abort();
}
