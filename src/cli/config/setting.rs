//! What can be set: read off the flags of `run`.

use clap::{Arg, ArgAction, Command};
use std::any::TypeId;
use std::path::PathBuf;

/// What belongs to one run and is no setting.
const OF_ONE_RUN: [&str; 11] = [
    "config",
    "dry-run",
    "freedom",
    "help",
    "no-config",
    "production",
    "profile",
    "provision-dir",
    "reference",
    "restart-dir",
    "version",
];

/// Settings that are commands, and the flag that says where they run: those from a file run beside it.
pub(super) const COMMANDS: [(&str, &str); 5] = [
    ("back", "back-dir"),
    ("deploy", "deploy-dir"),
    ("provision", "provision-dir"),
    ("restart", "restart-dir"),
    ("until", "until-dir"),
];

/// The flags of `rehearse around` that are settings too: commands of the team, which no variable may bring.
const OF_REHEARSE: [&str; 3] = ["back", "deploy", "until"];

/// What could destroy or disclose something, and so must be said each time; `insecure` and what begins with it.
const DANGEROUS: [&str; 5] = [
    "adopt",
    "insecure",
    "open-clients",
    "provision-shell",
    "real-portal-is-told",
];

/// What somebody who wants to put a secret into a file may call it.
pub(super) const SECRETS: [&str; 6] = [
    "password",
    "provision-secret",
    "sharecheck-secret",
    "secret",
    "token",
    "webhook-secret",
];

/// How a setting takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Is there or not.
    Switch,
    /// Is there so many times.
    Count,
    /// Takes one value.
    One,
    /// Takes any number of values.
    Many,
}

/// A flag of `run` that can be set elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The flag without its dashes, which is the key in the file.
    pub(super) key: String,
    /// Clap's id of it.
    pub(super) id: String,
    /// What it is for.
    pub(super) help: String,
    /// How it takes its value.
    pub(super) kind: Kind,
    /// Whether the value is a path, which a file gives from where it stands.
    pub(super) is_path: bool,
    /// Whether it can be said on the command line only.
    pub(super) dangerous: bool,
    /// Whether a variable can say it.
    pub(super) in_environment: bool,
    /// What separates several values in the environment.
    pub(super) separator: char,
    /// The possible values, if they are few.
    pub(super) values: Vec<String>,
    /// What holds if nothing is said.
    pub(super) default: Vec<String>,
    /// The ids of flags that it cannot stand beside.
    pub(super) rivals: Vec<String>,
}

impl Setting {
    /// Its variable.
    pub(super) fn variable(&self) -> String {
        variable(&self.key)
    }

    /// Whether an empty value is a slip and not none: whoever names clients must not get made-up ones.
    pub(super) fn says_something_when_empty(&self) -> bool {
        self.key == "client-id"
    }

    /// Whether its value may hold credentials.
    pub(super) fn is_secretive(&self) -> bool {
        ["header", "proxy", "url", "provision-url", "user-share-url"].contains(&self.key.as_str())
    }

    /// The value as it may be shown.
    pub(super) fn masked(&self, value: &str) -> String {
        match self.key.as_str() {
            "header" => match value.split_once(':') {
                Some((name, _)) => format!("{name}: …"),
                None => "…".to_owned(),
            },
            "cert" => match value.rsplit_once(':') {
                // A drive letter is no password.
                Some((path, password)) if !path.is_empty() && !password.contains(['/', '\\']) => {
                    format!("{path}:…")
                }
                _ => value.to_owned(),
            },
            _ => crate::cli::base_url::without_credentials(value),
        }
    }
}

/// A flag's variable.
pub(super) fn variable(key: &str) -> String {
    let upper = key.to_uppercase().replace(['-', '.'], "_");
    format!("SHARECHECK_{upper}")
}

/// Every setting, in the order of `run --help`; those of a rehearsal behind them.
pub(super) fn settings(command: &Command) -> Vec<Setting> {
    let Some(run) = command.find_subcommand("run") else {
        return Vec::new();
    };
    run.get_arguments()
        .filter_map(|arg| Some((arg, arg.get_long()?)))
        .filter(|(_, key)| !OF_ONE_RUN.contains(key))
        .map(|(arg, key)| setting(run, arg, key))
        .chain(of_rehearse(command))
        .collect()
}

fn of_rehearse(command: &Command) -> Vec<Setting> {
    let around = command
        .find_subcommand("rehearse")
        .and_then(|it| it.find_subcommand("around"));
    let Some(around) = around else {
        return Vec::new();
    };
    let flags = around.get_arguments();
    let flags = flags.filter_map(|arg| Some((arg, arg.get_long()?)));
    flags
        .filter(|(_, key)| OF_REHEARSE.contains(key))
        .map(|(arg, key)| setting(around, arg, key))
        .collect()
}

/// Whether a flag can be said on the command line only.
pub(super) fn is_dangerous(key: &str) -> bool {
    DANGEROUS.contains(&key) || key.starts_with("insecure")
}

fn setting(run: &Command, arg: &Arg, key: &str) -> Setting {
    let action = arg.get_action();
    let kind = if matches!(action, ArgAction::SetTrue) {
        Kind::Switch
    } else if matches!(action, ArgAction::Count) {
        Kind::Count
    } else if matches!(action, ArgAction::Append) {
        Kind::Many
    } else {
        Kind::One
    };
    let rival = |other: &&Arg| {
        run.get_arg_conflicts_with(arg).contains(other)
            || run.get_arg_conflicts_with(other).contains(&arg)
    };
    Setting {
        key: key.to_owned(),
        id: arg.get_id().to_string(),
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        kind,
        is_path: arg.get_value_parser().type_id() == TypeId::of::<PathBuf>(),
        dangerous: is_dangerous(key),
        in_environment: !is_dangerous(key) && !OF_REHEARSE.contains(&key),
        separator: arg.get_value_delimiter().unwrap_or(match key {
            "header" => '|',
            // A list of reports is read as one: a comma may stand in a path.
            "report" => '\n',
            _ => ',',
        }),
        values: match kind {
            Kind::Switch | Kind::Count => Vec::new(),
            Kind::One | Kind::Many => arg
                .get_possible_values()
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect(),
        },
        default: match kind {
            Kind::Switch | Kind::Count => Vec::new(),
            Kind::One | Kind::Many => arg
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy().into_owned())
                .collect(),
        },
        rivals: run
            .get_arguments()
            .filter(rival)
            .map(|other| other.get_id().to_string())
            .collect(),
    }
}
