//! The built-in custodian with several faults at once, as the command line asks for them.

use crate::bench::{code, sharecheck};

fn said(arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path()).args(arguments).output().unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (code(&output), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn faults_that_rule_each_other_out_are_bad_input() {
    let reason = "the faults append and keep-first cannot be had together: ";
    for arguments in [
        &["serve", "--fault", "append", "--fault", "keep-first"][..],
        &["serve", "--fault", "append,keep-first"],
        &["run", "--reference", "append,keep-first"],
    ] {
        let (code, said) = said(arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_wrong_name_in_a_list_is_bad_input() {
    let (code, said) = said(&["run", "--reference", "append,emty-404"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("did you mean \"empty-404\"?"), "{said}");
}

#[test]
fn a_run_against_two_faults_fails_with_both() {
    let (code, said) = said(&[
        "run",
        "--reference",
        "append,share-trimmed",
        "replace.same-method",
        "share.verbatim",
        "--no-progress",
    ]);
    assert_eq!(code, 1, "{said}");
    for requirement in ["replace.same-method", "share.verbatim"] {
        assert!(said.contains(requirement), "{said}");
    }
}

#[test]
fn faults_are_listed_by_layer() {
    let (code, said) = said(&["serve", "--list-faults"]);
    assert_eq!(code, 0, "{said}");
    let heads = said
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(' '));
    let heads: Vec<&str> = heads.filter_map(|line| line.split(':').next()).collect();
    let layers = [
        "front", "door", "ids", "body", "text", "storage", "others", "time",
    ];
    assert_eq!(heads, layers);
}
