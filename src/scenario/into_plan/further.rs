//! Further types of groups: those that a controller falls back to when stock is short.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecs::id::{GroupId, TypeId};
use crate::ecs::kind::FurtherType;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{ControllerEntry, Entry};
use crate::scenario::value::Name;
use crate::sim::plan::{Basis, Input};
use crate::units::SimDuration;

use super::fleet::{Fleet, KINDS_MAX, Placed};
use super::prices::{Priced, Prices};
use super::{Work, controllers, list, pools};

/// How long a change of type takes when the scenario does not say.
/// Source: ECS FAQ (2021): about 15 minutes.
pub const TYPE_CHANGE: SimDuration = SimDuration::from_mins(15);

/// The types that a controller may change instances to: its fallback list, and the one that it
/// asks for.
pub(super) fn listed(entry: &Entry<ControllerEntry>) -> impl Iterator<Item = &At<Name>> {
    let table = entry.value.no_stock.as_ref();
    let list = table.and_then(|at| at.value.fallback.as_ref());
    let asked = entry.value.change.as_ref().map(|at| &at.value.r#type);
    list.map_or(&[][..], |at| at.value.as_slice()).iter().chain(asked)
}

/// Every group as every other type that a controller may change its instances to.
pub(super) fn further(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    controllers: &controllers::Built,
    prices: &mut Prices<'_>,
) -> Vec<FurtherType> {
    let root = work.root;
    let mut further: Vec<FurtherType> = vec![];
    let mut known: BTreeSet<(GroupId, TypeId)> = BTreeSet::new();
    let mut cited: BTreeSet<usize> = BTreeSet::new();
    let built: BTreeMap<&str, &controllers::One> =
        controllers.list.iter().map(|one| (one.controller.name.as_str(), one)).collect();
    for entry in list(&root.controller) {
        let built = built.get(entry.name.as_str());
        let Some(built) = built.filter(|_| listed(entry).next().is_some()) else { continue };
        let groups: BTreeSet<usize> =
            built.ranges.iter().flat_map(|range| fleet.groups_in(range)).collect();
        for place in groups {
            let placed = &fleet.groups[place];
            if cited.insert(place) {
                cite_duration(work, placed);
            }
            for name in listed(entry) {
                let group = GroupId::at(place);
                let Some((instance_type, vcpus)) = fleet.type_of(&name.value.0) else { continue };
                let is_known = known.contains(&(group, instance_type));
                if is_known || instance_type == placed.instance_type {
                    continue;
                }
                let (text, at) = (&name.value.0, name.place);
                let region = fleet.region_of(placed);
                let priced = Priced { name: text, at, vcpus, is_own: false, region };
                let rates = prices.of(work, placed, &priced);
                let (pool, units) =
                    pools::of_type(work, fleet, placed, instance_type, vcpus, at, true);
                if let Some(rates) = rates {
                    known.insert((group, instance_type));
                    further.push(FurtherType { group, instance_type, pool, units, rates });
                }
            }
        }
    }
    if fleet.groups.len() + further.len() > KINDS_MAX {
        let whole = work.context.main_place();
        let message = format!("more than {KINDS_MAX} groups and types they can be changed to");
        work.problem(Problem::new(whole, message));
    }
    further
}

/// A duration that the scenario leaves out becomes an input with its source.
fn cite_duration(work: &mut Work<'_, '_>, placed: &Placed<'_>) {
    if placed.entry.value.type_change.is_none() {
        let path = format!("group.{}.type_change", placed.entry.name);
        let source = "ECS FAQ (2021): about 15 minutes".to_owned();
        let (value, basis) = (TYPE_CHANGE.to_string(), Basis::Documented);
        work.inputs.push(Input { path, value, basis, source });
    }
}
