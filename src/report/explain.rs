//! One instance's whole story: intents, calls, answers, state changes and money.
//!
//! An observer that keeps what concerns the instance and lets the rest go by. Money is told per
//! span of one billed state, exactly, and only inside the measurement window.

use std::io::{self, Write};

use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::GroupSpec;
use crate::units::{Money, SimTime, Usage};
use crate::world::Observer;
use crate::world::fact::{CallFact, Fact};
use crate::world::plan::Plan;

use super::events::{answer, belief, state};
use super::names::Names;

/// The story of one instance, as it happens.
pub struct Story<'a> {
    names: Names<'a>,
    instance: InstanceId,
    lines: Vec<(SimTime, String, String)>,
    purse: Purse,
}

/// What the instance was billed so far.
#[derive(Clone, Copy, Debug)]
struct Purse {
    state: BilledState,
    since: SimTime,
    /// Instance-µs per billed state.
    spent: [u128; BilledState::ALL.len()],
}

impl<'a> Story<'a> {
    /// Of this instance, from the beginning of the run.
    pub fn new(names: Names<'a>, instance: InstanceId) -> Story<'a> {
        let plan = names.plan();
        let group = plan.region.group(plan.region.group_of(instance));
        let initial = group.initially.state();
        let purse = Purse {
            state: BilledState::of(initial, &plan.region.knobs),
            since: plan.warm_up,
            spent: [0; BilledState::ALL.len()],
        };
        let mut story = Story { names, instance, lines: Vec::new(), purse };
        story.tell(SimTime::ZERO, "state", format!("is {} from the beginning", state(initial)));
        story
    }

    /// Writes it, up to `end`.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(mut self, mut out: impl Write, end: SimTime) -> io::Result<()> {
        self.settle(end);
        let plan = self.names.plan();
        let group = plan.region.group(plan.region.group_of(self.instance));
        writeln!(
            out,
            "{}: group {}, {} in {}",
            self.names.instance(self.instance),
            group.name,
            plan.region.types[group.instance_type.index()].name,
            plan.region.zones[group.zone.index()],
        )?;
        writeln!(out)?;
        let times: Vec<String> = self.lines.iter().map(|(at, ..)| plan.clock.format(*at)).collect();
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let time_width = width(&mut times.iter().map(|time| time.chars().count()));
        let who_width = width(&mut self.lines.iter().map(|(_, who, _)| who.chars().count()));
        for (time, (_, who, what)) in times.iter().zip(&self.lines) {
            writeln!(out, "{time:time_width$}  {who:who_width$}  {what}")?;
        }
        self.write_money(&mut out, plan, group)
    }

    fn write_money(&self, out: &mut impl Write, plan: &Plan, group: &GroupSpec) -> io::Result<()> {
        let (mut baseline, mut actual) = (Money::ZERO, Money::ZERO);
        writeln!(out, "\nmoney in the window, {}", plan.currency)?;
        for billed in BilledState::ALL {
            let spent = self.purse.spent[billed.index()];
            if spent == 0 {
                continue;
            }
            let [paid, full] = [false, true].map(|as_running| {
                amount(plan, group, if as_running { BilledState::Running } else { billed }, spent)
            });
            (baseline, actual) = (baseline + full, actual + paid);
            let time = super::text::span(spent);
            writeln!(out, "  {:18}  {time:>7}  {paid} of {full}", billed.name())?;
        }
        writeln!(out, "  baseline {baseline} - actual {actual} = {} saved", baseline - actual)
    }

    fn tell(&mut self, at: SimTime, who: impl Into<String>, what: impl Into<String>) {
        self.lines.push((at, who.into(), what.into()));
    }

    fn settle(&mut self, now: SimTime) {
        let until = now.min(self.names.plan().horizon);
        let spent = until.since(self.purse.since);
        self.purse.spent[self.purse.state.index()] += u128::from(spent.as_micros());
        self.purse.since = self.purse.since.max(until);
    }

    fn change(&mut self, at: SimTime, from: State, to: State) {
        self.tell(at, "state", format!("{} -> {}", state(from), state(to)));
        let plan = self.names.plan();
        let billed = BilledState::of(to, &plan.region.knobs);
        if billed != self.purse.state {
            let (before, since) = (self.purse.state, self.purse.since);
            self.settle(at);
            let group = plan.region.group(plan.region.group_of(self.instance));
            let spent = u128::from(at.since(since).as_micros());
            let paid = amount(plan, group, before, spent);
            let time = super::text::span(spent);
            let name = before.name().replace('_', " ");
            self.tell(at, "money", format!("{paid} {} for {time} {name}", plan.currency));
            self.purse.state = billed;
        }
    }

    fn call(&mut self, at: SimTime, call: &CallFact, what: String) {
        let who = self.names.controller(call.controller).to_owned();
        self.tell(at, who, format!("{what} {} (call {})", call.operation, call.number));
    }
}

/// What an instance of the group pays for so long in a billed state, each component rounded down.
fn amount(plan: &Plan, group: &GroupSpec, state: BilledState, micros: u128) -> Money {
    let billed = |component: &Component| is_billed(*component, state, &plan.region.knobs);
    let paid = Component::ALL.into_iter().filter(billed);
    paid.map(|component| Usage::of(group.rates.of(component), micros).invoiced()).sum()
}

impl Observer for Story<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        let me = self.instance;
        match *fact {
            Fact::Demanded { instance, wanted } if instance == me => {
                self.tell(at, "demand", if wanted { "wants it" } else { "no longer wants it" });
            }
            Fact::Intended { controller, instance, action, due } if instance == me => {
                let due = self.names.plan().clock.format(due);
                let action = format!("{action:?}").to_lowercase();
                let who = self.names.controller(controller).to_owned();
                self.tell(at, who, format!("sets out to {action} it, due {due}"));
            }
            Fact::CallSent(call) if call.instance == me => self.call(at, &call, "sends".into()),
            Fact::CallHandled(call, answered) if call.instance == me => {
                let what = answer(answered, &self.names);
                let (number, id) = (call.number, self.names.request_id(&call));
                let operation = call.operation;
                self.tell(at, "region", format!("{operation} (call {number}): {what}, {id}"));
            }
            Fact::AnswerDelivered(call, answered) if call.instance == me => {
                let what = answer(answered, &self.names);
                self.call(at, &call, format!("hears `{what}` of"));
            }
            Fact::CallTimedOut(call) if call.instance == me => {
                self.call(at, &call, "stops waiting for".into());
            }
            Fact::StateChanged { instance, from, to } if instance == me => {
                self.change(at, from, to);
            }
            Fact::BecameReady { instance } if instance == me => {
                self.tell(at, "guest", "is ready");
            }
            Fact::AddressChanged { instance } if instance == me => {
                self.tell(at, "region", "gives it another public address");
            }
            Fact::BeliefChanged { controller, instance, belief: now } if instance == me => {
                let who = self.names.controller(controller).to_owned();
                self.tell(at, who, format!("believes: {}", belief(now)));
            }
            Fact::FaultStruck { rule, instance } if instance == me => {
                let name = self.names.rule(rule).to_owned();
                self.tell(at, "fault", format!("{name} strikes"));
            }
            Fact::ConditionChanged { instance, condition, on } if instance == me => {
                let turn = if on { "begins" } else { "ends" };
                self.tell(at, "condition", format!("{} {turn}", condition.name()));
            }
            Fact::EconomicalDefault(on) => {
                let turn = if on { "economical" } else { "standard" };
                self.tell(at, "account", format!("its default mode is {turn} from now on"));
            }
            Fact::TypeChanged { instance, to } if instance == me => {
                let name = &self.names.plan().region.types[to.index()].name;
                self.tell(at, "type", format!("{name} from now on"));
            }
            Fact::TypeChanged { .. }
            | Fact::Demanded { .. }
            | Fact::Intended { .. }
            | Fact::CallSent(_)
            | Fact::CallHandled(..)
            | Fact::AnswerDelivered(..)
            | Fact::CallTimedOut(_)
            | Fact::StateChanged { .. }
            | Fact::BecameReady { .. }
            | Fact::AddressChanged { .. }
            | Fact::StockChanged { .. }
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. }
            | Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. } => {}
        }
    }
}
