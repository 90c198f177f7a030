//! What an audit says: one answer to one requirement, about one table, app or place.

use crate::place::Place;

/// The answer to one requirement, about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The requirement's id in the contract: `db.unique`.
    pub requirement: &'static str,
    /// What was judged, in the team's own words: a table's name, an app's folder.
    pub subject: String,
    /// The answer.
    pub answer: Answer,
    /// The answer as a sentence, without a full stop.
    pub message: String,
    /// What the contract wants to see; null where nothing was compared.
    pub expected: Option<String>,
    /// What was seen; null where nothing was compared. Never a share, a cipher text, a client id or a password.
    pub observed: Option<String>,
    /// What shows it; null where nothing does.
    pub place: Option<Place>,
    /// A command for the database's own client that lists the rows meant; null where there are none.
    pub query: Option<String>,
}

/// What the answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is kept.
    Kept,
    /// It is not; a stable word for the way in which it is not.
    Broken(&'static str),
    /// It cannot be told, and somebody should find out.
    Unknown,
    /// It does not apply, or this target cannot tell and is not meant to.
    Void,
}

impl Finding {
    /// That it is kept.
    pub fn kept(
        requirement: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(requirement, subject, Answer::Kept, message)
    }

    /// That it is broken in this way.
    pub fn broken(
        requirement: &'static str,
        subject: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::new(requirement, subject, Answer::Broken(code), message)
    }

    /// That it cannot be told, for the reason in the message.
    pub fn unknown(
        requirement: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(requirement, subject, Answer::Unknown, message)
    }

    /// That it does not apply, for the reason in the message.
    pub fn void(
        requirement: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(requirement, subject, Answer::Void, message)
    }

    fn new(
        requirement: &'static str,
        subject: impl Into<String>,
        answer: Answer,
        message: impl Into<String>,
    ) -> Self {
        Self {
            requirement,
            subject: subject.into(),
            answer,
            message: message.into(),
            expected: None,
            observed: None,
            place: None,
            query: None,
        }
    }

    /// With the place that shows it.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// With what was wanted and what was seen.
    #[must_use]
    pub fn compared(mut self, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.observed = Some(observed.into());
        self
    }

    /// With the query that lists the rows.
    #[must_use]
    pub fn listed_by(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }
}

/// What is worth saying and breaks nothing: what was found, what was looked for in vain, what a step loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The sentence, without a full stop.
    pub says: String,
    /// Where; null where it is about no place.
    pub place: Option<Place>,
}
