//! Which faults and freedoms cannot be had together: what one claims, the other rules out. A fault that merely hides
//! another, as a store without a route hides what stores do, is no conflict.

use super::fault::Fault;
use super::feature::Feature;
use super::freedom::Freedom;

type F = Fault;
type W = Freedom;

/// Of each group a custodian can have one, for the reason that stands before it.
const ONE_OF: &[(&str, &[Fault])] = &[
    (
        "a store is sent elsewhere or has no route",
        &[F::StoreRedirect, F::Store404],
    ),
    (
        "a wrong secret is refused in one way",
        &[F::Secret400, F::Secret500Html],
    ),
    (
        "the secret is compared in one way",
        &[
            F::SecretUnchecked,
            F::SecretPresenceOnly,
            F::SecretPrefix,
            F::SecretPrefixOf,
            F::SecretSuffixOf,
            F::SecretSuffix,
            F::SecretCapitals,
            F::SecretCaseBlind,
        ],
    ),
    (
        "an id is looked for in one way",
        &[
            F::ClientPrefixMatch,
            F::ClientExtensionMatch,
            F::ClientIgnored,
            F::ClientPattern,
            F::JoinedKeys,
        ],
    ),
    (
        "an id leads to a client in one way",
        &[F::ClientPath, F::ClientSanitised, F::ClientInUrl],
    ),
    (
        "a store without a client is met in one way",
        &[F::MissingClientBucket, F::MissingClientHitsAll],
    ),
    (
        "a fetch without a client is met in one way",
        &[F::MissingClientBucket, F::FetchWithoutClientReturnsAll],
    ),
    (
        "a client of a fetch that is no text is met in one way",
        &[F::ClientCoerced, F::ClientOperator, F::ClientColumn],
    ),
    (
        "a client of a store that is no text is met in one way",
        &[
            F::ClientCoerced,
            F::ClientOperatorStore,
            F::ClientColumnStore,
        ],
    ),
    (
        "a client called __proto__ is lost or is everybody",
        &[F::ReservedNames, F::PrototypeClient],
    ),
    (
        "there is one list of methods",
        &[
            F::DocumentedMethodsOnly,
            F::BareMethodsOnly,
            F::CurveMethodsOnly,
            F::NoPasskey,
        ],
    ),
    (
        "a method that nobody documented is refused or acknowledged",
        &[F::DocumentedMethodsOnly, F::NinthMethodDropped],
    ),
    (
        "a method that is no text is met in one way",
        &[F::MethodCoerced, F::FalsyMethodIsUnknown],
    ),
    (
        "a method that is an object is met in one way",
        &[F::MethodCoerced, F::MethodObjectDeletes],
    ),
    (
        "a share that is no text is met in one way",
        &[
            F::AckNoShare,
            F::NoShareDeletes,
            F::RefuseAfterDelete,
            F::ShareToString,
        ],
    ),
    (
        "an empty share is met in one way",
        &[
            F::AckNoShare,
            F::NoShareDeletes,
            F::RefuseAfterDelete,
            F::EmptyShareStored,
        ],
    ),
    (
        "a share that is no JSON is met in one way",
        &[F::RefuseAfterDelete, F::DeleteSurvivesFailedInsert],
    ),
    (
        "a body that is no JSON is met in one way",
        &[F::Malformed200, F::SurrogateDestroys],
    ),
    (
        "a share is cut at one length",
        &[
            F::ShareCut255,
            F::ShareCut4000,
            F::ShareCut64kBytes,
            F::ShareCutToCharacters,
        ],
    ),
    (
        "a body is decoded in one way",
        &[F::ChunksDecoded, F::PiecesDecoded],
    ),
    (
        "a share meets the one that is there in one way",
        &[
            F::Append,
            F::KeepFirst,
            F::RefuseSecond,
            F::RedeliveryAppends,
            F::DeleteThenInsert,
            F::InsertThenDelete,
            F::CheckThenInsert,
            F::V5SingleKeepsFirst,
            F::V5SingleAppendArray,
        ],
    ),
    (
        "a second delivery of a text is met in one way",
        &[
            F::Redelivery409,
            F::RedeliveryAppends,
            F::Append,
            F::KeepFirst,
            F::RefuseSecond,
            F::V5SingleKeepsFirst,
            F::V5SingleAppendArray,
        ],
    ),
    (
        "a client's rows are written one by one or all together",
        &[
            F::LostUpdate,
            F::FileRewrite,
            F::DeleteThenInsert,
            F::InsertThenDelete,
            F::CheckThenInsert,
        ],
    ),
    (
        "shares without a method meet in one way",
        &[F::V5Refused, F::V5Appends, F::V5KeepsFirst],
    ),
    (
        "a fetch has one view of the shares without a method",
        &[F::V5Hidden, F::FetchV5RowOnly, F::V6WriteOnly],
    ),
    (
        "a fetch answers in one form",
        &[
            F::LegacyAnswer,
            F::V6WriteOnly,
            F::ArrayAsString,
            F::ArrayOfObjects,
            F::SingleAsString,
            F::BothKeys,
            F::V5SingleAppendArray,
            F::V5SingleWrongKey,
        ],
    ),
    (
        "a client without shares is answered in one way",
        &[F::Empty404, F::EmptyNull, F::Empty500],
    ),
    (
        "a user share is looked for in one way",
        &[
            F::UserShareSingle,
            F::UserShareIgnoresMethod,
            F::UserShareLatest,
            F::UserShareNoFallback,
            F::UserShareUnknownLost,
            F::UserShareMixedUp,
        ],
    ),
    (
        "a user share meets those that are there in one way",
        &[
            F::UserShareSingle,
            F::UserShareIgnoresMethod,
            F::UserShareKeepFirst,
            F::UserShareDropsOthers,
            F::RecoveryKeepsOldUserShare,
        ],
    ),
    (
        "a user is let in in one way",
        &[F::UserShareAnybody, F::UserShareNoToken],
    ),
    (
        "a user share is cut at one length",
        &[F::UserShareTruncates, F::UserShare255],
    ),
    (
        "a missing user share is met in one way",
        &[F::UserShareUndefined, F::UserShareDropsFirst],
    ),
    (
        "Portal is told of a user share in one form",
        &[
            F::PortalUntold,
            F::PortalToldV1,
            F::PortalToldBare,
            F::PortalToldWrongMethod,
        ],
    ),
    (
        "Portal is told of a user share by one method",
        &[F::UserShareIgnoresMethod, F::PortalToldWrongMethod],
    ),
    (
        "a user share that was not kept is told in one way",
        &[F::PortalToldAnyway, F::PortalFailureUntold],
    ),
    (
        "a Portal that fails is met in one way",
        &[F::PortalDownDrops, F::PortalDownHides],
    ),
];

/// None of the first goes with any of the second, for the reason that stands before them.
const NOT_WITH: &[(&str, &[Fault], &[Fault])] = &[
    (
        "a secret that nobody looks at is never refused",
        &[F::SecretUnchecked],
        &[
            F::SecretMissingAllowed,
            F::FetchSecretUnchecked,
            F::SecretRefusedAfterStore,
            F::Secret400,
            F::Secret500Html,
        ],
    ),
    (
        "a wrong secret is refused or let in",
        &[F::SecretMissingAllowed],
        &[F::SecretPresenceOnly],
    ),
    (
        "a refusal is told in one form",
        &[F::SecretEchoed],
        &[F::Secret500Html, F::StackTrace],
    ),
    (
        "shares without a method meet like all others, or in their own way",
        &[F::V5Appends, F::V5KeepsFirst],
        &[
            F::Append,
            F::KeepFirst,
            F::RefuseSecond,
            F::RedeliveryAppends,
            F::DeleteThenInsert,
            F::InsertThenDelete,
            F::CheckThenInsert,
            F::LostUpdate,
            F::FileRewrite,
        ],
    ),
    (
        "nothing that was stored is ever taken away",
        &[F::Append],
        &[
            F::WipeOthers,
            F::MethodPrefixMatch,
            F::MethodPattern,
            F::JoinedKeys,
            F::V6DeletesV5,
            F::V5DeletesV6,
            F::FalsyMethodWipes,
        ],
    ),
    (
        "a body without a method is refused, so no share is kept without one",
        &[F::V5Refused],
        &[
            F::V5Hidden,
            F::V5OwnSlot,
            F::V6DeletesV5,
            F::V5DeletesV6,
            F::FalsyMethodIsUnknown,
            F::FalsyMethodWipes,
            F::FetchV5RowOnly,
            F::V6WriteOnly,
        ],
    ),
    (
        "it has not migrated: it looks at no method and keeps one share",
        &[
            F::LegacyAnswer,
            F::V5SingleKeepsFirst,
            F::V5SingleAppendArray,
            F::V5SingleWrongKey,
        ],
        &[
            F::DocumentedMethodsOnly,
            F::BareMethodsOnly,
            F::CurveMethodsOnly,
            F::NoPasskey,
            F::NinthMethodDropped,
            F::ReservedNames,
            F::PrototypeClient,
            F::MethodCoerced,
            F::FalsyMethodIsUnknown,
            F::FalsyMethodWipes,
            F::MethodObjectDeletes,
            F::CurveBlind,
            F::MethodPrefixMatch,
            F::MethodPattern,
            F::MethodPath,
            F::JoinedKeys,
            F::MethodCut20,
            F::MethodCaseBlind,
            F::MethodTrimmed,
            F::V5Refused,
            F::V5OwnSlot,
            F::V5Appends,
            F::V5KeepsFirst,
            F::V5Hidden,
            F::V6DeletesV5,
            F::V5DeletesV6,
            F::WipeOthers,
            F::MigrationDropsV5,
            F::FetchV5RowOnly,
            F::LatestOnly,
            F::Secp256k1Only,
            F::TenAtMost,
            F::DistinctTexts,
            F::Empty404,
            F::EmptyNull,
            F::Empty500,
        ],
    ),
    (
        "what is written after the answer is never refused",
        &[F::WrittenLate],
        &[
            F::DocumentedMethodsOnly,
            F::BareMethodsOnly,
            F::CurveMethodsOnly,
            F::NoPasskey,
            F::V5Refused,
            F::ShareLimit64k,
            F::RefuseSecond,
            F::Redelivery409,
            F::Concurrent500,
        ],
    ),
    (
        "it answers with one share and no array",
        &[F::V6WriteOnly],
        &[F::EmptyNull],
    ),
    (
        "the latest user share is returned, or none but that of its own method",
        &[F::UserShareLatest, F::UserShareMixedUp],
        &[F::UserShareDropsOthers],
    ),
    (
        "a Portal that is never told hears nothing at any time",
        &[F::PortalUntold],
        &[
            F::PortalToldCustodianKey,
            F::PortalToldBefore,
            F::PortalToldAnyway,
            F::PortalFailureUntold,
            F::PortalDownDrops,
            F::PortalDownHides,
        ],
    ),
    (
        "without a database there is nothing to migrate",
        &[F::MemoryOnly],
        &[F::MigrationDropsV5],
    ),
];

/// Of each group of freedoms a custodian can take one, and none beside any of the faults behind it, for the reason that
/// stands before them.
const FREE: &[(&str, &[Freedom], &[Fault])] = &[
    (
        "a store is acknowledged with one status",
        &[W::Stored201, W::Stored202, W::Stored204],
        &[F::Store204],
    ),
    (
        "a store is acknowledged with one body",
        &[W::Stored204, W::StoredEmpty, W::StoredText, W::StoredRow],
        &[F::Store204],
    ),
    (
        "what cannot be used is refused with one status",
        &[W::Unusable409, W::Unusable422],
        &[F::Input500],
    ),
    (
        "a client that it does not know is refused with 400, or nobody is",
        &[W::UnknownClient400, W::Unusable409, W::Unusable422],
        &[F::Input500],
    ),
    (
        "a refusal is told in one form",
        &[W::RefusalEmpty, W::RefusalHtml, W::RefusalRepeats],
        &[F::SecretEchoed, F::Secret500Html, F::StackTrace],
    ),
    (
        "with one connection at a time no two requests meet",
        &[W::OneConnection],
        &[
            F::TooManyConnections,
            F::Concurrent500,
            F::SharedVariable,
            F::DeleteThenInsert,
            F::InsertThenDelete,
            F::CheckThenInsert,
            F::LostUpdate,
            F::FileRewrite,
        ],
    ),
    (
        "a path with a slash at its end is the same route or the only one",
        &[W::TrailingSlash],
        &[F::StoreRedirect, F::FetchRedirect],
    ),
    (
        "a wrong secret is refused with one status",
        &[W::Secret403],
        &[F::SecretUnchecked, F::Secret400, F::Secret500Html],
    ),
    (
        "an odd id is refused or read in its own way",
        &[W::OddIdsRefused],
        &[F::ClientTrimmed, F::ClientPattern, F::ClientPath],
    ),
    (
        "a client without shares is answered in one way",
        &[
            W::UnknownClient400,
            W::UnknownClient404,
            W::UnknownClientEmpty,
        ],
        &[F::UnknownClient500, F::Empty404, F::EmptyNull, F::Empty500],
    ),
    (
        "a method that is null is refused or taken",
        &[W::NullMethodRefused],
        &[F::FalsyMethodWipes],
    ),
    (
        "a share that is no JSON is taken or refused",
        &[W::AnyText],
        &[F::RefuseAfterDelete, F::DeleteSurvivesFailedInsert],
    ),
    (
        "shares come in one order",
        &[W::OrderReversed, W::OrderSorted, W::OrderRotating],
        &[],
    ),
    (
        "an answer that is held back comes after the write",
        &[W::HeldBack],
        &[F::WrittenLate],
    ),
];

/// Why no custodian can have both of these; nothing if one can.
pub fn conflict(a: impl Into<Feature>, b: impl Into<Feature>) -> Option<&'static str> {
    match (a.into(), b.into()) {
        (Feature::Fault(a), Feature::Fault(b)) => of_faults(a, b),
        (Feature::Freedom(a), Feature::Freedom(b)) => {
            let both = |group: &[Freedom]| a != b && group.contains(&a) && group.contains(&b);
            let found = FREE.iter().find(|(_, group, _)| both(group));
            found.map(|(reason, ..)| *reason)
        }
        (Feature::Fault(fault), Feature::Freedom(freedom))
        | (Feature::Freedom(freedom), Feature::Fault(fault)) => {
            let parted = |group: &[Freedom], faults: &[Fault]| {
                group.contains(&freedom) && faults.contains(&fault)
            };
            let found = FREE.iter().find(|(_, group, faults)| parted(group, faults));
            found.map(|(reason, ..)| *reason)
        }
    }
}

fn of_faults(a: Fault, b: Fault) -> Option<&'static str> {
    if a == b {
        return None;
    }
    let one_of = ONE_OF
        .iter()
        .find(|(_, group)| group.contains(&a) && group.contains(&b));
    let parted = |left: &[Fault], right: &[Fault]| {
        left.contains(&a) && right.contains(&b) || left.contains(&b) && right.contains(&a)
    };
    let not_with = NOT_WITH.iter().find(|(_, left, right)| parted(left, right));
    let reason = one_of.map(|(reason, _)| *reason);
    reason.or(not_with.map(|(reason, ..)| *reason))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_conflict_is_one_from_both_sides_and_never_with_oneself() {
        let faults = Fault::ALL.iter().copied().map(Feature::from);
        let freedoms = Freedom::ALL.iter().copied().map(Feature::from);
        let all: Vec<Feature> = faults.chain(freedoms).collect();
        for a in &all {
            assert_eq!(conflict(*a, *a), None);
            for b in &all {
                assert_eq!(conflict(*a, *b), conflict(*b, *a), "{a} {b}");
            }
        }
    }

    #[test]
    fn every_reason_is_given_once_and_rules_something_out() {
        let groups = ONE_OF.iter().map(|(reason, group)| (*reason, group.len()));
        let pairs = NOT_WITH
            .iter()
            .map(|(reason, left, right)| (*reason, left.len() + right.len()));
        let free = FREE
            .iter()
            .map(|(reason, group, faults)| (*reason, group.len() + faults.len()));
        let all: Vec<_> = groups.chain(pairs).collect();
        let of_freedoms: HashSet<_> = free.clone().map(|(reason, _)| reason).collect();
        assert_eq!(of_freedoms.len(), FREE.len());
        assert!(free.into_iter().all(|(_, count)| count > 1));
        let reasons: HashSet<_> = all.iter().map(|(reason, _)| reason).collect();
        assert_eq!(reasons.len(), all.len());
        assert!(all.iter().all(|(_, count)| *count > 1));
    }

    #[test]
    fn most_faults_of_different_layers_go_together() {
        let mut pairs = 0;
        let mut parted = Vec::new();
        for (number, a) in Fault::ALL.iter().enumerate() {
            for b in &Fault::ALL[..number] {
                if a.layer() != b.layer() && a.contract() == b.contract() {
                    pairs += 1;
                    parted.extend(conflict(*a, *b).map(|_| (a, b)));
                }
            }
        }
        assert!(parted.len() * 20 < pairs, "{} of {pairs}", parted.len());
    }
}
