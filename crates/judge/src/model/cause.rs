//! Why nothing can be tested, in one line, and what to do next, in another. An answer or a trouble comes in;
//! used before a run by the preflight and during it by the circuit breaker. Pure.

use crate::exchange::{Flaw, Obstacle, Reply, Trouble};
use crate::model::quota::Quota;
use serde::{Deserialize, Serialize};

/// A line of cause, and a line of what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// What is wrong, as a fragment.
    pub cause: String,
    /// What to type or to do next, as a fragment.
    pub next: String,
}

/// What an answer, or its absence, says about everything between us and a working custodian.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The connection was not made, or broke; or no HTTP came over it.
    Trouble(Trouble),
    /// 404, 405, 410 or 501: nothing is served at this path, or not for `POST`.
    NoRoute(u16),
    /// 404 or 410, where it cannot be told whether the path or the client is missing.
    Missing(u16),
    /// 401 or 403 in the custodian's own manner.
    Refused(u16),
    /// Another refusal or failure that is the same with the secret and without it.
    Alike(u16),
    /// 401, 403 or 407 in the manner of a gateway.
    Gateway(u16),
    /// A framework that asks for a token against forged requests.
    Forgery(u16),
    /// An HTML page where JSON belongs.
    Page(u16),
    /// A redirect, with its target where that is known.
    Redirect(u16, Option<String>),
    /// 429.
    TooMany,
    /// 429, with a limit that a run of so many requests cannot keep within.
    Quota(Quota, usize),
    /// 502, 503 or 504: a gateway with nothing behind it.
    NothingBehind(u16),
    /// Another 5xx.
    ServerError(u16),
    /// Another 4xx or 5xx, since the custodian does not know the client.
    UnknownClient(u16),
    /// Any other status that is not 2xx.
    Status(u16),
}

/// What of an answer tells where it comes from.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The status.
    pub status: u16,
    /// The content type, with or without parameters.
    pub content_type: Option<&'a str>,
    /// The body's beginning.
    pub body: &'a str,
    /// Looks up a header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<String>,
}

impl Look<'_> {
    /// Whether the body is an HTML page.
    pub fn is_page(&self) -> bool {
        let start = self.body.trim_start().to_ascii_lowercase();
        let named = self
            .content_type
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"));
        // JSON under the name of a page, as PHP sends it unless told otherwise, is JSON.
        let json = start.starts_with(['{', '[']);
        named && !json || start.starts_with("<!doctype html") || start.starts_with("<html")
    }

    /// Whether it looks as if something in front of the custodian had answered.
    fn is_gateway(&self) -> bool {
        let signs = [
            "www-authenticate",
            "proxy-authenticate",
            "cf-mitigated",
            "x-amzn-errortype",
            "x-vercel-mitigated",
            "x-sucuri-block",
            "x-iinfo",
        ];
        let bare = self.body.trim();
        let api_gateway = [
            r#"{"message":"Forbidden"}"#,
            r#"{"message":"Unauthorized"}"#,
            r#"{"message":"Missing Authentication Token"}"#,
            r#"{"message": "Forbidden"}"#,
        ];
        self.is_page()
            || signs.iter().any(|name| (self.header)(name).is_some())
            || api_gateway.contains(&bare)
            || bare.starts_with("error code: 10")
    }

    /// Whether it asks for a token against forged requests: Django, Rails, Laravel, Express, Spring.
    fn is_about_forgery(&self) -> bool {
        let said = self.body.to_lowercase();
        let words = ["csrf", "xsrf", "invalidauthenticitytoken"];
        words.iter().any(|word| said.contains(word)) || self.status == 419
    }

    /// What it says; nothing if it is a 2xx with something else than a page.
    pub fn cause(&self) -> Option<Cause> {
        Some(match self.status {
            200..=299 if self.is_page() => Cause::Page(self.status),
            200..=299 => return None,
            300..=399 => Cause::Redirect(
                self.status,
                // A query may hold personal data.
                (self.header)("location")
                    .map(|to| to.split(['?', '#']).next().unwrap_or_default().to_owned()),
            ),
            404 | 405 | 410 | 501 => Cause::NoRoute(self.status),
            407 => Cause::Gateway(407),
            400..=499 if self.is_about_forgery() => Cause::Forgery(self.status),
            401 | 403 if self.is_gateway() => Cause::Gateway(self.status),
            401 | 403 => Cause::Refused(self.status),
            429 => Cause::TooMany,
            502..=504 => Cause::NothingBehind(self.status),
            500.. => Cause::ServerError(self.status),
            status if self.is_page() => Cause::Page(status),
            status => Cause::Status(status),
        })
    }
}

impl Cause {
    /// What an answer that was kept says.
    pub fn of_reply(reply: &Reply) -> Option<Self> {
        let cause = Look {
            status: reply.status,
            content_type: reply.content_type.as_deref(),
            body: &reply.body,
            header: &|name| reply.headers.get(name).cloned(),
        }
        .cause();
        match cause {
            Some(Self::NoRoute(status @ (404 | 410))) => Some(Self::Missing(status)),
            cause => cause,
        }
    }

    /// What the outcome of an exchange says.
    pub fn of(outcome: &Result<Reply, Trouble>) -> Option<Self> {
        match outcome {
            Ok(reply) => Self::of_reply(reply),
            Err(trouble) => Some(Self::Trouble(trouble.clone())),
        }
    }

    /// Whether it is rather the doing of what stands between us and the custodian, or of how it was set up for us.
    pub fn is_in_between(&self) -> bool {
        match self {
            Self::Trouble(trouble) => trouble.is_unreachable(),
            Self::Refused(_)
            | Self::Alike(_)
            | Self::Gateway(_)
            | Self::Forgery(_)
            | Self::Page(_)
            | Self::TooMany
            | Self::Quota(..)
            | Self::NothingBehind(_) => true,
            Self::NoRoute(_)
            | Self::Missing(_)
            | Self::Redirect(..)
            | Self::ServerError(_)
            | Self::UnknownClient(_)
            | Self::Status(_) => false,
        }
    }

    /// Cause and advice, each by itself.
    pub fn advice(&self) -> Advice {
        Advice {
            cause: self.to_string(),
            next: self.next(),
        }
    }

    /// Cause and advice in a line, as a run that is broken off for it is told.
    pub fn told(&self) -> String {
        format!("{self}; {}", self.next())
    }

    /// What to type or to do next, as a fragment.
    pub fn next(&self) -> String {
        match self {
            Self::Trouble(trouble) => of_trouble(trouble),
            Self::NoRoute(405 | 501) => {
                "see whether --url leads to the webhooks: something is there that takes no POST"
                    .to_owned()
            }
            Self::NoRoute(_) => {
                "mend the path in --url: /backup and /backup/fetch are added to it".to_owned()
            }
            Self::Missing(_) => {
                "mend the path in --url, or name test clients that the custodian knows: --client-id ID"
                    .to_owned()
            }
            Self::Refused(_) => {
                "set SHARECHECK_SECRET (or --secret-file) to the secret that the custodian expects in \
                 X-Webhook-Secret"
                    .to_owned()
            }
            Self::Alike(_) => {
                "compare SHARECHECK_SECRET (or --secret-file) with the secret that the custodian expects in \
                 X-Webhook-Secret, and see whether that header gets there; if both are right, look into the custodian's \
                 log: then every request fails"
                    .to_owned()
            }
            Self::Gateway(407) => {
                "give the proxy's user and password: SHARECHECK_PROXY=http://USER:PASSWORD@HOST:PORT"
                    .to_owned()
            }
            Self::Gateway(_) => {
                "give the gateway's own credentials with --header 'NAME: VALUE', or let this machine in"
                    .to_owned()
            }
            Self::Forgery(_) => {
                "exempt both webhooks from it: `@csrf_exempt` in Django, `skip_forgery_protection` in Rails, \
                 `validateCsrfTokens(except: …)` in Laravel; the secret in the header guards them"
                    .to_owned()
            }
            Self::Page(_) => {
                "look at the URL in a browser: a login page or a proxy answers; pass it with --header, or name \
                 the custodian's own address in --url"
                    .to_owned()
            }
            Self::Redirect(_, Some(to)) => format!("give the URL that it leads to: {to}"),
            Self::Redirect(_, None) => "give the URL that it leads to".to_owned(),
            Self::TooMany => "send more slowly: --rate-limit 5/s".to_owned(),
            Self::Quota(quota, requests) => within(quota, *requests),
            Self::NothingBehind(_) => {
                "start the custodian behind the gateway; --wait 60s waits for it".to_owned()
            }
            Self::ServerError(_) => {
                "look into the custodian's log: it fails on a well-formed request".to_owned()
            }
            Self::UnknownClient(500..) => {
                "name test clients that the custodian knows: --client-id ID --client-id ID; if it fails on those too, \
                 look into its log"
                    .to_owned()
            }
            Self::UnknownClient(_) => {
                "name test clients that the custodian knows: --client-id ID --client-id ID".to_owned()
            }
            Self::Status(_) => "look into the custodian's log for the reason".to_owned(),
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trouble(trouble) => write!(f, "{trouble}"),
            Self::NoRoute(status @ (405 | 501)) => write!(f, "{status}: no POST is taken there"),
            Self::NoRoute(status) => write!(f, "{status}: nothing is served there"),
            Self::Missing(status) => {
                write!(
                    f,
                    "{status}: nothing is served there, or the client is unknown"
                )
            }
            Self::Refused(status) => write!(f, "{status}: the webhook secret is refused"),
            Self::Alike(status) => write!(
                f,
                "{status}: the webhook secret is refused, or never gets there: with it and without it every request \
                 is answered alike"
            ),
            Self::Gateway(407) => f.write_str("407: a proxy in between asks for credentials"),
            Self::Gateway(status) => {
                write!(f, "{status}: a gateway in front of the custodian refuses")
            }
            Self::Forgery(status) => write!(
                f,
                "{status}: the framework refuses a request without a token against forged requests (CSRF)"
            ),
            Self::Page(status) => write!(f, "{status}: an HTML page comes instead of JSON"),
            Self::Redirect(status, Some(to)) => write!(f, "{status}: a redirect to {to}"),
            Self::Redirect(status, None) => write!(f, "{status}: a redirect"),
            Self::TooMany => f.write_str("429: too many requests"),
            Self::Quota(quota, _) => write!(f, "429: {quota}"),
            Self::NothingBehind(status) => {
                write!(
                    f,
                    "{status}: a gateway answers, the custodian behind it does not"
                )
            }
            Self::ServerError(status) => write!(f, "{status}: the custodian fails"),
            Self::UnknownClient(status @ 500..) => {
                write!(
                    f,
                    "{status}: the custodian fails on a client id that was made up, and seems to take only those \
                     that it knows"
                )
            }
            Self::UnknownClient(status) => {
                write!(f, "{status}: the custodian does not know the client")
            }
            Self::Status(status) => write!(f, "{status}"),
        }
    }
}

/// How a run of so many requests gets through a limit.
fn within(quota: &Quota, requests: usize) -> String {
    let slowly = match (quota.rate(), quota.time_for(requests)) {
        (Some(rate), Some(time)) => {
            let time = humantime::format_duration(time);
            format!("spread it with --rate-limit {rate}, which takes {time}, ")
        }
        _ => "spread it with --rate-limit, such as 5/m, ".to_owned(),
    };
    format!(
        "this run sends some {requests} requests: lift the limit for this machine's address while it runs, {slowly}or \
         run what fits: sharecheck run lifecycle sends some 30"
    )
}

/// Whether a text of an answer says that there is no such client.
pub fn names_client(text: &str) -> bool {
    let text = text.to_lowercase();
    let whom = ["client", "user", "wallet", "customer", "account"];
    let what = [
        "not found",
        "unknown",
        "no such",
        "not exist",
        "n't exist",
        "not registered",
        "unregistered",
        "not known",
    ];
    whom.iter().any(|word| text.contains(word)) && what.iter().any(|word| text.contains(word))
}

fn of_trouble(trouble: &Trouble) -> String {
    let text = match trouble {
        Trouble::Dns => {
            "look for a slip in the host's name, or give its address: --resolve HOST:PORT:ADDRESS"
        }
        Trouble::Refused => {
            "start the custodian, or mend the host and port in --url; --wait 60s waits for it"
        }
        Trouble::ConnectTimeout => {
            "see whether this machine may connect: a firewall, a VPN, or a list that lets in only Portal's \
             addresses"
        }
        Trouble::Tls(flaw) => match flaw {
            Flaw::UnknownIssuer => "name the authority's certificate: --cacert FILE",
            Flaw::WrongName => {
                "use the name in the certificate in --url; --connect-to or --resolve leads it to the right machine"
            }
            Flaw::Expired => "renew the certificate: Portal will not connect either",
            Flaw::Unfit(_) => {
                "if it is one that the server has signed for itself, name it: --cacert FILE"
            }
            Flaw::NotYetValid => "compare this machine's clock with the server's",
            Flaw::ClientCertificateWanted => "give one: --cert FILE --key FILE",
            Flaw::ClientCertificateRefused => {
                "give one that the server's authority has signed: --cert FILE --key FILE"
            }
            Flaw::NotTls => "write http:// in --url, or the port that speaks TLS",
            Flaw::ClosedInHandshake | Flaw::Other(_) => "mend the server's TLS settings",
        },
        Trouble::Connect(Obstacle::ProxyWantsLogin) => return Cause::Gateway(407).next(),
        Trouble::Connect(Obstacle::ProxyRefuses) => {
            "let the proxy connect to this host and port, or go without it"
        }
        Trouble::Connect(Obstacle::Other(_)) => {
            "see what stands in between: a proxy (--no-proxy), a firewall, a VPN"
        }
        Trouble::NotHttp => {
            "name the port that speaks HTTP in --url, and https:// if it speaks TLS"
        }
        Trouble::Timeout => "see in the custodian's log why it takes so long",
        Trouble::Closed => {
            "see whether --url has the right port and scheme, http or https; then look into the custodian's log"
        }
        Trouble::Died => "see in the custodian's log what its process ended of, and start it again",
        Trouble::TooLarge => "see in the custodian's log why it did not answer in full",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(200, "application/json", "", "{}", None)]
    #[case(204, "", "", "", None)]
    #[case(200, "text/html; charset=utf-8", "", "<h1>", Some(Cause::Page(200)))]
    #[case(200, "", "", " <!DOCTYPE html>", Some(Cause::Page(200)))]
    #[case(
        401,
        "application/json",
        "",
        r#"{"error":"no"}"#,
        Some(Cause::Refused(401))
    )]
    #[case(
        403,
        "application/json",
        "",
        r#"{"message":"Forbidden"}"#,
        Some(Cause::Gateway(403))
    )]
    #[case(
        403,
        "application/json",
        "",
        r#"{"message":"Forbidden resource"}"#,
        Some(Cause::Refused(403))
    )]
    #[case(
        403,
        "text/html",
        "",
        "<h1>Forbidden</h1><p>CSRF verification failed.",
        Some(Cause::Forgery(403))
    )]
    #[case(
        403,
        "application/json",
        "",
        r#"{"error":"invalid csrf token"}"#,
        Some(Cause::Forgery(403))
    )]
    #[case(
        419,
        "text/html",
        "",
        "<title>Page Expired</title>",
        Some(Cause::Forgery(419))
    )]
    #[case(401, "text/plain", "www-authenticate", "", Some(Cause::Gateway(401)))]
    #[case(403, "text/html", "", "<html>", Some(Cause::Gateway(403)))]
    #[case(404, "text/html", "", "Cannot POST", Some(Cause::NoRoute(404)))]
    #[case(400, "text/html", "", "<html>", Some(Cause::Page(400)))]
    #[case(503, "text/html", "", "<html>", Some(Cause::NothingBehind(503)))]
    #[case(500, "text/html", "", "<html>", Some(Cause::ServerError(500)))]
    #[case(308, "", "", "", Some(Cause::Redirect(308, None)))]
    #[case(422, "application/json", "", "{}", Some(Cause::Status(422)))]
    fn an_answer_tells_where_it_comes_from(
        #[case] status: u16,
        #[case] kind: &str,
        #[case] header: &str,
        #[case] body: &str,
        #[case] cause: Option<Cause>,
    ) {
        let look = Look {
            status,
            content_type: (!kind.is_empty()).then_some(kind),
            body,
            header: &|name| (name == header).then(|| "x".to_owned()),
        };
        assert_eq!(look.cause(), cause);
    }
}
