//! Which report goes where: `FORMAT`, `FORMAT=PATH`, several of them with commas between, and a folder for
//! those that name no path.

use sharecheck::render::Format;
use std::path::{Path, PathBuf};

/// The folder of reports that name no path, where no other is given.
const FOLDER: &str = "sharecheck-report";

/// What is written where a folder is given and no report: for tools, for the CI job, for people.
const USUAL: [Format; 4] = [Format::Json, Format::Junit, Format::Markdown, Format::Html];

/// The reports that one `--report` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<(Format, Option<PathBuf>)>);

/// A report and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    /// A file; `-` is standard output.
    pub(super) path: PathBuf,
}

impl Target {
    /// Whether it goes to standard output.
    pub(super) fn is_output(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Whether it is a file, or will be one.
    pub(super) fn is_file(&self) -> bool {
        !self.is_output() && self.path.metadata().map_or(true, |it| it.is_file())
    }
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |piece: &str| {
            let (name, path) = match piece.split_once('=') {
                Some((_, "")) => {
                    return Err("the path is missing; - is standard output".to_owned());
                }
                Some((name, path)) => (name, Some(PathBuf::from(path))),
                None => (piece, None),
            };
            let format = name.parse::<Format>().map_err(|error| error.to_string())?;
            Ok((format, path))
        };
        pieces(text)
            .into_iter()
            .map(one)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Every report with its place.
pub(super) fn targets(wanted: &[Wanted], folder: Option<&Path>) -> Vec<Target> {
    let place = |format: Format| {
        let folder = folder.unwrap_or(Path::new(FOLDER));
        folder.join(format.file_name())
    };
    let named: Vec<Target> = wanted
        .iter()
        .flat_map(|wanted| &wanted.0)
        .map(|(format, path)| Target {
            format: *format,
            path: path.clone().unwrap_or_else(|| place(*format)),
        })
        .collect();
    if !named.is_empty() || folder.is_none() {
        return named;
    }
    let usual = USUAL.into_iter().map(|format| Target {
        format,
        path: place(format),
    });
    usual.collect()
}

/// The same reports with their paths going from this folder.
pub(crate) fn placed(text: &str, folder: &Path) -> String {
    let from_there = |piece: &str| match piece.split_once('=') {
        Some((name, path)) if !path.is_empty() && path != "-" => {
            format!("{name}={}", folder.join(path).display())
        }
        Some(_) | None => piece.to_owned(),
    };
    let pieces: Vec<String> = pieces(text).into_iter().map(from_there).collect();
    pieces.join(",")
}

/// The reports of a list. A comma in a path stays one, unless a report could begin behind it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find(',').map(|at| from + at) {
        let (piece, behind) = (&rest[..at], &rest[at + 1..]);
        if !piece.contains('=') || begins_a_report(behind) {
            pieces.push(piece.trim());
            rest = behind;
            from = 0;
        } else {
            from = at + 1;
        }
    }
    pieces.push(rest.trim());
    pieces
}

/// Whether a text begins with a format's name, or with what looks like a slip of one.
fn begins_a_report(text: &str) -> bool {
    let end = text.find([',', '=']).unwrap_or(text.len());
    let word = text[..end].trim();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let looks_like_one = !word.is_empty() && word.chars().all(plain);
    word.parse::<Format>().is_ok() || looks_like_one && text[end..].starts_with('=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn places(texts: &[&str], folder: Option<&str>) -> Vec<String> {
        let wanted: Vec<Wanted> = texts.iter().map(|text| text.parse().unwrap()).collect();
        targets(&wanted, folder.map(Path::new))
            .iter()
            .map(|it| format!("{}={}", it.format, it.path.display()))
            .collect()
    }

    #[rstest]
    #[case(&["junit=a.xml"], None, &["junit=a.xml"])]
    #[case(&["junit,tap", "json=-"], None, &["junit=sharecheck-report/junit.xml", "tap=sharecheck-report/report.tap", "json=-"])]
    #[case(&["junit, tap=x.tap"], Some("out"), &["junit=out/junit.xml", "tap=x.tap"])]
    #[case(&["junit=a,b.xml,json=c=d.json"], None, &["junit=a,b.xml", "json=c=d.json"])]
    #[case(&["junit=a,json"], Some("out"), &["junit=a", "json=out/report.json"])]
    #[case(&[], None, &[])]
    #[case(&[], Some("out"), &["json=out/report.json", "junit=out/junit.xml", "markdown=out/summary.md", "html=out/report.html"])]
    fn a_report_without_a_path_goes_into_the_folder(
        #[case] texts: &[&str],
        #[case] folder: Option<&str>,
        #[case] expected: &[&str],
    ) {
        assert_eq!(places(texts, folder), expected);
    }

    #[rstest]
    #[case("junti", "did you mean junit?")]
    #[case("junit,", "no report format")]
    #[case("junit,jsn", "did you mean json?")]
    #[case("junit=a.xml,jsn=b.json", "did you mean json?")]
    #[case("junit=", "the path is missing")]
    fn a_slip_is_told(#[case] text: &str, #[case] expected: &str) {
        let error = text.parse::<Wanted>().unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_paths_of_a_file_go_from_its_folder() {
        let placed = placed("junit=a,b.xml,json=-,tap,sarif=/c", Path::new("ci"));
        assert_eq!(placed, "junit=ci/a,b.xml,json=-,tap,sarif=/c");
    }
}
