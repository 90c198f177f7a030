//! What the run looks like, and the code that mends it.

use super::sign::Text;
use crate::model::remedy::{Fix, Remedy};
use crate::model::report::Report;
use crate::render::suspects::{likenesses, unexplained};
use crate::render::visible::visible;
use crate::render::words::sentence;
use serde::Serialize;

/// The faults that explain what failed.
#[derive(Serialize)]
pub(super) struct Diagnosis<'a> {
    suspects: Vec<Suspect<'a>>,
    /// What is said of failures with another cause.
    rest: Option<String>,
}

/// One of them.
#[derive(Serialize)]
struct Suspect<'a> {
    heading: String,
    fault: Text<'a>,
    remedies: Vec<Mending<'a>>,
}

/// What to do about it.
#[derive(Serialize)]
struct Mending<'a> {
    title: Text<'a>,
    mind: Vec<Text<'a>>,
    fixes: Vec<Code<'a>>,
}

/// A few lines of code, and what they are for.
#[derive(Serialize)]
struct Code<'a> {
    stack: &'static str,
    applies: Option<Text<'a>>,
    lines: Vec<Text<'a>>,
}

/// What a report says of faults.
pub(super) fn diagnosis(report: &Report) -> Diagnosis<'_> {
    let all = likenesses(report).into_iter().enumerate();
    let suspects = all.map(|(place, it)| Suspect {
        // The first one's phrase is the section's heading.
        heading: match place {
            0 => sentence(&it.text),
            _ => format!("{} {}", it.word, it.text),
        },
        fault: visible(&it.diagnosis.suspect.fault),
        remedies: it.diagnosis.remedies.iter().map(mending).collect(),
    });
    Diagnosis {
        suspects: suspects.collect(),
        rest: unexplained(report),
    }
}

fn mending(remedy: &Remedy) -> Mending<'_> {
    Mending {
        title: visible(&remedy.title),
        mind: remedy.mind.iter().map(|it| visible(it)).collect(),
        fixes: remedy.fixes.iter().map(code).collect(),
    }
}

fn code(fix: &Fix) -> Code<'_> {
    Code {
        stack: fix.stack.title(),
        applies: fix.applies.as_deref().map(visible),
        lines: fix.code.lines().map(visible).collect(),
    }
}
