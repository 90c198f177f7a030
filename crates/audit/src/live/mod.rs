//! Live databases: an address goes in, a `Schema` comes out, and with `--rows` the answers that only counts of rows give.
//! Another engine is a catalogue of its own beside the ones here, and an arm in `Live`.

mod address;
mod confine;
mod marked;
#[cfg(feature = "mongodb")]
mod mongodb;
mod mysql;
mod postgres;
mod rows;
mod sql;
mod sqlite;
mod trouble;
mod written;

pub use marked::Marked;
pub use trouble::Trouble;

use crate::finding::Finding;
use crate::role::Roles;
use crate::schema::{Engine, Schema};
use address::{Address, Scheme};
use secrecy::{ExposeSecret, SecretString};
use sql::{Language, Sql};
use std::time::Duration;

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For a connection.
    pub connect: Duration,
    /// For each statement that reads the catalogue.
    pub catalogue: Duration,
    /// For the statement that looks at rows.
    pub rows: Duration,
    /// For somebody else's lock.
    pub lock: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            catalogue: Duration::from_secs(30),
            rows: Duration::from_mins(10),
            lock: Duration::from_secs(3),
        }
    }
}

/// A connection to a live database, which only reads.
pub struct Live {
    session: Session,
    name: String,
}

enum Session {
    Sql(Box<Sql>),
    #[cfg(feature = "mongodb")]
    Mongo(Box<mongodb::Mongo>),
}

impl Live {
    /// Connects to a database by its address: `postgres://`, `mysql://`, `mariadb://`, `sqlite:FILE`, `mongodb://`.
    pub async fn open(url: &SecretString, settings: Settings) -> Result<Self, Trouble> {
        let address = Address::parse(url.expose_secret())?;
        let name = address.name.clone();
        let session = match address.scheme {
            #[cfg(feature = "mongodb")]
            Scheme::MongoDb => {
                Session::Mongo(Box::new(mongodb::Mongo::open(address, settings).await?))
            }
            #[cfg(not(feature = "mongodb"))]
            Scheme::MongoDb => return Err(Trouble::NoMongoDb),
            Scheme::Postgres | Scheme::MySql | Scheme::Sqlite => {
                Session::Sql(Box::new(Sql::open(address, settings).await?))
            }
        };
        Ok(Self { session, name })
    }

    /// What messages call it: host, port and database, or the file; never a user or a password.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What answers at that address.
    pub fn engine(&self) -> Engine {
        match &self.session {
            Session::Sql(sql) => sql.engine,
            #[cfg(feature = "mongodb")]
            Session::Mongo(_) => Engine::MongoDb,
        }
    }

    /// Reads the catalogue: the tables that hold rows themselves, their columns and keys.
    pub async fn schema(&mut self) -> Result<Schema, Trouble> {
        match &mut self.session {
            Session::Sql(sql) => match Language::of(sql.engine) {
                Language::MySql => mysql::schema(sql).await,
                Language::Sqlite => sqlite::schema(sql).await,
                Language::Postgres => postgres::schema(sql).await,
            },
            #[cfg(feature = "mongodb")]
            Session::Mongo(mongo) => mongodb::schema(mongo).await,
        }
    }

    /// Looks at the rows of the tables that keep shares, each table once, and answers what only rows tell. What cannot be
    /// looked at is undecided, with the reason.
    pub async fn rows(&mut self, schema: &Schema, roles: &Roles) -> Vec<Finding> {
        match &mut self.session {
            Session::Sql(sql) => rows::rows(sql, schema, roles).await,
            #[cfg(feature = "mongodb")]
            Session::Mongo(mongo) => mongodb::rows(mongo, schema, roles).await,
        }
    }

    /// Looks for a mark that stands in every share which a run of ours has just stored: which columns hold it, and how often.
    /// Empty where this database does not stand behind that run.
    pub async fn marked(&mut self, schema: &Schema, mark: &str) -> Result<Vec<Marked>, Trouble> {
        match &mut self.session {
            Session::Sql(sql) => marked::marked(sql, schema, mark).await,
            #[cfg(feature = "mongodb")]
            Session::Mongo(mongo) => mongodb::marked(mongo, schema, mark).await,
        }
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        match self.session {
            Session::Sql(sql) => sql.close().await,
            #[cfg(feature = "mongodb")]
            Session::Mongo(mongo) => mongo.close().await,
        }
    }

    /// What ends in the database whatever runs there for this connection: to be called when the user wants to stop.
    pub fn canceller(&self) -> Canceller {
        Canceller(match &self.session {
            Session::Sql(sql) => Ends::Sql(sql.canceller()),
            #[cfg(feature = "mongodb")]
            Session::Mongo(mongo) => Ends::Mongo(mongo.canceller()),
        })
    }
}

/// Ends in the database what runs there for a connection.
#[derive(Clone)]
pub struct Canceller(Ends);

#[derive(Clone)]
enum Ends {
    Sql(sql::Canceller),
    #[cfg(feature = "mongodb")]
    Mongo(mongodb::Canceller),
}

impl Canceller {
    /// Ends what runs, and lets nothing more begin; takes at most some seconds. What was asked then fails with
    /// `Trouble::Stopped`.
    pub async fn cancel(&self) {
        match &self.0 {
            Ends::Sql(it) => it.cancel().await,
            #[cfg(feature = "mongodb")]
            Ends::Mongo(it) => it.cancel().await,
        }
    }
}
