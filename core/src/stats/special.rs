//! The incomplete beta function, and what is read off it: Student's t and the binomial's bounds.
//!
//! Continued fraction DLMF 8.17.22 evaluated by Lentz's method as modified by Thompson and Barnett
//! (J. Comput. Phys. 64, 1986); quantiles by bisection down to neighbouring floats. Only `libm` is
//! called, so the bits are the same everywhere. Off by less than 10⁻⁹ (relative) up to 10⁶ degrees
//! of freedom. Never used below replications: one run needs no floats.

/// Keeps the continued fraction away from division by zero.
const TINY: f64 = 1e-300;

/// Enough for parameters up to 10⁸: the fraction needs about their square root.
const TERMS_MAX: u32 = 20_000;

/// `I_x(a, b)`: the chance that a Beta(a, b) variable is at most `x`.
pub(super) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    assert!((0.0..=1.0).contains(&x) && a > 0.0 && b > 0.0, "0 <= x <= 1, a > 0, b > 0");
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta);
    // The fraction converges fast below the mean; above it the complement is the fast one.
    if x < (a + 1.0) / (a + b + 2.0) {
        front / (a * beta_fraction(x, a, b))
    } else {
        1.0 - front / (b * beta_fraction(1.0 - x, b, a))
    }
}

/// `1 + d₁/(1 + d₂/(1 + …))` with the terms of DLMF 8.17.23.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let (mut value, mut upper, mut lower) = (1.0, 1.0, 0.0);
    for term in 1..=TERMS_MAX {
        let m = f64::from(term / 2);
        let d = if term.is_multiple_of(2) {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        lower = 1.0 / away_from_zero(1.0 + d * lower);
        upper = away_from_zero(1.0 + d / upper);
        let step = upper * lower;
        value *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(x: f64) -> f64 {
    if x.abs() < TINY { TINY } else { x }
}

/// The number that a Beta(a, b) variable falls below with probability `p`, 0 <= p <= 1.
pub(super) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| incomplete_beta(x, a, b) < p)
}

/// The number that Student's t with `freedom` degrees falls below with probability `p`.
///
/// # Panics
/// If `p` is not strictly between 0 and 1, or there is no degree of freedom.
pub(super) fn t_quantile(p: f64, freedom: u32) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile lies strictly between 0 and 1");
    assert!(freedom > 0, "Student's t has a degree of freedom");
    if p < 0.5 {
        return -t_quantile(1.0 - p, freedom);
    }
    let freedom = f64::from(freedom);
    // P(|T| <= t) = I_y(1/2, freedom/2) with y = t²/(freedom + t²).
    let inside = 2.0 * p - 1.0;
    let is_below = |t: f64| incomplete_beta(t * t / (freedom + t * t), 0.5, freedom / 2.0) < inside;
    let mut highest = 1.0;
    while is_below(highest) && highest < 1e150 {
        highest *= 2.0;
    }
    bisect(0.0, highest, is_below)
}

/// The first float between `low` and `high` where `is_below` no longer holds.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if is_below(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-9, "{found} is not {expected}");
    }

    /// The usual table of Student's t, to the digits of SciPy's `t.ppf`.
    #[test]
    fn students_t_is_that_of_the_tables() {
        for (p, freedom, expected) in [
            (0.6, 3, 0.276_670_662_332_689_8),
            (0.9, 4, 1.533_206_274_058_944),
            (0.95, 9, 1.833_112_932_656_237),
            (0.975, 1, 12.706_204_736_174_694),
            (0.975, 9, 2.262_157_162_798_205),
            (0.975, 29, 2.045_229_642_132_703),
            (0.975, 99, 1.984_216_951_586_417),
            (0.975, 999, 1.962_341_461_133_449),
            (0.995, 2, 9.924_843_200_918_287),
            (0.9995, 1, 636.619_248_768_789_7),
            (0.95, 1_000_000, 1.644_855_150_722_04),
        ] {
            check(t_quantile(p, freedom), expected);
            check(t_quantile(1.0 - p, freedom), -expected);
        }
        check(t_quantile(0.5, 7), 0.0);
    }

    /// I_x(1, b) = 1 − (1−x)^b, I_x(2, 2) = x²(3 − 2x), I_½(a, a) = ½.
    #[test]
    fn the_incomplete_beta_function_has_its_closed_forms() {
        for x in [0.0, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0] {
            check(incomplete_beta(x, 1.0, 5.0), 1.0 - libm::pow(1.0 - x, 5.0));
            check(incomplete_beta(x, 2.0, 2.0), x * x * (3.0 - 2.0 * x));
            check(incomplete_beta(x, 7.5, 0.5) + incomplete_beta(1.0 - x, 0.5, 7.5), 1.0);
        }
        check(incomplete_beta(0.5, 1e4, 1e4), 0.5);
    }

    #[test]
    fn a_beta_quantile_turns_the_function_round() {
        for (p, a, b) in [(0.025, 3.0, 8.0), (0.5, 0.5, 0.5), (0.975, 98.0, 3.0)] {
            check(incomplete_beta(beta_quantile(p, a, b), a, b), p);
        }
        assert_eq!(
            (beta_quantile(0.0, 2.0, 3.0) < 1e-300, beta_quantile(1.0, 1.0, 1.0)),
            (true, 1.0)
        );
    }
}
