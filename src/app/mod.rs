//! What an app with the SDK does, and Portal for it, with synthetic wallets: makes a wallet, backs it up by a method, puts
//! it together again. The custodian's webhooks are called as Portal calls them; what came of it is data. `control` offers
//! the same over HTTP.

mod backup;
pub mod control;
mod device;
mod recovery;
mod refused;

pub use backup::{Backup, Finished, Stored};
pub use recovery::{Half, Recovery, Why};
pub use refused::Refused;

use crate::contract::share::{self, Shape};
use crate::contract::wallet::{Curve, Seal, Wallet};
use crate::http::{Http, Post, Sight, sight};
use device::{Device, Devices};
use secrecy::SecretString;
use sharecheck_portal::Portal;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What apps are made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The way to the custodian's webhooks.
    pub http: Http,
    /// The webhook secret.
    pub secret: SecretString,
    /// The Portal whose clients the apps are.
    pub portal: Portal,
    /// What the shares are marked with: eight hexadecimal digits that no other run has.
    pub run: String,
    /// What the shares and wallets are made from.
    pub seed: u64,
    /// Whether the custodian is on this machine, where no client is anybody's.
    pub is_here: bool,
}

/// The apps of all clients of a Portal. Every copy is of the same.
#[derive(Clone, Debug)]
pub struct Apps(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    devices: Devices,
    /// The next number of a share or a sealed text.
    serial: AtomicU32,
    /// The next number of a wallet.
    wallet: AtomicU32,
}

/// A wallet that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub wallet_id: String,
    /// The curves that it has a key on.
    pub curves: Vec<Curve>,
}

impl Apps {
    /// The apps of these settings.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner {
            settings,
            devices: Devices::default(),
            serial: AtomicU32::new(0),
            wallet: AtomicU32::new(0),
        }))
    }

    /// Gives a client a new wallet on both curves, in the place of the one that it has. Nothing is sent.
    pub async fn make_wallet(&self, client: &str) -> Result<Made, Refused> {
        let settings = &self.0.settings;
        let unknown = || Refused::UnknownClient(client.to_owned());
        let names = Curve::ALL.map(Curve::name);
        let wallets = settings.portal.make_wallets(client, &names);
        let wallets = wallets.ok_or_else(unknown)?;
        let number = self.0.wallet.fetch_add(1, Ordering::Relaxed);
        let wallet = Wallet::new(&settings.run, settings.seed, number);
        let device = self.0.devices.of(client);
        let mut device = device.lock().await;
        device.wallet = Some(wallet);
        device.backups.clear();
        let first = wallets.into_iter().next();
        Ok(Made {
            wallet_id: first.map(|wallet| wallet.id).unwrap_or_default(),
            curves: Curve::ALL.to_vec(),
        })
    }

    /// Stops where a client holds what could be somebody's share. A client that was looked at once is not looked at again:
    /// from then on it holds what is ours.
    async fn look(&self, client: &str, device: &mut Device) -> Result<(), Refused> {
        if device.is_looked_at {
            return Ok(());
        }
        let settings = &self.0.settings;
        let known = settings.portal.client(client);
        let known = known.ok_or_else(|| Refused::UnknownClient(client.to_owned()))?;
        let fetch = Post::fetch(client, &settings.secret);
        let delivery = settings.http.post(fetch).await;
        let client = client.to_owned();
        match sight(&client, &delivery) {
            Sight::Unreachable(trouble) => return Err(Refused::Unreachable(trouble)),
            Sight::Empty | Sight::Ours => {}
            Sight::Somebodys => return Err(Refused::Foreign(client)),
            // Nobody has this client, or nobody's share is on this machine.
            Sight::Untold(_) | Sight::Nothing(_) if known.made_here || settings.is_here => {}
            Sight::Untold(what) | Sight::Nothing(what) => {
                return Err(Refused::Unseen { client, what });
            }
        }
        device.is_looked_at = true;
        Ok(())
    }

    /// New custodian shares for these curves, and the seal of their counterpart.
    fn shares(&self, curves: &[Curve]) -> (BTreeMap<Curve, String>, Seal, u32) {
        let Settings { run, seed, .. } = &self.0.settings;
        let next = || self.0.serial.fetch_add(1, Ordering::Relaxed);
        let text = |_: &Curve| share::text(run, *seed, next(), Shape::Plain);
        let shares = curves.iter().map(|curve| (*curve, text(curve))).collect();
        let serial = next();
        (shares, Seal::new(run, *seed, serial), serial)
    }
}
