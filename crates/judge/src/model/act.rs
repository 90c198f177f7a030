//! What happens in a case beside its requests: the custodian is restarted, Portal answers otherwise, a wallet is recovered.

use crate::contract::wallet::{Curve, Recovered, UserHalf};
use crate::model::case::Mood;
use crate::model::transcript::Transcript;
use crate::model::trial::Action;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens in a step that is no request, or is made of what its requests brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The custodian was restarted.
    Restart,
    /// Portal answered otherwise from then on.
    Portal(Mood),
    /// A wallet was to be recovered.
    Recover {
        /// The curves that it has.
        curves: Vec<Curve>,
        /// What its halves came to.
        #[serde(flatten)]
        halves: Recovered,
    },
}

impl Act {
    /// Those of a transcript as far as it came, by the index of their step.
    pub fn all(transcript: &Transcript) -> BTreeMap<usize, Self> {
        let last = transcript.exchanges.iter().filter_map(|it| it.place.step);
        let last = last.max().unwrap_or_default();
        let steps = transcript.trial.script.iter().enumerate();
        let acts = steps.filter_map(|(index, step)| {
            let act = match &step.action {
                Action::Request(_) | Action::Concurrently(_) => None,
                Action::Restart => (index < last).then_some(Self::Restart),
                Action::Portal(mood) => (index < last).then_some(Self::Portal(*mood)),
                Action::Recover(recovery) => {
                    let outcome = transcript.recovered.iter().find(|it| it.step == index);
                    outcome.map(|it| Self::Recover {
                        curves: recovery.curves.clone(),
                        halves: it.halves.clone(),
                    })
                }
            };
            Some((index, act?))
        });
        acts.collect()
    }
}

impl std::fmt::Display for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Restart => f.write_str("the custodian is restarted"),
            Self::Portal(mood) => f.write_str(match mood {
                Mood::Well => "Portal answers as it should from now on",
                Mood::TooMany => "Portal answers 429 from now on",
                Mood::Fails => "Portal answers 500 from now on",
                Mood::Hangs => "Portal does not answer from now on",
            }),
            Self::Recover { curves, halves } if halves.is_whole(curves) => {
                f.write_str("the wallet is put together again")
            }
            Self::Recover { curves, halves } => {
                f.write_str("the wallet is not put together again: ")?;
                match halves.user_half {
                    UserHalf::Missing => f.write_str("there is no user's half"),
                    UserHalf::Misfit => f.write_str("the user's half is of another backup"),
                    UserHalf::Opened if halves.parted.len() == curves.len() => {
                        f.write_str("no custodian share fits")
                    }
                    UserHalf::Opened => {
                        let names: Vec<&str> = halves.parted.iter().map(|it| it.name()).collect();
                        write!(f, "no custodian share fits ({})", names.join(", "))
                    }
                }
            }
        }
    }
}
