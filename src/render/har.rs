//! The exchanges as an HTTP archive, version 1.2: a page for each case. Bodies and headers are those of the
//! report, with symbols in place of secrets and shares.

use super::curl::address;
use super::visible;
use crate::contract::body::SECRET_HEADER;
use crate::exchange::Exchange;
use crate::model::report::{CaseResult, Report};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

pub(super) fn render(report: &Report) -> String {
    let start = humantime::parse_rfc3339(&report.run.started_at).unwrap_or(SystemTime::UNIX_EPOCH);
    let pages: Vec<Value> = report.cases.iter().map(|case| page(case, start)).collect();
    let mut entries: Vec<(u64, Value)> = report
        .cases
        .iter()
        .flat_map(|case| {
            case.exchanges
                .iter()
                .map(move |it| (it.started_us, entry(report, case, it, start)))
        })
        .collect();
    entries.sort_by_key(|(started, _)| *started);
    let entries: Vec<Value> = entries.into_iter().map(|(_, entry)| entry).collect();
    visible::json(&json!({ "log": {
        "version": "1.2",
        "creator": { "name": report.tool.name, "version": report.tool.version },
        "pages": pages,
        "entries": entries,
        "comment": "secrets and shares are replaced by symbols; long bodies are cut",
    } }))
}

fn page(case: &CaseResult, start: SystemTime) -> Value {
    let first = case
        .exchanges
        .iter()
        .map(|it| it.started_us)
        .min()
        .unwrap_or_default();
    json!({
        "startedDateTime": date(start, first),
        "id": case.id,
        "title": case.title,
        "pageTimings": { "onContentLoad": -1, "onLoad": -1 },
        "comment": case.status.name(),
    })
}

fn entry(report: &Report, case: &CaseResult, exchange: &Exchange, start: SystemTime) -> Value {
    let sent = &exchange.sent;
    let oddity = sent.oddity.as_deref().unwrap_or_default();
    let kind = oddity
        .split_once("content type: ")
        .map_or("application/json", |(_, kind)| kind);
    let mut headers = vec![
        json!({ "name": "Accept", "value": "application/json" }),
        json!({ "name": "Content-Type", "value": kind }),
    ];
    if !oddity.contains("secret: missing") {
        let value = if oddity.contains("secret: ") {
            "‹spoiled secret›"
        } else {
            "‹secret›"
        };
        headers.push(json!({ "name": SECRET_HEADER, "value": value }));
    }
    let time = ms(exchange.elapsed_us());
    let mut entry = json!({
        "pageref": case.id,
        "startedDateTime": date(start, exchange.started_us),
        "time": time,
        "request": {
            "method": "POST",
            "url": address(&report.run.target, sent.webhook),
            "httpVersion": "",
            "cookies": [],
            "headers": headers,
            "queryString": [],
            "postData": { "mimeType": kind, "params": [], "text": sent.body },
            "headersSize": -1,
            "bodySize": sent.bytes,
        },
        "response": response(exchange),
        "cache": {},
        "timings": { "send": 0, "wait": time, "receive": 0 },
    });
    if !oddity.is_empty() {
        entry["comment"] = json!(oddity);
    }
    entry
}

fn response(exchange: &Exchange) -> Value {
    let (status, kind, headers, body, bytes) = match &exchange.outcome {
        Ok(reply) => {
            let kind = reply.content_type.as_deref();
            let mut headers: Vec<Value> = reply
                .headers
                .iter()
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            headers.extend(kind.map(|kind| json!({ "name": "content-type", "value": kind })));
            (
                reply.status,
                kind,
                headers,
                reply.body.as_str(),
                i64::try_from(reply.bytes).unwrap_or(-1),
            )
        }
        Err(_) => (0, None, Vec::new(), "", -1),
    };
    let location = exchange
        .reply()
        .and_then(|reply| reply.headers.get("location"));
    let mut response = json!({
        "status": status,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": headers,
        "content": { "size": bytes.max(0), "mimeType": kind.unwrap_or("x-unknown"), "text": body },
        "redirectURL": location.map_or("", String::as_str),
        "headersSize": -1,
        "bodySize": bytes,
    });
    if let Err(trouble) = &exchange.outcome {
        response["_error"] = json!(trouble.to_string());
    }
    response
}

/// A date as ISO 8601 has it.
fn date(start: SystemTime, us: u64) -> String {
    humantime::format_rfc3339_micros(start + Duration::from_micros(us)).to_string()
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "microseconds of one request")]
fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
