//! The bodies that tell of a user share, read.

use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::call::Via;
use crate::client::Progress;

/// No method is longer than this where it is kept; in characters.
const METHOD: usize = 200;

/// No body names more pairs; a wallet has one a curve.
const PAIRS: usize = 64;

/// No id of a pair is longer where it is kept; in characters.
const ID: usize = 100;

/// What a body says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) success: Option<bool>,
    pub(crate) progress: Option<Progress>,
    pub(crate) method: Option<String>,
    pub(crate) pair_ids: Vec<String>,
}

/// Reads a body; beside what it says stands why it is of no use, if it is not.
pub(crate) fn read(via: Via, body: &[u8]) -> (Said, Result<(), Refusal>) {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        let refusal = Refusal::unusable("the body must be a JSON object");
        return (Said::default(), Err(refusal));
    };
    match via {
        Via::V1 | Via::V2 => stored(via, &body),
        Via::Pairs => pairs(&body),
    }
}

fn stored(via: Via, body: &Map<String, Value>) -> (Said, Result<(), Refusal>) {
    let method = body.get("backupMethod").and_then(Value::as_str);
    let method = method.filter(|method| !method.is_empty());
    let said = Said {
        success: body.get("success").and_then(Value::as_bool),
        method: method.map(|method| cut(method, METHOD)),
        ..Said::default()
    };
    let odd = body.get("backupMethod").is_some_and(|it| !it.is_null()) && method.is_none();
    let refused = if said.success.is_none() {
        Err(Refusal::unusable("success must be true or false"))
    } else if via == Via::V2 && method.is_none() {
        Err(Refusal::unusable(
            "backupMethod is missing: v2 wants the method by which the share was backed up",
        ))
    } else if odd {
        Err(Refusal::unusable("backupMethod must be a text"))
    } else {
        Ok(())
    };
    (said, refused)
}

fn pairs(body: &Map<String, Value>) -> (Said, Result<(), Refusal>) {
    let status = body.get("status").and_then(Value::as_str);
    let progress = status.and_then(Progress::told);
    let ids = body.get("backupSharePairIds").and_then(Value::as_array);
    let texts = ids.into_iter().flatten().filter_map(Value::as_str);
    let pair_ids: Vec<String> = texts.take(PAIRS).map(|id| cut(id, ID)).collect();
    let whole = ids.is_some_and(|ids| !ids.is_empty() && ids.len() == pair_ids.len());
    let refused = if progress.is_none() {
        Err(Refusal::unusable(
            "status must be STORED_CLIENT_BACKUP_SHARE_KEY or STORED_CLIENT_BACKUP_SHARE",
        ))
    } else if whole {
        Ok(())
    } else {
        Err(Refusal::unusable(format!(
            "backupSharePairIds must hold the ids of the pairs, {PAIRS} at most"
        )))
    };
    let said = Said {
        success: (progress == Some(Progress::ClientShare)).then_some(true),
        progress,
        method: None,
        pair_ids,
    };
    (said, refused)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::bare(Via::V2, r#"{"success":true,"backupMethod":"GDRIVE"}"#, true)]
    #[case::curve(Via::V2, r#"{"success":true,"backupMethod":"GDRIVE-ED25519"}"#, true)]
    #[case::failure(Via::V2, r#"{"success":false,"backupMethod":"NEW"}"#, true)]
    #[case::more(
        Via::V2,
        r#"{"success":true,"backupMethod":"A","isMultiBackupEnabled":true}"#,
        true
    )]
    #[case::no_method(Via::V2, r#"{"success":true}"#, false)]
    #[case::null_method(Via::V2, r#"{"success":true,"backupMethod":null}"#, false)]
    #[case::empty_method(Via::V2, r#"{"success":true,"backupMethod":""}"#, false)]
    #[case::number_method(Via::V1, r#"{"success":true,"backupMethod":7}"#, false)]
    #[case::no_success(Via::V2, r#"{"backupMethod":"GDRIVE"}"#, false)]
    #[case::text_success(Via::V2, r#"{"success":"true","backupMethod":"GDRIVE"}"#, false)]
    #[case::v1(Via::V1, r#"{"success":true}"#, true)]
    #[case::array(Via::V2, "[]", false)]
    #[case::broken(Via::V1, "{", false)]
    #[case::nothing(Via::V1, "", false)]
    #[case::pairs(
        Via::Pairs,
        r#"{"status":"STORED_CLIENT_BACKUP_SHARE","backupSharePairIds":["a"]}"#,
        true
    )]
    #[case::key(
        Via::Pairs,
        r#"{"status":"STORED_CLIENT_BACKUP_SHARE_KEY","backupSharePairIds":["a","b"]}"#,
        true
    )]
    #[case::not_ours_to_say(
        Via::Pairs,
        r#"{"status":"STORED_CUSTODIAN_BACKUP_SHARE","backupSharePairIds":["a"]}"#,
        false
    )]
    #[case::no_pair(
        Via::Pairs,
        r#"{"status":"STORED_CLIENT_BACKUP_SHARE","backupSharePairIds":[]}"#,
        false
    )]
    #[case::odd_pair(
        Via::Pairs,
        r#"{"status":"STORED_CLIENT_BACKUP_SHARE","backupSharePairIds":["a",7]}"#,
        false
    )]
    fn a_body_is_of_use_or_says_why_not(#[case] via: Via, #[case] body: &str, #[case] fits: bool) {
        let (_, refused) = read(via, body.as_bytes());
        assert_eq!(refused.is_ok(), fits, "{refused:?}");
    }

    #[test]
    fn the_key_alone_is_no_success() {
        let body = br#"{"status":"STORED_CLIENT_BACKUP_SHARE_KEY","backupSharePairIds":["a"]}"#;
        let (said, _) = read(Via::Pairs, body);
        assert_eq!(
            (said.success, said.progress),
            (None, Some(Progress::ClientShareKey))
        );
    }
}
