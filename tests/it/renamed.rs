//! Keys that had another name in the release before are read, wherever they stand, and the new
//! name is told.

use stopsim::scenario::{Loaded, Memory, load};

/// What is written in the names of today.
const NEW: &str = r#"
name = "renamed"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "2d"
[region]
id = "cn-hangzhou"
[calls]
poll_load = { max_delay = "40s", half_rate_per_minute = 1_000 }
[report]
good_wave = { within = "20m" }
[provenance]
"calls.poll_load.half_rate_per_minute" = "measured: polls.csv"
"pool.g7.low_stock_threshold" = "measured: stock.csv"
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
low_stock_threshold = 4
[[scheduled_event]]
name = "operator"
groups = ["web"]
at = "2026-03-02 21:00"
guest_shutdown = true
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
[[controller]]
name = "nightly"
follows = "office"
stop = { mode = "StopCharging" }
start = { check_stock_first = true }
retry = [
    { action = "stop", throttled = { trickle = "1s" }, budget = { share = "10%", max_total = 5 } },
    { action = "look" },
]
[[call_fault]]
name = "lost"
draw_per = "call"
lose_answer = true
[[work_fault]]
name = "slow"
draw_per = "window"
slow = "2"
"#;

/// In those of the release before.
const OLD: [(&str, &str); 9] = [
    ("max_delay", "most"),
    ("half_rate_per_minute", "half_at"),
    ("good_wave", "good_morning"),
    ("low_stock_threshold", "low_below"),
    ("scheduled_event", "happening"),
    ("check_stock_first", "probe"),
    ("trickle", "probe"),
    ("max_total", "in_all"),
    ("draw_per", "per"),
];

fn old() -> String {
    OLD.iter().fold(NEW.to_owned(), |text, (new, old)| text.replace(new, old))
}

#[track_caller]
fn loaded(files: &Memory, sets: &[&str]) -> Loaded {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load("s.toml", files, &sets).unwrap_or_else(|errors| panic!("\n{errors}\n"))
}

fn text(text: &str) -> Memory {
    Memory::new().with("s.toml", text)
}

fn told(loaded: &Loaded) -> Vec<String> {
    let notes = loaded.notes.iter().map(ToString::to_string);
    notes.filter(|note| note.ends_with("now; write that")).collect()
}

#[test]
fn every_older_name_is_read_as_the_new_one_and_the_new_one_is_told() {
    let (new, older) = (loaded(&text(NEW), &[]), loaded(&text(&old()), &[]));
    assert_eq!(new.resolved, older.resolved);
    assert_eq!(new.plan.hash, older.plan.hash);
    assert_eq!(new.plan.inputs, older.plan.inputs);
    assert_eq!(told(&new), [""; 0]);
    assert_eq!(
        told(&older),
        [
            "note: call_fault.per is called draw_per now; write that",
            "note: calls.poll_load.half_at is called half_rate_per_minute now; write that",
            "note: calls.poll_load.most is called max_delay now; write that",
            "note: controller.retry.budget.in_all is called max_total now; write that",
            "note: controller.retry.throttled.probe is called trickle now; write that",
            "note: controller.start.probe is called check_stock_first now; write that",
            "note: happening is called scheduled_event now; write that",
            "note: pool.low_below is called low_stock_threshold now; write that",
            "note: report.good_morning is called good_wave now; write that",
            "note: work_fault.per is called draw_per now; write that",
        ]
    );
}

/// A file of either release lies over one of the other.
#[test]
fn an_older_name_is_laid_over_a_new_one_and_the_other_way_round() {
    for (base, over) in [
        (NEW.to_owned(), "[report]\ngood_morning = { within = \"5m\" }\n"),
        (old(), "[report]\ngood_wave = { within = \"5m\" }\n"),
    ] {
        let over = format!("extends = [\"base.toml\"]\n{over}");
        let files = text(&over).with("base.toml", base);
        assert_eq!(loaded(&files, &[]).plan.good_wave.within.to_string(), "5m");
    }
}

#[test]
fn flags_and_columns_of_csvs_are_read_under_older_names_too() {
    let by_flags = [
        ("pool.g*.low_below=7", "pool.g*.low_stock_threshold=7"),
        ("pool.g7.low_below *= 0.5", "pool.g7.low_stock_threshold *= 0.5"),
        ("controller.*.start={probe=false}", "controller.*.start={check_stock_first=false}"),
        ("calls.poll_load.most=1m", "calls.poll_load.max_delay=1m"),
        (
            "happening.operator.at=\"2026-03-02 22:00\"",
            "scheduled_event.operator.at=\"2026-03-02 22:00\"",
        ),
    ];
    for (old, new) in by_flags {
        let (older, new) = (loaded(&text(NEW), &[old]), loaded(&text(NEW), &[new]));
        assert_eq!(older.resolved, new.resolved, "{old}");
        assert_ne!(older.resolved, loaded(&text(NEW), &[]).resolved, "{old}");
        assert_eq!(told(&older).len(), 1, "{old}");
    }
    let row = |column: &str| {
        let csv = format!("name,zone,family,free,{column}\nother,cn-hangzhou-h,ecs.c7,10,2\n");
        let files = text(&format!("{NEW}[csv]\npool = \"pools.csv\"\n")).with("pools.csv", csv);
        let loaded = loaded(&files, &[]);
        let thresholds = loaded.plan.region.pools.iter().map(|pool| pool.low_stock_threshold);
        (thresholds.collect::<Vec<u64>>(), told(&loaded).len())
    };
    assert_eq!(row("low_stock_threshold"), (vec![2, 4], 0));
    assert_eq!(row("low_below"), (vec![2, 4], 1));
}

#[test]
fn both_names_at_once_are_refused() {
    let both = NEW.replace("low_stock_threshold = 4", "low_stock_threshold = 4\nlow_below = 5");
    let errors = load("s.toml", &text(&both), &[]).expect_err("which one is meant?");
    let problem = &errors.problems[0];
    assert_eq!(problem.message, "`low_below` is the older name of `low_stock_threshold`");
    assert_eq!(problem.hints, ["give one of the two"]);
}
