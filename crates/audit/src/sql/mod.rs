//! SQL files, replayed in order, to a `Schema`: the state at the end counts, and what the way there loses is told.
//!
//! Statements are told apart by our own hands, and so are keys, indexes and what is done to tables; column definitions and
//! conditions go to `sqlparser`. What cannot be read costs that statement only, and is told with every name in it.

mod alter;
mod check;
mod column;
mod create;
mod cursor;
mod drop;
mod finish;
mod gone;
mod guarded;
mod guess;
mod key;
mod lex;
mod made;
mod order;
mod other;
mod parse;
mod rename;
mod retype;
mod routine;
mod rows;
mod run;
mod split;
mod types;
mod world;

pub use order::{Sequence, order};
pub use other::other_orm;

use crate::place::Lines;
use crate::schema::{Engine, Schema};
use split::{Statements, forward};
use world::{Site, World};

/// The schema after these files, which are in order: each with its path, as the user would type it, and its text.
///
/// Where no engine is given it is the one of a `migration_lock.toml` among the files, else the one whose words they use.
pub fn replay(files: &[(String, String)], engine: Option<Engine>) -> Schema {
    let is_lock = |path: &str| path.ends_with("migration_lock.toml");
    let locks = files.iter().filter(|(path, _)| is_lock(path));
    let locked = { locks }.find_map(|(_, text)| crate::prisma::locked(text));
    let scripts = || files.iter().filter(|(path, _)| !is_lock(path));
    let engine = engine
        .or(locked)
        .or_else(|| guess::engine(scripts().map(|(_, text)| text.as_str())));
    let mut world = World::new(engine);
    for (file, (path, text)) in scripts().enumerate() {
        let lines = Lines::of(path, text);
        let foreign = match engine {
            Some(Engine::SqlServer) => Some("SQL Server's language is not read"),
            _ if text.contains("MergeTree") => Some("ClickHouse's language is not read"),
            _ => None,
        };
        if let Some(why) = foreign {
            world.miss(lines.at(0), text, why, true);
            continue;
        }
        for part in forward(text) {
            for statement in Statements::of(text, part, engine) {
                let whole = text.get(statement.begin..statement.end);
                let whole = whole.unwrap_or_default();
                if statement.unfinished {
                    let why = "a quote or a comment in it is never closed";
                    world.miss(lines.at(statement.begin), whole, why, true);
                    continue;
                }
                let site = Site {
                    lines: &lines,
                    begin: statement.begin,
                    file,
                    guarded: false,
                };
                world.run(whole, &site);
            }
        }
    }
    world.finish()
}

#[cfg(test)]
mod tests;
