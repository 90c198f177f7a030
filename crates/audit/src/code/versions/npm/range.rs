//! What a range of npm's registry asks for: its least version, or why it names none.

use super::manifest::Package;
use crate::code::versions::app::{NoVersion, folders_up};
use crate::code::versions::number::Number;
use crate::code::versions::yaml;
use crate::walk::File;
use nodejs_semver::{Range, Version};
use std::collections::BTreeMap;

/// The longest range that is read: parsers of ranges are not made for hostile ones.
const LONGEST: usize = 128;

/// Ranges that a workspace names for all its packages, by folder, catalogue and package.
#[derive(Debug, Default)]
pub(super) struct Catalogs(BTreeMap<(String, String, String), String>);

/// A wish, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Understood {
    /// The package that is meant.
    pub(super) package: String,
    /// The range, as lock files spell it.
    pub(super) range: String,
    /// The least version that it lets in.
    pub(super) least: Option<Number>,
    /// Why there is none.
    pub(super) why_not: Option<NoVersion>,
}

impl Catalogs {
    pub(super) fn of_package(&mut self, package: &Package) {
        for (catalog, ranges) in &package.catalogs {
            for (name, range) in ranges {
                if let Some(range) = range.as_str() {
                    let key = (package.file.folder.clone(), catalog.clone(), name.clone());
                    self.0.insert(key, range.to_owned());
                }
            }
        }
    }

    pub(super) fn of_workspace(&mut self, file: &File) {
        // One that cannot be read leaves its wishes without a version, and they say so.
        let _ = yaml::each(file, |found| {
            let (catalog, name) = match found.path {
                [section, name] if section == "catalog" => (String::new(), name.clone()),
                [section, catalog, name] if section == "catalogs" => {
                    (catalog.clone(), name.clone())
                }
                _ => return,
            };
            self.0
                .insert((file.folder.clone(), catalog, name), found.value.to_owned());
        });
    }

    /// What a wish in this folder comes to.
    pub(super) fn understand(&self, folder: &str, name: &str, range: &str) -> Understood {
        let range = range.trim();
        let Some(catalog) = range.strip_prefix("catalog:") else {
            return understand(name, range);
        };
        let catalog = match catalog.trim() {
            "default" => "",
            other => other,
        };
        let named = folders_up(folder).into_iter().find_map(|it| {
            let key = (it, catalog.to_owned(), name.to_owned());
            self.0.get(&key)
        });
        match named {
            Some(range) if !range.starts_with("catalog:") => understand(name, range),
            _ => nothing(name, range, NoVersion::Catalog),
        }
    }
}

fn nothing(package: &str, range: &str, why: NoVersion) -> Understood {
    Understood {
        package: package.to_owned(),
        range: range.to_owned(),
        least: None,
        why_not: Some(why),
    }
}

fn understand(name: &str, range: &str) -> Understood {
    if let Some(alias) = range.strip_prefix("npm:") {
        return match alias.rfind('@').filter(|at| *at > 0) {
            Some(at) => {
                let (package, behind) = alias.split_at(at);
                let mut it = understand(package, behind.trim_start_matches('@'));
                range.clone_into(&mut it.range);
                if package == name {
                    behind.trim_start_matches('@').clone_into(&mut it.range);
                }
                it
            }
            // Berry writes `npm:^3.0.0` for a range of the package itself.
            None if alias.starts_with(|it: char| it.is_ascii_digit() || "^~<>=".contains(it)) => {
                understand(name, alias)
            }
            None => nothing(alias, range, NoVersion::Any),
        };
    }
    if let Some(patched) = range.strip_prefix("patch:") {
        let inner = patched
            .split('#')
            .next()
            .unwrap_or_default()
            .replace("%3A", ":");
        let behind = inner
            .get(1..)
            .and_then(|it| it.split_once('@'))
            .map(|(_, it)| it.to_owned());
        return behind.map_or_else(
            || nothing(name, range, NoVersion::Address),
            |it| Understood {
                range: range.to_owned(),
                ..understand(name, &it)
            },
        );
    }
    let local = [
        "workspace:",
        "file:",
        "link:",
        "portal:",
        "./",
        "../",
        "/",
        "~/",
    ];
    if local.iter().any(|it| range.starts_with(it)) {
        return nothing(name, range, NoVersion::Local(range.to_owned()));
    }
    if range.contains("://") || range.contains(':') || range.contains('/') {
        return nothing(name, range, NoVersion::Address);
    }
    if matches!(range, "" | "*" | "x" | "X") {
        return nothing(name, range, NoVersion::Any);
    }
    let least = (range.len() <= LONGEST)
        .then(|| Range::parse(range).ok())
        .flatten();
    match least.and_then(|it| it.min_version()) {
        Some(it) if range.trim_start().starts_with('<') && it.to_string() == "0.0.0" => {
            nothing(name, range, NoVersion::Any)
        }
        Some(it) => Understood {
            package: name.to_owned(),
            range: range.to_owned(),
            least: Number::read(&it.to_string()),
            why_not: None,
        },
        None => nothing(name, range, NoVersion::Tag),
    }
}

/// Whether a version is one that a range asks for; true where that cannot be told.
pub(super) fn fits(range: &str, version: &str) -> bool {
    if range.len() > LONGEST {
        return true;
    }
    let Ok(version) = Version::parse(version) else {
        return true;
    };
    let range = range.strip_prefix("npm:").map_or(range, |it| {
        it.rfind('@')
            .filter(|at| *at > 0)
            .map_or(it, |at| it.get(at + 1..).unwrap_or(it))
    });
    Range::parse(range).map_or(true, |it| it.satisfies_with_prerelease(&version, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("^3.1.0", Some("3.1.0"))]
    #[case("~2.4", Some("2.4.0"))]
    #[case(">=2.0.0", Some("2.0.0"))]
    #[case("2.x || 3.x", Some("2.0.0"))]
    #[case("2.0.0 - 3.0.0", Some("2.0.0"))]
    #[case("4", Some("4.0.0"))]
    #[case("3.0.0-rc.1", Some("3.0.0-rc.1"))]
    #[case("npm:@portal-hq/core@^3.0.0", Some("3.0.0"))]
    #[case("npm:^3.2.0", Some("3.2.0"))]
    #[case(
        "patch:@portal-hq/core@npm%3A4.1.0#~/.yarn/patches/x.patch",
        Some("4.1.0")
    )]
    #[case("*", None)]
    #[case("<4", None)]
    #[case("latest", None)]
    #[case("workspace:^", None)]
    #[case("file:../sdk", None)]
    #[case("link:../sdk", None)]
    #[case("portal:../sdk", None)]
    #[case("../sdk", None)]
    #[case("github:portal-hq/sdk#v2.0.0", None)]
    #[case("git+ssh://git@github.com/portal-hq/sdk.git#v2.0.0", None)]
    #[case("portal-hq/sdk", None)]
    #[case("https://example.com/sdk-2.0.0.tgz", None)]
    #[case("catalog:", None)]
    fn a_range_is_judged_by_its_least_version(#[case] range: &str, #[case] least: Option<&str>) {
        let it = Catalogs::default().understand("", "@portal-hq/core", range);
        assert_eq!(it.least, least.and_then(Number::read));
        assert_eq!(it.why_not.is_some(), least.is_none());
    }

    #[rstest]
    #[case("^3.0.0", "3.4.0", true)]
    #[case("^3.0.0", "2.4.0", false)]
    #[case("npm:@portal-hq/core@^3.0.0", "2.4.0", false)]
    #[case("latest", "2.4.0", true)]
    fn a_version_fits_a_range(#[case] range: &str, #[case] version: &str, #[case] fitting: bool) {
        assert_eq!(fits(range, version), fitting);
    }
}
