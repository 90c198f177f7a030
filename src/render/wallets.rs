//! Of which halves of a wallet a report speaks: how many wallets were put together again from both, by which methods and
//! on which curves; or that only the webhooks were looked at, and how to look at the rest.

use super::visible::visible;
use super::words::number;
use crate::contract::Contract;
use crate::contract::wallet::Curve;
use crate::model::finding::Status;
use crate::model::report::Report;
use crate::model::requirement::Part;
use crate::model::wallets::{Cell, Wallets};
use std::borrow::Cow;

/// How many wallets were put together again, as a clause; none where the user's half was not looked at.
pub(super) fn together(report: &Report) -> Option<String> {
    let Wallets { whole, of, .. } = report.wallets.as_ref()?;
    let count = match (*whole, *of) {
        (1, 1) => "the one wallet was".to_owned(),
        (whole, of) if whole == of => format!("all {} wallets were", number(of)),
        (0, of) => format!("none of {} wallets was", number(of)),
        (whole, of) => format!("{} of {} wallets were", number(whole), number(of)),
    };
    Some(format!("{count} put together again from both halves"))
}

/// Whether a Yes speaks of the webhooks only.
pub(super) fn is_of_webhooks(report: &Report) -> bool {
    let mut others = report.requirements.iter();
    let seen = others.any(|it| match it.part {
        Part::Webhooks | Part::Database | Part::Code | Part::Rehearsal => false,
        Part::UserHalf | Part::Portal => it.status != Status::Skipped,
    });
    let yes = report.outcome.multi_backup_safe == Some(true);
    yes && report.run.contract == Contract::V6 && !seen
}

/// That a Yes speaks of the webhooks only, and how to look at the user's half, on a line of a terminal; none where it speaks
/// of both halves.
pub(super) fn half_told(report: &Report) -> Option<&'static str> {
    is_of_webhooks(report).then(|| match Unseen::of(report) {
        Unseen::LeftOut => {
            "It speaks of the webhooks only: the cases of the user's half were skipped."
        }
        Unseen::Reference => {
            "It speaks of the webhooks only; for the user's half add --with-portal."
        }
        Unseen::Untold => {
            "It speaks of the webhooks only; for the user's half see docs/wallets.md."
        }
    })
}

/// The same where there is room.
pub(super) fn half_told_at_length(report: &Report) -> Option<&'static str> {
    is_of_webhooks(report).then(|| match Unseen::of(report) {
        Unseen::LeftOut => {
            "This answer speaks of the webhooks only, which keep the custodian's half of a wallet: the cases of the user's \
             half were skipped."
        }
        Unseen::Reference => {
            "This answer speaks of the webhooks only, which keep the custodian's half of a wallet. With `--with-portal` the \
             run looks at the user's half as well."
        }
        Unseen::Untold => {
            "This answer speaks of the webhooks only, which keep the custodian's half of a wallet. To look at the user's half \
             as well, tell your own endpoints in `sharecheck.toml`, under `[user-share.store]` and `[user-share.fetch]`: see \
             `docs/wallets.md`."
        }
    })
}

/// Why the user's half was not seen.
enum Unseen {
    /// Its cases were left out, and say why.
    LeftOut,
    /// The built-in custodian was tested without it.
    Reference,
    /// Nothing is told of it.
    Untold,
}

impl Unseen {
    fn of(report: &Report) -> Self {
        let mut all = report.requirements.iter();
        if all.any(|it| it.part == Part::UserHalf) {
            Self::LeftOut
        } else if report.run.reference.is_some() {
            Self::Reference
        } else {
            Self::Untold
        }
    }
}

/// Recoveries by method and curve.
pub(super) struct Grid<'a> {
    /// The curves, a column each.
    pub(super) curves: [Curve; 2],
    /// The methods, a row each.
    pub(super) rows: Vec<(Cow<'a, str>, [Option<Seen>; 2])>,
}

/// What the recoveries of one curve by one method came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether all of them succeeded.
    pub(super) all: bool,
    /// How many of how many.
    pub(super) count: String,
}

impl<'a> Grid<'a> {
    /// That of a report; none where the user's half was not looked at.
    pub(super) fn of(report: &'a Report) -> Option<Self> {
        let wallets = report.wallets.as_ref()?;
        let row = |method: &'a str| {
            let cell = |curve| wallets.cell(method, curve).map(Seen::of);
            (visible(method), Curve::ALL.map(cell))
        };
        Some(Self {
            curves: Curve::ALL,
            rows: wallets.methods().into_iter().map(row).collect(),
        })
    }

    /// As lines of text in columns.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = |it: &Option<Seen>| it.as_ref().map_or_else(String::new, Seen::text);
        let head = [String::new()].into_iter();
        let head = head.chain(self.curves.map(|it| it.name().to_owned()));
        let rows = self.rows.iter().map(|(method, cells)| {
            let cells = cells.iter().map(text);
            std::iter::once(method.to_string()).chain(cells).collect()
        });
        let all: Vec<Vec<String>> = std::iter::once(head.collect()).chain(rows).collect();
        let width = |column: usize| {
            let cells = all.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let widths = [width(0), width(1), width(2)];
        let line = |row: &Vec<String>| {
            let cells = row
                .iter()
                .zip(widths)
                .map(|(it, width)| format!("{it:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        };
        all.iter().map(line).collect()
    }
}

impl Seen {
    fn of(cell: &Cell) -> Self {
        Self {
            all: cell.whole == cell.of,
            count: format!("{} of {}", number(cell.whole), number(cell.of)),
        }
    }

    /// A mark, and the numbers where not all came back.
    pub(super) fn text(&self) -> String {
        if self.all {
            "✓".to_owned()
        } else {
            format!("✕ {}", self.count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use rstest::rstest;

    fn with(whole: usize, of: usize) -> Report {
        let mut report = sample::report();
        report.wallets = Some(Wallets {
            whole,
            of,
            grid: Vec::new(),
        });
        report
    }

    #[rstest]
    #[case(1, 1, "the one wallet was")]
    #[case(18, 18, "all 18 wallets were")]
    #[case(0, 3, "none of 3 wallets was")]
    #[case(14, 1800, "14 of 1,800 wallets were")]
    fn it_is_told_how_many_wallets_came_back(
        #[case] whole: usize,
        #[case] of: usize,
        #[case] count: &str,
    ) {
        let told = together(&with(whole, of)).unwrap();
        assert_eq!(told, format!("{count} put together again from both halves"));
    }

    #[test]
    fn a_grid_has_numbers_where_not_all_came_back() {
        let mut report = with(3, 5);
        let cell = |method: &str, curve, whole, of| Cell {
            method: method.to_owned(),
            curve,
            whole,
            of,
        };
        report.wallets.as_mut().unwrap().grid = vec![
            cell("GDRIVE", Curve::Secp256k1, 3, 3),
            cell("GDRIVE", Curve::Ed25519, 0, 2),
            cell("PASSWORD", Curve::Secp256k1, 1, 2),
        ];
        let grid = Grid::of(&report).unwrap();
        assert_eq!(
            grid.lines(),
            [
                "          SECP256K1  ED25519",
                "GDRIVE    ✓          ✕ 0 of 2",
                "PASSWORD  ✕ 1 of 2",
            ]
        );
    }

    #[test]
    fn a_yes_of_the_webhooks_says_so_on_one_line_and_nothing_else_does() {
        for mut report in sample::all() {
            let yes = report.outcome.multi_backup_safe == Some(true);
            let both = report.wallets.is_some();
            assert_eq!(half_told(&report).is_some(), yes && !both);
            for reference in [None, Some(Vec::new())] {
                report.run.reference = reference;
                let line = half_told(&report).unwrap_or_default();
                assert!(line.chars().count() < 80, "{line}");
            }
            for it in &mut report.requirements {
                it.part = Part::UserHalf;
            }
            let skipped = report
                .requirements
                .iter()
                .all(|it| it.status == Status::Skipped);
            assert_eq!(half_told(&report).is_some(), yes && skipped);
        }
    }
}
