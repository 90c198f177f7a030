//! The faults of the built-in custodian as they are typed, completed and listed.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use sharecheck::reference::{Fault, Layer, UnknownFault};
use std::ffi::OsStr;

/// Takes any text, and gives a shell the names of the faults to complete it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultNames;

impl TypedValueParser for FaultNames {
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
        let named = |fault: &Fault| PossibleValue::new(fault.name()).help(fault.claim());
        Some(Box::new(Fault::ALL.iter().map(named)))
    }
}

/// The faults of these names.
pub(crate) fn named<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Fault>, UnknownFault> {
    names.into_iter().map(|name| name.trim().parse()).collect()
}

/// All faults, by where in the custodian they are.
pub(crate) fn listed() -> String {
    let width = Fault::ALL.iter().map(|fault| fault.name().len()).max();
    let width = width.unwrap_or_default();
    let of = |layer: Layer| {
        let faults = Fault::ALL.iter().filter(|fault| fault.layer() == layer);
        let lines = faults.map(|fault| format!("  {:width$}  {}\n", fault.name(), fault.claim()));
        format!(
            "{}: {}\n{}",
            layer.name(),
            layer.about(),
            lines.collect::<String>()
        )
    };
    Layer::ALL.map(of).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_listed_once() {
        let listed = listed();
        for fault in Fault::ALL {
            let line = format!("  {} ", fault.name());
            assert_eq!(listed.matches(&line).count(), 1, "{fault}");
        }
    }

    #[test]
    fn a_list_may_have_blanks_and_no_wrong_name() {
        let both = named("append, share-trimmed".split(','));
        assert_eq!(both, Ok(vec![Fault::Append, Fault::ShareTrimmed]));
        assert!(named(["append", "apend"]).is_err());
    }
}
