//! The source of apps and backends, by its syntax.
//!
//! `scan` finds the files that matter and parses them, `facts` puts what every language has into one form, and `portal`,
//! `endpoint` and `recover` look at that. `answers` says it of the apps.

mod answers;
mod endpoint;
mod expr;
mod facts;
mod language;
mod names;
mod portal;
mod recover;
mod scan;
mod seen;

use super::App;
use super::sdk::Sdk;
use super::versions::{self, Versions};
use crate::finding::{Finding, Note};
use crate::place::Place;
use crate::walk::{File, Tree};
use seen::{Seen, What};
use std::collections::BTreeMap;

/// What the source of a tree shows.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Apps that no manifest shows.
    pub(super) apps: Vec<App>,
    /// The answers to `sdk.flag`, `sdk.flag-off`, `sdk.mpc-version`, `sdk.recovers-by-method` and `code.v1-endpoint`.
    pub(super) findings: Vec<Finding>,
}

/// Something seen, from a file in this folder.
fn sight(folder: &str, place: Place, sdk: Option<Sdk>, what: What) -> Seen {
    Seen {
        folder: folder.to_owned(),
        place,
        sdk,
        what,
    }
}

/// Looks through the sources of a tree.
pub(super) fn read(tree: &Tree, versions: &Versions, notes: &mut Vec<Note>) -> Source {
    let files: Vec<&File> = tree
        .sources
        .iter()
        .filter(|it| !is_vendors(versions, &it.folder))
        .collect();
    let scan = scan::scan(&files);
    notes.extend(scan.notes);
    let mut source = Source::default();
    let mut groups: BTreeMap<(String, Option<Sdk>), Vec<Seen>> = versions
        .apps
        .iter()
        .map(|it| ((it.folder.clone(), Some(it.sdk)), Vec::new()))
        .collect();
    let (told, untold): (Vec<Seen>, Vec<Seen>) =
        scan.seen.into_iter().partition(|it| it.sdk.is_some());
    for seen in told {
        groups
            .entry(owner(tree, versions, &seen))
            .or_default()
            .push(seen);
    }
    let apps: Vec<(String, Option<Sdk>)> = groups.keys().cloned().collect();
    for seen in untold {
        groups
            .entry(host(versions, &apps, &seen.folder))
            .or_default()
            .push(seen);
    }
    for ((folder, sdk), seen) in groups {
        let name = versions::subject(tree, &folder, &versions.packages);
        let known = versions
            .apps
            .iter()
            .find(|it| it.folder == folder && Some(it.sdk) == sdk);
        if let (None, Some(sdk)) = (known, sdk) {
            let named = versions.apps.iter().any(|it| it.sdk == sdk);
            if !named {
                source.findings.push(versions::not_found(sdk, &name));
            }
            source.apps.push(App {
                name: name.clone(),
                folder,
                sdk,
                version: None,
                peer: false,
            });
        }
        source.findings.extend(answers::all(&name, sdk, &seen));
    }
    source
}

/// Whether a folder is another, or below it.
fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder == above
        || folder
            .strip_prefix(above)
            .is_some_and(|it| it.starts_with('/'))
}

/// Whether the nearest manifest above a folder is that of the SDK itself.
fn is_vendors(versions: &Versions, folder: &str) -> bool {
    let above = |it: &&str| is_below(folder, it);
    let own = versions
        .vendors
        .iter()
        .map(String::as_str)
        .filter(above)
        .map(str::len)
        .max();
    let apps = versions.apps.iter().map(|it| it.folder.as_str());
    let packages = versions.packages.keys().map(String::as_str);
    let others = apps
        .chain(packages)
        .filter(|it| !versions.vendors.iter().any(|vendor| vendor == it));
    let nearest = others.filter(above).map(str::len).max();
    own.is_some_and(|own| nearest.is_none_or(|nearest| nearest < own))
}

/// The app that something of a known SDK belongs to: the nearest one above that uses it; else the nearest package, or the
/// root.
fn owner(tree: &Tree, versions: &Versions, seen: &Seen) -> (String, Option<Sdk>) {
    let above = |it: &&App| is_below(&seen.folder, &it.folder) && seen.sdk == Some(it.sdk);
    let app = versions
        .apps
        .iter()
        .filter(above)
        .max_by_key(|it| it.folder.len());
    let folder = app.map(|it| it.folder.clone()).or_else(|| {
        let homes = tree
            .manifests
            .iter()
            .filter(|it| is_home(it, seen.sdk))
            .map(|it| outside_of_xcode(&it.folder));
        homes
            .filter(|it| is_below(&seen.folder, it))
            .max_by_key(String::len)
    });
    (folder.unwrap_or_default(), seen.sdk)
}

/// Whether a manifest is what an app of this SDK has.
fn is_home(file: &File, sdk: Option<Sdk>) -> bool {
    let name = file.name.as_str();
    match sdk {
        Some(Sdk::ReactNative | Sdk::Web) => name == "package.json",
        Some(Sdk::Swift) => matches!(
            name,
            "Package.swift" | "project.pbxproj" | "Podfile" | "project.yml"
        ),
        Some(Sdk::Android) => matches!(name, "build.gradle" | "build.gradle.kts"),
        None => false,
    }
}

/// The folder that an Xcode project lies in.
fn outside_of_xcode(folder: &str) -> String {
    folder
        .split('/')
        .take_while(|it| !it.ends_with(".xcodeproj"))
        .collect::<Vec<_>>()
        .join("/")
}

/// What something belongs to that no SDK is named beside: the nearest app, unless a package lies between, such as that of a
/// backend in a repository whose root holds an app.
fn host(
    versions: &Versions,
    apps: &[(String, Option<Sdk>)],
    folder: &str,
) -> (String, Option<Sdk>) {
    let app = apps
        .iter()
        .filter(|(it, _)| is_below(folder, it))
        .max_by_key(|(it, _)| it.len());
    let package = versions
        .packages
        .keys()
        .filter(|it| is_below(folder, it))
        .max_by_key(|it| it.len());
    match (app, package) {
        (Some((app, sdk)), Some(package)) if app.len() >= package.len() => (app.clone(), *sdk),
        (Some((app, sdk)), None) => (app.clone(), *sdk),
        (_, Some(package)) => (package.clone(), None),
        (None, None) => (String::new(), None),
    }
}
