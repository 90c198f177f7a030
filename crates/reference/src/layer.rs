//! The layers that a request passes, and where a fault belongs.

/// A part of a custodian in which something can be done in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// HTTP: routes, statuses, content types, limits, connections.
    Front,
    /// The secret.
    Door,
    /// How the id of a client is read.
    Ids,
    /// How a body is read and checked.
    Body,
    /// What becomes of the text of a share.
    Text,
    /// What a row is for, what a store does to it, what a fetch shows.
    Storage,
    /// What other requests do that run beside or before.
    Others,
    /// What changes with time alone.
    Time,
    /// The endpoints of the app: the user's encrypted half, and what Portal is told of it.
    Users,
}

impl Layer {
    /// All of them, in the order in which a request passes them; the last one has requests of its own.
    pub const ALL: [Self; 9] = [
        Self::Front,
        Self::Door,
        Self::Ids,
        Self::Body,
        Self::Text,
        Self::Storage,
        Self::Others,
        Self::Time,
        Self::Users,
    ];

    /// Its name, one word in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Door => "door",
            Self::Ids => "ids",
            Self::Body => "body",
            Self::Text => "text",
            Self::Storage => "storage",
            Self::Others => "others",
            Self::Time => "time",
            Self::Users => "users",
        }
    }

    /// What it is about, as a fragment without a full stop.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Front => "routes, statuses, limits, connections",
            Self::Door => "the secret",
            Self::Ids => "how the id of a client is read",
            Self::Body => "how a body is read and checked",
            Self::Text => "what becomes of the text of a share",
            Self::Storage => "what a row is for, what a store does to it, what a fetch shows",
            Self::Others => "what other requests do that run beside or before",
            Self::Time => "late writes, expiry, restarts",
            Self::Users => "the app's own endpoints, and what Portal is told",
        }
    }
}
