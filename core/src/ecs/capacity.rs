//! Capacity the account has for itself: private pools and dedicated hosts.
//!
//! A private pool is reserved stock of one type in one zone, paid for used or not. Until it ends
//! it counts as ours in the public pool, whoever uses it. A dedicated host is a whole machine,
//! paid for as such; what runs on it pays no compute. Neither is shared with other tenants: they
//! are short only of what the fleet itself takes.

use std::collections::{BTreeMap, BTreeSet};

use super::id::{CapacityId, GroupId, InstanceId, PoolId, TypeId, ZoneId};
use super::spec::{GroupSpec, InstanceType};
use crate::units::HourlyRate;

/// One private pool or dedicated host, as the scenario describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacitySpec {
    /// Unique among private pools and dedicated hosts.
    pub name: String,
    /// Where it is.
    pub zone: ZoneId,
    /// How much it holds: instances of a private pool, vCPUs of a dedicated host.
    pub units: u32,
    /// What it costs per hour: each *unused* instance of a private pool, a whole host.
    pub rate: HourlyRate,
    /// What it is.
    pub kind: CapacityKind,
}

impl CapacitySpec {
    /// Whether it is a private pool of that type.
    pub(super) fn is_of(&self, wanted: TypeId) -> bool {
        match self.kind {
            CapacityKind::PrivatePool { instance_type, .. } => instance_type == wanted,
            CapacityKind::DedicatedHost { .. } => false,
        }
    }

    /// Whose instances may take it unasked, if it is an open private pool: those of its type in its
    /// zone.
    fn is_open_to(&self) -> Option<(ZoneId, TypeId)> {
        match self.kind {
            CapacityKind::PrivatePool { instance_type, is_open, .. } => {
                is_open.then_some((self.zone, instance_type))
            }
            CapacityKind::DedicatedHost { .. } => None,
        }
    }

    /// Whether it is a host that instances of other hosts may move to.
    pub(super) fn is_placed_on(&self) -> bool {
        match self.kind {
            CapacityKind::PrivatePool { .. } => false,
            CapacityKind::DedicatedHost { auto_placement } => auto_placement,
        }
    }

    /// What so many units of it are of which public pool.
    pub fn reserved(&self, units: u32) -> Option<(PoolId, u64)> {
        match self.kind {
            CapacityKind::PrivatePool { pool, pool_units, .. } => {
                pool.map(|pool| (pool, u64::from(units) * u64::from(pool_units)))
            }
            CapacityKind::DedicatedHost { .. } => None,
        }
    }
}

/// What capacity of the account's own is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityKind {
    /// Reserved stock of one type.
    PrivatePool {
        /// Of which type.
        instance_type: TypeId,
        /// Whether instances that take any open pool take it, or only those that name it.
        is_open: bool,
        /// The public pool it is reserved from; none, if that is unlimited.
        pool: Option<PoolId>,
        /// What one instance of it is in the public pool's unit.
        pool_units: u32,
    },
    /// A machine.
    DedicatedHost {
        /// Whether instances that are not tied to another host may be put there.
        auto_placement: bool,
    },
}

impl CapacityKind {
    /// The word reports use.
    pub const fn name(self) -> &'static str {
        match self {
            CapacityKind::PrivatePool { .. } => "private_pool",
            CapacityKind::DedicatedHost { .. } => "dedicated_host",
        }
    }
}

/// Where a group's instances find the compute to run on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// In the public pool (`MatchCriteria` `None`).
    #[default]
    Public,
    /// In an open private pool of their type and zone, else in the public pool (`Open`).
    OpenPools,
    /// In this private pool and nowhere else (`Target`).
    Target(CapacityId),
    /// On one of these dedicated hosts.
    Hosts {
        /// The hosts, in the order in which they are tried.
        hosts: Vec<CapacityId>,
        /// Whether they move between them.
        affinity: Affinity,
    },
}

impl Placement {
    /// Whether they find it in capacity of the account's own and nowhere else.
    pub const fn is_own(&self) -> bool {
        match self {
            Placement::Public | Placement::OpenPools => false,
            Placement::Target(_) | Placement::Hosts { .. } => true,
        }
    }
}

/// Whether an economical restart may put an instance on another dedicated host.
/// Source: RunInstances, Affinity (2021).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Affinity {
    /// It may.
    #[default]
    Default,
    /// It may not: the host it was on, or none.
    Host,
}

/// Instances that hold compute at time 0 do not fit where they have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overfull {
    /// Whose instances.
    pub group: GroupId,
    /// Where.
    pub capacity: CapacityId,
}

/// Per group, how many of its instances hold compute in the public pool at time 0.
///
/// # Errors
/// If instances that hold compute do not fit where they have to be.
pub fn public_at_zero<'a>(
    rows: &[CapacitySpec],
    groups: impl Iterator<Item = &'a GroupSpec> + Clone,
    types: &[InstanceType],
) -> Result<Vec<u32>, Overfull> {
    let all = Capacities::at_zero(rows, groups.clone(), types)?;
    let public = groups.map(|group| {
        let there = group.count - group.reserve;
        match group.placement {
            Placement::Public => {
                let runs = group.initially.runs(there);
                runs.filter(|(_, way)| way.state().holds_stock()).map(|(count, _)| count).sum()
            }
            Placement::OpenPools | Placement::Target(_) | Placement::Hosts { .. } => {
                let ids = group.instances().take(there as usize);
                let holds = |id: &InstanceId| group.begins_as(*id).holds_stock();
                let public = ids.filter(|id| all.place(*id) == Place::Public && holds(id)).count();
                u32::try_from(public).expect("instances fit in 32 bits")
            }
        }
    });
    Ok(public.collect())
}

/// How much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityUse {
    /// How much there is; nothing once it has ended.
    pub units: u32,
    /// How much of it our instances hold.
    pub used: u32,
}

impl CapacityUse {
    /// What is left.
    pub const fn free(self) -> u32 {
        self.units - self.used
    }
}

/// Where an instance holds its compute; once it has given it back, where it held it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// In the public pool.
    #[default]
    Public,
    /// In capacity of the account's own.
    Own(CapacityId),
}

/// All capacity of the account's own, and who is where.
#[derive(Clone, Debug)]
pub(super) struct Capacities {
    uses: Vec<CapacityUse>,
    /// Who may take each unasked.
    open_to: Vec<Option<(ZoneId, TypeId)>>,
    /// Open private pools with something left, by who may take them.
    open: BTreeMap<(ZoneId, TypeId), BTreeSet<CapacityId>>,
    /// By instance; empty if the account has no such capacity.
    places: Vec<Place>,
    changed: Vec<CapacityId>,
    /// Which ones are among those.
    is_changed: Vec<bool>,
}

impl Capacities {
    /// Who is where at time 0. *Assumed*: private pools are taken in the order of the
    /// instances; hosts are filled in their order by all instances of a group, running or not,
    /// and again from the first when all are full.
    ///
    /// # Errors
    /// If instances that hold compute do not fit where they have to be.
    pub(super) fn at_zero<'a>(
        rows: &[CapacitySpec],
        groups: impl Iterator<Item = &'a GroupSpec>,
        types: &[InstanceType],
    ) -> Result<Capacities, Overfull> {
        let mut all = Capacities {
            uses: rows.iter().map(|row| CapacityUse { units: row.units, used: 0 }).collect(),
            open_to: rows.iter().map(CapacitySpec::is_open_to).collect(),
            open: BTreeMap::new(),
            places: Vec::new(),
            changed: Vec::new(),
            is_changed: vec![false; rows.len()],
        };
        (0..rows.len()).for_each(|place| all.note(CapacityId::at(place)));
        if rows.is_empty() {
            return Ok(all);
        }
        for (number, group) in groups.enumerate() {
            all.places.resize(all.places.len() + group.count as usize, Place::Public);
            let mut homes = Homes::default();
            for id in group.instances().take((group.count - group.reserve) as usize) {
                let (place, units) = match &group.placement {
                    Placement::Public => continue,
                    Placement::OpenPools => {
                        let mut open = all.open_pools(group.zone, group.instance_type);
                        (open.next().map_or(Place::Public, Place::Own), 1)
                    }
                    Placement::Target(one) => (Place::Own(*one), 1),
                    Placement::Hosts { hosts, .. } => {
                        let vcpus = types[group.instance_type.index()].vcpus;
                        (Place::Own(homes.next(hosts, vcpus, rows)), vcpus)
                    }
                };
                all.set_place(id, place);
                let Place::Own(capacity) = place else { continue };
                let holds = group.begins_as(id).holds_stock();
                if holds && all.of(capacity).free() < units {
                    return Err(Overfull { group: GroupId::at(number), capacity });
                }
                if holds {
                    all.take(capacity, units);
                }
            }
        }
        all.take_changed();
        Ok(all)
    }

    /// The open private pools with something left that instances of a type in a zone may take, in
    /// their order.
    pub(super) fn open_pools(&self, zone: ZoneId, of: TypeId) -> impl Iterator<Item = CapacityId> {
        self.open.get(&(zone, of)).into_iter().flatten().copied()
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    /// How much of it is used.
    pub(super) fn of(&self, capacity: CapacityId) -> CapacityUse {
        self.uses[capacity.index()]
    }

    /// Where an instance is, or was last.
    pub(super) fn place(&self, id: InstanceId) -> Place {
        self.places.get(id.index()).copied().unwrap_or_default()
    }

    /// From now on an instance belongs there; what it uses is said by [`Capacities::take`].
    pub(super) fn set_place(&mut self, id: InstanceId, place: Place) {
        if let Some(known) = self.places.get_mut(id.index()) {
            *known = place;
        }
    }

    /// Units are used.
    ///
    /// # Panics
    /// If there are not so many.
    pub(super) fn take(&mut self, capacity: CapacityId, units: u32) {
        let held = &mut self.uses[capacity.index()];
        assert!(held.free() >= units, "{capacity} has {held:?}, {units} are taken");
        held.used += units;
        self.note(capacity);
    }

    /// Units are used no longer.
    ///
    /// # Panics
    /// If not so many were.
    pub(super) fn give_back(&mut self, capacity: CapacityId, units: u32) {
        let held = &mut self.uses[capacity.index()];
        held.used = held.used.checked_sub(units).expect("what is given back was held");
        self.note(capacity);
    }

    /// It is there no longer: what was unused of it.
    pub(super) fn end(&mut self, capacity: CapacityId) -> u32 {
        let held = &mut self.uses[capacity.index()];
        let unused = held.free();
        *held = CapacityUse { units: 0, used: 0 };
        self.note(capacity);
        unused
    }

    /// Capacity whose use changed since the last question, each once.
    pub(super) fn take_changed(&mut self) -> Vec<CapacityId> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().for_each(|capacity| self.is_changed[capacity.index()] = false);
        changed
    }

    /// Whether [`Capacities::take_changed`] would have any.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The use of it changed, and with that perhaps whether something is left.
    fn note(&mut self, capacity: CapacityId) {
        if !std::mem::replace(&mut self.is_changed[capacity.index()], true) {
            self.changed.push(capacity);
        }
        if let Some(of) = self.open_to[capacity.index()] {
            let open = self.open.entry(of).or_default();
            match self.uses[capacity.index()].free() {
                0 => open.remove(&capacity),
                _ => open.insert(capacity),
            };
        }
    }
}

/// Fills hosts one after the other.
#[derive(Default)]
struct Homes {
    turn: usize,
    filled: u32,
}

impl Homes {
    fn next(&mut self, hosts: &[CapacityId], vcpus: u32, rows: &[CapacitySpec]) -> CapacityId {
        let host = |turn: usize| hosts[turn % hosts.len()];
        if self.filled + vcpus > rows[host(self.turn).index()].units {
            (self.turn, self.filled) = (self.turn + 1, 0);
        }
        self.filled += vcpus;
        host(self.turn)
    }
}
