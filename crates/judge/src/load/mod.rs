//! Files to cases and requirements. Takes the embedded suite and a user's own files; gives both, held
//! together, or one slip that points at the place in the file.

mod check;
mod family;
mod slip;

pub use slip::{Slip, parse};

use crate::model::case::{Case, CaseFile};
use crate::model::remedy::Remedy;
use crate::model::requirement::{Requirement, Requirements};
use crate::model::signature::{NoSignature, Signature};
use check::check;
use family::expand;
use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use slip::slip;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The cases and requirements that the tool carries: every file of `cases/`.
#[derive(RustEmbed)]
#[folder = "../../cases/"]
#[include = "*.toml"]
struct Embedded;

/// What a run shows of each fault of the reference custodian, as the proof has written it down.
#[derive(RustEmbed)]
#[folder = "../../snapshots/faults/"]
#[include = "*.snap"]
struct Signatures;

/// What to do about faults: every file of `remedies/`.
#[derive(RustEmbed)]
#[folder = "../../remedies/"]
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
        settings.set_snapshot_path("../../../../snapshots");
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
