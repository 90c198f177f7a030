//! What is to be looked at: a database, a file or a folder, found out by what was typed.

use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;

/// What is to be looked at.
#[derive(Clone, Debug)]
pub enum Target {
    /// A live database: its URL, with what it takes to get in.
    Database(SecretString),
    /// A single file.
    File(PathBuf),
    /// A folder with all below it.
    Folder(PathBuf),
}

/// Why something that was typed is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// It holds a password.
    #[error(
        "a {scheme} target with a password on the command line: everybody on this machine could read it there"
    )]
    Password {
        /// Which kind of database it is.
        scheme: String,
    },
    /// A URL of nothing that is known.
    #[error(
        "{scheme}: is no database that can be audited; there are postgres, mysql, mariadb, sqlite and mongodb"
    )]
    Scheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// There is nothing of this name.
    #[error("{0} is neither a file nor a folder")]
    Nothing(String),
}

/// The schemes of databases.
const SCHEMES: [&str; 7] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "sqlite",
    "mongodb",
    "mongodb+srv",
];

impl Target {
    /// What was typed on the command line, where no password may stand.
    pub fn typed(text: &str) -> Result<Self, NoTarget> {
        let Some(scheme) = scheme(text) else {
            return Self::path(text);
        };
        if has_password(text) {
            return Err(NoTarget::Password { scheme });
        }
        Self::secret(text)
    }

    /// A database's URL from where nobody else reads it: the environment, a file.
    pub fn secret(text: &str) -> Result<Self, NoTarget> {
        match scheme(text) {
            Some(scheme) if SCHEMES.contains(&scheme.as_str()) => {
                Ok(Self::Database(SecretString::from(text)))
            }
            Some(scheme) => Err(NoTarget::Scheme { scheme }),
            // What is no URL may be a password that was put into the wrong place: it is not shown.
            None => Err(NoTarget::Scheme {
                scheme: "what was given".to_owned(),
            }),
        }
    }

    /// The password in a database's URL, which no output may hold; null where it has none.
    pub fn password(&self) -> Option<SecretString> {
        let Self::Database(url) = self else {
            return None;
        };
        let url = url.expose_secret();
        let (before, parameters) = url.split_once('?').unwrap_or((url, ""));
        let authority = before.split_once("//").map_or("", |(_, rest)| rest);
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        let between = user.split_once(':').map(|(_, password)| password);
        let named = parameters.split('&').find_map(|it| {
            let (name, value) = it.split_once('=')?;
            is_password(name).then_some(value)
        });
        let password = between.or(named).filter(|it| !it.is_empty())?;
        Some(SecretString::from(password))
    }

    fn path(text: &str) -> Result<Self, NoTarget> {
        let path = PathBuf::from(text);
        if path.is_dir() {
            Ok(Self::Folder(path))
        } else if path.is_file() {
            Ok(Self::File(path))
        } else {
            Err(NoTarget::Nothing(text.to_owned()))
        }
    }
}

/// What stands before the colon of a URL; a drive letter is none.
fn scheme(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let plain = |it: char| it.is_ascii_alphanumeric() || "+-.".contains(it);
    let known = SCHEMES.contains(&scheme.to_ascii_lowercase().as_str());
    let url = scheme.len() > 1 && scheme.chars().all(plain) && (known || rest.starts_with("//"));
    url.then(|| scheme.to_ascii_lowercase())
}

/// Whether a password stands in a URL: between the user and the host, or as a parameter.
fn has_password(url: &str) -> bool {
    Target::Database(SecretString::from(url))
        .password()
        .is_some()
}

/// Whether a parameter of this name holds a password.
fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "pass", "sslpassword"].contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::between("postgres://app:hunter2@db/shares")]
    #[case::odd("mysql://app:hun/ter@2@db/shares")]
    #[case::parameter("postgres://db/shares?user=app&password=hunter2")]
    #[case::capitals("MongoDB://app:hunter2@db")]
    fn a_password_on_the_command_line_is_refused_and_not_repeated(#[case] typed: &str) {
        let refused = Target::typed(typed).unwrap_err();
        assert!(matches!(refused, NoTarget::Password { .. }));
        assert!(!refused.to_string().contains("hun"));
        assert!(
            matches!(Target::secret(typed), Ok(Target::Database(url)) if url.expose_secret() == typed)
        );
    }

    #[rstest]
    #[case("postgres://app@db/shares")]
    #[case("postgresql:///shares?host=/run/postgresql")]
    #[case("sqlite:shares.db")]
    #[case("mongodb+srv://cluster.example.com/shares")]
    fn a_database_is_known_by_its_scheme(#[case] typed: &str) {
        assert!(matches!(Target::typed(typed), Ok(Target::Database(_))));
    }

    #[rstest]
    #[case("oracle://db/x", "oracle: is no database")]
    #[case("https://github.com/x", "https: is no database")]
    #[case("no/such/folder", "no/such/folder is neither")]
    fn anything_else_is_told(#[case] typed: &str, #[case] says: &str) {
        let refused = Target::typed(typed).unwrap_err().to_string();
        assert!(refused.starts_with(says), "{refused}");
    }

    #[test]
    fn what_is_no_url_is_not_repeated_where_a_secret_was_meant() {
        let refused = Target::secret("hunter2").unwrap_err().to_string();
        assert!(!refused.contains("hunter2"));
    }
}
