//! What of a message may be shown: plain words, short numbers, punctuation, and what the run itself has sent. Every other
//! word becomes its length, and so does all that follows where data begins.

/// A run of letters longer than this could be key material.
const LONGEST_WORD: usize = 24;
/// The same of words in a row without a space, such as the path of a file.
const LONGEST_CHAIN: usize = 120;
/// More digits than this could be an id or a part of a key.
const MOST_DIGITS: usize = 4;
/// A longer text in quotes is data.
const LONGEST_QUOTE: usize = 40;
/// What the redactor puts in a secret's place.
const SECRET: &str = "‹secret›";

/// The text with whatever could be data replaced by its length. `ours` knows what the run itself has sent.
pub(super) fn readable(text: &str, ours: impl Fn(&str) -> bool) -> String {
    let (said, data) = text.split_at(data_begins(text));
    let mut out = String::with_capacity(said.len());
    for (number, part) in said.split(SECRET).enumerate() {
        if number > 0 {
            out.push_str(SECRET);
        }
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = if parts(first) {
                first.len_utf8()
            } else {
                rest.find(parts).unwrap_or(rest.len())
            };
            let (word, behind) = rest.split_at(end);
            if parts(first) || is_plain(word) || ours(trimmed(word)) {
                out.push_str(word);
            } else {
                out.push_str(&length(word));
            }
            rest = behind;
        }
    }
    if !data.is_empty() {
        out.push_str(&length(data));
    }
    out
}

/// Whether a number is too short to identify anybody.
pub(super) fn short_number(number: &str) -> bool {
    number.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS
}

fn length(text: &str) -> String {
    format!("‹{} bytes›", text.len())
}

fn parts(c: char) -> bool {
    c.is_whitespace() || "<>()\"".contains(c)
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| ".,:;!?'`".contains(c))
}

/// Where a message turns into data: at a bracket, or at a long text in quotes.
fn data_begins(text: &str) -> usize {
    let mut candidates = text.match_indices(['{', '[', '"']);
    let data = candidates.find(|(at, mark)| {
        let rest = &text[*at..];
        match *mark {
            "{" => true,
            // As stack traces and broken custodians write them.
            "[" => !rest.starts_with("[as ") && !rest.starts_with("[object "),
            _ => {
                let attribute = text[..*at].ends_with('=');
                let end = rest[1..].find('"');
                !attribute && end.is_some_and(|end| end > LONGEST_QUOTE)
            }
        }
    });
    data.map_or(text.len(), |(at, _)| at)
}

/// Whether a word, or words joined by punctuation, is plain language and not data.
fn is_plain(word: &str) -> bool {
    let chain = without_position(word);
    let digits = chain.chars().filter(|c| c.is_numeric()).count();
    digits <= MOST_DIGITS
        && word.len() <= LONGEST_CHAIN
        && (trimmed(chain).eq_ignore_ascii_case("utf-8") || chain.split(joins).all(is_word))
}

fn joins(c: char) -> bool {
    ".,:;!?=/\\&#*|@+~$^`}[]".contains(c)
}

/// Whether a text reads like the name of something and not like somebody's id: a word, a number, or the two of them as
/// names and codes have them, such as `sha1` and `P2002`.
pub(super) fn is_word(piece: &str) -> bool {
    let piece = piece.trim_matches(['-', '_', '\'', '–', '—', '…', '’']);
    let name = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = piece.len() - name.len();
    let letter = |c: char| c.is_alphabetic() || "-_'’".contains(c);
    let number = name.is_empty() && digits <= MOST_DIGITS;
    let short = digits == 0 || number || piece.len() <= 5 || digits == 1 && bare(name);
    name.chars().all(letter) && name.chars().count() <= LONGEST_WORD && short
}

fn bare(name: &str) -> bool {
    name.chars().all(char::is_alphabetic)
}

/// The path of a source file without the line and the column behind it.
fn without_position(word: &str) -> &str {
    let mut path = word;
    for _ in 0..2 {
        let cut = path.trim_end_matches(|c: char| c.is_ascii_digit());
        let position = path.len() - cut.len();
        match cut.strip_suffix(':') {
            Some(shorter) if (1..=5).contains(&position) => path = shorter,
            Some(_) | None => break,
        }
    }
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    let source = |ending: &str| (1..=4).contains(&ending.len()) && bare(ending);
    if ending.is_some_and(source) {
        path
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("clientId is required")]
    #[case("Cannot POST /portal/backup")]
    #[case("can't: the user's clientId isn't known (400)!")]
    #[case("<meta charset=\"utf-8\"><title>Error</title>")]
    #[case("Unexpected token o in JSON at position 1")]
    #[case(
        "&nbsp; at Layer.handle [as handle_request] (/app/node_modules/express/lib/layer.js:95:15)"
    )]
    #[case("at file:///srv/app/index.mjs:1234:17")]
    #[case("nginx/1.18.0")]
    #[case("application/problem+json")]
    #[case("P2002 und Straße")]
    #[case("‹secret› stays")]
    fn messages_are_shown(#[case] text: &str) {
        assert_eq!(readable(text, |_| false), text);
    }

    #[rstest]
    #[case("user real-user-77 failed", "user ‹12 bytes› failed")]
    #[case("no 99887 and 1234,5678", "no ‹5 bytes› and ‹9 bytes›")]
    #[case("key aGVsbG8gd29ybGQ= end", "key ‹16 bytes› end")]
    #[case("at 3f2a-11ee", "at ‹9 bytes›")]
    #[case("near {\"p\": 1}, then more", "near ‹19 bytes›")]
    #[case("rows [1, 2]", "rows ‹6 bytes›")]
    #[case("/x/%7B%22p%22", "‹13 bytes›")]
    #[case(
        "said \"a b c d e f g h i j k l m n o p q r s t u v\"",
        "said ‹45 bytes›"
    )]
    #[case("token abcdefghijklmnopqrstuvwxyz", "token ‹26 bytes›")]
    fn data_becomes_its_length(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(readable(text, |_| false), shown);
    }

    #[rstest]
    #[case("backupShares", true)]
    #[case("user_id", true)]
    #[case("address2", true)]
    #[case("AAAA-aa0aaa0", false)]
    #[case("AAAA-aaaaaa0", false)]
    #[case("user77", false)]
    #[case("404", true)]
    #[case("100000", false)]
    fn a_key_is_shown_if_it_is_a_name(#[case] key: &str, #[case] shown: bool) {
        assert_eq!(is_word(key), shown);
    }

    #[test]
    fn what_the_run_has_sent_is_shown() {
        let ours = |word: &str| word == "test-0099";
        assert_eq!(
            readable("no client test-0099, nor test-0098.", ours),
            "no client test-0099, nor ‹10 bytes›"
        );
    }
}
