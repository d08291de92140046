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
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    fn of(spans: &[u64], censored: u32) -> Latency {
        let mut latency = Latency::new(SimDuration::from_hours(1));
        spans.iter().for_each(|&span| latency.record(SimDuration::from_micros(span)));
        (0..censored).for_each(|_| latency.record_censored());
        latency
    }

    fn hgrm(latency: &Latency) -> String {
        let mut bytes = Vec::new();
        write_hgrm(latency, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_percentile_table_has_the_columns_that_plotters_read() {
        let expected = r"       Value     Percentile TotalCount 1/(1-Percentile)

      10.000 0.000000000000          1           1.00
      10.000 0.100000000000          1           1.11
      10.000 0.200000000000          1           1.25
      20.000 0.300000000000          2           1.43
      20.000 0.400000000000          2           1.67
      20.000 0.500000000000          2           2.00
      30.000 0.550000000000          3           2.22
      30.000 0.600000000000          3           2.50
      30.000 0.650000000000          3           2.86
      30.000 0.700000000000          3           3.33
      30.000 0.750000000000          3           4.00
      41.000 1.000000000000          4
#[Mean    =       25.250, StdDeviation   =       11.519]
#[Max     =       41.000, Total count    =            4]
#[Buckets =           22, SubBuckets     =         2048]
#[Due = 4, finished = 4, censored = 0, early = 0, already = 0; values in us]
";
        assert_eq!(hgrm(&of(&[10, 20, 30, 41], 0)), expected);
    }

    #[test]
    fn censored_items_keep_the_table_from_reaching_all() {
        let table = hgrm(&of(&[10, 20, 30], 1));
        assert!(table.contains("\n      30.000 0.750000000000          3           4.00\n#[Mean"));
        assert!(!table.contains(" 1.000000000000"), "{table}");
    }

    #[test]
    fn nothing_finished_leaves_only_the_accounts() {
        let table = hgrm(&of(&[], 2));
        let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(rows.count(), 1, "only the heading: {table}");
        assert!(table.contains("#[Due = 2, finished = 0, censored = 2"));
    }

    #[test]
    fn a_log_reads_back_with_every_tag_and_every_count() {
        let (start, stop) = (of(&[10, 20_000, 30_000_000], 1), of(&[], 0));
        let mut log = Vec::new();
        let window = (SimTime::from_micros(1_500_000), SimTime::from_micros(61_500_000));
        write_hlog(&mut log, window, [("start.due_to_ready", &start), ("api.stop", &stop)])
            .unwrap();
        let text = String::from_utf8(log.clone()).unwrap();
        assert!(text.starts_with("#[Histogram log format version 1.3]\n#[StartTime: 0.000"));
        let mut read = Vec::new();
        for entry in IntervalLogIterator::new(&log) {
            let LogEntry::Interval(entry) = entry.unwrap() else { continue };
            let bytes = base64(entry.encoded_histogram());
            let histogram: Histogram<u64> =
                Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
            assert_eq!(entry.start_timestamp(), Duration::from_millis(1_500));
            assert_eq!(entry.duration(), Duration::from_secs(60));
            read.push((entry.tag().unwrap().as_str().to_owned(), histogram));
        }
        let written = |tag: &str, latency: &Latency| (tag.to_owned(), latency.to_histogram());
        assert_eq!(read, [written("start.due_to_ready", &start), written("api.stop", &stop)]);
    }

    #[test]
    fn a_tag_with_a_comma_is_refused() {
        let latency = of(&[], 0);
        for tag in ["a,b", "a b", ""] {
            let window = (SimTime::ZERO, SimTime::ZERO);
            let refused = write_hlog(&mut Vec::new(), window, [(tag, &latency)]).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{tag:?}");
        }
    }

    /// RFC 4648, enough to read back what the crate wrote.
    fn base64(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut bits, mut held) = (0u32, 0);
        for byte in text.bytes().filter(|&b| b != b'=') {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                other => panic!("{other} is no base64"),
            };
            (bits, held) = ((bits << 6 | u32::from(digit)) & 0xffffff, held + 6);
            if held >= 8 {
                held -= 8;
                out.push((bits >> held) as u8);
            }
        }
        out
    }
}
