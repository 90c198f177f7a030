//! Behaviour as the text of a snapshot, and back.

use super::{ARROW, Behaviour, Case, Conclusion, Step};
use std::fmt::Write as _;

/// A text that is no behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

const FREE: &str = "what the contract leaves free";
const ORDER: &str = "order of shares: ";
const CASE: &str = "case ";
const SAFE: &str = "may be set: ";
const STAGE: &str = "stage ";
const LOOKS_LIKE: &str = "looks like ";
const STATUSES: [&str; 4] = ["passed ", "failed ", "noted ", "skipped "];

impl Behaviour {
    /// As text: the same behaviour gives the same bytes.
    pub fn text(&self) -> String {
        let clients = if self.made_up { "made up" } else { "given" };
        let mut out = format!(
            "contract {}\nclients {clients}\nsuite {}\n",
            self.contract, self.suite
        );
        if let Some(it) = &self.conclusion {
            let safe = if it.safe { "yes" } else { "no" };
            let _ = writeln!(out, "{SAFE}{safe}\n{STAGE}{}", it.stage);
            if !it.looks_like.is_empty() {
                let _ = writeln!(out, "{LOOKS_LIKE}{}", it.looks_like.join(", "));
            }
        }
        let _ = writeln!(out, "\n{FREE}");
        for line in self.free() {
            let _ = writeln!(out, "  {line}");
        }
        for case in &self.cases {
            let _ = writeln!(out, "\n{CASE}{}\n  {}", case.id, case.title);
            for line in case.lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }

    /// Reads what `text` has written.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut lines = (1..).zip(text.lines().map(str::trim_end)).peekable();
        let mut head = |name: &str| match lines.next() {
            Some((_, line)) if line.starts_with(name) => Ok(line[name.len()..].to_owned()),
            Some((line, _)) => unreadable(
                line,
                format!("the line with the {} was expected", name.trim()),
            ),
            None => unreadable(1, format!("the line with the {} is missing", name.trim())),
        };
        let contract = head("contract ")?;
        let clients = head("clients ")?;
        let suite = head("suite ")?;
        let made_up = match clients.as_str() {
            "made up" => true,
            "given" => false,
            other => return unreadable(2, format!("clients are made up or given, not {other}")),
        };
        let mut behaviour = Self {
            contract,
            made_up,
            suite,
            order: None,
            conclusion: None,
            cases: Vec::new(),
        };
        let mut after = |name: &str| {
            let line = lines.next_if(|(_, line)| line.starts_with(name));
            line.map(|(_, line)| line[name.len()..].to_owned())
        };
        if let (Some(safe), Some(stage)) = (after(SAFE), after(STAGE)) {
            let named = after(LOOKS_LIKE).unwrap_or_default();
            let named = named.split(", ").filter(|name| !name.is_empty());
            behaviour.conclusion = Some(Conclusion {
                safe: safe == "yes",
                stage,
                looks_like: named.map(str::to_owned).collect(),
            });
        }
        let mut in_free = false;
        for (number, line) in lines {
            if line.is_empty() {
                in_free = false;
            } else if line == FREE {
                in_free = true;
            } else if let Some(id) = line.strip_prefix(CASE) {
                behaviour.begin(number, id)?;
            } else if let Some(line) = line.strip_prefix("  ") {
                if in_free {
                    let order = line.strip_prefix(ORDER).map(str::to_owned);
                    behaviour.order = behaviour.order.or(order);
                } else {
                    behaviour.add(number, line)?;
                }
            } else {
                return unreadable(
                    number,
                    format!("a case or a line of one was expected, not {line:?}"),
                );
            }
        }
        Ok(behaviour)
    }

    fn begin(&mut self, number: usize, id: &str) -> Result<(), Unreadable> {
        if self.case(id).is_some() {
            return unreadable(number, format!("the case {id} stands here a second time"));
        }
        self.cases.push(Case {
            id: id.to_owned(),
            title: String::new(),
            verdicts: Vec::new(),
            steps: Vec::new(),
        });
        Ok(())
    }

    fn add(&mut self, number: usize, line: &str) -> Result<(), Unreadable> {
        let Some(case) = self.cases.last_mut() else {
            return unreadable(number, "this line belongs to no case".to_owned());
        };
        let step = line
            .split_once(' ')
            .filter(|(count, _)| count.parse::<usize>().is_ok());
        if case.title.is_empty() {
            line.clone_into(&mut case.title);
        } else if let Some((count, step)) = step {
            let next = case.steps.len() + 1;
            if count.parse() != Ok(next) {
                return unreadable(number, format!("step {next} was expected, not {count}"));
            }
            let (sent, answer) = match step.split_once(ARROW) {
                Some((sent, answer)) => (sent, Some(answer.to_owned())),
                None => (step, None),
            };
            case.steps.push(Step {
                sent: sent.to_owned(),
                came: answer,
            });
        } else if STATUSES.iter().any(|status| line.starts_with(status)) && case.steps.is_empty() {
            case.verdicts.push(line.to_owned());
        } else {
            return unreadable(number, format!("neither a verdict nor a step: {line:?}"));
        }
        Ok(())
    }
}

fn unreadable<T>(line: usize, what: String) -> Result<T, Unreadable> {
    Err(Unreadable { line, what })
}
