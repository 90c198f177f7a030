//! The wire as JSON Schema: what is sent and what is read, held to the files in `schemas/wire/`.

use crate::contract::answer::read;
use crate::contract::{Contract, body};
use jsonschema::Validator;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

const STORE_V5: &str = include_str!("../../../../schemas/wire/store-v5.json");
const STORE_V6: &str = include_str!("../../../../schemas/wire/store-v6.json");
const FETCH: &str = include_str!("../../../../schemas/wire/fetch.json");
const ANSWER_V5: &str = include_str!("../../../../schemas/wire/fetch-answer-v5.json");
const ANSWER_V6: &str = include_str!("../../../../schemas/wire/fetch-answer-v6.json");

fn schema(text: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

#[rstest]
#[case(STORE_V5, body::store("c", "{}", None), true)]
#[case(STORE_V6, body::store("c", "{}", Some("PASSKEY")), true)]
#[case(STORE_V6, body::store("c", "{}", None), false)]
#[case(FETCH, body::fetch("c"), true)]
fn our_own_requests_fit_their_schemas(
    #[case] text: &str,
    #[case] body: String,
    #[case] fits: bool,
) {
    let body = serde_json::from_str(&body).unwrap();
    assert_eq!(schema(text).is_valid(&body), fits);
}

/// An answer under the keys that matter, and another.
fn answers() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        "[a-z{}\"]{0,9}".prop_map(Value::String),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        let object = prop::collection::btree_map("[a-z]{1,5}", inner.clone(), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            object.prop_map(|map| json!(map)),
        ]
    });
    let key = prop::sample::select(vec!["backupShares", "backupShare", "updatedAt"]);
    prop::collection::btree_map(key, value, 0..4).prop_map(|map| json!(map))
}

proptest! {
    /// The reader tells by itself what is wrong, so that nothing of an answer gets into its words; it comes to the same as
    /// the schemas.
    #[test]
    fn what_is_read_of_an_answer_is_what_its_schema_says(answer in answers()) {
        let read = read(answer.to_string().as_bytes());
        let sound = |contract| read.fault.is_none() && read.form.lacks(contract).is_none();
        prop_assert_eq!(sound(Contract::V6), schema(ANSWER_V6).is_valid(&answer));
        // Under v5 a null says that there is no share; and where the array of v6 is there, that is what is read.
        if answer.get("backupShares").is_none() && answer.get("backupShare") != Some(&Value::Null) {
            prop_assert_eq!(sound(Contract::V5), schema(ANSWER_V5).is_valid(&answer));
        }
    }
}
