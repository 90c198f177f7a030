//! A version as every registry here writes it, read leniently.

use crate::code::sdk::Sdk;

/// A version number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    major: u64,
    minor: u64,
    patch: u64,
    /// What stands behind a hyphen; empty for a release.
    preview: String,
}

/// How a version stands to the one at which multi-backup begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has multi-backup.
    New,
    /// It has not.
    Old,
    /// It is a preview of the very version: nothing says whether it has.
    Preview,
}

impl Number {
    /// Reads `3`, `v3.1`, `3.0.1-rc.1+5`; null for what does not begin with a number.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V', '=']);
        let text = text.split('+').next().unwrap_or_default();
        let (numbers, preview) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = numbers.split('.').map(|it| it.parse::<u64>().ok());
        let major = parts.next()??;
        let mut next = || parts.next().flatten().unwrap_or(0);
        Some(Self {
            major,
            minor: next(),
            patch: next(),
            preview: preview.to_owned(),
        })
    }

    /// How it stands to the beginning of multi-backup in this SDK.
    pub(super) fn standing(&self, sdk: Sdk) -> Standing {
        let begins = sdk.begins();
        let first = self.major == begins && self.minor == 0 && self.patch == 0;
        if self.major < begins {
            Standing::Old
        } else if first && !self.preview.is_empty() {
            Standing::Preview
        } else {
            Standing::New
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.preview.is_empty() {
            Ok(())
        } else {
            write!(f, "-{}", self.preview)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("3.0.0", Some(Standing::New))]
    #[case("v4", Some(Standing::New))]
    #[case("2.99.1", Some(Standing::Old))]
    #[case("3.0.0-rc.1", Some(Standing::Preview))]
    #[case("3.0.1-rc.1", Some(Standing::New))]
    #[case("3.0.0+7", Some(Standing::New))]
    #[case("main", None)]
    #[case("", None)]
    #[case("99999999999999999999.0.0", None)]
    fn versions_stand_to_the_beginning_of_multi_backup(
        #[case] text: &str,
        #[case] standing: Option<Standing>,
    ) {
        assert_eq!(
            Number::read(text).map(|it| it.standing(Sdk::ReactNative)),
            standing
        );
    }
}
