//! Where instances hold their compute: the public pool, a private pool or a dedicated host.
//!
//! A start from economical mode is matched anew, a standard stop keeps its place. Source:
//! ModifyInstanceAttachmentAttributes (2021), which lists StartInstance and ReActivateInstances
//! from economical mode among what matches anew and ModifyInstanceSpec not. *Assumed*, as no page
//! says it: open pools are tried in the order of the scenario; a reservation that ended is looked
//! for before its type, its type before what is left of it; of a dedicated host only the vCPUs
//! are counted.

use std::collections::BTreeMap;

use super::{KindFacts, Region};
use crate::ecs::capacity::{Affinity, CapacityKind, CapacityUse, Place, Placement, public_at_zero};
use crate::ecs::id::{CapacityId, InstanceId, PoolId};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::RegionSpec;

/// What is already promised to others of a batch.
#[derive(Debug, Default)]
pub(super) struct SpokenFor {
    pools: BTreeMap<PoolId, u64>,
    own: BTreeMap<CapacityId, u32>,
}

/// Nothing is: a call for one instance.
pub(super) static NOTHING: SpokenFor = SpokenFor { pools: BTreeMap::new(), own: BTreeMap::new() };

impl SpokenFor {
    fn in_pool(&self, pool: PoolId) -> u64 {
        self.pools.get(&pool).copied().unwrap_or(0)
    }

    fn in_own(&self, capacity: CapacityId) -> u32 {
        self.own.get(&capacity).copied().unwrap_or(0)
    }
}

impl Region {
    /// How much of a private pool or dedicated host is used.
    pub fn capacity(&self, capacity: CapacityId) -> CapacityUse {
        self.capacities.of(capacity)
    }

    /// Whether the use of any private pool or dedicated host changed since it was last asked.
    pub fn has_changed_capacities(&self) -> bool {
        self.capacities.has_changed()
    }

    /// Those whose use changed since it was last asked, each once.
    pub fn take_changed_capacities(&mut self) -> Vec<CapacityId> {
        self.capacities.take_changed()
    }

    /// The public pool that an instance's stock is of: what it holds now, or held last.
    pub fn public_pool_of(&self, id: InstanceId) -> Option<PoolId> {
        match self.capacities.place(id) {
            Place::Public => self.facts_of(id).pool,
            Place::Own(_) => None,
        }
    }

    /// A private pool ends: what is unused goes back to the public pool, which is told; who uses
    /// it stays and holds public stock. Source: capacity reservation, 2024-03-14.
    pub fn end_private_pool(&mut self, capacity: CapacityId) -> Option<PoolId> {
        let spec = self.spec.clone();
        let CapacityKind::PrivatePool { pool, pool_units, .. } =
            spec.capacities[capacity.index()].kind
        else {
            unreachable!("only private pools end")
        };
        let unused = self.capacities.end(capacity);
        for place in 0..self.instances.len() {
            let id = InstanceId::at(place);
            if self.capacities.place(id) == Place::Own(capacity) {
                self.capacities.set_place(id, Place::Public);
            }
        }
        if let Some(pool) = pool {
            self.inventory.release_ours(pool, u64::from(unused) * u64::from(pool_units));
        }
        pool
    }

    /// Where an instance that claims compute now would find it.
    ///
    /// # Errors
    /// If there is none to be had where it may go.
    pub(super) fn check_stock(
        &self,
        id: InstanceId,
        spoken_for: &SpokenFor,
    ) -> Result<Place, Refusal> {
        let place = self.match_place(id, spoken_for)?;
        let facts = self.facts_of(id);
        if let (Place::Public, Some(pool)) = (place, facts.pool)
            && !self.inventory.could_claim(pool, facts.units + spoken_for.in_pool(pool))
        {
            return Err(Refusal::NoStock);
        }
        Ok(place)
    }

    /// Where an instance belongs, but for what the public pool has.
    fn match_place(&self, id: InstanceId, spoken_for: &SpokenFor) -> Result<Place, Refusal> {
        if self.capacities.is_empty() { Ok(Place::Public) } else { self.match_own(id, spoken_for) }
    }

    #[inline(never)]
    fn match_own(&self, id: InstanceId, spoken_for: &SpokenFor) -> Result<Place, Refusal> {
        let kind = self.spec.kind(self.kind_of(id));
        let fits = |capacity: CapacityId, units: u32| {
            self.capacities.of(capacity).free() >= units + spoken_for.in_own(capacity)
        };
        match &kind.group.placement {
            Placement::Public => Ok(Place::Public),
            Placement::OpenPools => {
                let mut open = self.capacities.open_pools(kind.group.zone, kind.instance_type);
                let found = open.find(|&capacity| fits(capacity, 1));
                Ok(found.map_or(Place::Public, Place::Own))
            }
            Placement::Target(capacity) => {
                if self.capacities.of(*capacity).units == 0 {
                    return Err(Refusal::ReservationNotFound);
                }
                let row = &self.spec.capacities[capacity.index()];
                if !row.is_of(kind.instance_type) {
                    return Err(Refusal::ReservationLacksResource);
                }
                match fits(*capacity, 1) {
                    true => Ok(Place::Own(*capacity)),
                    false => Err(Refusal::PrivatePoolUsedUp),
                }
            }
            Placement::Hosts { hosts, affinity } => {
                let vcpus = self.spec.types[kind.instance_type.index()].vcpus;
                let home = self.capacities.place(id);
                if let Place::Own(host) = home
                    && fits(host, vcpus)
                {
                    return Ok(home);
                }
                if *affinity == Affinity::Host {
                    return Err(Refusal::HostFull);
                }
                let other = hosts.iter().find(|host| {
                    self.spec.capacities[host.index()].is_placed_on() && fits(**host, vcpus)
                });
                other.map(|host| Place::Own(*host)).ok_or(Refusal::NoHost)
            }
        }
    }

    /// Notes that a start of a batch passed its checks and will be made.
    pub(super) fn speak_for(&self, id: InstanceId, place: Place, spoken_for: &mut SpokenFor) {
        let facts = self.facts_of(id);
        match (place, facts.pool) {
            (Place::Own(capacity), _) => {
                *spoken_for.own.entry(capacity).or_default() += self.units_in(capacity, id);
            }
            (Place::Public, Some(pool)) => {
                *spoken_for.pools.entry(pool).or_default() += facts.units;
            }
            (Place::Public, None) => {}
        }
    }

    /// An instance takes the compute it was just found to have.
    pub(super) fn claim(&mut self, id: InstanceId) {
        let place = self.match_place(id, &NOTHING);
        let place = place.expect("the inventory check has passed");
        self.capacities.set_place(id, place);
        let KindFacts { pool, units, .. } = *self.facts_of(id);
        match (place, pool) {
            (Place::Own(capacity), _) => {
                self.capacities.take(capacity, self.units_in(capacity, id));
            }
            (Place::Public, Some(pool)) => {
                let claimed = self.inventory.claim_ours(pool, units);
                claimed.expect("the inventory check has passed");
            }
            (Place::Public, None) => {}
        }
    }

    /// An instance gives back the compute it holds.
    pub(super) fn give_back(&mut self, id: InstanceId) {
        let KindFacts { pool, units, .. } = *self.facts_of(id);
        match (self.capacities.place(id), pool) {
            (Place::Own(capacity), _) => {
                self.capacities.give_back(capacity, self.units_in(capacity, id));
            }
            (Place::Public, Some(pool)) => self.inventory.release_ours(pool, units),
            (Place::Public, None) => {}
        }
    }

    /// An instance that changes its type leaves the private pool it is in, if it is in one. It
    /// cannot be on a dedicated host: the scenario lets no type change there.
    pub(super) fn leave_private_pool(&mut self, id: InstanceId) -> bool {
        let Place::Own(capacity) = self.capacities.place(id) else { return false };
        self.capacities.give_back(capacity, 1);
        self.capacities.set_place(id, Place::Public);
        true
    }

    /// Whether an instance that can change its type is in a private pool.
    pub(super) fn is_in_private_pool(&self, id: InstanceId) -> bool {
        matches!(self.capacities.place(id), Place::Own(_))
    }

    fn units_in(&self, capacity: CapacityId, id: InstanceId) -> u32 {
        match self.spec.capacities[capacity.index()].kind {
            CapacityKind::PrivatePool { .. } => 1,
            CapacityKind::DedicatedHost { .. } => {
                let of = self.spec.kind(self.kind_of(id)).instance_type;
                self.spec.types[of.index()].vcpus
            }
        }
    }

    /// What our instances hold and what is reserved is what public and own capacity say.
    pub(super) fn check_places(&self) {
        let mut ours = vec![0u64; self.inventory.pool_count()];
        let mut used = vec![0u32; self.spec.capacities.len()];
        for (place, instance) in self.instances.iter().enumerate() {
            let id = InstanceId::at(place);
            let facts = self.facts_of(id);
            match (self.capacities.place(id), facts.pool) {
                _ if !instance.state().holds_stock() => {}
                (Place::Own(capacity), _) => {
                    used[capacity.index()] += self.units_in(capacity, id);
                }
                (Place::Public, Some(pool)) => ours[pool.index()] += facts.units,
                (Place::Public, None) => {}
            }
        }
        for (place, spec) in self.spec.capacities.iter().enumerate() {
            let held = self.capacities.of(CapacityId::at(place));
            assert_eq!(used[place], held.used, "our instances hold what {} says", spec.name);
            if let Some((pool, units)) = spec.reserved(held.units) {
                ours[pool.index()] += units;
            }
        }
        for (place, held) in ours.into_iter().enumerate() {
            let pool = PoolId::at(place);
            assert_eq!(held, self.inventory.ours(pool), "our instances hold what {pool} says");
        }
    }
}

/// What of each public pool is ours at time 0: what is reserved, and what is held besides.
pub(super) fn held_at_zero(spec: &RegionSpec, facts: &[KindFacts]) -> Vec<u64> {
    let mut ours = vec![0u64; spec.pools.len()];
    for (pool, units) in spec.capacities.iter().filter_map(|row| row.reserved(row.units)) {
        ours[pool.index()] += units;
    }
    let public = public_at_zero(&spec.capacities, spec.groups.iter(), &spec.types);
    let public = public.expect("the scenario's fleet fits");
    for (facts, public) in facts.iter().zip(public) {
        if let Some(pool) = facts.pool {
            ours[pool.index()] += facts.units * u64::from(public);
        }
    }
    ours
}
