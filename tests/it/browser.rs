//! The page for browsers, in a real one: this writes the pages, `tests/browser/report.test.mjs` looks at them.

use crate::bench::sharecheck;
use sharecheck::model::report::Report;
use sharecheck::render::{Format, Style, render};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The browser, unless `SHARECHECK_CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

#[test]
fn the_page_works_in_a_browser() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    prerequisites(&scripts);
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", "report.test.mjs"])
        .current_dir(&scripts)
        .env("PAGES", pages())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("fail 0") && !told.contains("pass 0"),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A missing prerequisite is told, never silently green.
fn prerequisites(scripts: &Path) {
    let chromium = std::env::var_os("SHARECHECK_CHROMIUM").map_or(CHROMIUM.into(), PathBuf::from);
    assert!(
        chromium.exists(),
        "there is no {}: install Chromium (on Debian: apt-get install chromium), or name it in SHARECHECK_CHROMIUM",
        chromium.display()
    );
    assert!(
        crate::bench::has("node"),
        "there is no node: install Node.js 20 or newer (on Debian: apt-get install nodejs npm)"
    );
    assert!(
        scripts.join("node_modules/playwright-core").exists(),
        "playwright-core is not there: run npm ci in tests/browser"
    );
}

/// A folder with the sample, which the snapshot of its JSON holds, real runs (a fault, v5, and one that is right), and what
/// differs between two of them.
fn pages() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&folder).unwrap();
    let snapshot = include_str!("../../snapshots/render.json.snap");
    let (_, sample) = snapshot.split_once("\n---\n").unwrap();
    let sample: Report = serde_json::from_str(sample).unwrap();
    let page = render(Format::Html, &sample, &Style::default());
    std::fs::write(folder.join("sample.html"), page).unwrap();
    run(&folder, "append", "run", 1);
    run(&folder, "legacy-answer", "v5", 1);
    run(&folder, "", "correct", 0);
    let diff = sharecheck(&folder)
        .args(["diff", "correct.json", "run.json", "--format", "html"])
        .output()
        .unwrap();
    std::fs::write(folder.join("diff.html"), diff.stdout).unwrap();
    folder
}

/// Runs the suite against the built-in custodian with this fault, or with none, and writes page and report by this name.
fn run(folder: &Path, fault: &str, name: &str, expected: i32) {
    let run = sharecheck(folder)
        .args(["run", "--no-progress", "--seed", "1"])
        .arg(format!("--reference={fault}"))
        .arg(format!("--report=html={name}.html"))
        .arg(format!("--report=json={name}.json"))
        .output()
        .unwrap();
    let said = crate::bench::complaint(&run);
    assert_eq!(crate::bench::code(&run), expected, "{said}");
}
