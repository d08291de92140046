//! Laws that every run keeps, whatever the world: random small ones, and every shipped one.
//!
//! A naive second account, from what an observer sees, must agree to the microsecond and to the
//! last nano-unit (`naive`). Worlds are drawn from a fixed seed (`dice`), so a test here either
//! holds or does not.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use stopsim::books::ledger::{
    Bill, DownReason, MinimumChargeCause, MinimumChargeLine, PolicyCause, Why,
};
use stopsim::books::outcome::{CallTally, LatencyName, Outcome, Wave, WaveKind};
use stopsim::ecs::capacity::CapacityKind;
use stopsim::ecs::id::{GroupId, KindId};
use stopsim::ecs::meter::BilledState;
use stopsim::ecs::operation::OperationName;
use stopsim::ecs::refusal::Refusal;
use stopsim::fact::{CallAnswer, Fact};
use stopsim::sim::RunId;
use stopsim::sim::plan::Plan;
use stopsim::stats::Latency;
use stopsim::units::{Money, SimDuration};

use crate::cycles;
use crate::dice;
use crate::naive::{Account, Kind, ROUNDING, Spans, account, is_eligible};
use crate::sample::cases;
use crate::scenario::Disk;
use crate::worlds::{FIRST, Run, TIES, plan, plan_from, run_plan};

proptest! {
    #![proptest_config(cases(400))]

    /// Every kind of group, fault, policy and knob, at random, under every tie policy.
    #[test]
    fn the_ledger_and_the_bill_agree_with_a_naive_account(words in vec(any::<u16>(), 0..400)) {
        let Some((plan, round)) = dice::world(&words) else { return Ok(()) };
        for ties in TIES {
            let run = run_plan(&plan, RunId { ties, ..FIRST });
            agrees(&plan, &run, round);
        }
    }
}

/// Time, money, waves, work, stock and calls of a run are what the naive account says; money to
/// the nano-unit where no price needs rounding.
pub fn agrees(plan: &Plan, run: &Run, round: bool) {
    let naive = account(plan, run);
    same_time(plan, &run.outcome, &naive);
    same_money(plan, &run.outcome, &naive, round);
    same_waves(plan, &run.outcome, &naive);
    same_work(&run.outcome, &naive);
    same_stock(plan, &run.outcome, &naive);
    same_calls(plan, run);
}

/// The second account is no rubber stamp: a microsecond booked elsewhere is seen.
#[test]
#[should_panic(expected = "alpha Running up")]
fn a_microsecond_in_the_wrong_cell_is_seen_by_the_naive_account() {
    let (text, _) = dice::scenario(&[]);
    let plan = plan(&text);
    let mut run = run_plan(&plan, FIRST);
    let naive = account(&plan, &run);
    same_time(&plan, &run.outcome, &naive);
    let span = SimDuration::from_micros(1);
    run.outcome.ledger.book(0, BilledState::Running, Why::Up, span);
    same_time(&plan, &run.outcome, &naive);
}

/// Dice that never show a six prove nothing: what the laws are held against does happen.
#[test]
fn the_random_worlds_contain_what_the_laws_are_about() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let mut state = 1u64;
    for _ in 0..1_000 {
        let words: Vec<u16> = (0..400).map(|_| next_word(&mut state)).collect();
        let Some((plan, round)) = dice::world(&words) else { continue };
        let run = run_plan(&plan, FIRST);
        let bill = Bill::of(&plan.region, &run.outcome.ledger);
        let outcome = &run.outcome;
        let stops = &outcome.counts.calls[OperationName::StopInstance as usize];
        let starts = &outcome.counts.calls[OperationName::StartInstance as usize];
        let looks = &outcome.counts.calls[OperationName::DescribeAvailableResource as usize];
        let pools = &outcome.counts.pools;
        let escalated = run
            .facts
            .iter()
            .any(|(_, fact)| matches!(fact, Fact::StateChanged { from, to, .. } if from == to));
        let down = |reason| outcome.ledger.unavailable()[&reason] > 0;
        for (what, happens) in [
            ("round prices", round),
            ("odd prices", !round),
            ("a warm-up", plan.warm_up.as_micros() > 0),
            ("no stock", pools.iter().any(|pool| pool.claims_refused > 0)),
            ("down for want of stock", down(DownReason::NoStock)),
            ("down by another", down(DownReason::OtherController)),
            ("lost tenants", pools.iter().any(|pool| pool.tenants_lost > 0)),
            ("waiting tenants", pools.iter().any(|pool| pool.tenants_wait.sum() > 0)),
            ("timeouts", stops.timed_out + starts.timed_out > 0),
            ("rehearsals", stops.dry_run + starts.dry_run > 0),
            ("lost data", outcome.counts.plain.data_loss_stops > 0),
            ("cut short", escalated),
            ("changed addresses", outcome.counts.changed_addresses > 0),
            ("defaults", outcome.counts.relied_on_default > 0),
            ("downgrades", !outcome.counts.downgraded.is_empty()),
            (
                "false beliefs",
                outcome.counts.beliefs.wrongly_done + outcome.counts.beliefs.wrongly_failed > 0,
            ),
            ("never", outcome.waves.iter().any(|wave| wave.never > 0)),
            ("already there", outcome.waves.iter().any(|wave| wave.already_there > 0)),
            ("stale events", outcome.counts.events.stale > 0),
            ("private pools taken", run.facts.iter().any(|(_, fact)| takes(&plan, fact, true))),
            ("hosts taken", run.facts.iter().any(|(_, fact)| takes(&plan, fact, false))),
            ("private pools full", refused(starts, Refusal::PrivatePoolUsedUp)),
            ("private pools ended", refused(starts, Refusal::ReservationNotFound)),
            ("a host full", refused(starts, Refusal::HostFull)),
            ("all hosts full", refused(starts, Refusal::NoHost)),
            ("spot taken back", outcome.counts.spot.taken_back.iter().sum::<u64>() > 0),
            ("stopped for arrears", outcome.counts.arrears.stopped > 0),
            ("restarted after arrears", outcome.counts.arrears.restarted > 0),
            ("replaced", outcome.counts.replaced > 0),
            ("rebooted", outcome.counts.calls[OperationName::RebootInstance as usize].accepted > 0),
            ("deleted", outcome.counts.calls[OperationName::DeleteInstance as usize].accepted > 0),
            ("services broken", outcome.services.iter().any(|one| one.broken > 0)),
            ("starts held", run.facts.iter().any(|(_, f)| matches!(f, Fact::StartHeld { .. }))),
            ("settling", starts.refused.contains_key(&Refusal::OperationConflict)),
            ("looks for stock", looks.accepted > 0),
        ]
        .into_iter()
        .chain(in_the_bill(&bill))
        {
            *seen.entry(what).or_default() += u64::from(happens);
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, times)| **times < 5).collect();
    assert!(rare.is_empty(), "too rare in 1 000 worlds: {rare:?}");
}

/// What of the laws of money is in a bill.
fn in_the_bill(bill: &Bill) -> Vec<(&'static str, bool)> {
    use MinimumChargeCause::{MinimumDuration as Short, WholeCycle as Whole};
    let minimum_charge = |cause, is: fn(&MinimumChargeLine) -> bool| {
        bill.minimum_charge.iter().any(|line| line.cause == cause && is(line))
    };
    vec![
        ("intended", bill.intended > Money::ZERO),
        ("involuntary", bill.involuntary > Money::ZERO),
        ("forgone", !bill.forgone.is_empty()),
        ("missed", !bill.missed.is_empty()),
        ("used commitments", bill.commitments.iter().any(|one| one.used[3] > Money::ZERO)),
        ("unused commitments", bill.uncovered > Money::ZERO),
        ("short cycles of stops", minimum_charge(Short, |line| line.actual > line.baseline)),
        ("short cycles of releases", minimum_charge(Short, |line| line.baseline > Money::ZERO)),
        ("whole cycles", minimum_charge(Whole, |line| line.baseline > Money::ZERO)),
        ("whole cycles in arrears", minimum_charge(Whole, |line| line.actual > line.baseline)),
        ("subscription", bill.subscription > Money::ZERO),
        ("unreachable", bill.bound_reachable < bill.bound_total),
        ("policy cost", bill.policy_cost != Money::ZERO),
        ("beside", bill.policy_cost_by.contains_key(&PolicyCause::Replacement)),
    ]
}

/// Whether some of a private pool, or else of a dedicated host, is used.
fn takes(plan: &Plan, fact: &Fact, private: bool) -> bool {
    let Fact::CapacityChanged { capacity, held } = fact else { return false };
    let kind = plan.region.capacities[capacity.index()].kind;
    held.used > 0 && private == matches!(kind, CapacityKind::PrivatePool { .. })
}

fn refused(tally: &CallTally, refusal: Refusal) -> bool {
    tally.refused.contains_key(&refusal)
}

/// Knuth's MMIX congruences, upper bits: only to fill tapes.
fn next_word(state: &mut u64) -> u16 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u16::try_from(*state >> 48).unwrap()
}

/// Every microsecond has one billed state and one reason, and both accounts say the same.
fn same_time(plan: &Plan, outcome: &Outcome, naive: &Account) {
    let ledger = &outcome.ledger;
    let window = u128::from((plan.horizon - plan.warm_up).as_micros());
    let mut unavailable = 0;
    for (place, group) in plan.region.groups.iter().enumerate() {
        let mut all = 0;
        let group_id = GroupId::at(place);
        let places = plan.region.kinds_of(group_id).map(KindId::index);
        for (place, state) in places.flat_map(|p| BilledState::ALL.map(|state| (p, state))) {
            let of = |kinds: &[Kind]| naive.of(place, state, kinds);
            let time = |why| ledger.time(place, state, why);
            let name = &group.name;
            assert_eq!(time(Why::Up), of(&[Kind::Up]), "{name} {state:?} up");
            assert_eq!(time(Why::Intended), of(&[Kind::Intended]), "{name} {state:?} intended");
            let boot = time(Why::Down(DownReason::Boot));
            assert_eq!(boot, of(&[Kind::Boot]), "{name} {state:?} boot");
            let sum = |is: fn(&Why) -> bool| Why::all().filter(is).map(time).sum::<u128>();
            let down = sum(|why| matches!(why, Why::Down(_)));
            assert_eq!(down, of(&[Kind::Boot, Kind::Down]), "{name} {state:?} down");
            let forgone = sum(|why| matches!(why, Why::Forgone(_)));
            assert_eq!(forgone, of(&[Kind::Forgone]), "{name} {state:?} forgone");
            let missed = sum(|why| matches!(why, Why::Missed(_)));
            assert_eq!(missed, of(&[Kind::Missed]), "{name} {state:?} missed");
            assert_eq!(time(Why::Arrears), of(&[Kind::Arrears]), "{name} {state:?} arrears");
            unavailable += down;
            all += ledger.time_in_state(place, state);
        }
        assert_eq!(all, u128::from(group.count) * window, "{}: every microsecond", group.name);
    }
    assert_eq!(ledger.unavailable().values().sum::<u128>(), unavailable, "one reason each");
}

/// Sums that are rounded down cell by cell lie below the exact ones by less than a nano-unit
/// a cell; with prices that need no rounding they are equal.
#[track_caller]
fn rounded(what: &str, money: Money, exact: i128, cells: i128) {
    let off = exact - money.as_nanos() * ROUNDING;
    assert!((0..cells.max(1) * ROUNDING).contains(&off), "{what}: {money} is off by {off}");
    if cells == 0 {
        assert_eq!(off, 0, "{what}: {money}");
    }
}

fn same_money(plan: &Plan, outcome: &Outcome, naive: &Account, round: bool) {
    let region = &plan.region;
    let bill = Bill::of(region, &outcome.ledger);
    let sums = naive.money(region);
    let lines: BTreeMap<_, _> = bill
        .lines
        .iter()
        .map(|line| {
            let money = (line.baseline.as_nanos(), line.actual.as_nanos());
            ((line.kind.index(), line.component, line.state), money)
        })
        .collect();
    assert_eq!(lines, sums.lines, "each line, rounded down once");
    let (baseline, actual) = (
        sums.lines.values().map(|line| line.0).sum::<i128>(),
        sums.lines.values().map(|line| line.1).sum::<i128>(),
    );
    let own = own_capacity(plan, &bill, outcome, naive);
    let promised = naive.commitments(plan);
    // Fitted to lines that are rounded apart, one a state of each group.
    let apart = (promised.len() * region.groups.len() * BilledState::ALL.len()) as i128;
    let mut lost = [0, 0];
    let mut bought = 0;
    let (mut baseline, mut actual) = (baseline + own[0], actual + own[1]);
    assert_eq!(promised.len(), bill.commitments.len(), "every commitment has its line");
    for (naive, line) in promised.iter().zip(&bill.commitments) {
        assert_eq!(line.cost.as_nanos(), naive.cost, "what a commitment costs");
        let covered = line.covered.map(Money::as_nanos);
        let off = [0, 1, 2, 3].map(|world| (covered[world] - naive.amounts[world]).abs());
        assert!(off.iter().all(|off| *off <= apart), "what it covers: {off:?} of {apart}");
        let kept = if naive.for_policy { 0 } else { naive.cost };
        baseline += kept - covered[0];
        actual += naive.cost - covered[3];
        bought += naive.cost - kept + covered[2] - covered[3];
        lost[0] += covered[0] - covered[1];
        lost[1] += covered[1] - covered[2];
    }
    let minimum_charge = cycles::lines(plan, naive);
    let told = bill.minimum_charge.iter().map(|line| {
        let money = [line.baseline, line.actual].map(Money::as_nanos);
        ((line.kind.index(), line.component, line.cause.name()), money)
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), minimum_charge, "beyond the time in cycles");
    let beyond = [0, 1].map(|world| minimum_charge.values().map(|line| line[world]).sum::<i128>());
    assert_eq!(bill.baseline.as_nanos(), baseline + beyond[0], "baseline");
    assert_eq!(bill.actual.as_nanos(), actual + beyond[1], "actual");
    assert_eq!(bill.uncovered.as_nanos(), lost[0], "lost of what was intended");
    for effect in &bill.effects {
        assert!(effect.intended >= Money::ZERO && effect.involuntary >= Money::ZERO, "{effect:?}");
    }
    assert_eq!(bill.subscription.as_nanos(), sums.subscription, "subscription");
    assert_eq!(bill.arrears.as_nanos(), sums.arrears, "arrears");
    assert_eq!(bill.intended.as_nanos(), sums.intended_rounded - lost[0], "intended");
    let policy_cost = sums.policy_cost + own[1] - own[0] + bought;
    assert_eq!(bill.policy_cost.as_nanos(), policy_cost, "policy cost");
    let cells = if round { 0 } else { 7 * 4 * 30 * region.kind_count() as i128 };
    let [intended, involuntary] = lost.map(Money::from_nanos);
    rounded("intended", bill.intended + intended, sums.intended, cells);
    rounded("involuntary", bill.involuntary + involuntary, sums.involuntary, cells);
    rounded("forgone", bill.forgone_total(), sums.forgone, cells);
    rounded("missed", bill.missed_total(), sums.missed, cells);
    let bound = sums.intended + sums.forgone + sums.missed;
    rounded("bound", bill.bound_total, bound, cells);
    rounded("reachable", bill.bound_reachable, sums.reachable, cells);
    assert_eq!(bill.policy_cost_by.values().copied().sum::<Money>(), bill.policy_cost, "causes");
    let _adds_up = bill.shares(region);
    identities(&bill, cells, beyond[1] - beyond[0]);
    for kind in region.kinds() {
        let (said, row) = (region.ineligible(kind).is_none(), region.kind(kind));
        let naive = is_eligible(region, row.group, row.instance_type);
        assert_eq!(said, naive, "{}", row.group.name);
    }
}

/// What private pools and dedicated hosts cost in the baseline and in fact, by hand.
fn own_capacity(plan: &Plan, bill: &Bill, outcome: &Outcome, naive: &Account) -> [i128; 2] {
    let mut sums = [0, 0];
    let region = &plan.region;
    let window = u128::from((plan.horizon - plan.warm_up).as_micros());
    assert_eq!(outcome.counts.least_unused, naive.places.least, "the least that was unused");
    for ((spec, line), unused) in
        region.capacities.iter().zip(&bill.capacities).zip(&naive.places.unused)
    {
        let (time, in_baseline) = match spec.kind {
            CapacityKind::PrivatePool { .. } => (*unused, false),
            CapacityKind::DedicatedHost { .. } => (window, true),
        };
        let rate = i128::from(spec.rate.as_nanos());
        let cost = (rate * i128::try_from(time).unwrap()).div_euclid(ROUNDING);
        assert_eq!(line.actual.as_nanos(), cost, "what {} costs", spec.name);
        let baseline = if in_baseline { cost } else { 0 };
        assert_eq!(line.baseline.as_nanos(), baseline, "{} in the baseline", spec.name);
        sums[0] += baseline;
        sums[1] += cost;
    }
    sums
}

/// DESIGN §6: what is saved is intended or involuntary, up to rounding that is shown.
fn identities(bill: &Bill, cells: i128, beyond: i128) {
    let parts = bill.intended + bill.involuntary - bill.policy_cost + bill.adjustments;
    assert_eq!(bill.baseline - bill.actual - bill.arrears, parts);
    let bound = bill.intended + bill.uncovered + bill.forgone_total() + bill.missed_total();
    assert_eq!(bill.bound_total, bound);
    assert!(bill.bound_reachable <= bill.bound_total, "reachable is a part");
    let adjustments = bill.adjustments.as_nanos() + beyond;
    assert!((0..=cells).contains(&adjustments), "rounding alone: {adjustments}");
}

fn spans(waves: &[&Wave]) -> (Spans, u128) {
    let mut spans = Spans::default();
    for wave in waves {
        // What was as wanted at due is counted apart, below.
        spans.done += wave.done - wave.already_there;
        spans.never += wave.never;
    }
    (spans, waves.iter().map(|wave| wave.lost_us).sum())
}

/// Every item of every wave ends once, and as both accounts say.
fn same_waves(plan: &Plan, outcome: &Outcome, naive: &Account) {
    for wave in &outcome.waves {
        let size = wave.all.size;
        assert_eq!(size, wave.done + wave.never, "{wave:?}");
        let within = wave.all.done_within;
        assert!(within.is_sorted() && within[3] <= wave.done, "{wave:?}");
        let enough = wave.done > 0 && wave.done * 100 >= size * 95;
        assert_eq!(wave.t95.is_some(), enough, "{wave:?}");
        let stopped = wave.from_economical + wave.from_standard;
        assert!(stopped <= wave.at_risk, "{wave:?}");
        assert!(wave.kind == WaveKind::Start || stopped == 0, "{wave:?}");
        assert!(wave.at_risk <= size && size - wave.at_risk <= wave.already_there, "{wave:?}");
        let parts = wave.parts.iter();
        let (parts, never) =
            parts.fold((0, 0), |sum, part| (sum.0 + part.count.size, sum.1 + part.never));
        assert_eq!((parts, never), (size, wave.never), "{wave:?}");
        let of_kind = |group: &&stopsim::ecs::spec::GroupSpec| {
            (group.zone.0, group.instance_type.0) == (wave.zone, wave.instance_type)
        };
        let groups = plan.region.groups.iter().filter(of_kind);
        let most: u64 = groups.map(|group| u64::from(group.count)).sum();
        assert!(size <= most, "{wave:?}");
    }
    if naive.has_stand_ins {
        return; // what is due moves between instances: tests/it/lifecycle.rs
    }
    if plan.controllers.iter().any(|controller| controller.is_demand) {
        return; // requests are occasions of their own, without a wave
    }
    for kind in [WaveKind::Stop, WaveKind::Start] {
        let waves: Vec<&Wave> = outcome.waves.iter().filter(|wave| wave.kind == kind).collect();
        let expected = naive.waves.get(&kind).copied().unwrap_or_default();
        let (ended, lost) = spans(&waves);
        assert_eq!((ended.done, ended.never), (expected.done, expected.never), "{kind:?}");
        assert_eq!(lost, expected.done_us + expected.never_us, "{kind:?}");
        let already: u64 = waves.iter().map(|wave| wave.already_there).sum();
        assert_eq!(already, naive.already.get(&kind).copied().unwrap_or(0), "{kind:?}");
    }
}

/// Starts and stops that were accepted: how many ended, how long they took, how many did not.
fn same_work(outcome: &Outcome, naive: &Account) {
    for (name, spans) in [
        (LatencyName::StartAcceptedToRunning, naive.starts),
        (LatencyName::StopAcceptedToStopped, naive.stops),
    ] {
        let latency = &outcome.counts.latencies[name.index()];
        assert_eq!(latency.finished(), spans.done, "{}", name.name());
        assert_eq!(latency.total_us(), spans.done_us, "{}", name.name());
        assert_eq!(latency.censored(), spans.never, "{}", name.name());
    }
    for latency in &outcome.counts.latencies {
        let due = latency.finished() + latency.censored() + latency.already();
        assert_eq!(latency.due(), due, "every due item counts");
        assert!(latency.early() <= latency.finished(), "early is finished");
    }
}

fn same_stock(plan: &Plan, outcome: &Outcome, naive: &Account) {
    for (place, pool) in outcome.counts.pools.iter().enumerate() {
        let name = &plan.region.pools[place].name;
        let claims = naive.claims.get(&place).copied().unwrap_or(0);
        assert_eq!(pool.claims_granted, claims, "{name}: claims");
        if let Some(least) = naive.least_free[place] {
            assert_eq!(pool.free_area, naive.free_area[place], "{name}: free × time");
            assert_eq!(pool.least_free, least, "{name}: the least that was free");
        }
        let ended = pool.tenants_lost + pool.tenants_wait.count();
        assert!(plan.warm_up.as_micros() > 0 || ended <= pool.tenants_arrived, "{name}: tenants");
    }
}

/// Every call is sent, handled once per delivery, and answered or timed out at most once.
fn same_calls(plan: &Plan, run: &Run) {
    #[derive(Default, PartialEq, Eq, Debug)]
    struct Seen {
        sent: u64,
        accepted: u64,
        dry_run: u64,
        refused: u64,
        timed_out: u64,
        answered: u64,
    }
    let mut seen: Vec<Seen> = OperationName::ALL.iter().map(|_| Seen::default()).collect();
    for (at, fact) in &run.facts {
        if *at < plan.warm_up {
            continue;
        }
        if let Fact::CallSent(call) = fact {
            seen[call.operation as usize].sent += 1;
        }
        if let Fact::CallTimedOut(call) = fact {
            seen[call.operation as usize].timed_out += 1;
        }
        if let Fact::AnswerDelivered(call, _) = fact {
            seen[call.operation as usize].answered += 1;
        }
        if let Fact::CallHandled(call, answer) = fact {
            let seen = &mut seen[call.operation as usize];
            match answer {
                CallAnswer::Accepted
                | CallAnswer::Seen(_)
                | CallAnswer::Stocked(_)
                | CallAnswer::Missing
                | CallAnswer::Created(_) => seen.accepted += 1,
                CallAnswer::Refused(Refusal::DryRun | Refusal::BatchDryRun) => seen.dry_run += 1,
                CallAnswer::Refused(_) => seen.refused += 1,
            }
        }
    }
    for (place, operation) in OperationName::ALL.iter().enumerate() {
        let tally = &run.outcome.counts.calls[place];
        let api: &Latency = &run.outcome.counts.latencies[LatencyName::Api(*operation).index()];
        let told = Seen {
            sent: tally.sent,
            accepted: tally.accepted,
            dry_run: tally.dry_run,
            refused: tally.refused.values().sum(),
            timed_out: tally.timed_out,
            answered: api.finished(),
        };
        assert_eq!(told, seen[place], "{operation}");
        if plan.warm_up.as_micros() == 0 {
            assert_eq!(told.sent, api.finished() + api.censored(), "{operation}: each call ends");
        }
    }
}

/// The shipped scenarios, the two large ones made smaller.
pub fn shipped() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("every-refusal", vec![]),
        ("flaky-api", vec!["clock.length=7d"]),
        ("ineligible-fleet", vec![]),
        ("morning-shortage", vec!["clock.length=7d"]),
        ("spot-drought", vec![]),
        ("three-tier", vec![]),
        ("spot-interruption", vec!["clock.length=3d"]),
        ("immediate-restart", vec!["clock.length=3d"]),
        ("arrears", vec![]),
        ("state-changed-mid-batch", vec![]),
        ("two-controllers", vec!["clock.length=3d"]),
        ("polling-slows", vec![]),
        ("stop-errs-but-took-effect", vec!["clock.length=5d"]),
        ("throttled-morning", vec![]),
        (
            "office-hours",
            vec![
                "clock.length=3d",
                "group.web.count=70",
                "group.app.count=50",
                "group.build.count=40",
                "group.desktop.count=30",
            ],
        ),
        (
            "big-fleet",
            vec![
                "clock.length=2d",
                "group.web.count=40",
                "group.batch.count=30",
                "group.cache.count=20",
                "group.tools.count=10",
                "pool.g7-h.free=4",
            ],
        ),
    ]
}

/// Little's law, `L = λW`: the number of instances on their way, summed over time, is the sum of
/// how long each was on its way (Little, Operations Research 9, 1961). The left side is counted
/// from states, the right side is what the report's latencies say.
#[test]
fn littles_law_holds_in_every_shipped_scenario() {
    for (name, sets) in shipped() {
        let plan = plan_from(&format!("scenarios/{name}.toml"), &Disk, &sets);
        assert_eq!(plan.warm_up.as_micros(), 0, "{name}: nothing is left out");
        let run = run_plan(&plan, FIRST);
        let mut on_the_way = [0u128; 2];
        let mut areas = [0u128; 2];
        let mut since = 0;
        for (at, fact) in &run.facts {
            let Fact::StateChanged { from, to, .. } = fact else { continue };
            let now = at.as_micros();
            for (area, count) in areas.iter_mut().zip(&on_the_way) {
                *area += count * u128::from(now - since);
            }
            since = now;
            for (state, by) in [(from, -1), (to, 1)] {
                if let Some(way) = way(*state) {
                    let count = i128::try_from(on_the_way[way]).unwrap() + by;
                    on_the_way[way] = u128::try_from(count).expect("no fewer than none");
                }
            }
        }
        let naive = account(&plan, &run);
        let left = u128::from(plan.horizon.as_micros() - since);
        for (way, (latency, spans)) in [
            (LatencyName::StartAcceptedToRunning, naive.starts),
            (LatencyName::StopAcceptedToStopped, naive.stops),
        ]
        .into_iter()
        .enumerate()
        {
            let area = areas[way] + on_the_way[way] * left;
            let latency = &run.outcome.counts.latencies[latency.index()];
            assert_eq!(latency.total_us() + spans.never_us, area, "{name}");
            assert_eq!(latency.censored(), spans.never, "{name}");
        }
        let without_stops = ["every-refusal", "throttled-morning"];
        assert!(without_stops.contains(&name) || areas[1] > 0, "{name}: something stops");
        same_time(&plan, &run.outcome, &naive);
        same_waves(&plan, &run.outcome, &naive);
        same_work(&run.outcome, &naive);
        same_stock(&plan, &run.outcome, &naive);
        same_calls(&plan, &run);
        same_money(&plan, &run.outcome, &naive, false);
    }
}

/// Starting, or Stopping.
fn way(state: stopsim::ecs::instance::State) -> Option<usize> {
    use stopsim::ecs::instance::Status::{Absent, Pending, Running, Starting, Stopped, Stopping};
    match state.status() {
        Starting => Some(0),
        Stopping => Some(1),
        Absent | Pending | Running | Stopped => None,
    }
}
