//! A backup: Portal stores a custodian share for each curve, fetches at once after each to see that it is there, and the app
//! gets the `cipherText` that its own backend is to keep.

use super::device::Past;
use super::{Apps, Refused, Settings};
use crate::contract::wallet::{Curve, Wallet};
use crate::contract::{Contract, body};
use crate::http::{Delivery, Post};
use secrecy::ExposeSecret as _;
use sharecheck_portal::Progress;
use std::collections::BTreeMap;
use std::fmt;

/// The method under which a share counts that came without one.
const UNKNOWN: &str = crate::contract::method::UNKNOWN;

/// What came of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// What became of each curve's custodian share.
    pub stores: BTreeMap<Curve, Stored>,
    /// What the app has to hand to its backend, if all were stored.
    pub finished: Option<Finished>,
}

/// What an app has to hand to its backend, which keeps it and tells Portal.
#[derive(Clone, PartialEq, Eq)]
pub struct Finished {
    /// The user's half.
    pub cipher_text: String,
    /// The method to keep it by; an app with a v5 SDK names none.
    pub method: Option<String>,
    /// Portal's ids of the backup, one a curve.
    pub pair_ids: Vec<String>,
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished")
            .field("method", &self.method)
            .field("pair_ids", &self.pair_ids)
            .finish_non_exhaustive()
    }
}

/// What became of a custodian share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It was taken, and the fetch at once after it brought it.
    Stored,
    /// It was not taken; what came instead.
    NotTaken(String),
    /// It was taken, and the fetch at once after it brought this and not the share.
    NotShown(String),
    /// The backup had broken off before.
    NotSent,
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.write_str("stored"),
            Self::NotTaken(what) => write!(f, "the store was answered with {what}"),
            Self::NotShown(what) => {
                write!(f, "stored, but the fetch at once after it brought {what}")
            }
            Self::NotSent => f.write_str("not sent, since the backup had broken off"),
        }
    }
}

impl Apps {
    /// Backs a client's wallet up by a method without a curve. With a v5 SDK there is one share, of SECP256K1, and the
    /// webhook is told no method.
    pub async fn back_up(
        &self,
        client: &str,
        method: &str,
        version: Contract,
    ) -> Result<Backup, Refused> {
        let has_curve = |curve: &Curve| method.ends_with(&format!("-{}", curve.name()));
        if method.trim().is_empty() || Curve::ALL.iter().any(has_curve) {
            return Err(Refused::Method(method.to_owned()));
        }
        let Settings { portal, .. } = &self.0.settings;
        if portal.client(client).is_none() {
            return Err(Refused::UnknownClient(client.to_owned()));
        }
        let device = self.0.devices.of(client);
        let mut device = device.lock().await;
        let no_wallet = || Refused::NoWallet(client.to_owned());
        let wallet: Wallet = device.wallet.clone().ok_or_else(no_wallet)?;
        self.look(client, &mut device).await?;
        let (curves, of_pair) = match version {
            Contract::V6 => (&Curve::ALL[..], method),
            Contract::V5 => (&[Curve::Secp256k1][..], UNKNOWN),
        };
        let (shares, seal, serial) = self.shares(curves);
        let mut stores: BTreeMap<Curve, Stored> = curves
            .iter()
            .map(|curve| (*curve, Stored::NotSent))
            .collect();
        for (curve, share) in &shares {
            let named = curve.of_method(method);
            let named = (version == Contract::V6).then_some(named.as_str());
            let became = self.store(client, share, named).await;
            let broke_off = became != Stored::Stored;
            stores.insert(*curve, became);
            if broke_off {
                let finished = None;
                return Ok(Backup { stores, finished });
            }
        }
        let of_curves: Vec<&str> = curves.iter().map(|curve| curve.name()).collect();
        let pair_ids = portal
            .back_up(client, of_pair, &of_curves)
            .unwrap_or_default();
        // The SDK has put the key of the user's half into the user's cloud, and says so.
        portal.progressed(client, &pair_ids, Progress::ClientShareKey);
        device.remember(Past {
            serial,
            method: method.to_owned(),
            curves: curves.to_vec(),
            pair_ids: pair_ids.clone(),
        });
        let finished = Finished {
            cipher_text: wallet.back_up(&shares, &seal),
            method: (version == Contract::V6).then(|| method.to_owned()),
            pair_ids,
        };
        Ok(Backup {
            stores,
            finished: Some(finished),
        })
    }

    /// Stores a share and fetches it at once.
    async fn store(&self, client: &str, share: &str, method: Option<&str>) -> Stored {
        let Settings { http, secret, .. } = &self.0.settings;
        let store = Post {
            path: body::BACKUP.to_owned(),
            headers: vec![(
                body::SECRET_HEADER.to_owned(),
                secret.expose_secret().to_owned(),
            )],
            content_type: "application/json".to_owned(),
            body: body::store(client, share, method),
            ..Post::default()
        };
        let delivery = http.post(store).await;
        if !is_success(&delivery) {
            return Stored::NotTaken(in_words(&delivery));
        }
        let (shares, delivery) = self.fetch(client).await;
        match shares {
            None => Stored::NotShown(in_words(&delivery)),
            Some(shares) if shares.iter().any(|it| it == share) => Stored::Stored,
            Some(shares) => Stored::NotShown(match shares.len() {
                0 => "no share".to_owned(),
                1 => "one share, which is another or was altered".to_owned(),
                many => format!("{many} shares, which are others or were altered"),
            }),
        }
    }

    /// The shares that a fetch brings, if it succeeds; and what came.
    pub(super) async fn fetch(&self, client: &str) -> (Option<Vec<String>>, Delivery) {
        let Settings { http, secret, .. } = &self.0.settings;
        let delivery = http.post(Post::fetch(client, secret)).await;
        let reply = delivery.outcome.as_ref().ok();
        let reply = reply.filter(|_| is_success(&delivery));
        let shares = reply.map(|reply| reply.answer().texts);
        (shares, delivery)
    }
}

fn is_success(delivery: &Delivery) -> bool {
    let reply = delivery.outcome.as_ref();
    reply.is_ok_and(|reply| (200..300).contains(&reply.meant_status()))
}

/// What came, without anything of its body.
pub(super) fn in_words(delivery: &Delivery) -> String {
    match &delivery.outcome {
        Ok(reply) => reply.meant_status().to_string(),
        Err(trouble) => trouble.to_string(),
    }
}
