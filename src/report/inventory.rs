//! What became of the pools of stock, for the summary.
//!
//! Unlimited pools are named as such and have no figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::outcome::{Outcome, PoolOutcome};
use crate::ecs::inventory::{PoolSpec, StockSpec};
use crate::world::plan::Plan;

/// One of `inventory`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Every pool over replications as they come: counts added up, the least free of any, the mean of
/// all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PoolSums {
    /// By pool, with the sum of free units × µs.
    rows: Vec<(InventoryRow, u128)>,
    runs: u128,
}

impl PoolSums {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        let none = InventoryRow { least_free: u64::MAX, ..InventoryRow::default() };
        self.rows.resize(outcome.pools.len(), (none, 0));
        for ((row, area), pool) in self.rows.iter_mut().zip(&outcome.pools) {
            add(row, pool);
            *area += pool.free_area;
        }
    }

    pub(super) fn finish(self, plan: &Plan) -> BTreeMap<String, InventoryRow> {
        let window = u128::from((plan.horizon - plan.warm_up).as_micros());
        let of = |((mut row, area), spec): ((InventoryRow, u128), &PoolSpec)| {
            row.mean_free_thousandths = (1000 * area).checked_div(window * self.runs).unwrap_or(0);
            if spec.stock == StockSpec::Unlimited {
                row = InventoryRow { unlimited: true, ..InventoryRow::default() };
            }
            (spec.name.clone(), row)
        };
        self.rows.into_iter().zip(&plan.region.pools).map(of).collect()
    }
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
