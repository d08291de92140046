//! Long scenarios: what an entry costs where there are many, beside what it costs where there are few.

use std::fmt::Write;
use std::io::sink;
use std::time::Instant;

use stopsim::engine::TiePolicy;
use stopsim::report::Results;
use stopsim::report::collected::Collected;
use stopsim::report::stress::StressRow;
use stopsim::report::summary::Summary;
use stopsim::report::text;
use stopsim::scenario::{Memory, load, stress_variants};
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};

use crate::table::{Goal, line, medians, nanos};

/// What there is one of for each entry; of the rest there is one, or one for each group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group,
    Pool,
    Demand,
    Controller,
    Service,
}

const HEAD: &str = "name = \"entries\"\n[clock]\nstart = \"2026-03-02\"\n\
                    timezone = \"Asia/Shanghai\"\nlength = \"1d\"\n[region]\nid = \"cn-hangzhou\"\n";
const WINDOWS: &str = "windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]";

/// A day of so many groups of one instance that are stopped and started.
fn scenario(kind: Kind, count: u32) -> String {
    let mut text = HEAD.to_owned();
    let mut say = |entry: String| text.write_str(&entry).expect("a string takes all");
    let one = |is: bool, place: u32| if is { place } else { 0 };
    for place in 0..count {
        let zone = one(kind == Kind::Pool, place);
        say(format!(
            "[[group]]\nname = \"g{place}\"\ncount = 1\nzone = \"z{zone}\"\n\
             type = \"ecs.g7.large\"\nrate = \"1 CNY/h\"\n"
        ));
    }
    for place in 0..=one(kind == Kind::Pool, count - 1) {
        say(format!(
            "[[pool]]\nname = \"p{place}\"\nzone = \"z{place}\"\nfamily = \"ecs.g7\"\n\
             free = 100000\n"
        ));
    }
    let has_demands = matches!(kind, Kind::Demand | Kind::Controller | Kind::Service);
    for place in 0..=one(has_demands, count - 1) {
        let groups = if has_demands { format!("g{place}") } else { "g*".to_owned() };
        say(format!("[[demand]]\nname = \"d{place}\"\ngroups = [\"{groups}\"]\n{WINDOWS}\n"));
    }
    for place in 0..=one(matches!(kind, Kind::Controller | Kind::Service), count - 1) {
        say(format!(
            "[[controller]]\nname = \"c{place}\"\nfollows = \"d{place}\"\n\
             stop = {{ mode = \"StopCharging\" }}\n"
        ));
    }
    for place in (0..count).filter(|_| kind == Kind::Service) {
        let after = match place % 2 {
            0 => String::new(),
            _ => format!("start_after = [\"s{}\"]\n", place - 1),
        };
        say(format!("[[service]]\nname = \"s{place}\"\nneeds = {{ g{place} = \"1/1\" }}\n{after}"));
    }
    text
}

fn plan(source: &Memory) -> Plan {
    match load("bench.toml", source, &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

/// Nanoseconds that reading, running and reporting take for each entry, stressed rows included.
fn each(source: &Memory, count: u32) -> f64 {
    let id = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
    let began = Instant::now();
    let plan = plan(source);
    let outcomes = [run(&plan, id, &mut NoObserver).expect("no livelock")];
    let row = |(name, plan): (String, Plan)| {
        let outcome = run(&plan, id, &mut NoObserver).expect("no livelock");
        StressRow::of(name, &Collected::of(&plan, &[outcome]).totals)
    };
    let stress: Vec<StressRow> = stress_variants(&plan).into_iter().map(row).collect();
    let collected = Collected::of(&plan, &outcomes);
    let results = Results {
        plan: &plan,
        seed: 1,
        ties: "fifo",
        replication: None,
        until_event: None,
        collected: &collected,
        what_if: None,
        stress: &stress,
    };
    let summary = Summary::of(&results);
    summary.write(sink()).expect("nothing fails");
    text::write(sink(), &results, &summary, "stopsim run", true).expect("nothing fails");
    began.elapsed().as_nanos() as f64 / f64::from(count)
}

/// Eight times as many entries of each kind, an entry each beside an entry of the fewer.
pub fn entries(many: u32) {
    let kinds = [
        ("groups", Kind::Group, many),
        ("pools", Kind::Pool, many),
        ("demands", Kind::Demand, many),
        ("controllers", Kind::Controller, many),
        // There are at most a thousand.
        ("services", Kind::Service, many / 4),
    ];
    for (name, kind, many) in kinds {
        let few = many / 8;
        let [of_many, of_few] =
            [many, few].map(|count| Memory::new().with("bench.toml", scenario(kind, count)));
        let taken = medians(&mut [&mut || each(&of_many, many), &mut || each(&of_few, few)]);
        let what = format!("{many} {name}, an entry");
        let against = format!("× an entry of {few}");
        line(&what, &nanos(taken[0]), &against, taken[0] / taken[1], Goal::AtMost(1.5));
    }
}
