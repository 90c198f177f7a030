//! The users of a case, where its requests are repeated by hand: the variables that stand for their ids and tokens, and how
//! the built-in custodian makes them.

use super::shell::{Piece, quoted};
use crate::model::report::{CaseResult, Run};

/// The users of the built-in custodian, which makes clients of its own: variables hold their ids and tokens.
pub(super) struct Users<'a> {
    case: &'a CaseResult,
    target: &'a str,
    /// Where the local Portal listens.
    pub(super) port: u16,
}

impl<'a> Users<'a> {
    pub(super) fn of(run: &'a Run, case: &'a CaseResult) -> Option<Self> {
        run.reference.as_ref()?;
        let port = url::Url::parse(&run.target).ok()?.port()?;
        Some(Self {
            case,
            target: &run.target,
            // Not one of those that connections are given, of which the run has used many.
            port: if port < 20_000 {
                port + 10_000
            } else {
                port % 10_000 + 10_000
            },
        })
    }

    /// The local Portal's address.
    pub(super) fn portal(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What stands for the ids of the clients.
    pub(super) fn ids(&self) -> Vec<(&'a str, Vec<Piece>)> {
        let ids = self.case.clients.iter();
        let ids = ids.map(|(client, id)| {
            let variable = variable("CLIENT_ID", self.case, client);
            (id.as_str(), vec![Piece::Variable(variable)])
        });
        ids.collect()
    }

    /// The lines that make the clients and let their users in.
    pub(super) fn made(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, client) in self.case.clients.keys().enumerate() {
            lines.push(format!(
                "user=$(curl -sS {}/provision -H 'Content-Type: application/json' -H \"Authorization: Bearer \
                 $SHARECHECK_SECRET\" --data-raw '{{\"version\":1,\"action\":\"setup\",\"runId\":\"repeat\",\
                 \"idempotencyKey\":\"repeat-{number}\",\"kind\":\"fresh\"}}')",
                quoted(self.target.trim_end_matches('/'))
            ));
            let read = |name: &str, field: &str| {
                let name = variable(name, self.case, client);
                let name = name.trim_start_matches('$');
                format!("{name}=$(sed 's/.*\"{field}\":\"\\([^\"]*\\)\".*/\\1/' <<<\"$user\")")
            };
            lines.push(format!(
                "{} {}",
                read("CLIENT_ID", "clientId"),
                read("USER_TOKEN", "token")
            ));
        }
        lines
    }
}

/// A variable for a symbolic client of a case, with its `$`: by this name alone where there is but one.
pub(super) fn variable(name: &str, case: &CaseResult, client: &str) -> String {
    if case.clients.len() < 2 {
        return format!("${name}");
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let client: String = client.to_uppercase().chars().map(plain).collect();
    format!("${name}_{client}")
}
