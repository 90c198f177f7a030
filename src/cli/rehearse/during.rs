//! `rehearse during`: a steady, low load while the new version comes.

use super::commands::LoadArgs;
use super::session::{Common, Session, Stopping, of_state};
use super::told::{Part, deliver};
use crate::cli::{Error, runtime, warn};
use clap::Args;
use sharecheck::model::rehearsal::Phase;
use sharecheck::pipeline::execute::Brake;
use sharecheck::rehearse::state::State;
use sharecheck::rehearse::{Load, load};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Stores and fetches a little while the new version comes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse during --state r.ndjson --for 5m
  sharecheck rehearse during --state r.ndjson --until 'header:x-version=2'
  sharecheck rehearse during --state r.ndjson --until path:/healthz/new
  sharecheck rehearse during --state r.ndjson --until 'command:kubectl rollout status deploy/custodian'

Ctrl-C ends it as well, and is no failure. Each store is on the disk before it is sent: a crash of anything loses nothing of \
the record. Then say sharecheck rehearse after --state r.ndjson, which looks for what was stored meanwhile, too.")]
pub(super) struct During {
    /// The custodian's base URL, if it is not that of rehearse before
    #[arg(help_heading = "Custodian", short, long, env = "SHARECHECK_URL")]
    url: Option<String>,
    /// The file that holds the state of the rehearsal
    #[arg(help_heading = "Rehearsal", long, value_name = "FILE")]
    state: PathBuf,
    /// Stop after this time
    #[arg(help_heading = "While the new version comes", long = "for", value_name = "TIME", value_parser = crate::cli::connection::duration)]
    time: Option<Duration>,
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    common: Common,
}

pub(super) fn during(args: &During) -> Result<ExitCode, Error> {
    args.load.until()?;
    let url = url(args.url.as_deref(), &args.state)?;
    let session = args.common.session(&url, None)?;
    let part = runtime()?.block_on(async {
        let stopping = Stopping::new();
        let sending = Sending {
            load: &args.load,
            time: args.time,
            path: &args.state,
        };
        sending.carry_out(&session, &stopping.brake).await
    })?;
    deliver(&args.common, &session, part)
}

/// The URL that was told, or the one of the rehearsal.
pub(super) fn url(told: Option<&str>, path: &Path) -> Result<String, Error> {
    if let Some(url) = told {
        return Ok(url.to_owned());
    }
    let file = std::fs::File::open(path).map_err(|cause| of_state(path, cause.into()))?;
    let state = State::read(&file).map_err(|cause| of_state(path, cause))?;
    Ok(state.header.target)
}

/// A rehearsal whose old version has given back what it was given, and whose clients are still there.
pub(super) fn ready(state: &State, path: &Path) -> Result<(), Error> {
    let cause = if state.taken_down {
        "its clients were taken down: begin anew with sharecheck rehearse before"
    } else if state.seeded.is_none() {
        "rehearse before did not come to its end, so that nothing is known to be there: run it again, with --force"
    } else {
        return Ok(());
    };
    Err(Error::flag("--state", path.display().to_string(), cause))
}

/// What is sent, and where that is written.
pub(super) struct Sending<'a> {
    pub(super) load: &'a LoadArgs,
    pub(super) time: Option<Duration>,
    pub(super) path: &'a Path,
}

impl Sending<'_> {
    /// Sends until the brake is pulled, or what ends it has happened.
    pub(super) async fn carry_out(&self, session: &Session, brake: &Brake) -> Result<Part, Error> {
        let wrong = |cause| of_state(self.path, cause);
        let (state, journal) = State::open(self.path).map_err(wrong)?;
        ready(&state, self.path)?;
        let header = self.load.version_header.as_deref();
        let loading = Load {
            custodian: session.custodian.clone().with_version_header(header),
            rate: self.load.rate(),
            time: self.time,
            until: self.load.until()?,
        };
        let journal = Arc::new(journal);
        let loaded = load(&loading, &state, Arc::clone(&journal), brake).await;
        let closed = match Arc::into_inner(journal) {
            Some(journal) => journal.close(),
            None => Ok(()),
        };
        let loaded = loaded.map_err(wrong)?;
        closed.map_err(wrong)?;
        let file =
            std::fs::File::open(self.path).map_err(|cause| of_state(self.path, cause.into()))?;
        let state = State::read(&file).map_err(wrong)?;
        let part = Part::new(
            Phase::During,
            (state.header.run.clone(), state.header.seed),
            state.old,
        );
        let mut part = part.foreign(loaded.foreign.as_deref());
        if loaded.requests == 0 && part.halted.is_none() {
            warn("note: nothing was sent: it was over before the first request was answered");
        }
        if state.served.excused > 0 {
            part.facts.push(excused(state.served.excused));
        }
        part.served = Some(state.served);
        Ok(part)
    }
}

/// What an old v5 need not take.
pub(super) fn excused(count: usize) -> String {
    format!(
        "{count} stores with a method were refused while nothing answered as v6: an old version need not take one, and Portal \
         sends none before isMultiBackupEnabled is set"
    )
}
