//! One walk over a folder, for all that reads files: it sorts them by kind and reads none of them.
//!
//! A new kind of file is a variant of `Kind` in `kind.rs`, its names there, and a list in `Tree`.

mod above;
mod kind;
mod shown;

use crate::finding::Note;
use ignore::{WalkBuilder, WalkState};
use kind::Kind;
use shown::Shown;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a folder holds that an audit can read, each list in the order of the paths.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The folder, or the one file, as the user typed it.
    pub root: PathBuf,
    /// Prisma schemas.
    pub prisma: Vec<File>,
    /// SQL files.
    pub sql: Vec<File>,
    /// What says which packages an app asks for.
    pub manifests: Vec<File>,
    /// What says which versions of them it got.
    pub locks: Vec<File>,
    /// Manifests and lock files of the folders above, up to that of the repository: workspaces keep theirs there.
    pub above: Vec<File>,
    /// Source of apps and backends, without what tests, generators and other people wrote.
    pub sources: Vec<File>,
    /// What shows that another ORM than Prisma makes the tables.
    pub marks: Vec<Mark>,
    /// What could not be looked at.
    pub notes: Vec<Note>,
}

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its path as the user would type it, with `/` between its parts.
    pub path: String,
    /// The folder that it lies in, below the root: empty for the root itself, `..` and `../..` above it.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Where to open it.
    pub absolute: PathBuf,
    /// How large it is.
    pub bytes: u64,
}

/// A file that shows an ORM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The file.
    pub file: File,
    /// The ORM, as its makers write it.
    pub orm: &'static str,
}

impl Tree {
    /// A folder below the root as the user would type it; `.` for the root where that was typed.
    pub fn shown(&self, folder: &str) -> String {
        let shown = Shown::of(&self.root);
        match folder.rsplit_once('/') {
            _ if folder.is_empty() => shown.root(),
            Some((above, name)) => shown.join(above, name),
            None => shown.join("", folder),
        }
    }
}

impl File {
    /// Its text. What is not UTF-8 is replaced, a byte-order mark is dropped, and nothing beyond its limit is read.
    pub fn text(&self) -> std::io::Result<String> {
        let limit = kind::limit(&self.name);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&self.absolute)?;
        file.take(limit).read_to_end(&mut bytes)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Looks through a folder, or at one file. Links are not followed, `.gitignore` is respected with or without git, and
/// what cannot be looked at is a note.
pub fn walk(root: &Path) -> Tree {
    let shown = Shown::of(root);
    let found = Mutex::new(Vec::new());
    let notes = Mutex::new(Vec::new());
    let mut builder = WalkBuilder::new(root);
    builder
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .threads(std::thread::available_parallelism().map_or(1, |it| it.get().min(8)))
        .filter_entry(|entry| entry.depth() == 0 || !kind::is_skipped(entry.file_name()));
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => {
                    if let Some(it) = sort(root, &shown, &entry) {
                        lock(&found).push(it);
                    }
                }
                Err(error) => lock(&notes).push(unreadable(&shown, root, &error)),
            }
            WalkState::Continue
        })
    });
    let mut tree = Tree {
        root: root.to_owned(),
        notes: notes.into_inner().unwrap_or_default(),
        ..Tree::default()
    };
    let mut found = found.into_inner().unwrap_or_default();
    found.extend(beside(root, &shown, &found));
    found.sort();
    found.dedup();
    let mut large = Vec::new();
    for (kind, file) in found {
        if file.bytes > kind::limit(&file.name) {
            large.push(file);
        } else {
            place(&mut tree, kind, file);
        }
    }
    tree.above = above::of(root, &shown);
    tree.notes.sort_by(|a, b| a.says.cmp(&b.says));
    tree.notes.extend(too_large(&large));
    tree
}

fn place(tree: &mut Tree, kind: Kind, file: File) {
    match kind {
        Kind::Prisma => tree.prisma.push(file),
        Kind::Sql => tree.sql.push(file),
        Kind::Manifest => tree.manifests.push(file),
        Kind::Lock => tree.locks.push(file),
        Kind::Source => tree.sources.push(file),
        Kind::Mark(orm) => tree.marks.push(Mark { file, orm }),
    }
}

fn lock<T>(it: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    it.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn sort(root: &Path, shown: &Shown, entry: &ignore::DirEntry) -> Option<(Kind, File)> {
    if !entry.file_type()?.is_file() {
        return None;
    }
    let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let (folder, name) = if below.as_os_str().is_empty() {
        (
            String::new(),
            entry.file_name().to_string_lossy().into_owned(),
        )
    } else {
        shown::split(below)
    };
    let kind = kind::of(&folder, &name)?;
    let path = if below.as_os_str().is_empty() {
        shown.root()
    } else {
        shown.join(&folder, &name)
    };
    let bytes = entry.metadata().ok()?.len();
    let absolute = entry.path().to_owned();
    Some((
        kind,
        File {
            path,
            folder,
            name,
            absolute,
            bytes,
        },
    ))
}

/// Lock files and schemas that lie beside a manifest although `.gitignore` names them.
fn beside(root: &Path, shown: &Shown, found: &[(Kind, File)]) -> Vec<(Kind, File)> {
    let manifests = found.iter().filter(|(kind, _)| *kind == Kind::Manifest);
    let folders: BTreeSet<&str> = manifests.map(|(_, it)| it.folder.as_str()).collect();
    let mut beside = Vec::new();
    for folder in folders {
        for wanted in kind::BESIDE {
            let absolute = root.join(folder).join(wanted);
            let Ok(metadata) = std::fs::symlink_metadata(&absolute) else {
                continue;
            };
            let below = Path::new(folder).join(wanted);
            let (folder, name) = shown::split(&below);
            if let (true, Some(kind)) = (metadata.is_file(), kind::of(&folder, &name)) {
                let path = shown.join(&folder, &name);
                let bytes = metadata.len();
                beside.push((
                    kind,
                    File {
                        path,
                        folder,
                        name,
                        absolute,
                        bytes,
                    },
                ));
            }
        }
    }
    beside
}

fn unreadable(shown: &Shown, root: &Path, error: &ignore::Error) -> Note {
    let (path, why) = innermost(error);
    let below = path.map(|it| it.strip_prefix(root).unwrap_or(it));
    let says = match below {
        Some(it) if it.as_os_str().is_empty() => {
            format!("cannot look into {}: {why}", shown.root())
        }
        Some(it) => {
            let (folder, name) = shown::split(it);
            format!("cannot look into {}: {why}", shown.join(&folder, &name))
        }
        None => format!("cannot look at everything: {why}"),
    };
    Note { says, place: None }
}

/// The path that an error is about, and the error without it.
fn innermost(error: &ignore::Error) -> (Option<&Path>, String) {
    if let ignore::Error::WithPath { path, err } = error {
        return (Some(path), innermost(err).1);
    }
    if let ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } = error
    {
        return innermost(err);
    }
    if let ignore::Error::Io(io) = error {
        // The message of a walker's own error repeats the whole path.
        return (None, io.kind().to_string());
    }
    (None, error.to_string())
}

/// What is too large to be read: told by itself where it decides something, together where it is source.
fn too_large(files: &[File]) -> Vec<Note> {
    let (sources, others): (Vec<&File>, Vec<&File>) = files
        .iter()
        .partition(|it| kind::of(&it.folder, &it.name) == Some(Kind::Source));
    let mut notes: Vec<Note> = Vec::new();
    for file in others {
        let most = kind::limit(&file.name) >> 20;
        let says = format!("{} is larger than {most} MB and was not read", file.path);
        notes.push(Note { says, place: None });
    }
    if let Some(first) = sources.first() {
        let (count, most) = (sources.len(), kind::limit(&first.name) >> 20);
        let says = if count == 1 {
            format!("{} is larger than {most} MB and was not read", first.path)
        } else {
            format!(
                "{count} source files are larger than {most} MB and were not read, {} among them",
                first.path
            )
        };
        notes.push(Note { says, place: None });
    }
    notes
}

#[cfg(test)]
mod tests;
