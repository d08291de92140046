//! What-if variants of a plan: what a planner asks first of stock.
//!
//! Nobody's guess is moved here, as stress rows do: it is asked what happens where something turns
//! out otherwise than the scenario says, whatever that rests on.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::cloud::plan::StockChange;
use crate::demand::calendar::{CivilDate, Weekday};
use crate::ecs::id::{PoolId, ZoneId};
use crate::ecs::inventory::StockSpec;
use crate::engine::Identity;
use crate::fault::rule::{EnvironmentEffect, EnvironmentFault, When};
use crate::sim::plan::Plan;
use crate::units::{Ratio, SimTime};

use super::stress::with_stock;

/// A variant of a plan under its name, or why there is none.
pub type Variant = (String, Result<Plan, String>);

/// How much is left of stock that is a fifth less.
const PERCENT: u64 = 80;

/// The plan with a fifth less stock, and with each zone sold out on the first Monday on which
/// instances of it are due to start.
pub fn what_if_variants(plan: &Plan) -> Vec<Variant> {
    let mut variants = vec![("stock -20 %".to_owned(), with_less_stock(plan))];
    for (place, zone) in plan.region.zones.iter().enumerate() {
        let (name, variant) = match first_monday(plan, ZoneId::at(place)) {
            Ok((date, pools, day)) => {
                (format!("{zone} sold out {date}"), Ok(sold_out(plan, zone, pools, day)))
            }
            Err(why) => (format!("{zone} sold out on a Monday"), Err(why)),
        };
        variants.push((name, variant));
    }
    variants
}

/// A fifth less of what is free at first, and of what is listed or recorded later.
fn with_less_stock(plan: &Plan) -> Result<Plan, String> {
    let at_first = with_stock(plan, |_| true, PERCENT);
    let mut changed = at_first.is_some();
    let mut less = at_first.unwrap_or_else(|| plan.clone());
    for step in less.pools.iter_mut().flat_map(|pool| &mut pool.steps) {
        match &mut step.change {
            StockChange::ObtainableTotal(units) | StockChange::ObtainableMore(units) => {
                let left = Ratio::new(PERCENT, 100).of(*units);
                changed |= left != *units;
                *units = left;
            }
            StockChange::Total(_) | StockChange::Others(_) => {}
        }
    }
    if changed { Ok(less) } else { Err("no pool has stock that could be less".to_owned()) }
}

/// The first Monday of the window on which instances of a zone are due to start whose stock can be
/// sold out, with the pools of that zone, and when it is.
fn first_monday(
    plan: &Plan,
    zone: ZoneId,
) -> Result<(CivilDate, Vec<PoolId>, Range<SimTime>), String> {
    let region = &plan.region;
    let limited = |pool: &PoolId| region.pools[pool.index()].stock != StockSpec::Unlimited;
    let pools: Vec<PoolId> = (0..region.pools.len()).map(PoolId::at).collect();
    let pools: Vec<PoolId> = pools
        .into_iter()
        .filter(|pool| region.pools[pool.index()].zone == zone && limited(pool))
        .collect();
    if pools.is_empty() {
        return Err("no stock of it is modelled".to_owned());
    }
    let draws = |group: &&crate::ecs::spec::GroupSpec| {
        group.zone == zone && group.pool.is_some_and(|pool| limited(&pool))
    };
    let groups: Vec<Range<u32>> = region
        .groups
        .iter()
        .filter(draws)
        .map(|group| group.first.0..group.first.0 + group.count)
        .collect();
    let meets = |own: &Range<u32>| {
        groups.iter().any(|group| own.start < group.end && group.start < own.end)
    };
    let demands = plan.demands.iter().filter(|demand| demand.instances.iter().any(meets));
    let starts = demands.flat_map(|demand| &demand.edges);
    let starts = starts.filter(|edge| edge.wanted && edge.at >= plan.warm_up);
    let dates: BTreeSet<CivilDate> =
        starts.map(|edge| CivilDate::from_day(plan.clock.civil_day(edge.at))).collect();
    let monday = dates.into_iter().find(|date| date.weekday() == Weekday::Mon);
    let found = monday.and_then(|date| Some((date, pools, plan.clock.day(date)?)));
    found.ok_or_else(|| "nothing of it is due to start on a Monday".to_owned())
}

/// The plan with every claim on these pools refused on a day. It comes after all other faults,
/// whose luck is left alone.
fn sold_out(plan: &Plan, zone: &str, pools: Vec<PoolId>, day: Range<SimTime>) -> Plan {
    let mut variant = plan.clone();
    let name = format!("what if {zone} is sold out");
    variant.environment_faults.push(EnvironmentFault {
        identity: Identity::of("environment_fault", &name),
        name,
        when: When::Listed(vec![day]),
        pools,
        probability: Ratio::ONE,
        effect: EnvironmentEffect::SoldOut,
    });
    variant
}
