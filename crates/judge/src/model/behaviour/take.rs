//! One side takes over what a change says of the other: what is accepted comes into what was approved, what is rejected
//! goes back out of what waits.

use super::drift::{Change, Part, What};
use super::{Behaviour, Case};

impl Behaviour {
    /// Takes over from another behaviour what a change speaks of, and nothing else.
    pub fn take(&mut self, from: &Self, change: &Change) {
        if let What::Order { .. } = change.what {
            self.order.clone_from(&from.order);
        }
        for place in &change.places {
            match &place.part {
                Part::Whole => self.take_case(from, &place.case),
                Part::Verdict(requirement) => self.in_both(from, &place.case, |own, other| {
                    take_verdict(own, other, requirement);
                }),
                Part::Step(index) => self.in_both(from, &place.case, |own, other| {
                    if let (Some(own), Some(other)) =
                        (own.steps.get_mut(*index), other.steps.get(*index))
                    {
                        own.clone_from(other);
                    }
                }),
            }
        }
    }

    fn in_both(&mut self, from: &Self, id: &str, take: impl FnOnce(&mut Case, &Case)) {
        let own = self.cases.iter_mut().find(|case| case.id == id);
        if let (Some(own), Some(other)) = (own, from.case(id)) {
            take(own, other);
        }
    }

    /// The case as the other side has it, in its place there; none if it has none.
    fn take_case(&mut self, from: &Self, id: &str) {
        let own = self.cases.iter().position(|case| case.id == id);
        let Some(at) = from.cases.iter().position(|case| case.id == id) else {
            self.cases.retain(|case| case.id != id);
            return;
        };
        let case = from.cases[at].clone();
        if let Some(own) = own {
            self.cases[own] = case;
            return;
        }
        let mut above = from.cases[..at].iter().rev();
        let place = above.find_map(|above| self.cases.iter().position(|it| it.id == above.id));
        self.cases.insert(place.map_or(0, |place| place + 1), case);
    }
}

fn take_verdict(own: &mut Case, other: &Case, requirement: &str) {
    let of = |line: &str| {
        let id = line.split_once(' ').map_or(line, |(_, rest)| rest);
        id.split(':').next() == Some(requirement)
    };
    let line = other.verdicts.iter().find(|line| of(line)).cloned();
    match (own.verdicts.iter().position(|line| of(line)), line) {
        (Some(at), Some(line)) => own.verdicts[at] = line,
        (Some(at), None) => {
            own.verdicts.remove(at);
        }
        (None, Some(line)) => own.verdicts.push(line),
        (None, None) => {}
    }
    // As they are written: the case's own requirement first.
    if let [_, others @ ..] = own.verdicts.as_mut_slice() {
        others.sort_unstable();
    }
}
