//! The steps of a mend in the order of a deploy, and what is said of those that every engine has.

use super::{Copy, Work};
use crate::mend::{Stage, Step};

/// The steps by stage, each stage once: what a session waits for comes first in it, and the deploy has its own words.
pub(in crate::mend) fn framed(mut steps: Vec<Step>, wait: &str) -> Vec<Step> {
    steps.sort_by_key(|it| it.stage);
    if steps.is_empty() {
        return steps;
    }
    let mut framed = Vec::new();
    let mut last = None;
    let deploy = || {
        Step {
        stage: Stage::Deploy,
        why: "Now deploy the code that stores and fetches by method. No v5 code may run beside it once it has stored: an \
              UPDATE by user alone would write one share over every method's"
            .to_owned(),
        run: String::new(),
    }
    };
    let mut deployed = false;
    for mut step in steps {
        if step.stage > Stage::Deploy && !deployed {
            framed.push(deploy());
            deployed = true;
        }
        if last != Some(step.stage) {
            last = Some(step.stage);
            step.run = format!("{wait}{}", step.run);
        }
        framed.push(step);
    }
    if !deployed {
        framed.push(deploy());
    }
    framed
}

/// Why a key goes.
pub(in crate::mend) fn narrow_why(work: &Work) -> String {
    let when = if work.has_pairs() {
        "This key holds less than the new one"
    } else {
        "This key lets a user have one share only, so it goes before the new code stores a second; run it right before the \
         deploy, since v5 code that says ON CONFLICT on the user alone is refused from here on"
    };
    format!("{when}. The new key is there already")
}

/// Why a column is copied.
pub(in crate::mend) fn copy_why(work: &Work, copy: &Copy) -> String {
    format!(
        "The {} of v5 in {}.{} are copied, as {}; the column stays as it is, since v5 code reads it",
        work.words(),
        copy.from.full_name(),
        copy.column,
        copy.method
    )
}

/// Why it is copied again.
pub(in crate::mend) fn again_why(copy: &Copy) -> String {
    format!(
        "v5 code went on writing {}.{}. What it wrote since is newer than the copy, which goes to the superseded rows; where \
         the new code stored as well nobody can tell, so that its share stays, and the other one goes there. This may be run \
         as often as you like",
        copy.from.full_name(),
        copy.column
    )
}
