//! The best of several systems that met the same luck, found with as few replications as it takes.
//!
//! Kim and Nelson's fully sequential procedure (ACM TOMACS 11(3), 2001): a system is out once
//! another is ahead of it by more than luck allows, and the margin that luck is allowed shrinks to
//! nothing as replications come. With common random numbers differences vary little, and most
//! systems are out after the first stage.

use super::interval::sum;
use crate::units::Ratio;

/// How systems are told apart: which difference matters, and how sure the choice is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    first: u32,
    indifference: f64,
    /// Kim and Nelson's h².
    reach: f64,
}

/// One system beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The other is ahead by more than luck allows: this one is out.
    Out,
    /// Luck may still be all that is between them.
    Open,
    /// Neither is behind, and more replications will not change that by more than the difference
    /// that matters.
    Settled,
}

impl Selection {
    /// Of so many systems. With at least this confidence, the one that is left is the best, if
    /// it is better than all others by `indifference`; else none is better by more than that.
    /// `first` is how many replications the variances are estimated from.
    ///
    /// # Panics
    /// If the first stage has no two replications, the indifference is nothing, or the confidence
    /// is not strictly between 0 and 1.
    pub fn new(systems: usize, first: u32, indifference: i128, confidence: Ratio) -> Selection {
        assert!(first >= 2 && indifference > 0, "a first stage, and a difference that matters");
        assert!(confidence > Ratio::ZERO && confidence < Ratio::ONE, "0 < confidence < 1");
        let error = 1.0 - confidence.num() as f64 / confidence.den() as f64;
        let others = systems.saturating_sub(1).max(1) as f64;
        let freedom = f64::from(first - 1);
        let eta = 0.5 * (libm::pow(2.0 * error / others, -2.0 / freedom) - 1.0);
        Selection {
            first,
            indifference: indifference as f64,
            reach: (2.0 * eta * freedom).max(0.0),
        }
    }

    /// A system beside another: what each replication says of either, in their order; more is
    /// better. What is behind by less than the unit can tell is not out.
    ///
    /// # Panics
    /// If there are not as many of both, or fewer than the first stage has.
    pub fn beside(&self, own: &[i128], other: &[i128]) -> Beside {
        assert!(own.len() == other.len() && own.len() >= self.first as usize, "one a replication");
        let ahead: Vec<f64> = own.iter().zip(other).map(|(own, b)| (b - own) as f64).collect();
        let n = ahead.len() as f64;
        let mean = sum(&ahead) / n;
        let first = &ahead[..self.first as usize];
        let first_mean = sum(first) / first.len() as f64;
        let squares: Vec<f64> = first.iter().map(|d| (d - first_mean) * (d - first_mean)).collect();
        let variance = sum(&squares) / (first.len() - 1) as f64;
        let needed = self.reach * variance / (self.indifference * self.indifference);
        let luck = (self.indifference / (2.0 * n) * (needed - n)).max(0.0);
        match mean > luck {
            true => Beside::Out,
            false if luck == 0.0 => Beside::Settled,
            false => Beside::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIDENCE: Ratio = Ratio::new(95, 100);

    /// By hand, of two systems, first stage 20, 95 %: η = ½(0.1^(−2/19) − 1) = 0.13713, so that
    /// h² = 38 η = 5.2110. Differences of −1 and 3 in turn have the mean 1 and the variance 80/19:
    /// with an indifference of 2, 5.486 replications would do, and after 20 the better is told.
    /// With one of 0.5 they would be 87.8: luck is allowed 0.5/40 × 67.8 = 0.847.
    #[test]
    fn luck_is_allowed_less_with_every_replication() {
        let values = |n: usize| (0..n).map(|n| if n % 2 == 0 { -100 } else { 300 });
        let (own, other) = (vec![0; 20], values(20).collect::<Vec<_>>());
        let of = |indifference| Selection::new(2, 20, indifference, CONFIDENCE);
        let reach = of(1).reach;
        assert!((reach - 5.2110).abs() < 1e-3, "{reach}");
        assert_eq!(of(200).beside(&own, &other), Beside::Out);
        assert_eq!(of(200).beside(&other, &own), Beside::Settled);
        assert_eq!(of(50).beside(&own, &other), Beside::Out, "1 is more than 0.847");
        let less: Vec<i128> = values(20).map(|value| value - 20).collect();
        assert_eq!(of(50).beside(&own, &less), Beside::Open, "0.8 is less than 0.847");
        let more: Vec<i128> = values(40).map(|value| value - 20).collect();
        assert_eq!(of(50).beside(&[0; 40], &more), Beside::Out, "0.8 is more than 0.299");
    }

    #[test]
    fn systems_that_never_differ_are_settled_and_one_that_always_is_behind_is_out() {
        let selection = Selection::new(5, 20, 100, CONFIDENCE);
        assert_eq!(selection.beside(&[7; 20], &[7; 20]), Beside::Settled);
        assert_eq!(selection.beside(&[7; 20], &[8; 20]), Beside::Out);
    }
}
