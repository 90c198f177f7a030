//! Each fault shows over a real connection, and the custodian without it does not show it.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::Rest;
use crate::portal::{Portal, settings, started};
use crate::{Contract, Fault, Running, Settings, Shows};

mod freedoms;
mod proofs;
mod users;

const M1: &str = "PASSWORD-SECP256K1";
const M2: &str = "PASSWORD-ED25519";
const S1: &str = r#"{"n":1}"#;
const S2: &str = r#"{"n":2}"#;

/// A custodian to prove a fault on.
struct Bench {
    portal: Portal,
    running: Running,
    settings: Settings,
    /// The Portal behind it, where it has one.
    rest: Option<Rest>,
}

impl Bench {
    async fn new(settings: Settings) -> Self {
        let (running, portal) = started(settings.clone()).await;
        Self {
            portal,
            running,
            settings,
            rest: None,
        }
    }

    async fn restart(&mut self) {
        let next = Self::new(self.settings.clone()).await;
        std::mem::replace(self, next).running.stop().await;
    }

    /// Whether the share is the one that comes back when it is stored alone.
    async fn keeps(&self, method: &str, share: &str) -> bool {
        self.portal.store("keeps", method, share).await.status == 200
            && self.portal.shares("keeps").await == [share]
    }

    /// Stores these, one after the other, and says what is there then.
    async fn after(&self, stores: &[(&str, &str)]) -> Vec<String> {
        for (method, share) in stores {
            match *method {
                "" => self.portal.store_v5("after", share).await,
                method => self.portal.store("after", method, share).await,
            };
        }
        self.portal.shares("after").await
    }

    /// Stores under these methods at once, sixteen times in all, and gives the statuses.
    async fn at_once(&self, methods: &'static [&'static str]) -> Vec<u16> {
        let mut stores = JoinSet::new();
        for n in 0..16 {
            let portal = self.portal.clone();
            let method = methods[n % methods.len()];
            let share = json!({ "n": n }).to_string();
            stores.spawn(async move { portal.store("at-once", method, &share).await.status });
        }
        stores.join_all().await
    }

    /// How many shares the fetches found that ran while one was replaced.
    async fn seen_while_replacing(&self) -> Vec<usize> {
        self.portal.store("replaced", M1, S1).await;
        let mut stores = JoinSet::new();
        let portal = self.portal.clone();
        stores.spawn(async move {
            for n in 0..20 {
                portal
                    .store("replaced", M1, &json!({ "n": n }).to_string())
                    .await;
            }
        });
        let mut seen = Vec::new();
        while stores.try_join_next().is_none() {
            seen.push(self.portal.shares("replaced").await.len());
        }
        seen
    }
}

async fn bench(fault: Fault, with: &[Fault], folder: &tempfile::TempDir) -> Bench {
    let mut settings = settings(None);
    settings.faults = with.to_vec();
    settings.contract = fault.contract();
    if matches!(fault, Fault::MemoryOnly | Fault::MigrationDropsV5) {
        settings.database = Some(folder.path().join("shares.sqlite"));
    }
    Bench::of_layer(fault.layer(), settings).await
}

/// Whether the fault shows in a custodian with these faults. What takes a race gets more than one try, and so does what
/// takes two requests within some milliseconds, which a busy machine may not send.
async fn shows_among(fault: Fault, faults: &[Fault]) -> bool {
    let by_chance = fault.shows() == Shows::InRaces || fault == Fault::SharedVariable;
    let tries = if by_chance { 5 } else { 1 };
    for _ in 0..tries {
        let folder = tempfile::tempdir().unwrap();
        let mut spoilt = bench(fault, faults, &folder).await;
        if proofs::shows(fault, &mut spoilt).await {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_shows_and_only_where_it_is() {
    let mut proofs = JoinSet::new();
    let mut wrong = Vec::new();
    for fault in Fault::ALL.iter().copied() {
        proofs.spawn(async move {
            let shown = shows_among(fault, &[fault]).await;
            let folder = tempfile::tempdir().unwrap();
            let mut good = bench(fault, &[], &folder).await;
            (fault, shown, proofs::shows(fault, &mut good).await)
        });
        if proofs.len() >= 4 {
            wrong.extend(proofs.join_next().await);
        }
    }
    wrong.extend(proofs.join_all().await.into_iter().map(Ok));
    let wrong: Vec<_> = wrong.into_iter().map(Result::unwrap).collect();
    let wrong: Vec<_> = wrong
        .iter()
        .filter(|(_, with, without)| !with || *without)
        .collect();
    assert!(
        wrong.is_empty(),
        "fault, shown with it, shown without it: {wrong:?}"
    );
}

/// Faults that one custodian has together, each of which shows as if it were alone.
const TOGETHER: &[&[Fault]] = &[
    &[Fault::SecretPrefix, Fault::CurveBlind, Fault::ShareTrimmed],
    &[Fault::SecretSuffix, Fault::SecretMissingAllowed],
    &[Fault::ClientTrimmed, Fault::MethodTrimmed],
    &[Fault::ClientCaseBlind, Fault::Empty404],
    &[Fault::ClientPrefixMatch, Fault::Append, Fault::Input500],
    &[Fault::FetchTextPlain, Fault::Store204],
    &[Fault::Input500, Fault::FalsyMethodIsUnknown],
    &[Fault::LatestOnly, Fault::MethodCut20],
    &[Fault::Redelivery409, Fault::WipeOthers],
    &[Fault::StaleReads, Fault::ShareCut255],
    &[Fault::ShareReserialised, Fault::TenAtMost],
    &[Fault::V6DeletesV5, Fault::V5DeletesV6],
    &[Fault::SecretRefusedAfterStore, Fault::NinthMethodDropped],
    &[Fault::LostUpdate, Fault::BothKeys, Fault::BodyLimit100k],
    &[
        Fault::EmptyNull,
        Fault::EmptyShareStored,
        Fault::ShareToString,
    ],
    &[Fault::MigrationDropsV5, Fault::TenAtMost],
    &[
        Fault::UserShareNoFallback,
        Fault::UserSharePlus,
        Fault::PortalToldV1,
        Fault::PortalDownDrops,
    ],
    &[
        Fault::UserShareLatest,
        Fault::UserShareTruncates,
        Fault::PortalToldBefore,
        Fault::UserShareAnybody,
    ],
    &[
        Fault::Append,
        Fault::UserShareDropsOthers,
        Fault::PortalToldCustodianKey,
        Fault::PortalDownHides,
    ],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_that_do_not_rule_each_other_out_show_together() {
    for faults in TOGETHER {
        for fault in faults.iter().copied() {
            assert!(shows_among(fault, faults).await, "{fault} of {faults:?}");
        }
    }
}

#[tokio::test]
async fn duplicates_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let database = Some(folder.path().join("shares.sqlite"));
    let mut bench = Bench::new(Settings {
        database,
        ..settings(Some(Fault::Append))
    })
    .await;
    assert_eq!(bench.after(&[(M1, S1), (M1, S2)]).await, [S1, S2]);
    bench.restart().await;
    assert_eq!(bench.after(&[]).await, [S1, S2]);
}

#[tokio::test]
async fn faults_of_the_client_show_among_listed_clients() {
    let clients = vec!["a".to_owned(), "ab".to_owned()];
    let listed = |fault| Settings {
        clients: clients.clone(),
        ..settings(Some(fault))
    };
    let bench = Bench::new(listed(Fault::ClientExtensionMatch)).await;
    bench.portal.store("a", M1, S1).await;
    assert_eq!(bench.portal.shares("abc").await, [S1]);
    assert_eq!(bench.portal.fetch("b").await.status, 404);
    let bench = Bench::new(listed(Fault::UnknownClient500)).await;
    assert_eq!(bench.portal.fetch("ab").await.status, 200);
    assert_eq!(bench.portal.fetch("b").await.status, 500);
    assert_eq!(bench.portal.store("b", M1, S1).await.status, 500);
    let bench = Bench::new(listed(Fault::MissingClientBucket)).await;
    assert_eq!(bench.portal.backup(&json!({"share": S1})).await.status, 200);
}

#[tokio::test]
async fn a_v5_custodian_can_have_faults_of_both_contracts() {
    let v5 = |fault| Settings {
        contract: Contract::V5,
        ..settings(Some(fault))
    };
    let bench = Bench::new(v5(Fault::ShareAsObject)).await;
    bench.portal.store_v5("a", S1).await;
    assert_eq!(
        bench.portal.fetch("a").await.json(),
        json!({"backupShare": {"n": 1}})
    );
    let bench = Bench::new(v5(Fault::BothKeys)).await;
    bench.portal.store("a", M1, S1).await;
    bench.portal.store("a", M2, S2).await;
    assert_eq!(
        bench.portal.fetch("a").await.json(),
        json!({"backupShare": S2})
    );
}

/// Whether no answer comes within a time in which any other would.
async fn is_late(answer: impl Future) -> bool {
    tokio::time::timeout(Duration::from_secs(2), answer)
        .await
        .is_err()
}
