//! The only module that knows everything below it: pops events, asks the region, tells the
//! controllers, books time and money.
//!
//! A run is a pure function of (plan, seed, replication, ties). Nothing here owns a file, a
//! socket, a clock or a thread, and `World::handle` is the only `match` on an event.

mod answers;
mod arrears;
mod asked;
mod batch;
pub mod calls;
mod capacity;
mod checks;
mod controller_state;
pub mod credits;
mod demands;
mod drives;
mod environment;
pub mod event;
mod in_flight;
mod instance_record;
mod job;
pub mod ledger;
mod lifecycle;
mod looks;
pub mod metric;
mod milestones;
mod minimum_charge;
mod observer;
pub mod outcome;
mod pace;
pub mod plan;
mod platform;
mod poll;
mod polling_slowdown;
mod prefetch;
mod reads;
mod replace;
mod requests;
mod seats;
mod services;
mod setup;
mod sim;
mod spot;
mod throttling;
pub mod topic;
mod types;
mod watch;
mod work;

pub use event::Event;
pub use observer::{Livelock, NoObserver, Observer};
pub use seats::Reply;
pub use sim::{Happened, SeatProblem, Sim};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::InstanceId;
use crate::ecs::region::Region;
use crate::ecs::spot::PricePath;
use crate::ecs::throttle::Throttle;
#[cfg(not(feature = "reference-list"))]
use crate::engine::FutureEventList as EventList;
#[cfg(feature = "reference-list")]
use crate::engine::ReferenceList as EventList;
use crate::engine::{
    Decisions, Digest, Identity, Occasion, Phase, SCHEDULE_MAX, Source, TiePolicy,
};
use crate::fact::{Fact, Names};
use crate::fault::injector::{Injector, RuleId};
use crate::units::{SimDuration, SimTime};

use capacity::CapacityTrack;
use controller_state::ControllerState;
use credits::Credits;
use environment::PoolTrack;
use event::Ticket;
use in_flight::InFlightCalls;
use instance_record::InstanceRecord;
use milestones::Instant;
use minimum_charge::MinimumChargeTrack;
use observer::{LIVELOCK_FACTOR, PROGRESS_EVERY};
use outcome::{Outcome, WaveKind};
use plan::Plan;
use polling_slowdown::PollingSlowdown;
use reads::History;
use replace::Families;
use seats::Post;
use services::Services;
use spot::Spot;

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
    run_deciding(plan, run, &Decisions::of(run.seed, run.replication), observer)
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

/// Everything that changes during a run: the cloud, and what is not the cloud's.
#[derive(Clone)]
struct World<'a, O: Observer> {
    cloud: Cloud<'a>,
    rest: Rest<'a, O>,
}

/// The cloud's own.
#[derive(Clone)]
struct Cloud<'a> {
    region: Region,
    polling_slowdown: PollingSlowdown,
    /// By group: the last occasion of a wave's common factor, and the factor.
    wave_factors: Vec<(Option<Occasion>, SimDuration)>,
    /// Reads that the region has answered so far.
    status_calls: u64,
    pools: Vec<PoolTrack>,
    credits: Credits,
    tenants: Vec<Option<PoissonTrack<'a>>>,
    spot: Spot,
    stopped_for_arrears: Vec<InstanceId>,
}

/// What is not the cloud's: calls on their way, controllers, and the books.
#[derive(Clone)]
struct Rest<'a, O: Observer> {
    plan: &'a Plan,
    decisions: &'a Decisions,
    observer: O,
    now: SimTime,
    measures: bool,
    fel: EventList<Event>,
    records: Vec<InstanceRecord>,
    instance_names: Vec<Identity>,
    controller_names: Vec<Identity>,
    pool_names: Vec<Identity>,
    service_names: Vec<Identity>,
    capacity_names: Vec<Identity>,
    market_names: Vec<Identity>,
    type_names: Vec<Identity>,
    zone_names: Vec<Identity>,
    controller_states: Vec<ControllerState<'a>>,
    /// Controllers that act on the news of a stop.
    listeners: Vec<u16>,
    in_flight_calls: InFlightCalls,
    families: Families,
    injector: Injector<'a>,
    throttle: Throttle,
    history: History,
    capacities: Vec<CapacityTrack>,
    services: Services,
    /// What clients are to be told that took a seat, in order.
    posts: Vec<Post>,
    /// How many client tokens were made.
    tokens: u64,
    instant: Instant,
    /// The waves that are due at the latest instant of any, by kind, zone and type.
    waves_due: BTreeMap<(WaveKind, u16, u16), usize>,
    minimum_charge: MinimumChargeTrack<'a>,
    /// By market.
    prices: Arc<[PricePath]>,
    digest: Digest,
    out: Outcome,
}

impl<O: Observer> World<'_, O> {
    /// Lets the time go on; statistics begin before anything that happens at the warm-up's end.
    fn advance(&mut self, now: SimTime) {
        if !self.rest.measures && now >= self.rest.plan.warm_up {
            self.end_warm_up();
        }
        self.rest.now = now;
    }

    #[cold]
    fn end_warm_up(&mut self) {
        self.rest.measures = true;
        self.rest.now = self.rest.plan.warm_up;
        self.on_warm_up_ended();
    }

    fn tick(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        self.advance(now);
        self.rest.out.events.handled += 1;
        self.rest.observer.event(now, self.rest.out.events.handled);
        if self.rest.out.events.handled.is_multiple_of(PROGRESS_EVERY) {
            self.rest.observer.progress(now, self.rest.out.events.handled);
        }
        let limit =
            LIVELOCK_FACTOR * (self.rest.records.len() + self.rest.controller_states.len()) as u64;
        self.rest.instant.count(now, event, limit)
    }

    #[inline(always)]
    fn handle(&mut self, event: Event) {
        match event {
            Event::DemandTurned { demand, edge } => {
                self.rest.on_demand_turned(&self.cloud.region, demand, edge)
            }
            Event::ControllerDue { controller, moment } => {
                self.on_controller_due(controller, moment);
            }
            Event::RequestMade { controller, number } => self.on_request_made(controller, number),
            Event::WatchDue { controller } => self.on_watch_due(controller),
            Event::ClientWoken { controller, token } => self.on_client_woken(controller, token),
            Event::TenantArrived { pool } => self.on_tenant_arrived(pool),
            Event::TenantDeparted { pool, units } => self.on_tenant_departed(pool, units),
            Event::StockStepped { pool, step } => self.on_stock_stepped(pool, step),
            Event::FaultTurned(rule) => self.on_fault_turned(rule),
            Event::Happened { place } => self.on_happened(place),
            Event::CallDue { controller, position, serial } => {
                self.on_call_due(Ticket { controller, position, serial });
            }
            Event::ReplaceDue { controller, position, serial } => {
                self.on_replace_due(Ticket { controller, position, serial });
            }
            Event::PaceElapsed { controller } => self.on_pace_elapsed(controller),
            Event::RequestArrived { in_flight, duplicate } => {
                self.on_request_arrived(in_flight, duplicate);
            }
            Event::AnswerArrived { in_flight } => self.on_answer_arrived(in_flight),
            Event::TimedOut { in_flight } => self.on_timed_out(in_flight),
            Event::PollDue { controller, position, serial } => {
                self.on_poll_due(Ticket { controller, position, serial });
            }
            Event::HoldEnded { controller, position, number } => {
                self.on_hold_ended(controller, position, number);
            }
            Event::StopHeard { controller, position, number } => {
                self.on_stop_heard(controller, position, number);
            }
            Event::WorkFinished { instance, attempt, kind } => {
                self.on_work_finished(InstanceId(instance), attempt, kind);
            }
            Event::PowerOffDue { instance, attempt } => {
                self.on_power_off_due(InstanceId(instance), attempt);
            }
            Event::GuestBecameReady { instance, attempt } => {
                self.on_guest_became_ready(InstanceId(instance), attempt);
            }
            Event::PrivatePoolEnded { capacity } => self.on_private_pool_ended(capacity),
            Event::SpotPriced { market, step } => self.on_spot_priced(market, step),
            Event::SpotLooked { market } => self.on_spot_looked(market),
            Event::StandingTurned { step } => self.on_standing_turned(step),
            Event::SpotTakenBack { instance, notice } => {
                self.on_spot_taken_back(InstanceId(instance), notice);
            }
            Event::Settled { instance, attempt } => self.on_settled(InstanceId(instance), attempt),
            Event::HourEnded => self.on_hour_ended(),
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
        self.out.events.stale += 1;
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

    fn of_instance(&self, instance: InstanceId) -> Source {
        Source { rank: (1 << 25) + instance.0, identity: self.instance_names[instance.index()] }
    }

    fn of_pool(&self, pool: u16) -> Source {
        let identity = self.pool_names[usize::from(pool)];
        Source { rank: (1 << 16) + u32::from(pool), identity }
    }

    fn of_demand(&self, demand: u16) -> Source {
        let identity = self.plan.demands[usize::from(demand)].identity;
        Source { rank: (2 << 16) + u32::from(demand), identity }
    }

    fn of_rule(&self, rule: RuleId) -> Source {
        let (base, place) = match rule {
            RuleId::Call(place) => (3 << 16, place),
            RuleId::Work(place) => (4 << 16, place),
            RuleId::Environment(place) => (5 << 16, place),
        };
        Source { rank: base + u32::from(place), identity: self.rule_name(rule) }
    }

    fn rule_name(&self, rule: RuleId) -> Identity {
        match rule {
            RuleId::Call(place) => self.plan.call_faults[usize::from(place)].identity,
            RuleId::Work(place) => self.plan.work_faults[usize::from(place)].identity,
            RuleId::Environment(place) => self.plan.environment_faults[usize::from(place)].identity,
        }
    }
}

#[cfg(test)]
mod tests;
