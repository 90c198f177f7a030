//! How the local Portal treats a client's requests.

use std::fmt;
use std::str::FromStr;

/// How it treats what comes with a client's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// Answers 429 with `Retry-After`.
    TooMany,
    /// Answers 500.
    Fails,
    /// Takes the request and does not answer.
    Hangs,
}

impl Mood {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Well, Self::TooMany, Self::Fails, Self::Hangs];

    /// As it is written: `well`, `429`, `500` or `hang`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::TooMany => "429",
            Self::Fails => "500",
            Self::Hangs => "hang",
        }
    }
}

impl fmt::Display for Mood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no mood of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be well, 429, 500 or hang")]
pub struct NoMood;

impl FromStr for Mood {
    type Err = NoMood;

    fn from_str(text: &str) -> Result<Self, NoMood> {
        let mut all = Self::ALL.into_iter();
        all.find(|mood| mood.name() == text).ok_or(NoMood)
    }
}
