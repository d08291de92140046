//! Stock: what is free of pools and capacities over time, and who found some.

use crate::ecs::capacity::CapacityKind;
use crate::ecs::id::{CapacityId, PoolId};
use crate::stats::Tally;
use crate::units::{SimDuration, SimTime};

use super::Books;
use super::outcome::{PoolOutcome, PoolSample};

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

/// A pool of which nothing is known yet.
pub(super) fn opened() -> PoolOutcome {
    PoolOutcome {
        hourly: Vec::new(),
        least_free: u64::MAX,
        free_area: 0,
        claims_refused: 0,
        claims_granted: 0,
        tenants_arrived: 0,
        tenants_lost: 0,
        tenants_waited: 0,
        tenants_wait: Tally::default(),
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
        for (pool, units) in self.out.pools.iter_mut().zip(pools) {
            pool.least_free = units;
            self.free_in_pools.push(Free { since: now, units });
        }
        for units in capacities {
            self.out.least_unused.push(units);
            self.free_in_capacities.push(Free { since: now, units: units.into() });
        }
    }

    /// What a pool is like at a full hour.
    pub fn sample_pool(&mut self, pool: PoolId, sample: PoolSample) {
        self.out.pools[pool.index()].hourly.push(sample);
    }

    /// One of our claims found stock, or did not.
    #[inline]
    pub fn claimed(&mut self, pool: PoolId, granted: bool) {
        let pool = &mut self.out.pools[pool.index()];
        if granted {
            pool.claims_granted += 1;
        } else {
            pool.claims_refused += 1;
        }
    }

    /// Another tenant asks for stock.
    pub fn tenant_arrived(&mut self, pool: PoolId) {
        self.out.pools[pool.index()].tenants_arrived += 1;
    }

    /// Another tenant found stock after so long.
    pub fn tenant_served(&mut self, pool: PoolId, waited: SimDuration) {
        self.out.pools[pool.index()].tenants_wait.record(waited.as_micros());
    }

    /// Another tenant waits for stock.
    pub fn tenant_waits(&mut self, pool: PoolId) {
        self.out.pools[pool.index()].tenants_waited += 1;
    }

    /// Another tenant went away without stock.
    pub fn tenant_lost(&mut self, pool: PoolId) {
        self.out.pools[pool.index()].tenants_lost += 1;
    }

    pub(super) fn on_stock_changed(&mut self, now: SimTime, pool: PoolId, free: u64) {
        let (_, area) = self.free_in_pools[pool.index()].turn(now, free);
        let out = &mut self.out.pools[pool.index()];
        out.free_area += area;
        out.least_free = out.least_free.min(free);
    }

    pub(super) fn on_capacity_changed(&mut self, now: SimTime, capacity: CapacityId, free: u32) {
        self.book_capacity(now, capacity, free.into());
        let least = &mut self.out.least_unused[capacity.index()];
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
        for (pool, free) in self.out.pools.iter_mut().zip(&mut self.free_in_pools) {
            pool.free_area += free.turn(now, free.units).1;
        }
        for place in 0..self.free_in_capacities.len() {
            self.book_capacity(now, CapacityId::at(place), self.free_in_capacities[place].units);
        }
    }

    /// The least that is free is what is free from here on.
    pub(super) fn restart_stock(&mut self) {
        for (least, free) in self.out.least_unused.iter_mut().zip(&self.free_in_capacities) {
            *least = u32::try_from(free.units).expect("what is free is counted in 32 bits");
        }
        for (pool, free) in self.out.pools.iter_mut().zip(&self.free_in_pools) {
            *pool = PoolOutcome { least_free: free.units, ..opened() };
        }
    }
}
