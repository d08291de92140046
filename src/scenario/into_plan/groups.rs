//! Groups as the region and the world know them.

use crate::cloud::plan::{Hang, Lifecycle};
use crate::ecs::capacity::Placement;
use crate::ecs::id::InstanceId;
use crate::ecs::spec::{Beginning, GroupSpec, Initially, RegionSpec};
use crate::scenario::problem::Problem;
use crate::scenario::value::{CreditSpecification, Dist};

use super::capacity;
use super::fleet::{Fleet, Placed};
use super::further::TYPE_CHANGE;
use super::prices::{Currencies, Priced, Prices};
use super::spot;
use super::{Work, knobs};

/// A group, but for its pool.
pub(super) struct Built {
    /// For the region.
    pub spec: GroupSpec,
    /// For the world.
    pub lifecycle: Lifecycle,
    /// Whether it can be stopped in economical mode.
    pub is_eligible: bool,
}

/// Every group; how its instances begin is not looked at yet.
pub(super) fn groups(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    money: &Currencies,
    capacities: &capacity::Built,
    prices: &mut Prices<'_>,
) -> Vec<Built> {
    let region = types_only(work, fleet);
    let markets = spot::market_of(work);
    let mut built = vec![];
    for placed in &fleet.groups {
        let group = &placed.entry.value;
        let (name, at) = (group.r#type.value.0.as_str(), group.r#type.place);
        let region_id = fleet.region_of(placed);
        let own = Priced { name, at, vcpus: placed.vcpus, is_own: true, region: region_id };
        // Without a price the rest is looked at all the same, so that one mistake hides no other.
        let rates = prices.of(work, placed, &own).unwrap_or_default();
        let mut spec = GroupSpec {
            name: placed.entry.name.clone(),
            first: InstanceId(placed.first),
            count: placed.count + placed.reserve,
            reserve: placed.reserve,
            names: placed.names.clone(),
            zone: placed.zone,
            instance_type: placed.instance_type,
            pool: None,
            units: 0,
            charge: group.charge.value,
            network: group.network.value,
            public_address: group.public_address.value,
            local_storage: group.local_storage.value,
            persistent_memory: group.persistent_memory.value,
            initially: Beginning::all(Initially::Running),
            conditions: group.conditions.iter().flat_map(|at| at.value.iter().copied()).collect(),
            rates,
            spot: None,
            placement: Placement::Public,
            unlimited_credits: unlimited(work, fleet, placed),
        };
        let is_eligible = region.ineligible_as(&spec, spec.instance_type).is_none();
        spec.spot = spot::terms(work, money, &markets, placed, is_eligible);
        spec.placement = capacities.placement(work, placed);
        built.push(Built { spec, lifecycle: lifecycle(placed), is_eligible });
    }
    built
}

/// A region that knows its types, enough to ask who is eligible.
pub(super) fn types_only(work: &Work<'_, '_>, fleet: &Fleet<'_>) -> RegionSpec {
    RegionSpec {
        region_id: String::new(),
        account_id: String::new(),
        zones: fleet.zones.clone(),
        zone_regions: fleet.zone_regions.clone(),
        types: fleet.types.clone(),
        groups: vec![],
        further: vec![].into(),
        pools: vec![],
        capacities: vec![],
        markets: Vec::new(),
        commitments: vec![],
        callers: vec![],
        economical_default: false,
        knobs: knobs(work.root),
    }
}

/// Whether instances begin in unlimited mode; only those that live on credits can.
fn unlimited(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, placed: &Placed<'_>) -> bool {
    let Some(specification) = &placed.entry.value.credit_specification else { return false };
    let unlimited = specification.value == CreditSpecification::Unlimited;
    let kind = &fleet.types[placed.instance_type.index()];
    if unlimited && !kind.burstable {
        let message = format!("{} does not live on CPU credits", kind.name);
        let problem = Problem::new(specification.place, message);
        work.problem(problem.hint(format!(
            "if it does, say so: [[type]] name = \"{}\", burstable = true",
            kind.name
        )));
    }
    unlimited
}

fn lifecycle(placed: &Placed<'_>) -> Lifecycle {
    let group = &placed.entry.value;
    Lifecycle {
        stop: group.stop.value.built().clone(),
        force_stop: group.force_stop.value.built().clone(),
        start: group.start.value.built().clone(),
        allocation: group.allocation.value.built().clone(),
        creation: group.reserve.as_ref().map(|at| at.value.creation.value.built().clone()),
        ready: group.ready.as_ref().map(|at| at.value.built().clone()),
        wave_factor: group.wave_factor.value.built().cloned(),
        settling: group.settling.as_ref().map(|at| at.value.built().clone()),
        hang: group.hang.as_ref().map(|at| Hang {
            probability: at.value.probability.value.0,
            power_off_after: at.value.power_off_after.as_ref().map(|after| after.value.0),
        }),
        type_change: group.type_change.as_ref().map_or_else(
            || Dist::constant(TYPE_CHANGE).built().clone(),
            |at| at.value.built().clone(),
        ),
    }
}
