//! `rehearse after`: is everything still there?

use super::during::{excused, ready, url};
use super::session::{Common, Session, Stopping, of_state};
use super::told::{Part, deliver};
use crate::cli::clients::ClientArgs;
use crate::cli::{Error, runtime, warn};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::hook::Teardown;
use sharecheck::model::rehearsal::Phase;
use sharecheck::model::report::Halted;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::provision::Provider;
use sharecheck::rehearsal::{Case, Step};
use sharecheck::rehearse::state::{Journal, Line, Spare, State};
use sharecheck::rehearse::{Looking, Seen, look, store_aside};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Sees whether everything is still there.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse after --state r.ndjson
  sharecheck rehearse after --state r.ndjson -u https://green.example.com     the new version, elsewhere
  sharecheck rehearse after --state r.ndjson --settle 5m                      a migration that goes on behind
  sharecheck rehearse after --state r.ndjson --last --provision 'node make-client.js'

It reads everything first. Then it stores, for clients that were set aside for that, what must replace a share of the old \
version. Run it as often as you like; --last has the clients taken down that a hook has made.

Exit codes: 0 all is there, 1 something is lost or changed, 3 it could not be told, 6 a client holds somebody's share.")]
pub(super) struct After {
    /// The custodian's base URL, if it is not that of rehearse before
    #[arg(help_heading = "Custodian", short, long, env = "SHARECHECK_URL")]
    url: Option<String>,
    /// The file that holds the state of the rehearsal
    #[arg(help_heading = "Rehearsal", long, value_name = "FILE")]
    state: PathBuf,
    #[command(flatten)]
    settle: SettleArgs,
    /// This is the last look: have the clients taken down that a hook has made
    #[arg(help_heading = "Rehearsal", long)]
    last: bool,
    #[command(flatten)]
    clients: ClientArgs,
    #[command(flatten)]
    common: Common,
}

/// Says how long a share may take to appear.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rehearsal")]
pub(super) struct SettleArgs {
    /// How long a share may take to appear before it counts as lost
    #[arg(long, default_value = "5s", value_name = "TIME", value_parser = crate::cli::connection::duration)]
    pub(super) settle: Duration,
}

pub(super) fn after(args: &After) -> Result<ExitCode, Error> {
    let url = url(args.url.as_deref(), &args.state)?;
    let hook = args
        .last
        .then_some(&args.clients)
        .filter(|it| it.uses_hook());
    let session = args.common.session(&url, hook)?;
    let part = runtime()?.block_on(async {
        let stopping = Stopping::new();
        let http = session.custodian.http();
        args.common.connection.wait(http, &stopping.brake).await;
        let judging = Judging {
            common: &args.common,
            session: &session,
            path: &args.state,
            settle: args.settle.settle,
        };
        let part = judging.carry_out(&stopping.brake).await?;
        if args.last {
            take_down(&session, &args.state).await?;
        }
        Ok::<_, Error>(part)
    })?;
    deliver(&args.common, &session, part)
}

/// Which version is asked for what.
pub(super) struct Judging<'a> {
    pub(super) common: &'a Common,
    pub(super) session: &'a Session,
    pub(super) path: &'a Path,
    pub(super) settle: Duration,
}

impl Judging<'_> {
    /// Looks at everything, then stores for those that stand aside.
    pub(super) async fn carry_out(&self, brake: &Brake) -> Result<Part, Error> {
        let wrong = |cause| of_state(self.path, cause);
        let (state, journal) = State::open(self.path).map_err(wrong)?;
        ready(&state, self.path)?;
        let stopped = || {
            let part = Part::new(
                Phase::After,
                (state.header.run.clone(), state.header.seed),
                state.old,
            );
            part.halted(Halted::Signal(brake.signal().unwrap_or(2)))
        };
        let part = tokio::select! {
            part = self.judged(&state, &journal) => part?,
            () = brake.wait() => stopped(),
        };
        journal.close().map_err(wrong)?;
        Ok(part)
    }

    async fn judged(&self, state: &State, journal: &Journal) -> Result<Part, Error> {
        let wrong = |cause| of_state(self.path, cause);
        let mut part = Part::new(
            Phase::After,
            (state.header.run.clone(), state.header.seed),
            state.old,
        );
        let looking = self.looking(state);
        let mut seen = look(&looking, state, self.path, |spare| Some(asked(spare)))
            .await
            .map_err(wrong)?;
        part.now = seen.contract();
        part = part.foreign(seen.foreign.as_deref());
        if seen.forms == [0, 0] {
            // Nothing answered as a custodian: nothing is known to be lost.
            let why = seen
                .neither
                .take()
                .unwrap_or_else(|| "no answer".to_owned());
            part = part.halted(Halted::Environment(format!(
                "no fetch of any client was answered as v5 or v6 does, the first with {why}: is this the custodian, and is it up? \
                 If it says that it knows none of the clients, either it is another one or its users are gone"
            )));
            return Ok(part);
        }
        if seen.is_mixed() {
            part.notices.push(
                "some fetches were answered as v5 and some as v6: old instances are still there. Look again once they are gone"
                    .to_owned(),
            );
        }
        if part.now == Some(Contract::V5) && state.old == Contract::V5 {
            part.notices.push(
                "fetches are still answered as v5: no migration to v6 has taken place yet, and none was judged".to_owned(),
            );
        }
        if part.halted.is_none() && part.now == Some(Contract::V6) {
            store_aside(&looking, state, journal, &mut seen)
                .await
                .map_err(wrong)?;
        }
        part.sums = seen.sums;
        if nothing_is_left(&part) {
            part.notices.push(
                "not one of the clients has what it had: if the database is the one that was rehearsed with, all is lost; else \
                 this is another custodian"
                    .to_owned(),
            );
        }
        if state.has_load() {
            if state.served.excused > 0 {
                part.facts.push(excused(state.served.excused));
            }
            part.served = Some(state.served.clone());
        }
        Ok(part)
    }

    /// Asks the old version, which is back, for what the new one stored, and for what was there before.
    pub(super) async fn back(&self, mut part: Part) -> Result<Part, Error> {
        let wrong = |cause| of_state(self.path, cause);
        let (state, journal) = State::open(self.path).map_err(wrong)?;
        let asked = |spare: &Spare| {
            if spare.role.is_spare() {
                stored_since(spare).then_some(Case::Back)
            } else {
                Some(Case::KeptBack(spare.role.pattern))
            }
        };
        let looking = self.looking(&state);
        let seen: Seen = look(&looking, &state, self.path, asked)
            .await
            .map_err(wrong)?;
        journal.close().map_err(wrong)?;
        part = part.foreign(seen.foreign.as_deref());
        if let Some(sums) = seen.sums.get(&Case::Back) {
            part.facts.push(told_back(sums.seen(), sums.bad));
        }
        part.sums.extend(seen.sums);
        Ok(part)
    }

    fn looking(&self, state: &State) -> Looking {
        Looking {
            custodian: self.session.custodian.clone(),
            old: state.old,
            marks: state.marks(),
            jobs: usize::from(self.common.jobs),
            settle: self.settle,
        }
    }
}

/// Whether every client that had shares before lacks some now.
fn nothing_is_left(part: &Part) -> bool {
    let kept = part
        .sums
        .iter()
        .filter(|(case, sums)| matches!(case, Case::Kept(_)) && sums.shares > 0);
    let all: Vec<bool> = kept.map(|(_, sums)| sums.bad == sums.seen()).collect();
    !all.is_empty() && all.iter().all(|it| *it)
}

/// For a person on call.
fn told_back(clients: usize, bad: usize) -> String {
    match bad {
        0 => format!(
            "roll-back: the old version serves what the new one stored for all {clients} clients: nobody is cut off by it"
        ),
        _ => format!(
            "roll-back: of {clients} clients for whom the new version had stored something, {bad} do not get it from the old one. \
             Users who backed up since the deploy cannot recover until the new version is back; their shares are still in the \
             database, as long as nobody rolls that back, too"
        ),
    }
}

/// What a client is asked for once the new version is there.
fn asked(spare: &Spare) -> Case {
    let stores = &spare.book.stores;
    if stores.iter().any(|it| it.step == Step::After) {
        return Case::Replaced;
    }
    if stores.iter().any(|it| it.step == Step::During) {
        return Case::During {
            with_method: spare.role.with_method,
        };
    }
    Case::Kept(spare.role.pattern)
}

/// Whether anything was stored for a client since the new version came.
fn stored_since(spare: &Spare) -> bool {
    spare.book.stores.iter().any(|it| it.step > Step::Before)
}

/// Has the clients taken down that a hook has made, and writes that down.
pub(super) async fn take_down(session: &Session, path: &Path) -> Result<(), Error> {
    let wrong = |cause| of_state(path, cause);
    let (state, journal) = State::open(path).map_err(wrong)?;
    if state.need == 0 || state.taken_down {
        return Ok(());
    }
    let Some(Provider::Hook(provisioner)) = &session.provider else {
        warn(
            "note: the clients that a hook has made are still there: sharecheck rehearse clean takes them down, with --provision",
        );
        return Ok(());
    };
    let made: Vec<(String, String)> = state
        .made
        .iter()
        .map(|it| (it.key.clone(), it.id.clone()))
        .collect();
    provisioner.remember(&state.header.run, state.need, &made);
    let mut failed = 0;
    for Teardown { set_up, outcome } in provisioner.tear_down(&state.header.run).await {
        if let Err(why) = outcome {
            failed += 1;
            let why = session.custodian.redactor().whole(&why);
            warn(&format!(
                "warning: the teardown of {} failed: {why}",
                set_up.client.unwrap_or(set_up.key)
            ));
        }
    }
    if failed == 0 {
        journal
            .write(&Line::TakenDown(state.need))
            .await
            .map_err(wrong)?;
    }
    journal.close().map_err(wrong)
}
