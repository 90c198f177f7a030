//! The text of a list of known failures: entries are added and cut out, everything else stays as it was typed.

use sharecheck::model::known::KnownFailure;
use std::fmt::Write as _;

const HEAD: &str = "[[known-failure]]";

/// What stands above the entries of a new list.
pub(super) const PREFACE: &str = "\
# Failures that are accepted for now. They stay failures in every report, and do not fail the run until they expire.
# Another failure code is a new failure; an entry that passes, or has expired, ends the run with exit 5.
";

/// An entry as it is written.
pub(super) fn written(entry: &KnownFailure) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut out = format!("{HEAD}\nrequirement = {}\n", quoted(&entry.requirement));
    if let Some(case) = &entry.case {
        let _ = writeln!(out, "case = {}", quoted(case));
    }
    for (key, text) in [
        ("code", &entry.code),
        ("reason", &entry.reason),
        ("owner", &entry.owner),
    ] {
        let _ = writeln!(out, "{key} = {}", quoted(text));
    }
    let _ = writeln!(out, "expires = {}", entry.expires);
    if entry.flaky {
        out.push_str("flaky = true\n");
    }
    out
}

/// The text with these entries at its end.
pub(super) fn with(source: &str, entries: &[KnownFailure]) -> String {
    let mut out = source.trim_end().to_owned();
    for entry in entries {
        let _ = write!(out, "\n\n{}", written(entry));
        out.truncate(out.trim_end().len());
    }
    out.push('\n');
    out
}

/// The text without the entries of these places, each with the comment right above it; nothing where the
/// entries, `count` of them, do not all stand under a head of their own.
pub(super) fn without(source: &str, places: &[usize], count: usize) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let is_head = |line: &str| {
        line.split_whitespace()
            .collect::<String>()
            .starts_with(HEAD)
    };
    let starts: Vec<usize> = (0..lines.len())
        .filter(|at| is_head(lines[*at]))
        .map(|at| {
            let comments = lines[..at].iter().rev();
            at - comments.take_while(|line| line.starts_with('#')).count()
        })
        .collect();
    if starts.len() != count {
        return None;
    }
    let mut kept: Vec<&str> = lines[..starts.first().copied().unwrap_or(lines.len())].to_vec();
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(lines.len());
        if !places.contains(&place) {
            kept.extend(&lines[*start..end]);
        }
    }
    Some(format!("{}\n", kept.join("\n").trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_takes_its_comment_and_nothing_else() {
        let entry = |name: &str| format!("{HEAD}\nrequirement = \"{name}\"\n");
        let source = format!(
            "# the list\n\n# ticket 1\n{}\n{}# ticket 3\n{}# the end\n",
            entry("one"),
            entry("two"),
            entry("three")
        );
        let first = format!(
            "# the list\n\n{}# ticket 3\n{}# the end\n",
            entry("two"),
            entry("three")
        );
        assert_eq!(without(&source, &[0], 3), Some(first));
        assert_eq!(without(&source, &[], 3), Some(source.clone()));
        assert_eq!(
            without(&source, &[0, 1, 2], 3),
            Some("# the list\n".to_owned())
        );
        assert_eq!(without("known-failure = [{}, {}]\n", &[0], 2), None);
    }
}
