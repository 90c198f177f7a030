//! What the source of apps and backends shows: the versions of the SDKs, and the places that construct Portal or tell it
//! of a backup.
//!
//! `versions` reads manifests and lock files, `source` the code itself, by its syntax. Both say what they could not judge:
//! what is told by hand is void with its place, never broken.

mod sdk;
mod source;
mod versions;

use crate::finding::{Finding, Note};
use crate::walk::Tree;
pub use sdk::Sdk;

/// What was found in a folder's code.
#[derive(Clone, Debug, Default)]
pub struct CodeAudit {
    /// The apps that use an SDK, by folder.
    pub apps: Vec<App>,
    /// The answers to `sdk.*` and `code.*`, each with the app that it is about. Ways of breaking: `sdk-too-old`,
    /// `several-versions`, `flag-off`, `old-mpc`, `v1-endpoint`, `no-method`.
    pub findings: Vec<Finding>,
    /// What was looked for in vain, and what could not be read.
    pub notes: Vec<Note>,
}

/// An app that uses an SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its folder as the user would type it; at the root the name that its manifest gives.
    pub name: String,
    /// Its folder below the root.
    pub folder: String,
    /// The SDK.
    pub sdk: Sdk,
    /// The version that it got; null where no lock file says so.
    pub version: Option<String>,
    /// Whether it only passes the SDK on: it is a library, and an app brings the version.
    pub peer: bool,
}

impl std::fmt::Display for App {
    /// On a line: `apps/mobile: @portal-hq/core 4.9.0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = match &self.version {
            Some(version) => version.as_str(),
            None if self.peer => "in whatever version its app brings",
            None => "in a version that no lock file names",
        };
        write!(f, "{}: {} {version}", self.name, self.sdk.package())
    }
}

/// Judges the manifests, lock files and sources of a tree.
pub fn audit(tree: &Tree) -> CodeAudit {
    let mut notes = Vec::new();
    let versions = versions::read(tree, &mut notes);
    let source = source::read(tree, &versions, &mut notes);
    let mut apps = versions.apps;
    apps.extend(source.apps);
    apps.sort_by(|a, b| (&a.folder, a.sdk).cmp(&(&b.folder, b.sdk)));
    if apps.is_empty() {
        notes.push(Note {
            says: "no app here uses an SDK of Portal's: no manifest, lock file or source names @portal-hq/core, \
                   @portal-hq/web, PortalSwift or io.portalhq.android"
                .to_owned(),
            place: None,
        });
    }
    let mut findings = versions.findings;
    findings.extend(source.findings);
    findings.sort_by(|a, b| (a.requirement, &a.subject).cmp(&(b.requirement, &b.subject)));
    CodeAudit {
        apps,
        findings,
        notes,
    }
}

#[cfg(test)]
mod tests;
