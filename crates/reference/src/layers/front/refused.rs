//! How a refusal is told: its status, and what stands beside it.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::html;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::layers::Site;
use crate::layers::call::Call;
use crate::refusal::json_response;

/// Frames of a server that never was.
const FRAMES: &str = "\n    at readBody (/srv/custodian/src/webhooks/backup.ts:41:11)\
    \n    at Layer.handle [as handle_request] (/srv/custodian/node_modules/express/lib/router/layer.js:95:5)\
    \n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";

/// The refusal as the caller gets it.
pub(super) fn told(site: &Site, call: &Call, answer: Response) -> Response {
    let status = answer.status();
    let unusable = status == StatusCode::BAD_REQUEST;
    let wrong_secret = status == StatusCode::UNAUTHORIZED;
    if wrong_secret && site.has(Fault::Secret500Html) {
        return error_page();
    }
    let mut answer = if status.is_client_error() && site.has(Fault::SecretEchoed) {
        debug_page(call, status)
    } else if unusable && site.has(Fault::StackTrace) {
        stack(status)
    } else if status.is_client_error() {
        told_freely(site, call, answer)
    } else {
        answer
    };
    if wrong_secret && site.has(Fault::Secret400) {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
    } else if unusable && site.has(Fault::Input500) {
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    } else if unusable && site.takes(Freedom::Unusable409) {
        *answer.status_mut() = StatusCode::CONFLICT;
    } else if unusable && site.takes(Freedom::Unusable422) {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    answer
}

/// A refusal in another form.
fn told_freely(site: &Site, call: &Call, answer: Response) -> Response {
    let status = answer.status();
    if site.takes(Freedom::RefusalEmpty) {
        let mut bare = Response::new(Body::empty());
        *bare.status_mut() = status;
        return bare;
    }
    if site.takes(Freedom::RefusalHtml) {
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{status}</title></head>\n\
             <body><h1>{status}</h1></body>\n</html>\n"
        );
        return html(status, page);
    }
    if site.takes(Freedom::RefusalRepeats) && status == StatusCode::BAD_REQUEST {
        let given = String::from_utf8_lossy(&call.body);
        let body = json!({ "error": "the body cannot be used", "body": given });
        return json_response(status, &body);
    }
    answer
}

fn stack(status: StatusCode) -> Response {
    let stack = format!("BadRequestError: the body cannot be used{FRAMES}");
    let body = json!({ "error": "the body cannot be used", "stack": stack });
    json_response(status, &body)
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
    for (name, value) in call.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        page.extend([name.as_str(), ": ", &value, "\n"]);
    }
    page.push_str("</pre>\n");
    html(status, page)
}
