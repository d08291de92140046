//! Where the quantiles of all items lie, as independent replications say it.
//!
//! A quantile is at most x where at least its share of the items took no longer than x. So its
//! interval is made of those x at which the interval of that share, a ratio over replications,
//! admits it (Francisco and Fuller, Ann. Statist. 19, 1991). An item that never finished took
//! longer than every x: an end may be infinite, which means never. Sectioning, with the spread of
//! the replications' own quantiles, covered 56 to 91 % for 95 % where bad replications are few
//! (docs/COVERAGE.md).

use super::histogram::{Latency, Quantile};
use super::interval::{Interval, Lack, Spread, enough, residuals, t};
use crate::units::Ratio;

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
    each: Vec<Items>,
}

/// The items of one replication.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Items {
    /// How many took at most so many µs, wherever that number grows.
    up_to: Vec<(u64, u64)>,
    /// How many there are, with those that never finished.
    all: u64,
}

impl<'a> Quantiles<'a> {
    /// Of replications, in order; `pooled` has the items of all of them.
    pub fn of(pooled: &'a Latency, each: impl IntoIterator<Item = &'a Latency>) -> Quantiles<'a> {
        let spans = pooled.buckets().map(|bucket| bucket.highest.as_micros()).collect();
        let each = each.into_iter().map(Items::of).collect();
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
        let n = enough(self.each.len(), replications_least(share))?;
        let mean = match self.pooled.quantile(share) {
            Quantile::Value(span) => span.as_micros() as f64,
            Quantile::Censored => f64::INFINITY,
            Quantile::Empty => return Err(Lack::Nothing),
        };
        self.has_items_for(share, n)?;
        if self.each.iter().all(|items| *items == self.each[0]) {
            return Err(Lack::Alike);
        }
        let wanted = share.num() as f64 / share.den() as f64;
        let t = t(confidence, n - 1);
        let within = |place: &usize| self.share_within(self.spans[*place], t);
        let low = self.first(|place| within(place).1 >= wanted);
        let high = self.first(|place| within(place).0 >= wanted);
        Ok(Interval { mean, low: low.min(mean), high: high.max(mean), n })
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

    /// The shortest span, in µs, at which this holds, as it then does at all longer ones;
    /// infinite if it never does.
    fn first(&self, holds: impl Fn(&usize) -> bool) -> f64 {
        let places: Vec<usize> = (0..self.spans.len()).collect();
        let place = places.partition_point(|place| !holds(place));
        let longest = self.pooled.max().map_or(u64::MAX, |span| span.as_micros());
        self.spans.get(place).map_or(f64::INFINITY, |span| (*span).min(longest) as f64)
    }

    /// The ends of the interval of the share of items that took at most so many µs.
    fn share_within(&self, micros: u64, t: f64) -> (f64, f64) {
        let of = |items: &Items| (i128::from(items.within(micros)), i128::from(items.all));
        let parts: Vec<(i128, i128)> = self.each.iter().map(of).collect();
        let (share, residuals) = residuals(&parts).expect("there are items");
        let Interval { low, high, .. } = Spread::of(&residuals).around(share, t);
        (low, high)
    }
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
    pub fn of_mean_latency<'a>(
        pooled: &Latency,
        each: impl IntoIterator<Item = &'a Latency>,
        confidence: Ratio,
    ) -> Result<Interval, Lack> {
        let part = |latency: &Latency| {
            let total = i128::try_from(latency.total_us()).unwrap_or(i128::MAX);
            (total, i128::from(latency.finished()))
        };
        let parts: Vec<(i128, i128)> = each.into_iter().map(part).collect();
        let n = enough(parts.len(), MEANS_LEAST)?;
        if pooled.censored() > 0 {
            let never = f64::INFINITY;
            return Ok(Interval { mean: never, low: never, high: never, n });
        }
        Interval::of_ratio(&parts, confidence)
    }
}

impl Items {
    fn of(latency: &Latency) -> Items {
        let up_to = latency.buckets().map(|bucket| (bucket.highest.as_micros(), bucket.up_to));
        Items { up_to: up_to.collect(), all: latency.ranked() }
    }

    /// How many took at most so many µs.
    fn within(&self, micros: u64) -> u64 {
        let place = self.up_to.partition_point(|(span, _)| *span <= micros);
        place.checked_sub(1).map_or(0, |last| self.up_to[last].1)
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
    use crate::units::SimDuration;

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
        Quantiles::of(&pooled, &each).interval(share, CONFIDENCE)
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
