//! What may be demanded of a transcript: one kind a file. `look_of` says which kind a requirement is;
//! whatever it does not name is proved by the script of its case (`script`).

pub mod answer;
pub mod deadline;
pub mod internals;
pub mod script;
pub mod status;

use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;

/// Asks one requirement of a transcript's exchanges.
pub type Look = fn(&Transcript) -> Verdict;

/// How a requirement is judged by looking at exchanges, and whether in every case or only where it is named.
pub fn look_of(requirement: &str) -> Option<(Look, Asked)> {
    Some(match requirement {
        "endpoint.status-200" => (status::store_is_200, Asked::WhereNamed),
        "endpoint.json" => (answer::is_json, Asked::WhereNamed),
        "endpoint.deadline" => (deadline::kept, Asked::Always),
        "secret.status" => (status::secret_refused_with_401_or_403, Asked::WhereNamed),
        "share.verbatim" => (answer::shares_unaltered, Asked::AlwaysAndByScript),
        "fetch.array" => (answer::is_array, Asked::Always),
        "fetch.no-legacy-key" => (answer::has_no_legacy_key, Asked::WhereNamed),
        "fetch.empty" => (answer::is_empty_array, Asked::WhereNamed),
        "v5.single-share" => (answer::is_single_share, Asked::AlwaysAndByScript),
        "input.status-4xx" => (status::unusable_refused_with_4xx, Asked::WhereNamed),
        "input.no-internals" => (internals::hidden, Asked::Always),
        "input.unknown-client" => (status::unknown_client_not_5xx, Asked::WhereNamed),
        "replace.concurrent-status" => (status::no_race_ends_in_5xx, Asked::WhereNamed),
        _ => return None,
    })
}

/// The requirements that are asked of every transcript.
pub const ALWAYS: [&str; 5] = [
    "endpoint.deadline",
    "share.verbatim",
    "fetch.array",
    "v5.single-share",
    "input.no-internals",
];

/// In which cases a look is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Only in a case that names the requirement.
    WhereNamed,
    /// In every case.
    Always,
    /// In every case; a case that names it must keep its script as well.
    AlwaysAndByScript,
}

/// Looks at each of some exchanges: broken by the first that is wrong, unknown if there is none.
fn each<T>(
    items: impl Iterator<Item = T>,
    none: &str,
    mut wrong: impl FnMut(T) -> Option<Finding>,
) -> Verdict {
    let mut looked = false;
    for item in items {
        looked = true;
        if let Some(finding) = wrong(item) {
            return Verdict::Broken(finding);
        }
    }
    if looked {
        Verdict::Kept
    } else {
        Verdict::Unknown(none.to_owned())
    }
}
