//! What is said of an app, from what was seen in its source. Nothing is broken on a guess: what has to be followed by hand
//! is void, with its place.

use super::seen::{Asking, Flag, Mpc, Seen, Telling, What};
use crate::code::sdk::Sdk;
use crate::finding::Finding;
use crate::place::Place;

const FLAG: &str = "sdk.flag";
const OFF: &str = "sdk.flag-off";
const VERSION: &str = "sdk.mpc-version";
const RECOVERS: &str = "sdk.recovers-by-method";
const ENDPOINT: &str = "code.v1-endpoint";

/// How to look whether the environment sets the flag.
const LOOK: &str =
    "`await portal.getClient()` shows what it does as `environment.isMultiBackupEnabled`";

/// The answers for one app, or for a backend where no SDK is named.
pub(super) fn all(name: &str, sdk: Option<Sdk>, seen: &[Seen]) -> Vec<Finding> {
    let mut findings = endpoint(name, sdk, seen);
    if sdk.is_none()
        && !seen
            .iter()
            .any(|it| matches!(it.what, What::Portal(..) | What::Off | What::Loose))
    {
        findings.extend(recovers(name, seen, false));
        return findings;
    }
    findings.extend(flag(name, seen));
    findings.extend(off(name, seen));
    findings.extend(version(name, seen));
    findings.extend(recovers(name, seen, true));
    findings
}

/// The constructions among what was seen.
fn portals(seen: &[Seen]) -> impl Iterator<Item = (&Flag, &Mpc, &Place)> {
    seen.iter().filter_map(|it| match &it.what {
        What::Portal(flag, mpc) => Some((flag, mpc, &it.place)),
        What::Off | What::Loose | What::Told(_) | What::Recovers(_) => None,
    })
}

fn none(requirement: &'static str, name: &str) -> Vec<Finding> {
    vec![Finding::void(
        requirement,
        name,
        "no source here constructs Portal",
    )]
}

fn flag(name: &str, seen: &[Seen]) -> Vec<Finding> {
    let findings: Vec<Finding> = portals(seen)
        .map(|(flag, _, place)| {
            match flag {
                Flag::On => Finding::kept(FLAG, name, "Portal is constructed with `isMultiBackupEnabled: true`"),
                Flag::Off(_) => Finding::void(FLAG, name, format!("the flag is false here: see {OFF}")),
                Flag::Left => Finding::void(
                    FLAG,
                    name,
                    format!("`featureFlags.isMultiBackupEnabled` is left out here, so the environment decides: {LOOK}"),
                ),
                Flag::Hand(why) => Finding::void(
                    FLAG,
                    name,
                    format!("whether `isMultiBackupEnabled` is true here has to be looked up by hand: {why}"),
                ),
            }
            .at(place)
        })
        .collect();
    if findings.is_empty() {
        none(FLAG, name)
    } else {
        findings
    }
}

fn off(name: &str, seen: &[Seen]) -> Vec<Finding> {
    let broken = |place: &Place| {
        Finding::broken(
            OFF,
            name,
            "flag-off",
            "`isMultiBackupEnabled` is false here: set it to true as the last step",
        )
        .compared("true", "false")
        .at(place)
    };
    let mut findings: Vec<Finding> = portals(seen)
        .filter_map(|(flag, _, place)| match flag {
            Flag::Off(place) => Some(broken(place)),
            Flag::Hand(why) => {
                let says = format!("whether `isMultiBackupEnabled` is false here has to be looked up by hand: {why}");
                Some(Finding::void(OFF, name, says).at(place))
            }
            Flag::On | Flag::Left => None,
        })
        .collect();
    for it in seen {
        match it.what {
            What::Off => findings.push(broken(&it.place)),
            What::Loose => {
                let says = "`isMultiBackupEnabled` is false here, and whether Portal gets that has to be looked up by hand";
                findings.push(Finding::void(OFF, name, says).at(&it.place));
            }
            What::Portal(..) | What::Told(_) | What::Recovers(_) => {}
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let places = portals(seen).count();
    match portals(seen).next() {
        Some((_, _, place)) => {
            let says = format!(
                "Portal is constructed in {places} {}, never with the flag false",
                of(places, "place")
            );
            vec![Finding::kept(OFF, name, says).at(place)]
        }
        None => none(OFF, name),
    }
}

fn version(name: &str, seen: &[Seen]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = portals(seen)
        .filter_map(|(_, mpc, place)| match mpc {
            Mpc::Six => None,
            Mpc::Other(version, place) => {
                let says = format!("Portal is constructed with MPC version `{version}`: multi-backup needs `v6`, which is the default");
                Some(Finding::broken(VERSION, name, "old-mpc", says).compared("v6", version).at(place))
            }
            Mpc::Hand(why) => {
                let says = format!("the MPC version here has to be looked up by hand: {why}");
                Some(Finding::void(VERSION, name, says).at(place))
            }
        })
        .collect();
    if let (true, Some((_, _, place))) = (findings.is_empty(), portals(seen).next()) {
        let says = "Portal is nowhere constructed with an MPC version other than v6";
        findings.push(Finding::kept(VERSION, name, says).at(place));
    }
    if findings.is_empty() {
        none(VERSION, name)
    } else {
        findings
    }
}

fn recovers(name: &str, seen: &[Seen], always: bool) -> Vec<Finding> {
    let findings: Vec<Finding> = seen
        .iter()
        .filter_map(|it| match &it.what {
            What::Recovers(asking) => Some((asking, &it.place)),
            What::Portal(..) | What::Off | What::Loose | What::Told(_) => None,
        })
        .map(|(asking, place)| {
            match asking {
                Asking::Method => {
                    Finding::kept(RECOVERS, name, "the user share that recovers the wallet is asked for by its method")
                }
                Asking::Portal => {
                    Finding::void(RECOVERS, name, "Portal keeps the user share: nothing has to be asked for")
                }
                Asking::Hand => Finding::void(
                    RECOVERS,
                    name,
                    "that the user share is asked for by the method that recovers has to be looked up by hand: nothing \
                     here shows it, and a user with backups by two methods would get the wrong one",
                ),
            }
            .at(place)
        })
        .collect();
    if findings.is_empty() && always {
        return vec![Finding::void(
            RECOVERS,
            name,
            "no source here recovers a wallet",
        )];
    }
    findings
}

fn endpoint(name: &str, sdk: Option<Sdk>, seen: &[Seen]) -> Vec<Finding> {
    let told: Vec<(&Telling, &Place)> = seen
        .iter()
        .filter_map(|it| match &it.what {
            What::Told(telling) => Some((telling, &it.place)),
            What::Portal(..) | What::Off | What::Loose | What::Recovers(_) => None,
        })
        .collect();
    let mut findings: Vec<Finding> = told
        .iter()
        .filter_map(|(telling, place)| {
            let broken = |code, says: &str| Finding::broken(ENDPOINT, name, code, says);
            let finding = match telling {
                Telling::Right => return None,
                Telling::First => broken(
                    "v1-endpoint",
                    "Portal is told at `/api/v1/…/stored-client-backup-share`, which knows no methods: call \
                     `/api/v2/clients/me/wallet/stored-client-backup-share` with `success` and `backupMethod`",
                )
                .compared("/api/v2/…/stored-client-backup-share", "/api/v1/…/stored-client-backup-share"),
                Telling::NoMethod => broken(
                    "no-method",
                    "Portal is told of a stored share without `backupMethod`, which it answers with 400",
                )
                .compared("success and backupMethod", "success alone"),
                Telling::Alone => broken(
                    "no-method",
                    "`storedClientBackupShare` is called with the success alone: give it the backup method too",
                )
                .compared("two arguments", "one argument"),
                Telling::Hand(why) => {
                    let says = format!("how Portal is told of the stored share has to be looked up by hand: {why}");
                    Finding::void(ENDPOINT, name, says)
                }
            };
            Some(finding.at(place))
        })
        .collect();
    if findings.is_empty() {
        match told.first() {
            Some((_, place)) => {
                let says = "Portal is told of stored shares by their methods, nowhere at the endpoint of v1";
                findings.push(Finding::kept(ENDPOINT, name, says).at(place));
            }
            None if sdk.is_some() => {
                findings.push(Finding::kept(
                    ENDPOINT,
                    name,
                    "no source here names the endpoint of v1",
                ));
            }
            None => {}
        }
    }
    findings
}

fn of(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}
