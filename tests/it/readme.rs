//! What the README and docs/wallets.md show on a console is what happens.

use std::path::{Path, PathBuf};

/// The first TOML of a page: what the README has its readers put into `my-cases.toml`.
fn case_of(readme: &str) -> &str {
    let start = readme.find("```toml\n").unwrap() + "```toml\n".len();
    let length = readme[start..].find("```").unwrap();
    &readme[start..start + length]
}

/// Holds a page's consoles to what happens, in a folder of their own, beside these files.
fn hold(page: &str, files: &[(&str, &str)]) {
    let commands = page.lines().filter(|line| line.starts_with("$ sharecheck"));
    assert!(commands.count() >= 2, "nothing to hold it to");
    let folder = tempfile::tempdir().unwrap();
    let copy: PathBuf = folder.path().join("page.md");
    std::fs::write(&copy, page).unwrap();
    let beside = folder.path().join("page.in");
    std::fs::create_dir(&beside).unwrap();
    for (name, text) in files {
        std::fs::write(beside.join(name), text).unwrap();
    }
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

fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_readme_shows_what_happens() {
    let readme = page("README.md");
    hold(&readme, &[("my-cases.toml", case_of(&readme))]);
}

#[test]
fn the_page_on_wallets_shows_what_happens() {
    hold(&page("docs/wallets.md"), &[]);
}
