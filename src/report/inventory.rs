//! What became of the pools of stock, for the summary.
//!
//! Unlimited pools are named as such and have no figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ecs::inventory::StockSpec;
use crate::world::outcome::{Outcome, PoolOutcome};
use crate::world::plan::Plan;

/// One of `inventory`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct InventoryRow {
    pub unlimited: bool,
    pub least_free: u64,
    pub mean_free_thousandths: u128,
    pub claims_granted: u64,
    pub claims_refused: u64,
    pub tenants_arrived: u64,
    pub tenants_lost: u64,
    pub tenants_waited: u64,
    pub tenants_longest_wait_us: u64,
}

/// Every pool over all replications: counts added up, the least free of any, the mean of all.
pub fn inventory(plan: &Plan, outcomes: &[Outcome]) -> BTreeMap<String, InventoryRow> {
    let window = u128::from((plan.horizon - plan.warm_up).as_micros());
    let pools = plan.region.pools.iter().enumerate();
    let row = |(place, spec): (usize, &crate::ecs::inventory::PoolSpec)| {
        let of = outcomes.iter().filter_map(|outcome| outcome.pools.get(place));
        let mut row = InventoryRow { least_free: u64::MAX, ..InventoryRow::default() };
        let mut area = 0;
        for pool in of {
            add(&mut row, pool);
            area += pool.free_area;
        }
        let runs = outcomes.len() as u128;
        row.mean_free_thousandths = (1000 * area).checked_div(window * runs).unwrap_or(0);
        if spec.stock == StockSpec::Unlimited {
            row = InventoryRow { unlimited: true, ..InventoryRow::default() };
        }
        (spec.name.clone(), row)
    };
    pools.map(row).collect()
}

fn add(row: &mut InventoryRow, pool: &PoolOutcome) {
    row.least_free = row.least_free.min(pool.least_free);
    row.claims_granted += pool.claims_granted;
    row.claims_refused += pool.claims_refused;
    row.tenants_arrived += pool.tenants_arrived;
    row.tenants_lost += pool.tenants_lost;
    row.tenants_waited += pool.tenants_waited;
    let longest = pool.tenants_wait.max().unwrap_or(0);
    row.tenants_longest_wait_us = row.tenants_longest_wait_us.max(longest);
}
