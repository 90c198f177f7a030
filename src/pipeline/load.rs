//! Files to cases and requirements. Takes the embedded suite and a user's own files; gives both, held
//! together, or one slip that points at the place in the file.

use crate::contract::Contract;
use crate::model::case::{Case, CaseFile, Each, Step, substitute};
use crate::model::requirement::{Requirement, Requirements};
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
    /// SHA-256 over all that was read, in hexadecimal.
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
                .map(|name| (format!("cases/{name}"), embedded(name))),
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
        requirements,
        digest: format!("{:x}", digest.finalize()),
    })
}

fn requirements(digest: &mut Sha256) -> Result<Requirements, LoadError> {
    let source = embedded(REQUIREMENTS);
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

fn embedded(name: &str) -> String {
    Embedded::get(name)
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
    match case.steps.iter().find_map(|step| wrong(step, false)) {
        Some(what) => here(&case.id, format!("case {}: {what}", case.id), None),
        None => Ok(()),
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
