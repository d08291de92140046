//! What the files hold, character by character and read back.

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
    write_hlog(&mut log, window, [("start.due_to_ready", &start), ("api.stop", &stop)]).unwrap();
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
