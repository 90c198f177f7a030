//! `config`: what holds, and where each value came from.

use super::ConfigArgs;
use super::layers::{Held, Layer, read};
use super::setting::settings;
use crate::cli::{Error, say};
use clap::{Args, Command, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Shows what holds, and where each value came from.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck config                        what a run here would use
  sharecheck config --profile staging
  sharecheck config --format schema        the JSON Schema of sharecheck.toml

A flag goes before the environment, that before the profile, that before the rest of the file.

Next: sharecheck init writes a first file, sharecheck run --dry-run shows what would be sent.")]
pub(crate) struct Config {
    /// The form of what is shown; the variable of run --format does not change it
    #[arg(id = "form", long = "format", value_enum, default_value = "text")]
    format: Form,
    /// Show what nobody has set, too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    place: ConfigArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Schema,
}

pub(crate) fn config(args: &Config, mut command: Command) -> Result<ExitCode, Error> {
    command.build();
    let settings = settings(&command);
    if args.format == Form::Schema {
        say(&format!("{:#}", super::schema::schema(&settings)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let environment = |name: &str| std::env::var(name).ok();
    let choice = args.place.choice(&environment);
    let layers = read(&settings, &[], &choice, &environment)?;
    let origin = |held: &Held| held.origin(layers.file.as_ref());
    let shown = layers
        .held
        .iter()
        .filter(|held| !held.setting.dangerous)
        .filter(|held| args.all || args.format == Form::Json || held.layer != Layer::Default);
    let secrets = ["SHARECHECK_SECRET", "SHARECHECK_PROVISION_SECRET"]
        .map(|name| (name, environment(name).is_some_and(|text| !text.is_empty())));
    let file = layers
        .file
        .as_ref()
        .map(|file| file.path.display().to_string());
    // The requests to the user's endpoints are no settings, but they hold like those.
    let endpoints = layers.file.iter().flat_map(|file| {
        let section = file.section(layers.profile.as_deref());
        let rows = section.map(|it| it.rows()).unwrap_or_default();
        let at = |span| format!("{}:{}", file.path.display(), file.line_of(&span));
        rows.into_iter()
            .map(move |(key, request, span)| (key, request, at(span)))
    });
    if args.format == Form::Json {
        let settings: Vec<_> = shown
            .map(|held| {
                json!({ "key": held.setting.key, "value": value(held), "from": origin(held) })
            })
            .chain(endpoints.map(
                |(key, request, origin)| json!({ "key": key, "value": request, "from": origin }),
            ))
            .collect();
        let secrets: Vec<_> = secrets
            .iter()
            .map(|(name, set)| json!({ "variable": name, "set": set }))
            .collect();
        say(&format!(
            "{:#}",
            json!({
                "format": 1, "file": file, "profile": layers.profile, "settings": settings, "secrets": secrets,
            })
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows: Vec<(String, String, String)> = shown
        .map(|held| (held.setting.key.clone(), in_words(held), origin(held)))
        .collect();
    rows.extend(endpoints.map(|(key, request, origin)| (key.to_owned(), request, origin)));
    for (name, set) in secrets {
        if set {
            rows.push(("(secret)".to_owned(), "…".to_owned(), name.to_owned()));
        }
    }
    say(&table(file.as_deref(), layers.profile.as_deref(), &rows))?;
    Ok(ExitCode::SUCCESS)
}

fn table(file: Option<&str>, profile: Option<&str>, rows: &[(String, String, String)]) -> String {
    let mut text = match (file, profile) {
        (Some(file), Some(profile)) => format!("file: {file}, profile {profile}\n"),
        (Some(file), None) => format!("file: {file}\n"),
        (None, _) => "no configuration file; sharecheck init writes one\n".to_owned(),
    };
    let width = |of: fn(&(String, String, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (keys, values) = (
        width(|row| row.0.chars().count()),
        width(|row| row.1.chars().count()),
    );
    for (key, value, origin) in rows {
        let _ = writeln!(text, "{key:keys$}  {value:values$}  {origin}");
    }
    if rows.is_empty() {
        text.push_str("nothing is set; sharecheck config --all shows the defaults\n");
    }
    text
}

fn value(held: &Held) -> Value {
    use super::setting::Kind;
    let masked = || held.values.iter().map(|value| held.setting.masked(value));
    match held.setting.kind {
        Kind::Switch => json!(!held.values.is_empty()),
        Kind::Count => json!(held.values.len()),
        Kind::One => json!(masked().next()),
        Kind::Many => json!(masked().collect::<Vec<_>>()),
    }
}

fn in_words(held: &Held) -> String {
    match value(held) {
        Value::String(text) => text,
        Value::Array(items) => {
            let texts = items.iter().filter_map(|item| item.as_str());
            texts.collect::<Vec<_>>().join(", ")
        }
        Value::Null => "-".to_owned(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => other.to_string(),
    }
}
