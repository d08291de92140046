//! Replacing an instance that does not come up: another one stands in for it.
//!
//! What is wanted is wanted once. An instance and its replacements are a family, of which one at
//! a time is the wanted one: at first the one replaced, then the replacement, as soon as its
//! controller hears of it, unless another of the family is ready before. Whatever else of the
//! family is up is a duplicate, whose time is missed saving.

use crate::controller::policy::{Action, TokenUse};
use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::engine::Occasion;
use crate::units::{SimDuration, SimTime};

use super::desk::{Flight, Step};
use super::event::{Event, Ticket};
use super::fact::{Belief, Fact, Observer};
use super::ledger::MissedReason;
use super::outcome::LatencyName;
use super::slot::{Item, NO_FAMILY, NO_WAVE, NOBODY};
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
    /// A start is called for the first time: it has so long before it is replaced.
    pub(super) fn give_time(&mut self, controller: u16, position: u32) {
        let Some(replace) = self.plan.controllers[usize::from(controller)].replace else { return };
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        if task.action == Action::Start && task.step == Step::Own {
            let ticket = Ticket { controller, position, serial: task.begun };
            let source = self.of_controller(controller);
            let at = self.now.saturating_add(replace.after);
            self.schedule(at, source, Event::ReplaceDue(ticket));
        }
    }

    /// The time of a start is over.
    pub(super) fn on_replace_due(&mut self, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let open = task.begun == serial && task.step == Step::Own;
        let done = task.belief == Belief::Done(Action::Start);
        let instance = self.holder_of(self.instance_at(controller, position));
        let wanted = self.slots[instance.index()].wanted || !self.follows(controller, instance);
        if open && !done && wanted {
            self.replace(controller, position);
        } else {
            self.stale();
        }
    }

    /// Whether a call that failed for good makes its controller replace the instance.
    pub(super) fn is_replaced_after(&self, controller: u16, position: u32, cause: Cause) -> bool {
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let replaces = self.plan.controllers[usize::from(controller)].replace.is_some();
        let unanswered = matches!(cause, Cause::TimedOut);
        replaces && unanswered && task.action == Action::Start && task.step == Step::Own
    }

    /// Asks for another instance in place of the one that does not come up.
    pub(super) fn replace(&mut self, controller: u16, position: u32) {
        let task = &mut self.desks[usize::from(controller)].tasks[position as usize];
        task.turn_to(Step::Replacing);
        task.first_call = self.now;
        task.backoff = SimDuration::ZERO;
        self.send(controller, position);
    }

    /// The `ClientToken` of a request to run an instance.
    pub(super) fn client_token(&self, flight: &Flight, token: TokenUse) -> u64 {
        let who = self.pair(flight.controller, flight.instance);
        let purpose = purpose::CLIENT_TOKEN;
        match token {
            TokenUse::Same => self.draws.word(who, purpose, flight.occasion, u32::MAX),
            TokenUse::Fresh => self.draws.word(who, purpose, flight.occasion, flight.number),
            TokenUse::Shared => {
                let who = self.controller_names[usize::from(flight.controller)];
                self.draws.word(who, purpose, Occasion::lifetime(0), 0)
            }
        }
    }

    /// A new instance is of the family of the one it may replace; nothing is wanted of it yet.
    pub(super) fn join_family(&mut self, replaced: InstanceId, new: InstanceId) {
        let origin = self.origin_of(replaced);
        self.slots[origin.index()].family = origin.0;
        let slot = &mut self.slots[new.index()];
        slot.family = origin.0;
        slot.raised = true;
    }

    /// A controller hears which instance it got: from here on it looks after that one, and what
    /// was wanted of the other is wanted of it.
    pub(super) fn adopt(&mut self, controller: u16, position: u32, new: InstanceId) {
        let old = self.instance_at(controller, position);
        self.note(Fact::Replaced { controller, instance: old, by: new });
        self.out.replaced += 1;
        self.desks[usize::from(controller)].order[position as usize] = new;
        let origin = self.origin_of(old);
        let holder = self.holder_of(origin);
        let same_family = self.origin_of(new) == origin;
        if same_family && holder != new && !self.slots[holder.index()].ready {
            self.pass_on(holder, new);
        }
    }

    /// An instance is ready: it is the wanted one, if the one that was is not.
    pub(super) fn take_over(&mut self, instance: InstanceId) {
        if self.slots[instance.index()].family == NO_FAMILY {
            return;
        }
        let holder = self.holder_of(instance);
        if holder != instance && !self.slots[holder.index()].ready {
            self.pass_on(holder, instance);
        }
    }

    /// Of whom something is wanted when it is wanted of this instance.
    pub(super) fn wanted_one(&mut self, instance: InstanceId) -> InstanceId {
        let (holder, origin) = (self.holder_of(instance), self.origin_of(instance));
        let serves = self.slots[holder.index()].ready;
        let better = self.slots[origin.index()].ready || !self.region.exists(holder);
        if holder == origin || serves || !better {
            return holder;
        }
        self.pass_on(holder, origin);
        origin
    }

    fn origin_of(&self, instance: InstanceId) -> InstanceId {
        match self.slots[instance.index()].family {
            NO_FAMILY => instance,
            origin => InstanceId(origin),
        }
    }

    /// Which of an instance's family is the wanted one; itself, if it has none.
    pub(super) fn holder_of(&self, instance: InstanceId) -> InstanceId {
        let origin = self.origin_of(instance);
        match self.slots[origin.index()].holder {
            NO_FAMILY => origin,
            holder => InstanceId(holder),
        }
    }

    /// What is wanted of one is wanted of the other instead, and what was due of it is due.
    fn pass_on(&mut self, from: InstanceId, to: InstanceId) {
        self.book(from);
        self.book(to);
        let origin = self.origin_of(to);
        self.slots[origin.index()].holder = to.0;
        let old = &mut self.slots[from.index()];
        let was = *old;
        old.wanted = false;
        old.owner = NOBODY;
        old.item = Item::None;
        old.wave = NO_WAVE;
        old.called_at = SimTime::NEVER;
        old.missed = MissedReason::Duplicate;
        let new = &mut self.slots[to.index()];
        new.demand = was.demand;
        new.has_demand = was.has_demand;
        new.wanted = was.wanted;
        new.owner = was.owner;
        new.item = was.item;
        new.due = was.due;
        new.wave = was.wave;
        new.knows = was.knows;
        new.down = was.down;
        new.called_at = was.called_at;
        if was.wanted {
            self.note(Fact::Demanded { instance: from, wanted: false });
            self.note(Fact::Demanded { instance: to, wanted: true });
        }
        if self.region.state(to) == State::Running {
            self.start_called_ends(to);
            self.item_running(to);
            if self.slots[to.index()].ready {
                self.item_done(to, Item::Ready, LatencyName::StartDueToReady);
            }
        }
    }
}
