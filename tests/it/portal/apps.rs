//! Apps in this process, against the reference custodian and its faults.

use crate::bench::{As, Custodian, SECRET, always};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use serde_json::json;
use sharecheck::app::{Apps, Half, Refused, Settings, Stored, Why};
use sharecheck::contract::Contract;
use sharecheck::contract::wallet::Curve;
use sharecheck::http::{Http, HttpSettings, Network};
use sharecheck::portal::{self, Client, Portal, Running};
use sharecheck::reference::Fault;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Apps, the Portal that they are of, and the custodian behind it.
struct House {
    custodian: Option<Custodian>,
    running: Running,
    portal: Portal,
    apps: Apps,
}

async fn house(fault: Option<Fault>) -> House {
    let how = As {
        fault,
        ..As::default()
    };
    // It has a runtime of its own, which must not be made within one.
    let custodian = tokio::task::spawn_blocking(move || Custodian::start(&how));
    let custodian = custodian.await.unwrap();
    let url = custodian.url.clone();
    house_before(&url, Some(custodian), true).await
}

/// Apps before whatever is at this URL, on this machine or taken to be on another.
async fn house_before(url: &str, custodian: Option<Custodian>, is_here: bool) -> House {
    let http = Http::new(&HttpSettings {
        base: url.parse().unwrap(),
        headers: Vec::new(),
        max_time: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(5),
        network: Network::default(),
    })
    .unwrap();
    let running = portal::start(portal::Settings::local("key".into())).await;
    let running = running.unwrap();
    let portal = running.portal();
    let apps = Apps::new(Settings {
        http,
        secret: SECRET.into(),
        portal: portal.clone(),
        run: "0a1b2c3d".to_owned(),
        seed: 7,
        is_here,
    });
    House {
        custodian,
        running,
        portal,
        apps,
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let custodian = self.custodian.take();
        std::thread::spawn(move || drop(custodian)).join().unwrap();
    }
}

impl House {
    async fn client(&self) -> String {
        let client = Client::new();
        let id = client.id.clone();
        self.portal.add_client(client).unwrap();
        self.apps.make_wallet(&id).await.unwrap();
        id
    }

    /// Backs up and tells; the text that a backend keeps.
    async fn backed_up(&self, client: &str, method: &str) -> String {
        let backup = self.apps.back_up(client, method, Contract::V6).await;
        let finished = backup.unwrap().finished.unwrap();
        let told = json!({ "success": true, "backupMethod": method });
        let key = self.portal.api_key(client).unwrap();
        let url = self.running.base_url().to_owned();
        let telling =
            tokio::task::spawn_blocking(move || super::tell(&url, key.expose_secret(), &told));
        assert_eq!(telling.await.unwrap(), 204);
        finished.cipher_text
    }
}

#[rstest]
#[case::latest_only(Fault::LatestOnly, Why::Shares)]
#[case::curve_blind(Fault::CurveBlind, Why::Shares)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_is_not_recovered_where_a_half_is_lost(#[case] fault: Fault, #[case] why: Why) {
    let house = house(Some(fault)).await;
    let id = house.client().await;
    let text = house.backed_up(&id, "GDRIVE").await;
    let recovery = house.apps.recover(&id, "GDRIVE", Some(&text)).await;
    let recovery = recovery.unwrap();
    assert!(!recovery.recovered, "{recovery:?}");
    assert_eq!(recovery.curves[&Curve::Secp256k1], Half::NoCustodianShare);
    assert_eq!(recovery.curves[&Curve::Ed25519], Half::Recovered);
    assert_eq!(recovery.why, Some(why));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_breaks_off_where_the_fetch_after_the_store_does_not_bring_the_share() {
    let house = house(Some(Fault::ShareCut255)).await;
    let id = house.client().await;
    let backup = house.apps.back_up(&id, "GDRIVE", Contract::V6).await;
    let backup = backup.unwrap();
    assert_eq!(backup.finished, None);
    let first = &backup.stores[&Curve::Secp256k1];
    assert!(matches!(first, Stored::NotShown(_)), "{backup:?}");
    assert_eq!(backup.stores[&Curve::Ed25519], Stored::NotSent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_clients_text_does_not_recover_a_wallet() {
    let house = house(None).await;
    let (one, other) = (house.client().await, house.client().await);
    house.backed_up(&one, "GDRIVE").await;
    let text = house.backed_up(&other, "GDRIVE").await;
    let recovery = house.apps.recover(&one, "GDRIVE", Some(&text)).await;
    let recovery = recovery.unwrap();
    assert_eq!(recovery.why, Some(Why::OfAnother));
    assert_eq!(recovery.curves[&Curve::Ed25519], Half::NoUserShare);
    let unmade = house.apps.recover("nobody", "GDRIVE", Some(&text)).await;
    assert_eq!(unmade, Err(Refused::UnknownClient("nobody".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elsewhere_a_named_client_is_not_written_to_that_may_hold_a_share() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let house = house_before(&always(answer), None, false).await;
    house.portal.add_client(Client::known_as("test-1")).unwrap();
    house.apps.make_wallet("test-1").await.unwrap();
    let refused = house.apps.back_up("test-1", "GDRIVE", Contract::V6).await;
    assert!(
        matches!(refused, Err(Refused::Unseen { .. })),
        "{refused:?}"
    );
    // Nobody has one that was made here.
    let made = house.client().await;
    let backup = house.apps.back_up(&made, "GDRIVE", Contract::V6).await;
    let stores = backup.unwrap().stores;
    assert!(matches!(stores[&Curve::Secp256k1], Stored::NotShown(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_of_a_custodian_that_is_not_there_but_that() {
    let house = house_before("http://127.0.0.1:1", None, true).await;
    let id = house.client().await;
    let refused = house.apps.back_up(&id, "GDRIVE", Contract::V6).await;
    assert!(
        matches!(refused, Err(Refused::Unreachable(_))),
        "{refused:?}"
    );
}

/// A tenth of what is measured with `sharecheck run --reference --with-portal --repeat 1000 wallet.recoverable.all`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_wallets_by_four_methods_are_recovered_in_time() {
    const WALLETS: usize = 100;
    const AT_ONCE: usize = 32;
    let house = std::sync::Arc::new(house(None).await);
    let start = Instant::now();
    let mut users = JoinSet::new();
    let mut recovered = 0;
    for _ in 0..WALLETS {
        if users.len() >= AT_ONCE {
            recovered += users.join_next().await.unwrap().unwrap();
        }
        let house = std::sync::Arc::clone(&house);
        users.spawn(async move {
            let id = house.client().await;
            let mut texts = Vec::new();
            for method in ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"] {
                texts.push((method, house.backed_up(&id, method).await));
            }
            let mut recovered = 0;
            for (method, text) in texts {
                let recovery = house.apps.recover(&id, method, Some(&text)).await;
                recovered += usize::from(recovery.unwrap().recovered);
            }
            recovered
        });
    }
    recovered += users.join_all().await.into_iter().sum::<usize>();
    let took = start.elapsed();
    assert_eq!(recovered, WALLETS * 4);
    assert!(took < Duration::from_secs(30), "{took:?}");
}
