//! Looks at the exchanges of one transcript, one kind a file. A look blames nobody beyond what the answers show; what
//! rests on earlier requests is weighed in `attribute`.

pub mod answer;
pub mod deadline;
pub mod internals;
pub mod portal;
pub mod status;

use crate::model::effect::Look;
use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;

/// Takes one look at a transcript.
pub fn look(look: Look, transcript: &Transcript) -> Verdict {
    let take = match look {
        Look::StoreIs200 => status::store_is_200,
        Look::IsJson => answer::is_json,
        Look::InTime => deadline::kept,
        Look::SecretStatus => status::secret_refused_with_401_or_403,
        Look::Unaltered => answer::shares_unaltered,
        Look::Whole => answer::shares_whole,
        Look::IsArray => answer::is_array,
        Look::NoLegacyKey => answer::has_no_legacy_key,
        Look::EmptyArray => answer::is_empty_array,
        Look::SingleShare => answer::is_single_share,
        Look::UnusableIs4xx => status::unusable_refused_with_4xx,
        Look::NoInternals => internals::hidden,
        Look::UnknownClient => status::unknown_client_not_5xx,
        Look::RaceStatus => status::no_race_ends_in_5xx,
        Look::Capacity => status::all_at_once_are_served,
        Look::FailureTold => portal::hears_of_failures,
    };
    take(transcript)
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
