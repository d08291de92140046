//! The fast structures against slow ones that cannot be wrong: a sorted list, all samples.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use stopsim::engine::{FutureEventList, Identity, Phase, Source, TiePolicy};
use stopsim::stats::{Latency, Quantile, Tally};
use stopsim::units::{Ratio, SimDuration, SimTime};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::sample::cases;

/// What can be done with a future event list.
#[derive(Clone, Debug)]
enum Step {
    /// Something in so many µs, of a phase, of a source.
    Schedule { delay: u64, phase: usize, source: u32 },
    /// Everything in the next so many µs.
    Pass { micros: u64 },
    /// The next thing, whenever it is.
    Next,
}

const PHASES: [Phase; 3] = [Phase::Environment, Phase::Ordinary, Phase::Observer];

/// Short delays and few sources, so that most events share their instant with others.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(0..4, 0..5), 1..200)
}

/// Delays of every size up to thirty years, and now and then a crowd at one instant.
fn far_and_crowded_steps() -> impl Strategy<Value = Vec<Step>> {
    let delay = || (0..50u32, any::<u64>()).prop_map(|(bits, word)| word & ((1 << bits) - 1));
    let crowd = (delay(), 0..3usize, 0..5u32, 1..150usize);
    let crowd = crowd.prop_map(|(delay, phase, source, count)| {
        vec![Step::Schedule { delay, phase, source }; count]
    });
    let one = step(0..1 << 40, 0..1 << 24).prop_map(|step| vec![step]);
    let near = step(0..300, 0..300).prop_map(|step| vec![step]);
    vec(prop_oneof![4 => one, 4 => near, 1 => crowd], 1..80).prop_map(|steps| steps.concat())
}

fn step(delays: Range<u64>, spans: Range<u64>) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (delays, 0..3usize, 0..5u32)
            .prop_map(|(delay, phase, source)| Step::Schedule { delay, phase, source }),
        1 => spans.prop_map(|micros| Step::Pass { micros }),
        2 => Just(Step::Next),
    ]
}

fn policies() -> impl Strategy<Value = TiePolicy> {
    let seeded = any::<u64>().prop_map(TiePolicy::Seeded);
    prop_oneof![Just(TiePolicy::Fifo), Just(TiePolicy::Reversed), seeded]
}

fn source(rank: u32) -> Source {
    Source { rank, identity: Identity::of("source", &rank.to_string()) }
}

/// A sorted list, by the order as DESIGN words it.
#[derive(Default)]
struct SortedList {
    events: BTreeMap<(u64, usize, u64, u64), u64>,
}

impl SortedList {
    fn schedule(&mut self, ties: TiePolicy, at: u64, phase: usize, rank: u32, event: u64) {
        let tie = match ties {
            TiePolicy::Fifo => 0,
            TiePolicy::Reversed => u64::MAX - u64::from(rank),
            TiePolicy::Seeded(seed) => {
                let name = source(rank).identity.word().to_le_bytes();
                // The upper half: what fits beside the sequence.
                xxh3_64_with_seed(&[name, at.to_le_bytes()].concat(), seed) >> 32
            }
        };
        self.events.insert((at, phase, tie, event), event);
    }

    fn pop_before(&mut self, horizon: u64) -> Option<(SimTime, u64)> {
        let next = self.events.first_entry()?;
        let (at, ..) = *next.key();
        (at < horizon).then(|| (SimTime::from_micros(at), next.remove()))
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn the_future_event_list_is_a_sorted_list(ties in policies(), steps in steps()) {
        behaves_as_a_sorted_list(ties, steps)?;
    }
}

/// What is taken asks for something at the same instant, again and again, of earlier phases too.
fn steps_while_time_stands_still() -> impl Strategy<Value = Vec<Step>> {
    let now = step(0..1, 0..1).prop_map(|step| vec![step]);
    let crowd = (0..3usize, 0..5u32, 1..300usize)
        .prop_map(|(phase, source, count)| vec![Step::Schedule { delay: 0, phase, source }; count]);
    vec(prop_oneof![30 => now, 1 => crowd], 1..200).prop_map(|steps| steps.concat())
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn it_is_one_while_time_stands_still(
        ties in policies(), steps in steps_while_time_stands_still(),
    ) {
        behaves_as_a_sorted_list(ties, steps)?;
    }

    #[test]
    fn it_is_one_over_years_and_in_crowds(ties in policies(), steps in far_and_crowded_steps()) {
        behaves_as_a_sorted_list(ties, steps)?;
    }
}

/// A few events far apart, so that what comes next covers seconds; then hundreds in disorder
/// within these seconds, some taken in between.
#[test]
fn a_crowd_after_a_quiet_time_runs_in_order_too() {
    for ties in [TiePolicy::Fifo, TiePolicy::Reversed, TiePolicy::Seeded(3)] {
        let far = |delay| Step::Schedule { delay, phase: 1, source: 0 };
        let mut steps = vec![far(1_000_000), far(2_000_000), far(9_000_000), Step::Next];
        for n in 0..700u64 {
            // Every seventh for one and the same instant.
            let delay = if n % 7 == 0 { 500_000 } else { n * 7_919 % 2_000_003 };
            let source = u32::try_from(n % 5).unwrap();
            steps.push(Step::Schedule { delay, phase: (n % 3) as usize, source });
            if n % 11 == 0 {
                steps.push(Step::Next);
            }
        }
        steps.push(Step::Pass { micros: 20_000_000 });
        behaves_as_a_sorted_list(ties, steps).unwrap();
    }
}

/// Of a crowd of one moment a part is next when the time before it fills up in disorder: that part goes
/// back before the rest of the crowd, not behind it.
#[test]
fn a_crowd_that_is_next_in_part_keeps_its_order_when_others_come_before_it() {
    let at = |delay| Step::Schedule { delay, phase: 0, source: 0 };
    let mut steps = vec![at(0)];
    steps.extend(vec![at(5_070_877); 129]);
    steps.push(Step::Pass { micros: 1 });
    steps.extend(vec![at(0); 64]);
    steps.push(at(10));
    steps.extend(vec![at(0); 64]);
    steps.push(Step::Pass { micros: 6_000_000 });
    behaves_as_a_sorted_list(TiePolicy::Fifo, steps).unwrap();
}

/// Tens of thousands in disorder, so that what comes next is a long run, and into the midst of it
/// things that are asked for while it is taken: soon, later, and at the instant itself.
#[test]
fn a_multitude_and_what_joins_it_run_in_order_too() {
    for ties in [TiePolicy::Fifo, TiePolicy::Reversed, TiePolicy::Seeded(3)] {
        let some = |n: u64, within: u64| {
            let delay = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let source = u32::try_from(n % 5).unwrap();
            Step::Schedule { delay: delay % within, phase: (n % 3) as usize, source }
        };
        let mut steps: Vec<Step> = (0..40_000).map(|n| some(n, 40_000_000)).collect();
        for n in 0..10_000 {
            let within = [1, 300, 40_000, 3_000_000][(n % 4) as usize];
            steps.extend([Step::Next, Step::Next, some(n, within)]);
        }
        steps.push(Step::Pass { micros: 100_000_000 });
        behaves_as_a_sorted_list(ties, steps).unwrap();
    }
}

fn behaves_as_a_sorted_list(ties: TiePolicy, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut list = FutureEventList::new(ties);
    let mut model = SortedList::default();
    let mut scheduled = 0;
    for step in steps {
        let now = list.now().as_micros();
        match step {
            Step::Schedule { delay, phase, source: rank } => {
                let at = SimTime::from_micros(now + delay);
                list.schedule(at, PHASES[phase], source(rank), scheduled);
                model.schedule(ties, now + delay, phase, rank, scheduled);
                scheduled += 1;
            }
            Step::Pass { micros } => loop {
                let popped = list.pop_before(SimTime::from_micros(now + micros));
                prop_assert_eq!(popped, model.pop_before(now + micros));
                if popped.is_none() {
                    break;
                }
            },
            Step::Next => {
                prop_assert_eq!(list.pop_before(SimTime::NEVER), model.pop_before(u64::MAX));
            }
        }
        let next = model.events.first_key_value();
        let next = next.map(|((at, ..), _)| SimTime::from_micros(*at));
        prop_assert_eq!(list.peek_time(), next);
        prop_assert_eq!(list.len(), model.events.len());
        prop_assert_eq!(list.is_empty(), model.events.is_empty());
    }
    Ok(())
}

/// Spans of every size from 0 to a month, censored items, and shares.
fn items() -> impl Strategy<Value = (Vec<u64>, u64, Vec<Ratio>)> {
    let span = (0..42u32, any::<u64>()).prop_map(|(bits, word)| word & ((1 << bits) - 1));
    let share = (1..=1_000u64).prop_flat_map(|den| (0..=den).prop_map(move |n| Ratio::new(n, den)));
    (vec(span, 0..300), 0..20u64, vec(share, 1..20))
}

const LIMIT: SimDuration = SimDuration::from_hours(31 * 24);

fn latency(spans: &[u64], censored: u64) -> Latency {
    let mut latency = Latency::new(LIMIT);
    spans.iter().for_each(|&span| latency.record(SimDuration::from_micros(span)));
    (0..censored).for_each(|_| latency.record_censored());
    latency
}

/// Nearest rank over everything: none if there is nothing, `u64::MAX` for what is censored.
fn nearest_rank(sorted: &[u64], censored: u64, share: Ratio) -> Option<u64> {
    let ranked = sorted.len() as u64 + censored;
    let rank = (u128::from(share.num()) * u128::from(ranked)).div_ceil(u128::from(share.den()));
    let place = usize::try_from(rank.max(1) - 1).unwrap();
    (ranked > 0).then(|| sorted.get(place).copied().unwrap_or(u64::MAX))
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_quantile_is_the_nearest_rank_of_all_samples_within_a_thousandth(
        (spans, censored, shares) in items(),
    ) {
        let latency = latency(&spans, censored);
        let mut sorted = spans;
        sorted.sort_unstable();
        for share in shares {
            match (latency.quantile(share), nearest_rank(&sorted, censored, share)) {
                (Quantile::Value(found), Some(exact)) => {
                    let found = found.as_micros();
                    prop_assert!(exact <= found, "{found} is below {exact}");
                    prop_assert!((found - exact) * 1_000 <= exact, "{found} is far above {exact}");
                }
                (Quantile::Censored, Some(exact)) => prop_assert_eq!(exact, u64::MAX),
                (Quantile::Empty, exact) => prop_assert_eq!(exact, None),
                (found, exact) => prop_assert!(false, "{:?} is not {:?}", found, exact),
            }
        }
    }

    #[test]
    fn mean_and_extremes_of_a_latency_are_exact((spans, censored, _) in items()) {
        let latency = latency(&spans, censored);
        let mut tally = Tally::EMPTY;
        spans.iter().for_each(|&span| tally.record(span));
        let micros = |span: Option<SimDuration>| span.map(SimDuration::as_micros);
        prop_assert_eq!(micros(latency.mean()), tally.mean());
        prop_assert_eq!(micros(latency.min()), spans.iter().copied().min());
        prop_assert_eq!(micros(latency.max()), spans.iter().copied().max());
        prop_assert_eq!(tally.sum(), spans.iter().map(|&span| u128::from(span)).sum::<u128>());
        prop_assert_eq!(latency.total_us(), tally.sum());
    }

    #[test]
    fn it_does_not_matter_how_items_are_split_before_they_are_merged(
        (spans, censored, _) in items(),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = latency(&spans, censored);
        let (front, back) = spans.split_at(cut.index(spans.len() + 1));
        let mut merged = latency(back, 0);
        merged.merge(&latency(front, censored));
        prop_assert_eq!(merged, whole);
    }
}
