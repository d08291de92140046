//! Where instances are, once more: public stock, private pools and dedicated hosts by hand.
//!
//! For the naive account: it follows states and types alone and matches for itself.

use stopsim::ecs::capacity::{Affinity, CapacityKind, Placement};
use stopsim::ecs::id::{CapacityId, InstanceId, TypeId};
use stopsim::ecs::spec::RegionSpec;
use stopsim::sim::plan::Plan;
use stopsim::units::SimTime;

/// Who is where, and what that left unused for how long.
#[derive(Debug, Default)]
pub struct Places {
    /// By capacity: what there is and what is used.
    pub held: Vec<(u32, u32)>,
    /// By instance: the capacity it is in or was in last.
    pub at: Vec<Option<usize>>,
    since: SimTime,
    /// Unused units × µs, and µs, within the window.
    pub unused: Vec<u128>,
    pub least: Vec<u32>,
}

impl Places {
    pub fn open(plan: &Plan) -> Places {
        let region = &plan.region;
        let mut places = Places {
            held: region.capacities.iter().map(|one| (one.units, 0)).collect(),
            at: vec![None; region.instance_count() as usize],
            since: SimTime::ZERO,
            unused: vec![0; region.capacities.len()],
            least: vec![],
        };
        for group in &region.groups {
            let mut full = (0, 0);
            for id in group.instances().take((group.count - group.reserve) as usize) {
                let holds = group.begins_as(id).holds_stock();
                let place = match &group.placement {
                    Placement::Public => None,
                    Placement::OpenPools => places.open_pool(region, id, group.instance_type),
                    Placement::Target(one) => Some(one.index()),
                    Placement::Hosts { hosts, .. } => {
                        let vcpus = vcpus(region, group.instance_type);
                        if full.1 + vcpus
                            > region.capacities[hosts[full.0 % hosts.len()].index()].units
                        {
                            full = (full.0 + 1, 0);
                        }
                        full.1 += vcpus;
                        Some(hosts[full.0 % hosts.len()].index())
                    }
                };
                places.at[id.index()] = place;
                if let (Some(place), true) = (place, holds) {
                    places.held[place].1 += size(region, place, group.instance_type);
                }
            }
        }
        places.least = places.held.iter().map(|(units, used)| units - used).collect();
        places
    }

    fn open_pool(&self, region: &RegionSpec, id: InstanceId, of: TypeId) -> Option<usize> {
        let zone = region.group(region.group_of(id)).zone;
        (0..region.capacities.len()).find(|&place| {
            let CapacityKind::PrivatePool { instance_type, is_open: true, .. } =
                region.capacities[place].kind
            else {
                return false;
            };
            region.capacities[place].zone == zone && instance_type == of && self.free(place) > 0
        })
    }

    fn free(&self, place: usize) -> u32 {
        self.held[place].0 - self.held[place].1
    }

    /// An instance of that type claims compute.
    pub fn claim(&mut self, region: &RegionSpec, id: InstanceId, of: TypeId) {
        let place = match &region.group(region.group_of(id)).placement {
            Placement::Public => None,
            Placement::OpenPools => self.open_pool(region, id, of),
            Placement::Target(one) => Some(one.index()),
            Placement::Hosts { hosts, affinity } => {
                let home = self.at[id.index()].unwrap();
                let fits = |place: &usize| self.free(*place) >= vcpus(region, of);
                let moves = hosts.iter().map(|host| host.index()).filter(|place| {
                    let kind = region.capacities[*place].kind;
                    *affinity == Affinity::Default
                        && kind == CapacityKind::DedicatedHost { auto_placement: true }
                });
                Some(std::iter::once(home).chain(moves).find(fits).expect("it has room"))
            }
        };
        self.at[id.index()] = place;
        if let Some(place) = place {
            self.held[place].1 += size(region, place, of);
            assert!(self.held[place].1 <= self.held[place].0, "no more is used than there is");
        }
    }

    /// An instance of that type gives its compute back.
    pub fn give_back(&mut self, region: &RegionSpec, id: InstanceId, of: TypeId) {
        if let Some(place) = self.at[id.index()] {
            self.held[place].1 -= size(region, place, of);
        }
    }

    /// A fact tells what there is and is used: what is known here, or the end of a pool.
    pub fn told(&mut self, capacity: CapacityId, units: u32, used: u32) {
        let place = capacity.index();
        if units == 0 {
            self.at.iter_mut().filter(|at| **at == Some(place)).for_each(|at| *at = None);
            self.held[place] = (0, 0);
        }
        assert_eq!(self.held[place], (units, used), "what is used is what instances hold");
    }

    /// Time goes on.
    pub fn pass(&mut self, plan: &Plan, now: SimTime) {
        let span = now.since(self.since.max(plan.warm_up)).as_micros();
        let begins = self.since < plan.warm_up && now >= plan.warm_up;
        for place in 0..self.held.len() {
            let free = self.free(place);
            if begins || now < plan.warm_up {
                self.least[place] = free;
            }
            self.unused[place] += u128::from(free) * u128::from(span);
        }
        self.since = now;
    }

    /// After everything that happened at one instant.
    pub fn look(&mut self) {
        for place in 0..self.held.len() {
            self.least[place] = self.least[place].min(self.free(place));
        }
    }

    /// What of a public pool is reserved.
    pub fn reserved(&self, region: &RegionSpec, pool: usize) -> u64 {
        let of = region.capacities.iter().zip(&self.held).map(|(one, held)| match one.kind {
            CapacityKind::PrivatePool { pool: Some(from), pool_units, .. }
                if from.index() == pool =>
            {
                u64::from(held.0) * u64::from(pool_units)
            }
            CapacityKind::PrivatePool { .. } | CapacityKind::DedicatedHost { .. } => 0,
        });
        of.sum()
    }
}

fn vcpus(region: &RegionSpec, of: TypeId) -> u32 {
    region.types[of.index()].vcpus
}

/// What an instance takes of a capacity.
fn size(region: &RegionSpec, place: usize, of: TypeId) -> u32 {
    match region.capacities[place].kind {
        CapacityKind::PrivatePool { .. } => 1,
        CapacityKind::DedicatedHost { .. } => vcpus(region, of),
    }
}
