//! Which cases are meant by what was typed.

use super::PlanError;
use crate::model::case::Case;
use crate::nearest::nearest;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeSet;

/// Selectors as typed: ids and globs of cases and requirements.
pub(super) struct Patterns(GlobSet);

impl Patterns {
    /// Each must match something.
    pub(super) fn new(typed: &[String], cases: &[Case]) -> Result<Self, PlanError> {
        let mut set = GlobSetBuilder::new();
        for text in typed {
            let glob = |text: &str| {
                Glob::new(text).map_err(|error| {
                    PlanError::NotAPattern(text.to_owned(), error.kind().to_string())
                })
            };
            let mut one = GlobSetBuilder::new();
            // `replace` selects the whole group, as do the family's ids `method.documented`.
            for pattern in [glob(text)?, glob(&format!("{text}.*"))?] {
                one.add(pattern.clone());
                set.add(pattern);
            }
            let one = Self(
                one.build()
                    .map_err(|error| PlanError::NotAPattern(text.clone(), error.to_string()))?,
            );
            if !cases.iter().any(|case| one.matches(case)) {
                let ids: BTreeSet<&str> = cases
                    .iter()
                    .flat_map(|case| [case.id.as_str(), case.requirement.as_str()])
                    .collect();
                let near = nearest(text, ids).map(str::to_owned);
                return Err(PlanError::MatchesNothing {
                    selector: text.clone(),
                    near,
                });
            }
        }
        set.build()
            .map(Self)
            .map_err(|error| PlanError::NotAPattern(typed.join(" "), error.to_string()))
    }

    /// Whether one of them means this case, or a requirement that it proves.
    pub(super) fn matches(&self, case: &Case) -> bool {
        self.0.is_match(&case.id)
            || std::iter::once(&case.requirement)
                .chain(&case.also)
                .any(|id| self.0.is_match(id))
    }
}
