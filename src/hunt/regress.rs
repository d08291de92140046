//! A scenario that is kept: its runs, and whether what came of them is as it expects.

use crate::engine::RNG_VERSION;
use crate::property::Expected;
use crate::property::Violation;
use crate::scenario::Loaded;
use crate::scenario::value::{HuntMix, HuntTies};
use crate::sim::plan::Plan;

use super::fold::{Hunted, Judgement};
use super::mix::{Mix, Portfolio, TieOrder};
use super::trial::Trial;

/// What became of a property, beside what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The property, as the scenario writes it; of a built-in one its name.
    pub name: String,
    /// What is expected.
    pub expected: Expected,
    /// Whether it is so.
    pub met: Met,
    /// Where it is violated first, if it is.
    pub first: Option<(Trial, Violation)>,
}

/// Whether something is as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The runs do not tell: why.
    Open(&'static str),
    /// A built-in property had nothing to be told of: why.
    Silent(&'static str),
}

/// Which runs are meant of a scenario where nothing is said: those of its `[hunt]`, else as it
/// states them.
pub fn portfolio(loaded: &Loaded) -> Portfolio {
    let Some(hunt) = &loaded.hunt else { return Portfolio::STATED };
    Portfolio {
        mix: match hunt.mix.value {
            HuntMix::Stated => Some(Mix::Stated),
            HuntMix::Swarm => Some(Mix::Swarm),
            HuntMix::Both => None,
        },
        ties: match hunt.tie_break.value {
            HuntTies::Fifo => Some(TieOrder::Fifo),
            HuntTies::Seeded => Some(TieOrder::Seeded),
            HuntTies::Reversed => Some(TieOrder::Reversed),
            HuntTies::Every => None,
        },
        tie_seed: hunt.tie_seed.as_ref().map(|seed| seed.value.0),
    }
}

/// Its runs: those of the seeds of its `[hunt]`, else of its own, else of 1.
pub fn trials(loaded: &Loaded) -> Vec<Trial> {
    let seeds = loaded.hunt.as_ref().and_then(|hunt| hunt.seeds.as_ref());
    let own = || vec![loaded.plan.run.seed.unwrap_or(1)];
    let seeds = seeds.map_or_else(own, |seeds| seeds.value.0.clone());
    let portfolio = portfolio(loaded);
    seeds.into_iter().map(|seed| portfolio.trial(seed)).collect()
}

/// The version of random numbers that a scenario was made under, if its seeds mean something else
/// now: it says another one, and states no decision by which it would fail under any seed.
pub fn is_of_other_numbers(loaded: &Loaded) -> Option<u64> {
    let numbers = loaded.hunt.as_ref()?.numbers.as_ref()?.value.0;
    let is_other = numbers != u64::from(RNG_VERSION) && loaded.plan.fixed.is_empty();
    is_other.then_some(numbers)
}

/// Every property of a scenario beside what is expected of it. With `all_hold`, all are expected
/// to hold.
pub fn standings(plan: &Plan, hunted: &Hunted, all_hold: bool) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::new();
    let mut verdicts: Vec<Vec<Judgement>> = Vec::new();
    let mut built_in = Vec::new();
    for (place, judged) in (0..).zip(&hunted.properties) {
        let judgement = judged.judgement(plan.properties.probability(place));
        let name = plan.properties.entry(place);
        // One that is asked of each of some is one: it is violated if one of them is.
        if let Some(last) = standings.last_mut().filter(|last| last.name == name) {
            last.first = last.first.or(judged.first);
            verdicts.last_mut().expect("there is one for each").push(judgement);
            continue;
        }
        let expected = match all_hold {
            true => Expected::Holds,
            false => plan.properties.expected(place),
        };
        let (name, first) = (name.to_owned(), judged.first);
        standings.push(Standing { name, expected, met: Met::Yes, first });
        verdicts.push(vec![judgement]);
        built_in.push(usize::from(place) < plan.properties.built_in.len());
    }
    for ((standing, verdicts), is_built_in) in standings.iter_mut().zip(verdicts).zip(built_in) {
        standing.met = met(standing.expected, &verdicts, is_built_in);
    }
    standings
}

fn met(expected: Expected, verdicts: &[Judgement], is_built_in: bool) -> Met {
    let open = verdicts.iter().find(|one| matches!(one, Judgement::Inconclusive(_)));
    let why = open.map_or("", |one| super::text::verdict_words(*one));
    match expected {
        Expected::Violated if verdicts.contains(&Judgement::Violated) => Met::Yes,
        Expected::Violated if open.is_some() => Met::Open(why),
        Expected::Violated => Met::No,
        Expected::Holds if verdicts.contains(&Judgement::Violated) => Met::No,
        Expected::Holds => match open {
            None => Met::Yes,
            Some(Judgement::Inconclusive(Some(_))) if is_built_in => Met::Silent(why),
            Some(_) => Met::Open(why),
        },
    }
}
