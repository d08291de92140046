//! What-if rows: the same replications, and the same luck, where something turns out otherwise
//! than the scenario says. They are no forecast.

use serde::Serialize;

use crate::sim::metric::{Among, Metric, Over, SavingPart, UpAt};
use crate::units::Money;

use super::measure::measure;
use super::number::{Decimal, Percent};
use super::totals::Totals;

/// `what_if`: what a planner asks first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// As given, then each thing that turns out otherwise.
    pub rows: Vec<WhatIfRow>,
    /// What could not be asked of this scenario, and why.
    pub not_asked: Vec<String>,
}

/// One of `what_if.rows`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct WhatIfRow {
    pub name: String,
    pub baseline: Decimal,
    pub net: Decimal,
    pub policy_cost: Decimal,
    pub waves: u64,
    pub good_waves: u64,
    pub good_waves_pct: Option<Percent>,
    pub up_at_15m_worst_pct: Option<Percent>,
    pub never: u64,
    pub unavailable_us: u128,
}

impl WhatIfRow {
    /// Sums up a variant; counts and times over all replications, money averaged.
    pub fn of(name: impl Into<String>, totals: &Totals) -> WhatIfRow {
        let number = |metric: Metric| measure(&metric, totals).value();
        let money =
            |part| Decimal(Money::from_nanos(number(Metric::Saving(part)).unwrap_or_default()));
        let worst = number(Metric::UpAt(UpAt::M15, Over::Worst, Among::All));
        let (good_waves, waves) = totals.restart.good_of(Among::All);
        WhatIfRow {
            name: name.into(),
            baseline: Decimal(totals.bill.baseline),
            net: money(SavingPart::Net),
            policy_cost: money(SavingPart::PolicyCost),
            waves,
            good_waves,
            good_waves_pct: totals.restart.good(Among::All),
            up_at_15m_worst_pct: worst.map(Percent),
            never: totals.restart.never,
            unavailable_us: totals.unavailable_us(),
        }
    }
}
