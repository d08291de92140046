//! What a reader of a scenario would ask about: it is sound, and hardly meant.
//!
//! Warnings, never problems: a group that nobody stops may be the control group of a comparison.

use std::collections::BTreeSet;

use crate::controller::policy::{Controller, Drive, ListedRequest, Want};
use crate::controller::schedule::moments;
use crate::demand::Demand;
use crate::ecs::id::InstanceId;
use crate::ecs::region::StopJudge;
use crate::ecs::spec::Initially;
use crate::engine::Distribution;
use crate::fact::Action;
use crate::units::{SimDuration, SimTime};

use super::beginnings::mode;
use super::controllers;
use super::demands;
use super::fleet::{Fleet, Placed};
use super::groups;
use super::neighbours::{Neighbours, Sweep};
use super::{Time, Work};

/// Looks at who acts on whom, and says what is odd about it.
pub(super) fn advice(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    (demands, controllers): (&demands::Built, &controllers::Built),
    (groups, judge): (&[groups::Built], Option<StopJudge>),
) {
    let (Some(mut judge), Some(time), 0) = (judge, time, work.context.problems.count()) else {
        return; // of a scenario that is not sound there is more to say first
    };
    let mut sweep = Sweep::over(demands, controllers);
    let listed = Listed::of(controllers);
    for (placed, built) in fleet.groups.iter().zip(groups) {
        let mut odd = Odd::default();
        sweep.each(placed.range(), |neighbours| {
            odd.look_at(neighbours, (demands, controllers), &listed, (placed, built), &mut judge);
        });
        odd.tell(work, placed, demands, controllers);
    }
    for one in &controllers.list {
        too_soon(work, time, fleet, &one.controller, groups);
    }
}

/// Which instances are stopped and started by listed requests, by controller.
struct Listed {
    stops: Vec<BTreeSet<InstanceId>>,
    starts: Vec<BTreeSet<InstanceId>>,
    deletions: Vec<BTreeSet<InstanceId>>,
}

impl Listed {
    fn of(controllers: &controllers::Built) -> Listed {
        let ids = |actions: &[Action]| {
            let of = |one: &controllers::One| {
                let rows = rows(&one.controller).iter();
                rows.filter(|row| actions.contains(&row.action)).map(|row| row.instance).collect()
            };
            controllers.list.iter().map(of).collect()
        };
        Listed {
            stops: ids(&[Action::Stop, Action::Delete]),
            starts: ids(&[Action::Start, Action::Reactivate]),
            deletions: ids(&[Action::Delete]),
        }
    }
}

/// The listed requests of a controller.
fn rows(controller: &Controller) -> &[ListedRequest] {
    match &controller.drive {
        Drive::Listed(rows) => rows,
        Drive::Edges { .. }
        | Drive::Poisson { .. }
        | Drive::Watch { .. }
        | Drive::OnStopped { .. }
        | Drive::Client { .. } => &[],
    }
}

/// How many instances of a group are treated oddly, and by whom.
#[derive(Default)]
struct Odd {
    /// Not wanted at times, and nobody stops them then.
    unstopped: u32,
    /// In no demand, hence wanted always, and stopped.
    undemanded: u32,
    stopped_by: Option<usize>,
    /// Wanted again at times, stopped, and nobody starts them.
    unserved: u32,
    demand: Option<usize>,
}

impl Odd {
    fn look_at(
        &mut self,
        neighbours: &Neighbours<'_>,
        (demands, controllers): (&demands::Built, &controllers::Built),
        listed: &Listed,
        (placed, built): (&Placed<'_>, &groups::Built),
        judge: &mut StopJudge,
    ) {
        let ids = neighbours.range.clone().map(InstanceId);
        let one_by_one = neighbours
            .controllers
            .iter()
            .any(|place| !listed.stops[*place].is_empty() || !listed.starts[*place].is_empty());
        let parts: Vec<(InstanceId, u32)> = match one_by_one {
            true => ids.map(|id| (id, 1)).collect(),
            false => {
                let range = &neighbours.range;
                vec![(InstanceId(range.start), range.end - range.start)]
            }
        };
        let defines = |place: &usize| controllers.list[*place].controller.is_demand;
        for (id, count) in parts {
            let mut about = neighbours.controllers.iter().copied();
            let stops = |place: &usize| {
                let one = &controllers.list[*place];
                (stops(&one.controller) || listed.stops[*place].contains(&id))
                    && (listed.deletions[*place].contains(&id)
                        || mode(judge, controllers, *place, id.0).is_some())
            };
            let stopper = about.clone().find(stops);
            let starter = about.find(|place| {
                starts(&controllers.list[*place].controller) || listed.starts[*place].contains(&id)
            });
            let begins = built.spec.initially.of(id.0 - placed.first);
            let Some(demand) = neighbours.demand else {
                let is_own = neighbours.controllers.iter().any(defines);
                if !is_own && let Some(place) = stopper {
                    self.undemanded += count;
                    self.stopped_by.get_or_insert(place);
                }
                continue;
            };
            let wanted = &demands.list[demand];
            if stopper.is_none() && is_off(wanted) && begins == Initially::Running {
                self.unstopped += count;
            }
            let goes_down = stopper.is_some() || begins != Initially::Running;
            if starter.is_none() && goes_down && comes_on(wanted) {
                self.unserved += count;
                self.demand.get_or_insert(demand);
            }
        }
    }

    fn tell(
        &self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        demands: &demands::Built,
        controllers: &controllers::Built,
    ) {
        let group = &placed.entry.name;
        let of = |count: u32| match count == placed.count {
            true => format!("group {group}"),
            false => format!("group {group}, {count} of {} instances", placed.count),
        };
        if self.unstopped > 0 {
            let of = of(self.unstopped);
            work.warn(format!("{of}: no controller stops it; what is not wanted runs on"));
        }
        // Without any demand this is said of the whole fleet.
        if let (Some(place), false) = (self.stopped_by, demands.list.is_empty()) {
            let (of, by) = (of(self.undemanded), &controllers.list[place].controller.name);
            work.warn(format!(
                "{of}: no demand says when it is wanted, so it is wanted always; what {by} stops \
                 of it counts as unavailable, and what that saves as involuntary"
            ));
        }
        if let Some(demand) = self.demand {
            let (of, demand) = (of(self.unserved), &demands.list[demand].name);
            work.warn(format!("{of}: no controller starts it when demand {demand} begins"));
        }
    }
}

fn is_off(demand: &Demand) -> bool {
    !demand.initially || demand.edges.iter().any(|edge| !edge.wanted)
}

fn comes_on(demand: &Demand) -> bool {
    demand.edges.iter().any(|edge| edge.wanted)
}

/// Whether a controller's drive stops instances in the run; listed requests are looked at one by
/// one.
fn stops(controller: &Controller) -> bool {
    match &controller.drive {
        Drive::Edges { acts, edges, .. } => {
            acts.includes(Action::Stop) && edges.iter().any(|edge| !edge.wanted)
        }
        Drive::Watch { acts, want, .. } => acts.includes(Action::Stop) && *want != Want::Running,
        Drive::Poisson { .. } | Drive::Client { .. } => true,
        Drive::Listed(_) | Drive::OnStopped { .. } => false,
    }
}

/// The same of starts.
fn starts(controller: &Controller) -> bool {
    let asks = !controller.start.dry_run && controller.start.malformed.is_none();
    asks && match &controller.drive {
        Drive::Edges { acts, edges, .. } => {
            acts.includes(Action::Start) && edges.iter().any(|edge| edge.wanted)
        }
        Drive::Watch { acts, want, .. } => acts.includes(Action::Start) && *want != Want::Stopped,
        Drive::Poisson { .. } | Drive::OnStopped { .. } | Drive::Client { .. } => true,
        Drive::Listed(_) => false,
    }
}

/// A stop that is still under way when the same controller starts the instance again.
fn too_soon(
    work: &mut Work<'_, '_>,
    time: &Time,
    fleet: &Fleet<'_>,
    controller: &Controller,
    groups: &[groups::Built],
) {
    let gap = match &controller.drive {
        Drive::Edges { edges, acts, absence, .. } => {
            let moments = moments(edges, *acts, controller.lead, absence);
            let told = moments.iter().map(|moment| (moment.at, edges[moment.edge].wanted));
            least_gap(told)
        }
        Drive::Listed(rows) => {
            let mut by_instance: Vec<&ListedRequest> = rows.iter().collect();
            by_instance.sort_by_key(|row| row.instance);
            let gaps = by_instance.chunk_by(|a, b| a.instance == b.instance).filter_map(|rows| {
                let acts =
                    rows.iter().filter(|row| [Action::Stop, Action::Start].contains(&row.action));
                least_gap(acts.map(|row| (row.at, row.action == Action::Start)))
            });
            gaps.min_by_key(|(gap, _)| *gap)
        }
        Drive::Poisson { .. }
        | Drive::Watch { .. }
        | Drive::OnStopped { .. }
        | Drive::Client { .. } => None,
    };
    let Some((gap, at)) = gap else { return };
    let mut told = BTreeSet::new();
    for id in &controller.instances {
        let placed = fleet.group_of(*id);
        let Some((group, _)) = fleet.group(&placed.entry.name) else { continue };
        if !told.insert(group) {
            continue;
        }
        let longest = usual_most(&groups[group.index()].lifecycle.stop);
        if gap < longest {
            let (when, name) = (time.clock.format(at), &placed.entry.name);
            work.warn(format!(
                "controller {}: at {when} it starts what it stopped {gap} before; a stop of group \
                 {name} may take {longest}",
                controller.name,
            ));
        }
    }
}

/// The shortest time from a stop to the start after it, and when that start is.
fn least_gap(acts: impl Iterator<Item = (SimTime, bool)>) -> Option<(SimDuration, SimTime)> {
    let acts: Vec<(SimTime, bool)> = acts.collect();
    let gaps = acts.windows(2).filter(|pair| !pair[0].1 && pair[1].1);
    gaps.map(|pair| (pair[1].0 - pair[0].0, pair[1].0)).min_by_key(|(gap, _)| *gap)
}

/// How long it takes at most in 99 cases of 100.
fn usual_most(of: &Distribution) -> SimDuration {
    of.sample(u64::MAX / 100 * 99)
}
