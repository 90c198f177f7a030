//! A case bound to symbolic clients, with every label, lane and repetition spelled out: what `execute`
//! sends and what `judge` holds the answers to.

use crate::contract::Contract;
use crate::contract::method::UNKNOWN;
use crate::contract::share::Shape;
use crate::contract::wallet::Curve;
use crate::exchange::Webhook;
use crate::exchange::{Credentials, Secret, Spelling};
use crate::model::case::{Expect, Mood, Unusable};
use crate::model::shard::Shard;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The place under which a custodian keeps a share: a backup method, or none for a v5 share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub Option<String>);

impl Slot {
    /// Whether the contract leaves it to custodians (as a recommendation) to hold these two apart.
    pub fn may_be(&self, other: &Self) -> bool {
        let folded =
            |slot: &Self| crate::contract::method::folded(slot.0.as_deref().unwrap_or(UNKNOWN));
        folded(self) == folded(other)
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            // Blanks at the ends would not be seen.
            Some(method) if method.trim() != method => write!(f, "{method:?}"),
            // What stands for the run's digits tells people nothing.
            Some(method) => f.write_str(method.trim_end_matches("{nonce}").trim_end_matches('-')),
            None => f.write_str("no method (v5)"),
        }
    }
}

/// What goes into a request's body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A store of the share with this label.
    Store {
        /// The backup method, or none for a v5 body.
        method: Option<String>,
        /// The share's label.
        label: String,
        /// Whether keys that nobody knows are added.
        extra_keys: bool,
    },
    /// A fetch of the client's id.
    Fetch {
        /// How the id is spelled.
        spelling: Spelling,
        /// Whether keys that nobody knows are added.
        extra_keys: bool,
    },
    /// A template, see `case::Send::body`.
    Raw(String),
    /// An app hands its half in.
    UserStore {
        /// The backup method; none as apps of v5 do it.
        method: Option<String>,
        /// What stands for the `cipherText`.
        text: Cipher,
        /// Whose credentials it carries.
        credentials: Credentials,
    },
    /// An app asks for its half.
    UserFetch {
        /// The backup method.
        method: String,
        /// Whose credentials it carries.
        credentials: Credentials,
    },
}

/// What stands for a `cipherText` in a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cipher {
    /// The text with this label.
    Label(String),
    /// Nothing that a wallet could be recovered from.
    Unusable(Unusable),
}

/// What the ledger learns from a request, if it is acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// The slot holds the share.
    Stores(Slot, String),
    /// The share may be there, and may have taken the slot's place.
    MayStore(Slot, String),
    /// Nothing.
    None,
}

/// One request of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Which webhook.
    pub webhook: Webhook,
    /// The symbolic client.
    pub client: String,
    /// Its body.
    pub body: Body,
    /// What is done to the secret.
    pub secret: Secret,
    /// Another content type than `application/json`.
    pub content_type: Option<String>,
    /// What must come of it; of a plain fetch, `Accepted` stands for a readable answer.
    pub expect: Expect,
    /// What it does to the ledger.
    pub effect: Effect,
    /// The labels that a fetch must bring, if the case says so.
    pub labels: Option<Vec<String>>,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

impl Request {
    /// Whether it is a fetch of the client's own id with the right secret.
    pub fn is_plain_fetch(&self) -> bool {
        let exact = matches!(
            self.body,
            Body::Fetch {
                spelling: Spelling::Exact,
                ..
            }
        );
        exact && self.secret == Secret::Right
    }

    /// Whether it is a store that a conforming custodian must accept.
    pub fn is_plain_store(&self) -> bool {
        matches!(self.body, Body::Store { .. }) && self.expect == Expect::Accepted
    }

    /// The labels of every share that it carries.
    pub fn carries(&self) -> Vec<String> {
        let template = match &self.body {
            Body::Store { label, .. }
            | Body::UserStore {
                text: Cipher::Label(label),
                ..
            } => return vec![label.clone()],
            Body::Fetch { .. } | Body::UserFetch { .. } | Body::UserStore { .. } => {
                return Vec::new();
            }
            Body::Raw(template) => template,
        };
        let parts = template.split('<').filter_map(|part| {
            let inner = part.split_once('>')?.0;
            let bare = inner.strip_prefix("raw ").unwrap_or(inner);
            bare.strip_prefix("share ").map(str::to_owned)
        });
        parts.collect()
    }

    /// Puts other methods in the place of these; a store of one that has none becomes a store as v5 sends it.
    pub fn rename(&mut self, instead: &BTreeMap<String, Option<String>>) {
        if let Body::Store { method, .. } = &mut self.body
            && let Some(other) = method.as_ref().and_then(|it| instead.get(it))
        {
            method.clone_from(other);
        }
        if let Effect::Stores(slot, _) | Effect::MayStore(slot, _) = &mut self.effect
            && let Some(other) = slot.0.as_ref().and_then(|it| instead.get(it))
        {
            slot.0.clone_from(other);
        }
        if let Body::Raw(template) = &mut self.body {
            for (method, other) in instead {
                let quoted = format!("\"backupMethod\":\"{method}\"");
                let key = other
                    .as_ref()
                    .map_or_else(String::new, |it| format!("\"backupMethod\":\"{it}\""));
                *template = template.replace(
                    &format!(",{quoted}"),
                    &if key.is_empty() {
                        String::new()
                    } else {
                        format!(",{key}")
                    },
                );
            }
        }
    }

    /// What must come of it, in words.
    pub fn expected(&self) -> String {
        let words = match (self.expect, &self.labels) {
            (Expect::Accepted, Some(labels)) if labels.is_empty() => "no share",
            (Expect::Accepted, Some(labels)) => return labels.join(" + "),
            (Expect::Accepted, None) if self.is_plain_fetch() => "what was acknowledged",
            (Expect::Accepted, None) => "a 2xx",
            (Expect::Refused, _) => "a refusal, and no share",
            (Expect::NoShare, _) => "no share of anybody",
            (Expect::Free, _) => "anything",
        };
        words.to_owned()
    }

    /// Whether its body, not its secret, is what a custodian must object to.
    pub fn is_unusable(&self) -> bool {
        matches!(self.body, Body::Raw(_))
            && self.secret == Secret::Right
            && self.expect != Expect::Accepted
    }
}

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptStep {
    /// What happens.
    pub action: Action,
    /// Whether a deviation leaves the case undecided instead of failing it.
    pub control: bool,
    /// Whether the trial ends here if it goes wrong, lest what follows reach other clients.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are requests")]
pub enum Action {
    /// One request.
    Request(Request),
    /// Lanes at once, each a chain of requests.
    Concurrently(Vec<Vec<Request>>),
    /// The user's restart command.
    Restart,
    /// An app recovers a wallet.
    Recover(Box<Recovery>),
    /// Portal answers otherwise from now on, to the trial's clients.
    Portal(Mood),
}

/// A recovery: the custodian's half from its webhook, the user's from its own endpoint, and what they come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// The two requests: the webhook's fetch, and the one for the user's half.
    pub requests: [Request; 2],
    /// The label of the backup that is to be recovered: of its `cipherText`.
    pub backup: String,
    /// The curves that it has.
    pub curves: Vec<Curve>,
    /// Whether the contract leaves it open what comes of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
}

impl Action {
    /// Its requests, lane by lane.
    pub fn lanes(&self) -> Vec<&[Request]> {
        match self {
            Self::Request(request) => vec![std::slice::from_ref(request)],
            Self::Concurrently(lanes) => lanes.iter().map(Vec::as_slice).collect(),
            Self::Recover(recovery) => vec![&recovery.requests],
            Self::Restart | Self::Portal(_) => Vec::new(),
        }
    }
}

/// A backup of a client's wallet: a `cipherText` and the shares that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The symbolic client; it has one wallet.
    pub client: String,
    /// The labels of the custodian's shares.
    pub shares: BTreeMap<Curve, String>,
}

/// A case, ready to be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a case asks for, each free of the others"
)]
pub struct Trial {
    /// The case's id; with `--repeat`, `#2` and so on behind it.
    pub id: String,
    /// The case's title.
    pub title: String,
    /// The requirement that the script proves.
    pub requirement: String,
    /// Those that its exchanges prove as well.
    pub also: Vec<String>,
    /// Whether it needs clients that never held a share.
    pub fresh: bool,
    /// The label of a share that its first client holds since before the migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_migration: Option<String>,
    /// Whether it may use other methods than it names: what it proves does not hang on them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_method: bool,
    /// The contract that it is judged by.
    pub contract: Contract,
    /// The symbolic clients, `a` first.
    pub clients: Vec<String>,
    /// The shapes of its shares by label, in the order of their numbers.
    pub labels: BTreeMap<String, Shape>,
    /// The backups of wallets that it makes, by the label of the `cipherText`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backups: BTreeMap<String, Backup>,
    /// What happens.
    pub script: Vec<ScriptStep>,
    /// Whether it listens to what Portal is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hears: bool,
    /// Whether what its clients hold at the end of the run matters to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lasts: bool,
}

impl Trial {
    /// How many requests it sends at the most, the opening fetches among them.
    pub fn requests(&self) -> usize {
        let sent: usize = self
            .script
            .iter()
            .flat_map(|step| step.action.lanes())
            .map(<[Request]>::len)
            .sum();
        self.clients.len() + self.user_methods().len() + sent
    }

    /// How many of its requests must wait for one another.
    pub fn chain(&self) -> usize {
        let steps = self.script.iter().map(|step| {
            step.action
                .lanes()
                .iter()
                .map(|lane| lane.len())
                .max()
                .unwrap_or(0)
        });
        1 + steps.sum::<usize>()
    }

    /// Whether any of it goes to the custodian's own endpoints.
    pub fn has_user_half(&self) -> bool {
        let mut requests = self.script.iter().flat_map(|step| step.action.lanes());
        requests.any(|lane| lane.iter().any(|it| it.webhook.is_own()))
    }

    /// Whether Portal answers otherwise in it than it does to others.
    pub fn has_moods(&self) -> bool {
        let mut steps = self.script.iter();
        steps.any(|step| matches!(step.action, Action::Portal(_)))
    }

    /// The methods under which it hands user shares in or asks for them, by symbolic client.
    pub fn user_methods(&self) -> BTreeSet<(String, String)> {
        let requests = self.script.iter().flat_map(|step| step.action.lanes());
        let methods = requests.flatten().filter_map(|request| {
            let method = match &request.body {
                Body::UserStore { method, .. } => method.as_deref().unwrap_or(UNKNOWN),
                Body::UserFetch { method, .. } => method,
                Body::Store { .. } | Body::Fetch { .. } | Body::Raw(_) => return None,
            };
            Some((request.client.clone(), method.to_owned()))
        });
        methods.collect()
    }

    /// Whether it restarts the custodian.
    pub fn restarts(&self) -> bool {
        let mut steps = self.script.iter();
        steps.any(|step| step.action == Action::Restart)
    }

    /// The same steps without the requests that Portal never sends: what goes wrong then as well does not come of them.
    /// Nothing where it has no such step, or no other.
    pub fn placebo(&self) -> Option<Self> {
        let portals = |step: &ScriptStep| {
            let mut requests = step.action.lanes().into_iter().flatten();
            requests.all(|it| it.expect == Expect::Accepted)
        };
        let script: Vec<ScriptStep> = self
            .script
            .iter()
            .filter(|it| portals(it))
            .cloned()
            .collect();
        let some = !script.is_empty() && script.len() < self.script.len();
        some.then(|| Self {
            script,
            ..self.clone()
        })
    }

    /// What lists say of it.
    pub fn planned(&self) -> Planned {
        Planned {
            id: self.id.clone(),
            title: self.title.clone(),
            requirements: self.requirements().map(str::to_owned).collect(),
        }
    }

    /// Whether this share is on this client since before the migration.
    pub fn held_before(&self, label: &str, client: &str) -> bool {
        self.before_migration.as_deref() == Some(label)
            && self.clients.first().is_some_and(|first| first == client)
    }

    /// Every requirement that it proves.
    pub fn requirements(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.requirement.as_str()).chain(self.also.iter().map(String::as_str))
    }
}

/// What is to be run alone, after all trials were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// The trial with this id, once more.
    Again(String),
    /// The placebo of the trial with this id: see [`Trial::placebo`].
    Placebo(String),
}

impl Rerun {
    /// The id of the trial.
    pub fn trial(&self) -> &str {
        match self {
            Self::Again(id) | Self::Placebo(id) => id,
        }
    }
}

/// What lists say of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The trial's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it would prove.
    pub requirements: Vec<String>,
}

impl Planned {
    /// The trial did not run although it should have.
    pub fn starved(self, reason: String) -> LeftOut {
        LeftOut {
            id: self.id,
            title: self.title,
            requirements: self.requirements,
            reason,
            undecides: true,
            shard: None,
        }
    }

    /// The trial runs in another part of the plan.
    pub fn elsewhere(self, shard: Shard) -> LeftOut {
        LeftOut {
            id: self.id,
            title: self.title,
            requirements: self.requirements,
            reason: format!("in {shard}"),
            undecides: false,
            shard: Some(shard),
        }
    }
}

/// A case that will not run, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The case's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it would have proved.
    pub requirements: Vec<String>,
    /// Why it will not run.
    pub reason: String,
    /// Whether its requirements stay undecided for it; otherwise they are skipped.
    pub undecides: bool,
    /// The part of the plan in which it runs, if that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}
