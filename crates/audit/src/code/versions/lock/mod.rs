//! Lock files of npm's registry, each in the one form that a question needs: who holds which package at which version.
//!
//! They are read as streams and only what names the vendor is kept. A new format is a file here and its name in `read`.

mod bun;
mod jsonc;
mod npm;
mod pnpm;
mod yarn;

use crate::place::Place;
use crate::walk::File;

/// What a lock file holds of the vendor's packages.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    /// The file.
    pub(super) file: File,
    /// Whose format it has.
    pub(super) format: Format,
    /// What it holds.
    pub(super) entries: Vec<Entry>,
}

/// Who wrote a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// npm.
    Npm,
    /// Yarn, classic or berry.
    Yarn,
    /// pnpm.
    Pnpm,
    /// Bun.
    Bun,
}

/// A package at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Who it is installed for: a folder below that of the lock file, a workspace's name for Bun; empty for all.
    pub(super) holder: String,
    /// The name that it is installed under; for Yarn with the range behind an `@`.
    pub(super) key: String,
    /// The package's own name, where it is installed under another.
    pub(super) package: String,
    /// Its version.
    pub(super) version: String,
    /// Where it stands.
    pub(super) place: Place,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    /// The folder of the manifest, below that of the lock file; empty for the same.
    pub(super) folder: &'a str,
    /// The name that the manifest gives itself.
    pub(super) name: Option<&'a str>,
    /// The name that the package is asked for by.
    pub(super) key: &'a str,
    /// The range that is asked for.
    pub(super) range: &'a str,
}

/// Whether an npm package is one of the vendor's.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with("@portal-hq/")
}

/// Reads a lock file; null for one of another registry.
pub(super) fn read(file: &File) -> Option<Result<Lock, String>> {
    let (format, entries) = match file.name.as_str() {
        "package-lock.json" | "npm-shrinkwrap.json" => (Format::Npm, npm::read(file)),
        "yarn.lock" => (Format::Yarn, yarn::read(file)),
        "pnpm-lock.yaml" => (Format::Pnpm, pnpm::read(file)),
        "bun.lock" => (Format::Bun, bun::read(file)),
        "bun.lockb" => (
            Format::Bun,
            Err(
                "it is binary: `bun install --save-text-lockfile` writes one that can be read"
                    .to_owned(),
            ),
        ),
        _ => return None,
    };
    let file = file.clone();
    Some(entries.map(|entries| Lock {
        file,
        format,
        entries,
    }))
}

impl Lock {
    /// What this asker got; null where that cannot be told from this file.
    pub(super) fn answer(&self, asker: Asker<'_>) -> Option<&Entry> {
        let exact = match self.format {
            Format::Npm => self.nearest(asker),
            Format::Yarn => self.described(asker),
            Format::Pnpm => self.held(asker.folder, asker.key),
            Format::Bun => asker
                .name
                .and_then(|name| self.held(name, asker.key))
                .or_else(|| self.held("", asker.key)),
        };
        exact.or_else(|| self.only(asker.key))
    }

    fn held(&self, holder: &str, key: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|it| it.holder == holder && it.key == key)
    }

    /// As node looks for a package: in the asker's folder, then in each above it.
    fn nearest(&self, asker: Asker<'_>) -> Option<&Entry> {
        let mut folder = asker.folder;
        loop {
            if let Some(entry) = self.held(folder, asker.key) {
                return Some(entry);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    fn described(&self, asker: Asker<'_>) -> Option<&Entry> {
        let (key, range) = (asker.key, asker.range);
        let wanted = [format!("{key}@{range}"), format!("{key}@npm:{range}")];
        self.entries.iter().find(|it| wanted.contains(&it.key))
    }

    /// The one version of a package, where the file holds no other: an override may answer a range that it does not name.
    fn only(&self, key: &str) -> Option<&Entry> {
        let mut named = self.entries.iter().filter(|it| it.package == key);
        let first = named.next()?;
        named.all(|it| it.version == first.version).then_some(first)
    }
}
