//! What tells of a database's structure in a folder: sets of Prisma schemas, and sequences of SQL files.

use crate::finding::Note;
use crate::schema::{Engine, Schema};
use crate::walk::{File, Tree};
use crate::{prisma, sql};
use std::collections::BTreeMap;

/// The file that says for which engine Prisma wrote its migrations.
const LOCK: &str = "migration_lock.toml";

/// A structure in a folder.
pub(super) struct Read {
    /// What messages call it.
    pub(super) name: String,
    /// What it is.
    pub(super) schema: Schema,
    /// The paths and texts of its Prisma schemas; empty for SQL files.
    pub(super) prisma: Vec<(String, String)>,
}

/// Each structure, and what could not be read.
pub(super) fn sources(tree: &Tree) -> (Vec<Read>, Vec<Note>) {
    let mut notes = Vec::new();
    let mut read = |file: &File| match file.text() {
        Ok(text) => Some((file.path.clone(), text)),
        Err(cause) => {
            let says = format!("{} could not be read: {cause}", file.path);
            notes.push(Note { says, place: None });
            None
        }
    };
    let mut all = Vec::new();
    let mut engines: Vec<(String, Engine)> = Vec::new();
    let files: Vec<(String, String)> = tree.prisma.iter().filter_map(&mut read).collect();
    for (name, set) in sets(files) {
        let schema = prisma::read(&set);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        engines.extend(schema.engine.map(|engine| (folder.to_owned(), engine)));
        all.push(Read {
            name,
            schema,
            prisma: set,
        });
    }
    let by_path: BTreeMap<&str, &File> = tree.sql.iter().map(|it| (it.path.as_str(), it)).collect();
    for sequence in sql::order(by_path.keys().copied()) {
        let files: Vec<(String, String)> = sequence
            .paths
            .iter()
            .filter_map(|it| read(by_path.get(it.as_str())?))
            .collect();
        let first = by_path.get(sequence.paths.first().map_or("", String::as_str));
        let engine = sequence.engine;
        let engine = engine.or_else(|| locked(first.copied(), &sequence.root));
        let engine = engine.or_else(|| above(&engines, &sequence.root));
        let count = files.len();
        let schema = sql::replay(&files, engine);
        // Queries, reports and the like make no tables.
        if schema.tables.is_empty() && schema.unread.is_empty() {
            continue;
        }
        let root = if sequence.root.is_empty() {
            "SQL files"
        } else {
            &sequence.root
        };
        let name = match count {
            1 => sequence.paths.first().cloned().unwrap_or_default(),
            many => format!("{root} ({many} SQL files, replayed in order)"),
        };
        all.push(Read {
            name,
            schema,
            prisma: Vec::new(),
        });
    }
    (all, notes)
}

/// Files that make one schema together: those in and below the folder of one that names the data source; others by folder.
fn sets(files: Vec<(String, String)>) -> Vec<(String, Vec<(String, String)>)> {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or(String::new(), |(it, _)| it.to_owned())
    };
    let roots: Vec<String> = files
        .iter()
        .filter(|(_, text)| {
            text.lines()
                .any(|it| it.trim_start().starts_with("datasource "))
        })
        .map(|(path, _)| folder(path))
        .collect();
    let mut sets: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in files {
        let own = folder(&path);
        let below = |root: &&String| {
            own == **root || root.is_empty() || own.starts_with(&format!("{root}/"))
        };
        let root = roots.iter().filter(below).max_by_key(|it| it.len());
        // Two whole schemas in one folder are two databases.
        let whole = text
            .lines()
            .any(|it| it.trim_start().starts_with("datasource "));
        let several = roots.iter().filter(|it| **it == own).count() > 1;
        let key = if whole && several {
            path.clone()
        } else {
            root.unwrap_or(&own).clone()
        };
        sets.entry(key).or_default().push((path, text));
    }
    let named = sets.into_iter().map(|(root, set)| match set.as_slice() {
        [(path, _)] => (path.clone(), set),
        _ if root.is_empty() => (format!("{} Prisma files", set.len()), set),
        _ => (format!("{root} ({} Prisma files)", set.len()), set),
    });
    named.collect()
}

/// The engine of the Prisma schema whose folder holds this one.
fn above(engines: &[(String, Engine)], root: &str) -> Option<Engine> {
    let holds = |folder: &str| {
        folder.is_empty() || root == folder || root.starts_with(&format!("{folder}/"))
    };
    let found = engines.iter().filter(|(folder, _)| holds(folder));
    found
        .max_by_key(|(folder, _)| folder.len())
        .map(|(_, engine)| *engine)
}

/// The engine that Prisma has written beside its migrations.
fn locked(first: Option<&File>, root: &str) -> Option<Engine> {
    let first = first?;
    let depth = first.path.strip_prefix(root)?.matches('/').count();
    let folder = first.absolute.ancestors().nth(depth)?;
    let text = std::fs::read_to_string(folder.join(LOCK)).ok()?;
    prisma::locked(&text)
}
