//! Fetches against the script and the ledger: what a client's own must bring, what others must not, and whose
//! every text is that came.

use super::{Walker, blame, finding, labels_in, labels_of, list, readable, seen};
use crate::exchange::{Exchange, Found, Reply, Trouble};
use crate::model::case::{Secret, Spelling};
use crate::model::ledger::{Deviation, Difference};
use crate::model::trial::{Body, Request};

impl Walker<'_> {
    /// A request that must bring no share of anybody.
    pub(super) fn no_share(
        &mut self,
        control: bool,
        at: usize,
        request: &Request,
        exchange: &Exchange,
    ) {
        if exchange.outcome == Err(Trouble::TooLarge) {
            let message =
                "an answer longer than all shares of a client came to a request that must get none";
            self.breaks(
                control,
                finding("too-large", message, "no share of anybody", at, exchange),
            );
        }
        let Some(reply) = exchange.reply() else {
            return;
        };
        let derived = self.may_be_anothers(request);
        let all = reply.reading.found.iter().chain(&reply.reading.beside);
        let returned = all.filter(|found| match found {
            Found::Share { .. } | Found::Leftover => true,
            Found::Elsewhere | Found::Ours | Found::Foreign(_) => !derived && reply.is_success(),
            Found::Debris => false,
        });
        let shares = returned.count();
        if shares > 0 {
            let message = format!("{shares} share(s) came back to a request that must get none");
            self.breaks(
                control,
                finding(
                    "share-returned",
                    &message,
                    "no share of anybody",
                    at,
                    exchange,
                ),
            );
        }
    }

    /// Whether the id of a fetch, made from a client's, may be another client's of the same pool: then only what
    /// must not be there counts. Of ids that were made up no other is near.
    fn may_be_anothers(&self, request: &Request) -> bool {
        let Body::Fetch { spelling, .. } = &request.body else {
            return false;
        };
        let near = match spelling {
            Spelling::Exact
            | Spelling::Prefix
            | Spelling::Suffix
            | Spelling::Half
            | Spelling::Extension
            | Spelling::Numbered
            | Spelling::CaseSwapped
            | Spelling::LeadingSpace
            | Spelling::TrailingSpace => true,
            Spelling::Percent | Spelling::Underscore | Spelling::Quote | Spelling::Unknown => false,
        };
        let id = self.transcript.bound.get(&request.client);
        let guessed = id.is_some_and(|id| uuid::Uuid::parse_str(id).is_ok());
        near && !guessed && request.secret == Secret::Right
    }

    /// A fetch of a client's own shares.
    pub(super) fn fetch(
        &mut self,
        control: bool,
        at: usize,
        request: &Request,
        exchange: &Exchange,
    ) {
        let expects_some = self.ledger(&request.client).expects_some();
        let Some(reply) = readable(exchange) else {
            return self.unreadable(control, at, request, exchange);
        };
        if expects_some && reply.status != 200 {
            let message = "a fetch for a client with shares is not answered with 200";
            self.general(
                "endpoint.fetch",
                finding("not-200", message, "200", at, exchange),
            );
        }
        self.leaks(at, reply);
        let own: Vec<Found> = reply
            .reading
            .found
            .iter()
            .filter(|found| match found {
                Found::Share { label, .. } => self.is_of(label, &request.client),
                Found::Leftover
                | Found::Elsewhere
                | Found::Ours
                | Found::Debris
                | Found::Foreign(_) => true,
            })
            .cloned()
            .collect();
        let allowed = self.ledger(&request.client).allowed();
        let deviations = self.ledger(&request.client).settle(&own);
        let garbled = self.strangers(control, at, reply, &deviations, &allowed);
        self.blame(&deviations, &allowed, at, reply);
        let beside = deviations.len();
        let primary = self.transcript.trial.requirement.clone();
        let deviations: Vec<Deviation> = deviations
            .into_iter()
            .filter(|deviation| !blame::is_beside_the_point(&primary, deviation))
            .collect();
        let mut came = labels_in(&own);
        // What was told of once is not told of again.
        let wanted = request.labels.clone().unwrap_or_default();
        let ledger = self.ledger(&request.client);
        came.retain(|label| wanted.contains(label) || !ledger.tolerates(label));
        let differs = request.labels.as_ref().is_some_and(|wanted| {
            let too_many = lacks(wanted, &came);
            lacks(&came, wanted) || too_many && beside == deviations.len()
        });
        if deviations.is_empty() && !differs {
            self.read |= expects_some;
            return;
        }
        let matter = deviations
            .iter()
            .find(|deviation| blame::matters(&primary, deviation, self.is_proof(&deviation.label)));
        let (code, message) = matter.or(deviations.first()).map_or_else(
            || {
                (
                    "not-as-expected",
                    "the fetch brings other shares than it must".to_owned(),
                )
            },
            blame::describe,
        );
        let expected = request
            .labels
            .as_ref()
            .map_or(allowed, |wanted| list(wanted));
        let found = seen(code, &message, &expected, at, reply);
        if !garbled && (matter.is_some() || deviations.is_empty()) {
            self.breaks(control, found);
        } else {
            self.unclear(control, found);
        }
    }

    /// A fetch of a client's own shares that got nothing readable.
    fn unreadable(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
        let expects_some = self.ledger(&request.client).expects_some();
        let extra_keys = matches!(
            request.body,
            Body::Fetch {
                extra_keys: true,
                ..
            }
        );
        // Of a client without a share there is nothing to be lost, and nothing to be learned.
        let refused = exchange.reply().is_some_and(|reply| reply.status >= 400);
        if !expects_some && refused {
            return;
        }
        let found = finding(
            "unreadable",
            "a fetch got no answer that can be read",
            "200 with the shares",
            at,
            exchange,
        );
        let redirected = exchange
            .reply()
            .is_some_and(|reply| (300..400).contains(&reply.status));
        // What comes too late, or in no proper form, is another requirement's matter where the route works.
        let late = self.read && exchange.outcome == Err(Trouble::Timeout);
        let malformed = exchange
            .reply()
            .is_some_and(|reply| reply.status == 200 && !reply.reading.found.is_empty());
        if (expects_some || redirected) && !extra_keys && !late && !malformed {
            self.general("endpoint.fetch", found.clone());
        }
        // No answer at all says that the webhook failed, not what became of the shares.
        if self.read && !control && exchange.outcome.is_ok() {
            self.breaks(control, found);
        } else {
            self.unclear(control, found);
        }
    }

    /// Puts each deviation down to the requirement that it breaks.
    pub(super) fn blame(
        &mut self,
        deviations: &[Deviation],
        allowed: &str,
        at: usize,
        reply: &Reply,
    ) {
        let by_method_type = self.transcript.trial.requirement == "input.method-type";
        for deviation in deviations {
            let (code, message) = blame::describe(deviation);
            let requirement = match blame::requirement(deviation) {
                // So the contract has it: whatever such a store costs counts as another method's share.
                _ if by_method_type && deviation.kind == Difference::Missing => {
                    Some("replace.keeps-others")
                }
                requirement => requirement,
            };
            if let Some(requirement) = requirement {
                self.general(requirement, seen(code, &message, allowed, at, reply));
            }
        }
    }

    /// Whether a share was stored by a step that is no control.
    pub(super) fn is_proof(&self, label: &str) -> bool {
        let trial = &self.transcript.trial;
        let before = trial.before_migration.as_deref() == Some(label);
        let mut proofs = trial.script.iter().filter(|step| !step.control);
        before
            || proofs.any(|step| {
                let requests = step.action.lanes().into_iter().flatten();
                requests
                    .into_iter()
                    .any(|request| labels_of(request).iter().any(|it| it == label))
            })
    }

    /// Texts that nobody stored for this client and that were not there before. Says whether a share seems
    /// to be among them, changed beyond recognition.
    pub(super) fn strangers(
        &mut self,
        control: bool,
        at: usize,
        reply: &Reply,
        deviations: &[Deviation],
        allowed: &str,
    ) -> bool {
        let lost_at_once = deviations.iter().any(|deviation| {
            deviation.kind == Difference::Missing
                && !deviation.seen_before
                && deviation.since.is_empty()
        });
        let debris = reply.reading.found.contains(&Found::Debris);
        let unknown = reply
            .reading
            .found
            .iter()
            .any(|found| matches!(found, Found::Ours | Found::Foreign(_)));
        let garbled = (unknown || debris) && lost_at_once;
        if garbled {
            let message = "a share comes back so changed that it is not known again";
            self.general(
                "share.verbatim",
                seen("unrecognisable", message, allowed, at, reply),
            );
        } else if unknown {
            let message = "a fetch brings a text that was never stored for this client";
            self.general(
                "fetch.isolated",
                seen("foreign-share", message, allowed, at, reply),
            );
        } else if debris && self.transcript.trial.requirement.starts_with("input.") {
            let message = "a fetch brings a text that is no share, made of an unusable request";
            self.breaks(control, seen("debris", message, allowed, at, reply));
        } else if debris && reply.reading.fault.is_none() && !self.sends_raw() {
            let message = "a fetch brings a text that is no share, though only shares were stored";
            self.general("share.all", seen("debris", message, allowed, at, reply));
        }
        garbled
    }

    /// Whether the trial sends anything but what Portal sends: a broken custodian may make texts of it.
    fn sends_raw(&self) -> bool {
        let mut steps = self.transcript.trial.script.iter();
        steps.any(|step| {
            let mut requests = step.action.lanes().into_iter().flatten();
            requests.any(|request| matches!(request.body, Body::Raw(_)))
        })
    }

    /// Shares of other clients of the run.
    pub(super) fn leaks(&mut self, at: usize, reply: &Reply) {
        let client = self
            .transcript
            .opening
            .iter()
            .chain(&self.transcript.exchanges)
            .nth(at);
        let client = client
            .map(|exchange| exchange.sent.client.clone())
            .unwrap_or_default();
        let all = reply.reading.found.iter().chain(&reply.reading.beside);
        let others = all.filter(|found| match found {
            Found::Elsewhere => true,
            Found::Share { label, .. } => !self.is_of(label, &client),
            Found::Leftover | Found::Ours | Found::Debris | Found::Foreign(_) => false,
        });
        let count = others.count();
        if count > 0 {
            let message = format!("an answer holds {count} share(s) of another client");
            self.general(
                "fetch.isolated",
                seen(
                    "share-of-another",
                    &message,
                    "shares of this client only",
                    at,
                    reply,
                ),
            );
        }
    }

    /// Whether a share was sent for this client, by any request, or was there before the first.
    pub(super) fn is_of(&self, label: &str, client: &str) -> bool {
        if self.transcript.trial.held_before(label, client) {
            return true;
        }
        let requests = self
            .transcript
            .trial
            .script
            .iter()
            .flat_map(|step| step.action.lanes())
            .flatten();
        requests
            .filter(|request| request.client == client)
            .any(|request| labels_of(request).iter().any(|it| it == label))
    }
}

/// Whether `these` lack one of `wanted`, counted with its multiplicity.
fn lacks(these: &[String], wanted: &[String]) -> bool {
    let count = |list: &[String], label: &String| list.iter().filter(|it| *it == label).count();
    wanted
        .iter()
        .any(|label| count(these, label) < count(wanted, label))
}
