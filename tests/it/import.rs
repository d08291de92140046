//! What others export, from outside: formats, errors, and what scenarios make of the results.

// These tests read the project's own files and what the program left on the disk.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stopsim::engine::TiePolicy;
use stopsim::import::bill;
use stopsim::import::history::{self, Form, History};
use stopsim::import::instances::{self, Imported};
use stopsim::import::problem::Problems;
use stopsim::import::stock::{self, Categories, Encoding};
use stopsim::import::{Input, Moments, arrivals};
use stopsim::scenario::{Memory, load};
use stopsim::sim::{NoObserver, RunId};
use stopsim::units::{Ratio, SimDuration};

use crate::outside::{self, texts};
use crate::sample::cases;

const INVENTORY: &str = include_str!("../data/describe-instances.json");

const FIRST: RunId = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };

fn input<'a>(name: &str, text: &'a str) -> Input<'a> {
    Input { name: name.to_owned(), reader: Box::new(text.as_bytes()) }
}

fn shanghai() -> Moments {
    Moments::named("Asia/Shanghai").unwrap()
}

fn inventory(text: &str) -> Result<Imported, Problems> {
    instances::import(vec![input("instances.json", text)], &instances::Options::default())
}

/// The real data, where it lies beside the project.
fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    path.exists().then_some(path)
}

#[track_caller]
fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), found, "{name}");
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Problems>, expected: &str) {
    let text = result.expect_err("it must be refused").to_string();
    assert!(text.contains(expected), "no `{expected}` in\n{text}");
}

#[test]
fn an_inventory_becomes_a_scenario_that_can_be_run() {
    let made = inventory(INVENTORY).unwrap();
    golden("describe-instances.toml", &made.scenario);
    golden("describe-instances.csv", &made.fleet);
    let one = Memory::new().with("scenario.toml", &made.scenario);
    let beside = Memory::new()
        .with("scenario.toml", &made.scenario_beside_fleet)
        .with("fleet.csv", &made.fleet);
    for source in [one, beside] {
        let loaded = load("scenario.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(loaded.plan.region.instance_count(), 4);
        let outcome = stopsim::sim::run(&loaded.plan, FIRST, &mut NoObserver);
        assert!(outcome.is_ok(), "it can be run");
        let assumed = loaded.plan.inputs.iter().any(|input| {
            input.path == "price.ecs.g9i.xlarge.rate"
                && input.basis == stopsim::sim::plan::Basis::Assumed
        });
        assert!(assumed, "a price that is asked for is marked as assumed");
    }
}

#[test]
fn what_an_inventory_does_not_say_is_asked_for_and_what_is_wrong_in_it_is_told() {
    let notes = inventory(INVENTORY).unwrap().notes.join("\n");
    for said in [
        "asked for: the hourly price in CNY of ecs.g9i.xlarge",
        "asked for: system_disk and data_disks",
        "TotalCount is 6, 5 instances were read",
        "twice, taken once: i-bp1web0002",
        "kept out, nothing is made of them: InstanceName, Memory",
        "recycling",
        "spot",
        "dedicated",
        "Windows",
    ] {
        assert!(notes.contains(said), "no `{said}` in\n{notes}");
    }
}

/// Sixty instances of two teams, each with a name of its own and a tag without a value.
#[test]
fn tags_tell_groups_apart_but_for_those_that_tell_instances_apart() {
    let one = |number: u32| {
        let team = if number.is_multiple_of(2) { "web" } else { "data base" };
        let tags = format!(
            "[{{\"TagKey\": \"team\", \"TagValue\": \"{team}\"}}, \
             {{\"TagKey\": \"Name\", \"TagValue\": \"server {number}\"}}, \
             {{\"TagKey\": \"backup\", \"TagValue\": \"\"}}, \
             {{\"TagKey\": \"acs:x.y\", \"TagValue\": \"a;b\"}}]"
        );
        // As the API has them, and as gateways do.
        let tags = if number < 30 { format!("{{\"Tag\": {tags}}}") } else { tags };
        let tags =
            if number < 50 { tags } else { tags.replace("TagKey", "Key").replace("TagV", "V") };
        format!(
            "{{\"InstanceId\": \"i-{number:02}\", \"ZoneId\": \"cn-hangzhou-h\", \"InstanceType\": \
             \"ecs.g7.large\", \"Status\": \"Running\", \"Tags\": {tags}}}"
        )
    };
    let all: Vec<String> = (0..60).map(one).collect();
    let made = inventory(&format!("[{}]", all.join(","))).unwrap();
    let notes = made.notes.join("\n");
    assert!(notes.contains("tags with more than 50 values are left out"), "{notes}");
    assert!(notes.contains("groups apart: \"Name\""), "{notes}");
    assert!(notes.contains("tag `backup` has no value: left out: i-00"), "{notes}");
    let one = Memory::new().with("scenario.toml", &made.scenario);
    let beside = Memory::new()
        .with("scenario.toml", &made.scenario_beside_fleet)
        .with("fleet.csv", &made.fleet);
    for source in [one, beside] {
        let plan = load("scenario.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}")).plan;
        let told = plan.region.groups.iter().zip(&plan.tags).map(|(group, tags)| {
            (group.names[0].as_str(), group.count, tags["team"].as_str(), tags["acs:x.y"].as_str())
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told, [("i-01", 30, "data base", "a;b"), ("i-00", 30, "web", "a;b")]);
        assert_eq!(plan.region.groups[1].names[1], "i-02", "in their order");
    }
}

#[test]
fn an_inventory_that_is_cut_short_says_where_it_ends() {
    let cut = &INVENTORY[..900];
    refused(inventory(cut), "the JSON ends in the middle");
    refused(inventory(cut), "instances.json:16:");
    refused(inventory(""), "there is no page of DescribeInstances in it");
    refused(inventory("{}"), "there is no page of DescribeInstances in it");
    refused(inventory("[1]"), "instances.json:1:");
    refused(inventory("{\"Code\": \"Throttling\", \"Message\": \"m\"}"), "Throttling");
    refused(
        inventory("[{\"InstanceId\": \"i-1\", \"Status\": \"Running\"}]"),
        "instance i-1 lacks ZoneId, InstanceType",
    );
    refused(inventory("{\"Instances\": {\"Instance\": []}}"), "the pages hold no instance");
}

#[test]
fn a_scenario_is_of_one_region() {
    let of = |region: &str| {
        format!(
            "{{\"InstanceId\": \"i-{region}\", \"ZoneId\": \"{region}-a\", \
             \"InstanceType\": \"ecs.g7.large\", \"Status\": \"Running\"}}"
        )
    };
    let text = format!("[{}, {}]", of("cn-hangzhou"), of("cn-beijing"));
    refused(inventory(&text), "several regions: cn-beijing (1), cn-hangzhou (1)");
    let options =
        instances::Options { region: Some("cn-beijing".into()), ..instances::Options::default() };
    let made = instances::import(vec![input("a.json", &text)], &options).unwrap();
    assert!(made.scenario.contains("i-cn-beijing") && !made.scenario.contains("i-cn-hangzhou"));
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn no_mutilated_inventory_makes_anything_panic(
        cuts in prop::collection::vec((0usize..3_000, 0usize..40, "[ -~]{0,6}"), 1..4),
    ) {
        let mut text = INVENTORY.to_owned();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.replace_range(at..end, &with);
        }
        if let Ok(made) = inventory(&text) {
            let source = Memory::new().with("scenario.toml", &made.scenario);
            let _ = load("scenario.toml", &source, &[]);
        }
    }
}

#[test]
fn what_a_zero_of_a_stock_trace_means_is_said_by_whoever_imports_it() {
    let text = "{\"metadata\": {\"gap_seconds\": 300}, \"data\": [0, 0, 16, 16, 5]}";
    let with = |encoding| {
        let mut out = vec![];
        let column = ("obtainable_total", 8);
        let found = stock::trace(input("t.json", text), encoding, column, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), found.none)
    };
    let none = with(Encoding::Obtainable);
    assert_eq!(none, ("at,obtainable_total\n0s,0\n10m,128\n20m,40\n".to_owned(), 2));
    let all = with(Encoding::Missing { of: 16 });
    assert_eq!(all, ("at,obtainable_total\n0s,128\n10m,0\n20m,88\n".to_owned(), 2));
}

#[test]
fn a_broken_stock_trace_is_refused_with_its_place() {
    let check = |text: &str, expected: &str| {
        let mut out = vec![];
        let column = ("obtainable_total", 1);
        let encoding = Encoding::Missing { of: 16 };
        refused(stock::trace(input("t.json", text), encoding, column, &mut out), expected);
    };
    check(
        "{\"metadata\": {\"gap_seconds\": 300}, \"data\": [0, 17]}",
        "17 of 16 cannot be missing",
    );
    check("{\"metadata\": {\"gap_seconds\": 300}, \"data\": [0, -1]}", "t.json:1:");
    check("{\"metadata\": {\"gap_seconds\": 300}, \"data\": [0, ", "the JSON ends in the middle");
    check("{\"data\": [0]}", "metadata.gap_seconds must come before data");
    check("{\"metadata\": {\"gap_seconds\": 300}}", "data has no tick");
    check("{\"metadata\": {\"gap_seconds\": 0}, \"data\": [1]}", "gap_seconds is zero");
}

#[test]
fn polled_categories_become_pools_whose_units_are_marked_as_assumed() {
    let text = "time,zone,type,category\n\
                2026-03-02T00:00:00Z,cn-hangzhou-h,ecs.g7.large,WithStock\n\
                2026-03-02T00:05:00Z,cn-hangzhou-h,ecs.g7.large,WithStock\n\
                2026-03-02T00:10:00Z,cn-hangzhou-h,ecs.g7.large,WithoutStock\n";
    let categories = Categories { with_stock: 100, closed_with_stock: 10 };
    let made = stock::status(input("polls.csv", text), categories, &shanghai()).unwrap();
    let [path] = made.paths.as_slice() else { panic!("one pool") };
    assert_eq!(path.csv, "at,obtainable_more\n2026-03-02 08:00:00,100\n2026-03-02 08:10:00,0\n");
    assert_eq!((path.polls, path.sold_out), (3, 1));
    let base = "name = \"a\"\nextends = [\"pools.toml\"]\n[region]\nid = \"cn-hangzhou\"\n\
                [clock]\nstart = \"2026-03-02 08:00\"\ntimezone = \"Asia/Shanghai\"\n\
                length = \"1d\"\n[[group]]\nname = \"web\"\ncount = 1\n\
                zone = \"cn-hangzhou-h\"\ntype = \"ecs.g7.large\"\n[[demand]]\nname = \"d\"\n\
                groups = [\"web\"]\nwindows = [{ days = \"mon..fri\", from = \"08:00\", to = \
                \"20:00\" }]\n";
    let source = Memory::new()
        .with("a.toml", base)
        .with("pools.toml", &made.pools)
        .with(format!("{}.csv", path.name), &path.csv);
    let plan = load("a.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}")).plan;
    let trace = plan.inputs.iter().find(|input| input.path.ends_with("trace.column")).unwrap();
    assert_eq!(trace.basis, stopsim::sim::plan::Basis::Assumed);
    let bad = "time,zone,type,category\n2026-03-02T00:00:00Z,h,ecs.g7,Plenty\n";
    refused(stock::status(input("p.csv", bad), categories, &shanghai()), "p.csv:2:4");
    let bad = "time,zone,category\n";
    refused(stock::status(input("p.csv", bad), categories, &shanghai()), "no column `type`");
}

#[test]
fn arrivals_in_batches_become_recorded_tenants_of_a_pool() {
    let map = arrivals::flavours(input("map", "1,1.75 b\n2,3.5 g\n")).unwrap();
    let text = "300 g,|,b,g,|,b,\n600 \n900 b,|\n";
    let mut out = vec![];
    let hold = SimDuration::from_mins(45);
    let found = arrivals::import(input("v1.txt", text), Some(&map), hold, &mut out).unwrap();
    assert_eq!((found.batches, found.machines, found.units, found.largest), (4, 5, 7, 3));
    let csv = String::from_utf8(out).unwrap();
    assert_eq!(csv, "at,units,hold\n0s,2,45m\n0s,3,45m\n0s,1,45m\n10m,1,45m\n");
    let outcome = |free: u32, when_short: &str| {
        let text = format!(
            "name = \"a\"\n[region]\nid = \"cn-hangzhou\"\n[clock]\nstart = \"2026-03-02\"\n\
             timezone = \"UTC\"\nlength = \"1d\"\n[[group]]\nname = \"web\"\ncount = 1\n\
             zone = \"h\"\ntype = \"ecs.g7.large\"\n[[pool]]\nname = \"p\"\nzone = \"h\"\n\
             family = \"ecs.g7\"\nfree = {free}\nothers_trace = {{ csv = \"o.csv\", when_short = \
             \"{when_short}\" }}\n[[demand]]\nname = \"d\"\ngroups = [\"web\"]\n\
             windows = [{{ days = \"mon..sun\", from = \"00:00\", to = \"24:00\" }}]\n"
        );
        let source = Memory::new().with("a.toml", text).with("o.csv", &csv);
        let plan = load("a.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}")).plan;
        let outcome = stopsim::sim::run(&plan, FIRST, &mut NoObserver).expect("time goes on");
        let pool = &outcome.counts.pools[0];
        (pool.tenants_arrived, pool.tenants_lost, pool.least_free, pool.tenants_wait.sum())
    };
    assert_eq!(outcome(10, "lost"), (4, 0, 3, 0), "seven of ten units are held at once");
    assert_eq!(outcome(4, "lost"), (4, 1, 0, 0), "the batch of three finds two");
    let (arrived, lost, free, waited) = outcome(4, "waits");
    assert_eq!((arrived, lost, free), (4, 0, 0));
    assert!(waited >= SimDuration::from_mins(45).as_micros().into(), "until the first one leaves");
    refused(
        arrivals::import(input("v1.txt", "300 q,|"), Some(&map), hold, &mut vec![]),
        "v1.txt:1:5",
    );
    for text in ["300 b,|\n200 b,|\n", "300 b,|\n600 b,|\n400 b,|\n"] {
        refused(
            arrivals::import(input("v1.txt", text), Some(&map), hold, &mut vec![]),
            "it is earlier than the line before it",
        );
    }
}

#[test]
fn the_recorded_files_beside_the_project_can_be_imported() {
    let Some(trace) = data("spot-stock/16-node-us-west-2a_v100.json") else { return };
    let text = fs::read_to_string(trace).unwrap();
    let mut out = vec![];
    let column = ("obtainable_total", 1);
    let found = stock::trace(input("t", &text), Encoding::Obtainable, column, &mut out).unwrap();
    assert_eq!((found.ticks, found.most), (4_736, 16));
    let map = fs::read_to_string(data("vm-arrivals/flav_map.txt").unwrap()).unwrap();
    let map = arrivals::flavours(input("map", &map)).unwrap();
    let text = fs::read_to_string(data("vm-arrivals/v1.dev.txt").unwrap()).unwrap();
    let hold = SimDuration::from_hours(1);
    let found = arrivals::import(input("v1", &text), Some(&map), hold, &mut vec![]).unwrap();
    assert_eq!(found.machines, 259_159);
}

fn read_history(text: &str) -> Result<History, Problems> {
    let wave_gap = SimDuration::from_mins(5);
    let options = history::Options { moments: shanghai(), wave_gap, within: None };
    history::read(input("h.csv", text), &options)
}

#[test]
fn a_history_gives_durations_and_what_did_not_end_is_counted_apart() {
    let text = "time,instance,state\n\
                2026-03-02T08:00:00+08:00,i-1,Starting\n\
                2026-03-02T08:00:05+08:00,i-2,Starting\n\
                2026-03-02T08:00:30+08:00,i-1,Running\n\
                2026-03-02T19:00:00+08:00,i-1,Stopping\n\
                2026-03-02T19:00:20+08:00,i-1,Stopped\n\
                2026-03-02T20:00:00+08:00,i-3,Stopping\n\
                2026-03-02T20:01:00+08:00,i-3,Starting\n\
                2026-03-02T20:02:00+08:00,i-3,Running\n";
    let history = read_history(text).unwrap();
    let all = &history.groups[""];
    assert_eq!((all.start.n(), all.start.censored), (1, 1), "i-2 was never seen Running");
    assert_eq!((all.stop.n(), all.stop.censored, history.reboots), (1, 0, 1));
    let [wave] = history.waves.as_slice() else { panic!("{:?}", history.waves) };
    assert_eq!((wave.size, wave.up, wave.hour), (2, 1, 8));
    let screen = history::screen(&history, &shanghai());
    assert!(screen.contains("fewer than 20: no percentile"), "{screen}");
    let fragment = history::fragment(&history, &["web".into()], Form::Empirical).unwrap();
    assert!(fragment.contains("# start: n = 1, too few"), "{fragment}");
    refused(
        history::fragment(&history, &[], Form::Empirical).map_err(Problems::from),
        "which groups it is of is not said",
    );
}

#[test]
fn refused_starts_give_the_rate_of_shortages_by_pool_hour_and_size_of_wave() {
    let mut text = "time,operation,instance,code,zone,type\n".to_owned();
    for number in 0..40 {
        let code = if number % 4 == 0 { "OperationDenied.NoStock" } else { "" };
        text += &format!(
            "2026-03-02T08:00:{number:02}+08:00,StartInstance,i-{number},{code},cn-hangzhou-h,\
             ecs.g7.large\n"
        );
    }
    text += "2026-03-02T09:00:00+08:00,StartInstance,i-9,OperationDenied.NoStock,h,ecs.c6.large\n";
    let history = read_history(&text).unwrap();
    let screen = history::screen(&history, &shanghai());
    let row = screen.lines().find(|line| line.contains("ecs.g7 in")).unwrap();
    for said in ["cn-hangzhou-h", "08", "11-100", "40", "25.0 % [12.7 % .. 41.2 %]"] {
        assert!(row.contains(said), "no `{said}` in {row}");
    }
    assert!(screen.contains("1 of 1: too few for a rate"), "{screen}");
}

#[test]
fn a_shortage_over_days_is_of_every_day_and_retries_are_of_the_day_they_are_of() {
    let mut text = "time,instance,state,operation,code\n".to_owned();
    for day in ["02", "03", "04"] {
        let mut row = |time: &str, rest: &str| {
            text += &format!("2026-03-{day}T{time}+08:00,{rest}\n");
        };
        for (minute, state) in [("00", "Starting"), ("01", "Running")] {
            for number in 1..4 {
                row(&format!("08:{minute}:0{number}"), &format!("i-{number},{state},,"));
            }
        }
        // Never told to stop; on the last day there is stock at the second try.
        let refused = "i-4,,StartInstance,OperationDenied.NoStock";
        row("08:01:30", refused);
        if day == "04" {
            row("08:12:00", "i-4,Starting,,");
            row("08:13:00", "i-4,Running,,");
        } else {
            row("08:12:00", refused);
            row("14:00:00", refused);
        }
        for (second, state) in [(1, "Stopping"), (3, "Stopped")] {
            for number in 1..4 {
                row(&format!("20:00:{second}{number}"), &format!("i-{number},{state},,"));
            }
        }
    }
    let history = read_history(&text).unwrap();
    let told = |history: &History| {
        let told = history.waves.iter();
        told.map(|wave| (wave.date.clone(), wave.hour, wave.size, wave.up)).collect::<Vec<_>>()
    };
    let day = |day: &str, up| (format!("2026-03-{day}"), 8, 4, up);
    assert_eq!(told(&history), [day("02", 3), day("03", 3), day("04", 4)]);
    let calls = history.waves.iter().map(|wave| (wave.calls, wave.no_stock)).collect::<Vec<_>>();
    assert_eq!(calls, [(3, 3), (3, 3), (1, 1)]);

    // A stop, even one that is refused, ends what was wanted: a later start is another one.
    let text = "time,instance,operation,code\n\
                2026-03-02T08:00:00+08:00,i-1,StartInstance,OperationDenied.NoStock\n\
                2026-03-02T12:00:00+08:00,i-1,StopInstance,IncorrectInstanceStatus\n\
                2026-03-02T14:00:00+08:00,i-1,StartInstance,OperationDenied.NoStock\n";
    let history = read_history(text).unwrap();
    let of = |hour| ("2026-03-02".to_owned(), hour, 1, 0);
    assert_eq!(told(&history), [of(8), of(14)]);
}

#[test]
fn a_history_out_of_order_or_of_unknown_words_is_refused_with_its_place() {
    let head = "time,instance,state\n2026-03-02T08:00:00Z,i-1,Running\n";
    refused(read_history(&format!("{head}2026-03-02T07:00:00Z,i-1,Stopped\n")), "h.csv:3:1");
    refused(read_history(&format!("{head}2026-03-02T09:00:00Z,i-1,Asleep\n")), "h.csv:3:3");
    refused(read_history(&format!("{head}noon,i-1,Running\n")), "`noon` is not a time");
    refused(read_history(&format!("{head}2026-03-02T09:00:00Z,i-1\n")), "2 cells for 3 columns");
    refused(read_history("time,instance\n"), "there is no event");
    refused(read_history("when,who\n"), "there is no column `time`");
    let silent = "time,instance\n2026-03-02T08:00:00+08:00,i-a\n";
    refused(read_history(silent), "there is neither a column `state` nor `operation`");
}

const BILL: &str = "Billing Item,Instance Spec,Usage,Usage Unit,Pretax Gross Amount,\
    Pretax Amount,Currency,Service Period,Service Period Unit,Billing Date\n\
    Instance Type,ecs.g7.large,1,,0.52325,0.4186,CNY,3600,Second,2026-03-02\n\
    Instance Type,ecs.g7.large,1,,0.52325,0.4186,CNY,3600,Second,2026-03-03\n\
    System Disk,ecs.g7.large,40,GB,0.042,0.042,CNY,3600,Second,2026-03-03\n";

#[test]
fn a_bill_gives_what_was_paid_for_an_hour_and_the_discount() {
    let read = bill::read(input("bill.csv", BILL)).unwrap();
    let screen = bill::screen(&read, &[]);
    assert!(screen.contains("20.0 %"), "{screen}");
    let prices = bill::prices(&read, &[]);
    assert!(prices.contains("rate = \"0.418600 CNY/h\""), "{prices}");
    assert!(prices.contains("date = \"2026-03-02 to 2026-03-03\""), "{prices}");
    let base = "name = \"a\"\nextends = [\"prices.toml\"]\n[region]\nid = \"cn-hangzhou\"\n\
                [clock]\nstart = \"2026-03-02\"\ntimezone = \"UTC\"\nlength = \"1d\"\n\
                [[group]]\nname = \"web\"\ncount = 1\nzone = \"h\"\ntype = \"ecs.g7.large\"\n\
                [[demand]]\nname = \"d\"\ngroups = [\"web\"]\n\
                windows = [{ days = \"mon\", from = \"08:00\", to = \"20:00\" }]\n\
                [[pool]]\nname = \"p\"\nzone = \"h\"\nfamily = \"ecs.g7\"\n\
                stock = \"unlimited\"\n";
    let source = Memory::new().with("a.toml", base).with("prices.toml", &prices);
    let plan = load("a.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}")).plan;
    assert_eq!(plan.region.groups[0].rates.compute.to_string(), "0.4186");
}

#[test]
fn a_bill_of_two_currencies_is_refused() {
    let mixed = format!("{BILL}Instance Type,ecs.g7.large,1,,1,1,USD,3600,Second,2026-03-03\n");
    refused(bill::read(input("bill.csv", &mixed)), "USD in a bill that began in CNY");
    refused(bill::read(input("bill.csv", &mixed)), "bill.csv:5:7");
    refused(bill::read(input("bill.csv", "Billing Item\n")), "no column `PretaxAmount`");
}

fn stopsim(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = outside::stopsim(home, arguments);
    let (stdout, stderr) = texts(&output);
    (output.status.code().unwrap(), stdout, stderr)
}

/// Forty instances for two weeks, starts of a median of 30 s, stops of 10 s.
const KNOWN: &str = "name = \"known\"\n[region]\nid = \"cn-hangzhou\"\n\
    [clock]\nstart = \"2026-03-02 12:00\"\ntimezone = \"Asia/Shanghai\"\nlength = \"14d\"\n\
    [[group]]\nname = \"web\"\ncount = 40\nzone = \"h\"\ntype = \"ecs.g7.large\"\n\
    start = { p50 = \"30s\", p99 = \"90s\" }\nstop = { p50 = \"10s\", p99 = \"20s\" }\n\
    allocation = \"0s\"\nwave_factor = \"1\"\n\
    [[pool]]\nname = \"p\"\nzone = \"h\"\nfamily = \"ecs.g7\"\nfree = 10\n\
    [[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
    windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]\n\
    [[controller]]\nname = \"c\"\ngroups = [\"web\"]\nfollows = \"office\"\n\
    stop = { mode = \"StopCharging\" }\n";

/// The state changes of a run as a history: midnight in Shanghai is 16:00 in UTC.
fn recorded(home: &Path, seed: &str) -> String {
    let (code, _, stderr) =
        stopsim(home, &["run", "known.toml", "--seed", seed, "--out", seed, "--facts"]);
    assert_eq!(code, 0, "{stderr}");
    let moments = shanghai();
    let start = moments.read("2026-03-02 12:00:00").unwrap();
    let mut csv = "time,instance,state\n".to_owned();
    for line in fs::read_to_string(home.join(seed).join("facts.ndjson")).unwrap().lines() {
        let fact: serde_json::Value = serde_json::from_str(line).unwrap();
        if fact["fact"] == "state_changed" {
            let micros = start + i64::try_from(fact["time_us"].as_u64().unwrap()).unwrap();
            let at = jiff::Timestamp::from_microsecond(micros).unwrap();
            let state = fact["to"].as_str().unwrap().split(' ').next().unwrap();
            csv += &format!("{at},{},{state}\n", fact["instance"].as_str().unwrap());
        }
    }
    csv
}

#[test]
fn the_durations_of_a_simulated_fleet_come_back_from_its_history() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("known.toml"), KNOWN).unwrap();
    let csv = recorded(home.path(), "7");
    let history = read_history(&csv).unwrap();
    let all = &history.groups[""];
    assert!(all.start.n() >= 350, "{} starts", all.start.n());
    for (sample, p50, p99) in [(&all.start, 30, 90), (&all.stop, 10, 20)] {
        let fitted = sample.log_normal().unwrap();
        let [low, high] = fitted.p50_within;
        let slack = SimDuration::from_micros((high.as_micros() - low.as_micros()) / 2);
        let truth = SimDuration::from_secs(p50);
        assert!(truth + slack >= low && truth <= high + slack, "{fitted:?} for {truth}");
        let p99 = SimDuration::from_secs(p99).as_micros();
        let found = fitted.p99.as_micros();
        assert!(found * 10 > p99 * 8 && found * 10 < p99 * 12, "{fitted:?}");
        let median = sample.quantile(Ratio::new(1, 2)).unwrap().as_micros();
        assert!(median.abs_diff(truth.as_micros()) * 10 < truth.as_micros() * 2);
    }
    fs::write(home.path().join("h.csv"), &csv).unwrap();
    let import = ["import", "history", "h.csv", "--group", "web", "--out", "fitted"];
    let (code, screen, stderr) = stopsim(home.path(), &import);
    assert_eq!(code, 0, "{stderr}");
    assert!(screen.contains("all start"), "{screen}");
    let own = KNOWN.lines().filter(|line| !line.starts_with("start =") || line.contains("12:00"));
    let own: String = own.map(|line| format!("{line}\n")).collect();
    let own =
        own.replace("name = \"known\"", "name = \"known\"\nextends = [\"fitted/measured.toml\"]");
    fs::write(home.path().join("again.toml"), own).unwrap();
    let (code, text, stderr) = stopsim(home.path(), &["check", "again.toml"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(!text.contains(" 0 measured"), "what was measured is marked so:\n{text}");
    let (code, _, stderr) = stopsim(home.path(), &import);
    assert!(code == 2 && stderr.contains("nothing is overwritten"), "{stderr}");
}

#[test]
fn a_backtest_holds_predictions_against_a_history_of_the_same_days() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("known.toml"), KNOWN).unwrap();
    let csv = recorded(home.path(), "7");
    fs::write(home.path().join("h.csv"), csv).unwrap();
    let backtest = ["backtest", "known.toml", "--history", "h.csv", "--replications", "3"];
    let (code, text, stderr) = stopsim(home.path(), &backtest);
    assert_eq!(code, 0, "{stderr}");
    for said in ["40 of 40 instances", "2026-03-03", "in all", "not billed while stopped"] {
        assert!(text.contains(said), "no `{said}` in\n{text}");
    }
    let saved = text.lines().find(|line| line.contains("not billed while stopped")).unwrap();
    let relative: String = saved.split_whitespace().rev().nth(1).unwrap().to_owned();
    assert!(relative.starts_with("+0.") || relative.starts_with("-0."), "{saved}");
    let later = [
        "backtest",
        "known.toml",
        "--history",
        "h.csv",
        "--set",
        "clock.start=\"2027-03-01 12:00\"",
    ];
    let (code, _, stderr) = stopsim(home.path(), &later);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("set clock.start and clock.length"), "{stderr}");
}

#[test]
fn a_bad_file_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let bad = "300 a,|\nx\n";
    fs::write(home.path().join("v.txt"), bad).unwrap();
    let import = ["import", "vm-arrivals", "v.txt", "--hold", "1h", "--out", "new"];
    let (code, stdout, stderr) = stopsim(home.path(), &import);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("v.txt:2:1"), "{stderr}");
    assert!(!home.path().join("new").exists());
    let (code, stdout, stderr) = stopsim(home.path(), &import[..5]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
}
