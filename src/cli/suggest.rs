//! "Did you mean": the command or flag that a mistyped one was meant to be.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// The likeliest of the known names, if any is like enough. A common beginning counts for it, each slip against it.
fn likeliest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = typed.chars().count();
    let near = known.into_iter().filter_map(|name| {
        let common = typed.chars().zip(name.chars());
        let common = common.take_while(|(a, b)| a == b).count();
        let slips = strsim::osa_distance(typed, name);
        let begins = common >= 3 && common * 2 >= length;
        let score = isize::try_from(common).ok()? - isize::try_from(slips).ok()?;
        (begins || slips <= (length / 3).max(1)).then_some((score, name))
    });
    let best = near.max_by_key(|(score, _)| *score);
    best.map(|(_, name)| name)
}

/// Whether somebody has typed a URL where none belongs.
pub(crate) fn is_url(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    text.contains("://") || host == "localhost" && text != host
}

/// What clap says of a slip, with the name that was meant; `command` is built.
pub(crate) fn with_suggestion(mut error: Error, command: &Command, typed: &[String]) -> Error {
    let within = innermost(command, typed);
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(said) = said(&error, ContextKind::InvalidSubcommand)
    {
        suggest_command(&mut error, &said, within);
    } else if error.kind() == ErrorKind::UnknownArgument
        && let Some(said) = said(&error, ContextKind::InvalidArg)
    {
        suggest_flag(&mut error, &said, within);
    }
    error
}

fn suggest_command(error: &mut Error, said: &str, within: &Command) {
    error.remove(ContextKind::SuggestedSubcommand);
    let names = within.get_subcommands().map(Command::get_name);
    if let Some(name) = likeliest(said, names) {
        let names = ContextValue::Strings(vec![name.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, names);
    }
}

fn suggest_flag(error: &mut Error, said: &str, within: &Command) {
    // What clap says of `--` helps nobody here: nothing that takes a text begins with a dash.
    error.remove(ContextKind::Suggested);
    if is_url(said) {
        let url = super::base_url::without_credentials(said);
        let name = within.get_bin_name().unwrap_or_default();
        let tip = format!("a base URL stands behind -u: {name} -u {url}");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
        error.insert(ContextKind::InvalidArg, ContextValue::String(url));
        return;
    }
    let Some(typed) = said.strip_prefix("--") else {
        return;
    };
    error.remove(ContextKind::SuggestedArg);
    let flags = within.get_arguments().filter(|arg| !arg.is_hide_set());
    if let Some(flag) = likeliest(typed, flags.filter_map(clap::Arg::get_long)) {
        let flag = ContextValue::String(format!("--{flag}"));
        error.insert(ContextKind::SuggestedArg, flag);
    }
}

fn said(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The command that the first words name.
fn innermost<'a>(command: &'a Command, typed: &[String]) -> &'a Command {
    let mut within = command;
    for word in typed.iter().skip(1) {
        match within.find_subcommand(word) {
            Some(next) => within = next,
            None => break,
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const KNOWN: [&str; 10] = [
        "client-id",
        "clients",
        "diff",
        "doctor",
        "explain",
        "help",
        "report",
        "report-dir",
        "require-all",
        "run",
    ];

    #[rstest]
    #[case("rnu", Some("run"))]
    #[case("expl", Some("explain"))]
    #[case("dcotor", Some("doctor"))]
    #[case("clients-id", Some("client-id"))]
    #[case("client", Some("clients"))]
    #[case("report-folder", Some("report-dir"))]
    #[case("require", Some("require-all"))]
    #[case("out", None)]
    #[case("frobnicate", None)]
    fn a_common_beginning_and_few_slips_make_a_name_likely(
        #[case] typed: &str,
        #[case] meant: Option<&str>,
    ) {
        assert_eq!(likeliest(typed, KNOWN), meant);
    }

    #[test]
    fn a_url_is_told_from_an_id() {
        assert!(["https://a.example/portal", "localhost:3000"].map(is_url) == [true; 2]);
        assert!(["replace.same-method", "replace", "localhost"].map(is_url) == [false; 3]);
    }
}
