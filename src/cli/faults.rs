//! The faults of the built-in custodian, and its freedoms, as they are typed, completed and listed.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use sharecheck::reference::{Fault, Freedom, Layer};
use std::ffi::OsStr;
use std::str::FromStr;

/// Takes any text, and gives a shell names to complete it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names(fn() -> Vec<PossibleValue>);

/// The names of the faults.
pub(crate) const FAULT_NAMES: Names = Names(|| {
    let named = |it: &Fault| PossibleValue::new(it.name()).help(it.claim());
    Fault::ALL.iter().map(named).collect()
});

/// The names of the freedoms.
pub(crate) const FREEDOM_NAMES: Names = Names(|| {
    let named = |it: &Freedom| PossibleValue::new(it.name()).help(it.claim());
    Freedom::ALL.iter().map(named).collect()
});

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter()))
    }
}

/// The faults, or the freedoms, of these names.
pub(crate) fn named<'a, T: FromStr>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<T>, T::Err> {
    names.into_iter().map(|name| name.trim().parse()).collect()
}

/// All faults, by where in the custodian they are.
pub(crate) fn listed() -> String {
    by_layer(Fault::ALL, |fault| {
        (fault.layer(), fault.name(), fault.claim())
    })
}

/// All freedoms, by where in the custodian they are.
pub(crate) fn listed_freedoms() -> String {
    by_layer(Freedom::ALL, |freedom| {
        (freedom.layer(), freedom.name(), freedom.claim())
    })
}

/// A paragraph for each layer that has something.
fn by_layer<T: Copy>(all: &[T], told: fn(T) -> (Layer, &'static str, &'static str)) -> String {
    let all: Vec<_> = all.iter().copied().map(told).collect();
    let width = all.iter().map(|(_, name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    let of = |layer: Layer| {
        let here = all.iter().filter(|(other, ..)| *other == layer);
        let lines = here.map(|(_, name, claim)| format!("  {name:width$}  {claim}\n"));
        let lines: String = lines.collect();
        let head = format!("{}: {}", layer.name(), layer.about());
        (!lines.is_empty()).then(|| format!("{head}\n{lines}"))
    };
    let parts: Vec<String> = Layer::ALL.into_iter().filter_map(of).collect();
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_and_every_freedom_is_listed_once() {
        let listed = listed();
        for fault in Fault::ALL {
            let line = format!("  {} ", fault.name());
            assert_eq!(listed.matches(&line).count(), 1, "{fault}");
        }
        let listed = listed_freedoms();
        for freedom in Freedom::ALL {
            let line = format!("  {} ", freedom.name());
            assert_eq!(listed.matches(&line).count(), 1, "{freedom}");
        }
    }

    #[test]
    fn a_list_may_have_blanks_and_no_wrong_name() {
        let both = named("append, share-trimmed".split(','));
        assert_eq!(both, Ok(vec![Fault::Append, Fault::ShareTrimmed]));
        assert!(named::<Fault>(["append", "apend"]).is_err());
    }
}
