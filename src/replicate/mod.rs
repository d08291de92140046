//! Replications: one plan, one seed, many independent runs, in order.
//!
//! The only threads of the program. Which of them runs which replication never shows: results
//! come in replication order, and the first failure in that order is the one that is told.

use std::ops::Range;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::books::outcome::Outcome;
use crate::engine::TiePolicy;
use crate::program::{Broken, ProgramError, Programs};
use crate::sim::plan::Plan;
use crate::sim::{Livelock, Observer, RunId};

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
    /// A program fails in a run.
    #[error("replication {replication}: {error}")]
    Program {
        /// Which.
        replication: u32,
        /// How.
        error: Box<ProgramError>,
    },
    /// A program did something wrong beside the runs.
    #[error("{0}")]
    ProgramBeside(Box<ProgramError>),
}

impl ReplicateError {
    /// Why a replication could not be run.
    pub fn of(replication: u32, broken: Broken) -> ReplicateError {
        match broken {
            Broken::Livelock(livelock) => ReplicateError::Livelock { replication, livelock },
            Broken::Program(error) => ReplicateError::Program { replication, error },
        }
    }
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
    let mut all = vec![];
    run_each(std::slice::from_ref(plan), runs, observer, |_, outcome, observer| {
        all.push((outcome, observer));
        Ok::<(), ReplicateError>(())
    })?;
    Ok(all)
}

/// Asks something of every item, over so many threads; the answers are in the items' order.
///
/// # Errors
/// If threads cannot be had.
pub fn in_order<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    ask: impl Fn(&T) -> R + Sync,
) -> Result<Vec<R>, ReplicateError> {
    Ok(pool(threads)?.install(|| items.par_iter().map(&ask).collect()))
}

fn pool(threads: usize) -> Result<ThreadPool, ReplicateError> {
    let threads = threads.max(1);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| ReplicateError::Threads { threads, source })
}

/// How many runs a thread does before what came of them is taken: as many outcomes are in memory.
const AT_ONCE: usize = 16;

/// Runs every replication of every plan, all of them over the same threads, and hands on each
/// outcome, with the place of its plan: in the order of the plans, each in replication order.
///
/// # Errors
/// If threads cannot be had, a run is a livelock, a program fails, or what takes the outcomes
/// fails: the first in that order is told.
pub fn run_each<O: Observer + Send, E: From<ReplicateError>>(
    plans: &[Plan],
    runs: &Runs,
    observer: impl Fn(u32) -> O + Sync,
    mut take: impl FnMut(usize, Outcome, O) -> Result<(), E>,
) -> Result<(), E> {
    let (threads, pool) = (runs.threads.max(1), pool(runs.threads)?);
    let programs = Programs::new();
    let one = |&(place, replication): &(usize, u32)| {
        let Runs { seed, ties, until_event, .. } = *runs;
        let mut observer = observer(replication);
        programs
            .run(&plans[place], RunId { seed, replication, ties, until_event }, &mut observer)
            .map(|outcome| (place, outcome, observer))
            .map_err(|broken| ReplicateError::of(replication, broken))
    };
    let of_plan = |place| runs.replications.clone().map(move |replication| (place, replication));
    let all: Vec<(usize, u32)> = (0..plans.len()).flat_map(of_plan).collect();
    for some in all.chunks(AT_ONCE * threads) {
        // Collected before it is judged, so that of several failures the first in order is told.
        let done: Vec<Result<_, _>> = pool.install(|| some.par_iter().map(one).collect());
        for result in done {
            let (place, outcome, observer) = result?;
            take(place, outcome, observer)?;
        }
    }
    programs.close().map_err(ReplicateError::ProgramBeside)?;
    Ok(())
}
