//! Services: what they need, whose edges they follow, and who waits for whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::demand::Demand;
use crate::ecs::id::GroupId;
use crate::engine::Identity;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Amount, Entry, NeedOf, ServiceEntry};
use crate::scenario::value::Meant;
use crate::sim::plan::{Need, Service};

use super::fleet::Fleet;
use super::{Work, demands, list, named, names, place_of};

/// Most services of a scenario. A limit of this program.
pub const SERVICES_MAX: usize = 1_000;

/// Every service, if all of them could be read.
pub(super) fn services(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
) -> Vec<Service> {
    let entries = list(&work.root.service);
    if entries.len() > SERVICES_MAX {
        let message = format!("more than {SERVICES_MAX} services");
        work.problem(Problem::new(entries[SERVICES_MAX].place, message));
        return vec![];
    }
    let wanted: Vec<Vec<NeedOf>> =
        entries.iter().map(|entry| each(work, fleet, &entry.value)).collect();
    let needs: BTreeMap<&str, Vec<Need>> = entries
        .iter()
        .zip(&wanted)
        .map(|(entry, wanted)| (entry.name.as_str(), needs(work, fleet, wanted)))
        .collect();
    let services: Vec<Service> = entries
        .iter()
        .zip(&wanted)
        .filter_map(|(entry, wanted)| service(work, fleet, demands, (entry, wanted), &needs))
        .collect();
    if services.len() == entries.len() {
        no_cycle(work, fleet, entries, &services);
    }
    services
}

/// What a service needs, group by group, as far as the groups exist.
fn each(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, raw: &ServiceEntry) -> Vec<NeedOf> {
    let mut needs: Vec<NeedOf> = vec![];
    let mut places: BTreeMap<GroupId, usize> = BTreeMap::new();
    for need in &raw.needs.value.0 {
        for group in named::meant(work, fleet, &need.group, need.group_place) {
            let name = fleet.groups[group.index()].entry.name.clone();
            if let Some(other) = places.get(&group).map(|place| &needs[*place]) {
                let message = format!("how much of `{name}` is needed is said twice");
                let problem = Problem::new(need.group_place, message);
                let problem = problem.expected("expected each group once");
                work.problem(problem.related(other.group_place, "the other one"));
                continue;
            }
            places.insert(group, needs.len());
            needs.push(NeedOf { group: name, ..need.clone() });
        }
    }
    needs
}

/// The same as numbers of instances.
fn needs(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, wanted: &[NeedOf]) -> Vec<Need> {
    wanted.iter().filter_map(|need| need_of(work, fleet, need)).collect()
}

fn need_of(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, need: &NeedOf) -> Option<Need> {
    let (group, placed) = fleet.group(&need.group)?;
    let count = u64::from(placed.count);
    let at_least = match need.amount {
        Amount::Share(share) => share.0.of_rounded_up(count),
        Amount::Instances(number) if number <= count => number,
        Amount::Instances(number) => {
            let message = format!("{number} of the {count} instances of `{}`", need.group);
            let problem = Problem::new(need.place, message);
            work.problem(problem.expected(format!("expected at most {count}, or a share")));
            return None;
        }
    };
    Some(Need { group, at_least })
}

fn service(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
    (entry, wanted): (&Entry<ServiceEntry>, &[NeedOf]),
    all: &BTreeMap<&str, Vec<Need>>,
) -> Option<Service> {
    let before = work.context.problems.count();
    let own = all.get(entry.name.as_str())?;
    let demand = demand(work, fleet, demands, wanted);
    let after = after(work, fleet, &entry.value, own, all);
    let first: BTreeSet<GroupId> = after.iter().map(|need| need.group).collect();
    let goes_first = |group: &GroupId| first.contains(group);
    let held: Vec<GroupId> = match after.is_empty() {
        true => vec![],
        false => own.iter().map(|need| need.group).filter(|group| !goes_first(group)).collect(),
    };
    if let (false, true, Some(place)) =
        (after.is_empty(), held.is_empty(), place_of(&entry.value.start_after))
    {
        let problem = Problem::new(place, "all groups of the service go first: none waits");
        work.problem(problem.expected("expected groups of others, or some of its own only"));
    }
    let timeout = entry.value.start_after_timeout.value.0;
    let needs = own.clone();
    let identity = Identity::of("service", &entry.name);
    let name = entry.name.clone();
    let service = Service { name, identity, needs, demand: demand?, after, held, timeout };
    (work.context.problems.count() == before).then_some(service)
}

/// What must hold before the service's other groups are started.
fn after(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    raw: &ServiceEntry,
    own: &[Need],
    all: &BTreeMap<&str, Vec<Need>>,
) -> Vec<Need> {
    let service_names = names(&work.root.service);
    let mut after: Vec<Need> = vec![];
    let own: BTreeMap<GroupId, Need> = own.iter().map(|need| (need.group, *need)).collect();
    for reference in raw.start_after.iter().flat_map(|at| &at.value) {
        let (name, place) = (reference.value.0.as_str(), reference.place);
        let whole = |group: GroupId| {
            let whole = Need { group, at_least: fleet.groups[group.index()].count.into() };
            own.get(&group).copied().unwrap_or(whole)
        };
        if !matches!(Meant::of(name), Meant::Name(_)) {
            after.extend(named::meant(work, fleet, name, place).into_iter().map(whole));
            continue;
        }
        match (fleet.group_names.contains_key(name), service_names.contains_key(name)) {
            (true, false) => after.extend(fleet.group(name).map(|(group, _)| whole(group))),
            (false, true) => after.extend(all.get(name).into_iter().flatten()),
            (true, true) => {
                let problem = Problem::new(place, format!("`{name}` is a group and a service"));
                work.problem(problem.expected("expected a name that only one of them has"));
            }
            (false, false) => {
                let problem = Problem::new(place, format!("there is no group or service `{name}`"));
                let problem = problem.expected("expected the name of a [[group]] or [[service]]");
                let known = fleet.group_names.keys().chain(service_names.keys());
                work.problem(problem.did_you_mean(name, known.map(String::as_str)));
            }
        }
    }
    after
}

/// The demand whose edges are those of every instance of the service's groups.
fn demand(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
    wanted: &[NeedOf],
) -> Option<u16> {
    let mut first: Option<(usize, &NeedOf)> = None;
    for need in wanted {
        let Some((_, placed)) = fleet.group(&need.group) else { continue };
        let mut rest = placed.range();
        while !rest.is_empty() {
            let Some((place, end)) = demands.of(rest.start) else {
                work.problem(undemanded(need));
                return None;
            };
            let demand = &demands.list[place];
            let known = *first.get_or_insert((place, need));
            if known.0 != place && !same_times(&demands.list[known.0], demand) {
                work.problem(at_odds(known.1, need, &demands.list[known.0], demand));
                return None;
            }
            rest.start = end.min(rest.end);
        }
    }
    first.map(|(place, _)| u16::try_from(place).expect("DEMANDS_MAX fits in 16 bits"))
}

fn same_times(one: &Demand, other: &Demand) -> bool {
    let times = |demand: &Demand| -> Vec<_> {
        demand.edges.iter().map(|edge| (edge.at, edge.wanted)).collect()
    };
    one.initially == other.initially && times(one) == times(other)
}

fn undemanded(need: &NeedOf) -> Problem {
    let message = format!("group `{}` is in no demand with edges", need.group);
    let problem = Problem::new(need.group_place, message);
    let problem = problem.expected("expected a group that a [[demand]] wants at times");
    problem.hint("readiness is counted from the edge at which the service's groups are wanted")
}

fn at_odds(one: &NeedOf, other: &NeedOf, first: &Demand, second: &Demand) -> Problem {
    let message = format!(
        "`{}` and `{}` are not wanted at the same times (demands `{}` and `{}`)",
        one.group, other.group, first.name, second.name,
    );
    let problem = Problem::new(other.group_place, message);
    let problem = problem.expected("expected groups of one demand, or of demands with equal edges");
    problem.related(one.group_place, "the other group")
}

/// No group may wait for itself, however long the way round.
fn no_cycle(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    entries: &[Entry<ServiceEntry>],
    services: &[Service],
) {
    let mut done = vec![false; fleet.groups.len()];
    let mut rules: Vec<Vec<usize>> = vec![vec![]; fleet.groups.len()];
    for (place, service) in services.iter().enumerate() {
        for held in &service.held {
            rules[held.index()].push(place);
        }
    }
    for group in 0..fleet.groups.len() {
        let mut path: Vec<(usize, usize)> = vec![];
        if let Some(cycle) = walk(group, (services, &rules), &mut path, &mut done) {
            let of = |(group, service): &(usize, usize)| {
                let group = &fleet.groups[*group].entry.name;
                format!("{group} (service {})", services[*service].name)
            };
            let mut names: Vec<String> = cycle.iter().map(of).collect();
            names.push(fleet.groups[cycle[0].0].entry.name.clone());
            let (_, last) = *cycle.last().expect("a cycle has members");
            let place: Place =
                place_of(&entries[last].value.start_after).unwrap_or(entries[last].place);
            let waiting = &fleet.groups[cycle[0].0].entry.name;
            let problem = Problem::new(place, format!("`{waiting}` waits for itself"));
            let problem = problem.expected("this closes a cycle").hint(names.join(" -> "));
            work.problem(problem);
            return;
        }
    }
}

/// The groups (and the services whose rule it is) on a way from a group back to itself; `rules`
/// says of each group which services hold it.
fn walk(
    group: usize,
    (services, rules): (&[Service], &[Vec<usize>]),
    path: &mut Vec<(usize, usize)>,
    done: &mut [bool],
) -> Option<Vec<(usize, usize)>> {
    if let Some(begin) = path.iter().position(|(on, _)| *on == group) {
        return Some(path[begin..].to_vec());
    }
    if done[group] {
        return None;
    }
    for place in &rules[group] {
        path.push((group, *place));
        for need in &services[*place].after {
            if let Some(cycle) = walk(need.group.index(), (services, rules), path, done) {
                return Some(cycle);
            }
        }
        path.pop();
    }
    done[group] = true;
    None
}
