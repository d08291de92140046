//! One instance's whole story: intents, calls, answers, state changes and money.
//!
//! An observer that keeps what concerns the instance and lets the rest go by. Money is told per
//! span of one billed state, exactly, and only inside the measurement window.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::books::ledger::{Cycling, MinimumCharge, MinimumChargeLine, Rules};
use crate::ecs::id::{InstanceId, KindId, MarketId, TypeId};
use crate::ecs::instance::State;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::price::Rates;
use crate::ecs::spec::{ChargeType, GroupSpec};
use crate::ecs::spot::{PricePath, PriceStep};
use crate::fact::{CallAnswer, CallFact, Fact};
use crate::sim::Observer;
use crate::sim::plan::Plan;
use crate::units::{HourlyRate, Money, SimTime, Usage};

use super::facts::{answer, belief, state};
use super::names::Names;

/// The story of one instance, as it happens.
pub struct Story<'a> {
    names: Names<'a>,
    instance: InstanceId,
    lines: Vec<(SimTime, String, String)>,
    purse: Purse<'a>,
}

/// What the instance was billed so far.
#[derive(Clone, Debug)]
struct Purse<'a> {
    /// Where it is in its life, and whether arrears suspend its bill.
    is: State,
    suspended: bool,
    /// How the price of its market moved so far.
    prices: Vec<PriceStep>,
    /// Its group as the type that it has.
    kind: KindId,
    state: BilledState,
    /// Whether it is there beside the one that is wanted in its place: not in the baseline.
    beside: bool,
    since: SimTime,
    spent: BTreeMap<(KindId, BilledState, bool), Spent>,
    /// What cycles are billed for beyond the time in them.
    rules: Rules<'a>,
    cycling: Cycling,
    minimum_charge: BTreeMap<KindId, MinimumCharge>,
}

/// Time as one type in one billed state.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    micros: u128,
    /// What compute cost in it along the path of its market, billed or not.
    spot: Usage,
}

impl<'a> Story<'a> {
    /// Of this instance, from the beginning of the run.
    pub fn new(names: Names<'a>, instance: InstanceId) -> Story<'a> {
        let plan = names.plan();
        let group = plan.region.group_of(instance);
        let own = plan.region.group(group);
        let initial = own.begins_as(instance);
        let purse = Purse {
            is: initial,
            suspended: false,
            prices: Vec::new(),
            kind: plan.region.own_kind(group),
            state: BilledState::of(initial, &plan.region.knobs),
            beside: own.is_in_reserve(instance),
            since: plan.warm_up,
            spent: BTreeMap::new(),
            rules: Rules::of(plan.books()),
            cycling: Cycling::new(own, instance),
            minimum_charge: BTreeMap::new(),
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
        let purse = &mut self.purse;
        let open = purse.cycling.close(&purse.rules, purse.kind, end);
        *purse.minimum_charge.entry(purse.kind).or_default() += open;
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
        for (&(kind, billed, beside), &spent) in &self.purse.spent {
            let [full, paid] = amounts(plan, kind, billed, spent);
            let full = if beside { Money::ZERO } else { full };
            (baseline, actual) = (baseline + full, actual + paid);
            arrears += if billed == BilledState::Suspended { full } else { Money::ZERO };
            let time = super::text::span(spent.micros);
            let mut mark = as_type(plan, kind, group);
            mark.push_str(if beside { ", beside the one wanted" } else { "" });
            writeln!(out, "  {:18}  {time:>7}  {paid} of {full}{mark}", billed.name())?;
        }
        let minimum_charge = self.purse.minimum_charge.iter();
        for line in minimum_charge
            .flat_map(|(kind, minimum_charge)| minimum_charge.lines(&plan.region, *kind))
        {
            let MinimumChargeLine { kind, component, cause, baseline: full, actual: paid } = line;
            (baseline, actual) = (baseline + full, actual + paid);
            let (component, mark) = (component.name(), as_type(plan, kind, group));
            writeln!(out, "  {:27}  {paid} of {full}, {component}{mark}", cause.name())?;
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

    /// Books the open span, and tells it.
    fn settle(&mut self, now: SimTime) -> Spent {
        let plan = self.names.plan();
        let purse = &mut self.purse;
        let (since, until) = (purse.since, now.min(plan.horizon));
        if until <= since {
            return Spent::default();
        }
        let spot = match &plan.region.kind(purse.kind).group.spot {
            None => Usage::ZERO,
            Some(terms) => {
                let first = plan.region.markets[terms.market.index()].price;
                let path = PricePath::new(first, purse.prices.iter().copied());
                terms.usage(&path, since, until)
            }
        };
        let span = Spent { micros: u128::from((until - since).as_micros()), spot };
        let of = (purse.kind, purse.state, purse.beside);
        let sum = purse.spent.entry(of).or_default();
        sum.micros += span.micros;
        sum.spot += span.spot;
        let minimum_charge =
            purse.cycling.book(&purse.rules, purse.kind, purse.state, (since, until));
        *purse.minimum_charge.entry(purse.kind).or_default() += minimum_charge;
        purse.since = until;
        span
    }

    /// It is of another type from here on.
    fn retype(&mut self, at: SimTime, to: TypeId) {
        self.settle(at);
        let region = &self.names.plan().region;
        let kind = region.kind_of(region.group_of(self.instance), to);
        self.purse.kind = kind.expect("an instance becomes what its group can be");
        self.tell(at, "type", format!("{} from now on", region.types[to.index()].name));
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
        let is_there = !matches!(self.purse.is, State::Pending | State::Released);
        let owes = group.charge == ChargeType::PayAsYouGo && is_there;
        let billed = match self.purse.suspended && owes {
            true => BilledState::Suspended,
            false => BilledState::of(self.purse.is, &plan.region.knobs),
        };
        let before = self.purse.state;
        if billed != before {
            let spent = self.settle(at);
            let [_, paid] = amounts(plan, self.purse.kind, before, spent);
            let time = super::text::span(spent.micros);
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
            self.retype(at, to);
        }
        if let Fact::Replaced { controller, instance, by } = *fact
            && (instance == me || by == me)
        {
            self.replaced(at, controller, [instance, by]);
        }
        if let Fact::StandsIn { instance, by } = *fact
            && (instance == me || by == me)
        {
            self.settle(at);
            self.purse.beside = by != me;
            let other = self.names.instance(if by == me { instance } else { by });
            let turn = if by == me { "wanted in place of" } else { "not wanted beside" };
            self.tell(at, "demand", format!("it is {turn} {other} from now on"));
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
        if let Fact::Slipped { controller, instance, defect } = *fact
            && instance == me
        {
            let who = self.names.controller(controller).to_owned();
            self.tell(at, who, format!("does it wrongly: {}", defect.name()));
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
        let mode = call.asks.map_or(String::new(), |mode| format!(", {}", mode.name()));
        self.tell(at, who, format!("{what} {} (call {}{mode})", call.operation, call.number));
    }
}

/// What one instance pays for so long in a billed state, had nothing been stopped and in fact;
/// each component rounded down.
fn amounts(plan: &Plan, kind: KindId, state: BilledState, spent: Spent) -> [Money; 2] {
    let row = plan.region.kind(kind);
    let mut amounts = [Money::ZERO; 2];
    for component in Component::ALL {
        let follows_market = row.group.spot.is_some() && component == Component::Compute;
        let cost = |rates: &Rates| match follows_market {
            true => spent.spot.invoiced(),
            false => Usage::of(rates.of(component), spent.micros).invoiced(),
        };
        if state.is_on_the_bill() {
            amounts[0] += cost(&row.group.rates);
        }
        if is_billed(component, state, &plan.region.knobs) {
            amounts[1] += cost(row.rates);
        }
    }
    amounts
}

/// Which type a line is of, where it is not the group's own.
fn as_type(plan: &Plan, kind: KindId, group: &GroupSpec) -> String {
    let instance_type = plan.region.kind(kind).instance_type;
    match instance_type == group.instance_type {
        true => String::new(),
        false => format!(" as {}", plan.region.types[instance_type.index()].name),
    }
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
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. }
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::Slipped { .. } => self.befall(at, fact),
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
