//! Properties: what has to be so in every run.

use crate::property::Expected;
use crate::scenario::decode::{At, table};
use crate::scenario::value::{
    Count, Each, GroupRef, HuntMix, HuntTies, Name, Positive, SeedList, Share, Word,
};
use crate::units::{Ratio, SimDuration};

table! {
    /// What has to be so in every run, or what a built-in property is held to.
    PropertyEntry {
        /// Its unique name; that of a built-in property changes what that is held to.
        name: Name, required;
        /// This holds at every moment: `"running(web) >= 2"`. A count without a relation means
        /// that it is not 0.
        always: Word, optional;
        /// This holds at no moment: `"calls(StartInstance, web, 10m) > 30"`.
        never: Word, optional;
        /// This comes to hold within `by`: `"running(web) = 8"`.
        eventually: Word, optional;
        /// This happens in some run; a hunt in which it never does proves little.
        sometimes: Word, optional;
        /// From when on `eventually` is owed: whenever this begins to hold, and while it does.
        /// From the beginning, if left out.
        after: Word, optional;
        /// Within what time `eventually` is owed.
        by: Positive, optional;
        /// `always` and `never` may be broken for less than this long.
        tolerance: SimDuration, optional;
        /// It is asked of each of these by itself: a count without a name is then about that one.
        each: Each, optional;
        /// With `each`, only those of these groups.
        groups: Vec<At<GroupRef>>, optional;
        /// A violation is less probable than this, in runs as the scenario states them.
        probability_below: Share, optional;
        /// With what confidence that is to be shown.
        confidence: Share, convention(Share(Ratio::new(95, 100)));
        /// What is expected of it where `regress` runs the scenario: that no run violates it, or,
        /// as long as something is known to be wrong, that some run does.
        expected: Expected, convention(Expected::Holds);
        /// Whether a built-in property is looked for.
        check: bool, optional;
        /// What a built-in property allows for: how long.
        grace: SimDuration, optional;
        /// What a built-in property allows for: how many.
        at_most: Count<0, 1_000_000_000>, optional;
        /// What a built-in property counts in: a window.
        window: Positive, optional;
    }
}

table! {
    /// Which runs `regress` makes of the scenario. Outside the scenario's hash.
    Hunt {
        /// Which seeds: `"1..20"`, both included, or a list. The scenario's own, else 1, if left
        /// out.
        seeds: SeedList, optional;
        /// Which faults these runs have: as the scenario states them, a swarm drawn from each
        /// seed, or both, each in every second run.
        mix: HuntMix, convention(HuntMix::Stated);
        /// How events of one instant are ordered, or every order in turn.
        tie_break: HuntTies, convention(HuntTies::Fifo);
        /// The seed of drawn orders of ties; each run's own, if left out.
        tie_seed: Count<0, 9_223_372_036_854_775_807>, optional;
        /// The version of random numbers under which these seeds show what is expected. Under
        /// another one a scenario that states no `[[decision]]` is not run.
        numbers: Count<1, 1_000_000>, optional;
    }
}
