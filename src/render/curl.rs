//! A request as a command line of curl: the real address, the way to it and the client, a stand-in for the share, and
//! credentials only by the names of environment variables.

use super::shell::{Piece, quoted, word, writer};
use crate::contract::body;
use crate::contract::share::StandIn;
use crate::exchange::{Credentials, Own, Secret, Sent, Webhook};
use crate::model::report::{Report, Run, WITHHELD};

const VARIABLE: &str = "$SHARECHECK_SECRET";
/// What stands for a user's token.
const TOKEN: &str = "$USER_TOKEN";
const SECRET_SYMBOL: &str = "‹secret›";
const SHARE_SYMBOL: (&str, &str) = ("‹share ", "›");

/// What stands for what in a line.
pub(super) struct Filling<'a> {
    /// The text for the share with a label.
    pub(super) stand_in: &'a dyn Fn(&str) -> StandIn,
    /// Client ids that others stand for, and what that is.
    pub(super) ids: Vec<(&'a str, Vec<Piece>)>,
    /// The variable that holds the token of a symbolic client's user, with its `$`.
    pub(super) token: &'a dyn Fn(&str) -> String,
}

impl Filling<'_> {
    /// The variable of the token that a request carries, if it carries one.
    fn token_of(&self, sent: &Sent) -> Option<String> {
        match &sent.credentials {
            Credentials::Own => Some((self.token)(&sent.client)),
            Credentials::Of(client) => Some((self.token)(client)),
            Credentials::Missing => None,
        }
    }
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

/// The line that sends a request again.
pub(super) fn line(run: &Run, sent: &Sent, filling: &Filling<'_>) -> String {
    if let Some(own) = &sent.own {
        return own_line(run, sent, own, filling);
    }
    let content_type = sent.content_type.as_deref().unwrap_or("application/json");
    let command = format!(
        "{} {} -H {}{}",
        curl(run),
        quoted(&address(&run.target, sent.webhook)),
        quoted(&format!("Content-Type: {content_type}")),
        secret(sent.secret),
    );
    let body = pieces(&sent.body, filling);
    match word(&body) {
        Some(word) => format!("{command} --data-raw {word}"),
        None => format!("{} | {command} --data-binary @-", writer(&body)),
    }
}

/// The same for one to a custodian's own endpoint: its user's token comes from a variable.
fn own_line(run: &Run, sent: &Sent, own: &Own, filling: &Filling<'_>) -> String {
    let plain = (!sent.body.is_empty()).then_some("application/json");
    let content_type = sent.content_type.as_deref().or(plain).into_iter();
    let headers = content_type.map(|kind| format!("Content-Type: {kind}"));
    let headers = headers.chain(own.headers.iter().cloned());
    let token = filling.token_of(sent);
    let filled = |text: &str| {
        let text = vec![Piece::Text(text.to_owned())];
        let token = token
            .iter()
            .map(|it| (TOKEN, vec![Piece::Variable(it.clone())]));
        let ids = filling
            .ids
            .iter()
            .map(|(id, instead)| (*id, instead.clone()));
        let pieces = token
            .chain(ids)
            .fold(text, |text, (from, to)| replaced(text, from, &to));
        word(&joined(pieces)).unwrap_or_default()
    };
    let headers: Vec<String> = headers.map(|it| format!(" -H {}", filled(&it))).collect();
    let command = format!(
        "{} -X {} {}{}",
        curl(run),
        quoted(&own.method),
        filled(&own.url),
        headers.concat()
    );
    if sent.body.is_empty() {
        return command;
    }
    let body = pieces(&sent.body, filling);
    match word(&body) {
        Some(word) => format!("{command} --data-raw {word}"),
        None => format!("{} | {command} --data-binary @-", writer(&body)),
    }
}

pub(super) fn address(target: &str, webhook: Webhook) -> String {
    format!(
        "{}{}",
        target.trim_end_matches('/'),
        webhook.path().unwrap_or_default()
    )
}

/// The argument that carries the secret, spoiled as it was.
fn secret(how: Secret) -> String {
    let value = match how {
        Secret::Right => VARIABLE,
        Secret::Missing => return String::new(),
        Secret::Empty => return format!(" -H '{};'", body::SECRET_HEADER),
        // As long as the right one, and other in every character.
        Secret::Wrong => "$(printf %s \"$SHARECHECK_SECRET\" | tr 'x -wy-~' yx)",
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

/// The body of a request, with the secret and the shares in the place of their symbols.
fn pieces(body: &str, filling: &Filling<'_>) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(String::new())];
    for (number, part) in body.split(SECRET_SYMBOL).enumerate() {
        if number > 0 {
            pieces.push(Piece::Variable(VARIABLE.to_owned()));
        }
        let mut rest = part;
        while let Some((before, (label, behind))) = rest
            .split_once(SHARE_SYMBOL.0)
            .and_then(|(before, from)| Some((before, from.split_once(SHARE_SYMBOL.1)?)))
        {
            let share = (filling.stand_in)(label);
            pieces.extend(with_ids(before, filling));
            // The symbol stands in a JSON string.
            pieces.push(Piece::Text(escaped(&share.before)));
            pieces.push(Piece::Long(share.piece, share.times));
            pieces.push(Piece::Text(escaped(&share.after)));
            rest = behind;
        }
        pieces.extend(with_ids(rest, filling));
    }
    joined(pieces)
}

/// A text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A text in which others stand for the ids of clients, where these are all of a JSON string.
fn with_ids(text: &str, filling: &Filling<'_>) -> Vec<Piece> {
    let text = vec![Piece::Text(text.to_owned())];
    filling.ids.iter().fold(text, |pieces, (id, instead)| {
        let quote = || Piece::Text("\"".to_owned());
        let mut to = vec![quote()];
        to.extend(instead.iter().cloned());
        to.push(quote());
        replaced(pieces, &format!("\"{id}\""), &to)
    })
}

/// The same with these pieces in the place of a text.
fn replaced(pieces: Vec<Piece>, from: &str, to: &[Piece]) -> Vec<Piece> {
    let each = pieces.into_iter().flat_map(|piece| match piece {
        Piece::Text(text) => {
            let mut out = Vec::new();
            for (number, part) in text.split(from).enumerate() {
                if number > 0 {
                    out.extend(to.iter().cloned());
                }
                out.push(Piece::Text(part.to_owned()));
            }
            out
        }
        Piece::Variable(_) | Piece::Long(..) => vec![piece],
    });
    each.collect()
}

/// The same with one text where several follow one another.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (_, Piece::Long(_, 0)) => {}
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => out.push(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::Shape;
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
    #[case(Secret::Prefix, "X-Webhook-Secret: s3cr et'\"$")]
    #[case(Secret::Suffix, "X-Webhook-Secret: 3cr et'\"$x")]
    #[case(Secret::Extension, "X-Webhook-Secret: s3cr et'\"$xx")]
    #[case(Secret::Prefixed, "X-Webhook-Secret: xs3cr et'\"$x")]
    #[case(Secret::CaseSwapped, "X-Webhook-Secret: S3CR ET'\"$X")]
    #[case(Secret::Upper, "X-Webhook-Secret: S3CR ET'\"$X")]
    #[case(Secret::FirstChanged, "X-Webhook-Secret: ~3cr et'\"$x")]
    #[case(Secret::Wrong, "X-Webhook-Secret: xxxxxxxxxxy")]
    #[case(Secret::Right, "X-Webhook-Secret: s3cr et'\"$x")]
    fn a_spoiled_secret_is_spoiled_by_the_shell(#[case] how: Secret, #[case] header: &str) {
        let arguments = secret(how);
        let word = arguments.trim_start().strip_prefix("-H ").unwrap();
        if let Some(read) = in_shell(word) {
            assert_eq!(read, header);
        }
    }

    /// The line for a request with this body.
    fn line_of(body: &str, shape: Shape, ids: Vec<(&str, Vec<Piece>)>) -> String {
        let mut report = sample::report();
        report.run.target = "http://x".to_owned();
        let case = report.cases.iter().find(|case| !case.exchanges.is_empty());
        let mut sent = case.unwrap().exchanges[0].sent.clone();
        sent.body = body.to_owned();
        let filling = Filling {
            stand_in: &|label| {
                if shape == Shape::Plain {
                    StandIn::short(label)
                } else {
                    StandIn::new(label, shape)
                }
            },
            ids,
            token: &|_| TOKEN.to_owned(),
        };
        line(&report.run, &sent, &filling)
    }

    #[test]
    fn a_secret_in_the_body_is_named_never_written() {
        let line = line_of("{\"secret\":\"‹secret›\"}", Shape::Plain, Vec::new());
        let word = "'{\"secret\":\"'\"$SHARECHECK_SECRET\"'\"}'";
        assert!(line.ends_with(&format!(" --data-raw {word}")), "{line}");
    }

    #[test]
    fn a_share_stands_in_its_string_with_what_is_before_and_behind_it() {
        let line = line_of(r#"{"share":"‹share odd›\ud800"}"#, Shape::Plain, Vec::new());
        let body = r#"'{"share":"{\"sharecheck\":\"repeat odd\"}\ud800"}'"#;
        assert!(line.ends_with(body), "{line}");
    }

    #[test]
    fn a_long_share_is_made_by_the_shell() {
        let line = line_of(r#"{"share":"‹share big›"}"#, Shape::Size1m, Vec::new());
        assert!(line.starts_with("{ printf %s '{\"share\":\"{"), "{line}");
        assert!(line.contains("; head -c 1048"), "{line}");
        assert!(
            line.ends_with(" --data-binary @-") && line.len() < 600,
            "{line}"
        );
    }

    #[test]
    fn a_body_with_a_nul_is_made_by_the_shell() {
        let line = line_of("{\"a\":\"\0\"}", Shape::Plain, Vec::new());
        assert!(
            line.starts_with("printf '%s\\0%s' '{\"a\":\"' '\"}' | curl "),
            "{line}"
        );
    }

    #[test]
    fn the_ids_of_clients_get_a_number_where_there_are_several_tries() {
        let line = line_of(
            r#"{"clientId":"test-1","x":"test-12"}"#,
            Shape::Plain,
            vec![(
                "test-1",
                vec![
                    Piece::Text("test-1-".to_owned()),
                    Piece::Variable("$try".to_owned()),
                ],
            )],
        );
        let body = r#"'{"clientId":"test-1-'"$try"'","x":"test-12"}'"#;
        assert!(line.ends_with(body), "{line}");
    }

    #[test]
    fn a_token_is_named_by_its_user_never_written() {
        let report = sample::report();
        let sent = |credentials| {
            let mut sent = sample::user_fetch("a", "GDRIVE");
            sent.credentials = credentials;
            let filling = Filling {
                stand_in: &StandIn::short,
                ids: vec![("test-1", vec![Piece::Variable("$CLIENT_ID".to_owned())])],
                token: &|client| format!("$TOKEN_{client}"),
            };
            line(&report.run, &sent, &filling)
        };
        let own = sent(Credentials::Own);
        let url =
            r#"https://app.example.com/users/"$CLIENT_ID"'/backup-share?backupMethod=GDRIVE'"#;
        assert!(own.contains(&format!(" -X GET {url} ")), "{own}");
        assert!(
            own.ends_with("-H 'Authorization: Bearer '\"$TOKEN_a\""),
            "{own}"
        );
        let other = sent(Credentials::Of("b".to_owned()));
        assert!(other.ends_with("\"$TOKEN_b\""), "{other}");
    }
}
