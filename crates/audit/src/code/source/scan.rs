//! Reads the sources of a tree, on all cores: only what holds one of a few words is parsed at all.

use super::facts;
use super::language::Language;
use super::seen::Seen;
use super::{endpoint, names, portal, recover};
use crate::finding::Note;
use crate::place::Lines;
use crate::walk::File;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tree_sitter::{ParseOptions, Parser, Tree};

/// What a file must hold to be worth a parser's time.
const WORDS: [&str; 9] = [
    "@portal-hq/",
    "PortalSwift",
    "io.portalhq.android",
    "isMultiBackupEnabled",
    "stored-client-backup-share",
    "storedClientBackupShare",
    "new Portal(",
    "recoverWallet(",
    "provisionWallet(",
];

/// The largest file that is parsed: nobody writes a larger one, and the parser's memory and stack grow with it.
const LARGEST: usize = 512 << 10;

/// The parser gives back what it holds by a recursion that is as deep as the file is nested, some hundred bytes a step: a
/// file of nothing but parentheses needs half of this. It is only reserved, not used, for any other.
const STACK: usize = 128 << 20;

/// The longest that one file is parsed, should the count of steps not end it: what people write takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the sources of a tree show.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// What was seen, in the order of the files.
    pub(super) seen: Vec<Seen>,
    /// What could not be read.
    pub(super) notes: Vec<Note>,
}

/// What one file shows.
struct Read {
    /// Its place among the files.
    index: usize,
    seen: Vec<Seen>,
    note: Option<Note>,
}

/// Reads these files.
pub(super) fn scan(files: &[&File]) -> Scan {
    // Only this kind of match lets the search skip ahead by many bytes at a time.
    let Ok(words) = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(WORDS)
    else {
        return Scan::default();
    };
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Read>> = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, |it| it.get().min(8));
    let work = || {
        let mut parsers = HashMap::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else { break };
            let (seen, note) = read(file, &words, &mut parsers);
            if !seen.is_empty() || note.is_some() {
                let mut found = found
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                found.push(Read { index, seen, note });
            }
        }
    };
    let mut failed = None;
    std::thread::scope(|scope| {
        for number in 0..cores.min(files.len()) {
            let thread = std::thread::Builder::new().stack_size(STACK);
            if let Err(error) = thread.spawn_scoped(scope, work) {
                // One that reads is enough.
                failed = Some(error).filter(|_| number == 0);
                break;
            }
        }
    });
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by_key(|it| it.index);
    let mut scan = Scan::default();
    if let Some(error) = failed {
        let says = format!("no source was read, since no thread could be started: {error}");
        scan.notes.push(Note { says, place: None });
    }
    for it in found {
        scan.seen.extend(it.seen);
        scan.notes.extend(it.note);
    }
    scan
}

fn read(
    file: &File,
    words: &AhoCorasick,
    parsers: &mut HashMap<Language, Parser>,
) -> (Vec<Seen>, Option<Note>) {
    let nothing = (Vec::new(), None);
    let Some(language) = Language::of(&file.name) else {
        return nothing;
    };
    let bytes = match std::fs::read(&file.absolute) {
        Ok(bytes) => bytes,
        Err(error) => {
            return (
                Vec::new(),
                Some(note(file, &format!("cannot be read: {}", error.kind()))),
            );
        }
    };
    let beginning = bytes.get(..1024).unwrap_or(&bytes);
    if !words.is_match(&bytes) || beginning.contains(&0) || is_generated(beginning) {
        return nothing;
    }
    if bytes.len() > LARGEST {
        return (
            Vec::new(),
            Some(note(
                file,
                "is larger than 512 kB and was not parsed: look at it by hand",
            )),
        );
    }
    if is_packed(&bytes) {
        return (
            Vec::new(),
            Some(note(file, "is packed for browsers and was not read")),
        );
    }
    let text = String::from_utf8_lossy(&bytes);
    let Some(tree) = parse(language, &text, parsers) else {
        let why = "takes too long to be parsed: look at it by hand";
        return (Vec::new(), Some(note(file, why)));
    };
    let facts = facts::collect(language, &tree, &text);
    let names = names::of(&facts);
    let lines = Lines::of(&file.path, &text);
    let mut seen = portal::seen(&facts, &names, &lines, &file.folder);
    seen.extend(endpoint::seen(&facts, &names, &lines, &file.folder));
    seen.extend(recover::seen(&facts, &names, &lines, &file.folder));
    let broken =
        tree.root_node().has_error() && names.vendor && seen.is_empty() && text.contains("Portal(");
    let note = broken.then(|| {
        note(
            file,
            "uses the SDK and has syntax that could not be read: look at it by hand",
        )
    });
    (seen, note)
}

/// Whether a program packed it: large, and with lines that nobody writes.
fn is_packed(bytes: &[u8]) -> bool {
    let lines = bytes.split(|it| *it == b'\n').count();
    bytes.len() > 64 << 10 && bytes.len() / lines > 500
}

/// Whether a file's head says that a program wrote it.
fn is_generated(beginning: &[u8]) -> bool {
    let head = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    head.contains("@generated") || (head.contains("generated") && head.contains("do not edit"))
}

fn parse(language: Language, text: &str, parsers: &mut HashMap<Language, Parser>) -> Option<Tree> {
    let parser = parsers.entry(language).or_default();
    if parser.language().is_none() {
        parser.set_language(&language.parser()).ok()?;
    }
    let begin = Instant::now();
    // What people write takes one report in eighty bytes; what is made to confuse a parser takes many more.
    let mut left = 1000 + text.len() / 20;
    let mut patience = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 || begin.elapsed() > PATIENCE {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut patience);
    let bytes = text.as_bytes();
    let tree = parser.parse_with_options(
        &mut |at, _| bytes.get(at..).unwrap_or_default(),
        None,
        Some(options),
    );
    if tree.is_none() {
        parser.reset();
    }
    tree
}

fn note(file: &File, why: &str) -> Note {
    let place = crate::place::Place::File {
        path: file.path.clone(),
        line: 1,
        column: 1,
    };
    Note {
        says: format!("{} {why}", file.path),
        place: Some(place),
    }
}
