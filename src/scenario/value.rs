//! Single values of a scenario: how each is written, read and written back.
//!
//! What belongs to one value alone (its form, its range) is decided here; what takes two values
//! to decide is decided in `into_plan`.

mod axis;
mod choice;
mod distribution;
mod exchange;
mod formula;
mod group_ref;
mod number;
mod seeds;
mod span;
mod text;
mod variant;

pub use axis::{Axis, POINTS_MAX, full};
pub use choice::*;
pub use distribution::{Dist, FactorDist};
pub use exchange::ExchangeRate;
pub use formula::{Amount, DEPTH_MAX, Phrase};
pub use group_ref::{GroupRef, Meant, is_like};
pub use number::{Count, PerHour, Signed, UnitsRange};
pub use seeds::{SEEDS_MAX, SeedList};
pub use span::{Positive, SPAN_MAX, WorkStall};
pub use text::{
    CsvPath, Currency, Factor, Gibibytes, HttpRefusal, Licence, Name, ProgramWord, Rate, Share,
    Spacing, TextValue, Word, ZoneName,
};
pub use variant::{Variant, parts};
