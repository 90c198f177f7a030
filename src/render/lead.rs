//! What is told first where two runs are compared: the answer, the stage and the cause, each as it was and as it is.

use super::page::{Ink, Page};
use super::visible::visible;
use super::words::QUESTION;
use crate::model::behaviour::Conclusion;
use crate::model::difference::Side;
use crate::model::report::Stage;

/// The width of the column of names.
pub(super) const NAME: usize = 10;

/// What one of the two runs comes to.
pub(super) struct Stand<'a> {
    safe: Option<bool>,
    stage: &'a str,
    looks_like: &'a [String],
    /// What is broken in the first place, if it was told.
    broken: Option<&'a str>,
}

impl<'a> From<&'a Side> for Stand<'a> {
    fn from(side: &'a Side) -> Self {
        Self {
            safe: side.multi_backup_safe,
            stage: side.stage.map_or("not known", Stage::name),
            looks_like: &side.looks_like,
            broken: side.broken.as_deref().filter(|it| !it.is_empty()),
        }
    }
}

impl<'a> From<&'a Conclusion> for Stand<'a> {
    fn from(it: &'a Conclusion) -> Self {
        Self {
            safe: Some(it.safe),
            stage: &it.stage,
            looks_like: &it.looks_like,
            broken: None,
        }
    }
}

/// The lines that lead, for two runs.
pub(super) struct Lead {
    /// `Yes → No`, or one word and that it is as before.
    pub(super) answer: String,
    /// Whether it is better or worse; none where it is the same, or cannot be told.
    pub(super) better: Option<bool>,
    /// The stages.
    pub(super) stage: String,
    /// What it looks like now; none where nothing is or was broken.
    pub(super) cause: Option<String>,
}

impl Lead {
    /// Of two runs; `before` is said of what is the same, such as `as before`.
    pub(super) fn of(was: &Stand<'_>, is: &Stand<'_>, before: &str) -> Self {
        let turn = |was: &str, is: &str| match (visible(was), visible(is)) {
            (was, is) if was == is => format!("{is}, {before}"),
            (was, is) => format!("{was} → {is}"),
        };
        Self {
            answer: turn(word(was.safe), word(is.safe)),
            better: (was.safe != is.safe).then_some(is.safe).flatten(),
            stage: turn(was.stage, is.stage),
            cause: cause(was, is, before),
        }
    }
}

fn word(safe: Option<bool>) -> &'static str {
    match safe {
        Some(true) => "Yes",
        Some(false) => "No",
        None => "Cannot be told",
    }
}

fn cause(was: &Stand<'_>, is: &Stand<'_>, before: &str) -> Option<String> {
    let without = |all: &[String], others: &[String]| -> Option<String> {
        let left = all.iter().filter(|it| !others.contains(it));
        let left: Vec<_> = left.map(|it| visible(it)).collect();
        (!left.is_empty()).then(|| left.join(", "))
    };
    let likeness = match (
        without(is.looks_like, was.looks_like),
        without(was.looks_like, is.looks_like),
    ) {
        (Some(new), Some(gone)) => Some(format!("now looks like {new}, no longer like {gone}")),
        (Some(new), None) => Some(format!("now looks like {new}")),
        (None, Some(gone)) => Some(format!("no longer looks like {gone}")),
        (None, None) => {
            without(is.looks_like, &[]).map(|same| format!("looks like {same}, {before}"))
        }
    };
    let broken = match (was.broken, is.broken) {
        (was, Some(is)) if was != Some(is) => Some(visible(is)),
        (Some(_) | None, Some(_) | None) => None,
    };
    match (likeness, broken) {
        (Some(likeness), Some(broken)) => Some(format!("{likeness}: {broken}")),
        (Some(likeness), None) => Some(likeness),
        (None, Some(broken)) => Some(format!("now: {broken}")),
        (None, None) => None,
    }
}

impl Page {
    /// The lines that lead.
    pub(super) fn lead(&mut self, lead: &Lead) {
        let ink = match lead.better {
            Some(true) => Ink::Good,
            Some(false) => Ink::Bad,
            None => Ink::Strong,
        };
        self.paint(Ink::Plain, &format!("{QUESTION} "));
        self.paint(ink, &lead.answer);
        self.end();
        self.row(Ink::Faint, "stage", &lead.stage);
        if let Some(cause) = &lead.cause {
            self.row(Ink::Faint, "cause", cause);
        }
    }

    /// A named line, wrapped below itself.
    pub(super) fn row(&mut self, ink: Ink, name: &str, text: &str) {
        let first = format!("{name:<NAME$}");
        self.paint(ink, &first);
        let indent = " ".repeat(NAME);
        let text = super::page::wrapped(text, self.style.width, NAME, &indent);
        self.line(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], &["append"], Some("now looks like append: It piles up."))]
    #[case(&["append"], &["append"], Some("looks like append, as before: It piles up."))]
    #[case(&["append", "v5-hidden"], &["keep-first", "v5-hidden"],
           Some("now looks like keep-first, no longer like append: It piles up."))]
    #[case(&[], &[], Some("now: It piles up."))]
    fn the_cause_is_what_it_looks_like_now(
        #[case] was: &[&str],
        #[case] is: &[&str],
        #[case] expected: Option<&str>,
    ) {
        let owned =
            |all: &[&str]| -> Vec<String> { all.iter().map(|it| (*it).to_owned()).collect() };
        let (was, is) = (owned(was), owned(is));
        let stand = |safe, looks_like, broken| Stand {
            safe: Some(safe),
            stage: "v6",
            looks_like,
            broken,
        };
        let (was, is) = (
            stand(true, &was, None),
            stand(false, &is, Some("It piles up.")),
        );
        let lead = Lead::of(&was, &is, "as before");
        assert_eq!(lead.cause.as_deref(), expected);
        assert_eq!(
            (lead.answer.as_str(), lead.stage.as_str()),
            ("Yes → No", "v6, as before")
        );
    }
}
