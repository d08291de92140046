//! Settings of a scenario that are run as far as they are asked to, and never twice: what came of
//! them before is taken from the cache.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::replicate::{self, Runs};
use crate::report::compare::Gathering;
use crate::sim::NoObserver;
use crate::sim::metric::Metric;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::args::{ScenarioArgs, SeedArgs};
use super::cache::{Cache, Key};
use super::exit::Error;
use super::scenario::{identity, line};
use super::stdout::complain;
use super::watch::{Progress, Watch};

/// How settings are run, and how far they all are.
pub struct Trials<'a> {
    seeds: &'a SeedArgs,
    cache: Cache,
    asked: Vec<Metric>,
    progress: Progress,
    /// Runs that the bar knows of and that were not made yet.
    foreseen: AtomicU64,
    /// Runs that were made, and runs that the cache knew.
    made: AtomicU64,
    recalled: AtomicU64,
}

/// One setting, and what came of it so far.
#[derive(Clone)]
pub struct Trial {
    /// What is read.
    scenario: ScenarioArgs,
    runs: Runs,
    key: Key,
    gathering: Gathering,
    done: u32,
}

impl<'a> Trials<'a> {
    /// About so many runs, in which these metrics are asked for besides those that every scenario
    /// has.
    pub fn new(
        seeds: &'a SeedArgs,
        cache: Cache,
        asked: &[Metric],
        runs: u64,
        horizon: SimTime,
    ) -> Trials<'a> {
        Trials {
            seeds,
            cache,
            asked: asked.to_vec(),
            progress: Progress::new(runs, horizon),
            foreseen: AtomicU64::new(runs),
            made: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
        }
    }

    /// A setting, whose plan this is, with what is known of it; of `runs` it has the seed, the ties
    /// and the threads.
    pub fn trial(&self, scenario: ScenarioArgs, plan: &Plan, runs: &Runs) -> Trial {
        let key = self.cache.key(plan, runs, &self.asked);
        let gathering = Gathering::about(&self.asked);
        Trial { scenario, runs: runs.clone(), key, gathering, done: 0 }
    }

    /// Whether the cache knows so many replications of a setting: then it has them.
    pub fn recall(&self, trial: &mut Trial, replications: u32) -> bool {
        if trial.done < replications
            && let Some(gathering) = self.cache.read(&trial.key, replications)
        {
            self.know(trial, replications, gathering);
        }
        trial.done >= replications
    }

    fn know(&self, trial: &mut Trial, replications: u32, gathering: Gathering) {
        let known = u64::from(replications - trial.done);
        self.foresee(known);
        self.progress.leave_out(known);
        self.recalled.fetch_add(known, Ordering::Relaxed);
        (trial.done, trial.gathering) = (replications, gathering);
    }

    /// Runs a setting until it has so many replications.
    ///
    /// # Errors
    /// If time does not go on.
    pub fn extend(&self, trial: &mut Trial, plan: &Plan, replications: u32) -> Result<(), Error> {
        if self.recall(trial, replications) {
            return Ok(());
        }
        if let Some((known, gathering)) =
            self.cache.read_fewer(&trial.key, trial.done, replications)
        {
            self.know(trial, known, gathering);
        }
        let more = u64::from(replications - trial.done);
        self.foresee(more);
        self.made.fetch_add(more, Ordering::Relaxed);
        let runs = Runs { replications: trial.done..replications, ..trial.runs.clone() };
        let Trials { seeds, progress, .. } = self;
        let (scenario, seed, seeds): (_, _, &SeedArgs) = (&trial.scenario, runs.seed, seeds);
        let replay = move |replication: u32| {
            let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
            words.extend(identity(scenario, seed, seeds));
            words.extend(["--replication".to_owned(), replication.to_string()]);
            line(words)
        };
        let watch = |replication| Watch::new(progress, replay(replication), NoObserver);
        let gathering = &mut trial.gathering;
        replicate::run_each(std::slice::from_ref(plan), &runs, watch, |_, outcome, _| {
            gathering.add(plan, &outcome);
            Ok::<(), Error>(())
        })?;
        trial.done = replications;
        self.cache.write(&trial.key, replications, &trial.gathering);
        Ok(())
    }

    /// Whether a cache keeps what is run.
    pub fn are_kept(&self) -> bool {
        self.cache.folder().is_some()
    }

    /// Nothing is shown any more; what the cache knew is told.
    pub fn end(&self) {
        self.progress.end();
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let (recalled, made) = (count(&self.recalled), count(&self.made));
        if let Some(folder) = self.cache.folder().filter(|_| recalled > 0) {
            let all = recalled + made;
            let folder = folder.display();
            complain(format!("note: {recalled} of {all} runs were in the cache {folder}"));
        }
    }

    fn foresee(&self, runs: u64) {
        let less = |known: u64| Some(known.saturating_sub(runs));
        let known = self.foreseen.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        self.progress.expect_more(runs.saturating_sub(known.unwrap_or(0)));
    }
}

impl Trial {
    /// What came of it so far.
    ///
    /// # Panics
    /// If it was not run.
    pub fn gathered(&self) -> Gathering {
        assert!(self.done > 0, "nothing is known of what was not run");
        self.gathering.clone()
    }
}
