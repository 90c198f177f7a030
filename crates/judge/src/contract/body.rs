//! The JSON bodies of the two webhooks, as Portal writes them.

use serde_json::json;

/// The path of the store webhook, below the custodian's base URL.
pub const BACKUP: &str = "/backup";

/// The path of the fetch webhook, below the custodian's base URL.
pub const FETCH: &str = "/backup/fetch";

/// The header that carries the secret on both webhooks.
pub const SECRET_HEADER: &str = "X-Webhook-Secret";

/// The body of a store: a v5 one without `method`, a v6 one with it.
pub fn store(client_id: &str, share: &str, method: Option<&str>) -> String {
    match method {
        Some(method) => {
            json!({ "clientId": client_id, "share": share, "backupMethod": method }).to_string()
        }
        None => json!({ "clientId": client_id, "share": share }).to_string(),
    }
}

/// The body of a fetch, the same in both versions.
pub fn fetch(client_id: &str) -> String {
    json!({ "clientId": client_id }).to_string()
}
