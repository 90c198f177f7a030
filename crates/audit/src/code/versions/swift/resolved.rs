//! `Package.resolved` of the Swift package manager, formats 1 to 3.

use super::Pinned;
use crate::code::versions::lines;
use crate::walk::File;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::io::BufReader;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    object: Object,
    pins: Pins,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    pins: Pins,
}

/// The pin of the SDK.
#[derive(Default)]
struct Pins(Option<Pin>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pin {
    identity: String,
    package: String,
    location: String,
    #[serde(rename = "repositoryURL")]
    repository: String,
    state: State,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    version: Option<String>,
}

impl Pin {
    fn is_sdk(&self) -> bool {
        let named =
            self.identity.eq_ignore_ascii_case("portalswift") || self.package == "PortalSwift";
        named || is_repository(&self.location) || is_repository(&self.repository)
    }
}

/// Whether an address is that of the SDK's repository, or of a fork that kept its name.
pub(super) fn is_repository(address: &str) -> bool {
    let address = address.trim_end_matches('/').trim_end_matches(".git");
    let name = address.rsplit(['/', ':']).next().unwrap_or_default();
    name.eq_ignore_ascii_case("portalswift")
}

impl<'de> Deserialize<'de> for Pins {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Find;
        impl<'de> Visitor<'de> for Find {
            type Value = Pins;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of pins")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pins, A::Error> {
                let mut found = None;
                while let Some(pin) = list.next_element::<Pin>()? {
                    found = found.or(Some(pin).filter(Pin::is_sdk));
                }
                Ok(Pins(found))
            }
        }
        from.deserialize_seq(Find)
    }
}

/// What it says of the SDK; null where it does not name it.
pub(super) fn read(file: &File) -> Result<Option<Pinned>, String> {
    let opened = std::fs::File::open(&file.absolute).map_err(|error| error.to_string())?;
    let document: Document = serde_json::from_reader(BufReader::with_capacity(1 << 16, opened))
        .map_err(|error| error.to_string())?;
    let Some(pin) = document.pins.0.or(document.object.pins.0) else {
        return Ok(None);
    };
    let named = [&pin.location, &pin.repository, &pin.identity, &pin.package];
    let named = named.into_iter().find(|it| !it.is_empty());
    let place = lines::find(file, named.map_or("PortalSwift", String::as_str));
    Ok(Some(Pinned {
        version: pin.state.version,
        place,
        local: None,
    }))
}
