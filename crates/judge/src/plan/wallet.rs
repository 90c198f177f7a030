//! The steps of the user's half, spelled out: a backup to the requests of Portal and of the app, a recovery to the two that
//! it takes.

use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::contract::wallet::Curve;
use crate::exchange::{Credentials, Secret, Spelling, Webhook};
use crate::model::case::{Backup, Expect, Recover, Step, Until, UserFetch, UserStore};
use crate::model::trial::{self, Action, Body, Cipher, Effect, Recovery, Request, Slot};
use std::collections::BTreeMap;

/// What a script has so far.
#[derive(Default)]
pub(super) struct Halves {
    /// The backups, by the label of the `cipherText`.
    pub(super) backups: BTreeMap<String, trial::Backup>,
}

impl Halves {
    /// The actions of a step of the user's half; nothing where it is none.
    pub(super) fn actions(
        &mut self,
        step: &Step,
        labels: &mut BTreeMap<String, Shape>,
    ) -> Result<Option<Vec<Action>>, String> {
        let actions = if let Some(it) = &step.user_store {
            vec![Action::Request(user_store(it, labels)?)]
        } else if let Some(it) = &step.user_fetch {
            vec![Action::Request(user_fetch(it))]
        } else if let Some(it) = &step.backup {
            let requests = self.backup(it, labels);
            requests.into_iter().map(Action::Request).collect()
        } else if let Some(it) = &step.recover {
            vec![Action::Recover(Box::new(self.recover(it)?))]
        } else if let Some(mood) = step.portal {
            vec![Action::Portal(mood)]
        } else {
            return Ok(None);
        };
        Ok(Some(actions))
    }

    /// Portal stores a share for each curve and fetches after it; then the app hands its half in.
    fn backup(&mut self, it: &Backup, labels: &mut BTreeMap<String, Shape>) -> Vec<Request> {
        let curves: &[Curve] = match it.contract {
            Contract::V5 => &[Curve::Secp256k1],
            Contract::V6 => &Curve::ALL,
        };
        let label = |curve: &Curve| format!("{}.{}", it.text, curve.name().to_lowercase());
        let shares = curves.iter().map(|curve| (*curve, label(curve))).collect();
        let backup = trial::Backup {
            client: it.client.clone(),
            shares,
        };
        labels.extend(backup.shares.values().map(|it| (it.clone(), Shape::Plain)));
        labels.insert(it.text.clone(), Shape::Sealed);
        let taken = match it.until {
            Until::FirstShare => 1,
            Until::Shares | Until::End => curves.len(),
        };
        let mut requests = Vec::new();
        for (curve, label) in backup.shares.iter().take(taken) {
            let method = (it.contract == Contract::V6).then(|| curve.of_method(&it.method));
            requests.push(store(&it.client, method, label));
            requests.push(fetch(&it.client));
        }
        if it.until == Until::End {
            let method = (it.contract == Contract::V6).then(|| it.method.clone());
            requests.push(handed_in(
                &it.client,
                method,
                Cipher::Label(it.text.clone()),
            ));
        }
        self.backups.insert(it.text.clone(), backup);
        requests
    }

    fn recover(&self, it: &Recover) -> Result<Recovery, String> {
        let backup = self
            .backups
            .get(&it.text)
            .ok_or_else(|| format!("recovers the backup {}, which no step makes", it.text))?;
        let ask = UserFetch {
            client: it.client.clone(),
            method: it.method.clone(),
            credentials: Credentials::Own,
            proves: it.proves.clone(),
        };
        let mut fetch = fetch(&it.client);
        fetch.proves.clone_from(&it.proves);
        Ok(Recovery {
            requests: [fetch, user_fetch(&ask)],
            backup: it.text.clone(),
            curves: backup.shares.keys().copied().collect(),
            free: it.free,
        })
    }
}

fn user_store(it: &UserStore, labels: &mut BTreeMap<String, Shape>) -> Result<Request, String> {
    let text = match (&it.text, it.unusable) {
        (Some(label), None) => {
            labels.insert(label.clone(), it.shape);
            Cipher::Label(label.clone())
        }
        (None, Some(unusable)) => Cipher::Unusable(unusable),
        (Some(_), Some(_)) | (None, None) => {
            return Err("`user_store` has one of `text` and `unusable`".to_owned());
        }
    };
    let mut request = handed_in(&it.client, it.method.clone(), text);
    if let Body::UserStore { credentials, .. } = &mut request.body {
        credentials.clone_from(&it.credentials);
    }
    if it.credentials != Credentials::Own {
        request.expect = Expect::Refused;
    } else if it.shape.provokes() {
        request.expect = Expect::Free;
    }
    request.proves.clone_from(&it.proves);
    Ok(request)
}

fn handed_in(client: &str, method: Option<String>, text: Cipher) -> Request {
    let expect = match text {
        Cipher::Label(_) => Expect::Accepted,
        Cipher::Unusable(_) => Expect::Refused,
    };
    let body = Body::UserStore {
        method,
        text,
        credentials: Credentials::Own,
    };
    request(Webhook::UserStore, client, body, expect)
}

fn user_fetch(it: &UserFetch) -> Request {
    let expect = match it.credentials {
        Credentials::Own => Expect::Accepted,
        Credentials::Missing | Credentials::Of(_) => Expect::NoShare,
    };
    let body = Body::UserFetch {
        method: it.method.clone(),
        credentials: it.credentials.clone(),
    };
    Request {
        proves: it.proves.clone(),
        ..request(Webhook::UserFetch, &it.client, body, expect)
    }
}

fn store(client: &str, method: Option<String>, label: &str) -> Request {
    let effect = Effect::Stores(Slot(method.clone()), label.to_owned());
    let body = Body::Store {
        method,
        label: label.to_owned(),
        extra_keys: false,
    };
    Request {
        effect,
        ..request(Webhook::Backup, client, body, Expect::Accepted)
    }
}

fn fetch(client: &str) -> Request {
    let body = Body::Fetch {
        spelling: Spelling::Exact,
        extra_keys: false,
    };
    request(Webhook::Fetch, client, body, Expect::Accepted)
}

fn request(webhook: Webhook, client: &str, body: Body, expect: Expect) -> Request {
    Request {
        webhook,
        client: client.to_owned(),
        body,
        secret: Secret::Right,
        content_type: None,
        expect,
        effect: Effect::None,
        labels: None,
        proves: None,
    }
}
