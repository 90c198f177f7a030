//! A recovery: the user's half as the custodian's own endpoint gave it back, the custodian's shares as a fetch brings them,
//! and whether they make the wallet's secret again.

use super::backup::in_words;
use super::device::{Device, Past};
use super::{Apps, Refused, Settings};
use crate::contract::share::{Maker, Origin, maker};
use crate::contract::wallet::{Curve, Seal, UserHalf};
use sharecheck_portal::{Portal, Progress};
use std::collections::BTreeMap;
use std::fmt;

/// What came of a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the secret of each curve that was backed up was put together again, byte for byte, and a real Portal would
    /// have let it come to that.
    pub recovered: bool,
    /// What became of each curve.
    pub curves: BTreeMap<Curve, Half>,
    /// Whether Portal was told that the user share is stored; nothing where nobody can say.
    pub told: Option<bool>,
    /// Why it was not recovered.
    pub why: Option<Why>,
}

/// What became of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Its secret was put together again, byte for byte.
    Recovered,
    /// There was no user share, or none that could be opened.
    NoUserShare,
    /// No share that came is the counterpart of the user's.
    NoCustodianShare,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recovered => "recovered",
            Self::NoUserShare => "no user share fits",
            Self::NoCustodianShare => "no custodian share fits",
        })
    }
}

/// Why a wallet was not recovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There was no text.
    NoText,
    /// The text is of a backup by this other method.
    OfMethod(String),
    /// The text is of a backup of another client, or of a wallet that this client had before.
    OfAnother,
    /// No backup in this process made such a text.
    Unknown,
    /// It begins as the text of the right backup, and does not open.
    Altered,
    /// The fetch was answered with this.
    Fetch(String),
    /// The text is of an earlier backup by the method.
    Earlier,
    /// The shares of the backup did not come back as they were.
    Shares,
    /// Both halves are there, and Portal does not know it.
    Untold,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoText => f.write_str("there is no cipherText: the user's half is missing"),
            Self::OfMethod(method) => write!(
                f,
                "the cipherText is of a backup by {method}, whose key is not the one at hand"
            ),
            Self::OfAnother => f.write_str(
                "the cipherText is of a backup of another client, or of a wallet that this client had before",
            ),
            Self::Unknown => f.write_str(
                "the cipherText is of no backup that was made here since this process was started",
            ),
            Self::Altered => f.write_str(
                "the cipherText does not open: it begins as it was handed out, and was altered behind that",
            ),
            Self::Fetch(what) => write!(f, "the fetch webhook answered with {what}"),
            Self::Earlier => f.write_str(
                "the cipherText is of an earlier backup by this method, whose custodian shares were replaced",
            ),
            Self::Shares => f.write_str(
                "the fetch webhook did not bring the custodian shares of this backup as they were stored",
            ),
            Self::Untold => f.write_str(
                "both halves are there, but Portal was not told that the user share is stored, and refuses until then",
            ),
        }
    }
}

impl Apps {
    /// Puts a client's wallet together again by a method without a curve, with the user's half as its backend gave it back
    /// and the custodian's as a fetch brings it. Stores nothing: a real app backs up again afterwards.
    pub async fn recover(
        &self,
        client: &str,
        method: &str,
        cipher_text: Option<&str>,
    ) -> Result<Recovery, Refused> {
        let Settings {
            portal, run, seed, ..
        } = &self.0.settings;
        if portal.client(client).is_none() {
            return Err(Refused::UnknownClient(client.to_owned()));
        }
        let device = self.0.devices.of(client);
        let device = device.lock().await;
        let no_wallet = || Refused::NoWallet(client.to_owned());
        let wallet = device.wallet.as_ref().ok_or_else(no_wallet)?;
        let backup = match backup_of(&device, method, cipher_text, run) {
            Ok(backup) => backup,
            Err(why) => {
                let latest = device.latest(method);
                let told = latest.and_then(|it| told(portal, client, it));
                let curves = latest.map_or(&Curve::ALL[..], |it| &it.curves);
                return Ok(Recovery::failed(curves, Half::NoUserShare, told, why));
            }
        };
        let told = told(portal, client, backup);
        let (shares, delivery) = self.fetch(client).await;
        let seal = Seal::new(run, *seed, backup.serial);
        let found = wallet.recover(cipher_text, &seal, shares.as_deref().unwrap_or_default());
        if found.user_half != UserHalf::Opened {
            let none = Half::NoUserShare;
            return Ok(Recovery::failed(&backup.curves, none, told, Why::Altered));
        }
        let half = |curve: &Curve| {
            if found.together.contains(curve) {
                Half::Recovered
            } else {
                Half::NoCustodianShare
            }
        };
        let curves = backup.curves.iter().map(|it| (*it, half(it))).collect();
        let why = if found.is_whole(&backup.curves) {
            (told == Some(false)).then_some(Why::Untold)
        } else if shares.is_none() {
            Some(Why::Fetch(in_words(&delivery)))
        } else if device
            .latest(method)
            .is_some_and(|it| it.serial != backup.serial)
        {
            Some(Why::Earlier)
        } else {
            Some(Why::Shares)
        };
        Ok(Recovery {
            recovered: why.is_none(),
            curves,
            told,
            why,
        })
    }
}

impl Recovery {
    fn failed(curves: &[Curve], half: Half, told: Option<bool>, why: Why) -> Self {
        Self {
            recovered: false,
            curves: curves.iter().map(|curve| (*curve, half)).collect(),
            told,
            why: Some(why),
        }
    }
}

/// Whether Portal was told of a backup's user share; nobody can say where any key is taken.
fn told(portal: &Portal, client: &str, backup: &Past) -> Option<bool> {
    let progress = portal.progress(client, &backup.pair_ids);
    (!portal.takes_any_key()).then_some(progress == Some(Progress::ClientShare))
}

/// The backup that a text is of, by the mark that it begins with.
fn backup_of<'a>(
    device: &'a Device,
    method: &str,
    cipher_text: Option<&str>,
    run: &str,
) -> Result<&'a Past, Why> {
    let text = cipher_text.filter(|text| !text.is_empty());
    let serial = match maker(text.ok_or(Why::NoText)?) {
        Maker::Us(Some(Origin { run: it, serial })) if it == run => serial,
        Maker::Us(_) | Maker::Debris(_) | Maker::Somebody => return Err(Why::Unknown),
    };
    let backup = device.backups.iter().find(|it| it.serial == serial);
    let backup = backup.ok_or(Why::OfAnother)?;
    if backup.method == method {
        Ok(backup)
    } else {
        Err(Why::OfMethod(backup.method.clone()))
    }
}
