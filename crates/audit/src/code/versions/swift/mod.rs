//! Swift apps: what Podfiles, packages and Xcode projects ask for, and what `Podfile.lock` and `Package.resolved` hold.

mod asked;
mod pods;
mod resolved;

use super::app::{Ask, Got, NoVersion, folders_up};
use crate::code::sdk::Sdk;
use crate::finding::Note;
use crate::place::Place;
use crate::walk::{File, Tree};
use std::collections::BTreeMap;

/// A lock file's word on a package.
#[derive(Clone, Debug)]
pub(super) struct Pinned {
    /// The version; null for a branch or a bare revision.
    pub(super) version: Option<String>,
    /// Where it stands.
    pub(super) place: Place,
    /// The folder that it comes from, where that is what the lock file says.
    pub(super) local: Option<String>,
}

/// What the Swift side of a tree holds.
#[derive(Debug, Default)]
pub(super) struct Swift {
    /// The version of the React Native SDK's pod, by the folder of the lock file.
    pub(super) react_native_pods: BTreeMap<String, (String, Place)>,
    /// The folders of the SDK's own package.
    pub(super) vendors: Vec<String>,
    /// What asks for the SDK.
    pub(super) asks: Vec<Ask>,
}

/// Reads manifests and lock files.
pub(super) fn read(tree: &Tree, notes: &mut Vec<Note>) -> Swift {
    let mut locked: BTreeMap<String, Vec<(String, Pinned)>> = BTreeMap::new();
    let mut react_native_pods = BTreeMap::new();
    for file in &tree.locks {
        match file.name.as_str() {
            "Podfile.lock" => match pods::read(file) {
                Ok(lock) => {
                    if let Some(it) = lock.react_native {
                        react_native_pods.insert(file.folder.clone(), it);
                    }
                    let pinned = lock.swift.map(|it| (file.path.clone(), it));
                    locked
                        .entry(file.folder.clone())
                        .or_default()
                        .extend(pinned);
                }
                Err(why) => notes.push(unread(file, &why)),
            },
            "Package.resolved" => match resolved::read(file) {
                Ok(pinned) => {
                    let pinned = pinned.map(|it| (file.path.clone(), it));
                    locked
                        .entry(owner(&file.folder))
                        .or_default()
                        .extend(pinned);
                }
                Err(why) => notes.push(unread(file, &why)),
            },
            _ => {}
        }
    }
    locked.retain(|_, it| !it.is_empty());
    let mut asks: Vec<Ask> = Vec::new();
    let mut vendors: Vec<String> = Vec::new();
    for file in &tree.manifests {
        match asked::read(file) {
            asked::Read::Asks(asked) => {
                let folder = owner(&file.folder);
                let got = got(&locked, &folder, asked.is_from_registry());
                let package = Sdk::Swift.package().to_owned();
                asks.push(Ask {
                    package,
                    folder,
                    asked: Some(asked),
                    got,
                });
            }
            asked::Read::Vendors => vendors.push(file.folder.clone()),
            asked::Read::Nothing => {}
        }
    }
    for (folder, pinned) in &locked {
        let below = |it: &Ask| {
            it.folder == *folder
                || it.folder.starts_with(&format!("{folder}/"))
                || folder.is_empty()
        };
        if !asks.iter().any(below) && !vendors.contains(folder) && !pinned.is_empty() {
            let got = got(&locked, folder, true);
            let package = Sdk::Swift.package().to_owned();
            asks.push(Ask {
                package,
                folder: folder.clone(),
                asked: None,
                got,
            });
        }
    }
    asks.retain(|it| !vendors.contains(&it.folder));
    Swift {
        react_native_pods,
        vendors,
        asks,
    }
}

/// The folder that an Xcode project or workspace lies in, for what lies inside of it.
fn owner(folder: &str) -> String {
    let inside = |it: &str| it.ends_with(".xcodeproj") || it.ends_with(".xcworkspace");
    let outer = folder.split('/').take_while(|it| !inside(it));
    outer.collect::<Vec<_>>().join("/")
}

fn got(
    locked: &BTreeMap<String, Vec<(String, Pinned)>>,
    folder: &str,
    from_registry: bool,
) -> Vec<Got> {
    let nearest = folders_up(folder)
        .into_iter()
        .find_map(|it| locked.get(&it));
    let pinned = nearest.map(Vec::as_slice).unwrap_or_default().iter();
    let versions = pinned.filter_map(|(file, it)| {
        let local = it.local.clone().map(NoVersion::Local);
        let unnamed = it.version.is_none().then_some(NoVersion::Address);
        Some(Got {
            spelled: it.version.clone().unwrap_or_else(|| "a branch".to_owned()),
            file: file.clone(),
            place: it.place.clone(),
            fits: true,
            why_not: local.or(unnamed),
        })
        .filter(|it| from_registry || it.why_not.is_some())
    });
    versions.collect()
}

fn unread(file: &File, why: &str) -> Note {
    let place = Place::File {
        path: file.path.clone(),
        line: 1,
        column: 1,
    };
    Note {
        says: format!("{} cannot be read: {why}", file.path),
        place: Some(place),
    }
}
