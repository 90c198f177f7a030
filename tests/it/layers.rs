//! The house's floors: imports run downwards, and no stage knows another.

use std::path::{Path, PathBuf};

/// From the ground up. A part may import what stands before it, and itself.
const FLOORS: [&[&str]; 8] = [
    &["nearest"],
    &["contract"],
    &["exchange"],
    &["http", "model"],
    &["check", "hook"],
    &["pipeline", "render"],
    &["proof"],
    &["cli", "main"],
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

/// The parts that a line of code names: `crate::PART` or `sharecheck::PART`.
fn named(line: &str) -> Vec<String> {
    ["crate::", "sharecheck::"]
        .iter()
        .flat_map(|root| {
            line.match_indices(root)
                .map(|(at, _)| &line[at + root.len()..])
                .collect::<Vec<_>>()
        })
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group
                .split(',')
                .map(|item| {
                    item.trim()
                        .split("::")
                        .next()
                        .unwrap_or_default()
                        .trim_end_matches('}')
                        .to_owned()
                })
                .collect(),
            None => vec![
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect::<String>(),
            ],
        })
        .collect()
}

#[test]
fn no_import_runs_up() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap().display().to_string();
        let part = inside.split(['/', '.']).next().unwrap().to_owned();
        let Some(own) = floor(&part) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            for other in named(line) {
                let up =
                    floor(&other).is_some_and(|floor| floor > own || floor == own && other != part);
                let server = other == "reference" && !["cli", "proof"].contains(&part.as_str());
                if up || server {
                    wrong.push(format!("{inside}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_stage_knows_another() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipeline");
    let stages = [
        "load",
        "plan",
        "provision",
        "preflight",
        "execute",
        "judge",
        "diagnose",
        "gate",
        "recall",
        "merge",
        "diff",
    ];
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap().display().to_string();
        let own = inside.split(['/', '.']).next().unwrap().to_owned();
        // These put stages together.
        if own == "mod" || own == "conclude" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for stage in stages.iter().filter(|stage| **stage != own) {
            assert!(
                !text.contains(&format!("pipeline::{stage}")),
                "{inside} knows {stage}"
            );
        }
    }
}

#[test]
fn the_reference_custodian_leans_on_nothing_that_it_proves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reference");
    for path in sources(&root) {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.contains("crate::")) {
            assert!(
                line.contains("crate::reference"),
                "{}: {line}",
                path.display()
            );
        }
    }
}
