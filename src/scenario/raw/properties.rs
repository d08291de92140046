//! Properties: what has to be so in every run.

use crate::scenario::decode::{At, table};
use crate::scenario::value::{Count, Each, GroupRef, Name, Positive, Share, Word};
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
