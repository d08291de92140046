//! A second, naive account of a run: per instance and per span, from what an observer sees.
//!
//! It shares nothing with the world's ledger, the region's meters or the bill but the prices:
//! plain sums over every instance and component, with a billing matrix of its own.

use std::collections::BTreeMap;

use stopsim::books::outcome::WaveKind;
use stopsim::ecs::commitment::{Commitment, Coverage};
use stopsim::ecs::id::{InstanceId, KindId, PoolId, TypeId};
use stopsim::ecs::instance::{State, StoppedMode};
use stopsim::ecs::inventory::{Stock, StockSpec};
use stopsim::ecs::kind::FurtherType;
use stopsim::ecs::meter::{BilledState, Component};
use stopsim::ecs::price::Rates;
use stopsim::ecs::spec::{ChargeType, GroupSpec, Initially, Network, RegionSpec};
use stopsim::fact::Fact;
use stopsim::sim::plan::Plan;
use stopsim::units::SimTime;

use crate::places::Places;
use crate::worlds::Run;

/// What a span of an instance was, seen from what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Up,
    Boot,
    Down,
    Intended,
    Forgone,
    Missed,
    Arrears,
    /// Beside the one that is wanted in its place.
    Beside,
}

/// Something due of an instance by a demand's edge.
#[derive(Clone, Copy, Debug)]
struct Due {
    kind: WaveKind,
    at: SimTime,
}

/// One instance as it is now.
#[derive(Clone, Copy, Debug)]
struct Instance {
    group: usize,
    /// The place of its group as its present type: among groups, then among further types.
    kind: usize,
    state: State,
    wanted: bool,
    beside: bool,
    ready: bool,
    since: SimTime,
    accepted: Option<SimTime>,
    due: Option<Due>,
}

/// One instance while it was as it was, within the window.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub instance: usize,
    /// Its group and type.
    pub place: usize,
    pub billed: BilledState,
    pub kind: Kind,
    /// In µs.
    pub from: u64,
    pub to: u64,
}

/// Spans of one kind: how many ended well, how many did not, and how long they took in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    pub done: u64,
    pub never: u64,
    pub done_us: u128,
    pub never_us: u128,
}

/// The whole account, over [warm-up, horizon).
#[derive(Debug, Default)]
pub struct Account {
    /// Instance-microseconds by group and type, billed state and kind of span.
    pub time: BTreeMap<(usize, BilledState, Kind), u128>,
    /// What compute of spot instances cost in the same cells, billed or not: nano-units an hour
    /// times microseconds.
    pub spot: BTreeMap<(usize, BilledState, Kind), i128>,
    pub spans: Vec<Span>,
    /// Edges that found an instance as it should be, by kind of wave.
    pub already: BTreeMap<WaveKind, u64>,
    /// Edges that did not.
    pub waves: BTreeMap<WaveKind, Spans>,
    /// From accepted starts to Running, and from accepted stops to Stopped.
    pub starts: Spans,
    pub stops: Spans,
    /// Claims on each pool, the time its units were free, and the least there were.
    pub claims: BTreeMap<usize, u64>,
    pub free_area: Vec<u128>,
    pub least_free: Vec<Option<u64>>,
    /// Private pools and dedicated hosts.
    pub places: Places,
    /// Whether an instance stands in for another: what is wanted then moves between them.
    pub has_stand_ins: bool,
}

struct Books<'a> {
    plan: &'a Plan,
    instances: Vec<Instance>,
    free: Vec<Option<(u64, SimTime)>>,
    /// Every price of every market so far: from when on, and how much.
    prices: Vec<Vec<(u64, i128)>>,
    suspended: bool,
    account: Account,
}

/// Adds a run up again.
pub fn account(plan: &Plan, run: &Run) -> Account {
    let mut books = Books::open(plan);
    for (at, fact) in &run.facts {
        books.read(*at, fact);
    }
    books.close()
}

impl<'a> Books<'a> {
    fn open(plan: &'a Plan) -> Books<'a> {
        let mut instances = Vec::new();
        for (place, group) in plan.region.groups.iter().enumerate() {
            for id in group.instances() {
                let in_reserve = id.0 - group.first.0 >= group.count - group.reserve;
                let state = match group.initially.of(id.0 - group.first.0) {
                    _ if in_reserve => State::Released,
                    Initially::Pending => State::Pending,
                    Initially::Running => State::Running,
                    Initially::Stopped(effective) => State::Stopped { effective },
                };
                instances.push(Instance {
                    group: place,
                    kind: place,
                    state,
                    wanted: !in_reserve && wanted_at_first(plan, id.0),
                    beside: in_reserve,
                    ready: state == State::Running,
                    since: SimTime::ZERO,
                    accepted: None,
                    due: None,
                });
            }
        }
        let free = plan.region.pools.iter().map(|pool| match pool.stock {
            StockSpec::Unlimited => None,
            StockSpec::Limited { free } => Some((free, SimTime::ZERO)),
        });
        let free: Vec<_> = free.collect();
        let account = Account {
            free_area: vec![0; free.len()],
            least_free: free.iter().map(|free| free.map(|(units, _)| units)).collect(),
            places: Places::open(plan),
            ..Account::default()
        };
        let first = |market: &stopsim::ecs::spot::MarketSpec| {
            vec![(0, i128::from(market.price.as_nanos()))]
        };
        let prices = plan.region.markets.iter().map(first).collect();
        Books { plan, instances, free, prices, suspended: false, account }
    }

    fn counts(&self, at: SimTime) -> bool {
        at >= self.plan.warm_up
    }

    /// The part of a span that lies in the window.
    fn span(&self, from: SimTime, to: SimTime) -> u128 {
        u128::from(to.since(from.max(self.plan.warm_up)).as_micros())
    }

    fn read(&mut self, at: SimTime, fact: &Fact) {
        self.account.places.pass(self.plan, at);
        match fact {
            Fact::CapacityChanged { capacity, held } => {
                self.account.places.told(*capacity, held.units, held.used);
                self.account.places.look();
            }
            Fact::Demanded { instance, wanted } => self.turn(at, instance.index(), *wanted),
            Fact::StateChanged { instance, from, to } => {
                self.change(at, instance.index(), *from, *to);
            }
            Fact::BecameReady { instance } => {
                self.book(at, instance.index());
                self.instances[instance.index()].ready = true;
                self.end_due(at, instance.index(), WaveKind::Start);
            }
            Fact::SpotPriced { market, rate } => {
                let price = i128::from(rate.as_nanos());
                self.prices[market.index()].push((at.as_micros(), price));
            }
            Fact::StandingChanged(standing) => {
                (0..self.instances.len()).for_each(|place| self.book(at, place));
                self.suspended = matches!(standing.name(), "suspended" | "released");
            }
            Fact::StandsIn { instance, by } => {
                for (one, beside) in [(instance, true), (by, false)] {
                    self.book(at, one.index());
                    assert_ne!(self.instances[one.index()].beside, beside, "one of a family");
                    self.instances[one.index()].beside = beside;
                }
            }
            Fact::TypeChanged { instance, to } => self.retype(at, instance.index(), *to),
            Fact::StockChanged { pool, stock } => self.restock(at, pool.index(), stock),
            Fact::Intended { .. }
            | Fact::CallSent(_)
            | Fact::CallHandled(..)
            | Fact::ItemHandled(..)
            | Fact::AnswerDelivered(..)
            | Fact::CallTimedOut(_)
            | Fact::AddressChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. }
            | Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. }
            | Fact::Replaced { .. }
            | Fact::EconomicalDefault(_)
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::Slipped { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. } => {}
        }
    }

    fn book(&mut self, at: SimTime, place: usize) {
        let instance = self.instances[place];
        let mut billed = billed_as(instance.state, &self.plan.region);
        let prepaid = self.plan.region.groups[instance.group].charge == ChargeType::Subscription;
        let there = !matches!(billed, BilledState::Pending | BilledState::Released);
        if self.suspended && !prepaid && there {
            billed = BilledState::Suspended;
        }
        let span = self.span(instance.since, at);
        if span > 0 {
            let key = (instance.kind, billed, kind(&instance, billed));
            *self.account.time.entry(key).or_default() += span;
            let cost = self.market_cost(instance.group, instance.since, at);
            *self.account.spot.entry(key).or_default() += cost;
            self.account.spans.push(Span {
                instance: place,
                place: instance.kind,
                billed,
                kind: kind(&instance, billed),
                from: instance.since.max(self.plan.warm_up).as_micros(),
                to: at.as_micros(),
            });
        }
        self.instances[place].since = at;
    }

    /// What one spot instance costs over a span of the window: every price for as long as it
    /// held, but that of time 0 while the protection lasts. Prices hold until the next one.
    fn market_cost(&self, group: usize, from: SimTime, to: SimTime) -> i128 {
        let Some(terms) = self.plan.region.groups[group].spot else { return 0 };
        let (from, to) = (from.max(self.plan.warm_up).as_micros(), to.as_micros());
        let safe = terms.protection.as_micros();
        let prices = &self.prices[terms.market.index()];
        let overlap = |a: u64, b: u64| i128::from(b.min(to).saturating_sub(a.max(from)));
        let mut cost = prices[0].1 * overlap(0, safe);
        for (place, (begins, price)) in prices.iter().enumerate() {
            let ends = prices.get(place + 1).map_or(u64::MAX, |next| next.0);
            cost += price * overlap((*begins).max(safe), ends);
        }
        cost
    }

    fn retype(&mut self, at: SimTime, place: usize, to: TypeId) {
        self.book(at, place);
        let region = &self.plan.region;
        let id = InstanceId(u32::try_from(place).unwrap());
        let was = type_of(region, self.instances[place].kind);
        let instance = &mut self.instances[place];
        assert!(matches!(instance.state, State::Stopped { .. }), "types change while stopped");
        if instance.state.holds_stock() {
            self.account.places.give_back(region, id, was);
            self.account.places.at[place] = None;
        }
        let own = region.groups[instance.group].instance_type;
        instance.kind = if to == own {
            instance.group
        } else {
            let is_it =
                |row: &FurtherType| row.group.index() == instance.group && row.instance_type == to;
            region.groups.len() + region.further.iter().position(is_it).unwrap()
        };
    }

    fn turn(&mut self, at: SimTime, place: usize, wanted: bool) {
        self.book(at, place);
        self.give_up(at, place);
        let instance = &mut self.instances[place];
        assert_ne!(instance.wanted, wanted, "demand turns");
        instance.wanted = wanted;
        let kind = if wanted { WaveKind::Start } else { WaveKind::Stop };
        let there = match kind {
            WaveKind::Stop => matches!(instance.state, State::Stopped { .. } | State::Released),
            WaveKind::Start => instance.state == State::Running && instance.ready,
        };
        if !self.counts(at) {
            return;
        }
        if there {
            *self.account.already.entry(kind).or_default() += 1;
        } else {
            self.instances[place].due = Some(Due { kind, at });
        }
    }

    fn change(&mut self, at: SimTime, place: usize, from: State, to: State) {
        self.book(at, place);
        let counts = self.counts(at);
        let instance = &mut self.instances[place];
        assert_eq!(instance.state, from, "states follow one another");
        instance.state = to;
        instance.ready = false;
        match to {
            // What is created is started without a StartInstance that could be accepted.
            State::Starting { .. } if from == State::Pending => {}
            State::Starting { .. } | State::Stopping { .. } => {
                let since = instance.accepted.filter(|_| from.status() == to.status());
                instance.accepted = since.or(counts.then_some(at));
            }
            State::Running | State::Stopped { .. } => {
                let accepted = instance.accepted.take();
                let ups = to == State::Running;
                let Account { starts, stops, .. } = &mut self.account;
                let spans = if ups { starts } else { stops };
                if let Some(accepted) = accepted {
                    spans.done += 1;
                    spans.done_us += u128::from((at - accepted).as_micros());
                }
            }
            State::Pending | State::Released | State::Rebooting { .. } | State::Deleting => {}
        }
        if matches!(to, State::Stopped { .. } | State::Released) {
            self.end_due(at, place, WaveKind::Stop);
        }
        let claims = from == State::Stopped { effective: StoppedMode::StopCharging }
            && matches!(to, State::Starting { .. })
            || from == State::Released;
        let (id, region) = (InstanceId(u32::try_from(place).unwrap()), &self.plan.region);
        let of = type_of(region, self.instances[place].kind);
        self.account.has_stand_ins |= from == State::Released;
        if claims {
            self.account.places.claim(region, id, of);
        } else if from.holds_stock() && !to.holds_stock() {
            self.account.places.give_back(region, id, of);
        }
        let claims = claims && self.account.places.at[place].is_none();
        let (pool, _) = stocked(&self.plan.region, self.instances[place].kind);
        if let (true, true, Some(pool)) = (claims, counts, pool) {
            *self.account.claims.entry(pool.index()).or_default() += 1;
        }
    }

    fn end_due(&mut self, at: SimTime, place: usize, kind: WaveKind) {
        let Some(due) = self.instances[place].due.filter(|due| due.kind == kind) else { return };
        self.instances[place].due = None;
        let spans = self.account.waves.entry(kind).or_default();
        spans.done += 1;
        spans.done_us += u128::from((at - due.at).as_micros());
    }

    fn give_up(&mut self, at: SimTime, place: usize) {
        let Some(due) = self.instances[place].due.take() else { return };
        let spans = self.account.waves.entry(due.kind).or_default();
        spans.never += 1;
        spans.never_us += u128::from((at - due.at).as_micros());
    }

    /// Units in a pool: conserved, and ours are those of the instances that hold stock.
    fn restock(&mut self, at: SimTime, pool: usize, stock: &Stock) {
        let Stock { total, ours, others, free, deficit } = *stock;
        assert_eq!(free + ours + others, total + deficit, "stock is conserved at {at}");
        let all = self.instances.iter().zip(&self.account.places.at);
        let public = all.filter(|(_, at)| at.is_none());
        let held: u64 = public.map(|(instance, _)| self.holds(instance, pool)).sum();
        let held = held + self.account.places.reserved(&self.plan.region, pool);
        assert_eq!(ours, held, "what is held is what instances hold, at {at}");
        let (before, since) = self.free[pool].expect("a pool that changes has stock");
        self.account.free_area[pool] += u128::from(before) * self.span(since, at);
        self.free[pool] = Some((free, at));
        let least = &mut self.account.least_free[pool];
        // A pool is what it last was when the window begins.
        *least = if at >= self.plan.warm_up { (*least).map(|l| l.min(free)) } else { Some(free) };
    }

    fn holds(&self, instance: &Instance, pool: usize) -> u64 {
        let (own, units) = stocked(&self.plan.region, instance.kind);
        let economical = State::Stopped { effective: StoppedMode::StopCharging };
        let draws = own.is_some_and(|own| own.index() == pool);
        if draws && instance.state != economical && instance.state != State::Released {
            u64::from(units)
        } else {
            0
        }
    }

    fn close(mut self) -> Account {
        let horizon = self.plan.horizon;
        for place in 0..self.instances.len() {
            self.book(horizon, place);
            self.give_up(horizon, place);
            let Instance { state, accepted, .. } = self.instances[place];
            let Some(accepted) = accepted else { continue };
            let Account { starts, stops, .. } = &mut self.account;
            let spans = if matches!(state, State::Starting { .. }) { starts } else { stops };
            spans.never += 1;
            spans.never_us += u128::from((horizon - accepted).as_micros());
        }
        self.account.places.pass(self.plan, horizon);
        for pool in 0..self.free.len() {
            if let Some((free, since)) = self.free[pool] {
                self.account.free_area[pool] += u128::from(free) * self.span(since, horizon);
            }
        }
        self.account
    }
}

fn type_of(region: &RegionSpec, kind: usize) -> TypeId {
    region.kind(KindId::at(kind)).instance_type
}

/// What one instance takes from which pool.
fn stocked(region: &RegionSpec, kind: usize) -> (Option<PoolId>, u32) {
    match region.groups.get(kind) {
        Some(group) => (group.pool, group.units),
        None => {
            let row = &region.further[kind - region.groups.len()];
            (row.pool, row.units)
        }
    }
}

fn wanted_at_first(plan: &Plan, id: u32) -> bool {
    let demand = plan.demands.iter().find(|d| d.instances.iter().any(|r| r.contains(&id)));
    let requested = |c: &stopsim::controller::policy::Controller| {
        c.is_demand && c.instances.iter().any(|instance| instance.0 == id)
    };
    match demand {
        Some(demand) => demand.initially,
        None => !plan.controllers.iter().any(requested),
    }
}

fn kind(instance: &Instance, billed: BilledState) -> Kind {
    let going_up =
        matches!(instance.state, State::Running | State::Starting { .. } | State::Rebooting { .. });
    if instance.beside {
        return Kind::Beside;
    }
    match (instance.wanted, billed, instance.state) {
        (true, _, State::Running) if instance.ready => Kind::Up,
        (true, ..) if going_up => Kind::Boot,
        (true, ..) => Kind::Down,
        (false, BilledState::StoppedEconomical | BilledState::Released, _) => Kind::Intended,
        (false, BilledState::Suspended, _) => Kind::Arrears,
        (false, _, State::Stopped { .. } | State::Pending) => Kind::Forgone,
        (false, ..) => Kind::Missed,
    }
}

/// What a state is billed as, by the words of the knobs.
fn billed_as(state: State, region: &RegionSpec) -> BilledState {
    let pauses_at_once = region.knobs.billing_pause_at.name() == "stopping";
    let resumes_late = region.knobs.billing_resume_at.name() == "running";
    let economical = StoppedMode::StopCharging;
    match state {
        State::Pending => BilledState::Pending,
        State::Released => BilledState::Released,
        State::Rebooting { .. } | State::Deleting => BilledState::Running,
        State::Stopped { effective } if effective == economical => BilledState::StoppedEconomical,
        State::Stopped { .. } => BilledState::StoppedStandard,
        State::Stopping { effective } if effective == economical && pauses_at_once => {
            BilledState::StoppedEconomical
        }
        State::Starting { from } if from == economical && resumes_late => {
            BilledState::StoppedEconomical
        }
        State::Starting { .. } | State::Running | State::Stopping { .. } => BilledState::Running,
    }
}

/// Why no instance of a group can be economical: looked up in the group itself.
pub fn is_eligible(region: &RegionSpec, group: &GroupSpec, as_type: TypeId) -> bool {
    let kind = &region.types[as_type.index()].name;
    group.charge == ChargeType::PayAsYouGo
        && group.network == Network::Vpc
        && !group.local_storage
        && !group.persistent_memory
        && !["ecs.i2.", "ecs.re6p.", "ecs.d2s."].iter().any(|family| kind.starts_with(family))
}

/// Whether a component costs something in a state.
pub fn is_paid(component: Component, state: BilledState, region: &RegionSpec) -> bool {
    let unpaid = [BilledState::Pending, BilledState::Released, BilledState::Suspended];
    if unpaid.contains(&state) {
        return false;
    }
    if state != BilledState::StoppedEconomical {
        return true;
    }
    match component {
        Component::SystemDisk | Component::DataDisks | Component::Eip | Component::Snapshots => {
            true
        }
        Component::Compute => false,
        Component::Licence => region.knobs.image_licence_in_economical.name() == "billed",
        Component::StaticBandwidth => region.knobs.static_ip.name() == "kept",
    }
}

/// Nano-units times µs per hour: what money is before it is rounded.
pub const ROUNDING: i128 = 3_600_000_000;

/// Money of the whole account, of the groups that are paid by the second.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Lines of the invoice, each rounded down: baseline and actual.
    pub lines: BTreeMap<(usize, Component, BilledState), (i128, i128)>,
    /// What follows is not rounded at all.
    pub intended: i128,
    pub involuntary: i128,
    pub forgone: i128,
    pub missed: i128,
    /// What other types cost more than groups' own, each line rounded down on both sides.
    pub policy_cost: i128,
    pub reachable: i128,
    /// Not billed in arrears, each line rounded down.
    pub arrears: i128,
    /// What subscriptions would cost, each line rounded down.
    pub subscription: i128,
    /// Intended savings, each cell rounded down.
    pub intended_rounded: i128,
}

impl Account {
    /// Instance-microseconds of a group in a billed state, of some kinds.
    pub fn of(&self, group: usize, state: BilledState, kinds: &[Kind]) -> u128 {
        let cell = |kind: &Kind| self.time.get(&(group, state, *kind)).copied().unwrap_or(0);
        kinds.iter().map(cell).sum()
    }

    /// Money, component by component.
    pub fn money(&self, region: &RegionSpec) -> Sums {
        let mut sums = Sums::default();
        let own = (0..region.groups.len()).map(|place| (place, place, region.groups[place].rates));
        let further = region.further.iter().enumerate();
        let further =
            further.map(|(n, row)| (region.groups.len() + n, row.group.index(), row.rates));
        for (place, group, rates) in own.chain(further) {
            for component in Component::ALL {
                let nanos = |rates: &Rates| i128::from(rates.of(component).as_nanos());
                let of = (nanos(&region.groups[group].rates), nanos(&rates));
                let spot = region.groups[group].spot.is_some() && component == Component::Compute;
                if of != (0, 0) || spot {
                    let there = |state: &BilledState| *state != BilledState::Released;
                    for state in BilledState::ALL.into_iter().filter(there) {
                        self.line(&mut sums, region, (place, component, state), (group, of));
                    }
                }
            }
        }
        sums
    }

    fn line(
        &self,
        sums: &mut Sums,
        region: &RegionSpec,
        line: (usize, Component, BilledState),
        (group, (rate, actual)): (usize, (i128, i128)),
    ) {
        use Kind::{Arrears, Beside, Boot, Down, Forgone, Intended, Missed, Up};
        let (place, component, state) = line;
        let spot = region.groups[group].spot.is_some() && component == Component::Compute;
        let cell = |kind: &Kind| self.spot.get(&(place, state, *kind)).copied().unwrap_or(0);
        let cost_at = |rate: i128, kinds: &[Kind]| match spot {
            true => kinds.iter().map(cell).sum::<i128>(),
            false => rate * self.of(place, state, kinds) as i128,
        };
        let cost = |kinds: &[Kind]| cost_at(rate, kinds);
        let always_on = [Up, Boot, Down, Intended, Forgone, Missed, Arrears];
        let there = [Up, Boot, Down, Intended, Forgone, Missed, Arrears, Beside];
        let exact = cost(&always_on);
        let all = exact.div_euclid(ROUNDING);
        let billed = cost_at(actual, &there).div_euclid(ROUNDING);
        if region.groups[group].charge == ChargeType::Subscription {
            sums.subscription += cost(&there).div_euclid(ROUNDING);
            return;
        }
        if state == BilledState::Suspended {
            if exact != 0 {
                sums.lines.insert(line, (all, 0));
                sums.arrears += all;
            }
            return;
        }
        if state == BilledState::Pending {
            sums.lines.insert(line, (0, 0));
            return;
        }
        let paid = is_paid(component, state, region);
        sums.lines.insert(line, (all, if paid { billed } else { 0 }));
        sums.policy_cost += if paid { billed - all } else { 0 };
        let mut bound = 0;
        if !paid {
            sums.intended += cost(&[Intended]);
            sums.intended_rounded += cost(&[Intended]).div_euclid(ROUNDING);
            sums.involuntary += cost(&[Up, Boot, Down]);
            bound += cost(&[Intended]);
        }
        if !is_paid(component, BilledState::StoppedEconomical, region) {
            sums.forgone += cost(&[Forgone]);
            sums.missed += cost(&[Missed]);
            bound += cost(&[Forgone, Missed]);
        }
        let as_type = match place.checked_sub(region.groups.len()) {
            None => region.groups[group].instance_type,
            Some(place) => region.further[place].instance_type,
        };
        if is_eligible(region, &region.groups[group], as_type) {
            sums.reachable += bound;
        }
    }
}

pub const HOUR: u64 = 3_600_000_000;

/// What commitments come to: the cost of each, and what each group has covered, rounded down, had
/// nothing been stopped, with intended stops alone, as it was without what the policy brought, and as
/// it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Covered {
    pub cost: i128,
    pub for_policy: bool,
    pub amounts: [i128; 4],
}

impl Account {
    /// Every hour on its own, instance by instance; runs begin with a clock hour here.
    pub fn commitments(&self, plan: &Plan) -> Vec<Covered> {
        let region = &plan.region;
        if region.commitments.is_empty() {
            return vec![];
        }
        let (from, until) = (plan.warm_up.as_micros(), plan.horizon.as_micros());
        let rates: Vec<i128> =
            region.groups.iter().map(|g| g.rates.compute.as_nanos().into()).collect();
        let mut sums = vec![vec![[0i128; 4]; region.groups.len()]; region.commitments.len()];
        for hour in from / HOUR..until.div_ceil(HOUR) {
            let (begin, end) = ((hour * HOUR).max(from), ((hour + 1) * HOUR).min(until));
            for world in 0..4 {
                let mut open = self.hour(region, world, begin, end);
                let there = |one: &&Commitment| world == 3 || !one.for_policy;
                let all = region.commitments.iter().zip(&mut sums);
                for (commitment, sum) in all.filter(|(one, _)| there(one)) {
                    promise(
                        commitment,
                        &rates,
                        i128::from(end - begin),
                        &mut open,
                        |group, amount| {
                            sum[group][world] += amount;
                        },
                    );
                }
            }
        }
        let line = |(commitment, sum): (&Commitment, &Vec<[i128; 4]>)| Covered {
            cost: (i128::from(commitment.cost.as_nanos()) * i128::from(until - from))
                .div_euclid(ROUNDING),
            for_policy: commitment.for_policy,
            amounts: [0, 1, 2, 3]
                .map(|world| sum.iter().map(|s| s[world].div_euclid(ROUNDING)).sum()),
        };
        region.commitments.iter().zip(&sums).map(line).collect()
    }

    /// What compute of each group costs in an hour, in one of four worlds.
    fn hour(&self, region: &RegionSpec, world: usize, begin: u64, end: u64) -> Vec<i128> {
        let mut open = vec![0; region.groups.len()];
        for &Span { place: group, billed, kind, from, to, .. } in &self.spans {
            let paid = is_paid(Component::Compute, billed, region);
            let there = paid || billed == BilledState::StoppedEconomical;
            let counts = match world {
                _ if !there || world < 3 && kind == Kind::Beside => false,
                0 => true,
                1 => paid || kind != Kind::Intended,
                _ => paid,
            };
            let overlap = to.min(end).saturating_sub(from.max(begin));
            // What is of another type than its group's own is past its groups' places.
            let Some(own) = region.groups.get(group) else { continue };
            if counts && own.charge == ChargeType::PayAsYouGo {
                let rate = i128::from(own.rates.compute.as_nanos());
                open[group] += rate * i128::from(overlap);
            }
        }
        open
    }
}

fn promise(
    commitment: &Commitment,
    rates: &[i128],
    span: i128,
    open: &mut [i128],
    mut covers: impl FnMut(usize, i128),
) {
    match &commitment.covers {
        Coverage::SavingsPlan(shares) => {
            let mut purse = i128::from(commitment.cost.as_nanos()) * span;
            for (group, share) in shares {
                let (num, den) = (i128::from(share.num()), i128::from(share.den()));
                let most = (purse * den).div_euclid(num);
                let amount = open[group.index()].min(most);
                let price = -(-amount * num).div_euclid(den);
                purse = if amount < open[group.index()] { 0 } else { purse - price };
                open[group.index()] -= amount;
                covers(group.index(), amount);
            }
        }
        Coverage::Reserved { units, takes } => {
            let mut held = i128::from(*units) * span;
            for (group, each) in takes {
                let rate = rates[group.index()];
                if rate > 0 {
                    let micros = (held / i128::from(*each)).min(open[group.index()] / rate);
                    held -= micros * i128::from(*each);
                    open[group.index()] -= micros * rate;
                    covers(group.index(), micros * rate);
                }
            }
        }
    }
}
