//! Stops and starts under way: begun by an accepted call, finished by the passing of time.

use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::{State, StoppedMode, WorkKind};
use crate::ecs::operation::StopInstance;
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{AddressReturn, Finished, Region, StopAccepted, Work};
use crate::engine::{Decision, Occasion};
use crate::fact::{Fact, purpose};
use crate::fault::injector::{About, WorkFacts};
use crate::fault::rule::WorkEffect;
use crate::units::{SimDuration, SimTime};

use super::{Asked, Cloud, Event, News, Outputs, of_instance};

/// A wave factor of one, as a span.
const FACTOR_ONE: u64 = 1_000_000;

impl Cloud<'_> {
    #[inline(always)]
    pub(super) fn apply_stop(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &StopInstance,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let stop = self.region.stop_instance(out.now(), asked.caller, request)?;
        self.stop_began(out, asked, instance, from, &stop);
        Ok(())
    }

    /// A stop was accepted: its work begins.
    #[inline(always)]
    pub(super) fn stop_began(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        from: State,
        stop: &StopAccepted,
    ) {
        self.changed(out, instance, from);
        out.tell(
            &self.region,
            News::StopAccepted {
                controller: asked.controller,
                keep: asked.keep,
                instance,
                stop: *stop,
            },
        );
        self.begin_stop(out, instance, stop.work, asked);
    }

    fn begin_stop(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        work: Work,
        asked: &Asked,
    ) {
        let group = self.region.group_of(instance).index();
        let life = &self.plan.lifecycles[group];
        let who = out.name(instance);
        let k = out.next_work(instance, asked.occasion);
        let occasion = asked.occasion;
        let forced = work.kind == WorkKind::ForcedStop;
        let takes = if forced {
            self.decisions.duration(who, purpose::FORCE_STOP, occasion, k, &life.force_stop)
        } else {
            self.decisions.duration(who, purpose::STOP, occasion, k, &life.stop)
        };
        if let Some(hang) = life.hang.filter(|_| !forced)
            && self.decisions.hits(who, purpose::HANG, occasion, k, hang.probability)
        {
            out.tell(&self.region, News::Stuck(instance));
            if let Some(after) = hang.power_off_after {
                let source = of_instance(out, instance);
                let event = Event::PowerOffDue { instance: instance.0, attempt: work.attempt };
                out.schedule(out.now().saturating_add(after), source, event);
            }
            return;
        }
        self.finish_after(out, instance, work, asked, takes);
    }

    /// Schedules the end of work, unless a fault keeps it from ending.
    #[inline(always)]
    pub(super) fn finish_after(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        work: Work,
        asked: &Asked,
        takes: SimDuration,
    ) {
        let takes = match self.faults.may_strike_work() {
            true => self.strike_work(out, instance, asked, takes),
            false => Some(takes),
        };
        if let Some(takes) = takes {
            self.schedule_finish(out, instance, work, takes);
        }
    }

    /// How long work takes under a fault, if one strikes it; none if it never ends.
    #[inline(never)]
    fn strike_work(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        asked: &Asked,
        takes: SimDuration,
    ) -> Option<SimDuration> {
        let facts = WorkFacts {
            operation: asked.operation,
            controller: Some(asked.controller),
            about: self.about(out, instance),
            occasion: asked.occasion,
        };
        let Some((rule, effect)) = self.faults.on_work(&facts) else { return Some(takes) };
        let rule = self.plan.work_faults[usize::from(rule)].identity;
        out.happened(&self.region, Fact::FaultStruck { rule, instance });
        out.tell(&self.region, News::Stuck(instance));
        match effect {
            WorkEffect::Slow(times) => Some(takes.scaled(times.num(), times.den())),
            WorkEffect::Stuck(stalled) => Some(takes.saturating_add(stalled)),
            WorkEffect::StuckForever => None,
        }
    }

    /// An instance, as far as fault rules look at it.
    fn about(&self, out: &impl Outputs, instance: InstanceId) -> About {
        let group = self.region.group_of(instance);
        let zone = self.plan.region.groups[group.index()].zone;
        About { instance, identity: out.name(instance), group, zone }
    }

    #[inline(always)]
    pub(super) fn schedule_finish(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        work: Work,
        takes: SimDuration,
    ) {
        self.stretch_from(out.now(), instance, takes);
        let source = of_instance(out, instance);
        let Work { kind, attempt, .. } = work;
        let event = Event::WorkFinished { instance: instance.0, attempt, kind };
        out.schedule(out.now().saturating_add(takes), source, event);
    }

    #[inline(never)]
    pub(super) fn on_power_off_due(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        attempt: u32,
    ) {
        let hung = Work { instance, kind: WorkKind::GracefulStop, attempt };
        let Some(work) = self.region.power_off_hung(out.now(), hung) else {
            return out.stale();
        };
        out.tell(&self.region, News::PoweredOff(instance));
        let group = self.region.group_of(instance).index();
        let who = out.name(instance);
        let (occasion, k) = out.last_work(instance);
        let life = &self.plan.lifecycles[group].force_stop;
        let takes = self.decisions.duration(who, purpose::FORCE_STOP, occasion, k, life);
        self.schedule_finish(out, instance, work, takes);
    }

    /// Lets the region answer to a start of whatever kind.
    #[inline(always)]
    pub(super) fn apply_start(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        ask: impl FnOnce(&mut Region, SimTime, CallerId) -> Result<Work, Refusal>,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let start = match ask(&mut self.region, out.now(), asked.caller) {
            Ok(start) => start,
            Err(refusal) => {
                if refusal == Refusal::NoStock {
                    self.claim_refused(out, instance);
                }
                return Err(refusal);
            }
        };
        self.started(out, instance, from, Some(asked.controller));
        self.begin_start(out, instance, start, asked);
        Ok(())
    }

    /// A start found no stock.
    pub(super) fn claim_refused(&self, out: &mut impl Outputs, instance: InstanceId) {
        if let Some(pool) = self.region.pool_of(instance) {
            out.tell(&self.region, News::ClaimRefused(pool));
        }
    }

    #[inline(always)]
    pub(super) fn begin_start(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        work: Work,
        asked: &Asked,
    ) {
        let takes = self.start_takes(out, instance, work.kind, asked.occasion);
        self.finish_after(out, instance, work, asked, takes);
    }

    /// How long the next start of an instance takes.
    pub(super) fn start_takes(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        kind: WorkKind,
        occasion: Occasion,
    ) -> SimDuration {
        let group = self.region.group_of(instance).index();
        let life = &self.plan.lifecycles[group];
        let who = out.name(instance);
        let k = out.next_work(instance, occasion);
        let mut takes = self.decisions.duration(who, purpose::START, occasion, k, &life.start);
        if let Some(factor) = self.wave_factor(group, occasion) {
            takes = takes.scaled(factor.as_micros(), FACTOR_ONE);
        }
        if kind == WorkKind::StartFromEconomical {
            let more =
                self.decisions.duration(who, purpose::ALLOCATION, occasion, k, &life.allocation);
            takes = takes.saturating_add(more);
        }
        takes
    }

    /// The factor that all starts of a zone and a wave have in common, as their group takes it.
    fn wave_factor(&mut self, group: usize, occasion: Occasion) -> Option<SimDuration> {
        let factor = self.plan.lifecycles[group].wave_factor.as_ref()?;
        if !occasion.is_dated() {
            return None;
        }
        // The starts of a wave come one after the other: it is drawn once for them.
        let (last, drawn) = self.wave_factors[group];
        if last == Some(occasion) {
            return Some(drawn);
        }
        let who = self.zone_names[self.plan.region.groups[group].zone.index()];
        // One decision for all groups of the zone: each takes its own quantile of it.
        let luck = Decision { who, purpose: purpose::WAVE_FACTOR, occasion, k: 0 };
        let drawn = self.decisions.quantile(luck, factor);
        self.wave_factors[group] = (Some(occasion), drawn);
        Some(drawn)
    }

    #[inline(always)]
    pub(super) fn on_work_finished(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        attempt: u32,
        kind: WorkKind,
    ) {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let same_address =
            self.region.lacks_static_address(instance) && self.address_comes_back(out, instance);
        let work = Work { instance, kind, attempt };
        if let Some(until) = self.slowed_until(out.now(), work) {
            let source = of_instance(out, instance);
            let event = Event::WorkFinished { instance: instance.0, attempt, kind };
            return out.schedule(until, source, event);
        }
        match self.region.finish(out.now(), work, same_address) {
            Finished::Stale => out.stale(),
            Finished::TypeChanged => {}
            Finished::Stopped { effective, .. } => {
                self.changed(out, instance, from);
                out.tell(&self.region, News::Stopped(instance));
                if effective == StoppedMode::StopCharging {
                    self.gave_back(out, instance);
                    self.settle_down(out, instance, attempt);
                }
            }
            Finished::NextStage(work) => self.on_next_stage(out, work, from),
            Finished::Deleted { released } => {
                self.changed(out, instance, from);
                self.on_gone(out, instance, released);
            }
            Finished::Running { static_address, from: mode } => {
                self.changed(out, instance, from);
                if mode == StoppedMode::StopCharging {
                    self.grant_credits(out, instance);
                }
                if static_address == Some(AddressReturn::Changed) {
                    out.happened(&self.region, Fact::AddressChanged { instance });
                }
                self.on_running(out, instance, attempt);
                self.stop_if_suspended(out, instance);
            }
        }
    }

    fn address_comes_back(&self, out: &impl Outputs, instance: InstanceId) -> bool {
        let (occasion, k) = out.last_work(instance);
        let (who, chance) = (out.name(instance), self.plan.static_address_returns);
        self.decisions.hits(who, purpose::ADDRESS, occasion, k, chance)
    }

    #[inline(always)]
    fn on_running(&mut self, out: &mut impl Outputs, instance: InstanceId, attempt: u32) {
        out.tell(&self.region, News::Running(instance));
        let group = self.region.group_of(instance).index();
        let Some(ready) = &self.plan.lifecycles[group].ready else {
            return self.on_guest_became_ready(out, instance, attempt);
        };
        let (occasion, k) = out.last_work(instance);
        let who = out.name(instance);
        let takes = self.decisions.duration(who, purpose::READY, occasion, k, ready);
        let source = of_instance(out, instance);
        let event = Event::GuestBecameReady { instance: instance.0, attempt };
        out.schedule(out.now().saturating_add(takes), source, event);
    }

    pub(super) fn on_guest_became_ready(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        attempt: u32,
    ) {
        let started = Work { instance, kind: WorkKind::StartFromStandard, attempt };
        if self.region.state(instance) != State::Running || !self.region.is_current(started) {
            return out.stale();
        }
        out.book(&self.region, instance);
        out.happened(&self.region, Fact::BecameReady { instance });
    }

    /// Someone runs `shutdown` inside the guest: a stop that is never economical.
    pub(super) fn shut_down_guest(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        let from = self.region.state(instance);
        if from != State::Running {
            return;
        }
        out.book(&self.region, instance);
        self.region.guest_shutdown(out.now(), instance);
        self.changed(out, instance, from);
        out.tell(&self.region, News::ShutDownByGuest(instance));
    }

    /// Says that an instance has changed its state.
    #[inline]
    pub(super) fn changed(&self, out: &mut impl Outputs, instance: InstanceId, from: State) {
        let to = self.region.state(instance);
        out.happened(&self.region, Fact::StateChanged { instance, from, to });
    }
}
