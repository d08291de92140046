//! How narrow an interval is to be, and about how many replications that takes.

use crate::units::Ratio;

use super::interval::Interval;

/// How far either end of an interval may be from the value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// So much of the true value. An estimate is off by a share γ of the truth at most if it is
    /// off by γ / (1 + γ) of itself (Law, Simulation Modeling and Analysis, ch. 9).
    Relative(Ratio),
    /// So much, in the unit of the interval.
    Absolute(f64),
}

impl Precision {
    /// Whether an interval is as narrow; one that reaches to *never* is not.
    pub fn is_met(self, interval: &Interval) -> bool {
        let reach = reach(interval);
        reach.is_finite() && reach <= self.allowed(interval)
    }

    /// After how many replications to look again, at least a quarter more and at most twice as
    /// many: about as many as would do if half-widths shrink with the root of their number.
    pub fn next_look(self, interval: &Interval, now: u32) -> u32 {
        let ratio = reach(interval) / self.allowed(interval);
        let enough = libm::ceil(f64::from(now) * ratio * ratio);
        let (least, most) = (now.saturating_add(now / 4).max(now + 1), now.saturating_mul(2));
        // What is no number is more than all.
        match enough < f64::from(most) {
            true => (enough as u32).max(least),
            false => most.max(least),
        }
    }

    fn allowed(self, interval: &Interval) -> f64 {
        match self {
            Precision::Relative(share) => {
                let share = share.num() as f64 / share.den() as f64;
                share / (1.0 + share) * interval.mean.abs()
            }
            Precision::Absolute(most) => most,
        }
    }
}

/// How far the farther end is from the value.
fn reach(interval: &Interval) -> f64 {
    (interval.high - interval.mean).max(interval.mean - interval.low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Interval = Interval { mean: 10.0, low: 8.0, high: 11.0, n: 20 };

    #[test]
    fn the_farther_end_decides() {
        assert!(Precision::Absolute(2.0).is_met(&TEN));
        assert!(!Precision::Absolute(1.9).is_met(&TEN));
    }

    #[test]
    fn a_share_is_one_of_the_truth() {
        // A quarter of the truth is a fifth of an estimate that is too large by a quarter.
        assert!(Precision::Relative(Ratio::new(1, 4)).is_met(&TEN));
        assert!(!Precision::Relative(Ratio::new(24, 100)).is_met(&TEN));
    }

    #[test]
    fn a_value_of_never_is_not_narrow() {
        let never = Interval { mean: f64::INFINITY, high: f64::INFINITY, ..TEN };
        for precision in [Precision::Relative(Ratio::new(1, 2)), Precision::Absolute(1e9)] {
            assert!(!precision.is_met(&never));
            assert_eq!(precision.next_look(&never, 20), 40);
        }
    }

    #[test]
    fn the_next_look_is_where_it_may_be_met_but_not_too_far() {
        let look = |most| Precision::Absolute(most).next_look(&TEN, 20);
        assert_eq!((look(1.99), look(1.6), look(0.1)), (25, 32, 40));
        let endless = Interval { high: f64::INFINITY, ..TEN };
        assert_eq!(Precision::Absolute(1.0).next_look(&endless, 20), 40);
        assert_eq!(
            Precision::Relative(Ratio::new(1, 50)).next_look(&Interval { mean: 0.0, ..TEN }, 20),
            40
        );
    }
}
