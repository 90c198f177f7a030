//! MongoDB: collections, their indexes and validators to a `Schema`, and counts that its own aggregation makes. No value of a
//! document leaves it: of a sample of documents it gives names and types of fields.

mod lists;
mod marked;
mod rows;
mod schema;
mod validator;

pub(super) use marked::marked;
pub(super) use rows::rows;
pub(super) use schema::schema;

use super::Settings;
use super::address::Address;
use super::trouble::Trouble;
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClientOptions, ReadPreference, SelectionCriteria};
use mongodb::{Client, Database};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A connection that only reads.
pub(super) struct Mongo {
    client: Client,
    database: Database,
    address: Address,
    settings: Settings,
    /// Told to stop: no command begins any more.
    stop: Arc<AtomicBool>,
    /// What each of our commands carries, so that they can be told from others'.
    comment: String,
}

impl Mongo {
    /// Connects, and sees that the database answers.
    pub(super) async fn open(address: Address, settings: Settings) -> Result<Self, Trouble> {
        let why = |error: &Error| Trouble::Address(address.hidden.clean(&error.to_string()));
        let parsing = ClientOptions::parse(&address.url);
        let parsed = tokio::time::timeout(settings.connect, parsing).await;
        let mut options = parsed
            .map_err(|_| slow(&address, settings))?
            .map_err(|it| why(&it))?;
        options.server_selection_timeout = Some(settings.connect);
        options.connect_timeout = Some(settings.connect);
        options.app_name = Some("sharecheck audit".to_owned());
        options.retry_reads = Some(false);
        let Some(name) = options.default_database.clone() else {
            return Err(Trouble::Address("it names no database".to_owned()));
        };
        let client = Client::with_options(options).map_err(|it| why(&it))?;
        let mongo = Self {
            database: client.database(&name),
            client,
            comment: format!("sharecheck audit {}", std::process::id()),
            stop: Arc::default(),
            address,
            settings,
        };
        let ping = mongo.database.run_command(doc! { "ping": 1 });
        ping.selection_criteria(near())
            .await
            .map_err(|it| mongo.trouble(&it))?;
        Ok(mongo)
    }

    /// Everything that a command's cursor gives.
    async fn all(&self, mut command: Document, limit: Duration) -> Result<Vec<Document>, Trouble> {
        if self.stop.load(Ordering::Relaxed) {
            let name = self.address.name.clone();
            return Err(Trouble::Stopped { name });
        }
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        command.insert("cursor", Document::new());
        command.insert("maxTimeMS", limit);
        command.insert("comment", &self.comment);
        let running = self.database.run_cursor_command(command);
        let cursor = running.selection_criteria(near()).await;
        let cursor = cursor.map_err(|it| self.trouble(&it))?;
        let all: Result<Vec<Document>, Error> = cursor.try_collect().await;
        all.map_err(|it| self.trouble(&it))
    }

    /// What goes wrong, in our words.
    fn trouble(&self, error: &Error) -> Trouble {
        let name = self.address.name.clone();
        if self.stop.load(Ordering::Relaxed) {
            return Trouble::Stopped { name };
        }
        let why = self.address.hidden.clean(&error.to_string());
        let late = |why: &str| Trouble::Late {
            name: self.address.name.clone(),
            why: why.to_owned(),
        };
        if let ErrorKind::Command(said) = error.kind.as_ref() {
            return match said.code {
                // The rest is the command, in which a run's mark may stand.
                13 => Trouble::Denied {
                    name,
                    why: why
                        .split(" to execute ")
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                },
                18 => Trouble::Credentials { name },
                50 | 262 => late("a command ran into its time limit"),
                11601 => late("somebody ended the command"),
                _ => Trouble::Other { name, why },
            };
        }
        if matches!(error.kind.as_ref(), ErrorKind::Authentication { .. }) {
            return Trouble::Credentials { name };
        }
        if matches!(error.kind.as_ref(), ErrorKind::ServerSelection { .. }) {
            return Trouble::Unreachable { name, why };
        }
        Trouble::Other { name, why }
    }

    /// What ends the commands that run.
    pub(super) fn canceller(&self) -> Canceller {
        Canceller {
            client: self.client.clone(),
            comment: self.comment.clone(),
            stop: Arc::clone(&self.stop),
        }
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        self.client.shutdown().await;
    }
}

/// From a secondary where there is one: the team's own writes go to the primary.
fn near() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::SecondaryPreferred { options: None })
}

fn slow(address: &Address, settings: Settings) -> Trouble {
    Trouble::Slow {
        name: address.name.clone(),
        seconds: settings.connect.as_secs(),
    }
}

/// Ends the commands of a connection, from outside of it.
#[derive(Clone)]
pub(super) struct Canceller {
    client: Client,
    comment: String,
    stop: Arc<AtomicBool>,
}

impl Canceller {
    /// Lets no further command begin and ends those that run. A user may end operations of its own.
    pub(super) async fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = tokio::time::timeout(Duration::from_secs(3), self.kill()).await;
    }

    async fn kill(&self) -> Option<()> {
        let admin = self.client.database("admin");
        let ours = doc! { "$match": { "command.comment": &self.comment } };
        let command = doc! {
            "aggregate": 1,
            "pipeline": [{ "$currentOp": { "allUsers": false } }, ours],
            "cursor": {},
        };
        let cursor = admin.run_cursor_command(command).await.ok()?;
        let running: Vec<Document> = cursor.try_collect().await.ok()?;
        for it in running {
            let id = it.get("opid").cloned().unwrap_or(Bson::Null);
            let _ = admin.run_command(doc! { "killOp": 1, "op": id }).await;
        }
        Some(())
    }
}
