//! Until when requests are sent: a header that appears, a path that answers, or a command that ends well.

use crate::http::{Http, Method, Post};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// So many answers one after the other must have the header: the first new instance is not the last.
const IN_A_ROW: usize = 10;

/// How long between two looks at a path or with a command.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What ends the sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// So many answers in a row have this header with this value.
    Header(String, String),
    /// A `GET` of this path below the base URL is answered with a 2xx.
    Path(String),
    /// This command ends with 0, run in this folder or in ours.
    Command(Vec<String>, Option<PathBuf>),
}

/// Counts the answers that have the header.
#[derive(Debug, Default)]
pub struct Watched {
    row: usize,
}

impl Watched {
    /// Whether it is over, after an answer of which this looks a header up.
    pub fn is_over<'a>(
        &mut self,
        until: Option<&Until>,
        value: impl FnOnce(&str) -> Option<&'a str>,
    ) -> bool {
        let Some(Until::Header(name, wanted)) = until else {
            return false;
        };
        self.row = match value(&name.to_lowercase()) {
            Some(value) if value.trim() == wanted => self.row + 1,
            Some(_) | None => 0,
        };
        self.row >= IN_A_ROW
    }
}

impl Until {
    /// Waits until the path answers or the command ends well; for ever for a header, which answers show.
    pub(super) async fn wait(&self, http: &Http) {
        loop {
            let over = match self {
                Self::Header(..) => std::future::pending().await,
                Self::Path(path) => answers(http, path).await,
                Self::Command(words, folder) => ends_well(words, folder.as_ref()).await,
            };
            if over {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Without the secret: it is no webhook.
async fn answers(http: &Http, path: &str) -> bool {
    let get = Post {
        method: Method::GET,
        path: path.to_owned(),
        alone: true,
        ..Post::default()
    };
    let outcome = http.post(get).await.outcome;
    outcome.is_ok_and(|it| (200..300).contains(&it.status))
}

async fn ends_well(words: &[String], folder: Option<&PathBuf>) -> bool {
    let Some((program, arguments)) = words.split_first() else {
        return true;
    };
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    crate::hook::keep_secrets_from(&mut command);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    command.status().await.is_ok_and(|it| it.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_counts_once_every_answer_has_it() {
        let until = Until::Header("X-Version".to_owned(), "2".to_owned());
        let mut watched = Watched::default();
        let mut over = |value: Option<&'static str>| {
            watched.is_over(Some(&until), |name| value.filter(|_| name == "x-version"))
        };
        for _ in 0..IN_A_ROW - 1 {
            assert!(!over(Some("2")));
        }
        assert!(!over(Some("1")), "an old instance still answers");
        for _ in 0..IN_A_ROW - 1 {
            assert!(!over(Some(" 2 ")));
        }
        assert!(!over(None));
        assert!((0..IN_A_ROW).any(|_| over(Some("2"))));
    }
}
