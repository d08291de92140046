//! Latencies in the two file formats of HdrHistogram, for the tools that read them.
//!
//! `.hgrm` is the percentile table that plotters take; `.hlog` (V2) holds whole histograms, each
//! under a tag. Neither has a wall clock in it, and nothing here opens a file: bytes go to the
//! writer that is handed in, the same bytes for the same latencies.

use std::io::{self, Write};
use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriterBuilder, IntervalLogWriterError, Tag,
};

use super::Latency;
use super::histogram::Bucket;
use crate::units::{SimDuration, SimTime};

/// Lines between a percentile and half-way to 100 %, as HdrHistogram's own writer has them.
const TICKS_PER_HALF_DISTANCE: u128 = 5;

/// Writes the percentile table, values in µs.
///
/// Percentiles rank finished and censored items together, so the table of a latency with
/// censored items ends below 100 %: with the longest span that was finished.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_hgrm(latency: &Latency, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:>12} {:>14} {:>10} {:>14}\n", "Value", "Percentile", "TotalCount", INVERSE)?;
    let buckets: Vec<Bucket> = latency.buckets().collect();
    let ranked = u128::from(latency.ranked());
    let mut place = 0;
    for level in levels() {
        let rank = (level.num * ranked).div_ceil(level.den).max(1);
        if rank >= ranked || rank > u128::from(latency.finished()) {
            break;
        }
        while u128::from(buckets[place].up_to) < rank {
            place += 1;
        }
        let value = latency.max().map_or(buckets[place].highest, |m| m.min(buckets[place].highest));
        line(out, value, level, buckets[place].up_to)?;
    }
    if let Some(longest) = latency.max() {
        let end = Level { num: u128::from(latency.finished()), den: ranked };
        line(out, longest, end, latency.finished())?;
    }
    footer(latency, out)
}

const INVERSE: &str = "1/(1-Percentile)";

/// A percentile as an exact fraction.
#[derive(Clone, Copy)]
struct Level {
    num: u128,
    den: u128,
}

/// 0, 0.1 … 0.4, 0.5, 0.55 … 0.75, 0.775 …: the steps halve with the distance to one.
///
/// Ends where no rank of 2⁶⁴ items could be told apart.
fn levels() -> impl Iterator<Item = Level> {
    (0..u64::BITS).flat_map(|halvings| {
        let den = (2 * TICKS_PER_HALF_DISTANCE) << halvings;
        (0..TICKS_PER_HALF_DISTANCE)
            .map(move |tick| Level { num: den - 2 * TICKS_PER_HALF_DISTANCE + tick, den })
    })
}

fn line(out: &mut impl Write, value: SimDuration, level: Level, up_to: u64) -> io::Result<()> {
    let micros = value.as_micros();
    let percentile = level.num as f64 / level.den as f64;
    write!(out, "{micros:>8}.000 {percentile:.12} {up_to:>10}")?;
    match level.den - level.num {
        0 => writeln!(out),
        beyond => writeln!(out, " {:>14.2}", level.den as f64 / beyond as f64),
    }
}

fn footer(latency: &Latency, out: &mut impl Write) -> io::Result<()> {
    let histogram = latency.to_histogram();
    let thousandths = (1_000 * latency.total_us()).checked_div(u128::from(latency.finished()));
    let (whole, rest) = thousandths.map_or((0, 0), |mean| (mean / 1_000, mean % 1_000));
    let longest = latency.max().unwrap_or(SimDuration::ZERO).as_micros();
    let deviation = histogram.stdev();
    writeln!(out, "#[Mean    = {whole:>8}.{rest:03}, StdDeviation   = {deviation:>12.3}]")?;
    writeln!(out, "#[Max     = {longest:>8}.000, Total count    = {:>12}]", latency.ranked())?;
    writeln!(out, "#[Buckets = {:>12}, SubBuckets     = {:>12}]", histogram.buckets(), 2_048)?;
    writeln!(out, "#[{}]", accounts(latency))
}

fn accounts(latency: &Latency) -> String {
    format!(
        "Due = {}, finished = {}, censored = {}, early = {}, already = {}; values in us",
        latency.due(),
        latency.finished(),
        latency.censored(),
        latency.early(),
        latency.already(),
    )
}

/// Writes one log with a histogram per tag, all over the one interval from `from` to `until`.
///
/// A histogram holds what finished; a comment before it says what was censored. Timestamps are
/// seconds since the run began.
///
/// # Errors
/// If `out` cannot be written, or a tag is empty or holds a comma, a space or a line break.
pub fn write_hlog<'a>(
    out: &mut impl Write,
    (from, until): (SimTime, SimTime),
    latencies: impl IntoIterator<Item = (&'a str, &'a Latency)>,
) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[StartTime: 0.000 (seconds since epoch), the beginning of the run]")
        .begin_log_with(out, &mut serializer)?;
    let start = Duration::from_micros(from.as_micros());
    let interval = Duration::from_micros((until - from).as_micros());
    for (tag, latency) in latencies {
        let named = Some(tag).filter(|t| !t.is_empty()).and_then(Tag::new).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("`{tag}` is no tag of a .hlog"))
        })?;
        log.write_comment(&format!("[{tag}: {}]", accounts(latency)))?;
        log.write_histogram(&latency.to_histogram(), start, interval, Some(named)).map_err(
            |error| match error {
                IntervalLogWriterError::IoError(error) => error,
                IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
            },
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
