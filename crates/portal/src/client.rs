//! Clients, their wallets, and how far each backup of them has come.

use std::fmt;
use std::time::SystemTime;

use secrecy::SecretString;
use uuid::Uuid;

/// So many backups of a wallet are kept; of more the oldest is forgotten.
const PAIRS_OF_A_WALLET: usize = 64;

/// A client of the custodian's: a user of its app, as Portal sees it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What its requests are let in with.
    pub api_key: SecretString,
    /// The same, for a while.
    pub session_token: SecretString,
    /// Whether its accounts are contracts.
    pub is_account_abstracted: bool,
    /// Its wallets, one a curve; none until its app has made them.
    pub wallets: Vec<Wallet>,
    /// Whether it was made by this Portal, and so is nobody's.
    pub made_here: bool,
    pub(crate) created: SystemTime,
}

impl Client {
    /// A client with this id and keys of its own, without a wallet, which was made elsewhere.
    pub fn known_as(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            api_key: key(),
            session_token: key(),
            is_account_abstracted: false,
            wallets: Vec::new(),
            made_here: false,
            created: SystemTime::now(),
        }
    }

    /// A client that nobody has, without a wallet.
    pub fn new() -> Self {
        Self {
            made_here: true,
            ..Self::known_as(Uuid::new_v4().to_string())
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

/// A key that nobody can guess.
pub(crate) fn key() -> SecretString {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into()
}

/// A wallet: a key pair on one curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// Its id.
    pub id: String,
    /// The curve, such as `SECP256K1`.
    pub curve: String,
    /// Its backups, in the order in which they were made.
    pub pairs: Vec<Pair>,
    pub(crate) created: SystemTime,
}

impl Wallet {
    /// A wallet on this curve that was never backed up.
    pub(crate) fn new(curve: &str) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            curve: curve.to_owned(),
            pairs: Vec::new(),
            created: SystemTime::now(),
        }
    }

    /// Begins a backup by this method, whose custodian share is stored; its id.
    pub(crate) fn back_up(&mut self, method: &str) -> String {
        if self.pairs.len() >= PAIRS_OF_A_WALLET {
            self.pairs.remove(0);
        }
        let pair = Pair {
            id: Uuid::new_v4().to_string(),
            method: method.to_owned(),
            progress: Progress::CustodianShare,
            created: SystemTime::now(),
        };
        let id = pair.id.clone();
        self.pairs.push(pair);
        id
    }
}

/// A backup of one wallet by one method: the pair of the custodian's share and the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its id.
    pub id: String,
    /// The backup method, without a curve.
    pub method: String,
    /// How far it has come.
    pub progress: Progress,
    pub(crate) created: SystemTime,
}

/// How far a backup has come. It never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Progress {
    /// The custodian's share is stored.
    CustodianShare,
    /// The key of the user's share is stored too, in the user's own cloud.
    ClientShareKey,
    /// The user's share is stored too: the wallet can be recovered.
    ClientShare,
}

impl Progress {
    /// As it stands in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustodianShare => "STORED_CUSTODIAN_BACKUP_SHARE",
            Self::ClientShareKey => "STORED_CLIENT_BACKUP_SHARE_KEY",
            Self::ClientShare => "STORED_CLIENT_BACKUP_SHARE",
        }
    }

    /// What a request may say of a pair.
    pub(crate) fn told(name: &str) -> Option<Self> {
        let mut all = [Self::ClientShareKey, Self::ClientShare].into_iter();
        all.find(|it| it.name() == name)
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
