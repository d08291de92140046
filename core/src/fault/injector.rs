//! The injector: which rule strikes a call, a piece of work or a pool, if any.
//!
//! In each list the first rule wins that is in force, concerns the case and whose draw hits; a
//! rule whose draw fails is passed over. The injector never looks at the region, and its
//! windows never at what controllers do.

use std::ops::Range;

use super::rule::{
    CallEffect, CallFault, DrawPer, EnvironmentEffect, EnvironmentFault, Fault, Scope, WorkEffect,
    WorkFault,
};
use super::window::Track;
use crate::ecs::id::{GroupId, InstanceId, ZoneId};
use crate::ecs::operation::OperationName;
use crate::engine::{Decision, Decisions, Identity, Occasion, Purpose};
use crate::units::{Ratio, SimTime};

/// Whether a call fault strikes: entity (rule, instance), or (rule, controller) for calls that
/// name no single instance. Frozen.
pub const CALL_FAULT: Purpose = Purpose(41);
/// Whether a work fault strikes: entity (rule, instance). Frozen.
pub const WORK_FAULT: Purpose = Purpose(42);
/// Whether a window of an environment fault takes place: entity the rule, occasion the window's
/// number. Frozen.
pub const ENVIRONMENT_FAULT: Purpose = Purpose(43);

/// A rule, by its list and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleId {
    /// A call fault.
    Call(u16),
    /// A work fault.
    Work(u16),
    /// An environment fault.
    Environment(u16),
}

/// What rules may look at when a call is made.
#[derive(Clone, Copy, Debug)]
pub struct CallFacts {
    /// The operation.
    pub operation: OperationName,
    /// Place of the controller in the plan.
    pub controller: u16,
    /// The controller's identity.
    pub controller_identity: Identity,
    /// The one instance the call is about; none for pages and batches, which match no rule that
    /// is limited to zones, groups or instances.
    pub about: Option<About>,
    /// On which occasion.
    pub occasion: Occasion,
    /// The ordinal of the call among those of its operation about this on this occasion, from 0.
    pub attempt: u32,
}

/// An instance, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The instance.
    pub instance: InstanceId,
    /// Its identity.
    pub identity: Identity,
    /// Its group.
    pub group: GroupId,
    /// Its zone.
    pub zone: ZoneId,
}

/// What rules may look at when a stop or start begins.
#[derive(Clone, Copy, Debug)]
pub struct WorkFacts {
    /// The operation that began it.
    pub operation: OperationName,
    /// Place of the controller that asked for it; none when nobody of the plan did.
    pub controller: Option<u16>,
    /// The instance.
    pub about: About,
    /// On which occasion.
    pub occasion: Occasion,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing goes wrong.
    Pass,
    /// A rule strikes.
    Strike {
        /// Its place in the list of call faults.
        rule: u16,
        /// What happens.
        effect: CallEffect,
    },
}

/// How a turn changed what is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Not at all: two windows touched, or a window does not take place.
    Unchanged,
    /// It came into force.
    Began,
    /// It went out of force.
    Ended,
}

/// All rules of a run, and where their windows stand.
#[derive(Clone, Debug)]
pub struct Injector<'a> {
    decisions: &'a Decisions,
    calls: List<'a, CallEffect>,
    work: List<'a, WorkEffect>,
    environment: List<'a, EnvironmentEffect>,
}

/// A list of rules with their windows.
#[derive(Clone, Debug)]
struct List<'a, E> {
    rules: Vec<Rule<'a, E>>,
    /// Places of the rules in force, ascending: what is not in force costs nothing.
    open: Vec<u16>,
}

#[derive(Clone, Debug)]
struct Rule<'a, E> {
    identity: Identity,
    scope: Scope,
    probability: Ratio,
    draw_per: DrawPer,
    effect: E,
    track: Track<'a>,
}

impl<'a> Injector<'a> {
    /// The rules of a plan, their windows as they stand at time 0.
    pub fn new(
        calls: &[CallFault],
        work: &[WorkFault],
        environment: &[EnvironmentFault],
        decisions: &'a Decisions,
    ) -> Injector<'a> {
        let pool = |fault: &EnvironmentFault| Rule {
            identity: fault.identity,
            scope: Scope::default(),
            probability: fault.probability,
            draw_per: DrawPer::Window,
            effect: fault.effect,
            track: Track::new(&fault.when, fault.identity, decisions),
        };
        Injector {
            decisions,
            calls: List::new(calls.iter().map(|fault| Rule::of(fault, decisions)), Rule::is_open),
            work: List::new(work.iter().map(|fault| Rule::of(fault, decisions)), Rule::is_open),
            environment: List::new(environment.iter().map(pool), |rule| {
                rule.takes_place(decisions)
            }),
        }
    }

    /// Every rule, list by list in file order.
    pub fn rules(&self) -> impl Iterator<Item = RuleId> + use<> {
        let places = |count: usize| 0..u16::try_from(count).expect("List::new counted them");
        let calls = places(self.calls.rules.len()).map(RuleId::Call);
        let work = places(self.work.rules.len()).map(RuleId::Work);
        let environment = places(self.environment.rules.len()).map(RuleId::Environment);
        calls.chain(work).chain(environment)
    }

    /// When the rule's window opens or closes next.
    pub fn next_change(&self, rule: RuleId) -> Option<SimTime> {
        self.track(rule).next_change()
    }

    /// Whether the rule is in force: its window is open and, for the environment, takes place.
    pub fn in_force(&self, rule: RuleId) -> bool {
        match rule {
            RuleId::Call(place) => self.calls.open.contains(&place),
            RuleId::Work(place) => self.work.open.contains(&place),
            RuleId::Environment(place) => self.environment.open.contains(&place),
        }
    }

    /// Brings the rule's window to `now`.
    pub fn turn(&mut self, rule: RuleId, now: SimTime) -> Turn {
        let decisions = self.decisions;
        match rule {
            RuleId::Call(place) => self.calls.turn(place, now, Rule::is_open),
            RuleId::Work(place) => self.work.turn(place, now, Rule::is_open),
            RuleId::Environment(place) => {
                self.environment.turn(place, now, |rule| rule.takes_place(decisions))
            }
        }
    }

    /// Whether any call fault is in force: if none is, there is no need to ask of a call.
    pub fn may_strike_calls(&self) -> bool {
        !self.calls.open.is_empty()
    }

    /// Whether any work fault is in force.
    pub fn may_strike_work(&self) -> bool {
        !self.work.open.is_empty()
    }

    /// What becomes of a call.
    pub fn on_call(&mut self, facts: &CallFacts) -> Verdict {
        let applies = |effect: &CallEffect| applies(*effect, facts.operation);
        let case = Case {
            operation: facts.operation,
            controller: Some(facts.controller),
            about: facts.about,
            entity: facts.about.map_or(facts.controller_identity, |about| about.identity),
            purpose: CALL_FAULT,
            occasion: facts.occasion,
            attempt: facts.attempt,
        };
        match self.calls.strike(&case, self.decisions, applies) {
            Some((rule, effect)) => Verdict::Strike { rule, effect },
            None => Verdict::Pass,
        }
    }

    /// What becomes of a stop or start that begins now: the rule, by its place in the list of
    /// work faults, and its effect.
    pub fn on_work(&mut self, facts: &WorkFacts) -> Option<(u16, WorkEffect)> {
        let case = Case {
            operation: facts.operation,
            controller: facts.controller,
            about: Some(facts.about),
            entity: facts.about.identity,
            purpose: WORK_FAULT,
            occasion: facts.occasion,
            attempt: 0,
        };
        self.work.strike(&case, self.decisions, |_| true)
    }

    fn track(&self, rule: RuleId) -> &Track<'a> {
        match rule {
            RuleId::Call(place) => &self.calls.rules[usize::from(place)].track,
            RuleId::Work(place) => &self.work.rules[usize::from(place)].track,
            RuleId::Environment(place) => &self.environment.rules[usize::from(place)].track,
        }
    }
}

/// What a rule is asked about.
struct Case {
    operation: OperationName,
    controller: Option<u16>,
    about: Option<About>,
    entity: Identity,
    purpose: Purpose,
    occasion: Occasion,
    attempt: u32,
}

impl<'a, E: Copy> List<'a, E> {
    fn new(
        rules: impl Iterator<Item = Rule<'a, E>>,
        in_force: impl Fn(&Rule<'a, E>) -> bool,
    ) -> List<'a, E> {
        let mut list = List { rules: rules.collect(), open: Vec::new() };
        for place in 0..u16::try_from(list.rules.len()).expect("rules are numbered in 16 bits") {
            let rule = &mut list.rules[usize::from(place)];
            if in_force(rule) {
                list.open.push(place);
            }
        }
        list
    }

    fn turn(&mut self, place: u16, now: SimTime, in_force: impl Fn(&Rule<'a, E>) -> bool) -> Turn {
        let rule = &mut self.rules[usize::from(place)];
        rule.track.turn(now);
        let is = in_force(rule);
        match (self.open.binary_search(&place), is) {
            (Ok(_), true) | (Err(_), false) => Turn::Unchanged,
            (Ok(at), false) => {
                self.open.remove(at);
                Turn::Ended
            }
            (Err(at), true) => {
                self.open.insert(at, place);
                Turn::Began
            }
        }
    }

    /// The first rule in force that concerns the case, can have its effect and hits.
    fn strike(
        &mut self,
        case: &Case,
        decisions: &Decisions,
        applies: impl Fn(&E) -> bool,
    ) -> Option<(u16, E)> {
        for &place in &self.open {
            let rule = &mut self.rules[usize::from(place)];
            if !applies(&rule.effect) || !rule.scope.covers(case) {
                continue;
            }
            if rule.hits(case, decisions) {
                return Some((place, rule.effect));
            }
        }
        None
    }
}

impl<'a, E: Copy> Rule<'a, E> {
    fn of(fault: &Fault<E>, decisions: &'a Decisions) -> Rule<'a, E> {
        Rule {
            identity: fault.identity,
            scope: fault.scope.clone(),
            probability: fault.probability,
            draw_per: fault.draw_per,
            effect: fault.effect,
            track: Track::new(&fault.when, fault.identity, decisions),
        }
    }
}

impl<E> Rule<'_, E> {
    fn is_open(&self) -> bool {
        self.track.is_open()
    }

    /// Whether its window is open and takes place at all.
    fn takes_place(&self, decisions: &Decisions) -> bool {
        let occasion = Occasion::number(self.track.index());
        self.is_open()
            && decisions.hits(self.identity, ENVIRONMENT_FAULT, occasion, 0, self.probability)
    }

    fn hits(&self, case: &Case, decisions: &Decisions) -> bool {
        let decision = || {
            let who = self.identity.with(case.entity);
            let (occasion, k) = match self.draw_per {
                DrawPer::Window => (Occasion::number(self.track.index()), 0),
                DrawPer::Occasion => (case.occasion, use_of(case.operation, 0)),
                DrawPer::Call => (case.occasion, use_of(case.operation, case.attempt)),
            };
            Decision { who, purpose: case.purpose, occasion, k }
        };
        decisions.hits_for(decision, self.probability)
    }
}

impl Scope {
    fn covers(&self, case: &Case) -> bool {
        let about = case.about;
        let of_instance =
            |ranges: &[Range<u32>]| about.is_some_and(|about| includes(ranges, about.instance.0));
        given(&self.operations, |list| list.contains(&case.operation))
            && given(&self.controllers, |list| case.controller.is_some_and(|c| list.contains(&c)))
            && given(&self.zones, |list| about.is_some_and(|about| list.contains(&about.zone)))
            && given(&self.groups, |list| about.is_some_and(|about| list.contains(&about.group)))
            && given(&self.instances, |ranges| of_instance(ranges))
    }
}

fn given<T>(list: &Option<Vec<T>>, matches: impl FnOnce(&[T]) -> bool) -> bool {
    list.as_ref().is_none_or(|list| matches(list))
}

/// Whether ascending disjoint ranges include a number.
fn includes(ranges: &[Range<u32>], number: u32) -> bool {
    let after = ranges.partition_point(|range| range.start <= number);
    after > 0 && number < ranges[after - 1].end
}

/// Only reads can be stale or miss something; everything else can happen to any call.
fn applies(effect: CallEffect, operation: OperationName) -> bool {
    operation.shows_status() || !effect.course().is_of_reads()
}

/// The k of a draw: operations of one occasion have luck of their own.
fn use_of(operation: OperationName, attempt: u32) -> u32 {
    (operation as u32) << ATTEMPT_BITS | attempt.min((1 << ATTEMPT_BITS) - 1)
}

/// Attempts share their luck beyond 67 million, which no occasion reaches.
const ATTEMPT_BITS: u32 = 26;

#[cfg(test)]
mod tests;
