//! What a watch keeps of an instance.

use crate::controller::policy::{Controller, Drive};
use crate::ecs::id::{GroupId, InstanceId};
use crate::ecs::instance::{State, Status, StoppedMode};
use crate::fact::{Action, Belief};
use crate::units::{SimDuration, SimTime};

use super::plan::PropertiesPlan;

/// An instance, as facts told of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of which group it is.
    pub group: GroupId,
    /// Its state, and since when.
    pub state: State,
    pub(super) since: SimTime,
    /// The state before.
    before: State,
    /// When it was last Running, and last Stopped, before what it is now.
    left_up: SimTime,
    left_down: SimTime,
    /// Whether it is ready for work.
    pub ready: bool,
    /// Whether something is wanted of it at all, whether it is wanted now, and since when.
    pub(super) has_demand: bool,
    /// Whether it is wanted.
    pub wanted: bool,
    pub(super) wanted_since: SimTime,
    /// Whether some controller stops it, and starts it.
    stops: bool,
    starts: bool,
    /// The last controller that does.
    pub(super) owner: Option<u16>,
    /// Whether it can stop in economical mode.
    pub(super) economises: bool,
    /// What was last believed of it.
    pub belief: Belief,
    /// Since when somebody has intended what is believed of it.
    pub(super) intended: SimTime,
    /// Who looks after it: who believed or intended something of it last.
    pub(super) by: Option<u16>,
    /// Whether it was as wanted at some time since what is wanted changed, and whether somebody
    /// said since then that it cannot be had.
    pub(super) reached: bool,
    pub(super) reported: bool,
    /// When something last happened that excuses it.
    pub(super) disturbed: Option<SimTime>,
    /// Since when it is otherwise than wanted, less the time that is excused.
    pub(super) off_since: Option<SimTime>,
    /// When a call about it was struck or could not be granted, if none came after that.
    pub(super) struck: Option<SimTime>,
    /// Whether it is to be as wanted: what it is at time 0 nobody has to answer for.
    pub(super) is_owed: bool,
    /// Calls about it in the present window.
    window: u64,
    changes: u64,
    looks: u64,
    /// Calls for what it is already.
    pub(super) needless: u64,
    /// The mode that the first of its stops asked for that said one, since what is wanted of it
    /// changed or it was started.
    pub(super) asked: Option<StoppedMode>,
    /// Which belief about it is on trial: a later event ends the trial.
    pub(super) trial: u32,
    /// The one that stands in for it, or for which it stands in, and since when both run.
    pub(super) other: Option<InstanceId>,
    pub(super) both_since: Option<SimTime>,
}

impl Kept {
    /// Of every instance, at the beginning.
    pub(super) fn all(plan: &PropertiesPlan<'_>) -> Vec<Kept> {
        let mut all = Vec::with_capacity(plan.region.instance_count() as usize);
        for (place, group) in plan.region.groups.iter().enumerate() {
            let id = GroupId::at(place);
            let economises = plan.region.ineligible(plan.region.own_kind(id)).is_none();
            for instance in group.instances() {
                all.push(Kept::new(id, group.begins_as(instance), economises));
            }
        }
        for demand in plan.demands {
            for id in demand.instances.iter().cloned().flatten() {
                let one = &mut all[id as usize];
                (one.has_demand, one.wanted) = (true, demand.initially);
                one.reached = one.is_as_wanted();
            }
        }
        for (place, controller) in (0..).zip(plan.controllers) {
            let (stops, starts) = acts(controller);
            for instance in &controller.instances {
                let one = &mut all[instance.index()];
                one.stops |= stops;
                one.starts |= starts;
                if stops || starts {
                    one.owner = Some(place);
                }
            }
        }
        all
    }

    fn new(group: GroupId, state: State, economises: bool) -> Kept {
        Kept {
            group,
            state,
            since: SimTime::ZERO,
            before: state,
            left_up: SimTime::NEVER,
            left_down: SimTime::NEVER,
            ready: state == State::Running,
            has_demand: false,
            wanted: false,
            wanted_since: SimTime::ZERO,
            stops: false,
            starts: false,
            owner: None,
            economises,
            belief: Belief::Unknown,
            intended: SimTime::ZERO,
            by: None,
            reached: false,
            reported: false,
            disturbed: None,
            off_since: None,
            struck: None,
            is_owed: true,
            window: 0,
            changes: 0,
            looks: 0,
            needless: 0,
            asked: None,
            trial: 0,
            other: None,
            both_since: None,
        }
    }

    /// Goes into another state.
    pub(super) fn turn(&mut self, now: SimTime, to: State) {
        match self.state.status() {
            Status::Running => self.left_up = now,
            Status::Stopped => self.left_down = now,
            Status::Pending | Status::Starting | Status::Stopping | Status::Absent => {}
        }
        if self.since < now {
            self.before = self.state;
        }
        (self.state, self.since) = (to, now);
        self.ready &= to == State::Running;
        self.needless = 0;
        if to.status() == Status::Starting {
            self.asked = None;
        }
    }

    /// Is wanted in place of another one from now on, as that one was.
    pub(super) fn stand_in_for(&mut self, other: &Kept, now: SimTime) {
        self.has_demand = other.has_demand;
        (self.wanted, self.wanted_since) = (other.wanted, now);
        (self.stops, self.starts, self.owner) = (other.stops, other.starts, other.owner);
        (self.reached, self.reported) = (self.is_as_wanted(), other.reported);
        self.is_owed = true;
    }

    /// Is wanted no longer: another one stands in for it.
    pub(super) fn step_aside(&mut self, now: SimTime) {
        (self.has_demand, self.wanted, self.wanted_since) = (false, false, now);
    }

    /// The state in which a call found it that is told now: the one before what it changed.
    pub fn found(&self, now: SimTime) -> State {
        if self.since == now { self.before } else { self.state }
    }

    /// Whether it is wanted; none if nothing is ever wanted of it.
    pub fn wants(&self) -> Option<bool> {
        self.has_demand.then_some(self.wanted)
    }

    /// Since when it is in its state.
    pub fn since(&self) -> SimTime {
        self.since
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.state.status() == Status::Running
    }

    /// Whether it is stopped.
    pub fn is_down(&self) -> bool {
        self.state.status() == Status::Stopped
    }

    /// Whether it is as an action leaves it; none if that does not say.
    pub(super) fn is_after(&self, action: Action) -> Option<bool> {
        match action {
            Action::Start => Some(self.is_up()),
            Action::Stop => Some(self.is_down()),
            Action::Reboot | Action::Delete | Action::Reactivate | Action::Change => None,
        }
    }

    /// Whether it is on its way to where an action leaves it.
    pub(super) fn is_going(&self, action: Action) -> bool {
        let way = if action == Action::Start { Status::Starting } else { Status::Stopping };
        self.state.status() == way
    }

    /// Whether it was as an action leaves it since that was intended, so long ago or later, if it
    /// is not now.
    pub(super) fn was_after(&self, action: Action, now: SimTime, grace: SimDuration) -> bool {
        let left = if action == Action::Start { self.left_up } else { self.left_down };
        left != SimTime::NEVER && left > self.intended && left.saturating_add(grace) >= now
    }

    /// Whether it is as it is wanted.
    pub fn is_as_wanted(&self) -> bool {
        if self.wanted { self.is_up() } else { self.is_down() }
    }

    /// Whether it is at rest, and otherwise than it is wanted by those who look after it.
    pub fn is_off(&self) -> bool {
        let at_rest = self.is_up() || self.is_down();
        let somebody_acts = if self.wanted { self.starts } else { self.stops };
        self.has_demand && self.is_owed && at_rest && somebody_acts && !self.is_as_wanted()
    }

    /// Whether somebody brings about what is wanted of it.
    pub(super) fn is_looked_after(&self) -> bool {
        self.has_demand && self.is_owed && if self.wanted { self.starts } else { self.stops }
    }

    /// Counts a call about it: how many of its kind there are in this window.
    pub(super) fn count_call(&mut self, window: u64, looks: bool) -> u64 {
        if self.window != window {
            (self.window, self.changes, self.looks) = (window, 0, 0);
        }
        let count = if looks { &mut self.looks } else { &mut self.changes };
        *count += 1;
        *count
    }
}

/// Whether a controller stops, and starts, what it looks after.
fn acts(controller: &Controller) -> (bool, bool) {
    match &controller.drive {
        Drive::Edges { acts, .. } | Drive::Watch { acts, .. } => {
            (acts.includes(Action::Stop), acts.includes(Action::Start))
        }
        // It need not follow a demand to know what is wanted.
        Drive::Client { .. } => (true, true),
        Drive::Poisson { .. } | Drive::Listed(_) | Drive::OnStopped { .. } => (false, false),
    }
}
