//! npm packages: what `package.json` asks for, and what the nearest lock file above says that it got.

mod manifest;
mod range;

use super::app::{Ask, Asked, Got, folders_up, relative};
use super::lock::{self, Asker, Lock};
use crate::finding::Note;
use crate::walk::{File, Tree};
pub(super) use manifest::Package;
use range::Catalogs;
use std::collections::BTreeMap;

/// Everything of npm that a folder holds.
#[derive(Debug, Default)]
pub(super) struct Npm {
    /// Its packages, by folder.
    pub(super) packages: BTreeMap<String, Package>,
    locks: BTreeMap<String, Vec<Lock>>,
    root: Vec<String>,
    catalogs: Catalogs,
}

impl Npm {
    /// Reads manifests and lock files.
    pub(super) fn read(tree: &Tree, notes: &mut Vec<Note>) -> Self {
        let mut npm = Self {
            root: names(tree),
            ..Self::default()
        };
        for file in tree.manifests.iter().chain(&tree.above) {
            match file.name.as_str() {
                "package.json" => match manifest::read(file) {
                    Ok(package) => {
                        npm.catalogs.of_package(&package);
                        npm.packages.insert(file.folder.clone(), package);
                    }
                    Err(why) => notes.push(unread(file, &why)),
                },
                "pnpm-workspace.yaml" => npm.catalogs.of_workspace(file),
                _ => {}
            }
        }
        if npm.packages.values().all(|it| it.asked.is_empty()) {
            return npm;
        }
        for file in tree.locks.iter().chain(&tree.above) {
            match lock::read(file) {
                Some(Ok(lock)) => npm.locks.entry(file.folder.clone()).or_default().push(lock),
                Some(Err(why)) => notes.push(unread(file, &why)),
                None => {}
            }
        }
        npm
    }

    /// What the packages below the root ask for of the vendor's, each with what it got.
    pub(super) fn asks(&self) -> Vec<Ask> {
        let packages = self
            .packages
            .values()
            .filter(|it| !it.file.folder.starts_with(".."));
        let ours = packages.filter(|it| !it.is_vendors());
        ours.flat_map(|package| {
            package
                .asked
                .iter()
                .filter_map(|wish| self.ask(package, wish))
        })
        .collect()
    }

    fn ask(&self, package: &Package, wish: &manifest::Wish) -> Option<Ask> {
        let folder = &package.file.folder;
        let understood = self.catalogs.understand(folder, &wish.name, &wish.range);
        if !lock::is_ours(&understood.package) {
            return None;
        }
        let spelled = format!("{} in {}", wish.range, package.file.path);
        let asked = Asked {
            spelled,
            range: wish.range.clone(),
            least: understood.least,
            why_not: understood.why_not,
            peer: wish.peer,
            place: wish.place.clone(),
        };
        let mut got = Vec::new();
        if asked.is_from_registry() {
            got = self.got(package, &wish.name, &understood.range);
        }
        Some(Ask {
            package: understood.package,
            folder: folder.clone(),
            asked: Some(asked),
            got,
        })
    }

    /// What the lock files of the nearest folder that knows say; several only where several lie side by side.
    fn got(&self, package: &Package, key: &str, range: &str) -> Vec<Got> {
        for folder in folders_up(&package.file.folder) {
            let locks = self
                .locks
                .get(&folder)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let below = relative(&self.root, &folder, &package.file.folder);
            let asker = Asker {
                folder: &below,
                name: package.name.as_deref(),
                key,
                range,
            };
            let answers = locks
                .iter()
                .filter_map(|lock| Some((lock, lock.answer(asker)?)));
            let got: Vec<Got> = answers
                .map(|(lock, entry)| Got {
                    spelled: entry.version.clone(),
                    file: lock.file.path.clone(),
                    place: entry.place.clone(),
                    fits: range::fits(range, &entry.version),
                    why_not: None,
                })
                .collect();
            if !got.is_empty() {
                return got;
            }
        }
        Vec::new()
    }
}

/// The parts of the root's real path.
fn names(tree: &Tree) -> Vec<String> {
    let real = tree
        .root
        .canonicalize()
        .unwrap_or_else(|_| tree.root.clone());
    real.iter()
        .map(|it| it.to_string_lossy().into_owned())
        .filter(|it| it != "/")
        .collect()
}

fn unread(file: &File, why: &str) -> Note {
    Note {
        says: format!("{} cannot be read: {why}", file.path),
        place: Some(crate::place::Place::File {
            path: file.path.clone(),
            line: 1,
            column: 1,
        }),
    }
}
