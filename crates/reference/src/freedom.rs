//! What the contract leaves free and the custodian can be told to do in another way, one line each; what they do is in
//! `layers`. None of them breaks a requirement that is more than informational.

use std::fmt;
use std::str::FromStr;

use super::layer::Layer;
use super::named::{UnknownName, named};

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
        // A store that was taken
        Stored201 "stored-201" "answers a store with 201"
        Stored202 "stored-202" "answers a store with 202"
        Stored204 "stored-204" "answers a store with 204, and so without a body"
        StoredEmpty "stored-empty" "answers a store without a body"
        StoredText "stored-text" "answers a store with a plain text"
        StoredRow "stored-row" "answers a store with the row that it has written, the share among the rest"

        // What was refused
        Unusable409 "unusable-409" "answers 409 to what it cannot use, not 400"
        Unusable422 "unusable-422" "answers 422 to what it cannot use, not 400"
        RefusalEmpty "refusal-empty" "refuses without a body"
        RefusalHtml "refusal-html" "refuses with a page for people"
        RefusalRepeats "refusal-repeats" "repeats the body of what it cannot use in its refusal"

        // How it is sent
        AnswerEscaped "answer-escaped" "writes slashes and what is not ASCII in its answers as escapes"
        Charset "charset" "names the charset in its content type"
        Chunked "chunked" "sends its answers in chunks, without their length"
        Gzip "gzip" "compresses its answers with gzip for whoever asks for it"
        MoreHeaders "more-headers" "sends a cookie, an entity tag and what it is made of with each answer"
        ClosesConnections "closes-connections" "closes the connection after each answer"
        OneConnection "one-connection" "serves one connection at a time, and closes it after its answer"

        // Routes
        TrailingSlash "trailing-slash" "takes its routes with a slash at their end as well"
        Get200 "get-200" "answers GET and HEAD on its routes with 200, not with 405"
    }
    Door {
        Secret403 "secret-403" "refuses with 403 whoever brings no secret or a wrong one"
    }
    Ids {
        OddIdsRefused "odd-ids-refused" "refuses ids that are not made of letters, digits, dots, hyphens and underscores"
        UnknownClient400 "unknown-client-400" "answers a fetch with 400 for a client that it has never stored for"
        UnknownClient404 "unknown-client-404" "answers a fetch with 404 for a client that it has never stored for"
        UnknownClientEmpty "unknown-client-empty" "answers a fetch with an empty array for a client that is not on its list"
    }
    Body {
        NullMethodRefused "null-method-refused" "refuses a method that is null or the empty text"
        AnyText "any-text" "takes any text for a share, be it JSON or not"
    }
    Storage {
        SharePerPair "share-per-pair" "keeps one share for each backupSharePairId of a method"
        OrderReversed "order-reversed" "returns the shares with the newest first"
        OrderSorted "order-sorted" "returns the shares sorted by their texts"
        OrderRotating "order-rotating" "returns the shares in another order each time"
        MoreKeys "more-keys" "sends keys beside backupShares"
    }
    Time {
        HeldBack "held-back" "holds each answer back for 5 to 20 ms"
    }
}

impl Freedom {
    /// Whether a client that never held a share is one that the custodian need not know.
    pub const fn forgets_unused_clients(self) -> bool {
        matches!(self, Self::UnknownClient400 | Self::UnknownClient404)
    }
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Freedom {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        named("freedom", Self::ALL, Self::name, name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::fault::Fault;

    #[test]
    fn names_are_kebab_case_and_unique_also_among_the_faults() {
        let faults = Fault::ALL.iter().map(|fault| fault.name());
        let freedoms = Freedom::ALL.iter().map(|freedom| freedom.name());
        let names: HashSet<_> = faults.chain(freedoms).collect();
        assert_eq!(names.len(), Fault::ALL.len() + Freedom::ALL.len());
        for freedom in Freedom::ALL {
            let name = freedom.name();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(plain), "{name}");
            assert_eq!(name.parse(), Ok(*freedom));
        }
    }

    #[test]
    fn claims_are_unique_fragments() {
        let claims: HashSet<_> = Freedom::ALL.iter().map(|freedom| freedom.claim()).collect();
        assert_eq!(claims.len(), Freedom::ALL.len());
        assert!(claims.iter().all(|claim| !claim.ends_with('.')));
    }

    #[test]
    fn a_slip_in_a_name_is_answered_with_a_near_one() {
        let slip = "chunkd".parse::<Freedom>();
        assert_eq!(slip.map_err(|slip| slip.near), Err(Some("chunked")));
    }
}
