//! What the judge says: one check for each requirement asked of a transcript.

use crate::exchange::Sent;
use crate::model::requirement::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The status of a check, a case or a requirement. The order is that of precedence: of several, the last
/// one counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Left out by selection, or declared not to apply; the message says why.
    Skipped,
    /// The custodian was seen to do what is demanded.
    Passed,
    /// We do not know: a control failed, a client was missing, an earlier step broke.
    Undecided,
    /// Our own or the environment's fault.
    Errored,
    /// The custodian was seen not to do what is demanded.
    Failed,
}

impl Status {
    /// Every status, in the order in which reports count them.
    pub const ALL: [Self; 5] = [
        Self::Passed,
        Self::Failed,
        Self::Undecided,
        Self::Skipped,
        Self::Errored,
    ];

    /// The status's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Undecided => "undecided",
            Self::Errored => "errored",
            Self::Failed => "failed",
        }
    }

    /// The one that counts among several; of none, `Skipped`.
    pub fn of(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or(Self::Skipped)
    }
}

/// One requirement asked of one transcript, and the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The requirement's id.
    pub requirement: String,
    /// The requirement's level.
    pub level: Level,
    /// The answer.
    pub status: Status,
    /// What went wrong, as a stable word; null when it passed.
    #[serde(default)]
    pub code: Option<String>,
    /// The same as a sentence.
    pub message: String,
    /// The requirement whose breach leaves this undecided, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// What the contract wants to see; null where nothing was compared.
    #[serde(default)]
    pub expected: Option<String>,
    /// What was seen; null where nothing was compared.
    #[serde(default)]
    pub observed: Option<String>,
    /// The share, or the client, that it turned out so for; null where it passed, or no request shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What shows it, or left it undecided; null where nothing does.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// What lists the rows meant, for the team to run in its own database; null where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// What the gate makes of a failure; null otherwise.
    #[serde(default)]
    pub standing: Option<Standing>,
}

impl Check {
    /// The index, in the case's exchanges, of the one that shows it.
    pub fn exchange(&self) -> Option<usize> {
        match self.evidence {
            Some(Evidence::Exchange(index)) => Some(index),
            Some(Evidence::Text(_) | Evidence::Location(_)) | None => None,
        }
    }

    /// Where it shows, in words, if not in an exchange.
    pub fn place(&self) -> Option<String> {
        match &self.evidence {
            Some(Evidence::Text(text)) => Some(text.clone()),
            Some(Evidence::Location(location)) => Some(location.to_string()),
            Some(Evidence::Exchange(_)) | None => None,
        }
    }

    /// The file that shows it, and the line and column there.
    pub fn file(&self) -> Option<(&str, usize, usize)> {
        match &self.evidence {
            Some(Evidence::Location(Location::File { path, line, column })) => {
                Some((path, *line, *column))
            }
            Some(
                Evidence::Location(Location::Table { .. })
                | Evidence::Exchange(_)
                | Evidence::Text(_),
            )
            | None => None,
        }
    }
}

/// What a check is about: a share, or a client as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The symbolic client.
    pub client: String,
    /// The share's label; null where none is meant.
    #[serde(default)]
    pub share: Option<String>,
    /// The backup method that the share was stored under; null where it had none, as in v5, or no share is meant.
    #[serde(default)]
    pub method: Option<String>,
}

impl Subject {
    /// What was sent, as far as that is a share or a client.
    pub fn of(sent: &Sent) -> Self {
        Self {
            client: sent.client.clone(),
            share: sent.share.clone(),
            method: sent.method.clone(),
        }
    }
}

/// What shows that a check came out as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The exchange with this index among those of the case.
    Exchange(usize),
    /// What was seen outside of any case, in words.
    Text(String),
    /// A place in a file or a database.
    Location(Location),
}

/// A place that was looked at where nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    /// In a file.
    File {
        /// Its path below the folder that was looked through, with `/` between its parts.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
    },
    /// In a database.
    Table {
        /// The table's name, with its schema where that is not the usual one.
        table: String,
        /// The column's name; null where the table as a whole is meant.
        #[serde(default)]
        column: Option<String>,
    },
}

impl std::fmt::Display for Location {
    /// As editors take it: `path:line:column`, or `table.column`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Table {
                table,
                column: Some(column),
            } => write!(f, "{table}.{column}"),
            Self::Table {
                table,
                column: None,
            } => f.write_str(table),
        }
    }
}

/// The code of every failure that there can be. A known failure names one of them.
pub const CODES: [&str; 72] = [
    "acknowledged",
    "altered",
    "answered",
    "both-shown",
    "byte-order-mark",
    "compressed",
    "content-type",
    "custodian-half-missing",
    "cut",
    "debris",
    "died",
    "duplicate",
    "empty-answer",
    "envelope",
    "failure-untold",
    "foreign-share",
    "gap",
    "gone",
    "internals-shown",
    "legacy-answer",
    "legacy-key",
    "length-in-characters",
    "lost",
    "no-answer",
    "no-backup-shares",
    "not-200",
    "not-4xx",
    "not-an-array-of-strings",
    "not-as-expected",
    "not-backup-share",
    "not-replaced",
    "other-status",
    "portal-down-hidden",
    "portal-untold",
    "race-failed",
    "redirected",
    "refused",
    "refused-but-kept",
    "replacement-character",
    "reserialized",
    "secret-shown",
    "server-error",
    "share-of-another",
    "share-returned",
    "stale",
    "told-another-method",
    "told-early",
    "told-in-no-form",
    "told-in-vain",
    "told-no-success",
    "told-v1",
    "told-with-another-key",
    "told-without-method",
    "too-large",
    "too-late",
    "too-many",
    "two-kept",
    "unknown-client-failed",
    "unreadable",
    "unrecognisable",
    "user-half-misfit",
    "user-half-missing",
    "user-share-altered",
    "user-share-debris",
    "user-share-foreign",
    "user-share-lost",
    "user-share-not-replaced",
    "user-share-of-another",
    "user-share-of-another-method",
    "user-share-refused",
    "user-share-shown",
    "white-space",
];

/// What the gate makes of a failed check. It never changes the check's status.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It fails the run.
    Counted,
    /// A team has accepted it for now; it does not fail the run.
    Known,
    /// A recommendation: it fails the run under `--strict` only.
    Warning,
    /// Worth knowing.
    Note,
}

/// What a look at a transcript found to be wrong, before it is known whose check it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable word.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// What the contract wants to see.
    pub expected: String,
    /// What was seen.
    pub observed: String,
    /// The share that it is about, if it is another than the one that was sent, or there is none.
    pub subject: Option<Subject>,
    /// The place of the exchange that shows it, in the transcript's `opening` and `exchanges` chained.
    pub exchange: Option<usize>,
}

/// The answer to one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Kept,
    /// It is not.
    Broken(Finding),
    /// It cannot be told, for this reason.
    Unknown(String),
    /// What it speaks of did not occur, for this reason, and other cases tell of it.
    Void(String),
    /// It cannot be told, because something else broke first.
    Blocked {
        /// What broke.
        why: String,
        /// The requirement that it breaks, if one does.
        behind: Option<String>,
        /// The place of the exchange that shows it, as in `Finding`.
        exchange: Option<usize>,
    },
}
