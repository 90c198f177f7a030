//! What was seen, as it is told: for people and as JSON.

use super::user_share::Tried;
use super::{Looker, Refusal, Seen, TEST_CLIENTS};
use crate::cli::reports::width;
use serde_json::json;
use sharecheck::contract::Contract;
use sharecheck::exchange::Redactor;
use sharecheck::http::Trust;
use sharecheck::model::cause::Advice;
use sharecheck::pipeline::preflight::{About, Mark, Point};
use sharecheck::render::wrapped;
use std::fmt::Write as _;

/// How far the texts of the points stand in, in characters.
const COLUMN: usize = 11;

/// What there is to say.
pub(super) struct Diagnosis {
    target: String,
    contract: Contract,
    points: Vec<(Point, Vec<Advice>)>,
    user_share: Option<Tried>,
    last: String,
    answers_like: Option<Contract>,
    pub(super) exit_code: u8,
}

impl Diagnosis {
    pub(super) fn of(seen: Seen, looker: &Looker<'_>, redactor: &Redactor) -> Self {
        let Seen {
            found,
            refused,
            made,
            mut user_share,
        } = seen;
        let refused = refused.or_else(|| {
            let held = found.foreign.clone()?;
            let next = TEST_CLIENTS.to_owned();
            let advice = Advice { cause: held, next };
            Some(Refusal {
                advice,
                exit_code: 6,
            })
        });
        let mut points: Vec<(Point, Vec<Advice>)> = Vec::new();
        for mut point in found.points {
            if let Some(made) = made.as_ref().filter(|it| it.about == point.about) {
                point = made.clone();
            }
            add_facts(&mut point, looker);
            let of = found.findings.iter().filter(|it| it.about == point.about);
            let mut advice: Vec<Advice> = of.map(|it| it.advice.clone()).collect();
            if let Some(refused) = refused.as_ref().filter(|_| found.stop.is_none())
                && point.about == About::Clients
            {
                point.mark = Mark::Stops;
                advice = vec![refused.advice.clone()];
            } else if !advice.is_empty() && point.mark == Mark::Good {
                point.mark = Mark::Odd;
            }
            if let Some(stop) = found.stop.as_ref().filter(|_| point.mark == Mark::Stops) {
                advice = vec![stop.clone()];
            }
            point.says = redactor.whole(&point.says);
            for it in &mut advice {
                it.cause = redactor.whole(&it.cause);
            }
            points.push((point, advice));
        }
        if let Some(tried) = &mut user_share {
            tried.says = redactor.whole(&tried.says);
            for it in &mut tried.advice {
                it.cause = redactor.whole(&it.cause);
            }
        }
        let stops = user_share.as_ref().and_then(|it| it.stops);
        let odd = user_share.as_ref().is_some_and(|it| !it.advice.is_empty());
        let fine = found.findings.is_empty() && !odd;
        let (last, exit_code) = match (&found.stop, &refused, stops) {
            (Some(_), _, _) => ("Nothing can be tested.", 3),
            (None, Some(it), _) => ("A run would stop for its clients.", it.exit_code),
            (None, None, Some(code)) => ("A run would stop for its user shares.", code),
            (None, None, None) if fine => ("A run can begin.", 0),
            (None, None, None) => ("A run can begin, and will judge what is told above.", 1),
        };
        let like = found.answers_like;
        let like = like.map(|it| format!("\nIt answers like {it}: try `--contract {it}`."));
        Self {
            target: looker.http.base(),
            contract: looker.args.contract,
            points,
            user_share,
            last: format!("{last}{}", like.unwrap_or_default()),
            answers_like: found.answers_like,
            exit_code,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut out = format!("{} · contract {}\n\n", self.target, self.contract);
        for (point, advice) in &self.points {
            line(
                &mut out,
                point.about.name(),
                point.mark,
                &point.says,
                advice,
            );
        }
        if let Some(it) = &self.user_share {
            line(&mut out, "wallets", it.mark, &it.says, &it.advice);
        }
        let _ = writeln!(out, "\n{}", self.last);
        out
    }

    pub(super) fn json(&self) -> String {
        let told = |advice: &[Advice]| {
            let advice = advice.iter();
            let advice = advice.map(|it| json!({ "seen": it.cause, "next": it.next }));
            advice.collect::<Vec<_>>()
        };
        let points = self.points.iter().map(|(point, advice)| {
            json!({
                "about": point.about, "mark": point.mark, "says": point.says,
                "advice": told(advice),
            })
        });
        let user_share = self.user_share.iter().map(|it| {
            json!({
                "about": "user-share", "mark": it.mark, "says": it.says,
                "advice": told(&it.advice),
            })
        });
        let points = points.chain(user_share);
        format!(
            "{:#}",
            json!({
                "format": 1, "target": self.target, "contract": self.contract,
                "points": points.collect::<Vec<_>>(), "answers_like": self.answers_like,
                "last": self.last, "exit_code": self.exit_code,
            })
        )
    }
}

/// One line and what there is to say of it.
fn line(out: &mut String, name: &str, mark: Mark, says: &str, advice: &[Advice]) {
    let (width, indent) = (width(), " ".repeat(COLUMN));
    let mark = match mark {
        Mark::Good => '✓',
        Mark::Stops => '✗',
        Mark::Odd => '!',
        Mark::NotTried => '-',
    };
    let says = wrapped(says, width, COLUMN, &indent);
    let _ = writeln!(out, "{mark} {name:<9}{says}");
    for it in advice {
        for (word, text) in [("Seen", &it.cause), ("Next", &it.next)] {
            let text = wrapped(&format!("{word}: {text}"), width, COLUMN, &indent);
            let _ = writeln!(out, "{indent}{text}");
        }
    }
}

/// What is known of the connection beside what came over it.
fn add_facts(point: &mut Point, looker: &Looker<'_>) {
    let reached = point.mark == Mark::Good;
    match point.about {
        About::Reach => {
            if reached && looker.http.spoke_http2() {
                point.says.push_str(", over HTTP/2");
            }
            if let Some(via) = looker.http.via() {
                let _ = write!(point.says, " (by way of {via})");
            }
            if let Some(trace) = looker.http.trace() {
                let _ = write!(point.says, "; trace id {trace}");
            }
        }
        About::Tls => {
            if reached && matches!(looker.line.settings.network.trust, Trust::Anybody) {
                point.mark = Mark::Odd;
                "no certificate was verified (--insecure)".clone_into(&mut point.says);
            }
        }
        About::Secret | About::Store | About::Fetch | About::Clients => {}
    }
}
