//! Pools of stock: which group draws on which, and what others do to it.

use crate::cloud::plan::{
    PoolPlan, RecordedRequest, RecordedTenants, StockChange, StockStep, Tenants,
};
use crate::controller::policy::{Controller, Drive, Want};
use crate::ecs::capacity::{Overfull, Placement, public_at_zero};
use crate::ecs::id::{PoolId, TypeId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::inventory::{PoolSpec, StockSpec};
use crate::ecs::spec::Initially;
use crate::engine::Identity;
use crate::fact::Action;
use crate::scenario::decode::{At, Decode};
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Entry, OthersTrace, Pool, REQUEST_MAX, Root, STOCK_MAX, StockTrace};
use crate::scenario::rows::stream_columns;
use crate::scenario::value::{Choice, Count, StockColumn, StockUnit, WhenShort};
use crate::units::{SimDuration, SimTime};

use super::fleet::{Fleet, Placed};
use super::neighbours::Sweep;
use super::stocks::Drawers;
use super::windows::{at, instant};
use super::{
    Time, Work, capacity, controllers, cost, demands, groups, list, names, place_of, section,
};

/// The pools of a plan.
#[derive(Default)]
pub(super) struct Built {
    /// For the region.
    pub specs: Vec<PoolSpec>,
    /// For the world.
    pub plans: Vec<PoolPlan>,
    /// Per group: its pool, and what one of its instances takes from it.
    pub of_groups: Vec<(Option<PoolId>, u32)>,
}

/// Every pool, and who draws on it.
pub(super) fn pools(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    groups: &[groups::Built],
    controllers: &controllers::Built,
    capacities: &capacity::Built,
) -> Built {
    let root = work.root;
    let entries = list(&root.pool);
    let mut built = Built::default();
    let drawers = Drawers::of(fleet);
    for entry in entries {
        check_kinds(work, fleet, &drawers, entry);
    }
    let needy = needy(root, groups, controllers);
    for (group, needs_stock) in groups.iter().zip(needy) {
        let Some((_, placed)) = fleet.group(&group.spec.name) else { continue };
        let at = placed.entry.value.r#type.place;
        let must = match group.spec.placement {
            Placement::Public | Placement::OpenPools => needs_stock,
            Placement::Target(_) => false,
            Placement::Hosts { .. } => {
                built.of_groups.push((None, 0));
                continue;
            }
        };
        let own = of_type(work, fleet, placed, placed.instance_type, placed.vcpus, at, must);
        built.of_groups.push(own);
    }
    let public = in_public(work, fleet, groups, capacities);
    let ours = held(&built.of_groups, &public, capacities, entries.len());
    for (entry, ours) in entries.iter().zip(ours) {
        let Some((plan, free)) = pool(work, time, entry, ours) else { continue };
        let zone = fleet.zone(&entry.value.zone.value.0).expect("a pool's zone is known by now");
        let unit = match entry.value.unit.value {
            StockUnit::Vcpu => "vCPU",
            StockUnit::Instance => "instance",
        };
        let stock = free.map_or(StockSpec::Unlimited, |free| StockSpec::Limited { free });
        built.specs.push(PoolSpec {
            name: entry.name.clone(),
            zone,
            unit: unit.into(),
            stock,
            low_stock_threshold: entry
                .value
                .low_stock_threshold
                .as_ref()
                .map_or(0, |at| at.value.0),
            short_together: None,
        });
        built.plans.push(plan);
    }
    built
}

/// A pool is of one family or of some types, never of both.
fn check_kinds(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    drawers: &Drawers<'_>,
    entry: &Entry<Pool>,
) {
    let pool = &entry.value;
    let keys = [("family", place_of(&pool.family)), ("types", place_of(&pool.types))];
    if !work.one_of(entry.place, "which types draw on the pool", &keys) {
        return;
    }
    if !drawers.draw_on(pool) && fleet.groups.len() == fleet.group_names.len() {
        work.note(format!("pool {}: no group draws on it", entry.name));
    }
}

/// The pool that a group draws on as a type, and how much one instance takes from it; none is a
/// problem where one must be.
pub(super) fn of_type(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    placed: &Placed<'_>,
    of: TypeId,
    vcpus: Option<u32>,
    at: Place,
    must: bool,
) -> (Option<PoolId>, u32) {
    let root = work.root;
    let entries = list(&root.pool);
    let pool = pool_of(work, fleet, entries, placed, of);
    if pool.is_none() && must && entries.len() == names(&root.pool).len() {
        missing_pool(work, fleet, placed, (of, vcpus), at);
    }
    let name = &fleet.types[of.index()].name;
    let units = pool.map_or(0, |place| units_of(work, &entries[place], name, vcpus, at));
    (pool.map(PoolId::at), units)
}

/// The one pool a group draws on as a type; two are a problem.
fn pool_of(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    entries: &[Entry<Pool>],
    placed: &Placed<'_>,
    of: TypeId,
) -> Option<usize> {
    let (zone, kind) = (&placed.entry.value.zone.value.0, &fleet.types[of.index()]);
    let (first, second) = fleet.stocks.first_two(zone, kind);
    let one = &entries[first?];
    if let Some(other) = second.map(|place| &entries[place]) {
        let message = format!(
            "group `{}` draws on both `{}` and `{}`",
            placed.entry.name, one.name, other.name
        );
        let problem = Problem::new(other.place, message).related(one.place, "the other pool");
        work.problem(problem.expected("expected one pool for a type in a zone"));
    }
    first
}

/// Of which groups it matters how much stock there is: someone may stop them in economical mode, or
/// ask for an instance or a type anew.
fn needy(root: &Root, groups: &[groups::Built], controllers: &controllers::Built) -> Vec<bool> {
    let economical = Initially::Stopped(StoppedMode::StopCharging);
    let account = section(&root.account);
    let by_default = account.is_some_and(|account| {
        let changes = account.changes.as_ref().map_or(&[][..], |at| &at.value);
        account.economical_default.value || changes.iter().any(|one| one.economical_default.value)
    });
    let in_arrears = account.is_some_and(|account| account.arrears.is_some());
    let list = controllers.list.iter();
    let taking: Vec<bool> =
        list.map(|one| in_arrears || takes_stock(&one.controller, by_default)).collect();
    let mut sweep = Sweep::over(&demands::Built::default(), controllers);
    let needs_stock = |group: &groups::Built| {
        let first = group.spec.first.0;
        let mut needs = group.spec.initially.ways().any(|way| way == economical);
        sweep.each(first..first + group.spec.count, |neighbours| {
            needs |= neighbours.controllers.iter().any(|place| {
                let replaces = controllers.list[*place].controller.replace.is_some();
                taking[*place] || group.spec.spot.is_some() || replaces && group.spec.reserve > 0
            });
        });
        group.is_eligible && needs
    };
    groups.iter().map(needs_stock).collect()
}

/// Whether what a controller does may make an instance look for stock, whatever group it is of.
fn takes_stock(controller: &Controller, by_default: bool) -> bool {
    let stops = match &controller.drive {
        Drive::Edges { acts, .. } => acts.includes(Action::Stop),
        Drive::Watch { acts, want, .. } => acts.includes(Action::Stop) && *want != Want::Running,
        Drive::Listed(rows) => rows.iter().any(|row| row.action == Action::Stop),
        Drive::Poisson { .. } => true,
        Drive::OnStopped { .. } => false,
        // In which mode it stops, a program says itself.
        Drive::Client { .. } => return true,
    };
    let mode = controller.stop.mode.map_or(by_default, |mode| mode == StoppedMode::StopCharging);
    let tries = controller.stop.dry_run || controller.stop.hibernate;
    let changes = controller.change.is_some() || controller.no_stock.fallback.is_some();
    (stops && mode && !tries) || changes
}

fn missing_pool(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    placed: &Placed<'_>,
    (of, vcpus): (TypeId, Option<u32>),
    at: Place,
) {
    let kind = &fleet.types[of.index()];
    let group = &placed.entry.value;
    let message = format!("no pool is described for {} in {}", kind.family, group.zone.value.0);
    let problem = Problem::new(at, message);
    let problem = problem.expected("instances that stop in economical mode give back their stock");
    let problem = problem.hint(format!(
        "describe it: [[pool]] name = \"…\", zone = \"{}\", family = \"{}\", free = … \
         (or stock = \"unlimited\", and restart risk is not modelled)",
        group.zone.value.0, kind.family
    ));
    work.problem(match vcpus {
        Some(_) => problem,
        None => problem.hint(format!(
            "a pool counts vCPUs, and those of {0} are not known: add [[type]] name = \"{0}\", \
             vcpus = … (or unit = \"instance\" to the pool)",
            kind.name
        )),
    });
}

fn units_of(
    work: &mut Work<'_, '_>,
    pool: &Entry<Pool>,
    name: &str,
    vcpus: Option<u32>,
    at: Place,
) -> u32 {
    match (pool.value.unit.value, vcpus) {
        (StockUnit::Instance, _) => 1,
        // Nobody counts what has no end.
        (StockUnit::Vcpu, None) if pool.value.stock.is_some() => 1,
        (StockUnit::Vcpu, Some(vcpus)) => vcpus,
        (StockUnit::Vcpu, None) => {
            let message = format!("how many vCPUs {name} has is not known");
            let problem = Problem::new(at, message);
            let problem = problem.related(pool.place, "this pool counts vCPUs");
            work.problem(problem.hint(format!("add [[type]] name = \"{name}\", vcpus = …")));
            0
        }
    }
}

/// Per group, how many instances hold compute in the public pool at the beginning.
fn in_public(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    groups: &[groups::Built],
    capacities: &capacity::Built,
) -> Vec<u32> {
    let specs = groups.iter().map(|group| &group.spec);
    match public_at_zero(&capacities.specs, specs, &fleet.types) {
        Ok(public) => public,
        Err(Overfull { group, capacity }) => {
            if let Some((_, placed)) = fleet.group(&groups[group.index()].spec.name) {
                capacities.overfull(work, placed, capacity);
            }
            vec![0; groups.len()]
        }
    }
}

/// What the fleet holds of each pool at the beginning, and what is reserved of it.
fn held(
    of_groups: &[(Option<PoolId>, u32)],
    public: &[u32],
    capacities: &capacity::Built,
    pools: usize,
) -> Vec<u64> {
    let mut held = vec![0; pools];
    for ((pool, units), public) in of_groups.iter().zip(public) {
        if let Some(pool) = pool {
            held[pool.index()] += u64::from(*public) * u64::from(*units);
        }
    }
    for (pool, units) in capacities.specs.iter().filter_map(|spec| spec.reserved(spec.units)) {
        held[pool.index()] += units;
    }
    held
}

/// What others do to a pool, and what is free at the beginning (nothing said: unlimited).
fn pool(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    entry: &Entry<Pool>,
    ours: u64,
) -> Option<(PoolPlan, Option<u64>)> {
    let pool = &entry.value;
    if let Some(others) = &pool.others {
        let per_hour = &others.value.per_hour;
        let hold = others.value.hold.value.built();
        cost::tenants(work, time, (&per_hour.value.0, hold), per_hour.place);
    }
    let tenants = pool.others.as_ref().map(|at| {
        let others = &at.value;
        Tenants {
            milli_per_hour: others.per_hour.value.0,
            units: others.units.value.least..others.units.value.most + 1,
            hold: others.hold.value.built().clone(),
            waits: others.when_short.value == WhenShort::Waits,
        }
    });
    let mut steps = steps(work, time, pool);
    let traced = pool.trace.as_ref().map(|trace| traced(work, time, trace));
    let from_trace = match &traced {
        Some(rows) => rows.first().filter(|step| step.at == SimTime::ZERO).copied(),
        None => None,
    };
    let free = beginning(work, entry, ours, from_trace);
    steps.extend(traced.into_iter().flatten());
    steps.sort_by_key(|step| step.at);
    let recorded = pool.others_trace.as_ref().map(|trace| recorded(work, time, trace));
    let total = pool.total.as_ref().map(|at| at.value.0);
    let identity = Identity::of("pool", &entry.name);
    Some((PoolPlan { identity, total, tenants, recorded, steps }, free?))
}

fn beginning(
    work: &mut Work<'_, '_>,
    entry: &Entry<Pool>,
    ours: u64,
    from_trace: Option<StockStep>,
) -> Option<Option<u64>> {
    let pool = &entry.value;
    if let Some(stock) = &pool.stock {
        let others = [
            ("free", place_of(&pool.free)),
            ("total", place_of(&pool.total)),
            ("others", place_of(&pool.others)),
            ("others_trace", place_of(&pool.others_trace)),
            ("steps", place_of(&pool.steps)),
            ("trace", place_of(&pool.trace)),
        ];
        for (key, place) in others {
            if let Some(place) = place {
                let problem = Problem::new(place, format!("`{key}` of stock without end"));
                work.problem(problem.related(stock.place, "the stock is unlimited"));
            }
        }
        return Some(None);
    }
    let others = place_of(&pool.others).or_else(|| place_of(&pool.others_trace));
    if let (Some(trace), Some(others)) = (&pool.trace, others) {
        let problem = Problem::new(others, "`others` as well as `trace`");
        let problem = problem.expected("a trace says what others leave");
        work.problem(problem.related(trace.place, "the trace"));
    }
    if let (Some(others), Some(trace)) = (&pool.others, &pool.others_trace) {
        let problem = Problem::new(trace.place, "`others_trace` as well as `others`");
        let problem = problem.expected("other tenants are recorded or drawn");
        work.problem(problem.related(others.place, "the process"));
    }
    if let (None, None, Some(first)) = (&pool.free, &pool.total, from_trace) {
        return match first.change {
            StockChange::ObtainableTotal(units) => Some(Some(units.saturating_sub(ours))),
            StockChange::ObtainableMore(units) => Some(Some(units)),
            StockChange::Total(_) | StockChange::Others(_) => None,
        };
    }
    let keys = [("stock", None), ("free", place_of(&pool.free)), ("total", place_of(&pool.total))];
    if !work.one_of(entry.place, "how much stock there is at the beginning", &keys) {
        return None;
    }
    match (&pool.free, &pool.total) {
        (Some(free), _) => Some(Some(free.value.0)),
        (None, Some(total)) => match total.value.0.checked_sub(ours) {
            Some(free) => Some(Some(free)),
            None => {
                let message = format!(
                    "a total of {} starts below the {ours} that the fleet holds",
                    total.value.0
                );
                let problem = Problem::new(total.place, message);
                work.problem(problem.expected(format!("expected at least {ours}")));
                None
            }
        },
        (None, None) => None,
    }
}

fn steps(work: &mut Work<'_, '_>, time: Option<&Time>, pool: &Pool) -> Vec<StockStep> {
    let mut steps = vec![];
    for step in pool.steps.as_ref().map_or(&[][..], |at| &at.value) {
        let keys = [("total", place_of(&step.total)), ("others", place_of(&step.others))];
        if !work.one_of(step.at.place, "what changes", &keys) {
            continue;
        }
        let change = match (&step.total, &step.others) {
            (Some(total), _) => StockChange::Total(total.value.0),
            (None, Some(others)) => StockChange::Others(others.value.0),
            (None, None) => continue,
        };
        let Some(time) = time else { continue };
        let problems = &mut work.context.problems;
        if let Some(at) = at(step.at.value, step.at.place, time, problems)
            && at < time.horizon
        {
            steps.push(StockStep { at, change });
        }
    }
    steps
}

/// The rows of a recorded path before the horizon.
fn traced(work: &mut Work<'_, '_>, time: Option<&Time>, trace: &At<StockTrace>) -> Vec<StockStep> {
    let Some(time) = time else { return vec![] };
    let column = trace.value.column.value;
    let words = StockColumn::words();
    let name = words.iter().find(|(_, value)| *value == column).map_or("", |(word, _)| word);
    let mut steps: Vec<StockStep> = vec![];
    let csv = &trace.value.csv;
    stream_columns(
        ["at", name],
        &csv.value.0,
        csv.place,
        work.context,
        |row, [when, value], problems| {
            let at = instant(row.text(when), row.place(when), time, problems);
            let units = Count::<0, STOCK_MAX>::decode(&row.node(value), problems);
            let Some((at, units)) = at.zip(units) else { return };
            if steps.last().is_some_and(|last| at < last.at) {
                problems.push(Problem::new(row.whole(), "it is earlier than the row before it"));
                return;
            }
            let change = match column {
                StockColumn::ObtainableTotal => StockChange::ObtainableTotal(units.0),
                StockColumn::ObtainableMore => StockChange::ObtainableMore(units.0),
            };
            if at < time.horizon {
                steps.push(StockStep { at, change });
            }
        },
    );
    steps
}

/// The recorded requests of other tenants before the horizon.
fn recorded(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    trace: &At<OthersTrace>,
) -> RecordedTenants {
    let waits = trace.value.when_short.value == WhenShort::Waits;
    let mut requests: Vec<RecordedRequest> = vec![];
    let Some(time) = time else { return RecordedTenants { requests, waits } };
    let csv = &trace.value.csv;
    stream_columns(
        ["at", "units", "hold"],
        &csv.value.0,
        csv.place,
        work.context,
        |row, [when, units, hold], problems| {
            let at = instant(row.text(when), row.place(when), time, problems);
            let units = Count::<1, REQUEST_MAX>::decode(&row.node(units), problems);
            let hold = SimDuration::decode(&row.node(hold), problems);
            let Some(((at, units), hold)) = at.zip(units).zip(hold) else { return };
            if requests.last().is_some_and(|last| at < last.at) {
                let problem = Problem::new(row.whole(), "it is earlier than the row before it");
                problems.push(problem.expected("expected rows in order of time"));
            } else if at < time.horizon {
                requests.push(RecordedRequest { at, units: units.0, hold });
            }
        },
    );
    RecordedTenants { requests, waits }
}
