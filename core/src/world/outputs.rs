//! What the rest makes of what happens in the cloud: the books, and controllers that hear of it.

use crate::cloud::{self, News, Outputs, PlatformCause};
use crate::ecs::capacity::CapacityKind;
use crate::ecs::id::{CapacityId, InstanceId, PoolId};
use crate::ecs::instance::{State, Status};
use crate::ecs::region::{Region, StopAccepted};
use crate::ecs::spec::Ineligible;
use crate::engine::{Identity, Occasion, Source};
use crate::fact::{CallAnswer, Fact};
use crate::units::SimTime;

use super::Rest;
use super::event::Event;
use super::instance_record::{Item, NOBODY, Past};
use super::ledger::{DownReason, ForgoneReason, MissedReason};
use super::observer::Observer;
use super::outcome::LatencyName;

/// How many instances are named that lost their address or their credits.
const NAMED_MAX: usize = 20;

/// Something free, and since when so much of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free {
    pub(super) since: SimTime,
    pub(super) units: u64,
}

impl Free {
    /// So much from here on; the span before, times what was free in it.
    fn turn(&mut self, now: SimTime, units: u64) -> (u64, u128) {
        let before = std::mem::replace(self, Free { since: now, units });
        let span = now.since(before.since).as_micros();
        (span, u128::from(before.units) * u128::from(span))
    }
}

impl<O: Observer> Outputs for Rest<'_, O> {
    #[inline(always)]
    fn now(&self) -> SimTime {
        self.now
    }

    #[inline(always)]
    fn name(&self, instance: InstanceId) -> Identity {
        self.instance_names[instance.index()]
    }

    #[inline(always)]
    fn next_work(&mut self, instance: InstanceId, occasion: Occasion) -> u32 {
        self.records[instance.index()].next_work(occasion)
    }

    #[inline(always)]
    fn last_work(&self, instance: InstanceId) -> (Occasion, u32) {
        let record = &self.records[instance.index()];
        (record.occasion, u32::from(record.works))
    }

    #[inline(always)]
    fn schedule(&mut self, at: SimTime, source: Source, event: cloud::Event) {
        Rest::schedule(self, at, source, Event::Cloud(event));
    }

    #[inline(always)]
    fn schedule_environment(&mut self, at: SimTime, source: Source, event: cloud::Event) {
        Rest::schedule_environment(self, at, source, Event::Cloud(event));
    }

    #[inline(always)]
    fn stale(&mut self) {
        Rest::stale(self);
    }

    #[inline(always)]
    fn listed(&mut self) {
        self.instant.note_listed();
    }

    #[inline(always)]
    fn book(&mut self, region: &Region, instance: InstanceId) {
        Rest::book(self, region, instance);
    }

    // Inlined, so that only what the fact at hand changes is left.
    #[inline(always)]
    fn happened(&mut self, region: &Region, fact: Fact) {
        self.note(fact);
        match fact {
            Fact::StateChanged { instance, from, to } => self.on_state_changed(instance, from, to),
            Fact::BecameReady { instance } => self.on_became_ready(region, instance),
            Fact::AddressChanged { instance } => self.on_address_changed(instance),
            Fact::StockChanged { pool, stock } => self.on_stock_changed(pool, stock.free),
            Fact::CapacityChanged { capacity, held } => {
                self.on_capacity_changed(capacity, held.free());
            }
            Fact::CreditsCleared { instance } => self.on_credits_cleared(instance),
            Fact::CreditsGranted { credits, falls_back, .. } => {
                self.on_credits_granted(credits, falls_back);
            }
            Fact::SpotNoticed { cause, .. } => self.out.spot.notices[cause as usize] += 1,
            Fact::SpotTakenBack { cause, .. } => self.out.spot.taken_back[cause as usize] += 1,
            Fact::ItemHandled(call, answer) => {
                let items = &mut self.out.calls[call.operation as usize].items;
                match answer {
                    CallAnswer::Refused(refusal) => {
                        *items.refused.entry(refusal).or_default() += 1;
                    }
                    CallAnswer::Accepted
                    | CallAnswer::Seen(_)
                    | CallAnswer::Missing
                    | CallAnswer::Created(_)
                    | CallAnswer::Stocked(_) => items.accepted += 1,
                }
            }
            Fact::CallSent(call) => self.on_call_sent(&call),
            Fact::CallHandled(call, answer) => self.on_call_handled(call.operation, answer),
            Fact::Demanded { .. }
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
            | Fact::SpotPriced { .. }
            | Fact::StandingChanged(_)
            | Fact::Replaced { .. }
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. } => {}
        }
    }

    // Inlined, so that only the arm of the news at hand is left.
    #[inline(always)]
    fn tell(&mut self, region: &Region, news: News) {
        match news {
            News::StopAccepted { controller, keep, instance, stop } => {
                self.on_stop_accepted(region, (controller, keep), instance, &stop);
            }
            News::StartAccepted { instance, from, by } => {
                self.on_start_accepted(instance, from, by);
            }
            News::RebootBegan { instance, data_lost } => {
                self.out.data_loss_stops += u64::from(data_lost);
                self.set_ready(region, instance, false);
            }
            News::DeletionBegan { controller, instance, data_lost } => {
                self.out.data_loss_stops += u64::from(data_lost);
                let down = self.down_by(controller, instance);
                let record = &mut self.records[instance.index()];
                record.missed = MissedReason::Stopping;
                record.down = down;
                self.set_ready(region, instance, false);
            }
            News::CreatedInPlaceOf { replaced, instance } => self.join_family(replaced, instance),
            News::TakenDown { instance, why } => self.on_taken_down(region, instance, why),
            News::Reclaimed { instance, why } => {
                self.records[instance.index()].down = why.into();
            }
            News::Stuck(instance) => {
                self.records[instance.index()].missed = MissedReason::Stuck;
            }
            News::PoweredOff(_) => self.out.data_loss_stops += 1,
            News::Stopped(instance) => {
                self.accepted_finished(instance, LatencyName::StopAcceptedToStopped);
                self.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
            }
            News::Running(instance) => {
                self.accepted_finished(instance, LatencyName::StartAcceptedToRunning);
                self.start_called_ends(instance);
                self.item_running(instance);
            }
            News::ShutDownByGuest(instance) => self.on_shut_down_by_guest(region, instance),
            News::Created(instance) => self.let_stand_in(region, instance),
            News::Gone(instance) => {
                self.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
                self.step_down(region, instance);
            }
            News::ClaimGranted(pool) => self.out.pools[pool.index()].claims_granted += 1,
            News::ClaimRefused(pool) => self.out.pools[pool.index()].claims_refused += 1,
            News::TenantArrived(pool) => self.out.pools[pool.index()].tenants_arrived += 1,
            News::TenantServed(pool, waited) => {
                self.out.pools[pool.index()].tenants_wait.record(waited.as_micros());
            }
            News::TenantWaits(pool) => self.out.pools[pool.index()].tenants_waited += 1,
            News::TenantLost(pool) => self.out.pools[pool.index()].tenants_lost += 1,
            News::StoppedForArrears(_) => self.out.arrears.stopped += 1,
            News::RestartedAfterArrears { started: true, .. } => self.out.arrears.restarted += 1,
            News::RestartedAfterArrears { started: false, .. } => {
                self.out.arrears.not_restarted += 1;
            }
        }
    }
}

impl From<PlatformCause> for DownReason {
    fn from(cause: PlatformCause) -> DownReason {
        match cause {
            PlatformCause::Spot => DownReason::Spot,
            PlatformCause::Arrears => DownReason::Arrears,
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    /// What it was is kept for the network's stale reads; who listens hears of it.
    #[inline(always)]
    fn on_state_changed(&mut self, instance: InstanceId, from: State, to: State) {
        if self.keeps_states {
            self.ended_states.push((self.now, instance, from));
        }
        if to.status() == Status::Stopped {
            self.tell_stopped(instance);
        }
    }

    #[inline(always)]
    fn on_became_ready(&mut self, region: &Region, instance: InstanceId) {
        self.set_ready(region, instance, true);
        self.take_over(region, instance);
        self.item_done(instance, Item::Ready, LatencyName::StartDueToReady);
    }

    #[inline(never)]
    fn on_address_changed(&mut self, instance: InstanceId) {
        self.out.changed_addresses += 1;
        let named = &mut self.out.changed_address_instances;
        if named.len() < NAMED_MAX && !named.contains(&instance.0) {
            named.push(instance.0);
        }
    }

    fn on_credits_cleared(&mut self, instance: InstanceId) {
        let tally = &mut self.out.credits;
        tally.cleared += 1;
        if tally.instances.len() < NAMED_MAX && !tally.instances.contains(&instance.0) {
            tally.instances.push(instance.0);
        }
    }

    fn on_credits_granted(&mut self, credits: u32, falls_back: bool) {
        let tally = &mut self.out.credits;
        tally.granted += 1;
        tally.initial += u64::from(credits);
        tally.fell_back += u64::from(falls_back);
    }

    #[inline(always)]
    fn on_stop_accepted(
        &mut self,
        region: &Region,
        (controller, keep): (u16, bool),
        instance: InstanceId,
        stop: &StopAccepted,
    ) {
        self.out.data_loss_stops += u64::from(stop.data_lost);
        self.out.relied_on_default += u64::from(stop.relied_on_default());
        if let Some(why) = stop.downgraded {
            *self.out.downgraded.entry(why).or_default() += 1;
        }
        let down = self.down_by(controller, instance);
        let forgone = forgone_by(region.ineligible(instance), keep, stop);
        let now = self.now;
        let record = &mut self.records[instance.index()];
        // A stop that is cut short goes on: it is measured from its first acceptance.
        record.accepted_at = record.accepted_at.min(now);
        record.missed = MissedReason::Stopping;
        record.down = down;
        record.forgone = forgone;
        self.set_ready(region, instance, false);
    }

    #[inline(always)]
    fn on_start_accepted(&mut self, instance: InstanceId, from: State, by: Option<u16>) {
        let leads = by.is_some_and(|controller| self.is_in_charge(controller, instance));
        let record = &mut self.records[instance.index()];
        record.accepted_at = self.now;
        record.past = Past::before_start(from);
        record.missed = if leads { MissedReason::Lead } else { MissedReason::Restarted };
    }

    fn on_taken_down(&mut self, region: &Region, instance: InstanceId, why: PlatformCause) {
        let ineligible = region.ineligible(instance);
        let now = self.now;
        let record = &mut self.records[instance.index()];
        record.accepted_at = now;
        record.missed = MissedReason::Stopping;
        record.down = why.into();
        record.forgone = ineligible.map_or(ForgoneReason::Default, ForgoneReason::Ineligible);
        self.set_ready(region, instance, false);
    }

    fn on_shut_down_by_guest(&mut self, region: &Region, instance: InstanceId) {
        let ineligible = region.ineligible(instance);
        let record = &mut self.records[instance.index()];
        record.down = DownReason::WrongStop;
        record.forgone = ineligible.map_or(ForgoneReason::GuestShutdown, ForgoneReason::Ineligible);
        self.set_ready(region, instance, false);
        self.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
    }

    /// Why a wanted instance is down that a controller stops.
    #[inline(always)]
    fn down_by(&self, controller: u16, instance: InstanceId) -> DownReason {
        match self.is_in_charge(controller, instance) {
            true => DownReason::WrongStop,
            false => DownReason::OtherController,
        }
    }

    /// Whether a controller follows what is wanted of an instance, or nobody does.
    #[inline]
    fn is_in_charge(&self, controller: u16, instance: InstanceId) -> bool {
        self.records[instance.index()].owner == NOBODY || self.follows(controller, instance)
    }

    /// The start that was called for is Running.
    #[inline(always)]
    pub(super) fn start_called_ends(&mut self, instance: InstanceId) {
        let record = &mut self.records[instance.index()];
        let called = std::mem::replace(&mut record.called_at, SimTime::NEVER);
        if called != SimTime::NEVER {
            let took = self.now - called;
            self.latency(LatencyName::StartCalledToRunning).record(took);
        }
    }

    #[inline(always)]
    fn accepted_finished(&mut self, instance: InstanceId, name: LatencyName) {
        let accepted = self.records[instance.index()].accepted_at;
        self.records[instance.index()].accepted_at = SimTime::NEVER;
        if accepted != SimTime::NEVER {
            let took = self.now - accepted;
            self.latency(name).record(took);
        }
    }

    /// Time 0: how much is free of everything.
    pub(super) fn open_free(&mut self, region: &Region) {
        let now = self.now;
        for (place, pool) in self.out.pools.iter_mut().enumerate() {
            let stock = region.inventory().stock(PoolId::at(place));
            let units = stock.map_or(0, |stock| stock.free);
            pool.least_free = units;
            self.free_in_pools.push(Free { since: now, units });
        }
        for place in 0..self.plan.capacities.len() {
            let units = region.capacity(CapacityId::at(place)).free();
            self.out.least_unused.push(units);
            self.free_in_capacities.push(Free { since: now, units: units.into() });
        }
    }

    fn on_stock_changed(&mut self, pool: PoolId, free: u64) {
        let (_, area) = self.free_in_pools[pool.index()].turn(self.now, free);
        let out = &mut self.out.pools[pool.index()];
        out.free_area += area;
        out.least_free = out.least_free.min(free);
    }

    fn on_capacity_changed(&mut self, capacity: CapacityId, free: u32) {
        self.book_capacity(capacity, free.into());
        let least = &mut self.out.least_unused[capacity.index()];
        *least = (*least).min(free);
    }

    /// Books the span since it last changed; so much is free from here on.
    fn book_capacity(&mut self, capacity: CapacityId, free: u64) {
        let (span, area) = self.free_in_capacities[capacity.index()].turn(self.now, free);
        let paid_for = match self.plan.region.capacities[capacity.index()].kind {
            CapacityKind::PrivatePool { .. } => area,
            CapacityKind::DedicatedHost { .. } => u128::from(span),
        };
        self.out.ledger.book_capacity(capacity.index(), paid_for);
    }

    /// Books how much has been free of everything since it last changed.
    pub(super) fn book_free(&mut self) {
        for (pool, free) in self.out.pools.iter_mut().zip(&mut self.free_in_pools) {
            pool.free_area += free.turn(self.now, free.units).1;
        }
        for place in 0..self.free_in_capacities.len() {
            self.book_capacity(CapacityId::at(place), self.free_in_capacities[place].units);
        }
    }
}

/// Why an unwanted instance goes on being billed that is stopped like this.
#[inline(always)]
fn forgone_by(ineligible: Option<Ineligible>, keep: bool, stop: &StopAccepted) -> ForgoneReason {
    match (ineligible, stop.asked) {
        (Some(why), _) => ForgoneReason::Ineligible(why),
        (None, _) if keep => ForgoneReason::Fallback,
        (None, Some(_)) => ForgoneReason::Asked,
        (None, None) => ForgoneReason::Default,
    }
}
