//! What is different in the cases that both sides have, each change once: an answer that is given otherwise in two hundred
//! cases is one change, and the answers that show a broken requirement belong to that.

use super::drift::{Part, Place, What};
use super::free::{kind, shape, verb};
use super::{Case, Step};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A case as it was approved and as it is.
type Pair<'a> = (&'a Case, &'a Case);

/// A requirement with its status and code on both sides.
type Turned<'a> = (&'a str, Told<'a>, Told<'a>);

/// What a snapshot says of a status that is no failure by its level.
pub(super) const NOTED: &str = "noted";

/// What became of a requirement in a case.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Told<'a> {
    status: &'a str,
    code: Option<&'a str>,
}

const FAILED: &str = "failed";

/// What is said of a requirement that is kept.
const KEPT: Told<'static> = Told {
    status: "passed",
    code: None,
};

/// Answers to one verb that were of one shape and are of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Rewrite<'a> {
    verb: &'static str,
    was: &'a str,
    is: &'a str,
}

/// What is different, the weightiest first: what became of requirements, then answers, then the rest.
pub(super) fn changes(pairs: &[Pair<'_>]) -> Vec<(What, Vec<Place>)> {
    let changed: Vec<Differing<'_>> = pairs
        .iter()
        .filter_map(|pair| Differing::of(*pair))
        .collect();
    let free: HashSet<Rewrite<'_>> = changed
        .iter()
        .filter(|it| it.weighty.is_empty())
        .flat_map(Differing::rewrites)
        .collect();
    let mut sorted = Sorted::default();
    for it in &changed {
        sorted.put(it, &free);
    }
    sorted.told(pairs)
}

/// A case in which something is different.
struct Differing<'a> {
    pair: Pair<'a>,
    /// What became of requirements that are more than worth knowing, what is broken now first.
    weighty: Vec<Turned<'a>>,
    /// What became of the others.
    noted: Vec<Turned<'a>>,
    /// The indices of the steps with another answer; none where the requests themselves are others.
    steps: Option<Vec<usize>>,
}

impl<'a> Differing<'a> {
    fn of(pair: Pair<'a>) -> Option<Self> {
        let (before, now) = pair;
        if before.verdicts == now.verdicts && before.steps == now.steps {
            return None;
        }
        let (was, is) = (told(before), told(now));
        let all: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
        // What is asked of every case stands in it only where it is broken.
        let of = |told: &BTreeMap<_, Told<'a>>, id: &str| told.get(id).copied().unwrap_or(KEPT);
        let turned = all.into_iter().map(|id| (id, of(&was, id), of(&is, id)));
        let turned = turned.filter(|(_, was, is)| was != is);
        let note = |(_, was, is): &Turned<'_>| [was.status, is.status].contains(&NOTED);
        let (noted, mut weighty): (Vec<_>, Vec<_>) = turned.partition(note);
        weighty.sort_by_key(|it| !is_worse(it));
        let sent = |case: &'a Case| case.steps.iter().map(|step| step.sent.as_str());
        let steps = sent(before).eq(sent(now)).then(|| {
            let both = before.steps.iter().zip(&now.steps).enumerate();
            both.filter(|(_, (was, is))| was.came != is.came)
                .map(|(index, _)| index)
                .collect()
        });
        Some(Self {
            pair,
            weighty,
            noted,
            steps,
        })
    }

    fn rewrite(&self, index: usize) -> Rewrite<'a> {
        let (was, is) = (&self.pair.0.steps[index], &self.pair.1.steps[index]);
        Rewrite {
            verb: verb(was),
            was: shape(was),
            is: shape(is),
        }
    }

    fn rewrites(&self) -> impl Iterator<Item = Rewrite<'a>> {
        let steps = self.steps.iter().flatten();
        steps
            .map(|index| self.rewrite(*index))
            .filter(|it| it.was != it.is)
    }

    fn place(&self, part: Part) -> Place {
        Place {
            case: self.pair.1.id.clone(),
            part,
        }
    }
}

/// What became of each requirement of a case.
fn told(case: &Case) -> BTreeMap<&str, Told<'_>> {
    let lines = case.verdicts.iter().filter_map(|line| line.split_once(' '));
    let told = lines.map(|(status, rest)| {
        let (requirement, code) = match rest.split_once(": ") {
            Some((requirement, code)) => (requirement, Some(code)),
            None => (rest, None),
        };
        (requirement, Told { status, code })
    });
    told.collect()
}

fn is_worse((_, was, is): &Turned<'_>) -> bool {
    is.status == FAILED && was.status != FAILED
}

/// Requirements with the statuses that they had and have.
type Verdict<'a> = (&'a str, &'a str, &'a str);

/// The changes, with their places.
#[derive(Default)]
struct Sorted<'a> {
    verdicts: Vec<Group<'a, Verdict<'a>>>,
    answers: Vec<Group<'a, Rewrite<'a>>>,
    shares: Vec<Group<'a, &'static str>>,
    course: Vec<Place>,
}

/// A change that is told once.
struct Group<'a, K> {
    key: K,
    places: Vec<Place>,
    /// The steps that show it.
    steps: Vec<&'a Step>,
    /// The codes on both sides.
    codes: [BTreeSet<&'a str>; 2],
    /// The informational requirements that go with it.
    noted: BTreeSet<&'a str>,
}

fn group<'g, 'a, K: PartialEq>(groups: &'g mut Vec<Group<'a, K>>, key: K) -> &'g mut Group<'a, K> {
    let at = groups
        .iter()
        .position(|it| it.key == key)
        .unwrap_or_else(|| {
            groups.push(Group {
                key,
                places: Vec::new(),
                steps: Vec::new(),
                codes: [BTreeSet::new(), BTreeSet::new()],
                noted: BTreeSet::new(),
            });
            groups.len() - 1
        });
    &mut groups[at]
}

impl<'a> Sorted<'a> {
    fn put(&mut self, it: &Differing<'a>, free: &HashSet<Rewrite<'a>>) {
        for turned in &it.weighty {
            self.verdict(it, turned);
        }
        let first = it.weighty.first().map(key);
        let Some(steps) = &it.steps else {
            let whole = it.place(Part::Whole);
            match first {
                Some(key) => group(&mut self.verdicts, key).places.push(whole),
                None => self.course.push(whole),
            }
            return;
        };
        let mut freely = None;
        for index in steps {
            let (place, step) = (it.place(Part::Step(*index)), &it.pair.0.steps[*index]);
            let rewrite = it.rewrite(*index);
            if free.contains(&rewrite) {
                freely = Some(rewrite);
                let group = group(&mut self.answers, rewrite);
                group.places.push(place);
                group.steps.push(step);
            } else if let Some(key) = first {
                // What shows a broken requirement is no change of its own.
                group(&mut self.verdicts, key).places.push(place);
            } else {
                let group = group(&mut self.shares, verb(step));
                group.places.push(place);
                group.steps.push(step);
            }
        }
        for turned in &it.noted {
            match freely {
                Some(rewrite) => {
                    let group = group(&mut self.answers, rewrite);
                    group
                        .places
                        .push(it.place(Part::Verdict(turned.0.to_owned())));
                    group.noted.insert(turned.0);
                }
                None => self.verdict(it, turned),
            }
        }
    }

    fn verdict(&mut self, it: &Differing<'a>, turned: &Turned<'a>) {
        let group = group(&mut self.verdicts, key(turned));
        group
            .places
            .push(it.place(Part::Verdict(turned.0.to_owned())));
        for (codes, told) in group.codes.iter_mut().zip([turned.1, turned.2]) {
            codes.extend(told.code);
        }
    }

    fn told(mut self, pairs: &[Pair<'_>]) -> Vec<(What, Vec<Place>)> {
        self.verdicts.sort_by_key(|it| {
            let (_, was, is) = it.key;
            let worse = is == FAILED && was != FAILED;
            (!worse, Reverse(it.places.len()))
        });
        self.answers.sort_by_key(|it| Reverse(it.steps.len()));
        let before = totals(pairs);
        let verdicts = self.verdicts.into_iter().map(|it| {
            let (requirement, was, is) = it.key;
            let [codes_then, codes_now] = &it.codes;
            let what = What::Verdict {
                requirement: requirement.to_owned(),
                was: status(was, codes_then),
                is: status(is, codes_now),
                worse: is == FAILED && was != FAILED,
            };
            (what, it.places)
        });
        let answers = self.answers.into_iter().map(|it| {
            let all = before.get(&(it.key.verb, it.key.was)).copied();
            let what = What::Answer {
                who: who(it.key.verb, &it.steps, all.unwrap_or_default()),
                was: it.key.was.to_owned(),
                is: it.key.is.to_owned(),
                noted: it.noted.iter().map(|id| (*id).to_owned()).collect(),
            };
            (what, it.places)
        });
        let shares = self.shares.into_iter().map(|it| {
            let who = who(it.key, &it.steps, 0);
            (What::Shares { who }, it.places)
        });
        let course = std::iter::once((What::Course, self.course));
        verdicts
            .chain(answers)
            .chain(shares)
            .chain(course)
            .collect()
    }
}

fn key<'a>((requirement, was, is): &Turned<'a>) -> Verdict<'a> {
    (requirement, was.status, is.status)
}

/// A status with its code; of several codes no one is what is wrong.
fn status(status: &str, codes: &BTreeSet<&str>) -> String {
    match codes.first().filter(|_| codes.len() == 1) {
        Some(code) => format!("{status} ({code})"),
        None => status.to_owned(),
    }
}

/// How many approved answers to a verb are of a shape.
fn totals<'a>(pairs: &[Pair<'a>]) -> HashMap<(&'static str, &'a str), usize> {
    let mut totals = HashMap::new();
    for step in pairs.iter().flat_map(|(before, _)| &before.steps) {
        *totals.entry((verb(step), shape(step))).or_default() += 1;
    }
    totals
}

/// Which requests these are, of so many that were answered alike.
fn who(verb: &str, steps: &[&Step], of: usize) -> String {
    let mut kinds: Vec<Option<&str>> = steps.iter().map(|step| kind(step)).collect();
    kinds.dedup();
    match kinds.as_slice() {
        [Some(one)] => (*one).to_owned(),
        _ if steps.len() == of => format!("every {verb}"),
        _ if of > 0 => format!(
            "{} of {of} {}",
            steps.len(),
            if verb == "store" { "stores" } else { "fetches" }
        ),
        _ => format!("a {verb}"),
    }
}
