//! What a Podfile, a package, a pod specification or an Xcode project asks for.

use super::resolved::is_repository;
use crate::code::versions::app::{Asked, NoVersion};
use crate::code::versions::lines;
use crate::code::versions::number::Number;
use crate::place::{Lines, Place};
use crate::walk::File;

/// What a manifest says of the SDK.
#[derive(Debug)]
pub(super) enum Read {
    /// It does not name it.
    Nothing,
    /// It asks for it.
    Asks(Asked),
    /// It is the SDK's own.
    Vendors,
}

/// Reads a manifest.
pub(super) fn read(file: &File) -> Read {
    match file.name.as_str() {
        "project.pbxproj" => project(file),
        "Podfile" => text(file).map_or(Read::Nothing, |it| podfile(file, &it, "pod")),
        "Package.swift" => text(file).map_or(Read::Nothing, |it| package(file, &it)),
        "project.yml" => text(file).map_or(Read::Nothing, |it| generator(file, &it)),
        "PortalSwift.podspec" => Read::Vendors,
        name if name.ends_with(".podspec") => {
            text(file).map_or(Read::Nothing, |it| podfile(file, &it, "dependency"))
        }
        _ => Read::Nothing,
    }
}

fn text(file: &File) -> Option<String> {
    file.text().ok().filter(|it| it.contains("PortalSwift"))
}

fn asked(file: &File, place: Place, range: &str, why_not: Option<NoVersion>) -> Read {
    let least = if why_not.is_none() {
        Number::read(range)
    } else {
        None
    };
    let why_not = why_not.or_else(|| least.is_none().then_some(NoVersion::Unsaid));
    let spelled = format!("{range} in {}", file.path);
    Read::Asks(Asked {
        spelled,
        range: range.to_owned(),
        least,
        why_not,
        peer: false,
        place,
    })
}

/// `pod 'PortalSwift', '~> 3.0'`, with a path, a repository and a tag, or with nothing.
fn podfile(file: &File, text: &str, word: &str) -> Read {
    let lines = Lines::of(&file.path, text);
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        let at = begin;
        begin += line.len();
        let code = line.split('#').next().unwrap_or_default();
        let Some(call) = code.find(word).and_then(|it| code.get(it + word.len()..)) else {
            continue;
        };
        let mut words = call
            .split([',', '('])
            .map(|it| it.trim().trim_end_matches(')'));
        let unquoted = |it: &str| it.trim_matches(['\'', '"', '[', ']', ' ']).to_owned();
        let mut first = words.next().map(unquoted).unwrap_or_default();
        if first.is_empty() {
            first = words.next().map(unquoted).unwrap_or_default();
        }
        if first.split('/').next() != Some("PortalSwift") {
            continue;
        }
        let place = lines.at(at + (line.len() - line.trim_start().len()));
        let rest: Vec<&str> = words.collect();
        let option = |name: &str| {
            rest.iter().find_map(|it| {
                let it = it
                    .strip_prefix(name)?
                    .trim_start_matches([' ', '=', '>', ':']);
                Some(it.trim_matches(['\'', '"']).to_owned())
            })
        };
        if let Some(path) = option(":path").or_else(|| option("path:")) {
            return asked(
                file,
                place,
                &format!(":path => {path}"),
                Some(NoVersion::Local(path)),
            );
        }
        if let Some(tag) = option(":tag").or_else(|| option("tag:")) {
            return asked(file, place, &tag, None);
        }
        if option(":git").or_else(|| option("git:")).is_some() {
            return asked(file, place, ":git", Some(NoVersion::Address));
        }
        let range = rest
            .iter()
            .find(|it| it.starts_with(['\'', '"', '[']))
            .map(|it| unquoted(it));
        return match range {
            Some(it) => requirement(file, place, &it),
            None => asked(file, place, "no version", Some(NoVersion::Unsaid)),
        };
    }
    Read::Nothing
}

/// `~> 3.0`, `>= 2.1`, `= 3.0.1`, `3.0.1`; `< 4` names no least version.
fn requirement(file: &File, place: Place, range: &str) -> Read {
    let bare = range.trim_start_matches(['~', '>', '=', ' ']);
    if range.starts_with(['<', '!']) {
        return asked(file, place, range, Some(NoVersion::Any));
    }
    let mut read = asked(file, place, bare, None);
    if let Read::Asks(it) = &mut read {
        it.spelled = format!("{range} in {}", file.path);
    }
    read
}

/// `.package(url: "…/PortalSwift.git", from: "3.0.0")` and its other forms.
fn package(file: &File, text: &str) -> Read {
    let code = without_comments(text);
    let own = code.find("name:").and_then(|it| code.get(it + 5..));
    let lines = Lines::of(&file.path, &code);
    for (at, _) in code.match_indices(".package(") {
        let call = code.get(at..).and_then(balanced).unwrap_or_default();
        let texts: Vec<&str> = call.split('"').skip(1).step_by(2).collect();
        let place = lines.at(at);
        let path = call
            .contains("path:")
            .then(|| texts.iter().find(|it| it.contains("PortalSwift")))
            .flatten();
        if let Some(path) = path {
            return asked(
                file,
                place,
                &format!("path: {path}"),
                Some(NoVersion::Local((*path).to_owned())),
            );
        }
        if !texts.iter().any(|it| is_repository(it)) {
            continue;
        }
        if call.contains("branch:") || call.contains("revision:") || call.contains(".branch(") {
            return asked(
                file,
                place,
                "a branch or revision",
                Some(NoVersion::Address),
            );
        }
        let version = texts
            .iter()
            .find(|it| Number::read(it).is_some() && !it.contains('/'));
        return match version {
            Some(it) => asked(file, place, it, None),
            None => asked(file, place, "no version", Some(NoVersion::Unsaid)),
        };
    }
    let own = own.and_then(|it| it.split('"').nth(1));
    if own == Some("PortalSwift") {
        Read::Vendors
    } else {
        Read::Nothing
    }
}

/// A call up to its last parenthesis.
fn balanced(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, it) in text.char_indices().take(4096) {
        match it {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text.get(..=at);
                }
            }
            _ => {}
        }
    }
    None
}

/// A Swift text with its comments blanked, so that places stay.
fn without_comments(text: &str) -> String {
    let blank = |line: &str| match line.find("//") {
        Some(at) if !line.get(..at).is_some_and(|it| it.ends_with(':')) => {
            let (code, comment) = line.split_at(at);
            let ending = if comment.ends_with('\n') { "\n" } else { "" };
            format!(
                "{code}{}{ending}",
                " ".repeat(comment.trim_end_matches('\n').len())
            )
        }
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(blank).collect()
}

/// `XcodeGen`: `PortalSwift:` or any name with `url:`, then `from:`, `majorVersion:`, `exactVersion:`, `version:`, `branch:`.
fn generator(file: &File, text: &str) -> Read {
    let lines = Lines::of(&file.path, text);
    let Some(at) = text
        .find("/PortalSwift")
        .or_else(|| text.find("PortalSwift:"))
    else {
        return Read::Nothing;
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let rest = text.get(at..).unwrap_or_default();
    let own = text
        .get(..at)
        .and_then(|it| it.rsplit('\n').next())
        .map_or(0, indent);
    let block = rest
        .lines()
        .skip(1)
        .take_while(|it| indent(it) >= own.max(1));
    let found = block
        .filter_map(|it| it.trim().split_once(':'))
        .find_map(|(key, value)| {
            let value = value.trim().trim_matches(['\'', '"']);
            matches!(
                key,
                "from"
                    | "majorVersion"
                    | "minorVersion"
                    | "exactVersion"
                    | "version"
                    | "minVersion"
            )
            .then(|| value.to_owned())
        });
    match found {
        Some(it) => asked(file, lines.at(at), &it, None),
        None => asked(file, lines.at(at), "no version", Some(NoVersion::Unsaid)),
    }
}

/// `XCRemoteSwiftPackageReference` with its `requirement`, line by line: projects are large.
fn project(file: &File) -> Read {
    let mut found: Option<(Place, Option<String>, bool)> = None;
    let mut inside = false;
    let read = lines::each(file, |line, text| {
        let bare = text.trim().trim_end_matches(';');
        let (key, value) = bare.split_once(" = ").unwrap_or((bare, ""));
        let value = value.trim_matches('"');
        match key {
            "repositoryURL" if is_repository(value) => {
                found = Some((lines::at(file, line, text), None, false));
                inside = true;
            }
            "isa" | "repositoryURL" => inside = false,
            "minimumVersion" | "version" if inside => {
                if let Some((_, version, _)) = found.as_mut() {
                    *version = Some(value.to_owned());
                }
            }
            "branch" | "revision" if inside => {
                if let Some((_, _, address)) = found.as_mut() {
                    *address = true;
                }
            }
            _ => {}
        }
        true
    });
    match (read, found) {
        (Ok(()), Some((place, Some(version), _))) => asked(file, place, &version, None),
        (Ok(()), Some((place, None, address))) => {
            let why = if address {
                NoVersion::Address
            } else {
                NoVersion::Unsaid
            };
            asked(file, place, "no version", Some(why))
        }
        _ => Read::Nothing,
    }
}
