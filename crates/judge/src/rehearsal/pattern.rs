//! Which shares a client is given before the new version comes: a kind of client each. A new kind is a variant, its seeds and
//! its place in `kept`.

use crate::contract::Contract;
use crate::contract::method::{DOCUMENTED, UNKNOWN};
use crate::contract::share::Shape;
use serde::{Deserialize, Serialize};

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// A share under each of many methods, and one that came without.
    Several,
    /// Every share has replaced an older one.
    Replaced,
    /// One share.
    One,
    /// A share under `UNKNOWN`.
    Unknown,
    /// A share that came without a method.
    Legacy,
    /// Texts that are easily changed.
    Texts,
    /// Shares of 64 KiB.
    Large,
    /// No share.
    Nothing,
    /// Gets stores and fetches while the new version comes.
    Load,
    /// Gets stores once the new version is there.
    Aside,
}

/// A store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The method; none as v5 sends it.
    pub method: Option<&'static str>,
    /// What the share looks like.
    pub shape: Shape,
}

const fn with(method: &'static str, shape: Shape) -> Seed {
    Seed {
        method: Some(method),
        shape,
    }
}

const fn without(shape: Shape) -> Seed {
    Seed {
        method: None,
        shape,
    }
}

/// The shapes that are easily changed.
const TEXTS: [Shape; 6] = [
    Shape::Unicode,
    Shape::Escapes,
    Shape::Integers,
    Shape::Spaced,
    Shape::Lookalikes,
    Shape::Keys,
];

impl Pattern {
    /// The kinds of clients that nothing is stored for any more, those first that tell most.
    pub fn kept(old: Contract) -> &'static [Self] {
        match old {
            Contract::V5 => &[
                Self::Replaced,
                Self::One,
                Self::Texts,
                Self::Large,
                Self::Nothing,
            ],
            Contract::V6 => &[
                Self::Several,
                Self::Replaced,
                Self::Unknown,
                Self::Texts,
                Self::One,
                Self::Large,
                Self::Legacy,
                Self::Nothing,
            ],
        }
    }

    /// What the client with this number is given by an old version that keeps this contract, in this order.
    pub fn seeds(self, old: Contract, number: usize) -> Vec<Seed> {
        let text = TEXTS[number % TEXTS.len()];
        match (self, old) {
            (Self::Nothing, _) => Vec::new(),
            (Self::Replaced, Contract::V5) => {
                vec![without(Shape::Size4k), without(text)]
            }
            (Self::Texts, Contract::V5) => vec![without(text)],
            (Self::Large, Contract::V5) => {
                vec![without(
                    [Shape::Size64k, Shape::Wide64k, Shape::Shifted64k][number % 3],
                )]
            }
            (Self::Several | Self::One | Self::Unknown | Self::Legacy, Contract::V5) => {
                vec![without(
                    [Shape::Plain, Shape::Size4k, Shape::Size16k][number % 3],
                )]
            }
            (Self::Load | Self::Aside, Contract::V5) | (Self::Legacy, Contract::V6) => {
                vec![without(Shape::Plain)]
            }
            (Self::Several | Self::Load, Contract::V6) => {
                let mut seeds = DOCUMENTED.map(|method| with(method, Shape::Plain)).to_vec();
                seeds.push(with("PASSWORD", Shape::Size4k));
                seeds.push(without(text));
                seeds
            }
            (Self::Replaced, Contract::V6) => vec![
                with("PASSKEY-SECP256K1", Shape::Plain),
                with("GDRIVE", Shape::Size4k),
                without(Shape::Plain),
                with("PASSKEY-SECP256K1", text),
                without(Shape::Plain),
                with("GDRIVE", Shape::Plain),
            ],
            (Self::Unknown, Contract::V6) => {
                vec![
                    with(UNKNOWN, Shape::Plain),
                    with("ICLOUD-SECP256K1", Shape::Plain),
                ]
            }
            (Self::One, Contract::V6) => vec![with("ICLOUD-ED25519", Shape::Size16k)],
            (Self::Texts, Contract::V6) => {
                let methods = DOCUMENTED.iter().zip(TEXTS);
                methods.map(|(method, shape)| with(method, shape)).collect()
            }
            (Self::Large, Contract::V6) => vec![
                with("GDRIVE-SECP256K1", Shape::Size64k),
                with("GDRIVE-ED25519", Shape::Wide64k),
            ],
            (Self::Aside, Contract::V6) => {
                vec![
                    without(Shape::Plain),
                    with("GDRIVE-SECP256K1", Shape::Plain),
                ]
            }
        }
    }

    /// As it stands in the ids of cases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Several => "several",
            Self::Replaced => "replaced",
            Self::One => "one",
            Self::Unknown => "unknown",
            Self::Legacy => "legacy",
            Self::Texts => "texts",
            Self::Large => "large",
            Self::Nothing => "nothing",
            Self::Load => "load",
            Self::Aside => "aside",
        }
    }

    /// Such a client, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Several => "Clients with shares under many methods",
            Self::Replaced => "Clients whose shares have replaced older ones",
            Self::One => "Clients with one share",
            Self::Unknown => "Clients with a share under UNKNOWN",
            Self::Legacy => "Clients with a share that came without a method",
            Self::Texts => "Clients whose shares are texts that are easily changed",
            Self::Large => "Clients with shares of 64 KiB",
            Self::Nothing => "Clients without a share",
            Self::Load => "Clients that are there for stores while the new version comes",
            Self::Aside => "Clients that are there for stores once it is there",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_old_v5_gets_no_method_and_one_share_at_the_end() {
        for pattern in Pattern::kept(Contract::V5)
            .iter()
            .chain(&[Pattern::Load, Pattern::Aside])
        {
            for number in 0..12 {
                let seeds = pattern.seeds(Contract::V5, number);
                assert!(seeds.iter().all(|it| it.method.is_none()), "{pattern:?}");
            }
        }
    }

    #[test]
    fn under_v6_the_kinds_have_every_documented_method_and_all_are_well_formed() {
        let all = Pattern::kept(Contract::V6).iter();
        let seeds: Vec<Seed> = all.flat_map(|it| it.seeds(Contract::V6, 3)).collect();
        let methods: HashSet<_> = seeds.iter().filter_map(|it| it.method).collect();
        assert!(DOCUMENTED.iter().all(|it| methods.contains(it)));
        assert!(seeds.iter().any(|it| it.method.is_none()));
        assert!(seeds.iter().all(|it| !it.shape.provokes()));
    }
}
