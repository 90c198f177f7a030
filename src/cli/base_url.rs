//! Base URLs: what a custodian's may be, and how any is shown.

use super::{Error, warn};
use url::Url;

/// The base URL that was typed.
pub(crate) fn base_url(text: &str) -> Result<Url, Error> {
    base_url_of("--url", text)
}

/// The base URL that was typed behind this flag.
pub(crate) fn base_url_of(flag: &'static str, text: &str) -> Result<Url, Error> {
    let wrong = |what: &str| Error::flag(flag, without_credentials(text), what);
    let url = Url::parse(text).map_err(|error| {
        if error == url::ParseError::RelativeUrlWithoutBase {
            wrong("no scheme; did you mean http:// or https:// before it?")
        } else {
            wrong(&error.to_string())
        }
    })?;
    if url.cannot_be_a_base() {
        // localhost:3000 reads as a scheme and a path.
        return Err(wrong(&format!("no scheme; did you mean http://{text}?")));
    }
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("only http and https can be tested"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the base URL has no query and no fragment"));
    }
    if url.path().trim_end_matches('/').ends_with("/backup")
        || url.path().ends_with("/backup/fetch")
    {
        warn(
            "note: /backup is added to the base URL; leave it out unless your route really is …/backup/backup",
        );
    }
    Ok(url)
}

/// A base URL without its credentials, as a report shows it.
pub(crate) fn bare(base: &Url) -> String {
    let mut shown = base.clone();
    let _ = (shown.set_username(""), shown.set_password(None));
    shown.to_string()
}

/// A URL without the credentials that may stand in it, for every place that shows one.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some(start) = url.find("://").map(|at| at + 3) else {
        return url.to_owned();
    };
    let rest = &url[start..];
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may hold an @ or even a slash: whatever stands before the last one goes.
    match rest.rfind('@') {
        Some(at)
            if at <= authority || Url::parse(url).map_or(true, |it| it.password().is_some()) =>
        {
            format!("{}…{}", &url[..start], &rest[at..])
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://a.example/portal", "https://a.example/portal")]
    #[case("https://u:p@a.example/portal", "https://…@a.example/portal")]
    #[case("https://u:p@ss@a.example", "https://…@a.example")]
    #[case("https://u@a.example?x=1", "https://…@a.example?x=1")]
    #[case("https://a.example/users/@me", "https://a.example/users/@me")]
    #[case("https://u:p/q@a.example", "https://…@a.example")]
    #[case("no url @ all", "no url @ all")]
    fn a_url_is_shown_without_credentials(#[case] url: &str, #[case] shown: &str) {
        assert_eq!(without_credentials(url), shown);
    }
}
