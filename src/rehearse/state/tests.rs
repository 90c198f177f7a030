use super::*;
use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::rehearsal::Pattern;
use std::io::Write as _;

fn header() -> Header {
    Header {
        format: FORMAT,
        run: "0a1b2c3d-0000-4000-8000-000000000000".to_owned(),
        seed: 7,
        target: "http://127.0.0.1:1/".to_owned(),
        began: "2026-01-01T00:00:00Z".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

fn client(id: &str, pattern: Pattern, serial: u32) -> Line {
    Line::Client(Client {
        id: id.to_owned(),
        role: Role {
            pattern,
            with_method: false,
            aside: false,
        },
        given: vec![(serial, None, Shape::Plain)],
        held: Vec::new(),
    })
}

fn lines() -> Vec<Line> {
    let intent = |serial| {
        Line::Intent(Intent {
            serial,
            id: "load".to_owned(),
            method: None,
            shape: Shape::Plain,
            when: When::During,
        })
    };
    let outcome = |serial, status| {
        Line::Outcome(Outcome {
            serial,
            answer: Answer {
                status,
                at_ms: 5,
                took_ms: 2,
                ..Answer::default()
            },
        })
    };
    vec![
        Line::Rehearsal(header()),
        Line::Old(Contract::V5),
        client("kept", Pattern::One, 1),
        client("load", Pattern::Load, 2),
        Line::Seeded(Seeded {
            clients: 2,
            shares: 2,
        }),
        intent(3),
        outcome(3, Some(200)),
        intent(4),
        outcome(4, Some(502)),
        intent(5),
    ]
}

fn text(lines: &[Line]) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        text.extend(serde_json::to_vec(line).unwrap());
        text.push(b'\n');
    }
    text
}

fn read(bytes: &[u8]) -> Result<State, StateError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    State::read(&file)
}

#[test]
fn what_was_sent_and_answered_is_read_back() {
    let state = read(&text(&lines())).unwrap();
    let stores: Vec<(u32, Taken)> = state.spares[0]
        .book
        .stores
        .iter()
        .map(|it| (it.serial, it.taken))
        .collect();
    let expected = [
        (2, Taken::Acknowledged),
        (3, Taken::Acknowledged),
        (4, Taken::Unanswered),
        (5, Taken::Unanswered),
    ];
    assert_eq!(stores, expected);
    assert_eq!((state.next_serial, state.spares.len()), (6, 1));
    assert_eq!((state.served.requests, state.served.failed), (2, 1));
    assert!(state.has_load());
}

/// Wherever a crash cuts the file, what is left can be read, and no store counts as acknowledged whose answer is not there.
#[test]
fn a_file_that_is_cut_anywhere_says_no_more_than_was_known() {
    let whole = text(&lines());
    let first = whole.iter().position(|it| *it == b'\n').unwrap() + 1;
    for end in first..whole.len() {
        let state = read(&whole[..end]).unwrap();
        let whole_lines = usize::try_from(state.bytes).unwrap();
        assert!(whole_lines <= end);
        let there = String::from_utf8_lossy(&whole[..whole_lines]).into_owned();
        for spare in &state.spares {
            for stored in spare
                .book
                .stores
                .iter()
                .filter(|it| it.step == Step::During)
            {
                let answered = there.contains(&format!("{{\"outcome\":{{\"n\":{}", stored.serial));
                let acknowledged = stored.taken == Taken::Acknowledged;
                assert!(answered || !acknowledged, "{there}");
            }
        }
    }
}

#[test]
fn what_is_no_state_or_damaged_is_told_with_its_line() {
    let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(told(b"").contains("no state"));
    assert!(told(b"{\"a\":1}\n").contains("no state"));
    let mut all = text(&lines());
    all.extend(b"{\"intent\":{}}\n");
    assert!(
        told(&all).starts_with("line 11 is damaged"),
        "{}",
        told(&all)
    );
    let newer = Line::Rehearsal(Header {
        format: 2,
        ..header()
    });
    assert!(told(&text(&[newer])).contains("format 2"));
}

#[tokio::test]
async fn what_is_added_stands_behind_whole_lines_and_nobody_else_can_add() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let mut bytes = text(&lines());
    bytes.extend(b"{\"intent\":{\"n\":6,\"id\":\"lo");
    std::fs::write(&path, bytes).unwrap();
    let (state, journal) = State::open(&path).unwrap();
    assert!(matches!(State::open(&path), Err(StateError::InUse)));
    let outcome = Outcome {
        serial: 5,
        answer: Answer {
            status: Some(204),
            ..Answer::default()
        },
    };
    journal.write(&Line::Outcome(outcome)).await.unwrap();
    journal.close().unwrap();
    let (again, _journal) = State::open(&path).unwrap();
    assert_eq!(again.lines, state.lines + 1);
    assert_eq!(again.spares[0].book.stores[3].taken, Taken::Acknowledged);
    let kept: Vec<String> = again
        .kept(&path)
        .unwrap()
        .map(|it| it.unwrap().book.client)
        .collect();
    assert_eq!(kept, ["kept"]);
}

#[tokio::test]
async fn a_file_that_is_there_is_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    State::create(&path, &header(), false)
        .unwrap()
        .close()
        .unwrap();
    assert!(State::create(&path, &header(), false).is_err());
    State::create(&path, &header(), true)
        .unwrap()
        .close()
        .unwrap();
    let state = State::read(&File::open(&path).unwrap()).unwrap();
    assert_eq!((state.lines, state.seeded), (1, None));
}
