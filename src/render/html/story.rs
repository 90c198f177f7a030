//! What happened in the plainest case that shows a requirement to be broken; for the first one, what to do as well.

use super::exchange::{Chip, Hues};
use super::requirements::{Link, Places};
use super::sign::Text;
use crate::model::finding::Standing;
use crate::model::report::Report;
use crate::render::again::again;
use crate::render::broken::Broken;
use crate::render::methods::extent;
use crate::render::story::{Step, Story};
use crate::render::visible::visible;
use crate::render::words::{headline, sentence};
use serde::Serialize;

/// So many causes are told on the first screen.
const MOST_CAUSES: usize = 3;

/// What to do, and what shows that it is needed.
#[derive(Serialize)]
pub(super) struct Proof<'a> {
    todo: Vec<Todo<'a>>,
    /// How many more requirements are broken.
    more: usize,
    again: String,
    case: Option<Link<'a>>,
    message: String,
    /// Whether it is a matter of the method, in words.
    extent: Option<String>,
    steps: Steps<'a>,
    wallet: Text<'a>,
}

/// What happened in a case, step after step.
#[derive(Default, Serialize)]
pub(super) struct Steps<'a> {
    /// How many went before.
    before: usize,
    rows: Vec<Row<'a>>,
    /// What a refusal says.
    said: Option<String>,
}

/// What to do about one cause.
#[derive(Serialize)]
struct Todo<'a> {
    headline: String,
    requirement: Text<'a>,
    fix: Text<'a>,
}

/// A step of the story.
#[derive(Serialize)]
struct Row<'a> {
    number: Option<usize>,
    what: String,
    /// Whether it is no request.
    is_act: bool,
    share: Option<Chip<'a>>,
    with: Option<String>,
    client: Option<Text<'a>>,
    expected: Option<Text<'a>>,
    answer: String,
    came: Vec<Chip<'a>>,
    wrong: bool,
}

/// Of a report in which something is broken that counts.
pub(super) fn proof<'a>(
    report: &Report,
    all: &[Broken<'a>],
    places: &Places<'_>,
) -> Option<Proof<'a>> {
    let counted = || all.iter().filter(|it| it.standing == Standing::Counted);
    let first = counted().next()?;
    let best = first.best();
    let todo = counted().take(MOST_CAUSES).map(|it| Todo {
        headline: headline(it),
        requirement: visible(it.id),
        fix: visible(it.requirement.map_or("", |it| &it.fix)),
    });
    Some(Proof {
        todo: todo.collect(),
        more: counted().count().saturating_sub(MOST_CAUSES),
        again: again(report, &[first.id]),
        case: places.link(&best.case.id),
        message: sentence(&visible(&best.check.message)),
        extent: extent(report, first.id),
        steps: steps(Story::of(&best)),
        wallet: visible(first.requirement.map_or("", |it| &it.consequence)),
    })
}

/// A story as it stands on the page.
pub(super) fn steps(story: Option<Story<'_>>) -> Steps<'_> {
    let mut hues = Hues::default();
    story.map_or_else(Steps::default, |it| Steps {
        before: it.before,
        said: it.said,
        rows: it
            .steps
            .into_iter()
            .map(|step| row(step, &mut hues))
            .collect(),
    })
}

fn row<'a>(step: Step<'a>, hues: &mut Hues<'a>) -> Row<'a> {
    Row {
        number: step.number,
        share: step.share.map(|label| Chip {
            label: visible(label),
            hue: Some(hues.of(label)),
            how: None,
        }),
        came: step
            .came
            .into_iter()
            .map(|it| Chip {
                hue: it.share.map(|label| hues.of(label)),
                label: it.label.into(),
                how: it.odd.then(|| "not expected".to_owned()),
            })
            .collect(),
        what: step.what,
        is_act: step.is_act,
        with: step.with,
        client: step.client.map(visible),
        expected: step.expected.map(visible),
        answer: step.answer,
        wrong: step.wrong,
    }
}
