//! `selftest`: what one run cannot show is left out, and said.

use crate::bench::{code, sharecheck};

fn selftest(faults: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .arg("selftest")
        .args(faults)
        .output()
        .unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (code(&output), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_fault_that_takes_a_restart_is_left_out_and_named() {
    let (code, said) = selftest(&["append", "memory-only", "migration-drops-v5"]);
    assert_eq!(code, 0, "{said}");
    let left_out =
        "not run here: memory-only, migration-drops-v5: they take a restart or a migration";
    assert!(said.contains(left_out), "{said}");
    assert!(said.contains("proved: 1 fault,"), "{said}");
}

#[test]
fn with_such_a_fault_alone_there_is_nothing_to_run() {
    let (code, said) = selftest(&["migration-drops-v5"]);
    assert_eq!(code, 2, "{said}");
    let left_out = "error: not run here: migration-drops-v5: it takes a restart or a migration";
    assert!(said.contains(left_out), "{said}");
}
