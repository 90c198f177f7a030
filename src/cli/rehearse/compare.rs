//! `rehearse compare`: the same to two versions that run side by side.

use super::session::{Common, Session, Stopping};
use super::told::{Part, deliver};
use crate::cli::clients::ClientArgs;
use crate::cli::{Error, runtime, whole};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::exchange::digest;
use sharecheck::model::client::Supply;
use sharecheck::model::rehearsal::Phase;
use sharecheck::model::report::Halted;
use sharecheck::pipeline::provision::{Halt, Provider, Visit, Wanted, provision};
use sharecheck::rehearsal::Marks;
use sharecheck::rehearse::{Compared, compare as side_by_side};
use std::process::ExitCode;

/// How many clients are used where they are made up or made by a hook.
const CLIENTS: usize = 2;

/// So many are used at the most.
const MOST: usize = 8;

/// Sends the same to two versions that run side by side.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse compare --old http://localhost:3000 --new http://localhost:3001
  sharecheck rehearse compare --old https://blue.example.com --new https://green.example.com --client-id t-1,t-2 --shared

With one database behind both, what is stored through the old version must be seen through the new one; the other way round \
is told as a fact. Without --shared or --apart it is found out.

Exit codes: 0 they go together, 1 they do not, 3 one could not be reached, 6 a client holds somebody's share.")]
pub(super) struct Compare {
    /// The old version's base URL
    #[arg(help_heading = "Custodian", long, value_name = "URL")]
    old: String,
    /// The new version's base URL
    #[arg(help_heading = "Custodian", long, value_name = "URL")]
    new: String,
    /// One database stands behind both
    #[arg(help_heading = "Custodian", long)]
    shared: bool,
    /// Each has a database of its own
    #[arg(help_heading = "Custodian", long, conflicts_with = "shared")]
    apart: bool,
    /// The seed of the shares' texts; drawn if not given
    #[arg(help_heading = "Rehearsal", long, env = "SHARECHECK_SEED", value_parser = whole(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    #[command(flatten)]
    clients: ClientArgs,
    #[command(flatten)]
    common: Common,
}

pub(super) fn compare(args: &Compare) -> Result<ExitCode, Error> {
    let session = args.common.session(&args.old, Some(&args.clients))?;
    let new = args.common.other(&session, &args.new)?;
    let part = runtime()?.block_on(async {
        let stopping = Stopping::new();
        let id = uuid::Uuid::new_v4().to_string();
        let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1 << 53));
        let digits = id.chars().filter(char::is_ascii_hexdigit);
        let marks = Marks {
            run: digits.take(8).collect(),
            seed,
        };
        let part = Part::new(Phase::Compare, (id.clone(), seed), Contract::V6);
        let clients = match clients(&session, &id).await? {
            Ok(clients) => clients,
            Err(halted) => return Ok(part.halted(halted)),
        };
        let shared = (args.shared || args.apart).then_some(args.shared);
        let compared = tokio::select! {
            compared = side_by_side(&session.custodian, &new, &marks, &clients, shared) => compared,
            () = stopping.brake.wait() => {
                return Ok(part.halted(Halted::Signal(stopping.brake.signal().unwrap_or(2))));
            }
        };
        if let Some(Provider::Hook(provisioner)) = &session.provider {
            let _ = provisioner.tear_down(&id).await;
        }
        Ok::<_, Error>(told(part, compared))
    })?;
    deliver(&args.common, &session, part)
}

fn told(mut part: Part, compared: Compared) -> Part {
    let Compared {
        sums,
        facts,
        old,
        new,
        shared,
        foreign,
    } = compared;
    part.old = old.unwrap_or_default();
    part.now = new;
    part.sums = sums;
    part.notices.extend(facts);
    let database = if shared {
        "one database stands behind both"
    } else {
        "each version has a database of its own"
    };
    part.facts.push(database.to_owned());
    part = part.foreign(foreign.as_deref());
    match (old, new) {
        (None, _) => part.halted(Halted::Environment(
            "the old version gives no answer as v5 or v6 does".to_owned(),
        )),
        (Some(_), None) => part.halted(Halted::Environment(
            "the new version gives no answer as v5 or v6 does".to_owned(),
        )),
        (Some(_), Some(_)) => part,
    }
}

/// The clients that may be written to, with the digests of what each holds; or why there are none.
async fn clients(
    session: &Session,
    run: &str,
) -> Result<Result<Vec<(String, Vec<String>)>, Halted>, Error> {
    let Some(provider) = &session.provider else {
        return Err(Error::NoTarget);
    };
    let visit = Visit {
        http: session.custodian.http(),
        secret: &session.secret,
        strangers: &session.strangers,
        at_once: MOST,
        made: &|_, _| {},
    };
    let wanted = Wanted {
        fresh: CLIENTS,
        ..Wanted::default()
    };
    let supply = provision(provider, run, &wanted, visit).await;
    let ids: Vec<String> = match supply {
        Ok(Supply::Open { .. }) => (0..CLIENTS)
            .map(|_| uuid::Uuid::new_v4().to_string())
            .collect(),
        Ok(Supply::Pool(clients)) => clients.into_iter().take(MOST).map(|it| it.id).collect(),
        Err(halt) => {
            let why = session.custodian.redactor().whole(&halt.to_string());
            return Ok(Err(match halt {
                Halt::Unreachable(_) | Halt::NoClient(_) => Halted::Environment(why),
                Halt::Foreign { .. } | Halt::ForeignUnnamed { .. } | Halt::Unseen { .. } => {
                    Halted::Foreign(why)
                }
            }));
        }
    };
    let mut all = Vec::new();
    for id in ids {
        let texts = session.custodian.held(&id).await;
        all.push((id, texts.iter().map(|it| digest(it)).collect()));
    }
    Ok(Ok(all))
}
