//! What the binary writes when a run is over: where it goes, what GitHub gets by itself, what a statement is
//! refused for; and that trouble with a file changes no verdict.

use crate::bench::{As, Custodian, SECRET, code, complaint, sharecheck, told};
use serde_json::Value;
use sharecheck::reference::Fault;
use std::path::Path;
use std::process::{Command, Output};

/// A run of a few cases that break, against a custodian of its own.
struct Broken {
    folder: tempfile::TempDir,
    custodian: Custodian,
}

impl Broken {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            custodian: Custodian::start(&As {
                fault: Some(Fault::Append),
                ..As::default()
            }),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sharecheck(self.folder.path());
        command
            .env("SHARECHECK_SECRET", SECRET)
            .args(["run", "--no-progress", "--url", &self.custodian.url])
            .args(["replace.same-method.passkey"])
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn files(&self, below: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join(below)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn a_folder_alone_gets_the_usual_reports() {
    let broken = Broken::new();
    let output = broken.run(&["--report-dir", "out"]);
    assert_eq!(code(&output), 1);
    let usual = [
        "junit.xml",
        "report.html",
        "report.json",
        "residue.json",
        "summary.md",
    ];
    assert_eq!(broken.files("out"), usual);
    assert_eq!(broken.files("."), ["out"]);
}

#[test]
fn a_variable_takes_a_list_and_a_folder() {
    let broken = Broken::new();
    let output = broken
        .command(&[])
        .env("SHARECHECK_REPORT", "junit=a,b.xml,tap")
        .env("SHARECHECK_REPORT_DIR", "out")
        .output()
        .unwrap();
    assert_eq!(code(&output), 1, "{}", complaint(&output));
    assert!(broken.read("a,b.xml").contains("<testsuites"));
    assert!(broken.read("out/report.tap").starts_with("TAP version 14"));
}

#[test]
fn a_file_of_settings_places_its_reports() {
    let broken = Broken::new();
    let ci = broken.folder.path().join("ci");
    std::fs::create_dir(&ci).unwrap();
    let text = "report = [\"junit=a.xml,tap\", \"json=b.json\"]\nreport-dir = \"out\"\n";
    std::fs::write(ci.join("sharecheck.toml"), text).unwrap();
    let output = broken.run(&["--config", "ci/sharecheck.toml"]);
    assert_eq!(code(&output), 1, "{}", complaint(&output));
    assert_eq!(broken.files("ci/out"), ["report.tap"]);
    assert!(!broken.read("ci/a.xml").is_empty() && !broken.read("ci/b.json").is_empty());
}

#[test]
fn github_gets_a_page_and_annotations_by_itself() {
    let broken = Broken::new();
    let summary = broken.folder.path().join("summary.md");
    std::fs::write(&summary, "another command's\n").unwrap();
    let run = |arguments: &[&str]| {
        let output = broken
            .command(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &summary)
            .output()
            .unwrap();
        assert_eq!(code(&output), 1);
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run(&[]);
    let page = broken.read("summary.md");
    assert!(page.starts_with("another command's\n## ❌"), "{page}");
    let lines: Vec<&str> = said.lines().collect();
    let word = lines[0].strip_prefix("::stop-commands::").unwrap();
    let resumed = lines.iter().position(|line| *line == format!("::{word}::"));
    let (people, commands) = lines.split_at(resumed.unwrap() + 1);
    assert!(people.iter().any(|line| line.starts_with("broken ")));
    assert!(commands[0].starts_with("::error title=replace.same-method"));

    let quiet = run(&["--no-ci-integration"]);
    assert!(!quiet.contains("::error") && !quiet.contains("::stop-commands"));
    assert_eq!(broken.read("summary.md"), page);

    let machine = run(&["--format", "json"]);
    assert!(serde_json::from_str::<Value>(&machine).is_ok());
    assert!(broken.read("summary.md").len() > page.len());

    std::fs::write(&summary, "x".repeat((1 << 20) - 1500)).unwrap();
    run(&[]);
    let full = broken.read("summary.md");
    assert!(full.len() <= 1 << 20 && full.contains("Cut here"));
}

#[test]
fn nothing_is_done_for_github_elsewhere() {
    let broken = Broken::new();
    let summary = broken.folder.path().join("summary.md");
    let output = broken
        .command(&[])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("::error"));
    assert!(!summary.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_changes_no_verdict() {
    use std::os::unix::fs::FileTypeExt as _;
    let broken = Broken::new();
    let output = broken.run(&["--report", "json=/dev/full,junit=a.xml"]);
    let said = complaint(&output);
    assert!(said.contains("cannot write /dev/full: No space left on device"));
    assert!(said.contains("the verdict stands"), "{said}");
    assert_eq!(code(&output), 1);
    assert!(broken.read("a.xml").contains("<testsuites"));
    let device = std::fs::metadata("/dev/full").unwrap();
    assert!(device.file_type().is_char_device());
    assert!(!broken.read("residue.json").is_empty(), "beside a file");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_finished_leaves_the_old_one_and_no_part() {
    let broken = Broken::new();
    std::fs::write(broken.folder.path().join("report.json"), "old").unwrap();
    let inner = broken.command(&["--report", "json=report.json,tap=a.tap"]);
    // Files may grow to a kilobyte or two: the JSON does not fit.
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(broken.folder.path())
        .env("SHARECHECK_SECRET", SECRET);
    let output = limited.output().unwrap();
    let said = complaint(&output);
    assert!(said.contains("cannot write report.json: "), "{said}");
    assert_eq!(code(&output), 1);
    assert_eq!(broken.read("report.json"), "old");
    let parts = broken.files(".").into_iter();
    assert_eq!(parts.filter(|name| name.contains(".part")).count(), 0);
}

fn reference(folder: &Path, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .arg("run")
        .args(arguments)
        .args(["--reference"])
        .args([
            "--no-progress",
            "--report-dir",
            ".",
            "--badge",
            "badge.json",
        ])
        .args(["--statement", "statement.json"])
        .output()
        .unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn no_two_files_are_written_to_one_place_and_a_refused_run_empties_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log"), "an older run's").unwrap();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    for more in [
        ["--report", "json=deep/../log"],
        ["--residue", "./log"],
        ["--badge", "log"],
        ["--client-id", "c"],
    ] {
        let mut arguments = vec!["run", "--log-run", "log", "--url", "http://a.example"];
        arguments.extend(more);
        let output = sharecheck(folder.path()).args(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{}", told(&output, &[]));
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        assert_eq!(log, "an older run's", "{more:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_nobody_could_be_told_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full");
        sharecheck(folder.path())
            .args(["run", "--reference", "replace.same-method", "--no-progress"])
            .args(arguments)
            .stdout(full.unwrap())
            .output()
            .unwrap()
    };
    let alone = run(&[]);
    assert_eq!(code(&alone), 3);
    assert!(told(&alone, &[]).contains("cannot write to standard output"));
    assert_eq!(code(&run(&["--report", "json=report.json"])), 0);
}

#[test]
fn a_whole_run_makes_a_statement_bound_to_its_report() {
    use sha2::{Digest as _, Sha256};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let image = format!("registry.example.com/custodian@sha256:{}", "ab".repeat(32));
    let output = reference(folder.path(), &["--statement-subject", &image]);
    assert_eq!(code(&output), 0, "{}", complaint(&output));
    let statement = json(&at("statement.json"));
    let report = std::fs::read(at("report.json")).unwrap();
    let digest = format!("{:x}", Sha256::digest(report));
    assert_eq!(statement["subject"][1]["digest"]["sha256"], digest);
    assert_eq!(
        statement["subject"][0]["name"],
        "registry.example.com/custodian"
    );
    let badge = json(&at("badge.json"))["message"].take();
    assert_eq!(badge, "v6 conforms, as far as it was looked at");
    let list = sharecheck(folder.path())
        .args(["list", "--format", "json"])
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let suite = &statement["predicate"]["configuration"][0]["digest"]["sha256"];
    assert_eq!(*suite, list["suite"], "an auditor can look it up");
}

#[test]
fn a_filtered_run_makes_no_statement() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let own = "[[case]]\nid = \"own.fetch\"\ntitle = \"A fetch\"\nrequirement = \"fetch.empty\"\nsteps = [{ fetch = { expect = [] } }]\n";
    std::fs::write(at("own.toml"), own).unwrap();
    for filter in [
        &["replace"][..],
        &["--skip", "replace"],
        &["--level", "required"],
        &["--cases", "own.toml", "--only-own-cases"],
    ] {
        let output = reference(folder.path(), filter);
        assert_eq!(code(&output), 2, "{filter:?}: {}", complaint(&output));
        assert!(
            complaint(&output).contains("no statement: only a part"),
            "{filter:?}"
        );
        assert!(!at("statement.json").exists() && !at("report.json").exists());
    }
}

#[test]
fn a_run_without_a_result_makes_no_statement_and_leaves_no_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("statement.json"), "of another run").unwrap();
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "-u", "http://127.0.0.1:9", "--no-progress"])
        .args([
            "--report",
            "json=report.json",
            "--statement",
            "statement.json",
        ])
        .args(["--badge", "badge.json"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 3);
    let said = complaint(&output);
    assert!(
        said.contains("no statement: the run came to no result"),
        "{said}"
    );
    assert!(!at("statement.json").exists() && at("report.json").exists());
    assert_eq!(json(&at("badge.json"))["message"], "v6 could not test");
}

#[test]
fn junit_keeps_its_schema_for_a_reader_that_is_not_ours() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/junit.xsd");
    let folder = tempfile::tempdir().unwrap();
    for fault in [&[][..], &["append"], &["fetch-v5-row-only"]] {
        let output = sharecheck(folder.path())
            .args([
                "run",
                "--no-progress",
                "--quiet",
                "--report=junit=junit.xml",
            ])
            .arg("--reference")
            .args(fault)
            .output()
            .unwrap();
        assert!([0, 1].contains(&code(&output)), "{}", complaint(&output));
        let read = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(&schema)
            .arg(folder.path().join("junit.xml"))
            .output()
            .expect("xmllint, on Debian in the package libxml2-utils");
        assert!(read.status.success(), "{}", complaint(&read));
    }
}

#[test]
fn what_needs_a_place_points_at_the_users_own_file() {
    let broken = Broken::new();
    let at = |name: &str| broken.folder.path().join(name);
    let places = |inside: &str, arguments: &[&str]| {
        let mut command = broken.command(&["--report", "sarif=a.sarif,gitlab=a.json,github=a.txt"]);
        command.current_dir(at(inside)).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(code(&output), 1, "{}", complaint(&output));
        let sarif = json(&at(inside).join("a.sarif"));
        let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        let gitlab = json(&at(inside).join("a.json"));
        let github = std::fs::read_to_string(at(inside).join("a.txt")).unwrap();
        let file = github.split_once("::error file=").map(|(_, it)| it);
        let file = file.map(|it| it.split(',').next().unwrap().to_owned());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&location["artifactLocation"]["uri"]),
            text(&gitlab[0]["location"]["path"]),
            file,
        )
    };
    let all = |path: &str| (path.to_owned(), path.to_owned(), Some(path.to_owned()));
    // No file anywhere: the name that it would have, and on GitHub the job itself.
    let nowhere = "sharecheck.toml".to_owned();
    assert_eq!(places(".", &[]), (nowhere.clone(), nowhere, None));
    std::fs::create_dir_all(at(".git")).unwrap();
    std::fs::create_dir_all(at("ci/deep")).unwrap();
    std::fs::write(at("ci/sharecheck.toml"), "").unwrap();
    std::fs::write(at("ci/other.toml"), "").unwrap();
    std::fs::write(at("ci/backup.ts"), "").unwrap();
    assert_eq!(places("ci/deep", &[]), all("ci/sharecheck.toml"));
    let other = ["--config", "../other.toml"];
    assert_eq!(places("ci/deep", &other), all("ci/other.toml"));
    let named = ["--annotate-file", "../backup.ts"];
    assert_eq!(places("ci/deep", &named), all("ci/backup.ts"));
    std::fs::write(at("ci/sharecheck.toml"), "annotate-file = \"backup.ts\"\n").unwrap();
    assert_eq!(places("ci/deep", &[]), all("ci/backup.ts"));
    let output = broken.run(&["--annotate-file", "no-such.ts"]);
    assert_eq!(code(&output), 2, "{}", complaint(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_is_required_and_missing_is_told_last_and_is_exit_3() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = sharecheck(folder.path());
        command.args(["run", "--no-progress", "--report", "json=/dev/full"]);
        command.args(["--reference"]).args(arguments);
        let output = command.output().unwrap();
        let said = complaint(&output);
        let last = said.lines().last().unwrap_or_default().to_owned();
        assert!(
            last.starts_with("error: cannot write /dev/full: "),
            "{said}"
        );
        (code(&output), last)
    };
    let one = "replace.same-method.passkey";
    assert_eq!(run(&[one]).0, 0);
    let (exit, last) = run(&[one, "--report-required"]);
    assert!(
        exit == 3 && last.ends_with("the report is required: exit 3"),
        "{last}"
    );
    // What weighs more stays.
    assert_eq!(run(&["append", one, "--report-required"]).0, 1);
    std::fs::write(
        folder.path().join("sharecheck.toml"),
        "report-required = true\n",
    )
    .unwrap();
    assert_eq!(run(&[one, "-q"]).0, 3);
    let written = sharecheck(folder.path())
        .args(["run", "--reference", one, "--log-run", "run.ndjson", "-q"])
        .output()
        .unwrap();
    assert_eq!(code(&written), 0, "nothing is missing");
    let judged = sharecheck(folder.path())
        .args(["judge", "run.ndjson", "--report", "json=/dev/full"])
        .arg("--report-required")
        .output()
        .unwrap();
    assert_eq!(code(&judged), 3, "{}", complaint(&judged));
}

#[test]
fn a_quiet_run_speaks_of_nothing_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args(["run", "--reference", "fetch.isolated", "-q"])
        .args(["--client-id", "only-one"])
        .output()
        .unwrap();
    let said = told(&output, &[]);
    assert_eq!(code(&output), 4, "{said}");
    assert!(
        !said.contains("above") && said.contains("fetch.isolated"),
        "{said}"
    );
}

#[test]
fn the_page_for_a_job_is_read_as_plain_text_too() {
    let broken = Broken::new();
    broken.run(&["--report", "markdown=summary.md"]);
    let page = broken.read("summary.md");
    let (told, folded) = page.split_once("<details>").unwrap();
    assert!(!told.contains('&') && !told.contains("<code>"), "{told}");
    assert!(
        told.contains("7 fetch") || told.contains("4 fetch"),
        "the story: {told}"
    );
    assert!(
        !told.contains("curl ") && folded.contains("curl "),
        "{page}"
    );
}
