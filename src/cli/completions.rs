//! `completions`: what a shell needs to complete the command line.

use super::{Error, say};
use clap::{Args, Command};
use clap_complete::{Shell, generate};
use std::process::ExitCode;

/// Writes a shell's completions to standard output.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck completions bash > ~/.local/share/bash-completion/completions/sharecheck
  sharecheck completions zsh > ~/.zfunc/_sharecheck         with ~/.zfunc in fpath
  sharecheck completions fish > ~/.config/fish/completions/sharecheck.fish

Next: start a new shell.")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(crate) fn completions(args: &Completions, mut command: Command) -> Result<ExitCode, Error> {
    let mut text = Vec::new();
    generate(args.shell, &mut command, "sharecheck", &mut text);
    say(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}
