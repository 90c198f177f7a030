//! Small trees of files, and what is said of them.

mod hostile;
mod mobile;
mod native;
mod source;
mod telling;
mod versions;

use super::{CodeAudit, audit};
use crate::finding::{Answer, Finding};
use crate::walk::walk;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn audited(files: &[(&str, &str)]) -> CodeAudit {
    let folder = tree(files);
    audit(&walk(folder.path()))
}

/// The answers to one requirement, as `kept`, `void`, `unknown`, or the way of breaking.
fn answers(audit: &CodeAudit, requirement: &str) -> Vec<&'static str> {
    let of = audit
        .findings
        .iter()
        .filter(|it| it.requirement == requirement);
    of.map(|it| word(it.answer)).collect()
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Kept => "kept",
        Answer::Broken(code) => code,
        Answer::Unknown => "unknown",
        Answer::Void => "void",
    }
}

/// The one finding of a requirement.
fn only<'a>(audit: &'a CodeAudit, requirement: &str) -> &'a Finding {
    let found: Vec<&Finding> = audit
        .findings
        .iter()
        .filter(|it| it.requirement == requirement)
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}
