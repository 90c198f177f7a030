//! What a fetch shows of a client before anything is written to it: nothing, what is ours, or what could be somebody's.

use super::Delivery;
use crate::contract::body;
use crate::contract::share::{Maker, maker};
use crate::exchange::{Trouble, is_somebodys};

/// What an opening fetch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The custodian is not there.
    Unreachable(Trouble),
    /// The client holds nothing.
    Empty,
    /// It holds what earlier runs left.
    Ours,
    /// It holds what could be somebody's share.
    Somebodys,
    /// A success that shows no share and does not say that there is none, such as `{}`; in words.
    Untold(String),
    /// No answer to a fetch at all: this came in its place.
    Nothing(String),
}

/// What the fetch of a client's shares shows.
pub fn sight(id: &str, delivery: &Delivery) -> Sight {
    let reply = match &delivery.outcome {
        Ok(reply) => reply,
        Err(trouble) if trouble.is_unreachable() => return Sight::Unreachable(trouble.clone()),
        Err(trouble) => return Sight::Nothing(trouble.to_string()),
    };
    let answer = reply.answer();
    let says_none = answer.says_none();
    let fault = answer.fault.as_ref().map(ToString::to_string);
    let fault = fault.unwrap_or_default();
    let status = answer.status.unwrap_or(reply.status);
    let texts: Vec<String> = answer.all().collect();
    if texts
        .iter()
        .any(|text| is_somebodys(&body::fetch(id), text))
    {
        return Sight::Somebodys;
    }
    if texts.iter().any(|text| maker(text) != Maker::Somebody) {
        return Sight::Ours;
    }
    let html = reply.body.trim_ascii_start().starts_with(b"<");
    match status {
        200..300 if says_none => Sight::Empty,
        200..300 if html => Sight::Nothing("an HTML page".to_owned()),
        status @ 200..300 => Sight::Untold(format!("{status}, but {fault}")),
        // A client without shares, or one that the custodian does not know.
        400 | 404 | 410 | 422 if !html => Sight::Empty,
        status if html => Sight::Nothing(format!("{status} and an HTML page")),
        status => Sight::Nothing(status.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::{self, Shape};
    use crate::exchange::RawReply;
    use rstest::rstest;
    use std::time::Instant;

    fn seen(status: u16, body: &str) -> Sight {
        let reply = RawReply {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        let now = Instant::now();
        sight(
            "test-client-1",
            &Delivery {
                outcome: Ok(reply),
                reused: false,
                started: now,
                ended: now,
            },
        )
    }

    fn untold(what: &str) -> Sight {
        Sight::Untold(what.to_owned())
    }

    #[rstest]
    #[case(200, "{\"backupShares\":[]}", Sight::Empty)]
    #[case(200, "{\"backupShare\":null}", Sight::Empty)]
    #[case(200, "{\"backupShares\":null}", Sight::Empty)]
    #[case(200, "{}", untold("200, but the answer has no backupShares"))]
    #[case(
        200,
        "{\"error\":\"no such client\"}",
        untold("200, but the answer has no backupShares")
    )]
    #[case(
        200,
        "{\"backupShares\":false}",
        untold("200, but backupShares is a boolean, not an array")
    )]
    #[case(
        200,
        "{\"backupShares\":[",
        untold("200, but the answer's JSON breaks off before its end")
    )]
    #[case(
        200,
        "{\"statusCode\":200,\"body\":\"{\\\"backupShares\\\":[]}\"}",
        Sight::Empty
    )]
    #[case(200, "{\"statusCode\":500,\"body\":\"no\"}", Sight::Nothing("500".to_owned()))]
    #[case(200, "[]", untold("200, but the answer is an array, not an object"))]
    #[case(204, "", untold("204, but the answer is empty"))]
    #[case(201, " \r\n", untold("201, but the answer is empty"))]
    #[case(200, "hello", untold("200, but the answer is no JSON"))]
    #[case(404, "{\"error\":\"no such client\"}", Sight::Empty)]
    #[case(404, "Not Found", Sight::Empty)]
    #[case(200, "{\"backupShares\":[\"undefined\"]}", Sight::Ours)]
    #[case(200, "{\"backupShares\":[\"{\\\"p\\\":1}\"]}", Sight::Somebodys)]
    #[case(
        200,
        "{\"backupShares\":[],\"backupShare\":\"{\\\"p\\\":1}\"}",
        Sight::Somebodys
    )]
    #[case(500, "{\"backupShare\":\"{\\\"p\\\":1}\"}", Sight::Somebodys)]
    #[case(200, "<!doctype html>", Sight::Nothing("an HTML page".to_owned()))]
    #[case(404, " <html>", Sight::Nothing("404 and an HTML page".to_owned()))]
    #[case(404, r#"{"sent":"{\"clientId\":\"test-client-1\"}"}"#, Sight::Empty)]
    #[case(500, "{}", Sight::Nothing("500".to_owned()))]
    #[case(401, "{}", Sight::Nothing("401".to_owned()))]
    #[case(302, "", Sight::Nothing("302".to_owned()))]
    #[case(429, "", Sight::Nothing("429".to_owned()))]
    fn an_answer_shows_shares_or_none_or_neither(
        #[case] status: u16,
        #[case] body: &str,
        #[case] expected: Sight,
    ) {
        assert_eq!(seen(status, body), expected);
    }

    #[test]
    fn our_own_share_is_no_reason_to_stop() {
        let text = share::text("0a1b2c3d", 1, 2, Shape::Plain);
        let body = serde_json::json!({ "backupShares": [text] }).to_string();
        assert_eq!(seen(200, &body), Sight::Ours);
    }
}
