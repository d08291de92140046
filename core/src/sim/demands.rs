//! Demand turned: items become due, waves open, and what nobody wants any longer is censored.

use crate::books::ledger::{DownReason, MissedReason};
use crate::books::outcome::LatencyName;
use crate::books::waves::{NO_WAVE, PartOf};
use crate::demand::Edge;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::region::Region;
use crate::fact::{Action, Fact};
use crate::units::SimTime;

use super::Rest;
use super::event::Event;
use super::instance_record::{Item, NOBODY, Past};
use super::observer::Observer;

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
            let of = (region.group_of(instance), self.records[instance.index()].owner);
            let wave = match last {
                Some((same, wave)) if same == of => wave,
                Some(_) | None => self.books.wave_of(&edge, of.0, part(of.1, demand)),
            };
            last = Some((of, wave));
            self.turn_wanted(region, instance, edge.wanted, Some((&edge, wave)));
        }
        self.turn_services(region, demand, &edge);
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
        let of = self.part_of(instance);
        self.books.join_wave(wave, of);
        if matches!(state, State::Stopped { .. } | State::Released) {
            self.books.already(LatencyName::StopDueToStopped);
            return self.books.already_in_wave(wave, of);
        }
        self.books.stop_at_risk(wave);
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
        let of = self.part_of(instance);
        self.books.join_wave(wave, of);
        let past = self.past(region, instance);
        self.records[instance.index()].past = past;
        let is_up = self.records[instance.index()].ready && state == State::Running;
        let stopped = match past {
            Past::Stopped(mode) => Some(mode),
            Past::Stayed | Past::New => None,
        };
        self.books.start_in_wave(wave, !is_up || past != Past::Stayed, stopped);
        if is_up {
            for name in [LatencyName::StartDueToReady, LatencyName::StartDueToRunning] {
                if past != Past::Stayed {
                    self.books.early(name);
                } else {
                    self.books.already(name);
                }
            }
            return self.books.already_in_wave(wave, of);
        }
        if state == State::Running {
            self.books.already(LatencyName::StartDueToRunning);
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

    /// The part of a wave that an instance is of.
    #[inline(always)]
    fn part_of(&self, instance: InstanceId) -> PartOf {
        let record = &self.records[instance.index()];
        part(record.owner, record.demand)
    }

    fn await_item(&mut self, instance: InstanceId, item: Item, due: SimTime, wave: u32) {
        let record = &mut self.records[instance.index()];
        record.item = item;
        record.due = due;
        record.wave = wave;
        record.knows = false;
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
        let of = part(record.owner, record.demand);
        record.item = Item::None;
        record.wave = NO_WAVE;
        match item {
            Item::None => return,
            Item::Stop => self.books.censored(LatencyName::StopDueToStopped),
            Item::Start => {
                self.books.censored(LatencyName::StartDueToRunning);
                self.books.censored(LatencyName::StartDueToReady);
            }
            Item::Ready => self.books.censored(LatencyName::StartDueToReady),
        }
        self.books.never_in_wave(wave, of, now.since(due));
    }

    /// A start is Running: half of what was due.
    #[inline(always)]
    pub(super) fn item_running(&mut self, instance: InstanceId) {
        let now = self.now;
        let record = &mut self.records[instance.index()];
        if record.item == Item::Start {
            record.item = Item::Ready;
            let due = record.due;
            self.books.happened_when_due(LatencyName::StartDueToRunning, due, now);
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
        self.books.happened_when_due(name, due, now);
        let of = self.part_of(instance);
        self.books.done_in_wave(wave, of, now.since(due));
    }
}

/// The part of a wave that an instance of this controller and demand is of.
#[inline(always)]
fn part(owner: u16, demand: u16) -> PartOf {
    ((owner != NOBODY).then_some(owner), demand)
}
