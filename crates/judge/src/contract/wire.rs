//! The wire as JSON Schema: the files in `schemas/wire/`, embedded, and whether a body fits one.

use crate::contract::Contract;
use crate::contract::malformed::Malformed;
use jsonschema::Validator;
use serde_json::Value;
use std::sync::OnceLock;

/// Why a fetch answer does not fit the schema of its contract; instance values are masked.
pub fn fetch_answer_error(contract: Contract, answer: &Value) -> Option<Malformed> {
    static V5: OnceLock<Option<Validator>> = OnceLock::new();
    static V6: OnceLock<Option<Validator>> = OnceLock::new();
    let validator = match contract {
        Contract::V5 => {
            V5.get_or_init(|| compile(include_str!("../../../../schemas/wire/fetch-answer-v5.json")))
        }
        Contract::V6 => {
            V6.get_or_init(|| compile(include_str!("../../../../schemas/wire/fetch-answer-v6.json")))
        }
    };
    let error = validator.as_ref()?.iter_errors(answer).next()?;
    let at = error.instance_path().to_string();
    let at = if at.is_empty() { "/" } else { &at };
    let what = error.masked_with("‹value›");
    Some(Malformed::Schema(format!("{what} at {at}")))
}

fn compile(schema: &str) -> Option<Validator> {
    jsonschema::validator_for(&serde_json::from_str(schema).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::body;
    use serde_json::json;

    #[test]
    fn answers_are_held_to_the_schema_of_their_contract() {
        let v6 = |answer| fetch_answer_error(Contract::V6, &answer);
        assert_eq!(v6(json!({ "backupShares": ["a"], "extra": 1 })), None);
        assert_eq!(v6(json!({ "backupShares": [] })), None);
        let error = v6(json!({ "backupShares": [{ "share": "a secret share" }] }));
        let error = error.unwrap().to_string();
        assert!(
            error.contains("/backupShares/0") && !error.contains("a secret"),
            "{error}"
        );
        assert!(v6(json!({ "backupShare": "a" })).is_some());
        let v5 = |answer| fetch_answer_error(Contract::V5, &answer);
        assert_eq!(v5(json!({ "backupShare": "a" })), None);
        assert!(v5(json!({ "backupShares": ["a"] })).is_some());
    }

    #[test]
    fn our_own_requests_fit_the_request_schemas() {
        let fits = |schema: &str, body: &str| {
            compile(schema)
                .unwrap()
                .is_valid(&serde_json::from_str(body).unwrap())
        };
        let (v5, v6) = (
            include_str!("../../../../schemas/wire/store-v5.json"),
            include_str!("../../../../schemas/wire/store-v6.json"),
        );
        assert!(fits(v5, &body::store("c", "{}", None)));
        assert!(fits(v6, &body::store("c", "{}", Some("PASSKEY"))));
        assert!(!fits(v6, &body::store("c", "{}", None)));
        assert!(fits(
            include_str!("../../../../schemas/wire/fetch.json"),
            &body::fetch("c")
        ));
    }
}
