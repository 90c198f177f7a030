//! A case as its author writes it: TOML, read into these types and into nothing else. What it means, with
//! every label and lane spelled out, is a `Trial`.

use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::exchange::{Credentials, Secret, Spelling, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A file of `cases/`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
}

/// A script of steps that proves requirements.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Kebab-case and dots; frozen. With `each`, `{each}` in it is replaced by the member's name.
    pub id: String,
    /// What a conforming custodian is seen to do, as a sentence.
    pub title: String,
    /// The requirement that it proves.
    pub requirement: String,
    /// Requirements that its exchanges prove as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The faults of the reference custodian that prove that it can fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catches: Vec<String>,
    /// Of a family: faults that only some members catch, with the names of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub catches_by: BTreeMap<String, Vec<String>>,
    /// The contracts under which it runs; under v5 every `method` is left out.
    #[serde(default = "v6_only")]
    pub contracts: Vec<Contract>,
    /// Whether it runs only against a custodian on this machine: on a broken one it may reach other clients.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_only: bool,
    /// Whether it needs a client that never held a share.
    #[serde(default)]
    pub fresh: bool,
    /// The label of a share that client `a` holds since before the custodian's migration; only a hook can make
    /// such a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_migration: Option<String>,
    /// Makes a case of each member: a list of texts, or a table of name and text. `{each}` in any text of
    /// the case is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

fn v6_only() -> Vec<Contract> {
    vec![Contract::V6]
}

impl Case {
    /// Whether it asks for the custodian's own endpoints, or for Portal.
    pub fn has_user_half(&self) -> bool {
        self.steps.iter().any(Step::has_user_half)
    }

    /// Whether any of its steps run at once.
    pub fn races(&self) -> bool {
        self.steps.iter().any(|step| step.at_once(|_| true))
    }

    /// Whether it runs only against a custodian on this machine. No guard shields other clients under v5, which
    /// has no backup methods.
    pub fn stays_local(&self, contract: Contract) -> bool {
        let guarded = self.steps.iter().any(|step| step.guard);
        self.local_only || guarded && contract == Contract::V5
    }

    /// Whether stores run at once, so that what comes out of it is chance.
    pub fn stores_race(&self) -> bool {
        let more_than_one = |lanes: &[Step]| {
            let stores = lanes.iter().filter(|lane| lane.store.is_some());
            stores.map(|lane| lane.lanes).sum::<usize>() > 1
        };
        self.steps.iter().any(|step| step.at_once(more_than_one))
    }
}

impl Step {
    /// Whether it asks for the custodian's own endpoints, or for Portal.
    pub fn has_user_half(&self) -> bool {
        self.any(&|step| {
            step.user_store.is_some()
                || step.user_fetch.is_some()
                || step.backup.is_some()
                || step.recover.is_some()
                || step.portal.is_some()
        })
    }

    /// Whether this holds of it, or of a step within it.
    pub fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        let inner = [&self.concurrently, &self.repeat];
        let mut inner = inner.into_iter().flatten().flatten();
        holds(self) || inner.any(|step| step.any(holds))
    }

    /// Whether it has lanes that run at once, of which this holds.
    fn at_once(&self, holds: fn(&[Self]) -> bool) -> bool {
        self.concurrently.as_deref().is_some_and(holds)
            || self.repeat.iter().flatten().any(|step| step.at_once(holds))
    }
}

/// The members of a family of cases.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Each {
    /// Texts that name themselves; in an id they stand in lower case.
    List(Vec<String>),
    /// Name and text.
    Named(BTreeMap<String, String>),
}

/// One step: exactly one of `store`, `fetch`, `send`, `concurrently`, `repeat`, `restart`, and of the user's half
/// `user_store`, `user_fetch`, `backup`, `recover` and `portal`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A well-formed store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
    /// A well-formed fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<Fetch>,
    /// Anything at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<Send>,
    /// Lanes that run at once, each a step with its `times` and `lanes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrently: Option<Vec<Step>>,
    /// Steps to go through `times` over; `{round}` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Vec<Step>>,
    /// Calls the user's restart command.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restart: bool,
    /// An app hands a `cipherText` in at the custodian's own endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_store: Option<UserStore>,
    /// An app asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_fetch: Option<UserFetch>,
    /// A wallet is backed up: Portal stores the custodian's shares and fetches after each, the app hands its half in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// A wallet is recovered from both halves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover: Option<Recover>,
    /// How Portal answers from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<Mood>,
    /// A control: if it goes wrong, the case is undecided rather than failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// Sent only where the custodian is on another machine, and what follows it only if it went right: the rest
    /// could reach other clients of a broken one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
    /// How often, one after the other; `{turn}` counts within a lane.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: usize,
    /// Within `concurrently`, how many lanes do the same; `{lane}` counts.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub lanes: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_one(n: &usize) -> bool {
    *n == 1
}

fn client_a() -> String {
    "a".to_owned()
}

/// A store as Portal sends it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The symbolic client.
    #[serde(default = "client_a")]
    pub client: String,
    /// The backup method; without it the body is a v5 one. `{nonce}` in it is two hexadecimal digits of the
    /// run's id, for a slot that an earlier run has hardly filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The label of the share.
    pub share: String,
    /// What the share's text looks like.
    #[serde(default)]
    pub shape: Shape,
    /// What is done to the secret.
    #[serde(default)]
    pub secret: Secret,
    /// Adds keys that nobody knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extra_keys: bool,
    /// What must come of it.
    #[serde(default = "accepted")]
    pub expect: Expect,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

fn accepted() -> Expect {
    Expect::Accepted
}

/// A fetch as Portal sends it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// The symbolic client.
    #[serde(default = "client_a")]
    pub client: String,
    /// How the client's id is spelled.
    #[serde(default)]
    pub id: Spelling,
    /// What is done to the secret.
    #[serde(default)]
    pub secret: Secret,
    /// Adds keys that nobody knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extra_keys: bool,
    /// The labels that must come back, in any order; without it what the ledger allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Vec<String>>,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

/// Any request to one of the webhooks.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Which webhook.
    pub to: Webhook,
    /// The symbolic client whose id `<client>` stands for.
    #[serde(default = "client_a")]
    pub client: String,
    /// The body as it goes over the wire. `<client>` and `<share LABEL>` become JSON strings; `<raw client>`
    /// and `<raw share LABEL>` the bare text.
    pub body: String,
    /// The shape of the shares in the body.
    #[serde(default)]
    pub shape: Shape,
    /// Another content type than `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What is done to the secret.
    #[serde(default)]
    pub secret: Secret,
    /// What must come of it: `refused` for a store, `no-share` for a fetch, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
    /// A share in the body that the custodian may come to hold by it, under this method or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_store: Option<MayStore>,
}

/// What a request that is neither right nor wrong may change.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MayStore {
    /// The share's label.
    pub share: String,
    /// The method whose share it may replace; none: the v5 share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// A `cipherText` that is handed in at the custodian's own endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserStore {
    /// The symbolic client.
    #[serde(default = "client_a")]
    pub client: String,
    /// The backup method; without it, as apps of v5 do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The label of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the text looks like: `sealed`, `sealed4k` or `sealed64k`.
    #[serde(default = "sealed")]
    pub shape: Shape,
    /// What stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<Unusable>,
    /// Whose credentials it carries.
    #[serde(default)]
    pub credentials: Credentials,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

fn sealed() -> Shape {
    Shape::Sealed
}

/// What may stand in the place of a `cipherText`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unusable {
    /// The key is left out.
    Missing,
    /// `null`.
    Null,
    /// The empty text.
    Empty,
    /// A number.
    Number,
    /// `false`.
    Boolean,
    /// An empty array.
    Array,
    /// An empty object.
    Object,
}

/// A question for a `cipherText`; what it must bring follows from the stores before it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserFetch {
    /// The symbolic client.
    #[serde(default = "client_a")]
    pub client: String,
    /// The backup method.
    pub method: String,
    /// Whose credentials it carries.
    #[serde(default)]
    pub credentials: Credentials,
    /// The requirement that it is sent for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

/// A backup of the client's wallet.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The symbolic client; it has one wallet.
    #[serde(default = "client_a")]
    pub client: String,
    /// The bare method; the shares' methods have the curve behind it.
    pub method: String,
    /// The label of its `cipherText`; those of the shares have the curve behind it.
    pub text: String,
    /// The SDK's version: under v5 there is one curve, and nothing carries a method.
    #[serde(default)]
    pub contract: Contract,
    /// After which step it breaks off.
    #[serde(default)]
    pub until: Until,
}

/// The last step of a backup that is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// The first curve's share is stored.
    FirstShare,
    /// The shares of all curves are stored.
    Shares,
    /// The app has handed its half in.
    #[default]
    End,
}

/// A recovery of the client's wallet.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// The symbolic client.
    #[serde(default = "client_a")]
    pub client: String,
    /// The bare method that the app asks by.
    pub method: String,
    /// The label of the backup that has to come back.
    pub text: String,
    /// Whether the contract leaves it open what comes of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
    /// The requirement that it is done for, where that is not the case's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
}

/// How Portal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mood {
    /// As it should.
    Well,
    /// With 429.
    TooMany,
    /// With 500.
    Fails,
    /// Not at all.
    Hangs,
}

/// What must come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// A 2xx.
    Accepted,
    /// No 2xx, and no share.
    Refused,
    /// Anything but a share of anybody.
    NoShare,
    /// Anything.
    Free,
}

/// The steps with every placeholder in every text replaced.
pub fn substitute(steps: &[Step], pairs: &[(&str, &str)]) -> Result<Vec<Step>, serde_json::Error> {
    fn replace(value: &mut Value, pairs: &[(&str, &str)]) {
        match value {
            Value::String(text) => {
                for (placeholder, filling) in pairs {
                    if text.contains(placeholder) {
                        *text = text.replace(placeholder, filling);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| replace(item, pairs)),
            Value::Object(map) => map.values_mut().for_each(|item| replace(item, pairs)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = serde_json::to_value(steps)?;
    replace(&mut value, pairs);
    serde_json::from_value(value)
}
