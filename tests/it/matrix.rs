//! Defects against properties: each defect is caught by the property that should see it, and the
//! same controller without it is not; each property catches something.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stopsim::fact::Defect;
use stopsim::hunt::mix::TieOrder;
use stopsim::hunt::selftest::worlds::world_of;
use stopsim::hunt::{Hunter, Mix, Trial};
use stopsim::property::BUILT_IN;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;

use crate::worlds::plan;

/// So many seeds of each world, each in two orders of ties.
const SEEDS: u64 = 20;

/// In how many runs each property is violated.
fn violated(plan: &Plan) -> BTreeMap<String, u32> {
    let hunter = Hunter::new(plan, true);
    let mut all = BTreeMap::new();
    for seed in 1..=SEEDS {
        for ties in [TieOrder::Fifo, TieOrder::Seeded] {
            let told = hunter.run(&Trial::new(seed, Mix::Stated, ties)).unwrap();
            for violation in told.violations() {
                let name = plan.properties.name(violation.property).to_owned();
                *all.entry(name).or_default() += 1;
            }
        }
    }
    all
}

/// The page: what each defect violates in its world, and what the sound controller does there.
fn page() -> String {
    let mut page = String::from(
        "# Defects against properties\n\n`BLESS=1 cargo test --test it -- matrix` rewrites this \
         page.\n\nEach defect of [DEFECTS.md](DEFECTS.md) runs in a small world in which it shows \
         (`src/hunt/selftest/worlds.rs`), 20 seeds each in two orders of ties: a number is how many \
         of the 40 runs violate the property. **Bold** is the property that should see it. Below \
         it stands the same controller without the defect, where that violates something.\n\n",
    );
    head(&mut page);
    for defect in Defect::ALL {
        let name = defect.name();
        let with = violated(&plan(&world_of(name).text(Some(name))));
        let without = violated(&plan(&world_of(name).text(None)));
        row(&mut page, &format!("`{name}`"), &with, defect.property());
        if !without.is_empty() {
            row(&mut page, "*without it*", &without, "");
        }
    }
    page += "\nThe same in [flaky-mornings](../scenarios/flaky-mornings.toml), whose controller \
             copes with all its faults. Not every defect shows there.\n\n";
    head(&mut page);
    row(&mut page, "*none*", &violated(&flaky(None)), "");
    for defect in Defect::ALL {
        let found = violated(&flaky(Some(defect.name())));
        row(&mut page, &format!("`{}`", defect.name()), &found, "");
    }
    page
}

/// The shipped scenario, whose controller has a defect or none.
fn flaky(defect: Option<&str>) -> Plan {
    let sets = defect.map(|name| format!("controller.careful.defects=[\"{name}\"]"));
    let sets: Vec<String> = sets.into_iter().collect();
    let text = include_str!("../../scenarios/flaky-mornings.toml");
    load("flaky.toml", &Memory::new().with("flaky.toml", text), &sets).unwrap().plan
}

fn head(page: &mut String) {
    page.push_str("| defect |");
    BUILT_IN.iter().for_each(|which| write!(page, " `{}` |", which.name()).unwrap());
    page.push_str("\n| --- |");
    BUILT_IN.iter().for_each(|_| page.push_str(" ---: |"));
    page.push('\n');
}

fn row(page: &mut String, name: &str, violated: &BTreeMap<String, u32>, expected: &str) {
    write!(page, "| {name} |").unwrap();
    for which in BUILT_IN {
        let runs = violated.get(which.name()).copied().unwrap_or(0);
        match (runs, which.name() == expected) {
            (0, false) => page.push_str(" · |"),
            (runs, true) => write!(page, " **{runs}** |").unwrap(),
            (runs, false) => write!(page, " {runs} |").unwrap(),
        }
    }
    page.push('\n');
}

#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_matrix_is_as_measured() {
    const PAGE: &str = "docs/MATRIX.md";
    let page = page();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test --test it -- matrix");
    for which in BUILT_IN {
        let caught = page.lines().filter(|line| line.starts_with("| `"));
        let column = 2 + which as usize;
        let catches = caught
            .filter(|line| !["·", "**0**"].contains(&line.split('|').nth(column).unwrap().trim()));
        assert!(catches.count() > 0, "{} catches nothing", which.name());
    }
    assert!(!page.contains("without it"), "a controller without a defect violates something");
    assert!(!page.contains("**0**"), "a defect is not caught by the property that should see it");
}
