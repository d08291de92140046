//! How instances are at time 0: nothing is invented, and nothing hangs on the order of tables.

use stopsim::books::ledger::Bill;
use stopsim::ecs::instance::State;
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};
use stopsim::scenario::{Loaded, Memory, load};

use crate::worlds::{FIRST, run_plan};

const RUNNING: State = State::Running;
const STANDARD: State = State::Stopped { effective: KeepCharging };
const ECONOMICAL: State = State::Stopped { effective: StopCharging };

/// Two weeks from a Monday's midnight, an instance `w-0001` wanted in office hours.
const WORLD: &str = r#"
name = "m"
[clock]
start = "2026-03-02 00:00"
timezone = "Europe/London"
length = "14d"
[region]
id = "cn-hangzhou"
[[group]]
name = "w"
count = 1
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
start = "30s"
stop = "30s"
allocation = "0s"
wave_factor = "1"
[[pool]]
name = "p"
zone = "cn-hangzhou-h"
family = "ecs.g7"
stock = "unlimited"
[[demand]]
name = "office"
groups = ["w"]
windows = [{ days = "mon..fri", from = "09:00", to = "17:00" }]
"#;

/// It stops and starts `w` in economical mode, as the demand says.
const SCHED: &str = r#"
[[controller]]
name = "sched"
groups = ["w"]
follows = "office"
stop = { mode = "StopCharging" }
"#;

/// A controller of `w` with these keys.
fn controller(name: &str, keys: &str) -> String {
    format!("[[controller]]\nname = \"{name}\"\ngroups = [\"w\"]\n{keys}\n")
}

fn read(controllers: &[&str], sets: &[&str]) -> Result<Loaded, String> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let text = format!("{WORLD}{}", controllers.concat());
    load("s.toml", &Memory::new().with("s.toml", text), &sets).map_err(|errors| errors.to_string())
}

#[track_caller]
fn begins(controllers: &[&str], sets: &[&str]) -> Vec<State> {
    let loaded = read(controllers, sets).unwrap_or_else(|errors| panic!("\n{errors}"));
    let group = &loaded.plan.region.groups[0];
    group.instances().map(|id| group.begins_as(id)).collect()
}

/// Whatever the order of the controllers.
#[track_caller]
fn either_way(one: &str, other: &str, sets: &[&str], expected: State) {
    assert_eq!(begins(&[one, other], sets), [expected], "as listed");
    assert_eq!(begins(&[other, one], sets), [expected], "the other way round");
}

/// Intended saving and what is forgone, in nano-units.
fn saved(controllers: &[&str]) -> (i128, i128) {
    let plan = read(controllers, &[]).unwrap().plan;
    let bill = Bill::of(&plan.region, &run_plan(&plan, FIRST).outcome.ledger);
    let forgone: i128 = bill.forgone.values().map(|money| money.as_nanos()).sum();
    (bill.intended.as_nanos(), forgone)
}

#[test]
fn who_only_starts_stops_nobody() {
    let starter = controller("starter", "follows = \"office\"\nacts = \"starts\"");
    let stop = "follows = \"office\"\nacts = \"stops\"\nstop = { mode = \"StopCharging\" }";
    let stopper = controller("stopper", stop);
    either_way(&starter, &stopper, &[], ECONOMICAL);
    let (intended, forgone) = saved(&[&starter, &stopper]);
    assert!(intended > 0);
    assert_eq!(forgone, 0, "nothing is forgone before the first start");
    assert_eq!(saved(&[&stopper, &starter]), (intended, 0), "the same bill");
    assert_eq!(begins(&[&starter], &[]), [RUNNING]);
}

#[test]
fn who_only_makes_listed_requests_is_as_if_not_there() {
    for action in ["start", "stop", "reboot"] {
        let request = format!(
            "requests = [{{ at = \"2026-03-07 10:10\", instance = \"w-0001\", action = \
             \"{action}\" }}]"
        );
        let user = controller("user", &request);
        either_way(&user, SCHED, &[], ECONOMICAL);
        let watch = "watch = { every = \"30m\", want = \"office\" }";
        let watch = controller("watch", &format!("{watch}\nstop = {{ mode = \"StopCharging\" }}"));
        either_way(&user, &watch, &[], ECONOMICAL);
        assert_eq!(begins(&[&user], &[]), [RUNNING], "its stops lie in the run");
    }
}

#[test]
fn a_lone_watch_leaves_the_mode_that_it_asks_for() {
    let watch = |mode: &str, want: &str, more: &str| {
        let keys = format!("watch = {{ every = \"30m\", want = \"{want}\" }}\n{more}");
        controller("watch", &format!("{keys}\nstop = {{ mode = \"{mode}\" }}"))
    };
    let keeps = watch("KeepCharging", "office", "");
    assert_eq!(begins(&[&keeps], &[]), [STANDARD]);
    assert_eq!(saved(&[&keeps]).0, 0, "a standard stop saves nothing");
    assert_eq!(begins(&[&watch("StopCharging", "office", "")], &[]), [ECONOMICAL]);
    assert_eq!(begins(&[&watch("StopCharging", "stopped", "")], &[]), [ECONOMICAL]);
    assert_eq!(begins(&[&watch("StopCharging", "running", "")], &[]), [RUNNING]);
    assert_eq!(begins(&[&watch("StopCharging", "office", "acts = \"starts\"")], &[]), [RUNNING]);
}

#[test]
fn a_stop_that_is_refused_or_only_tried_has_stopped_nothing() {
    let stop = |table: &str| {
        let keys = format!("follows = \"office\"\nstop = {{ mode = \"StopCharging\", {table} }}");
        controller("sched", &keys)
    };
    let dry = stop("dry_run = true");
    assert_eq!(begins(&[&dry], &[]), [RUNNING]);
    assert_eq!(saved(&[&dry]).0, 0);
    assert_eq!(begins(&[&stop("hibernate = true")], &[]), [RUNNING]);
    assert_eq!(begins(&[&stop("malformed = \"missing_instance_id\"")], &[]), [RUNNING]);
    assert_eq!(
        begins(&[&stop("confirm_stop = false")], &["group.w.local_storage=true"]),
        [RUNNING]
    );
    assert_eq!(begins(&[SCHED], &["group.w.conditions=[\"security_lock\"]"]), [RUNNING]);
    let may = |action: &str, resource: &str| {
        let statement = "effect = \"allow\"";
        let ram = format!(
            "ram = [{{ {statement}, actions = [\"{action}\"], resources = [\"{resource}\"] }}]"
        );
        format!("{SCHED}{ram}\n")
    };
    assert_eq!(begins(&[&may("ecs:StartInstance", "*")], &[]), [RUNNING]);
    assert_eq!(begins(&[&may("ecs:Stop*", "*")], &[]), [ECONOMICAL]);
    // A policy by name tells the instances of a group apart.
    let second = may("ecs:Stop*", "acs:ecs:*:*:instance/w-0002");
    assert_eq!(begins(&[&second], &["group.w.count=3"]), [RUNNING, ECONOMICAL, RUNNING]);
}

#[test]
fn the_first_stop_after_the_last_start_decides() {
    let at = |name: &str, to: &str, mode: &str| {
        let windows =
            format!("windows = [{{ days = \"mon..fri\", from = \"09:00\", to = \"{to}\" }}]");
        let keys = "acts = \"stops\"";
        let stop = format!("stop = {{ mode = \"{mode}\" }}");
        controller(name, &format!("schedule = {{ {windows} }}\n{keys}\n{stop}"))
    };
    let early = at("early", "17:30", "KeepCharging");
    let late = at("late", "20:00", "StopCharging");
    either_way(&early, &late, &[], STANDARD);
    // Monday at 17:15 neither has stopped it since it was started at 09:00: Friday's stands.
    either_way(&early, &late, &["clock.start=2026-03-02 17:15"], STANDARD);
    // A backup at night starts it again, and stops it in its own mode.
    let windows = "windows = [{ days = \"mon..sun\", from = \"22:00\", to = \"23:00\" }]";
    let backup = format!("schedule = {{ {windows} }}\nstop = {{ mode = \"StopCharging\" }}");
    let backup = controller("backup", &backup);
    either_way(&early, &backup, &[], ECONOMICAL);
    either_way(&early, &backup, &["clock.start=2026-03-02 19:00"], STANDARD);
    // A watch sees it at its next look: whole half hours before the beginning.
    let watch =
        "watch = { every = \"30m\", want = \"office\" }\nstop = { mode = \"StopCharging\" }";
    let watch = controller("watch", watch);
    let soon = at("soon", "17:10", "KeepCharging");
    either_way(&watch, &soon, &["clock.start=2026-03-02 18:20"], STANDARD);
    either_way(&watch, &early, &["clock.start=2026-03-02 18:10"], ECONOMICAL);
}

#[test]
fn a_stagger_is_part_of_when_a_stop_was_made() {
    let follows = |name: &str, mode: &str, more: &str| {
        controller(name, &format!("follows = \"office\"\nstop = {{ mode = \"{mode}\" }}\n{more}"))
    };
    // One stops all at 17:00, the other at 17:00, 17:10, 17:20 and from behind.
    let first = follows("first", "StopCharging", "stagger = \"30m\"");
    let second = controller(
        "second",
        "schedule = { windows = [{ days = \"mon..fri\", from = \"09:00\", to = \"17:15\" }] }\n\
         stop = { mode = \"KeepCharging\" }",
    );
    let three = &["group.w.count=3"];
    let expected = [ECONOMICAL, ECONOMICAL, STANDARD];
    assert_eq!(begins(&[&first, &second], three), expected);
    assert_eq!(begins(&[&second, &first], three), expected);
}

#[test]
fn two_modes_at_one_instant_are_an_error_that_asks_for_initially() {
    let other = controller("other", "follows = \"office\"\nstop = { mode = \"KeepCharging\" }");
    for controllers in [[SCHED, &other], [&other, SCHED]] {
        let errors = read(&controllers, &[]).unwrap_err();
        assert!(errors.contains("at one instant, in different modes"), "{errors}");
        assert!(errors.contains("initially = \"stopped-economical\""), "{errors}");
        let said = ["group.w.initially=stopped-standard"];
        assert_eq!(begins(&controllers, &said), [STANDARD], "an explicit word wins");
    }
}

#[test]
fn each_instance_of_a_group_begins_by_its_own_controllers() {
    let of = |name: &str, instance: &str, mode: &str| {
        format!(
            "[[controller]]\nname = \"{name}\"\ninstances = [\"{instance}\"]\n\
             follows = \"office\"\nstop = {{ mode = \"{mode}\" }}\n"
        )
    };
    let one = of("one", "w-0001", "KeepCharging");
    let two = of("two", "w-0002", "StopCharging");
    let three = &["group.w.count=3"];
    assert_eq!(begins(&[&one, &two], three), [STANDARD, ECONOMICAL, RUNNING]);
    assert_eq!(begins(&[&two, &one], three), [STANDARD, ECONOMICAL, RUNNING]);
}

#[test]
fn how_one_instance_begins_can_be_said() {
    let of = "group.w.initially_of=[{ instances = [\"w-0002\"], is = \"running\" }]";
    assert_eq!(begins(&[SCHED], &["group.w.count=3", of]), [ECONOMICAL, RUNNING, ECONOMICAL]);
    let both = &["group.w.count=2", "group.w.initially=stopped-standard", of];
    assert_eq!(begins(&[SCHED], both), [STANDARD, RUNNING]);
    let errors = read(&[SCHED], &[of]).unwrap_err();
    assert!(errors.contains("there is no instance `w-0002`"), "{errors}");
    let twice = of.replace("[\"w-0002\"]", "[\"w-0001\", \"w-0001\"]");
    let errors = read(&[SCHED], &[&twice]).unwrap_err();
    assert!(errors.contains("how `w-0001` begins is said twice"), "{errors}");
}

#[test]
fn who_cannot_be_stopped_economically_is_in_standard_mode() {
    assert_eq!(begins(&[SCHED], &["group.w.local_storage=true"]), [STANDARD]);
    // The account's default counts for calls only where the knob says so.
    let unsaid = controller("sched", "follows = \"office\"");
    let default = "account.economical_default=true";
    assert_eq!(begins(&[&unsaid], &[default]), [ECONOMICAL]);
    let console = "knobs.default_switch_scope=console_only";
    assert_eq!(begins(&[&unsaid], &[default, console]), [STANDARD]);
}
