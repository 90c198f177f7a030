use super::*;
use crate::exchange::{Exchange, Redactor, Trouble};
use crate::rehearsal::look::{Fault, Looked};
use crate::rehearsal::{Book, Marks, exchange};

fn shown(symbol: &str) -> Exchange {
    let marks = Marks {
        run: "0a1b2c3d".to_owned(),
        seed: 1,
    };
    let book = Book {
        client: "c".to_owned(),
        ..Book::default()
    };
    exchange(
        (symbol, &book, None),
        &marks,
        Err(&Trouble::Closed),
        &Redactor::default(),
        (0, 1),
    )
}

fn looked(code: Option<&'static str>) -> Looked {
    let fault = |code| Fault {
        code,
        words: format!("is {code}"),
    };
    Looked {
        faults: code.into_iter().map(fault).collect(),
        shares: 1,
        ..Looked::default()
    }
}

fn told(case: Case, sums: Sums, migrated: bool) -> CaseResult {
    let told = Told {
        case,
        sums,
        migrated,
    };
    cases(vec![told], None, &Requirements::default()).remove(0)
}

#[rstest::rstest]
#[case("lost", "share.read-after-write")]
#[case("two-kept", "replace.same-method")]
#[case("not-replaced", "replace.same-method")]
#[case("duplicate", "replace.same-method")]
#[case("cut", "share.verbatim")]
#[case("unrecognisable", "share.verbatim")]
#[case("debris", "share.verbatim")]
#[case("no-backup-shares", "fetch.array")]
#[case("share-of-another", "fetch.isolated")]
#[case("refused", "endpoint.backup")]
fn what_the_old_version_does_wrong_breaks_the_requirement_that_speaks_of_it(
    #[case] code: &'static str,
    #[case] requirement: &str,
) {
    let mut sums = Sums::default();
    sums.add("c", &looked(Some(code)), shown);
    let told = told(Case::Seeded(Pattern::One), sums, false);
    let failed = told.checks.iter().filter(|it| it.status == Status::Failed);
    let failed: Vec<&str> = failed.map(|it| it.requirement.as_str()).collect();
    assert_eq!(failed, [requirement]);
}

#[test]
fn a_loss_breaks_both_requirements_and_a_changed_text_the_first() {
    let case = Case::Kept(Pattern::One);
    for (code, expected) in [
        ("lost", [Status::Failed, Status::Failed]),
        ("cut", [Status::Failed, Status::Passed]),
    ] {
        let mut sums = Sums::default();
        for number in 0..5 {
            sums.add(
                &format!("c{number}"),
                &looked((number > 0).then_some(code)),
                shown,
            );
        }
        assert_eq!(sums.exchanges.len(), 3, "its size does not grow");
        let result = told(case, sums, true);
        let statuses: Vec<Status> = result.checks.iter().map(|it| it.status).collect();
        assert_eq!(statuses, expected);
        assert!(
            result.checks[0]
                .message
                .starts_with("4 of 5 clients: client c1"),
            "{result:?}"
        );
        assert_eq!(result.clients["1"], "c1");
    }
}

#[test]
fn what_could_not_be_looked_at_is_no_pass_and_no_loss() {
    let mut sums = Sums::default();
    sums.add("a", &looked(None), shown);
    sums.add_unseen("503");
    assert_eq!(
        told(Case::Kept(Pattern::One), sums, false).status,
        Status::Errored
    );
    let mut sums = Sums::default();
    sums.add(
        "a",
        &Looked {
            another_run: true,
            ..looked(Some("lost"))
        },
        shown,
    );
    assert_eq!(
        told(Case::Kept(Pattern::One), sums, false).status,
        Status::Errored
    );
    assert_eq!(
        told(Case::Kept(Pattern::One), Sums::default(), false).status,
        Status::Undecided
    );
}

#[test]
fn without_a_request_nothing_was_served() {
    let served = Served::default();
    let result = cases(Vec::new(), Some(&served), &Requirements::default()).remove(0);
    assert_eq!(result.status, Status::Undecided);
}
