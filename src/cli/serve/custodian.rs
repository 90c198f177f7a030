//! `serve custodian`: the reference custodian, until it is stopped.

use crate::cli::faults::{self, FAULT_NAMES, FREEDOM_NAMES};
use crate::cli::{Error, runtime, say, target, warn};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::reference::{self, LogSink};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The secret of a reference custodian that was given none.
pub(crate) const DEFAULT_SECRET: &str = "sharecheck-reference-secret";

/// What the flags do, as examples: the flags and what comes of them.
const EXAMPLES: [(&str, &str); 9] = [
    ("", "a correct custodian, in memory, on a free port"),
    (
        " --port 8080 --database shares.db",
        "keeps shares in a file",
    ),
    (" --fault append", "keeps every share: nothing is replaced"),
    (" --fault append --fault empty-404", "has both faults"),
    (" --list-faults", "what it can do wrong, layer by layer"),
    (
        " --freedom stored-204,gzip",
        "is correct, and not as most others are",
    ),
    (
        " --list-freedoms",
        "what it can do in another way and be correct",
    ),
    (" --users", "keeps users' encrypted shares, too"),
    (
        " --portal http://127.0.0.1:4000",
        "and tells the Portal that listens there",
    ),
];

/// What the help of this command ends with.
pub(super) fn examples(command: &str) -> String {
    let secret = format!("SHARECHECK_SECRET=s3cret sharecheck {command}");
    let rows = EXAMPLES.map(|(flags, what)| (format!("sharecheck {command}{flags}"), what));
    let rows = rows.into_iter().chain([(secret, "with your own secret")]);
    let width = 39 + command.len();
    let rows = rows.map(|(typed, what)| format!("  {typed:<width$}   {what}"));
    let rows = rows.collect::<Vec<_>>().join("\n");
    format!(
        "Examples:\n{rows}\n\nNext, in another terminal, with the URL that it prints:\n  \
         SHARECHECK_SECRET={DEFAULT_SECRET} sharecheck run -u URL\n\n\
         Exit codes: 0 it was stopped, 2 bad input, 3 it could not start, such as a port that is taken."
    )
}

/// Serves the reference custodian, with or without a fault
#[derive(Args, Debug)]
#[command(after_help = examples("serve custodian"))]
pub(crate) struct Custodian {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: std::net::IpAddr,
    /// What stands before /backup in the URL
    #[arg(long, default_value = "", value_name = "PATH")]
    base_path: String,
    /// Keep the shares in this file instead of memory
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Know only these clients (repeatable); without it any client is known
    #[arg(long, value_name = "ID")]
    client_id: Vec<String>,
    /// Hold every answer back for so long
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// The contract to keep; v5 is a custodian that has not migrated
    #[arg(long, default_value = "v6", value_name = "v5|v6", value_parser = crate::cli::selection::contract)]
    contract: Contract,
    /// A thing to do wrong, by its name in --list-faults (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = FAULT_NAMES,
        hide_possible_values = true
    )]
    fault: Vec<String>,
    /// List the faults by where they are, and what a custodian with each does
    #[arg(long)]
    list_faults: bool,
    /// A thing to do in another way that the contract leaves free, by its name in --list-freedoms (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = FREEDOM_NAMES,
        hide_possible_values = true
    )]
    freedom: Vec<String>,
    /// List the freedoms by where they are, and what a custodian with each does
    #[arg(long)]
    list_freedoms: bool,
    #[command(flatten)]
    app: AppArgs,
    /// Log no requests
    #[arg(short, long)]
    quiet: bool,
}

/// The custodian's own endpoints, which the app calls.
#[derive(Args, Debug)]
struct AppArgs {
    /// Have the endpoints of the app, too: PUT and GET /users/ID/backup-share, and POST /provision for clients
    #[arg(long)]
    users: bool,
    /// Have these, make clients through the local Portal at this URL, and tell it of each user share
    #[arg(long, value_name = "URL")]
    portal: Option<String>,
}

impl AppArgs {
    /// What the custodian is told of them; nothing where none are wanted.
    fn users(self) -> Result<Option<reference::Users>, Error> {
        let custodian_key = target::portal_key()?;
        let wanted = self.users || self.portal.is_some();
        Ok(wanted.then(|| reference::Users {
            portal: self.portal,
            custodian_key: custodian_key.unwrap_or_else(|| super::portal::DEFAULT_KEY.into()),
        }))
    }
}

pub(crate) fn custodian(args: Custodian) -> Result<ExitCode, Error> {
    let secret = target::secret(None)?;
    if args.list_faults {
        say(&faults::listed())?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.list_freedoms {
        say(&faults::listed_freedoms())?;
        return Ok(ExitCode::SUCCESS);
    }
    let freedoms = faults::named(args.freedom.iter().map(String::as_str))?;
    let faults = faults::named(args.fault.iter().map(String::as_str))?;
    let own = secret.is_some();
    let log = if args.quiet {
        LogSink::Quiet
    } else {
        LogSink::Lines(Arc::new(|line: &str| warn(line)))
    };
    let settings = reference::Settings {
        address: SocketAddr::new(args.host, args.port),
        base_path: args.base_path,
        secret: secret.unwrap_or_else(|| DEFAULT_SECRET.into()),
        database: args.database,
        clients: args.client_id,
        latency: args.latency,
        contract: of_reference(args.contract),
        faults,
        freedoms,
        users: args.app.users()?,
        log,
    };
    runtime()?.block_on(async {
        let running = reference::start(settings).await?;
        say(running.base_url())?;
        if !own {
            warn(&format!(
                "SHARECHECK_SECRET is not set; the secret is {DEFAULT_SECRET}"
            ));
        }
        crate::cli::signal::stop_signal().await;
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// The reference custodian's word for a contract.
pub(crate) fn of_reference(contract: Contract) -> reference::Contract {
    match contract {
        Contract::V5 => reference::Contract::V5,
        Contract::V6 => reference::Contract::V6,
    }
}
