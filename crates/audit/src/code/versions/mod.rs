//! The versions of the SDKs: as lock files resolved them, else as manifests ask for them.
//!
//! A new registry is a folder that makes `Ask`s, and a line in `read`.

mod app;
mod gradle;
mod lines;
mod lock;
mod npm;
mod number;
mod one;
mod swift;
mod yaml;

use super::App;
use super::sdk::Sdk;
use crate::finding::{Finding, Note};
use crate::walk::Tree;
use app::{Ask, Got};
use number::{Number, Standing};
use std::collections::BTreeMap;

/// What is known of versions in a tree.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// The apps that a manifest or a lock file shows.
    pub(super) apps: Vec<App>,
    /// Folders of npm packages, each with the name that it gives itself.
    pub(super) packages: BTreeMap<String, Option<String>>,
    /// Folders of the vendor's own packages: what lies in them is the SDK's source.
    pub(super) vendors: Vec<String>,
    /// `sdk.version` and `sdk.one-version`, for each app.
    pub(super) findings: Vec<Finding>,
}

/// Reads the manifests and lock files of a tree.
pub(super) fn read(tree: &Tree, notes: &mut Vec<Note>) -> Versions {
    let npm = npm::Npm::read(tree, notes);
    let swift = swift::read(tree, notes);
    let of_npm = npm.asks();
    let mut versions = Versions {
        vendors: swift.vendors.clone(),
        ..Versions::default()
    };
    for package in npm.packages.values() {
        let folder = package.file.folder.clone();
        if package.is_vendors() {
            versions.vendors.push(folder.clone());
        }
        versions.packages.insert(folder, package.name.clone());
    }
    let mut apps: BTreeMap<(String, Sdk), Vec<&Ask>> = BTreeMap::new();
    let android = gradle::read(tree);
    for ask in of_npm.iter().chain(&swift.asks).chain(&android) {
        let sdks = [Sdk::ReactNative, Sdk::Web, Sdk::Swift, Sdk::Android];
        if let Some(sdk) = sdks.into_iter().find(|it| it.package() == ask.package) {
            apps.entry((ask.folder.clone(), sdk)).or_default().push(ask);
        }
    }
    for ((folder, sdk), asks) in apps {
        let name = subject(tree, &folder, &versions.packages);
        let asks_for_peer = asks
            .iter()
            .all(|it| it.asked.as_ref().is_some_and(|it| it.peer));
        let (finding, version) = asks
            .iter()
            .map(|ask| judge(sdk, &name, ask))
            .reduce(|a, b| if weight(&a.0) >= weight(&b.0) { a } else { b })
            .unwrap_or_else(|| (not_found(sdk, &name), None));
        versions.findings.push(finding);
        versions.findings.push(match sdk {
            Sdk::ReactNative => one::judge(&name, &folder, &of_npm, &swift.react_native_pods),
            Sdk::Web | Sdk::Swift | Sdk::Android => {
                let says = format!("{} is one package", sdk.package());
                Finding::void("sdk.one-version", &name, says)
            }
        });
        versions.apps.push(App {
            name,
            folder,
            sdk,
            version,
            peer: asks_for_peer,
        });
    }
    versions
}

/// What an app is called: its folder as the user would type it; at the root the name that its manifest gives.
pub(super) fn subject(
    tree: &Tree,
    folder: &str,
    packages: &BTreeMap<String, Option<String>>,
) -> String {
    if folder.is_empty()
        && let Some(Some(name)) = packages.get(folder)
    {
        return name.clone();
    }
    tree.shown(folder)
}

/// That nothing names a version.
pub(super) fn not_found(sdk: Sdk, name: &str) -> Finding {
    let says = format!(
        "no manifest and no lock file here names a version of {}",
        sdk.package()
    );
    Finding::unknown("sdk.version", name, says)
}

/// Which of several answers about one app counts.
fn weight(finding: &Finding) -> u8 {
    use crate::finding::Answer;
    match finding.answer {
        Answer::Broken(_) => 3,
        Answer::Kept => 2,
        Answer::Unknown => 1,
        Answer::Void => 0,
    }
}

fn judge(sdk: Sdk, name: &str, ask: &Ask) -> (Finding, Option<String>) {
    let package = sdk.package();
    let told: Vec<(&Got, Number)> = ask
        .got
        .iter()
        .filter(|it| it.why_not.is_none())
        .filter_map(|it| Some((it, Number::read(&it.spelled)?)))
        .collect();
    let Some(((first, number), rest)) = told.split_first() else {
        return (unlocked(sdk, name, ask), None);
    };
    let standing = number.standing(sdk);
    let version = Some(first.spelled.clone());
    let observed = format!("`{package}` {} in {}", first.spelled, first.file);
    if let Some((other, _)) = rest.iter().find(|(_, it)| it.standing(sdk) != standing) {
        let says = format!(
            "{observed}, and {} in {}: which of them the app is built with cannot be told",
            other.spelled, other.file
        );
        return (
            Finding::unknown("sdk.version", name, says).at(&first.place),
            None,
        );
    }
    let least = ask.asked.as_ref().and_then(|it| it.least.as_ref());
    if let (false, Some(asked), Some(least)) = (first.fits, &ask.asked, least)
        && least.standing(sdk) != standing
    {
        let says = format!(
            "{observed} is not what {} asks for: the lock file is stale, or an override decides; install again, then look",
            asked.spelled
        );
        return (
            Finding::unknown("sdk.version", name, says).at(&asked.place),
            None,
        );
    }
    let finding = stands(sdk, name, standing, &observed, &first.spelled);
    (finding.at(&first.place), version)
}

/// An app of which no lock file says what it got.
fn unlocked(sdk: Sdk, name: &str, ask: &Ask) -> Finding {
    let package = sdk.package();
    let Some(asked) = &ask.asked else {
        let finding = not_found(sdk, name);
        return ask
            .got
            .first()
            .map_or(finding.clone(), |it| finding.at(&it.place));
    };
    if asked.peer {
        let says =
            format!("`{package}` is a peer of this package: whoever uses it brings the version");
        return Finding::void("sdk.version", name, says).at(&asked.place);
    }
    let Some(least) = &asked.least else {
        let why = ask
            .got
            .iter()
            .find_map(|it| it.why_not.clone())
            .or_else(|| asked.why_not.clone());
        let why = why.map_or_else(String::new, |it| format!(": {it}"));
        let says = format!(
            "no version of `{package}` was found, {}{why}",
            asked.spelled
        );
        return Finding::unknown("sdk.version", name, says).at(&asked.place);
    };
    let exact = Number::read(&asked.range).is_some() && asked.range.matches('.').count() >= 2;
    let spelled = &asked.spelled;
    let observed = if exact {
        format!("`{package}` {spelled}")
    } else {
        format!(
            "`{package}` is asked for as {spelled}, no lock file says what that became, and its least version is {least}"
        )
    };
    stands(
        sdk,
        name,
        least.standing(sdk),
        &observed,
        &least.to_string(),
    )
    .at(&asked.place)
}

fn stands(sdk: Sdk, name: &str, standing: Standing, observed: &str, version: &str) -> Finding {
    let begins = format!("{}.0.0", sdk.begins());
    match standing {
        Standing::New => Finding::kept("sdk.version", name, observed.to_owned()),
        Standing::Old => {
            let says = format!("{observed}: multi-backup begins at {begins}");
            Finding::broken("sdk.version", name, "sdk-too-old", says)
                .compared(format!("{begins} or newer"), version)
        }
        Standing::Preview => {
            let says = format!("{observed} is a preview of {begins}, at which multi-backup begins");
            Finding::unknown("sdk.version", name, says)
        }
    }
}
