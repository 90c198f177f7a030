//! Faults that show in the answer only.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Site;
use super::call::{Call, Route};
use super::lookup;
use crate::reference::Contract;
use crate::reference::fault::Fault;
use crate::reference::refusal::{Refusal, json_response};

/// Longer than Portal waits.
const TOO_LONG: Duration = Duration::from_secs(11);

/// Frames of a server that never was.
const FRAMES: &str = "\n    at readBody (/srv/custodian/src/webhooks/backup.ts:41:11)\
    \n    at Layer.handle [as handle_request] (/srv/custodian/node_modules/express/lib/router/layer.js:95:5)\
    \n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";

/// The answer as the fault gives it.
pub(super) async fn spoil(site: &Site, call: &Call, answer: Response) -> Response {
    let status = answer.status();
    match site.fault {
        Fault::Store204 if call.route == Route::Store && status.is_success() => {
            StatusCode::NO_CONTENT.into_response()
        }
        Fault::SlowFetch if call.route == Route::Fetch && status.is_success() => late(answer).await,
        Fault::SlowStore if call.route == Route::Store && status.is_success() => late(answer).await,
        Fault::SecretRefusedAfterStore if call.route == Route::Store && !call.honest => {
            Refusal::new(
                StatusCode::UNAUTHORIZED,
                "the webhook secret is missing or wrong",
            )
            .into_response()
        }
        Fault::Secret400 if status == StatusCode::UNAUTHORIZED => {
            with_status(answer, StatusCode::BAD_REQUEST)
        }
        Fault::Secret500Html if status == StatusCode::UNAUTHORIZED => error_page(),
        Fault::SecretEchoed if status.is_client_error() => debug_page(call, status),
        Fault::Input500 if status == StatusCode::BAD_REQUEST => {
            with_status(answer, StatusCode::INTERNAL_SERVER_ERROR)
        }
        Fault::StackTrace if status == StatusCode::BAD_REQUEST => {
            let stack = format!("BadRequestError: the body cannot be used{FRAMES}");
            json_response(
                status,
                &json!({ "error": "the body cannot be used", "stack": stack }),
            )
        }
        _ if call.route == Route::Fetch && status == StatusCode::OK => {
            found(site, call, answer).await
        }
        _ => answer,
    }
}

/// A fetch that was answered well.
async fn found(site: &Site, call: &Call, mut answer: Response) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    match site.fault {
        Fault::FetchTextPlain => {
            answer.headers_mut().insert(CONTENT_TYPE, plain);
            answer
        }
        Fault::ArrayOfObjects if site.contract == Contract::V6 => {
            with_methods(site, call).await.into_response()
        }
        Fault::V5SingleAppendArray => all_in_one(site, call).await.into_response(),
        fault => rewritten(fault, answer).await,
    }
}

/// A fetch that found the right shares, in the wrong form.
async fn rewritten(fault: Fault, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let changed = match body["backupShares"].as_array() {
        Some(shares) => in_v6(fault, shares),
        None => Ok(in_v5(fault, &body["backupShare"])),
    };
    match changed {
        Ok(Some(changed)) => json_response(parts.status, &changed),
        Ok(None) => Response::from_parts(parts, Body::from(bytes)),
        Err(refusal) => refusal.into_response(),
    }
}

fn in_v6(fault: Fault, shares: &[Value]) -> Result<Option<Value>, Refusal> {
    let empty = shares.is_empty();
    Ok(Some(match fault {
        Fault::ShareAsObject => {
            json!({ "backupShares": shares.iter().map(parsed).collect::<Value>() })
        }
        Fault::V6WriteOnly => json!({ "backupShare": shares.first() }),
        Fault::ArrayAsString => json!({ "backupShares": json!(shares).to_string() }),
        Fault::SingleAsString if shares.len() == 1 => json!({ "backupShares": shares[0] }),
        Fault::BothKeys => json!({ "backupShares": shares, "backupShare": shares.last() }),
        Fault::EmptyNull if empty => json!({ "backupShares": null }),
        Fault::Empty404 if empty => return Err(Refusal::new(StatusCode::NOT_FOUND, "no share")),
        Fault::Empty500 if empty => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err(Refusal::new(status, "cannot read properties of undefined"));
        }
        _ => return Ok(None),
    }))
}

fn in_v5(fault: Fault, share: &Value) -> Option<Value> {
    match fault {
        Fault::ShareAsObject => Some(json!({ "backupShare": parsed(share) })),
        Fault::V5SingleWrongKey => Some(json!({ "share": share })),
        _ => None,
    }
}

async fn with_methods(site: &Site, call: &Call) -> Result<Response, Refusal> {
    let found = lookup::rows(&site.store, call.client().unwrap_or_default()).await?;
    let object =
        |found: &lookup::Found| json!({ "backupMethod": found.method, "share": found.share });
    let body = json!({ "backupShares": found.iter().map(object).collect::<Value>() });
    Ok(json_response(StatusCode::OK, &body))
}

async fn all_in_one(site: &Site, call: &Call) -> Result<Response, Refusal> {
    let found = lookup::rows(&site.store, call.client().unwrap_or_default()).await?;
    let body = json!({ "backupShare": found.iter().map(|found| &found.share).collect::<Vec<_>>() });
    Ok(json_response(StatusCode::OK, &body))
}

async fn late(answer: Response) -> Response {
    tokio::time::sleep(TOO_LONG).await;
    answer
}

fn with_status(mut answer: Response, status: StatusCode) -> Response {
    *answer.status_mut() = status;
    answer
}

fn error_page() -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Error</title></head>\n<body>\n\
         <pre>UnauthorizedError: invalid webhook secret{FRAMES}</pre>\n</body>\n</html>\n"
    );
    html(StatusCode::INTERNAL_SERVER_ERROR, page)
}

fn debug_page(call: &Call, status: StatusCode) -> Response {
    let mut page =
        format!("<!DOCTYPE html>\n<title>{status}</title>\n<h2>Request headers</h2>\n<pre>");
    for (name, value) in &call.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        page.extend([name.as_str(), ": ", &value, "\n"]);
    }
    page.push_str("</pre>\n");
    html(status, page)
}

fn html(status: StatusCode, page: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut answer = Response::new(Body::from(page));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn parsed(share: &Value) -> Value {
    let text = share.as_str().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| share.clone())
}
