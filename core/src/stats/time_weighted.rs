//! A level over time: the exact area under a step function.
//!
//! Areas are level × microseconds in a `u128`; it never averages by sampling.

use crate::units::SimTime;

/// A level that holds until it is next set, and the area under it since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWeighted {
    level: u64,
    highest: u64,
    area: u128,
    since: SimTime,
}

impl TimeWeighted {
    /// A level that holds from `began`.
    pub const fn new(began: SimTime, level: u64) -> TimeWeighted {
        TimeWeighted { level, highest: level, area: 0, since: began }
    }

    /// From `now` on the level is another.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn set(&mut self, now: SimTime, level: u64) {
        self.area = self.area(now);
        self.since = now;
        self.level = level;
        self.highest = self.highest.max(level);
    }

    /// The level that holds.
    pub const fn level(&self) -> u64 {
        self.level
    }

    /// The highest level so far, even if it held for no time.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Level × microseconds from the beginning until `now`.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn area(&self, now: SimTime) -> u128 {
        self.area + u128::from(self.level) * u128::from((now - self.since).as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> SimTime {
        SimTime::from_micros(micros)
    }

    #[test]
    fn the_area_is_level_times_time() {
        let mut free = TimeWeighted::new(at(0), 4);
        free.set(at(10), 1);
        free.set(at(10), 7); // held for no time
        free.set(at(10), 2);
        assert_eq!(free.area(at(25)), 4 * 10 + 2 * 15);
        assert_eq!((free.level(), free.highest()), (2, 7));
    }

    #[test]
    #[should_panic(expected = "time runs forward")]
    fn a_level_does_not_change_in_the_past() {
        TimeWeighted::new(at(10), 1).set(at(9), 2);
    }
}
