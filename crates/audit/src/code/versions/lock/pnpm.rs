//! pnpm's `pnpm-lock.yaml`, formats 5 to 9, also as two YAML documents: from pnpm 11 on the first holds pnpm itself.

use super::{Entry, is_ours};
use crate::code::versions::{lines, yaml};
use crate::walk::File;

/// What it holds of the vendor's packages, by the folder of each importer.
pub(super) fn read(file: &File) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    yaml::each(file, |found| {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        // `importers` → folder → section → package, or section → package; from format 6 on → `version`.
        let path = match path.as_slice() {
            [rest @ .., "version"] => rest,
            all => all,
        };
        let (holder, section, key) = match path {
            ["importers", holder, section, key] => (*holder, *section, *key),
            [section, key] => (".", *section, *key),
            _ => return,
        };
        let sections = ["dependencies", "devDependencies", "optionalDependencies"];
        if sections.contains(&section)
            && let Some((package, version)) = resolved(key, found.value)
            && is_ours(&package)
        {
            let holder = if holder == "." { "" } else { holder };
            entries.push(Entry {
                holder: holder.to_owned(),
                key: key.to_owned(),
                package,
                version,
                place: lines::at(file, found.line, found.text),
            });
        }
    })?;
    Ok(entries)
}

/// The package and its version: `3.0.1(react@18.2.0)`, `3.0.1_react@18.2.0`, `@a/b@3.0.1` or `/@a/b/3.0.1` for an alias.
fn resolved(key: &str, value: &str) -> Option<(String, String)> {
    let value = value.split('(').next().unwrap_or_default();
    let bare = value.trim_start_matches('/');
    let (package, version) = if bare.starts_with('@') {
        let cut = bare
            .rfind('@')
            .filter(|at| *at > 0)
            .or_else(|| bare.rfind('/'))?;
        (bare.get(..cut)?, bare.get(cut + 1..)?)
    } else {
        (key, value)
    };
    let version = version.split('_').next().unwrap_or_default();
    let number = version.starts_with(|it: char| it.is_ascii_digit());
    number.then(|| (package.to_owned(), version.to_owned()))
}
