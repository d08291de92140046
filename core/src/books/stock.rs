//! Stock: what is free of pools and capacities over time, and who found some.

use crate::ecs::capacity::CapacityKind;
use crate::ecs::id::{CapacityId, PoolId};
use crate::units::{SimDuration, SimTime};

use super::Books;
use super::outcome::{PoolCounts, PoolSample};

/// Something free, and since when so much of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free {
    since: SimTime,
    units: u64,
}

impl Free {
    /// So much from here on; the span before, times what was free in it.
    fn turn(&mut self, now: SimTime, units: u64) -> (u64, u128) {
        let before = std::mem::replace(self, Free { since: now, units });
        let span = now.since(before.since).as_micros();
        (span, u128::from(before.units) * u128::from(span))
    }
}

impl Books<'_> {
    /// Time 0: how much is free of every pool, and of every private pool and dedicated host.
    pub fn open_stock(
        &mut self,
        now: SimTime,
        pools: impl Iterator<Item = u64>,
        capacities: impl Iterator<Item = u32>,
    ) {
        self.free_in_pools = pools.map(|units| Free { since: now, units }).collect();
        let units = capacities.map(u64::from);
        self.free_in_capacities = units.map(|units| Free { since: now, units }).collect();
        self.restart_stock();
    }

    /// What a pool is like at a full hour.
    pub fn sample_pool(&mut self, pool: PoolId, sample: PoolSample) {
        self.out.hourly[pool.index()].push(sample);
    }

    /// One of our claims found stock, or did not.
    #[inline]
    pub fn claimed(&mut self, pool: PoolId, granted: bool) {
        let pool = &mut self.out.counts.pools[pool.index()];
        if granted {
            pool.claims_granted += 1;
        } else {
            pool.claims_refused += 1;
        }
    }

    /// Another tenant asks for stock.
    pub fn tenant_arrived(&mut self, pool: PoolId) {
        self.out.counts.pools[pool.index()].tenants_arrived += 1;
    }

    /// Another tenant found stock after so long.
    pub fn tenant_served(&mut self, pool: PoolId, waited: SimDuration) {
        self.out.counts.pools[pool.index()].tenants_wait.record(waited.as_micros());
    }

    /// Another tenant waits for stock.
    pub fn tenant_waits(&mut self, pool: PoolId) {
        self.out.counts.pools[pool.index()].tenants_waited += 1;
    }

    /// Another tenant went away without stock.
    pub fn tenant_lost(&mut self, pool: PoolId) {
        self.out.counts.pools[pool.index()].tenants_lost += 1;
    }

    pub(super) fn on_stock_changed(&mut self, now: SimTime, pool: PoolId, free: u64) {
        let (_, area) = self.free_in_pools[pool.index()].turn(now, free);
        let out = &mut self.out.counts.pools[pool.index()];
        out.free_area += area;
        out.least_free = out.least_free.min(free);
    }

    pub(super) fn on_capacity_changed(&mut self, now: SimTime, capacity: CapacityId, free: u32) {
        self.book_capacity(now, capacity, free.into());
        let least = &mut self.out.counts.least_unused[capacity.index()];
        *least = (*least).min(free);
    }

    /// Books the span since it last changed; so much is free from here on.
    fn book_capacity(&mut self, now: SimTime, capacity: CapacityId, free: u64) {
        let (span, area) = self.free_in_capacities[capacity.index()].turn(now, free);
        let paid_for = match self.plan.region.capacities[capacity.index()].kind {
            CapacityKind::PrivatePool { .. } => area,
            CapacityKind::DedicatedHost { .. } => u128::from(span),
        };
        self.out.ledger.book_capacity(capacity.index(), paid_for);
    }

    /// Books how much has been free of everything since it last changed.
    pub fn book_free(&mut self, now: SimTime) {
        for (pool, free) in self.out.counts.pools.iter_mut().zip(&mut self.free_in_pools) {
            pool.free_area += free.turn(now, free.units).1;
        }
        for place in 0..self.free_in_capacities.len() {
            self.book_capacity(now, CapacityId::at(place), self.free_in_capacities[place].units);
        }
    }

    /// The least that is free is what is free from here on.
    pub(super) fn restart_stock(&mut self) {
        let in_32_bits =
            |free: &Free| u32::try_from(free.units).expect("what is free is counted in 32 bits");
        let pool = |free: &Free| PoolCounts { least_free: free.units, ..PoolCounts::default() };
        self.out.counts.least_unused = self.free_in_capacities.iter().map(in_32_bits).collect();
        self.out.counts.pools = self.free_in_pools.iter().map(pool).collect();
    }
}
