//! Files to cases and requirements. Takes the embedded suite and a user's own files; gives both, held
//! together, or one slip that points at the place in the file.

use crate::contract::Contract;
use crate::model::case::{Case, CaseFile, Each, Expect, Step, substitute};
use crate::model::remedy::Remedy;
use crate::model::requirement::{Requirement, Requirements};
use crate::model::signature::{NoSignature, Signature};
use crate::nearest::nearest;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The cases and requirements that the tool carries: every file of `cases/`.
#[derive(RustEmbed)]
#[folder = "cases/"]
#[include = "*.toml"]
struct Embedded;

/// What a run shows of each fault of the reference custodian, as the proof has written it down.
#[derive(RustEmbed)]
#[folder = "snapshots/faults/"]
#[include = "*.snap"]
struct Signatures;

/// What to do about faults: every file of `remedies/`.
#[derive(RustEmbed)]
#[folder = "remedies/"]
#[include = "*.toml"]
struct Remedies;

const REQUIREMENTS: &str = "requirements.toml";

/// Where cases come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// A user's own case files, or folders of them.
    pub paths: Vec<PathBuf>,
    /// Whether the built-in cases are left out.
    pub only_own: bool,
}

/// Cases and requirements that fit together.
#[derive(Clone, Debug)]
pub struct Suite {
    /// In the order of the files' names and of the files.
    pub cases: Vec<Case>,
    /// In the contract's order.
    pub requirements: Requirements,
    /// Whether the built-in cases are among them: without them the contract cannot be proved.
    pub built_in: bool,
    /// What a run shows of each fault, in the order of their names.
    pub signatures: Vec<Signature>,
    /// What to do about faults, in the order of the files' names.
    pub remedies: Vec<Remedy>,
    /// SHA-256 over the cases and requirements, in hexadecimal.
    pub digest: String,
}

/// Why there is no suite.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{0}")]
    Slip(Box<Slip>),
    /// A signature that the tool carries is none.
    #[error("{path}: {cause}")]
    Signature {
        /// Which one.
        path: String,
        /// What is wrong.
        cause: NoSignature,
    },
    /// A folder holds no case file.
    #[error("no case file (*.toml) in {0}")]
    NoFiles(String),
}

/// A mistake in a file, with its place.
#[derive(Debug)]
pub struct Slip {
    path: String,
    source: String,
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Slip {
    /// A mistake at this place of this file's text, with what may have been meant.
    pub fn new(
        path: &str,
        source: &str,
        span: Range<usize>,
        message: &str,
        help: Option<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            source: source.to_owned(),
            span,
            message: message.to_owned(),
            help,
        }
    }
}

impl std::error::Error for Slip {}

impl std::fmt::Display for Slip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let snippet = Snippet::source(&self.source).path(&self.path).annotation(
            AnnotationKind::Primary
                .span(self.span.clone())
                .label(self.help.as_deref()),
        );
        let group = Level::ERROR.primary_title(&self.message).element(snippet);
        f.write_str(
            Renderer::plain()
                .render(&[group])
                .trim_start_matches("error: "),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementFile {
    requirement: Vec<Requirement>,
}

/// Reads the suite. `known_faults` are the names that a case may give in `catches`.
pub fn load(sources: &Sources, known_faults: &[&str]) -> Result<Suite, LoadError> {
    let mut digest = Sha256::new();
    let requirements = requirements(&mut digest)?;
    let mut files = Vec::new();
    if !sources.only_own {
        let mut names: Vec<_> = Embedded::iter()
            .filter(|name| name != REQUIREMENTS)
            .collect();
        names.sort();
        files.extend(
            names
                .iter()
                .map(|name| (format!("cases/{name}"), embedded::<Embedded>(name))),
        );
    }
    for path in &sources.paths {
        for file in case_files(path)? {
            files.push((file.display().to_string(), read(&file)?));
        }
    }
    let mut cases: Vec<Case> = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, source) in files {
        digest.update(source.as_bytes());
        for case in parse::<CaseFile>(&path, &source)?.case {
            for case in expand(&path, &source, case)? {
                check(&path, &source, &case, &requirements, known_faults)?;
                if !ids.insert(case.id.clone()) {
                    return Err(slip(
                        &path,
                        &source,
                        &case.id,
                        format!("two cases have the id {}", case.id),
                        None,
                    ));
                }
                cases.push(case);
            }
        }
    }
    Ok(Suite {
        cases,
        built_in: !sources.only_own,
        requirements,
        signatures: signatures()?,
        remedies: remedies()?,
        digest: format!("{:x}", digest.finalize()),
    })
}

fn requirements(digest: &mut Sha256) -> Result<Requirements, LoadError> {
    let source = embedded::<Embedded>(REQUIREMENTS);
    digest.update(source.as_bytes());
    let path = format!("cases/{REQUIREMENTS}");
    let list = parse::<RequirementFile>(&path, &source)?.requirement;
    let mut ids = BTreeSet::new();
    match list.iter().find(|requirement| !ids.insert(&requirement.id)) {
        Some(double) => Err(slip(
            &path,
            &source,
            &double.id,
            format!("two requirements have the id {}", double.id),
            None,
        )),
        None => Ok(Requirements::new(list)),
    }
}

/// What a run shows of each fault; a snapshot's own head ends with a line of dashes.
fn signatures() -> Result<Vec<Signature>, LoadError> {
    let mut names: Vec<_> = Signatures::iter().collect();
    names.sort();
    let all = names.iter().map(|name| {
        let text = embedded::<Signatures>(name);
        let body = text.splitn(3, "---\n").last().unwrap_or_default();
        body.parse().map_err(|cause| LoadError::Signature {
            path: format!("snapshots/faults/{name}"),
            cause,
        })
    });
    all.collect()
}

fn remedies() -> Result<Vec<Remedy>, LoadError> {
    let mut names: Vec<_> = Remedies::iter().collect();
    names.sort();
    let all = names.iter().map(|name| {
        let path = format!("remedies/{name}");
        let remedy = parse::<Remedy>(&path, &embedded::<Remedies>(name))?;
        let id = name.trim_end_matches(".toml").to_owned();
        Ok(Remedy { id, ..remedy })
    });
    all.collect()
}

fn embedded<Folder: RustEmbed>(name: &str) -> String {
    Folder::get(name)
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default()
}

fn case_files(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |cause| LoadError::Unreadable {
        path: path.display().to_string(),
        cause,
    };
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(unreadable)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .filter(|file| file.file_name().is_none_or(|name| name != REQUIREMENTS))
        .collect();
    files.sort();
    if files.is_empty() {
        Err(LoadError::NoFiles(path.display().to_string()))
    } else {
        Ok(files)
    }
}

fn read(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|cause| LoadError::Unreadable {
        path: path.display().to_string(),
        cause,
    })
}

/// Parses a file; an unknown key is shown in the file, with the known ones.
pub fn parse<T: serde::de::DeserializeOwned>(path: &str, source: &str) -> Result<T, LoadError> {
    toml::from_str(source).map_err(|error| {
        let message = error.message().trim_end().to_owned();
        let help = message.split_once("unknown field `").and_then(|(_, rest)| {
            let (typed, expected) = rest.split_once('`')?;
            let known = expected.split('`').skip(1).step_by(2);
            nearest(typed, known).map(|name| format!("did you mean `{name}`?"))
        });
        let span = error.span().unwrap_or(0..0);
        LoadError::Slip(Box::new(Slip {
            path: path.to_owned(),
            source: source.to_owned(),
            span,
            message,
            help,
        }))
    })
}

/// A slip at the first place where `text` stands in quotes.
fn slip(path: &str, source: &str, text: &str, message: String, help: Option<String>) -> LoadError {
    let quoted = format!("\"{text}\"");
    let at = source.find(&quoted).unwrap_or(0);
    let span = at..(at + quoted.len()).min(source.len());
    LoadError::Slip(Box::new(Slip {
        path: path.to_owned(),
        source: source.to_owned(),
        span,
        message,
        help,
    }))
}

/// Makes a case of each member of its family.
fn expand(path: &str, source: &str, case: Case) -> Result<Vec<Case>, LoadError> {
    let members: Vec<(String, String)> = match &case.each {
        None => return Ok(vec![case]),
        Some(Each::List(texts)) => texts
            .iter()
            .map(|text| (text.to_lowercase(), text.clone()))
            .collect(),
        Some(Each::Named(map)) => map
            .iter()
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect(),
    };
    let listed = matches!(case.each, Some(Each::List(_)));
    let stranger = case
        .catches_by
        .values()
        .flatten()
        .find(|name| !members.iter().any(|(member, _)| member == *name));
    if let Some(stranger) = stranger {
        let message = format!("the family {} has no member {stranger}", case.id);
        return Err(slip(path, source, stranger, message, None));
    }
    if !case.id.contains("{each}") {
        let message = format!(
            "the id of a case with `each` must hold {{each}}: {}",
            case.id
        );
        return Err(slip(path, source, &case.id, message, None));
    }
    let template = Case {
        each: None,
        ..case.clone()
    };
    members
        .into_iter()
        .map(|(name, text)| {
            let id = template.id.replace("{each}", &name);
            let title = template
                .title
                .replace("{each}", if listed { &text } else { &name });
            let filled = substitute(&template.steps, &[("{each}", &text)]);
            let steps = filled.map_err(|error| {
                slip(
                    path,
                    source,
                    &template.id,
                    format!("with {name} for {{each}}: {error}"),
                    None,
                )
            })?;
            let own = template
                .catches_by
                .iter()
                .filter(|(_, members)| members.contains(&name));
            let catches = template
                .catches
                .iter()
                .chain(own.map(|(fault, _)| fault))
                .cloned()
                .collect();
            Ok(Case {
                id,
                title,
                catches,
                steps,
                ..template.clone()
            })
        })
        .collect()
}

fn check(
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
    let place = Place::new(path, source, &case.id);
    for (number, step) in case.steps.iter().enumerate() {
        if let Some(what) = wrong(step, false) {
            return Err(place.step(number, format!("case {}: {what}", case.id)));
        }
    }
    for text in case.steps.iter().flat_map(texts) {
        if let Some((typed, meant)) = misspelt(&text) {
            let message = format!("case {}: no placeholder {typed}", case.id);
            return Err(place.text(&typed, message, Some(format!("did you mean `{meant}`?"))));
        }
    }
    if let Some(label) = unstored(case) {
        let message = format!(
            "case {}: a fetch expects the share {label}, which no step stores",
            case.id
        );
        return Err(place.text(&format!("\"{label}\""), message, None));
    }
    let proves_refusal = ["secret.", "input."]
        .iter()
        .any(|family| case.requirement.starts_with(family));
    let refused = case.steps.iter().position(refuses);
    match refused.filter(|_| proves_refusal && !case.steps.iter().any(|step| step.control)) {
        Some(number) if !sources_itself(&case.requirement) => Err(place.step(
            number,
            format!(
                "case {}: a refusal proves nothing without a control: mark as `control` the same thing done right",
                case.id
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Requirements that are judged by looking at answers, not by a refusal.
fn sources_itself(requirement: &str) -> bool {
    ["input.no-internals", "input.unknown-client"].contains(&requirement)
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
    store
        .chain(send)
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

/// Where a case stands in its file.
struct Place<'a> {
    path: &'a str,
    source: &'a str,
    range: Range<usize>,
    id: &'a str,
}

impl<'a> Place<'a> {
    fn new(path: &'a str, source: &'a str, id: &'a str) -> Self {
        let quoted = [format!("\"{id}\""), format!("'{id}'")];
        // The id of a family's member stands nowhere: then the family is searched by what comes before its `{each}`.
        let start = quoted.iter().find_map(|it| source.find(it.as_str()));
        let start = start.or_else(|| {
            let mut at = source.match_indices("{each}").map(|(at, _)| at);
            at.find_map(|at| {
                let open = source[..at].rfind(['"', '\''])?;
                let head = &source[open + 1..at];
                (id.starts_with(head) && !head.is_empty()).then_some(open)
            })
        });
        let start = start.unwrap_or(0);
        let end = source[start..]
            .find("[[case]]")
            .map_or(source.len(), |length| start + length);
        Self {
            path,
            source,
            range: start..end,
            id,
        }
    }

    /// A slip at the first place in the case where this text stands.
    fn text(&self, text: &str, message: String, help: Option<String>) -> LoadError {
        let own = &self.source[self.range.clone()];
        match own.find(text) {
            Some(at) => {
                let at = self.range.start + at;
                let span = at..at + text.len();
                let slip = Slip::new(self.path, self.source, span, &message, help);
                LoadError::Slip(Box::new(slip))
            }
            None => slip(self.path, self.source, self.id, message, help),
        }
    }

    /// A slip at the step with this index.
    fn step(&self, number: usize, message: String) -> LoadError {
        #[derive(Deserialize)]
        struct Spanned {
            case: Vec<SpannedCase>,
        }
        #[derive(Deserialize)]
        struct SpannedCase {
            steps: Vec<toml::Spanned<toml::Value>>,
        }
        let file: Option<Spanned> = toml::from_str(self.source).ok();
        let steps = file
            .into_iter()
            .flat_map(|file| file.case)
            .find_map(|case| {
                let first = case.steps.first()?;
                self.range
                    .contains(&first.span().start)
                    .then_some(case.steps)
            });
        let span = steps.and_then(|steps| Some(steps.get(number)?.span()));
        match span {
            Some(span) => LoadError::Slip(Box::new(Slip::new(
                self.path,
                self.source,
                span,
                &message,
                None,
            ))),
            None => slip(self.path, self.source, self.id, message, None),
        }
    }
}

/// What is wrong with a step, if anything.
fn wrong(step: &Step, in_lane: bool) -> Option<String> {
    let lanes = step.concurrently.as_deref().unwrap_or_default();
    let rounds = step.repeat.as_deref().unwrap_or_default();
    let requests = usize::from(step.store.is_some())
        + usize::from(step.fetch.is_some())
        + usize::from(step.send.is_some());
    let groups = usize::from(step.concurrently.is_some())
        + usize::from(step.repeat.is_some())
        + usize::from(step.restart);
    if requests + groups != 1 {
        return Some(
            "a step is exactly one of store, fetch, send, concurrently, repeat, restart".to_owned(),
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    fn slip_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        std::fs::write(&path, text).unwrap();
        let sources = Sources {
            paths: vec![path],
            only_own: true,
        };
        let error = load(&sources, &["append", "keep-first"])
            .unwrap_err()
            .to_string();
        error.replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn a_slip_is_shown_in_its_file() {
        let head = "[[case]]\nid = \"own.case\"\ntitle = \"t\"\n";
        let steps = "steps = [{ store = { share = \"a\" } }]\n";
        let told = [
            format!("{head}requirment = \"v5.accepted\"\n{steps}"),
            format!("{head}requirement = \"v5.acepted\"\n{steps}"),
            format!("{head}requirement = \"v5.accepted\"\ncatches = [\"apend\"]\n{steps}"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = [{{ store = {{ share = \"a\" }}, restart = true }}]\n"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = []\n"),
            format!("{head}requirement = 5\n"),
            format!("{head}requirement = \"v5.accepted\"\n{steps}{head}requirement = \"v5.accepted\"\n{steps}"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = [\n  {{ store = {{ share = \"a\" }} }},\n  {{ fetch = {{ expect = [\"b\"] }} }},\n]\n"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = [{{ send = {{ to = \"backup\", body = '{{\"clientId\":<cleint>,\"a\":\"<b>\"}}' }} }}]\n"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = [{{ send = {{ to = \"backup\", body = '{{\"share\":<shar x>}}' }} }}]\n"),
            format!("{head}requirement = \"v5.accepted\"\nsteps = [{{ repeat = [{{ store = {{ share = \"s{{rund}}\" }} }}], times = 2 }}]\n"),
            format!("{head}requirement = \"secret.wrong\"\nsteps = [\n  {{ store = {{ share = \"a\", secret = \"wrong\", expect = \"refused\" }} }},\n]\n"),
            "[[case]\n".to_owned(),
        ].map(|text| slip_of(&text)).join("\n\n");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("mistakes.case-file", told));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let sources = Sources {
            paths: vec!["no/such.toml".into()],
            only_own: true,
        };
        assert!(
            load(&sources, &[])
                .unwrap_err()
                .to_string()
                .starts_with("cannot read no/such.toml: ")
        );
    }
}
