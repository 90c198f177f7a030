//! Gradle scripts, Groovy and Kotlin: read as text, since all that counts are coordinates and plain variables.

use super::catalog::Catalog;
use super::{GROUP, NAME, Text};
use crate::code::versions::app::folders_up;
use crate::place::{Lines, Place};
use crate::walk::File;

/// A version as a script writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// This text.
    Text(String),
    /// What this variable holds.
    Variable(String),
    /// None: a platform or a plugin gives it.
    None,
}

/// Where a script names the SDK, and at which version.
#[derive(Debug)]
pub(super) struct Found {
    /// The byte.
    pub(super) at: usize,
    /// The version.
    pub(super) version: Version,
}

/// Whether a file is a script.
pub(super) fn is_script(file: &File) -> bool {
    file.name.ends_with(".gradle") || file.name.ends_with(".gradle.kts")
}

/// Whether a file is Kotlin source, as `buildSrc` has it.
pub(super) fn is_kotlin(file: &File) -> bool {
    file.name.rsplit_once('.').is_some_and(|(_, it)| it == "kt")
}

/// The coordinates of the SDK in a script, outside of comments.
pub(super) fn coordinates(text: &str) -> Option<Found> {
    let at = code_matches(text, GROUP).next()?;
    let rest = text.get(at + GROUP.len()..)?;
    if let Some(behind) = rest.strip_prefix(&format!(":{NAME}")) {
        // A template may hold quotes of its own: `${property("version")}`.
        let ends: &[char] = if behind.starts_with(":${") {
            &['}', '\n']
        } else {
            &['"', '\'', '\n']
        };
        let end = behind.find(ends).unwrap_or(behind.len());
        let text = behind.get(..end).unwrap_or_default();
        let version = match text.strip_prefix(':') {
            Some(it) if !it.is_empty() => inside(it.split('@').next().unwrap_or_default()),
            // Kotlin also joins: `"group:name:" + version`.
            Some(_) => joined(behind.get(end..).unwrap_or_default()),
            None => Version::None,
        };
        return Some(Found { at, version });
    }
    // `group: '…', name: '…', version: '…'`, or `group = "…", name = "…"`, or `("…", "…", "…")`.
    let call: String = rest
        .chars()
        .take(300)
        .take_while(|it| *it != ')' && *it != '}')
        .collect();
    let name = call.find(NAME)?;
    let behind = call.get(name + NAME.len()..)?;
    let behind = behind.trim_start_matches(['"', '\'']);
    let version = behind
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches(',')
        .trim();
    let value = version
        .strip_prefix("version")
        .map_or(version, |it| it.trim_start_matches([':', '=', ' ']));
    Some(Found {
        at,
        version: value_of(value),
    })
}

/// A value: a text in quotes, or the name of a variable.
fn value_of(value: &str) -> Version {
    let value = value.trim();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
    if let Some(quote) = quote {
        let text = value
            .get(1..)
            .and_then(|it| it.split(quote).next())
            .unwrap_or_default();
        return inside(text);
    }
    let name: String = value
        .chars()
        .take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.'))
        .collect();
    if name.is_empty() {
        Version::None
    } else {
        Version::Variable(last(&name))
    }
}

/// What follows `"group:name:"`.
fn joined(rest: &str) -> Version {
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    rest.strip_prefix('+').map_or(Version::None, value_of)
}

/// The inside of a text: a version, or `$name`, `${name}`, `${rootProject.ext.name}`, `${Versions.NAME}`.
fn inside(text: &str) -> Version {
    let Some(name) = text.strip_prefix('$') else {
        return Version::Text(text.trim().to_owned());
    };
    let name = name.trim_start_matches('{').trim_end_matches('}');
    let quoted = name.split(['"', '\'']).nth(1);
    Version::Variable(last(quoted.unwrap_or(name)))
}

fn last(name: &str) -> String {
    name.trim_end_matches(".get()")
        .rsplit('.')
        .next()
        .unwrap_or(name)
        .to_owned()
}

/// Where a script uses what a catalogue calls the SDK.
pub(super) fn accessor(file: &File, text: &str, catalog: &Catalog) -> Option<Place> {
    let at = catalog.accessors.iter().find_map(|accessor| {
        let wanted = format!("{}.{accessor}", catalog.name);
        code_matches(text, &wanted).find(|at| {
            let behind = text
                .get(at + wanted.len()..)
                .and_then(|it| it.chars().next());
            let more = behind.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '-'));
            let deeper = behind == Some('.')
                && !text
                    .get(at + wanted.len()..)
                    .is_some_and(|it| it.starts_with(".get"));
            !more && !deeper
        })
    })?;
    Some(Lines::of(&file.path, text).at(at))
}

/// Where a text stands outside of comments.
fn code_matches<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(wanted).map(|(at, _)| at).filter(|at| {
        let before = text.get(..*at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let line_comment = line.trim_start().starts_with("//") || line.contains(" //");
        let opened = before.rfind("/*");
        let block_comment =
            opened.is_some_and(|it| before.get(it..).is_some_and(|it| !it.contains("*/")));
        !line_comment && !block_comment
    })
}

/// What a variable holds: in the same file, then in scripts and properties of the folders above, then in `buildSrc`.
pub(super) fn variable(name: &str, file: &str, folder: &str, texts: &[Text]) -> Option<String> {
    let own = texts.iter().filter(|it| it.file.path == file);
    let above = folders_up(folder).into_iter().flat_map(|folder| {
        texts.iter().filter(move |it| {
            it.file.folder == folder || it.file.folder == format!("{folder}/gradle")
        })
    });
    own.chain(above)
        .chain(texts.iter().filter(|it| is_kotlin(&it.file)))
        .find_map(|it| assigned(&it.text, name))
}

/// What `name = "3.0"`, `name: "3.0"`, `name=3.0`, `val name by extra("3.0")` or `set("name", "3.0")` gives.
fn assigned(text: &str, name: &str) -> Option<String> {
    code_matches(text, name).find_map(|at| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '$' | '{')) {
            return None;
        }
        let rest = text.get(at + name.len()..)?;
        let line = rest.lines().next()?;
        let value = line.trim_start_matches(['"', '\'', ']', ')']).trim_start();
        let value = value
            .strip_prefix("by extra(")
            .or_else(|| value.strip_prefix(": String ="))
            .or_else(|| value.strip_prefix(['=', ':', ',']))?
            .trim();
        let quoted = value
            .split(['"', '\''])
            .nth(1)
            .filter(|_| value.starts_with(['"', '\'']));
        let text = quoted.unwrap_or(value);
        text.starts_with(|it: char| it.is_ascii_digit() || it == '[')
            .then(|| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"implementation "io.portalhq.android:portal-android:3.0.1""#, Version::Text("3.0.1".into()))]
    #[case(r"implementation 'io.portalhq.android:portal-android:2.1@aar'", Version::Text("2.1".into()))]
    #[case(r#"implementation("io.portalhq.android:portal-android:$portalVersion")"#, Version::Variable("portalVersion".into()))]
    #[case(r#"implementation "io.portalhq.android:portal-android:${rootProject.ext.portal}""#, Version::Variable("portal".into()))]
    #[case(r#"implementation("io.portalhq.android:portal-android:${Versions.PORTAL}")"#, Version::Variable("PORTAL".into()))]
    #[case(r#"implementation("io.portalhq.android:portal-android:${property("portalVersion")}")"#, Version::Variable("portalVersion".into()))]
    #[case(r#"implementation("io.portalhq.android:portal-android:" + portal)"#, Version::Variable("portal".into()))]
    #[case(r"implementation group: 'io.portalhq.android', name: 'portal-android', version: '3.0'", Version::Text("3.0".into()))]
    #[case("implementation group: 'io.portalhq.android', name: 'portal-android', version: portalVersion", Version::Variable("portalVersion".into()))]
    #[case(r#"implementation(group = "io.portalhq.android", name = "portal-android", version = "4.1")"#, Version::Text("4.1".into()))]
    #[case(r#"implementation("io.portalhq.android", "portal-android", "4.1")"#, Version::Text("4.1".into()))]
    #[case(
        r#"implementation("io.portalhq.android:portal-android")"#,
        Version::None
    )]
    fn coordinates_are_read_in_every_spelling(#[case] text: &str, #[case] version: Version) {
        assert_eq!(coordinates(text).map(|it| it.version), Some(version));
    }

    #[rstest]
    #[case("// implementation 'io.portalhq.android:portal-android:2.0'")]
    #[case("/*\nimplementation 'io.portalhq.android:portal-android:2.0'\n*/")]
    #[case("namespace = 'io.portalhq.portalhackathon'")]
    #[case("exclude group: 'io.portalhq.android'\nimplementation 'x:y:1'")]
    fn comments_and_other_names_are_no_coordinates(#[case] text: &str) {
        assert!(coordinates(text).is_none());
    }

    #[rstest]
    #[case("ext.portalVersion = '3.1'", Some("3.1"))]
    #[case("ext { portalVersion = \"3.1\" }", Some("3.1"))]
    #[case("ext = [portalVersion: '3.1']", Some("3.1"))]
    #[case("val portalVersion = \"3.1\"", Some("3.1"))]
    #[case("const val portalVersion: String = \"3.1\"", Some("3.1"))]
    #[case("val portalVersion by extra(\"3.1\")", Some("3.1"))]
    #[case("extra[\"portalVersion\"] = \"3.1\"", Some("3.1"))]
    #[case("set(\"portalVersion\", \"3.1\")", Some("3.1"))]
    #[case("portalVersion=3.1", Some("3.1"))]
    #[case("oldportalVersion=2.1", None)]
    #[case("// portalVersion = '2.1'", None)]
    #[case("println \"$portalVersion\"", None)]
    fn variables_are_found_where_they_are_set(#[case] text: &str, #[case] value: Option<&str>) {
        assert_eq!(assigned(text, "portalVersion").as_deref(), value);
    }
}
