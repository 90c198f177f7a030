//! Whether a case can be held to what it says: its names are known, its steps are steps, what it expects was stored,
//! and what it proves by a refusal has a control.

use super::LoadError;
use super::slip::{CaseLocation, slip};
use crate::contract::Contract;
use crate::model::case::{Case, Expect, Step};
use crate::model::effect::Judging;
use crate::model::requirement::Requirements;
use crate::nearest::nearest;

/// The first thing that is wrong with a case of this file.
pub(super) fn check(
    path: &str,
    source: &str,
    case: &Case,
    requirements: &Requirements,
    known_faults: &[&str],
) -> Result<(), LoadError> {
    let here = |text: &str, message: String, help: Option<String>| {
        Err(slip(path, source, text, message, help))
    };
    for id in std::iter::once(&case.requirement).chain(&case.also) {
        let Some(requirement) = requirements.get(id) else {
            let help = nearest(id, requirements.iter().map(|r| r.id.as_str()))
                .map(|name| format!("did you mean `{name}`?"));
            return here(id, format!("case {}: no requirement {id}", case.id), help);
        };
        if !case
            .contracts
            .iter()
            .any(|contract: &Contract| requirement.contracts.contains(contract))
        {
            return here(
                id,
                format!("case {}: {id} does not belong to its contracts", case.id),
                None,
            );
        }
    }
    for fault in case.catches.iter().chain(case.catches_by.keys()) {
        if !known_faults.contains(&fault.as_str()) {
            let help = nearest(fault, known_faults.iter().copied())
                .map(|name| format!("did you mean `{name}`?"));
            return here(fault, format!("case {}: no fault {fault}", case.id), help);
        }
    }
    if case.steps.is_empty() {
        return here(&case.id, format!("case {} has no steps", case.id), None);
    }
    let location = CaseLocation::new(path, source, &case.id);
    for (number, step) in case.steps.iter().enumerate() {
        if let Some(what) = wrong(step, false) {
            return Err(location.step(number, format!("case {}: {what}", case.id)));
        }
    }
    for text in case.steps.iter().flat_map(texts) {
        if let Some((typed, meant)) = misspelt(&text) {
            let message = format!("case {}: no placeholder {typed}", case.id);
            return Err(location.text(&typed, message, Some(format!("did you mean `{meant}`?"))));
        }
    }
    if let Some(label) = unstored(case) {
        let message = format!(
            "case {}: a fetch expects the share {label}, which no step stores",
            case.id
        );
        return Err(location.text(&format!("\"{label}\""), message, None));
    }
    let judged = requirements.get(&case.requirement).map(|it| &it.judged);
    let by_refusal = judged.is_some_and(Judging::is_by_refusal);
    let controlled = case.steps.iter().any(|step| step.control);
    let refused = case.steps.iter().position(refuses);
    match refused.filter(|_| by_refusal && !controlled) {
        Some(number) => Err(location.step(
            number,
            format!(
                "case {}: a refusal proves nothing without a control: mark as `control` the same thing done right",
                case.id
            ),
        )),
        None => Ok(()),
    }
}

/// Whether a step must be refused, or must get no share.
fn refuses(step: &Step) -> bool {
    let refusal = |expect: Expect| matches!(expect, Expect::Refused | Expect::NoShare);
    let store = step.store.as_ref().is_some_and(|it| refusal(it.expect));
    let send = step
        .send
        .as_ref()
        .is_some_and(|it| it.expect.is_none_or(refusal));
    let inner = [&step.concurrently, &step.repeat];
    store || send || inner.into_iter().flatten().flatten().any(refuses)
}

/// The texts of a step in which placeholders may stand.
fn texts(step: &Step) -> Vec<String> {
    let store = step.store.iter().flat_map(|it| {
        let method = it.method.clone();
        method.into_iter().chain([it.share.clone()])
    });
    let send = step.send.iter().map(|it| it.body.clone());
    let fetch = step.fetch.iter().filter_map(|it| it.expect.clone());
    let inner = [&step.concurrently, &step.repeat];
    let inner = inner.into_iter().flatten().flatten().flat_map(texts);
    let own = step.user_store.iter().filter_map(|it| it.text.clone());
    let backup = step.backup.iter().map(|it| it.text.clone());
    store
        .chain(send)
        .chain(own)
        .chain(backup)
        .chain(fetch.flatten())
        .chain(inner)
        .collect()
}

/// What braces may hold.
const COUNTERS: [&str; 5] = ["each", "round", "turn", "lane", "nonce"];

/// A placeholder that is none but looks like one: what was typed, and what was meant.
fn misspelt(text: &str) -> Option<(String, String)> {
    let between = |open: char, close: char| {
        text.split(open).skip(1).filter_map(move |part| {
            let inner = part.split_once(close)?.0;
            let plain = |c: char| c.is_ascii_alphanumeric() || " -_.{}".contains(c);
            (!inner.is_empty() && inner.chars().all(plain)).then_some(inner)
        })
    };
    let angled = between('<', '>').find_map(|inner| {
        let (raw, bare) = inner
            .strip_prefix("raw ")
            .map_or(("", inner), |bare| ("raw ", bare));
        let (word, name) = bare
            .split_once(' ')
            .map_or((bare, None), |(word, name)| (word, Some(name)));
        let ours = word == "client" || word == "share" && name.is_some();
        let meant = nearest(word, ["client", "share"]).filter(|_| !ours)?;
        let name = match (meant, name) {
            ("share", None) => " LABEL".to_owned(),
            (_, Some(name)) => format!(" {name}"),
            (_, None) => String::new(),
        };
        Some((format!("<{inner}>"), format!("<{raw}{meant}{name}>")))
    });
    let braced = between('{', '}').find_map(|inner| {
        let meant = nearest(inner, COUNTERS).filter(|_| !COUNTERS.contains(&inner))?;
        Some((format!("{{{inner}}}"), format!("{{{meant}}}")))
    });
    angled.or(braced)
}

/// A label that a fetch expects and that no step stores.
fn unstored(case: &Case) -> Option<String> {
    let pattern = |label: &str| label.split('{').next().unwrap_or_default().to_owned();
    let mut stored: Vec<String> = case.before_migration.iter().cloned().collect();
    let mut expected = Vec::new();
    for step in &case.steps {
        collect(step, &mut stored, &mut expected);
    }
    // A label with a counter is known by what stands before it; `plan` looks at it once it is spelled out.
    let counted: Vec<String> = stored
        .iter()
        .filter(|label| label.contains('{'))
        .map(|label| pattern(label))
        .collect();
    expected.into_iter().find(|label| {
        !stored.contains(label)
            && !label.contains('{')
            && !counted
                .iter()
                .any(|start| label.starts_with(start.as_str()))
    })
}

/// The labels that a step stores, and those that it expects.
fn collect(step: &Step, stored: &mut Vec<String>, expected: &mut Vec<String>) {
    stored.extend(step.store.iter().map(|it| it.share.clone()));
    if let Some(send) = &step.send {
        let labels = send.body.split("share ").skip(1);
        stored.extend(labels.filter_map(|rest| Some(rest.split_once('>')?.0.to_owned())));
    }
    let labels = step.fetch.iter().filter_map(|it| it.expect.clone());
    expected.extend(labels.flatten());
    for inner in [&step.concurrently, &step.repeat]
        .into_iter()
        .flatten()
        .flatten()
    {
        collect(inner, stored, expected);
    }
}

/// What is wrong with a step, if anything.
fn wrong(step: &Step, in_lane: bool) -> Option<String> {
    let lanes = step.concurrently.as_deref().unwrap_or_default();
    let rounds = step.repeat.as_deref().unwrap_or_default();
    let halves = [
        step.user_store.is_some(),
        step.user_fetch.is_some(),
        step.backup.is_some(),
        step.recover.is_some(),
        step.portal.is_some(),
    ];
    let halves = halves.into_iter().filter(|it| *it).count();
    let requests = usize::from(step.store.is_some())
        + usize::from(step.fetch.is_some())
        + usize::from(step.send.is_some());
    let groups = usize::from(step.concurrently.is_some())
        + usize::from(step.repeat.is_some())
        + usize::from(step.restart);
    if requests + groups + halves != 1 {
        return Some(
            "a step is exactly one of store, fetch, send, concurrently, repeat, restart, user_store, user_fetch, \
             backup, recover, portal"
                .to_owned(),
        );
    }
    if halves > 0 && (in_lane || step.times > 1) {
        return Some("a step of the user's half stands by itself; `repeat` repeats it".to_owned());
    }
    if step.guard && (in_lane || groups > 0) {
        return Some("`guard` stands at a store, a fetch or a send of its own".to_owned());
    }
    if in_lane && groups > 0 {
        return Some("a lane of `concurrently` is one of store, fetch, send".to_owned());
    }
    if step.times == 0 || step.lanes == 0 || step.times > 1000 || step.lanes > 256 {
        return Some("`times` is 1 to 1000, `lanes` 1 to 256".to_owned());
    }
    if step.concurrently.is_some() && lanes.iter().map(|lane| lane.lanes).sum::<usize>() < 2 {
        return Some("`concurrently` needs two lanes at least".to_owned());
    }
    lanes
        .iter()
        .find_map(|lane| wrong(lane, true))
        .or_else(|| rounds.iter().find_map(|inner| wrong(inner, false)))
}
