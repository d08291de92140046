//! `check` sees what a reader of a scenario would: warnings, and every mistake in one round.

use stopsim::scenario::{Memory, load};

use crate::worlds::{group, pool, world};

const OFFICE: &str = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]\n";

fn controller(keys: &str) -> String {
    format!("[[controller]]\nname = \"ops\"\n{keys}\n")
}

fn source(rest: &str) -> Memory {
    Memory::new().with("s.toml", world("7d", rest))
}

/// The warnings of a week.
#[track_caller]
fn warnings(rest: &str) -> Vec<String> {
    let loaded = load("s.toml", &source(rest), &[]).unwrap_or_else(|errors| panic!("\n{errors}"));
    let notes = loaded.notes.iter().map(ToString::to_string);
    notes.filter(|note| note.starts_with("warning: ")).collect()
}

#[track_caller]
fn errors(rest: &str) -> String {
    match load("s.toml", &source(rest), &[]) {
        Ok(_) => panic!("nothing is wrong with it"),
        Err(errors) => errors.to_string(),
    }
}

fn web(more: &str) -> String {
    format!("{}{}{OFFICE}{more}", group("web", 3, ""), pool("free = 9"))
}

const STOPS: &str = "stop = { mode = \"StopCharging\" }";

#[test]
fn who_is_served_whole_is_not_warned_of() {
    let both = controller(&format!("follows = \"office\"\n{STOPS}"));
    assert_eq!(warnings(&web(&both)), [""; 0]);
}

#[test]
fn a_group_that_no_controller_stops_is_told() {
    let told = "warning: group web: no controller stops it; what is not wanted runs on";
    assert_eq!(warnings(&web("")), [told]);
    let starts = controller("follows = \"office\"\nacts = \"starts\"");
    assert_eq!(warnings(&web(&starts)), [told]);
    let tries = "stop = { mode = \"StopCharging\", dry_run = true }";
    assert_eq!(warnings(&web(&controller(&format!("follows = \"office\"\n{tries}")))), [told]);
    let one = controller(&format!("follows = \"office\"\ninstances = [\"web-0001\"]\n{STOPS}"));
    let part = "warning: group web, 2 of 3 instances: no controller stops it; what is not wanted \
                runs on";
    assert_eq!(warnings(&web(&one)), [part]);
}

#[test]
fn a_group_that_is_stopped_and_in_no_demand_is_told() {
    let follows = format!("follows = \"office\"\ngroups = [\"web\", \"db\"]\n{STOPS}");
    let text = format!("{}{}", web(&controller(&follows)), group("db", 2, ""));
    let [told] = &warnings(&text)[..] else { panic!("one warning") };
    assert!(told.starts_with("warning: group db: no demand says when it is wanted"), "{told}");
    assert!(told.contains("what ops stops of it counts as unavailable"), "{told}");
}

#[test]
fn a_demand_that_nobody_serves_is_told() {
    let stops = controller(&format!("follows = \"office\"\nacts = \"stops\"\n{STOPS}"));
    let told = "warning: group web: no controller starts it when demand office begins";
    assert_eq!(warnings(&web(&stops)), [told]);
}

#[test]
fn a_sound_scenario_has_nothing_to_be_told_of() {
    let both = controller(&format!("follows = \"office\"\n{STOPS}"));
    let loaded = load("s.toml", &source(&web(&both)), &[]).expect("it is sound");
    let notes: Vec<String> = loaded.notes.iter().map(ToString::to_string).collect();
    let family = "note: ecs.g7 is on no list of families with or without economical mode: assumed \
                  eligible";
    assert_eq!(notes, [family]);
}

/// Stopped from the beginning, and never wanted in the run: nobody need start it.
#[test]
fn a_demand_that_never_begins_needs_nobody() {
    let later = "windows = [{ days = \"day 20\", from = \"08:00\", to = \"20:00\" }]";
    let office = format!("[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n{later}\n");
    let stopped = group("web", 3, "initially = \"stopped-economical\"");
    assert_eq!(warnings(&format!("{stopped}{}{office}", pool("free = 9"))), [""; 0]);
}

#[test]
fn starts_that_follow_one_another_are_no_restart() {
    let start = |at: &str| {
        format!("{{ at = \"2026-03-02 {at}\", instance = \"web-0001\", action = \"start\" }}")
    };
    let requests = format!(
        "requests = [{}, {}]\ngroups = [\"web\"]\ndemand = true",
        start("12:00"),
        start("12:00:05")
    );
    let text = format!("{}{}{}", group("web", 3, ""), pool("free = 9"), controller(&requests));
    let told = warnings(&text);
    assert!(!told.iter().any(|told| told.contains("it starts what it stopped")), "{told:?}");
}

#[test]
fn a_stop_and_a_start_within_the_time_of_a_stop_are_told() {
    let windows = "{ days = \"mon\", from = \"08:00\", to = \"12:00\" }, \
                   { days = \"mon\", from = \"12:00:10\", to = \"20:00\" }";
    let schedule = format!("schedule = {{ windows = [{windows}] }}\ngroups = [\"web\"]\n{STOPS}");
    let [told] = &warnings(&web(&controller(&schedule)))[..] else { panic!("one warning") };
    let begins = "warning: controller ops: at 2026-03-02 12:00:10 it starts what it stopped";
    assert!(told.starts_with(begins), "{told}");
    let requests = "requests = [{ at = \"2026-03-02 12:00\", instance = \"web-0001\", action = \
                    \"stop\" }, { at = \"2026-03-02 12:00:05\", instance = \"web-0001\", action = \
                    \"start\" }]\ngroups = [\"web\"]";
    let all = warnings(&web(&controller(requests)));
    assert!(all.iter().any(|told| told.contains("12:00:05 it starts what it stopped")), "{all:?}");
}

#[test]
fn acts_is_obeyed_or_refused() {
    let requests = "requests = [{ at = \"2026-03-02 12:00\", instance = \"web-0001\", action = \
                    \"stop\" }]\nacts = \"starts\"";
    assert!(errors(&web(&controller(requests))).contains("`acts` of a drive that says itself"));
    let poisson = "poisson = { per_hour = 1, hold = \"1h\" }\ngroups = [\"web\"]\nacts = \"stops\"";
    assert!(errors(&web(&controller(poisson))).contains("`acts` of a drive that says itself"));
    // A watch obeys: nobody stops.
    let watch =
        "watch = { every = \"5m\", want = \"office\" }\ngroups = [\"web\"]\nacts = \"starts\"";
    let told = "warning: group web: no controller stops it; what is not wanted runs on";
    assert_eq!(warnings(&web(&controller(&format!("{watch}\n{STOPS}")))), [told]);
}

#[test]
fn a_pool_is_asked_for_only_where_stock_is_given_back() {
    let without = |stop: &str| {
        let controller = controller(&format!("follows = \"office\"\n{stop}"));
        format!("{}{OFFICE}{controller}", group("web", 3, ""))
    };
    assert_eq!(warnings(&without("stop = { mode = \"KeepCharging\" }")), [""; 0]);
    assert_eq!(warnings(&without("")), [""; 0]);
    assert!(errors(&without(STOPS)).contains("no pool is described for ecs.g7"));
    let economical = format!("[account]\neconomical_default = true\n{}", without(""));
    assert!(errors(&economical).contains("no pool is described for ecs.g7"));
}

#[test]
fn what_has_no_end_is_not_counted_in_vcpus() {
    let unknown = group("web", 1, "").replace("ecs.g7.large", "ecs.g77.large");
    let pool = "[[pool]]\nname = \"g77\"\nzone = \"z\"\nfamily = \"ecs.g77\"\n";
    let both = controller(&format!("follows = \"office\"\n{STOPS}"));
    let with = |stock: &str| format!("{unknown}{pool}{stock}\n{OFFICE}{both}");
    assert_eq!(warnings(&with("stock = \"unlimited\"")), [""; 0]);
    let text = errors(&with("free = 3"));
    assert!(text.contains("how many vCPUs ecs.g77.large has is not known"), "{text}");
}

#[test]
fn discounts_by_family_stand_in_place_of_one_for_all() {
    let plan = |discounts: &str| {
        let plan =
            "[[commitment]]\nname = \"plan\"\nkind = \"savings-plan\"\namount = \"1 CNY/h\"\n";
        let both = controller(&format!("follows = \"office\"\n{STOPS}"));
        format!("{}{plan}{discounts}\n", web(&both))
    };
    let by_family = "discounts = [{ family = \"ecs.g7\", discount = \"30%\" }]";
    assert_eq!(warnings(&plan(by_family)), [""; 0]);
    assert!(errors(&plan("")).contains("does not say its `discount`"));
}

#[test]
fn every_mistake_is_told_in_one_round() {
    let bad = "name,count,zone,type\n\
               row1,1,z,ecs.g7.large,more\n\
               row2,zero,z,ecs.g7.large\n\
               row3,2,z,ecs.r99.large\n";
    let groups = [
        group("db", 1, "").replace("ecs.g7.large", "ecs.g98.large"),
        group("x", 1, "").replace("ecs.g7.large", "ecs.c7.large"),
    ];
    let all = controller(&format!("follows = \"office\"\n{STOPS}"));
    let text = format!(
        "[csv]\ngroup = \"fleet.csv\"\n{}{}[[pool]]\nname = \"g98\"\nzone = \"z\"\n\
         family = \"ecs.g98\"\nfree = 3\n{OFFICE}{all}",
        groups.concat(),
        group("web", 1, ""),
    );
    let text = text.replace("groups = [\"web\"]", "groups = [\"web\", \"db\", \"x\", \"row3\"]");
    let source = source(&text).with("fleet.csv", bad);
    let told = load("s.toml", &source, &[]).expect_err("much is wrong").to_string();
    for part in [
        "row is too long",
        "`zero`",
        "no price of ecs.r99.large",
        "how many vCPUs ecs.g98.large has is not known",
        "no pool is described for ecs.c7",
        "no pool is described for ecs.r99",
        "no pool is described for ecs.g7",
    ] {
        assert!(told.contains(part), "no `{part}` in\n{told}");
    }
}
