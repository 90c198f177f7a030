//! `init`: a first `sharecheck.toml`, from flags or, on a terminal, from answers.

use super::file::NAME;
use crate::cli::{Error, say, warn};
use clap::Args;
use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a commented configuration file.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck init                                          asks, on a terminal
  sharecheck init -u https://staging.example.com/portal --client-id test-1 --client-id test-2
  sharecheck init -u https://staging.example.com/portal --provision 'node scripts/test-client.js'

Next: sharecheck config shows what holds, sharecheck run --dry-run what would be sent.")]
pub(crate) struct Init {
    /// The custodian's base URL
    #[arg(short, long)]
    url: Option<String>,
    /// A test client that the custodian knows (repeatable)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    client_id: Vec<String>,
    /// A command that makes test clients
    #[arg(long, value_name = "COMMAND", conflicts_with = "client_id")]
    provision: Option<String>,
    /// A URL that makes test clients
    #[arg(long, value_name = "URL", conflicts_with_all = ["client_id", "provision"])]
    provision_url: Option<String>,
    /// Where to write it
    #[arg(long, value_name = "FILE", default_value = NAME)]
    output: PathBuf,
    /// Write over a file that is there
    #[arg(short, long)]
    force: bool,
}

pub(crate) fn init(args: &Init) -> Result<ExitCode, Error> {
    if args.output.exists() && !args.force {
        return Err(Error::Exists(args.output.clone()));
    }
    if args.client_id.iter().any(|id| id.trim().is_empty()) {
        return Err(Error::EmptyClientId("--client-id"));
    }
    let mut answers = Answers {
        url: args.url.clone(),
        client_ids: args.client_id.clone(),
        provision: args.provision.clone(),
        provision_url: args.provision_url.clone(),
    };
    if answers.url.is_none() && std::io::stdin().is_terminal() {
        let stdin = std::io::stdin();
        answers = ask(&mut stdin.lock(), &mut anstream::stderr().lock())?;
    }
    if let Some(url) = &answers.url {
        crate::cli::base_url::base_url(url)?;
        if crate::cli::base_url::without_credentials(url) != *url {
            return Err(Error::CredentialsInFile);
        }
    }
    crate::cli::artifacts::write_whole(&args.output, &text(&answers))
        .map_err(|cause| Error::unwritable(&args.output, cause))?;
    warn(&format!("wrote {}", args.output.display()));
    say(
        "next:\n  export SHARECHECK_SECRET=…    the secret that Portal sends in X-Webhook-Secret\n  \
         sharecheck run --dry-run      what it would send\n  sharecheck run\n\
         A release build takes minutes: in CI keep the binary in the job's cache.",
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What the file is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Answers {
    url: Option<String>,
    client_ids: Vec<String>,
    provision: Option<String>,
    provision_url: Option<String>,
}

fn ask(input: &mut impl BufRead, output: &mut impl std::io::Write) -> Result<Answers, Error> {
    let mut question = |text: &str| {
        let mut line = String::new();
        write!(output, "{text} ")
            .and_then(|()| output.flush())
            .and_then(|()| input.read_line(&mut line))
            .map_err(Error::Terminal)?;
        Ok::<String, Error>(line.trim().to_owned())
    };
    let mut answers = Answers::default();
    let url = question("Base URL of the custodian (http://localhost:3000):")?;
    answers.url = Some(if url.is_empty() {
        "http://localhost:3000".to_owned()
    } else {
        url
    });
    let how = question(
        "Where do test clients come from?\n  1 any id will do\n  2 ids that the custodian knows\n  \
         3 a command makes them\n  4 a URL makes them\n(1)",
    )?;
    match how.as_str() {
        "2" => {
            let ids = question("Their ids, separated by commas:")?;
            answers.client_ids = ids
                .split(',')
                .map(|id| id.trim().to_owned())
                .filter(|id| !id.is_empty())
                .collect();
        }
        "3" => answers.provision = Some(question("The command:")?),
        "4" => answers.provision_url = Some(question("The URL:")?),
        "" | "1" => {}
        other => return Err(Error::Answer(other.to_owned())),
    }
    Ok(answers)
}

/// What is said of the user's endpoints, which nobody is asked for: they differ from team to team.
const USER_SHARE: &str = r#"
# The other half of a wallet: your own endpoints, which keep the user's cipherText. Each is one request; {client_id}, {user},
# {token}, {method} and {cipher_text} are filled in and escaped for where they stand, a literal brace is {{ or }}.
# user and token come with each client, from its hook or its --clients file. See docs/wallets.md.
# [user-share]
# url = "https://staging.example.com/api"     # if it is not the custodian's
# told-by = "backend"                         # or "app": who tells Portal that the user share was stored
# [user-share.store]
# method = "PUT"
# path = "/users/{user}/backup-share"
# headers = { Authorization = "Bearer {token}" }
# body = { backupMethod = "{method}", cipherText = "{cipher_text}" }
# [user-share.fetch]
# method = "GET"
# path = "/users/{user}/backup-share?backupMethod={method}"
# headers = { Authorization = "Bearer {token}" }
# answer = "/cipherText"                      # where the text stands; "" if the whole answer is the text
# none = [404]                                # the statuses that mean that there is none
"#;

/// The file.
fn text(answers: &Answers) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let line = |key: &str, value: Option<String>, example: &str| match value {
        Some(value) => format!("{key} = {value}\n"),
        None => format!("# {key} = {example}\n"),
    };
    let ids: Vec<String> = answers.client_ids.iter().map(|id| quoted(id)).collect();
    let ids = (!ids.is_empty()).then(|| format!("[{}]", ids.join(", ")));
    let mut text = String::from(
        "# sharecheck holds a custodian of Portal backup shares against the multi-backup contract.\n\
         # Every flag of `sharecheck run` is a key here. A flag goes before SHARECHECK_… in the environment, that\n\
         # before a profile, that before the rest of this file. `sharecheck config` shows what holds.\n\
         # The secret never stands here: it is in SHARECHECK_SECRET, or in a file that secret-file names.\n\n\
         # The base URL; /backup and /backup/fetch stand below it.\n",
    );
    text += &line(
        "url",
        answers.url.as_deref().map(quoted),
        "\"http://localhost:3000\"",
    );
    text += "\n# Where test clients come from. A store replaces what the client held: never name a real user's client.\n\
             # On this machine ids are made up if nothing is said here.\n";
    text += &line("client-id", ids, "[\"test-1\", \"test-2\"]");
    text += &line(
        "provision",
        answers.provision.as_deref().map(quoted),
        "\"node scripts/test-client.js\"    # see docs/provisioning.md",
    );
    text += &line(
        "provision-url",
        answers.provision_url.as_deref().map(quoted),
        "\"https://staging.example.com/internal/test-clients\"",
    );
    let _ = write!(
        text,
        "\n# How many cases run at once, and the limit of one request.\n# jobs = 64\n# max-time = \"10s\"\n\n\
         # Reports, from this file's folder.\n# report = [\"junit=reports/sharecheck.xml\", \"html=reports/sharecheck.html\"]\n\n\
         # What differs elsewhere: sharecheck run --profile ci\n# [profile.ci]\n# jobs = 16\n# strict = true\n"
    );
    text + USER_SHARE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_answers() {
        let mut asked = Vec::new();
        let typed = "https://staging.example.com/portal\n2\n test-1, test-2,\n";
        let answers = ask(&mut typed.as_bytes(), &mut asked).unwrap();
        assert_eq!(
            answers,
            Answers {
                url: Some("https://staging.example.com/portal".to_owned()),
                client_ids: vec!["test-1".to_owned(), "test-2".to_owned()],
                ..Answers::default()
            }
        );
        let empty = ask(&mut "\n\n".as_bytes(), &mut asked).unwrap();
        assert_eq!(empty.url.as_deref(), Some("http://localhost:3000"));
        assert!(ask(&mut "\n9\n".as_bytes(), &mut asked).is_err());
    }

    #[test]
    fn the_file_is_toml_whatever_was_answered() {
        let hostile = "a \"quote\"\n[profile.x]\n#";
        let answers = Answers {
            url: Some(hostile.to_owned()),
            provision: Some(hostile.to_owned()),
            ..Answers::default()
        };
        let table: toml::Table = text(&answers).parse().unwrap();
        assert_eq!(table["url"].as_str(), Some(hostile));
        assert_eq!(table["provision"].as_str(), Some(hostile));
        assert_eq!(table.len(), 2);
    }
}
