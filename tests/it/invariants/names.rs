//! The same run under other names: of clients, of shares, and of methods that are each other's like.

use sharecheck::exchange::{Credentials, Exchange, Found};
use sharecheck::model::transcript::{Key, Transcript};
use sharecheck::model::trial::{Action, Body, Cipher, Effect, Request, Slot};
use sharecheck::pipeline::recall::Record;
use std::collections::BTreeMap;

/// What changes places in methods, which leaves them as near to one another as they were.
const SWAPPED: [(&str, &str); 6] = [
    ("PASSWORD", "PASSKEY"),
    ("password", "passkey"),
    ("GDRIVE", "ICLOUD"),
    ("gdrive", "icloud"),
    ("SECP256K1", "ED25519"),
    ("secp256k1", "ed25519"),
];

/// New names.
pub(crate) struct Names {
    /// Letters that stand before names; before those of clients one that scrambles their order.
    letters: Vec<char>,
    ids: BTreeMap<String, String>,
}

impl Names {
    /// Drawn by a seed, for the clients of a run.
    pub(crate) fn drawn(rng: &mut fastrand::Rng, record: &Record) -> Self {
        let mut letters: Vec<char> = ('a'..='z').collect();
        rng.shuffle(&mut letters);
        let transcripts = record.transcripts.iter();
        let bound = transcripts.flat_map(|it| it.bound.values());
        let mut new_id = || {
            let id = uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes());
            id.into_uuid().to_string()
        };
        Self {
            letters,
            ids: bound.map(|id| (id.clone(), new_id())).collect(),
        }
    }

    /// Gives everything in a run its new name.
    pub(crate) fn give(&self, record: &mut Record) {
        for transcript in &mut record.transcripts {
            self.transcript(transcript);
        }
    }

    fn name(&self, old: &str) -> String {
        let sum: usize = old.bytes().map(usize::from).sum();
        let letter = self.letters[sum % self.letters.len()];
        format!("{letter}-{old}")
    }

    fn client(&self, client: &mut String) {
        *client = self.name(client);
    }

    fn label(&self, label: &mut String) {
        *label = self.share(label);
    }

    /// The order of a trial's labels is that of the numbers of its shares, so it must stay.
    fn share(&self, old: &str) -> String {
        format!("{}-{old}", self.letters[0])
    }

    fn credentials(&self, credentials: &mut Credentials) {
        if let Credentials::Of(client) = credentials {
            self.client(client);
        }
    }

    fn transcript(&self, it: &mut Transcript) {
        let trial = &mut it.trial;
        let backups = std::mem::take(&mut trial.backups).into_iter();
        trial.backups = backups
            .map(|(label, mut backup)| {
                self.client(&mut backup.client);
                backup.shares.values_mut().for_each(|it| self.label(it));
                (self.share(&label), backup)
            })
            .collect();
        for told in it.told.iter_mut().flatten() {
            told.method.iter_mut().for_each(swap);
            if let Key::Client(client) = &mut told.key {
                self.client(client);
            }
        }
        trial.clients.iter_mut().for_each(|it| self.client(it));
        if let Some(label) = &mut trial.before_migration {
            self.label(label);
        }
        let labels = std::mem::take(&mut trial.labels).into_iter();
        trial.labels = labels
            .map(|(label, shape)| (self.share(&label), shape))
            .collect();
        for step in &mut trial.script {
            match &mut step.action {
                Action::Request(request) => self.request(request),
                Action::Concurrently(lanes) => {
                    let requests = lanes.iter_mut().flatten();
                    requests.for_each(|request| self.request(request));
                }
                Action::Recover(recovery) => {
                    self.label(&mut recovery.backup);
                    let requests = recovery.requests.iter_mut();
                    requests.for_each(|request| self.request(request));
                }
                Action::Restart | Action::Portal(_) => {}
            }
        }
        let bound = std::mem::take(&mut it.bound).into_iter();
        it.bound = bound
            .map(|(client, id)| {
                let id = self.ids.get(&id).cloned().unwrap_or(id);
                (self.name(&client), id)
            })
            .collect();
        let exchanges = it.opening.iter_mut().chain(&mut it.exchanges);
        for exchange in exchanges.chain(&mut it.closing) {
            self.exchange(exchange);
        }
    }

    fn request(&self, request: &mut Request) {
        self.client(&mut request.client);
        match &mut request.body {
            Body::Store { method, label, .. } => {
                method.iter_mut().for_each(swap);
                self.label(label);
            }
            Body::Fetch { .. } => {}
            Body::UserStore {
                method,
                text,
                credentials,
            } => {
                method.iter_mut().for_each(swap);
                if let Cipher::Label(label) = text {
                    self.label(label);
                }
                self.credentials(credentials);
            }
            Body::UserFetch {
                method,
                credentials,
            } => {
                swap(method);
                self.credentials(credentials);
            }
            Body::Raw(template) => *template = self.template(template),
        }
        if let Effect::Stores(Slot(method), label) | Effect::MayStore(Slot(method), label) =
            &mut request.effect
        {
            method.iter_mut().for_each(swap);
            self.label(label);
        }
        let labels = request.labels.iter_mut().flatten();
        labels.for_each(|label| self.label(label));
    }

    /// A template of a body: `<share old>` and `<raw share old>` name a share, `<client b>` a client.
    fn template(&self, template: &str) -> String {
        let mut new = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('<') {
            let Some((inner, after)) = behind.split_once('>') else {
                break;
            };
            new.push_str(before);
            let named = inner
                .rsplit_once(' ')
                .filter(|(what, _)| what.ends_with("share") || what.ends_with("client"));
            let inner = match named {
                Some((what, name)) if what.ends_with("share") => {
                    format!("{what} {}", self.share(name))
                }
                Some((what, name)) => format!("{what} {}", self.name(name)),
                None => inner.to_owned(),
            };
            new.extend(["<", &inner, ">"]);
            rest = after;
        }
        new.push_str(rest);
        swap(&mut new);
        new
    }

    fn exchange(&self, exchange: &mut Exchange) {
        let sent = &mut exchange.sent;
        self.client(&mut sent.client);
        sent.share.iter_mut().for_each(|label| self.label(label));
        sent.method.iter_mut().for_each(swap);
        self.credentials(&mut sent.credentials);
        let Ok(reply) = &mut exchange.outcome else {
            return;
        };
        let reading = &mut reply.reading;
        for found in reading.found.iter_mut().chain(&mut reading.beside) {
            if let Found::Share { label, .. } = found {
                self.label(label);
            }
        }
    }
}

/// Swaps what is each other's like in the text of a method.
fn swap(text: &mut String) {
    for (one, other) in SWAPPED {
        let parts: Vec<String> = text
            .split(one)
            .map(|part| part.replace(other, one))
            .collect();
        *text = parts.join(other);
    }
}
