//! What a run remembers: tallies, time-weighted levels, latency histograms, intervals.
//!
//! Everything is summed in integers, so neither threads nor merge order can change a number;
//! floats appear only where replications are turned into intervals ([`interval`]), one after the
//! other in replication order. It knows of spans and counts, never of instances.

mod column;
mod counts;
mod files;
mod histogram;
pub mod interval;
pub mod merge;
mod paired;
mod precision;
mod quantiles;
mod selection;
mod special;
mod tally;
mod time_weighted;

pub use column::Column;
pub use files::{write_hgrm, write_hlog};
pub use histogram::{Latency, Quantile};
pub use interval::{Interval, Lack, MEANS_LEAST, clean_replications};
pub use merge::Merge;
pub use paired::Difference;
pub use precision::Precision;
pub use quantiles::{Items, Quantiles};
pub use selection::{Beside, Selection};
pub use tally::Tally;
pub use time_weighted::TimeWeighted;
