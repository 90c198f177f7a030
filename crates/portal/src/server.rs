//! The routes: in go requests, out come answers.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, patch, post, put};
use serde_json::{Value, json};

use crate::answer::{Refusal, json_response, no_content};
use crate::call::{Bearer, Via};
use crate::client::Client;
use crate::journal::Entry;
use crate::mood::Mood;
use crate::show;
use crate::state::{Answer, Portal};

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// How long a request is let hang that is not answered.
const HANGS: Duration = Duration::from_mins(5);

/// The most clients that one page of v3 shows.
const PAGE: usize = 100;

/// All routes, and further ones.
pub(crate) fn router(portal: Portal, more: Option<Router>) -> Router {
    let own = Router::new()
        .route("/api/v3/custodians/me/clients", post(make).get(list_v3))
        .route("/api/v3/custodians/me/clients/{id}", get(one_v3))
        // The documentation has it in the plural too.
        .route("/api/v3/custodians/me/clients/{id}/session", post(session))
        .route("/api/v3/custodians/me/clients/{id}/sessions", post(session))
        .route("/api/v1/custodians/clients", post(make).get(list_v1))
        .route("/api/v1/custodians/clients/{id}", get(one_v1))
        .route("/api/v1/custodians/clients/{id}/session", post(session))
        .route("/api/v3/clients/me", get(me))
        .route(Via::V1.path(), put(told_v1))
        .route(Via::V2.path(), put(told_v2))
        .route(Via::Pairs.path(), patch(told_pairs))
        .with_state(portal);
    let all = match more {
        Some(more) => own.merge(more),
        None => own,
    };
    all.fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "no such path") })
        .method_not_allowed_fallback(|| async {
            let message = "this path is not for this method";
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message)
        })
}

async fn make(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    let body = whole(body).await?;
    let client = Client {
        is_account_abstracted: abstracted(&body)?,
        ..Client::new()
    };
    let answer = show::made(&client);
    portal
        .add_client(client)
        .map_err(|full| Refusal::new(StatusCode::INSUFFICIENT_STORAGE, full.to_string()))?;
    Ok(json_response(StatusCode::OK, &answer))
}

/// What the body of a request for a client says of it; there may be no body.
fn abstracted(body: &[u8]) -> Result<bool, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(false);
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err(Refusal::unusable("the body must be a JSON object"));
    };
    match body.get("isAccountAbstracted") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(is)) => Ok(*is),
        Some(Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => Err(
            Refusal::unusable("isAccountAbstracted must be true or false"),
        ),
    }
}

async fn session(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    abstracted(&whole(body).await?)?;
    let client = portal.new_session(&id).ok_or_else(no_client)?;
    Ok(json_response(StatusCode::OK, &show::session(&client)))
}

async fn one_v3(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    let client = portal.client(&id).ok_or_else(no_client)?;
    Ok(json_response(StatusCode::OK, &show::v3(&client)))
}

async fn one_v1(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    let client = portal.client(&id).ok_or_else(no_client)?;
    Ok(json_response(StatusCode::OK, &show::v1(&client)))
}

async fn list_v3(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    let take = match asked(&uri, "take") {
        None => PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|take| (1..=PAGE).contains(take))
            .ok_or_else(|| Refusal::unusable("take must be a whole number from 1 to 100"))?,
    };
    let (page, total) = portal
        .page(asked(&uri, "cursor"), take)
        .ok_or_else(|| Refusal::unusable("cursor must be the id of a client"))?;
    let cursor = page.last().filter(|_| page.len() == take);
    let answer = json!({
        "results": page.iter().map(show::v3).collect::<Vec<_>>(),
        "metadata": { "cursor": cursor.map(|client| &client.id), "take": take, "total": total },
    });
    Ok(json_response(StatusCode::OK, &answer))
}

async fn list_v1(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    custodian(&portal, &entry, &headers)?;
    let all = portal.clients().iter().map(show::v1).collect();
    Ok(json_response(StatusCode::OK, &Value::Array(all)))
}

async fn me(
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
) -> Response {
    let bearer = portal.bearer(&headers);
    entry.note_bearer(&bearer);
    let answer = portal.shown(&bearer, &headers);
    given(&portal, &entry, &bearer, answer).await
}

async fn told_v1(
    state: State<Portal>,
    entry: Extension<Entry>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    told(Via::V1, state, entry, headers, body).await
}

async fn told_v2(
    state: State<Portal>,
    entry: Extension<Entry>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    told(Via::V2, state, entry, headers, body).await
}

async fn told_pairs(
    state: State<Portal>,
    entry: Extension<Entry>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    told(Via::Pairs, state, entry, headers, body).await
}

async fn told(
    via: Via,
    State(portal): State<Portal>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match whole(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let bearer = portal.bearer(&headers);
    entry.note_bearer(&bearer);
    let (call, answer) = portal.told(via, &bearer, &headers, &body);
    entry.note_call(&call);
    portal.before_this(call).await;
    given(&portal, &entry, &bearer, answer).await
}

/// The answer, or none for a long time: as of a server that is started anew, it ends when Portal is well again.
async fn given(portal: &Portal, entry: &Entry, bearer: &Bearer, answer: Answer) -> Response {
    match answer {
        Answer::NoContent => no_content(),
        Answer::Json(body) => json_response(StatusCode::OK, &body),
        Answer::Refused(refusal) => refusal.into_response(),
        Answer::Nothing => {
            entry.write(0);
            tokio::select! {
                () = tokio::time::sleep(HANGS) => {}
                () = portal.closed() => {}
                () = portal.recovers(bearer) => {}
            }
            Refusal::new(StatusCode::GATEWAY_TIMEOUT, Mood::Hangs.name()).into_response()
        }
    }
}

/// Lets in who brings the custodian's key.
fn custodian(portal: &Portal, entry: &Entry, headers: &HeaderMap) -> Result<(), Refusal> {
    let bearer = portal.bearer(headers);
    entry.note_bearer(&bearer);
    let why = match bearer {
        Bearer::Custodian => return portal.paced(headers),
        Bearer::Client(_) => "this is a client's key: these paths want the custodian's",
        Bearer::Unknown(_) => "nobody has this key: is it the one that the local Portal was given?",
        Bearer::None => "Authorization: Bearer with the custodian's key is missing",
    };
    Err(Refusal::new(StatusCode::UNAUTHORIZED, why))
}

fn no_client() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is no client of this id")
}

async fn whole(body: Body) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is longer than 64 KiB, or broke off",
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive within 10 s",
        )),
    }
}

/// The value of a key in the query, as it was sent.
fn asked<'a>(uri: &'a Uri, key: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&');
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.find(|(it, _)| *it == key).map(|(_, value)| value)
}
