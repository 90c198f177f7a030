//! The exchanges as an HTTP archive, version 1.2: a page for each case. Bodies and headers are those of the
//! report, with symbols in place of secrets and shares.

use super::curl::address;
use super::visible;
use crate::contract::body::SECRET_HEADER;
use crate::exchange::{Exchange, Reply, Secret};
use crate::model::report::{CaseResult, Report};
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// What stands in every archive where we have nothing to say.
const NOTHING: [(); 0] = [];

#[derive(Serialize)]
struct Archive<'a> {
    log: Log<'a>,
}

#[derive(Serialize)]
struct Log<'a> {
    version: &'static str,
    creator: Creator<'a>,
    pages: Vec<Page<'a>>,
    entries: Vec<Entry<'a>>,
    comment: &'static str,
}

#[derive(Serialize)]
struct Creator<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    started_date_time: String,
    id: &'a str,
    title: &'a str,
    #[serde(rename = "pageTimings")]
    timings: PageTimings,
    comment: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageTimings {
    on_content_load: i8,
    on_load: i8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    pageref: &'a str,
    started_date_time: String,
    time: f64,
    request: Request<'a>,
    response: Response<'a>,
    cache: Cache,
    timings: Timings,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
struct Cache {}

#[derive(Serialize)]
struct Timings {
    send: u8,
    wait: f64,
    receive: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method: &'a str,
    url: String,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Header<'a>>,
    query_string: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    headers_size: i8,
    body_size: usize,
}

#[derive(Serialize)]
struct Header<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'a> {
    mime_type: &'a str,
    params: [(); 0],
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Header<'a>>,
    content: Content<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'a str,
    headers_size: i8,
    body_size: i64,
    /// As browsers write it.
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    size: i64,
    mime_type: &'a str,
    text: &'a str,
}

pub(super) fn render(report: &Report) -> String {
    let start = humantime::parse_rfc3339(&report.run.started_at).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut sent: Vec<(&CaseResult, &Exchange)> = report
        .cases
        .iter()
        .flat_map(|case| case.exchanges.iter().map(move |it| (case, it)))
        .collect();
    sent.sort_by_key(|(_, exchange)| exchange.started_us);
    visible::json(&Archive {
        log: Log {
            version: "1.2",
            creator: Creator {
                name: &report.tool.name,
                version: &report.tool.version,
            },
            pages: report.cases.iter().map(|case| page(case, start)).collect(),
            entries: sent
                .into_iter()
                .map(|(case, exchange)| entry(report, case, exchange, start))
                .collect(),
            comment: "secrets and shares are replaced by symbols; long bodies are cut",
        },
    })
}

fn page(case: &CaseResult, start: SystemTime) -> Page<'_> {
    let first = case.exchanges.iter().map(|it| it.started_us).min();
    Page {
        started_date_time: date(start, first.unwrap_or_default()),
        id: &case.id,
        title: &case.title,
        timings: PageTimings {
            on_content_load: -1,
            on_load: -1,
        },
        comment: case.status.name(),
    }
}

fn entry<'a>(
    report: &Report,
    case: &'a CaseResult,
    exchange: &'a Exchange,
    start: SystemTime,
) -> Entry<'a> {
    let time = ms(exchange.elapsed_us());
    Entry {
        pageref: &case.id,
        started_date_time: date(start, exchange.started_us),
        time,
        request: request(&report.run.target, exchange),
        response: match &exchange.outcome {
            Ok(reply) => answered(reply),
            Err(trouble) => Response {
                error: Some(trouble.to_string()),
                ..unanswered()
            },
        },
        cache: Cache {},
        timings: Timings {
            send: 0,
            wait: time,
            receive: 0,
        },
        comment: exchange.sent.oddity(),
    }
}

fn request<'a>(target: &str, exchange: &'a Exchange) -> Request<'a> {
    let sent = &exchange.sent;
    let kind = sent.content_type.as_deref().unwrap_or("application/json");
    let header = |name, value| Header { name, value };
    let mut headers = Vec::new();
    let (method, url) = if let Some(own) = &sent.own {
        // These have no body where they have none; `$USER_TOKEN` stands for a token.
        let kind = (!sent.body.is_empty()).then(|| header("Content-Type", kind));
        headers.extend(kind);
        let own_headers = own.headers.iter().filter_map(|it| it.split_once(": "));
        headers.extend(own_headers.map(|(name, value)| header(name, value)));
        (own.method.as_str(), own.url.clone())
    } else {
        headers.push(header("Accept", "application/json"));
        headers.push(header("Content-Type", kind));
        if sent.secret != Secret::Missing {
            let value = if sent.secret == Secret::Right {
                "‹secret›"
            } else {
                "‹spoiled secret›"
            };
            headers.push(header(SECRET_HEADER, value));
        }
        ("POST", address(target, sent.webhook))
    };
    let has_body = sent.own.is_none() || !sent.body.is_empty();
    Request {
        method,
        url,
        http_version: "",
        cookies: NOTHING,
        headers,
        query_string: NOTHING,
        post_data: has_body.then_some(PostData {
            mime_type: kind,
            params: NOTHING,
            text: &sent.body,
        }),
        headers_size: -1,
        body_size: sent.bytes,
    }
}

fn answered(reply: &Reply) -> Response<'_> {
    let kind = reply.content_type.as_deref();
    let mut headers: Vec<Header<'_>> = reply
        .headers
        .iter()
        .map(|(name, value)| Header { name, value })
        .collect();
    headers.extend(kind.map(|value| Header {
        name: "content-type",
        value,
    }));
    let bytes = i64::try_from(reply.bytes).unwrap_or(-1);
    Response {
        status: reply.status,
        headers,
        content: Content {
            size: bytes.max(0),
            mime_type: kind.unwrap_or("x-unknown"),
            text: &reply.body,
        },
        redirect_url: reply.headers.get("location").map_or("", String::as_str),
        body_size: bytes,
        ..unanswered()
    }
}

fn unanswered() -> Response<'static> {
    Response {
        status: 0,
        status_text: "",
        http_version: "",
        cookies: NOTHING,
        headers: Vec::new(),
        content: Content {
            size: 0,
            mime_type: "x-unknown",
            text: "",
        },
        redirect_url: "",
        headers_size: -1,
        body_size: -1,
        error: None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use serde_json::Value;

    #[test]
    fn a_request_to_an_endpoint_of_its_own_has_its_method_and_address() {
        let archive: Value = serde_json::from_str(&render(&sample::report())).unwrap();
        let entries = archive["log"]["entries"].as_array().unwrap();
        let mut own = entries.iter().map(|it| &it["request"]);
        let own = own.find(|it| it["method"] == "GET").unwrap();
        let url = "https://app.example.com/users/test-1/backup-share?backupMethod=GDRIVE";
        assert_eq!(own["url"], url);
        let header =
            serde_json::json!([{ "name": "Authorization", "value": "Bearer $USER_TOKEN" }]);
        assert_eq!(own["headers"], header);
        assert_eq!(own.get("postData"), None);
    }
}
