//! Groups by name, pattern and tag, and what is told of each of them.

use stopsim::ecs::id::InstanceId;
use stopsim::report::collected::Collected;
use stopsim::report::csv;
use stopsim::report::summary::Summary;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;
use stopsim::units::Money;

use crate::worlds::{CALLS, FIRST, group, plan, pool, results, run_plan, world};

/// Two groups of a team, one of another, one of none.
fn fleet() -> String {
    let (up, down) = ("initially = \"running\"\n", "initially = \"stopped-economical\"\n");
    let of = |name: &str, count, begins: &str, tags: &str| {
        group(name, count, &format!("{begins}{tags}"))
    };
    of("web-a", 1, down, "tags = { team = \"web\", stage = \"test\" }")
        + &of("web-b", 2, down, "tags = { team = \"web\" }")
        + &of("db", 1, up, "tags = { team = \"data base\" }")
        + &of("other", 1, up, "")
        + &pool("free = 10")
}

/// All of them wanted from eight to eight, and those of a list stopped meanwhile.
fn stopped(groups: &str) -> String {
    let office = "[[demand]]\nname = \"office\"\ngroups = [\"*\"]\n\
                  windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n";
    let nightly = format!(
        "[[controller]]\nname = \"nightly\"\ngroups = {groups}\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\n"
    );
    world("24h", &format!("{CALLS}{}{office}{nightly}", fleet()))
}

fn acts_on(groups: &str) -> Vec<String> {
    let plan = plan(&stopped(groups));
    let names = |id: &InstanceId| plan.region.instance_name(*id);
    plan.controllers[0].instances.iter().map(names).collect()
}

#[test]
fn a_list_of_groups_takes_names_patterns_and_tags() {
    let web = ["web-a-0001", "web-b-0001", "web-b-0002"];
    assert_eq!(acts_on("[\"web-*\"]"), web);
    assert_eq!(acts_on("[\"tag:team=web\"]"), web);
    assert_eq!(acts_on("[\"tag:team=d*\", \"web-b\"]"), ["db-0001", web[1], web[2]]);
    assert_eq!(acts_on("[\"tag:stage=test\", \"*-a\", \"web-a\"]"), ["web-a-0001"], "each once");
    assert_eq!(acts_on("[\"*\"]").len(), 5);
}

/// Demands, controllers, faults of three kinds, scheduled_events, services and who goes first.
#[test]
fn wherever_groups_are_listed_a_pattern_and_a_tag_mean_what_the_names_mean() {
    let lists = |groups: &str, need: &str, first: &str| {
        let more = format!(
            "[[call_fault]]\nname = \"c\"\ngroups = {groups}\nrefuse = \"500 InternalError\"\n\
             [[work_fault]]\nname = \"w\"\ngroups = {groups}\nslow = \"2\"\n\
             [[scheduled_event]]\nname = \"h\"\ngroups = {groups}\nat = \"2026-03-02 10:00\"\n\
             guest_shutdown = true\n\
             [[service]]\nname = \"shop\"\nneeds = {{ {need}, db = 1 }}\nstart_after = {first}\n"
        );
        let text = stopped(groups) + &more;
        let text = text.replace("[\"*\"]", groups).replacen(groups, "[\"*\"]", 1);
        let plan = plan(&text);
        let Plan {
            demands, controllers, call_faults, work_faults, scheduled_events, services, ..
        } = plan;
        format!(
            "{demands:?}{controllers:?}{call_faults:?}{work_faults:?}{scheduled_events:?}{services:?}"
        )
    };
    let named = lists("[\"web-a\", \"web-b\"]", "web-a = \"1/2\", web-b = \"1/2\"", "[\"db\"]");
    assert_eq!(lists("[\"web-*\"]", "\"web-*\" = \"1/2\"", "[\"d*\"]"), named);
    let tag = "\"tag:team=web\" = \"1/2\"";
    assert_eq!(lists("[\"tag:team=web\"]", tag, "[\"tag:team=data base\"]"), named);
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let source = Memory::new().with("s.toml", text);
    let errors = load("s.toml", &source, &[]).expect_err("it must be refused").to_string();
    for part in expected {
        assert!(errors.contains(part), "no `{part}` in\n{errors}");
    }
}

#[test]
fn a_pattern_or_tag_that_means_nothing_is_refused_with_what_there_is() {
    let names = "the groups are db, other, web-a, web-b";
    refused(&stopped("[\"app-*\"]"), &["no group's name is like `app-*`", names]);
    let tags = "the tags are stage=test, team=data base, team=web";
    refused(&stopped("[\"tag:team=shop\"]"), &["no group's tag is like `tag:team=shop`", tags]);
    refused(&stopped("[\"tag:team\"]"), &["`tag:team` does not say the tag's value"]);
    refused(&stopped("[\"web/*\"]"), &["`/` cannot be part of a name"]);
    let twice = "[[service]]\nname = \"shop\"\nneeds = { \"web-*\" = 1, web-a = 1 }\n";
    let twice = stopped("[\"*\"]") + twice;
    refused(&twice, &["how much of `web-a` is needed is said twice"]);
    let long = format!("tags = {{ team = \"{}\" }}", "x".repeat(129));
    let text = stopped("[\"*\"]").replace("tags = { team = \"web\" }", &long);
    refused(&text, &["at most 128 characters"]);
}

fn summary(text: &str) -> (Plan, Summary, [String; 2]) {
    let plan = plan(text);
    let outcomes = [0, 1]
        .map(|replication| run_plan(&plan, stopsim::sim::RunId { replication, ..FIRST }).outcome);
    let summary = Summary::of(&results(&plan, &Collected::of(&plan, &outcomes)));
    let mut tables = [vec![], vec![]];
    csv::groups(&mut tables[0], &summary).unwrap();
    csv::tags(&mut tables[1], &summary).unwrap();
    (plan, summary, tables.map(|table| String::from_utf8(table).unwrap()))
}

/// A day of five instances at 3.6 an hour, 86.4 each, of which the three of team web are stopped:
/// each runs 12 h 20 s of 24 h, and is not up for the 40 s of its start.
#[test]
fn what_is_saved_is_told_by_group_and_by_tag() {
    let (_, summary, [groups, tags]) = summary(&stopped("[\"tag:team=web\"]"));
    let told = |table: &str| -> Vec<String> { table.lines().map(str::to_owned).collect() };
    let money = |instances: i128| {
        let nanos = |micros: i128| Money::from_nanos(instances * micros * 1_000_000).to_string();
        // Baseline, actual, arrears, intended, involuntary, policy cost, adjustments, net.
        let saved = nanos(43_180);
        [nanos(86_400), nanos(43_220), nanos(0), saved.clone(), nanos(0), nanos(0), nanos(0), saved]
    };
    // Unavailable time is summed over both replications.
    let row = |name: &str, stopped: i128, running: i128| {
        let mut cells = money(stopped);
        let add = |cell: &mut String, nanos: i128| {
            let sum: i128 = cell.replace('.', "").parse().unwrap();
            *cell = Money::from_nanos(sum + nanos).to_string();
        };
        add(&mut cells[0], running * 86_400_000_000);
        add(&mut cells[1], running * 86_400_000_000);
        format!("{name},{},{}", cells.join(","), stopped * 2 * 40_000_000)
    };
    let head = "baseline,actual,arrears,intended,involuntary,policy_cost,adjustments,net,\
                unavailable_us";
    assert_eq!(
        told(&groups),
        [
            format!("group,{head}"),
            row("web-a", 1, 0),
            row("web-b", 2, 0),
            row("db", 0, 1),
            row("other", 0, 1),
        ]
    );
    assert_eq!(
        told(&tags),
        [
            format!("tag,value,{head}"),
            row("stage,test", 1, 0),
            row("stage,", 2, 2),
            row("team,data base", 0, 1),
            row("team,web", 3, 0),
            row("team,", 0, 1),
        ]
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["by_tag"][3]["tag"], "team");
    assert_eq!(json["by_tag"][3]["value"], "web");
    assert_eq!(json["by_tag"][3]["net"], "129.540000000");
    assert_eq!(json["by_tag"][3]["net_pct"], 49.9769);
    assert!(json["by_tag"][4]["value"].is_null(), "what does not have the tag");
    assert_eq!(json["by_group"][1]["unavailable_us"], 160_000_000);
    assert_eq!(json["billing"]["saving"]["net"], "129.540000000");
}

/// A private pool of three, of which one is used, belongs to no group: what two cost that are not
/// used is a cost of the policy.
#[test]
fn what_belongs_to_no_group_has_a_row_of_its_own() {
    let reserved = "[[private_pool]]\nname = \"held\"\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
                    instances = 3\nunused_rate = \"1.8 CNY/h\"\nmatch = \"Target\"\n";
    let uses = "name = \"other\"\nprivate_pool = { match = \"Target\", name = \"held\" }\n";
    let text = stopped("[\"web-*\"]").replace("name = \"other\"\n", uses) + reserved;
    let (_, summary, [groups, _]) = summary(&text);
    let last = groups.lines().last().unwrap();
    assert_eq!(
        last,
        ",0.000000000,86.400000000,0.000000000,0.000000000,0.000000000,86.400000000,\
                      0.000000000,-86.400000000,0"
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["billing"]["saving"]["policy_cost_by"]["private_pool"], "86.400000000");
    assert_eq!(json["billing"]["saving"]["net"], "43.140000000");
    assert!(json["billing"]["projection"]["net_per_year"].is_null(), "a day is no whole week");
}
