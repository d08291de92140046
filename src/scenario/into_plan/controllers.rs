//! Controllers: who acts on whom, driven by what, and how.

mod batch;
mod drive;
mod lifecycle;
mod manner;
mod program;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::controller::defects::Defects;
use crate::controller::policy::{Controller, Drive, Order};
use crate::demand::{Demand, PastEdge};
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::spec::PolicyStatement;
use crate::engine::Identity;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{ControllerEntry, Entry};
use crate::units::SimTime;
use drive::Driven;

use super::fleet::{Fleet, instance, joined};
use super::{Time, Work, demands, list, named, place_of, written};

/// Most controllers of a scenario.
pub const CONTROLLERS_MAX: usize = 65_535;

/// The controllers of a plan.
pub(super) struct Built {
    /// In file order.
    pub list: Vec<One>,
}

/// A controller, and what the plan does not keep of it.
pub(super) struct One {
    /// For the world.
    pub controller: Controller,
    /// Its instances as ranges.
    pub ranges: Vec<Range<u32>>,
    /// Its RAM policy.
    pub policy: Vec<PolicyStatement>,
    /// What its own calendar says of the time before the run.
    pub past: Vec<PastEdge>,
}

/// Every controller, as far as it could be read; one that defines demand adds to the demands.
pub(super) fn controllers(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    demands: &mut demands::Built,
) -> Built {
    check_demand_marks(work, demands);
    let mut built = Built { list: vec![] };
    for entry in list(&work.root.controller) {
        if built.list.len() >= CONTROLLERS_MAX {
            let message = format!("more than {CONTROLLERS_MAX} controllers");
            work.problem(Problem::new(entry.place, message));
            break;
        }
        let caller = CallerId::at(built.list.len());
        if let Some(one) = controller(work, time, fleet, demands, entry, caller) {
            built.list.push(one);
        }
    }
    built
}

/// Without `[[demand]]` one controller may be the demand; with it, none.
fn check_demand_marks(work: &mut Work<'_, '_>, demands: &demands::Built) {
    let marked: Vec<Place> = list(&work.root.controller)
        .iter()
        .filter(|entry| entry.value.demand.value)
        .map(|entry| entry.value.demand.place)
        .collect();
    match marked.as_slice() {
        [] if demands.names.is_empty() => {
            work.note("no demand is described: every instance is wanted always");
        }
        [] => {}
        [one, ..] if !demands.names.is_empty() => {
            let problem = Problem::new(*one, "a controller as demand beside [[demand]]");
            work.problem(problem.expected("demand is described once: by [[demand]]"));
        }
        [_] => {}
        [one, other, ..] => {
            let problem = Problem::new(*other, "two controllers are said to be the demand");
            work.problem(problem.expected("expected one").related(*one, "the other one"));
        }
    }
}

fn controller(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    demands: &mut demands::Built,
    entry: &Entry<ControllerEntry>,
    caller: CallerId,
) -> Option<One> {
    let before = work.context.problems.count();
    let raw = &entry.value;
    let driven = drive::drive(work, time, fleet, demands, entry);
    let drive = driven.as_ref().map(|driven| &driven.drive);
    let instances = instances(work, fleet, demands, entry, drive);
    let ranges = joined(instances.iter().map(|id| id.0..id.0 + 1).collect());
    let identity = Identity::of("controller", &entry.name);
    let past = driven.as_ref().map_or_else(Vec::new, |driven| driven.past.clone());
    let drive = driven.map(|driven| as_demand(work, entry, demands, &ranges, driven));
    let retry = manner::retry(work, raw);
    let wait = manner::wait(work, time, raw);
    let look_first = manner::look_first(raw);
    let (stop, start) = (manner::stop(work, raw), manner::start(work, raw));
    let batch_call = batch::batch_call(work, raw);
    let (reboot, delete) = (lifecycle::reboot(work, raw), lifecycle::delete(work, raw));
    let reactivate = lifecycle::reactivate(work, raw);
    let change = lifecycle::change(work, fleet, entry);
    let policy = manner::policy(raw);
    let pacing = manner::pacing(work, raw);
    let no_stock = manner::no_stock(work, time, fleet, raw);
    let controller = Controller {
        name: entry.name.clone(),
        identity,
        preset: raw.preset.as_ref().map(|at| at.value.0.clone()),
        caller,
        instances,
        order: raw.order.value,
        is_demand: raw.demand.value && is_request_driven(drive.as_ref()),
        drive: drive?,
        stop: stop?,
        start: start?,
        batch_call: batch_call?,
        reboot: reboot?,
        delete: delete?,
        reactivate: reactivate?,
        change: change?,
        replace: lifecycle::replace(entry),
        pacing,
        lead: raw.lead.value,
        retry: retry?,
        look_first,
        timeout: raw.timeout.as_ref().map(|at| at.value.0),
        wait,
        no_stock,
        keep_charging: manner::keep_charging(raw),
        defects: Defects::of(
            raw.defects.iter().flat_map(|at| at.value.iter().map(|one| one.value)),
        ),
    };
    (work.context.problems.count() == before).then_some(One { controller, ranges, policy, past })
}

fn is_request_driven(drive: Option<&Drive>) -> bool {
    match drive {
        Some(Drive::Poisson { .. } | Drive::Listed(_)) => true,
        Some(
            Drive::Edges { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. },
        )
        | None => false,
    }
}

/// A controller marked as the demand, driven by edges, becomes a demand that it follows.
fn as_demand(
    work: &mut Work<'_, '_>,
    entry: &Entry<ControllerEntry>,
    demands: &mut demands::Built,
    ranges: &[Range<u32>],
    driven: Driven,
) -> Drive {
    let Driven { drive, initially, past } = driven;
    if !entry.value.demand.value {
        return drive;
    }
    match drive {
        Drive::Edges { follows: None, edges, acts, absence } => {
            let place = u16::try_from(demands.list.len()).expect("there are no other demands");
            let demand = Demand {
                name: entry.name.clone(),
                identity: Identity::of("demand", &entry.name),
                instances: ranges.to_vec(),
                initially,
                edges: edges.clone(),
            };
            demands.add(work, entry.place, demand, past);
            Drive::Edges { follows: Some(place), edges, acts, absence }
        }
        Drive::Watch { .. } | Drive::OnStopped { .. } | Drive::Client { .. } => {
            let problem = Problem::new(entry.value.demand.place, "this drive wants nothing itself");
            work.problem(problem.expected("expected a schedule or requests"));
            drive
        }
        Drive::Edges { follows: Some(_), .. } | Drive::Poisson { .. } | Drive::Listed(_) => drive,
    }
}

/// The instances in acting order; those of the demand or the requests, if none are named.
fn instances(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
    entry: &Entry<ControllerEntry>,
    drive: Option<&Drive>,
) -> Vec<InstanceId> {
    let raw = &entry.value;
    let groups = named::groups(work, fleet, &raw.groups);
    let ids = groups.into_iter().flat_map(|group| fleet.groups[group.index()].range());
    let ids = ids.map(InstanceId);
    let mut instances: Vec<InstanceId> = ids.collect();
    for (name, place) in written(&raw.instances) {
        instances.extend(instance(work, fleet, name, place));
    }
    if raw.groups.is_none() && raw.instances.is_none() {
        instances = named_by_drive(demands, drive);
        if instances.is_empty() && drive.is_some() {
            let problem = Problem::new(entry.place, "on which instances it acts is not said");
            work.problem(problem.expected("expected groups = [\"…\"] or instances = [\"…\"]"));
        }
    }
    if raw.order.value == Order::Priority {
        let priority = |id: &InstanceId| fleet.group_of(*id).entry.value.priority.value.0;
        instances.sort_by_cached_key(|id| std::cmp::Reverse(priority(id)));
    }
    no_one_twice(work, entry, &instances, fleet);
    instances
}

fn named_by_drive(demands: &demands::Built, drive: Option<&Drive>) -> Vec<InstanceId> {
    match drive {
        Some(
            Drive::Edges { follows: Some(place), .. } | Drive::Client { follows: Some(place), .. },
        ) => {
            let demand = &demands.list[usize::from(*place)];
            demand.instances.iter().cloned().flatten().map(InstanceId).collect()
        }
        Some(Drive::Listed(requests)) => {
            let ids: BTreeSet<InstanceId> = requests.iter().map(|r| r.instance).collect();
            ids.into_iter().collect()
        }
        Some(
            Drive::Edges { follows: None, .. }
            | Drive::Poisson { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { follows: None, .. },
        )
        | None => vec![],
    }
}

fn no_one_twice(
    work: &mut Work<'_, '_>,
    entry: &Entry<ControllerEntry>,
    instances: &[InstanceId],
    fleet: &Fleet<'_>,
) {
    let mut sorted = instances.to_vec();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        let group = &fleet.group_of(pair[0]).entry.name;
        let place = place_of(&entry.value.instances).or_else(|| place_of(&entry.value.groups));
        let message = format!("an instance of group `{group}` is there twice");
        let problem = Problem::new(place.unwrap_or(entry.place), message);
        work.problem(problem.expected("expected each instance once"));
    }
}

/// Where requests lie in the run.
pub(super) fn before_horizon(at: SimTime, time: &Time) -> bool {
    at < time.horizon
}
