//! The audit: looks at each target for what it is, and joins what the targets say.
//!
//! Everything that tells of a database's structure is a `Source`: a live catalogue, a set of Prisma schemas, a sequence of
//! migrations. Of sources that tell of the same tables each thing is said once.

mod folder;
mod stores;
#[cfg(test)]
mod tests;
mod told;

use crate::code;
use crate::finding::{Answer, Finding, Note};
use crate::judge::judge;
use crate::live::{self, Canceller, Live};
use crate::role::{Kind, NotThere, Recognised, Roles, Told, recognise};
use crate::schema::Schema;
use crate::target::Target;
use sharecheck_judge::model::report::Audited;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What rows alone can tell.
const OF_ROWS: [&str; 3] = ["db.rows", "db.left-behind", "db.halves"];

/// What is asked of an audit.
#[derive(Clone, Default)]
pub struct Asked {
    /// What the team has told of its tables.
    pub told: Told,
    /// Whether rows are counted in live databases.
    pub rows: bool,
    /// A text that every share holds which a run has just stored; null where there was none.
    pub mark: Option<String>,
    /// What can be stopped meanwhile.
    pub running: Running,
}

/// The live databases in which something runs for this audit.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Vec<Canceller>>>);

impl Running {
    /// Ends in each database what runs there for this audit.
    pub async fn stop(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for it in all {
            it.cancel().await;
        }
    }

    fn add(&self, live: &Live) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(live.canceller());
    }
}

/// What an audit has seen.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Every answer.
    pub findings: Vec<Finding>,
    /// What was looked at, target by target.
    pub audited: Vec<Audited>,
    /// What tells of a database's structure.
    pub sources: Vec<Source>,
}

/// Something that tells of a database's structure.
#[derive(Clone, Debug)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// The structure.
    pub schema: Schema,
    /// Which table is which.
    pub roles: Roles,
    /// The paths and texts of its Prisma schemas; empty for anything else.
    pub prisma: Vec<(String, String)>,
}

/// Why a target could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A live database does not answer as it should.
    #[error(transparent)]
    Live(#[from] live::Trouble),
    /// The configuration names what no target has.
    #[error(transparent)]
    NotThere(#[from] NotThere),
}

/// Connects to each live database among the targets and says goodbye: what cannot be reached is told before anything else
/// is done.
pub async fn reach(targets: &[Target]) -> Result<(), Trouble> {
    for target in targets {
        if let Target::Database(url) = target {
            Live::open(url, live::Settings::default())
                .await?
                .close()
                .await;
        }
    }
    Ok(())
}

/// Looks at every target.
pub async fn audit(targets: &[Target], asked: &Asked) -> Result<Audit, Trouble> {
    let mut all = Gathered::default();
    for target in targets {
        match target {
            Target::Database(url) => {
                let mut live = Live::open(url, live::Settings::default()).await?;
                asked.running.add(&live);
                let looked = of_database(&mut live, asked, &mut all).await;
                live.close().await;
                looked?;
            }
            Target::File(path) | Target::Folder(path) => of_folder(path, asked, &mut all),
        }
    }
    all.join(asked.rows)
}

/// What was gathered from the targets so far.
#[derive(Default)]
struct Gathered {
    findings: Vec<Finding>,
    audited: Vec<Audited>,
    sources: Vec<Source>,
    /// Names that are told, and that some source does not have.
    not_there: Vec<NotThere>,
    /// Whether a live database was looked at.
    live: bool,
}

async fn of_database(live: &mut Live, asked: &Asked, all: &mut Gathered) -> Result<(), Trouble> {
    let schema = live.schema().await?;
    let mut audited = Audited {
        target: told::address(live.engine(), live.name()),
        found: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let mut found = all.recognised(&schema, &asked.told);
    if let Some(mark) = &asked.mark {
        let seen = live.marked(&schema, mark).await?;
        let notes = told::of_marks(&mut found.roles, &schema, &seen);
        audited.notes.extend(notes);
    }
    audited.found.push(told::structure(&schema, &found));
    all.live = true;
    let mut findings = judge(&schema, &found, &asked.told);
    if asked.rows && told::keeps(&found.roles) {
        findings.extend(live.rows(&schema, &found.roles).await);
    }
    all.findings.extend(findings);
    audited.missing.extend(told::nothing(&found));
    audited.notes.extend(told::notes(&schema));
    all.audited.push(audited);
    all.sources.push(Source {
        name: live.name().to_owned(),
        schema,
        roles: found.roles,
        prisma: Vec::new(),
    });
    Ok(())
}

fn of_folder(path: &Path, asked: &Asked, all: &mut Gathered) {
    let tree = crate::walk::walk(path);
    let mut audited = Audited {
        target: path.display().to_string(),
        found: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let mut found_any = false;
    let (read, mut notes) = folder::sources(&tree);
    let mut findings: Vec<Finding> = Vec::new();
    for folder::Read {
        name,
        schema,
        prisma,
    } in read
    {
        let found = all.recognised(&schema, &asked.told);
        audited
            .found
            .push(format!("{name}: {}", told::structure(&schema, &found)));
        found_any |= told::keeps(&found.roles) || !found.doubts.is_empty();
        told::add(&mut findings, judge(&schema, &found, &asked.told));
        notes.extend(told::losses(&schema, &found.roles));
        audited.notes.extend(told::notes(&schema));
        all.sources.push(Source {
            name,
            schema,
            roles: found.roles,
            prisma,
        });
    }
    if !found_any {
        audited.notes.extend(stores::stores(&tree));
        audited.missing.push(told::NOTHING.to_owned());
    }
    let code = code::audit(&tree);
    audited
        .found
        .extend(code.apps.iter().map(ToString::to_string));
    findings.extend(code.findings);
    notes.extend(code.notes);
    notes.extend(tree.notes);
    audited.notes.extend(notes.iter().map(line));
    all.findings.extend(findings);
    all.audited.push(audited);
}

/// A note as it stands in a report.
fn line(note: &Note) -> String {
    match &note.place {
        Some(place) => format!("{place}: {}", note.says),
        None => note.says.clone(),
    }
}

impl Gathered {
    /// Which table is which; where a name that is told is not in this source, without what is told.
    fn recognised(&mut self, schema: &Schema, told: &Told) -> Recognised {
        match recognise(schema, told) {
            Ok(found) => found,
            Err(not_there) => {
                self.not_there.push(not_there);
                recognise(schema, &Told::default()).unwrap_or_default()
            }
        }
    }

    /// What all targets together say.
    fn join(self, rows: bool) -> Result<Audit, Trouble> {
        let Self {
            mut findings,
            audited,
            sources,
            mut not_there,
            live,
        } = self;
        if not_there.len() == sources.len()
            && let Some(first) = not_there.pop()
        {
            return Err(first.into());
        }
        let kept = |kind: Kind| {
            sources.iter().any(|it| match kind {
                Kind::Custodian => it.roles.custodian.is_some(),
                Kind::User => it.roles.user.is_some(),
            })
        };
        // What one database lacks, another may have.
        findings.retain(|it| {
            let of = |kind: Kind| it.subject == kind.words() && kept(kind);
            !(it.requirement == "db.tables"
                && it.answer == Answer::Unknown
                && (of(Kind::Custodian) || of(Kind::User)))
        });
        let counted = rows && live;
        let asked: HashSet<&str> = findings.iter().map(|it| it.requirement).collect();
        let keeps = sources.iter().any(|it| told::keeps(&it.roles));
        let why = if counted {
            "no column of v5 is there that could still hold a share"
        } else if live {
            "rows were not counted: --rows does, with at most one scan of each table"
        } else {
            "a file tells nothing of rows: name the live database, and --rows"
        };
        let unseen = OF_ROWS.iter().filter(|id| keeps && !asked.contains(**id));
        let unseen: Vec<Finding> = unseen.map(|id| Finding::void(id, "rows", why)).collect();
        findings.extend(unseen);
        Ok(Audit {
            findings,
            audited,
            sources,
        })
    }
}
