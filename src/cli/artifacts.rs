//! The files that a run writes: each whole or not at all, and none that shows a secret or somebody's share.

use super::BadInput;
use secrecy::{ExposeSecret, SecretString};
use sharecheck::exchange::{Redactor, Strangers};
use std::path::{Path, PathBuf};

/// The files that a run has written, and what none of them may hold.
pub(crate) struct Artifacts {
    redactor: Redactor,
    written: Vec<PathBuf>,
    withheld: bool,
}

/// A text that would have shown a secret or somebody's share, and so is not there: our own bug.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leak(pub(crate) Vec<String>);

impl Leak {
    /// Of our own bug.
    pub(crate) const EXIT_CODE: u8 = 70;

    /// In a line.
    pub(crate) fn message(&self) -> String {
        format!(
            "bug in sharecheck: a secret or somebody's share got into {} and was removed with it; please report this",
            self.0.join(", ")
        )
    }
}

impl Artifacts {
    /// None yet.
    pub(crate) fn new(secrets: &[SecretString], strangers: &Strangers) -> Self {
        Self {
            redactor: Redactor::new(secrets.iter().map(ExposeSecret::expose_secret))
                .telling(strangers),
            written: Vec::new(),
            withheld: false,
        }
    }

    /// Writes a file so that a reader sees the old text or the new one, never a part.
    pub(crate) fn write(&mut self, path: &Path, text: &str) -> Result<(), BadInput> {
        self.keep(path);
        write_whole(path, text)
            .map_err(|error| BadInput(format!("cannot write {}: {error}", path.display())))
    }

    /// Counts a file that was written elsewhere.
    pub(crate) fn keep(&mut self, path: &Path) {
        self.written.push(path.to_owned());
    }

    /// Prints a text, unless it shows what it must not.
    pub(crate) fn show(&mut self, text: &str, print: fn(&str)) {
        if self.is_clean(text) {
            print(text);
        } else {
            self.withheld = true;
        }
    }

    /// Whether a text may be shown.
    fn is_clean(&self, text: &str) -> bool {
        !self.redactor.leaks(text) && !self.redactor.strangers().shown_in(text)
    }

    /// Reads every file back and removes those that show what they must not; tells of them and of what was not printed.
    pub(crate) fn scan(&self) -> Result<(), Leak> {
        let mut leaks: Vec<String> = self
            .withheld
            .then(|| "the output".to_owned())
            .into_iter()
            .collect();
        for path in &self.written {
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
            Err(Leak(leaks))
        }
    }
}

/// Writes a file so that a reader sees the old text or the new one, never a part.
pub(crate) fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

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
        let Leak(leaks) = artifacts.scan().unwrap_err();
        assert_eq!(leaks.len(), 2);
        assert!(folder.path().join("fine").exists());
        assert!(!folder.path().join("plain").exists() && !folder.path().join("encoded").exists());
        assert_eq!(artifacts.scan(), Ok(()));
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
