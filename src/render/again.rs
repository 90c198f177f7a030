//! The command that runs a report's cases again.

use super::shell::quoted;
use crate::contract::Contract;
use crate::model::report::Report;
use crate::model::requirement::Part;

/// Runs these cases or requirements again as this run did, with the same shares; all of them where none is named. The secret
/// and the clients are to be given as before.
pub(super) fn again(report: &Report, ids: &[&str]) -> String {
    let run = &report.run;
    if report.rehearsal.is_some() {
        let target = quoted(&run.target);
        return format!("sharecheck rehearse around --url {target} --deploy COMMAND");
    }
    if !run.webhooks {
        let targets = report.audited.iter().map(|it| quoted(&it.target));
        let words: Vec<_> = std::iter::once("sharecheck audit".into())
            .chain(targets)
            .collect();
        return words.join(" ");
    }
    let target = match &run.reference {
        Some(faults) if faults.is_empty() => "--reference".to_owned(),
        Some(faults) => format!("--reference {}", quoted(&faults.join(","))),
        None => format!("--url {}", quoted(&run.target)),
    };
    let contract = match run.contract {
        Contract::V5 => " --contract v5",
        Contract::V6 => "",
    };
    let strict = if run.strict { " --strict" } else { "" };
    let mut parts = report.requirements.iter().map(|it| it.part);
    let half = |it| matches!(it, Part::UserHalf | Part::Portal);
    let halves = run.reference.is_some() && parts.any(half);
    let portal = if halves { " --with-portal" } else { "" };
    let begun = format!(
        "sharecheck run {target}{portal}{contract}{strict} --seed {}",
        run.seed
    );
    // What an audit answers, no selector selects.
    let ids = ids.iter().filter(|id| !is_of_audit(report, id));
    let ids = ids.map(|id| quoted(id));
    let audits = report
        .audited
        .iter()
        .map(|it| format!("--audit {}", quoted(&it.target)));
    let words: Vec<String> = std::iter::once(begun).chain(ids).chain(audits).collect();
    words.join(" ")
}

/// Whether a requirement or a case is one of the audit's.
fn is_of_audit(report: &Report, id: &str) -> bool {
    let id = id.split('@').next().unwrap_or(id);
    let mut all = report.requirements.iter();
    all.any(|it| it.id == id && !it.part.is_live())
}
