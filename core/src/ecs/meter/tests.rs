//! The billing matrix, cell by cell, and the identity that nothing is billed twice.

use proptest::prelude::*;

use super::*;
use crate::units::SimDuration;
use BilledState::{Pending, Released, Running, StoppedEconomical, StoppedStandard};

const KIND: KindId = KindId(0);

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

/// FACTS §1.3, columns Running, standard stop, economical stop; `x` is billed.
const MATRIX: [(Component, &str); 7] = [
    (Component::Compute, "x x ."),
    (Component::Licence, "x x ."),
    (Component::SystemDisk, "x x x"),
    (Component::DataDisks, "x x x"),
    (Component::StaticBandwidth, "x x ."),
    (Component::Eip, "x x x"),
    (Component::Snapshots, "x x x"),
];

fn row(component: Component, knobs: &Knobs) -> String {
    let cell = |&state: &BilledState| if is_billed(component, state, knobs) { "x" } else { "." };
    [Running, StoppedStandard, StoppedEconomical].iter().map(cell).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_billing_matrix_is_the_documented_one() {
    assert_eq!(MATRIX.map(|(component, _)| component), Component::ALL);
    for (component, expected) in MATRIX {
        assert_eq!(row(component, &Knobs::default()), expected, "{}", component.name());
        for state in [Pending, Released] {
            assert!(!is_billed(component, state, &Knobs::default()), "{}", component.name());
        }
    }
}

#[test]
fn a_knob_moves_its_own_cell_and_no_other() {
    for (knob, value, moved) in [
        ("image_licence_in_economical", "billed", Component::Licence),
        ("static_ip", "kept", Component::StaticBandwidth),
    ] {
        let mut knobs = Knobs::default();
        knobs.set(knob, value).unwrap();
        for (component, expected) in MATRIX {
            let expected = if component == moved { "x x x" } else { expected };
            assert_eq!(row(component, &knobs), expected, "{knob}: {}", component.name());
        }
    }
}

#[test]
fn stopping_and_starting_bill_as_running_unless_a_knob_says_else() {
    let stopping = State::Stopping { effective: StoppedMode::StopCharging };
    let starting = State::Starting { from: StoppedMode::StopCharging };
    let mut knobs = Knobs::default();
    for &state in State::ALL {
        let expected = match state {
            State::Pending => Pending,
            State::Running | State::Starting { .. } | State::Stopping { .. } => Running,
            State::Rebooting { .. } | State::Deleting => Running,
            State::Released => Released,
            State::Stopped { effective: StoppedMode::KeepCharging } => StoppedStandard,
            State::Stopped { effective: StoppedMode::StopCharging } => StoppedEconomical,
        };
        assert_eq!(BilledState::of(state, &knobs), expected, "{state}");
    }
    knobs.billing_pause_at = BillingPause::Stopping;
    assert_eq!(BilledState::of(stopping, &knobs), StoppedEconomical);
    assert_eq!(BilledState::of(starting, &knobs), Running);
    knobs.billing_resume_at = BillingResume::Running;
    assert_eq!(BilledState::of(starting, &knobs), StoppedEconomical);
    for mode in [State::Stopping { effective: StoppedMode::KeepCharging }, State::Running] {
        assert_eq!(BilledState::of(mode, &knobs), Running);
    }
}

#[test]
fn a_meter_adds_up_instances_times_time() {
    let mut meters = Meters::new(&[[0, 3, 0, 0, 0, 0]]);
    meters.move_one(at(10), KIND, Running, StoppedEconomical);
    meters.move_one(at(15), KIND, Running, StoppedStandard);
    let reading = meters.read(at(20));
    assert_eq!(reading.of(KIND, Running), (30 + 10 + 5) * 1_000_000);
    assert_eq!(reading.of(KIND, StoppedEconomical), 10_000_000);
    assert_eq!(reading.of(KIND, StoppedStandard), 5_000_000);
    reading.check(std::iter::once(KIND), "web", 3);
    assert_eq!(meters.read(at(20)), reading, "reading changes nothing");
    assert_eq!(meters.instances(KIND, Running), 1);
}

#[test]
fn after_a_restart_only_what_follows_is_metered() {
    let mut meters = Meters::new(&[[0, 2, 0, 0, 0, 0]]);
    meters.move_one(at(3), KIND, Running, StoppedEconomical);
    meters.restart(at(10));
    meters.move_one(at(12), KIND, StoppedEconomical, Running);
    let reading = meters.read(at(20));
    assert_eq!((reading.since, reading.until), (at(10), at(20)));
    assert_eq!(reading.of(KIND, StoppedEconomical), 2_000_000);
    assert_eq!(reading.of(KIND, Running), 18_000_000);
    reading.check(std::iter::once(KIND), "web", 2);
}

#[test]
#[should_panic(expected = "billed exactly once")]
fn a_microsecond_billed_twice_is_noticed() {
    let mut reading = Meters::new(&[[0, 1, 0, 0, 0, 0]]).read(at(1));
    reading.micros[0][StoppedStandard.index()] += 1;
    reading.check(std::iter::once(KIND), "web", 1);
}

#[test]
#[should_panic(expected = "it was metered there")]
fn moving_an_instance_from_where_it_is_not_is_a_bug() {
    Meters::new(&[[0, 1, 0, 0, 0, 0]]).move_one(at(1), KIND, StoppedStandard, Running);
}

proptest! {
    #[test]
    fn counting_by_group_agrees_with_a_meter_for_each_instance(
        moves in prop::collection::vec((0usize..5, 0usize..5, 0u64..1_000_000_000), 0..60),
        restart in prop::option::of(0usize..60),
    ) {
        let mut meters = Meters::new(&[[0, 5, 0, 0, 0, 0]]);
        let mut instances = [(Running, SimTime::ZERO); 5];
        let mut slow = [0u128; STATES];
        let mut now = SimTime::ZERO;
        for (number, (who, state, wait)) in moves.into_iter().enumerate() {
            now = now + SimDuration::from_micros(wait);
            if restart == Some(number) {
                meters.restart(now);
                slow = [0; STATES];
                instances.iter_mut().for_each(|(_, since)| *since = now);
            }
            let to = BilledState::ALL[state];
            let (from, since) = instances[who];
            meters.move_one(now, KIND, from, to);
            slow[from.index()] += u128::from((now - since).as_micros());
            instances[who] = (to, now);
        }
        now = now + SimDuration::from_secs(1);
        for (state, since) in instances {
            slow[state.index()] += u128::from((now - since).as_micros());
        }
        let reading = meters.read(now);
        reading.check(std::iter::once(KIND), "web", 5);
        prop_assert_eq!(reading.micros[0], slow);
    }
}
