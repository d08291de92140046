//! Kinds: a group together with one of its types, which is what an instance is billed and
//! stocked as. The type of an instance can change, its group cannot.
//!
//! Groups as they are described come first, in their order: until a type changes, the kind of an
//! instance has the number of its group. Further types of groups follow.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::id::{GroupId, KindId, PoolId, TypeId};
use super::price::Rates;
use super::spec::{GroupSpec, RegionSpec};

/// Another type that instances of a group can be changed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FurtherType {
    /// Whose.
    pub group: GroupId,
    /// The type.
    pub instance_type: TypeId,
    /// The pool its stock is from; `None`: unlimited stock.
    pub pool: Option<PoolId>,
    /// What one instance of it takes from the pool, in the pool's unit.
    pub units: u32,
    /// What one instance of it costs, per hour and component.
    pub rates: Rates,
}

/// All of them, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FurtherTypes {
    rows: Vec<FurtherType>,
    /// Which rows are a group's.
    of_groups: BTreeMap<GroupId, Vec<usize>>,
}

impl From<Vec<FurtherType>> for FurtherTypes {
    fn from(rows: Vec<FurtherType>) -> FurtherTypes {
        let mut of_groups: BTreeMap<GroupId, Vec<usize>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            of_groups.entry(row.group).or_default().push(place);
        }
        FurtherTypes { rows, of_groups }
    }
}

impl Deref for FurtherTypes {
    type Target = [FurtherType];

    fn deref(&self) -> &[FurtherType] {
        &self.rows
    }
}

/// A group as one of its types.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'a> {
    /// The group's number.
    pub id: GroupId,
    /// The group.
    pub group: &'a GroupSpec,
    /// The type; the group's own, unless it was changed.
    pub instance_type: TypeId,
    /// The pool its stock is from; `None`: unlimited stock.
    pub pool: Option<PoolId>,
    /// What one instance takes from the pool, in the pool's unit.
    pub units: u32,
    /// What one instance costs, per hour and component.
    pub rates: &'a Rates,
}

impl RegionSpec {
    /// How many kinds there are.
    pub fn kind_count(&self) -> usize {
        self.groups.len() + self.further.len()
    }

    /// A kind.
    ///
    /// # Panics
    /// If the region has no such kind.
    pub fn kind(&self, kind: KindId) -> Kind<'_> {
        let Some(group) = self.groups.get(kind.index()) else {
            let row = &self.further[kind.index() - self.groups.len()];
            let FurtherType { group: id, instance_type, pool, units, ref rates } = *row;
            return Kind { id, group: self.group(id), instance_type, pool, units, rates };
        };
        let &GroupSpec { instance_type, pool, units, ref rates, .. } = group;
        Kind { id: GroupId(kind.0), group, instance_type, pool, units, rates }
    }

    /// A group as its own type.
    pub const fn own_kind(&self, group: GroupId) -> KindId {
        KindId(group.0)
    }

    /// The kinds of a group, its own type first.
    pub fn kinds_of(&self, group: GroupId) -> impl Iterator<Item = KindId> {
        let further = self.further.of_groups.get(&group).into_iter().flatten();
        let after = self.groups.len();
        let further = further.map(move |place| KindId::at(after + place));
        std::iter::once(self.own_kind(group)).chain(further)
    }

    /// Every kind, group by group.
    pub fn kinds(&self) -> impl Iterator<Item = KindId> {
        (0..self.groups.len()).flat_map(|place| self.kinds_of(GroupId::at(place)))
    }

    /// A group as that type, if its instances can be of it.
    pub fn kind_of(&self, group: GroupId, instance_type: TypeId) -> Option<KindId> {
        self.kinds_of(group).find(|kind| self.kind(*kind).instance_type == instance_type)
    }
}
