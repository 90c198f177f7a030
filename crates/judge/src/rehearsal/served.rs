//! How the requests were served that were sent while the new version came.

use crate::contract::{Contract, DEADLINE_MS};
use crate::model::rehearsal::{Piece, Timeline};
use std::collections::BTreeMap;

/// What came of one request.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing seen or not")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// When it was sent, in milliseconds since the first.
    pub at_ms: u64,
    /// How long the answer, or its absence, took, in milliseconds.
    pub took_ms: u64,
    /// Whether it was a store.
    pub store: bool,
    /// Whether it was a store with a method.
    pub with_method: bool,
    /// The status; none where there was no answer.
    pub status: Option<u16>,
    /// Whether there was no answer within the limit.
    pub timed_out: bool,
    /// The version by whose form a fetch was answered.
    pub form: Option<Contract>,
    /// What a header says of the version.
    pub version: Option<String>,
    /// Whether a fetch lacked a share that had been acknowledged.
    pub gap: bool,
}

impl Request {
    fn is_late(&self) -> bool {
        self.timed_out || self.took_ms > DEADLINE_MS
    }

    fn is_served(&self) -> bool {
        self.status.is_some_and(|it| (200..300).contains(&it))
    }
}

/// The sum of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// How many were sent.
    pub requests: usize,
    /// How many stores among them.
    pub stores: usize,
    /// How many had no answer, or one that is no success; late ones do not count here.
    pub failed: usize,
    /// How many came late or not at all.
    pub late: usize,
    /// How many fetches lacked a share that had been acknowledged.
    pub gaps: usize,
    /// How many stores with a method an old v5 refused, which need not know it.
    pub excused: usize,
    /// By their status, or the word `none`, how many failed.
    pub by_status: BTreeMap<String, usize>,
    /// Second by second.
    pub timeline: Timeline,
    /// The times, in milliseconds since the first, of the first and the last that went wrong.
    pub wrong_ms: Option<(u64, u64)>,
    /// Whether a fetch was answered as v6.
    v6_answered: bool,
}

impl Served {
    /// Adds one, where the old version keeps this contract.
    pub fn add(&mut self, request: &Request, old: Contract) {
        self.requests += 1;
        self.stores += usize::from(request.store);
        self.v6_answered |= request.form == Some(Contract::V6);
        let mut piece = Piece {
            slowest_ms: request.took_ms,
            ..Piece::default()
        };
        let form = request.form.map(|it| it.name().to_owned());
        if let Some(version) = request.version.clone().or(form) {
            piece.versions.insert(version, 1);
        }
        let refused = request.status.is_some_and(|it| (400..500).contains(&it));
        let excused = request.with_method && refused && old == Contract::V5 && !self.v6_answered;
        let mut wrong = true;
        if request.is_late() {
            self.late += 1;
            piece.late = 1;
        } else if excused {
            self.excused += 1;
            piece.answered = 1;
            wrong = false;
        } else if !request.is_served() {
            self.failed += 1;
            piece.failed = 1;
            let status = request
                .status
                .map_or_else(|| "no answer".to_owned(), |it| it.to_string());
            *self.by_status.entry(status).or_default() += 1;
        } else if request.gap {
            self.gaps += 1;
            piece.gaps = 1;
        } else {
            piece.answered = 1;
            wrong = false;
        }
        if wrong {
            let (first, last) = self.wrong_ms.get_or_insert((request.at_ms, request.at_ms));
            *first = (*first).min(request.at_ms);
            *last = (*last).max(request.at_ms + request.took_ms);
        }
        self.timeline.add(request.at_ms / 1000, piece);
    }

    /// Whether every request was served.
    pub fn is_whole(&self) -> bool {
        self.failed + self.late + self.gaps == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn request(status: Option<u16>) -> Request {
        Request {
            status,
            ..Request::default()
        }
    }

    #[rstest]
    #[case(request(Some(204)), 0, 0, 0)]
    #[case(request(Some(503)), 1, 0, 0)]
    #[case(request(None), 1, 0, 0)]
    #[case(Request { timed_out: true, ..request(None) }, 0, 1, 0)]
    #[case(Request { took_ms: 10_001, ..request(Some(200)) }, 0, 1, 0)]
    #[case(Request { gap: true, ..request(Some(200)) }, 0, 0, 1)]
    #[case(Request { gap: true, ..request(Some(404)) }, 1, 0, 0)]
    fn one_request_goes_wrong_in_one_way(
        #[case] request: Request,
        #[case] failed: usize,
        #[case] late: usize,
        #[case] gaps: usize,
    ) {
        let mut served = Served::default();
        served.add(&request, Contract::V6);
        assert_eq!(
            (served.failed, served.late, served.gaps),
            (failed, late, gaps)
        );
        assert_eq!(served.is_whole(), failed + late + gaps == 0);
    }

    #[test]
    fn an_old_v5_need_not_take_a_method_until_a_v6_answers() {
        let with_method = Request {
            store: true,
            with_method: true,
            ..request(Some(400))
        };
        let v6 = Request {
            form: Some(Contract::V6),
            ..request(Some(200))
        };
        let mut served = Served::default();
        served.add(&with_method, Contract::V5);
        assert_eq!((served.excused, served.failed), (1, 0));
        served.add(&v6, Contract::V5);
        served.add(&with_method, Contract::V5);
        assert_eq!((served.excused, served.failed), (1, 1));
        let mut served = Served::default();
        served.add(&with_method, Contract::V6);
        assert_eq!(served.failed, 1);
    }
}
