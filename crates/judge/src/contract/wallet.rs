//! Synthetic wallets: a secret for each curve, split so that a half is worth nothing without its counterpart. The custodian's
//! half is the text of a synthetic share, byte for byte; the client's half is what makes the secret of that text, and is
//! sealed, both curves together, into one `cipherText`. It is no MPC: it shows whether halves that belong together come back
//! together and unaltered, not whether a vendor's SDK can sign with them.

use super::share::{MARK, mark};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// An elliptic curve that a wallet has a key on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Curve {
    /// Ethereum's.
    #[serde(rename = "SECP256K1")]
    Secp256k1,
    /// Solana's.
    #[serde(rename = "ED25519")]
    Ed25519,
}

impl Curve {
    /// Both, in the order in which they are backed up.
    pub const ALL: [Self; 2] = [Self::Secp256k1, Self::Ed25519];

    /// As it stands behind a backup method.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secp256k1 => "SECP256K1",
            Self::Ed25519 => "ED25519",
        }
    }

    /// The backup method under which Portal stores this curve's share, of a bare one.
    pub fn of_method(self, bare: &str) -> String {
        format!("{bare}-{}", self.name())
    }
}

/// Bytes of a secret, and of either half.
const BYTES: usize = 32;

/// What a wallet is worth: a secret for each curve. Has no way to print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Wallet([[u8; BYTES]; 2]);

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wallet(…)")
    }
}

impl Wallet {
    /// The wallet with this number. The same arguments give the same wallet.
    pub fn new(run: &str, seed: u64, number: u32) -> Self {
        Self(Curve::ALL.map(|curve| {
            let number = number.to_be_bytes();
            digest(&[
                b"wallet",
                run.as_bytes(),
                &seed.to_be_bytes(),
                &number,
                curve.name().as_bytes(),
            ])
        }))
    }

    /// One backup: the client's halves for these custodian shares, sealed into a `cipherText`.
    pub fn back_up(&self, shares: &BTreeMap<Curve, String>, seal: &Seal) -> String {
        let halves = shares.iter().map(|(curve, share)| {
            let half = Half {
                id: hex(&share_key(share)[..8]),
                share: hex(&xor(self.secret(*curve), &share_key(share))),
            };
            (*curve, half)
        });
        seal.close(&Halves {
            halves: halves.collect(),
            padding: String::new(),
        })
    }

    /// What comes of a `cipherText`, the key that it was sealed with, and the shares that a fetch has brought.
    pub fn recover(&self, cipher_text: Option<&str>, seal: &Seal, shares: &[String]) -> Recovered {
        let Some(text) = cipher_text else {
            return Recovered::nothing(UserHalf::Missing);
        };
        let Some(Halves { halves, .. }) = seal.open(text) else {
            return Recovered::nothing(UserHalf::Misfit);
        };
        let fits = |curve: &Curve, half: &Half| {
            let half = unhex(&half.share)?;
            let secret = self.secret(*curve);
            shares
                .iter()
                .find(|share| xor(&half, &share_key(share)) == *secret)
        };
        let together = halves
            .iter()
            .filter(|(curve, half)| fits(curve, half).is_some());
        Recovered {
            user_half: UserHalf::Opened,
            together: together.map(|(curve, _)| *curve).collect(),
            parted: halves
                .keys()
                .filter(|it| fits(it, &halves[it]).is_none())
                .copied()
                .collect(),
        }
    }

    fn secret(&self, curve: Curve) -> &[u8; BYTES] {
        &self.0[usize::from(curve == Curve::Ed25519)]
    }
}

/// What a recovery comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Recovered {
    /// What became of the user's half.
    pub user_half: UserHalf,
    /// The curves whose secret was put together again, byte for byte.
    pub together: Vec<Curve>,
    /// The curves of whose counterpart no fetched share was the one.
    pub parted: Vec<Curve>,
}

impl Recovered {
    fn nothing(user_half: UserHalf) -> Self {
        Self {
            user_half,
            together: Vec::new(),
            parted: Vec::new(),
        }
    }

    /// Whether these curves, and with them the wallet, were put together again.
    pub fn is_whole(&self, curves: &[Curve]) -> bool {
        curves.iter().all(|it| self.together.contains(it))
    }
}

/// What became of the user's half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserHalf {
    /// It was opened with the backup's own key.
    Opened,
    /// There was none.
    Missing,
    /// The backup's own key does not open it: it is of another backup, or was altered.
    Misfit,
}

/// What a `cipherText` is sealed with: in a real app the key lies in the user's own cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    run: String,
    seed: u64,
    serial: u32,
}

/// What is sealed: the client's half for each curve.
#[derive(Serialize, Deserialize)]
struct Halves {
    #[serde(flatten)]
    halves: BTreeMap<Curve, Half>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    padding: String,
}

#[derive(Serialize, Deserialize)]
struct Half {
    id: String,
    share: String,
}

impl Seal {
    /// The seal of the text with this number; no two texts have the same.
    pub fn new(run: &str, seed: u64, serial: u32) -> Self {
        Self {
            run: run.to_owned(),
            seed,
            serial,
        }
    }

    /// A text of no wallet, so many bytes long, or as long as it has to be.
    pub fn text(&self, bytes: usize) -> String {
        let half = || Half {
            id: hex(&self.derived(b"id")[..8]),
            share: hex(&self.derived(b"half")),
        };
        let halves: BTreeMap<Curve, Half> = Curve::ALL.map(|curve| (curve, half())).into();
        let mut all = Halves {
            halves,
            padding: String::new(),
        };
        let short = self.close(&all);
        if let Some(room) = bytes.checked_sub(short.len()) {
            // Behind `,"padding":""` three bytes make four characters.
            let around = r#","padding":"""#.len();
            all.padding = "0".repeat((room / 4 * 3).saturating_sub(around));
        }
        self.close(&all)
    }

    /// Base64 of our mark and what was sealed, so that the text is known as ours by whoever decodes it. Its length is a
    /// multiple of four.
    fn close(&self, halves: &Halves) -> String {
        let mark = self.mark();
        let plain = serde_json::to_vec(halves).unwrap_or_default();
        let payload = Payload {
            msg: &plain,
            aad: mark.as_bytes(),
        };
        let closed = self
            .cipher()
            .encrypt(&self.nonce(), payload)
            .unwrap_or_default();
        STANDARD.encode([mark.as_bytes(), &closed].concat())
    }

    fn open(&self, text: &str) -> Option<Halves> {
        let mark = self.mark();
        let bytes = STANDARD.decode(text).ok()?;
        let closed = bytes.strip_prefix(mark.as_bytes())?;
        let payload = Payload {
            msg: closed,
            aad: mark.as_bytes(),
        };
        let plain = self.cipher().decrypt(&self.nonce(), payload).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Three bytes are four characters: what follows does not change how it looks.
    fn mark(&self) -> String {
        let mark = format!("{MARK} {}", mark(&self.run, self.serial));
        let width = mark.len().next_multiple_of(3);
        format!("{mark:-<width$}")
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.derived(b"key")))
    }

    fn nonce(&self) -> Nonce<aes_gcm::aead::consts::U12> {
        *Nonce::from_slice(&self.derived(b"nonce")[..12])
    }

    fn derived(&self, what: &[u8]) -> [u8; BYTES] {
        let (seed, serial) = (self.seed.to_be_bytes(), self.serial.to_be_bytes());
        digest(&[what, self.run.as_bytes(), &seed, &serial])
    }
}

/// The custodian's half: what a share's text comes to, byte for byte.
fn share_key(share: &str) -> [u8; BYTES] {
    digest(&[b"share", share.as_bytes()])
}

fn digest(parts: &[&[u8]]) -> [u8; BYTES] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part.len().to_be_bytes());
        sha.update(part);
    }
    sha.finalize().into()
}

fn xor(a: &[u8; BYTES], b: &[u8; BYTES]) -> [u8; BYTES] {
    std::array::from_fn(|at| a[at] ^ b[at])
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; BYTES]> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    digits.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::share::{self, Maker, Origin, Shape, maker};
    use super::*;

    const RUN: &str = "0a1b2c3d";

    fn shares(first: u32) -> BTreeMap<Curve, String> {
        let texts = (first..).map(|serial| share::text(RUN, 7, serial, Shape::Plain));
        Curve::ALL.into_iter().zip(texts).collect()
    }

    #[test]
    fn halves_of_one_backup_are_put_together_again_and_no_others() {
        let wallet = Wallet::new(RUN, 7, 1);
        let (own, seal) = (shares(1), Seal::new(RUN, 7, 3));
        let text = wallet.back_up(&own, &seal);
        let all = |shares: &BTreeMap<Curve, String>| shares.values().cloned().collect::<Vec<_>>();
        let both = [all(&shares(11)), all(&own)].concat();
        let recovered = wallet.recover(Some(&text), &seal, &both);
        assert!(recovered.is_whole(&Curve::ALL), "{recovered:?}");

        let one = [own[&Curve::Ed25519].clone()];
        let half = wallet.recover(Some(&text), &seal, &one);
        assert_eq!(
            (half.together, half.parted),
            (vec![Curve::Ed25519], vec![Curve::Secp256k1])
        );

        let mut altered = all(&own);
        altered[0].push(' ');
        assert!(
            !wallet
                .recover(Some(&text), &seal, &altered)
                .is_whole(&Curve::ALL)
        );
        assert!(
            !Wallet::new(RUN, 7, 2)
                .recover(Some(&text), &seal, &both)
                .is_whole(&Curve::ALL)
        );

        let later = Seal::new(RUN, 7, 4);
        assert_eq!(
            wallet.recover(Some(&text), &later, &both).user_half,
            UserHalf::Misfit
        );
        assert_eq!(
            wallet.recover(Some(&text[4..]), &seal, &both).user_half,
            UserHalf::Misfit
        );
        assert_eq!(
            wallet.recover(None, &seal, &both).user_half,
            UserHalf::Missing
        );
    }

    #[test]
    fn a_sealed_text_shows_neither_half_and_is_known_as_ours() {
        let (own, seal) = (shares(1), Seal::new(RUN, 7, 3));
        let text = Wallet::new(RUN, 7, 1).back_up(&own, &seal);
        let bytes = STANDARD.decode(&text).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("SECP256K1"));
        let us = Maker::Us(Some(Origin {
            run: RUN.to_owned(),
            serial: 3,
        }));
        for text in [
            text.clone(),
            text[..text.len() / 2].to_owned(),
            text.replace('+', " "),
        ] {
            assert_eq!(maker(&text), us, "{text}");
        }
    }

    #[test]
    fn a_text_of_no_wallet_is_as_long_as_is_asked() {
        let seal = Seal::new(RUN, 7, 3);
        for bytes in [4 << 10, 64 << 10] {
            assert_eq!(seal.text(bytes).len(), bytes);
        }
        assert!(seal.text(0).len() < 1000);
    }
}
