//! Which pools a type draws on in a zone, and whether anything draws on a pool.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecs::spec::InstanceType;
use crate::scenario::raw::{Entry, Pool};

use super::fleet::{Fleet, Placed};

/// What a pool is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind<'a> {
    Family(&'a str),
    Type(&'a str),
}

/// The family and the types that a pool names.
fn kinds_of(pool: &Pool) -> impl Iterator<Item = Kind<'_>> {
    let family = pool.family.iter().map(|at| Kind::Family(&at.value.0));
    family.chain(pool.types.iter().flat_map(|at| &at.value).map(|at| Kind::Type(&at.value.0)))
}

/// What a type is to pools.
fn kinds_as(kind: &InstanceType) -> [Kind<'_>; 2] {
    [Kind::Family(&kind.family), Kind::Type(&kind.name)]
}

/// The pools of a scenario, by their zone and what they are of, in file order.
pub(super) struct Stocks<'a>(BTreeMap<(&'a str, Kind<'a>), BTreeSet<usize>>);

impl<'a> Stocks<'a> {
    /// Of these.
    pub fn of(pools: &'a [Entry<Pool>]) -> Stocks<'a> {
        let mut stocks = Stocks(BTreeMap::new());
        for (place, Entry { value: pool, .. }) in pools.iter().enumerate() {
            for kind in kinds_of(pool) {
                stocks.0.entry((&pool.zone.value.0, kind)).or_default().insert(place);
            }
        }
        stocks
    }

    /// The first pools that a type draws on in a zone: one should be all.
    pub fn first_two(&self, zone: &str, kind: &InstanceType) -> (Option<usize>, Option<usize>) {
        let pools = kinds_as(kind).into_iter().filter_map(|kind| self.0.get(&(zone, kind)));
        let first: BTreeSet<usize> =
            pools.flat_map(|places| places.iter().take(2)).copied().collect();
        let mut first = first.into_iter();
        (first.next(), first.next())
    }
}

/// What may draw on pools: the groups' own types in their zones, and in every zone that has groups
/// the types that instances may be changed to.
pub(super) struct Drawers<'a> {
    own: BTreeSet<(&'a str, Kind<'a>)>,
    zones: BTreeSet<&'a str>,
    fallbacks: BTreeSet<Kind<'a>>,
}

impl<'a> Drawers<'a> {
    /// The fleet's.
    pub fn of(fleet: &'a Fleet<'_>) -> Drawers<'a> {
        let kinds = |placed: &'a Placed<'_>| {
            let zone = placed.entry.value.zone.value.0.as_str();
            kinds_as(&fleet.types[placed.instance_type.index()]).map(|kind| (zone, kind))
        };
        Drawers {
            own: fleet.groups.iter().flat_map(kinds).collect(),
            zones: fleet.groups.iter().map(|one| one.entry.value.zone.value.0.as_str()).collect(),
            fallbacks: fleet.fallback_types().flat_map(kinds_as).collect(),
        }
    }

    /// Whether anything draws on a pool.
    pub fn draw_on(&self, pool: &Pool) -> bool {
        let zone = pool.zone.value.0.as_str();
        let has_groups = self.zones.contains(zone);
        kinds_of(pool).any(|kind| {
            self.own.contains(&(zone, kind)) || has_groups && self.fallbacks.contains(&kind)
        })
    }
}
