//! Milestones, which look and do not touch: the warm-up's end, every hour, the horizon.

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::meter::BilledState;
use crate::ecs::operation::OperationName;
use crate::ecs::region::Region;
use crate::engine::{Identity, Phase, Source};
use crate::stats::{Latency, Tally};
use crate::units::SimTime;

use super::delivery::Reach;
use super::event::Event;
use super::instance_record::{Item, NO_WAVE};
use super::ledger::{Ledger, Why};
use super::observer::{CHECKPOINT_EVERY, LIVELOCK_FACTOR, Livelock, Observer};
use super::outcome::{
    ArrearsCounts, Beliefs, CallTally, ClientTally, CreditTally, LatencyName, Outcome, PoolSample,
    SpotCounts,
};
use super::{Rest, World};

const MICROS_PER_MINUTE: u64 = 60_000_000;
/// How many events past the limit are looked at to name the most frequent kind.
const NAMED_OVER: u64 = 1_000;

/// What happens at one instant, and calls in one clock minute.
#[derive(Clone, Debug)]
pub(super) struct Instant {
    at: SimTime,
    events: u64,
    /// As many as may be at one instant, besides those that were listed.
    limit: u64,
    /// How many of them were listed or drawn beforehand: these bring work, and end.
    listed: u64,
    kinds: Vec<(&'static str, u64)>,
    minute: u64,
    calls: u64,
    calls_of: [u64; OperationName::ALL.len()],
}

impl Instant {
    /// Of a run of so many instances and controllers in all.
    pub(super) fn new(count: usize) -> Instant {
        Instant {
            at: SimTime::ZERO,
            events: 0,
            limit: LIVELOCK_FACTOR * count as u64,
            listed: 0,
            kinds: Vec::new(),
            minute: 0,
            calls: 0,
            calls_of: [0; OperationName::ALL.len()],
        }
    }

    /// Counts an event; fails when there are too many at one instant.
    pub(super) fn count(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        if now != self.at {
            self.at = now;
            self.events = 0;
            self.listed = 0;
            self.kinds.clear();
        }
        self.events += 1;
        if self.events <= self.limit { Ok(()) } else { self.count_kind(now, event) }
    }

    /// Notes that the event just counted was listed or drawn beforehand.
    pub(super) fn note_listed(&mut self) {
        self.listed += 1;
    }

    /// Counts the kinds of what is too much; fails when there is no doubt any longer.
    #[cold]
    fn count_kind(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        let limit = self.limit + LIVELOCK_FACTOR * self.listed;
        if self.events <= limit {
            return Ok(());
        }
        let name = event.name();
        match self.kinds.iter_mut().find(|(kind, _)| *kind == name) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((name, 1)),
        }
        if self.events < limit + NAMED_OVER {
            return Ok(());
        }
        let most = self.kinds.iter().max_by_key(|(_, count)| *count);
        let most_frequent = most.map_or(name, |(kind, _)| kind);
        Err(Livelock { at: now, events: self.events, most_frequent })
    }

    /// Counts a call that reaches the region; keeps the most in a clock minute, of all
    /// operations and of its own.
    pub(super) fn count_call(
        &mut self,
        now: SimTime,
        operation: OperationName,
        peak: &mut u64,
        peak_of_operation: &mut u64,
    ) {
        let minute = now.as_micros() / MICROS_PER_MINUTE;
        if minute != self.minute {
            self.minute = minute;
            self.calls = 0;
            self.calls_of.fill(0);
        }
        self.calls += 1;
        *peak = (*peak).max(self.calls);
        let of_operation = &mut self.calls_of[operation as usize];
        *of_operation += 1;
        *peak_of_operation = (*peak_of_operation).max(*of_operation);
    }
}

impl<O: Observer> World<'_, O> {
    #[inline(never)]
    pub(super) fn on_hour_ended(&mut self) {
        self.rest.out.checkpoints.push((self.rest.now, self.rest.digest.value()));
        for place in 0..self.rest.out.pools.len() {
            self.sample_pool(PoolId::at(place));
        }
        self.cloud.region().inventory().check();
        self.rest.schedule_milestone(self.rest.now + CHECKPOINT_EVERY, Event::HourEnded);
    }

    fn sample_pool(&mut self, pool: PoolId) {
        let Some(stock) = self.cloud.region().inventory().stock(pool) else { return };
        self.rest.out.pools[pool.index()].hourly.push(PoolSample {
            at: self.rest.now,
            total: stock.total,
            ours: stock.ours,
            others: stock.others,
            free: stock.free,
            deficit: stock.deficit,
        });
    }

    /// Statistics begin here: what was due or under way before is not measured.
    pub(super) fn on_warm_up_ended(&mut self) {
        let now = self.rest.now;
        self.cloud.restart_meters(now);
        self.rest.minimum_charge.restart();
        for record in &mut self.rest.records {
            record.since = now;
            record.item = Item::None;
            record.wave = NO_WAVE;
            record.accepted_at = SimTime::NEVER;
            record.called_at = SimTime::NEVER;
        }
        self.rest.book_free();
        self.rest.restart_services();
        let out = &mut self.rest.out;
        out.calls.fill_with(CallTally::default);
        out.peak_calls_per_minute = 0;
        out.latencies = LatencyName::all()
            .map(|_| Latency::new(self.rest.plan.horizon - SimTime::ZERO))
            .collect();
        out.waves.clear();
        out.ledger = Ledger::of(self.rest.plan, now);
        out.data_loss_stops = 0;
        out.replaced = 0;
        out.changed_addresses = 0;
        out.changed_address_instances.clear();
        out.credits = CreditTally::default();
        out.relied_on_default = 0;
        out.downgraded.clear();
        out.beliefs = Beliefs::default();
        out.clients.fill(ClientTally::default());
        out.spot = SpotCounts::default();
        out.arrears = ArrearsCounts::default();
        for (least, free) in out.least_unused.iter_mut().zip(&self.rest.free_in_capacities) {
            *least = u32::try_from(free.units).expect("what is free is counted in 32 bits");
        }
        for (place, pool) in out.pools.iter_mut().enumerate() {
            let stock = self.cloud.region().inventory().stock(PoolId::at(place));
            let free = stock.map_or(0, |stock| stock.free);
            pool.hourly.clear();
            pool.least_free = free;
            pool.free_area = 0;
            pool.claims_refused = 0;
            pool.claims_granted = 0;
            pool.tenants_arrived = 0;
            pool.tenants_lost = 0;
            pool.tenants_waited = 0;
            pool.tenants_wait = Tally::default();
        }
    }

    /// The end: what is still open is censored, and the laws are held.
    pub(super) fn close(mut self) -> Outcome {
        for id in 0..self.rest.records.len() {
            let instance = InstanceId::at(id);
            self.rest.book(self.cloud.region(), instance);
            self.rest.give_up_item(instance);
            self.censor_work(instance);
        }
        self.rest.close_minimum_charge(self.cloud.region());
        let World { cloud, network, rest } = &mut self;
        network.close(&mut Reach { cloud, rest });
        self.rest.book_free();
        self.rest.close_services(self.cloud.region());
        self.rest.close_waves();
        self.check();
        if !self.rest.measures {
            // It was cut short within the warm-up: nothing of all this was in the window.
            self.on_warm_up_ended();
        }
        self.rest.out.digest = self.rest.digest.value();
        self.rest.out.end = self.rest.now;
        self.rest.out.pack();
        self.rest.out
    }

    fn censor_work(&mut self, instance: InstanceId) {
        let record = self.rest.records[instance.index()];
        if record.called_at != SimTime::NEVER {
            self.rest.latency(LatencyName::StartCalledToRunning).record_censored();
        }
        if record.accepted_at != SimTime::NEVER {
            let starting = self.cloud.region().state(instance).status()
                == crate::ecs::instance::Status::Starting;
            let name = if starting {
                LatencyName::StartAcceptedToRunning
            } else {
                LatencyName::StopAcceptedToStopped
            };
            self.rest.latency(name).record_censored();
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    pub(super) fn schedule_milestone(&mut self, at: SimTime, event: Event) {
        let source = Source { rank: u32::MAX, identity: Identity::of("milestone", event.name()) };
        if at < self.plan.horizon {
            self.fel.schedule(at, Phase::Observer, source, event);
        }
    }

    #[inline(always)]
    pub(super) fn latency(&mut self, name: LatencyName) -> &mut Latency {
        &mut self.out.latencies[name.index()]
    }

    /// Books the open span of an instance into the ledger.
    #[inline(always)]
    pub(super) fn book(&mut self, region: &Region, instance: InstanceId) {
        let record = &mut self.records[instance.index()];
        let since = std::mem::replace(&mut record.since, self.now);
        if since != self.now {
            self.book_since(region, instance, since);
        }
    }

    fn book_since(&mut self, region: &Region, instance: InstanceId, since: SimTime) {
        let record = &self.records[instance.index()];
        let state = region.state(instance);
        let billed = region.billed_state(instance);
        let kind = region.kind_of(instance);
        let why = record.why(state, billed);
        self.out.ledger.book_between(kind.index(), billed, why, (since, self.now));
        if !self.prices.is_empty() {
            self.book_market(region, instance, billed, why, since);
        }
        self.book_minimum_charge(instance, kind, billed, since);
    }

    /// Books what a span of a spot instance cost, if it is one.
    #[inline(never)]
    fn book_market(
        &mut self,
        region: &Region,
        instance: InstanceId,
        billed: BilledState,
        why: Why,
        from: SimTime,
    ) {
        let group = region.group_of(instance);
        if let Some(terms) = &self.plan.region.group(group).spot {
            let kind = region.kind_of(instance);
            let usage = terms.usage(&self.prices[terms.market.index()], from, self.now);
            self.out.ledger.book_spot(kind.index(), billed, why, usage);
        }
    }
}
