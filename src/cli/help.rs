//! The help in two lengths: `-h` fits on a screen and says what to try first, `--help` has everything, in groups.

use super::reports::width;
use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};
use sharecheck::render::wrapped;
use std::ffi::OsString;
use std::fmt::Write as _;

/// The flags that `-h` shows of a command that has many.
const FIRST_FLAGS: [&str; 19] = [
    "url",
    "old",
    "new",
    "state",
    "deploy",
    "reference",
    "client_id",
    "contract",
    "fault",
    "list_faults",
    "port",
    "listen",
    "custodian",
    "rows",
    "print_migration",
    "report",
    "dry_run",
    "quiet",
    "verbose",
];

/// How many flags a command may have for `-h` to show all of them.
const FEW: usize = 8;

/// How many examples `-h` shows.
const FIRST_EXAMPLES: usize = 5;

/// Where the texts of flags begin in `-h`.
const COLUMN: usize = 28;

/// The commands in groups, those that are met first before the others.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Test a custodian",
        &["run", "audit", "rehearse", "doctor", "explain", "list"],
    ),
    (
        "Look at finished runs",
        &["judge", "diff", "merge", "snapshot", "known-failures"],
    ),
    ("Configure", &["init", "config", "completions"]),
    ("The built-in custodian", &["serve", "selftest"]),
    ("Others", &[]),
];

/// The command line with the help that was asked for: `-h`, or nothing at all, gets the short one.
pub(crate) fn of(mut command: Command, typed: &[OsString]) -> Command {
    let typed_flag = |flag: &str| {
        let mut flags = typed.iter().take_while(|it| *it != "--");
        flags.any(|it| it == flag)
    };
    let short = typed.len() < 2 || typed_flag("-h") && !typed_flag("--help");
    command.build();
    if short {
        let rows = root_rows(&command);
        brief(command, true, &rows)
    } else {
        let groups = groups(&command);
        command.help_template(format!(
            "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"
        ))
    }
}

/// Every command with what it does, group by group; one that no group names is among the others.
fn groups(command: &Command) -> String {
    let grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let mut text = String::new();
    for (heading, names) in GROUPS {
        let others = command.get_subcommands().map(Command::get_name);
        let others = others.filter(|it| names.is_empty() && !grouped(it) && *it != "help");
        let names: Vec<&str> = names.iter().copied().chain(others).collect();
        if !names.is_empty() {
            let _ = writeln!(text, "{heading}:");
            names
                .iter()
                .filter_map(|name| command.find_subcommand(name))
                .for_each(|it| text.push_str(&command_row(it)));
            text.push('\n');
        }
    }
    text
}

/// The commands of the short help: those of the first group, and the names of the others.
fn root_rows(command: &Command) -> String {
    let of = |name: &&str| command.find_subcommand(name).map(command_row);
    let [(_, first), rest @ ..] = GROUPS;
    let mut text: String = first.iter().filter_map(of).collect();
    let names: Vec<&str> = rest.iter().flat_map(|(_, names)| *names).copied().collect();
    let names = format!("and {}", names.join(", "));
    let _ = writeln!(text, "  {}", wrapped(&names, width(), 2, "  "));
    text
}

fn command_row(command: &Command) -> String {
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("  {:<16}{about}\n", command.get_name())
}

/// A command, and those below it, with a help of one screen.
fn brief(command: Command, is_root: bool, rows: &str) -> Command {
    let mut text = String::new();
    let heading = if is_root { "Try first" } else { "Examples" };
    let after = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let most = if is_root { FEW } else { FIRST_EXAMPLES };
    let _ = writeln!(text, "{heading}:\n{}", examples(&after, most));
    let below: String = command
        .get_subcommands()
        .filter(|it| it.get_name() != "help" && !is_root)
        .map(command_row)
        .collect();
    for rows in [rows, &below].into_iter().filter(|it| !it.is_empty()) {
        let _ = writeln!(text, "Commands:\n{rows}");
    }
    let (flags, left_out) = flag_rows(&command);
    if !is_root {
        let _ = writeln!(text, "{flags}");
    }
    let name = command.get_bin_name().unwrap_or_default();
    let more = if is_root {
        "sharecheck COMMAND -h shows what matters of a command, --help everything.".to_owned()
    } else if left_out > 0 {
        format!("{name} --help shows {left_out} more flags, in groups, and more examples.")
    } else {
        format!("{name} --help says more.")
    };
    text.push_str(&more);
    command
        .mut_subcommands(|it| brief(it, false, ""))
        .help_template("{about}\n\n{usage-heading} {usage}{after-help}")
        .after_help(text)
        .after_long_help(Resettable::Reset)
}

/// The first examples, a line each, with what they are for where that has room.
fn examples(after: &str, most: usize) -> String {
    let lines = after
        .lines()
        .skip_while(|line| !line.starts_with("Examples:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "));
    // What goes on below an example is what it is for.
    let parted: Vec<(&str, &str)> = lines
        .filter(|line| !line.starts_with(' '))
        .take(most)
        .map(|line| line.split_once("  ").unwrap_or((line, "")))
        .collect();
    let longest = parted
        .iter()
        .filter(|(_, what)| !what.is_empty())
        .map(|(typed, _)| typed.chars().count())
        .max();
    let column = longest.unwrap_or_default() + 2;
    let mut text = String::new();
    for (typed, what) in parted {
        let line = format!("  {typed:<column$}{}", what.trim());
        let fits = line.chars().count() <= width();
        let line = if fits { line } else { format!("  {typed}") };
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The arguments of a command, a line each, and how many of its flags are left out.
fn flag_rows(command: &Command) -> (String, usize) {
    let shown = |arg: &&Arg| !arg.is_hide_set() && !is_of_every_command(arg);
    let (flags, others): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(shown)
        .partition(|arg| arg.get_long().is_some());
    let few = flags.len() <= FEW;
    let place = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        FIRST_FLAGS.iter().position(|it| *it == id)
    };
    let mut first: Vec<&Arg> = flags
        .iter()
        .copied()
        .filter(|arg| few || place(arg).is_some())
        .collect();
    first.sort_by_key(|arg| place(arg).unwrap_or(FIRST_FLAGS.len()));
    let rows = others.iter().chain(&first).map(|arg| flag_row(arg));
    (rows.collect(), flags.len() - first.len())
}

fn is_of_every_command(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

/// An argument and the first clause of what it is for.
fn flag_row(arg: &Arg) -> String {
    let short = arg
        .get_short()
        .map_or("    ".to_owned(), |c| format!("-{c}, "));
    let name = match arg.get_long() {
        Some(_) => format!("  {short}{arg} "),
        None => format!("  {arg} "),
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let clause = help.split([';', ':']).next().unwrap_or_default();
    let ends = [", or ", ", with ", " (", " ["];
    let end = ends.iter().filter_map(|it| clause.find(it)).min();
    let clause = &clause[..end.unwrap_or(clause.len())];
    let indent = " ".repeat(COLUMN);
    let used = name.chars().count().max(COLUMN);
    format!(
        "{name:<COLUMN$}{}\n",
        wrapped(clause, width(), used, &indent)
    )
}
