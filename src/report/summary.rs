//! `summary.json`: what a run or several replications came to, key by key.
//!
//! Versioned by `schema`; every key is described in docs/SUMMARY.md. Money is decimal text,
//! digests, seeds and hashes are hexadecimal text, times are whole microseconds in keys that end
//! in `_us`, percentages are numbers. It never holds anything of the machine it ran on.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::books::outcome::{ArrearsCounts, Beliefs, CreditTally, EventCounts, PlainCounts};

use super::clients::ClientRow;
use super::expect::Judgement;
use super::figures::{IntervalRow, LackRow};
use super::inventory::InventoryRow;
use super::months::MonthRow;
use super::number::{Decimal, Hex, Percent};
use super::projection::Projection;
use super::shares::{GroupShare, TagShare};
use super::stress::StressRow;
use super::what_if::WhatIf;

mod compute;

pub use compute::wave;

/// The version of `summary.json`; also how an earlier result is recognised.
pub const SCHEMA: &str = "stopsim.summary/1";

/// Everything in `summary.json`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Summary {
    pub schema: &'static str,
    pub scenario: Scenario,
    pub seed: Hex,
    pub ties: String,
    pub replication: Option<u32>,
    pub replications: u32,
    pub until_event: Option<u64>,
    pub digest: Hex,
    pub currency: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<String, Vec<String>>,
    pub window: Window,
    pub events: EventCounts,
    pub billing: Billing,
    pub calls: BTreeMap<&'static str, Calls>,
    pub peak_calls_per_minute: u64,
    pub latency: BTreeMap<String, LatencyRow>,
    pub restart: RestartRow,
    pub waves: Vec<WaveRow>,
    pub unavailable: Unavailable,
    pub by_group: Vec<GroupShare>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_tag: Vec<TagShare>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<MonthRow>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, ServiceRow>,
    pub inventory: BTreeMap<String, InventoryRow>,
    #[serde(flatten)]
    pub plain: PlainCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacements: Option<Replacements>,
    pub addresses: Addresses,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burstable: Option<BurstableRow>,
    pub economical: Economical,
    pub beliefs: Beliefs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<SpotRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrears: Option<ArrearsRow>,
    pub inputs: Vec<InputRow>,
    pub knobs: Vec<KnobRow>,
    pub validation: &'static str,
    pub expect: Vec<Judgement>,
    pub stress: Vec<StressRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_if: Option<WhatIf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intervals: BTreeMap<String, IntervalRow>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub no_interval: BTreeMap<String, LackRow>,
}

/// `replacements`: only where there were any.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Replacements {
    pub taken: u64,
    pub duplicate_us: u128,
}

/// `scenario`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Scenario {
    pub name: String,
    pub hash: String,
    pub start: String,
    pub timezone: String,
}

/// `window`: what the figures are about.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Window {
    pub start: String,
    pub start_us: u64,
    pub end: String,
    pub end_us: u64,
}

/// `billing`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Billing {
    pub baseline: Decimal,
    pub baseline_compute: Decimal,
    pub actual: Decimal,
    pub subscription: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrears: Option<Decimal>,
    pub saving: Saving,
    pub projection: Projection,
    pub bound: Bound,
    pub forgone: Parts,
    pub missed: Parts,
    pub break_even_per_instance_hour: Option<Decimal>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<CommitmentRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub minimum_duration: Vec<MinimumChargeRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub whole_cycles: Vec<MinimumChargeRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<CapacityRow>,
    pub lines: Vec<LineRow>,
}

/// `billing.saving`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Saving {
    pub net: Decimal,
    pub total: Decimal,
    pub intended: Decimal,
    pub intended_compute: Decimal,
    pub involuntary: Decimal,
    pub policy_cost: Decimal,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policy_cost_by: BTreeMap<&'static str, Decimal>,
    pub adjustments: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_to_commitments: Option<Decimal>,
    pub net_pct: Option<Percent>,
    pub intended_pct: Option<Percent>,
    pub intended_pct_of_compute: Option<Percent>,
}

/// `billing.bound`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Bound {
    pub total: Decimal,
    pub reachable: Decimal,
    pub ineligible: Decimal,
}

/// `billing.forgone` and `billing.missed`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Parts {
    pub total: Decimal,
    pub by_reason: BTreeMap<String, Decimal>,
    pub by_group: BTreeMap<String, BTreeMap<String, Decimal>>,
}

/// One of `billing.lines`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct LineRow {
    pub group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    pub component: &'static str,
    pub state: &'static str,
    pub baseline: Decimal,
    pub actual: Decimal,
}

/// One of `billing.commitments`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct CommitmentRow {
    pub name: String,
    pub kind: &'static str,
    pub for_policy: bool,
    pub cost: Decimal,
    pub covered_baseline: Decimal,
    pub covered_actual: Decimal,
    pub used_baseline: Decimal,
    pub used_actual: Decimal,
    pub unused_by_stopping: Decimal,
}

/// One of `billing.minimum_duration`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct MinimumChargeRow {
    pub group: String,
    pub component: &'static str,
    pub baseline: Decimal,
    pub amount: Decimal,
}

/// One of `billing.capacity`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct CapacityRow {
    pub name: String,
    pub kind: &'static str,
    pub units: u32,
    pub least_unused: u32,
    pub baseline: Decimal,
    pub actual: Decimal,
}

/// One of `calls`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Calls {
    pub sent: u64,
    pub accepted: u64,
    pub dry_run: u64,
    pub timed_out: u64,
    pub refused: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Items>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaRow>,
}

/// One of `calls`, where its operation has a quota.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct QuotaRow {
    pub limit_per_minute: u64,
    pub peak_per_minute: u64,
    pub throttled_us: u64,
}

/// One of `calls`, of a batch operation: its instances, one by one.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Items {
    pub accepted: u64,
    pub refused: BTreeMap<String, u64>,
}

/// One of `latency`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct LatencyRow {
    pub due: u64,
    pub finished: u64,
    pub censored: u64,
    pub early: u64,
    pub already: u64,
    pub mean_us: Option<u64>,
    pub p50_us: Option<u64>,
    pub p90_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
    pub max_us: Option<u64>,
    pub max_finished_us: Option<u64>,
}

/// `restart`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct RestartRow {
    pub modelled: bool,
    pub waves_not_modelled: u64,
    pub due: u64,
    pub at_risk: u64,
    pub never: u64,
    pub waves: u64,
    pub good_waves: u64,
    pub good_waves_pct: Option<Percent>,
    pub waves_at_risk: u64,
    pub good_waves_at_risk: u64,
    pub good_waves_at_risk_pct: Option<Percent>,
    pub mornings: u64,
    pub good_mornings: u64,
    pub good_mornings_pct: Option<Percent>,
    pub up_at_1m: UpAtRow,
    pub up_at_5m: UpAtRow,
    pub up_at_15m: UpAtRow,
    pub up_at_60m: UpAtRow,
    pub worst_wave: Option<WorstWaveRow>,
    pub worst_morning: Option<WorstWaveRow>,
}

/// `restart.up_at_15m` and its like.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct UpAtRow {
    pub worst_pct: Option<Percent>,
    pub mean_pct: Option<Percent>,
    pub at_risk: AtRiskRow,
}

/// `restart.up_at_15m.at_risk` and its like.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct AtRiskRow {
    pub worst_pct: Option<Percent>,
    pub mean_pct: Option<Percent>,
}

/// `restart.worst_wave`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct WorstWaveRow {
    pub replication: u32,
    pub pool: Option<String>,
    pub wave: WaveRow,
}

/// One of `waves`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct WaveRow {
    pub kind: &'static str,
    pub controller: String,
    pub date: String,
    pub due_us: u64,
    pub zone: String,
    pub instance_type: String,
    pub size: u64,
    pub at_risk: u64,
    pub already_up: u64,
    pub already_there: u64,
    pub from_economical: u64,
    pub from_standard: u64,
    pub done_1m: Option<u64>,
    pub done_5m: Option<u64>,
    pub done_15m: Option<u64>,
    pub done_60m: Option<u64>,
    pub done: u64,
    pub never: u64,
    pub t95_us: Option<u64>,
    pub lost_instance_us: u128,
}

/// `unavailable`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Unavailable {
    pub total_us: u128,
    pub by_reason: BTreeMap<&'static str, u128>,
}

/// One of `services`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct ServiceRow {
    pub modelled: bool,
    pub starts: u64,
    pub good_starts: u64,
    pub good_starts_pct: Option<Percent>,
    pub starts_not_modelled: u64,
    pub mornings: u64,
    pub good_mornings: u64,
    pub good_mornings_pct: Option<Percent>,
    pub mornings_not_modelled: u64,
    pub ready: LatencyRow,
    pub broken: u64,
    pub broken_by: Vec<String>,
    pub unavailable_us: u128,
}

/// `burstable`: only where there are burstable instances.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct BurstableRow {
    #[serde(flatten)]
    pub credits: CreditTally,
    pub examples: Vec<String>,
}

/// `addresses`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Addresses {
    pub changed: u64,
    pub examples: Vec<String>,
}

/// `economical`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Economical {
    pub relied_on_default: u64,
    pub downgraded: BTreeMap<&'static str, u64>,
    pub assumed_eligible: Vec<String>,
}

/// `spot`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct SpotRow {
    pub notices: BTreeMap<&'static str, u64>,
    pub taken_back: BTreeMap<&'static str, u64>,
    pub lost_instance_us: u128,
}

/// `arrears`.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct ArrearsRow {
    #[serde(flatten)]
    pub counts: ArrearsCounts,
    pub lost_instance_us: u128,
}

/// One of `inputs`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct InputRow {
    pub path: String,
    pub value: String,
    pub basis: &'static str,
    pub source: String,
}

/// One of `knobs`: those off their default.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct KnobRow {
    pub name: &'static str,
    pub value: String,
    pub default: String,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::books::outcome::Outcome;
    use crate::report::fixture::{collected, outcome, plan, results};

    fn json(outcomes: &[Outcome]) -> Value {
        let mut out = Vec::new();
        let plan = plan();
        Summary::of(&results(&plan, &collected(&plan, outcomes))).write(&mut out).unwrap();
        assert_eq!(out.last(), Some(&b'\n'));
        serde_json::from_slice(&out).unwrap()
    }

    /// The keys that other tools rely on, and a value of each kind.
    #[test]
    fn the_promised_keys_are_there_in_their_promised_form() {
        let summary = json(&[outcome(0, 30)]);
        for (pointer, value) in [
            ("/schema", "\"stopsim.summary/1\""),
            ("/scenario/name", "\"by-hand\""),
            ("/seed", "\"0000000000000007\""),
            ("/digest", "\"000000000000feed\""),
            ("/currency", "\"CNY\""),
            ("/billing/baseline", "\"47402.460000000\""),
            ("/billing/saving/intended", "\"22238.125000000\""),
            ("/billing/saving/policy_cost", "\"0.000000000\""),
            ("/billing/saving/net", "\"22238.125000000\""),
            ("/billing/saving/net_pct", "46.9134"),
            ("/billing/projection/whole_weeks", "1"),
            ("/by_group/0/group", "\"web\""),
            ("/by_group/0/net", "\"22238.125000000\""),
            ("/by_group/1/net_pct", "0.0"),
            ("/billing/saving/intended_pct", "46.9134"),
            ("/billing/saving/intended_pct_of_compute", "49.6032"),
            ("/billing/forgone/by_reason/ineligible_local_disk", "\"460.460000000\""),
            ("/billing/lines/0/group", "\"web\""),
            ("/billing/break_even_per_instance_hour", "\"35.867943548\""),
            ("/calls/StopInstance/sent", "500"),
            ("/calls/StartInstance/refused/403 OperationDenied.NoStock", "120"),
            ("/latency/start.due_to_ready/censored", "30"),
            ("/latency/start.due_to_ready/p99_us", "null"),
            ("/latency/stop.due_to_stopped/max_us", "500000000"),
            ("/waves/2/kind", "\"start\""),
            ("/waves/2/date", "\"2026-03-03\""),
            ("/waves/2/due_us", "115200000000"),
            ("/waves/2/never", "30"),
            ("/waves/2/t95_us", "null"),
            ("/unavailable/by_reason/no_stock", "432000000000"),
            ("/inputs/0/basis", "\"assumed\""),
            ("/knobs/0/name", "\"static_ip\""),
            ("/expect/0/verdict", "\"observed_holds_if_assumed\""),
            ("/addresses/examples/1", "\"web-0008\""),
        ] {
            let found = summary.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
            assert_eq!(found.to_string(), value, "{pointer}");
        }
        assert!(summary.get("intervals").is_none(), "one replication prints no interval");
    }

    #[test]
    fn several_replications_keep_the_keys_and_add_intervals() {
        let ten: Vec<Outcome> = (0..10).map(|r| outcome(r, 20 + 20 * u64::from(r % 2))).collect();
        let (one, several) = (json(&[outcome(0, 30)]), json(&ten));
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut expected = keys(&one);
        expected.extend(["intervals".to_owned(), "no_interval".to_owned()]);
        expected.sort_unstable();
        let mut found = keys(&several);
        found.sort_unstable();
        assert_eq!(found, expected);
        // Mean 30, s = 10.541, n = 10, t(97.5 %, 9) = 2.262: 30 ± 7.541.
        let never = &several["intervals"]["restart.never"];
        let [mean, low, high, n] = ["mean", "low", "high", "n"].map(|key| never[key].to_string());
        assert_eq!([mean, low, high, n], ["30.0", "22.459476", "37.540524", "10"]);
    }

    /// "The names of `expect` and of `summary.json` are the same words", and for a release the
    /// old keys stand beside them.
    #[test]
    fn intervals_have_the_names_of_metrics_and_the_keys_of_the_summary() {
        let outcomes: Vec<Outcome> = (0..20).map(|r| outcome(r, 5 * u64::from(r % 4))).collect();
        let summary = json(&outcomes);
        let intervals = &summary["intervals"];
        for (name, key) in [
            ("restart.good_waves", "restart.good_waves_pct"),
            ("restart.good_waves", "restart.good_mornings"),
            ("restart.up_at_15m.mean", "restart.up_at_15m.mean_pct"),
            ("start.due_to_ready.p99", "latency.start.due_to_ready.p99_us"),
        ] {
            assert!(intervals[name]["low"].is_number(), "{name}: {intervals}");
            assert_eq!(intervals[name], intervals[key], "{name}");
        }
        let hours = intervals["unavailable.hours"]["mean"].as_f64().unwrap();
        let micros = intervals["unavailable.total_us"]["mean"].as_f64().unwrap();
        assert!((hours - micros / 3.6e9).abs() < 1e-3, "{hours} h are not {micros} µs");
    }

    #[test]
    fn what_has_no_interval_says_why() {
        let none = &json(&[outcome(0, 20), outcome(1, 40)])["no_interval"];
        assert_eq!(none["restart.never"]["why"], "too_few");
        assert_eq!(none["restart.never"]["enough"], 10);
        assert_eq!(none["start.due_to_ready.p999"]["enough"], 40);
        assert_eq!(none["start.due_to_ready.max"]["why"], "extreme");
        let outcomes: Vec<Outcome> = (0..10).map(|r| outcome(r, 20)).collect();
        assert_eq!(json(&outcomes)["no_interval"]["saving.intended"]["why"], "alike");
    }
}
