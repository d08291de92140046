//! The books alone: nobody's region behind them, nobody to decide anything.

use super::ledger::{Bill, DownReason, Why};
use super::plan::BooksPlan;
use super::services::Found;
use super::time::Was;
use super::waves::PartOf;
use super::*;
use crate::demand::Edge;
use crate::demand::calendar::CivilClock;
use crate::ecs::fixture;
use crate::ecs::id::{GroupId, KindId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::meter::{BilledState, MeterReading};
use crate::ecs::price::Rates;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::{GroupSpec, RegionSpec};
use crate::engine::Occasion;
use crate::fact::{CallAnswer, CallFact};
use crate::units::{HourlyRate, SimDuration};

const ONE: InstanceId = InstanceId(0);
const NIGHTLY: PartOf = (Some(0), 0);

fn at(minutes: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_mins(minutes)
}

/// One instance at 0.6 an hour.
fn region() -> RegionSpec {
    let rates = Rates { compute: HourlyRate::from_nanos(600_000_000), ..Rates::default() };
    let web = GroupSpec { pool: None, rates, ..fixture::group("web", 1) };
    RegionSpec { groups: vec![web], ..fixture::region() }
}

/// Lets books of four hours be kept, from time 0.
fn keep(tells: impl FnOnce(&mut Books<'_>)) -> Outcome {
    let (region, clock) = (region(), CivilClock::new("Asia/Shanghai", "2026-03-02").unwrap());
    let plan = BooksPlan {
        clock: &clock,
        warm_up: SimTime::ZERO,
        horizon: at(240),
        region: &region,
        billing_cycles: false,
        billing_ends: false,
        callers: 1,
        services: 1,
        good_within: SimDuration::from_mins(5),
    };
    let mut books = Books::new(plan, 0, Arc::from([]));
    tells(&mut books);
    books.close_waves(at(240));
    books.close(at(240), 7)
}

/// An hour up, an hour saved, two minutes down, the rest up.
fn spans(books: &mut Books<'_>) {
    let was = |billed, why| Was { kind: KindId(0), billed, why };
    let boot = Why::Down(DownReason::Boot);
    books.book(ONE, was(BilledState::Running, Why::Up), (at(0), at(60)));
    books.book(ONE, was(BilledState::StoppedEconomical, Why::Intended), (at(60), at(120)));
    books.book(ONE, was(BilledState::Running, boot), (at(120), at(122)));
    books.book(ONE, was(BilledState::Running, Why::Up), (at(122), at(240)));
}

fn reading(running: u64, economical: u64) -> MeterReading {
    let mut micros = vec![[0; BilledState::ALL.len()]];
    let spent = |minutes| u128::from(SimDuration::from_mins(minutes).as_micros());
    micros[0][BilledState::Running.index()] = spent(running);
    micros[0][BilledState::StoppedEconomical.index()] = spent(economical);
    MeterReading { micros, since: SimTime::ZERO, until: at(240) }
}

#[test]
fn time_and_money_follow_from_the_spans_that_are_told() {
    let outcome = keep(|books| {
        spans(books);
        books.check(&reading(180, 60));
    });
    let bill = Bill::of(&region(), &outcome.ledger);
    assert_eq!(
        (bill.baseline.to_string(), bill.actual.to_string()),
        ("2.400000000".into(), "1.800000000".into())
    );
    assert_eq!(outcome.ledger.unavailable()[&DownReason::Boot], 120_000_000);
    assert_eq!((outcome.digest, outcome.end), (7, at(240)));
}

#[test]
#[should_panic(expected = "web: ledger and meter of Running agree")]
fn meters_that_say_otherwise_are_noticed() {
    keep(|books| {
        spans(books);
        books.check(&reading(181, 59));
    });
}

#[test]
fn a_wave_ends_done_in_time_or_never() {
    let edge = |wanted, minute| Edge { at: at(minute), wanted, day: 20_514, ordinal: 0 };
    let outcome = keep(|books| {
        let group = GroupId(0);
        let wave = books.wave_of(&edge(true, 120), group, NIGHTLY);
        assert_eq!(books.wave_of(&edge(true, 120), group, (None, 1)), wave, "one zone and type");
        for of in [NIGHTLY, NIGHTLY, (None, 1)] {
            books.join_wave(wave, of);
            books.start_in_wave(wave, true, Some(StoppedMode::StopCharging));
        }
        books.done_in_wave(wave, NIGHTLY, SimDuration::from_mins(2));
        books.done_in_wave(wave, NIGHTLY, SimDuration::from_mins(6));
        books.never_in_wave(wave, (None, 1), SimDuration::from_mins(60));
        let stops = books.wave_of(&edge(false, 180), group, NIGHTLY);
        books.join_wave(stops, NIGHTLY);
        books.already_in_wave(stops, NIGHTLY);
    });
    let [starts, stops] = &outcome.waves[..] else { panic!("two waves: {:?}", outcome.waves) };
    assert_eq!((starts.all.size, starts.done, starts.done_in_time, starts.never), (3, 2, 1, 1));
    assert_eq!((starts.all.done_within, starts.from_economical), ([0, 1, 2, 2], 3));
    assert_eq!((starts.t95, starts.parts.iter().count()), (None, 2));
    assert_eq!((stops.t95, stops.seen), (Some(SimDuration::ZERO), SimDuration::from_mins(60)));
}

#[test]
fn calls_are_counted_by_facts_and_what_was_before_the_window_is_not() {
    let call = CallFact {
        operation: OperationName::StopInstance,
        controller: 0,
        instance: ONE,
        occasion: Occasion::number(0),
        number: 0,
        shared: false,
        asks: None,
    };
    let facts = |books: &mut Books<'_>, times: usize| {
        for _ in 0..times {
            let refused = CallAnswer::Refused(Refusal::Throttled);
            books.fold(at(1), &Fact::CallSent(call));
            books.fold(at(1), &Fact::CallHandled(call, refused));
            books.timed_out(0, call.operation);
        }
    };
    let outcome = keep(|books| {
        facts(books, 5);
        books.count_event();
        books.restart(at(60));
        facts(books, 2);
    });
    let calls = &outcome.counts.calls[call.operation as usize];
    assert_eq!((calls.sent, calls.refused[&Refusal::Throttled], calls.timed_out), (2, 2, 2));
    assert_eq!((outcome.counts.clients[0].calls, outcome.counts.clients[0].timed_out), (2, 2));
    assert_eq!(outcome.counts.latencies[LatencyName::Api(call.operation).index()].due(), 2);
    assert_eq!(outcome.counts.events.handled, 1, "events are counted from the beginning");
}

#[test]
fn a_service_is_awaited_breaks_and_is_missing() {
    let edge = Edge { at: at(60), wanted: true, day: 20_514, ordinal: 0 };
    let outcome = keep(|books| {
        books.service_wanted(0, &edge, Found::Missing, true);
        books.service_missing(0, SimDuration::from_mins(3));
        books.service_ready(0, at(63));
        books.service_broke(0, ONE);
        books.service_wanted(0, &Edge { at: at(120), ..edge }, Found::Already, true);
        books.check_service(0, "shop");
    });
    let service = &outcome.services[0];
    let ready: Vec<_> = service.starts.iter().map(|start| start.ready).collect();
    assert_eq!(ready, [Some(SimDuration::from_mins(3)), Some(SimDuration::ZERO)]);
    assert_eq!((service.broken, &service.broken_by[..]), (1, &[0][..]));
    assert_eq!(service.unavailable_us, 180_000_000);
}
