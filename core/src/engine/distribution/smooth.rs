//! The distributions that have a density: their formulas, and a table for those asked often.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use super::quantiles::Quantiles;
use crate::engine::normal::normal_quantile;

/// A table takes as long to make as this many spans by the formula.
const WORTH_A_TABLE: u32 = 2_000;

/// Parameters in µs; they stay `f64` so that scaling loses nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Formula {
    Exponential { mean: f64 },
    LogNormal { median: f64, sigma: f64 },
    Weibull { scale: f64, shape: f64 },
}

/// One formula and what speeds it up, shared by all distributions that are equal.
pub(super) struct Smooth {
    formula: Formula,
    /// How often it was asked without a table, more or less: threads may miss one another's.
    asked: AtomicU32,
    /// None where a table would not help.
    quantiles: OnceLock<Option<Quantiles>>,
}

/// By shape and parameters.
type Key = (u8, u64, u64);

/// Formulas by what they say, so that a hundred groups with the same durations fill the cache with
/// one table, not with a hundred. No result depends on who shares.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(BTreeMap<Key, Arc<Smooth>>);

impl Known {
    /// The first one that says the same.
    pub(super) fn same(&mut self, smooth: &Arc<Smooth>) -> Arc<Smooth> {
        let known = self.0.entry(smooth.formula.key()).or_insert_with(|| Arc::clone(smooth));
        Arc::clone(known)
    }
}

impl Smooth {
    pub(super) fn of(formula: Formula) -> Arc<Smooth> {
        Arc::new(Smooth { formula, asked: AtomicU32::new(0), quantiles: OnceLock::new() })
    }

    pub(super) fn formula(&self) -> Formula {
        self.formula
    }

    /// The quantile of a probability strictly between 0 and 1, to the nearest µs, halves up.
    pub(super) fn nearest(&self, p: f64) -> u64 {
        match self.quantiles.get() {
            Some(Some(table)) => table.nearest(p).unwrap_or_else(|| self.formula.nearest(p)),
            Some(None) => self.formula.nearest(p),
            None => self.without_table(p),
        }
    }

    #[inline(never)]
    fn without_table(&self, p: f64) -> u64 {
        let asked = self.asked.load(Ordering::Relaxed) + 1;
        self.asked.store(asked, Ordering::Relaxed);
        if asked >= WORTH_A_TABLE {
            self.quantiles.get_or_init(|| Quantiles::of(|p| self.formula.at(p)));
        }
        self.formula.nearest(p)
    }
}

impl PartialEq for Smooth {
    fn eq(&self, other: &Smooth) -> bool {
        self.formula == other.formula
    }
}

impl fmt::Debug for Smooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.formula.fmt(f)
    }
}

impl Formula {
    /// The quantile in µs of a probability strictly between 0 and 1.
    pub(super) fn at(&self, p: f64) -> f64 {
        match self {
            Formula::Exponential { mean } => -mean * libm::log(1.0 - p),
            Formula::LogNormal { median, sigma } => median * libm::exp(sigma * normal_quantile(p)),
            Formula::Weibull { scale, shape } => {
                scale * libm::pow(-libm::log(1.0 - p), 1.0 / shape)
            }
        }
    }

    /// [`at`](Formula::at) to the nearest whole microsecond, halves up.
    #[inline(never)]
    pub(super) fn nearest(&self, p: f64) -> u64 {
        // A float cast saturates and takes no NaN: every parameter is finite and positive.
        libm::round(self.at(p)) as u64
    }

    pub(super) fn mean(&self) -> f64 {
        match self {
            Formula::Exponential { mean } => *mean,
            Formula::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Formula::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
        }
    }

    pub(super) fn scaled(self, num: u64, den: u64) -> Formula {
        let real = |span: f64| span * num as f64 / den as f64;
        match self {
            Formula::Exponential { mean } => Formula::Exponential { mean: real(mean) },
            Formula::LogNormal { median, sigma } => {
                Formula::LogNormal { median: real(median), sigma }
            }
            Formula::Weibull { scale, shape } => Formula::Weibull { scale: real(scale), shape },
        }
    }

    fn key(self) -> Key {
        match self {
            Formula::Exponential { mean } => (0, mean.to_bits(), 0),
            Formula::LogNormal { median, sigma } => (1, median.to_bits(), sigma.to_bits()),
            Formula::Weibull { scale, shape } => (2, scale.to_bits(), shape.to_bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_often_gets_a_table_and_what_is_not_does_not() {
        let smooth = Smooth::of(Formula::LogNormal { median: 17e6, sigma: 0.5 });
        for n in 1..WORTH_A_TABLE {
            smooth.nearest(0.3);
            assert!(smooth.quantiles.get().is_none(), "a table after {n} spans");
        }
        smooth.nearest(0.3);
        assert!(smooth.quantiles.get().is_some_and(Option::is_some), "no table");
    }
}
