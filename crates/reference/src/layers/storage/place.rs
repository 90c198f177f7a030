//! What a row is for: under which method a share is kept.

use std::borrow::Cow;

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::layers::ids;
use crate::refusal::Refusal;
use crate::store::UNKNOWN_METHOD;

/// Where a share of the method `UNKNOWN` goes if it is kept apart from those without a method.
const EXPLICIT_UNKNOWN: &str = "\u{1}UNKNOWN";

/// Stands between a method and the pair that a share is of.
const PAIR: char = '\u{2}';

/// What every object of JavaScript has by itself.
const RESERVED: [&str; 2] = ["__proto__", "constructor"];

const BARE: [&str; 4] = ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"];
const CURVES: [&str; 2] = ["-SECP256K1", "-ED25519"];

/// What becomes of the share of a method.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate<'a> {
    /// It is kept under this method.
    Kept(Cow<'a, str>),
    /// It is acknowledged, and that was all.
    Dropped,
}

/// Whether what is kept under this name, a client's or a method's, is lost.
pub(super) fn loses(behaviour: &Behaviour, name: &str) -> bool {
    behaviour.has(Fault::ReservedNames) && RESERVED.contains(&name)
}

/// Whether what is kept for this client is had by all others too, as objects of JavaScript have what their prototype has.
pub(super) fn is_inherited(behaviour: &Behaviour, client: &str) -> bool {
    behaviour.has(Fault::PrototypeClient) && client == RESERVED[0]
}

/// Where a share of this method is kept, unless it is refused.
pub(super) fn of<'a>(behaviour: &Behaviour, method: Option<&'a str>) -> Result<Fate<'a>, Refusal> {
    let Some(method) = method else {
        if behaviour.has(Fault::V5Refused) {
            return Err(Refusal::unusable("backupMethod is missing"));
        }
        return Ok(Fate::Kept(UNKNOWN_METHOD.into()));
    };
    let (method, pair) = parted(behaviour, method);
    let bare = BARE.contains(&method);
    let curve = CURVES.iter().any(|curve| method.ends_with(curve));
    let documented = curve
        && method
            .split_once('-')
            .is_some_and(|(start, _)| BARE.contains(&start));
    if behaviour.has(Fault::DocumentedMethodsOnly) && !documented
        || behaviour.has(Fault::BareMethodsOnly) && curve
        || behaviour.has(Fault::CurveMethodsOnly) && bare
        || behaviour.has(Fault::NoPasskey) && method.starts_with("PASSKEY-")
    {
        return Err(Refusal::unusable(
            "backupMethod is not one of the supported ones",
        ));
    }
    let new = !documented && !bare && method != UNKNOWN_METHOD;
    if behaviour.has(Fault::NinthMethodDropped) && new || loses(behaviour, method) {
        return Ok(Fate::Dropped);
    }
    let mut place = kept_under(behaviour, method);
    if let Some(pair) = pair {
        place.to_mut().push(PAIR);
        place.to_mut().push_str(pair);
    }
    Ok(Fate::Kept(place))
}

/// A method with the pair that its share is of.
pub(crate) fn paired(method: &str, pair: &str) -> String {
    format!("{method}{PAIR}{pair}")
}

/// The method, and the pair that it came with.
fn parted<'a>(behaviour: &Behaviour, method: &'a str) -> (&'a str, Option<&'a str>) {
    match method.split_once(PAIR) {
        Some((method, pair)) if behaviour.takes(Freedom::SharePerPair) => (method, Some(pair)),
        Some(_) | None => (method, None),
    }
}

fn kept_under<'a>(behaviour: &Behaviour, method: &'a str) -> Cow<'a, str> {
    let mut place = Cow::from(method);
    if behaviour.has(Fault::MethodPath) {
        place = ids::file_name(method).into();
    }
    if behaviour.has(Fault::MethodTrimmed) {
        place = place.trim().to_owned().into();
    }
    if behaviour.has(Fault::MethodCaseBlind) {
        place = place.to_uppercase().into();
    }
    if behaviour.has(Fault::MethodCut20) {
        place = place.chars().take(20).collect::<String>().into();
    }
    if behaviour.has(Fault::CurveBlind) {
        place = place
            .split('-')
            .next()
            .unwrap_or_default()
            .to_owned()
            .into();
    }
    let apart = [Fault::V5OwnSlot, Fault::V6WriteOnly, Fault::FetchV5RowOnly];
    if place == UNKNOWN_METHOD && behaviour.has_any(&apart) {
        place = EXPLICIT_UNKNOWN.into();
    }
    place
}
