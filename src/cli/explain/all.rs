//! All that can be explained, and groups of it.

use super::sheet::Sheet;
use crate::cli::reports::width;
use sharecheck::contract::Contract;
use sharecheck::model::case::Case;
use sharecheck::model::requirement::Requirement;
use sharecheck::pipeline::load::Suite;
use sharecheck::pipeline::plan::{Listens, PlanError, Selection, UserHalf, plan};
use sharecheck::reference::{Fault, Freedom};
use sharecheck::render::{cut, wrapped};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Where the sentence on a requirement begins.
const COLUMN: usize = 34;

/// Every requirement in a line, and the names of the faults and freedoms.
pub(super) fn everything(suite: &Suite) -> String {
    let mut text = "requirements, with how many cases prove each\n".to_owned();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for it in &suite.requirements {
        *groups.entry(group(&it.id)).or_default() += 1;
        text.push_str(&row(it, proofs(it, suite).count()));
    }
    let groups = groups
        .iter()
        .map(|(name, count)| format!("{name} ({count})"));
    let faults = Fault::ALL.iter().map(|it| it.name().to_owned());
    let freedoms = Freedom::ALL.iter().map(|it| it.name().to_owned());
    for (head, names) in [
        ("groups", groups.collect::<Vec<_>>()),
        ("faults", faults.collect()),
        ("freedoms", freedoms.collect()),
    ] {
        let mut sheet = Sheet::new(&format!("\n{head}"));
        sheet.prose(&names.join(", "));
        text.push_str(&sheet.text());
    }
    text.push_str(
        "\nsharecheck explain ID or GROUP tells more; sharecheck list names every case.\n",
    );
    text
}

/// The requirements and cases that `run` would take for this selector, or nothing.
pub(super) fn group_of(selector: &str, suite: &Suite) -> Result<String, PlanError> {
    let planned = |contract: Contract| {
        let selection = Selection {
            contract,
            select: vec![selector.to_owned()],
            hook: true,
            can_restart: true,
            user_half: Some(UserHalf {
                portal: Listens::Local,
                without_method: true,
                credentials: true,
            }),
            ..Selection::default()
        };
        plan(&suite.cases, &suite.requirements, &selection)
    };
    let of_audit = |it: &&Requirement| group(&it.id) == selector && !it.part.is_live();
    if suite.requirements.iter().any(|it| of_audit(&it)) {
        let rows = suite
            .requirements
            .iter()
            .filter(of_audit)
            .map(|it| row(it, 0));
        let text = if selector == "rehearsal" {
            "\nsharecheck rehearse looks at these; sharecheck explain ID tells more of one. See docs/rehearsal.md.\n"
        } else {
            "\nsharecheck audit looks at these; sharecheck explain ID tells more of one. See docs/audit.md.\n"
        };
        return Ok(rows.chain([text.to_owned()]).collect());
    }
    let plan = planned(Contract::V6).or_else(|_| planned(Contract::V5))?;
    let found: BTreeSet<&str> = plan.trials.iter().map(|it| it.id.as_str()).collect();
    let cases: Vec<&Case> = suite
        .cases
        .iter()
        .filter(|it| found.contains(it.id.as_str()))
        .collect();
    let mut text = String::new();
    let own = |it: &Requirement| {
        let own = cases.iter().filter(|case| case.requirement == it.id);
        own.count()
    };
    for it in suite.requirements.iter().filter(|it| own(it) > 0) {
        let line = line(it, own(it));
        let (id, breach) = line.split_at(COLUMN);
        let breach = wrapped(breach, width(), COLUMN, &" ".repeat(COLUMN));
        let _ = writeln!(text, "{id}{breach}");
    }
    let beside = suite.requirements.iter();
    for it in beside.filter(|it| group(&it.id) == selector && own(it) == 0) {
        let _ = writeln!(
            text,
            "\n{} has no case of its own; others look at it.",
            it.id
        );
    }
    let _ = writeln!(
        text,
        "\nsharecheck explain ID tells more of one, sharecheck list names the cases.\n\
         sharecheck run -u … {selector} runs them."
    );
    if cases.iter().any(|it| it.has_user_half()) {
        text.push_str(
            "They run where sharecheck.toml tells the custodian's own endpoints: see docs/wallets.md.\n",
        );
    }
    Ok(text)
}

/// The cases that prove a requirement.
pub(super) fn proofs<'a>(
    requirement: &'a Requirement,
    suite: &'a Suite,
) -> impl Iterator<Item = &'a Case> {
    let proves =
        |case: &&Case| case.requirement == requirement.id || case.also.contains(&requirement.id);
    suite.cases.iter().filter(proves)
}

fn group(id: &str) -> &str {
    id.split('.').next().unwrap_or_default()
}

/// A requirement with how many cases prove it, in one line.
fn row(it: &Requirement, cases: usize) -> String {
    format!("{}\n", cut(&line(it, cases), width()))
}

fn line(it: &Requirement, cases: usize) -> String {
    // What an audit looks at, no case proves.
    let cases = if it.part.is_live() {
        cases.to_string()
    } else {
        "–".to_owned()
    };
    format!("  {:<26} {cases:>3}  {}", it.id, it.breach)
}
