//! Whether the packages of the React Native SDK are of one version, in the lock file and beside it.

use super::app::Ask;
use super::lock::is_ours;
use crate::code::sdk::Sdk;
use crate::finding::Finding;
use crate::place::Place;
use std::collections::BTreeMap;

/// The answer for one app.
pub(super) fn judge(
    name: &str,
    folder: &str,
    asks: &[Ask],
    pods: &BTreeMap<String, (String, Place)>,
) -> Finding {
    let own = asks.iter().filter(|it| it.folder == folder);
    // The web's SDK has versions of its own.
    let related = own.filter(|it| is_ours(&it.package) && it.package != Sdk::Web.package());
    let mut got: Vec<(&str, &str, &str, &Place)> = related
        .filter_map(|it| it.got.first().map(|got| (it, got)))
        .map(|(it, got)| {
            (
                it.package.as_str(),
                got.spelled.as_str(),
                got.file.as_str(),
                &got.place,
            )
        })
        .collect();
    let ios = if folder.is_empty() {
        "ios".to_owned()
    } else {
        format!("{folder}/ios")
    };
    let pod = pods.get(&ios).or_else(|| pods.get(folder));
    if let Some((version, place)) = pod {
        let file = match place {
            Place::File { path, .. } => path.as_str(),
            Place::Table { .. } => "Podfile.lock",
        };
        got.push(("PortalMpc", version, file, place));
    }
    let Some((first, rest)) = got.split_first() else {
        return Finding::void(
            "sdk.one-version",
            name,
            "no lock file here names the SDK's packages",
        );
    };
    let others: Vec<String> = rest
        .iter()
        .filter(|it| it.1 != first.1)
        .map(|(package, version, file, _)| format!("{package} {version} in {file}"))
        .collect();
    let place = rest
        .iter()
        .find(|it| it.1 != first.1)
        .map_or(first.3, |it| it.3);
    if others.is_empty() {
        let says = format!("the SDK's packages are all of {}", first.1);
        return Finding::kept("sdk.one-version", name, says).at(first.3);
    }
    let stale = others.iter().any(|it| it.starts_with("PortalMpc"));
    let mend = if stale {
        ": `pod install` brings the native half along"
    } else {
        ""
    };
    let says = format!(
        "{} is {} in {}, but {}{mend}",
        first.0,
        first.1,
        first.2,
        others.join(", ")
    );
    Finding::broken("sdk.one-version", name, "several-versions", says)
        .compared(first.1, others.join(", "))
        .at(place)
}
