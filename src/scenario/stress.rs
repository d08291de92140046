//! Stress rows: the same scenario with what is assumed about restarts made better and worse.
//!
//! Only inputs that nobody gave, measured or documented are touched; and how far pools that a
//! fallback list spreads over are short at the same time, which no input says.

use crate::ecs::inventory::StockSpec;
use crate::world::plan::{Basis, Plan, PoolPlan, fallback_pools};

/// Plans with assumed durations halved and doubled, and assumed other tenants and stock −20 % and
/// +20 %; a row that would change nothing is left out.
pub fn stress_variants(plan: &Plan) -> Vec<(String, Plan)> {
    let mut variants = vec![];
    for (name, num, den) in [("assumed durations x 1/2", 1, 2), ("assumed durations x 2", 2, 1)] {
        variants.extend(with_durations(plan, num, den).map(|plan| (name.to_owned(), plan)));
    }
    for (name, percent) in [("other tenants -20 %", 80), ("other tenants +20 %", 120)] {
        variants.extend(with_tenants(plan, percent).map(|plan| (name.to_owned(), plan)));
    }
    for (name, percent) in [("stock at first -20 %", 80), ("stock at first +20 %", 120)] {
        variants.extend(with_stock(plan, percent).map(|plan| (name.to_owned(), plan)));
    }
    let together = short_together(plan);
    variants.extend(together.map(|plan| ("fallback pools short together".to_owned(), plan)));
    variants
}

/// The plan at full correlation: the pools that the types of a group draw on are short together,
/// so that none of them serves a start while another could not.
fn short_together(plan: &Plan) -> Option<Plan> {
    let sets = fallback_pools(plan);
    if sets.is_empty() {
        return None;
    }
    let mut stressed = plan.clone();
    let region = std::sync::Arc::make_mut(&mut stressed.region);
    for (number, (_, pools)) in (0..).zip(&sets) {
        // Lists that share a pool are one: the first number spreads over both.
        let known = pools.iter().find_map(|pool| region.pools[pool.index()].short_together);
        let number = known.unwrap_or(number);
        for pool in pools {
            region.pools[pool.index()].short_together = Some(number);
        }
    }
    Some(stressed)
}

/// Whether a key of an entry is assumed; what rows of a CSV leave out stands under `*`.
fn is_assumed(plan: &Plan, table: &str, name: &str, key: &str) -> bool {
    let own = format!("{table}.{name}.{key}");
    let all = format!("{table}.*.{key}");
    let find = |path: &str| plan.inputs.iter().find(|input| input.path == path);
    find(&own).or_else(|| find(&all)).is_some_and(|input| input.basis == Basis::Assumed)
}

fn with_durations(plan: &Plan, num: u64, den: u64) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    for (group, lifecycle) in plan.region.groups.iter().zip(&mut stressed.lifecycles) {
        for (key, span) in lifecycle.spans_mut() {
            if let (Some(span), true) = (span, is_assumed(plan, "group", &group.name, key)) {
                *span = span.scaled(num, den);
                changed = true;
            }
        }
    }
    changed.then_some(stressed)
}

fn with_tenants(plan: &Plan, percent: u64) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    for (spec, pool) in plan.region.pools.iter().zip(&mut stressed.pools) {
        let PoolPlan { tenants: Some(tenants), .. } = pool else { continue };
        if is_assumed(plan, "pool", &spec.name, "others.per_hour") {
            for milli in &mut tenants.milli_per_hour {
                *milli = *milli * percent / 100;
            }
            changed = true;
        }
    }
    changed.then_some(stressed)
}

/// What is free at time 0 of pools whose stock is a guess.
fn with_stock(plan: &Plan, percent: u64) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    let region = std::sync::Arc::make_mut(&mut stressed.region);
    for (spec, pool) in region.pools.iter_mut().zip(&mut stressed.pools) {
        let guessed = |key| is_assumed(plan, "pool", &spec.name, key);
        let StockSpec::Limited { free } = &mut spec.stock else { continue };
        if !guessed("free") && !guessed("total") {
            continue;
        }
        let moved = u64::try_from(u128::from(*free) * u128::from(percent) / 100);
        let moved = moved.expect("the limits of a pool's stock leave room for a fifth more");
        // The fleet holds what it holds: of a total the rest moves.
        pool.total = pool.total.map(|total| total - *free + moved);
        changed |= moved != *free;
        *free = moved;
    }
    changed.then_some(stressed)
}
