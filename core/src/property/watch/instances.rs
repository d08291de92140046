//! What facts say of instances: states, demand, beliefs, replacements.

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::State;
use crate::fact::{Action, Belief};

use super::super::Seen;
use super::super::built_in::BuiltIn;
use super::super::kept::Kept;
use super::{Due, Watch};
use crate::units::SimTime;

impl Watch<'_> {
    /// Looks at how things are at the beginning.
    pub(super) fn begin(&mut self) {
        for one in &mut self.all {
            one.is_owed = !one.is_off();
        }
    }

    /// Changes what is kept of an instance; counters that are about it follow.
    pub(super) fn turn(&mut self, id: InstanceId, change: impl FnOnce(&mut Kept)) {
        if self.written.is_empty() {
            change(&mut self.all[id.index()]);
            return;
        }
        let was = self.all[id.index()];
        change(&mut self.all[id.index()]);
        let is = self.all[id.index()];
        self.turn_counters(id, &was, &is);
    }

    pub(super) fn on_state_changed(&mut self, id: InstanceId, to: State) {
        let now = self.now;
        self.turn(id, |one| {
            one.turn(now, to);
            one.reached |= one.is_as_wanted();
            one.is_owed |= one.is_as_wanted();
        });
        self.watch_off(id);
        if let Some(other) = self.all[id.index()].other {
            self.watch_both(id, other);
        }
    }

    pub(super) fn on_demanded(&mut self, id: InstanceId, wanted: bool) {
        self.span_over(id);
        let now = self.now;
        self.turn(id, |one| {
            (one.has_demand, one.is_owed) = (true, true);
            (one.wanted, one.wanted_since) = (wanted, now);
            (one.reached, one.reported) = (one.is_as_wanted(), false);
            one.needless = 0;
            one.asked = None;
            one.trial += 1;
        });
        self.watch_off(id);
    }

    /// Something happened that has nothing to do with how an instance is looked after.
    pub(super) fn disturb(&mut self, id: InstanceId) {
        let one = &mut self.all[id.index()];
        one.disturbed = Some(self.now);
        (one.off_since, one.struck) = (None, None);
        self.watch_off(id);
    }

    /// A call about an instance was struck, or what it asked for is not to be had: that excuses it
    /// until the next call about it.
    pub(super) fn strike(&mut self, id: InstanceId) {
        self.call_came(id);
        let one = &mut self.all[id.index()];
        one.disturbed = Some(self.now);
        one.struck = one.off_since.map(|_| self.now);
    }

    /// A call about an instance was handled: what excused it is over.
    pub(super) fn call_came(&mut self, id: InstanceId) {
        let Some((_, limits)) = self.limits(BuiltIn::Converges) else { return };
        let one = &mut self.all[id.index()];
        let (Some(struck), Some(since)) = (one.struck.take(), one.off_since) else { return };
        // So much of the time that it is otherwise than wanted does not count.
        let since = since.saturating_add(self.now.since(struck.max(since)));
        one.off_since = Some(since);
        let due = since.saturating_add(limits.grace).max(self.now);
        self.look_at(due, Due::Off { instance: id, since });
    }

    /// So much of a pool is free.
    pub(super) fn on_stock(&mut self, pool: PoolId, free: u64) {
        for place in 0..self.drawing[pool.index()].len() {
            let id = self.drawing[pool.index()][place];
            let group = self.plan.region.group(id);
            let was = self.stocked[id.index()];
            let is_enough = free >= u64::from(group.units);
            self.stocked[id.index()] = is_enough.then(|| was.unwrap_or(self.now));
            if is_enough && was.is_none() {
                // Starts that waited for it are owed from now on.
                group.instances().for_each(|instance| self.watch_off(instance));
            }
        }
    }

    /// Begins or ends the time for which an instance is otherwise than wanted.
    fn watch_off(&mut self, id: InstanceId) {
        let Some((property, limits)) = self.limits(BuiltIn::Converges) else { return };
        let now = self.now;
        let one = &mut self.all[id.index()];
        if !one.is_off() {
            one.struck = None;
            if one.off_since.take().is_some() {
                self.arm(property);
            }
            return;
        }
        if one.off_since.is_none() {
            one.off_since = Some(now);
            let due = Due::Off { instance: id, since: now };
            self.look_at(now.saturating_add(limits.grace), due);
        }
    }

    pub(super) fn off_due(&mut self, id: InstanceId, since: SimTime) {
        let one = self.all[id.index()];
        if one.off_since != Some(since) {
            return;
        }
        let Some((property, limits)) = self.limits(BuiltIn::Converges) else { return };
        // A start needs stock: it is owed from when that is there on.
        let stocked = self.stocked[one.group.index()];
        if one.wanted && stocked.is_none_or(|from| from > since) {
            self.all[id.index()].off_since = stocked;
            if let Some(since) = stocked {
                let due = Due::Off { instance: id, since };
                self.look_at(since.saturating_add(limits.grace), due);
            }
            return;
        }
        // Whom a call failed may take as long to call again, but not for ever.
        let since = one.struck.map_or(since, |struck| struck.max(since));
        if since.saturating_add(limits.grace) > self.now {
            let due = Due::Off { instance: id, since: one.off_since.unwrap_or(since) };
            self.look_at(since.saturating_add(limits.grace), due);
            return;
        }
        self.arm(property);
        self.violated(property, (Some(id), one.by), since, Seen::State(one.state));
    }

    /// What was wanted of an instance is over, or the run is: whether it was ever so, or somebody
    /// knows that it was not.
    pub(super) fn span_over(&mut self, id: InstanceId) {
        let Some((property, limits)) = self.limits(BuiltIn::NoSilentLoss) else { return };
        let one = self.all[id.index()];
        let long = one.wanted_since.saturating_add(limits.grace) <= self.now;
        if !(one.is_looked_after() && long && one.state.exists()) {
            return;
        }
        // Who never says what it believes is not silent about this one.
        if one.owner.is_some_and(|owner| !self.speaks[usize::from(owner)]) {
            return;
        }
        self.arm(property);
        let action = if one.wanted { Action::Start } else { Action::Stop };
        let known = one.reported || one.belief == Belief::UnderWay(action);
        if !one.reached && !known {
            let who = (Some(id), one.by);
            self.violated(property, who, one.wanted_since, Seen::State(one.state));
        }
    }

    pub(super) fn on_belief(&mut self, controller: u16, id: InstanceId, belief: Belief) {
        self.speaks[usize::from(controller)] = true;
        self.turn(id, |one| {
            one.belief = belief;
            one.by = Some(controller);
            one.trial += 1;
            one.reported |= matches!(belief, Belief::Failed(_));
        });
        let Some((property, limits)) = self.limits(BuiltIn::BeliefTruth) else { return };
        let now = self.now;
        let one = self.all[id.index()];
        match belief {
            Belief::Unknown | Belief::UnderWay(_) => {}
            Belief::Done(action) => {
                let Some(is_so) = self.is_done(controller, &one, action) else { return };
                self.arm(property);
                if !is_so && !one.was_after(action, now, limits.grace) {
                    let due = Due::Belief { instance: id, trial: one.trial, controller };
                    self.look_at(now.saturating_add(limits.grace), due);
                }
            }
            Belief::Failed(action) => {
                let Some(is_so) = one.is_after(action) else { return };
                self.arm(property);
                if is_so && one.since.saturating_add(limits.grace) <= now {
                    let who = (Some(id), Some(controller));
                    self.violated(property, who, one.since, Seen::State(one.state));
                } else {
                    let due = Due::Belief { instance: id, trial: one.trial, controller };
                    self.look_at(now.saturating_add(limits.grace), due);
                }
            }
        }
    }

    /// Whether an instance is as a controller says that it is done: on its way there is enough for
    /// one that does not wait. None if that cannot be seen of it.
    fn is_done(&self, controller: u16, one: &Kept, action: Action) -> Option<bool> {
        let is_so = one.is_after(action)?;
        let who = &self.plan.controllers[usize::from(controller)];
        let waits = who.wait.is_some() || who.is_client();
        Some(is_so || (!waits && one.is_going(action)))
    }

    /// The grace of a belief is over, and nothing else was intended or wanted meanwhile.
    pub(super) fn belief_due(&mut self, id: InstanceId, trial: u32, controller: u16) {
        let Some((property, limits)) = self.limits(BuiltIn::BeliefTruth) else { return };
        let one = self.all[id.index()];
        let is_so = |action| one.is_after(action).unwrap_or(true);
        let is_right = match one.belief {
            Belief::Done(action) => is_so(action) || one.was_after(action, self.now, limits.grace),
            Belief::Failed(action) => !is_so(action),
            Belief::Unknown | Belief::UnderWay(_) => true,
        };
        if one.trial == trial && !is_right {
            let who = (Some(id), Some(controller));
            let since = self.now.saturating_sub(limits.grace);
            self.violated(property, who, since, Seen::State(one.state));
        }
    }

    pub(super) fn on_replaced(&mut self, id: InstanceId, by: InstanceId) {
        self.all[id.index()].other = Some(by);
        self.all[by.index()].other = Some(id);
        if let Some((property, _)) = self.limits(BuiltIn::OneRunningPerSlot) {
            self.arm(property);
        }
        self.watch_both(id, by);
    }

    pub(super) fn on_stands_in(&mut self, id: InstanceId, by: InstanceId) {
        // What is wanted goes over to the other one.
        let (now, from) = (self.now, self.all[id.index()]);
        self.turn(by, |one| {
            one.stand_in_for(&from, now);
        });
        self.turn(id, |one| one.step_aside(now));
        self.watch_off(id);
        self.watch_off(by);
    }

    /// Begins or ends the time for which an instance and the other one both run.
    fn watch_both(&mut self, id: InstanceId, other: InstanceId) {
        let Some((_, limits)) = self.limits(BuiltIn::OneRunningPerSlot) else { return };
        let now = self.now;
        let both = self.all[id.index()].is_up() && self.all[other.index()].is_up();
        let (first, second) = (id.min(other), id.max(other));
        let since = self.all[first.index()].both_since;
        if both == since.is_some() {
            return;
        }
        let since = both.then_some(now);
        self.all[first.index()].both_since = since;
        self.all[second.index()].both_since = since;
        if both {
            let due = Due::Both { instance: first, since: now };
            self.look_at(now.saturating_add(limits.grace), due);
        }
    }

    pub(super) fn both_due(&mut self, id: InstanceId, since: SimTime) {
        let one = self.all[id.index()];
        let Some((property, _)) = self.limits(BuiltIn::OneRunningPerSlot) else { return };
        if one.both_since == Some(since) {
            self.violated(property, (Some(id), one.by), since, Seen::State(one.state));
        }
    }
}
