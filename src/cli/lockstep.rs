//! Two runs with the same luck, side by side, up to the first fact that is not the same.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::Decisions;
use crate::fact::Fact;
use crate::replicate::{ReplicateError, Runs};
use crate::report::compare::Divergence;
use crate::report::facts::{Told, told};
use crate::report::names::Names;
use crate::units::SimTime;
use crate::world::plan::Plan;
use crate::world::{Livelock, Observer, RunId, Sim};

use super::exit::Error;

/// The first fact of a replication that is not the same in both; none if all are.
///
/// # Errors
/// If time does not go on in one of them.
pub fn first_divergence(
    plans: [&Plan; 2],
    runs: &Runs,
    replication: u32,
) -> Result<Option<Divergence>, Error> {
    let run = RunId { seed: runs.seed, replication, ties: runs.ties, until_event: None };
    let decisions = plans.map(|plan| plan.decisions(run.seed, run.replication));
    let [mut base, mut other] = [0, 1].map(|side| Side::new(plans[side], run, &decisions[side]));
    let broken = |livelock| Error::from(ReplicateError::Livelock { replication, livelock });
    loop {
        let pair = (base.next().map_err(broken)?, other.next().map_err(broken)?);
        match pair {
            (None, None) => return Ok(None),
            (one, another) if one == another => {}
            (one, another) => {
                return Ok(Some(Divergence {
                    replication,
                    base: one.map(|one| (plans[0].clock.format(one.at), one.text)),
                    other: another.map(|one| (plans[1].clock.format(one.at), one.text)),
                }));
            }
        }
    }
}

/// A run whose facts are taken one after the other.
struct Side<'p> {
    sim: Sim<'p, Listener<'p>>,
    heard: Rc<RefCell<VecDeque<Told>>>,
}

/// Keeps what happened until it is taken.
struct Listener<'p> {
    names: Names<'p>,
    heard: Rc<RefCell<VecDeque<Told>>>,
}

impl Observer for Listener<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        self.heard.borrow_mut().push_back(told(at, fact, &self.names));
    }
}

impl<'p> Side<'p> {
    fn new(plan: &'p Plan, run: RunId, decisions: &'p Decisions) -> Side<'p> {
        let heard = Rc::default();
        let names = Names::new(plan, run.seed, run.replication);
        let listener = Listener { names, heard: Rc::clone(&heard) };
        Side { sim: Sim::new(plan, run, decisions, listener), heard }
    }

    /// The next fact; none at the end.
    fn next(&mut self) -> Result<Option<Told>, Livelock> {
        loop {
            let next = self.heard.borrow_mut().pop_front();
            if next.is_some() || self.sim.step()?.is_none() {
                return Ok(next);
            }
        }
    }
}
