//! Private pools and dedicated hosts, and which groups are in them.

use std::collections::BTreeMap;

use crate::cloud::plan::CapacityPlan;
use crate::ecs::capacity::{CapacityKind, CapacitySpec, Placement};
use crate::ecs::id::CapacityId;
use crate::ecs::spec::Network;
use crate::engine::Identity;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{DedicatedHost, Entry, HostOptions, PrivatePool, PrivatePoolOptions};
use crate::scenario::value::{MatchCriteria, Name, PoolMatch};
use crate::units::SimTime;

use super::fleet::{Fleet, Placed};
use super::prices::Currencies;
use super::windows::at;
use super::{Time, Work, list, names, place_of, pools};

/// Most private pools and dedicated hosts of a scenario.
pub const CAPACITIES_MAX: usize = 65_535;

/// The private pools and dedicated hosts of a plan.
#[derive(Default)]
pub(super) struct Built {
    /// For the region.
    pub specs: Vec<CapacitySpec>,
    /// For the world.
    pub plans: Vec<CapacityPlan>,
    pools: BTreeMap<String, CapacityId>,
    hosts: BTreeMap<String, CapacityId>,
}

/// Every private pool and dedicated host; private pools first.
pub(super) fn capacities(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
) -> Built {
    let root = work.root;
    let mut built = Built::default();
    let users = users(fleet);
    for entry in list(&root.private_pool) {
        let spec = private_pool(work, money, (fleet, &users), entry);
        let until = until(work, time, entry);
        let identity = Identity::of("private_pool", &entry.name);
        if let Some(spec) = spec {
            built.pools.insert(entry.name.clone(), CapacityId::at(built.specs.len()));
            built.specs.push(spec);
            built.plans.push(CapacityPlan { identity, until });
        }
    }
    for entry in list(&root.dedicated_host) {
        if built.specs.len() >= CAPACITIES_MAX {
            let message = format!("more than {CAPACITIES_MAX} private pools and dedicated hosts");
            work.problem(Problem::new(entry.place, message));
            break;
        }
        let spec = dedicated_host(work, money, fleet, entry);
        let identity = Identity::of("dedicated_host", &entry.name);
        if let Some(spec) = spec {
            built.hosts.insert(entry.name.clone(), CapacityId::at(built.specs.len()));
            built.specs.push(spec);
            built.plans.push(CapacityPlan { identity, until: None });
        }
    }
    built
}

/// By zone and type, the first group that uses private pools.
type Users<'a> = BTreeMap<(&'a str, &'a str), &'a Placed<'a>>;

fn users<'a>(fleet: &'a Fleet<'a>) -> Users<'a> {
    let mut users = BTreeMap::new();
    for placed in fleet.groups.iter().filter(|placed| placed.entry.value.private_pool.is_some()) {
        let group = &placed.entry.value;
        let of = (group.zone.value.0.as_str(), group.r#type.value.0.as_str());
        users.entry(of).or_insert(placed);
    }
    users
}

fn private_pool(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    (fleet, users): (&Fleet<'_>, &Users<'_>),
    entry: &Entry<PrivatePool>,
) -> Option<CapacitySpec> {
    let raw = &entry.value;
    let rate = money.local(work, &raw.unused_rate.value, raw.unused_rate.place);
    let of = (raw.zone.value.0.as_str(), raw.r#type.value.0.as_str());
    let Some(placed) = users.get(&of) else {
        let message = format!("no group uses the private pool `{}`", entry.name);
        let problem = Problem::new(entry.place, message);
        work.problem(problem.expected(format!(
            "expected a [[group]] of {} in {} with private_pool = {{ match = \"Open\" }} or \
             {{ match = \"Target\", name = \"{}\" }}",
            raw.r#type.value.0, raw.zone.value.0, entry.name
        )));
        return None;
    };
    let (pool, pool_units) = {
        let (of, vcpus) = (placed.instance_type, placed.vcpus);
        pools::of_type(work, fleet, placed, of, vcpus, raw.r#type.place, false)
    };
    Some(CapacitySpec {
        name: entry.name.clone(),
        zone: placed.zone,
        units: number(raw.instances.value.0),
        rate: rate?,
        kind: CapacityKind::PrivatePool {
            instance_type: placed.instance_type,
            is_open: raw.r#match.value == PoolMatch::Open,
            pool,
            pool_units,
        },
    })
}

fn until(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    entry: &Entry<PrivatePool>,
) -> Option<SimTime> {
    let until = entry.value.until.as_ref()?;
    let time = time?;
    let end = at(until.value, until.place, time, &mut work.context.problems)?;
    (end < time.horizon).then_some(end)
}

fn dedicated_host(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    fleet: &Fleet<'_>,
    entry: &Entry<DedicatedHost>,
) -> Option<CapacitySpec> {
    let raw = &entry.value;
    let rate = money.local(work, &raw.rate.value, raw.rate.place);
    let Some(zone) = fleet.zone(&raw.zone.value.0) else {
        let message = format!("no group is in the zone of the dedicated host `{}`", entry.name);
        let problem = Problem::new(raw.zone.place, message);
        work.problem(problem.expected("expected the zone of the groups that are on it"));
        return None;
    };
    Some(CapacitySpec {
        name: entry.name.clone(),
        zone,
        units: number(raw.vcpus.value.0),
        rate: rate?,
        kind: CapacityKind::DedicatedHost { auto_placement: raw.auto_placement.value },
    })
}

fn number(units: u64) -> u32 {
    u32::try_from(units).expect("CAPACITY_MAX fits in 32 bits")
}

impl Built {
    /// Where a group's instances find their compute.
    pub(super) fn placement(&self, work: &mut Work<'_, '_>, placed: &Placed<'_>) -> Placement {
        let group = &placed.entry.value;
        match (&group.private_pool, &group.dedicated_host) {
            (None, None) => Placement::Public,
            (Some(pool), None) => self.in_pool(work, placed, pool),
            (None, Some(host)) => self.on_hosts(work, placed, host),
            (Some(pool), Some(host)) => {
                let message = "`private_pool` as well as `dedicated_host`";
                let problem = Problem::new(pool.place, message).related(host.place, "the hosts");
                work.problem(problem.expected("a dedicated host has no private pool"));
                Placement::Public
            }
        }
    }

    fn in_pool(
        &self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        options: &At<PrivatePoolOptions>,
    ) -> Placement {
        let group = &placed.entry.value;
        let (criteria, name) = (options.value.r#match.value, options.value.name.as_ref());
        let uses_one = criteria != MatchCriteria::None;
        if uses_one && (group.spot.is_some() || group.network.value == Network::Classic) {
            let message = "spot instances, and those in the classic network, use no private pool";
            let problem = Problem::new(options.place, message);
            work.problem(problem.expected("expected match = \"None\""));
        }
        match (criteria, name) {
            (MatchCriteria::Target, Some(name)) => self.target(work, placed, name),
            (MatchCriteria::Target, None) => {
                let problem = Problem::new(options.place, "which private pool is not said");
                work.problem(problem.expected("expected name = \"…\" with match = \"Target\""));
                Placement::Public
            }
            (MatchCriteria::None | MatchCriteria::Open, Some(name)) => {
                let problem =
                    Problem::new(name.place, "a private pool is named, and not asked for");
                work.problem(problem.expected("expected match = \"Target\" with a name"));
                Placement::Public
            }
            (MatchCriteria::None, None) => Placement::Public,
            (MatchCriteria::Open, None) => Placement::OpenPools,
        }
    }

    fn target(&self, work: &mut Work<'_, '_>, placed: &Placed<'_>, name: &At<Name>) -> Placement {
        let known = names(&work.root.private_pool);
        if !work.refer(&name.value.0, name.place, "private_pool", known) {
            return Placement::Public;
        }
        let Some(&capacity) = self.pools.get(&name.value.0) else { return Placement::Public };
        let spec = &self.specs[capacity.index()];
        let is_of_type = match spec.kind {
            CapacityKind::PrivatePool { instance_type, .. } => {
                instance_type == placed.instance_type
            }
            CapacityKind::DedicatedHost { .. } => false,
        };
        if spec.zone != placed.zone || !is_of_type {
            let message = format!("private pool `{}` is of another type or zone", name.value.0);
            let problem = Problem::new(name.place, message);
            let problem = problem.related(known[&name.value.0], "the private pool");
            work.problem(problem.expected(format!(
                "expected one of {} in {}",
                placed.entry.value.r#type.value.0, placed.entry.value.zone.value.0
            )));
        }
        Placement::Target(capacity)
    }

    fn on_hosts(
        &self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        options: &At<HostOptions>,
    ) -> Placement {
        check_on_hosts(work, placed, options);
        let known = names(&work.root.dedicated_host);
        let mut hosts: Vec<CapacityId> = vec![];
        for name in &options.value.hosts.value {
            if !work.refer(&name.value.0, name.place, "dedicated_host", known) {
                continue;
            }
            let Some(&host) = self.hosts.get(&name.value.0) else { continue };
            if self.specs[host.index()].zone != placed.zone {
                let message = format!("dedicated host `{}` is in another zone", name.value.0);
                let problem = Problem::new(name.place, message);
                let zone = &placed.entry.value.zone.value.0;
                work.problem(problem.expected(format!("expected one in {zone}")));
            }
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        if hosts.is_empty() {
            return Placement::Public;
        }
        Placement::Hosts { hosts, affinity: options.value.affinity.value }
    }

    /// A group that holds compute at time 0 and does not fit where it has to be is a problem.
    pub(super) fn overfull(
        &self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        capacity: CapacityId,
    ) {
        let spec = &self.specs[capacity.index()];
        let raw = &placed.entry.value;
        let place = place_of(&raw.private_pool).or(place_of(&raw.dedicated_host));
        let message =
            format!("what runs of group `{}` at the beginning does not fit", placed.entry.name);
        let problem = Problem::new(place.unwrap_or(placed.entry.place), message);
        let what = match spec.kind {
            CapacityKind::PrivatePool { .. } => "instances",
            CapacityKind::DedicatedHost { .. } => "vCPUs",
        };
        work.problem(problem.expected(format!("`{}` holds {} {what}", spec.name, spec.units)));
    }
}

/// What instances on dedicated hosts cannot be.
fn check_on_hosts(work: &mut Work<'_, '_>, placed: &Placed<'_>, options: &At<HostOptions>) {
    let group = &placed.entry.value;
    let not_there = [
        ("spot", place_of(&group.spot)),
        ("reserve", place_of(&group.reserve)),
        ("rate", place_of(&group.rate)),
    ];
    for (key, place) in not_there {
        if let Some(place) = place {
            let problem = Problem::new(place, format!("`{key}` as well as `dedicated_host`"));
            let problem = problem.related(options.place, "the hosts");
            work.problem(problem.expected(
                "instances on dedicated hosts are neither spot nor made anew, and pay no compute",
            ));
        }
    }
    if placed.vcpus.is_none() {
        let name = &group.r#type.value.0;
        let message = format!("how many vCPUs {name} has is not known");
        let problem = Problem::new(group.r#type.place, message);
        let problem = problem.related(options.place, "a dedicated host counts vCPUs");
        work.problem(problem.hint(format!("add [[type]] name = \"{name}\", vcpus = …")));
    }
}
