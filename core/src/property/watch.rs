//! One run, watched: facts come in, verdicts come out.

mod calls;
mod formulas;
mod instances;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::ecs::id::{GroupId, InstanceId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::inventory::StockSpec;
use crate::ecs::operation::OperationName;
use crate::ecs::spec::{GroupSpec, RegionSpec};
use crate::fact::Fact;
use crate::units::SimTime;

use super::built_in::{BuiltIn, Limits};
use super::kept::Kept;
use super::plan::{Form, Properties, PropertiesPlan};
use super::{Reason, Seen, Verdict, Violation};

use formulas::Watched;

/// A run that is watched. Every fact goes to [`fact`](Watch::fact), in order; then
/// [`end`](Watch::end), once.
#[derive(Clone, Debug)]
pub struct Watch<'a> {
    asked: &'a Properties,
    plan: PropertiesPlan<'a>,
    now: SimTime,
    all: Vec<Kept>,
    /// Since when there has been stock for an instance of each group; none if there is not.
    stocked: Vec<Option<SimTime>>,
    /// The groups that draw on each pool.
    drawing: Vec<Vec<GroupId>>,
    /// What is asked of built-in properties, by their order.
    limits: [Option<(u16, Limits)>; super::BUILT_IN.len()],
    /// Per property: the first violation, and how often it was looked for.
    found: Vec<Option<Violation>>,
    armed: Vec<u64>,
    violations: usize,
    /// What is to be looked at when its time is over.
    due: BinaryHeap<Reverse<(SimTime, Due)>>,
    /// Whom a fault struck last, and when.
    struck: Option<(SimTime, InstanceId)>,
    /// By controller: the mode that its last stop of several asked for, and when.
    list_asked: Vec<Option<(SimTime, StoppedMode)>>,
    /// By controller: whether it says what it believes; a client need not.
    speaks: Vec<bool>,
    /// Calls of each operation in the present window of the fleet's budget.
    fleet: BTreeMap<OperationName, (u64, u64)>,
    written: Vec<Watched<'a>>,
    /// Which counters are about an instance, and which are about all of them.
    counters: formulas::Index,
}

/// The groups that draw on each pool.
fn drawing(region: &RegionSpec) -> Vec<Vec<GroupId>> {
    let mut drawing = vec![Vec::new(); region.pools.len()];
    for (place, group) in region.groups.iter().enumerate() {
        if let Some(pool) = group.pool {
            drawing[pool.index()].push(GroupId::at(place));
        }
    }
    drawing
}

/// Since when there is stock for an instance of each group: at time 0, or not yet.
fn stocked(region: &RegionSpec) -> Vec<Option<SimTime>> {
    let of_group = |group: &GroupSpec| match group.pool.map(|pool| region.pools[pool.index()].stock)
    {
        Some(StockSpec::Limited { free }) if free < u64::from(group.units) => None,
        Some(StockSpec::Limited { .. } | StockSpec::Unlimited) | None => Some(SimTime::ZERO),
    };
    region.groups.iter().map(of_group).collect()
}

/// Something that is to be looked at when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Whether a belief came true, unless another trial has begun.
    Belief { instance: InstanceId, trial: u32, controller: u16 },
    /// Whether an instance is still otherwise than wanted since then.
    Off { instance: InstanceId, since: SimTime },
    /// Whether an instance and the one that stands in for it both still run since then.
    Both { instance: InstanceId, since: SimTime },
    /// A written property.
    Written { place: u32, since: SimTime },
}

impl<'a> Watch<'a> {
    /// Of a run of this plan that has not begun.
    pub fn new(plan: PropertiesPlan<'a>) -> Watch<'a> {
        let asked = plan.asked;
        let all = Kept::all(&plan);
        let (written, counters) = formulas::watched(asked, &all);
        let mut watch = Watch {
            asked,
            plan,
            now: SimTime::ZERO,
            stocked: stocked(plan.region),
            drawing: drawing(plan.region),
            limits: super::BUILT_IN.map(|which| asked.asked(which)),
            found: vec![None; asked.count()],
            armed: vec![0; asked.count()],
            violations: 0,
            due: BinaryHeap::new(),
            struck: None,
            list_asked: vec![None; plan.controllers.len()],
            speaks: plan.controllers.iter().map(|one| !one.is_client()).collect(),
            fleet: BTreeMap::new(),
            all,
            written,
            counters,
        };
        watch.begin();
        watch
    }

    /// Takes in a fact; times never go back.
    pub fn fact(&mut self, at: SimTime, fact: &Fact) {
        if at > self.now {
            self.pass(at);
        }
        match *fact {
            Fact::Demanded { instance, wanted } => self.on_demanded(instance, wanted),
            Fact::Intended { controller, instance, .. } => {
                let one = &mut self.all[instance.index()];
                one.by = Some(controller);
                one.intended = at;
                one.trial += 1;
            }
            Fact::CallSent(call) => self.on_call_sent(&call),
            Fact::CallHandled(call, answer) => {
                self.on_handled(&call, answer);
                self.on_list_handled(&call);
            }
            Fact::ItemHandled(call, answer) => self.on_handled(&call, answer),
            Fact::AnswerDelivered(call, answer) => self.on_answer(&call, answer),
            Fact::CallTimedOut(call) => self.on_timed_out(&call),
            Fact::StateChanged { instance, to, .. } => self.on_state_changed(instance, to),
            Fact::BecameReady { instance } => self.turn(instance, |one| one.ready = true),
            Fact::BeliefChanged { controller, instance, belief } => {
                self.on_belief(controller, instance, belief);
            }
            Fact::FaultStruck { instance, .. } => self.on_fault(instance),
            Fact::StandsIn { instance, by } => self.on_stands_in(instance, by),
            Fact::Replaced { instance, by, .. } => self.on_replaced(instance, by),
            Fact::SpotTakenBack { instance, .. } => self.disturb(instance),
            Fact::StockChanged { pool, stock } => self.on_stock(pool, stock.free),
            Fact::AddressChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::FaultTurned { .. }
            | Fact::ConditionChanged { .. }
            | Fact::EconomicalDefault(_)
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::CapacityChanged { .. }
            | Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::StandingChanged(_)
            | Fact::TypeChanged { .. }
            | Fact::Slipped { .. } => {}
        }
    }

    /// Nothing happens before a time that was not told.
    pub fn advance(&mut self, to: SimTime) {
        if to > self.now {
            self.pass(to);
        }
    }

    /// The run is over: nothing happened up to its horizon that was not told.
    pub fn end(&mut self) {
        self.pass(self.plan.horizon);
        for place in 0..self.all.len() {
            self.span_over(InstanceId::at(place));
        }
    }

    /// How many properties are violated so far.
    pub fn violations(&self) -> usize {
        self.violations
    }

    /// What was found first, of those that were found so far: by time, then by property.
    pub fn first(&self) -> Option<&Violation> {
        self.found.iter().flatten().min_by_key(|found| (found.at, found.property))
    }

    /// How often a property was looked for.
    pub fn armed(&self, place: u16) -> u64 {
        self.armed[usize::from(place)]
    }

    /// What came of a property, by its place, after the end; `same_end` is judged by
    /// [`compare_ends`](Watch::compare_ends).
    pub fn verdict(&self, place: u16) -> Verdict {
        if let Some(found) = self.found[usize::from(place)] {
            return Verdict::Violated(found);
        }
        if self.armed(place) > 0 {
            return Verdict::Holds;
        }
        let written = usize::from(place).checked_sub(self.asked.built_in.len());
        Verdict::Inconclusive(match written.map(|place| &self.asked.written[place].form) {
            Some(Form::Sometimes(_)) => Reason::NotReached,
            Some(Form::Eventually { .. }) if self.is_pending(place) => Reason::NotDue,
            Some(Form::Eventually { .. } | Form::Always { .. }) | None => Reason::NotArmed,
        })
    }

    /// Every instance as it is now, by place.
    pub fn instances(&self) -> &[Kept] {
        &self.all
    }

    /// Holds the end of this run against that of the same run without faults.
    pub fn compare_ends(&mut self, twin: &Watch<'_>) {
        let Some((property, limits)) = self.limits(BuiltIn::SameEnd) else { return };
        for place in 0..self.all.len() {
            let (one, other) = (self.all[place], &twin.all[place]);
            let quiet = |at: SimTime| at.saturating_add(limits.grace) <= self.now;
            let excused = match one.off_since {
                Some(since) => Some(one.struck.map_or(since, |struck| struck.max(since))),
                None => one.disturbed,
            };
            let undisturbed = excused.is_none_or(quiet) && quiet(one.wanted_since);
            let at_rest = |one: &Kept| one.is_up() || one.is_down();
            let is_settled = at_rest(&one) && at_rest(other);
            if !(undisturbed && is_settled && one.has_demand && one.is_looked_after()) {
                continue;
            }
            self.armed[usize::from(property)] += 1;
            if one.state != other.state {
                let seen = Seen::State(one.state);
                self.violated(property, (Some(InstanceId::at(place)), one.by), one.since, seen);
            }
        }
    }

    fn limits(&self, which: BuiltIn) -> Option<(u16, Limits)> {
        self.limits[which as usize]
    }

    /// Counts that a property was looked for.
    fn arm(&mut self, property: u16) {
        self.armed[usize::from(property)] += 1;
    }

    /// Notes a violation, if it is the first of its property.
    fn violated(
        &mut self,
        property: u16,
        (instance, controller): (Option<InstanceId>, Option<u16>),
        since: SimTime,
        seen: Seen,
    ) {
        let found = &mut self.found[usize::from(property)];
        if found.is_none() {
            let at = self.now;
            *found = Some(Violation { property, at, instance, controller, since, seen });
            self.violations += 1;
        }
    }

    /// Lets time go on: what holds now is looked at, then what is over before `at`, in order.
    fn pass(&mut self, at: SimTime) {
        self.look_at_formulas();
        loop {
            let due = self.due.peek().map(|Reverse((time, _))| *time);
            let forget = self.next_forgotten();
            let next = [due, forget].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < at) else { break };
            self.now = next;
            if forget == Some(next) {
                self.forget(next);
            }
            while let Some(Reverse((time, what))) = self.due.peek().copied() {
                if time > next {
                    break;
                }
                self.due.pop();
                self.on_due(what);
            }
        }
        self.now = at;
        self.forget(at);
    }

    fn on_due(&mut self, what: Due) {
        match what {
            Due::Belief { instance, trial, controller } => {
                self.belief_due(instance, trial, controller);
            }
            Due::Off { instance, since } => self.off_due(instance, since),
            Due::Both { instance, since } => self.both_due(instance, since),
            Due::Written { place, since } => self.written_due(place, since),
        }
    }

    fn look_at(&mut self, time: SimTime, what: Due) {
        self.due.push(Reverse((time, what)));
    }
}
