//! What may be demanded of a transcript: one kind a file. `ask_of` says which kind a requirement is;
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

/// How a requirement is judged by looking at exchanges.
#[derive(Clone, Copy)]
pub struct Ask {
    /// The look.
    pub look: Look,
    /// Whether it is taken in every case, or only in those that name the requirement.
    pub always: bool,
    /// Whether the script of a case that proves the requirement must be kept as well.
    pub script: bool,
}

/// How a requirement is judged by looking at exchanges; nothing where only the script of its case counts.
pub fn ask_of(requirement: &str) -> Option<Ask> {
    let (look, always, script): (Look, bool, bool) = match requirement {
        "endpoint.status-200" => (status::store_is_200, false, false),
        "endpoint.json" => (answer::is_json, false, false),
        "endpoint.deadline" => (deadline::kept, true, false),
        "secret.status" => (status::secret_refused_with_401_or_403, false, false),
        "share.verbatim" => (answer::shares_unaltered, true, true),
        "share.size" | "share.size-large" => (answer::shares_whole, false, true),
        "fetch.array" => (answer::is_array, true, false),
        "fetch.no-legacy-key" => (answer::has_no_legacy_key, false, false),
        "fetch.empty" => (answer::is_empty_array, false, false),
        "v5.single-share" => (answer::is_single_share, true, true),
        "input.status-4xx" => (status::unusable_refused_with_4xx, false, false),
        "input.no-internals" => (internals::hidden, true, false),
        "input.unknown-client" => (status::unknown_client_not_5xx, false, false),
        "replace.concurrent-status" => (status::no_race_ends_in_5xx, false, false),
        _ => return None,
    };
    Some(Ask {
        look,
        always,
        script,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_always_is_listed_so() {
        for requirement in ALWAYS {
            assert!(
                ask_of(requirement).is_some_and(|ask| ask.always),
                "{requirement}"
            );
        }
    }
}
