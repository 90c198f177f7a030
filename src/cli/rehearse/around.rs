//! `rehearse around`: before, during and after, around one command.

use super::after::{Judging, SettleArgs, take_down};
use super::before::SeedArgs;
use super::commands::{DeployArgs, LoadArgs};
use super::during::Sending;
use super::session::{Common, Session, Stopping};
use super::told::{Part, deliver};
use crate::cli::{Error, runtime, warn};
use clap::Args;
use sharecheck::hook::HookError;
use sharecheck::model::report::Halted;
use sharecheck::pipeline::execute::Brake;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// So many requests are sent before the deploy begins, so that the old version is seen, and after it has ended.
const MARGIN: usize = 12;

/// No longer than this.
const LONGEST_MARGIN: Duration = Duration::from_secs(3);

/// Waits until the margin was sent.
async fn margin(session: &Session) {
    let http = session.custodian.http();
    let before = http.sent();
    let sent = async {
        while http.sent() < before + MARGIN {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(LONGEST_MARGIN, sent).await;
}

/// Rehearses a deploy: before, during and after, around one command.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse around -u http://localhost:3000 --deploy './deploy.sh v2'
  sharecheck rehearse around -u … --client-id t-1,t-2 --deploy 'make deploy'
  sharecheck rehearse around -u … --deploy 'make deploy' --back 'make rollback'
  sharecheck rehearse around -u … --deploy 'make deploy' --report-dir reports

A deploy that fails is judged all the same: a loss is exit 1, otherwise it is 3.

Exit codes: 0 nothing was lost, 1 something was, 3 the deploy failed or it could not be told, 6 a client holds somebody's \
share.")]
pub(super) struct Around {
    #[command(flatten)]
    seeding: SeedArgs,
    #[command(flatten)]
    deploy: DeployArgs,
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    settle: SettleArgs,
    /// Keep the state of the rehearsal in this file, to look again later
    #[arg(help_heading = "Rehearsal", long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn around(args: &Around) -> Result<ExitCode, Error> {
    let url = args.seeding.url.as_deref().ok_or(Error::NoTarget)?;
    args.seeding.check()?;
    args.deploy.deploy()?;
    args.deploy.back()?;
    args.load.until()?;
    let session = args.common.session(url, Some(&args.seeding.clients))?;
    let folder = tempfile::tempdir().map_err(Error::Runtime)?;
    let path = args
        .state
        .clone()
        .unwrap_or_else(|| folder.path().join("rehearsal.ndjson"));
    let part = runtime()?.block_on(async {
        let stopping = Stopping::new();
        let http = session.custodian.http();
        args.common.connection.wait(http, &stopping.brake).await;
        let part = Steps {
            args,
            session: &session,
            path: &path,
        }
        .carry_out(&stopping.brake)
        .await?;
        // Whoever keeps the state may want to look again.
        if args.state.is_none() {
            take_down(&session, &path).await?;
        }
        Ok::<_, Error>(part)
    })?;
    deliver(&args.common, &session, part)
}

struct Steps<'a> {
    args: &'a Around,
    session: &'a Session,
    path: &'a PathBuf,
}

impl Steps<'_> {
    async fn carry_out(&self, brake: &Brake) -> Result<Part, Error> {
        let Self {
            args,
            session,
            path,
        } = *self;
        let before = args
            .seeding
            .carry_out(&args.common, session, path, brake)
            .await?;
        if !before.is_well() {
            return Ok(before);
        }
        warn("the old version has given back what it was given; the deploy begins");
        let (deployed, halted) = self.deployed(brake).await?;
        let judging = Judging {
            common: &args.common,
            session,
            path,
            settle: args.settle.settle,
        };
        let mut part = judging.carry_out(brake).await?;
        if let Err(error) = deployed {
            let why = session.custodian.redactor().whole(&error.in_a_line());
            part = part.halted(Halted::Environment(format!(
                "the deploy command failed: {why}"
            )));
        }
        if let Some(halted) = halted {
            part = part.halted(halted);
        }
        match args.deploy.back()? {
            Some(back) if !brake.pulled() => match back.carry_out().await {
                Ok(()) => judging.back(part).await,
                Err(error) => {
                    let why = session.custodian.redactor().whole(&error.in_a_line());
                    part.notices.push(format!(
                        "the command that brings the old version back failed: {why}"
                    ));
                    Ok(part)
                }
            },
            Some(_) | None => Ok(part),
        }
    }

    /// Runs the deploy under a low load; what came of it, and why the load ended early, if it did.
    async fn deployed(
        &self,
        brake: &Brake,
    ) -> Result<(Result<(), HookError>, Option<Halted>), Error> {
        let Self {
            args,
            session,
            path,
        } = *self;
        let deploy = args.deploy.deploy()?;
        let until = args.load.until()?;
        let ended = Brake::default();
        let sending = Sending {
            load: &args.load,
            time: None,
            path,
        };
        let load = sending.carry_out(session, &ended);
        let course = async {
            margin(session).await;
            let deployed = tokio::select! {
                deployed = deploy.carry_out() => Some(deployed),
                () = brake.wait() => None,
            };
            if deployed.is_some() && until.is_none() {
                margin(session).await;
            }
            // What ends the sending is told, and is waited for.
            if until.is_none() || deployed.as_ref().is_none_or(Result::is_err) {
                ended.pull(2);
            }
            deployed
        };
        let stop = async {
            brake.wait().await;
            ended.pull(2);
            brake.wait_twice().await;
            ended.pull(2);
            std::future::pending::<()>().await;
        };
        let both = async { tokio::join!(load, course) };
        let (load, deployed) = tokio::select! {
            both = both => both,
            () = stop => return Err(Error::Panic),
        };
        let part = load?;
        let interrupted = || Halted::Signal(brake.signal().unwrap_or(2));
        let Some(deployed) = deployed else {
            warn("note: the deploy command goes on by itself");
            return Ok((Ok(()), Some(interrupted())));
        };
        Ok((deployed, part.halted))
    }
}
