//! Transcript to case result: every requirement that the case names, and those that hold in every case.
//! Pure: the same transcript gives the same result, now or from a recorded run.

use crate::check::script::{Break, Walk, walk};
use crate::check::{ALWAYS, Ask, ask_of};
use crate::contract::Contract;
use crate::model::finding::{CODES, Check, Finding, Status, Verdict};
use crate::model::report::CaseResult;
use crate::model::requirement::Requirements;
use crate::model::transcript::{CutShort, Transcript};

/// A transcript and what the judge says of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was sent and what came back.
    pub transcript: Transcript,
    /// The answers, the case's own requirement first.
    pub checks: Vec<Check>,
}

/// Judges one transcript.
pub fn judge(transcript: &Transcript, requirements: &Requirements) -> Vec<Check> {
    match &transcript.cut_short {
        Some(CutShort::NotApplicable(why)) => {
            blanket(transcript, requirements, Status::Skipped, why)
        }
        Some(CutShort::Environment(why)) => untestable(transcript, requirements, why),
        Some(CutShort::NotFresh) => blanket(
            transcript,
            requirements,
            Status::Undecided,
            "the client has held a share before",
        ),
        Some(CutShort::Unreachable(why)) if transcript.exchanges.is_empty() => {
            untestable(transcript, requirements, why)
        }
        Some(CutShort::Ended(_) | CutShort::Unreachable(_)) | None => ask(transcript, requirements),
    }
}

/// Blames the environment for all that a transcript should have shown.
pub fn untestable(transcript: &Transcript, requirements: &Requirements, why: &str) -> Vec<Check> {
    blanket(transcript, requirements, Status::Errored, why)
}

impl From<Judged> for CaseResult {
    fn from(Judged { transcript, checks }: Judged) -> Self {
        let expected: Vec<Option<String>> = transcript
            .exchanges
            .iter()
            .map(|exchange| Some(transcript.request(exchange)?.expected()))
            .collect();
        let Transcript {
            trial,
            bound,
            opening,
            mut exchanges,
            ..
        } = transcript;
        for (exchange, expected) in exchanges.iter_mut().zip(expected) {
            exchange.expected = expected;
        }
        Self {
            status: Status::of(checks.iter().map(|check| check.status)),
            id: trial.id,
            title: trial.title,
            checks,
            fresh: trial.fresh,
            clients: bound,
            exchanges: opening.into_iter().chain(exchanges).collect(),
        }
    }
}

/// The same answer for each requirement that the case names.
fn blanket(
    transcript: &Transcript,
    requirements: &Requirements,
    status: Status,
    why: &str,
) -> Vec<Check> {
    let named = transcript.trial.requirements();
    named
        .map(|id| bare(id, requirements, status, "not-run", why.to_owned()))
        .collect()
}

fn ask(transcript: &Transcript, requirements: &Requirements) -> Vec<Check> {
    let walk = walk(transcript);
    let mut checks: Vec<Check> = transcript
        .trial
        .requirements()
        .map(|id| {
            check(
                id,
                named(id, id == transcript.trial.requirement, transcript, &walk),
                requirements,
            )
        })
        .collect();
    let looks = ALWAYS
        .iter()
        .filter_map(|id| match (ask_of(id)?.look)(transcript) {
            Verdict::Broken(finding) => Some((*id, finding)),
            Verdict::Kept | Verdict::Unknown(_) | Verdict::Blocked { .. } => None,
        });
    for (id, finding) in walk.general.iter().cloned().chain(looks) {
        if !checks.iter().any(|check| check.requirement == id) {
            checks.push(check(id, Verdict::Broken(finding), requirements));
        }
    }
    if transcript.failed_beside_others > 0 && transcript.trial.contract == Contract::V6 {
        let beside = check(
            CONCURRENT_STATUS,
            Verdict::Broken(failed_beside(transcript)),
            requirements,
        );
        checks.retain(|check| check.requirement != CONCURRENT_STATUS);
        checks.push(beside);
    }
    checks
}

/// What a 5xx speaks against that comes only while other clients are served.
const CONCURRENT_STATUS: &str = "replace.concurrent-status";

fn failed_beside(transcript: &Transcript) -> Finding {
    let count = transcript.failed_beside_others;
    Finding {
        code: "race-failed",
        message: "what works when the case runs alone fails while other clients are served"
            .to_owned(),
        expected: "an answer, and no 5xx".to_owned(),
        observed: format!("{count} request(s) failed beside others; what follows ran alone"),
        exchange: None,
    }
}

/// The verdict on a requirement that the case names.
fn named(id: &str, primary: bool, transcript: &Transcript, walk: &Walk) -> Verdict {
    if let Some((_, finding)) = walk.general.iter().find(|(broken, _)| *broken == id) {
        return Verdict::Broken(finding.clone());
    }
    match ask_of(id) {
        None => by_script(transcript, walk),
        Some(Ask { look, script, .. }) => match look(transcript) {
            Verdict::Kept if primary && script => by_script(transcript, walk),
            verdict @ (Verdict::Kept
            | Verdict::Broken(_)
            | Verdict::Unknown(_)
            | Verdict::Blocked { .. }) => verdict,
        },
    }
}

/// The verdict that the script gives: the first thing that broke it counts.
fn by_script(transcript: &Transcript, walk: &Walk) -> Verdict {
    match walk.breaks.first() {
        Some(Break {
            control: false,
            unclear: false,
            finding,
        }) => Verdict::Broken(finding.clone()),
        Some(Break {
            control, finding, ..
        }) => {
            let what = if *control {
                "a control failed"
            } else {
                "something else went wrong"
            };
            Verdict::Blocked {
                why: format!("{what}: {} ({})", finding.message, finding.observed),
                exchange: finding.exchange,
            }
        }
        None => match &transcript.cut_short {
            Some(CutShort::Ended(why) | CutShort::Unreachable(why)) => {
                Verdict::Unknown(why.clone())
            }
            Some(CutShort::NotFresh | CutShort::NotApplicable(_) | CutShort::Environment(_))
            | None
                if walk.walked == 0 =>
            {
                Verdict::Unknown("nothing was sent".to_owned())
            }
            Some(CutShort::NotFresh | CutShort::NotApplicable(_) | CutShort::Environment(_))
            | None => Verdict::Kept,
        },
    }
}

fn check(id: &str, verdict: Verdict, requirements: &Requirements) -> Check {
    match verdict {
        Verdict::Kept => Check {
            code: None,
            message: requirements
                .get(id)
                .map(|requirement| requirement.statement.clone())
                .unwrap_or_default(),
            ..bare(id, requirements, Status::Passed, "", String::new())
        },
        Verdict::Unknown(why) => bare(id, requirements, Status::Undecided, "undecided", why),
        Verdict::Blocked { why, exchange } => Check {
            exchange,
            ..bare(id, requirements, Status::Undecided, "undecided", why)
        },
        Verdict::Broken(Finding {
            code,
            message,
            expected,
            observed,
            exchange,
        }) => {
            debug_assert!(CODES.contains(&code), "{code} is missing in CODES");
            Check {
                expected: Some(expected),
                observed: Some(observed),
                exchange,
                ..bare(id, requirements, Status::Failed, code, message)
            }
        }
    }
}

fn bare(
    id: &str,
    requirements: &Requirements,
    status: Status,
    code: &str,
    message: String,
) -> Check {
    Check {
        requirement: id.to_owned(),
        level: requirements.level(id),
        status,
        code: Some(code.to_owned()),
        message,
        expected: None,
        observed: None,
        exchange: None,
        standing: None,
    }
}
