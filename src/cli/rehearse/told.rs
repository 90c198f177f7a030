//! What a step comes to: cases, what stands beside them, and the report of it.

use super::session::{Common, Session};
use crate::cli::Error;
use crate::cli::artifacts::Artifacts;
use sharecheck::contract::Contract;
use sharecheck::exchange::Strangers;
use sharecheck::model::rehearsal::{Phase, Rehearsal};
use sharecheck::model::report::{Halted, Report, Run};
use sharecheck::pipeline::{Findings, audit};
use sharecheck::rehearsal::{Case, Served, Sums, Told, cases};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What a step has found.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) phase: Phase,
    /// The rehearsal's UUID and seed.
    pub(super) id: (String, u64),
    /// The contract that the old version keeps.
    pub(super) old: Contract,
    /// The one by whose form fetches were answered.
    pub(super) now: Option<Contract>,
    pub(super) sums: BTreeMap<Case, Sums>,
    pub(super) served: Option<Served>,
    pub(super) halted: Option<Halted>,
    pub(super) facts: Vec<String>,
    pub(super) notices: Vec<String>,
}

impl Part {
    /// Of which nothing is known yet.
    pub(super) fn new(phase: Phase, id: (String, u64), old: Contract) -> Self {
        Self {
            phase,
            id,
            old,
            now: None,
            sums: BTreeMap::new(),
            served: None,
            halted: None,
            facts: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// The same, ended before its end.
    pub(super) fn halted(mut self, why: Halted) -> Self {
        self.halted = self.halted.max(Some(why));
        self
    }

    /// Whether nothing speaks against going on.
    pub(super) fn is_well(&self) -> bool {
        let well =
            |it: &Sums| it.wrong.is_empty() && it.unseen.is_none() && it.another_run.is_none();
        self.halted.is_none() && self.sums.values().all(well)
    }

    /// Where a client holds what could be somebody's share: nothing more is sent.
    pub(super) fn foreign(self, client: Option<&str>) -> Self {
        match client {
            Some(client) => self.halted(Halted::Foreign(format!(
                "client {client} holds a share that this tool did not make: either somebody uses it, or shares of others come \
                 back for it. Nothing was stored after that was seen"
            ))),
            None => self,
        }
    }
}

/// The report of a step.
fn report(common: &Common, session: &Session, part: Part) -> Report {
    let migrated = part.old == Contract::V5 && part.now == Some(Contract::V6);
    // Each client once: some are asked for more than one thing.
    let first = |case: &Case| {
        matches!(
            case,
            Case::Seeded(_) | Case::Kept(_) | Case::During { .. } | Case::Through | Case::Same
        )
    };
    let asked = || part.sums.iter().filter(|(case, _)| first(case));
    let seen = |of: fn(&Sums) -> usize| -> usize { asked().map(|(_, sums)| of(sums)).sum() };
    let (clients, shares) = (seen(|it| it.clients), seen(|it| it.shares));
    let contract = match part.phase {
        Phase::Before => part.old,
        Phase::During | Phase::After | Phase::Compare => {
            part.now.unwrap_or(part.old.max(Contract::V6))
        }
    };
    let told = part.sums.into_iter();
    let told = told
        .map(|(case, sums)| Told {
            case,
            sums,
            migrated,
        })
        .collect();
    let cases = cases(told, part.served.as_ref(), &session.suite.requirements);
    let (started, clock) = session.began;
    let run = Run {
        id: part.id.0,
        seed: part.id.1,
        started_at: humantime::format_rfc3339_millis(started).to_string(),
        duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        target: session.target.clone(),
        contract,
        jobs: usize::from(common.jobs),
        requests: session.custodian.http().sent(),
        webhooks: false,
        strict: common.strict,
        require_all: false,
        build: common.build.clone(),
        whole: false,
        shard: None,
        halted: part.halted,
        made_up: false,
        curl: Vec::new(),
        reference: None,
        freedoms: Vec::new(),
        held: None,
    };
    let findings = Findings {
        cases,
        audited: Vec::new(),
    };
    let mut report = audit(findings, run, &session.suite, &session.known);
    // It answers another question than a run does.
    report.outcome.multi_backup_safe = None;
    report.outcome.stage = None;
    report.diagnosis.clear();
    report.facts = [session.facts.clone(), part.facts].concat();
    report.notices.extend(part.notices);
    report.rehearsal = Some(Rehearsal {
        phase: part.phase,
        old: part.old,
        now: part.now,
        clients,
        shares,
        timeline: part.served.map(|it| it.timeline),
    });
    report
}

/// Ends a step: writes its report in every form and gives its exit code.
pub(super) fn deliver(common: &Common, session: &Session, part: Part) -> Result<ExitCode, Error> {
    let report = report(common, session, part);
    common.reports.deliver(&report, artifacts(session), [])
}

fn artifacts(session: &Session) -> Artifacts {
    let strangers: &Strangers = &session.strangers;
    Artifacts::new(&session.secrets, strangers)
}
