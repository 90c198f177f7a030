//! Puts what the environment and the file say onto the command line, behind what was typed.

use super::file::{self, Entry, File};
use super::setting::{COMMANDS, Kind, Setting, settings, variable};
use crate::cli::Error;
use clap::builder::{OsStr, Resettable};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use sharecheck::audit::role::Told;
use sharecheck::nearest::nearest;
use sharecheck::user_share::Section;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The flag that names the file at which reports point.
const PLACE: &str = "annotate_file";

/// Where a value came from. The order is that of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// Nothing was said.
    Default,
    /// The configuration file, outside of profiles.
    File,
    /// The chosen profile in the file.
    Profile,
    /// A variable.
    Environment,
    /// The command line.
    Flag,
}

/// A setting with its value.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The setting.
    pub(super) setting: Setting,
    /// Its values as they would stand on the command line.
    pub(super) values: Vec<String>,
    /// Where they came from.
    pub(super) layer: Layer,
    /// The entry of the file, if they came from there.
    entry: Option<Entry>,
}

impl Held {
    /// Where the value came from, in words.
    pub(super) fn origin(&self, file: Option<&File>) -> String {
        let at = |what: &str| match (file, &self.entry) {
            (Some(file), Some(entry)) => {
                format!("{}:{}{what}", file.path.display(), file.line(entry))
            }
            _ => what.to_owned(),
        };
        match self.layer {
            Layer::Default => "default".to_owned(),
            Layer::File => at(""),
            Layer::Profile => at(" (profile)"),
            Layer::Environment => self.setting.variable(),
            Layer::Flag => format!("--{}", self.setting.key),
        }
    }
}

/// All settings, and the file that was read.
#[derive(Debug)]
pub(super) struct Layers {
    /// Every setting with a value, or with its default.
    pub(super) held: Vec<Held>,
    /// The file, if there is one.
    pub(super) file: Option<File>,
    /// The profile, if one was chosen.
    pub(super) profile: Option<String>,
}

/// Which file and profile.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) file: Option<PathBuf>,
    pub(super) none: bool,
    pub(super) profile: Option<String>,
}

/// The command line as it was typed, with all that was said elsewhere. `environment` gives a variable's value;
/// an empty one counts as none, but for client ids.
pub(super) fn layered(
    command: &Command,
    typed: Vec<OsString>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<ArgMatches, Error> {
    let mut command = command.clone();
    command.build();
    let bare = without_environment(command.clone());
    let settings = settings(&command);
    let here = here(&command, &typed);
    let first = bare
        .clone()
        .ignore_errors(true)
        .try_get_matches_from(typed.clone());
    let (Some((here, depth)), Ok(first)) = (here, first) else {
        // The help names the variables, and never their values.
        return with_variables(command, &settings)
            .try_get_matches_from(typed)
            .map_err(Error::Clap);
    };
    let Some(first) = innermost(&first) else {
        return bare.try_get_matches_from(typed).map_err(Error::Clap);
    };
    let typed_ids: Vec<String> = here
        .get_arguments()
        .map(|arg| arg.get_id().to_string())
        // What is wrong with the rest may have left a command out: that is told by the last parsing.
        .filter(|id| first.try_contains_id(id).is_ok())
        .filter(|id| first.value_source(id) == Some(ValueSource::CommandLine))
        .collect();
    let layers = read(
        &settings,
        &typed_ids,
        &choice(first, environment),
        environment,
    )?;
    let known: Vec<&str> = here
        .get_arguments()
        .map(|arg| arg.get_id().as_str())
        .collect();
    let mut argv = typed;
    let behind = argv.split_off(depth.min(argv.len()));
    for held in layers.held.iter().filter(|held| {
        known.contains(&held.setting.id.as_str())
            && ![Layer::Default, Layer::Flag].contains(&held.layer)
    }) {
        argv.extend(arguments(held).into_iter().map(OsString::from));
        let folder = COMMANDS.iter().find(|(key, _)| *key == held.setting.key);
        if let (Some((_, flag)), Some(file), Some(_)) = (folder, &layers.file, &held.entry) {
            argv.push(format!("--{flag}={}", file.folder().display()).into());
        }
    }
    // What a report points at is the file that was read, where nobody names another.
    if let Some(file) = &layers.file
        && known.contains(&PLACE)
        && file.path.is_file()
        && !typed_ids.iter().any(|id| id == PLACE)
        && layers
            .held
            .iter()
            .all(|it| it.setting.id != PLACE || it.layer == Layer::Default)
    {
        argv.push(format!("--annotate-file={}", file.path.display()).into());
    }
    argv.extend(behind);
    bare.try_get_matches_from(argv)
        .map_err(|error| told(error, &layers))
}

/// The command that was typed, if it takes settings, and how many words lead to it.
fn here<'a>(command: &'a Command, typed: &[OsString]) -> Option<(&'a Command, usize)> {
    let (mut here, mut depth) = (command, 1);
    while let Some(next) = typed.get(depth).and_then(|it| here.find_subcommand(it)) {
        here = next;
        depth += 1;
    }
    let takes = here.get_arguments().any(|arg| arg.get_id() == "no_config");
    takes.then_some((here, depth))
}

/// What was typed behind the last command.
pub(super) fn innermost(matches: &ArgMatches) -> Option<&ArgMatches> {
    let (_, mut inner) = matches.subcommand()?;
    while let Some((_, next)) = inner.subcommand() {
        inner = next;
    }
    Some(inner)
}

/// A warning of each variable that looks like one of ours and does nothing.
pub(super) fn strange_variables(
    command: &Command,
    names: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut command = command.clone();
    command.build();
    let arguments = command.get_subcommands().flat_map(Command::get_arguments);
    let own = arguments.filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()));
    let settings = settings(&command);
    let (dangerous, others): (Vec<_>, Vec<_>) = settings.iter().partition(|it| !it.in_environment);
    let mut known: HashSet<String> = own
        .chain(others.into_iter().map(Setting::variable))
        .collect();
    let hidden = [
        "SHARECHECK_SECRET",
        "SHARECHECK_PROVISION_SECRET",
        "SHARECHECK_PORTAL_KEY",
        "SHARECHECK_CONTROL_TOKEN",
        "SHARECHECK_DATABASE_URL",
    ];
    known.extend(hidden.map(str::to_owned));
    let ours = names.filter(|name| name.starts_with("SHARECHECK_") && !known.contains(name));
    let mut warnings: Vec<String> = ours
        .map(|name| {
            if let Some(it) = dangerous.iter().find(|it| it.variable() == name) {
                let way = if it.dangerous {
                    "each time"
                } else {
                    "or in the configuration file"
                };
                return format!("warning: {name} does nothing: say --{} {way}", it.key);
            }
            let near = nearest(&name, known.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean {near}?"));
            let near = near.unwrap_or_default();
            format!("warning: {name} is no variable of sharecheck{near}")
        })
        .collect();
    warnings.sort();
    warnings
}

/// What was said of the file and the profile, on the command line or in the environment.
fn choice(matches: &ArgMatches, environment: &dyn Fn(&str) -> Option<String>) -> Choice {
    let said = |key: &str| environment(&variable(key)).filter(|text| !text.is_empty());
    let none = matches.try_get_one("no_config").ok().flatten() == Some(&true);
    let typed: Option<&PathBuf> = matches.try_get_one("config").ok().flatten();
    let profile: Option<&String> = matches.try_get_one("profile").ok().flatten();
    Choice {
        file: typed
            .cloned()
            .or_else(|| said("config").filter(|_| !none).map(PathBuf::from)),
        none,
        profile: profile.cloned().or_else(|| said("profile")),
    }
}

/// What holds of the user's endpoints, if anything is said, with the file that says it.
pub(super) fn section(choice: &Choice) -> Result<Option<(File, Section)>, Error> {
    let Some(file) = file_of(None, choice)? else {
        return Ok(None);
    };
    let section = file.section(choice.profile.as_deref());
    Ok(section.map(|section| (file, section)))
}

/// What holds for an audit, if anything is said.
pub(super) fn audit(choice: &Choice) -> Result<Option<Told>, Error> {
    let file = file_of(None, choice)?;
    Ok(file.and_then(|file| file.audit(choice.profile.as_deref()).cloned()))
}

/// Merges the layers. Where two settings cannot stand beside each other, that of the higher layer stays.
pub(super) fn read(
    settings: &[Setting],
    typed: &[String],
    choice: &Choice,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Layers, Error> {
    let file = file_of(Some(settings), choice)?;
    let profile = match (&choice.profile, &file) {
        (None, _) => None,
        (Some(name), None) => {
            return Err(Error::NoConfiguration {
                name: name.clone(),
                file: file::NAME,
            });
        }
        (Some(name), Some(file)) => Some(profile(name, file)?),
    };
    let of_file = |setting: &Setting| {
        let in_profile = profile.into_iter().flatten().map(|it| (it, Layer::Profile));
        let outside = file.iter().flat_map(|file| &file.entries);
        in_profile
            .chain(outside.map(|it| (it, Layer::File)))
            .find(|(entry, _)| entry.key == setting.key)
    };
    let mut held: Vec<Held> = settings
        .iter()
        .map(|setting| {
            let hold = |values, layer, entry| Held {
                setting: setting.clone(),
                values,
                layer,
                entry,
            };
            if typed.contains(&setting.id) {
                return Ok(hold(Vec::new(), Layer::Flag, None));
            }
            if let Some(values) = from_environment(setting, environment)? {
                return Ok(hold(values, Layer::Environment, None));
            }
            Ok(match of_file(setting) {
                Some((entry, layer)) => hold(entry.values.clone(), layer, Some(entry.clone())),
                None => hold(setting.default.clone(), Layer::Default, None),
            })
        })
        .collect::<Result<_, Error>>()?;
    // Ids that are on the command line without being settings, such as --reference, count as well.
    let mut stands: HashMap<String, Layer> =
        typed.iter().map(|id| (id.clone(), Layer::Flag)).collect();
    for it in held.iter().filter(|it| it.is_said()) {
        stands.insert(it.setting.id.clone(), it.layer);
    }
    for it in &mut held {
        let outdone = it
            .setting
            .rivals
            .iter()
            .any(|rival| stands.get(rival).is_some_and(|layer| *layer > it.layer));
        if outdone && it.layer != Layer::Default {
            it.values = it.setting.default.clone();
            it.layer = Layer::Default;
            it.entry = None;
        }
    }
    Ok(Layers {
        held,
        profile: choice.profile.clone(),
        file,
    })
}

impl Held {
    /// Whether it says something: a switch that is off does not.
    fn is_said(&self) -> bool {
        self.layer == Layer::Flag || self.layer != Layer::Default && !self.values.is_empty()
    }
}

fn file_of(settings: Option<&[Setting]>, choice: &Choice) -> Result<Option<File>, Error> {
    if choice.none {
        return Ok(None);
    }
    let path = if let Some(path) = &choice.file {
        path.clone()
    } else {
        let here = std::env::current_dir().unwrap_or_default();
        let Some(path) = file::find(&here) else {
            return Ok(None);
        };
        shortened(&path, &here)
    };
    let source = std::fs::read_to_string(&path).map_err(|cause| {
        Error::unreadable(format!("the configuration file {}", path.display()), cause)
    })?;
    Ok(Some(file::read(&path, source, settings)?))
}

/// A path as somebody who stands here would write it.
fn shortened(path: &Path, here: &Path) -> PathBuf {
    let ups = here
        .ancestors()
        .position(|folder| Some(folder) == path.parent());
    match (ups, path.file_name()) {
        (Some(ups), Some(name)) => std::iter::repeat_n("..", ups)
            .collect::<PathBuf>()
            .join(name),
        _ => path.to_owned(),
    }
}

fn profile<'a>(name: &str, file: &'a File) -> Result<&'a [Entry], Error> {
    let found = file.profiles.iter().find(|(known, _)| known == name);
    found.map(|(_, entries)| entries.as_slice()).ok_or_else(|| {
        let names: Vec<&str> = file
            .profiles
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let near = nearest(name, names.iter().copied());
        Error::NoProfile {
            name: name.to_owned(),
            file: file.path.clone(),
            near: near.map(str::to_owned),
            known: names.into_iter().map(str::to_owned).collect(),
        }
    })
}

fn from_environment(
    setting: &Setting,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Vec<String>>, Error> {
    if !setting.in_environment {
        return Ok(None);
    }
    let keeps_empty = setting.says_something_when_empty();
    let said = environment(&setting.variable());
    let Some(text) = said.filter(|text| keeps_empty || !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = |cause: &str| Error::Variable {
        name: setting.variable(),
        cause: cause.to_owned(),
    };
    let values = match setting.kind {
        Kind::One => vec![text],
        Kind::Many => {
            let parts = text.split(setting.separator).map(str::trim);
            parts
                .filter(|part| keeps_empty || !part.is_empty())
                .map(str::to_owned)
                .collect()
        }
        Kind::Switch => match text.to_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => vec![String::new()],
            "0" | "false" | "no" | "off" => Vec::new(),
            _ => return Err(wrong("must be true or false")),
        },
        Kind::Count => match text.parse::<u8>() {
            Ok(count) => vec![String::new(); usize::from(count)],
            Err(_) => return Err(wrong("must be a number from 0 to 255")),
        },
    };
    Ok(Some(values))
}

/// A held value as it would be typed.
fn arguments(held: &Held) -> Vec<String> {
    let key = &held.setting.key;
    let each = held.values.iter().map(|value| match held.setting.kind {
        Kind::Switch | Kind::Count => format!("--{key}"),
        Kind::One | Kind::Many => format!("--{key}={value}"),
    });
    each.collect()
}

/// What clap says of a value that nobody typed is said of the place where it stands.
fn told(error: clap::Error, layers: &Layers) -> Error {
    let Some(ContextValue::String(said)) = error.get(ContextKind::InvalidArg) else {
        return Error::Clap(error);
    };
    let key = said.trim_start_matches("--");
    let key = key.split([' ', '=', '[', '<']).next().unwrap_or_default();
    let Some(held) = layers.held.iter().find(|held| held.setting.key == key) else {
        return Error::Clap(error);
    };
    let what = if error.kind() == ErrorKind::ArgumentConflict {
        match error.get(ContextKind::PriorArg) {
            Some(ContextValue::String(other)) => format!("cannot be used with {other}"),
            _ => "cannot be used with the rest".to_owned(),
        }
    } else {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        let why = line.rsplit_once(">': ").map(|(_, why)| why);
        let values = held.setting.values.join(", ");
        match why {
            Some(why) if why.starts_with("must be ") => why.to_owned(),
            Some(why) => format!("is not valid: {why}"),
            None if values.is_empty() => "is not valid".to_owned(),
            None => format!("is not valid; possible values: {values}"),
        }
    };
    match (held.layer, &layers.file, &held.entry) {
        (Layer::File | Layer::Profile, Some(file), Some(entry)) if held.setting.is_secretive() => {
            file.hidden_slip(entry, &format!("`{key}` {what}")).into()
        }
        (Layer::File | Layer::Profile, Some(file), Some(entry)) => {
            let message = format!("`{key}` {what}");
            file.slip(entry.span.clone(), &message, None).into()
        }
        (Layer::Environment, _, _) => Error::Variable {
            name: held.setting.variable(),
            cause: what,
        },
        _ => Error::Clap(error),
    }
}

fn without_environment(command: Command) -> Command {
    command.mut_subcommands(|sub| {
        without_environment(sub.mut_args(|arg| arg.env(Resettable::<OsStr>::Reset)))
    })
}

/// For the help: every setting names its variable, none shows its value.
fn with_variables(command: Command, settings: &[Setting]) -> Command {
    let of = |id: &str| {
        let setting = settings.iter().find(|setting| setting.id == id)?;
        setting.in_environment.then(|| setting.variable())
    };
    command.mut_subcommands(|sub| {
        let sub = with_variables(sub, settings);
        if !sub.get_arguments().any(|arg| arg.get_id() == "no_config") {
            return sub.mut_args(|arg| arg.hide_env_values(true));
        }
        sub.mut_args(|arg| match of(arg.get_id().as_str()) {
            Some(name) => arg.env(name).hide_env_values(true),
            None => arg.hide_env_values(true),
        })
    })
}
