//! `Podfile.lock` of `CocoaPods`.

use super::Pinned;
use crate::code::versions::lines;
use crate::place::Place;
use crate::walk::File;

/// What it says of the vendor's pods.
#[derive(Debug, Default)]
pub(super) struct Pods {
    /// The Swift SDK.
    pub(super) swift: Option<Pinned>,
    /// The native half of the React Native SDK: it has that package's version.
    pub(super) react_native: Option<(String, Place)>,
}

/// Reads one.
pub(super) fn read(file: &File) -> Result<Pods, String> {
    let mut pods = Pods::default();
    let mut section = String::new();
    let mut external = false;
    lines::each(file, |line, text| {
        if !text.starts_with(' ') {
            text.trim_end_matches(':').clone_into(&mut section);
            return true;
        }
        let bare = text.trim();
        match section.as_str() {
            "PODS" => {
                let entry = text
                    .strip_prefix("  - ")
                    .map(|it| it.trim().trim_matches('"'));
                let named = entry.and_then(|it| it.trim_end_matches(':').split_once(" ("));
                let Some((name, version)) = named else {
                    return true;
                };
                let version = version.trim_end_matches([')', '"', ':']);
                let place = lines::at(file, line, text);
                match name.split('/').next() {
                    Some("PortalSwift") if pods.swift.is_none() => {
                        let version = Some(version.to_owned());
                        pods.swift = Some(Pinned {
                            version,
                            place,
                            local: None,
                        });
                    }
                    Some("PortalMpc") if pods.react_native.is_none() => {
                        pods.react_native = Some((version.to_owned(), place));
                    }
                    _ => {}
                }
            }
            "EXTERNAL SOURCES" => {
                if text.starts_with("  ") && !text.starts_with("    ") {
                    external = bare.trim_end_matches(':').trim_matches('"') == "PortalSwift";
                }
                let path = bare.strip_prefix(":path:").filter(|_| external);
                if let (Some(path), Some(swift)) = (path, pods.swift.as_mut()) {
                    swift.local = Some(format!(
                        ":path => {}",
                        path.trim().trim_matches(['"', '\''])
                    ));
                }
            }
            _ => {}
        }
        true
    })
    .map_err(|error| error.to_string())?;
    Ok(pods)
}
