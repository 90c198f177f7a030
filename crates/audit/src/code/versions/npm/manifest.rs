//! `package.json`.

use crate::place::{Lines, Place};
use crate::walk::File;
use serde_json::{Map, Value};

/// A package of the team's.
#[derive(Clone, Debug)]
pub(in crate::code::versions) struct Package {
    /// Its manifest.
    pub(in crate::code::versions) file: File,
    /// Its name.
    pub(in crate::code::versions) name: Option<String>,
    /// What it asks for of the vendor's, and under which names.
    pub(super) asked: Vec<Wish>,
    /// Catalogues of ranges, as Bun keeps them here.
    pub(super) catalogs: Vec<(String, Map<String, Value>)>,
}

/// What a package asks for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// The name that it is installed under.
    pub(super) name: String,
    /// The range, as it was written.
    pub(super) range: String,
    /// Whether whoever uses the package is to bring it.
    pub(super) peer: bool,
    /// Where it stands.
    pub(super) place: Place,
}

/// The sections that ask for packages, the strongest first.
const SECTIONS: [&str; 4] = [
    "dependencies",
    "optionalDependencies",
    "devDependencies",
    "peerDependencies",
];

impl Package {
    /// Whether it is one of the vendor's own: its source is the SDK's.
    pub(in crate::code::versions) fn is_vendors(&self) -> bool {
        self.name
            .as_deref()
            .is_some_and(crate::code::versions::lock::is_ours)
    }
}

/// Reads a manifest; what is not as it should be is passed over.
pub(super) fn read(file: &File) -> Result<Package, String> {
    let text = file.text().map_err(|error| error.to_string())?;
    let document: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let lines = Lines::of(&file.path, &text);
    let mut asked: Vec<Wish> = Vec::new();
    for section in SECTIONS {
        let Some(wishes) = document.get(section).and_then(Value::as_object) else {
            continue;
        };
        let begin = text.find(&format!("\"{section}\"")).unwrap_or(0);
        for (name, range) in wishes {
            let Some(range) = range.as_str() else {
                continue;
            };
            let ours = name.starts_with("@portal-hq/") || range.contains("@portal-hq/");
            if !ours || asked.iter().any(|it| it.name == *name) {
                continue;
            }
            let behind = text
                .get(begin..)
                .and_then(|it| it.find(&format!("\"{name}\"")));
            let place = lines.at(begin + behind.unwrap_or(0));
            let peer = section == "peerDependencies";
            asked.push(Wish {
                name: name.clone(),
                range: range.to_owned(),
                peer,
                place,
            });
        }
    }
    Ok(Package {
        file: file.clone(),
        name: document
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned),
        asked,
        catalogs: catalogs(&document),
    })
}

/// `catalog` and `catalogs`, at the top or under `workspaces`.
fn catalogs(document: &Value) -> Vec<(String, Map<String, Value>)> {
    let mut catalogs = Vec::new();
    for at in [Some(document), document.get("workspaces")]
        .into_iter()
        .flatten()
    {
        if let Some(it) = at.get("catalog").and_then(Value::as_object) {
            catalogs.push((String::new(), it.clone()));
        }
        for (name, it) in at
            .get("catalogs")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            catalogs.extend(it.as_object().map(|it| (name.clone(), it.clone())));
        }
    }
    catalogs
}
