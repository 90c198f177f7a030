//! A line of the contract: what is demanded, how firmly, by whom, and what a user suffers without it.

use crate::contract::Contract;
use crate::model::effect::{Judging, Look};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How firmly a requirement is demanded.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; never fails a run.
    Informational,
    /// A failure is a warning, and fails the run under `--strict`.
    Recommended,
    /// A failure fails the run.
    Required,
}

impl Level {
    /// The level's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Recommended => "recommended",
            Self::Required => "required",
        }
    }
}

/// What has to be told before a requirement can be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The webhooks: the custodian's half of a wallet.
    #[default]
    Webhooks,
    /// The custodian's own endpoints: the user's half.
    UserHalf,
    /// What the custodian tells Portal.
    Portal,
    /// The database behind the webhooks: looked at by an audit.
    Database,
    /// The source of backend and apps, and the SDK's versions: looked at by an audit.
    Code,
    /// What becomes of shares when a new version goes live: looked at by a rehearsal.
    Rehearsal,
}

impl Part {
    /// Whether it is what every run looks at.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether requests of a run show it: what an audit or a rehearsal looks at, none does.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Webhooks | Self::UserHalf | Self::Portal)
    }
}

/// One requirement of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Kebab-case and dots, for ever.
    pub id: String,
    /// How firmly it is demanded.
    pub level: Level,
    /// The contracts that it belongs to.
    pub contracts: Vec<Contract>,
    /// What it speaks of.
    #[serde(default)]
    pub part: Part,
    /// What a conforming custodian does.
    pub statement: String,
    /// Where the contract has it from.
    pub source: String,
    /// What a custodian does that breaks it, as a headline.
    pub breach: String,
    /// What the user of a wallet would suffer.
    pub consequence: String,
    /// What to do about it.
    pub fix: String,
    /// What to do about it where it is broken in a way of its own: by the code of the finding.
    #[serde(default)]
    pub fixes: BTreeMap<String, String>,
    /// What it is judged by.
    #[serde(default)]
    pub judged: Judging,
}

/// All requirements, in the contract's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(Vec<Requirement>);

impl Requirements {
    /// Of a list whose ids are unique, which `load` has seen to.
    pub fn new(list: Vec<Requirement>) -> Self {
        Self(list)
    }

    /// In the contract's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Requirement> {
        self.0.iter()
    }

    /// The requirement with this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.0.iter().find(|requirement| requirement.id == id)
    }

    /// The one that a look at answers decides.
    pub fn judged_by(&self, look: Look) -> Option<&Requirement> {
        self.0.iter().find(|it| it.judged.look == Some(look))
    }

    /// Its level; an id that is not in the list counts as required, so that nothing slips.
    pub fn level(&self, id: &str) -> Level {
        self.get(id)
            .map_or(Level::Required, |requirement| requirement.level)
    }
}

impl<'a> IntoIterator for &'a Requirements {
    type Item = &'a Requirement;
    type IntoIter = std::slice::Iter<'a, Requirement>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
