//! The address of a live database, taken apart: what to connect to, what to call it, and what to hide.

use super::trouble::{Hidden, Trouble};
use url::Url;

/// An address, and what may be said of it.
#[derive(Clone)]
pub(super) struct Address {
    /// Which driver it is for.
    pub(super) scheme: Scheme,
    /// As it was given; never shown.
    pub(super) url: String,
    /// Host, port and database, or the file: what messages call it.
    pub(super) name: String,
    /// What no message may hold.
    pub(super) hidden: Hidden,
    /// Prisma's `?schema=` on PostgreSQL: look at this one alone.
    pub(super) namespace: Option<String>,
}

/// Which driver an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `postgres:`, `postgresql:`.
    Postgres,
    /// `mysql:`, `mariadb:`.
    MySql,
    /// `sqlite:`.
    Sqlite,
    /// `mongodb:`, `mongodb+srv:`.
    MongoDb,
}

impl Scheme {
    /// The scheme that a text begins with, and the rest behind the colon.
    fn of(text: &str) -> Option<(Self, &str)> {
        let (scheme, rest) = text.split_once(':')?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Self::Postgres,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            "mongodb" | "mongodb+srv" => Self::MongoDb,
            _ => return None,
        };
        Some((scheme, rest))
    }

    fn port(self) -> Option<u16> {
        match self {
            Self::Postgres => Some(5432),
            Self::MySql => Some(3306),
            Self::MongoDb => Some(27017),
            Self::Sqlite => None,
        }
    }
}

impl Address {
    /// Takes an address apart.
    pub(super) fn parse(text: &str) -> Result<Self, Trouble> {
        let text = text.trim();
        let Some((scheme, rest)) = Scheme::of(text) else {
            let why = "it must begin with postgres://, mysql://, mariadb://, sqlite: or mongodb://";
            return Err(Trouble::Address(why.to_owned()));
        };
        if scheme == Scheme::Sqlite {
            return Ok(Self::file(text, rest));
        }
        let Some(rest) = rest.strip_prefix("//") else {
            return Err(Trouble::Address(
                "there must be `//` behind its scheme".to_owned(),
            ));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        well_encoded(rest, authority)?;
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let password = login.split_once(':').map_or("", |(_, password)| password);
        let (path, query) = match rest[authority.len()..].split_once('?') {
            Some((path, query)) => (path, query),
            None => (&rest[authority.len()..], ""),
        };
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(key, value)| (key.to_ascii_lowercase(), value.into_owned()))
            .collect();
        let told = |names: &[&str]| {
            let mut all = parameters.iter();
            let found = all.find(|(key, value)| names.contains(&key.as_str()) && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        let given = told(&["password"]).unwrap_or_default();
        let hidden = Hidden::new([
            text.to_owned(),
            decoded(password),
            password.to_owned(),
            given,
        ]);
        let name = called(
            hosts,
            &decoded(path.trim_start_matches('/')),
            scheme,
            text,
            &told,
        );
        Ok(Self {
            scheme,
            url: text.to_owned(),
            name,
            hidden,
            namespace: told(&["schema"]).filter(|_| scheme == Scheme::Postgres),
        })
    }

    /// Of a file: what is behind `?` are options, unless a file is called so.
    fn file(text: &str, rest: &str) -> Self {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let name = if std::path::Path::new(rest).exists() {
            rest.to_owned()
        } else {
            decoded(rest.split('?').next().unwrap_or_default())
        };
        Self {
            scheme: Scheme::Sqlite,
            url: text.to_owned(),
            name,
            hidden: Hidden::default(),
            namespace: None,
        }
    }

    /// As `url` has it, for drivers that want it so.
    pub(super) fn parsed(&self) -> Result<Url, Trouble> {
        // The parser's own words hold nothing of the text.
        Url::parse(&self.url).map_err(|why| Trouble::Address(why.to_string()))
    }
}

/// Refuses an address whose password would be taken for a host or a path, and shown as that.
fn well_encoded(rest: &str, authority: &str) -> Result<(), Trouble> {
    let behind = &rest[authority.len()..];
    let path = behind.split('?').next().unwrap_or_default();
    let astray = behind.contains('#')
        || path.contains('@')
        || (!authority.contains('@') && !authority.is_empty() && behind.contains('@'));
    if astray {
        let why = "a character of its user, password or database has to be percent-encoded, such as `@` as `%40`, \
                   `/` as `%2F`, `#` as `%23` and `?` as `%3F`";
        return Err(Trouble::Address(why.to_owned()));
    }
    Ok(())
}

/// Host, port and database.
fn called(
    hosts: &str,
    database: &str,
    scheme: Scheme,
    text: &str,
    told: &impl Fn(&[&str]) -> Option<String>,
) -> String {
    let local = decoded(hosts);
    let mut name = if local.starts_with('/') {
        local
    } else if hosts.is_empty() || told(&["socket"]).is_some() {
        told(&["host", "hostaddr", "socket"]).unwrap_or_else(|| "localhost".to_owned())
    } else {
        hosts.to_owned()
    };
    let last = name.rsplit_once(':').map(|(_, port)| port);
    let has_port = last.is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
    if !has_port && !name.starts_with('/') && !text.starts_with("mongodb+srv") {
        let port = told(&["port"]).or_else(|| scheme.port().map(|it| it.to_string()));
        name = format!("{name}:{}", port.unwrap_or_default());
    }
    let database = match database {
        "" => told(&["dbname"]).unwrap_or_default(),
        some => some.to_owned(),
    };
    if database.is_empty() {
        return name;
    }
    format!("{name}/{database}")
}

/// With `%40` made `@`; the text itself where that gives no text.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).filter(|_| *first == b'%');
        let byte = pair
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::postgres("postgres://zed:s3cret@db.example.com/app", "db.example.com:5432/app")]
    #[case::port(
        "postgresql://zed:s3cret@10.0.0.1:6432/app?sslmode=require",
        "10.0.0.1:6432/app"
    )]
    #[case::socket("postgres://zed:s3cret@%2Fvar%2Frun/app", "/var/run/app")]
    #[case::in_query(
        "postgres:///app?host=/var/run&user=zed&password=s3cret",
        "/var/run/app"
    )]
    #[case::mysql("mysql://zed:s3cret@[::1]/app", "[::1]:3306/app")]
    #[case::mariadb("mariadb://zed:s3%63ret@h:3307/app", "h:3307/app")]
    #[case::sqlite("sqlite:some/app.db?mode=ro", "some/app.db")]
    #[case::sqlite_url("sqlite:///srv/app.db", "/srv/app.db")]
    #[case::replicas("mongodb://zed:s3cret@a:1,b:2/app?replicaSet=r", "a:1,b:2/app")]
    #[case::atlas("mongodb+srv://zed:s3cret@c.example.net/app", "c.example.net/app")]
    fn a_name_has_host_port_and_database(#[case] url: &str, #[case] name: &str) {
        let address = Address::parse(url).unwrap();
        assert_eq!(address.name, name);
        let said = address.hidden.clean(&format!("no {url}, no s3cret"));
        assert!(
            url.starts_with("sqlite") || !said.contains("s3cret"),
            "{said}"
        );
    }

    #[rstest]
    #[case::slash("postgres://zed:12/34@host/app")]
    #[case::at_and_slash("postgres://zed:a@b/c@host/app")]
    #[case::question_mark("mysql://zed:12?34@host/app")]
    #[case::hash("mysql://zed:12#34@host/app")]
    #[case::no_scheme("/34@host")]
    #[case::other_scheme("oracle://zed:34@host/app")]
    fn a_password_that_would_be_shown_is_refused(#[case] url: &str) {
        let trouble = Address::parse(url).err().unwrap().to_string();
        assert!(
            !trouble.contains("34") && !trouble.contains("zed"),
            "{trouble}"
        );
    }
}
