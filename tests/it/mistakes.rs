//! Every mistake that a first-time user can make on the command line, in the environment or in the
//! configuration: what is said is a snapshot, and it says what to type next. Nothing is sent in any of them.

use crate::bench::{SECRET, code, held, schema_text_held, sharecheck, told};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Nothing listens here, and nothing is ever sent there.
const URL: &str = "http://127.0.0.1:9";

fn shown(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command: Command = sharecheck(folder);
    command.envs(variables.iter().copied()).args(arguments);
    let output = command.output().unwrap();
    let before: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("{name}={} ", value.escape_debug()))
        .collect();
    let asked = format!("$ {}sharecheck {}", before.concat(), arguments.join(" "));
    let place = folder.display().to_string();
    let said = told(&output, &[(&place, "FOLDER")]);
    assert!(
        !said.contains("hunter2") && !said.contains(SECRET),
        "{said}"
    );
    format!("{asked}\n{said}")
}

/// Variables and arguments.
type Call<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

fn all(folder: &Path, mistakes: &[Call<'_>]) -> String {
    let texts: Vec<String> = mistakes
        .iter()
        .map(|(variables, arguments)| shown(folder, variables, arguments))
        .collect();
    texts.join("\n\n")
}

#[test]
fn mistakes_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("empty.txt", "# nobody yet\n");
    write("table.txt", "id name\ntest-1 Anna\n");
    let secret: &[(&str, &str)] = &[("SHARECHECK_SECRET", SECRET)];
    let text = all(
        folder.path(),
        &[
            (&[], &["run"]),
            (&[], &["run", "-u", URL]),
            (&[("SHARECHECK_SECRET", "")], &["run", "-u", URL]),
            (&[("SHARECHECK_SECRET", "a\nb")], &["run", "-u", URL]),
            (&[], &["run", "-u", URL, "--secret-file", "no-such-file"]),
            (secret, &["run", "-u", "localhost:3000"]),
            (secret, &["run", "-u", "example.com/portal"]),
            (secret, &["run", "-u", "ftp://example.com"]),
            (
                secret,
                &["run", "-u", "https://user:hunter2@example.com?x=1"],
            ),
            (secret, &["run", "-u", "https://staging.example.com/portal"]),
            (secret, &["run", "-u", URL, "--clients", "no-such-file"]),
            (secret, &["run", "-u", URL, "--clients", "empty.txt"]),
            (secret, &["run", "-u", URL, "--clients", "table.txt"]),
            (secret, &["run", "-u", URL, "--secret", "s3cret"]),
            (secret, &["run", "-u", URL, "replace.samemethod"]),
            (secret, &["run", "-u", URL, "--max-time", "soon"]),
            (secret, &["run", "-u", URL, "--report", "junit="]),
            (secret, &["run", "-u", URL, "--report", "junt=a.xml"]),
            (secret, &["run", "-u", URL, "--report", "junit,jsno"]),
            (secret, &["run", "-u", URL, "--report", "junit=."]),
            (
                secret,
                &["run", "-u", URL, "--report", "junit=empty.txt/a.xml"],
            ),
            (
                secret,
                &["run", "-u", URL, "--report", "junit=a.xml,tap=./a.xml"],
            ),
            (secret, &["run", "-u", URL, "--statement", "s.json"]),
            (
                secret,
                &[
                    "run",
                    "-u",
                    URL,
                    "replace",
                    "--report",
                    "json",
                    "--statement",
                    "s.json",
                ],
            ),
            (
                secret,
                &[
                    "run",
                    "-u",
                    URL,
                    "--report",
                    "json",
                    "--statement",
                    "s.json",
                    "--statement-subject",
                    "custodian:latest",
                ],
            ),
            (secret, &["run", "-u", URL, "--log-run", "."]),
            (secret, &["run", "-u", URL, "--reference"]),
            (secret, &["run", "--reference", "apend"]),
            (secret, &["run", "-u", URL, "qqq"]),
            (secret, &["rnu"]),
            (&[], &["explain", "qqq"]),
            (&[], &["serve", "--fault", "apend"]),
            (&[], &["serve", "--fault", "v5-single-keeps-first"]),
        ],
    );
    held("mistakes.flags", &text);
}

#[test]
fn a_taken_port_is_no_mistake() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args(["serve", "--port", &port])
        .output()
        .unwrap();
    let said = told(&output, &[(&port, "PORT")]);
    assert_eq!(code(&output), 3, "{said}");
    assert!(
        said.contains("error: cannot listen on 127.0.0.1:PORT: "),
        "{said}"
    );
    assert!(said.contains("next: name another --port"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_mistake_and_no_success() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["list"][..],
        &["explain", "append"],
        &["config"],
        &["completions", "bash"],
        &["run", "--reference", "--dry-run"],
        &["serve", "--list-faults"],
        &["--help"],
        &["--version"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = sharecheck(folder.path())
            .args(arguments)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let said = told(&output, &[]);
        assert_eq!(code(&output), 3, "{arguments:?}: {said}");
        assert!(
            said.contains("error: cannot write to standard output: "),
            "{said}"
        );
        assert!(said.contains("next: make room"), "{said}");
    }
    let written = sharecheck(folder.path())
        .args(["init", "--output", "/dev/full", "--force"])
        .output()
        .unwrap();
    let said = told(&written, &[]);
    assert_eq!(code(&written), 3, "{said}");
    assert!(said.contains("error: cannot write /dev/full: "), "{said}");
}

#[test]
fn mistakes_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let text = all(
        folder.path(),
        &[
            (&[("SHARECHECK_JOBS", "many")], &["run", "-u", URL]),
            (&[("SHARECHECK_STRICT", "perhaps")], &["run", "-u", URL]),
            (&[("SHARECHECK_PROFILE", "ci")], &["run", "-u", URL]),
            (&[("SHARECHECK_CONFIG", "no-such.toml")], &["run"]),
            (&[("SHARECHECK_HTTP1_1", "perhaps")], &["run"]),
            (
                &[
                    ("SHARECHECK_OPEN_CLIENTS", "1"),
                    ("SHARECHECK_SECRET", SECRET),
                ],
                &["run", "-u", "https://staging.example.com"],
            ),
        ],
    );
    held("mistakes.environment", &text);
}

#[test]
fn mistakes_in_the_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = [
        "url = \"http://127.0.0.1:9\"\njbos = 3\n",
        "max_time = \"10s\"\n",
        "secret = \"hunter2hunter2\"\n",
        "webhook-secert = \"hunter2hunter2\"\n",
        "[profile.staging]\nopen-clients = true\n",
        "adopt = \"client-1\"\n",
        "insecure = true\n",
        "provision = \"make client | tail -1\"\nprovision-shell = true\n",
        "jobs = 0\n",
        "jobs = [1, 2]\n",
        "strict = \"yes\"\n",
        "max-time = \"soon\"\n",
        "level = \"requird\"\n",
        "client-id = [\"a\", 1.5, true]\n",
        "client-id = \"a\"\nprovision = \"b\"\n",
        "header = \"no-colon-hunter2\"\n",
        "profile = \"ci\"\n",
        "url = \"http://127.0.0.1:9\n",
    ]
    .iter()
    .map(|source| {
        std::fs::write(folder.path().join("sharecheck.toml"), source).unwrap();
        format!("{source}{}", shown(folder.path(), &[], &["run"]))
    })
    .collect();
    let text = texts.join("\n\n");
    held("mistakes.config", &text);
}

#[test]
fn a_flag_goes_before_the_environment_that_before_the_profile_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let inside = folder.path().join("packages/custodian");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::write(
        folder.path().join("sharecheck.toml"),
        "url = \"https://user:hunter2@example.com/portal\"\njobs = 1\nmax-time = \"1s\"\nstrict = true\n\
         secret-file = \"secret.txt\"\nreport = [\"junit=out/report.xml\"]\nclient-id = [\"a\", \"b\"]\n\n\
         [profile.ci]\njobs = 2\nmax-time = \"2s\"\nstrict = false\n",
    )
    .unwrap();
    let variables: &[(&str, &str)] = &[
        ("SHARECHECK_JOBS", "3"),
        ("SHARECHECK_SECRET", SECRET),
        ("SHARECHECK_FAIL_FAST", "yes"),
        ("SHARECHECK_SEED", ""),
    ];
    let text = all(
        &inside,
        &[
            (&[], &["config", "--no-config"]),
            (&[], &["config"]),
            (&[], &["config", "--profile", "ci"]),
            (variables, &["config", "--profile", "ci"]),
            (&[], &["config", "--profile", "cd"]),
        ],
    );
    held("config", &text);
    let dry = |arguments: &[&str]| {
        let output = sharecheck(&inside)
            .envs(variables.iter().copied())
            .args(["run", "--dry-run", "--profile", "ci", "lifecycle"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", told(&output, &[]));
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(dry(&[]).contains("with 3 jobs") && dry(&[]).contains("from the pool"));
    assert!(dry(&["--jobs", "4"]).contains("with 4 jobs"));
    // What is typed outdoes what cannot stand beside it.
    assert!(dry(&["--provision", "x"]).contains("from the provisioning hook"));
    assert!(dry(&["--reference"]).contains("nothing was sent"));
    let output = sharecheck(&inside)
        .args(["run", "--no-config", "--dry-run", "lifecycle"])
        .output()
        .unwrap();
    assert!(told(&output, &[]).contains("made up by the run"));
}

#[test]
fn a_first_file_is_written_once_and_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = all(
        folder.path(),
        &[
            (
                &[],
                &[
                    "init",
                    "-u",
                    "https://staging.example.com/portal",
                    "--client-id",
                    "test-1,test-2",
                ],
            ),
            (&[], &["config"]),
            (&[], &["init", "-u", "http://localhost:3000"]),
            (
                &[],
                &[
                    "init",
                    "-u",
                    "https://user:hunter2@localhost:3000",
                    "--force",
                ],
            ),
            (&[], &["init", "--force"]),
            (&[], &["config"]),
        ],
    );
    held("init", &text);
    let file = std::fs::read_to_string(folder.path().join("sharecheck.toml")).unwrap();
    held("init.file", &file);
}

#[test]
fn the_schema_of_the_configuration_is_that_of_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args(["config", "--format", "schema"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    schema_text_held("config", &text);
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["url", "jobs", "client-id", "provision", "profile"] {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    for key in [
        "adopt",
        "open-clients",
        "provision-shell",
        "secret",
        "dry-run",
    ] {
        assert!(schema["properties"].get(key).is_none(), "{key}");
    }
}

#[test]
fn a_variable_that_nobody_reads_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args([
            "run",
            "--reference",
            "--dry-run",
            "-q",
            "--rate-limit",
            "1/m",
        ])
        .env("SHARECHECK_SERCET", "hunter2")
        .env("SHARECHECK_ADOPT", "c")
        .env("SHARECHECK_JOBS", "2")
        .output()
        .unwrap();
    let said = told(&output, &[]);
    let strange = "SHARECHECK_SERCET is no variable of sharecheck; did you mean SHARECHECK_SECRET?";
    assert!(said.contains(strange), "{said}");
    assert!(said.contains("SHARECHECK_ADOPT does nothing"), "{said}");
    assert!(!said.contains("SHARECHECK_JOBS") && !said.contains("hunter2"));
    assert!(said.contains("at least") && said.contains('h'), "{said}");
    assert!(!said.contains("replace.same-method"), "sums only: {said}");
    let refused = sharecheck(folder.path())
        .args(["run", "-u", "https://a.example", "--dry-run"])
        .output()
        .unwrap();
    assert_eq!(code(&refused), 2, "{}", told(&refused, &[]));
}

#[test]
fn completions_and_colours_are_given_to_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| sharecheck(folder.path()).args(arguments).output().unwrap();
    let completions = run(&["completions", "bash"]);
    assert_eq!(code(&completions), 0);
    assert!(told(&completions, &[]).contains("--log-run"));
    let coloured = run(&[
        "run",
        "--reference",
        "append",
        "replace.same-method",
        "--color",
        "always",
    ]);
    assert!(told(&coloured, &[]).contains('\u{1b}'));
    std::fs::write(folder.path().join("secret"), "\u{feff}hunter2\n").unwrap();
    let marked = run(&[
        "run",
        "--reference",
        "replace.same-method",
        "--secret-file",
        "secret",
    ]);
    assert_eq!(code(&marked), 0, "{}", told(&marked, &[]));
}

/// The help of a command and of all those below it, by their words.
fn helps(folder: &Path, command: &str, all: &mut BTreeMap<String, String>) {
    let output = sharecheck(folder)
        .args(command.split_whitespace())
        .arg("--help")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{command}");
    let help = String::from_utf8(output.stdout).unwrap();
    // Commands stand before the options, in groups or not, and arguments in brackets.
    let listed = help.lines().take_while(|line| *line != "Options:");
    let names: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(char::is_lowercase))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    for name in names {
        helps(folder, format!("{command} {name}").trim_start(), all);
    }
    all.insert(command.to_owned(), help);
}

#[test]
fn every_help_has_examples_and_their_flags_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::new();
    helps(folder.path(), "", &mut all);
    assert!(all.len() > 20, "{:?}", all.keys());
    for (command, help) in &all {
        let examples = help.split_once("\nExamples:\n");
        let (_, examples) = examples.unwrap_or_else(|| panic!("{command} shows no example"));
        let lines = examples.lines().take_while(|line| !line.is_empty());
        let typed = lines.filter_map(|line| line.split_once("sharecheck "));
        let mut own = 0;
        for (_, line) in typed {
            let of = all
                .iter()
                .rev()
                .find(|(name, _)| line.starts_with(name.as_str()));
            let (name, help) = of.unwrap();
            own += usize::from(name == command || command.is_empty());
            let flags = line.split_whitespace().filter(|word| word.starts_with('-'));
            for flag in flags.filter(|flag| *flag != "-") {
                assert!(help.contains(flag), "{command}: {flag} of {name}");
            }
        }
        let parent = all
            .keys()
            .any(|other| other.starts_with(&format!("{command} ")));
        assert!(own > 0 || parent, "{command} shows no example of its own");
    }
}

#[test]
fn the_help_names_every_variable_and_shows_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .env("SHARECHECK_URL", "https://user:hunter2@example.com")
        .env("SHARECHECK_SECRET_FILE", "hunter2")
        .args(["run", "--help"])
        .output()
        .unwrap();
    let text = told(&output, &[]);
    assert!(text.contains("SHARECHECK_URL") && text.contains("SHARECHECK_LOG_RUN"));
    assert!(!text.contains("hunter2") && !text.contains("SHARECHECK_ADOPT"));
}
