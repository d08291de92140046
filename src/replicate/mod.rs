//! Replications: one plan, one seed, many independent runs, in order.
//!
//! The only threads of the program. Which of them runs which replication never shows: results
//! come in replication order, and the first failure in that order is the one that is told.

use std::ops::Range;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::engine::{Digest, TiePolicy};
use crate::world::outcome::Outcome;
use crate::world::plan::Plan;
use crate::world::{self, Livelock, Observer, RunId};

/// Which runs of a plan, and on how many threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The seed.
    pub seed: u64,
    /// How ties are broken.
    pub ties: TiePolicy,
    /// Which replications.
    pub replications: Range<u32>,
    /// How many threads, at least one; it never changes a result.
    pub threads: usize,
    /// Stop each run when so many events have been handled.
    pub until_event: Option<u64>,
}

/// Why replications could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ReplicateError {
    /// The machine gives no threads.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
    /// A run does not let time go on.
    #[error("replication {replication}: {livelock}")]
    Livelock {
        /// Which.
        replication: u32,
        /// Where.
        livelock: Livelock,
    },
}

/// Runs every replication, each watched by an observer of its own; results in replication order.
///
/// # Errors
/// If threads cannot be had, or a run is a livelock: the first such replication is named.
pub fn run_all<O: Observer + Send>(
    plan: &Plan,
    runs: &Runs,
    observer: impl Fn(u32) -> O + Sync,
) -> Result<Vec<(Outcome, O)>, ReplicateError> {
    let plans = std::slice::from_ref(plan);
    Ok(run_plans(plans, runs, observer)?.pop().expect("one plan, one list of results"))
}

/// Runs every replication of every plan, all of them over the same threads; results in the order
/// of the plans, each in replication order.
///
/// # Errors
/// As [`run_all`]: the first plan's first failure is told.
pub fn run_plans<O: Observer + Send>(
    plans: &[Plan],
    runs: &Runs,
    observer: impl Fn(u32) -> O + Sync,
) -> Result<Vec<Vec<(Outcome, O)>>, ReplicateError> {
    let pool = ThreadPoolBuilder::new().num_threads(runs.threads.max(1)).build();
    let pool = pool.map_err(|source| ReplicateError::Threads { threads: runs.threads, source })?;
    let one = |(plan, replication): (&Plan, u32)| {
        let Runs { seed, ties, until_event, .. } = *runs;
        let mut observer = observer(replication);
        world::run(plan, RunId { seed, replication, ties, until_event }, &mut observer)
            .map(|outcome| (outcome, observer))
            .map_err(|livelock| ReplicateError::Livelock { replication, livelock })
    };
    let of_plan = |plan| runs.replications.clone().map(move |replication| (plan, replication));
    let all: Vec<(&Plan, u32)> = plans.iter().flat_map(of_plan).collect();
    // Collected before it is judged, so that of several failures the first in order is told.
    let all: Vec<Result<_, _>> = pool.install(|| all.into_par_iter().map(one).collect());
    let mut all = all.into_iter();
    plans.iter().map(|_| all.by_ref().take(runs.replications.len()).collect()).collect()
}

/// The digest of what was run: of one run its own, of several the chain of theirs.
pub fn digest(outcomes: &[Outcome]) -> u64 {
    match outcomes {
        [only] => only.digest,
        several => Digest::chain(several.iter().map(|one| one.digest)),
    }
}
