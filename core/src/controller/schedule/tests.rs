use super::*;

fn at(minutes: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_mins(minutes)
}

fn edge(minutes: u64, wanted: bool) -> Edge {
    Edge { at: at(minutes), wanted, day: 0, ordinal: 0 }
}

fn identity(instance: InstanceId) -> Identity {
    Identity::of("instance", &format!("web-{:04}", instance.0))
}

#[test]
fn a_controller_acts_on_the_edges_it_is_asked_to() {
    let edges = [edge(10, true), edge(20, false), edge(30, true)];
    let told = |acts| -> Vec<(SimTime, usize)> {
        moments(&edges, acts, SimDuration::ZERO, &Absence::default())
            .iter()
            .map(|m| (m.at, m.edge))
            .collect()
    };
    assert_eq!(told(Acts::StopsAndStarts), [(at(10), 0), (at(20), 1), (at(30), 2)]);
    assert_eq!(told(Acts::StopsOnly), [(at(20), 1)]);
    assert_eq!(told(Acts::StartsOnly), [(at(10), 0), (at(30), 2)]);
}

#[test]
fn a_lead_brings_starts_forward_but_not_over_the_edge_before() {
    let edges = [edge(3, true), edge(20, false), edge(30, true), edge(32, false), edge(33, true)];
    let lead = SimDuration::from_mins(5);
    let due: Vec<SimTime> = moments(&edges, Acts::StopsAndStarts, lead, &Absence::default())
        .iter()
        .map(|m| m.at)
        .collect();
    assert_eq!(due, [at(0), at(20), at(25), at(32), at(32)]);
}

#[test]
fn what_falls_into_an_outage_is_lost_or_the_last_of_it_is_made_up_for() {
    let edges = [edge(10, true), edge(20, false), edge(30, true), edge(40, false)];
    let told = |catch_up| -> Vec<(SimTime, usize)> {
        let absence = Absence { outages: vec![at(15)..at(31), at(50)..at(60)], catch_up };
        let moments = moments(&edges, Acts::StopsAndStarts, SimDuration::ZERO, &absence);
        moments.iter().map(|m| (m.at, m.edge)).collect()
    };
    assert_eq!(told(false), [(at(10), 0), (at(40), 3)]);
    assert_eq!(told(true), [(at(10), 0), (at(31), 2), (at(40), 3)]);
}

#[test]
fn an_outage_ends_before_its_last_instant() {
    let absence = Absence { outages: vec![at(10)..at(20)], catch_up: false };
    let edges = [edge(10, true), edge(20, false)];
    let left = moments(&edges, Acts::StopsAndStarts, SimDuration::ZERO, &absence);
    assert_eq!(left, [Moment { at: at(20), edge: 1 }]);
}

#[test]
fn a_stagger_is_even_and_begins_at_once() {
    let span = SimDuration::from_micros(10);
    let offsets: Vec<u64> = (0..4).map(|p| stagger(p, 4, span).as_micros()).collect();
    assert_eq!(offsets, [0, 2, 5, 7]);
    assert_eq!(stagger(0, 1, span), SimDuration::ZERO);
    let last = stagger(16_777_215, 16_777_216, SimDuration::from_hours(24 * 365));
    assert!(last < SimDuration::from_hours(24 * 365));
}

#[test]
fn a_shuffled_order_is_a_permutation_that_one_instance_less_leaves_alone() {
    let decisions = Decisions::of(7, 0);
    let night = Identity::of("controller", "night");
    let all: Vec<InstanceId> = (0..100).map(InstanceId).collect();
    let order = shuffled(&all, night, &decisions, identity);
    assert_ne!(order, all);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, all);
    let fewer: Vec<InstanceId> = all.iter().copied().filter(|i| i.0 != 42).collect();
    let left: Vec<InstanceId> = order.iter().copied().filter(|i| i.0 != 42).collect();
    assert_eq!(shuffled(&fewer, night, &decisions, identity), left);
    let other = Identity::of("controller", "day");
    assert_ne!(shuffled(&all, other, &decisions, identity), order);
}

#[test]
fn a_rotating_share_is_exact_over_time_for_each_instance_and_on_each_occasion() {
    let share = Ratio::new(1, 10);
    let policy = KeepChargingShare { share, chosen: KeepChargingChoice::Rotating };
    let who = Identity::of("controller", "night");
    let decisions = Decisions::of(1, 0);
    let takes = |position, occasions| {
        policy.takes(&StopOf { who, position, count: 25, occasions }, &decisions)
    };
    for occasion in 0..200 {
        let taken = (0..25).filter(|position| takes(*position, occasion)).count();
        assert!((2..=3).contains(&taken), "2.5 of 25");
    }
    for position in 0..25 {
        let taken = (0..200).filter(|occasion| takes(position, *occasion)).count();
        assert_eq!(taken, 20, "position {position}");
    }
}

#[test]
fn a_rotating_share_of_none_or_all_takes_none_or_all() {
    let decisions = Decisions::of(1, 0);
    let who = Identity::of("controller", "night");
    for (share, expected) in [(Ratio::ZERO, 0), (Ratio::ONE, 7), (Ratio::new(3, 2), 7)] {
        let policy = KeepChargingShare { share, chosen: KeepChargingChoice::Rotating };
        for occasions in 0..9 {
            let stop = |position| StopOf { who, position, count: 7, occasions };
            let taken = (0..7).filter(|p| policy.takes(&stop(*p), &decisions)).count();
            assert_eq!(taken, expected);
        }
    }
}

#[test]
fn a_share_by_name_always_takes_the_same_ones() {
    let share = Ratio::new(3, 10);
    let policy = KeepChargingShare { share, chosen: KeepChargingChoice::ByName };
    let decisions = Decisions::of(1, 0);
    let night = Identity::of("controller", "night");
    let taken = |occasions| -> Vec<usize> {
        let stop = |position: usize| {
            let instance = InstanceId(u32::try_from(position).unwrap());
            StopOf { who: night.with(identity(instance)), position, count: 1_000, occasions }
        };
        (0..1_000).filter(|position| policy.takes(&stop(*position), &decisions)).collect()
    };
    assert_eq!(taken(0), taken(5));
    // Binomial(1000, 0.3): three standard deviations are 43.
    assert!((257..=343).contains(&taken(0).len()), "{}", taken(0).len());
}

/// Plays `refused GROUP INSTANCE` and `stop GROUP INSTANCE`; `1` for a stop that keeps charging.
#[track_caller]
fn check(policy: KeepChargingAfter, story: &str, expected: &str) {
    let mut deferral = Deferral::default();
    let mut told = String::new();
    for step in story.split('|') {
        let words: Vec<&str> = step.split_whitespace().collect();
        let group = GroupId(words[1].parse().unwrap());
        let instance = InstanceId(words[2].parse().unwrap());
        match words[0] {
            "refused" => deferral.refused(policy, group, instance),
            "stop" => {
                told.push(if deferral.takes(policy, group, instance) { '1' } else { '0' });
            }
            other => panic!("no step: {other}"),
        }
    }
    assert_eq!(told, expected);
}

#[test]
fn after_a_shortage_the_stops_in_scope_keep_charging_as_often_as_asked() {
    let policy = |scope| KeepChargingAfter { stops: 2, scope };
    let story = "stop 0 1 | refused 0 1 | stop 0 1 | stop 0 2 | stop 1 3 | stop 0 1 | stop 0 1 \
                 | stop 0 2 | stop 0 2 | stop 1 3 | stop 1 3";
    check(policy(KeepChargingScope::Instance), story, "0100100000");
    check(policy(KeepChargingScope::Group), story, "0110101000");
    check(policy(KeepChargingScope::Controller), story, "0111101010");
}

#[test]
fn another_shortage_counts_the_stops_afresh() {
    for scope in
        [KeepChargingScope::Instance, KeepChargingScope::Group, KeepChargingScope::Controller]
    {
        check(
            KeepChargingAfter { stops: 2, scope },
            "refused 0 1 | stop 0 1 | refused 0 1 | refused 0 1 | stop 0 1 | stop 0 1 | stop 0 1",
            "1110",
        );
    }
}

#[test]
fn no_stops_owed_means_none_taken() {
    let policy = KeepChargingAfter { stops: 0, scope: KeepChargingScope::Controller };
    check(policy, "refused 0 1 | stop 0 1", "0");
}
