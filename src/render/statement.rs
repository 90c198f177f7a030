//! A statement of a run's result for auditors and policies, ready to be signed: in-toto Statement v1 with the
//! predicate test-result v0.1. What it says and what it does not stands in `docs/statement.md`.

use super::wallets::is_of_webhooks;
use super::words::answer;
use super::{json, visible};
use crate::model::finding::Status;
use crate::model::report::{Report, RequirementResult, Ruling};
use crate::model::requirement::Level;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Digest algorithms by which a deployed thing can be named, and how many hexadecimal digits they have.
const ALGORITHMS: [(&str, usize); 2] = [("sha256", 64), ("gitCommit", 40)];

/// What was deployed for a run, on the word of whoever ran it: an image, or a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name, such as that of an image.
    pub name: String,
    /// `sha256` or `gitCommit`.
    pub algorithm: &'static str,
    /// The digest in lower-case hexadecimal digits.
    pub digest: String,
}

/// A text that names no subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is no subject: write NAME@sha256: and 64 hexadecimal digits, or NAME@gitCommit: and 40"
)]
pub struct NoSubject(String);

/// Why there is no statement of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStatement {
    /// It covers a part of the contract.
    #[error(
        "only a part of the contract is tested; leave out what selects cases, and merge shards first"
    )]
    Partial,
    /// It does not say whether the contract is kept.
    #[error("the run came to no result on the custodian: {}", .0.words())]
    NoResult(Ruling),
}

impl std::str::FromStr for Subject {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        let subject = || {
            let (name, digest) = text.rsplit_once('@')?;
            let (algorithm, digest) = digest.split_once(':')?;
            let known = ALGORITHMS.into_iter().find(|(it, _)| *it == algorithm)?;
            let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            let fits = digest.len() == known.1 && digest.chars().all(hex);
            (fits && !name.is_empty()).then(|| Self {
                name: name.to_owned(),
                algorithm: known.0,
                digest: digest.to_owned(),
            })
        };
        subject().ok_or_else(|| NoSubject(text.to_owned()))
    }
}

/// The requirements of a report by what a statement says of them.
pub(super) struct Tally<'a> {
    /// Seen to be kept.
    pub(super) passed: Vec<&'a str>,
    /// Seen to be broken, and no part of what must be kept.
    pub(super) warned: Vec<&'a str>,
    /// Seen to be broken. That a team has accepted it for now makes no difference here.
    pub(super) failed: Vec<&'a str>,
    /// Neither, by status.
    pub(super) open: [(Status, Vec<&'a str>); 3],
}

impl<'a> Tally<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let ids = |wanted: &dyn Fn(&RequirementResult) -> bool| -> Vec<&'a str> {
            let all = report.requirements.iter().filter(|it| wanted(it));
            all.map(|it| it.id.as_str()).collect()
        };
        let must = |it: &RequirementResult| {
            it.level == Level::Required || report.run.strict && it.level == Level::Recommended
        };
        let open = [Status::Undecided, Status::Errored, Status::Skipped];
        Self {
            passed: ids(&|it| it.status == Status::Passed),
            warned: ids(&|it| it.status == Status::Failed && !must(it)),
            failed: ids(&|it| it.status == Status::Failed && must(it)),
            open: open.map(|status| (status, ids(&|it| it.status == status))),
        }
    }

    /// In the predicate's words. Nothing that was not seen passes.
    fn result(&self) -> &'static str {
        let all_seen = self.open.iter().all(|(_, ids)| ids.is_empty());
        if !self.failed.is_empty() {
            "FAILED"
        } else if self.warned.is_empty() && all_seen {
            "PASSED"
        } else {
            "WARNED"
        }
    }
}

/// The statement, ended by a newline. It is about the JSON report, by the name given here and the digest of
/// what [`super::render`] makes of it, and about what was deployed.
pub fn statement(report: &Report, name: &str, deployed: &[Subject]) -> Result<String, NoStatement> {
    if !report.run.whole {
        return Err(NoStatement::Partial);
    }
    match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform | Ruling::Drift => {}
        Ruling::CouldNotTest
        | Ruling::Undecided
        | Ruling::Refused
        | Ruling::InternalError
        | Ruling::Interrupted => return Err(NoStatement::NoResult(report.outcome.verdict)),
    }
    let digest = format!("{:x}", Sha256::digest(json::render(report)));
    let deployed = deployed
        .iter()
        .map(|it| json!({ "name": it.name, "digest": { it.algorithm: it.digest } }));
    let itself = json!({ "name": name, "digest": { "sha256": digest } });
    let subject: Vec<Value> = deployed.chain([itself]).collect();
    let tally = Tally::of(report);
    Ok(visible::json(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": tally.result(),
            "configuration": configuration(report, &tally),
            "passedTests": tally.passed,
            "warnedTests": tally.warned,
            "failedTests": tally.failed,
        },
    })))
}

/// What was tested, against what and how. Requirements without an answer are told with the run: the predicate has no
/// list for them.
fn configuration(report: &Report, tally: &Tally<'_>) -> Value {
    let (run, outcome) = (&report.run, &report.outcome);
    let mut about = json!({
        "startedAt": run.started_at,
        "durationMs": run.duration_ms,
        // As a number it would lose digits in readers that know floating point only.
        "seed": run.seed.to_string(),
        "requests": run.requests,
        "strict": run.strict,
        "verdict": outcome.verdict,
        "exitCode": outcome.exit_code,
        "stage": outcome.stage,
        "answer": answer(report).0,
        "multiBackupSafe": outcome.multi_backup_safe,
        "cases": report.counts.cases,
    });
    if is_of_webhooks(report) {
        about["speaksOf"] = json!("the webhooks only");
    }
    if let Some(wallets) = &report.wallets {
        about["walletsPutTogether"] = json!({ "whole": wallets.whole, "of": wallets.of });
    }
    if let Some(build) = &run.build {
        about["build"] = json!(build);
    }
    for (status, ids) in &tally.open {
        about[status.name()] = json!(ids);
    }
    json!([
        {
            "name": "suite",
            "digest": { "sha256": report.tool.suite },
            "annotations": {
                "tool": report.tool.name,
                "version": report.tool.version,
                "contract": run.contract.name(),
            },
        },
        { "name": "target", "uri": run.target },
        { "name": "run", "uri": format!("urn:uuid:{}", run.id), "annotations": about },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Format, Style, render, sample};
    use rstest::rstest;

    fn with(verdict: Ruling, statuses: &[(&str, Level, Status)]) -> Report {
        let like = sample::report();
        let mut report = like.clone();
        report.outcome.verdict = verdict;
        report.requirements = statuses
            .iter()
            .map(|(id, level, status)| RequirementResult {
                id: (*id).to_owned(),
                level: *level,
                status: *status,
                ..like.requirements[0].clone()
            })
            .collect();
        report
    }

    fn stated(report: &Report) -> Value {
        serde_json::from_str(&statement(report, "report.json", &[]).unwrap()).unwrap()
    }

    #[rstest]
    #[case(Ruling::Conforms, Level::Required, Status::Passed, "PASSED")]
    #[case(Ruling::Drift, Level::Required, Status::Passed, "PASSED")]
    #[case(Ruling::Conforms, Level::Recommended, Status::Failed, "WARNED")]
    #[case(Ruling::Conforms, Level::Recommended, Status::Undecided, "WARNED")]
    #[case(Ruling::Conforms, Level::Required, Status::Skipped, "WARNED")]
    #[case(Ruling::DoesNotConform, Level::Required, Status::Failed, "FAILED")]
    // Accepted for now by a team: the gate is green, the contract is broken.
    #[case(Ruling::Conforms, Level::Required, Status::Failed, "FAILED")]
    fn the_result_is_that_of_the_contract(
        #[case] verdict: Ruling,
        #[case] level: Level,
        #[case] status: Status,
        #[case] expected: &str,
    ) {
        let kept = ("a.kept", Level::Required, Status::Passed);
        let stated = stated(&with(verdict, &[kept, ("b.other", level, status)]));
        assert_eq!(stated["predicate"]["result"], expected);
    }

    #[test]
    fn every_requirement_stands_in_one_place() {
        for report in sample::all() {
            let Ok(text) = statement(&report, "report.json", &[]) else {
                continue;
            };
            let stated: Value = serde_json::from_str(&text).unwrap();
            let predicate = &stated["predicate"];
            let about = &predicate["configuration"][2]["annotations"];
            let lists = [
                &predicate["passedTests"],
                &predicate["warnedTests"],
                &predicate["failedTests"],
                &about["undecided"],
                &about["errored"],
                &about["skipped"],
            ];
            let mut told: Vec<&str> = lists
                .iter()
                .flat_map(|list| list.as_array().unwrap())
                .map(|id| id.as_str().unwrap())
                .collect();
            let mut all: Vec<&str> = report.requirements.iter().map(|it| &*it.id).collect();
            told.sort_unstable();
            all.sort_unstable();
            assert_eq!(told, all);
        }
    }

    #[test]
    fn strict_lets_what_is_recommended_fail() {
        let broken = ("b.other", Level::Recommended, Status::Failed);
        let mut report = with(Ruling::DoesNotConform, &[broken]);
        report.run.strict = true;
        assert_eq!(
            stated(&report)["predicate"]["failedTests"],
            json!(["b.other"])
        );
    }

    #[test]
    fn a_part_of_the_contract_and_a_run_without_a_result_are_refused() {
        let mut report = sample::report();
        report.run.whole = false;
        assert_eq!(
            statement(&report, "report.json", &[]),
            Err(NoStatement::Partial)
        );
        for verdict in [
            Ruling::CouldNotTest,
            Ruling::Undecided,
            Ruling::Refused,
            Ruling::InternalError,
            Ruling::Interrupted,
        ] {
            let refused = statement(&with(verdict, &[]), "report.json", &[]);
            assert_eq!(refused, Err(NoStatement::NoResult(verdict)));
        }
    }

    #[test]
    fn the_report_is_bound_by_the_digest_of_its_file() {
        let report = sample::report();
        let file = render(Format::Json, &report, &Style::default());
        let digest = format!("{:x}", Sha256::digest(file));
        let image = format!("registry.example.com/custodian@sha256:{}", "ab".repeat(32));
        let text = statement(&report, "report.json", &[image.parse().unwrap()]).unwrap();
        let stated: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            stated["subject"],
            json!([
                { "name": "registry.example.com/custodian", "digest": { "sha256": "ab".repeat(32) } },
                { "name": "report.json", "digest": { "sha256": digest } },
            ])
        );
    }

    #[rstest]
    #[case(&format!("custodian@sha256:{}", "0f".repeat(32)), true)]
    #[case(&format!("host:5000/a@b/c:1@sha256:{}", "0f".repeat(32)), true)]
    #[case(&format!("https://example.com/custodian.git@gitCommit:{}", "0f".repeat(20)), true)]
    #[case("custodian@sha256:0f", false)]
    #[case(&format!("custodian@sha256:{}", "0F".repeat(32)), false)]
    #[case(&format!("custodian@md5:{}", "0f".repeat(16)), false)]
    #[case(&format!("@sha256:{}", "0f".repeat(32)), false)]
    #[case("custodian:latest", false)]
    fn a_subject_is_named_by_a_digest(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(text.parse::<Subject>().is_ok(), fits);
    }
}
