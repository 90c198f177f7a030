//! SARIF 2.1.0 for code scanning: a rule for each broken requirement, a result for each failed check.

use super::broken::{Broken, Sighting, broken, failed};
use super::fingerprint::{PLACE, fingerprint};
use super::visible::{self, visible};
use super::wallets::together;
use super::words::accepted;
use crate::model::finding::{Standing, Status};
use crate::model::report::{Report, Ruling};
use crate::model::requirement::Level;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// GitHub shows no more results than these.
const MOST: usize = 5000;

pub(super) fn render(report: &Report, place: Option<&str>) -> String {
    let broken = broken(report);
    let index: HashMap<&str, usize> = broken
        .iter()
        .enumerate()
        .map(|(at, it)| (it.id, at))
        .collect();
    let mut sightings: Vec<Sighting<'_>> = failed(report).collect();
    sightings.sort_by_key(|it| (it.standing(), index.get(it.check.requirement.as_str())));
    let left_out = sightings.len().saturating_sub(MOST);
    let results: Vec<Value> = sightings
        .iter()
        .take(MOST)
        .map(|it| result(report, it, &index, place.unwrap_or(PLACE)))
        .collect();
    let mut notifications: Vec<Value> = report
        .outcome
        .reasons
        .iter()
        .map(|reason| json!({ "level": "note", "message": { "text": visible(reason) } }))
        .collect();
    notifications.extend(
        report
            .notices
            .iter()
            .map(|notice| json!({ "level": "warning", "message": { "text": visible(notice) } })),
    );
    if left_out > 0 {
        let text = format!("{left_out} further results are left out; the JSON report has them all");
        notifications.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    visible::json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "rules": broken.iter().map(rule).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": format!("sharecheck/{}/", report.run.contract.name()), "guid": report.run.id },
            "invocations": [{
                "executionSuccessful": judged(report.outcome.verdict),
                "exitCode": report.outcome.exit_code,
                "exitCodeDescription": report.outcome.verdict.words(),
                "startTimeUtc": report.run.started_at,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": {
                "target": report.run.target,
                "seed": report.run.seed.to_string(),
                "stage": report.outcome.stage.map(crate::model::report::Stage::name),
                "multiBackupSafe": report.outcome.multi_backup_safe,
                "wallets": together(report),
                "failedChecks": report.counts.checks.get(&Status::Failed).copied().unwrap_or(0),
            },
        }],
    }))
}

/// Whether the run came to a verdict on the custodian.
fn judged(ruling: Ruling) -> bool {
    match ruling {
        Ruling::Conforms | Ruling::DoesNotConform | Ruling::Drift => true,
        Ruling::CouldNotTest
        | Ruling::Undecided
        | Ruling::Refused
        | Ruling::InternalError
        | Ruling::Interrupted => false,
    }
}

fn rule(it: &Broken<'_>) -> Value {
    let (statement, help) = it.requirement.map_or_else(Default::default, |known| {
        let help = format!("{} {}", visible(&known.consequence), visible(&known.fix));
        (visible(&known.statement).into_owned(), help)
    });
    let text =
        |text: String| json!({ "text": if text.is_empty() { it.id.to_owned() } else { text } });
    json!({
        "id": it.id,
        "shortDescription": text(statement),
        "help": text(help),
        "defaultConfiguration": { "level": level(it.level) },
        "properties": { "tags": [it.level.name()] },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Required => "error",
        Level::Recommended => "warning",
        Level::Informational => "note",
    }
}

fn result(report: &Report, it: &Sighting<'_>, index: &HashMap<&str, usize>, place: &str) -> Value {
    let check = it.check;
    let mut text = format!(
        "{} (case {})",
        visible(&check.message),
        visible(&it.case.id)
    );
    for (name, what) in [
        ("expected", &check.expected),
        ("came", &check.observed),
        ("at", &check.place()),
    ] {
        if let Some(what) = what {
            let _ = write!(text, "; {name}: {}", visible(what));
        }
    }
    let (path, line, column) = check.file().unwrap_or((place, 1, 1));
    let mut result = json!({
        "ruleId": check.requirement,
        "ruleIndex": index.get(check.requirement.as_str()),
        "kind": "fail",
        "level": level(check.level),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": visible(path) },
            "region": { "startLine": line, "startColumn": column },
        } }],
        "partialFingerprints": { "requirementAndCase/v1": fingerprint(it) },
        "properties": { "case": it.case.id, "code": check.code },
    });
    if it.standing() == Standing::Known {
        let listed = accepted(report, it).map_or_else(
            || "listed as a known failure".to_owned(),
            |by| format!("accepted {}", visible(&by)),
        );
        result["suppressions"] = json!([{ "kind": "external", "justification": listed }]);
    }
    result
}
