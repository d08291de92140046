//! What the rest makes of what happens in the cloud: the books, and controllers that hear of it.

use crate::books::ledger::{DownReason, ForgoneReason, MissedReason};
use crate::books::outcome::LatencyName;
use crate::cloud::{self, News, Outputs, PlatformCause};
use crate::ecs::id::{CapacityId, InstanceId, PoolId};
use crate::ecs::instance::{State, Status};
use crate::ecs::region::{Region, StopAccepted};
use crate::ecs::spec::Ineligible;
use crate::engine::{Identity, Occasion, Source};
use crate::fact::Fact;
use crate::units::SimTime;

use super::Rest;
use super::event::Event;
use super::instance_record::{Item, NOBODY, Past};
use super::observer::Observer;

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
        self.books.fold(self.now, &fact);
        match fact {
            Fact::StateChanged { instance, from, to } => self.on_state_changed(instance, from, to),
            Fact::BecameReady { instance } => self.on_became_ready(region, instance),
            Fact::AddressChanged { .. }
            | Fact::StockChanged { .. }
            | Fact::CapacityChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. }
            | Fact::ItemHandled(..)
            | Fact::CallSent(_)
            | Fact::CallHandled(..)
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
                self.books.data_lost(data_lost);
                self.set_ready(region, instance, false);
            }
            News::DeletionBegan { controller, instance, data_lost } => {
                self.books.data_lost(data_lost);
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
            News::PoweredOff(_) => self.books.data_lost(true),
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
            News::ClaimGranted(pool) => self.books.claimed(pool, true),
            News::ClaimRefused(pool) => self.books.claimed(pool, false),
            News::TenantArrived(pool) => self.books.tenant_arrived(pool),
            News::TenantServed(pool, waited) => self.books.tenant_served(pool, waited),
            News::TenantWaits(pool) => self.books.tenant_waits(pool),
            News::TenantLost(pool) => self.books.tenant_lost(pool),
            News::StoppedForArrears(_) => self.books.stopped_for_arrears(),
            News::RestartedAfterArrears { started, .. } => {
                self.books.restarted_after_arrears(started);
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

    #[inline(always)]
    fn on_stop_accepted(
        &mut self,
        region: &Region,
        (controller, keep): (u16, bool),
        instance: InstanceId,
        stop: &StopAccepted,
    ) {
        self.books.data_lost(stop.data_lost);
        self.books.stop_accepted(stop.relied_on_default(), stop.downgraded);
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
            self.books.took(LatencyName::StartCalledToRunning, self.now - called);
        }
    }

    #[inline(always)]
    fn accepted_finished(&mut self, instance: InstanceId, name: LatencyName) {
        let accepted = self.records[instance.index()].accepted_at;
        self.records[instance.index()].accepted_at = SimTime::NEVER;
        if accepted != SimTime::NEVER {
            self.books.took(name, self.now - accepted);
        }
    }

    /// Time 0: how much is free of everything.
    pub(super) fn open_free(&mut self, region: &Region) {
        let stock = |place| region.inventory().stock(PoolId::at(place));
        let pools = (0..self.plan.pools.len()).map(|place| stock(place).map_or(0, |one| one.free));
        let capacities = (0..self.plan.capacities.len())
            .map(|place| region.capacity(CapacityId::at(place)).free());
        self.books.open_stock(self.now, pools, capacities);
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
