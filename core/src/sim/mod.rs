//! The only module that knows everything below it: pops events, asks the region, tells the
//! controllers and the books.
//!
//! A run is a pure function of (plan, seed, replication, ties). Nothing here owns a file, a
//! socket, a clock or a thread, and `World::handle` is the only `match` on an event.

mod carried;
mod clients;
pub mod decision;
mod delivery;
mod demands;
pub mod event;
mod instance_record;
mod listeners;
pub mod metric;
mod milestones;
mod observer;
mod outputs;
pub mod plan;
mod prefetch;
mod replace;
mod seats;
mod services;
mod setup;
mod steps;
pub mod topic;

pub use event::Event;
pub use observer::{Livelock, NoObserver, Observer};
pub use seats::Reply;
pub use steps::{Happened, SeatProblem, Sim};

use crate::books::Books;
use crate::books::outcome::Outcome;
use crate::client::Clients;
use crate::client::scripted::{CallTag, Request};
use crate::cloud::Cloud;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
#[cfg(not(feature = "reference-list"))]
use crate::engine::FutureEventList as EventList;
#[cfg(feature = "reference-list")]
use crate::engine::ReferenceList as EventList;
use crate::engine::{Decisions, Digest, Identity, Phase, SCHEDULE_MAX, Source, TiePolicy};
use crate::fact::{Fact, Names};
use crate::network::Network;
use crate::units::SimTime;

use instance_record::InstanceRecord;
use listeners::Listeners;
use milestones::Instant;
use observer::PROGRESS_EVERY;
use plan::Plan;
use replace::Families;
use services::Services;

/// Which run of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId {
    /// The seed.
    pub seed: u64,
    /// The replication, from 0.
    pub replication: u32,
    /// How ties are broken.
    pub ties: TiePolicy,
    /// Stop when so many events have been handled; none runs to the horizon.
    pub until_event: Option<u64>,
}

/// Same plan, same run: the same outcome, bit for bit, on every machine.
///
/// # Errors
/// [`Livelock`] if the scenario keeps the time from going on.
///
/// # Panics
/// If a law of the model is broken: stock, billing identity, legal transitions, one unit of
/// work per instance, time never goes back.
pub fn run<O: Observer>(plan: &Plan, run: RunId, observer: &mut O) -> Result<Outcome, Livelock> {
    run_deciding(plan, run, &plan.decisions(run.seed, run.replication), observer)
}

/// The same with these decisions in place of those of the run's seed and replication: some may be
/// fixed, and all that luck decides may be listed.
///
/// # Errors
/// As [`run`].
///
/// # Panics
/// As [`run`], and if a decision was fixed as something that it is not.
pub fn run_deciding<O: Observer>(
    plan: &Plan,
    run: RunId,
    decisions: &Decisions,
    observer: &mut O,
) -> Result<Outcome, Livelock> {
    Sim::new(plan, run, decisions, observer).finish()
}

/// Everything that changes during a run: the cloud, calls on their way, clients, and what is none
/// of theirs.
#[derive(Clone)]
struct World<'a, O: Observer> {
    cloud: Cloud<'a>,
    network: Network<'a, CallTag, Request>,
    clients: Clients<'a>,
    rest: Rest<'a, O>,
}

/// What is neither the cloud's nor the network's nor the clients': what is wanted, and the books.
#[derive(Clone)]
struct Rest<'a, O: Observer> {
    plan: &'a Plan,
    decisions: &'a Decisions,
    observer: O,
    now: SimTime,
    measures: bool,
    /// When the books are to be looked at next: at the warm-up's end, then at the plan's marks.
    next_milestone: SimTime,
    fel: EventList<Event>,
    records: Vec<InstanceRecord>,
    instance_names: Vec<Identity>,
    controller_names: Vec<Identity>,
    pool_names: Vec<Identity>,
    service_names: Vec<Identity>,
    capacity_names: Vec<Identity>,
    market_names: Vec<Identity>,
    type_names: Vec<Identity>,
    /// Controllers that act on the news of a stop.
    listeners: Listeners<'a>,
    families: Families,
    /// States that are over and that the network is to be told of: until when each lasted.
    ended_states: Vec<(SimTime, InstanceId, State)>,
    /// Whether the network wants to be told.
    keeps_states: bool,
    services: Services,
    /// What clients are to be told of services: whether their starts need not wait.
    turned: Vec<(u16, bool)>,
    instant: Instant,
    digest: Digest,
    books: Books<'a>,
}

impl<O: Observer> World<'_, O> {
    /// Lets the time go on; statistics begin before anything that happens at the warm-up's end.
    fn advance(&mut self, now: SimTime) {
        while now >= self.rest.next_milestone {
            self.pass_milestone();
        }
        self.rest.now = now;
    }

    /// The warm-up ends, or a mark is passed.
    #[cold]
    fn pass_milestone(&mut self) {
        let now = self.rest.next_milestone;
        self.rest.now = now;
        if self.rest.measures {
            self.on_mark_passed();
        } else {
            self.rest.measures = true;
            self.on_warm_up_ended();
        }
        let mut marks = self.rest.plan.marks.iter().copied();
        self.rest.next_milestone = marks.find(|mark| *mark > now).unwrap_or(SimTime::NEVER);
    }

    #[inline(always)]
    fn tick(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        self.advance(now);
        self.rest.books.count_event();
        let handled = self.rest.books.handled();
        self.rest.observer.event(now, handled);
        if handled.is_multiple_of(PROGRESS_EVERY) {
            self.rest.observer.progress(now, handled);
        }
        self.rest.instant.count(now, event)
    }

    #[inline(always)]
    fn handle(&mut self, event: Event) {
        match event {
            Event::Cloud(event) => self.cloud.handle(event, &mut self.rest),
            Event::Network(event) => self.on_network_event(event),
            Event::Client(event) => self.on_client_event(event),
            Event::DemandTurned { demand, edge } => self.on_demand_turned(demand, edge),
            Event::HourEnded => self.on_hour_ended(),
        }
        if !self.rest.turned.is_empty() {
            self.tell_turned();
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Chains a fact into the digest and shows it to the observer.
    #[inline(always)]
    fn note(&mut self, fact: Fact) {
        let names = Names {
            instances: &self.instance_names,
            controllers: &self.controller_names,
            pools: &self.pool_names,
            services: &self.service_names,
            capacities: &self.capacity_names,
            markets: &self.market_names,
            types: &self.type_names,
        };
        fact.record(&mut self.digest, self.now, &names);
        if O::WANTS_FACTS {
            self.observer.fact(self.now, &fact);
        }
    }

    fn stale(&mut self) {
        self.books.count_stale();
    }

    fn schedule(&mut self, at: SimTime, source: Source, event: Event) {
        self.fel.schedule(at.min(SCHEDULE_MAX), Phase::Ordinary, source, event);
    }

    fn schedule_environment(&mut self, at: SimTime, source: Source, event: Event) {
        self.fel.schedule(at.min(SCHEDULE_MAX), Phase::Environment, source, event);
    }

    fn of_controller(&self, controller: u16) -> Source {
        let identity = self.controller_names[usize::from(controller)];
        Source { rank: u32::from(controller), identity }
    }

    fn of_demand(&self, demand: u16) -> Source {
        let identity = self.plan.demands[usize::from(demand)].identity;
        Source { rank: (2 << 16) + u32::from(demand), identity }
    }
}

#[cfg(test)]
mod tests;
