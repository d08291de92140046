//! Races from a seed: runs of many seeds, each held to properties, and what was found.
//!
//! A [`Trial`] is one run: a seed, a mix of faults, an order of ties. Results are folded in the
//! order of the trials, so that threads never show.

pub mod diff;
pub mod fixed;
pub mod fold;
pub mod mix;
pub mod policies;
pub mod price;
pub mod regress;
pub mod selftest;
pub mod shrink;
pub mod text;
pub mod timeline;
pub mod trial;
pub mod until;

pub use fold::{Finding, Hunted, Judged, Judgement};
pub use mix::{Mix, Portfolio};
pub use trial::{Hunter, Told, Trial};
