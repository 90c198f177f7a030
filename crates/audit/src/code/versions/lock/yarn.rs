//! Yarn's `yarn.lock`, classic and berry: blocks under the descriptors that they answer.

use super::{Entry, is_ours};
use crate::code::versions::lines;
use crate::walk::File;

/// What it holds of the vendor's packages.
pub(super) fn read(file: &File) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut open: Vec<Entry> = Vec::new();
    let mut conflict = None;
    lines::each(file, |number, text| {
        if text.starts_with("<<<<<<<") {
            conflict = Some(number);
            return false;
        }
        if text.starts_with([' ', '\t']) {
            let value = text.trim();
            let version = value
                .strip_prefix("version")
                .map(|it| it.trim_start_matches(':').trim().trim_matches('"'));
            if let Some(version) = version.filter(|it| it.starts_with(|c: char| c.is_ascii_digit()))
            {
                for mut entry in open.drain(..) {
                    version.clone_into(&mut entry.version);
                    // Berry's own workspaces have a version that stands for none.
                    if !entry.key.contains("@workspace:") && !version.starts_with("0.0.0-use.local")
                    {
                        entries.push(entry);
                    }
                }
            }
        } else {
            open.clear();
            if text.contains("@portal-hq/") && !text.starts_with('#') {
                open.extend(descriptors(text).map(|key| Entry {
                    holder: String::new(),
                    package: package(&key),
                    key,
                    version: String::new(),
                    place: lines::at(file, number, text),
                }));
            }
        }
        true
    })
    .map_err(|error| error.to_string())?;
    if let Some(line) = conflict {
        return Err(format!("a merge in it is not resolved, at line {line}"));
    }
    entries.retain(|it| is_ours(&it.package));
    Ok(entries)
}

/// The descriptors of a block: `"a@^1", "a@^2":`, or `"a@npm:^1, a@npm:^2":`.
fn descriptors(line: &str) -> impl Iterator<Item = String> {
    let line = line.trim_end().trim_end_matches(':');
    line.split(", ")
        .map(|it| it.trim().trim_matches('"').to_owned())
}

/// The package that a descriptor is about: `a@npm:b@^1` is about `b`.
fn package(descriptor: &str) -> String {
    let behind = descriptor
        .get(1..)
        .and_then(|it| it.find('@'))
        .and_then(|at| Some((descriptor.get(..=at)?, descriptor.get(at + 2..)?)));
    let Some((name, range)) = behind else {
        return descriptor.to_owned();
    };
    match range.strip_prefix("npm:") {
        Some(alias) if alias.rfind('@').is_some_and(|at| at > 0) => alias
            .rsplit_once('@')
            .map_or(name, |(alias, _)| alias)
            .to_owned(),
        _ => name.to_owned(),
    }
}
