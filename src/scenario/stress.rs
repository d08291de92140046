//! Stress rows: the same scenario with what is assumed about restarts made better and worse.
//!
//! Only inputs that nobody gave, measured or documented are touched; and how far pools that a
//! fallback list spreads over are short at the same time, which no input says.

use std::collections::BTreeMap;

use crate::cloud::plan::PoolPlan;
use crate::ecs::inventory::StockSpec;
use crate::sim::plan::{Basis, Plan, fallback_pools};

/// Plans with assumed durations halved and doubled, and assumed other tenants and stock −20 % and
/// +20 %; a row that would change nothing is left out.
pub fn stress_variants(plan: &Plan) -> Vec<(String, Plan)> {
    let mut variants = vec![];
    let guesses = Guesses::of(plan);
    for (name, num, den) in [("assumed durations x 1/2", 1, 2), ("assumed durations x 2", 2, 1)] {
        let stressed = with_durations(plan, &guesses, num, den);
        variants.extend(stressed.map(|plan| (name.to_owned(), plan)));
    }
    for (name, percent) in [("other tenants -20 %", 80), ("other tenants +20 %", 120)] {
        let stressed = with_tenants(plan, &guesses, percent);
        variants.extend(stressed.map(|plan| (name.to_owned(), plan)));
    }
    for (name, percent) in [("stock at first -20 %", 80), ("stock at first +20 %", 120)] {
        let guessed =
            |pool: &str| ["free", "total"].into_iter().any(|key| guesses.hold("pool", pool, key));
        let stressed = with_stock(plan, guessed, percent);
        variants.extend(stressed.map(|plan| (name.to_owned(), plan)));
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

/// Which inputs are assumed, by path.
struct Guesses<'a>(BTreeMap<&'a str, bool>);

impl<'a> Guesses<'a> {
    fn of(plan: &'a Plan) -> Guesses<'a> {
        let mut guesses = BTreeMap::new();
        for input in &plan.inputs {
            guesses.entry(input.path.as_str()).or_insert(input.basis == Basis::Assumed);
        }
        Guesses(guesses)
    }

    /// Whether a key of an entry is assumed; what rows of a CSV leave out stands under `*`.
    fn hold(&self, table: &str, name: &str, key: &str) -> bool {
        let find = |path: &str| self.0.get(path).copied();
        let own = find(&format!("{table}.{name}.{key}"));
        own.or_else(|| find(&format!("{table}.*.{key}"))).unwrap_or(false)
    }
}

fn with_durations(plan: &Plan, guesses: &Guesses<'_>, num: u64, den: u64) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    for (group, lifecycle) in plan.region.groups.iter().zip(&mut stressed.lifecycles) {
        for (key, span) in lifecycle.spans_mut() {
            if let (Some(span), true) = (span, guesses.hold("group", &group.name, key)) {
                *span = span.scaled(num, den);
                changed = true;
            }
        }
    }
    stressed.share_durations();
    changed.then_some(stressed)
}

fn with_tenants(plan: &Plan, guesses: &Guesses<'_>, percent: u64) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    for (spec, pool) in plan.region.pools.iter().zip(&mut stressed.pools) {
        let PoolPlan { tenants: Some(tenants), .. } = pool else { continue };
        if guesses.hold("pool", &spec.name, "others.per_hour") {
            for milli in &mut tenants.milli_per_hour {
                *milli = *milli * percent / 100;
            }
            changed = true;
        }
    }
    changed.then_some(stressed)
}

/// What is free at time 0 of these pools.
pub(super) fn with_stock(
    plan: &Plan,
    is_meant: impl Fn(&str) -> bool,
    percent: u64,
) -> Option<Plan> {
    let mut stressed = plan.clone();
    let mut changed = false;
    let region = std::sync::Arc::make_mut(&mut stressed.region);
    for (spec, pool) in region.pools.iter_mut().zip(&mut stressed.pools) {
        let StockSpec::Limited { free } = &mut spec.stock else { continue };
        if !is_meant(&spec.name) {
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
