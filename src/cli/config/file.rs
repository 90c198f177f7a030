//! `sharecheck.toml`: found, read, and held to the known settings. A slip is shown in its place.

use super::setting::{Kind, SECRETS, Setting, is_dangerous};
use serde::Deserialize;
use sharecheck::audit::role::Told;
use sharecheck::nearest::nearest;
use sharecheck::pipeline::load::Slip;
use sharecheck::user_share::{Mistake, SECTION, Section};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file's name.
pub(super) const NAME: &str = "sharecheck.toml";

/// A configuration file whose keys are all known.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it is, as it was found.
    pub(super) path: PathBuf,
    source: String,
    /// What stands outside of all profiles.
    pub(super) entries: Vec<Entry>,
    /// The profiles by name.
    pub(super) profiles: Vec<(String, Vec<Entry>)>,
    /// What it says of the user's endpoints, by the profile in which that stands.
    sections: Vec<(Option<String>, Section)>,
    /// What it says of the database, by the profile in which that stands.
    audit: OfAudit,
}

/// The section that says which table is which.
pub(super) const AUDIT: &str = "audit";

/// What a file says for an audit.
#[derive(Clone, Debug, Default, Deserialize)]
struct OfAudit {
    audit: Option<Told>,
    #[serde(default)]
    profile: BTreeMap<String, InProfile>,
}

/// What a profile says for an audit.
#[derive(Clone, Debug, Default, Deserialize)]
struct InProfile {
    audit: Option<Told>,
}

/// The flag that says where the user's endpoints are, which the table of the endpoints has as `url`.
const SECTION_URL: &str = "user-share-url";

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// The values as they would stand on the command line; none for a switch that is off.
    pub(super) values: Vec<String>,
    /// Where the value stands in the file.
    pub(super) span: Range<usize>,
}

impl File {
    /// A slip in this file.
    pub(super) fn slip(&self, span: Range<usize>, message: &str, help: Option<String>) -> Slip {
        Slip::new(
            &self.path.display().to_string(),
            &self.source,
            span,
            message,
            help,
        )
    }

    /// The slip of a mistake in what it says of the user's endpoints.
    pub(super) fn mistake(&self, mistake: Mistake) -> Slip {
        let Mistake {
            span,
            message,
            help,
            hidden,
        } = mistake;
        if hidden {
            nameless(self, span, &message, help)
        } else {
            self.slip(span, &message, help)
        }
    }

    /// What holds of the user's endpoints with a profile or without one, if anything is said.
    pub(super) fn section(&self, profile: Option<&str>) -> Option<Section> {
        let of = |name: Option<&str>| {
            let found = self.sections.iter().find(|(it, _)| it.as_deref() == name);
            found.map(|(_, section)| section.clone())
        };
        let chosen = profile.and_then(|name| of(Some(name)));
        match (chosen, of(None)) {
            (Some(above), Some(below)) => Some(above.over(below)),
            (above, below) => above.or(below),
        }
    }

    /// What holds for an audit with a profile or without one; a profile's section replaces the one outside.
    pub(super) fn audit(&self, profile: Option<&str>) -> Option<&Told> {
        let chosen = profile.and_then(|name| self.audit.profile.get(name));
        chosen
            .and_then(|it| it.audit.as_ref())
            .or(self.audit.audit.as_ref())
    }

    /// The same at an entry whose value must not be shown.
    pub(super) fn hidden_slip(&self, entry: &Entry, message: &str) -> Slip {
        let start = entry.span.start;
        let source = format!("{}…", self.source.get(..start).unwrap_or_default());
        let path = self.path.display().to_string();
        Slip::new(&path, &source, start..source.len(), message, None)
    }

    /// The line in which a value stands, from 1.
    pub(super) fn line(&self, entry: &Entry) -> usize {
        self.line_of(&entry.span)
    }

    /// The line in which a place stands, from 1.
    pub(super) fn line_of(&self, span: &Range<usize>) -> usize {
        let before = self.source.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// The folder from which its paths go.
    pub(super) fn folder(&self) -> PathBuf {
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
    }
}

/// The nearest file, from this folder up to the one that holds `.git`; outside of a repository, here only.
pub(crate) fn find(here: &Path) -> Option<PathBuf> {
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    let last = root.unwrap_or(here);
    here.ancestors()
        .take_while(|folder| folder.starts_with(last))
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}

/// Reads a file's text against the settings; without them, only what it says of the user's endpoints.
pub(super) fn read(
    path: &Path,
    source: String,
    settings: Option<&[Setting]>,
) -> Result<File, Slip> {
    let mut file = File {
        path: path.to_owned(),
        source,
        entries: Vec::new(),
        profiles: Vec::new(),
        sections: Vec::new(),
        audit: OfAudit::default(),
    };
    let source = file.source.clone();
    let table = DeTable::parse(&source).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        file.slip(span, error.message().trim_end(), None)
    })?;
    let Some(profiles) = table.get_ref().get("profile") else {
        file.entries = entries(&mut file, None, table.get_ref(), settings)?;
        return with_audit(file);
    };
    let DeValue::Table(tables) = profiles.get_ref() else {
        let message = "`profile` holds tables: write [profile.NAME]";
        return Err(file.slip(profiles.span(), message, None));
    };
    file.entries = entries(&mut file, None, table.get_ref(), settings)?;
    for (name, table) in tables {
        let DeValue::Table(keys) = table.get_ref() else {
            let message = "a profile is a table: write [profile.NAME]";
            return Err(file.slip(table.span(), message, None));
        };
        let entries = entries(&mut file, Some(name.get_ref()), keys, settings)?;
        file.profiles.push((name.get_ref().to_string(), entries));
    }
    with_audit(file)
}

/// The file with what it says for an audit, wherever that stands.
fn with_audit(mut file: File) -> Result<File, Slip> {
    file.audit = toml::from_str(&file.source).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        file.slip(span, error.message().trim_end(), None)
    })?;
    Ok(file)
}

/// The entries of a profile, or of what stands outside of all. What they say of the user's endpoints is kept beside them,
/// but where those are: that is a setting.
fn entries(
    file: &mut File,
    profile: Option<&str>,
    table: &DeTable<'_>,
    settings: Option<&[Setting]>,
) -> Result<Vec<Entry>, Slip> {
    let mut entries = Vec::new();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "profile" if profile.is_none() => {}
            // Read above, as a whole.
            AUDIT => {}
            SECTION => {
                let section = Section::read(&file.source, value);
                let section = section.map_err(|mistake| file.mistake(mistake))?;
                if let Some((url, span)) = &section.url {
                    if let Some(twice) = table.get(SECTION_URL) {
                        let message =
                            format!("`{SECTION_URL}` is said twice: [{SECTION}] has a url");
                        return Err(file.slip(twice.span(), &message, None));
                    }
                    entries.push(Entry {
                        key: SECTION_URL.to_owned(),
                        values: vec![url.clone()],
                        span: span.clone(),
                    });
                }
                file.sections.push((profile.map(str::to_owned), section));
            }
            name => {
                if let Some(settings) = settings {
                    entries.push(entry(file, name, key.span(), value, settings)?);
                }
            }
        }
    }
    Ok(entries)
}

fn entry(
    file: &File,
    key: &str,
    key_span: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    settings: &[Setting],
) -> Result<Entry, Slip> {
    if SECRETS.contains(&key.to_lowercase().replace('_', "-").as_str()) {
        let message = "a configuration file cannot hold a secret";
        let help = if key.contains("provision") {
            "put it into SHARECHECK_PROVISION_SECRET, or name a file with provision-secret-file"
        } else {
            "put it into SHARECHECK_SECRET, or name a file with secret-file"
        };
        return Err(nameless(file, key_span, message, Some(help.to_owned())));
    }
    let Some(setting) = settings.iter().find(|setting| setting.key == key) else {
        if is_dangerous(key) {
            return Err(dangerous(file, key, key_span));
        }
        let known = settings.iter().filter(|it| !it.dangerous);
        let known = known
            .map(|it| it.key.as_str())
            .chain(["profile", SECTION, AUDIT]);
        let help = nearest(key, known).map(|name| format!("did you mean `{name}`?"));
        let message = format!("unknown key `{key}`");
        return Err(nameless(file, key_span, &message, help));
    };
    if setting.dangerous {
        return Err(dangerous(file, key, key_span));
    }
    let values = values(setting, value)
        .map_err(|(span, what)| file.slip(span, &format!("`{key}` {what}"), None))?;
    let placed = values.into_iter().map(|value| placed(setting, value, file));
    Ok(Entry {
        key: key.to_owned(),
        values: placed.collect(),
        span: value.span(),
    })
}

fn dangerous(file: &File, key: &str, span: Range<usize>) -> Slip {
    file.slip(
        span,
        &format!("`{key}` cannot be switched on in a file"),
        Some(format!("say --{key} on the command line, each time")),
    )
}

/// A slip at a key of which nobody knows what its value is: it could be a secret, and is not shown.
fn nameless(file: &File, key: Range<usize>, message: &str, help: Option<String>) -> Slip {
    let path = file.path.display().to_string();
    Slip::new(
        &path,
        &without_value(&file.source, &key),
        key,
        message,
        help,
    )
}

/// The source with the line of a key cut after the key.
fn without_value(source: &str, key: &Range<usize>) -> String {
    let end = source[key.end..]
        .find('\n')
        .map_or(source.len(), |at| key.end + at);
    format!("{} = …{}", &source[..key.end], &source[end..])
}

/// A path from a file goes from the file's folder.
fn placed(setting: &Setting, value: String, file: &File) -> String {
    let from_there = |path: &str| file.folder().join(path).display().to_string();
    if setting.is_path {
        from_there(&value)
    } else if setting.key == "report" {
        crate::cli::reports::placed(&value, &file.folder())
    } else {
        value
    }
}

type Wrong = (Range<usize>, &'static str);

fn values(setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Wrong> {
    let span = value.span();
    match (setting.kind, value.get_ref()) {
        (Kind::Switch, DeValue::Boolean(on)) => Ok(if *on { vec![String::new()] } else { vec![] }),
        (Kind::Switch, _) => Err((span, "must be true or false")),
        (Kind::Count, DeValue::Integer(count)) => count
            .as_str()
            .parse::<u8>()
            .map(|count| vec![String::new(); usize::from(count)])
            .map_err(|_| (span, "must be a number from 0 to 255")),
        (Kind::Count, _) => Err((span, "must be a number")),
        (Kind::Many, DeValue::Array(items)) => items
            .iter()
            .map(|item| scalar(item).ok_or((item.span(), "must be a list of texts")))
            .collect(),
        (Kind::One, DeValue::Array(_)) => Err((span, "takes one value")),
        (Kind::One | Kind::Many, _) => {
            let text = scalar(value).ok_or((span, "must be a text"))?;
            Ok(vec![text])
        }
    }
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sought_up_to_the_repository_and_no_further() {
        let outer = tempfile::tempdir().unwrap();
        let deep = outer.path().join("repo/packages/custodian");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(outer.path().join(NAME), "").unwrap();
        assert_eq!(find(&deep), None, "outside of a repository: here only");
        std::fs::create_dir(outer.path().join("repo/.git")).unwrap();
        assert_eq!(find(&deep), None, "not above the repository");
        let at_root = outer.path().join("repo").join(NAME);
        std::fs::write(&at_root, "").unwrap();
        assert_eq!(find(&deep), Some(at_root));
        std::fs::write(deep.join(NAME), "").unwrap();
        assert_eq!(find(&deep), Some(deep.join(NAME)));
    }
}
