//! Stress rows: the same replications with an assumed input moved, side by side.
//!
//! They say how far the headline depends on unverified inputs; they are no forecast.

use serde::Serialize;

use crate::books::outcome::LatencyName;
use crate::sim::metric::{Among, Metric, Over, SavingPart, Statistic, UpAt};

use super::measure::measure;
use super::number::{Decimal, Percent};
use super::totals::Totals;
use crate::units::Money;

/// What one variant of the plan came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct StressRow {
    pub name: String,
    pub saving_intended: Decimal,
    pub up_at_15m_worst_pct: Option<Percent>,
    pub up_at_15m_mean_pct: Option<Percent>,
    pub never: u64,
    pub due_to_ready_p99_us: Option<u64>,
    pub unavailable_us: u128,
}

impl StressRow {
    /// Sums up a variant; counts and times over all replications, the rest as in the summary.
    pub fn of(name: impl Into<String>, totals: &Totals) -> StressRow {
        let number = |metric: Metric| measure(&metric, totals).value();
        let percent = |metric| number(metric).map(Percent);
        let money = number(Metric::Saving(SavingPart::Intended)).unwrap_or_default();
        let p99 = Metric::Latency(LatencyName::StartDueToReady, Statistic::P99);
        StressRow {
            name: name.into(),
            saving_intended: Decimal(Money::from_nanos(money)),
            up_at_15m_worst_pct: percent(Metric::UpAt(UpAt::M15, Over::Worst, Among::All)),
            up_at_15m_mean_pct: percent(Metric::UpAt(UpAt::M15, Over::Mean, Among::All)),
            never: totals.restart.never,
            due_to_ready_p99_us: number(p99).and_then(|us| u64::try_from(us).ok()),
            unavailable_us: totals.unavailable_us(),
        }
    }
}
