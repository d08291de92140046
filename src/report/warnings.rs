//! What a reader must know before believing a result.

use crate::ecs::id::PoolId;
use crate::sim::plan::{Plan, fallback_pools};

/// One sentence for each.
pub fn warnings(plan: &Plan) -> Vec<String> {
    fallback_pools(plan)
        .into_iter()
        .filter(|(_, pools)| !share_a_fault(plan, pools))
        .map(|(group, pools)| {
            let name = |pool: &PoolId| plan.region.pools[pool.index()].name.as_str();
            let names: Vec<&str> = pools.iter().map(name).collect();
            format!(
                "pools {} are short independently here, which flatters the fallback of {}",
                names.join(" and "),
                plan.region.group(group).name,
            )
        })
        .collect()
}

/// Whether some fault, such as a shock of the zone, hits all of these pools.
fn share_a_fault(plan: &Plan, pools: &[PoolId]) -> bool {
    plan.environment_faults.iter().any(|fault| pools.iter().all(|pool| fault.pools.contains(pool)))
}
