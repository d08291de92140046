//! Stock against queueing theory: what restarts and other tenants find must be what Erlang says.
//!
//! A pool of c units whose requests are lost when it is short is Erlang's loss system M/G/c/c;
//! one whose requests wait is M/M/c (Cooper, "Introduction to Queueing Theory", 2nd ed., 1981).
//! Requests of several sizes lose what the recursion of Kaufman (IEEE Transactions on
//! Communications 29, 1981) and Roberts (1981) says, each size its own share.
//! Arrivals see time averages, so probes that change nothing see the same (Wolff, 1982). Seeds
//! are fixed, so a test either holds or does not; intervals are asserted to be narrow as well,
//! because a wide one holds anything.

use stopsim::books::outcome::{CallTally, Outcome};
use stopsim::ecs::operation::OperationName;
use stopsim::ecs::refusal::Refusal;
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};

use crate::theory::of_mean;
use crate::worlds::{FIRST, group, plan, pool, world};

const REPLICATIONS: u32 = 20;
/// Half-widths are at most this share of what is estimated.
const NARROW: f64 = 0.06;

/// Erlang's loss formula B(c, a), by its recursion: exact, and stable for any c.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, c| load * b / (f64::from(c) + load * b))
}

/// Erlang's delay formula C(c, a).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let (b, c) = (erlang_b(servers, load), f64::from(servers));
    c * b / (c - load * (1.0 - b))
}

/// What each class loses of a pool whose requests take so many units each and offer such a load:
/// j q(j) = Σ load × units × q(j − units), and a request is lost when fewer units are free.
fn kaufman_roberts(total: usize, classes: &[(usize, f64)]) -> Vec<f64> {
    let mut held = vec![1.0];
    for j in 1..=total {
        let of = |(units, load): &(usize, f64)| match j.checked_sub(*units) {
            Some(before) => load * *units as f64 * held[before],
            None => 0.0,
        };
        held.push(classes.iter().map(of).sum::<f64>() / j as f64);
    }
    let all: f64 = held.iter().sum();
    let lost = |units: usize| held[total + 1 - units..].iter().sum::<f64>() / all;
    classes.iter().map(|(units, _)| lost(*units)).collect()
}

/// One value per replication.
fn replicate<const N: usize>(plan: &Plan, of: impl Fn(&Outcome) -> [f64; N]) -> [Vec<f64>; N] {
    let mut values = [const { Vec::new() }; N];
    for replication in 0..REPLICATIONS {
        let id = RunId { replication, ..FIRST };
        let outcome = run(plan, id, &mut NoObserver).expect("no livelock");
        for (values, value) in values.iter_mut().zip(of(&outcome)) {
            values.push(value);
        }
    }
    values
}

#[track_caller]
fn holds(what: &str, values: &[f64], expected: f64) {
    let interval = of_mean(values);
    let shown = format!("{what}: {interval:?} against {expected:.5}");
    assert!(interval.low <= expected && expected <= interval.high, "{shown}");
    assert!((interval.high - interval.low) / 2.0 <= NARROW * expected, "too wide, {shown}");
}

fn share(of: u64, others: u64) -> f64 {
    of as f64 / (of + others) as f64
}

fn calls(outcome: &Outcome, operation: OperationName) -> &CallTally {
    &outcome.counts.calls[operation as usize]
}

/// The formulas themselves, against values computed by hand.
#[test]
fn erlangs_formulas_are_as_in_the_textbook() {
    // B(2, 1) = (1/2) / (1 + 1 + 1/2) = 1/5; C(2, 1) = 2 × 1/5 / (2 − 4/5) = 1/3.
    assert!((erlang_b(2, 1.0) - 0.2).abs() < 1e-12);
    assert!((erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn requests_of_several_sizes_are_lost_as_the_recursion_says_by_hand() {
    // Two units; one Erlang of ones and one of twos: q = 1, 1, (1 + 2)/2; all 7/2.
    let [ones, twos] = kaufman_roberts(2, &[(1, 1.0), (2, 1.0)])[..] else { panic!("two classes") };
    assert!((ones - 3.0 / 7.0).abs() < 1e-12 && (twos - 5.0 / 7.0).abs() < 1e-12);
    let [alone] = kaufman_roberts(10, &[(1, 8.0)])[..] else { panic!("one class") };
    assert!((alone - erlang_b(10, 8.0)).abs() < 1e-12, "with one size it is Erlang's");
}

/// Requests for 200 sleeping instances compete for ten units. A unit is taken when a start is
/// accepted, at the request, and given back at `Stopped`: the hold and the stop's duration later.
fn restarts(per_hour: &str, hold: &str, stop: &str) -> Plan {
    competing(per_hour, hold, stop, &pool("total = 10"), "10d")
}

fn competing(per_hour: &str, hold: &str, stop: &str, pool: &str, length: &str) -> Plan {
    let rest = format!(
        "[calls]\nanswer = \"100ms\"\n\
         [[group]]\nname = \"web\"\ncount = 200\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
         rate = \"1 CNY/h\"\nstop = {stop}\nstart = \"30s\"\nallocation = \"5s\"\n\
         wave_factor = \"1\"\ninitially = \"stopped-economical\"\n\
         {}\
         [[controller]]\nname = \"users\"\ngroups = [\"web\"]\n\
         poisson = {{ per_hour = \"{per_hour}\", hold = {hold} }}\n\
         stop = {{ mode = \"StopCharging\" }}\nwait = {{ poll = \"40s\", give_up = \"1d\" }}\n",
        pool,
    );
    let clock = format!("length = \"{length}\"");
    plan(&world(length, &rest).replace(&clock, &format!("{clock}\nwarm_up = \"1d\"")))
}

fn refused_restarts(outcome: &Outcome) -> [f64; 1] {
    let pool = &outcome.counts.pools[0];
    let starts = calls(outcome, OperationName::StartInstance);
    assert_eq!(pool.claims_refused, starts.refused[&Refusal::NoStock], "no other unit is claimed");
    assert_eq!(starts.refused.len(), 1, "starts are refused for stock alone: {starts:?}");
    [share(pool.claims_refused, pool.claims_granted)]
}

#[test]
fn restarts_are_lost_as_erlang_says() {
    // Held for uniform(10 min, 50 min) and 20 s more: 1 820 s on average, whatever the shape.
    let plan = restarts("15.824", r#"{ uniform = ["10m", "50m"] }"#, "\"20s\"");
    let load = 15.824 * 1_820.0 / 3_600.0;
    let [refused] = replicate(&plan, refused_restarts);
    holds("refused", &refused, erlang_b(10, load));
}

#[test]
fn restarts_are_lost_as_often_whatever_the_shape_of_the_hold() {
    // M/G/c/c is insensitive: only the mean counts, here of a Weibull and a log-normal.
    let plan = restarts(
        "18.5",
        r#"{ weibull = { shape = "3", scale = "40m" } }"#,
        r#"{ p50 = "20s", p99 = "3m" }"#,
    );
    let stop = plan.lifecycles[0].stop.mean_us();
    let hold = 40.0 * 60e6 * libm::tgamma(4.0 / 3.0);
    let load = 18.5 * (hold + stop) / 3_600e6;
    let [refused] = replicate(&plan, refused_restarts);
    holds("refused", &refused, erlang_b(10, load));
}

fn lost_by_both(outcome: &Outcome) -> [f64; 2] {
    let [ours] = refused_restarts(outcome);
    let pool = &outcome.counts.pools[0];
    [ours, share(pool.tenants_lost, pool.tenants_arrived - pool.tenants_lost)]
}

#[test]
fn restarts_and_larger_tenants_each_lose_what_the_recursion_says() {
    // Sixteen units. Ours take one for 1 820 s, others three for half an hour, whatever the shape.
    let others = "total = 16\nothers = { per_hour = 6, units = [3, 3], \
                  hold = { exponential = \"30m\" }, when_short = \"lost\" }";
    let hold = r#"{ uniform = ["10m", "50m"] }"#;
    let plan = competing("12", hold, "\"20s\"", &pool(others), "41d");
    let expected = kaufman_roberts(16, &[(1, 12.0 * 1_820.0 / 3_600.0), (3, 3.0)]);
    let [ours, theirs] = replicate(&plan, lost_by_both);
    holds("ours", &ours, expected[0]);
    holds("theirs", &theirs, expected[1]);
}

#[test]
fn tenants_of_mixed_sizes_and_restarts_lose_what_the_recursion_says() {
    // Counted in vCPUs: ours take two, others one to four, each as often.
    let others = "total = 24\nothers = { per_hour = 12, units = [1, 4], \
                  hold = { exponential = \"30m\" }, when_short = \"lost\" }";
    let counted = pool(others).replace("unit = \"instance\"", "unit = \"vcpu\"");
    let hold = r#"{ uniform = ["10m", "50m"] }"#;
    let plan = competing("8", hold, "\"20s\"", &counted, "41d");
    let ours = (2, 8.0 * 1_820.0 / 3_600.0);
    let classes = [ours, (1, 1.5), (2, 1.5), (3, 1.5), (4, 1.5)];
    let expected = kaufman_roberts(24, &classes);
    let [refused, lost] = replicate(&plan, lost_by_both);
    holds("ours", &refused, expected[0]);
    holds("theirs, of all sizes", &lost, expected[1..].iter().sum::<f64>() / 4.0);
}

/// Other tenants alone, and a probe: a rehearsed start of an instance that stays asleep.
fn tenants(total: u32, per_hour: u32, when_short: &str, length: &str) -> Plan {
    let others = format!(
        "total = {total}\nothers = {{ per_hour = {per_hour}, hold = {{ exponential = \"30m\" }}, \
         when_short = \"{when_short}\" }}"
    );
    let rest = format!(
        "{}{}\
         [[controller]]\nname = \"probe\"\ngroups = [\"web\"]\n\
         poisson = {{ per_hour = 12, hold = \"10s\" }}\nstart = {{ dry_run = true }}\n",
        group("web", 20, "initially = \"stopped-economical\""),
        pool(&others),
    );
    let clock = format!("length = \"{length}\"");
    plan(&world(length, &rest).replace(&clock, &format!("{clock}\nwarm_up = \"1d\"")))
}

/// The share of probes that found no stock.
fn probed(outcome: &Outcome) -> f64 {
    let starts = calls(outcome, OperationName::StartInstance);
    assert_eq!(starts.accepted, 0, "a rehearsal changes nothing");
    share(starts.refused[&Refusal::NoStock], starts.dry_run)
}

#[test]
fn other_tenants_are_lost_as_erlang_says_and_we_see_what_they_see() {
    // Eight units, twelve requests an hour for half an hour each: a load of 6.
    let plan = tenants(8, 12, "lost", "41d");
    let [lost, probes, held] = replicate(&plan, |outcome| {
        let pool = &outcome.counts.pools[0];
        let lost = share(pool.tenants_lost, pool.tenants_arrived - pool.tenants_lost);
        let window = 40.0 * 24.0 * 3_600e6;
        [lost, probed(outcome), 8.0 - pool.free_area as f64 / window]
    });
    let blocking = erlang_b(8, 6.0);
    holds("lost", &lost, blocking);
    holds("probes", &probes, blocking);
    // Little: as many units are held as are let in per hour, times half an hour.
    holds("held", &held, 6.0 * (1.0 - blocking));
}

#[test]
fn other_tenants_wait_as_long_as_erlang_says() {
    // Six units, eight requests an hour for half an hour each: a load of 4. Waits last
    // C(6, 4) / (6 − 4) half-hours on average, those served at once counted as zero.
    let plan = tenants(6, 8, "waits", "61d");
    let delayed = erlang_c(6, 4.0);
    let [waits, probes, waited] = replicate(&plan, |outcome| {
        let pool = &outcome.counts.pools[0];
        let waits = &pool.tenants_wait;
        let waited = pool.tenants_waited as f64 / pool.tenants_arrived as f64;
        [waits.sum() as f64 / waits.count() as f64, probed(outcome), waited]
    });
    holds("who waits", &waited, delayed);
    holds("probes", &probes, delayed);
    holds("waits", &waits, delayed / 2.0 * 1_800e6);
}
