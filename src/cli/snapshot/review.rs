//! `snapshot review`: one change after the other is shown and asked about. What was accepted goes into the approved file,
//! what was rejected out of the one that waits.

use super::file::{SnapshotError, SnapshotFile, written};
use super::{accept, first, found, reject, waiting};
use crate::cli::artifacts::write_whole;
use crate::cli::reports::plain_style;
use crate::cli::{Error, say, warn};
use sharecheck::model::behaviour::{Behaviour, Change, Drift};
use sharecheck::render::drift;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn review(snapshots: &[SnapshotFile]) -> Result<ExitCode, Error> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(SnapshotError::NoTerminal.into());
    }
    if snapshots.is_empty() {
        say("nothing is pending below this folder")?;
    }
    for snapshot in snapshots {
        if review_one(snapshot, &mut answer)? == Next::Quit {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is done with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// Whether the review goes on with the next file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    File,
    Quit,
}

/// Asks for what is done with what was shown.
type Ask<'a> = &'a mut dyn FnMut(&str) -> Result<Answer, Error>;

fn review_one(snapshot: &SnapshotFile, ask: Ask<'_>) -> Result<Next, Error> {
    let pending = waiting(snapshot)?;
    let name = snapshot.to_string();
    let Some(approved) = snapshot.approved()? else {
        say(&first(snapshot, &pending))?;
        return all(snapshot, ask);
    };
    let drift = found(&pending, &approved);
    let head = drift::conclusion(&drift, &name, &plain_style());
    say(&format!("{name}\n{head}"))?;
    if drift.apart.is_some() || drift.changes.is_empty() {
        return all(snapshot, ask);
    }
    let mut review = Review {
        approved,
        pending,
        accepted: 0,
        rejected: 0,
    };
    let next = review.ask(&drift, ask)?;
    review.keep(snapshot, &drift)?;
    Ok(next)
}

/// The file as a whole: there is nothing in it that could be compared.
fn all(snapshot: &SnapshotFile, ask: Ask<'_>) -> Result<Next, Error> {
    match ask(&snapshot.to_string())? {
        Answer::Accept => accept(snapshot)?,
        Answer::Reject => reject(snapshot)?,
        Answer::Skip => {}
        Answer::Quit => return Ok(Next::Quit),
    }
    Ok(Next::File)
}

/// A review of one file under way.
struct Review {
    approved: Behaviour,
    pending: Behaviour,
    accepted: usize,
    rejected: usize,
}

impl Review {
    /// Goes through the changes, until all were asked about or nothing more is to be.
    fn ask(&mut self, drift: &Drift, ask: Ask<'_>) -> Result<Next, Error> {
        let of = drift.changes.len();
        for (number, change) in (1..).zip(&drift.changes) {
            say(&drift::change(change, number, of, &plain_style()))?;
            match ask(&format!("change {number} of {of}"))? {
                Answer::Accept => self.accept(change),
                Answer::Reject => self.reject(change),
                Answer::Skip => {}
                Answer::Quit => return Ok(Next::Quit),
            }
        }
        Ok(Next::File)
    }

    fn accept(&mut self, change: &Change) {
        self.approved.take(&self.pending, change);
        self.accepted += 1;
    }

    fn reject(&mut self, change: &Change) {
        self.pending.take(&self.approved, change);
        self.rejected += 1;
    }

    /// Writes what was made of both files.
    fn keep(mut self, snapshot: &SnapshotFile, drift: &Drift) -> Result<(), Error> {
        let all = drift.changes.len();
        if self.accepted == all {
            return accept(snapshot);
        }
        if self.rejected == all {
            return reject(snapshot);
        }
        // What is left of a suite that has changed are cases that nobody has approved.
        let suite = |drift: &Drift| drift.of_the_suite().iter().any(|ids| !ids.is_empty());
        if !suite(&found(&self.pending, &self.approved)) {
            self.approved.suite.clone_from(&self.pending.suite);
        }
        if self.accepted > 0 {
            write(&snapshot.approved, &self.approved)?;
        }
        let left = all - self.accepted - self.rejected;
        if left == 0 {
            std::fs::remove_file(&snapshot.pending).map_err(|cause| Error::Unremovable {
                path: snapshot.pending.clone(),
                cause,
            })?;
        } else if self.accepted + self.rejected > 0 {
            write(&snapshot.pending, &self.pending)?;
        }
        say(&format!(
            "{snapshot}: {} accepted, {} rejected, {left} left",
            self.accepted, self.rejected
        ))
    }
}

fn write(path: &Path, behaviour: &Behaviour) -> Result<(), Error> {
    write_whole(path, &written(behaviour)).map_err(|cause| Error::unwritable(path, cause))
}

/// Asks until it is told; the end of the input ends the review.
fn answer(what: &str) -> Result<Answer, Error> {
    loop {
        warn(&format!("{what}: accept, reject, skip or quit?"));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if read.map_err(Error::Terminal)? == 0 {
            return Ok(Answer::Quit);
        }
        if let Some(answer) = read_answer(&line) {
            return Ok(answer);
        }
    }
}

/// The word, or its first letter.
fn read_answer(line: &str) -> Option<Answer> {
    match line.trim() {
        "a" | "accept" => Some(Answer::Accept),
        "r" | "reject" => Some(Answer::Reject),
        "s" | "skip" => Some(Answer::Skip),
        "q" | "quit" => Some(Answer::Quit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const APPROVED: &str = "contract v6\nclients made up\nsuite 1\n\nwhat the contract leaves free\n\n\
        case one\n  One\n  passed store.kept\n  1 store a M s → 200 {stored}\n  2 fetch a → 200 backupShares [s]\n\n\
        case two\n  Two\n  passed fetch.array\n  1 store a M s → 200 {stored}\n";

    fn behaviour(text: &str) -> Behaviour {
        Behaviour::read(text).unwrap()
    }

    /// Stores are answered with 204, and one requirement is broken: two changes, the broken one first.
    fn pending() -> Behaviour {
        let text = APPROVED.replace("200 {stored}", "204 no body");
        let text = text.replace("passed store.kept", "failed store.kept: lost");
        behaviour(&text.replace("backupShares [s]", "backupShares []"))
    }

    fn files(folder: &Path) -> SnapshotFile {
        let snapshot = SnapshotFile::of(&folder.join("custodian"));
        let approved = written(&behaviour(APPROVED));
        std::fs::write(&snapshot.approved, approved).unwrap();
        std::fs::write(&snapshot.pending, written(&pending())).unwrap();
        snapshot
    }

    fn reviewed(snapshot: &SnapshotFile, answers: &[Answer]) -> (Next, Vec<String>) {
        let mut left = answers.iter();
        let mut asked = Vec::new();
        let next = review_one(snapshot, &mut |what| {
            asked.push(what.to_owned());
            Ok(*left.next().unwrap())
        });
        assert_eq!(left.next(), None);
        (next.unwrap(), asked)
    }

    #[test]
    fn each_change_is_asked_about_once_however_many_cases_show_it() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = files(folder.path());
        let (next, asked) = reviewed(&snapshot, &[Answer::Skip, Answer::Skip]);
        assert_eq!(asked, ["change 1 of 2", "change 2 of 2"]);
        assert_eq!(next, Next::File);
        assert_eq!(snapshot.approved().unwrap(), Some(behaviour(APPROVED)));
        assert_eq!(snapshot.pending().unwrap(), Some(pending()));
    }

    #[test]
    fn what_is_accepted_is_approved_and_what_is_skipped_waits() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = files(folder.path());
        reviewed(&snapshot, &[Answer::Skip, Answer::Accept]);
        let expected = APPROVED.replace("200 {stored}", "204 no body");
        assert_eq!(snapshot.approved().unwrap(), Some(behaviour(&expected)));
        assert_eq!(snapshot.pending().unwrap(), Some(pending()));
        let (_, asked) = reviewed(&snapshot, &[Answer::Skip]);
        assert_eq!(
            asked,
            ["change 1 of 1"],
            "what is approved is asked about no more"
        );
    }

    #[test]
    fn what_is_rejected_waits_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = files(folder.path());
        reviewed(&snapshot, &[Answer::Reject, Answer::Skip]);
        assert_eq!(snapshot.approved().unwrap(), Some(behaviour(APPROVED)));
        let expected = APPROVED.replace("200 {stored}", "204 no body");
        assert_eq!(snapshot.pending().unwrap(), Some(behaviour(&expected)));
        reviewed(&snapshot, &[Answer::Reject]);
        assert_eq!(snapshot.pending().unwrap(), None);
    }

    #[test]
    fn who_quits_keeps_what_was_decided_before() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = files(folder.path());
        let (next, _) = reviewed(&snapshot, &[Answer::Accept, Answer::Quit]);
        assert_eq!(next, Next::Quit);
        let approved = snapshot.approved().unwrap().unwrap();
        assert_eq!(approved.cases[0].verdicts, ["failed store.kept: lost"]);
        assert!(approved.text().contains("1 store a M s → 200 {stored}"));
        assert_eq!(snapshot.pending().unwrap(), Some(pending()));
    }

    #[test]
    fn all_accepted_is_the_file_that_waited() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = files(folder.path());
        reviewed(&snapshot, &[Answer::Accept, Answer::Accept]);
        assert_eq!(snapshot.approved().unwrap(), Some(pending()));
        assert_eq!(snapshot.pending().unwrap(), None);
    }

    #[rstest]
    #[case("accept\n", Some(Answer::Accept))]
    #[case("r\n", Some(Answer::Reject))]
    #[case(" skip \n", Some(Answer::Skip))]
    #[case("quit", Some(Answer::Quit))]
    #[case("yes\n", None)]
    fn an_answer_is_a_word_or_its_first_letter(
        #[case] line: &str,
        #[case] expected: Option<Answer>,
    ) {
        assert_eq!(read_answer(line), expected);
    }
}
