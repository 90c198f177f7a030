//! Makes the connection: who may come in, over what, and for how long that is waited for.

use super::{Language, Sql, State, Wire, millis};
use crate::live::Settings;
use crate::live::address::{Address, Scheme};
use crate::live::trouble::{self, Trouble};
use crate::schema::Engine;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, MySqlConnection, PgConnection, SqliteConnection};
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How many instructions of its machine SQLite runs between two looks at the clock: some milliseconds' worth.
const INSTRUCTIONS: i32 = 100_000;

impl Sql {
    /// Connects, and finds out what answers.
    pub(in crate::live) async fn open(
        address: Address,
        settings: Settings,
    ) -> Result<Self, Trouble> {
        let state = Arc::new(State::default());
        let (wire, engine) = match address.scheme {
            Scheme::MySql => {
                let connection = mysql(&address, settings.connect).await?;
                (Wire::MySql(connection), Engine::MySql)
            }
            Scheme::Sqlite => {
                let connection = sqlite(&address, settings.lock, &state).await?;
                (Wire::Sqlite(connection), Engine::Sqlite)
            }
            Scheme::Postgres | Scheme::MongoDb => {
                let connection = postgres(&address, settings.connect).await?;
                (Wire::Postgres(connection), Engine::PostgreSql)
            }
        };
        let mut sql = Self {
            wire,
            engine,
            version: 0,
            address,
            settings,
            state,
        };
        sql.find_version().await?;
        Ok(sql)
    }

    async fn find_version(&mut self) -> Result<(), Trouble> {
        match Language::of(self.engine) {
            Language::MySql => {
                let row = self
                    .one("SELECT CAST(VERSION() AS CHAR), CAST(CONNECTION_ID() AS CHAR)")
                    .await?;
                let Some(row) = row else { return Ok(()) };
                if row.text(0).contains("MariaDB") {
                    self.engine = Engine::MariaDb;
                }
                self.version = number(row.text(0));
                let process = row.number(1).unwrap_or(0);
                self.state.process.store(process, Ordering::Relaxed);
            }
            Language::Sqlite => {
                let row = self.one("SELECT sqlite_version()").await?;
                self.version = row.map_or(0, |row| number(row.text(0)));
            }
            Language::Postgres => {
                let row = self
                    .one("SELECT pg_catalog.version(), pg_catalog.current_setting('server_version_num')")
                    .await?;
                let Some(row) = row else { return Ok(()) };
                if row.text(0).contains("CockroachDB") {
                    self.engine = Engine::CockroachDb;
                }
                self.version = row
                    .number(1)
                    .and_then(|it| it.try_into().ok())
                    .unwrap_or(130_000);
            }
        }
        Ok(())
    }
}

/// `8.0.36-debug` as 80036; MariaDB's `5.5.5-10.11.6-MariaDB` as 101106.
fn number(version: &str) -> u32 {
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut parts = version
        .split(|it: char| !it.is_ascii_digit())
        .map(|it| it.parse().unwrap_or(0_u32).min(9999));
    let mut next = || parts.next().unwrap_or(0);
    next() * 10_000 + next() * 100 + next()
}

/// Milliseconds on the clock that SQLite's time limit goes by.
pub(super) fn age() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    millis(START.get_or_init(Instant::now).elapsed()).saturating_add(1)
}

async fn within<T>(
    address: &Address,
    limit: Duration,
    connecting: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, connecting).await {
        Ok(made) => made.map_err(|it| trouble::of(&it, &address.name, &address.hidden, false)),
        Err(_) => Err(Trouble::Slow {
            name: address.name.clone(),
            seconds: limit.as_secs(),
        }),
    }
}

/// A connection to PostgreSQL.
pub(super) async fn postgres(address: &Address, limit: Duration) -> Result<PgConnection, Trouble> {
    let cannot = |why: sqlx::Error| Trouble::Address(address.hidden.clean(&why.to_string()));
    let options = PgConnectOptions::from_url(&address.parsed()?).map_err(cannot)?;
    if options.get_database().is_none() {
        return Err(Trouble::Address("it names no database".to_owned()));
    }
    // PgBouncer refuses a start with settings that it does not know.
    let options = options
        .extra_float_digits(None)
        .application_name("sharecheck audit")
        .disable_statement_logging();
    within(address, limit, options.connect()).await
}

/// A connection to MySQL or MariaDB.
pub(super) async fn mysql(address: &Address, limit: Duration) -> Result<MySqlConnection, Trouble> {
    let cannot = |why: sqlx::Error| Trouble::Address(address.hidden.clean(&why.to_string()));
    let options = MySqlConnectOptions::from_url(&address.parsed()?).map_err(cannot)?;
    if options.get_database().is_none() {
        return Err(Trouble::Address("it names no database".to_owned()));
    }
    let options = options
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .disable_statement_logging();
    within(address, limit, options.connect()).await
}

/// A connection to a file of SQLite, which neither the file nor anything beside it is changed or made for.
async fn sqlite(
    address: &Address,
    lock: Duration,
    state: &Arc<State>,
) -> Result<SqliteConnection, Trouble> {
    let file = &address.name;
    let trouble = |why: &str| Trouble::File {
        file: file.clone(),
        why: why.to_owned(),
    };
    if file.is_empty() || file == ":memory:" {
        return Err(Trouble::Address("it names no file".to_owned()));
    }
    let writes_ahead = header(Path::new(file)).map_err(|why| trouble(&why))?;
    let copy = || {
        let why = "it keeps a write-ahead log, which cannot be read without writing beside it: make a copy with \
                   `sqlite3 FILE \"VACUUM INTO 'copy.db'\"`, FILE being this one, and audit the copy";
        trouble(why)
    };
    // SQLite makes the log where there is none, even for a reader.
    let beside = |end: &str| Path::new(&format!("{file}{end}")).exists();
    if writes_ahead && !(beside("-wal") && beside("-shm")) {
        return Err(copy());
    }
    // Written so that SQLite takes no character of the path for an option. A log is read as it is: with
    // `readonly_shm` SQLite neither makes nor changes the files beside the database.
    let mut uri = "file:".to_owned();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?mode=ro&readonly_shm=1");
    let options = SqliteConnectOptions::new()
        .filename(uri)
        .read_only(true)
        .create_if_missing(false)
        .foreign_keys(false)
        .busy_timeout(lock)
        .disable_statement_logging();
    let opened = async {
        let mut connection = options.connect().await?;
        sqlx::Executor::execute(&mut connection, "SELECT count(*) FROM sqlite_schema").await?;
        let shared = Arc::clone(state);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || {
            let until = shared.until.load(Ordering::Relaxed);
            let late = until != 0 && age() > until;
            !late && !shared.stop.load(Ordering::Relaxed)
        });
        drop(handle);
        Ok(connection)
    };
    opened.await.map_err(|error: sqlx::Error| {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        match code.as_deref().and_then(|it| it.parse::<i32>().ok()) {
            // Cannot open, read only: in all their kinds, which stand above the lowest byte.
            Some(code) if matches!(code & 0xff, 8 | 14) && writes_ahead => copy(),
            Some(code) if code & 0xff == 8 => trouble(
                "a program that wrote to it has died half way: let the team's own program open it once, or audit a copy",
            ),
            Some(code) if code & 0xff == 26 => trouble("it is no database of SQLite, or it is encrypted"),
            _ => trouble::of(&error, file, &address.hidden, false),
        }
    })
}

/// Whether a file of SQLite keeps a write-ahead log; why not, where it is no such file.
fn header(file: &Path) -> Result<bool, String> {
    let cannot = |why: std::io::Error| {
        if why.kind() == std::io::ErrorKind::NotFound {
            "there is no such file".to_owned()
        } else {
            format!("it cannot be read: {why}")
        }
    };
    if file.is_dir() {
        return Err("it is a folder".to_owned());
    }
    let mut bytes = Vec::with_capacity(20);
    let opened = std::fs::File::open(file).map_err(cannot)?;
    opened.take(20).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.is_empty() {
        return Err("it is empty: no table was ever made in it".to_owned());
    }
    if !bytes.starts_with(b"SQLite format 3\0") || bytes.len() < 20 {
        return Err("it is no database of SQLite, or it is encrypted".to_owned());
    }
    Ok(bytes[18] == 2 || bytes[19] == 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("8.0.36", 80_036)]
    #[case("5.7.44-log", 50_744)]
    #[case("5.5.5-10.11.6-MariaDB-0+deb12u1", 101_106)]
    #[case("11.4.2-MariaDB", 110_402)]
    fn versions_are_numbers(#[case] version: &str, #[case] is: u32) {
        assert_eq!(number(version), is);
    }
}
