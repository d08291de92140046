//! Two runs side by side, up to the first fact that is not the same.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::Decisions;
use crate::fact::Fact;
use crate::hunt::diff::{Happened, Place};
use crate::program::{Broken, Programs, Seats};
use crate::replicate::{ReplicateError, Runs};
use crate::report::compare::Divergence;
use crate::report::facts::{Told, told};
use crate::report::names::Names;
use crate::sim::plan::Plan;
use crate::sim::{Observer, RunId, Sim};
use crate::units::SimTime;

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
    let parted = part(plans, [run; 2], SimTime::ZERO, 1)?;
    Ok(parted.map(|sides| {
        let [base, other] = [0, 1].map(|side: usize| {
            let first = sides[side].first();
            first.map(|one| (plans[side].clock.format(one.told.at), one.told.text()))
        });
        Divergence { replication, base, other }
    }))
}

/// The first facts from a time on that are not the same in both, and what follows them: so many
/// of each, less at an end; none if all are the same.
///
/// # Errors
/// If time does not go on in one of them, or a program fails.
pub fn part(
    plans: [&Plan; 2],
    runs: [RunId; 2],
    from: SimTime,
    count: usize,
) -> Result<Option<[Vec<Happened>; 2]>, Error> {
    let decisions = [0, 1].map(|side| {
        let run = runs[side];
        plans[side].decisions(run.seed, run.replication)
    });
    let broken =
        |run: RunId| move |broken| Error::from(ReplicateError::of(run.replication, broken));
    let programs = Programs::new();
    let side = |at: usize| {
        Side::new(plans[at], runs[at], (&decisions[at], &programs), from).map_err(broken(runs[at]))
    };
    let (mut base, mut other) = (side(0)?, side(1)?);
    loop {
        let one = base.next().map_err(broken(runs[0]))?;
        let another = other.next().map_err(broken(runs[1]))?;
        if one.is_none() && another.is_none() {
            return Ok(None);
        }
        let told = |one: &Option<Happened>| one.as_ref().map(|one| one.told.clone());
        if told(&one) == told(&another) {
            continue;
        }
        let first = base.some(one, count).map_err(broken(runs[0]))?;
        let second = other.some(another, count).map_err(broken(runs[1]))?;
        return Ok(Some([first, second]));
    }
}

/// A run whose facts are taken one after the other.
struct Side<'p> {
    sim: Sim<'p, Listener<'p>>,
    seats: Seats,
    heard: Rc<RefCell<VecDeque<Told>>>,
    /// How many events were handled.
    events: u64,
}

/// Keeps what happened until it is taken.
struct Listener<'p> {
    names: Names<'p>,
    heard: Rc<RefCell<VecDeque<Told>>>,
    from: SimTime,
}

impl Observer for Listener<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        if at >= self.from {
            self.heard.borrow_mut().push_back(told(at, fact, &self.names));
        }
    }
}

impl<'p> Side<'p> {
    fn new(
        plan: &'p Plan,
        run: RunId,
        (decisions, programs): (&'p Decisions, &Programs),
        from: SimTime,
    ) -> Result<Side<'p>, Broken> {
        let heard = Rc::default();
        let names = Names::new(plan, run.seed, run.replication);
        let listener = Listener { names, heard: Rc::clone(&heard), from };
        let mut sim = Sim::new(plan, run, decisions, listener);
        let seats = programs.seat(&mut sim, plan, decisions).map_err(Broken::Program)?;
        Ok(Side { sim, seats, heard, events: 0 })
    }

    /// The next fact; none at the end.
    fn next(&mut self) -> Result<Option<Happened>, Broken> {
        loop {
            if let Some(error) = self.seats.failure() {
                return Err(Broken::Program(error));
            }
            let next = self.heard.borrow_mut().pop_front();
            if let Some(told) = next {
                return Ok(Some(Happened { place: Place::Event(self.events), told }));
            }
            if self.sim.step().map_err(Broken::Livelock)?.is_none() {
                return Ok(None);
            }
            self.events += 1;
        }
    }

    /// A fact and those after it.
    fn some(&mut self, first: Option<Happened>, count: usize) -> Result<Vec<Happened>, Broken> {
        let mut all: Vec<Happened> = first.into_iter().collect();
        while all.len() < count {
            match self.next()? {
                Some(one) => all.push(one),
                None => break,
            }
        }
        Ok(all)
    }
}
