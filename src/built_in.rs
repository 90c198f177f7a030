//! The built-in custodian as a run meets it where it looks at wallets: what its own endpoints are sent, and how clients become
//! users whom the local Portal knows.

use crate::pipeline::execute::{Enrol, UserHalf};
use crate::portal::{Client, Portal};
use crate::reference::Running;
use crate::user_share::{Endpoints, Mistake};
use crate::users::{User, Users};
use secrecy::ExposeSecret as _;
use std::sync::Arc;

/// What its own endpoints are sent, as `sharecheck.toml` would tell it.
const ENDPOINTS: &str = r#"
[user-share.store]
method = "PUT"
path = "/users/{user}/backup-share"
headers = { Authorization = "Bearer {token}" }
body = { backupMethod = "{method}", cipherText = "{cipher_text}" }

[user-share.fetch]
method = "GET"
path = "/users/{user}/backup-share?backupMethod={method}"
headers = { Authorization = "Bearer {token}" }
answer = "/cipherText"
none = [404]
"#;

/// Its own endpoints.
pub fn endpoints() -> Result<Endpoints, Mistake> {
    ENDPOINTS.parse()
}

/// Has a run make users of its clients, whom Portal knows.
pub fn enrolling(half: UserHalf, custodian: &Arc<Running>, portal: &Portal) -> UserHalf {
    let enrol = enrol(Arc::clone(custodian), portal.clone(), half.users.clone());
    UserHalf {
        portal: Some(portal.clone()),
        enrol: Some(enrol),
        ..half
    }
}

fn enrol(custodian: Arc<Running>, portal: Portal, users: Users) -> Arc<Enrol> {
    Arc::new(move |id: String| {
        let (custodian, users, portal) = (Arc::clone(&custodian), users.clone(), portal.clone());
        Box::pin(async move {
            if portal.api_key(&id).is_none() {
                let added = portal.add_client(Client::known_as(id.clone()));
                added.map_err(|error| error.to_string())?;
            }
            let key = portal.api_key(&id).unwrap_or_default();
            let token = custodian.enrol(&id, key.expose_secret()).await;
            let token = token.map_err(|error| error.to_string())?;
            users.remember(User {
                client_id: id.clone(),
                user: id,
                token: Some(token.into()),
            });
            Ok(())
        })
    })
}
