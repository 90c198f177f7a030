//! The users behind test clients, as the custodian's own endpoints know them: a name and a token for each client id.

use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A user of the custodian's app.
#[derive(Clone, Debug)]
pub struct User {
    /// The id of its Portal client.
    pub client_id: String,
    /// How the custodian's own endpoints call it.
    pub user: String,
    /// What its app shows to be let in.
    pub token: Option<SecretString>,
}

impl User {
    /// The user of a client of which nothing is said: known by the client's id, and without a token.
    pub fn of_client(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            user: client_id.to_owned(),
            token: None,
        }
    }

    /// Reads `clientId`, `user` and `token` of an object; the error says what it has, as the end of a sentence, and shows no
    /// value.
    pub fn of_json(object: &Value) -> Result<Self, String> {
        let id = object.get("clientId").ok_or("no clientId")?;
        let client_id = text("clientId", id)?;
        let user = match object.get("user") {
            None | Some(Value::Null) => client_id.clone(),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
            Some(Value::Number(_)) => return Err("a user that is no whole number".to_owned()),
            Some(user) => text("user", user)?,
        };
        let token = match object.get("token") {
            None | Some(Value::Null) => None,
            Some(token) => Some(self::token(token)?),
        };
        Ok(Self {
            client_id,
            user,
            token,
        })
    }
}

fn text(key: &str, value: &Value) -> Result<String, String> {
    match value.as_str() {
        None => Err(format!("a {key} that is not a string")),
        Some("") => Err(format!("an empty {key}")),
        Some(text) if text.chars().count() > LONGEST || text.chars().any(char::is_control) => Err(
            format!("a {key} that is too long or holds a control character"),
        ),
        Some(text) => Ok(text.to_owned()),
    }
}

fn token(value: &Value) -> Result<SecretString, String> {
    match value.as_str() {
        None => Err("a token that is not a string".to_owned()),
        Some("") => Err("an empty token".to_owned()),
        // Most go into a header, where nothing else can stand.
        Some(text) if text.chars().any(char::is_control) => {
            Err("a token that holds a control character".to_owned())
        }
        Some(text) => Ok(text.into()),
    }
}

/// The most characters of an id.
const LONGEST: usize = 256;

/// What is known of the users behind clients. Clones share what they know: a hook tells its clients' tokens only once the
/// run is under way, and nothing that is written after that may show one.
#[derive(Clone, Default)]
pub struct Users(Arc<Mutex<BTreeMap<String, User>>>);

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Users({})", self.lock().len())
    }
}

impl Users {
    /// Remembers a user, in the place of what was known of its client.
    pub fn remember(&self, user: User) {
        self.lock().insert(user.client_id.clone(), user);
    }

    /// The user behind a client.
    pub fn of(&self, client_id: &str) -> User {
        let known = self.lock().get(client_id).cloned();
        known.unwrap_or_else(|| User::of_client(client_id))
    }

    /// Every token that is known so far: no output may hold one.
    pub fn tokens(&self) -> Vec<SecretString> {
        let users = self.lock();
        users.values().filter_map(|it| it.token.clone()).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    #[test]
    fn a_user_is_read_key_by_key() {
        let read = |value| User::of_json(&value);
        let whole = read(json!({ "clientId": "c", "user": 17, "token": "hunter2" })).unwrap();
        assert_eq!((whole.client_id.as_str(), whole.user.as_str()), ("c", "17"));
        assert_eq!(whole.token.unwrap().expose_secret(), "hunter2");
        let bare = read(json!({ "clientId": "c", "user": null })).unwrap();
        assert_eq!((bare.user.as_str(), bare.token.is_none()), ("c", true));
        for (value, what) in [
            (json!({ "user": "u" }), "no clientId"),
            (
                json!({ "clientId": "c", "user": 1.5 }),
                "a user that is no whole number",
            ),
            (
                json!({ "clientId": "c", "user": ["hunter2"] }),
                "a user that is not a string",
            ),
            (
                json!({ "clientId": "c", "token": 7 }),
                "a token that is not a string",
            ),
            (
                json!({ "clientId": "c", "token": "hunter2\n" }),
                "a token that holds a control character",
            ),
        ] {
            assert_eq!(read(value).unwrap_err(), what);
        }
    }

    #[test]
    fn a_client_of_which_nothing_is_said_is_its_own_user() {
        let users = Users::default();
        users.remember(User {
            client_id: "c-1".to_owned(),
            user: "17".to_owned(),
            token: Some("hunter2hunter2".into()),
        });
        let beside = users.clone();
        assert_eq!(beside.of("c-1").user, "17");
        assert_eq!(beside.of("c-2").user, "c-2");
        assert!(beside.of("c-2").token.is_none());
        assert_eq!(beside.tokens().len(), 1);
        let shown = format!("{users:?} {:?}", users.of("c-1"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
