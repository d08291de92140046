//! A run in steps: one event after the other, up to a time, or to its end.

use crate::engine::Decisions;
use crate::units::SimTime;

use super::event::Event;
use super::fact::{Livelock, Observer};
use super::outcome::Outcome;
use super::plan::Plan;
use super::{RunId, World};

/// A run that goes on when it is told to.
///
/// However it is stepped, it comes to the same outcome, digest and all. A clone goes on by itself:
/// a run can be split in its middle.
///
/// ```
/// use stopsim::engine::{Decisions, TiePolicy};
/// use stopsim::scenario::{Memory, load};
/// use stopsim::units::{SimDuration, SimTime};
/// use stopsim::world::{NoObserver, RunId, Sim};
///
/// let text = r#"
///     name = "two-servers"
///     region = { id = "cn-hangzhou" }
///     clock = { start = "2026-03-02", timezone = "Asia/Shanghai", length = "2d" }
///     [[group]]
///     name = "web"
///     count = 2
///     zone = "cn-hangzhou-h"
///     type = "ecs.g7.large"
///     [[pool]]
///     name = "g7"
///     zone = "cn-hangzhou-h"
///     family = "ecs.g7"
///     free = 10
///     [[demand]]
///     name = "office"
///     groups = ["web"]
///     windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
///     [[controller]]
///     name = "nightly"
///     follows = "office"
///     stop = { mode = "StopCharging" }
/// "#;
/// let plan = load("s.toml", &Memory::new().with("s.toml", text), &[]).unwrap().plan;
/// let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
/// let decisions = Decisions::of(run.seed, run.replication);
///
/// let mut sim = Sim::new(&plan, run, &decisions, NoObserver);
/// let first = sim.step().unwrap().expect("something happens");
/// assert!(first.at >= SimTime::ZERO);
/// sim.advance_to(SimTime::ZERO + SimDuration::from_hours(12)).unwrap();
/// let other = sim.clone();
/// assert_eq!(sim.finish().unwrap().digest, other.finish().unwrap().digest);
/// ```
#[derive(Clone)]
pub struct Sim<'a, O: Observer> {
    world: World<'a, O>,
    until_event: Option<u64>,
}

/// An event that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: Event,
}

impl<'a, O: Observer> Sim<'a, O> {
    /// A run at time 0, before its first event.
    pub fn new(plan: &'a Plan, run: RunId, decisions: &'a Decisions, observer: O) -> Sim<'a, O> {
        let mut world = World::new(plan, run, decisions, observer);
        world.open();
        Sim { world, until_event: run.until_event }
    }

    /// The time of the last event, or to which it was advanced.
    pub fn now(&self) -> SimTime {
        self.world.now
    }

    /// Who watches it.
    pub fn observer(&self) -> &O {
        &self.world.observer
    }

    /// Handles the next event; none at the horizon, or when as many were handled as wanted.
    ///
    /// # Errors
    /// [`Livelock`] if the scenario keeps the time from going on: there is nothing to go on with.
    ///
    /// # Panics
    /// If a law of the model is broken.
    #[inline(always)]
    pub fn step(&mut self) -> Result<Option<Happened>, Livelock> {
        if self.is_cut() {
            return Ok(None);
        }
        let world = &mut self.world;
        let Some((at, event)) = world.fel.pop_before(world.plan.horizon) else { return Ok(None) };
        world.look_ahead();
        world.tick(at, &event)?;
        world.handle(event);
        if world.region.has_changed_capacities() {
            world.note_capacities();
        }
        Ok(Some(Happened { at, event }))
    }

    /// Handles all that happens up to a time, what happens then included.
    ///
    /// # Errors
    /// As [`step`](Sim::step).
    ///
    /// # Panics
    /// As [`step`](Sim::step).
    pub fn advance_to(&mut self, time: SimTime) -> Result<(), Livelock> {
        while self.world.fel.peek_time().is_some_and(|next| next <= time) {
            if self.step()?.is_none() {
                break;
            }
        }
        if !self.is_cut() {
            self.world.advance(time.min(self.world.plan.horizon).max(self.world.now));
        }
        Ok(())
    }

    /// Whether as many events were handled as wanted.
    fn is_cut(&self) -> bool {
        self.until_event.is_some_and(|until| self.world.out.events.handled >= until)
    }

    /// Runs the rest and closes the books.
    ///
    /// # Errors
    /// As [`step`](Sim::step).
    ///
    /// # Panics
    /// As [`step`](Sim::step).
    pub fn finish(mut self) -> Result<Outcome, Livelock> {
        while self.step()?.is_some() {}
        let mut world = self.world;
        let horizon = world.plan.horizon;
        if self.until_event.is_none() || world.fel.peek_time().is_none_or(|next| next >= horizon) {
            world.advance(horizon);
        }
        Ok(world.close())
    }
}
