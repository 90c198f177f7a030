//! The files that a run writes: each whole or not at all, and none that shows a secret or somebody's share.

use super::Error;
use secrecy::{ExposeSecret, SecretString};
use sharecheck::exchange::{Redactor, Strangers};
use sharecheck::render::unpacked;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

/// The files that a run has written, and what none of them may hold.
pub(crate) struct Artifacts {
    redactor: Redactor,
    written: Vec<PathBuf>,
    withheld: Vec<String>,
}

impl Artifacts {
    /// None yet.
    pub(crate) fn new(secrets: &[SecretString], strangers: &Strangers) -> Self {
        Self {
            redactor: Redactor::new(secrets.iter().map(ExposeSecret::expose_secret))
                .telling(strangers),
            written: Vec::new(),
            withheld: Vec::new(),
        }
    }

    /// Writes a file so that a reader sees the old text or the new one, never a part.
    pub(crate) fn write(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        if !self.is_clean(text) {
            self.withheld.push(path.display().to_string());
            forget(path);
            return Ok(());
        }
        self.keep(path);
        write_whole(path, text).map_err(|cause| Error::unwritable(path, cause))
    }

    /// Adds to the end of a file that others write to as well: all of the text, or nothing of it.
    pub(crate) fn append(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        if !self.is_clean(text) {
            self.withheld.push(path.display().to_string());
            return Ok(());
        }
        append_whole(path, text).map_err(|cause| Error::unwritable(path, cause))
    }

    /// Counts a file that was written elsewhere.
    pub(crate) fn keep(&mut self, path: &Path) {
        self.written.push(path.to_owned());
    }

    /// Prints a text, unless it shows what it must not; gives the result of the printing.
    pub(crate) fn show<T>(&mut self, text: &str, print: fn(&str) -> T) -> Option<T> {
        if self.is_clean(text) {
            return Some(print(text));
        }
        self.withheld.push("the output".to_owned());
        None
    }

    /// Whether a text may be shown.
    fn is_clean(&self, text: &str) -> bool {
        let text = unpacked(text);
        !self.redactor.leaks(&*text) && !self.redactor.strangers().shown_in(&text)
    }

    /// Reads every file back and removes those that show what they must not; tells of them and of what was withheld.
    pub(crate) fn scan(&self) -> Result<(), Error> {
        let mut leaks = self.withheld.clone();
        // A device or a pipe holds nothing that could be read back.
        for path in self.written.iter().filter(|path| path.is_file()) {
            let Ok(bytes) = std::fs::read(path) else {
                continue;
            };
            if !self.is_clean(&String::from_utf8_lossy(&bytes)) {
                // A file that cannot be removed is emptied, if that can be done.
                let _ = std::fs::remove_file(path).or_else(|_| std::fs::write(path, ""));
                leaks.push(path.display().to_string());
            }
        }
        if leaks.is_empty() {
            Ok(())
        } else {
            Err(Error::Leak(leaks))
        }
    }
}

/// Writes a file so that a reader sees the old text or the new one, never a part. A link stays and what it
/// leads to is written; a device or a pipe is written to as it is, for it cannot be replaced.
pub(crate) fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let path = &end_of(path);
    if path
        .metadata()
        .is_ok_and(|it| !it.is_file() && !it.is_dir())
    {
        return OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(text.as_bytes());
    }
    if let Some(folder) = folder_of(path) {
        std::fs::create_dir_all(folder)?;
    }
    let beside = part_of(path);
    let written = write_through(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Removes an older file that would be taken for the one that could not be written.
pub(crate) fn forget(path: &Path) {
    if path.is_file() {
        let _ = std::fs::remove_file(path);
    }
}

/// Whether a file can be written here, as far as this can be told without writing it; leaves nothing behind.
pub(crate) fn can_write(path: &Path) -> Result<(), Error> {
    let end = end_of(path);
    let there = match end.metadata() {
        Ok(it) if it.is_dir() => {
            let cause = std::io::ErrorKind::IsADirectory.into();
            return Err(Error::unwritable(path, cause));
        }
        // A device or a pipe is not opened to try it: its reader would see the end of the file.
        Ok(it) if !it.is_file() => return Ok(()),
        Ok(_) | Err(_) => folder_of(&end).unwrap_or(Path::new(".")),
    };
    // Folders that are missing will be made; the nearest that is there must take a file.
    let nearest = there.ancestors().find(|folder| folder.exists());
    let nearest = nearest.unwrap_or(Path::new("."));
    let probe = part_of(&nearest.join("probe"));
    let probed = File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe));
    probed.map_err(|cause| Error::unwritable(path, cause))
}

/// Where a path leads, the same for every spelling of it, though it may not be there yet.
pub(crate) fn place_of(path: &Path) -> std::io::Result<PathBuf> {
    let end = std::path::absolute(end_of(path))?;
    let there = end
        .ancestors()
        .find_map(|it| Some((it, it.canonicalize().ok()?)));
    let Some((there, mut place)) = there else {
        return Ok(end);
    };
    for part in end.strip_prefix(there).unwrap_or(&end).components() {
        if part == Component::ParentDir {
            place.pop();
        } else {
            place.push(part);
        }
    }
    Ok(place)
}

/// The folder of a file, unless it is the current one.
fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|it| !it.as_os_str().is_empty())
}

/// What a link leads to, though it may not be there yet; any other path as it is.
fn end_of(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.read_link()) {
        (Ok(end), Ok(_)) => end,
        (Err(_), Ok(next)) => path.with_file_name(next),
        (_, Err(_)) => path.to_owned(),
    }
}

/// Where a file is written before it takes its name.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// Writes a file down to the disk: a full one may say so only then.
fn write_through(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn append_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let before = file.metadata()?.len();
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        file.set_len(before)?;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sharecheck::model::report::Report;
    use sharecheck::render::{Format, Style, render};

    #[test]
    fn a_file_that_shows_the_secret_is_removed_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let secret = "a-long-webhook-secret";
        let mut artifacts = Artifacts::new(&[secret.into(), "short".into()], &Strangers::default());
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("x: {secret}"));
        for (name, text) in [
            ("fine", "nothing, a short word"),
            ("plain", secret),
            ("encoded", &encoded),
        ] {
            artifacts.write(&folder.path().join(name), text).unwrap();
        }
        let leaked = artifacts.scan().unwrap_err();
        assert!(
            matches!(&leaked, Error::Leak(names) if names.len() == 2),
            "{leaked}"
        );
        assert!(folder.path().join("fine").exists());
        assert!(!folder.path().join("plain").exists() && !folder.path().join("encoded").exists());
    }

    #[test]
    fn a_secret_in_what_a_page_has_packed_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (_, sample) = include_str!("../../snapshots/render.json.snap")
            .split_once("\n---\n")
            .unwrap();
        let mut report: Report = serde_json::from_str(sample).unwrap();
        report.cases[0].title = "a-long-webhook-secret".to_owned();
        let page = render(Format::Html, &report, &Style::default());
        assert!(!page.contains("a-long-webhook-secret"));
        let mut artifacts =
            Artifacts::new(&["a-long-webhook-secret".into()], &Strangers::default());
        let path = folder.path().join("report.html");
        artifacts.write(&path, &page).unwrap();
        assert!(artifacts.scan().is_err() && !path.exists());
    }

    #[test]
    fn a_file_that_was_written_elsewhere_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("run.ndjson");
        std::fs::write(&log, "a-long-webhook-secret").unwrap();
        let mut artifacts =
            Artifacts::new(&["a-long-webhook-secret".into()], &Strangers::default());
        artifacts.keep(&log);
        assert!(artifacts.scan().is_err() && !log.exists());
        assert!(artifacts.scan().is_ok());
    }

    #[test]
    fn what_others_have_written_stays_before_what_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        std::fs::write(&path, "another step's\n").unwrap();
        let mut artifacts =
            Artifacts::new(&["a-long-webhook-secret".into()], &Strangers::default());
        artifacts.append(&path, "ours\n").unwrap();
        artifacts.append(&path, "a-long-webhook-secret\n").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "another step's\nours\n");
        assert!(artifacts.scan().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("deep")).unwrap();
        for (link, end) in [("new", "deep/new.txt"), ("old", "deep/old.txt")] {
            std::os::unix::fs::symlink(end, at(link)).unwrap();
        }
        std::fs::write(at("deep/old.txt"), "before").unwrap();
        for (link, end) in [("new", "deep/new.txt"), ("old", "deep/old.txt")] {
            write_whole(&at(link), "after").unwrap();
            assert!(at(link).is_symlink(), "{link}");
            assert_eq!(std::fs::read_to_string(at(end)).unwrap(), "after");
        }
        assert_eq!(std::fs::read_dir(at("deep")).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn every_spelling_of_a_path_leads_to_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("deep")).unwrap();
        std::os::unix::fs::symlink(at("deep"), at("link")).unwrap();
        let place = place_of(&at("deep/x")).unwrap();
        for name in ["./deep/./x", "deep/../deep/x", "link/x", "deep/new/../x"] {
            assert_eq!(place_of(&at(name)).unwrap(), place, "{name}");
        }
        assert_ne!(place_of(&at("x")).unwrap(), place);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        use std::os::unix::fs::FileTypeExt as _;
        write_whole(Path::new("/dev/null"), "gone").unwrap();
        let null = std::fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
    }

    #[test]
    fn what_cannot_be_written_is_known_before_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        assert!(can_write(folder.path()).is_err(), "a folder");
        assert!(can_write(&at("file/report.xml")).is_err(), "below a file");
        assert!(can_write(&at("file")).is_ok(), "over a file");
        assert!(can_write(&at("a/b/c.xml")).is_ok(), "folders are made");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_shows_somebodys_share_is_removed_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let share = r#"{"clientId":"c","share":"90210777333111","more":"\"#;
        let strangers = Strangers::default();
        let mut artifacts = Artifacts::new(&[], &strangers);
        strangers.remember(share);
        let path = folder.path().join("report.json");
        let report = serde_json::json!({ "body": share }).to_string();
        artifacts.write(&path, &report).unwrap();
        assert!(artifacts.scan().is_err());
        assert!(!path.exists());
    }
}
