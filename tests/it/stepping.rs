//! A run in steps, up to times, and split in its middle: always the same run.

use proptest::prelude::*;
use stopsim::engine::Decisions;
use stopsim::sim::{RunId, Sim};
use stopsim::units::SimTime;

use crate::dice;
use crate::sample::cases;
use crate::worlds::{FIRST, Facts, TIES, run_plan};

proptest! {
    #![proptest_config(cases(25))]

    #[test]
    fn stepping_running_and_going_on_from_a_clone_are_one_run(
        words in prop::collection::vec(any::<u16>(), 400),
        (split, hops) in (0..2_000_usize, prop::collection::vec(0..300_000_000_000_u64, 0..6)),
        until_event in prop::option::of(0..3_000_u64),
        ties in prop::sample::select(TIES.to_vec()),
    ) {
        let Some((plan, _)) = dice::world(&words) else { return Ok(()) };
        let id = RunId { ties, until_event, ..FIRST };
        let whole = run_plan(&plan, id);
        let decisions = Decisions::of(id.seed, id.replication);
        let new = || Sim::new(&plan, id, &decisions, Facts::default());

        let mut stepped = new();
        let mut last = SimTime::ZERO;
        let mut events = 0;
        while let Some(happened) = stepped.step().expect("no livelock") {
            prop_assert!(happened.at >= last && happened.at == stepped.now());
            last = happened.at;
            events += 1;
        }
        prop_assert_eq!(events, whole.outcome.counts.events.handled);
        prop_assert_eq!(&stepped.observer().0, &whole.facts);
        prop_assert_eq!(&stepped.finish().expect("no livelock"), &whole.outcome);

        let mut split_up = new();
        for _ in 0..split {
            split_up.step().expect("no livelock");
        }
        let clone = split_up.fork().expect("no client that cannot be copied");
        prop_assert_eq!(&split_up.finish().expect("no livelock"), &whole.outcome);
        prop_assert_eq!(&clone.finish().expect("no livelock"), &whole.outcome);

        let mut hopping = new();
        for time in hops {
            hopping.advance_to(SimTime::from_micros(time)).expect("no livelock");
        }
        prop_assert_eq!(&hopping.finish().expect("no livelock"), &whole.outcome);
    }
}
