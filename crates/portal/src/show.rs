//! Clients as the API's answers have them.

use std::time::SystemTime;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::{Client, Pair, Wallet};

/// What is answered to whoever has made a client.
pub(crate) fn made(client: &Client) -> Value {
    json!({
        "id": client.id,
        "clientApiKey": client.api_key.expose_secret(),
        "clientSessionToken": client.session_token.expose_secret(),
        "isAccountAbstracted": client.is_account_abstracted,
    })
}

/// The answer to a new session.
pub(crate) fn session(client: &Client) -> Value {
    json!({
        "id": client.id,
        "clientSessionToken": client.session_token.expose_secret(),
        "isAccountAbstracted": client.is_account_abstracted,
    })
}

/// A client in v1.
pub(crate) fn v1(client: &Client) -> Value {
    json!({
        "id": client.id,
        "address": Value::Null,
        "clientApiKey": client.api_key.expose_secret(),
        "isAccountAbstracted": client.is_account_abstracted,
    })
}

/// A client in v3.
pub(crate) fn v3(client: &Client) -> Value {
    json!({
        "id": client.id,
        "createdAt": time(client.created),
        "custodian": { "id": "sharecheck", "name": "A local Portal" },
        "environment": { "id": "local", "name": "Local" },
        "ejectedAt": Value::Null,
        "isAccountAbstracted": client.is_account_abstracted,
        "metadata": { "namespaces": {} },
        "wallets": client.wallets.iter().map(wallet).collect::<Vec<_>>(),
    })
}

fn wallet(wallet: &Wallet) -> Value {
    json!({
        "id": wallet.id,
        "createdAt": time(wallet.created),
        "curve": wallet.curve,
        "publicKey": Value::Null,
        "backupSharePairs": wallet.pairs.iter().map(pair).collect::<Vec<_>>(),
        "signingSharePairs": [],
    })
}

fn pair(pair: &Pair) -> Value {
    json!({
        "id": pair.id,
        "createdAt": time(pair.created),
        "backupMethod": pair.method,
        "status": pair.progress.name(),
    })
}

fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}
