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
fn a_custodian_that_is_correct_in_another_way_passes() {
    let (code, said) = said(&[
        "run",
        "--reference",
        "--freedom",
        "stored-201,order-reversed",
        "--freedom=unknown-client-404",
        "replace.same-method",
        "input.unknown-client",
        "--no-progress",
    ]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn freedoms_that_cannot_be_had_are_bad_input() {
    for (arguments, reason) in [
        (
            &["serve", "--freedom", "stored-201,stored-204"][..],
            "the freedoms stored-201 and stored-204 cannot be had together: ",
        ),
        (
            &["run", "--reference=store-204", "--freedom=stored-204"],
            "the fault store-204 and the freedom stored-204 cannot be had together: ",
        ),
        (
            &["serve", "--freedom", "stored-2o4"],
            "there is no freedom \"stored-2o4\", did you mean \"stored-204\"?",
        ),
        (
            &["run", "--url", "http://127.0.0.1:9", "--freedom", "gzip"],
            "cannot be used with '--freedom <NAME>'",
        ),
    ] {
        let (code, said) = said(arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn freedoms_are_listed_by_layer_and_explained() {
    let (code, said_of_all) = said(&["serve", "--list-freedoms"]);
    assert_eq!(code, 0, "{said_of_all}");
    assert!(said_of_all.contains("\nstorage: "), "{said_of_all}");
    let (code, said_of_one) = said(&["explain", "order-rotating"]);
    assert_eq!(code, 0, "{said_of_one}");
    let how = "sharecheck run --reference --freedom order-rotating";
    assert!(said_of_one.contains(how), "{said_of_one}");
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
        "front", "door", "ids", "body", "text", "storage", "others", "time", "users",
    ];
    assert_eq!(heads, layers);
}
