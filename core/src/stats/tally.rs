//! Count, sum and extremes of whole numbers; exact, and mergeable in any order.
//!
//! It keeps no observation itself: for quantiles there is [`Latency`](super::Latency).

use serde::{Deserialize, Serialize};

/// A running summary of observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    count: u64,
    sum: u128,
    smallest: u64,
    largest: u64,
}

impl Tally {
    /// Nothing observed yet.
    pub const EMPTY: Tally = Tally { count: 0, sum: 0, smallest: u64::MAX, largest: 0 };

    /// Adds one observation.
    pub fn record(&mut self, observation: u64) {
        self.merge(&Tally {
            count: 1,
            sum: u128::from(observation),
            smallest: observation,
            largest: observation,
        });
    }

    /// Adds all observations of another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.sum += other.sum;
        self.smallest = self.smallest.min(other.smallest);
        self.largest = self.largest.max(other.largest);
    }

    /// How many observations there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, exactly: 2⁶⁴ observations of 2⁶⁴ fit.
    pub const fn sum(&self) -> u128 {
        self.sum
    }

    /// The smallest observation, if there was any.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.smallest)
    }

    /// The largest observation, if there was any.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.largest)
    }

    /// The mean, halves rounded up, if there was any observation.
    pub fn mean(&self) -> Option<u64> {
        let count = u128::from(self.count);
        let doubled = (2 * self.sum + count).checked_div(2 * count)?;
        Some(u64::try_from(doubled).expect("a mean is at most the largest observation"))
    }
}

impl Default for Tally {
    fn default() -> Tally {
        Tally::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(observations: &[u64]) -> Tally {
        let mut tally = Tally::EMPTY;
        observations.iter().for_each(|&o| tally.record(o));
        tally
    }

    #[test]
    fn a_tally_counts_sums_and_remembers_the_extremes() {
        let tally = of(&[3, 1, 4]);
        assert_eq!((tally.count(), tally.sum()), (3, 8));
        assert_eq!((tally.min(), tally.max()), (Some(1), Some(4)));
    }

    #[test]
    fn the_mean_is_rounded_to_the_nearest_and_halves_up() {
        assert_eq!(of(&[1, 1, 2]).mean(), Some(1));
        assert_eq!(of(&[1, 2]).mean(), Some(2));
        assert_eq!(of(&[u64::MAX, u64::MAX]).mean(), Some(u64::MAX));
    }

    #[test]
    fn an_empty_tally_has_no_extremes_and_no_mean() {
        assert_eq!((of(&[]).min(), of(&[]).max(), of(&[]).mean()), (None, None, None));
    }

    #[test]
    fn merging_is_observing_both() {
        let mut merged = of(&[5, 2]);
        merged.merge(&of(&[9]));
        merged.merge(&Tally::EMPTY);
        assert_eq!(merged, of(&[2, 5, 9]));
    }
}
