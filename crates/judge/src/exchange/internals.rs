//! Signs of the server's inside in an answer: stack traces, and paths of files.

use super::Lexicon;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What every line of a stack trace has something of, as it stands in an answer.
const FRAMES: [&str; 7] = [
    "at ",
    "&nbsp;",
    "File \"",
    "goroutine ",
    ".php(",
    ".rb:",
    "Traceback",
];

/// The folders that the path of a server's file begins with.
const ROOTS: [&str; 10] = [
    "/usr/", "/home/", "/app/", "/srv/", "/var/", "/opt/", "/root/", "/tmp/", "/Users/", "/etc/",
];

/// What stands in any other path, on Windows in that of a drive.
const PATHS: [&str; 3] = ["node_modules/", "file:///", ":\\"];

/// Finds what makes a closer look worth while: most answers hold nothing of it.
static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs = FRAMES.iter().chain(&ROOTS).chain(&PATHS);
    // Only so are many bytes looked at with one instruction.
    let mut builder = AhoCorasick::builder();
    let signs = builder.match_kind(MatchKind::LeftmostFirst).build(signs);
    // These are few and short.
    signs.expect("twenty short texts fit into a searcher")
});

/// Whether a text may hold a line of a stack trace, and whether it may hold a path.
fn signs(text: &str) -> (bool, bool) {
    let (mut frame, mut path) = (false, false);
    for found in SIGNS.find_iter(text) {
        let sign = found.pattern().as_usize();
        let drive = || {
            let before = text.as_bytes()[..found.start()].last();
            before.is_some_and(|it| it.is_ascii_alphanumeric() || b"/\\".contains(it))
        };
        if sign < FRAMES.len() {
            frame = true;
        } else if sign + 1 < FRAMES.len() + ROOTS.len() + PATHS.len() || drive() {
            path = true;
        }
        if frame && path {
            break;
        }
    }
    (frame, path)
}

/// Signs of the server's inside in an answer.
pub(super) fn internals(text: &str, lexicon: &Lexicon) -> Option<&'static str> {
    let (frame, path) = signs(text);
    if frame && shows_a_frame(text) {
        Some("a stack trace")
    } else if path && shows_a_path(text, lexicon) {
        Some("a file path")
    } else {
        None
    }
}

fn shows_a_frame(text: &str) -> bool {
    let is_frame = |line: &str| {
        let line = line.replace("&nbsp;", " ");
        let line = line.trim_start_matches("br>").trim();
        let node = line.starts_with("at ")
            && line.contains(':')
            && (line.contains('(') || line.contains('/'));
        let python = line.starts_with("File \"") && line.contains("line ");
        let java = line.starts_with("at ") && line.contains(".java:");
        let go = line.starts_with("goroutine ") && line.contains("[running]");
        let php = line.starts_with('#') && line.contains(".php(");
        let ruby = line.contains(".rb:") && line.contains(":in `");
        let rust = line.contains("panicked at ");
        node || python || java || go || php || ruby || rust
    };
    let mut lines = text.split(['\n', '<']).chain(text.split("\\n"));
    lines.any(is_frame) || text.contains("Traceback (most recent call last)")
}

fn shows_a_path(text: &str, lexicon: &Lexicon) -> bool {
    let is_path = |word: &str| {
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '/' || c == '\\'));
        let unix = ROOTS
            .iter()
            .any(|root| word.starts_with(root) && word.len() > root.len());
        let windows = word.get(1..3) == Some(":\\") && word.len() > 6;
        (unix || windows || word.contains("node_modules/")) && !lexicon.is_path(word)
    };
    let parts = |c: char| c.is_whitespace() || "\"'()<>,;=".contains(c);
    text.contains("file:///") || text.split(parts).any(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("{\"error\":\"no such client\"}", None)]
    #[case(
        "<pre>Error: x<br> &nbsp; at Layer.handle (/app/node_modules/express/lib/router.js:95:5)</pre>",
        Some("a stack trace")
    )]
    #[case(
        "Error: no\n    at async handler (file:///srv/x.js:1:2)",
        Some("a stack trace")
    )]
    #[case(
        "{\"stack\":\"Error: x\\n    at foo (/srv/app/index.js:3:4)\"}",
        Some("a stack trace")
    )]
    #[case("Traceback (most recent call last):", Some("a stack trace"))]
    #[case("cannot open /var/lib/shares.db", Some("a file path"))]
    #[case("C:\\app\\index.js failed", Some("a file path"))]
    #[case("Cannot POST /backup/fetch", None)]
    #[case("see https://example.com/home/docs at once (now)", None)]
    #[case("refused at 12:30 (UTC)", None)]
    #[case("{\"path\":\"/app/portal/backup\"}", None)]
    #[case("no route /app/portal/backup/fetch?x=1, sorry", None)]
    #[case("/app/portal/backup.js", Some("a file path"))]
    #[case("at&nbsp;f (x.js:1)", Some("a stack trace"))]
    #[case("#0 /x/a.php(3): f()", Some("a stack trace"))]
    #[case("a.rb:3:in `f'", Some("a stack trace"))]
    #[case("x in node_modules/y.js", Some("a file path"))]
    #[case("{\"e\":\"C:\\\\app\\\\x.js\"}", Some("a file path"))]
    #[case("{\"a\":\"{\\\"key\\\":\\\"value\\\"}\"}", None)]
    fn internals_are_told_from_ordinary_messages(#[case] text: &str, #[case] seen: Option<&str>) {
        let lexicon = Lexicon {
            paths: Lexicon::paths_below("/app/portal"),
            ..Lexicon::default()
        };
        assert_eq!(internals(text, &lexicon), seen);
    }
}
