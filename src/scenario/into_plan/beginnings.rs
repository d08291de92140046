//! How instances are at time 0: as the scenario says, else as whoever stops them left them.
//!
//! An instance that is wanted at time 0 runs. Any other is stopped, if a controller can have
//! stopped it: in the mode of the first stop that came after its last start (`past`). Nothing
//! hangs on the order of the tables.

mod past;

use std::collections::BTreeMap;

use crate::controller::policy::Drive;
use crate::controller::requests::stop_request;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::OperationName;
use crate::ecs::region::StopJudge;
use crate::ecs::spec::{Beginning, Caller, Initially, RegionSpec};
use crate::fact::Action;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::value::Start;

use super::controllers::{self, One};
use super::demands;
use super::fleet::{Fleet, Placed, instance};
use super::groups::{self, types_only};
use super::neighbours::{Neighbours, Sweep};
use super::{Work, section};
use past::{Past, Verdict};

/// What came of a group's instances, and what there is to be said about it.
#[derive(Default)]
struct Found {
    parts: Vec<(u32, Initially)>,
    /// Two controllers that stop at one instant and in different modes.
    clash: Option<[usize; 2]>,
    /// How many are not wanted, and nobody can have stopped them.
    unstopped: u32,
}

/// Settles how every instance begins; the judge of stops, if there is nothing missing.
pub(super) fn beginnings(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
    controllers: &controllers::Built,
    groups: &mut [groups::Built],
) -> Option<StopJudge> {
    if !fleet.is_whole() || groups.len() != fleet.groups.len() {
        return None; // what is missing is already told
    }
    let mut judge = StopJudge::new(region(work, fleet, controllers, groups));
    let mut sweep = Sweep::over(demands, controllers);
    let mut past = Past::of(demands, controllers);
    for (placed, built) in fleet.groups.iter().zip(groups) {
        let said = placed.entry.value.initially.as_ref();
        let said = said.map(|at| word(work, at, built.is_eligible));
        let beginning = match said {
            Some(initially) => vec![(placed.count, initially)],
            None => {
                let mut found = Found::default();
                sweep.each(placed.range(), |neighbours| {
                    found.add(neighbours, (demands, controllers), &mut judge, &mut past);
                });
                tell(work, placed, controllers, &found);
                found.parts
            }
        };
        let exceptions = exceptions(work, fleet, placed, built.is_eligible);
        built.spec.initially = Beginning::in_order(overlaid(beginning, &exceptions));
    }
    Some(judge)
}

/// The region as far as a stop looks at it.
fn region(
    work: &Work<'_, '_>,
    fleet: &Fleet<'_>,
    controllers: &controllers::Built,
    groups: &[groups::Built],
) -> RegionSpec {
    let caller =
        |one: &One| Caller { name: one.controller.name.clone(), policy: one.policy.clone() };
    let account = section(&work.root.account);
    let mut region = types_only(work, fleet);
    region.region_id =
        section(&work.root.region).map_or_else(String::new, |r| r.id.value.0.clone());
    region.account_id = account.map_or_else(String::new, |account| account.id.value.0.clone());
    region.economical_default = account.is_some_and(|account| account.economical_default.value);
    region.callers = controllers.list.iter().map(caller).collect();
    region.groups = groups.iter().map(|built| built.spec.clone()).collect();
    for group in &mut region.groups {
        (group.spot, group.placement) = (None, crate::ecs::capacity::Placement::Public);
    }
    region
}

/// What a word of `initially` stands for.
fn word(work: &mut Work<'_, '_>, at: &At<Start>, is_eligible: bool) -> Initially {
    match at.value {
        Start::Running => Initially::Running,
        Start::StoppedEconomical if is_eligible => Initially::Stopped(StoppedMode::StopCharging),
        Start::StoppedEconomical => {
            let problem = Problem::new(at.place, "this group cannot be in economical mode");
            work.problem(problem.expected("expected \"running\" or \"stopped-standard\""));
            Initially::Stopped(StoppedMode::KeepCharging)
        }
        Start::StoppedStandard => Initially::Stopped(StoppedMode::KeepCharging),
    }
}

/// What the scenario says of single instances, by their place in the group.
fn exceptions(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    placed: &Placed<'_>,
    is_eligible: bool,
) -> BTreeMap<u32, Initially> {
    let mut all = BTreeMap::new();
    let entries = placed.entry.value.initially_of.as_ref();
    for entry in entries.map_or(&[][..], |at| &at.value) {
        let initially = word(work, &entry.is, is_eligible);
        for name in &entry.instances.value {
            let Some(id) = instance(work, fleet, &name.value.0, name.place) else { continue };
            if !placed.range().contains(&id.0) {
                let message = format!("`{}` is not there from the beginning", name.value.0);
                let problem = Problem::new(name.place, message);
                let of = &placed.entry.name;
                work.problem(problem.expected(format!("expected an instance of group `{of}`")));
            } else if all.insert(id.0 - placed.first, initially).is_some() {
                let message = format!("how `{}` begins is said twice", name.value.0);
                work.problem(Problem::new(name.place, message).expected("expected it once"));
            }
        }
    }
    all
}

/// Parts of a group, and what differs from them instance by instance.
fn overlaid(
    parts: Vec<(u32, Initially)>,
    exceptions: &BTreeMap<u32, Initially>,
) -> Vec<(u32, Initially)> {
    let mut all = Vec::with_capacity(parts.len() + 2 * exceptions.len());
    let mut from = 0;
    for (count, initially) in parts {
        let end = from + count;
        for (place, other) in exceptions.range(from..end) {
            all.extend([(place - from, initially), (1, *other)]);
            from = place + 1;
        }
        all.push((end - from, initially));
        from = end;
    }
    all
}

fn tell(
    work: &mut Work<'_, '_>,
    placed: &Placed<'_>,
    controllers: &controllers::Built,
    found: &Found,
) {
    let group = &placed.entry.name;
    if let Some(places) = found.clash {
        let [one, other] = places.map(|place| &controllers.list[place].controller.name);
        let message = format!(
            "`{one}` and `{other}` stop instances of group `{group}` at one instant, in different \
             modes: which one it is in at the beginning is not said"
        );
        let problem = Problem::new(placed.entry.place, message);
        work.problem(
            problem.expected("expected initially = \"stopped-economical\" or another word"),
        );
    }
    if found.unstopped > 0 {
        let (count, all) = (found.unstopped, placed.count);
        work.note(format!(
            "group {group}: {count} of {all} instances run at the beginning though nobody wants \
             them, because no controller can have stopped them; `initially` says otherwise"
        ));
    }
}

impl Found {
    /// Adds neighbours, one by one where names or staggers tell them apart.
    fn add(
        &mut self,
        neighbours: &Neighbours<'_>,
        (demands, controllers): (&demands::Built, &controllers::Built),
        judge: &mut StopJudge,
        past: &mut Past<'_>,
    ) {
        let (first, end) = (neighbours.range.start, neighbours.range.end);
        let defines = |place: &usize| controllers.list[*place].controller.is_demand;
        let wanted = match neighbours.demand {
            Some(demand) => demands.list[demand].initially,
            None => !neighbours.controllers.iter().any(defines),
        };
        if wanted {
            self.parts.push((end - first, Initially::Running));
            return;
        }
        let may: Vec<usize> = neighbours.controllers.iter().copied().collect();
        let may: Vec<usize> =
            may.into_iter().filter(|place| stops(&controllers.list[*place])).collect();
        let by_name = may.iter().any(|place| {
            let of = CallerId::at(*place);
            !judge.treats_all_alike(of, operation(&controllers.list[*place]))
        });
        let step = if by_name { 1 } else { end - first };
        for from in (first..end).step_by(step as usize) {
            let range = from..from + step;
            let modes: Vec<(usize, StoppedMode)> = may
                .iter()
                .filter_map(|place| Some((*place, mode(judge, controllers, *place, from)?)))
                .collect();
            self.settle(&Neighbours { range, ..*neighbours }, &modes, past);
        }
    }

    /// Adds neighbours that the same controllers can have stopped, in these modes.
    fn settle(
        &mut self,
        neighbours: &Neighbours<'_>,
        modes: &[(usize, StoppedMode)],
        past: &mut Past<'_>,
    ) {
        let count = neighbours.range.end - neighbours.range.start;
        let Some(((_, mode), others)) = modes.split_first() else {
            self.unstopped += count;
            self.parts.push((count, Initially::Running));
            return;
        };
        if others.iter().all(|(_, other)| other == mode) {
            self.parts.push((count, Initially::Stopped(*mode)));
            return;
        }
        let step = if past.tells_apart(modes) { 1 } else { count };
        for from in neighbours.range.clone().step_by(step as usize) {
            let about = (neighbours.demand, neighbours.controllers);
            let mode = match past.first_stop(InstanceId(from), modes, about) {
                Verdict::Clear(mode) => mode,
                Verdict::Clash(one, other) => {
                    self.clash.get_or_insert([one, other]);
                    *mode
                }
            };
            self.parts.push((step, Initially::Stopped(mode)));
        }
    }
}

/// Whether a controller's drive had it stop instances before the run. Listed requests lie in the
/// run, unless they are what is wanted: then they stopped what is not.
fn stops(one: &One) -> bool {
    match &one.controller.drive {
        Drive::Edges { acts, .. } => acts.includes(Action::Stop),
        Drive::Watch { acts, want, .. } => {
            acts.includes(Action::Stop) && past::may_want_down(*want)
        }
        Drive::Poisson { .. } => true,
        Drive::Listed(_) => one.controller.is_demand,
        Drive::OnStopped { .. } | Drive::Client { .. } => false,
    }
}

/// The operation by which it stops.
fn operation(one: &One) -> OperationName {
    match one.controller.batch_call {
        Some(_) => OperationName::StopInstances,
        None => OperationName::StopInstance,
    }
}

/// The mode in which a controller stops an instance that runs; none if it cannot.
pub(super) fn mode(
    judge: &mut StopJudge,
    controllers: &controllers::Built,
    place: usize,
    instance: u32,
) -> Option<StoppedMode> {
    let one = &controllers.list[place];
    let instance = InstanceId(instance);
    let request = stop_request(&one.controller.stop, instance, false);
    judge.stopped(CallerId::at(place), operation(one), instance, &request)
}
