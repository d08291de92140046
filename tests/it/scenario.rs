//! Scenario files, as a user meets them.

use stopsim::controller::policy::Drive;
use stopsim::ecs::instance::StoppedMode;
use stopsim::ecs::inventory::StockSpec;
use stopsim::ecs::spec::{Beginning, Initially};
use stopsim::engine::Distribution;
use stopsim::scenario::decode::Decode;
use stopsim::scenario::raw::Root;
use stopsim::scenario::{Loaded, Memory, Source, expand, load, reference, schema, stress_variants};
use stopsim::sim::plan::{Across, Basis, Plan};
use stopsim::sim::topic;
use stopsim::units::{SimDuration, SimTime};

/// A scenario that is as small as one can be.
const SMALL: &str = r#"
name = "small"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "7d"
[region]
id = "cn-hangzhou"
[[group]]
name = "web"
count = 3
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
[[pool]]
name = "g7"
zone = "cn-hangzhou-h"
family = "ecs.g7"
free = 10
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
[[controller]]
name = "nightly"
follows = "office"
stop = { mode = "StopCharging" }
"#;

/// When its instances are wanted.
const WINDOWS: &str = r#"windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]"#;

#[track_caller]
fn loaded(source: &Memory, sets: &[&str]) -> Loaded {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load("s.toml", source, &sets).unwrap_or_else(|errors| panic!("\n{errors}\n"))
}

#[track_caller]
fn small(extra: &str) -> Loaded {
    loaded(&Memory::new().with("s.toml", format!("{SMALL}{extra}")), &[])
}

/// The shipped scenarios, and whatever lies beside them.
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
pub struct Disk;

#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
impl Source for Disk {
    fn text(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn reader(&self, path: &str) -> Result<Box<dyn std::io::Read + '_>, String> {
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        Ok(Box::new(std::io::BufReader::new(file)))
    }
}

/// DescribeInstanceStatus takes pages of 50 at most, DescribeInstances of 100.
#[test]
fn a_page_is_no_larger_than_its_operation_takes() {
    let with_page = |operation: &str, size: u32| {
        let text = format!(
            "{SMALL}[[controller]]\nname = \"looker\"\ngroups = [\"web\"]\nwatch = {{ every = \
             \"5m\", want = \"running\", with = \"{operation}\", page_size = {size} }}\n"
        );
        load("s.toml", &Memory::new().with("s.toml", text), &[])
    };
    for (operation, most) in [("DescribeInstanceStatus", 50), ("DescribeInstances", 100)] {
        assert!(with_page(operation, 10).is_ok(), "{operation}");
        assert!(with_page(operation, most).is_ok(), "{operation}");
        let errors = with_page(operation, most + 1).expect_err(operation).to_string();
        assert!(errors.contains(&format!("{}", most + 1)), "{errors}");
    }
}

#[test]
fn every_shipped_scenario_loads() {
    let mut paths: Vec<String> = std::fs::read_dir("scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".toml"))
        .collect();
    paths.sort();
    assert!(paths.iter().any(|path| path.ends_with("office-hours.toml")));
    let mut wrong = String::new();
    for path in &paths {
        if let Err(errors) = load(path, &Disk, &[]) {
            wrong += &format!("\n{path}\n{errors}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn set(flags: &[&str]) -> Loaded {
    loaded(&Memory::new().with("s.toml", SMALL), flags)
}

#[track_caller]
fn errors(source: &Memory, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    match load("s.toml", source, &sets) {
        Ok(_) => panic!("nothing is wrong with it"),
        Err(errors) => errors.to_string(),
    }
}

/// What an input rests on.
#[track_caller]
fn basis(loaded: &Loaded, path: &str) -> (Basis, String) {
    let found = loaded.plan.inputs.iter().find(|input| input.path == path);
    let input = found.unwrap_or_else(|| panic!("no input {path}: {:#?}", loaded.plan.inputs));
    (input.basis, input.source.clone())
}

#[test]
fn a_small_scenario_becomes_a_plan() {
    let plan = small("").plan;
    assert_eq!(plan.horizon, SimTime::ZERO + SimDuration::from_hours(7 * 24));
    assert_eq!(plan.region.groups[0].rates.compute.to_string(), "0.52325");
    assert_eq!((plan.region.groups[0].units, plan.region.instance_count()), (2, 3));
    assert_eq!(plan.demands[0].edges.len(), 10);
    assert!(!plan.demands[0].initially);
    // Not wanted at midnight, and stopped as its controller would have stopped it.
    let economical = Initially::Stopped(StoppedMode::StopCharging);
    assert_eq!(plan.region.groups[0].initially, Beginning::all(economical));
    assert_eq!(plan.controllers[0].instances.len(), 3);
    assert_eq!(plan.hash.len(), 64);
}

#[test]
fn a_group_begins_as_the_calendar_says_unless_it_says_so_itself() {
    let begins = |sets: &[&str]| set(sets).plan.region.groups[0].initially.of(0);
    let standard = Initially::Stopped(StoppedMode::KeepCharging);
    assert_eq!(begins(&["clock.start=2026-03-02 08:00"]), Initially::Running);
    assert_eq!(begins(&["controller.nightly.stop.mode=KeepCharging"]), standard);
    assert_eq!(begins(&["group.web.initially=running"]), Initially::Running);
    // Who leaves the mode out gets the account's default.
    let unsaid = "controller.nightly.stop={}";
    assert_eq!(begins(&[unsaid]), standard);
    let economical = Initially::Stopped(StoppedMode::StopCharging);
    assert_eq!(begins(&[unsaid, "account.economical_default=true"]), economical);
}

#[test]
fn an_extended_scenario_merges_by_name_and_key_by_key() {
    let over = r#"
        extends = ["../base.toml"]
        [clock]
        length = "14d"
        [[group]]
        name = "web"
        count = 5
        [[group]]
        name = "db"
        count = 1
        zone = "cn-hangzhou-h"
        type = "ecs.g7.xlarge"
        [[demand]]
        name = "office"
        windows = [{ days = "sat", from = "10:00", to = "12:00" }]
    "#;
    let source = Memory::new().with("base.toml", SMALL).with("deep/s.toml", over);
    let plan = load("deep/s.toml", &source, &[]).unwrap().plan;
    let groups: Vec<(&str, u32)> =
        plan.region.groups.iter().map(|group| (group.name.as_str(), group.count)).collect();
    assert_eq!(groups, [("web", 5), ("db", 1)], "in its place, and at the end");
    assert_eq!(plan.clock.zone().name(), "Asia/Shanghai", "other keys stay");
    assert_eq!(plan.demands[0].edges.len(), 4, "a list is replaced whole: two Saturdays");
}

#[test]
fn of_two_bases_the_later_lies_over_the_earlier() {
    let source = Memory::new()
        .with("a.toml", SMALL)
        .with("b.toml", "name = \"b\"\n[clock]\nlength = \"14d\"")
        .with("s.toml", "extends = [\"a.toml\", \"b.toml\"]");
    let plan = loaded(&source, &[]).plan;
    assert_eq!(plan.name, "b");
    assert_eq!(plan.horizon, SimTime::ZERO + SimDuration::from_hours(14 * 24));
}

#[test]
fn a_flag_addresses_by_name_and_takes_toml_or_bare_text() {
    let plan = set(&["group.web.count=500", "clock.length=14d", "name=other"]).plan;
    assert_eq!((plan.region.instance_count(), plan.name.as_str()), (500, "other"));
    let plan = set(&["group.web.start={ p50 = '10s', p99 = '20s' }"]).plan;
    let (p50, p99) = (SimDuration::from_secs(10), SimDuration::from_secs(20));
    assert_eq!(Ok(plan.lifecycles[0].start.clone()), Distribution::log_normal(p50, p99));
    // A table that is not there yet is made.
    let plan = set(&["controller.nightly.retry.max_attempts=9"]).plan;
    assert_eq!(plan.controllers[0].retry[0].max_attempts, 9);
    // The last flag wins; a flag wins over the file.
    assert_eq!(set(&["group.web.count=5", "group.web.count=7"]).plan.region.instance_count(), 7);
}

#[test]
fn a_name_with_dots_is_addressed_in_quotes() {
    let price = "[[price]]\nname = \"ecs.g7.large\"\nrate = \"1 CNY/h\"\n";
    let source = Memory::new().with("s.toml", format!("{SMALL}{price}"));
    let plan = loaded(&source, &["price.\"ecs.g7.large\".rate=2 CNY/h"]).plan;
    assert_eq!(plan.region.groups[0].rates.compute.to_string(), "2");
}

#[test]
fn a_flag_with_a_star_is_set_for_all_that_are_named_so_or_multiplies_what_is_written() {
    let more = "[[group]]\nname = \"web-2\"\ncount = 5\nzone = \"cn-hangzhou-h\"\n\
                type = \"ecs.g7.large\"\n[[pool]]\nname = \"h\"\nzone = \"cn-hangzhou-i\"\n\
                family = \"ecs.g7\"\nfree = 25\n";
    let source = Memory::new().with("s.toml", format!("{SMALL}{more}"));
    let counts = |sets: &[&str]| {
        let region = loaded(&source, sets).plan.region;
        region.groups.iter().map(|group| group.count).collect::<Vec<_>>()
    };
    assert_eq!(counts(&["group.web*.count=9"]), [9, 9]);
    assert_eq!(counts(&["group.web-*.count=9"]), [3, 9]);
    assert_eq!(counts(&["group.*.count *= 1.5"]), [5, 8], "4.5 and 7.5, rounded half up");
    let written = |sets: &[&str]| loaded(&source, sets).resolved;
    assert_eq!(written(&["pool.*.free*=0.8"]), written(&["pool.g7.free=8", "pool.h.free=20"]));
    let wrong = |set| errors(&source, &[set]);
    assert!(wrong("group.db*.count=1").contains("no group has a name like `db*`"));
    assert!(wrong("group.*.count*=many").contains("this is no factor"));
    assert!(wrong("group.*.bandwidth.mbps*=2").contains("`mbps` is not written"));
    assert!(wrong("controller.*.stop.mode*=2").contains("`mode` is no number"));
    assert!(wrong("demand.*.windows*=2").contains("`windows` is an array"));
}

#[test]
fn an_error_in_a_flag_shows_the_flag() {
    let source = Memory::new().with("s.toml", SMALL);
    let text = errors(&source, &["group.wbe.count=5"]);
    assert_eq!(
        text,
        "error: --set group.wbe.count=5: no group is named `wbe`\n \
         --> --set:1:7\n  |\n1 | group.wbe.count=5\n  |       ^^^ \
         expected the name of a [[group]]\n  \
         |\n  = hint: did you mean `web`?",
    );
    let text = errors(&source, &["group.web.count=many"]);
    assert!(text.contains("1 | group.web.count=many\n  |                 ^^^^"), "{text}");
    assert!(errors(&source, &["group.web.count"]).contains("there is no `=`"));
    assert!(errors(&source, &["group..count=1"]).contains("a key is missing"));
    assert!(errors(&source, &["name.first=1"]).contains("only a table has keys of its own"));
}

#[test]
fn what_is_printed_by_expand_loads_to_the_same_hash() {
    for path in [
        "scenarios/office-hours.toml",
        "scenarios/every-refusal.toml",
        "scenarios/flaky-api.toml",
        "scenarios/two-controllers.toml",
        "scenarios/spot-interruption.toml",
        "scenarios/arrears.toml",
    ] {
        let first = load(path, &Disk, &[]).unwrap_or_else(|errors| panic!("\n{errors}"));
        let again = load("s.toml", &Memory::new().with("s.toml", &first.resolved), &[])
            .unwrap_or_else(|errors| panic!("\n{path}\n{errors}\n{}", first.resolved));
        assert_eq!(again.resolved, first.resolved, "{path}");
        assert_eq!(again.plan.hash, first.plan.hash, "{path}");
    }
}

/// The shipped scenarios, and one text besides.
struct Beside<'a>(&'a str, &'a str);

impl Source for Beside<'_> {
    fn text(&self, path: &str) -> Result<String, String> {
        if path == self.0 { Ok(self.1.to_owned()) } else { Disk.text(path) }
    }

    fn reader(&self, path: &str) -> Result<Box<dyn std::io::Read + '_>, String> {
        Disk.reader(path)
    }
}

/// A run is a function of its plan: what is equal in every word of it runs to the same bytes.
#[test]
fn what_expand_prints_is_the_same_plan_of_every_shipped_scenario() {
    let files = std::fs::read_dir("scenarios").unwrap();
    let paths = files.map(|entry| entry.unwrap().path().display().to_string());
    let large = ["big-fleet", "office-hours"];
    for path in paths.filter(|path| path.ends_with(".toml")) {
        if cfg!(debug_assertions) && large.iter().any(|name| path.contains(name)) {
            continue;
        }
        let first = load(&path, &Disk, &[]).unwrap_or_else(|errors| panic!("\n{errors}"));
        const BESIDE: &str = "scenarios/expanded.toml";
        let text = expand(&path, &Disk, &[]).unwrap();
        let again = load(BESIDE, &Beside(BESIDE, &text), &[])
            .unwrap_or_else(|errors| panic!("\n{path}\n{errors}\n{text}"));
        assert_eq!(format!("{:#?}", again.plan), format!("{:#?}", first.plan), "{path}\n{text}");
        assert_eq!(again.notes, first.notes, "{path}");
    }
}

#[test]
fn expand_prints_what_was_written_and_marks_what_was_not() {
    let text =
        format!("{SMALL}timeout = \"5s\"\n").replace("count = 3", "count = 3\nready = \"9s\"");
    let text = expand("s.toml", &Memory::new().with("s.toml", text), &[]).unwrap();
    let (own, notes): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| !line.starts_with('#'));
    assert!(own.contains(&"ready = \"9s\"") && own.contains(&"timeout = \"5s\""), "{text}");
    assert!(!own.iter().any(|line| line.starts_with("start = {")), "{text}");
    for note in [
        "# not written: start = { p50 = \"25s\", p99 = \"2m\" } (assumed: no official figure exists;",
        "# not written: economical_default = false (documented: StopInstance",
        "# not written: currency = \"CNY\" (convention)",
        "# not written: stop.force = false (documented: StopInstance (2026-06-29): false",
        "# not written: static_ip = \"released\" (documented:",
    ] {
        assert!(notes.iter().any(|line| line.starts_with(note)), "no `{note}` in\n{text}");
    }
    let knobs = stopsim::ecs::knob::KNOBS;
    let named = |name: &str| notes.iter().any(|line| line.contains(&format!(" {name} = ")));
    assert!(knobs.iter().all(|row| named(row.name)), "every knob\n{text}");
}

#[test]
fn the_hash_changes_when_the_meaning_does_and_only_then() {
    let hash = small("").plan.hash;
    for same in [
        "clock.warm_up=0s",
        "group.web.priority=0",
        "knobs.static_ip=released",
        "seed=7",
        "run.replications=3",
        "run.threads=2",
        "expect=['saving.total > 0']",
        "description=something else",
        "clock.length=1w",
        "group.web.stop={ p99 = '3m', p50 = '20s' }",
        "group.web.charge=pay-as-you-go",
    ] {
        assert_eq!(set(&[same]).plan.hash, hash, "{same}");
    }
    for other in [
        "group.web.count=4",
        "clock.length=8d",
        "group.web.stop={ p99 = '3m', p50 = '21s' }",
        "pool.g7.free=11",
        "knobs.static_ip=kept",
        "group.web.discount=1%",
    ] {
        assert_ne!(set(&[other]).plan.hash, hash, "{other}");
    }
}

const TRACED: &str = "[[pool]]\nname = \"g7\"\n\
                      trace = { csv = \"a.csv\", column = \"obtainable_more\" }";

#[test]
fn a_csv_counts_by_its_content_not_by_its_path() {
    let with = |csv: &str, path: &str, text: &str| {
        let scenario = format!("extends = [\"base.toml\"]\n{}", TRACED.replace("a.csv", csv));
        let source =
            Memory::new().with("base.toml", SMALL).with("s.toml", scenario).with(path, text);
        loaded(&source, &[])
    };
    let text = "at,obtainable_more\n0s,10\n2026-03-03 08:00,4\n";
    let one = with("a.csv", "a.csv", text);
    assert_eq!(one.plan.hash, with("x/../b.csv", "b.csv", text).plan.hash);
    assert_ne!(one.plan.hash, with("a.csv", "a.csv", &text.replace(",4", ",5")).plan.hash);
    assert!(one.resolved.contains("csv = \"sha256:"), "{}", one.resolved);
    assert_eq!(one.plan.pools[0].steps.len(), 2);
    let (basis, source) = basis(&one, "pool.g7.trace.csv");
    assert_eq!((basis, source.as_str()), (Basis::Measured, "a.csv"));
}

#[test]
fn fifty_thousand_rows_become_fifty_thousand_groups() {
    let mut csv = String::from("name,count,zone,type,system_disk.size,system_disk.category\n");
    for row in 0..50_000 {
        csv += &format!("g{row},2,cn-hangzhou-h,ecs.g7.large,40GiB,essd-pl0\n");
    }
    let table = "[csv]\ngroup = \"fleet.csv\"\n";
    let source = Memory::new().with("s.toml", format!("{SMALL}{table}")).with("fleet.csv", csv);
    let found = loaded(&source, &["group.g7.count=3"]);
    assert_eq!(found.plan.region.groups.len(), 50_001);
    assert_eq!(found.plan.region.instance_count(), 100_000 + 3 + 1);
    assert_eq!(found.plan.region.groups[49_999].rates.system_disk.to_string(), "0.042");
    // The CSV stands for its rows, but for the one that a flag changed.
    assert_eq!(found.resolved.matches("[[group]]").count(), 2, "{}", found.resolved);
    assert!(found.plan.inputs.len() < 200, "{} inputs", found.plan.inputs.len());
    assert_eq!(basis(&found, "group.*.start").0, Basis::Assumed);
}

#[test]
fn every_input_says_what_it_rests_on() {
    let found = small(
        "[provenance]\n\"group.web\" = \"assumed: a guess\"\n\
                       \"group.web.stop\" = \"measured: stops-2026.csv\"\n",
    );
    assert_eq!(basis(&found, "group.web.stop"), (Basis::Measured, "stops-2026.csv".into()));
    assert_eq!(basis(&found, "group.web.start"), (Basis::Assumed, "a guess".into()));
    // How much stock there is shows no region to anybody: a guess, unless it is said what it
    // rests on.
    assert_eq!(basis(&found, "pool.g7.free").0, Basis::Assumed);
    let measured = small("[provenance]\n\"pool.g7.free\" = \"measured: looks.csv\"\n");
    assert_eq!(basis(&measured, "pool.g7.free"), (Basis::Measured, "looks.csv".into()));
    assert_eq!(basis(&found, "calls.answer").0, Basis::Assumed);
    let (price, source) = basis(&found, "price.ecs.g7.large");
    assert_eq!(price, Basis::Documented);
    assert!(source.contains("ecs-price-info") && source.contains("2024-12-31"), "{source}");
    let flagged = set(&["group.web.count=12"]);
    assert_eq!(basis(&flagged, "group.web.count"), (Basis::Given, String::new()));
}

#[test]
fn stress_rows_touch_only_what_is_assumed() {
    let names = |loaded: &Loaded| {
        stress_variants(&loaded.plan).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let others = "others={ per_hour = 10, hold = '1h' }";
    let known = "provenance={ 'pool.g7.free' = 'measured: looks.csv' }";
    let given = set(&[&format!("pool.g7.{others}"), known]);
    assert_eq!(names(&given), ["assumed durations x 1/2", "assumed durations x 2"]);
    let before = given.plan.lifecycles[0].start.mean_us();
    let after = stress_variants(&given.plan)[1].1.lifecycles[0].start.mean_us();
    assert!((after / before - 2.0).abs() < 1e-9);
    let assumed = set(&[&format!("pool.g7.{others}"), "provenance={ pool = 'assumed: a guess' }"]);
    assert_eq!(names(&assumed).len(), 6);
    let tenants = |plan: &Plan| plan.pools[0].tenants.as_ref().unwrap().milli_per_hour[0];
    let variants = stress_variants(&assumed.plan);
    assert_eq!((tenants(&variants[2].1), tenants(&variants[3].1)), (8_000, 12_000));
    let free = |plan: &Plan| plan.region.pools[0].stock;
    assert_eq!(variants[4].0, "stock at first -20 %");
    assert_eq!(free(&variants[4].1), StockSpec::Limited { free: 8 });
    assert_eq!(free(&variants[5].1), StockSpec::Limited { free: 12 });
}

#[test]
fn a_guessed_total_is_stressed_around_what_the_fleet_holds() {
    let text = SMALL.replace("free = 10", "total = 20");
    let plan = loaded(&Memory::new().with("s.toml", text), &["group.web.initially=running"]).plan;
    let variants = stress_variants(&plan);
    let less = variants.iter().find(|(name, _)| name == "stock at first -20 %");
    let (_, less) = less.expect("a total is a guess, too");
    // Three instances of two vCPUs are ours, fourteen are left, eleven of them a fifth lower.
    assert_eq!(less.region.pools[0].stock, StockSpec::Limited { free: 11 });
    assert_eq!(less.pools[0].total, Some(17));
}

#[test]
fn every_key_of_a_group_that_figures_rest_on_has_a_topic_of_its_own() {
    let keys = |table: &str| {
        let fields = Root::fields();
        let of = fields.iter().find(|field| field.key == table).unwrap();
        of.fields.iter().map(|field| field.key).collect::<Vec<_>>()
    };
    // Names refer to something; no figure rests on them.
    let names = ["name", "names", "tags", "zone", "region", "type", "family"];
    for (table, topics) in [("group", topic::GROUP), ("type", topic::TYPE)] {
        let known: Vec<&str> = topics.iter().map(|(key, _)| *key).collect();
        let asked: Vec<&str> = keys(table).into_iter().filter(|key| !names.contains(key)).collect();
        assert_eq!(known, asked, "the topics of [[{table}]], in the order of its keys");
    }
    let tables: Vec<&str> = Root::fields().iter().map(|field| field.key).collect();
    for (table, _) in topic::TABLES {
        assert!(tables.contains(table), "there is no table {table}");
    }
}

#[test]
fn a_marked_controller_is_the_demand_when_there_is_no_other() {
    let daily = WINDOWS.replace("mon..fri", "daily");
    let text = SMALL
        .replace("[[demand]]", "[[controller]]")
        .replace(WINDOWS, &format!("demand = true\nschedule = {{ {daily} }}"));
    let text = text.replace(
        "follows = \"office\"",
        "groups = [\"web\"]\nwatch = { every = \"5m\", want = \"stopped\" }",
    );
    let plan = loaded(&Memory::new().with("s.toml", text), &[]).plan;
    assert_eq!(plan.demands.len(), 1);
    assert_eq!(plan.demands[0].edges.len(), 14);
    assert!(matches!(plan.controllers[0].drive, Drive::Edges { follows: Some(0), .. }));
    assert!(!plan.controllers[0].is_demand, "it follows the demand that was made of it");
}

#[test]
fn dates_that_meet_a_change_of_the_clock_are_noted() {
    let found = set(&[
        "clock.timezone=Europe/Berlin",
        "clock.start=2026-03-23",
        "demand.office.windows=[{ days = 'daily', from = '02:30', to = '20:00' }]",
    ]);
    let notes: Vec<String> = found.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with("note: demand office: 2026-03-29 02:30 does not exist")),
        "{notes:#?}",
    );
    let odd = set(&["clock.length=8d"]);
    assert!(
        odd.notes.iter().any(|note| note.to_string().contains("not whole weeks")),
        "{:?}",
        odd.notes
    );
}

#[test]
fn a_record_of_demand_may_tell_groups_and_instances_apart() {
    let record = "at,target,wanted\n0s,web-0001,true\n8h,web-0002,true\n9h,web-0001,false\n";
    let scenario = "extends = [\"base.toml\"]\n[[demand]]\nname = \"record\"\n\
                    trace = { csv = \"r.csv\" }\n[[controller]]\nname = \"nightly\"\n";
    let base = SMALL
        .replace("groups = [\"web\"]\n", "")
        .replace(&format!("[[demand]]\nname = \"office\"\n{WINDOWS}\n"), "")
        .replace(
            "follows = \"office\"",
            "groups = [\"web\"]\nwatch = { every = \"5m\", want = \"stopped\" }",
        );
    let source =
        Memory::new().with("base.toml", base).with("s.toml", scenario).with("r.csv", record);
    let plan = loaded(&source, &[]).plan;
    let group = &plan.region.groups[0];
    let (economical, up) = (Initially::Stopped(StoppedMode::StopCharging), Initially::Running);
    assert_eq!([0, 1, 2].map(|place| group.initially.of(place)), [up, economical, up]);
    let told: Vec<(&str, bool, usize)> =
        plan.demands.iter().map(|d| (d.name.as_str(), d.initially, d.edges.len())).collect();
    assert_eq!(told, [("record/web-0001", true, 1), ("record/web-0002", false, 1)]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = errors(
        &Memory::new().with("s.toml", format!("colour = 1\n{SMALL}")),
        &[
            "group.web.count=0",
            "demand.office.groups=['wbe']",
            "clock.length=1parsec",
            "pool.g7.zone=cn-hangzhou-i",
            "expect=['speed > 1']",
        ],
    );
    for wrong in [
        "unknown key `colour`",
        "0 is less than the least",
        "there is no group `wbe`",
        "unknown unit of time `parsec`",
        "unknown metric `speed`",
    ] {
        assert!(text.contains(wrong), "{wrong} is not in\n{text}");
    }
}

#[test]
fn an_expectation_may_be_of_each_replication() {
    let written = "expect=['every restart.never = 0', 'max restart.never <= 0.5', \
                   'min latency.start.due_to_ready.p99_us < 5m', 'start.due_to_ready.max < 1h']";
    let plan = set(&[written]).plan;
    let read: Vec<(Across, &str, i128)> = plan
        .expectations
        .iter()
        .map(|one| (one.across, one.metric.as_str(), one.threshold))
        .collect();
    assert_eq!(
        read,
        [
            (Across::Every, "restart.never", 0),
            (Across::Max, "restart.never", 500_000),
            (Across::Min, "latency.start.due_to_ready.p99_us", 300_000_000),
            (Across::Truth, "start.due_to_ready.max", 3_600_000_000),
        ]
    );
}

#[test]
fn an_unknown_metric_gets_the_nearest_names() {
    let told = |metric: &str| errors(&Memory::new().with("s.toml", SMALL), &[metric]);
    let text = told("expect=['restart.nevr = 0']");
    assert!(text.contains("did you mean `restart.never`"), "{text}");
    assert!(text.contains("`stopsim metrics` lists all"), "{text}");
    let text = told("expect=['start.due_to_redy.p99 < 5m']");
    assert!(text.contains("did you mean `start.due_to_ready.p99`, `"), "{text}");
    let text = told("expect=['restart.up_at_15m >= 99%']");
    assert!(text.contains("say which: `restart.up_at_15m.worst`"), "{text}");
    let text = told("expect=['service.shop.redy.p99 < 5m']");
    assert!(text.contains("did you mean `service.shop.ready.p99`"), "{text}");
}

#[test]
fn a_thousand_bad_rows_are_counted_and_a_hundred_shown() {
    let mut csv = String::from("name,count,zone,type\n");
    for row in 0..1_000 {
        csv += &format!("g{row},none,cn-hangzhou-h,ecs.g7.large\n");
    }
    let text = errors(
        &Memory::new()
            .with("s.toml", format!("{SMALL}[csv]\ngroup = \"f.csv\"\n"))
            .with("f.csv", csv),
        &[],
    );
    assert_eq!(text.matches("error:").count(), 100);
    assert!(text.ends_with("and 900 more problems"), "{}", &text[text.len() - 100..]);
}

#[test]
fn the_schema_knows_every_table() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["group"]["items"]["$ref"], "#/$defs/Group");
    let group = &schema["$defs"]["Group"];
    assert_eq!(group["required"], serde_json::json!(["name", "zone", "type"]));
    let description = group["properties"]["count"]["description"].as_str();
    assert_eq!(description, Some("How many instances."));
    assert_eq!(group["properties"]["count"]["maximum"], 16_777_216);
}

/// `BLESS=1 cargo test reference` rewrites the page.
#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_reference_of_every_key_is_as_the_tables_say() {
    const PAGE: &str = "docs/SCENARIO.md";
    let page = reference();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test reference");
}

/// `BLESS=1 cargo test metrics` rewrites the page.
#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_page_of_metrics_is_as_they_say() {
    const PAGE: &str = "docs/METRICS.md";
    let page = stopsim::report::metrics::page();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test metrics");
}
