//! `run --year` and `run --what-if`: which scenario is run, and in which variants.

use std::collections::BTreeSet;

use crate::ecs::price::{PRICES, Rates};
use crate::report::months;
use crate::scenario::{Variant, what_if_variants};
use crate::sim::plan::Plan;
use crate::units::SimDuration;

use super::args::{RunArgs, ScenarioArgs};
use super::exit::Error;
use super::scenario::{load, load_priced_in};

/// A year is whole weeks, so that every day of the week weighs alike.
const YEAR: SimDuration = SimDuration::from_hours(52 * 7 * 24);
/// The key that says how long a run is.
const LENGTH: &str = "clock.length";

/// The scenario of a run, looked at by month where it is long enough, and its flags.
///
/// # Errors
/// With everything that is wrong with it, and if its length is set twice.
pub fn scenario(args: &RunArgs) -> Result<(Plan, ScenarioArgs), Error> {
    let mut scenario = args.scenario.clone();
    if is_asked(args) && scenario.scenario == "-" {
        let error = Error::new("standard input can be read once, and every variant is a scenario");
        return Err(error.hint("write the scenario to a file"));
    }
    let mut plan = load(&scenario)?.plan;
    if args.year {
        let is_length = |set: &&String| set.split(['=', '*']).next().unwrap_or("").trim() == LENGTH;
        if let Some(set) = scenario.sets.iter().find(is_length) {
            let error = Error::new(format!("--year as well as --set {set}"));
            return Err(error.hint("a year is 52 weeks from the end of the warm-up; give one"));
        }
        let length = SimDuration::from_micros(plan.warm_up.as_micros() + YEAR.as_micros());
        scenario.sets.push(format!("{LENGTH}={length}"));
        plan = load(&scenario)?.plan;
    }
    // Of a run that is cut short no month is known to be over.
    if args.until_event.is_none() {
        plan.marks = months::marks(&plan);
    }
    Ok((plan, scenario))
}

/// Whether it is asked what happens where something turns out otherwise.
pub fn is_asked(args: &RunArgs) -> bool {
    args.year || args.what_if || !args.what_if_region.is_empty()
}

/// The words of a command line that ask for the same.
pub fn words(args: &RunArgs) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(args.year.then(|| "--year".to_owned()));
    words.extend((args.what_if && !args.year).then(|| "--what-if".to_owned()));
    for region in &args.what_if_region {
        words.extend(["--what-if-region".to_owned(), region.clone()]);
    }
    words
}

/// Everything that is asked, and why some of it cannot be.
pub fn variants(args: &RunArgs, scenario: &ScenarioArgs, plan: &Plan) -> Vec<Variant> {
    let mut variants = what_if_variants(plan);
    for (_, variant) in &mut variants {
        variant.iter_mut().for_each(|plan| plan.marks.clear());
    }
    let of_book: BTreeSet<&str> = PRICES.iter().map(|price| price.region).collect();
    let own = plan.region.regions();
    let elsewhere = of_book.into_iter().filter(|region| !own.contains(region));
    let regions: Vec<&str> = match args.what_if_region.as_slice() {
        [] => elsewhere.collect(),
        given => given.iter().map(String::as_str).collect(),
    };
    for region in regions {
        let variant = load_priced_in(scenario, region).and_then(|other| {
            let rates = |plan: &Plan| -> Vec<Rates> {
                plan.region.kinds().map(|kind| *plan.region.kind(kind).rates).collect()
            };
            if rates(&other) == rates(plan) {
                Err("no price would change".to_owned())
            } else {
                Ok(other)
            }
        });
        variants.push((format!("prices of {region}"), variant));
    }
    variants
}
