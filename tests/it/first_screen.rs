//! What somebody sees who looks at the first screen of the output only: the answer, the cause, what proves it, what to do.

use crate::bench::sharecheck;
use rstest::rstest;

/// As many lines as a small terminal has.
const SCREEN: usize = 24;

fn first_screen(fault: &str, columns: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .env("COLUMNS", columns)
        .args(["run", "--no-progress", "--seed", "1"])
        .arg(format!("--reference={fault}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = said.lines().take(SCREEN).collect();
    // A command and the verdict stand on a line each, however long.
    let prose = |line: &&&str| !line.contains("  again  ") && !line.contains(" · exit ");
    let longest = lines.iter().filter(prose);
    let longest = longest.map(|line| line.chars().count()).max();
    assert!(longest <= columns.parse().ok(), "{said}");
    lines.join("\n")
}

#[rstest]
#[case::replaces_nothing("append", "A new share does not replace the old one.")]
#[case::no_secret("secret-missing-allowed", "A request without the secret is served.")]
#[case::other_methods("wipe-others", "A fetch does not bring all shares of the client.")]
#[case::refuses_v5("v5-refused", "A v5 store is not taken.")]
#[case::not_found("store-404", "Stores are not acknowledged.")]
#[case::not_migrated(
    "legacy-answer",
    "A fetch is not answered with an array `backupShares`."
)]
fn the_first_screen_has_answer_cause_proof_and_mend(
    #[case] fault: &str,
    #[case] cause: &str,
    #[values("80", "120")] columns: &str,
) {
    let said = first_screen(fault, columns);
    assert!(
        said.contains("May we set isMultiBackupEnabled? No."),
        "{said}"
    );
    let headline = said.lines().find(|line| line.starts_with("broken "));
    assert!(headline.is_some_and(|line| line.contains(cause)), "{said}");
    for part in ["✕ ", "  mend   "] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[rstest]
fn the_first_screen_of_a_yes_says_what_was_not_looked_at(#[values("80", "120")] columns: &str) {
    let said = first_screen("", columns);
    assert!(
        said.contains("isMultiBackupEnabled? Yes, as far as it was looked at."),
        "{said}"
    );
    for id in ["v5.survives-migration", "durable.restart"] {
        assert!(said.contains(id), "{said}");
    }
}
