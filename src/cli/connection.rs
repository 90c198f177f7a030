//! How the custodian is reached: the flags that `run` and `doctor` share, as typed and as meant.

use super::base_url::bare;
use super::credentials::{in_headers, in_url, with_scheme};
use super::{Error, warn};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use sharecheck::contract::body::SECRET_HEADER;
use sharecheck::http::{
    self, ConnectTo, Http, Identity, Network, Proxy, Rate, Reach, Resolve, Trace, Trust,
};
use sharecheck::model::report::WITHHELD;
use sharecheck::pipeline::execute::Brake;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

const HEADING: &str = "Connection";

/// The examples that the help of both commands ends with.
pub(crate) const EXAMPLES: &str = "Connection examples:
  -H 'Authorization: Bearer …'         what a gateway asks for; -H @FILE reads it from a file
  --cacert ca.pem                      a certificate of your own authority
  --cert me.pem --key me.key           a server that wants a client certificate
  --connect-to a.example:443:localhost:8443
                                       a.example by way of a tunnel, under its own name
  --resolve a.example:443:10.0.0.7     a.example at an address that DNS does not give
  --wait 60s                           a custodian that is still starting
  --rate-limit 5/s                     a gateway that counts requests";

/// A text that no message may show.
#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹hidden›")
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The flags.
#[derive(Args, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(crate) struct Connection {
    /// The limit of one request; the contract's is 10s
    #[arg(help_heading = HEADING, short, long, default_value = "10s", value_name = "TIME", value_parser = duration, env = "SHARECHECK_MAX_TIME")]
    pub(crate) max_time: Duration,
    /// The limit of making a connection
    #[arg(help_heading = HEADING, long, default_value = "5s", value_name = "TIME", value_parser = duration, env = "SHARECHECK_CONNECT_TIMEOUT")]
    pub(crate) connect_timeout: Duration,
    /// Send this header with every request, or those in @FILE (repeatable; one a line in the variable)
    #[arg(
        help_heading = HEADING,
        short = 'H',
        long,
        value_name = "NAME: VALUE",
        value_delimiter = '\n',
        env = "SHARECHECK_HEADER",
        hide_env_values = true
    )]
    header: Vec<Hidden>,
    /// Trust the certificates in this PEM file and what they have signed, and no others
    #[arg(help_heading = HEADING, long, value_name = "FILE", env = "SHARECHECK_CACERT")]
    cacert: Option<PathBuf>,
    /// Show this client certificate, with those that lead to its root (PEM)
    #[arg(help_heading = HEADING, short = 'E', long, value_name = "FILE", env = "SHARECHECK_CERT")]
    cert: Option<PathBuf>,
    /// The private key of --cert (PEM), if it stands in a file of its own
    #[arg(help_heading = HEADING, long, value_name = "FILE", env = "SHARECHECK_KEY", requires = "cert")]
    key: Option<PathBuf>,
    /// Verify no certificate, on this machine; for any other host --insecure-really must stand beside it
    #[arg(help_heading = HEADING, short = 'k', long, conflicts_with = "cacert")]
    insecure: bool,
    /// Verify no certificate of a host that is not this machine: whoever is in between reads the secret
    #[arg(help_heading = HEADING, long, requires = "insecure")]
    insecure_really: bool,
    /// Send everything through this HTTP proxy, whatever NO_PROXY says
    #[arg(
        help_heading = HEADING,
        short = 'x',
        long,
        value_name = "URL",
        env = "SHARECHECK_PROXY",
        hide_env_values = true,
        conflicts_with_all = ["no_proxy", "resolve", "connect_to"]
    )]
    proxy: Option<Hidden>,
    /// Use no proxy, though HTTP_PROXY, HTTPS_PROXY or ALL_PROXY name one
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_NO_PROXY")]
    no_proxy: bool,
    /// Connect to this address for this host and port (repeatable)
    #[arg(
        help_heading = HEADING,
        long,
        value_name = "HOST:PORT:ADDRESS",
        env = "SHARECHECK_RESOLVE",
        value_delimiter = ' '
    )]
    resolve: Vec<Resolve>,
    /// Connect to the second host and port instead of the first; the name stays (repeatable)
    #[arg(
        help_heading = HEADING,
        long,
        value_name = "HOST:PORT:HOST:PORT",
        env = "SHARECHECK_CONNECT_TO",
        value_delimiter = ' '
    )]
    connect_to: Vec<ConnectTo>,
    /// Speak HTTP/1.1, though the server offers HTTP/2
    #[arg(help_heading = HEADING, long = "http1.1", env = "SHARECHECK_HTTP1_1")]
    http1_only: bool,
    /// Send no faster than this, such as 5/s or 300/m
    #[arg(help_heading = HEADING, long, value_name = "RATE", env = "SHARECHECK_RATE_LIMIT")]
    rate_limit: Option<Rate>,
    /// Wait so long for the custodian to answer anything before the first request
    #[arg(help_heading = HEADING, long, value_name = "TIME", value_parser = duration, env = "SHARECHECK_WAIT")]
    wait: Option<Duration>,
    /// Send a W3C traceparent header with every request; TRACEPARENT gives the trace
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_TRACEPARENT")]
    traceparent: bool,
}

/// Reads `10s`, `500ms` or a bare number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let with_unit = if text.chars().all(|c| c.is_ascii_digit()) {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    match humantime::parse_duration(&with_unit) {
        Ok(time) if time.is_zero() => Err("must be more than nothing".to_owned()),
        Ok(time) => Ok(time),
        Err(_) => Err("must be a time such as 10s or 500ms".to_owned()),
    }
}

/// What connections to one custodian are made of.
pub(crate) struct Line {
    /// For the HTTP client.
    pub(crate) settings: http::HttpSettings,
    /// Texts that must not be shown anywhere.
    pub(crate) credentials: Vec<SecretString>,
    /// Whether requests stay on this machine.
    pub(crate) reach: Reach,
    /// What a report must say of the connection.
    pub(crate) facts: Vec<String>,
    /// What makes curl go the same way, without credentials.
    pub(crate) curl: Vec<String>,
}

impl Line {
    /// Says so where the webhook secret goes over a network that anybody may read.
    pub(crate) fn warn_of_clear_text(&self) {
        let base = &self.settings.base;
        if base.scheme() == "http" && !self.reach.is_here() {
            warn(&format!(
                "warning: the webhook secret goes to {} in the clear: use https",
                self.reach.goes_to()
            ));
        }
    }
}

impl Connection {
    /// How far apart requests are at the least.
    pub(crate) fn apart(&self) -> Duration {
        self.rate_limit.map_or(Duration::ZERO, Rate::apart)
    }

    /// The flags as they are meant, for this base URL. Reads the files that they name if TLS is spoken.
    pub(crate) fn line(&self, base: &Url) -> Result<Line, Error> {
        let headers = self.headers()?;
        let mut network = Network {
            proxy: self.proxy()?,
            resolve: self.resolve.clone(),
            connect_to: self.connect_to.clone(),
            http1_only: self.http1_only,
            rate: self.rate_limit,
            trace: self
                .traceparent
                .then(|| Trace::new(std::env::var("TRACEPARENT").ok().as_deref())),
            ..Network::default()
        };
        let reach = Reach::of(base, &network)?;
        if self.insecure && !reach.is_here() && !self.insecure_really {
            let cause = format!(
                "{reach}, and whoever stands in between would read the webhook secret; \
                 name its certificate with --cacert FILE, or say --insecure-really as well"
            );
            return Err(Error::flag("--insecure", None, cause));
        }
        if base.scheme() == "https" {
            network.trust = self.trust()?;
            network.identity = self.identity()?;
        } else if self.cacert.is_some() || self.cert.is_some() || self.insecure {
            warn("note: the URL is http://, so --cacert, --cert and --insecure do nothing");
        }
        let mut facts = Vec::new();
        if self.insecure && base.scheme() == "https" {
            facts.push("TLS certificates were not verified (--insecure)".to_owned());
        }
        if let Some(trace) = &network.trace {
            facts.push(format!("trace id {trace}"));
        }
        let curl = self.curl(base, &headers, &network.proxy);
        let mut credentials = in_headers(&headers);
        credentials.extend(in_url(base.as_str()));
        match &network.proxy {
            Proxy::Through(url) => credentials.extend(in_url(url.expose_secret())),
            Proxy::Environment if !http::is_loopback(base) => {
                let values = http::PROXY_VARIABLES.iter().map(std::env::var);
                credentials.extend(values.flatten().flat_map(|url| in_url(&url)));
            }
            Proxy::Environment | Proxy::None => {}
        }
        Ok(Line {
            settings: http::HttpSettings {
                base: base.clone(),
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
                max_time: self.max_time,
                connect_timeout: self.connect_timeout,
                network,
            },
            credentials,
            reach,
            facts,
            curl,
        })
    }

    /// The words that make curl go the same way. A header's value stands there as a placeholder only.
    fn curl(&self, base: &Url, headers: &[(String, String)], proxy: &Proxy) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
        for rule in &self.connect_to {
            say("--connect-to", rule.to_string());
        }
        for rule in &self.resolve {
            say("--resolve", rule.to_string());
        }
        match proxy {
            Proxy::Through(url) => {
                let url = Url::parse(url.expose_secret()).map(|url| bare(&url));
                say("-x", url.unwrap_or_default());
            }
            Proxy::None => say("--noproxy", "*".to_owned()),
            Proxy::Environment => {}
        }
        for (name, _) in headers {
            say("-H", format!("{name}: {WITHHELD}"));
        }
        if base.scheme() == "https" {
            let files = [
                ("--cacert", &self.cacert),
                ("--cert", &self.cert),
                ("--key", &self.key),
            ];
            for (flag, path) in files {
                if let Some(path) = path {
                    say(flag, path.display().to_string());
                }
            }
            if self.insecure {
                words.push("-k".to_owned());
            }
        }
        words
    }

    /// Waits until the custodian answers anything, if that was asked for. Whether it does is for the preflight
    /// to say.
    pub(crate) async fn wait(&self, http: &Http, brake: &Brake) {
        let Some(most) = self.wait else { return };
        let mut told = None;
        let tell = |cause: &str| {
            if told.as_deref() != Some(cause) {
                warn(&format!(
                    "waiting up to {} for {} ({cause})",
                    humantime::format_duration(most),
                    http.base()
                ));
                told = Some(cause.to_owned());
            }
        };
        tokio::select! {
            _ = http.wait(Instant::now() + most, tell) => {}
            () = brake.wait() => {}
        }
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Error> {
        let mut lines = Vec::new();
        for Hidden(text) in &self.header {
            match text.strip_prefix('@') {
                Some(file) => lines.extend(
                    read("--header", Path::new(file))?
                        .lines()
                        .map(str::to_owned),
                ),
                None => lines.push(text.clone()),
            }
        }
        let lines = lines.iter().map(|line| line.trim());
        lines.filter(|line| !line.is_empty()).map(header).collect()
    }

    fn proxy(&self) -> Result<Proxy, Error> {
        let Some(Hidden(text)) = self.proxy.as_ref().filter(|text| !text.0.is_empty()) else {
            return Ok(if self.no_proxy {
                Proxy::None
            } else {
                Proxy::Environment
            });
        };
        let text = with_scheme(text);
        // The URL may hold a password, so that no message shows it.
        let wrong = |cause: String| Error::flag("--proxy", None, cause);
        let url =
            Url::parse(&text).map_err(|error| wrong(format!("{error}; write http://HOST:PORT")))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong(format!(
                "{} proxies are not supported, only http and https",
                url.scheme()
            )));
        }
        Ok(Proxy::Through(text.into()))
    }

    fn trust(&self) -> Result<Trust, Error> {
        Ok(match &self.cacert {
            _ if self.insecure => Trust::Anybody,
            Some(path) => Trust::These(read("--cacert", path)?),
            None => Trust::System,
        })
    }

    fn identity(&self) -> Result<Option<Identity>, Error> {
        let Some(cert) = &self.cert else {
            return Ok(None);
        };
        let chain = read("--cert", cert)?;
        let key = match &self.key {
            Some(key) => read("--key", key)?,
            None => chain.clone(),
        };
        Ok(Some(Identity {
            chain,
            key: key.into(),
        }))
    }
}

fn read(flag: &'static str, path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|cause| Error::Unreadable {
        flag: Some(flag),
        what: path.display().to_string(),
        cause,
    })
}

/// One header as typed; no message shows its value.
fn header(line: &str) -> Result<(String, String), Error> {
    let wrong = |cause: &str| Error::flag("--header", None, cause);
    let Some((name, value)) = line.split_once(':') else {
        return Err(wrong(
            "write 'NAME: VALUE', or @FILE for a file of such lines",
        ));
    };
    let (name, value) = (name.trim(), value.trim());
    let own = [
        "host",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
    ];
    let lower = name.to_lowercase();
    if lower == SECRET_HEADER.to_lowercase() {
        return Err(wrong(&format!(
            "{SECRET_HEADER} is sent as the case wants it; its value is SHARECHECK_SECRET"
        )));
    }
    if lower == "host" {
        return Err(wrong(
            "Host follows from --url; --connect-to or --resolve leads that name elsewhere",
        ));
    }
    if own.contains(&lower.as_str()) {
        return Err(wrong(&format!("{name} is not yours to set")));
    }
    http::header(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn curl_goes_the_same_way_and_is_told_no_credential() {
        let connection = Connection {
            header: vec!["Authorization: Bearer hunter2hunter2".into()],
            connect_to: vec!["a.example:443:localhost:8443".parse().unwrap()],
            proxy: Some("ann:hunter2@proxy.example:3128".into()),
            insecure: true,
            insecure_really: true,
            ..Connection::default()
        };
        let base = Url::parse("https://a.example").unwrap();
        let words = connection.line(&base).unwrap().curl.join(" ");
        assert_eq!(
            words,
            "--connect-to a.example:443:localhost:8443 -x http://proxy.example:3128/ \
             -H Authorization: ‹withheld› -k"
        );
    }

    #[rstest]
    #[case("no colon")]
    #[case("X-Webhook-Secret: hunter2hunter2")]
    #[case("Host: hunter2hunter2")]
    #[case("content-length: 3")]
    #[case("bad name: hunter2hunter2")]
    #[case("X-A: hunter2hunter2\u{7}")]
    fn no_header_and_the_message_does_not_show_it(#[case] line: &str) {
        let message = header(line).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
