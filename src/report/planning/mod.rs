//! The best setting that keeps a promise: how it is searched, and what came of it.
//!
//! `search` says which settings to run next, `promise` on which side of the promise one is; what
//! runs them is the command line. The answer is run again with a fresh seed, and only that is
//! shown of it: the search has picked what looked good.

mod json;
mod promise;
mod search;
mod text;

use crate::sim::metric::{BillSum, Metric, SavingPart};
use crate::units::{Money, Ratio};

use super::collected::Collected;
use super::estimate::{CONFIDENCE, Estimate, estimate};
use super::measure::{Observed, measure};

pub use json::write as write_json;
pub use promise::{Kept, Promise, PromiseError, is_mean, objective, together};
pub use search::{Fate, Found, Heard, NotMonotone, Rules, Search, Side, Strategy};
pub use text::write as write_text;

/// A setting that was searched.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What each knob is set to.
    pub values: Vec<String>,
    /// What became of it.
    pub fate: Fate,
    /// How many replications it had.
    pub replications: u32,
    /// The objective, and then each promise, as the search saw them; none if it was not run.
    pub observed: Vec<Observed>,
    /// Whether a promise was the same in all its replications, so that nothing else is known.
    pub is_alike: bool,
}

/// Something that was run with a fresh seed.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// What it is.
    pub what: What,
    /// What it sets; nothing of what is no setting.
    pub values: Vec<String>,
    /// The objective, and then each promise; none of what cannot be said of it.
    pub figures: Vec<Option<Estimate>>,
    /// The hash of its scenario, and the digest of its runs; none of what was not run.
    pub identity: Option<(String, u64)>,
}

/// What stands beside the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The answer.
    Answer,
    /// The next best that meets the promise.
    Next,
    /// One step away from the answer along the knob of this place.
    StepOf(usize),
    /// Nothing is ever stopped.
    NeverStop,
    /// Everything that is not wanted costs what it does in economical mode.
    Bound,
    /// The vendor's advice for short cycles: stop, and keep charging.
    KeepCharging,
}

/// What a plan came to.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The scenario's name.
    pub name: String,
    /// The knobs' paths.
    pub knobs: Vec<String>,
    /// What is to be as good as can be.
    pub objective: Metric,
    /// What every setting has to keep.
    pub promises: Vec<Promise>,
    /// How it was searched.
    pub strategy: Strategy,
    /// How sure the answer is.
    pub confidence: Ratio,
    /// Of the objective and each promise: whether it rests on an assumed input.
    pub assumed: Vec<bool>,
    /// Every setting, in the order of the grid.
    pub settings: Vec<Setting>,
    /// The answer.
    pub found: Found,
    /// The answer and what stands beside it; nothing where there is no answer.
    pub fresh: Vec<Fresh>,
    /// How many replications each of these had, and the seed.
    pub fresh_runs: (u32, u64),
    /// What money is in.
    pub currency: String,
    /// From when to when things were measured.
    pub window: (String, String),
    /// The seed of the search.
    pub seed: u64,
    /// How ties were broken.
    pub ties: String,
    /// The line that gives this again.
    pub command: String,
    /// The line that runs the answer once more with the fresh seed.
    pub answer_command: Option<String>,
}

impl Planned {
    /// The answer's place among the settings.
    pub fn answer(&self) -> Option<usize> {
        match self.found {
            Found::Best { point, .. } => Some(point),
            Found::Nothing { .. } => None,
        }
    }

    /// The promises of which the fresh runs of the answer say that it misses them by more than the
    /// margin.
    pub fn contradicted(&self) -> Vec<&Promise> {
        let Some(fresh) = self.fresh.first() else { return Vec::new() };
        let is_missed = |(promise, one): &(&Promise, &Option<Estimate>)| {
            let interval = one.and_then(|one| one.interval.ok());
            interval.is_some_and(|one| promise.is_missed_beyond_margin(&one))
        };
        let judged = self.promises.iter().zip(&fresh.figures[1..]).filter(is_missed);
        judged.map(|(promise, _)| promise).collect()
    }

    /// The runs that the whole grid would take, each setting with as many replications as the one
    /// that took most.
    pub fn grid_runs(&self) -> u64 {
        let most = self.settings.iter().map(|one| one.replications).max().unwrap_or(0);
        u64::from(most) * self.settings.len() as u64
    }

    /// The runs that it took, those with a fresh seed included, wherever they came from.
    pub fn runs(&self) -> u64 {
        let search: u64 = self.settings.iter().map(|one| u64::from(one.replications)).sum();
        let fresh = self.fresh.iter().filter(|one| one.identity.is_some()).count() as u64;
        search + fresh * u64::from(self.fresh_runs.0)
    }
}

/// The objective and the promises of something that was run with a fresh seed.
pub fn figures(metrics: &[Metric], collected: &Collected) -> Vec<Option<Estimate>> {
    let (totals, each) = (&collected.totals, &collected.each);
    metrics.iter().map(|metric| Some(estimate(metric, totals, each, CONFIDENCE))).collect()
}

/// The objective where nothing is ever stopped, and where all that is not wanted costs what it
/// does in economical mode; none where the objective is not about money.
pub fn bounds(objective: &Metric, collected: &Collected) -> [Option<Observed>; 2] {
    let sum = |of| measure(&Metric::Billing(of), &collected.totals).value();
    let (Some(baseline), Some(bound)) = (sum(BillSum::Baseline), sum(BillSum::Bound)) else {
        return [None, None];
    };
    let is_saved = matches!(
        objective,
        Metric::Saving(SavingPart::Net | SavingPart::Total | SavingPart::Intended)
    );
    let (never, all) = if is_saved {
        (Money::ZERO.as_nanos(), bound)
    } else if *objective == Metric::Billing(BillSum::Actual) {
        (baseline, baseline - bound)
    } else {
        return [None, None];
    };
    [never, all].map(|nanos| Some(Observed::Value(nanos)))
}
