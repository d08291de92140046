//! `check`: what is wrong with a scenario, or what it is and what is worth knowing about it.

use std::fmt::Write as _;

use crate::report::number::grouped;
use crate::sim::plan::{Basis, Plan};

use super::args::ScenarioArgs;
use super::exit::{Error, Exit};
use super::scenario::load;
use super::stdout::print;

/// Reads, and says what was read.
///
/// # Errors
/// With everything that is wrong with the scenario.
pub fn check(args: &ScenarioArgs) -> Result<Exit, Error> {
    let loaded = load(args)?;
    let mut text = describe(&args.scenario, &loaded.plan);
    for note in &loaded.notes {
        writeln!(text, "{note}").expect("strings take all");
    }
    print(text)?;
    Ok(Exit::Held)
}

fn describe(path: &str, plan: &Plan) -> String {
    let count = |things: usize, noun: &str| {
        format!("{} {noun}{}", grouped(things as u64), if things == 1 { "" } else { "s" })
    };
    let of = |basis| plan.inputs.iter().filter(|input| input.basis == basis).count();
    let faults = plan.call_faults.len() + plan.work_faults.len() + plan.environment_faults.len();
    format!(
        "{path}: {} is sound, {}\n\
         {}, {}, {}, {}, {}, {}, {}\n\
         {} to {} in {}, figures from {} on\n\
         inputs: {} given, {} measured, {} documented, {} assumed\n",
        plan.name,
        &plan.hash.get(..16).unwrap_or(&plan.hash),
        count(plan.region.instance_count() as usize, "instance"),
        count(plan.region.groups.len(), "group"),
        count(plan.region.pools.len(), "pool"),
        count(plan.demands.len(), "demand"),
        count(plan.controllers.len(), "controller"),
        count(faults, "fault"),
        count(plan.expectations.len(), "expectation"),
        plan.clock.format(crate::units::SimTime::ZERO),
        plan.clock.format(plan.horizon),
        plan.clock.zone().name(),
        plan.clock.format(plan.warm_up),
        of(Basis::Given),
        of(Basis::Measured),
        of(Basis::Documented),
        of(Basis::Assumed),
    )
}
