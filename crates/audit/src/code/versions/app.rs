//! What an app asks for and what it got, in one form for every registry.

use super::number::Number;
use crate::place::Place;

/// A folder that asks for a package of the vendor's.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// The package.
    pub(super) package: String,
    /// The app's folder below the root.
    pub(super) folder: String,
    /// What its manifest asks for; null where only a lock file names the package.
    pub(super) asked: Option<Asked>,
    /// What lock files say it got; several only where they lie side by side.
    pub(super) got: Vec<Got>,
}

/// What a manifest asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// As messages name it: `^2.0.0 in package.json`.
    pub(super) spelled: String,
    /// The bare range.
    pub(super) range: String,
    /// The least version that it lets in.
    pub(super) least: Option<Number>,
    /// Why there is none.
    pub(super) why_not: Option<NoVersion>,
    /// Whether whoever uses the package is to bring it.
    pub(super) peer: bool,
    /// Where it stands.
    pub(super) place: Place,
}

/// Why what is asked for names no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoVersion {
    /// It comes from a folder: this is how that is written.
    Local(String),
    /// It comes from a repository or an address.
    Address,
    /// Any version will do, or one without a lower limit.
    Any,
    /// It is a tag such as `latest`, or nothing that could be read.
    Tag,
    /// It is in a catalogue that names it nowhere.
    Catalog,
    /// It is in a variable that nothing here sets.
    Variable(String),
    /// The manifest does not say.
    Unsaid,
}

impl std::fmt::Display for NoVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(how) => write!(f, "it comes from a folder (`{how}`)"),
            Self::Address => {
                f.write_str("it comes from a repository or an address, not from the registry")
            }
            Self::Any => f.write_str("it names no least version"),
            Self::Tag => f.write_str("it is a tag, or no range at all"),
            Self::Catalog => f.write_str("no catalogue here names a version for it"),
            Self::Variable(name) => write!(f, "nothing here sets `{name}`"),
            Self::Unsaid => f.write_str("the manifest names no version"),
        }
    }
}

impl Asked {
    /// Whether a lock file can say anything: what comes from a folder has the version of that folder.
    pub(super) fn is_from_registry(&self) -> bool {
        !matches!(self.why_not, Some(NoVersion::Local(_)))
    }
}

/// What a lock file says.
#[derive(Clone, Debug)]
pub(super) struct Got {
    /// The version, as it was written.
    pub(super) spelled: String,
    /// The lock file.
    pub(super) file: String,
    /// Where it stands.
    pub(super) place: Place,
    /// Whether it is a version that was asked for: one that is not shows a stale lock file, or an override.
    pub(super) fits: bool,
    /// Why that version says nothing.
    pub(super) why_not: Option<NoVersion>,
}

/// A folder and each above it, the nearest first: `a/b`, `a`, the root, `..`, `../..` and so on.
pub(super) fn folders_up(folder: &str) -> Vec<String> {
    let mut folders = vec![folder.to_owned()];
    let mut at = folder;
    while !at.is_empty() && !at.starts_with("..") {
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
        folders.push(at.to_owned());
    }
    let mut above = if at.starts_with("..") {
        format!("../{at}")
    } else {
        "..".to_owned()
    };
    for _ in 0..12 {
        folders.push(above.clone());
        above.push_str("/..");
    }
    folders
}

/// A folder as seen from one above it. Those above the root are not below it, so the root's own path tells their names.
pub(super) fn relative(root: &[String], upper: &str, folder: &str) -> String {
    if !upper.starts_with("..") {
        let below = folder
            .strip_prefix(upper)
            .map(|it| it.trim_start_matches('/'));
        return below.unwrap_or(folder).to_owned();
    }
    let steps = upper.split('/').count();
    let names = root
        .get(root.len().saturating_sub(steps)..)
        .unwrap_or_default();
    let parts = names
        .iter()
        .map(String::as_str)
        .chain(std::iter::once(folder));
    parts
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_up_to_the_root_and_beyond() {
        assert_eq!(
            folders_up("a/b").get(..5).unwrap(),
            ["a/b", "a", "", "..", "../.."]
        );
        assert_eq!(folders_up("").get(..2).unwrap(), ["", ".."]);
        let root = ["srv", "shop", "apps"].map(str::to_owned);
        assert_eq!(relative(&root, "", "apps/x"), "apps/x");
        assert_eq!(relative(&root, "apps", "apps/x"), "x");
        assert_eq!(relative(&root, "..", "x"), "apps/x");
        assert_eq!(relative(&root, "../..", ""), "shop/apps");
    }
}
