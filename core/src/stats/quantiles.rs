//! Where the quantiles of all items lie, as independent replications say it.
//!
//! A quantile is at most x where at least its share of the items took no longer than x. So its
//! interval is made of those x at which the interval of that share, a ratio over replications,
//! admits it (Francisco and Fuller, Ann. Statist. 19, 1991). An item that never finished took
//! longer than every x: an end may be infinite, which means never. Sectioning, with the spread of
//! the replications' own quantiles, covered 56 to 91 % for 95 % where bad replications are few
//! (docs/COVERAGE.md).

use std::iter::Peekable;

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::counts::recorded_in;
use super::histogram::{Latency, Quantile};
use super::interval::{Interval, Lack, Spread, enough, residuals, t};
use crate::units::{Ratio, SimDuration};

/// Below so many replications the mean of latencies has no interval.
const MEANS_LEAST: u32 = 20;
/// So many items beyond the quantile are needed: of fewer, none lies beyond it in one of 40 draws.
const TAIL_LEAST: f64 = 4.0;

/// The items of several replications, apart and together.
#[derive(Clone, Debug)]
pub struct Quantiles<'a> {
    /// All items.
    pooled: &'a Latency,
    /// The spans that are told apart, in µs, shortest first.
    spans: Vec<u64>,
    each: &'a Items,
}

/// The items of replications, each apart, as far as intervals need them: in as few bytes as they
/// take, since there may be thousands of replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Items {
    /// The spans of one after the other, packed.
    spans: Vec<u8>,
    each: Column<Own>,
}

/// The items of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    /// How many bytes its spans are.
    bytes: usize,
    /// How many finished.
    finished: u64,
    /// How many there are, with those that never finished.
    all: u64,
    /// The sum of all finished spans in µs.
    total_us: u128,
}

/// Items that are counted from the shortest on. They are not laid out for it, which would take more
/// memory than all else.
#[derive(Clone, Debug)]
struct Walk<I: Iterator<Item = (u64, u64)>> {
    ahead: Peekable<I>,
    /// How many were counted.
    up_to: u64,
}

impl<'a> Quantiles<'a> {
    /// Of replications, in order; `pooled` has the items of all of them.
    pub fn of(pooled: &'a Latency, each: &'a Items) -> Quantiles<'a> {
        let spans = pooled.buckets().map(|bucket| bucket.highest.as_micros()).collect();
        Quantiles { pooled, spans, each }
    }

    /// The quantile of all items, in µs, and where the true one lies.
    ///
    /// # Errors
    /// If there are too few replications or items, no item, or all replications are the same.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn interval(&self, share: Ratio, confidence: Ratio) -> Result<Interval, Lack> {
        let n = enough(self.each.iter().count(), replications_least(share))?;
        let mean = match self.pooled.quantile(share) {
            Quantile::Value(span) => span.as_micros() as f64,
            Quantile::Censored => f64::INFINITY,
            Quantile::Empty => return Err(Lack::Nothing),
        };
        self.has_items_for(share, n)?;
        let mut each = self.each.iter().map(|(own, spans)| (own.all, spans));
        let first = each.next();
        if each.all(|one| Some(one) == first) {
            return Err(Lack::Alike);
        }
        let wanted = share.num() as f64 / share.den() as f64;
        let t = t(confidence, n - 1);
        let low = self.first(t, |(_, most)| most >= wanted);
        let high = self.first(t, |(least, _)| least >= wanted);
        Ok(Interval { mean, low: low.min(mean), high: high.max(mean), n })
    }

    /// The items of every replication.
    pub(super) fn items(&self) -> &Items {
        self.each
    }

    /// The quantile of all items.
    pub(super) fn at(&self, share: Ratio) -> Quantile {
        self.pooled.quantile(share)
    }

    /// How many items of each replication took no longer than the quantile of all, and how many
    /// it has: which way, and how far, a replication moves the quantile.
    pub(super) fn within(&self, share: Ratio) -> Vec<(i128, i128)> {
        let micros = match self.pooled.quantile(share) {
            Quantile::Value(span) => span.as_micros(),
            Quantile::Censored | Quantile::Empty => u64::MAX,
        };
        let of = |(own, spans): (&Own, _)| {
            let within = Walk { ahead: recorded_in(spans).peekable(), up_to: 0 }.up_to(micros);
            (i128::from(within), i128::from(own.all))
        };
        self.each.iter().map(of).collect()
    }

    /// Whether so many items can tell this quantile from the longest.
    fn has_items_for(&self, share: Ratio, n: u32) -> Result<(), Lack> {
        let all = self.pooled.ranked() as f64;
        let beyond = all * (share.den() - share.num()) as f64 / share.den() as f64;
        if beyond >= TAIL_LEAST {
            return Ok(());
        }
        let enough = libm::ceil(f64::from(n) * TAIL_LEAST / beyond);
        Err(Lack::TooFew { enough: enough.min(f64::from(u32::MAX)) as u32 })
    }

    /// The shortest span, in µs, at which this holds of the ends of the interval of the share of
    /// items that took no longer, as it then does at all longer ones; infinite if it never does.
    fn first(&self, t: f64, holds: impl Fn((f64, f64)) -> bool) -> f64 {
        let of = |(_, spans)| Walk { ahead: recorded_in(spans).peekable(), up_to: 0 };
        let mut counted: Vec<_> = self.each.iter().map(of).collect();
        let place = self.spans.partition_point(|span| {
            let mut further = counted.clone();
            let within = |(walk, (own, _)): (&mut Walk<_>, (&Own, _))| {
                (i128::from(walk.up_to(*span)), i128::from(own.all))
            };
            let parts: Vec<_> = further.iter_mut().zip(self.each.iter()).map(within).collect();
            let is_short = !holds(ends(&parts, t));
            if is_short {
                // Only longer spans are asked from here on.
                counted = further;
            }
            is_short
        });
        let longest = self.pooled.max().map_or(u64::MAX, |span| span.as_micros());
        self.spans.get(place).map_or(f64::INFINITY, |span| (*span).min(longest) as f64)
    }
}

/// The ends of the interval of a share.
fn ends(parts: &[(i128, i128)], t: f64) -> (f64, f64) {
    let (share, residuals) = residuals(parts).expect("there are items");
    let Interval { low, high, .. } = Spread::of(&residuals).around(share, t);
    (low, high)
}

impl Interval {
    /// The mean of all items, in µs: a sum over a count, both of replications. One item that
    /// never finishes makes it infinite; how likely that is, the ends do not say.
    ///
    /// # Errors
    /// If there are too few replications, no item, or the mean of each is the same.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_mean_latency(
        pooled: &Latency,
        each: &Items,
        confidence: Ratio,
    ) -> Result<Interval, Lack> {
        let n = enough(each.iter().count(), MEANS_LEAST)?;
        match each.means() {
            Some(parts) if pooled.censored() == 0 => Interval::of_ratio(&parts, confidence),
            Some(_) | None => {
                let never = f64::INFINITY;
                Ok(Interval { mean: never, low: never, high: never, n })
            }
        }
    }
}

impl Items {
    /// Of replications, in order.
    pub fn of<'a>(each: impl IntoIterator<Item = &'a Latency>) -> Items {
        let mut items = Items::default();
        each.into_iter().for_each(|latency| items.push(latency));
        items
    }

    /// Adds those of the next replication.
    pub fn push(&mut self, latency: &Latency) {
        self.each.push(Own {
            bytes: latency.append_to(&mut self.spans),
            finished: latency.finished(),
            all: latency.ranked(),
            total_us: latency.total_us(),
        });
    }

    /// The sum of all spans in µs and how many there are, of each replication; none if an item
    /// never finished.
    pub fn means(&self) -> Option<Vec<(i128, i128)>> {
        let part = |(own, _): (&Own, _)| {
            let total = i128::try_from(own.total_us).unwrap_or(i128::MAX);
            (own.finished == own.all).then_some((total, i128::from(own.finished)))
        };
        self.iter().map(part).collect()
    }

    /// The quantile of each replication's own items: the upper end of its bucket, less than 0.1 %
    /// above it. An item that never finished took longer than any that did.
    pub fn quantiles(&self, share: Ratio) -> impl Iterator<Item = Quantile> + '_ {
        self.iter().map(move |(own, spans)| {
            if own.all == 0 {
                return Quantile::Empty;
            }
            let (rank, mut up_to) = (share.of_rounded_up(own.all).clamp(1, own.all), 0);
            let mut spans = recorded_in(spans);
            let found = spans.find(|(_, count)| {
                up_to += count;
                up_to >= rank
            });
            found.map_or(Quantile::Censored, |(span, _)| {
                Quantile::Value(SimDuration::from_micros(span))
            })
        })
    }

    /// Every replication's, with its spans.
    fn iter(&self) -> impl Iterator<Item = (&Own, &[u8])> {
        let mut rest = self.spans.as_slice();
        self.each.iter().map(move |own| {
            let (spans, others) = rest.split_at(own.bytes);
            rest = others;
            (own, spans)
        })
    }
}

impl<I: Iterator<Item = (u64, u64)>> Walk<I> {
    /// How many items took at most so many µs, which must not be fewer than were asked before.
    fn up_to(&mut self, micros: u64) -> u64 {
        while let Some((_, count)) = self.ahead.next_if(|(span, _)| *span <= micros) {
            self.up_to += count;
        }
        self.up_to
    }
}

/// How many replications carry the interval of this quantile, as the experiment shows.
fn replications_least(share: Ratio) -> u32 {
    match share {
        share if share <= Ratio::new(9, 10) => 10,
        share if share <= Ratio::new(99, 100) => 20,
        _ => 40,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIDENCE: Ratio = Ratio::new(95, 100);
    const P90: Ratio = Ratio::new(9, 10);
    const P99: Ratio = Ratio::new(99, 100);

    /// The interval over replications of so many seconds each, and so many items that never
    /// finished.
    fn interval(each: &[(&[u64], u64)], share: Ratio) -> Result<Interval, Lack> {
        let latency = |(seconds, never): &(&[u64], u64)| {
            let mut latency = Latency::new(SimDuration::from_hours(24));
            seconds.iter().for_each(|s| latency.record(SimDuration::from_secs(*s)));
            (0..*never).for_each(|_| latency.record_censored());
            latency
        };
        let each: Vec<Latency> = each.iter().map(latency).collect();
        let mut pooled = Latency::new(SimDuration::from_hours(24));
        each.iter().for_each(|one| pooled.merge(one));
        Quantiles::of(&pooled, &Items::of(&each)).interval(share, CONFIDENCE)
    }

    /// The same by laying every item out and asking at every span in turn.
    #[test]
    fn ends_are_the_first_spans_at_which_the_interval_admits_the_share() {
        let spans = |of: u64| (0..40).map(move |n| (n * 37 + of * of * 11) % (60 + 40 * (of % 5)));
        let each: Vec<Vec<u64>> = (0..30).map(|of| spans(of).collect()).collect();
        let latency = |spans: &Vec<u64>| {
            let mut latency = Latency::new(SimDuration::from_secs(1));
            spans.iter().for_each(|us| latency.record(SimDuration::from_micros(*us)));
            latency
        };
        let latencies: Vec<Latency> = each.iter().map(latency).collect();
        let mut pooled = latencies[0].clone();
        latencies[1..].iter().for_each(|one| pooled.merge(one));
        let t = t(CONFIDENCE, 29);
        for share in [Ratio::new(1, 2), P90, P99] {
            let wanted = share.num() as f64 / share.den() as f64;
            let at = |us: u64| {
                let within = |spans: &Vec<u64>| spans.iter().filter(|own| **own <= us).count();
                let parts: Vec<_> = each.iter().map(|spans| (within(spans) as i128, 40)).collect();
                ends(&parts, t)
            };
            let all = || pooled.buckets().map(|bucket| bucket.highest.as_micros());
            let low = all().find(|us| at(*us).1 >= wanted).map(|us| us as f64);
            let high = all().find(|us| at(*us).0 >= wanted).map(|us| us as f64);
            let items = Items::of(&latencies);
            let interval = Quantiles::of(&pooled, &items).interval(share, CONFIDENCE).unwrap();
            assert_eq!((Some(interval.low), Some(interval.high)), (low, high), "{share:?}");
        }
    }

    /// Five hundred starts between half a minute and four: some 440 places of the layout.
    #[test]
    fn the_items_of_a_replication_take_less_than_a_byte_each() {
        let mut latency = Latency::new(SimDuration::from_hours(24));
        let micros = |n: u64| 30_000_000 + n * n * 7_919 % 210_000_000;
        (0..500).for_each(|n| latency.record(SimDuration::from_micros(micros(n))));
        let items = Items::of(std::iter::repeat_n(&latency, 1_000));
        assert!(items.spans.len() < 500 * 1_000, "{}", items.spans.len());
        let none = Latency::new(SimDuration::from_hours(24));
        let nothing = Items::of(std::iter::repeat_n(&none, 1_000));
        assert_eq!((nothing.spans.len(), nothing.iter().count()), (0, 1_000));
    }

    #[test]
    fn a_replication_has_quantiles_of_its_own() {
        let mut latency = Latency::new(SimDuration::from_hours(24));
        let none = latency.clone();
        (1..=9).for_each(|s| latency.record(SimDuration::from_secs(s)));
        latency.record_censored();
        let items = Items::of([&latency, &none]);
        let of = |share| items.quantiles(share).collect::<Vec<_>>();
        let p90 = of(P90);
        let nine = 9_000_000..9_009_000;
        assert!(matches!(p90[0], Quantile::Value(span) if nine.contains(&span.as_micros())));
        assert_eq!(p90[1], Quantile::Empty);
        assert_eq!(of(P99), [Quantile::Censored, Quantile::Empty]);
    }

    const GOOD: &[u64] = &[10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    const BAD: &[u64] = &[10, 20, 30, 40, 50, 600, 700, 800, 900, 1000];

    #[test]
    fn an_end_is_never_where_bad_replications_could_reach_the_quantile() {
        let mut each = vec![(GOOD, 0); 9];
        each.push((&GOOD[..5], 5));
        let p90 = interval(&each, P90).unwrap();
        assert!(p90.mean < 101e6 && p90.low > 60e6, "{p90:?}");
        assert_eq!(p90.high, f64::INFINITY);
        let p50 = interval(&each, Ratio::new(1, 2)).unwrap();
        assert!(p50.low >= 50e6 && p50.high < 61e6, "{p50:?}");
    }

    #[test]
    fn a_quantile_among_those_that_never_finished_may_have_two_ends_that_are_never() {
        let mut each = vec![(&GOOD[..5], 5); 9];
        each.push((GOOD, 0));
        let p90 = interval(&each, P90).unwrap();
        assert_eq!((p90.mean, p90.low, p90.high), (f64::INFINITY, f64::INFINITY, f64::INFINITY));
    }

    #[test]
    fn whether_there_is_an_interval_depends_on_numbers_not_on_luck() {
        let of = |n: usize, share| {
            let mut each = vec![(GOOD, 0); n - 1];
            each.push((BAD, 0));
            interval(&each, share)
        };
        assert_eq!(of(9, P90), Err(Lack::TooFew { enough: 10 }));
        assert!(of(10, P90).is_ok());
        assert_eq!(of(19, P99), Err(Lack::TooFew { enough: 20 }));
        // 200 items: two beyond the 99th percentile, and four are needed.
        assert_eq!(of(20, P99), Err(Lack::TooFew { enough: 40 }));
        assert!(of(40, P99).is_ok());
    }

    #[test]
    fn replications_that_are_all_the_same_have_no_interval() {
        assert_eq!(interval(&[(GOOD, 1); 20], P90), Err(Lack::Alike));
    }

    #[test]
    fn nothing_has_no_quantile() {
        let none: &[u64] = &[];
        assert_eq!(interval(&[(none, 0); 20], P90), Err(Lack::Nothing));
    }
}
