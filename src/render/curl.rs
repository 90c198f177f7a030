//! An exchange as command lines that repeat it: the real address, the way to it and the client, a stand-in for the
//! share, and credentials only by the names of environment variables.

use super::visible::is_hidden;
use crate::contract::body;
use crate::exchange::{Exchange, Secret, Webhook};
use crate::model::report::{CaseResult, Report, Run, WITHHELD};
use std::fmt::Write as _;

const VARIABLE: &str = "$SHARECHECK_SECRET";
const SECRET_SYMBOL: &str = "‹secret›";

/// So many lines are read, and pasted, without getting lost.
const MOST_LINES: usize = 24;

/// The lines that repeat this exchange of a case: all that was sent for its client since it was new, and what ran at
/// once side by side; of very much the last.
pub(super) fn repeat(report: &Report, case: &CaseResult, index: usize) -> Vec<String> {
    let Some(exchange) = case.exchanges.get(index) else {
        return Vec::new();
    };
    let step = exchange.place.step;
    let beside = |it: &Exchange| step.is_some() && it.place.step == step;
    let before = case.exchanges.iter().take(index).filter(|it| {
        it.sent.webhook == Webhook::Backup && it.sent.client == exchange.sent.client || beside(it)
    });
    let mut all: Vec<&Exchange> = before
        .chain([exchange])
        // No program can be given a NUL.
        .filter(|it| !it.sent.body.contains('\0'))
        .collect();
    all.drain(..all.len().saturating_sub(MOST_LINES));
    let at_once = |one: &Exchange, other: &Exchange| {
        one.place.step == other.place.step && one.place.lane != other.place.lane
    };
    let mut lines = Vec::new();
    for (number, it) in all.iter().enumerate() {
        let line = line(&report.run, case, it);
        let next = all.get(number + 1).is_some_and(|next| at_once(it, next));
        let last = number > 0 && at_once(all[number - 1], it);
        lines.push(if next || last {
            format!("{line} &")
        } else {
            line
        });
        if last && !next {
            lines.push("wait".to_owned());
        }
    }
    lines
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
    let content_type = sent.content_type.as_deref().unwrap_or("application/json");
    format!(
        "{} {} -H {}{} --data-raw {}",
        curl(run),
        quoted(&address(&run.target, sent.webhook)),
        quoted(&format!("Content-Type: {content_type}")),
        secret(sent.secret),
        with_secret(&body_of(case, exchange)),
    )
}

pub(super) fn address(target: &str, webhook: Webhook) -> String {
    format!("{}{}", target.trim_end_matches('/'), webhook.path())
}

/// The argument that carries the secret, spoiled as it was.
fn secret(how: Secret) -> String {
    let value = match how {
        Secret::Right => VARIABLE,
        Secret::Missing => return String::new(),
        Secret::Empty => return format!(" -H '{};'", body::SECRET_HEADER),
        Secret::Wrong => "not-the-secret",
        Secret::Prefix => "${SHARECHECK_SECRET%?}",
        Secret::Suffix => "${SHARECHECK_SECRET#?}",
        Secret::Extension => "${SHARECHECK_SECRET}x",
        Secret::Prefixed => "x${SHARECHECK_SECRET}",
        Secret::CaseSwapped => "$(printf %s \"$SHARECHECK_SECRET\" | tr a-zA-Z A-Za-z)",
        Secret::Upper => "$(printf %s \"$SHARECHECK_SECRET\" | tr a-z A-Z)",
        Secret::Lower => "$(printf %s \"$SHARECHECK_SECRET\" | tr A-Z a-z)",
        Secret::FirstChanged => "~${SHARECHECK_SECRET#?}",
        Secret::LastChanged => "${SHARECHECK_SECRET%?}~",
        Secret::Undefined => "undefined",
        Secret::Null => "null",
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
    #[case(Secret::Prefix, "X-Webhook-Secret: s3cr et'\"$")]
    #[case(Secret::Suffix, "X-Webhook-Secret: 3cr et'\"$x")]
    #[case(Secret::Extension, "X-Webhook-Secret: s3cr et'\"$xx")]
    #[case(Secret::Prefixed, "X-Webhook-Secret: xs3cr et'\"$x")]
    #[case(Secret::CaseSwapped, "X-Webhook-Secret: S3CR ET'\"$X")]
    #[case(Secret::Upper, "X-Webhook-Secret: S3CR ET'\"$X")]
    #[case(Secret::FirstChanged, "X-Webhook-Secret: ~3cr et'\"$x")]
    #[case(Secret::Right, "X-Webhook-Secret: s3cr et'\"$x")]
    fn a_spoiled_secret_is_spoiled_by_the_shell(#[case] how: Secret, #[case] header: &str) {
        let arguments = secret(how);
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
