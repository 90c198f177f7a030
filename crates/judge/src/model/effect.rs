//! What can be seen to depart from the contract, and what it can be seen to come with: the words in which
//! `requirements.toml` says what each requirement is judged by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way in which what was seen departs from what the contract allows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A well-formed store is answered with 3xx.
    StoreRedirected,
    /// A well-formed store is answered with 4xx.
    StoreRefused,
    /// A well-formed store is answered with 5xx.
    StoreFailed,
    /// A well-formed store gets no answer, or no whole one.
    StoreUnanswered,
    /// A fetch is answered with 3xx.
    FetchRedirected,
    /// A fetch for a client with shares gets no answer that can be read, or another status than 200.
    FetchFailed,
    /// A fetch for a client with shares is answered as if there were none: 204, 404 or 410.
    FetchEmpty,
    /// A share that was acknowledged and never seen is not there.
    Lost,
    /// An older share is there in the place of the one that was acknowledged.
    Stale,
    /// A share that an earlier fetch had brought is not there any more.
    Gone,
    /// Two shares are there for one client and method, or one share twice.
    Doubled,
    /// A fetch for a client with shares is answered without a list of shares.
    Shapeless,
    /// A share is there whose store was refused.
    Revived,
    /// Other shares are there than the case says, where the contract only recommends it.
    Unexpected,
    /// A share comes back so changed that it is not known again.
    Unrecognisable,
    /// A text is there that is no share, though only shares were stored.
    Debris,
    /// A share of another client is in an answer.
    OthersShare,
    /// A text that nobody stored for this client is in an answer.
    UnknownText,
    /// What must be refused is acknowledged.
    Acknowledged,
    /// A share is in an answer that must hold none.
    ShareReturned,
    /// The custodian's process ends on a request that it may refuse.
    Died,
    /// A well-formed user share is not taken.
    UserRefused,
    /// A user share that was acknowledged does not come back.
    UserLost,
    /// An older user share of the method comes back in the place of the one that was acknowledged.
    UserStale,
    /// The user share of another method comes back than the one that was asked for.
    UserSwapped,
    /// A user share comes back changed.
    UserAltered,
    /// A user share comes to somebody who must not get it.
    UserGivenAway,
    /// A text comes back for a user share that is none, and none of ours.
    UserDebris,
    /// Both halves of a wallet came back as they were stored, and do not fit.
    Parted,
    /// Portal does not hear of a user share that was acknowledged.
    Untold,
    /// Portal is told of one in a way that it cannot use.
    Mistold,
    /// Portal is told of one before it is there.
    ToldEarly,
    /// Portal is told that one was stored which was not.
    ToldInVain,
    /// Portal is told through the endpoint of v5.
    ToldV1,
    /// Portal could not be told, and the app hears of success.
    DownHidden,
}

impl Effect {
    /// Whether the answer alone shows it, whatever came before.
    pub fn is_direct(self) -> bool {
        match self {
            Self::StoreRedirected
            | Self::FetchRedirected
            | Self::Shapeless
            | Self::Revived
            | Self::OthersShare
            | Self::UnknownText
            | Self::Acknowledged
            | Self::ShareReturned
            | Self::Died
            | Self::UserGivenAway
            | Self::UserDebris
            | Self::Parted
            | Self::Untold
            | Self::Mistold
            | Self::ToldEarly
            | Self::ToldInVain
            | Self::ToldV1
            | Self::DownHidden => true,
            Self::StoreRefused
            | Self::StoreFailed
            | Self::StoreUnanswered
            | Self::FetchFailed
            | Self::FetchEmpty
            | Self::Lost
            | Self::Stale
            | Self::Gone
            | Self::Doubled
            | Self::Unexpected
            | Self::Unrecognisable
            | Self::Debris
            | Self::UserRefused
            | Self::UserLost
            | Self::UserStale
            | Self::UserSwapped
            | Self::UserAltered => false,
        }
    }

    /// Whether it harms somebody now, so that nobody should wait for the end of a run to hear of it: a share is shown to whom
    /// it does not belong, or a request is taken that has to be refused.
    pub fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::OthersShare | Self::Acknowledged | Self::ShareReturned | Self::UserGivenAway
        )
    }

    /// The question that it answers: effects of one question are weighed against the same observations.
    pub fn question(self) -> Question {
        match self {
            Self::StoreRedirected
            | Self::StoreRefused
            | Self::StoreFailed
            | Self::StoreUnanswered => Question::Taken,
            Self::FetchRedirected | Self::FetchFailed | Self::FetchEmpty => Question::Answered,
            Self::Lost | Self::Stale | Self::Unrecognisable => Question::Shown,
            Self::Gone => Question::Kept,
            Self::Doubled => Question::Single,
            Self::UserRefused => Question::UserTaken,
            Self::UserLost | Self::UserStale | Self::UserSwapped => Question::UserShown,
            Self::UserAltered => Question::UserWhole,
            Self::Revived
            | Self::Unexpected
            | Self::Shapeless
            | Self::Debris
            | Self::OthersShare
            | Self::UnknownText
            | Self::Acknowledged
            | Self::ShareReturned
            | Self::Died
            | Self::UserGivenAway
            | Self::UserDebris
            | Self::Parted
            | Self::Untold
            | Self::Mistold
            | Self::ToldEarly
            | Self::ToldInVain
            | Self::ToldV1
            | Self::DownHidden => Question::Proper,
        }
    }
}

/// What is asked of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Is a well-formed store acknowledged?
    Taken,
    /// Is a fetch answered so that it can be read?
    Answered,
    /// Is a share that was acknowledged in the first fetch after it?
    Shown,
    /// Is a share that was seen still there?
    Kept,
    /// Is there one share for a client and method?
    Single,
    /// Is a well-formed user share acknowledged?
    UserTaken,
    /// Does the user share come back that was asked for?
    UserShown,
    /// Does it come back as it was?
    UserWhole,
    /// Is nothing there that must not be?
    Proper,
}

/// What an observation comes with that the simplest one does not: a store of a share like Portal's, under a
/// documented method, for a client without shares, and a fetch at once. The order is that of precedence: where
/// several may be to blame and none of them alone was seen to be, the first one is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// It comes from before the custodian's migration.
    Migrated,
    /// The custodian was restarted since.
    Restarted,
    /// Requests were sent meanwhile that store into the same place.
    RacedSame,
    /// Requests were sent meanwhile that store elsewhere.
    RacedOther,
    /// A fetch and a store into the same place ran at the same time.
    Overlapped,
    /// The fetch ran while stores elsewhere did.
    OverlappedOther,
    /// Many requests of the case ran at once.
    AtOnce,
    /// A request that no custodian may acknowledge was acknowledged since.
    AfterAcknowledged,
    /// A request was refused since.
    AfterRefused,
    /// A request failed since.
    AfterFailed,
    /// Somebody without the user's credentials handed one in since.
    AfterStranger,
    /// Portal refused what it was told of it.
    PortalRefused,
    /// Portal could not be told of it.
    PortalDown,
    /// It came without a method, and is asked for by one.
    AskedByName,
    /// The client's wallet was recovered since, or before it.
    AfterRecovery,
    /// The user's half was handed in since.
    AfterUserShare,
    /// The request has keys that nobody knows.
    ExtraKeys,
    /// The share has 1 MiB.
    Huge,
    /// The share is larger than most.
    Large,
    /// The share's text has something that careless hands change.
    Shaped,
    /// The same share was stored in the same place before.
    Redelivered,
    /// The same text was stored in another place before.
    SameText,
    /// The same share was stored in the same place before, and replaced since.
    Returning,
    /// A share without a method takes the place of another.
    ReplacingV5,
    /// A share takes the place of another.
    Replacing,
    /// A method that differs only in case or outer white space has a share, or got one since.
    BesideSpelling,
    /// A method has a share, or got one since, that is the same without the curve, or begins like this one.
    BesideKin,
    /// A share of the other version is there, or was stored since.
    BesideVersion,
    /// Ten or more other methods have a share.
    BesideMany,
    /// Another method has a share, or got one since.
    BesideMethod,
    /// The method has white space around it.
    Padded,
    /// The method is `UNKNOWN`.
    Unknown,
    /// The share has no method.
    V5,
    /// The share has a method.
    V6,
    /// Nobody documented the method.
    Open,
    /// The method names no curve.
    Bare,
    /// Only some documented methods.
    Method,
    /// Much later, after others were served.
    Later,
    /// Other cases were under way.
    BesideCases,
}

impl Condition {
    /// Those of a race within a case: no other case is needed for it.
    pub const RACING: [Self; 5] = [
        Self::RacedSame,
        Self::RacedOther,
        Self::Overlapped,
        Self::OverlappedOther,
        Self::AtOnce,
    ];

    /// Whether it is one of a race within a case.
    pub fn is_racing(self) -> bool {
        Self::RACING.contains(&self)
    }

    /// All of them, in the order of precedence.
    pub const ALL: [Self; 39] = [
        Self::Migrated,
        Self::Restarted,
        Self::RacedSame,
        Self::RacedOther,
        Self::Overlapped,
        Self::OverlappedOther,
        Self::AtOnce,
        Self::AfterAcknowledged,
        Self::AfterRefused,
        Self::AfterFailed,
        Self::AfterStranger,
        Self::PortalRefused,
        Self::PortalDown,
        Self::AskedByName,
        Self::AfterRecovery,
        Self::AfterUserShare,
        Self::ExtraKeys,
        Self::Huge,
        Self::Large,
        Self::Shaped,
        Self::Redelivered,
        Self::SameText,
        Self::Returning,
        Self::ReplacingV5,
        Self::Replacing,
        Self::BesideSpelling,
        Self::BesideKin,
        Self::BesideVersion,
        Self::BesideMany,
        Self::BesideMethod,
        Self::Padded,
        Self::Unknown,
        Self::V5,
        Self::V6,
        Self::Open,
        Self::Bare,
        Self::Method,
        Self::Later,
        Self::BesideCases,
    ];
}

/// What breaks a requirement: any of these effects, where one of these conditions is to blame for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// The effects.
    pub effects: Vec<Effect>,
    /// The conditions; none stands for an effect that comes with nothing in particular.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// How single exchanges are looked at; the looks are in `check`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// Stores are acknowledged with 200 exactly.
    StoreIs200,
    /// Fetch answers are `application/json`.
    IsJson,
    /// Answers come within the deadline.
    InTime,
    /// Bad secrets are refused with 401 or 403.
    SecretStatus,
    /// Shares come back byte for byte.
    Unaltered,
    /// A share of this size comes back whole.
    Whole,
    /// Fetches answer `backupShares`, an array of strings.
    IsArray,
    /// Fetches do not answer `backupShare`.
    NoLegacyKey,
    /// A client without shares gets an empty array.
    EmptyArray,
    /// Fetches answer `backupShare`, a string.
    SingleShare,
    /// What cannot be used is answered with a 4xx.
    UnusableIs4xx,
    /// No answer shows the server's inside.
    NoInternals,
    /// An unknown client makes nothing fail.
    UnknownClient,
    /// Stores at once make nothing fail.
    RaceStatus,
    /// Requests at once make nothing fail.
    Capacity,
    /// Portal hears of user shares that could not be stored.
    FailureTold,
}

/// What a requirement is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "keys of a file, each free of the others"
)]
pub struct Judging {
    /// A look at single exchanges of the cases that name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// Whether that look is taken in every case, and in every attempt at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every_case: bool,
    /// Whether the look is all that counts: the rest of the case need not go well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub look_alone: bool,
    /// What breaks it wherever it is seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Break>,
    /// Whether what a refused request of this one has changed breaks it alone, and no rule about stores.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answers_alone: bool,
    /// The requirement that a share counts for which is lost to a request of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_counts_for: Option<String>,
    /// Whether only the presence of shares is asked for, so that one too many says nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presence: bool,
    /// Whether its cases may use other methods than they name, where those are refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_method: bool,
    /// Whether users of v5 lose by its breach, which is a stage of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaks_v5: Option<BreaksV5>,
}

impl Judging {
    /// Whether nothing but a refusal shows that it is kept.
    pub fn is_by_refusal(&self) -> bool {
        self.look.is_none() && self.breaks.is_empty() && !self.presence
    }
}

/// That a requirement's breach puts a custodian at the stage `v6-breaks-v5`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreaksV5 {
    /// Not where this requirement is broken too: then v5 is no case of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
}
