//! What happened and what to do next, where a run came to no verdict on the custodian.

use super::curl::knock;
use super::shell::quoted;
use super::visible::visible;
use super::words::{list, sentence};
use crate::exchange::Trouble;
use crate::model::client::{NO_CLIENT, UNSEEN};
use crate::model::finding::Status;
use crate::model::report::{Report, Ruling};
use crate::model::requirement::Level;

/// How many ids are listed in one place.
const MOST_IDS: usize = 3;

/// What happened and what to do next, where the verdict is not about the custodian; a paragraph an item.
/// What stands behind `$ ` is a command.
pub(super) fn happened(report: &Report) -> Vec<String> {
    let reasons: Vec<String> = report
        .outcome
        .reasons
        .iter()
        .map(|reason| sentence(&visible(reason)))
        .collect();
    let reason = reasons.first().cloned().unwrap_or_default();
    let why = report.outcome.reasons.first().map_or("", String::as_str);
    if report.rehearsal.is_some() {
        return rehearsed(report, &reasons);
    }
    match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform => Vec::new(),
        Ruling::Refused => vec![
            format!("Stopped for safety. {reason}"),
            if why.starts_with(UNSEEN) {
                "What cannot be seen could be the share of a real user. A test would overwrite it, so nothing was \
                 stored for this client."
            } else {
                "A client that is under test holds something that sharecheck did not put there; it could be the share \
                 of a real user. A test would overwrite it, so nothing was stored for this client, and nothing \
                 of what it holds is shown."
            }
            .to_owned(),
            "Next: use clients that were made for testing and hold no share, and run with their ids:".to_owned(),
            format!("$ sharecheck run --url {} --client-id TEST-CLIENT", quoted(&report.run.target)),
        ],
        Ruling::CouldNotTest => {
            // The preflight knows better than the exchanges what to do.
            let next = report.outcome.reasons.iter().find_map(|reason| reason.strip_prefix("next: "));
            let next = next.map_or_else(|| advice(report).to_owned(), |next| sentence(&visible(next)));
            // Then everything is undecided for this one reason; a list of it would hide the reason.
            let reasons: Vec<String> = reasons
                .into_iter()
                .filter(|it| !it.starts_with("Next: ") && !it.contains(" undecided: "))
                .collect();
            if why.starts_with(NO_CLIENT) {
                return vec![
                    format!("Could not test. {}", reasons.join(" ")),
                    format!("Next: {next} Then run the same command again."),
                ];
            }
            vec![
                format!("Could not test. {}", reasons.join(" ")),
                format!("Next: {next} Then run the same command again. To see by hand whether it answers:"),
                format!("$ {}", knock(report)),
            ]
        }
        Ruling::Undecided => {
            let open = open(report);
            match open.first() {
                Some(first) => vec![
                    format!(
                        "Not decided. Nothing that counts was seen to be broken, but it could not be told whether {} {} \
                         kept, and that is no pass.",
                        list(&open, MOST_IDS),
                        if open.len() == 1 { "is" } else { "are" },
                    ),
                    "Next: mend what stands in the way and run the same command again. What a requirement asks:"
                        .to_owned(),
                    format!("$ sharecheck explain {}", quoted(first)),
                ],
                None if !report.run.webhooks => vec![
                    format!("Not decided. {reason}"),
                    "Next: name the folder of the backend or of an app, or the database itself. What can be named:"
                        .to_owned(),
                    "$ sharecheck audit --help".to_owned(),
                ],
                None => vec![
                    format!("Not decided. {reason}"),
                    "Next: select more. What there is to run:".to_owned(),
                    "$ sharecheck list".to_owned(),
                ],
            }
        }
        Ruling::Drift => vec![
            format!("Drift. {}", reasons.join(" ")),
            "Next: if the change is meant, approve it: accept the new snapshot, or take the entries off the list \
             (sharecheck known-failures prune). Otherwise find out what changed."
                .to_owned(),
        ],
        Ruling::Interrupted => vec![
            format!("{reason} What was seen until then counts; cases that had not run are undecided."),
            "Next: run the same command again, to its end.".to_owned(),
        ],
        Ruling::InternalError => vec![
            format!("sharecheck itself failed, which says nothing about the custodian. {reason}"),
            format!(
                "Next: please report it, with version {} and seed {}.",
                visible(&report.tool.version),
                report.run.seed
            ),
        ],
    }
}

/// The same for a rehearsal.
fn rehearsed(report: &Report, reasons: &[String]) -> Vec<String> {
    let all = reasons.join(" ");
    match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform => Vec::new(),
        Ruling::Refused => vec![
            format!("Stopped for safety. {all}"),
            "Next: use clients that were made for testing and hold no share of anybody.".to_owned(),
        ],
        Ruling::CouldNotTest | Ruling::Undecided | Ruling::Drift => vec![
            format!("Could not be told. {all}"),
            format!(
                "Next: {} Then run the same command again. To see by hand whether it answers:",
                advice(report)
            ),
            format!("$ {}", knock(report)),
        ],
        Ruling::Interrupted => vec![
            format!("{all} What was stored is in the state file."),
            "Next: sharecheck rehearse after looks for it.".to_owned(),
        ],
        Ruling::InternalError => vec![format!("sharecheck itself failed. {all} Please report it.")],
    }
}

/// What could not be told: the required requirements, and where there is none of them, the others.
fn open(report: &Report) -> Vec<&str> {
    let open = report
        .requirements
        .iter()
        .filter(|it| it.status == Status::Undecided);
    let (required, others): (Vec<_>, Vec<_>) = open.partition(|it| it.level == Level::Required);
    let of = if required.is_empty() {
        others
    } else {
        required
    };
    of.iter().map(|it| it.id.as_str()).collect()
}

/// What to look at when the custodian was not reached, by the first trouble that was met.
fn advice(report: &Report) -> &'static str {
    let trouble = report
        .cases
        .iter()
        .flat_map(|case| &case.exchanges)
        .find_map(|exchange| exchange.outcome.as_ref().err());
    match trouble {
        Some(Trouble::Dns) => {
            "look for a slip in the host's name, and whether it is known on this network."
        }
        Some(Trouble::Refused) => "start the custodian, or mend the host and port in --url.",
        Some(Trouble::ConnectTimeout) => {
            "see whether a firewall or a VPN stands between here and the custodian."
        }
        Some(Trouble::Tls(_)) => "mend the certificate, or make its authority known here.",
        Some(Trouble::Connect(_)) => {
            "see whether a proxy or a firewall stands between here and the custodian."
        }
        Some(Trouble::NotHttp) => {
            "see whether --url names the port that speaks HTTP, and http or https rightly."
        }
        Some(Trouble::Timeout | Trouble::Closed | Trouble::Died | Trouble::TooLarge) => {
            "see in the custodian's log why it did not answer in full."
        }
        None => "check that the custodian runs, and that --url and the clients are right.",
    }
}
