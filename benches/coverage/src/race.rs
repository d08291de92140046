//! Whether the intervals of what a race costs cover the truth.

use stopsim::hunt::Hunted;
use stopsim::hunt::price::{Price, Range};
use stopsim::hunt::trial::Cost;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;

use super::world::Luck;

/// Hunts of each kind.
pub const TRIALS: u32 = 2_000;
/// What is to be covered at least: of a run, and of a month, which promises both its parts.
const TARGETS: [f64; 2] = [0.93, 0.95];
/// A month of 730 h, in µs: a run is as long.
const MONTH: u64 = 730 * 3_600_000_000;

/// A kind of hunt.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// How likely a run is to violate something.
    pub share: f64,
    /// What that adds to what it costs.
    pub adds: Adds,
    /// Runs of a hunt.
    pub runs: u32,
}

/// What a violation adds to what a run costs: 10 on the average.
#[derive(Clone, Copy, Debug)]
pub struct Adds {
    /// In words.
    pub story: &'static str,
    draw: fn(&mut Luck) -> f64,
}

const MEAN: f64 = 10.0;
const NORMAL: Adds =
    Adds { story: "10 ± 3, normal", draw: |luck: &mut Luck| MEAN + 3.0 * luck.normal() };
const SKEWED: Adds =
    Adds { story: "10, exponential", draw: |luck: &mut Luck| -MEAN * libm::log(luck.share()) };

/// What came of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Which.
    pub kind: Kind,
    /// Hunts that had a price.
    pub priced: u32,
    /// Of these, those that cover what a run costs, and a month.
    pub covered: [u32; 2],
}

impl Tried {
    /// The shares that were covered: a run, a month.
    pub fn coverage(&self) -> [f64; 2] {
        self.covered.map(|covered| f64::from(covered) / f64::from(self.priced))
    }

    /// What it promises and does not keep.
    pub fn misses(&self) -> Option<String> {
        let coverage = self.coverage();
        let is_enough =
            self.priced > 0 && coverage.iter().zip(TARGETS).all(|(one, least)| *one >= least);
        let Kind { share, adds: Adds { story, .. }, runs } = self.kind;
        (!is_enough).then(|| format!("price, {share} of {runs}, {story}: {coverage:?}"))
    }
}

/// Every kind.
pub fn kinds() -> Vec<Kind> {
    let mut all = Vec::new();
    for adds in [NORMAL, SKEWED] {
        for (share, runs) in [(0.02, 1_000), (0.1, 200), (0.1, 1_000), (0.5, 200), (0.9, 200)] {
            all.push(Kind { share, adds, runs });
        }
    }
    all
}

/// A kind, so many times.
pub fn experiment(kind: Kind, trials: u32) -> Tried {
    let plan = plan();
    let mut tried = Tried { kind, priced: 0, covered: [0, 0] };
    let truth = [MEAN, kind.share * MEAN];
    for trial in 0..trials {
        let mut luck = Luck::of((u64::from(trial) << 32) + 2);
        let mut hunted = Hunted::new(&plan);
        for _ in 0..kind.runs {
            let violates = luck.share() < kind.share;
            let base = 100.0 + 5.0 * luck.normal();
            let cost = base + if violates { (kind.adds.draw)(&mut luck) } else { 0.0 };
            let cost = Cost { nanos: (cost * 1e9) as i128, unavailable: 0 };
            hunted.costs[usize::from(!violates)].push(cost);
            hunted.stated.0 += 1;
            hunted.stated.1 += u32::from(violates);
        }
        let Some(Price { a_run, a_month, .. }) = hunted.price(MONTH, |cost| cost.nanos) else {
            continue;
        };
        tried.priced += 1;
        for (place, range) in [a_run, a_month].into_iter().enumerate() {
            let Range { low, high, .. } = range;
            let truth = truth[place] * 1e9;
            tried.covered[place] += u32::from(low <= truth && truth <= high);
        }
    }
    tried
}

fn plan() -> Plan {
    let text = include_str!("../../../scenarios/flaky-mornings.toml");
    let loaded = load("flaky.toml", &Memory::new().with("flaky.toml", text), &[]);
    loaded.expect("it is shipped").plan
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample of 100 hunts: fewer than 86 that cover are 1 in 5 000 where 95 % are promised.
    #[test]
    fn what_a_race_costs_is_covered_as_far_as_a_sample_shows() {
        for kind in kinds().into_iter().filter(|kind| kind.runs == 200) {
            let tried = experiment(kind, 100);
            assert!(
                tried.covered.iter().all(|covered| covered * 100 >= tried.priced * 86),
                "{tried:?}"
            );
            assert!(tried.priced > 90, "{tried:?}");
        }
    }
}
