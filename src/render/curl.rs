//! An exchange as command lines that repeat it: the real address, the way to it and the client, a stand-in for the
//! share, and credentials only by the names of environment variables.

use super::visible::is_hidden;
use crate::contract::body;
use crate::exchange::{Exchange, Reply, Webhook};
use crate::model::report::{CaseResult, Report, Run, WITHHELD};
use std::fmt::Write as _;

const VARIABLE: &str = "$SHARECHECK_SECRET";
const SECRET_SYMBOL: &str = "‹secret›";

/// The lines that repeat this exchange of a case; before a fetch stand the last stores that it should show.
pub(super) fn repeat(report: &Report, case: &CaseResult, index: usize) -> Vec<String> {
    let Some(exchange) = case.exchanges.get(index) else {
        return Vec::new();
    };
    let mut before: Vec<&Exchange> = Vec::new();
    if exchange.sent.webhook == Webhook::Fetch {
        before = case.exchanges[..index]
            .iter()
            .rev()
            .filter(|it| it.sent.client == exchange.sent.client && is_kept_store(it))
            .take(2)
            .collect();
        before.reverse();
    }
    before
        .into_iter()
        .chain([exchange])
        // No program can be given a NUL.
        .filter(|it| !it.sent.body.contains('\0'))
        .map(|it| line(&report.run, case, it))
        .collect()
}

/// A fetch by hand, to see whether the custodian answers at all.
pub(super) fn knock(report: &Report) -> String {
    let client = report
        .cases
        .iter()
        .find_map(|case| case.clients.values().next());
    let body = body::fetch(client.map_or("CLIENT-ID", String::as_str));
    format!(
        "{} {} -H 'Content-Type: application/json' -H \"{}: {VARIABLE}\" --data-raw {}",
        curl(&report.run),
        quoted(&address(&report.run.target, Webhook::Fetch)),
        body::SECRET_HEADER,
        quoted(&body)
    )
}

/// Whether the exchange's body was too long to be kept, so that a repetition sends something shorter.
pub(super) fn is_shortened(exchange: &Exchange) -> bool {
    exchange.sent.bytes > 4 * 1024 || exchange.sent.body.ends_with(" more bytes›")
}

fn is_kept_store(exchange: &Exchange) -> bool {
    exchange.sent.webhook == Webhook::Backup
        && exchange.sent.share.is_some()
        && exchange.sent.oddity().is_none()
        && exchange.reply().is_some_and(Reply::is_success)
}

/// curl with the flags that make it connect as the run did: otherwise it could send the secret to another server.
fn curl(run: &Run) -> String {
    let words = run.curl.iter().map(|word| match word.split_once(": ") {
        Some((name, WITHHELD)) => {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let variable: String = name.to_uppercase().chars().map(plain).collect();
            format!("{}\"${variable}\"", quoted(&format!("{name}: ")))
        }
        Some(_) | None => quoted(word),
    });
    let words = ["curl -sS -i".to_owned()].into_iter().chain(words);
    words.collect::<Vec<_>>().join(" ")
}

fn line(run: &Run, case: &CaseResult, exchange: &Exchange) -> String {
    let sent = &exchange.sent;
    let oddity = sent.oddity().unwrap_or_default();
    let content_type = oddity
        .split_once("content type: ")
        .map_or("application/json", |(_, kind)| kind);
    format!(
        "{} {} -H {}{} --data-raw {}",
        curl(run),
        quoted(&address(&run.target, sent.webhook)),
        quoted(&format!("Content-Type: {content_type}")),
        secret(&oddity),
        with_secret(&body_of(case, exchange)),
    )
}

pub(super) fn address(target: &str, webhook: Webhook) -> String {
    format!("{}{}", target.trim_end_matches('/'), webhook.path())
}

/// The argument that carries the secret, spoiled as it was; the names are those of `case::Secret`.
fn secret(oddity: &str) -> String {
    let how = oddity
        .split(", ")
        .find_map(|part| part.strip_prefix("secret: "));
    let value = match how {
        Some("missing") => return String::new(),
        Some("empty") => return format!(" -H '{};'", body::SECRET_HEADER),
        Some("wrong") => "not-the-secret",
        Some("prefix") => "${SHARECHECK_SECRET%?}",
        Some("extension") => "${SHARECHECK_SECRET}x",
        Some("case-swapped") => "$(printf %s \"$SHARECHECK_SECRET\" | tr a-zA-Z A-Za-z)",
        Some("first-changed") => "~${SHARECHECK_SECRET#?}",
        Some("last-changed") => "${SHARECHECK_SECRET%?}~",
        Some("undefined") => "undefined",
        Some("null") => "null",
        Some(_) | None => VARIABLE,
    };
    format!(" -H \"{}: {value}\"", body::SECRET_HEADER)
}

/// The body with stand-ins for its shares. Our mark in them tells the next run that they are nobody's.
fn body_of(case: &CaseResult, exchange: &Exchange) -> String {
    let sent = &exchange.sent;
    let stand_in = |label: &str| format!("{{\"sharecheck\":\"repeat {label}\"}}");
    if let (Some(label), true) = (&sent.share, is_shortened(exchange)) {
        let client = case.clients.get(&sent.client).unwrap_or(&sent.client);
        return body::store(client, &stand_in(label), sent.method.as_deref());
    }
    let mut out = String::with_capacity(sent.body.len());
    let mut rest = sent.body.as_str();
    while let Some((before, (label, behind))) = rest
        .split_once("\"‹share ")
        .and_then(|(before, from)| Some((before, from.split_once("›\"")?)))
    {
        out.push_str(before);
        out.push_str(&serde_json::Value::String(stand_in(label)).to_string());
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A text as one word of a shell command, with the secret's symbol replaced by its variable.
fn with_secret(text: &str) -> String {
    let parts: Vec<String> = text.split(SECRET_SYMBOL).map(quoted).collect();
    parts.join(&format!("\"{VARIABLE}\""))
}

/// A text as one word of a shell command.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if is_hidden(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::{Maker, maker};
    use crate::render::sample;
    use rstest::rstest;
    use std::process::Command;

    /// What a shell makes of the word, or nothing where there is no such shell.
    fn in_shell(word: &str) -> Option<String> {
        let out = Command::new("bash")
            .args(["-c", &format!("printf %s {word}")])
            .env("SHARECHECK_SECRET", "s3cr et'\"$x")
            .output()
            .ok()?;
        String::from_utf8(out.stdout).ok()
    }

    #[rstest]
    #[case("plain-1.2")]
    #[case("")]
    #[case("it's $HOME `id` \"x\" \\ !")]
    #[case("{\"clientId\":\"o'brien\"}")]
    #[case("a\u{1b}[31m'\\\u{202e}\n1")]
    fn a_shell_reads_back_what_was_quoted(#[case] text: &str) {
        let word = quoted(text);
        assert!(!word.contains(is_hidden), "{word}");
        if let Some(read) = in_shell(&word) {
            assert_eq!(read, text);
        }
    }

    #[rstest]
    #[case("secret: prefix", "X-Webhook-Secret: s3cr et'\"$")]
    #[case("secret: extension", "X-Webhook-Secret: s3cr et'\"$xx")]
    #[case("secret: case-swapped", "X-Webhook-Secret: S3CR ET'\"$X")]
    #[case("secret: first-changed", "X-Webhook-Secret: ~3cr et'\"$x")]
    #[case(
        "client id: prefix, content type: text/plain",
        "X-Webhook-Secret: s3cr et'\"$x"
    )]
    fn a_spoiled_secret_is_spoiled_by_the_shell(#[case] oddity: &str, #[case] header: &str) {
        let arguments = secret(oddity);
        let word = arguments.trim_start().strip_prefix("-H ").unwrap();
        if let Some(read) = in_shell(word) {
            assert_eq!(read, header);
        }
    }

    #[test]
    fn a_secret_in_the_body_is_named_never_written() {
        let word = with_secret("{\"secret\":\"‹secret›\"}");
        assert_eq!(word, "'{\"secret\":\"'\"$SHARECHECK_SECRET\"'\"}'");
    }

    #[test]
    fn the_line_goes_the_way_that_the_run_went() {
        let mut report = sample::report();
        let words = [
            "--connect-to",
            "::localhost:8443",
            "-H",
            "X-Api-Key: ‹withheld›",
        ];
        report.run.curl = words.map(str::to_owned).into();
        let case = report.cases.iter().find(|case| !case.exchanges.is_empty());
        let way =
            "curl -sS -i --connect-to ::localhost:8443 -H 'X-Api-Key: '\"$X_API_KEY\" https://";
        for line in repeat(&report, case.unwrap(), 0)
            .into_iter()
            .chain([knock(&report)])
        {
            assert!(line.starts_with(way), "{line}");
        }
    }

    #[test]
    fn a_stand_in_is_known_as_ours() {
        assert_eq!(maker("{\"sharecheck\":\"repeat old\"}"), Maker::Us(None));
    }

    #[test]
    fn a_fetch_is_repeated_with_the_stores_that_it_should_show() {
        let report = sample::report();
        let case = report
            .cases
            .iter()
            .find(|case| case.id == "replace.same-method")
            .unwrap();
        let lines = repeat(&report, case, case.exchanges.len() - 1);
        assert_eq!(lines.len(), 3);
        assert!(
            lines[0].contains("repeat old") && lines[1].contains("repeat new"),
            "{lines:?}"
        );
        assert!(
            lines[2].contains("/backup/fetch") && lines[2].contains("test-1"),
            "{lines:?}"
        );
    }
}
