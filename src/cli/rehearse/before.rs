//! `rehearse before`: gives clients of the old version shares, and sees that it gives them back.

use super::session::{Common, Session, Stopping, of_state};
use super::told::{Part, deliver};
use crate::cli::clients::ClientArgs;
use crate::cli::selection::contract;
use crate::cli::{Error, runtime, whole};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::model::client::Supply;
use sharecheck::model::rehearsal::Phase;
use sharecheck::model::report::Halted;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::provision::{Halt, Provider, Visit, Wanted, provision};
use sharecheck::rehearsal::Case;
use sharecheck::rehearse::state::{FORMAT, Header, Journal, Line, Made, Seeded, State};
use sharecheck::rehearse::{Looking, Seeding, Seeds, look, seed};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Gives clients of the old version shares that must survive.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse before -u http://localhost:3000 --state r.ndjson
  sharecheck rehearse before -u https://staging.example.com --client-id t-1,t-2 --state r.ndjson
  sharecheck rehearse before -u … --provision 'node make-client.js' --count 20 --state r.ndjson
  sharecheck rehearse before -u … --old-contract v5 --state r.ndjson

Two clients suffice; with more, more kinds are looked at. Then deploy, and say sharecheck rehearse after --state r.ndjson.

Exit codes: 0 all is there, 1 the old version lost something already, 3 it could not be reached, 6 a client holds \
somebody's share.")]
pub(super) struct Before {
    #[command(flatten)]
    pub(super) seeding: SeedArgs,
    /// The file that is to hold the state of the rehearsal
    #[arg(help_heading = "Rehearsal", long, value_name = "FILE")]
    state: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Says what the old version is given.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rehearsal")]
pub(super) struct SeedArgs {
    /// The custodian's base URL; /backup and /backup/fetch stand below it
    #[arg(help_heading = "Custodian", short, long, env = "SHARECHECK_URL")]
    pub(super) url: Option<String>,
    /// The contract that the old version keeps; found out if not told
    #[arg(long, value_name = "v5|v6", value_parser = contract)]
    old_contract: Option<Contract>,
    /// How many clients are made up, or made by a hook
    #[arg(long, default_value_t = 14, value_parser = whole(2_usize..=1_000_000), allow_negative_numbers = true)]
    count: usize,
    /// The seed of the shares' texts; drawn if not given
    #[arg(long, env = "SHARECHECK_SEED", value_parser = whole(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Write over a state file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) clients: ClientArgs,
}

pub(super) fn before(args: &Before) -> Result<ExitCode, Error> {
    let url = args.seeding.url.as_deref().ok_or(Error::NoTarget)?;
    args.seeding.check()?;
    let session = args.common.session(url, Some(&args.seeding.clients))?;
    let part = runtime()?.block_on(async {
        let stopping = Stopping::new();
        args.common
            .connection
            .wait(session.custodian.http(), &stopping.brake)
            .await;
        args.seeding
            .carry_out(&args.common, &session, &args.state, &stopping.brake)
            .await
    })?;
    deliver(&args.common, &session, part)
}

impl SeedArgs {
    /// Refuses a single client: nothing could be stored for it while the new version comes.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.clients.pool_size()? {
            Some(1) => Err(Error::flag(
                "--client-id",
                None,
                "a rehearsal takes two clients at least",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Makes the state file, gives the clients their shares, and fetches all of them.
    pub(super) async fn carry_out(
        &self,
        common: &Common,
        session: &Session,
        path: &Path,
        brake: &Brake,
    ) -> Result<Part, Error> {
        let wrong = |cause| of_state(path, cause);
        let id = uuid::Uuid::new_v4().to_string();
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1 << 53));
        let header = Header {
            format: FORMAT,
            run: id.clone(),
            seed,
            target: session.target.clone(),
            began: humantime::format_rfc3339_millis(session.began.0).to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        if path.exists() && !self.force {
            return Err(Error::Exists(path.to_owned()));
        }
        let journal = State::create(path, &header, self.force).map_err(wrong)?;
        let part = Part::new(
            Phase::Before,
            (id, seed),
            self.old_contract.unwrap_or_default(),
        );
        let giving = Giving {
            args: self,
            common,
            session,
            path,
            header: &header,
        };
        tokio::select! {
            part = giving.carry_out(part, journal) => part,
            () = brake.wait() => {
                let part = Part::new(Phase::Before, (header.run.clone(), seed), self.old_contract.unwrap_or_default());
                Ok(part.halted(Halted::Signal(brake.signal().unwrap_or(2))))
            }
        }
    }
}

struct Giving<'a> {
    args: &'a SeedArgs,
    common: &'a Common,
    session: &'a Session,
    path: &'a Path,
    header: &'a Header,
}

impl Giving<'_> {
    async fn carry_out(&self, mut part: Part, journal: Journal) -> Result<Part, Error> {
        let wrong = |cause| of_state(self.path, cause);
        let seeds = match self.clients(&journal).await? {
            Ok(seeds) => seeds,
            Err(halted) => return Ok(part.halted(halted)),
        };
        let marks = sharecheck::rehearsal::Marks {
            run: self.header.mark(),
            seed: self.header.seed,
        };
        let jobs = usize::from(self.common.jobs);
        let seeding = Seeding {
            custodian: &self.session.custodian,
            marks: &marks,
            seeds: &seeds,
            jobs,
        };
        let found = match self.args.old_contract {
            Some(contract) => Ok((contract, None)),
            None => seeding
                .find_out()
                .await
                .map(|(contract, found)| (contract, Some(found))),
        };
        let (old, found) = match found {
            Ok(found) => found,
            Err(why) => {
                let why = format!(
                    "it cannot be told which contract the old version keeps: {why}. If you know, say --old-contract v5 or v6"
                );
                return Ok(part.halted(Halted::Environment(why)));
            }
        };
        part.old = old;
        part.now = Some(old);
        journal.note(&Line::Old(old));
        part.sums = seed(&seeding, old, found, &journal).await.map_err(wrong)?;
        journal.close().map_err(wrong)?;
        if !part.sums.is_empty() {
            return Ok(part);
        }
        let (state, journal) = State::open(self.path).map_err(wrong)?;
        let looking = Looking {
            custodian: self.session.custodian.clone(),
            old,
            marks,
            jobs,
            // What the old version was just given has to be there at once.
            settle: Duration::ZERO,
        };
        let asked =
            |spare: &sharecheck::rehearse::state::Spare| Some(Case::Seeded(spare.role.pattern));
        let seen = look(&looking, &state, self.path, asked)
            .await
            .map_err(wrong)?;
        part.now = seen.contract();
        part.sums = seen.sums;
        part = part.foreign(seen.foreign.as_deref());
        if let (Some(told), Some(now)) = (self.args.old_contract, part.now)
            && told != now
        {
            part.notices.push(format!(
                "--old-contract says {told}, and fetches are answered as {now}"
            ));
        }
        if part.is_well() {
            let shares = part.sums.values().map(|it| it.shares).sum();
            let seeded = Seeded {
                clients: seeds.count(),
                shares,
            };
            journal.write(&Line::Seeded(seeded)).await.map_err(wrong)?;
            part.facts.push(format!(
                "{} clients hold {shares} shares that must survive; {} is what rehearse during and rehearse after need",
                seeds.count(),
                self.path.display()
            ));
        }
        journal.close().map_err(wrong)?;
        Ok(part)
    }

    /// The clients that may be written to, each looked at; or why there are none.
    async fn clients(&self, journal: &Journal) -> Result<Result<Seeds, Halted>, Error> {
        let Some(provider) = &self.session.provider else {
            return Err(Error::NoTarget);
        };
        let count = self.args.count;
        if let Provider::Hook(_) = provider {
            // On the disk before one is made: whatever happens, clean knows what may be there.
            let need = journal.write(&Line::Need(count)).await;
            need.map_err(|cause| of_state(self.path, cause))?;
        }
        let made = |key: &str, id: &str| {
            journal.note(&Line::Made(Made {
                key: key.to_owned(),
                id: id.to_owned(),
            }));
        };
        let visit = Visit {
            http: self.session.custodian.http(),
            secret: &self.session.secret,
            strangers: &self.session.strangers,
            at_once: usize::from(self.common.jobs),
            made: &made,
        };
        let wanted = Wanted {
            fresh: count,
            ..Wanted::default()
        };
        let supply = provision(provider, &self.header.run, &wanted, visit).await;
        Ok(match supply {
            Ok(Supply::Open { .. }) => Ok(Seeds::MadeUp(count)),
            Ok(Supply::Pool(clients)) => Ok(Seeds::Known(clients)),
            Err(halt) => {
                let why = self.session.custodian.redactor().whole(&halt.to_string());
                Err(match halt {
                    Halt::Unreachable(_) | Halt::NoClient(_) => Halted::Environment(why),
                    Halt::Foreign { .. } | Halt::ForeignUnnamed { .. } | Halt::Unseen { .. } => {
                        Halted::Foreign(why)
                    }
                })
            }
        })
    }
}
