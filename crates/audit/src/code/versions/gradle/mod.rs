//! Android apps: what Gradle scripts ask for, also by catalogues and variables, and what `gradle.lockfile` holds.

mod catalog;
mod script;

use super::app::{Ask, Asked, Got, NoVersion, folders_up};
use super::lines;
use super::number::Number;
use crate::code::sdk::Sdk;
use crate::place::{Lines, Place};
use crate::walk::{File, Tree};
use catalog::Catalog;
use script::Version;
use std::collections::BTreeMap;

/// The group and the name of the SDK.
const GROUP: &str = "io.portalhq.android";
const NAME: &str = "portal-android";

/// A script, or a file of properties, as a text.
#[derive(Debug)]
struct Text {
    file: File,
    text: String,
}

/// What the Gradle builds of a tree ask for.
pub(super) fn read(tree: &Tree) -> Vec<Ask> {
    let texts = texts(tree);
    let mut catalogs: BTreeMap<String, Catalog> = BTreeMap::new();
    for it in texts
        .iter()
        .filter(|it| it.file.name.ends_with(".versions.toml"))
    {
        if let Some(catalog) = catalog::read(&it.file, &it.text) {
            // `gradle/libs.versions.toml` serves the folder above.
            let folder = it
                .file
                .folder
                .trim_end_matches("gradle")
                .trim_end_matches('/')
                .to_owned();
            catalogs.insert(folder, catalog);
        }
    }
    let locked = locked(tree);
    let mut asks: Vec<Ask> = Vec::new();
    let mut used: Vec<String> = Vec::new();
    for it in texts.iter().filter(|it| script::is_script(&it.file)) {
        if it.file.folder.starts_with("..") {
            continue;
        }
        let asked = direct(it, &texts).or_else(|| {
            let (folder, catalog) = folders_up(&it.file.folder)
                .into_iter()
                .find_map(|folder| catalogs.get(&folder).map(|catalog| (folder, catalog)))?;
            let place = script::accessor(&it.file, &it.text, catalog)?;
            used.push(folder);
            Some(asked_of(
                &catalog.version,
                &catalog.file,
                place,
                &it.file.folder,
                &texts,
            ))
        });
        if let Some(asked) = asked {
            asks.push(ask(&it.file.folder, asked, &locked));
        }
    }
    // A catalogue that names it while no script here was seen to use it: a plugin of the team's may.
    for (folder, catalog) in &catalogs {
        let served = used.contains(folder) || folder.starts_with("..");
        let below = |it: &Ask| folders_up(&it.folder).contains(folder);
        if !served && !asks.iter().any(below) {
            let place = catalog.place.clone();
            let asked = asked_of(&catalog.version, &catalog.file, place, folder, &texts);
            asks.push(ask(folder, asked, &locked));
        }
    }
    asks
}

fn ask(folder: &str, asked: Asked, locked: &BTreeMap<String, Got>) -> Ask {
    let got = folders_up(folder)
        .into_iter()
        .find_map(|it| locked.get(&it))
        .cloned();
    let package = Sdk::Android.package().to_owned();
    Ask {
        package,
        folder: folder.to_owned(),
        asked: Some(asked),
        got: got.into_iter().collect(),
    }
}

fn texts(tree: &Tree) -> Vec<Text> {
    let manifests = tree.manifests.iter().chain(&tree.above);
    let gradle = manifests.filter(|it| {
        script::is_script(it)
            || it.name == "gradle.properties"
            || it.name.ends_with(".versions.toml")
    });
    // `buildSrc` and the like keep coordinates in Kotlin.
    let sources = tree.sources.iter().filter(|it| {
        script::is_kotlin(it)
            && it
                .folder
                .split('/')
                .any(|part| matches!(part, "buildSrc" | "build-logic"))
    });
    let read = gradle.chain(sources).filter_map(|file| {
        let text = file.text().ok()?;
        Some(Text {
            file: file.clone(),
            text,
        })
    });
    read.collect()
}

/// What a script asks for by itself.
fn direct(it: &Text, texts: &[Text]) -> Option<Asked> {
    let found = script::coordinates(&it.text)?;
    let place = Lines::of(&it.file.path, &it.text).at(found.at);
    Some(asked_of(
        &found.version,
        &it.file,
        place,
        &it.file.folder,
        texts,
    ))
}

/// A version as it was written, with variables followed.
fn asked_of(version: &Version, file: &File, place: Place, folder: &str, texts: &[Text]) -> Asked {
    let (text, why_not) = match version {
        Version::Text(text) => (text.clone(), None),
        Version::Variable(name) => match script::variable(name, &file.path, folder, texts) {
            Some(text) => (text, None),
            None => (format!("${name}"), Some(NoVersion::Variable(name.clone()))),
        },
        Version::None => ("no version".to_owned(), Some(NoVersion::Unsaid)),
    };
    let (least, why_not) = match why_not {
        Some(why) => (None, Some(why)),
        None => least(&text),
    };
    let spelled = format!("{text} in {}", file.path);
    Asked {
        spelled,
        range: text,
        least,
        why_not,
        peer: false,
        place,
    }
}

/// The least version of `3.0.1`, `3.+`, `[3.0, 4.0)`; `+`, `latest.release` and `(,4.0)` have none.
fn least(text: &str) -> (Option<Number>, Option<NoVersion>) {
    let bare = text
        .trim()
        .trim_end_matches("!!")
        .trim_start_matches(['[', ']', '(']);
    let first = bare
        .split([',', ')', ']'])
        .next()
        .unwrap_or_default()
        .trim();
    let first = first.trim_end_matches('+').trim_end_matches('.');
    match Number::read(first) {
        Some(it) => (Some(it), None),
        None if first.is_empty() => (None, Some(NoVersion::Any)),
        None => (None, Some(NoVersion::Tag)),
    }
}

/// What `gradle.lockfile`s hold, by folder: `group:name:version=configurations`.
fn locked(tree: &Tree) -> BTreeMap<String, Got> {
    let mut locked = BTreeMap::new();
    let files = tree
        .locks
        .iter()
        .chain(&tree.above)
        .filter(|it| it.name == "gradle.lockfile");
    let prefix = format!("{GROUP}:{NAME}:");
    for file in files {
        // One that cannot be read leaves the version to the script, which then is what is judged.
        let _ = lines::each(file, |line, text| {
            let version = text
                .strip_prefix(&prefix)
                .and_then(|it| it.split('=').next());
            if let Some(version) = version {
                let got = Got {
                    spelled: version.to_owned(),
                    file: file.path.clone(),
                    place: lines::at(file, line, text),
                    fits: true,
                    why_not: None,
                };
                locked.insert(file.folder.clone(), got);
            }
            version.is_none()
        });
    }
    locked
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("3.0.1", Some("3.0.1"))]
    #[case("3.+", Some("3"))]
    #[case("[2.0, 4.0)", Some("2.0"))]
    #[case("[3.0,)", Some("3.0"))]
    #[case("3.1!!", Some("3.1"))]
    #[case("+", None)]
    #[case("latest.release", None)]
    #[case("(,4.0)", None)]
    fn a_gradle_version_is_judged_by_its_least(#[case] text: &str, #[case] wanted: Option<&str>) {
        let (found, why_not) = least(text);
        assert_eq!(found, wanted.and_then(Number::read));
        assert_eq!(why_not.is_some(), wanted.is_none());
    }
}
