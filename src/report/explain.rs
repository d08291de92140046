//! One instance's whole story: intents, calls, answers, state changes and money.
//!
//! An observer that keeps what concerns the instance and lets the rest go by. Money is told per
//! span of one billed state, exactly, and only inside the measurement window.

use std::io::{self, Write};

use crate::ecs::id::{InstanceId, MarketId};
use crate::ecs::instance::State;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, GroupSpec};
use crate::ecs::spot::{PricePath, PriceStep};
use crate::units::{HourlyRate, Money, SimTime, Usage};
use crate::world::Observer;
use crate::world::fact::{CallAnswer, CallFact, Fact};
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
#[derive(Clone, Debug)]
struct Purse {
    /// Where it is in its life, and whether arrears suspend its bill.
    is: State,
    suspended: bool,
    /// How the price of its market moved so far.
    prices: Vec<PriceStep>,
    state: BilledState,
    since: SimTime,
    /// Instance-µs per billed state.
    spent: [u128; BilledState::ALL.len()],
    /// What compute cost in each, billed or not.
    compute: [Usage; BilledState::ALL.len()],
}

impl<'a> Story<'a> {
    /// Of this instance, from the beginning of the run.
    pub fn new(names: Names<'a>, instance: InstanceId) -> Story<'a> {
        let plan = names.plan();
        let group = plan.region.group(plan.region.group_of(instance));
        let initial = group.begins_as(instance);
        let purse = Purse {
            is: initial,
            suspended: false,
            prices: Vec::new(),
            state: BilledState::of(initial, &plan.region.knobs),
            since: plan.warm_up,
            spent: [0; BilledState::ALL.len()],
            compute: [Usage::ZERO; BilledState::ALL.len()],
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
        let (mut baseline, mut actual, mut arrears) = (Money::ZERO, Money::ZERO, Money::ZERO);
        writeln!(out, "\nmoney in the window, {}", plan.currency)?;
        for billed in BilledState::ALL {
            let spent = self.purse.spent[billed.index()];
            if spent == 0 {
                continue;
            }
            let compute = self.purse.compute[billed.index()];
            let [paid, full] = [false, true].map(|as_running| {
                let state = if as_running { BilledState::Running } else { billed };
                amount(plan, group, state, spent, compute)
            });
            (baseline, actual) = (baseline + full, actual + paid);
            arrears += if billed == BilledState::Suspended { full } else { Money::ZERO };
            let time = super::text::span(spent);
            writeln!(out, "  {:18}  {time:>7}  {paid} of {full}", billed.name())?;
        }
        let owed = match arrears == Money::ZERO {
            true => String::new(),
            false => format!(" - not billed in arrears {arrears}"),
        };
        let saved = baseline - actual - arrears;
        writeln!(out, "  baseline {baseline} - actual {actual}{owed} = {saved} saved")
    }

    fn tell(&mut self, at: SimTime, who: impl Into<String>, what: impl Into<String>) {
        self.lines.push((at, who.into(), what.into()));
    }

    /// Books the open span; how long it was, and what compute cost in it.
    fn settle(&mut self, now: SimTime) -> (u128, Usage) {
        let plan = self.names.plan();
        let (since, until) = (self.purse.since, now.min(plan.horizon));
        if until <= since {
            return (0, Usage::ZERO);
        }
        let group = plan.region.group(plan.region.group_of(self.instance));
        let spent = u128::from((until - since).as_micros());
        let compute = match &group.spot {
            None => Usage::of(group.rates.compute, spent),
            Some(terms) => {
                let first = plan.region.markets[terms.market.index()].price;
                let path = PricePath::new(first, self.purse.prices.iter().copied());
                terms.usage(&path, since, until)
            }
        };
        self.purse.spent[self.purse.state.index()] += spent;
        self.purse.compute[self.purse.state.index()] += compute;
        self.purse.since = until;
        (spent, compute)
    }

    fn change(&mut self, at: SimTime, from: State, to: State) {
        self.tell(at, "state", format!("{} -> {}", state(from), state(to)));
        self.purse.is = to;
        self.bill_as(at);
    }

    /// Tells what was paid up to now if it is billed otherwise from here on.
    fn bill_as(&mut self, at: SimTime) {
        let plan = self.names.plan();
        let group = plan.region.group(plan.region.group_of(self.instance));
        let owes = group.charge == ChargeType::PayAsYouGo && self.purse.is != State::Pending;
        let billed = match self.purse.suspended && owes {
            true => BilledState::Suspended,
            false => BilledState::of(self.purse.is, &plan.region.knobs),
        };
        let before = self.purse.state;
        if billed != before {
            let (spent, compute) = self.settle(at);
            let paid = amount(plan, group, before, spent, compute);
            let time = super::text::span(spent);
            let name = before.name().replace('_', " ");
            self.tell(at, "money", format!("{paid} {} for {time} {name}", plan.currency));
            self.purse.state = billed;
        }
    }

    fn turn_service(&mut self, at: SimTime, service: u16, ready: bool, by: InstanceId) {
        if by == self.instance {
            let name = &self.names.plan().services[usize::from(service)].name;
            let turn = if ready { "is ready with it" } else { "is not ready without it" };
            self.tell(at, "service", format!("{name} {turn}"));
        }
    }

    fn wait(&mut self, at: SimTime, controller: u16, instance: InstanceId, waits: bool) {
        if instance == self.instance {
            let who = self.names.controller(controller).to_owned();
            let turn = if waits { "waits until other groups are ready" } else { "waits no longer" };
            self.tell(at, who, turn);
        }
    }

    /// What befalls it, or others on its account.
    fn befall(&mut self, at: SimTime, fact: &Fact) {
        let me = self.instance;
        if let Fact::FaultStruck { rule, instance } = *fact
            && instance == me
        {
            let name = self.names.rule(rule).to_owned();
            self.tell(at, "fault", format!("{name} strikes"));
        }
        if let Fact::ConditionChanged { instance, condition, on } = *fact
            && instance == me
        {
            let turn = if on { "begins" } else { "ends" };
            self.tell(at, "condition", format!("{} {turn}", condition.name()));
        }
        if let Fact::TypeChanged { instance, to } = *fact
            && instance == me
        {
            let name = &self.names.plan().region.types[to.index()].name;
            self.tell(at, "type", format!("{name} from now on"));
        }
        if let Fact::Replaced { controller, instance, by } = *fact
            && (instance == me || by == me)
        {
            self.replaced(at, controller, [instance, by]);
        }
        if let Fact::ServiceTurned { service, ready, instance } = *fact {
            self.turn_service(at, service, ready, instance);
        }
        if let Fact::StartHeld { controller, instance } = *fact {
            self.wait(at, controller, instance, true);
        }
        if let Fact::StartLetGo { controller, instance } = *fact {
            self.wait(at, controller, instance, false);
        }
    }

    /// What the platform does of itself, or the account.
    fn platform(&mut self, at: SimTime, fact: &Fact) {
        if let Fact::EconomicalDefault(on) = *fact {
            let turn = if on { "economical" } else { "standard" };
            self.tell(at, "account", format!("its default mode is {turn} from now on"));
        }
        if let Fact::CreditsCleared { instance } = *fact
            && instance == self.instance
        {
            self.tell(at, "region", "clears its CPU credits");
        }
        if let Fact::CreditsGranted { instance, credits, falls_back } = *fact
            && instance == self.instance
        {
            let mode = if falls_back { "; it is in standard mode from now on" } else { "" };
            self.tell(at, "region", format!("grants {credits} initial CPU credits{mode}"));
        }
        if let Fact::SpotPriced { market, rate } = *fact {
            self.reprice(at, market, rate);
        }
        if let Fact::SpotNoticed { instance, cause } = *fact
            && instance == self.instance
        {
            self.tell(at, "spot", format!("will be taken back: {}", cause.name()));
        }
        if let Fact::SpotTakenBack { instance, cause } = *fact
            && instance == self.instance
        {
            self.tell(at, "spot", format!("is taken back: {}", cause.name()));
        }
        if let Fact::StandingChanged(standing) = *fact {
            self.tell(at, "account", format!("stands: {}", standing.name()));
            self.purse.suspended = standing.suspends_billing();
            self.bill_as(at);
        }
    }

    fn reprice(&mut self, at: SimTime, market: MarketId, rate: HourlyRate) {
        let plan = self.names.plan();
        let group = plan.region.group(plan.region.group_of(self.instance));
        if group.spot.is_some_and(|terms| terms.market == market) {
            self.purse.prices.push(PriceStep { at, rate });
            self.tell(at, "market", format!("{rate} {}/h from now on", plan.currency));
        }
    }

    /// What a batch call came to for this instance.
    fn item(&mut self, at: SimTime, call: &CallFact, said: CallAnswer) {
        let what = answer(said, &self.names);
        let (operation, number) = (call.operation, call.number);
        self.tell(at, "region", format!("{operation} (call {number}), for this one: {what}"));
    }

    fn replaced(&mut self, at: SimTime, controller: u16, [old, new]: [InstanceId; 2]) {
        let who = self.names.controller(controller).to_owned();
        let what = if old == self.instance {
            format!("looks after {} in its place", self.names.instance(new))
        } else {
            format!("looks after it in place of {}", self.names.instance(old))
        };
        self.tell(at, who, what);
    }

    fn call(&mut self, at: SimTime, call: &CallFact, what: String) {
        let who = self.names.controller(call.controller).to_owned();
        self.tell(at, who, format!("{what} {} (call {})", call.operation, call.number));
    }
}

/// What an instance of the group pays for so long in a billed state, each component rounded down.
fn amount(
    plan: &Plan,
    group: &GroupSpec,
    state: BilledState,
    micros: u128,
    compute: Usage,
) -> Money {
    let billed = |component: &Component| is_billed(*component, state, &plan.region.knobs);
    let usage = |component| match component == Component::Compute {
        true => compute,
        false => Usage::of(group.rates.of(component), micros),
    };
    Component::ALL.into_iter().filter(billed).map(|component| usage(component).invoiced()).sum()
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
            Fact::ItemHandled(call, said) if call.instance == me => self.item(at, &call, said),
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
            Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. }
            | Fact::StandingChanged(_)
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::EconomicalDefault(_) => self.platform(at, fact),
            Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. }
            | Fact::Replaced { .. }
            | Fact::TypeChanged { .. }
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. } => self.befall(at, fact),
            Fact::Demanded { .. }
            | Fact::Intended { .. }
            | Fact::CallSent(_)
            | Fact::CallHandled(..)
            | Fact::ItemHandled(..)
            | Fact::AnswerDelivered(..)
            | Fact::CallTimedOut(_)
            | Fact::StateChanged { .. }
            | Fact::BecameReady { .. }
            | Fact::AddressChanged { .. }
            | Fact::StockChanged { .. }
            | Fact::CapacityChanged { .. }
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. } => {}
        }
    }
}
