//! What became of the pools of stock, for the summary.
//!
//! Unlimited pools are named as such and have no figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::outcome::PoolCounts;
use crate::ecs::inventory::{PoolSpec, StockSpec};
use crate::sim::plan::Plan;

use super::totals::Totals;

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

/// Every pool over replications: counts added up, the least free of any, the mean of all.
pub(super) fn inventory(plan: &Plan, totals: &Totals) -> BTreeMap<String, InventoryRow> {
    let window = u128::from((plan.horizon - plan.warm_up).as_micros());
    let all = window * u128::from(totals.runs);
    let of = |(pool, spec): (&PoolCounts, &PoolSpec)| {
        let row = if spec.stock == StockSpec::Unlimited {
            InventoryRow { unlimited: true, ..InventoryRow::default() }
        } else {
            InventoryRow {
                unlimited: false,
                least_free: pool.least_free,
                mean_free_thousandths: (1000 * pool.free_area).checked_div(all).unwrap_or(0),
                claims_granted: pool.claims_granted,
                claims_refused: pool.claims_refused,
                tenants_arrived: pool.tenants_arrived,
                tenants_lost: pool.tenants_lost,
                tenants_waited: pool.tenants_waited,
                tenants_longest_wait_us: pool.tenants_wait.max().unwrap_or(0),
            }
        };
        (spec.name.clone(), row)
    };
    totals.counts.pools.iter().zip(&plan.region.pools).map(of).collect()
}
