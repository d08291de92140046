//! Nearly right files through the library, in this process: each is read, or refused with a text.
//!
//! No program is started, so some hundred times as many are tried in the same time as through the
//! program (`fuzz`), where exit codes, files and limits are seen. A million of them, in one gigabyte:
//! `ulimit -v 1048576; STOPSIM_SAMPLE_TIMES=500 cargo test --test it fuzz_library`.

// What hangs is told by the clock of the machine.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use stopsim::engine::TiePolicy;
use stopsim::import::history::{self, Form};
use stopsim::import::problem::Problems;
use stopsim::import::schedule::{self, Dialect};
use stopsim::import::stock::{self, Categories, Encoding};
use stopsim::import::{Input, Moments, arrivals, bill, instances, prices};
use stopsim::scenario::{Memory, expand, load};
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};
use stopsim::units::SimDuration;

use crate::dice::{self, Tape};
use crate::fuzz::{
    BESIDE, EXPORTS, SCENARIOS, TABLES, Target, begins_elsewhere, one, taking, tries, words,
};
use crate::mutate::{Form as TextForm, mutated};

/// No text may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Worlds of more instances are read, and not run.
const INSTANCES_MAX: usize = 1_000;

/// A run is cut after so many events.
const EVENTS: u64 = 300;

/// What is told has a text; what a terminal would obey in it the program takes out.
fn told(text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err("says nothing".to_owned()) } else { Ok(()) }
}

/// A scenario that is read can be expanded, is the same once expanded, and runs.
fn scenario(name: &str, source: &Memory) -> Result<(), String> {
    let loaded = match load(name, source, &[]) {
        Ok(loaded) => loaded,
        Err(errors) => return told(&errors.render(false)),
    };
    let expanded = expand(name, source, &[]).map_err(|errors| errors.render(false))?;
    let source = source.clone().with("expanded.toml", &expanded);
    let again = load("expanded.toml", &source, &[]).map_err(|errors| errors.render(false))?;
    if again.plan.hash != loaded.plan.hash {
        return Err(format!("expanded, it is another one:\n{expanded}"));
    }
    begins(&loaded.plan)
}

/// The first events of a world that is not large.
fn begins(plan: &Plan) -> Result<(), String> {
    let last = plan.region.groups.iter().map(|group| group.count as usize).sum::<usize>();
    if last <= INSTANCES_MAX {
        let ties = TiePolicy::Fifo;
        let first = RunId { seed: 1, replication: 0, ties, until_event: Some(EVENTS) };
        // A sound scenario may be one whose clients never let time go on.
        let _ = run(plan, first, &mut NoObserver);
    }
    Ok(())
}

/// What an import writes, by name, or what it says is wrong.
type Written = Result<Vec<(String, String)>, Problems>;

fn imported(import: &str, name: &str, text: &str) -> Written {
    let input = Input { name: name.to_owned(), reader: Box::new(text.as_bytes()) };
    let only = |name: &str, text: String| Ok(vec![(name.to_owned(), text)]);
    let stream = |name: &str, bytes: Vec<u8>| {
        only(name, String::from_utf8(bytes).expect("imports write UTF-8"))
    };
    let moments = |zone| Moments::named(zone).expect("a time zone");
    let mut bytes = Vec::new();
    match import {
        "describe-instances" => {
            let (region, start) = (None, None);
            let options = instances::Options { region, start, currency: Some("CNY".to_owned()) };
            only("scenario.toml", instances::import(vec![input], &options)?.scenario)
        }
        "bill" => {
            let read = bill::read(input)?;
            told(&bill::screen(&read, &[])).expect("the screen of a bill");
            let prices = bill::prices(&read, &[]);
            let priced = prices.contains("[[price]]");
            if priced { only("prices.toml", prices) } else { Ok(vec![]) }
        }
        "history" => {
            let moments = moments("America/New_York");
            let wave_gap = SimDuration::from_mins(5);
            let options = history::Options { moments: moments.clone(), wave_gap, within: None };
            let read = history::read(input, &options)?;
            told(&history::screen(&read, &moments)).expect("the screen of a history");
            only("measured.toml", history::fragment(&read, &["web".to_owned()], Form::Empirical)?)
        }
        "prices" => {
            let options = prices::Options { regions: vec![], network: "vpc".to_owned() };
            only("prices.csv", prices::import(input, &options)?.csv)
        }
        "stock-status" => {
            let categories = Categories { with_stock: 9, closed_with_stock: 1 };
            let status = stock::status(input, categories, &moments("Asia/Shanghai"))?;
            let paths = status.paths.into_iter();
            let paths = paths.map(|path| (format!("{}.csv", path.name), path.csv));
            Ok([("pools.toml".to_owned(), status.pools)].into_iter().chain(paths).collect())
        }
        "stock-trace" => {
            let encoding = Encoding::Missing { of: 20 };
            stock::trace(input, encoding, ("obtainable_total", 1), &mut bytes)?;
            stream("stock.csv", bytes)
        }
        "vm-arrivals" => {
            arrivals::import(input, None, SimDuration::from_mins(45), &mut bytes)?;
            stream("others.csv", bytes)
        }
        "schedule" => {
            let options = schedule::Options {
                dialect: dialect(name),
                groups: vec!["web".to_owned()],
                timezone: Some("Asia/Shanghai".to_owned()),
                from: "2026-03-02".to_owned(),
                until: "2026-03-29".to_owned(),
                only: vec![],
            };
            only("schedule.toml", schedule::import(input, &options)?.toml)
        }
        import => panic!("there is no import {import}"),
    }
}

/// That which a file is named after.
fn dialect(name: &str) -> Dialect {
    match name.split('.').next() {
        Some("cron") => Dialect::Cron,
        Some("quartz") => Dialect::Quartz,
        Some("oos") => Dialect::Oos,
        Some("eventbridge") => Dialect::Eventbridge,
        Some("gcp") => Dialect::Gcp,
        Some("instance-scheduler") => Dialect::InstanceScheduler,
        Some("custodian") => Dialect::Custodian,
        other => panic!("no dialect is called {other:?}"),
    }
}

/// What an import writes makes a scenario that is read.
fn import(import: &str, name: &str, text: &str) -> Result<(), String> {
    let written = match imported(import, name, text) {
        Ok(written) => written,
        Err(problems) => return told(&problems.to_string()),
    };
    let Some((first, _)) = written.first() else { return Ok(()) };
    let over = taking(first);
    let name = if over.is_some() { "over.toml" } else { "out/scenario.toml" };
    let mut source = Memory::new().with("out/none.toml", "");
    if let Some(text) = &over {
        source = source.with("over.toml", text);
    }
    let is_book = first == "prices.csv";
    for (name, text) in &written {
        source = source.with(format!("out/{name}"), text);
    }
    if is_book {
        return Ok(());
    }
    match load(name, &source, &[]) {
        Ok(loaded) => begins(&loaded.plan),
        Err(errors) => {
            let told = errors.render(false);
            if begins_elsewhere(&told) { Ok(()) } else { Err(told) }
        }
    }
}

/// Does with a text what its kind is for.
fn read(target: &Target, text: &str) -> Result<(), String> {
    let began = Instant::now();
    let with = |files: &[(String, String)]| {
        files.iter().fold(Memory::new(), |source, (name, text)| source.with(name, text))
    };
    match target.kind.as_str() {
        "scenario" => scenario("mutated.toml", &with(&BESIDE).with("mutated.toml", text)),
        "table" => scenario("tables.toml", &with(&TABLES).with(&target.name, text)),
        kind => import(kind.strip_prefix("import-").expect("an import"), &target.name, text),
    }?;
    match began.elapsed() > PATIENCE {
        true => Err(format!("takes {:?}", began.elapsed())),
        false => Ok(()),
    }
}

fn holds(target: &Target, text: &str) -> Result<(), TestCaseError> {
    read(target, text).map_err(|why| TestCaseError::fail(format!("{target:?}: {why}\n{text}")))
}

proptest! {
    #![proptest_config(tries(400))]

    #[test]
    fn a_nearly_right_scenario_is_read_or_refused(
        world in vec(any::<u16>(), 0..400),
        words in words(),
    ) {
        let tape = &mut Tape::new(&words);
        let (target, text) = match tape.below(8) {
            0 => (Target::new("scenario", "mutated.toml"), one(tape, &SCENARIOS).clone()),
            1..=3 => {
                let (name, text) = one(tape, &TABLES);
                (Target::new("table", name), text.clone())
            }
            _ => (Target::new("scenario", "mutated.toml"), dice::scenario(&world).0),
        };
        let text = mutated(tape, &text, TextForm::of(&target.name), &SCENARIOS);
        holds(&target, &text)?;
    }
}

proptest! {
    #![proptest_config(tries(1_600))]

    #[test]
    fn a_nearly_right_export_is_read_or_refused(words in words()) {
        let tape = &mut Tape::new(&words);
        let (target, text) = one(tape, &EXPORTS);
        holds(target, &mutated(tape, text, TextForm::of(&target.name), &[]))?;
    }
}
