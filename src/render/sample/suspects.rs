//! Faults that a run may look like.

use super::HOSTILE;
use crate::model::remedy::{Fix, Remedy, Stack};
use crate::model::report::{Diagnosis, Suspect};

/// One fault with another that looks the same, and one with text that is meant to break a format.
pub(super) fn suspected() -> Vec<Diagnosis> {
    let suspect = |fault: &str, says: &str| Suspect {
        fault: fault.to_owned(),
        says: says.to_owned(),
    };
    let fix = |stack, applies: Option<&str>, code: &str| Fix {
        stack,
        applies: applies.map(str::to_owned),
        code: code.to_owned(),
    };
    let remedy = |title: &str, mind: &str, fixes| Remedy {
        id: "upsert".to_owned(),
        title: title.to_owned(),
        faults: Vec::new(),
        requirements: Vec::new(),
        mind: vec![mind.to_owned()],
        fixes,
    };
    vec![
        Diagnosis {
            suspect: suspect(
                "append",
                "the custodian keeps every share: nothing is replaced",
            ),
            alike: vec![suspect("keep-two", "the custodian keeps two shares")],
            agree: 7,
            of: 8,
            unexplained: 3,
            remedies: vec![remedy(
                "One upsert",
                "Null equals nothing.",
                vec![
                    fix(Stack::Sql, Some("SQLite"), "INSERT INTO t VALUES (1);\n"),
                    fix(Stack::Prisma, None, "share.upsert({\n  where,\n});\n"),
                ],
            )],
        },
        Diagnosis {
            suspect: suspect("hostile", HOSTILE),
            alike: Vec::new(),
            agree: 1,
            of: 1,
            unexplained: 2,
            remedies: vec![remedy(
                HOSTILE,
                HOSTILE,
                vec![fix(Stack::Express, Some(HOSTILE), HOSTILE)],
            )],
        },
    ]
}
