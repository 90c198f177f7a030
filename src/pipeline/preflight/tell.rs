//! What was seen, in words: each request in a line, and a cause with what to do next.

use super::look::{Answers, Came, cause, header, same};
use crate::contract::body;
use crate::contract::malformed::Malformed;
use crate::exchange::{Redactor, Trouble};
use crate::http::{Http, Via};
use crate::model::cause::{Advice, Cause};

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other cause speaks for itself"
)]
pub(super) fn explain(
    cause: &Cause,
    base: &str,
    http: &Http,
    seen: &Answers,
    redactor: &Redactor,
) -> Advice {
    let what = match cause {
        Cause::Trouble(Trouble::ConnectTimeout) => {
            format!(
                "no connection to {base} in time: a firewall, or a list of addresses that are let in?"
            )
        }
        Cause::Trouble(trouble @ (Trouble::Dns | Trouble::Refused)) if proxied(http) => {
            format!("cannot reach the proxy: {trouble}")
        }
        Cause::Trouble(trouble) if trouble.is_unreachable() => {
            format!("cannot reach {base}: {trouble}")
        }
        Cause::Trouble(Trouble::Closed) => {
            format!(
                "cannot speak HTTP with {base}: every connection is closed before an answer is whole"
            )
        }
        Cause::Trouble(trouble) => format!("cannot speak HTTP with {base}: {trouble}"),
        Cause::NoRoute(_) => format!(
            "{cause}: tried POST {base}{} and POST {base}{}",
            body::FETCH,
            body::BACKUP
        ),
        Cause::Refused(_) if everywhere(seen) => {
            format!(
                "{cause}, or something in front of it refuses: {base} says the same to every path"
            )
        }
        Cause::Redirect(..) => {
            format!("{base} redirects both webhooks ({cause}); redirects are never followed")
        }
        _ => format!("{base}: {cause}"),
    };
    let via = http
        .via()
        .map(|via| format!(" (by way of {via})"))
        .unwrap_or_default();
    let next = match cause {
        Cause::Redirect(_, Some(to)) => match moved(to, base) {
            Some(url) => format!("give the URL that it leads to: --url {url}"),
            None => "find out what asks there for a login: a gateway takes its credentials with --header".to_owned(),
        },
        Cause::Trouble(Trouble::Dns | Trouble::Refused) if proxied(http) => {
            "mend --proxy (or HTTP_PROXY, HTTPS_PROXY, ALL_PROXY), or go without it".to_owned()
        }
        _ => cause.next(),
    };
    Advice {
        cause: redactor.text(&format!("{what}{via}"), 600),
        next: redactor.text(&next, 600),
    }
}

/// Whether connections go to a proxy.
pub(super) fn proxied(http: &Http) -> bool {
    http.via().is_some_and(Via::is_proxy)
}

/// Whether a path that nobody serves gets the answer of the fetch.
pub(super) fn everywhere(seen: &Answers) -> bool {
    matches!((seen.fetch(), &seen.nowhere), (Some(came), Some(nowhere)) if same(came, nowhere))
}

/// What to do about bytes that are not what they should be, or an answer that is wrapped in another.
pub(super) fn mend(fault: &Malformed) -> Option<&'static str> {
    Some(match fault {
        Malformed::Compressed(_) => {
            "compress only what is asked for with Accept-Encoding: Portal need not understand anything else"
        }
        Malformed::ByteOrderMark => "write the JSON without a byte-order mark",
        Malformed::LengthInCharacters => {
            "count the bytes of the body for Content-Length (Buffer.byteLength), or leave that to the framework"
        }
        Malformed::BreaksOff => "see in the custodian's log why the answer is not whole",
        Malformed::Envelope => {
            "let the gateway open it (a proxy integration), or name the gateway's URL in place of the function's own"
        }
        Malformed::Empty
        | Malformed::NotJson
        | Malformed::StringOfJson
        | Malformed::NotAnObject(_)
        | Malformed::NoShares
        | Malformed::NoShare
        | Malformed::SharesAre(_)
        | Malformed::ElementIs(_)
        | Malformed::ShareIs(_)
        | Malformed::NoUserShare(_) => return None,
    })
}

/// The base URL that a redirect leads to, if it leads to a webhook.
pub(super) fn moved(to: &str, base: &str) -> Option<String> {
    let target = url::Url::parse(&format!("{base}{}", body::FETCH))
        .ok()?
        .join(to)
        .ok()?;
    let text = target.as_str().trim_end_matches('/');
    let stem = text
        .strip_suffix(body::FETCH)
        .or_else(|| text.strip_suffix(body::BACKUP))?;
    Some(stem.to_owned())
}

pub(super) fn saw(came: &Came) -> String {
    let reply = match came {
        Ok(reply) => reply,
        Err(trouble) => return trouble.to_string(),
    };
    let status = reply.meant_status();
    match cause(came) {
        Some(Cause::Redirect(_, Some(to))) => return format!("{status} to {to}"),
        Some(Cause::Forgery(_)) => return format!("{status}, for want of a CSRF token"),
        Some(Cause::Gateway(_)) => return format!("{status}, in the manner of a gateway"),
        Some(Cause::Page(_)) => return format!("{status}, an HTML page"),
        Some(_) | None => {}
    }
    if reply.answer().fault == Some(Malformed::Envelope) {
        return format!("{status}, in the envelope of a function");
    }
    let kind = header(reply, "content-type").filter(|_| !reply.body.is_empty());
    match kind.as_deref().and_then(|kind| kind.split(';').next()) {
        Some(kind) => format!("{status}, {kind}"),
        None => format!("{status}, no body"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://a.example/backup/fetch", Some("https://a.example"))]
    #[case("/v2/portal/backup/fetch/", Some("http://a.example/v2/portal"))]
    #[case("//b.example/portal/backup", Some("http://b.example/portal"))]
    #[case("/login", None)]
    fn a_redirect_to_a_webhook_gives_the_base_url(
        #[case] location: &str,
        #[case] base: Option<&str>,
    ) {
        let found = moved(location, "http://a.example/portal");
        assert_eq!(found.as_deref(), base);
    }
}
