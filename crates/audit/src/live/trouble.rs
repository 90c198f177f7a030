//! What can go wrong with a live database, in words that never hold its user, its password or its whole address.

use sqlx::mysql::MySqlDatabaseError;
use std::io::ErrorKind;

/// Why a live database could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The address cannot be understood.
    #[error("the address of the database cannot be understood: {0}")]
    Address(String),
    /// Built without the driver.
    #[error(
        "this build has no driver for MongoDB: take the one that is released, or build with `cargo install --features mongodb`"
    )]
    NoMongoDb,
    /// Nobody answers there.
    #[error("no database answers at {name}: {why}")]
    Unreachable {
        /// Host, port and database.
        name: String,
        /// What the system says.
        why: String,
    },
    /// It took too long to connect.
    #[error(
        "{name} did not take the connection within {seconds} s: is the address right, and may this machine reach it?"
    )]
    Slow {
        /// Host, port and database.
        name: String,
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// It does not let this user in.
    #[error("{name} refused the user or the password")]
    Credentials {
        /// Host, port and database.
        name: String,
    },
    /// No encrypted connection could be made.
    #[error("no encrypted connection to {name}: {why}")]
    Tls {
        /// Host, port and database.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no database of this name.
    #[error("there is no database {name}")]
    NoDatabase {
        /// Host, port and database.
        name: String,
    },
    /// The file of a database cannot be read without changing it, or not at all.
    #[error("{file}: {why}")]
    File {
        /// Its path as it was given.
        file: String,
        /// What is the matter, and what to do.
        why: String,
    },
    /// A role without the right.
    #[error("{name} does not let this user read it: {why}")]
    Denied {
        /// Host, port and database.
        name: String,
        /// What may not be read.
        why: String,
    },
    /// The database would have let us write.
    #[error("{name} did not make the transaction read-only, so nothing was read")]
    Writable {
        /// Host, port and database.
        name: String,
    },
    /// A statement took too long, or waited too long for somebody's lock.
    #[error("{name} did not answer in time: {why}; try again when it is quiet, or on a replica")]
    Late {
        /// Host, port and database.
        name: String,
        /// Which limit it was.
        why: String,
    },
    /// It was told to stop.
    #[error("stopped before {name} had answered")]
    Stopped {
        /// Host, port and database.
        name: String,
    },
    /// Anything else that the database, or the connection to it, says.
    #[error("{name}: {why}")]
    Other {
        /// Host, port and database.
        name: String,
        /// Its own words, without secrets.
        why: String,
    },
}

/// What no text may hold: passwords, users' names with them, and whole addresses.
#[derive(Clone, Default)]
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    /// Hides these, the longest first.
    pub(super) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<String> = secrets.into_iter().filter(|it| !it.is_empty()).collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.len()));
        all.dedup();
        Self(all)
    }

    /// A text of somebody else on one line, at most 300 characters long, with a mark where a secret was.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.0 {
            text = text.replace(secret, "***");
        }
        if let Some((end, _)) = text.char_indices().nth(300) {
            text.truncate(end);
            text.push('…');
        }
        text
    }
}

/// What a driver's error comes to.
pub(super) fn of(error: &sqlx::Error, name: &str, hidden: &Hidden, stopped: bool) -> Trouble {
    let name = name.to_owned();
    if stopped {
        return Trouble::Stopped { name };
    }
    if let sqlx::Error::Database(said) = error {
        let number = said
            .try_downcast_ref::<MySqlDatabaseError>()
            .map(MySqlDatabaseError::number);
        let code = said.code().unwrap_or_default().into_owned();
        return from_database(number, &code, hidden.clean(said.message()), name);
    }
    if let sqlx::Error::Io(io) = error {
        let kind = io.kind();
        let why = if kind == ErrorKind::ConnectionRefused {
            "the connection was refused".to_owned()
        } else if kind == ErrorKind::UnexpectedEof || kind == ErrorKind::ConnectionReset {
            "the connection was closed".to_owned()
        } else {
            hidden.clean(&io.to_string())
        };
        return Trouble::Unreachable { name, why };
    }
    let why = hidden.clean(&error.to_string());
    if why.contains("RSA") {
        return without_tls(name);
    }
    if matches!(error, sqlx::Error::Tls(_)) {
        Trouble::Tls { name, why }
    } else if matches!(error, sqlx::Error::Configuration(_)) {
        Trouble::Address(why)
    } else {
        Trouble::Other { name, why }
    }
}

/// MySQL's usual way to log in sends the password in a form that is safe over TLS alone.
fn without_tls(name: String) -> Trouble {
    let why = "this user's password may go over TLS or a socket only: add `?ssl-mode=REQUIRED` to the address, or \
               `?socket=/path/to/mysqld.sock`";
    Trouble::Tls {
        name,
        why: why.to_owned(),
    }
}

/// By the number that MySQL gives, or the SQLSTATE of PostgreSQL, or SQLite's result code.
fn from_database(number: Option<u16>, code: &str, why: String, name: String) -> Trouble {
    let late = |why: &str| Trouble::Late {
        name: name.clone(),
        why: why.to_owned(),
    };
    if let Some(number) = number {
        return match number {
            1045 | 1698 | 1862 | 1820 => Trouble::Credentials { name },
            1049 => Trouble::NoDatabase { name },
            1044 | 1142 | 1143 | 1227 | 1370 => Trouble::Denied {
                name,
                why: without_user(&why),
            },
            1205 => late("somebody holds a lock on what is to be read"),
            1969 | 3024 => late("a statement ran into its time limit"),
            1317 => late("somebody ended the statement"),
            3159 => Trouble::Tls { name, why },
            _ => Trouble::Other { name, why },
        };
    }
    match code {
        "28P01" | "28000" => {
            // The same code says that only encrypted connections are let in.
            if why.contains("pg_hba.conf") {
                let why = "its pg_hba.conf lets this user in from elsewhere, or over TLS, alone";
                return Trouble::Denied {
                    name,
                    why: why.to_owned(),
                };
            }
            Trouble::Credentials { name }
        }
        "3D000" => Trouble::NoDatabase { name },
        "42501" => Trouble::Denied { name, why },
        "55P03" => late("somebody holds a lock on what is to be read"),
        "57014" | "9" => late("a statement ran into its time limit"),
        "5" | "261" => late("another process is writing to the file"),
        _ => Trouble::Other { name, why },
    }
}

/// `SELECT command denied to user 'ann'@'localhost' for table 't'` without the user.
fn without_user(why: &str) -> String {
    let Some((before, behind)) = why.split_once(" to user ") else {
        return why.to_owned();
    };
    let (_, table) = behind.split_once(" for ").unwrap_or_default();
    if table.is_empty() {
        return before.to_owned();
    }
    format!("{before} for {table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_comes_on_one_line_without_secrets() {
        let hidden = Hidden::new(["hunter2".to_owned(), String::new()]);
        assert_eq!(
            hidden.clean("no\n such   hunter2, hunter2"),
            "no such ***, ***"
        );
        assert_eq!(hidden.clean(&"ä".repeat(999)).chars().count(), 301);
    }

    #[test]
    fn a_refusal_names_no_user() {
        let why = "SELECT command denied to user 'ann'@'localhost' for table `app`.`shares`";
        assert_eq!(
            without_user(why),
            "SELECT command denied for table `app`.`shares`"
        );
        assert_eq!(
            without_user("Access denied to user 'ann'@'%'"),
            "Access denied"
        );
    }
}
