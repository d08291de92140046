//! What a planner asks first: a fifth less stock, a zone sold out on a Monday, other prices.

use stopsim::books::outcome::{Outcome, Wave, WaveKind};
use stopsim::cloud::plan::StockChange;
use stopsim::ecs::inventory::StockSpec;
use stopsim::scenario::{Memory, load_priced_in, what_if_variants};
use stopsim::sim::plan::Plan;

use crate::scenario::Disk;
use crate::worlds::{CALLS, FIRST, group, plan, plan_from, pool, run_plan, world};

const YEAR: &str = "scenarios/a-year.toml";

#[track_caller]
fn variant(plan: &Plan, name: &str) -> Plan {
    let all = what_if_variants(plan);
    let names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
    let found = all.into_iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("{names:?}")).1.unwrap()
}

fn starts(outcome: &Outcome) -> impl Iterator<Item = &Wave> {
    outcome.waves.iter().filter(|wave| wave.kind == WaveKind::Start)
}

/// The first Monday of the year is the fifth of January.
#[test]
fn a_zone_that_is_sold_out_starts_nothing_on_that_monday_and_all_else_is_as_given() {
    let another = "extends = \"a-year.toml\"\n\
                   [[group]]\nname = \"far\"\ncount = 4\nzone = \"cn-hangzhou-i\"\n\
                   type = \"ecs.c6.large\"\n\
                   [[pool]]\nname = \"c6-i\"\nzone = \"cn-hangzhou-i\"\nfamily = \"ecs.c6\"\n\
                   free = 20\n";
    let source = Memory::new()
        .with("a-year.toml", include_str!("../../scenarios/a-year.toml"))
        .with("a-year-holidays.csv", include_str!("../../scenarios/a-year-holidays.csv"))
        .with("two-zones.toml", another);
    let sets = ["clock.length=14d", "pool.g7-h.free=500"];
    let plan = plan_from("two-zones.toml", &source, &sets);
    let given = run_plan(&plan, FIRST).outcome;
    let sold_out = variant(&plan, "cn-hangzhou-h sold out 2026-01-05");
    let outcome = run_plan(&sold_out, FIRST).outcome;
    let monday = starts(&given).find(|wave| plan.clock.weekday_text(wave.day) == "Mon").unwrap();
    let mut struck = 0;
    for (own, other) in starts(&given).zip(starts(&outcome)) {
        let zone = &plan.region.zones[usize::from(own.zone)];
        if (own.day, zone.as_str()) == (monday.day, "cn-hangzhou-h") {
            assert_eq!((own.never, other.never), (0, own.at_risk), "{zone}");
            struck += 1;
        } else {
            assert_eq!(own, other, "{zone}");
        }
    }
    assert_eq!(struck, 1, "the zone has one type");
    assert!(starts(&given).any(|wave| plan.region.zones[usize::from(wave.zone)].ends_with("-i")));
}

#[test]
fn a_fifth_less_stock_is_a_fifth_less_at_first_and_of_what_is_listed() {
    let less = |column: &str| {
        let trace = format!("trace = {{ csv = \"stock.csv\", column = \"{column}\" }}");
        let text = world("2d", &format!("{CALLS}{}{}", group("web", 2, ""), pool(&trace)));
        let source = Memory::new().with("world.toml", text);
        let rows = format!("at,{column}\n2026-03-02,12\n2026-03-02 10:00,51\n");
        let source = source.with("stock.csv", rows);
        let plan = plan_from("world.toml", &source, &[]);
        let less = variant(&plan, "stock -20 %");
        let steps = less.pools[0].steps.iter().map(|step| step.change).collect();
        (less.region.pools[0].stock, steps)
    };
    let steps: Vec<StockChange> = [9, 40].map(StockChange::ObtainableTotal).to_vec();
    assert_eq!(less("obtainable_total"), (StockSpec::Limited { free: 8 }, steps));
    let steps: Vec<StockChange> = [9, 40].map(StockChange::ObtainableMore).to_vec();
    assert_eq!(less("obtainable_more"), (StockSpec::Limited { free: 9 }, steps));
}

#[test]
fn what_cannot_be_asked_says_why() {
    let unlimited = plan(&world("2d", &format!("{CALLS}{}", group("web", 2, ""))));
    let why = |plan: &Plan| -> Vec<String> {
        let all = what_if_variants(plan).into_iter();
        all.filter_map(|(name, variant)| Some(format!("{name}: {}", variant.err()?))).collect()
    };
    assert_eq!(
        why(&unlimited),
        [
            "stock -20 %: no pool has stock that could be less",
            "z sold out on a Monday: no stock of it is modelled",
        ],
    );
    let idle = world("2d", &format!("{CALLS}{}{}", group("web", 2, ""), pool("free = 10")));
    assert_eq!(
        why(&plan(&idle)),
        ["z sold out on a Monday: nothing of it is due to start on a Monday"],
    );
}

/// Compute has the price of the other region, what else is billed its own.
#[test]
fn prices_of_another_region_are_those_of_its_instance_types() {
    let plan = plan_from(YEAR, &Disk, &[]);
    let other = load_priced_in(YEAR, &Disk, &[], "us-east-1").unwrap().plan;
    let rates = |plan: &Plan, group: usize| {
        let rates = plan.region.groups[group].rates;
        [rates.compute, rates.system_disk].map(|rate| rate.to_string())
    };
    assert_eq!(rates(&plan, 0), ["0.52325", "0.042"]);
    assert_eq!(rates(&other, 0), ["0.5358", "0.042"]);
    assert_eq!(rates(&other, 1), ["0.5358", "0.084"]);
    let error = load_priced_in(YEAR, &Disk, &[], "cn-nowhere").unwrap_err();
    assert_eq!(error.problems[0].message, "no price of ecs.g7.large in cn-nowhere is known");
    let own = ["group.*.rate=1 CNY/h".to_owned()];
    let [home, away] = [None, Some("us-east-1")].map(|region| match region {
        None => plan_from(YEAR, &Disk, &[own[0].as_str()]),
        Some(region) => load_priced_in(YEAR, &Disk, &own, region).unwrap().plan,
    });
    assert_eq!(rates(&home, 1), rates(&away, 1), "the scenario's own price is kept");
}
