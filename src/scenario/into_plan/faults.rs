//! Faults: what goes wrong with calls, with work, with stock.

use std::collections::BTreeMap;

use crate::ecs::id::PoolId;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::engine::Identity;
use crate::fault::rule::{
    CallEffect, CallFault, EnvironmentEffect, EnvironmentFault, Scope, WorkEffect, WorkFault,
};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{
    CallFaultEntry, Entry, EnvironmentFaultEntry, WorkFaultEntry, ZoneShock,
};
use crate::scenario::value::{HttpRefusal, Name, TextValue, WorkStall};

use super::fleet::{Fleet, ranges};
use super::named::{self, Groups};
use super::windows::window;
use super::{Time, Work, list, names, place_of, written};

/// Most rules of one list.
pub const RULES_MAX: usize = 65_535;

/// The three lists.
#[derive(Default)]
pub(super) struct Built {
    /// With calls.
    pub calls: Vec<CallFault>,
    /// With work under way.
    pub work: Vec<WorkFault>,
    /// With stock: zone shocks first, then faults, in file order.
    pub environment: Vec<EnvironmentFault>,
}

/// Every rule, as far as it could be read.
pub(super) fn faults(work: &mut Work<'_, '_>, time: Option<&Time>, fleet: &Fleet<'_>) -> Built {
    let root = work.root;
    let mut built = Built::default();
    for entry in list(&root.call_fault) {
        built.calls.extend(call_fault(work, time, fleet, entry));
    }
    for entry in list(&root.work_fault) {
        built.work.extend(work_fault(work, time, fleet, entry));
    }
    let pools = pools_by_zone(work);
    for entry in list(&root.zone_shock) {
        built.environment.extend(zone_shock(work, time, &pools, entry));
    }
    for entry in list(&root.environment_fault) {
        built.environment.extend(environment_fault(work, time, entry));
    }
    for count in [built.calls.len(), built.work.len(), built.environment.len()] {
        if count > RULES_MAX {
            let whole = work.context.main_place();
            work.problem(Problem::new(whole, format!("more than {RULES_MAX} rules in a list")));
        }
    }
    built
}

/// The keys of a rule's scope.
struct Scoped<'a> {
    operations: Option<&'a At<Vec<OperationName>>>,
    zones: &'a Option<At<Vec<At<Name>>>>,
    groups: &'a Groups,
    instances: &'a Option<At<Vec<At<Name>>>>,
    controllers: &'a Option<At<Vec<At<Name>>>>,
}

fn scope(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, keys: &Scoped<'_>) -> Scope {
    let mut scope =
        Scope { operations: keys.operations.map(|at| at.value.clone()), ..Scope::default() };
    if keys.zones.is_some() {
        let mut zones = vec![];
        for (name, place) in written(keys.zones) {
            match fleet.zone(name) {
                Some(zone) => zones.push(zone),
                None => {
                    let problem = Problem::new(place, format!("nothing is in zone `{name}`"));
                    let known = fleet.zones.iter().map(String::as_str);
                    let expected = "expected the zone of a group or pool";
                    work.problem(problem.expected(expected).did_you_mean(name, known));
                }
            }
        }
        scope.zones = Some(zones);
    }
    if keys.groups.is_some() {
        scope.groups = Some(named::groups(work, fleet, keys.groups));
    }
    if keys.instances.is_some() {
        scope.instances = Some(ranges(work, fleet, &None, keys.instances));
    }
    if keys.controllers.is_some() {
        let known = names(&work.root.controller);
        let mut controllers = vec![];
        for (name, place) in written(keys.controllers) {
            if work.refer(name, place, "controller", known) {
                let found = super::entry(&work.root.controller, name);
                controllers.extend(found.and_then(|(place, _)| u16::try_from(place).ok()));
            }
        }
        scope.controllers = Some(controllers);
    }
    scope
}

/// A mark such as `lose_answer = true`; `false` is as good as nothing.
fn mark(at: &Option<At<bool>>) -> Option<Place> {
    at.as_ref().filter(|at| at.value).map(|at| at.place)
}

fn call_fault(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<CallFaultEntry>,
) -> Option<CallFault> {
    let raw = &entry.value;
    let keys = Scoped {
        operations: raw.operations.as_ref(),
        zones: &raw.zones,
        groups: &raw.groups,
        instances: &raw.instances,
        controllers: &raw.controllers,
    };
    let mut scope = scope(work, fleet, &keys);
    let when = window(work, time, &raw.window);
    let effect = call_effect(work, entry, &mut scope);
    Some(CallFault {
        name: entry.name.clone(),
        identity: Identity::of("call_fault", &entry.name),
        when: when?,
        scope,
        probability: raw.probability.value.0,
        draw_per: raw.draw_per.value,
        effect: effect?,
    })
}

fn call_effect(
    work: &mut Work<'_, '_>,
    entry: &Entry<CallFaultEntry>,
    scope: &mut Scope,
) -> Option<CallEffect> {
    let raw = &entry.value;
    let keys = [
        ("refuse", place_of(&raw.refuse)),
        ("apply_then_refuse", place_of(&raw.apply_then_refuse)),
        ("lose_answer", mark(&raw.lose_answer)),
        ("late_answer", place_of(&raw.late_answer)),
        ("duplicate", place_of(&raw.duplicate)),
        ("slow_answer", place_of(&raw.slow_answer)),
        ("stale_read", place_of(&raw.stale_read)),
        ("missing_read", mark(&raw.missing_read)),
    ];
    if !work.one_of(entry.place, "what goes wrong", &keys) {
        return None;
    }
    if let Some(at) = &raw.refuse {
        return refusal(work, at, scope).map(CallEffect::Refuse);
    }
    if let Some(at) = &raw.apply_then_refuse {
        return refusal(work, at, scope).map(CallEffect::ApplyThenRefuse);
    }
    if let Some(at) = &raw.late_answer {
        return Some(CallEffect::LateAnswer(at.value.0));
    }
    if let Some(at) = &raw.duplicate {
        return Some(CallEffect::Duplicate(at.value.0));
    }
    if let Some(at) = &raw.slow_answer {
        return Some(CallEffect::SlowAnswer(at.value.0));
    }
    if let Some(at) = &raw.stale_read {
        return of_reads(work, at.place, scope).then_some(CallEffect::StaleRead(at.value.0));
    }
    if let Some(place) = mark(&raw.missing_read) {
        return of_reads(work, place, scope).then_some(CallEffect::MissingRead);
    }
    Some(CallEffect::LoseAnswer)
}

/// Only a read can be stale or miss something: the scope is narrowed to reads, or is one of reads
/// already.
fn of_reads(work: &mut Work<'_, '_>, place: Place, scope: &mut Scope) -> bool {
    let reads = || OperationName::ALL.iter().copied().filter(|o| o.shows_status()).collect();
    let operations: &Vec<OperationName> = scope.operations.get_or_insert_with(reads);
    let writes = operations.iter().find(|operation| !operation.shows_status());
    if let Some(operation) = writes {
        let problem = Problem::new(place, format!("{operation} reads nothing"));
        work.problem(problem.expected("expected operations that read"));
    }
    writes.is_none()
}

/// The row of the catalogue that is meant; the scope is narrowed to operations that have it.
fn refusal(work: &mut Work<'_, '_>, at: &At<HttpRefusal>, scope: &mut Scope) -> Option<Refusal> {
    let HttpRefusal { http, code } = &at.value;
    let all = || OperationName::ALL.to_vec();
    let asked = scope.operations.clone().unwrap_or_else(all);
    let find = |operation: OperationName| Refusal::by_code(operation, *http, code);
    let found = asked.iter().find_map(|operation| find(*operation));
    let Some(refusal) = found else {
        work.problem(unknown_refusal(at, &asked));
        return None;
    };
    let lacking = asked.iter().find(|operation| find(**operation) != Some(refusal));
    if let (Some(operation), true) = (lacking, scope.operations.is_some()) {
        let message = format!("{operation} does not answer {}", at.value.print());
        let problem = Problem::new(at.place, message);
        work.problem(problem.expected("expected an answer of every operation of the rule").hint(
            "write one rule per operation: StopInstance and StartInstance spell 503 differently",
        ));
        return None;
    }
    let able = asked.into_iter().filter(|operation| find(*operation) == Some(refusal));
    scope.operations = Some(able.collect());
    Some(refusal)
}

fn unknown_refusal(at: &At<HttpRefusal>, operations: &[OperationName]) -> Problem {
    let rows = Refusal::ALL.iter().map(|refusal| refusal.row());
    let possible: Vec<String> = rows
        .filter(|row| operations.iter().any(|operation| row.operations.contains(operation)))
        .map(|row| format!("{} {}", row.http, row.code))
        .collect();
    let text = at.value.print();
    let of: Vec<&str> = operations.iter().map(|operation| operation.name()).collect();
    let problem = Problem::new(at.place, format!("{} never answers `{text}`", of.join(", ")));
    let problem =
        problem.expected("expected a row of the catalogue, such as \"500 InternalError\"");
    problem
        .hint("`stopsim catalogue` lists every answer")
        .did_you_mean(&text, possible.iter().map(String::as_str))
}

fn work_fault(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<WorkFaultEntry>,
) -> Option<WorkFault> {
    let raw = &entry.value;
    let keys = Scoped {
        operations: raw.operations.as_ref(),
        zones: &raw.zones,
        groups: &raw.groups,
        instances: &raw.instances,
        controllers: &raw.controllers,
    };
    let scope = scope(work, fleet, &keys);
    if let (Some(at), true) = (
        &raw.operations,
        scope.operations.iter().flatten().any(|operation| operation.shows_status()),
    ) {
        let problem = Problem::new(at.place, "a read begins no work");
        work.problem(problem.expected("expected StopInstance, StartInstance or both"));
    }
    let when = window(work, time, &raw.window);
    let effects = [("slow", place_of(&raw.slow)), ("stuck", place_of(&raw.stuck))];
    let effect = match work.one_of(entry.place, "what goes wrong", &effects) {
        false => None,
        true => match (&raw.slow, &raw.stuck) {
            (Some(slow), _) => Some(WorkEffect::Slow(slow.value.0)),
            (None, Some(stuck)) => Some(match stuck.value {
                WorkStall::For(span) => WorkEffect::Stuck(span),
                WorkStall::Forever => WorkEffect::StuckForever,
            }),
            (None, None) => None,
        },
    };
    Some(WorkFault {
        name: entry.name.clone(),
        identity: Identity::of("work_fault", &entry.name),
        when: when?,
        scope,
        probability: raw.probability.value.0,
        draw_per: raw.draw_per.value,
        effect: effect?,
    })
}

fn environment_fault(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    entry: &Entry<EnvironmentFaultEntry>,
) -> Option<EnvironmentFault> {
    let raw = &entry.value;
    let known = names(&work.root.pool);
    let mut pools = vec![];
    for At { value: name, place, .. } in &raw.pools.value {
        if work.refer(&name.0, *place, "pool", known) {
            let found = super::entry(&work.root.pool, &name.0);
            pools.extend(found.map(|(place, _)| PoolId::at(place)));
        }
    }
    let when = window(work, time, &raw.window);
    let effects = [
        ("sold_out", mark(&raw.sold_out)),
        ("stock_loss", place_of(&raw.stock_loss)),
        ("scale", place_of(&raw.scale)),
    ];
    if !work.one_of(entry.place, "what goes wrong", &effects) {
        return None;
    }
    let effect = match (&raw.stock_loss, &raw.scale) {
        (Some(loss), _) => EnvironmentEffect::StockLoss(loss.value.0),
        (None, Some(scale)) => EnvironmentEffect::Scale(scale.value.0),
        (None, None) => EnvironmentEffect::SoldOut,
    };
    Some(EnvironmentFault {
        name: entry.name.clone(),
        identity: Identity::of("environment_fault", &entry.name),
        when: when?,
        pools,
        probability: raw.probability.value.0,
        effect,
    })
}

fn pools_by_zone<'a>(work: &Work<'a, '_>) -> BTreeMap<&'a str, Vec<PoolId>> {
    let mut pools: BTreeMap<&str, Vec<PoolId>> = BTreeMap::new();
    for (place, entry) in list(&work.root.pool).iter().enumerate() {
        pools.entry(&entry.value.zone.value.0).or_default().push(PoolId::at(place));
    }
    pools
}

/// A factor on every pool of a zone.
fn zone_shock(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    pools: &BTreeMap<&str, Vec<PoolId>>,
    entry: &Entry<ZoneShock>,
) -> Option<EnvironmentFault> {
    let raw = &entry.value;
    let zone = &raw.zone.value.0;
    let pools = pools.get(zone.as_str()).cloned().unwrap_or_default();
    if pools.is_empty() {
        let problem = Problem::new(raw.zone.place, format!("there is no pool in zone `{zone}`"));
        let zones = list(&work.root.pool).iter().map(|pool| pool.value.zone.value.0.as_str());
        let expected = "expected the zone of a [[pool]]";
        work.problem(problem.expected(expected).did_you_mean(zone, zones));
    }
    Some(EnvironmentFault {
        name: entry.name.clone(),
        identity: Identity::of("zone_shock", &entry.name),
        when: window(work, time, &raw.window)?,
        pools,
        probability: raw.probability.value.0,
        effect: EnvironmentEffect::Scale(raw.factor.value.0),
    })
}
