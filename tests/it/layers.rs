//! The house's floors: imports run downwards, and no stage knows another. A path counts wherever it stands, in a `use`
//! over several lines or in the middle of the code, and whether it begins with `crate`, `super`, `self` or our name. What a
//! package may name of another the compiler holds; what it may depend on is held here too.

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

/// From the ground up. A part may import what stands before it, and itself.
const FLOORS: [&[&str]; 12] = [
    &["nearest"],
    &["contract"],
    &["exchange"],
    &["model", "users"],
    &["http"],
    &["app", "check", "hook", "user_share"],
    &[
        "attribute",
        "diagnose",
        "diff",
        "gate",
        "latency",
        "load",
        "plan",
        "recall",
        "rehearsal",
    ],
    // These put stages together: what a run ends with, and what the reports of its shards end with.
    &["conclude"],
    &["merge"],
    &["pipeline", "render"],
    &["proof", "rehearse"],
    &["cli", "main"],
];

/// The folders of sources, and what their paths begin with elsewhere.
const PACKAGES: [(&str, &str); 3] = [
    ("crates/judge/src", "sharecheck_judge"),
    ("crates/reference/src", "sharecheck_reference"),
    ("src", "sharecheck"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}

fn floor(part: &str) -> Option<usize> {
    FLOORS.iter().position(|parts| parts.contains(&part))
}

/// The modules that lead to a file of `src`: none for the root of the library or of the binary.
fn modules(inside: &Path) -> Vec<String> {
    let mut modules: Vec<String> = inside
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let roots = [vec!["lib"], vec!["main"]];
    if modules.last().is_some_and(|last| last == "mod") || roots.iter().any(|it| modules == *it) {
        modules.pop();
    }
    modules
}

/// The words and signs of a text of Rust, without its comments and literals. `::` is one.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let end = |c: char| !c.is_alphanumeric() && c != '_';
            rest.find(end).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let token = &rest[..length];
        if !first.is_whitespace() && !token.starts_with("//") && literal(rest).is_none() {
            tokens.push(token.to_owned());
        }
        rest = &rest[length..];
    }
    tokens
}

/// The length of the text or character in quotes that a text of Rust begins with.
fn literal(code: &str) -> Option<usize> {
    if let Some(raw) = code.strip_prefix('r') {
        let marks = raw.len() - raw.trim_start_matches('#').len();
        let inner = raw[marks..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(marks));
        return Some(code.len() - inner.len() + inner.find(&end)? + end.len());
    }
    let quote = code.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            // A lifetime has no second quote: a character is one, or begins with a backslash.
            _ if quote == '\'' && at > 1 && !code.starts_with("'\\") => return None,
            _ => {}
        }
    }
    None
}

/// Every path of ours in a text, from the crate's root, with `super` and groups spelled out. `modules` lead to it.
fn paths(modules: &[String], text: &str) -> Vec<Vec<String>> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut tokens = tokens(code).into_iter().peekable();
    let mut found = Vec::new();
    let mut behind = String::new();
    while let Some(token) = tokens.next() {
        let ours = PACKAGES.iter().any(|(_, name)| *name == token);
        let begins = ours || ["crate", "super", "self"].contains(&token.as_str());
        let start = match token.as_str() {
            "self" => modules.to_vec(),
            "super" => above(modules),
            "sharecheck_reference" => vec!["reference".to_owned()],
            _ => Vec::new(),
        };
        // `self` alone is a value, and `pub(super)` names a place for nobody's use.
        if begins && behind != "::" && tokens.peek().is_some_and(|next| next == "::") {
            found.extend(branches(start, &mut tokens));
        }
        behind = token;
    }
    found
}

fn above(modules: &[String]) -> Vec<String> {
    modules[..modules.len().saturating_sub(1)].to_vec()
}

/// What follows a path's beginning: nothing, one more step, or a group of them.
fn branches(path: Vec<String>, tokens: &mut Peekable<IntoIter<String>>) -> Vec<Vec<String>> {
    if tokens.next_if(|token| token == "::").is_none() {
        return vec![path];
    }
    let Some(next) = tokens.next() else {
        return vec![path];
    };
    match next.as_str() {
        "super" => branches(above(&path), tokens),
        // What stands in pointed brackets is no step.
        "self" | "<" => vec![path],
        "{" => {
            let mut all = Vec::new();
            while let Some(token) = tokens.next_if(|token| token != "}") {
                match token.as_str() {
                    "," => {}
                    "as" => drop(tokens.next()),
                    "self" => all.push(path.clone()),
                    _ => all.extend(branches([path.clone(), vec![token]].concat(), tokens)),
                }
            }
            tokens.next();
            all
        }
        _ => branches([path, vec![next]].concat(), tokens),
    }
}

#[test]
fn a_path_counts_however_it_is_written() {
    let modules: Vec<String> = ["render", "html"].map(str::to_owned).to_vec();
    let text = "//! crate::no\nuse super::super::pipeline::gate;\nuse crate::{\n    a::b, // crate::no\n    c::{self, d as e},\n};\n\
                pub(super) fn f<'a>(it: &'a str) -> super::Style { let _ = ('\"', '\\'', r#\"super::no\"#); self.x; crate::g::<u8>() }\n\
                use sharecheck::hook;\nuse self::view::*;\n#[cfg(test)]\nmod tests { use crate::no; }";
    let found: Vec<String> = paths(&modules, text)
        .iter()
        .map(|it| it.join("::"))
        .collect();
    let expected = [
        "pipeline::gate",
        "a::b",
        "c",
        "c::d",
        "render::Style",
        "g",
        "hook",
        "render::html::view::*",
    ];
    assert_eq!(found, expected);
}

/// The paths in every file of a folder of sources, each with the file's own place.
fn all_paths(folder: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let root = root().join(folder);
    let mut all = Vec::new();
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let modules = modules(inside);
        for path in paths(&modules, &std::fs::read_to_string(&file).unwrap()) {
            all.push((inside.display().to_string(), modules.clone(), path));
        }
    }
    all
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn no_import_runs_up() {
    let mut wrong = Vec::new();
    let all = ["crates/judge/src", "src"].into_iter().flat_map(all_paths);
    for (file, modules, path) in all {
        let part = modules.first().map_or("main", String::as_str);
        let (Some(own), Some(other)) = (floor(part), path.first()) else {
            continue;
        };
        let up = floor(other).is_some_and(|floor| floor > own || floor == own && other != part);
        let server = other == "reference" && !["cli", "main", "proof"].contains(&part);
        // Of everything at the root nobody can tell which part is meant.
        if up || server || other == "*" {
            wrong.push(format!("{file}: {}", path.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Those of the driver; the compiler holds the judge's apart from them, and the test above from one another.
#[test]
fn no_stage_knows_another() {
    let mut wrong = Vec::new();
    for (file, modules, path) in all_paths("src") {
        let [pipeline, own, ..] = modules.as_slice() else {
            continue;
        };
        let outside = path.first().is_some_and(|it| it != "pipeline");
        let stage = |it: &String| floor(it) >= floor("attribute") && floor(it).is_some();
        let other = path.get(1).is_some_and(|it| it != own);
        let wrongly = if outside { stage(&path[0]) } else { other };
        if pipeline == "pipeline" && wrongly {
            wrong.push(format!("{file}: {}", path.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The judge depends on no server, no client and no database, and the custodian on nothing that it proves.
#[test]
fn a_package_depends_on_nothing_that_it_must_not_know() {
    let dependencies = |package: &str| -> Vec<String> {
        let text = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&text).unwrap();
        let table = manifest["dependencies"].as_table().unwrap();
        table.keys().cloned().collect()
    };
    for network in ["axum", "hyper", "reqwest", "rustls", "sqlx", "tokio"] {
        let judge = dependencies("crates/judge");
        assert!(!judge.iter().any(|it| it == network), "{network}");
    }
    for package in ["crates/judge", "crates/portal", "crates/reference"] {
        let all = dependencies(package);
        assert!(
            !all.iter().any(|it| it.starts_with("sharecheck")),
            "{all:?}"
        );
    }
}
