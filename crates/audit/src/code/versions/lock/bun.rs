//! Bun's `bun.lock`: JSON with commas behind the last of a list.

use super::{Entry, is_ours, jsonc::Plain};
use crate::code::versions::lines;
use crate::walk::File;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::io::BufReader;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    packages: Kept,
}

#[derive(Default)]
struct Kept(Vec<(String, String)>);

/// The first of a list: `name@version`.
struct First(Option<String>);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = First;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list that begins with a package's name and version")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First, A::Error> {
                let first = list.next_element::<String>()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        from.deserialize_seq(Take)
    }
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
                    let First(first) = map.next_value()?;
                    if let Some(first) = first.filter(|it| is_ours(it)) {
                        kept.push((key, first));
                    }
                }
                Ok(Kept(kept))
            }
        }
        from.deserialize_map(Keep)
    }
}

/// What it holds of the vendor's packages, by the names of the workspaces.
pub(super) fn read(file: &File) -> Result<Vec<Entry>, String> {
    let opened = std::fs::File::open(&file.absolute).map_err(|error| error.to_string())?;
    let plain = Plain::of(BufReader::with_capacity(1 << 16, opened));
    let document: Document =
        serde_json::from_reader(BufReader::new(plain)).map_err(|error| error.to_string())?;
    let entries = document.packages.0.into_iter().filter_map(|(path, first)| {
        let (package, version) = first.rsplit_once('@')?;
        let number = version.starts_with(|it: char| it.is_ascii_digit());
        // `@portal-hq/core`, or `holder/@portal-hq/core` where one workspace or package has its own.
        let slashes = if path.starts_with('@') || path.contains("/@") {
            2
        } else {
            1
        };
        let at = path.rmatch_indices('/').nth(slashes - 1).map(|(at, _)| at);
        let (holder, key) = match at {
            Some(at) => (path.get(..at)?, path.get(at + 1..)?),
            None => ("", path.as_str()),
        };
        number.then(|| Entry {
            holder: holder.to_owned(),
            key: key.to_owned(),
            package: package.to_owned(),
            version: version.to_owned(),
            place: lines::find(file, &format!("\"{path}\":")),
        })
    });
    Ok(entries.collect())
}
