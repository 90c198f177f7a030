//! The mend: what makes this very database, or Prisma schema, keep one share per user and method. It is printed, never run.
//!
//! It comes in the order of a deploy: *expand* while v5 code runs, *deploy*, *fill again* what v5 code wrote meanwhile, and
//! *key*. No row is deleted: what another row supersedes is moved to a table of its own. No value of a row is ever in it.

mod mongo;
mod mysql;
mod plan;
mod postgres;
mod prisma;

mod sqlite;
mod text;

pub use prisma::diff;

use crate::role::Roles;
use crate::schema::{Engine, Schema};
use plan::Plan;

/// A printed mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Which database it is for.
    pub engine: Engine,
    /// What to run, in order.
    pub steps: Vec<Step>,
}

/// What is run at one stage of the deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub stage: Stage,
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// Statements for the database's own client; empty where somebody does something else.
    pub run: String,
}

/// A stage of the deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// While v5 code runs, and goes on running.
    Expand,
    /// The new code goes out.
    Deploy,
    /// When no v5 code runs any more.
    FillAgain,
    /// At last: what only the new code keeps.
    Key,
}

impl Stage {
    /// As the printed mend names it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Expand => "1. expand: while v5 code runs",
            Self::Deploy => "2. deploy",
            Self::FillAgain => "3. fill again: when no v5 code runs any more",
            Self::Key => "4. key: when the above has run",
        }
    }
}

/// Why no mend can be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cannot {
    /// Nothing tells which engine it is for.
    #[error("nothing tells which database this is for")]
    Engine,
    /// The engine's language is not written.
    #[error("no migration is written for {0}")]
    Foreign(&'static str),
    /// No table keeps shares.
    #[error("no table is known to keep shares: name them under [audit] in sharecheck.toml")]
    Tables,
    /// A table is not in the schema.
    #[error("the table {0} is not in the schema")]
    Table(String),
    /// No column tells whose share it is, or which the share is.
    #[error(
        "no column of {table} is known to hold the {what}: name it under [audit] in sharecheck.toml"
    )]
    Column {
        /// The table.
        table: String,
        /// What is looked for.
        what: &'static str,
    },
    /// There may be two rows for one user and method, and nothing tells the newest.
    #[error(
        "{table} has no time, so that nothing tells the newest of two rows for one user and method: look at each pair that \
         `{query}` lists, move the wrong one away by hand, and add a column for the time"
    )]
    NoTime {
        /// The table.
        table: String,
        /// What lists the users and methods with two rows.
        query: String,
    },
    /// A copied share would leave a column without a value.
    #[error(
        "{table}.{column} takes no null and has no default: give it one, so that shares can be copied into {table}"
    )]
    Required {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A shape that is mended by hand.
    #[error("{0}")]
    Shape(String),
}

/// What makes this database pass; no steps where nothing is to be done.
pub fn migration(schema: &Schema, roles: &Roles) -> Result<Migration, Cannot> {
    let engine = schema.engine.ok_or(Cannot::Engine)?;
    let plan = Plan::of(schema, roles, engine)?;
    let steps = match engine {
        Engine::PostgreSql | Engine::CockroachDb => postgres::steps(&plan),
        Engine::MySql | Engine::MariaDb => mysql::steps(&plan),
        Engine::Sqlite => sqlite::steps(&plan)?,
        Engine::MongoDb => mongo::steps(&plan),
        Engine::SqlServer => return Err(Cannot::Foreign(engine.words())),
    };
    Ok(Migration { engine, steps })
}

impl Migration {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|it| it.run.is_empty())
    }

    /// The statements of one stage.
    pub fn stage(&self, stage: Stage) -> String {
        let steps = self.steps.iter().filter(|it| it.stage == stage);
        let mark = self.mark();
        let texts = steps.map(|it| {
            let why = text::wrapped(&it.why, mark);
            format!("{why}{}", it.run)
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    fn mark(&self) -> &'static str {
        if self.engine == Engine::MongoDb {
            "//"
        } else {
            "--"
        }
    }
}

impl std::fmt::Display for Migration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = self.mark();
        let client = match self.engine {
            Engine::PostgreSql | Engine::CockroachDb => "psql -v ON_ERROR_STOP=1 -f",
            Engine::MySql => "mysql <",
            Engine::MariaDb => "mariadb <",
            Engine::Sqlite => "sqlite3 -bail DATABASE <",
            Engine::MongoDb | Engine::SqlServer => "mongosh --file",
        };
        writeln!(
            f,
            "{mark} For {}. Back it up first. Run each part by itself, with `{client} PART`, in this order.\n\
             {mark} Nothing is deleted: superseded rows are moved to tables named …_superseded.",
            self.engine.words()
        )?;
        for stage in [Stage::Expand, Stage::Deploy, Stage::FillAgain, Stage::Key] {
            let text = self.stage(stage);
            if !text.is_empty() {
                write!(f, "\n{mark} ==== {}\n\n{text}", stage.words())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
