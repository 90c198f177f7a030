//! npm's `package-lock.json`: format 1 nests `dependencies`, 2 and 3 have a flat list of `packages` by folder.

use super::{Entry, is_ours};
use crate::code::versions::lines;
use crate::walk::File;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::io::BufReader;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    packages: Kept,
    dependencies: Kept,
}

/// What of a map of packages names the vendor.
#[derive(Default)]
struct Kept(Vec<(String, Package)>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    link: bool,
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Keep;
        impl<'de> Visitor<'de> for Keep {
            type Value = Kept;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of packages")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kept, A::Error> {
                let mut kept = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let package: Package = map.next_value()?;
                    let named = package.name.as_deref().is_some_and(is_ours);
                    if named || key.contains("@portal-hq/") {
                        kept.push((key, package));
                    }
                }
                Ok(Kept(kept))
            }
        }
        from.deserialize_map(Keep)
    }
}

/// What it holds of the vendor's packages.
pub(super) fn read(file: &File) -> Result<Vec<Entry>, String> {
    let opened = std::fs::File::open(&file.absolute).map_err(|error| error.to_string())?;
    let document: Document = serde_json::from_reader(BufReader::with_capacity(1 << 16, opened))
        .map_err(|error| error.to_string())?;
    let flat = document
        .packages
        .0
        .into_iter()
        .filter_map(|(path, package)| {
            let (holder, name) = path.rsplit_once("node_modules/")?;
            Some((
                holder.trim_end_matches('/').to_owned(),
                name.to_owned(),
                path,
                package,
            ))
        });
    let mut entries: Vec<Entry> = flat
        .chain(
            document
                .dependencies
                .0
                .into_iter()
                .map(|(name, package)| (String::new(), name.clone(), name, package)),
        )
        .filter_map(|(holder, key, path, package)| entry(file, holder, key, &path, package))
        .collect();
    entries.dedup_by(|a, b| a.holder == b.holder && a.key == b.key);
    Ok(entries)
}

fn entry(file: &File, holder: String, key: String, path: &str, package: Package) -> Option<Entry> {
    let version = package.version.filter(|_| !package.link)?;
    let (alias, version) = match version
        .strip_prefix("npm:")
        .and_then(|it| it.rsplit_once('@'))
    {
        // Format 1 writes an alias as `npm:name@version`.
        Some((name, version)) => (Some(name.to_owned()), version.to_owned()),
        None => (None, version),
    };
    let package = package.name.or(alias).unwrap_or_else(|| key.clone());
    let place = lines::find(file, &format!("\"{path}\""));
    Some(Entry {
        holder,
        key,
        package,
        version,
        place,
    })
}
