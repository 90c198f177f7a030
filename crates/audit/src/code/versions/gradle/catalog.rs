//! A version catalogue: `libs.versions.toml`, with its three spellings of a library.

use super::script::Version;
use super::{GROUP, NAME};
use crate::place::{Lines, Place};
use crate::walk::File;
use toml::Table;

/// What a catalogue says of the SDK.
#[derive(Debug)]
pub(super) struct Catalog {
    /// The file.
    pub(super) file: File,
    /// How scripts name it behind `libs.`, and the bundles that hold it: `portal.android`, `bundles.portal`.
    pub(super) accessors: Vec<String>,
    /// The name of the catalogue: `libs`.
    pub(super) name: String,
    /// Its version.
    pub(super) version: Version,
    /// Where it stands.
    pub(super) place: Place,
}

/// Reads one; null where it does not name the SDK.
pub(super) fn read(file: &File, text: &str) -> Option<Catalog> {
    if !text.contains(GROUP) {
        return None;
    }
    let document: Table = text.parse().ok()?;
    let libraries = document.get("libraries")?.as_table()?;
    let (alias, version) = libraries
        .iter()
        .find_map(|(alias, it)| Some((alias, library(it, &document)?)))?;
    let at = text.find(GROUP).unwrap_or(0);
    let dotted = |it: &str| it.replace(['-', '_'], ".");
    let bundles = document
        .get("bundles")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten();
    let holding = bundles.filter(|(_, it)| {
        let names = it.as_array().into_iter().flatten();
        names
            .filter_map(toml::Value::as_str)
            .any(|it| dotted(it) == dotted(alias))
    });
    let mut accessors: Vec<String> = holding
        .map(|(name, _)| format!("bundles.{}", dotted(name)))
        .collect();
    accessors.push(dotted(alias));
    let name = file.name.trim_end_matches(".versions.toml").to_owned();
    let place = Lines::of(&file.path, text).at(at);
    Some(Catalog {
        file: file.clone(),
        accessors,
        name,
        version,
        place,
    })
}

/// The version of a library, if it is the SDK: `"group:name:version"`, `module =`, or `group =` and `name =`.
fn library(it: &toml::Value, document: &Table) -> Option<Version> {
    let module = format!("{GROUP}:{NAME}");
    if let Some(text) = it.as_str() {
        let rest = text.strip_prefix(&module)?;
        let version = rest.strip_prefix(':').filter(|it| !it.is_empty());
        return Some(version.map_or(Version::None, |it| Version::Text(it.to_owned())));
    }
    let table = it.as_table()?;
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str);
    let named = text("module") == Some(&module)
        || (text("group") == Some(GROUP) && text("name") == Some(NAME));
    if !named {
        return None;
    }
    let version = table.get("version");
    let reference = version
        .and_then(|it| it.get("ref"))
        .and_then(toml::Value::as_str);
    let version = match reference {
        Some(name) => document.get("versions").and_then(|it| it.get(name)),
        None => version,
    };
    Some(version.map_or(Version::None, rich))
}

/// `"3.0"`, or `{ strictly = …, require = …, prefer = … }`.
fn rich(it: &toml::Value) -> Version {
    let text = it.as_str().or_else(|| {
        let parts = ["prefer", "strictly", "require"];
        parts
            .iter()
            .find_map(|part| it.get(part).and_then(toml::Value::as_str))
    });
    text.map_or(Version::None, |it| Version::Text(it.to_owned()))
}
