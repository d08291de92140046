//! Two runs with the same luck, side by side, up to the first fact that is not the same.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::Decisions;
use crate::fact::Fact;
use crate::program::{Broken, Programs, Seats};
use crate::replicate::{ReplicateError, Runs};
use crate::report::compare::Divergence;
use crate::report::facts::{Told, told};
use crate::report::names::Names;
use crate::units::SimTime;
use crate::world::plan::Plan;
use crate::world::{Observer, RunId, Sim};

use super::exit::Error;

/// The first fact of a replication that is not the same in both; none if all are.
///
/// # Errors
/// If time does not go on in one of them, or a program fails.
pub fn first_divergence(
    plans: [&Plan; 2],
    runs: &Runs,
    replication: u32,
) -> Result<Option<Divergence>, Error> {
    let run = RunId { seed: runs.seed, replication, ties: runs.ties, until_event: None };
    let decisions = plans.map(|plan| plan.decisions(run.seed, run.replication));
    let broken = |broken| Error::from(ReplicateError::of(replication, broken));
    let programs = Programs::new();
    let side = |at: usize| Side::new(plans[at], run, &decisions[at], &programs).map_err(broken);
    let (mut base, mut other) = (side(0)?, side(1)?);
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
    seats: Seats,
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
    fn new(
        plan: &'p Plan,
        run: RunId,
        decisions: &'p Decisions,
        programs: &Programs,
    ) -> Result<Side<'p>, Broken> {
        let heard = Rc::default();
        let names = Names::new(plan, run.seed, run.replication);
        let listener = Listener { names, heard: Rc::clone(&heard) };
        let mut sim = Sim::new(plan, run, decisions, listener);
        let seats = programs.seat(&mut sim, plan, decisions).map_err(Broken::Program)?;
        Ok(Side { sim, seats, heard })
    }

    /// The next fact; none at the end.
    fn next(&mut self) -> Result<Option<Told>, Broken> {
        loop {
            if let Some(error) = self.seats.failure() {
                return Err(Broken::Program(error));
            }
            let next = self.heard.borrow_mut().pop_front();
            if next.is_some() || self.sim.step().map_err(Broken::Livelock)?.is_none() {
                return Ok(next);
            }
        }
    }
}
