//! Decisions that the scenario makes in place of luck.

use crate::scenario::decode::table;
use crate::scenario::value::{Count, Word};
use crate::units::SimDuration;

table! {
    /// Something that the scenario decides in place of luck, whatever the seed. `shrink` writes
    /// such entries.
    DecisionEntry {
        /// About whom: `"instance web-0001"`, or two of them, such as
        /// `"controller nightly, instance web-0001"` or `"call_fault lost, instance web-0001"`.
        about: Word, required;
        /// What is decided: `stop`, `start`, `answer_leg`, `call_fault` and so on.
        what: Word, required;
        /// Of what: the edge of a demand, `"2026-03-02 #1"` (a date and which edge of it, from 0);
        /// a number of its own, `"7"`; or which time in its life, `"life 0"`.
        occasion: Word, required;
        /// Which use on that occasion, from 0.
        number: Count<0, 4_294_967_295>, convention(Count(0));
        /// How long it takes.
        takes: SimDuration, optional;
        /// Whether it happens.
        happens: bool, optional;
        /// Which one, from 0; the last one, if there are fewer.
        choice: Count<0, { u64::MAX >> 1 }>, optional;
        /// Four words of 16 hexadecimal digits, between blanks.
        words: Word, optional;
    }
}
