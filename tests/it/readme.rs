//! What the README shows on a console is what happens.

use std::path::{Path, PathBuf};

/// The TOML that the README has its readers put into `my-cases.toml`.
fn case_of(readme: &str) -> &str {
    let start = readme.find("```toml\n").unwrap() + "```toml\n".len();
    let length = readme[start..].find("```").unwrap();
    &readme[start..start + length]
}

#[test]
fn the_readme_shows_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let commands = readme
        .lines()
        .filter(|line| line.starts_with("$ sharecheck"));
    assert!(commands.count() >= 2, "nothing to hold it to");
    // The consoles run in a folder of their own, beside the file that the text speaks of.
    let folder = tempfile::tempdir().unwrap();
    let copy: PathBuf = folder.path().join("README.md");
    std::fs::write(&copy, &readme).unwrap();
    let beside = folder.path().join("README.in");
    std::fs::create_dir(&beside).unwrap();
    std::fs::write(beside.join("my-cases.toml"), case_of(&readme)).unwrap();
    let cases = trycmd::TestCases::new();
    cases
        .default_bin_path(trycmd::cargo::cargo_bin!("sharecheck"))
        .env("CI", "true")
        // In a job of GitHub Actions more would be said.
        .env("GITHUB_ACTIONS", "false")
        .env("COLUMNS", "100")
        .case(copy);
    cases.run();
}
