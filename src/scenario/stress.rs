//! Stress rows: the same scenario with what is assumed about restarts made better and worse.
//!
//! Only inputs that nobody gave, measured or documented are touched.

use crate::world::plan::{Basis, Lifecycle, Plan, PoolPlan};

/// Plans with assumed durations halved and doubled, and assumed other tenants −20 % and +20 %;
/// a row that would change nothing is left out.
pub fn stress_variants(plan: &Plan) -> Vec<(String, Plan)> {
    let mut variants = vec![];
    for (name, num, den) in [("assumed durations x 1/2", 1, 2), ("assumed durations x 2", 2, 1)] {
        variants.extend(with_durations(plan, num, den).map(|plan| (name.to_owned(), plan)));
    }
    for (name, percent) in [("other tenants -20 %", 80), ("other tenants +20 %", 120)] {
        variants.extend(with_tenants(plan, percent).map(|plan| (name.to_owned(), plan)));
    }
    variants
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
        let assumed = |key| is_assumed(plan, "group", &group.name, key);
        let Lifecycle { stop, force_stop, start, allocation, ready, .. } = lifecycle;
        for (key, span) in [
            ("stop", stop),
            ("force_stop", force_stop),
            ("start", start),
            ("allocation", allocation),
        ] {
            if assumed(key) {
                *span = span.scaled(num, den);
                changed = true;
            }
        }
        if let (Some(span), true) = (ready, assumed("ready")) {
            *span = span.scaled(num, den);
            changed = true;
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
