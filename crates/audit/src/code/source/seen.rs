//! What was seen in source, before it is said of which app.

use crate::code::sdk::Sdk;
use crate::place::Place;

/// Something that was seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The folder of the file, below the root.
    pub(super) folder: String,
    /// Where.
    pub(super) place: Place,
    /// The SDK that it belongs to; null where the file does not say.
    pub(super) sdk: Option<Sdk>,
    /// What.
    pub(super) what: What,
}

impl Seen {
    /// Where it says that the flag is false.
    pub(super) fn off(&self) -> Option<&Place> {
        if let What::Portal(Flag::Off(place), _) = &self.what {
            Some(place)
        } else {
            None
        }
    }
}

/// What can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Portal is constructed, with this flag and this version of the MPC.
    Portal(Flag, Mpc),
    /// The flag is false in what the SDK is given, away from any construction that can be followed.
    Off,
    /// The flag is false in something that may or may not get to Portal.
    Loose,
    /// Portal is told of a stored share.
    Told(Telling),
    /// A wallet is recovered, with a user share that is asked for by this.
    Recovers(Asking),
}

/// The multi-backup flag at a construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// True.
    On,
    /// False, here.
    Off(Place),
    /// Left out.
    Left,
    /// Something that has to be followed by hand.
    Hand(String),
}

/// The MPC version at a construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mpc {
    /// Left out, or `v6`.
    Six,
    /// Another, here.
    Other(String, Place),
    /// Something that has to be followed by hand.
    Hand(String),
}

/// How Portal is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// As it should be.
    Right,
    /// At the endpoint of v1.
    First,
    /// At a later endpoint, with a body that names no method.
    NoMethod,
    /// By a call of the SDK with the success alone.
    Alone,
    /// In a way that has to be followed by hand, for this reason.
    Hand(String),
}

/// By what a user share is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// By the method.
    Method,
    /// By nobody: Portal keeps it.
    Portal,
    /// That has to be followed by hand.
    Hand,
}
