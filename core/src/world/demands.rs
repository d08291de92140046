//! Demand turned: items become due, waves open, and what nobody wants any longer is censored.

use crate::demand::Edge;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::region::Region;
use crate::fact::{Action, Fact};
use crate::units::{SimDuration, SimTime};

use super::Rest;
use super::event::Event;
use super::instance_record::{Item, NO_WAVE, NOBODY, Past};
use super::ledger::{DownReason, MissedReason};
use super::observer::Observer;
use super::outcome::{LatencyName, Wave, WaveCount, WaveKind, WavePart, WaveParts};

impl<O: Observer> Rest<'_, O> {
    /// Schedules a demand's edge, if there is one.
    pub(super) fn schedule_demand(&mut self, demand: u16, edge: u32) {
        let edges = &self.plan.demands[usize::from(demand)].edges;
        if let Some(next) = edges.get(edge as usize) {
            let (at, source) = (next.at, self.of_demand(demand));
            self.schedule_environment(at, source, Event::DemandTurned { demand, edge });
        }
    }

    #[inline(never)]
    pub(super) fn on_demand_turned(&mut self, region: &Region, demand: u16, edge: u32) {
        self.instant.note_listed();
        self.schedule_demand(demand, edge + 1);
        let plan = &self.plan.demands[usize::from(demand)];
        let edge = plan.edges[edge as usize];
        let mut last = None;
        for id in plan.instances.iter().cloned().flatten() {
            let instance = self.wanted_one(region, InstanceId(id));
            let group = region.group_of(instance).index();
            let of = (group, self.records[instance.index()].owner);
            let wave = match last {
                Some((same, wave)) if same == of => wave,
                Some(_) | None => self.wave_of(demand, &edge, of),
            };
            last = Some((of, wave));
            self.turn_wanted(region, instance, edge.wanted, Some((&edge, wave)));
        }
        self.turn_services(region, demand, &edge);
    }

    /// The wave of this edge for a group's zone and type, with a part for this demand and
    /// controller; opened when it is the first.
    fn wave_of(&mut self, demand: u16, edge: &Edge, of: (usize, u16)) -> u32 {
        let (group, owner) = of;
        let spec = &self.plan.region.groups[group];
        let (zone, instance_type) = (spec.zone.0, spec.instance_type.0);
        let kind = if edge.wanted { WaveKind::Start } else { WaveKind::Stop };
        let waves = &mut self.out.waves;
        if waves.last().is_none_or(|last| last.due != edge.at) {
            self.waves_due.clear();
        }
        let place = *self.waves_due.entry((kind, zone, instance_type)).or_insert_with(|| {
            waves.push(Wave {
                kind,
                day: edge.day,
                due: edge.at,
                zone,
                instance_type,
                all: WaveCount::default(),
                at_risk: 0,
                done_in_time: 0,
                already_there: 0,
                from_economical: 0,
                from_standard: 0,
                done: 0,
                never: 0,
                t95: None,
                lost_us: 0,
                seen: SimDuration::ZERO,
                parts: WaveParts::default(),
            });
            waves.len() - 1
        });
        part(&mut waves[place], owner, demand);
        u32::try_from(place).expect("waves are numbered in 32 bits")
    }

    /// What is wanted of an instance changes.
    pub(super) fn turn_wanted(
        &mut self,
        region: &Region,
        instance: InstanceId,
        wanted: bool,
        edge: Option<(&Edge, u32)>,
    ) {
        if self.records[instance.index()].wanted == wanted {
            return;
        }
        self.book(region, instance);
        let spread = self.spreads(self.records[instance.index()].owner);
        let state = region.state(instance);
        let record = &mut self.records[instance.index()];
        record.wanted = wanted;
        if wanted {
            record.down = DownReason::Late;
        } else {
            record.past = Past::Stayed;
            record.missed = match state {
                State::Stopping { .. } | State::Deleting => MissedReason::Stopping,
                State::Pending
                | State::Starting { .. }
                | State::Running
                | State::Rebooting { .. }
                    if spread =>
                {
                    MissedReason::Stagger
                }
                State::Pending
                | State::Starting { .. }
                | State::Running
                | State::Rebooting { .. }
                | State::Released
                | State::Stopped { .. } => MissedReason::Late,
            };
        }
        self.note(Fact::Demanded { instance, wanted });
        let action = if wanted { Action::Start } else { Action::Stop };
        let (due, wave) = edge.map_or((self.now, NO_WAVE), |(edge, wave)| (edge.at, wave));
        self.open_item(region, instance, action, due, wave);
    }

    /// Whether a controller spreads its stops over time.
    fn spreads(&self, controller: u16) -> bool {
        controller != NOBODY && {
            let pacing = &self.plan.controllers[usize::from(controller)].pacing;
            pacing.stagger.is_some()
                || pacing.jitter.is_some()
                || pacing.batch.is_some()
                || pacing.concurrency.is_some()
                || pacing.spacing.is_some()
        }
    }

    /// Something is due of an instance: already there, or awaited from here on.
    pub(super) fn open_item(
        &mut self,
        region: &Region,
        instance: InstanceId,
        action: Action,
        due: SimTime,
        wave: u32,
    ) {
        self.give_up_item(instance);
        let state = region.state(instance);
        match action {
            Action::Stop => self.open_stop(instance, state, due, wave),
            Action::Start | Action::Reactivate => {
                self.open_start(region, instance, state, due, wave)
            }
            Action::Reboot | Action::Delete | Action::Change => {}
        }
    }

    fn open_stop(&mut self, instance: InstanceId, state: State, due: SimTime, wave: u32) {
        self.join_wave(instance, wave);
        if matches!(state, State::Stopped { .. } | State::Released) {
            self.latency(LatencyName::StopDueToStopped).record_already();
            return self.already_there(instance, wave);
        }
        if let Some(wave) = self.wave(wave) {
            wave.at_risk += 1;
        }
        self.await_item(instance, Item::Stop, due, wave);
    }

    fn open_start(
        &mut self,
        region: &Region,
        instance: InstanceId,
        state: State,
        due: SimTime,
        wave: u32,
    ) {
        self.join_wave(instance, wave);
        let past = self.past(region, instance);
        self.records[instance.index()].past = past;
        let is_up = self.records[instance.index()].ready && state == State::Running;
        if let Some(wave) = self.wave(wave) {
            wave.at_risk += u64::from(!is_up || past != Past::Stayed);
            match past {
                Past::Stopped(StoppedMode::StopCharging) => wave.from_economical += 1,
                Past::Stopped(StoppedMode::KeepCharging) => wave.from_standard += 1,
                Past::Stayed | Past::New => {}
            }
        }
        if is_up {
            for name in [LatencyName::StartDueToReady, LatencyName::StartDueToRunning] {
                if past != Past::Stayed {
                    self.latency(name).record_early();
                } else {
                    self.latency(name).record_already();
                }
            }
            return self.already_there(instance, wave);
        }
        if state == State::Running {
            self.latency(LatencyName::StartDueToRunning).record_already();
            self.await_item(instance, Item::Ready, due, wave);
        } else {
            self.await_item(instance, Item::Start, due, wave);
        }
    }

    /// What an instance was since it was last wanted, as it is now.
    pub(super) fn past(&self, region: &Region, instance: InstanceId) -> Past {
        match region.state(instance) {
            State::Stopped { effective } | State::Stopping { effective } => {
                Past::Stopped(effective)
            }
            State::Pending | State::Released | State::Deleting => Past::New,
            State::Starting { .. } | State::Running | State::Rebooting { .. } => {
                self.records[instance.index()].past
            }
        }
    }

    fn join_wave(&mut self, instance: InstanceId, wave: u32) {
        let record = &self.records[instance.index()];
        let (owner, demand) = (record.owner, record.demand);
        if let Some(wave) = self.wave(wave) {
            wave.all.size += 1;
            part(wave, owner, demand).count.size += 1;
        }
    }

    fn await_item(&mut self, instance: InstanceId, item: Item, due: SimTime, wave: u32) {
        let record = &mut self.records[instance.index()];
        record.item = item;
        record.due = due;
        record.wave = wave;
        record.knows = false;
    }

    /// It was as wanted at due.
    fn already_there(&mut self, instance: InstanceId, wave: u32) {
        if let Some(known) = self.wave(wave) {
            known.already_there += 1;
            self.done_in_wave(instance, wave, SimDuration::ZERO);
        }
    }

    #[inline(always)]
    fn done_in_wave(&mut self, instance: InstanceId, wave: u32, took: SimDuration) {
        let in_time = took <= self.plan.good_wave.within;
        let record = &self.records[instance.index()];
        let (owner, demand) = (record.owner, record.demand);
        let Some(wave) = self.wave(wave) else { return };
        wave.done += 1;
        wave.lost_us += u128::from(took.as_micros());
        wave.all.record(took);
        wave.done_in_time += u64::from(in_time);
        part(wave, owner, demand).count.record(took);
    }

    fn wave(&mut self, place: u32) -> Option<&mut Wave> {
        (place != NO_WAVE).then(|| &mut self.out.waves[place as usize])
    }

    /// The open item of an instance will not be done: it is censored.
    #[inline(always)]
    pub(super) fn give_up_item(&mut self, instance: InstanceId) {
        let record = &mut self.records[instance.index()];
        if record.item != Item::None {
            self.censor_item(instance);
        }
    }

    #[inline(never)]
    fn censor_item(&mut self, instance: InstanceId) {
        let now = self.now;
        let record = &mut self.records[instance.index()];
        let (item, due, wave) = (record.item, record.due, record.wave);
        let (owner, demand) = (record.owner, record.demand);
        record.item = Item::None;
        record.wave = NO_WAVE;
        match item {
            Item::None => return,
            Item::Stop => self.latency(LatencyName::StopDueToStopped).record_censored(),
            Item::Start => {
                self.latency(LatencyName::StartDueToRunning).record_censored();
                self.latency(LatencyName::StartDueToReady).record_censored();
            }
            Item::Ready => self.latency(LatencyName::StartDueToReady).record_censored(),
        }
        if let Some(wave) = self.wave(wave) {
            wave.never += 1;
            part(wave, owner, demand).never += 1;
            wave.lost_us += u128::from(now.since(due).as_micros());
        }
    }

    /// A start is Running: half of what was due.
    #[inline(always)]
    pub(super) fn item_running(&mut self, instance: InstanceId) {
        let now = self.now;
        let record = &mut self.records[instance.index()];
        if record.item == Item::Start {
            record.item = Item::Ready;
            let due = record.due;
            self.finish_due(LatencyName::StartDueToRunning, due, now);
        }
    }

    #[inline(always)]
    fn finish_due(&mut self, name: LatencyName, due: SimTime, now: SimTime) {
        if now < due {
            self.latency(name).record_early();
        } else {
            self.latency(name).record(now - due);
        }
    }

    /// What was due of an instance is done.
    pub(super) fn item_done(&mut self, instance: InstanceId, item: Item, name: LatencyName) {
        let now = self.now;
        let record = &mut self.records[instance.index()];
        if record.item != item {
            return;
        }
        let (due, wave) = (record.due, record.wave);
        record.item = Item::None;
        record.wave = NO_WAVE;
        self.finish_due(name, due, now);
        let took = now.since(due);
        self.done_in_wave(instance, wave, took);
        if let Some(wave) = self.wave(wave)
            && wave.t95.is_none()
            && wave.done * 100 >= wave.all.size * 95
        {
            wave.t95 = Some(took);
        }
    }

    /// The run ends: how long each wave was seen, and what needed no time at all.
    pub(super) fn close_waves(&mut self) {
        let end = self.now;
        for wave in &mut self.out.waves {
            wave.seen = end.since(wave.due);
            if wave.already_there > 0 && wave.already_there * 100 >= wave.all.size * 95 {
                wave.t95 = Some(SimDuration::ZERO);
            }
        }
    }
}

/// The part of a wave that an instance of this controller and demand is of.
#[inline(always)]
fn part(wave: &mut Wave, owner: u16, demand: u16) -> &mut WavePart {
    wave.parts.of((owner != NOBODY).then_some(owner), demand)
}
