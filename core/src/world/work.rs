//! Stops and starts under way: begun by an accepted call, finished by the passing of time.

use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::{State, Status, StoppedMode, WorkKind};
use crate::ecs::operation::StopInstance;
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{AddressReturn, Finished, Region, StopAccepted, Work};
use crate::engine::{Identity, Occasion};
use crate::fault::injector::WorkFacts;
use crate::fault::rule::WorkEffect;
use crate::units::{SimDuration, SimTime};

use super::asked::Asked;
use super::event::Event;
use super::instance_record::{Item, NOBODY};
use super::ledger::{DownReason, ForgoneReason, MissedReason};
use super::observer::Observer;
use super::outcome::LatencyName;
use super::{Rest, World};
use crate::fact::Fact;
use crate::fact::purpose;

/// How many instances with a changed address are named.
const CHANGED_NAMED_MAX: usize = 20;
/// A wave factor of one, as a span.
const FACTOR_ONE: u64 = 1_000_000;

impl<O: Observer> World<'_, O> {
    #[inline(always)]
    pub(super) fn apply_stop(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        request: &StopInstance,
    ) -> Result<(), Refusal> {
        let caller = self.rest.caller(asked.controller);
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let stop = self.cloud.region.stop_instance(self.rest.now, caller, request)?;
        self.stop_began(asked, instance, from, &stop);
        Ok(())
    }

    /// A stop was accepted: books what it means and lets its work begin.
    #[inline(always)]
    pub(super) fn stop_began(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        from: State,
        stop: &StopAccepted,
    ) {
        self.changed(instance, from);
        self.rest.out.data_loss_stops += u64::from(stop.data_lost);
        self.rest.out.relied_on_default += u64::from(stop.relied_on_default());
        if let Some(why) = stop.downgraded {
            *self.rest.out.downgraded.entry(why).or_default() += 1;
        }
        let mine = self.rest.is_in_charge(asked.controller, instance);
        let forgone = self.rest.forgone_by(&self.cloud.region, instance, asked, stop);
        let now = self.rest.now;
        let record = &mut self.rest.records[instance.index()];
        // A stop that is cut short goes on: it is measured from its first acceptance.
        record.accepted_at = record.accepted_at.min(now);
        record.missed = MissedReason::Stopping;
        record.down = if mine { DownReason::WrongStop } else { DownReason::OtherController };
        record.forgone = forgone;
        self.rest.set_ready(&self.cloud.region, instance, false);
        self.begin_stop(instance, stop.work, asked);
    }

    fn begin_stop(&mut self, instance: InstanceId, work: Work, asked: &Asked) {
        let group = self.cloud.region.group_of(instance).index();
        let life = &self.rest.plan.lifecycles[group];
        let who = self.rest.instance_names[instance.index()];
        let k = self.rest.records[instance.index()].next_work(asked.occasion);
        let occasion = asked.occasion;
        let forced = work.kind == WorkKind::ForcedStop;
        let takes = if forced {
            self.rest.decisions.duration(who, purpose::FORCE_STOP, occasion, k, &life.force_stop)
        } else {
            self.rest.decisions.duration(who, purpose::STOP, occasion, k, &life.stop)
        };
        if let Some(hang) = life.hang.filter(|_| !forced)
            && self.rest.decisions.hits(who, purpose::HANG, occasion, k, hang.probability)
        {
            self.rest.records[instance.index()].missed = MissedReason::Stuck;
            if let Some(after) = hang.power_off_after {
                let source = self.rest.of_instance(instance);
                let event = Event::PowerOffDue { instance: instance.0, attempt: work.attempt };
                self.rest.schedule(self.rest.now.saturating_add(after), source, event);
            }
            return;
        }
        self.finish_after(instance, work, asked, takes);
    }

    /// Schedules the end of work, unless a fault keeps it from ending.
    #[inline(always)]
    pub(super) fn finish_after(
        &mut self,
        instance: InstanceId,
        work: Work,
        asked: &Asked,
        takes: SimDuration,
    ) {
        let takes = match self.rest.injector.may_strike_work() {
            true => self.strike_work(instance, asked, takes),
            false => Some(takes),
        };
        if let Some(takes) = takes {
            self.schedule_finish(instance, work, takes);
        }
    }

    /// How long work takes under a fault, if one strikes it; none if it never ends.
    #[inline(never)]
    fn strike_work(
        &mut self,
        instance: InstanceId,
        asked: &Asked,
        takes: SimDuration,
    ) -> Option<SimDuration> {
        let facts = WorkFacts {
            operation: asked.operation,
            controller: Some(asked.controller),
            about: self.about(instance),
            occasion: asked.occasion,
        };
        let Some((rule, effect)) = self.rest.injector.on_work(&facts) else { return Some(takes) };
        let rule = self.rest.plan.work_faults[usize::from(rule)].identity;
        self.rest.note(Fact::FaultStruck { rule, instance });
        self.rest.records[instance.index()].missed = MissedReason::Stuck;
        match effect {
            WorkEffect::Slow(times) => Some(takes.scaled(times.num(), times.den())),
            WorkEffect::Stuck(stalled) => Some(takes.saturating_add(stalled)),
            WorkEffect::StuckForever => None,
        }
    }

    pub(super) fn schedule_finish(&mut self, instance: InstanceId, work: Work, takes: SimDuration) {
        self.strain_from(instance, takes);
        let source = self.rest.of_instance(instance);
        let Work { kind, attempt, .. } = work;
        let event = Event::WorkFinished { instance: instance.0, attempt, kind };
        self.rest.schedule(self.rest.now.saturating_add(takes), source, event);
    }

    #[inline(never)]
    pub(super) fn on_power_off_due(&mut self, instance: InstanceId, attempt: u32) {
        let hung = Work { instance, kind: WorkKind::GracefulStop, attempt };
        let Some(work) = self.cloud.region.power_off_hung(self.rest.now, hung) else {
            return self.rest.stale();
        };
        self.rest.out.data_loss_stops += 1;
        let group = self.cloud.region.group_of(instance).index();
        let who = self.rest.instance_names[instance.index()];
        let record = &self.rest.records[instance.index()];
        let (occasion, k) = (record.occasion, u32::from(record.works));
        let life = &self.rest.plan.lifecycles[group].force_stop;
        let takes = self.rest.decisions.duration(who, purpose::FORCE_STOP, occasion, k, life);
        self.schedule_finish(instance, work, takes);
    }

    #[inline(always)]
    /// Lets the region answer to a start of whatever kind.
    pub(super) fn apply_start(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        ask: impl FnOnce(&mut Region, SimTime, CallerId) -> Result<Work, Refusal>,
    ) -> Result<(), Refusal> {
        let caller = self.rest.caller(asked.controller);
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let start = match ask(&mut self.cloud.region, self.rest.now, caller) {
            Ok(start) => start,
            Err(refusal) => {
                if refusal == Refusal::NoStock {
                    self.claim_refused(instance);
                }
                return Err(refusal);
            }
        };
        self.started(instance, from);
        self.start_began(asked, instance, start);
        Ok(())
    }

    /// A start found no stock.
    pub(super) fn claim_refused(&mut self, instance: InstanceId) {
        if let Some(pool) = self.cloud.region.pool_of(instance) {
            self.rest.out.pools[pool.index()].claims_refused += 1;
        }
    }

    /// Books what an accepted start means and lets its work begin.
    #[inline(always)]
    pub(super) fn start_began(&mut self, asked: &Asked, instance: InstanceId, start: Work) {
        let mine = self.rest.is_in_charge(asked.controller, instance);
        self.rest.records[instance.index()].missed =
            if mine { MissedReason::Lead } else { MissedReason::Restarted };
        self.begin_start(instance, start, asked);
    }

    fn begin_start(&mut self, instance: InstanceId, work: Work, asked: &Asked) {
        let takes = self.start_takes(instance, work.kind, asked.occasion);
        self.finish_after(instance, work, asked, takes);
    }

    /// How long the next start of an instance takes.
    pub(super) fn start_takes(
        &mut self,
        instance: InstanceId,
        kind: WorkKind,
        occasion: Occasion,
    ) -> SimDuration {
        let group = self.cloud.region.group_of(instance).index();
        let life = &self.rest.plan.lifecycles[group];
        let who = self.rest.instance_names[instance.index()];
        let k = self.rest.records[instance.index()].next_work(occasion);
        let mut takes = self.rest.decisions.duration(who, purpose::START, occasion, k, &life.start);
        if let Some(factor) = self.wave_factor(group, occasion) {
            takes = takes.scaled(factor.as_micros(), FACTOR_ONE);
        }
        if kind == WorkKind::StartFromEconomical {
            let more = self.rest.decisions.duration(
                who,
                purpose::ALLOCATION,
                occasion,
                k,
                &life.allocation,
            );
            takes = takes.saturating_add(more);
        }
        takes
    }

    /// The factor that all starts of a zone and a wave have in common, as their group takes it.
    fn wave_factor(&mut self, group: usize, occasion: Occasion) -> Option<SimDuration> {
        let factor = self.rest.plan.lifecycles[group].wave_factor.as_ref()?;
        if !occasion.is_dated() {
            return None;
        }
        // The starts of a wave come one after the other: it is drawn once for them.
        let (last, drawn) = self.cloud.wave_factors[group];
        if last == Some(occasion) {
            return Some(drawn);
        }
        let zone = self.rest.zone_names[self.rest.plan.region.groups[group].zone.index()];
        // One decision for all groups of the zone: each takes its own quantile of it.
        let luck = || self.rest.decisions.word(zone, purpose::WAVE_FACTOR, occasion, 0);
        let drawn = factor.fixed().unwrap_or_else(|| factor.sample(luck()));
        self.cloud.wave_factors[group] = (Some(occasion), drawn);
        Some(drawn)
    }

    pub(super) fn on_work_finished(&mut self, instance: InstanceId, attempt: u32, kind: WorkKind) {
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let same_address =
            self.cloud.region.lacks_static_address(instance) && self.address_comes_back(instance);
        let work = Work { instance, kind, attempt };
        if let Some(until) = self.slowed_until(work) {
            let source = self.rest.of_instance(instance);
            let event = Event::WorkFinished { instance: instance.0, attempt, kind };
            return self.rest.schedule(until, source, event);
        }
        match self.cloud.region.finish(self.rest.now, work, same_address) {
            Finished::Stale => self.rest.stale(),
            Finished::TypeChanged => {}
            Finished::Stopped { effective, .. } => {
                self.changed(instance, from);
                self.rest.accepted_finished(instance, LatencyName::StopAcceptedToStopped);
                self.rest.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
                if effective == StoppedMode::StopCharging {
                    self.gave_back(instance);
                    self.settle_down(instance, attempt);
                }
            }
            Finished::NextStage(work) => self.on_next_stage(work, from),
            Finished::Deleted { released } => {
                self.changed(instance, from);
                self.on_gone(instance, released);
            }
            Finished::Running { static_address, from: mode } => {
                self.changed(instance, from);
                if mode == StoppedMode::StopCharging {
                    self.grant_credits(instance);
                }
                if static_address == Some(AddressReturn::Changed) {
                    self.on_address_changed(instance);
                }
                self.on_running(instance, attempt);
                self.stop_if_suspended(instance);
            }
        }
    }

    fn address_comes_back(&self, instance: InstanceId) -> bool {
        let record = &self.rest.records[instance.index()];
        let who = self.rest.instance_names[instance.index()];
        let chance = self.rest.plan.static_address_returns;
        self.rest.decisions.hits(
            who,
            purpose::ADDRESS,
            record.occasion,
            u32::from(record.works),
            chance,
        )
    }

    #[inline(never)]
    fn on_address_changed(&mut self, instance: InstanceId) {
        self.rest.out.changed_addresses += 1;
        let named = &mut self.rest.out.changed_address_instances;
        if named.len() < CHANGED_NAMED_MAX && !named.contains(&instance.0) {
            named.push(instance.0);
        }
        self.rest.note(Fact::AddressChanged { instance });
    }

    fn on_running(&mut self, instance: InstanceId, attempt: u32) {
        self.rest.accepted_finished(instance, LatencyName::StartAcceptedToRunning);
        let now = self.rest.now;
        self.rest.start_called_ends(instance);
        self.rest.item_running(instance);
        let group = self.cloud.region.group_of(instance).index();
        let Some(ready) = &self.rest.plan.lifecycles[group].ready else {
            return self.on_guest_became_ready(instance, attempt);
        };
        let record = &self.rest.records[instance.index()];
        let (occasion, k) = (record.occasion, u32::from(record.works));
        let who: Identity = self.rest.instance_names[instance.index()];
        let takes = self.rest.decisions.duration(who, purpose::READY, occasion, k, ready);
        let source = self.rest.of_instance(instance);
        let event = Event::GuestBecameReady { instance: instance.0, attempt };
        self.rest.schedule(now.saturating_add(takes), source, event);
    }

    pub(super) fn on_guest_became_ready(&mut self, instance: InstanceId, attempt: u32) {
        let started = Work { instance, kind: WorkKind::StartFromStandard, attempt };
        if self.cloud.region.state(instance) != State::Running
            || !self.cloud.region.is_current(started)
        {
            return self.rest.stale();
        }
        self.rest.book(&self.cloud.region, instance);
        self.rest.note(Fact::BecameReady { instance });
        self.rest.set_ready(&self.cloud.region, instance, true);
        self.rest.take_over(&self.cloud.region, instance);
        self.rest.item_done(instance, Item::Ready, LatencyName::StartDueToReady);
    }

    /// Someone runs `shutdown` inside the guest: a stop that is never economical.
    pub(super) fn shut_down_guest(&mut self, instance: InstanceId) {
        let from = self.cloud.region.state(instance);
        if from != State::Running {
            return;
        }
        self.rest.book(&self.cloud.region, instance);
        self.cloud.region.guest_shutdown(self.rest.now, instance);
        self.changed(instance, from);
        let forgone = match self.cloud.region.ineligible(instance) {
            Some(why) => ForgoneReason::Ineligible(why),
            None => ForgoneReason::GuestShutdown,
        };
        let record = &mut self.rest.records[instance.index()];
        record.down = DownReason::WrongStop;
        record.forgone = forgone;
        self.rest.set_ready(&self.cloud.region, instance, false);
        self.rest.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
    }

    /// Notes a change of state; what it was is kept for stale reads.
    #[inline]
    pub(super) fn changed(&mut self, instance: InstanceId, from: State) {
        let to = self.cloud.region.state(instance);
        self.rest.history.ended(self.rest.now, instance, from);
        self.rest.note(Fact::StateChanged { instance, from, to });
        if to.status() == Status::Stopped {
            self.rest.tell_stopped(instance);
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Whether a controller follows what is wanted of an instance, or nobody does.
    #[inline]
    pub(super) fn is_in_charge(&self, controller: u16, instance: InstanceId) -> bool {
        self.records[instance.index()].owner == NOBODY || self.follows(controller, instance)
    }

    fn forgone_by(
        &self,
        region: &Region,
        instance: InstanceId,
        asked: &Asked,
        stop: &StopAccepted,
    ) -> ForgoneReason {
        match (region.ineligible(instance), stop.asked) {
            (Some(why), _) => ForgoneReason::Ineligible(why),
            (None, _) if asked.keep => ForgoneReason::Fallback,
            (None, Some(_)) => ForgoneReason::Asked,
            (None, None) => ForgoneReason::Default,
        }
    }

    /// The start that was called for is Running.
    pub(super) fn start_called_ends(&mut self, instance: InstanceId) {
        let record = &mut self.records[instance.index()];
        let called = std::mem::replace(&mut record.called_at, SimTime::NEVER);
        if called != SimTime::NEVER {
            let took = self.now - called;
            self.latency(LatencyName::StartCalledToRunning).record(took);
        }
    }

    fn accepted_finished(&mut self, instance: InstanceId, name: LatencyName) {
        let accepted = self.records[instance.index()].accepted_at;
        self.records[instance.index()].accepted_at = SimTime::NEVER;
        if accepted != SimTime::NEVER {
            let took = self.now - accepted;
            self.latency(name).record(took);
        }
    }
}
