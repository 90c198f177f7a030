//! What the contract leaves free and the custodian can be told to do in another way, one line each. None of these
//! breaks a requirement above informational.

use std::fmt;
use std::str::FromStr;

use super::layer::Layer;
use super::nearest::nearest;

/// From the table below: the enum, and what it says of itself.
macro_rules! freedoms {
    ($($layer:ident { $($variant:ident $name:literal $claim:literal)* })*) => {
        /// One thing that the reference custodian can do in another way, and still keep the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Freedom {
            $($(
                #[doc = concat!("`", $name, "`: the custodian ", $claim, ".")]
                $variant,
            )*)*
        }

        impl Freedom {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// Its name in flags, in kebab-case; no fault has the same.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// What a custodian with it does, as what follows "the custodian": a fragment without a full stop.
            pub const fn claim(self) -> &'static str {
                match self { $($(Self::$variant => $claim,)*)* }
            }

            /// Where in the custodian it is.
            pub const fn layer(self) -> Layer {
                match self { $($(Self::$variant => Layer::$layer,)*)* }
            }
        }
    };
}

freedoms! {
    Front {
        Stored201 "stored-201" "answers a store with 201"
        Stored202 "stored-202" "answers a store with 202"
        Stored204 "stored-204" "answers a store with 204, and so without a body"
        StoredText "stored-text" "answers a store with a plain text"
        StoredEmpty "stored-empty" "answers a store without a body"
        MoreKeys "more-keys" "sends keys in its answers that the contract does not name"
        Charset "charset" "names the charset in its content type"
        Chunked "chunked" "sends its answers in chunks, without their length"
        ClosesConnections "closes-connections" "closes the connection after each answer"
        OneConnection "one-connection" "serves one connection at a time and closes it after each answer"
        OneConnectionKept "one-connection-kept" "serves one connection at a time until the client closes it"
        Jitter "jitter" "holds each answer back for up to 20 ms"
        TrailingSlash "trailing-slash" "takes its routes with a slash at their end as well"
        Get200 "get-200" "answers GET and HEAD on its routes with 200, not with 405"
    }
    Door {
        Secret403 "secret-403" "refuses with 403 whoever brings no secret or a wrong one"
    }
    Ids {
        UnknownClient404 "unknown-client-404" "answers a fetch with 404 for a client that it has never stored for"
        UnknownClient400 "unknown-client-400" "answers a fetch with 400 for a client that it has never stored for"
    }
    Body {
        NullMethodRefused "null-method-refused" "refuses a method that is null or empty"
        AnyText "any-text" "takes any text for a share, be it JSON or not"
        Input422 "input-422" "answers 422 to what it cannot use, with the first 500 bytes of the request"
    }
    Storage {
        NewestFirst "newest-first" "answers the shares with the newest first"
        RandomOrder "random-order" "answers the shares in random order"
        SharePerPair "share-per-pair" "keeps one share for each backupSharePairId of a method"
    }
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no freedom has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no freedom {name:?}{}", .near.map(|near| format!(", did you mean {near:?}?")).unwrap_or_default())]
pub struct UnknownFreedom {
    /// What was asked for.
    pub name: String,
    /// The name of a freedom that looks like it.
    pub near: Option<&'static str>,
}

impl FromStr for Freedom {
    type Err = UnknownFreedom;

    fn from_str(name: &str) -> Result<Self, UnknownFreedom> {
        let named = Self::ALL.iter().find(|freedom| freedom.name() == name);
        named.copied().ok_or_else(|| UnknownFreedom {
            name: name.to_owned(),
            near: nearest(name, Self::ALL.iter().map(|freedom| freedom.name())),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::reference::fault::Fault;

    #[test]
    fn names_are_unique_also_among_the_faults() {
        let faults = Fault::ALL.iter().map(|fault| fault.name());
        let freedoms = Freedom::ALL.iter().map(|freedom| freedom.name());
        let names: HashSet<_> = faults.chain(freedoms).collect();
        assert_eq!(names.len(), Fault::ALL.len() + Freedom::ALL.len());
        for freedom in Freedom::ALL {
            assert_eq!(freedom.name().parse(), Ok(*freedom));
        }
        let slip = "chunkd".parse::<Freedom>().unwrap_err();
        assert_eq!(slip.near, Some("chunked"));
    }
}
