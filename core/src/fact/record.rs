//! How facts enter the digest: a number for each kind, which never changes, and its words.

use crate::ecs::id::InstanceId;
use crate::ecs::inventory::Stock;
use crate::engine::{Digest, Identity};
use crate::units::SimTime;

use super::{CallFact, Fact};

/// Stable names of what facts are about.
pub struct Names<'a> {
    /// By instance.
    pub instances: &'a [Identity],
    /// By place of the controller in the plan.
    pub controllers: &'a [Identity],
    /// By pool.
    pub pools: &'a [Identity],
    /// By place of the service in the plan.
    pub services: &'a [Identity],
    /// By private pool or dedicated host.
    pub capacities: &'a [Identity],
    /// By market.
    pub markets: &'a [Identity],
    /// By type.
    pub types: &'a [Identity],
}

// Inlined, so that a fact reads the names that it bears, and no table of all of them is made.
impl Names<'_> {
    #[inline(always)]
    fn instance(&self, id: InstanceId) -> u64 {
        self.instances[id.index()].word()
    }

    #[inline(always)]
    fn controller(&self, place: u16) -> u64 {
        self.controllers[usize::from(place)].word()
    }

    #[inline(always)]
    fn call(&self, call: &CallFact) -> [u64; 5] {
        [
            call.operation as u64,
            self.controller(call.controller),
            self.instance(call.instance),
            call.occasion.word(),
            u64::from(call.number),
        ]
    }
}

impl Fact {
    /// Chains this fact into the digest: kind, time, names, words changed.
    // Inlined, so that of the match only the arm of the fact at hand is left.
    #[inline(always)]
    pub fn record(&self, digest: &mut Digest, at: SimTime, names: &Names<'_>) {
        match *self {
            Fact::Demanded { instance, wanted } => {
                digest.record(1, at, [names.instance(instance), u64::from(wanted)]);
            }
            Fact::Intended { controller, instance, action, due } => {
                let (who, which) = (names.controller(controller), names.instance(instance));
                digest.record(2, at, [who, which, action as u64, due.as_micros()]);
            }
            Fact::CallSent(call) => digest.record(3, at, names.call(&call)),
            Fact::CallHandled(call, answer) => {
                let [a, b, c, d, e] = names.call(&call);
                digest.record(4, at, [a, b, c, d, e, answer.word()]);
            }
            Fact::AnswerDelivered(call, answer) => {
                let [a, b, c, d, e] = names.call(&call);
                digest.record(5, at, [a, b, c, d, e, answer.word()]);
            }
            Fact::CallTimedOut(call) => digest.record(6, at, names.call(&call)),
            Fact::StateChanged { instance, from, to } => {
                let (from, to) = (u64::from(from.number()), u64::from(to.number()));
                digest.record(7, at, [names.instance(instance), from, to]);
            }
            Fact::BecameReady { instance } => digest.record(8, at, [names.instance(instance)]),
            Fact::AddressChanged { instance } => digest.record(9, at, [names.instance(instance)]),
            Fact::StockChanged { pool, stock } => {
                let name = names.pools[pool.index()].word();
                let Stock { total, ours, others, free, deficit } = stock;
                digest.record(10, at, [name, total, ours, others, free, deficit]);
            }
            Fact::BeliefChanged { controller, instance, belief } => {
                let (who, which) = (names.controller(controller), names.instance(instance));
                digest.record(11, at, [who, which, belief.word()]);
            }
            Fact::FaultTurned { rule, open } => {
                digest.record(12, at, [rule.word(), u64::from(open)])
            }
            Fact::FaultStruck { rule, instance } => {
                digest.record(13, at, [rule.word(), names.instance(instance)]);
            }
            Fact::ConditionChanged { instance, condition, on } => {
                let which = names.instance(instance);
                digest.record(14, at, [which, condition as u64, u64::from(on)]);
            }
            Fact::EconomicalDefault(on) => digest.record(15, at, [u64::from(on)]),
            Fact::ItemHandled(call, answer) => {
                let [a, b, c, d, e] = names.call(&call);
                digest.record(32, at, [a, b, c, d, e, answer.word()]);
            }
            Fact::ServiceTurned { service, ready, instance } => {
                let who = names.services[usize::from(service)].word();
                digest.record(45, at, [who, u64::from(ready), names.instance(instance)]);
            }
            Fact::StartHeld { controller, instance }
            | Fact::StartLetGo { controller, instance } => {
                let kind = if matches!(self, Fact::StartHeld { .. }) { 46 } else { 47 };
                digest.record(kind, at, [names.controller(controller), names.instance(instance)]);
            }
            Fact::CapacityChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. }
            | Fact::StandingChanged(_)
            | Fact::Replaced { .. }
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. }
            | Fact::Slipped { .. } => self.record_rest(digest, at, names),
        }
    }

    /// The same of what the platform does of itself, of types and of replacements.
    #[inline(never)]
    fn record_rest(&self, digest: &mut Digest, at: SimTime, names: &Names<'_>) {
        if let Fact::Replaced { controller, instance, by } = *self {
            let (old, new) = (names.instance(instance), names.instance(by));
            digest.record(20, at, [names.controller(controller), old, new]);
        }
        if let Fact::Slipped { controller, instance, defect } = *self {
            let (who, which) = (names.controller(controller), names.instance(instance));
            digest.record(52, at, [who, which, defect as u64]);
        }
        if let Fact::StandsIn { instance, by } = *self {
            digest.record(21, at, [names.instance(instance), names.instance(by)]);
        }
        if let Fact::TypeChanged { instance, to } = *self {
            let to = names.types[to.index()].word();
            digest.record(25, at, [names.instance(instance), to]);
        }
        if let Fact::CreditsCleared { instance } = *self {
            digest.record(50, at, [names.instance(instance)]);
        }
        if let Fact::CreditsGranted { instance, credits, falls_back } = *self {
            let words = [names.instance(instance), u64::from(credits), u64::from(falls_back)];
            digest.record(51, at, words);
        }
        if let Fact::CapacityChanged { capacity, held } = *self {
            let name = names.capacities[capacity.index()].word();
            digest.record(48, at, [name, u64::from(held.units), u64::from(held.used)]);
        }
        if let Fact::SpotPriced { market, rate } = *self {
            let name = names.markets[market.index()].word();
            digest.record(36, at, [name, rate.as_nanos().unsigned_abs()]);
        }
        if let Fact::SpotNoticed { instance, cause } = *self {
            digest.record(37, at, [names.instance(instance), cause as u64]);
        }
        if let Fact::SpotTakenBack { instance, cause } = *self {
            digest.record(38, at, [names.instance(instance), cause as u64]);
        }
        if let Fact::StandingChanged(standing) = *self {
            digest.record(39, at, [standing as u64]);
        }
    }
}
