//! Counts of replications as one: what they come to does not depend on who is added to whom, and
//! is what a naive sum over what is written of each comes to.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use serde_json::Value;
use stopsim::books::outcome::{Counts, LatencyName};
use stopsim::report::collected::{Collected, Collecting};
use stopsim::sim::RunId;
use stopsim::stats::Merge as _;

use crate::dice;
use crate::sample::cases;
use crate::scenario::Disk;
use crate::worlds::{FIRST, plan_from, run_plan};

fn merged(of: &[&Counts]) -> Counts {
    let (first, others) = of.split_first().expect("some");
    others.iter().fold((*first).clone(), |mut sum, one| {
        sum.merge(one);
        sum
    })
}

/// Every number in a value, under its path; texts and nulls are none.
fn numbers(value: &Value, path: &str, found: &mut BTreeMap<String, u128>) {
    let mut below = |key: &str, value| numbers(value, &format!("{path}.{key}"), found);
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => {
            items.iter().zip(0..).for_each(|(value, at)| below(&format!("{at}"), value));
        }
        Value::Number(number) => {
            let number = number.to_string().parse().expect("all that is counted is whole");
            found.insert(path.to_owned(), number);
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// All numbers of counts but those of latencies, as they are written.
fn written(counts: &Counts) -> BTreeMap<String, u128> {
    let mut value = serde_json::to_value(counts).expect("it can be written");
    value.as_object_mut().expect("an object").remove("latencies").expect("there are some");
    let mut found = BTreeMap::new();
    numbers(&value, "", &mut found);
    found
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn whoever_is_added_first(words in prop::collection::vec(any::<u16>(), 400)) {
        let Some((plan, _)) = dice::world(&words) else { return Ok(()) };
        let run = |replication| run_plan(&plan, RunId { replication, ..FIRST }).outcome.counts;
        let [a, b, c] = [run(0), run(1), run(2)];
        let (ab, bc) = (merged(&[&a, &b]), merged(&[&b, &c]));
        prop_assert_eq!(merged(&[&ab, &c]), merged(&[&a, &bc]));
        prop_assert_eq!(merged(&[&Counts::default(), &a]).calls, a.calls);
    }
}

/// As many bytes as are kept of a replication of a hundred instances. A thousand of them may take
/// half as much again as ten, which take 16 MB: no more than eight thousand bytes each.
#[test]
fn a_replication_leaves_a_few_thousand_bytes() {
    let office = ["clock.length=2d", "group.*.count=20"];
    let plan = plan_from("scenarios/office-hours.toml", &Disk, &office);
    let mut collecting = Collecting::default();
    let mut kept = |replications: Range<u32>| {
        for replication in replications {
            collecting.add(&plan, &run_plan(&plan, RunId { replication, ..FIRST }).outcome);
        }
        postcard::to_allocvec(&collecting).expect("it can be written").len()
    };
    let (ten, more) = (kept(0..10), kept(10..60));
    let each = (more - ten) / 50;
    assert!((1..=EACH_MOST).contains(&each), "{each} bytes a replication");
}

const EACH_MOST: usize = 4_000;

/// What a report says of several replications is what they say one by one.
#[test]
fn a_report_counts_what_its_replications_count() {
    let plan = plan_from("scenarios/presets-side-by-side.toml", &Disk, &["clock.length=2d"]);
    let run = |replication| run_plan(&plan, RunId { replication, ..FIRST }).outcome;
    let outcomes: Vec<_> = (0..3).map(run).collect();
    let sum = Collected::of(&plan, &outcomes).totals.counts;
    assert_eq!(sum, merged(&outcomes.iter().map(|one| &one.counts).collect::<Vec<_>>()));
    assert!(sum.events.handled > 0 && sum.beliefs.right > 0 && sum.clients.len() > 1);

    let each: Vec<_> = outcomes.iter().map(|one| written(&one.counts)).collect();
    let paths: std::collections::BTreeSet<&String> = each.iter().flat_map(BTreeMap::keys).collect();
    let found = written(&sum);
    assert_eq!(found.keys().collect::<Vec<_>>(), paths.iter().copied().collect::<Vec<_>>());
    for path in paths {
        let of = |one: &BTreeMap<String, u128>| one.get(path).copied();
        let each = each.iter().filter_map(of);
        let expected = if path.contains("peak_") || path.ends_with("largest") {
            each.max()
        } else if path.contains("least_") || path.ends_with("smallest") {
            each.min()
        } else if path.contains("_instances.") {
            continue;
        } else {
            Some(each.sum())
        };
        assert_eq!(of(&found), expected, "{path}");
    }
    for name in LatencyName::all() {
        let all = |of: fn(&stopsim::stats::Latency) -> u64| {
            outcomes.iter().map(|one| of(one.counts.latency(name))).sum::<u64>()
        };
        let latency = sum.latency(name);
        assert_eq!(latency.finished(), all(|one| one.finished()), "{}", name.name());
        assert_eq!(latency.censored(), all(|one| one.censored()), "{}", name.name());
    }
}
