//! What instances went through: state-change events and call logs, to durations and rates.
//!
//! A row is an event (`state`), a call (`operation`, `code`), or both. Rows of a CSV come in order
//! of time; objects of a JSON text are put in it. What is kept grows with the fleet and with the
//! number of waves, not with a CSV's rows.

mod entry;
mod fragment;
mod order;
mod track;

use std::collections::{BTreeMap, BTreeSet};

use super::fit::Sample;
use super::problem::Problems;
use super::{Input, Moments};
use crate::ecs::price::family_of;
use crate::units::SimDuration;

pub use fragment::{Form, fragment, screen};
use track::Reader;

/// How a history is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What instants without an offset are read in, and hours and dates are told in.
    pub moments: Moments,
    /// Starts of one pool with no longer gap between them are one wave.
    pub wave_gap: SimDuration,
    /// Only waves that begin, and stopped time that passes, between these microseconds since
    /// 1970; all of them, if left out. Durations and rates are of all rows.
    pub within: Option<(i64, i64)>,
}

/// How soon after its first call a wave is judged.
pub const JUDGED_AFTER: SimDuration = SimDuration::from_mins(15);

/// What a history says.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The file, as it was named.
    pub file: String,
    /// How many rows.
    pub rows: u64,
    /// How many instances.
    pub instances: u64,
    /// First and last instant, in microseconds since 1970.
    pub between: Option<(i64, i64)>,
    /// By group; the empty name is of rows without one.
    pub groups: BTreeMap<String, Durations>,
    /// Starts, wave by wave.
    pub waves: Vec<Wave>,
    /// Reboots, which are no stops and no starts.
    pub reboots: u64,
    /// Rows about something else than an instance's state, its stops and starts.
    pub others: u64,
    /// For how long each instance was Stopped, in instance-microseconds.
    pub stopped_us: BTreeMap<String, u64>,
}

/// How long starts and stops took.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// From Starting, or the accepted call, to Running.
    pub start: Sample,
    /// From Stopping, or the accepted call, to Stopped.
    pub stop: Sample,
}

/// Starts of one pool that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// `ecs.g7 in cn-hangzhou-h`, as far as it is known.
    pub pool: String,
    /// The first call or event, in microseconds since 1970.
    pub first: i64,
    /// The date of it.
    pub date: String,
    /// The hour of the day.
    pub hour: usize,
    /// How many instances.
    pub size: u64,
    /// How many of them were Running within [`JUDGED_AFTER`] of the first.
    pub up: u64,
    /// StartInstance calls with an answer.
    pub calls: u64,
    /// Those refused for want of stock.
    pub no_stock: u64,
    last: i64,
}

/// Reads a history.
///
/// # Errors
/// With everything that is wrong with the file.
pub fn read(input: Input<'_>, options: &Options) -> Result<History, Problems> {
    let mut reader = Reader::new(&input.name, options);
    let others = entry::read(input, &options.moments, &mut |at, entry| reader.take(at, &entry))?;
    let history = reader.end();
    Ok(History { others, ..history })
}

/// How much of a stretch lies within bounds, in microseconds.
fn within(bounds: Option<(i64, i64)>, since: i64, until: i64) -> u64 {
    let (from, to) = bounds.unwrap_or((i64::MIN, i64::MAX));
    u64::try_from(until.min(to) - since.max(from)).unwrap_or(0)
}

fn span(since: i64, at: i64) -> SimDuration {
    SimDuration::from_micros(u64::try_from(at - since).unwrap_or(0))
}

/// `ecs.g7 in cn-hangzhou-h`.
fn pool(instance_type: &str, zone: &str) -> String {
    let family = family_of(instance_type).unwrap_or(instance_type);
    match (family, zone) {
        ("", "") => "all".to_owned(),
        ("", zone) => zone.to_owned(),
        (family, "") => family.to_owned(),
        (family, zone) => format!("{family} in {zone}"),
    }
}

/// Which waves are counted together: by how many instances they start.
pub(super) const BANDS: [(u64, &str); 5] =
    [(1, "1"), (10, "2-10"), (100, "11-100"), (1_000, "101-1000"), (u64::MAX, "over 1000")];

/// How often stock was short, by pool, hour of the day and band of wave sizes.
pub(super) fn shortage(history: &History) -> BTreeMap<(String, usize, usize), (u64, u64)> {
    let mut rates: BTreeMap<(String, usize, usize), (u64, u64)> = BTreeMap::new();
    for wave in history.waves.iter().filter(|wave| wave.calls > 0) {
        let band = BANDS.iter().position(|(most, _)| wave.size <= *most).unwrap_or(BANDS.len() - 1);
        let entry = rates.entry((wave.pool.clone(), wave.hour, band)).or_default();
        *entry = (entry.0 + wave.no_stock, entry.1 + wave.calls);
    }
    rates
}

/// All groups' names that a history has.
pub(super) fn group_names(history: &History) -> BTreeSet<&str> {
    history.groups.keys().map(String::as_str).filter(|name| !name.is_empty()).collect()
}
