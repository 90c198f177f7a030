//! `during` is killed at any moment: what its state says is never more, and never less, than what was so.

use super::custodian::{Custodian, How};
use super::{judged, rehearse};
use crate::bench::{code, told};
use sharecheck::contract::Contract;
use sharecheck::exchange::RawReply;
use sharecheck::model::history::{Span, Taken};
use sharecheck::rehearsal::{Answered, Stored, look};
use sharecheck::rehearse::state::State;
use std::fs::File;
use std::process::Stdio;

/// How often it is killed: each takes a start of the process.
const KILLS: usize = 200;

/// Whether a store may have been what a slot held last, by the order of what the file says.
fn is_last(stores: &[Stored], at: usize) -> bool {
    let later = stores[at + 1..]
        .iter()
        .filter(|it| it.method == stores[at].method);
    later.clone().all(|it| it.taken == Taken::Refused)
}

#[test]
fn killed_at_any_moment_it_calls_no_lost_share_kept_and_no_kept_one_lost() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(How::Right, false, folder.path().join("deployed"));
    let mut command = rehearse(folder.path(), "before");
    command.args([
        "--url",
        &custodian.url,
        "--client-id",
        "a,b,c,d,e,f,g,h",
        "--state",
        "s.ndjson",
    ]);
    let (output, _) = judged(command, folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    let path = folder.path().join("s.ndjson");
    let mut dice = fastrand::Rng::with_seed(15);
    let mut open = 0;
    for round in 0..KILLS {
        let before = custodian.requests();
        let mut command = rehearse(folder.path(), "during");
        command
            .args(["--state", "s.ndjson", "--rate", "1000/s"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let wanted = before + dice.usize(1..12);
        let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while custodian.requests() < wanted {
            assert!(std::time::Instant::now() < until, "nothing is sent");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let state = State::read(&File::open(&path).unwrap()).unwrap();
        let marks = state.marks();
        for spare in &state.spares {
            let there = custodian.held(&spare.book.client);
            let seen = |texts: &[String]| {
                let body = serde_json::json!({ "backupShares": texts }).to_string();
                let raw = RawReply {
                    status: 200,
                    headers: Vec::new(),
                    body: body.into_bytes(),
                };
                look(
                    &spare.book,
                    Contract::V6,
                    &marks,
                    &Answered::of(&raw).unwrap(),
                )
            };
            let looked = seen(&there);
            assert!(
                looked.faults.is_empty(),
                "round {round}: a kept share is called lost: {looked:?}"
            );
            // Without one that was acknowledged last it is a loss, whatever else is there.
            let stores = &spare.book.stores;
            open += stores
                .iter()
                .filter(|it| it.taken == Taken::Unanswered)
                .count();
            let mut acknowledged = stores
                .iter()
                .enumerate()
                .filter(|(_, it)| it.taken == Taken::Acknowledged);
            if let Some((_, last)) = acknowledged.rfind(|(at, _)| is_last(stores, *at)) {
                let mark = sharecheck::contract::share::mark(&marks.run, last.serial);
                let without: Vec<String> = there
                    .iter()
                    .filter(|it| !it.contains(&mark))
                    .cloned()
                    .collect();
                assert_eq!(without.len() + 1, there.len(), "round {round}: it is there");
                assert!(
                    seen(&without).lacks_a_share(),
                    "round {round}: a lost share is called kept"
                );
            }
            let never = Span {
                from_us: 0,
                to_us: 0,
            };
            assert!(stores.iter().all(|it| it.span != never));
        }
    }
    assert!(open > 0, "some kills came between an intent and its answer");
    let mut command = rehearse(folder.path(), "after");
    command.args(["--state", "s.ndjson", "--settle", "500ms"]);
    let (output, _) = judged(command, folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(custodian.odd(), [""; 0]);
}
