use super::*;
use crate::contract::share::{self, Shape};
use crate::model::history::Taken::Acknowledged;
use crate::rehearsal::Step;
use crate::rehearsal::book::tests::{book, stored};
use rstest::rstest;
use serde_json::json;

fn marks() -> Marks {
    Marks {
        run: "0a1b2c3d".to_owned(),
        seed: 7,
    }
}

fn text(serial: u32) -> String {
    share::text("0a1b2c3d", 7, serial, Shape::Plain)
}

fn seen(stores: Vec<Stored>, old: Contract, status: u16, answer: &str) -> Looked {
    let raw = RawReply {
        status,
        headers: Vec::new(),
        body: answer.as_bytes().to_vec(),
    };
    look(&book(stores), old, &marks(), &Answered::of(&raw).unwrap())
}

fn two() -> Vec<Stored> {
    let of = |serial, method, taken| stored(serial, method, Step::Before, taken);
    vec![
        of(1, None, Acknowledged),
        of(2, Some("GDRIVE"), Acknowledged),
    ]
}

fn codes(looked: &Looked) -> Vec<&str> {
    looked.faults.iter().map(|it| it.code).collect()
}

fn shares(texts: &[String]) -> String {
    json!({ "backupShares": texts }).to_string()
}

#[rstest]
#[case(&[1, 2], &[])]
#[case(&[2, 1], &[])]
#[case(&[2], &["lost"])]
#[case(&[1, 2, 2], &["duplicate"])]
#[case(&[1, 2, 9], &["share-of-another"])]
fn what_is_there_is_held_against_what_was_stored(#[case] there: &[u32], #[case] expected: &[&str]) {
    let texts: Vec<String> = there.iter().map(|it| text(*it)).collect();
    let looked = seen(two(), Contract::V6, 200, &shares(&texts));
    assert_eq!(codes(&looked), expected, "{looked:?}");
    assert!(!looked.foreign && !looked.another_run);
}

#[test]
fn what_a_migration_may_do_to_a_text_is_told_apart() {
    let one = || vec![stored(1, None, Step::Before, Acknowledged)];
    let cut = text(1)[..255].to_owned();
    let written: serde_json::Value = serde_json::from_str(&text(1)).unwrap();
    let spaced = serde_json::to_string_pretty(&written).unwrap();
    let sealed = "c2VhbGVk".repeat(40);
    for (came, code) in [
        (cut, "cut"),
        (spaced, "white-space"),
        (sealed, "unrecognisable"),
    ] {
        let looked = seen(one(), Contract::V5, 200, &shares(&[came]));
        assert_eq!(codes(&looked), [code]);
        assert!(!looked.foreign);
    }
}

#[test]
fn somebodys_share_is_foreign_and_another_runs_is_told_as_that() {
    let own = [text(1), text(2)];
    let foreign = shares(&[&own[..], &[r#"{"p":1}"#.to_owned()]].concat());
    let looked = seen(two(), Contract::V6, 200, &foreign);
    assert!(looked.foreign && looked.faults.is_empty(), "{looked:?}");
    let other = share::text("ffffffff", 7, 1, Shape::Plain);
    let looked = seen(two(), Contract::V6, 200, &shares(&[text(2), other.clone()]));
    assert!(looked.another_run && !looked.foreign);
    let mut known = book(two());
    known.leftovers.push(digest(&other));
    let raw = RawReply {
        status: 200,
        headers: Vec::new(),
        body: shares(&[text(1), text(2), other]).into_bytes(),
    };
    let looked = look(&known, Contract::V6, &marks(), &Answered::of(&raw).unwrap());
    assert!(
        !looked.another_run && looked.faults.is_empty(),
        "{looked:?}"
    );
}

#[test]
fn an_unknown_client_has_no_share_and_a_failure_is_no_answer() {
    let looked = seen(two(), Contract::V6, 404, r#"{"error":"no such client"}"#);
    assert_eq!(codes(&looked), ["lost", "lost"]);
    for (status, body) in [
        (404, "<html>"),
        (500, "{}"),
        (401, "{}"),
        (429, ""),
        (302, ""),
    ] {
        let raw = RawReply {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        assert!(Answered::of(&raw).is_err(), "{status}");
    }
}

#[test]
fn an_old_v5_answers_with_the_last_one() {
    let stores = vec![
        stored(1, None, Step::Before, Acknowledged),
        stored(2, None, Step::Before, Acknowledged),
    ];
    let legacy = |serial| json!({ "backupShare": text(serial) }).to_string();
    assert!(
        seen(stores.clone(), Contract::V5, 200, &legacy(2))
            .faults
            .is_empty()
    );
    assert_eq!(
        codes(&seen(stores, Contract::V5, 200, &legacy(1))),
        ["not-replaced"]
    );
}

#[test]
fn an_answer_in_a_form_of_nobody_is_of_no_use() {
    let one = vec![stored(1, None, Step::Before, Acknowledged)];
    let bare = json!([text(1)]).to_string();
    assert_eq!(
        codes(&seen(one, Contract::V5, 200, &bare)),
        ["no-backup-shares"]
    );
}

#[test]
fn nothing_of_a_foreign_text_is_in_an_exchange() {
    let raw = RawReply {
        status: 200,
        headers: Vec::new(),
        body: shares(&[text(1), r#"{"p":90210777333111}"#.to_owned()]).into_bytes(),
    };
    let told = exchange(
        ("a", &book(two()), None),
        &marks(),
        Ok(&raw),
        &Redactor::default(),
        (0, 9),
    );
    let json = serde_json::to_string(&told).unwrap();
    assert!(
        !json.contains("90210777333111") && !json.contains(&text(1)[40..90]),
        "{json}"
    );
}
