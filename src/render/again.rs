//! The command that runs a report's cases again.

use super::shell::quoted;
use crate::contract::Contract;
use crate::model::report::Report;
use crate::model::requirement::Part;

/// Runs these cases or requirements again as this run did, with the same shares; all of them where none is named. The secret
/// and the clients are to be given as before.
pub(super) fn again(report: &Report, ids: &[&str]) -> String {
    let run = &report.run;
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
    let halves = run.reference.is_some() && parts.any(|it| it != Part::Webhooks);
    let portal = if halves { " --with-portal" } else { "" };
    let begun = format!(
        "sharecheck run {target}{portal}{contract}{strict} --seed {}",
        run.seed
    );
    let ids = ids.iter().map(|id| quoted(id));
    let words: Vec<String> = std::iter::once(begun).chain(ids).collect();
    words.join(" ")
}
