//! What is made of what happens: time by how it was billed and whether it was wanted, money,
//! latencies, waves, counts of calls and stock, services, beliefs.
//!
//! The books fold facts and what they are told, and decide nothing: they call nobody, schedule
//! nothing, draw nothing and have never seen the region. Their state is their own; what they came
//! to is the [`Outcome`] that [`close`](Books::close) gives back.

mod calls;
mod checks;
mod latencies;
pub mod ledger;
mod minimum_charge;
pub mod outcome;
pub mod plan;
pub mod services;
mod stock;
mod tallies;
pub mod time;
pub mod waves;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ecs::id::InstanceId;
use crate::ecs::operation::OperationName;
use crate::ecs::spot::PricePath;
use crate::fact::Fact;
use crate::stats::Latency;
use crate::units::SimTime;

use calls::Minute;
use ledger::Ledger;
use minimum_charge::MinimumChargeTrack;
use outcome::{CallTally, ClientTally, Counts, LatencyName, Outcome, WaveKind};
use plan::BooksPlan;
use stock::Free;

/// All that is booked of a run.
#[derive(Clone, Debug)]
pub struct Books<'a> {
    plan: BooksPlan<'a>,
    out: Outcome,
    /// The clock minute of the calls.
    minute: Minute,
    /// The waves that are due at the latest instant of any, by kind, zone and type.
    waves_due: BTreeMap<(WaveKind, u16, u16), usize>,
    minimum_charge: MinimumChargeTrack<'a>,
    /// By market.
    prices: Arc<[PricePath]>,
    /// Since when how much is free in pools, and in private pools and dedicated hosts.
    free_in_pools: Vec<Free>,
    free_in_capacities: Vec<Free>,
}

impl<'a> Books<'a> {
    /// Empty books, before time 0.
    pub fn new(plan: BooksPlan<'a>, replication: u32, prices: Arc<[PricePath]>) -> Books<'a> {
        Books {
            out: opened(&plan, replication),
            minute: Minute::default(),
            waves_due: BTreeMap::new(),
            minimum_charge: MinimumChargeTrack::new(plan),
            prices,
            free_in_pools: Vec::new(),
            free_in_capacities: Vec::new(),
            plan,
        }
    }

    /// Folds a fact.
    // Inlined, so that only what the fact at hand changes is left.
    #[inline(always)]
    pub fn fold(&mut self, now: SimTime, fact: &Fact) {
        match *fact {
            Fact::CallSent(call) => self.on_call_sent(&call),
            Fact::CallHandled(call, answer) => self.on_call_handled(now, call.operation, answer),
            Fact::ItemHandled(call, answer) => self.on_item_handled(call.operation, answer),
            Fact::AddressChanged { instance } => self.on_address_changed(instance),
            Fact::CreditsCleared { instance } => self.on_credits_cleared(instance),
            Fact::CreditsGranted { credits, falls_back, .. } => {
                self.on_credits_granted(credits, falls_back);
            }
            Fact::StockChanged { pool, stock } => self.on_stock_changed(now, pool, stock.free),
            Fact::CapacityChanged { capacity, held } => {
                self.on_capacity_changed(now, capacity, held.free());
            }
            Fact::SpotNoticed { cause, .. } => self.out.counts.spot.notices[cause as usize] += 1,
            Fact::SpotTakenBack { cause, .. } => {
                self.out.counts.spot.taken_back[cause as usize] += 1
            }
            Fact::StateChanged { .. }
            | Fact::BecameReady { .. }
            | Fact::Demanded { .. }
            | Fact::Intended { .. }
            | Fact::AnswerDelivered(..)
            | Fact::CallTimedOut(_)
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. }
            | Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. }
            | Fact::EconomicalDefault(_)
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::Slipped { .. }
            | Fact::SpotPriced { .. }
            | Fact::StandingChanged(_)
            | Fact::Replaced { .. }
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. } => {}
        }
    }

    /// An event is handled.
    #[inline(always)]
    pub fn count_event(&mut self) {
        self.out.counts.events.handled += 1;
    }

    /// The event at hand had been overtaken.
    pub fn count_stale(&mut self) {
        self.out.counts.events.stale += 1;
    }

    /// Events handled so far.
    #[inline(always)]
    pub fn handled(&self) -> u64 {
        self.out.counts.events.handled
    }

    /// The digest of all facts at a full hour.
    pub fn checkpoint(&mut self, now: SimTime, digest: u64) {
        self.out.checkpoints.push((now, digest));
    }

    /// Statistics begin here: what was before does not count. Events and checkpoints do.
    pub fn restart(&mut self, now: SimTime) {
        self.minimum_charge.restart();
        self.book_free(now);
        let fresh = opened(&self.plan, self.out.replication);
        let out = std::mem::replace(&mut self.out, fresh);
        self.out.ledger = Ledger::of(&self.plan, now);
        self.out.checkpoints = out.checkpoints;
        self.out.counts.events = out.counts.events;
        self.restart_stock();
    }

    /// The end of the run: its laws are held beforehand by [`check`](Books::check).
    pub fn close(mut self, now: SimTime, digest: u64) -> Outcome {
        self.out.digest = digest;
        self.out.end = now;
        self.out.pack();
        self.out
    }

    /// For tests that break what is booked.
    #[cfg(test)]
    pub(crate) fn tamper(&mut self) -> &mut Outcome {
        &mut self.out
    }
}

/// An outcome in which nothing has happened yet.
fn opened(plan: &BooksPlan<'_>, replication: u32) -> Outcome {
    let horizon = plan.horizon - SimTime::ZERO;
    let counts = Counts {
        calls: vec![CallTally::default(); OperationName::ALL.len()],
        latencies: LatencyName::all().map(|_| Latency::new(horizon)).collect(),
        clients: vec![ClientTally::default(); plan.callers],
        ..Counts::default()
    };
    Outcome {
        replication,
        digest: 0,
        checkpoints: Vec::new(),
        end: SimTime::ZERO,
        counts,
        waves: Vec::new(),
        ledger: Ledger::of(plan, SimTime::ZERO),
        hourly: vec![Vec::new(); plan.region.pools.len()],
        marks: Vec::new(),
        services: services::opened(plan),
    }
}

/// How many instances are named of what happened to many.
const NAMED_MAX: usize = 20;

/// Names an instance among the first few.
fn name_one(named: &mut Vec<u32>, instance: InstanceId) {
    if named.len() < NAMED_MAX && !named.contains(&instance.0) {
        named.push(instance.0);
    }
}

#[cfg(test)]
mod tests;
