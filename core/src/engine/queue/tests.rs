//! The order of events, told as stories.

use std::collections::BTreeSet;

use Phase::{Environment, Observer, Ordinary};

use super::*;

fn source(name: &str, rank: u32) -> Source {
    Source { rank, identity: Identity::of("test", name) }
}

fn drain<E: Copy>(list: &mut FutureEventList<E>) -> Vec<E> {
    std::iter::from_fn(|| list.pop_before(SimTime::NEVER)).map(|(_, event)| event).collect()
}

/// Schedules `time phase name` stories, and says in which order they come out.
#[track_caller]
fn check(ties: TiePolicy, story: &[(u64, Phase, &'static str)], expected: &str) {
    let ranks = ["a", "b", "c", "d"];
    let mut list = FutureEventList::new(ties);
    for &(at, phase, event) in story {
        let rank = ranks.iter().position(|r| event.starts_with(r)).unwrap() as u32;
        let from = source(&event[..1], rank);
        list.schedule(SimTime::from_micros(at), phase, from, event);
    }
    assert_eq!(drain(&mut list).join(" "), expected);
}

#[test]
fn earlier_comes_first_whatever_was_scheduled_first() {
    check(TiePolicy::Fifo, &[(3, Environment, "a"), (1, Observer, "b")], "b a");
}

#[test]
fn within_an_instant_the_environment_acts_then_work_then_observers() {
    let story = [(5, Observer, "a"), (5, Ordinary, "b"), (5, Environment, "c")];
    for ties in [TiePolicy::Fifo, TiePolicy::Seeded(7), TiePolicy::Reversed] {
        check(ties, &story, "c b a");
    }
}

#[test]
fn fifo_keeps_the_order_and_reversed_turns_the_sources_round_but_not_their_events() {
    let story = [(5, Ordinary, "a1"), (5, Ordinary, "b1"), (5, Ordinary, "a2")];
    check(TiePolicy::Fifo, &story, "a1 b1 a2");
    check(TiePolicy::Reversed, &story, "b1 a1 a2");
}

#[test]
fn seeded_ties_give_every_order_of_three_sources_and_keep_each_sources_own() {
    let story = |list: &mut FutureEventList<&'static str>| {
        for event in ["a1", "b1", "c1", "a2", "b2", "c2"] {
            let at = SimTime::from_micros(5);
            list.schedule(at, Ordinary, source(&event[..1], 0), event);
        }
    };
    let mut orders = BTreeSet::new();
    for seed in 0..100 {
        let mut list = FutureEventList::new(TiePolicy::Seeded(seed));
        story(&mut list);
        let out = drain(&mut list);
        for pair in out.chunks(2) {
            assert_eq!((&pair[0][1..], &pair[1][1..]), ("1", "2"), "own order is kept");
        }
        orders.insert(out.join(" "));
    }
    assert_eq!(orders.len(), 6);
}

#[test]
fn the_horizon_itself_is_outside() {
    let mut list = FutureEventList::new(TiePolicy::Fifo);
    let at = SimTime::from_micros(10);
    list.schedule(at, Ordinary, source("a", 0), ());
    assert_eq!(list.pop_before(at), None);
    assert_eq!((list.now(), list.len(), list.peek_time()), (SimTime::ZERO, 1, Some(at)));
    assert_eq!(list.pop_before(SimTime::from_micros(11)), Some((at, ())));
    assert!(list.is_empty());
}

#[test]
#[should_panic(expected = "time never goes back")]
fn nothing_is_scheduled_in_the_past() {
    let mut list = FutureEventList::new(TiePolicy::Fifo);
    list.schedule(SimTime::from_micros(10), Ordinary, source("a", 0), ());
    list.pop_before(SimTime::NEVER);
    list.schedule(SimTime::from_micros(9), Ordinary, source("a", 0), ());
}

#[test]
#[should_panic(expected = "146 000 years")]
fn nothing_is_scheduled_at_the_end_of_time() {
    let mut list = FutureEventList::new(TiePolicy::Fifo);
    list.schedule(SimTime::NEVER, Ordinary, source("a", 0), ());
}

#[test]
fn the_last_instant_can_be_scheduled() {
    let mut list = FutureEventList::new(TiePolicy::Fifo);
    list.schedule(SCHEDULE_MAX, Observer, source("a", 0), ());
    assert_eq!(list.pop_before(SimTime::NEVER), Some((SCHEDULE_MAX, ())));
}
