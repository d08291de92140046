//! Races from a seed: runs of many seeds, each held to properties, and what was found.
//!
//! A [`Trial`] is one run: a seed, a mix of faults, an order of ties. Results are folded in the
//! order of the trials, so that threads never show.

pub mod fixed;
pub mod fold;
pub mod mix;
pub mod policies;
pub mod regress;
pub mod shrink;
pub mod text;
pub mod trial;

pub use fold::{Finding, Hunted, Judged, Judgement};
pub use mix::{Mix, Portfolio};
pub use trial::{Hunter, Told, Trial};
