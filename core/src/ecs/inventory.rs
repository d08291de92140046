//! Stock: what is left to claim in each pool, and who has the rest.
//!
//! Whole units, never floats. Always, for every limited pool:
//! `free + ours + others = total + deficit`, and `free = 0` while the deficit lasts. Our
//! running instances are never evicted: a total that shrinks below what is held becomes a
//! deficit, and whatever is given back pays it first. It draws nothing and knows no time:
//! when others come and go is the world's affair.

use std::collections::{BTreeMap, VecDeque};

use super::id::{PoolId, ZoneId};
use crate::units::Ratio;

/// A pool as the scenario describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSpec {
    /// Unique among the pools.
    pub name: String,
    /// The zone it is in; a shock of the zone hits it.
    pub zone: ZoneId,
    /// What is counted, such as `vCPU` or `instance`: for people.
    pub unit: String,
    /// How much there is.
    pub stock: StockSpec,
    /// Fewer free units than this are shown as little; 0 never is.
    pub low_stock_threshold: u64,
    /// Full correlation: pools with the same number are short together. A claim of ours on one
    /// finds stock only if every one of them has as many units to give.
    pub short_together: Option<u16>,
}

/// How much stock a pool has at time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockSpec {
    /// Never short: restart risk is then not modelled.
    Unlimited,
    /// So many units are left besides what the fleet itself holds.
    Limited {
        /// Units left at time 0.
        free: u64,
    },
}

/// What becomes of other tenants' demand that finds no stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortageRule {
    /// It goes elsewhere.
    Lost,
    /// It waits, and takes what is given back.
    Waits,
}

/// What became of other tenants' demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It took its units.
    Taken,
    /// It found none and is gone.
    Lost,
    /// It found none and waits.
    Waiting,
}

/// There is not enough to claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoStock;

/// A waiting tenant that has just been given its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Whom the world named when it arrived.
    pub tenant: u64,
    /// What it took.
    pub units: u64,
}

/// The units of one pool at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Units that exist.
    pub total: u64,
    /// Units our instances hold.
    pub ours: u64,
    /// Units other tenants hold.
    pub others: u64,
    /// Units nobody holds.
    pub free: u64,
    /// Units held beyond the total.
    pub deficit: u64,
}

impl Stock {
    /// The law of conservation.
    fn check(&self, pool: &PoolSpec) {
        let (free, deficit) = (self.free, self.deficit);
        assert_eq!(
            u128::from(free) + u128::from(self.ours) + u128::from(self.others),
            u128::from(self.total) + u128::from(deficit),
            "stock of pool {} is conserved: {self:?}",
            pool.name,
        );
        assert!(free == 0 || deficit == 0, "pool {} is short and free: {self:?}", pool.name);
    }

    fn take(&mut self, units: u64) {
        self.free = self.free.checked_sub(units).expect("only free units are taken");
    }

    fn give_back(&mut self, units: u64) {
        let pays = units.min(self.deficit);
        self.deficit -= pays;
        self.free += units - pays;
    }

    fn resize(&mut self, total: u64) {
        if total >= self.total {
            self.give_back(total - self.total);
        } else {
            let missing = self.total - total;
            let from_free = missing.min(self.free);
            self.free -= from_free;
            self.deficit += missing - from_free;
        }
        self.total = total;
    }
}

/// One pool: its stock, and who waits for it.
#[derive(Clone, Debug)]
struct Pool {
    spec: PoolSpec,
    stock: Stock,
    /// The total before the zone's factor.
    nominal: u64,
    factor: Ratio,
    sold_out: bool,
    /// Waiting tenants by size, each size in order of arrival: (number, tenant).
    waiting: BTreeMap<u64, VecDeque<(u64, u64)>>,
    arrivals: u64,
}

impl Pool {
    fn is_limited(&self) -> bool {
        self.spec.stock != StockSpec::Unlimited
    }

    fn can_serve(&self, units: u64) -> bool {
        !self.sold_out && (!self.is_limited() || self.stock.free >= units)
    }

    fn check(&self) {
        if self.is_limited() {
            self.stock.check(&self.spec);
        }
    }

    fn resize(&mut self) {
        if self.is_limited() {
            self.stock.resize(self.factor.of(self.nominal));
        }
        self.check();
    }
}

/// All pools of the region.
#[derive(Clone, Debug)]
pub struct Inventory {
    pools: Vec<Pool>,
}

impl Inventory {
    /// The pools at time 0, where the fleet holds `ours` units of each.
    pub fn new(specs: &[PoolSpec], ours: &[u64]) -> Inventory {
        let pools = specs.iter().zip(ours).map(|(spec, &ours)| {
            let free = match spec.stock {
                StockSpec::Unlimited => 0,
                StockSpec::Limited { free } => free,
            };
            let total = free.checked_add(ours).expect("a pool's units fit in 64 bits");
            Pool {
                spec: spec.clone(),
                stock: Stock { total, ours, others: 0, free, deficit: 0 },
                nominal: total,
                factor: Ratio::ONE,
                sold_out: false,
                waiting: BTreeMap::new(),
                arrivals: 0,
            }
        });
        let inventory = Inventory { pools: pools.collect() };
        inventory.check();
        inventory
    }

    /// How many pools there are.
    pub fn pool_count(&self) -> usize {
        self.pools.len()
    }

    /// The units of a pool, or nothing if it is unlimited.
    pub fn stock(&self, pool: PoolId) -> Option<Stock> {
        let pool = &self.pools[pool.index()];
        pool.is_limited().then_some(pool.stock)
    }

    /// Units our instances hold, in a limited pool or not.
    pub fn ours(&self, pool: PoolId) -> u64 {
        self.pools[pool.index()].stock.ours
    }

    /// Whether a claim of so many units would succeed now.
    pub fn could_claim(&self, pool: PoolId, units: u64) -> bool {
        let pool = &self.pools[pool.index()];
        pool.can_serve(units)
            && pool.spec.short_together.is_none_or(|number| {
                let set = self.pools.iter().filter(|p| p.spec.short_together == Some(number));
                set.into_iter().all(|other| other.can_serve(units))
            })
    }

    /// Whether claims are refused by [`Inventory::set_sold_out`].
    pub fn is_sold_out(&self, pool: PoolId) -> bool {
        self.pools[pool.index()].sold_out
    }

    /// How many tenants wait.
    pub fn waiting(&self, pool: PoolId) -> usize {
        self.pools[pool.index()].waiting.values().map(VecDeque::len).sum()
    }

    /// Units that are missing: held beyond the total, or waited for by others.
    pub fn short_by(&self, pool: PoolId) -> u64 {
        let pool = &self.pools[pool.index()];
        let waited = pool.waiting.iter().map(|(units, queue)| units * queue.len() as u64);
        pool.stock.deficit + waited.sum::<u64>()
    }

    /// Whether nothing is left for whoever has no right to it: units are missing, or all is
    /// sold out.
    pub fn is_short(&self, pool: PoolId) -> bool {
        self.is_sold_out(pool) || self.short_by(pool) > 0
    }

    /// Claims units for one of our instances, all or none.
    ///
    /// # Errors
    /// If the pool is sold out or has fewer free units; nothing is then changed.
    pub fn claim_ours(&mut self, pool: PoolId, units: u64) -> Result<(), NoStock> {
        if !self.could_claim(pool, units) {
            return Err(NoStock);
        }
        let pool = &mut self.pools[pool.index()];
        if pool.is_limited() {
            pool.stock.take(units);
        }
        pool.stock.ours += units;
        pool.check();
        Ok(())
    }

    /// Gives back what one of our instances held; then call [`Inventory::next_served`].
    ///
    /// # Panics
    /// If we do not hold so many.
    pub fn release_ours(&mut self, pool: PoolId, units: u64) {
        let pool = &mut self.pools[pool.index()];
        pool.stock.ours = pool.stock.ours.checked_sub(units).expect("we release what we hold");
        if pool.is_limited() {
            pool.stock.give_back(units);
        }
        pool.check();
    }

    /// Units other tenants already hold at time 0, on top of what is free.
    pub fn seed_others(&mut self, pool: PoolId, units: u64) {
        let pool = &mut self.pools[pool.index()];
        assert!(pool.factor == Ratio::ONE, "others are there before any shock");
        pool.stock.others += units;
        pool.stock.total += units;
        pool.nominal += units;
        pool.check();
    }

    /// Other tenants want units: they take them all, or are lost, or wait.
    pub fn others_arrive(
        &mut self,
        pool: PoolId,
        tenant: u64,
        units: u64,
        rule: ShortageRule,
    ) -> Arrival {
        let pool = &mut self.pools[pool.index()];
        pool.arrivals += 1;
        if pool.can_serve(units) {
            pool.others_take(units);
            return Arrival::Taken;
        }
        match rule {
            ShortageRule::Lost => Arrival::Lost,
            ShortageRule::Waits => {
                let number = pool.arrivals;
                pool.waiting.entry(units).or_default().push_back((number, tenant));
                Arrival::Waiting
            }
        }
    }

    /// Other tenants give units back; then call [`Inventory::next_served`].
    ///
    /// # Panics
    /// If they do not hold so many.
    pub fn others_depart(&mut self, pool: PoolId, units: u64) {
        let pool = &mut self.pools[pool.index()];
        pool.stock.others =
            pool.stock.others.checked_sub(units).expect("others give what they hold");
        if pool.is_limited() {
            pool.stock.give_back(units);
        }
        pool.check();
    }

    /// Serves the waiting tenant that came first among those that fit, if any does.
    ///
    /// *Assumed*: a tenant too large for what is free does not hold up smaller ones behind it.
    /// Call it until it finds nobody, whenever stock may have become free.
    pub fn next_served(&mut self, pool: PoolId) -> Option<Served> {
        let pool = &mut self.pools[pool.index()];
        let fits = pool.waiting.iter().filter(|&(&units, _)| pool.can_serve(units));
        let first = fits.min_by_key(|(_, queue)| queue.front().map(|&(number, _)| number));
        let units = *first?.0;
        let queue = pool.waiting.get_mut(&units)?;
        let (_, tenant) = queue.pop_front()?;
        if queue.is_empty() {
            pool.waiting.remove(&units);
        }
        pool.others_take(units);
        Some(Served { tenant, units })
    }

    /// The pool's nominal total becomes `total`, before any factor.
    pub fn set_total(&mut self, pool: PoolId, total: u64) {
        let pool = &mut self.pools[pool.index()];
        pool.nominal = total;
        pool.resize();
    }

    /// So many units are left beyond what is held, as a trace of `obtainable_more` says: the
    /// nominal total becomes that. No shock may be on, a trace already contains them.
    pub fn set_obtainable_more(&mut self, pool: PoolId, more: u64) {
        let pool = &mut self.pools[pool.index()];
        pool.nominal = pool.stock.ours + pool.stock.others + more;
        pool.resize();
    }

    /// The pool's nominal total grows or shrinks, not below zero: by how much it did.
    pub fn change_total(&mut self, pool: PoolId, delta: i64) -> i64 {
        let pool = &mut self.pools[pool.index()];
        let before = pool.nominal;
        pool.nominal = before.saturating_add_signed(delta);
        pool.resize();
        let changed = i128::from(pool.nominal) - i128::from(before);
        i64::try_from(changed).expect("it changed by no more than was asked")
    }

    /// A shock leaves this share of the nominal total, rounded down; `Ratio::ONE` ends it.
    pub fn set_factor(&mut self, pool: PoolId, factor: Ratio) {
        let pool = &mut self.pools[pool.index()];
        pool.factor = factor;
        pool.resize();
    }

    /// While sold out nobody gets anything, whatever is free.
    pub fn set_sold_out(&mut self, pool: PoolId, sold_out: bool) {
        self.pools[pool.index()].sold_out = sold_out;
    }

    /// Asserts conservation in every pool.
    ///
    /// # Panics
    /// If it is broken: a bug.
    pub fn check(&self) {
        self.pools.iter().for_each(Pool::check);
    }
}

impl Pool {
    fn others_take(&mut self, units: u64) {
        if self.is_limited() {
            self.stock.take(units);
        }
        self.stock.others += units;
        self.check();
    }
}

#[cfg(test)]
mod tests;
