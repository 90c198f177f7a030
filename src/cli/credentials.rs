//! The credentials in headers and URLs, as they were typed and as a server may show them: what no output may hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use url::Url;

/// Words in the names of headers that carry credentials.
const TELLING: [&str; 10] = [
    "auth", "token", "key", "secret", "cookie", "password", "bypass", "access", "sign", "session",
];

/// A value shorter than this, under a name that tells nothing, is no credential: `X-Env: staging`.
const SHORTEST: usize = 12;

/// Whether the name of a header says that it carries a credential.
pub(super) fn is_telling(name: &str) -> bool {
    let lower = name.to_lowercase();
    TELLING.iter().any(|word| lower.contains(word))
}

/// The credentials in headers, in every form in which a server may show them.
pub(super) fn in_headers(headers: &[(String, String)]) -> Vec<SecretString> {
    let mut out = Vec::new();
    for (name, value) in headers {
        let lower = name.to_lowercase();
        if !is_telling(name) && value.len() < SHORTEST {
            continue;
        }
        out.push(value.clone());
        if lower == "cookie" {
            let values = value
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .map(|(_, value)| value.trim().to_owned());
            out.extend(values);
        } else if let Some((scheme, token)) = value.split_once(' ') {
            out.push(token.trim().to_owned());
            let decoded = STANDARD
                .decode(token.trim())
                .ok()
                .filter(|_| scheme.eq_ignore_ascii_case("basic"))
                .and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(both) = decoded {
                out.extend(
                    both.split_once(':')
                        .map(|(_, password)| password.to_owned()),
                );
                out.push(both);
            }
        }
    }
    out.into_iter()
        .filter(|text| !text.is_empty())
        .map(Into::into)
        .collect()
}

/// A proxy's URL, of which curl and the environment take the host alone.
pub(super) fn with_scheme(url: &str) -> String {
    if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    }
}

/// The credentials in a URL, as they were meant and as they were written: the password, and both as a header
/// would have them. A user without a password is a token.
pub(super) fn in_url(url: &str) -> Vec<SecretString> {
    let Ok(url) = Url::parse(&with_scheme(url)) else {
        return Vec::new();
    };
    let user = decoded(url.username());
    let texts = match url.password() {
        Some(raw) => {
            let password = decoded(raw);
            let both = format!("{user}:{password}");
            vec![raw.to_owned(), password, both]
        }
        None => vec![url.username().to_owned(), user],
    };
    let texts = texts.into_iter().filter(|text| !text.is_empty());
    texts.map(Into::into).collect()
}

/// A part of a URL without its percent signs.
fn decoded(part: &str) -> String {
    // As a form's key, in which only these would mean something else.
    let key = part
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut pairs = url::form_urlencoded::parse(key.as_bytes());
    pairs
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use secrecy::ExposeSecret;
    use sharecheck::exchange::Redactor;

    #[rstest]
    #[case("X-Env", "staging", &[])]
    #[case("X-Api-Key", "k", &["k"])]
    #[case("X-Whatever", "long-enough-to-be-one", &["long-enough-to-be-one"])]
    #[case("Authorization", "Bearer abc", &["Bearer abc", "abc"])]
    #[case("Authorization", "Basic dXNlcjpwYXNz", &["Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", "pass", "user:pass"])]
    #[case("Cookie", "a=1; session=two", &["a=1; session=two", "1", "two"])]
    fn what_a_header_carries_is_a_credential(
        #[case] name: &str,
        #[case] value: &str,
        #[case] known: &[&str],
    ) {
        let found = in_headers(&[(name.to_owned(), value.to_owned())]);
        let found: Vec<&str> = found.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(found, known);
    }

    #[rstest]
    #[case("http://ann:p%40ss-word@a.example", &["p@ss-word", "p%40ss-word", "ann:p@ss-word"])]
    #[case("ann:p+ss-word@a.example:3128", &["p+ss-word", "ann:p+ss-word"])]
    #[case("https://tok%2Den-1@a.example/x", &["tok-en-1", "tok%2Den-1", "tok-en-1:"])]
    fn what_a_url_carries_is_shown_in_no_spelling(#[case] url: &str, #[case] texts: &[&str]) {
        let known = in_url(url);
        let redactor = Redactor::new(known.iter().map(ExposeSecret::expose_secret));
        for text in texts {
            for shown in [(*text).to_owned(), STANDARD.encode(text)] {
                let clean = redactor.whole(&shown);
                assert!(clean.contains("‹secret›"), "{text}: {clean}");
            }
        }
        assert_eq!(redactor.whole("ann"), "ann");
        assert!(in_url("http://a.example:3128/x@y").is_empty());
    }
}
