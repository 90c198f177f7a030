//! A team's own commands and URLs: to make test clients and take them away again (one small protocol for both, see
//! `docs/provisioning.md`), and to restart the custodian. Knows nothing of what they are for.

mod command;
mod deploy;
mod provisioner;
mod restart;
mod url;
mod words;

pub use command::Command;
pub use deploy::Deploy;
pub use provisioner::{Need, Provisioner, SetUp, Teardown};
pub use restart::{Restart, RestartError};
pub use url::Endpoint;
pub use words::{WordsError, shell, words};

use crate::exchange::Trouble;
use crate::users::User;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// What a hook is asked for: one JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The version of the protocol: 1.
    pub version: u32,
    /// What to do.
    pub action: Action,
    /// The run's UUID; the same in all requests of a run.
    pub run_id: String,
    /// Names this one client within all runs. A set-up that comes again with the same key must give the same
    /// client; the teardown of a client carries the key of its set-up.
    pub idempotency_key: String,
    /// What kind of client is wanted; in a teardown, what was wanted.
    pub kind: Kind,
    /// In a teardown, the client to take away; absent when its set-up gave no answer that could be read, so that
    /// only the key tells what may have been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// With `with-v5-share`, the text that the client's share must have: to be stored as it would have been
    /// before the migration, without a backup method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make a client, or choose one, and tell its id.
    Setup,
    /// Take it away again. A client that is not there any more is no error.
    Teardown,
}

/// A kind of client.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Has never held a share.
    Fresh,
    /// A client for tests; what it holds is ours, from earlier runs, or nothing.
    Reusable,
    /// Holds the given share as custodians held shares before the migration, and nothing else.
    WithV5Share,
}

impl Kind {
    /// As it stands in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Reusable => "reusable",
            Self::WithV5Share => "with-v5-share",
        }
    }
}

/// A hook's answer to a set-up: one JSON object. Other keys are left alone; a teardown's answer is not read.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The client's id as Portal would send it. No two set-ups of a run may give the same.
    #[schemars(length(min = 1, max = 256))]
    pub client_id: String,
    /// How the custodian's own endpoints call the client's user, where they are tested; the client's id if it is not
    /// there.
    #[serde(default)]
    pub user: Option<Name>,
    /// What those endpoints let the user in by. It is shown nowhere.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub token: Option<String>,
}

/// A name that may be a number.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Name {
    /// A text.
    Text(#[schemars(length(min = 1, max = 256))] String),
    /// A whole number.
    Number(i64),
}

/// Why a hook did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The command cannot be started.
    #[error("cannot start {program}: {cause}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The command ended with an error.
    #[error("{what}{}", quoted("it wrote", .said))]
    Failed {
        /// How it ended.
        what: String,
        /// What it wrote to standard error.
        said: String,
    },
    /// There was no answer in time.
    #[error("no answer within {}{}", humantime::format_duration(*.limit), quoted("it wrote", .said))]
    Late {
        /// The limit.
        limit: Duration,
        /// What it wrote to standard error so far.
        said: String,
    },
    /// The URL gave no answer.
    #[error("{0}")]
    NoAnswer(Trouble),
    /// The URL answered with another status than 2xx.
    #[error("it answered {status}{}", quoted("with", .said))]
    Status {
        /// The status.
        status: u16,
        /// The beginning of the body.
        said: String,
    },
    /// The answer is not what the protocol wants.
    #[error("its answer {what}{}", quoted("it wrote", .said))]
    Answer {
        /// What is wrong with it.
        what: String,
        /// What it wrote to standard error.
        said: String,
    },
}

impl HookError {
    /// The same for where a text has no lines.
    pub fn in_a_line(&self) -> String {
        let text = self.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.join(" ")
    }
}

fn quoted(how: &str, said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!("; {how}:\n  {}", said.replace('\n', "\n  "))
    }
}

/// How clients are asked for.
#[derive(Debug)]
pub enum Hook {
    /// A command: the request on standard input, the answer on standard output.
    Command(Command),
    /// A URL: the request as a POST's body, the answer as its answer's.
    Url(Box<Endpoint>),
}

impl Hook {
    /// Asks for a client; gives the user behind it.
    pub async fn set_up(&self, request: &Request) -> Result<User, HookError> {
        let (answer, said) = self.call(request).await?;
        user_of(&answer).map_err(|what| HookError::Answer { what, said })
    }

    /// Has a client taken away.
    pub async fn tear_down(&self, request: &Request) -> Result<(), HookError> {
        self.call(request).await.map(|_| ())
    }

    async fn call(&self, request: &Request) -> Result<(String, String), HookError> {
        let body = serde_json::to_string(request).unwrap_or_default();
        match self {
            Self::Command(command) => command.call(&body).await,
            Self::Url(endpoint) => endpoint.call(body).await.map(|body| (body, String::new())),
        }
    }
}

/// Reads an answer; the error is the end of a sentence that begins with "its answer".
fn user_of(answer: &str) -> Result<User, String> {
    let value: serde_json::Value = serde_json::from_str(answer.trim()).map_err(|_| {
        if answer.trim().is_empty() {
            "is empty; it must be one JSON object with a clientId".to_owned()
        } else {
            "is not one JSON object".to_owned()
        }
    })?;
    User::of_json(&value).map_err(|what| format!("has {what}"))
}

/// What a command finds in its environment besides ours: names and values, of which none is a secret.
type Variables = Vec<(&'static str, String)>;

/// A command has credentials of its own: it need not know those of the run.
pub(crate) fn keep_secrets_from(command: &mut tokio::process::Command) {
    for name in [
        "SHARECHECK_SECRET",
        "SHARECHECK_PROVISION_SECRET",
        "SHARECHECK_PORTAL_KEY",
        "SHARECHECK_HEADER",
        "SHARECHECK_PROXY",
    ] {
        command.env_remove(name);
    }
}

/// Kills a command that was given a process group of its own, and all that it has started in it.
fn kill(child: &mut tokio::process::Child) {
    // Until it was waited for, no other process can have its id.
    #[cfg(unix)]
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok())
        && let Some(group) = rustix::process::Pid::from_raw(id)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.start_kill();
}

/// The end of a text, which is where a program says why it failed.
fn tail(text: &str) -> String {
    const MOST: usize = 2000;
    let text = text.trim();
    let skip = text.chars().count().saturating_sub(MOST);
    let end: String = text.chars().skip(skip).collect();
    if skip > 0 { format!("…{end}") } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_object_with_a_client_id() {
        assert_eq!(
            user_of(" {\"clientId\":\"c-1\",\"note\":1}\n")
                .unwrap()
                .client_id,
            "c-1"
        );
        for (answer, what) in [
            ("", "is empty; it must be one JSON object with a clientId"),
            ("done", "is not one JSON object"),
            ("{}\n{}", "is not one JSON object"),
            ("{}", "has no clientId"),
            ("[]", "has no clientId"),
            ("{\"clientId\":7}", "has a clientId that is not a string"),
            ("{\"clientId\":\"\"}", "has an empty clientId"),
        ] {
            assert_eq!(user_of(answer).unwrap_err(), what);
        }
    }

    #[test]
    fn of_a_long_complaint_the_end_is_kept() {
        let long = format!("{}the reason", "x".repeat(5000));
        let kept = tail(&long);
        assert!(kept.starts_with('…') && kept.ends_with("the reason"));
    }
}
