//! A small plan and outcomes made by hand, for the tests of the report.
//!
//! 500 web servers that may stop economically and 10 databases with local disks that may not,
//! over one week; no event was ever simulated here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::books::ledger::{DownReason, ForgoneReason, Ledger, MissedReason, Why};
use crate::books::outcome::{
    Beliefs, CallTally, Counts, EventCounts, LatencyName, Outcome, PlainCounts, PoolCounts,
    PoolSample, Wave, WaveCount, WaveKind, WaveParts,
};
use crate::demand::Demand;
use crate::demand::calendar::{CivilClock, DaysOff};
use crate::ecs::capacity::Placement;
use crate::ecs::condition::Conditions;
use crate::ecs::id::{InstanceId, PoolId, TypeId, ZoneId};
use crate::ecs::inventory::{PoolSpec, StockSpec};
use crate::ecs::knob::{Knobs, StaticIp};
use crate::ecs::meter::BilledState;
use crate::ecs::operation::OperationName;
use crate::ecs::price::Rates;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::{
    Beginning, ChargeType, Eligibility, GroupSpec, Ineligible, Initially, InstanceType, Network,
    PublicAddress, RegionSpec,
};
use crate::engine::{Distribution, Identity};
use crate::network::plan::Legs;
use crate::sim::plan::{Across, Basis, Expectation, GoodWave, Input, Plan, Relation, RunDefaults};
use crate::stats::{Latency, Tally};
use crate::units::{HourlyRate, Ratio, SimDuration, SimTime};

use super::Results;
use super::collected::Collected;

const WEB: usize = 0;
const DB: usize = 1;

/// The plan.
pub(crate) fn plan() -> Plan {
    let second = Distribution::constant(SimDuration::from_secs(1)).unwrap();
    Plan {
        name: "by-hand".into(),
        hash: "0123456789abcdef".repeat(4),
        currency: "CNY".into(),
        clock: CivilClock::new("Asia/Shanghai", "2026-03-02").unwrap(),
        warm_up: SimTime::ZERO,
        horizon: SimTime::ZERO + SimDuration::from_hours(168),
        region: Arc::new(region()),
        static_address_returns: Ratio::ZERO,
        tags: Vec::new(),
        lifecycles: Vec::new(),
        pools: Vec::new(),
        capacities: Vec::new(),
        markets: Vec::new(),
        arrears: Vec::new(),
        legs: Legs { request: second.clone(), answer: second },
        demands: vec![Demand {
            name: "nightly".into(),
            identity: Identity::of("demand", "nightly"),
            instances: Vec::new(),
            initially: true,
            edges: Vec::new(),
        }],
        services: Vec::new(),
        controllers: Vec::new(),
        poll_load: None,
        quotas: Vec::new(),
        call_faults: Vec::new(),
        work_faults: Vec::new(),
        environment_faults: Vec::new(),
        scheduled_events: Vec::new(),
        billing_cycles: false,
        marks: vec![],
        days_off: DaysOff::default(),
        good_wave: GoodWave { share: Ratio::ONE, within: SimDuration::from_mins(15) },
        run: RunDefaults { seed: None, replications: 1, threads: None },
        inputs: vec![
            input("group.web.start", "p50 25s, p99 120s", Basis::Assumed, "no figure published"),
            input("group.db.start", "p50 25s, p99 120s", Basis::Assumed, "no figure published"),
            input("price.ecs-g7-large", "0.52325 CNY/h", Basis::Documented, "price list"),
        ],
        properties: Default::default(),
        fixed: crate::engine::DecisionList::new(),
        expectations: vec![
            expectation("saving.intended_pct >= 30%", "saving.intended_pct", Relation::AtLeast, {
                30_000_000
            }),
            expectation(
                "start.due_to_ready.p99 < 5m",
                "start.due_to_ready.p99",
                Relation::Less,
                300_000_000,
            ),
            expectation("restart.never = 0", "restart.never", Relation::Equal, 0),
        ],
    }
}

fn region() -> RegionSpec {
    let kind = |name: &str, family: &str, eligibility| InstanceType {
        name: name.into(),
        family: family.into(),
        vcpus: 2,
        eligibility,
        withdrawn: false,
        burstable: false,
    };
    let pool = |name: &str, stock| PoolSpec {
        name: name.into(),
        zone: ZoneId(0),
        unit: "vCPU".into(),
        stock,
        low_stock_threshold: 0,
        short_together: None,
    };
    RegionSpec {
        region_id: "cn-hangzhou".into(),
        account_id: "1".into(),
        zones: vec!["cn-hangzhou-h".into()],
        zone_regions: vec!["cn-hangzhou".into(); 1],
        types: vec![
            kind("ecs.g7.large", "ecs.g7", Eligibility::AssumedEligible),
            kind("ecs.i2.large", "ecs.i2", Eligibility::LocalDisk),
        ],
        groups: vec![group("web", 0, 500, 0), group("db", 500, 10, 1)],
        further: vec![].into(),
        pools: vec![
            pool("g7-h", StockSpec::Limited { free: 100 }),
            pool("i2-h", StockSpec::Unlimited),
        ],
        capacities: Vec::new(),
        markets: Vec::new(),
        commitments: vec![],
        callers: Vec::new(),
        economical_default: false,
        knobs: Knobs { static_ip: StaticIp::Kept, ..Knobs::default() },
    }
}

fn group(name: &str, first: u32, count: u32, kind: u16) -> GroupSpec {
    GroupSpec {
        name: name.into(),
        first: InstanceId(first),
        count,
        reserve: 0,
        names: Vec::new(),
        zone: ZoneId(0),
        instance_type: TypeId(kind),
        pool: Some(PoolId(kind)),
        units: 2,
        charge: ChargeType::PayAsYouGo,
        network: Network::Vpc,
        public_address: PublicAddress::None,
        local_storage: false,
        persistent_memory: false,
        initially: Beginning::all(Initially::Running),
        conditions: Conditions::NONE,
        rates: Rates {
            compute: HourlyRate::from_nanos(523_250_000),
            system_disk: HourlyRate::from_nanos(30_000_000),
            ..Rates::default()
        },
        spot: None,
        placement: Placement::Public,
        unlimited_credits: false,
    }
}

fn input(path: &str, value: &str, basis: Basis, source: &str) -> Input {
    Input { path: path.into(), value: value.into(), basis, source: source.into() }
}

pub(crate) fn expectation(
    text: &str,
    metric: &str,
    relation: Relation,
    threshold: i128,
) -> Expectation {
    let across = Across::Truth;
    Expectation { text: text.into(), across, metric: metric.into(), relation, threshold }
}

/// What came of outcomes made by hand.
pub(crate) fn collected(plan: &Plan, outcomes: &[Outcome]) -> Collected {
    Collected { digest: 0xfeed, ..Collected::of(plan, outcomes) }
}

/// What a report would be about.
pub(crate) fn results<'a>(plan: &'a Plan, collected: &'a Collected) -> Results<'a> {
    Results {
        plan,
        seed: 7,
        ties: "fifo",
        replication: None,
        until_event: None,
        collected,
        stress: &[],
        what_if: None,
    }
}

/// An outcome in which `never` of the 500 web servers did not come up on Wednesday.
pub(crate) fn outcome(replication: u32, never: u64) -> Outcome {
    Outcome {
        replication,
        digest: 0xfeed_0000 + u64::from(replication),
        checkpoints: vec![(hour(1), 0xabc), (hour(2), 0xdef)],
        end: plan().horizon,
        counts: counts(never),
        waves: vec![
            wave(WaveKind::Stop, 20, 500, 0),
            wave(WaveKind::Start, 8, 500, 0),
            wave(WaveKind::Start, 32, 500, never),
        ],
        ledger: ledger(never),
        hourly: vec![hourly(), hourly()],
        marks: Vec::new(),
        services: Vec::new(),
    }
}

fn counts(never: u64) -> Counts {
    Counts {
        events: EventCounts { handled: 12_345, stale: 5 },
        calls: calls(never),
        peak_calls_per_minute: 510,
        latencies: latencies(never),
        pools: vec![pool(never), pool(0)],
        plain: PlainCounts { data_loss_stops: 3 },
        changed_addresses: 2,
        changed_address_instances: vec![0, 7],
        downgraded: BTreeMap::from([(Ineligible::LocalDisk, 70)]),
        beliefs: Beliefs { right: 900, wrongly_done: 1, wrongly_failed: 0 },
        ..Counts::default()
    }
}

fn hour(hours: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_hours(hours)
}

fn ledger(never: u64) -> Ledger {
    let mut ledger = Ledger::new(2);
    let hours = |instances: u64, hours| SimDuration::from_hours(instances * hours);
    ledger.book(WEB, BilledState::Running, Why::Up, hours(500, 78));
    ledger.book(WEB, BilledState::Running, Why::Down(DownReason::Boot), hours(500, 1));
    ledger.book(WEB, BilledState::StoppedEconomical, Why::Intended, hours(500, 85));
    let missed = Why::Missed(MissedReason::Stopping);
    ledger.book(WEB, BilledState::Running, missed, hours(500 - never, 4));
    let no_stock = Why::Down(DownReason::NoStock);
    ledger.book(WEB, BilledState::StoppedEconomical, no_stock, hours(never, 4));
    ledger.book(DB, BilledState::Running, Why::Up, hours(10, 80));
    let local = Why::Forgone(ForgoneReason::Ineligible(Ineligible::LocalDisk));
    ledger.book(DB, BilledState::StoppedStandard, local, hours(10, 88));
    ledger
}

fn calls(never: u64) -> Vec<CallTally> {
    let mut calls = vec![CallTally::default(); OperationName::ALL.len()];
    calls[OperationName::StopInstance as usize] =
        CallTally { sent: 500, accepted: 500, ..CallTally::default() };
    let refused =
        if never > 0 { BTreeMap::from([(Refusal::NoStock, 4 * never)]) } else { BTreeMap::new() };
    calls[OperationName::StartInstance as usize] = CallTally {
        sent: 1000 + 3 * never,
        accepted: 1000 - never,
        refused,
        ..CallTally::default()
    };
    calls
}

fn latencies(never: u64) -> Vec<Latency> {
    let empty = || Latency::new(SimDuration::from_hours(168));
    let mut all: Vec<Latency> = LatencyName::all().map(|_| empty()).collect();
    let ready = &mut all[LatencyName::StartDueToReady.index()];
    for place in 0..1000 - never {
        ready.record(SimDuration::from_secs(20) + SimDuration::from_micros(place * 100_000));
    }
    (0..never).for_each(|_| ready.record_censored());
    let stopped = &mut all[LatencyName::StopDueToStopped.index()];
    (1..=500).for_each(|second| stopped.record(SimDuration::from_secs(second)));
    all
}

fn wave(kind: WaveKind, due: u64, size: u64, never: u64) -> Wave {
    let done = size - never;
    let count = WaveCount { size, done_within: [done / 2, done, done, done] };
    let mut parts = WaveParts::default();
    let part = parts.of(None, 0);
    (part.count, part.never) = (count, never);
    Wave {
        kind,
        day: 20_514 + i32::try_from(due / 24).unwrap(),
        due: hour(due),
        zone: 0,
        instance_type: 0,
        all: count,
        at_risk: size,
        already_there: 0,
        from_economical: if kind == WaveKind::Start { size } else { 0 },
        from_standard: 0,
        done_in_time: done,
        done,
        never,
        t95: (never * 20 <= size).then(|| SimDuration::from_secs(150)),
        lost_us: u128::from(never) * 3_600_000_000 * 4 + u128::from(done) * 60_000_000,
        seen: SimDuration::from_hours(2),
        parts,
    }
}

fn hourly() -> Vec<PoolSample> {
    let sample = |hours, free| PoolSample {
        at: hour(hours),
        total: 1100,
        ours: 1000 - free,
        others: 100,
        free,
        deficit: 0,
    };
    vec![sample(0, 0), sample(1, 40)]
}

fn pool(refused: u64) -> PoolCounts {
    PoolCounts {
        least_free: 0,
        free_area: 1_000_000,
        claims_refused: refused,
        claims_granted: 1000,
        tenants_arrived: 50,
        tenants_lost: 1,
        tenants_waited: 0,
        tenants_wait: Tally::EMPTY,
    }
}
