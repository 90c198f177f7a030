//! The faults that the custodian can be told to have, one line each; what they do is in `layers`.

use std::fmt;
use std::str::FromStr;

use super::Contract;
use super::layer::Layer;
use super::named::{UnknownName, named};

/// How a fault shows in a run of the suite; in the table it stands behind the claim where it is not `Steadily`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The same in every run.
    Steadily,
    /// In cases that race by chance, in all others always.
    InRaces,
    /// In the cases that name it; in others it depends on what else is under way.
    UnderLoad,
    /// It keeps every request waiting, lets cases disturb one another, or shows only to who asks at once: only the
    /// cases that name it can be run, one after the other.
    Alone,
    /// Not in one run: it takes a restart or a migration.
    Later,
}

/// From the table below: the enum, and what it says of itself.
macro_rules! faults {
    (@shows) => { Shows::Steadily };
    (@shows $shows:ident) => { Shows::$shows };
    ($($contract:ident $layer:ident { $($variant:ident $name:literal $claim:literal $(($shows:ident))?)* })*) => {
        /// One deliberate defect of the reference custodian.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $($(
                #[doc = concat!("`", $name, "`: the custodian ", $claim, ".")]
                $variant,
            )*)*
        }

        impl Fault {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// Its name in cases and flags, in kebab-case.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// What a custodian with it does, as what follows "the custodian": a fragment without a full stop.
            pub const fn claim(self) -> &'static str {
                match self { $($(Self::$variant => $claim,)*)* }
            }

            /// The contract that it breaks. A v5 fault shows in a v5 custodian only.
            pub const fn contract(self) -> Contract {
                match self { $($(Self::$variant => Contract::$contract,)*)* }
            }

            /// Where in the custodian it is.
            pub const fn layer(self) -> Layer {
                match self { $($(Self::$variant => Layer::$layer,)*)* }
            }

            /// How it shows in a run of the suite.
            pub const fn shows(self) -> Shows {
                match self { $($(Self::$variant => faults!(@shows $($shows)?),)*)* }
            }
        }
    };
}

faults! {
    V6 Front {
        StoreRedirect "store-redirect" "redirects every store to the same path with a slash at its end"
        Store404 "store-404" "has no route for stores"
        FetchRedirect "fetch-redirect" "redirects every fetch to the same path with a slash at its end"
        FetchTextPlain "fetch-text-plain" "sends its fetch answers as plain text"
        Store204 "store-204" "answers a store with 204 and no body"
        SlowFetch "slow-fetch" "answers a fetch after eleven seconds" (Alone)
        SlowStore "slow-store" "answers a store after eleven seconds" (Alone)
        HangsUp "hangs-up" "closes the connection without an answer on a store of more than 32 KiB"
        LengthInCharacters "length-in-characters" "counts the characters of a fetch answer in Content-Length, not its bytes"
        BodyLimit100k "body-limit-100k" "refuses bodies over 100 KiB with 413"
    }
    V6 Door {
        SecretUnchecked "secret-unchecked" "never looks at the secret"
        SecretMissingAllowed "secret-missing-allowed" "refuses a wrong secret but lets in whoever sends none"
        FetchSecretUnchecked "fetch-secret-unchecked" "checks the secret of stores but not of fetches"
        SecretPresenceOnly "secret-presence-only" "lets in whoever sends any secret at all"
        SecretPrefix "secret-prefix" "lets in any text that begins with the secret"
        SecretPrefixOf "secret-prefix-of" "lets in any text that the secret begins with"
        SecretSuffixOf "secret-suffix-of" "lets in any text that the secret ends with"
        SecretSuffix "secret-suffix" "lets in any text that ends with the secret"
        SecretCapitals "secret-capitals" "lets in the secret in capitals as well"
        SecretCaseBlind "secret-case-blind" "compares the secret without regard to case"
        SecretRefusedAfterStore "secret-refused-after-store" "stores the share first and checks the secret afterwards"
        Secret400 "secret-400" "refuses a wrong secret with 400"
        Secret500Html "secret-500-html" "answers a wrong secret with 500, as an HTML page with a stack trace"
        SecretEchoed "secret-echoed" "shows the headers of the request, the secret among them, in whatever it refuses"
    }
    V6 Ids {
        ClientPrefixMatch "client-prefix-match" "returns the shares of every client whose id begins with the one asked for"
        ClientExtensionMatch "client-extension-match" "returns the shares of every client whose id the one asked for begins with"
        ClientIgnored "client-ignored" "returns everybody's shares to everybody" (Alone)
        ClientCaseBlind "client-case-blind" "takes clients whose ids differ in case for one"
        ClientTrimmed "client-trimmed" "takes clients whose ids differ in white space around them for one"
        MissingClientBucket "missing-client-bucket" "takes a missing client for one called undefined or null" (Alone)
        ClientCoerced "client-coerced" "turns a client that is no text into one" (Alone)
        MissingClientHitsAll "missing-client-hits-all" "replaces the share of every client when the client is missing" (Alone)
        FetchWithoutClientReturnsAll "fetch-without-client-returns-all" "returns everybody's shares to a fetch without a client"
        ClientOperator "client-operator" "takes an object or array as the client of a fetch for a query"
        ClientOperatorStore "client-operator-store" "takes an object or array as the client of a store for a query" (Alone)
        ClientPattern "client-pattern" "takes the id of a fetch for a pattern, as LIKE, globs and regular expressions have them"
        ClientPatternStore "client-pattern-store"
            "takes the id of a store for a pattern, as LIKE, globs and regular expressions have them"
        ClientColumn "client-column" "takes an object as the client of a fetch for a comparison of columns, true of everybody"
        ClientColumnStore "client-column-store"
            "takes an object as the client of a store for a comparison of columns, true of everybody" (Alone)
        ClientSanitised "client-sanitised"
            "keeps a client under a name in which whatever is no letter, digit or hyphen of the id is an underscore"
        ClientInUrl "client-in-url" "asks for a client by a URL that it makes of the id: what follows ? or # is lost"
        JoinedKeys "joined-keys" "keeps a share under its client and method in one text, with a sign between that either may hold"
        ClientPath "client-path" "keeps a client in a file whose name it makes of the id: ./id and x/../id lead to the same"
        UnknownClient500 "unknown-client-500" "answers 500 for a client that it does not know"
    }
    V6 Body {
        DocumentedMethodsOnly "documented-methods-only" "takes the eight documented methods and refuses all others"
        BareMethodsOnly "bare-methods-only" "refuses every method that names a curve"
        CurveMethodsOnly "curve-methods-only" "refuses the four methods that name no curve"
        NoPasskey "no-passkey" "refuses the two passkey methods that name a curve"
        V5Refused "v5-refused" "refuses a body without a method"
        MethodCoerced "method-coerced" "turns a method that is no text into one"
        FalsyMethodIsUnknown "falsy-method-is-unknown" "takes the methods 0 and false for no method"
        FalsyMethodWipes "falsy-method-wipes"
            "removes all shares of the client before it keeps one whose method is null or the empty text"
        MethodObjectDeletes "method-object-deletes" "deletes all shares of the client when the method is an object or array, then answers 500"
        ShareToString "share-to-string" "turns a share that is no text into one, a missing one into undefined"
        EmptyShareStored "empty-share-stored" "keeps the empty text as a share"
        AckNoShare "ack-no-share" "acknowledges a store without a usable share and keeps nothing"
        NoShareDeletes "no-share-deletes" "deletes the old share when it refuses a store without a usable one"
        RefuseAfterDelete "refuse-after-delete" "deletes the old share before it looks at the new one and refuses it"
        Malformed200 "malformed-200" "acknowledges a store whose body is no JSON object"
        SurrogateDestroys "surrogate-destroys" "removes the share of the slot before it fails with 500 on a share with a lone surrogate"
        ExtraKeysRefused "extra-keys-refused" "refuses bodies with keys that it does not know"
        Input500 "input-500" "answers 500 to whatever it cannot use"
        StackTrace "stack-trace" "shows a stack trace when it refuses what it cannot use"
    }
    V6 Text {
        ShareReserialised "share-reserialised" "parses the share and writes it anew, its numbers as floats"
        ShareTrimmed "share-trimmed" "cuts white space off both ends of the share"
        ShareBmpOnly "share-bmp-only" "turns characters of four bytes into question marks"
        ShareKeysSorted "share-keys-sorted" "keeps the share as a JSON document and sorts its keys"
        ShareAsciiEscaped "share-ascii-escaped" "writes what is not ASCII in the share as escapes"
        ShareAsObject "share-as-object" "returns each share as an object instead of a text"
        HtmlEscaped "html-escaped" "writes <, > and & in the share as HTML writes them"
        ChunksDecoded "chunks-decoded" "decodes a body in chunks of 8 KiB, each by itself"
        PiecesDecoded "pieces-decoded" "decodes each piece of a body by itself, as it arrives"
        ShareCutToCharacters "share-cut-to-characters" "keeps as many bytes of a share as it has characters"
        ShareObjectObject "share-object-object" "parses the share and keeps it as the text [object Object]"
        ShareCut255 "share-cut-255" "keeps the first 255 characters of a share"
        ShareCut4000 "share-cut-4000" "keeps the first 4000 characters of a share"
        ShareCut64kBytes "share-cut-64k-bytes" "keeps the first 65,535 bytes of a share"
        ShareLimit64k "share-limit-64k" "answers 500 to a share of 65,536 bytes or more"
    }
    V6 Storage {
        // What a row is for
        NinthMethodDropped "ninth-method-dropped" "acknowledges a method that nobody documented and keeps nothing"
        ReservedNames "reserved-names"
            "acknowledges methods and clients called __proto__ or constructor and keeps nothing of them"
        PrototypeClient "prototype-client"
            "has clients as properties of an object: a share of the client __proto__ is everybody's until a restart" (Later)
        CurveBlind "curve-blind" "cuts the method at its hyphen, so that both curves share one place"
        MethodPrefixMatch "method-prefix-match" "replaces every share whose method begins with the new one's"
        MethodPattern "method-pattern"
            "replaces every share whose method fits the new one's, as LIKE and regular expressions take it"
        MethodPath "method-path" "keeps a share in a file whose name it makes of the method: ./method leads to the same"
        MethodCut20 "method-cut-20" "keeps the first twenty characters of a method"
        MethodCaseBlind "method-case-blind" "takes methods that differ in case for one"
        MethodTrimmed "method-trimmed" "takes methods that differ in white space around them for one"
        V5OwnSlot "v5-own-slot" "keeps a share without a method apart from one of the method UNKNOWN"

        // What a store does to what is there
        Append "append" "keeps every share that it was ever sent: nothing is replaced"
        KeepFirst "keep-first" "keeps the first share of a method and ignores all later ones"
        RefuseSecond "refuse-second" "refuses a second share of a method with 409"
        RedeliveryAppends "redelivery-appends" "keeps a text twice that is delivered twice" (InRaces)
        Redelivery409 "redelivery-409" "refuses a text with 409 that it has already"
        WipeOthers "wipe-others" "forgets the shares of all other methods when it stores one"
        V5Appends "v5-appends" "has a nullable method in its unique key: shares without a method pile up" (InRaces)
        V5KeepsFirst "v5-keeps-first" "keeps the first share without a method and ignores all later ones"
        V6DeletesV5 "v6-deletes-v5" "forgets the share without a method when one with a method arrives"
        V5DeletesV6 "v5-deletes-v6" "forgets the shares with a method when one without arrives"
        DeleteSurvivesFailedInsert "delete-survives-failed-insert"
            "has deleted the old share when the insert of a text that it cannot keep fails with 500"

        // What a fetch shows
        LatestOnly "latest-only" "returns only the share that was stored last"
        Secp256k1Only "secp256k1-only" "leaves the shares of the Ed25519 curve out of its answers"
        TenAtMost "ten-at-most" "returns ten shares at most"
        DistinctTexts "distinct-texts" "returns a text once that is stored under two methods"
        V5Hidden "v5-hidden" "keeps a share without a method but leaves it out of its answers"
        FetchV5RowOnly "fetch-v5-row-only" "keeps the shares of v6 in a new table and still answers from the old one, as backupShares"
        V6WriteOnly "v6-write-only" "keeps the shares of v6 in a new table and still answers from the old one, as backupShare"
        LegacyAnswer "legacy-answer" "has not migrated: keeps one share a client and answers backupShare"
        ArrayAsString "array-as-string" "returns the array of shares as a text"
        ArrayOfObjects "array-of-objects" "returns objects of method and share instead of shares"
        SingleAsString "single-as-string" "returns a single share bare, not in an array"
        BothKeys "both-keys" "still sends backupShare beside backupShares"
        Empty404 "empty-404" "answers 404 for a client without shares"
        EmptyNull "empty-null" "answers null instead of an empty array"
        Empty500 "empty-500" "answers 500 for a client without shares"
    }
    V6 Others {
        StaleReads "stale-reads" "answers every second fetch of a client with what it found for the one before" (InRaces)
        DeleteThenInsert "delete-then-insert" "deletes the old share and then inserts the new one, without a transaction" (InRaces)
        InsertThenDelete "insert-then-delete" "inserts the new share and then deletes the old one, without a transaction" (InRaces)
        CheckThenInsert "check-then-insert" "looks whether there is a share to update and then inserts, without a unique key" (InRaces)
        SharedVariable "shared-variable" "keeps the client of a fetch in a variable that the next request overwrites" (Alone)
        TooManyConnections "too-many-connections" "answers 500 at once to whatever comes while fifteen requests are under way" (UnderLoad)
        CacheOf60 "cache-of-60" "keeps the shares of sixty clients and forgets those that were stored longest ago" (UnderLoad)
        LostUpdate "lost-update" "reads all shares of the client, changes one, and writes them all back" (InRaces)
        FileRewrite "file-rewrite" "reads the shares of all clients, changes one, and writes them all back" (UnderLoad)
        FirstPage "first-page"
            "looks for the shares of a client on the first page of those of all clients: a hundred, the newest first" (UnderLoad)
        Concurrent500 "concurrent-500" "answers 500 to a store that meets another one of the same client" (InRaces)
    }
    V6 Time {
        WrittenLate "written-late" "acknowledges a store and writes it 20 ms later" (Alone)
        MigrationDropsV5 "migration-drops-v5" "loses the shares without a method each time that it starts over a database" (Later)
        MemoryOnly "memory-only" "keeps the shares in memory, whatever database it was given" (Later)
    }
    V6 Users {
        // Where a user share is kept, and which is given back
        UserShareSingle "user-share-single" "keeps one user share a client, whatever its method"
        UserShareIgnoresMethod "user-share-ignores-method"
            "does not look at the method of a user share: all are kept, and told to Portal, as UNKNOWN"
        UserShareLatest "user-share-latest" "keeps user shares by their methods and returns the latest of them"
        UserShareNoFallback "user-share-no-fallback"
            "returns nothing to a user who backed up before the migration and is asked for by a named method"
        UserShareUnknownLost "user-share-unknown-lost"
            "keeps a user share that came without a method where UNKNOWN does not find it"
        UserShareMixedUp "user-share-mixed-up" "gives back the user share that was stored last, whosever it is" (Alone)
        UserShareKeepFirst "user-share-keep-first" "keeps the first user share of a method and ignores all later ones"
        UserShareDropsOthers "user-share-drops-others" "forgets the user shares of all other methods when it stores one"
        RecoveryKeepsOldUserShare "recovery-keeps-old-user-share"
            "acknowledges a user share of a method that was recovered by and keeps the old one"
        UserShareTakesCustodianShares "user-share-takes-custodian-shares"
            "removes the custodian shares of a method when it stores the user share of it"

        // Who is let in
        UserShareAnybody "user-share-anybody" "opens everybody's user shares to the token of any user"
        UserShareNoToken "user-share-no-token" "never looks at the token of a user"

        // What becomes of the text
        UserShareTruncates "user-share-truncates" "keeps the first 65,535 bytes of a user share"
        UserShare255 "user-share-255" "keeps the first 255 characters of a user share"
        UserSharePlus "user-share-plus" "takes a plus sign in a user share for a blank, as forms are read"
        UserShareUndefined "user-share-undefined" "keeps the text undefined when a user share is missing"
        UserShareDropsFirst "user-share-drops-first"
            "removes the old user share before it looks at the new one and refuses it"

        // What Portal is told
        PortalUntold "portal-untold" "never tells Portal of a user share"
        PortalToldV1 "portal-told-v1" "tells Portal of a user share by version 1 of its API"
        PortalToldBare "portal-told-bare" "tells Portal of a user share without its method"
        PortalToldWrongMethod "portal-told-wrong-method" "tells Portal of every user share by the method of the client's first one"
        PortalToldCustodianKey "portal-told-custodian-key" "tells Portal of a user share with its own key, not with the client's"
        PortalToldBefore "portal-told-before" "tells Portal of a user share before it stores it"
        PortalToldAnyway "portal-told-anyway" "tells Portal of a user share that it refuses or cannot keep as of one that is stored"
        PortalFailureUntold "portal-failure-untold" "does not tell Portal that a user share could not be kept"
        PortalDownDrops "portal-down-drops" "drops a user share that Portal could not be told of, and acknowledges it"
        PortalDownHides "portal-down-hides" "acknowledges a user share that Portal could not be told of"
    }
    V5 Storage {
        V5SingleKeepsFirst "v5-single-keeps-first" "keeps the first share of a client and ignores all later ones"
        V5SingleAppendArray "v5-single-append-array" "keeps every share of a client and answers them all, as an array in backupShare"
        V5SingleWrongKey "v5-single-wrong-key" "answers the share under the key share"
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        named("fault", Self::ALL, Self::name, name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: HashSet<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for name in names {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
            assert_eq!(name.trim_matches('-'), name);
            assert_eq!(name.parse::<Fault>().map(Fault::name), Ok(name));
        }
    }

    #[test]
    fn claims_are_unique_fragments() {
        let claims: HashSet<_> = Fault::ALL.iter().map(|fault| fault.claim()).collect();
        assert_eq!(claims.len(), Fault::ALL.len());
        assert!(claims.iter().all(|claim| !claim.ends_with('.')));
    }

    #[test]
    fn a_slip_in_a_name_is_answered_with_a_near_one() {
        let slip = "secret-unchekced".parse::<Fault>();
        assert_eq!(
            slip.as_ref().map_err(|slip| slip.near),
            Err(Some("secret-unchecked"))
        );
        assert_eq!("zzz".parse::<Fault>().map_err(|slip| slip.near), Err(None));
    }
}
