//! What a metric's name means, as a number of the totals.
//!
//! A measurement is exact and in the metric's own unit; what never happened, what was never
//! asked and what was not modelled are answers of their own, never a number.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::books::outcome::CallTally;
use crate::ecs::operation::OperationName;
use crate::sim::metric::{
    Among, BillSum, COUNT, CallCount, Metric, Over, SavingPart, ServiceFigure, Statistic, Unit,
    UpAt,
};
use crate::sim::plan::Relation;
use crate::stats::{Latency, Quantile};
use crate::units::SimDuration;

use super::number::Percent;
use super::services::ServiceTotals;
use super::totals::Totals;

/// What was observed of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observed {
    /// A number, in the metric's unit.
    Value(i128),
    /// The mean of several replications, exactly.
    Mean {
        /// The sum of their values, in the metric's unit.
        sum: i128,
        /// How many there are, at least one.
        n: u32,
    },
    /// It lies among those that never finished: above every number.
    Never,
    /// There was nothing to observe.
    Nothing,
    /// The scenario does not model it: stock is unlimited.
    NotModelled,
}

impl Observed {
    /// Whether it stands in this relation to the threshold; none if that cannot be told.
    pub fn meets(self, relation: Relation, threshold: i128) -> Option<bool> {
        self.against(threshold).map(|order| holds(relation, order))
    }

    /// Below, at or above the threshold, exactly; none if that cannot be told.
    pub fn against(self, threshold: i128) -> Option<Ordering> {
        match self {
            Observed::Value(value) => Some(value.cmp(&threshold)),
            Observed::Mean { sum, n } => Some(match threshold.checked_mul(n.into()) {
                Some(all) => sum.cmp(&all),
                None => 0.cmp(&threshold),
            }),
            Observed::Never => Some(Ordering::Greater),
            Observed::Nothing | Observed::NotModelled => None,
        }
    }

    /// The number, if it is one; of a mean the nearest whole number of the unit.
    pub fn value(self) -> Option<i128> {
        match self {
            Observed::Value(value) => Some(value),
            Observed::Mean { sum, n } => {
                let n = i128::from(n);
                Some((2 * sum + n).div_euclid(2 * n))
            }
            Observed::Never | Observed::Nothing | Observed::NotModelled => None,
        }
    }

    /// What observations of one metric are ordered by, never above all; none if there is nothing.
    pub fn order(self) -> Option<(bool, i128)> {
        match self {
            Observed::Never => Some((true, 0)),
            Observed::Value(_) | Observed::Mean { .. } => self.value().map(|value| (false, value)),
            Observed::Nothing | Observed::NotModelled => None,
        }
    }

    /// For people.
    pub fn show(self, unit: Unit) -> String {
        match self {
            Observed::Value(value) => unit.show(value),
            Observed::Mean { .. } => self.value().map_or_else(String::new, |mean| unit.show(mean)),
            Observed::Never => "never".into(),
            Observed::Nothing => "nothing to observe".into(),
            Observed::NotModelled => "not modelled".into(),
        }
    }
}

/// Whether what is below, at or above a threshold stands in this relation to it.
pub fn holds(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Less => order.is_lt(),
        Relation::AtMost => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::AtLeast => order.is_ge(),
        Relation::Equal => order.is_eq(),
    }
}

impl From<Option<Percent>> for Observed {
    fn from(percent: Option<Percent>) -> Observed {
        percent.map_or(Observed::Nothing, |percent| Observed::Value(percent.0))
    }
}

impl From<Option<SimDuration>> for Observed {
    fn from(span: Option<SimDuration>) -> Observed {
        span.map_or(Observed::Nothing, |span| Observed::Value(span.as_micros().into()))
    }
}

/// Measures; counts and times are summed over the replications of the totals.
pub fn measure(metric: &Metric, totals: &Totals) -> Observed {
    let bill = &totals.bill;
    match metric {
        Metric::Latency(name, statistic) => of_latency(totals.latency(*name), *statistic),
        Metric::UpAt(at, over, among) => up_at(totals, *at, *over, *among),
        Metric::GoodWaves(among) => restart(totals, totals.restart.good(*among).into()),
        Metric::Never => restart(totals, count(totals.restart.never)),
        Metric::Saving(part) => Observed::Value(
            match part {
                SavingPart::Net => bill.net(),
                SavingPart::Total => bill.saving(),
                SavingPart::Intended => bill.intended,
                SavingPart::Involuntary => bill.involuntary,
                SavingPart::PolicyCost => bill.policy_cost,
            }
            .as_nanos(),
        ),
        Metric::Billing(sum) => Observed::Value(
            match sum {
                BillSum::Baseline => bill.baseline,
                BillSum::Actual => bill.actual,
                BillSum::Bound => bill.bound_total,
                BillSum::Reachable => bill.bound_reachable,
                BillSum::Forgone => bill.forgone_total(),
                BillSum::Missed => bill.missed_total(),
            }
            .as_nanos(),
        ),
        Metric::BreakEven => {
            let price = totals.break_even();
            price.map_or(Observed::Nothing, |price| Observed::Value(price.as_nanos()))
        }
        Metric::NetPct => Percent::of(bill.net().as_nanos(), bill.baseline.as_nanos()).into(),
        Metric::IntendedPct => {
            Percent::of(bill.intended.as_nanos(), bill.baseline.as_nanos()).into()
        }
        Metric::IntendedPctOfCompute => {
            let compute = bill.baseline_compute.as_nanos();
            Percent::of(bill.intended_compute.as_nanos(), compute).into()
        }
        Metric::UnavailableHours => {
            Observed::Value(i128::try_from(totals.unavailable_us()).unwrap_or(i128::MAX))
        }
        Metric::DuplicateHours => {
            Observed::Value(i128::try_from(totals.duplicate_us).unwrap_or(i128::MAX))
        }
        Metric::Replaced => count(totals.counts.replaced),
        Metric::Calls(operation, which) => count(count_calls(totals.calls_of(*operation), *which)),
        Metric::Refusals(code) => count(refusals(totals, code)),
        Metric::DataLossStops => count(totals.counts.plain.data_loss_stops),
        Metric::ChangedAddresses => count(totals.counts.changed_addresses),
        Metric::Service(name, figure) => {
            let service = totals.service(name);
            service.map_or(Observed::Nothing, |service| of_service(service, *figure))
        }
    }
}

/// A statistic of a latency, in µs.
pub fn of_latency(latency: &Latency, statistic: Statistic) -> Observed {
    if let Some(share) = statistic.quantile() {
        return match latency.quantile(share) {
            Quantile::Value(span) => Observed::Value(span.as_micros().into()),
            Quantile::Censored => Observed::Never,
            Quantile::Empty => Observed::Nothing,
        };
    }
    match (latency.censored(), statistic == Statistic::Max) {
        (1.., _) => Observed::Never,
        (0, true) => latency.max().into(),
        (0, false) => latency.mean().into(),
    }
}

fn of_service(service: &ServiceTotals, figure: ServiceFigure) -> Observed {
    match figure {
        ServiceFigure::Ready(statistic) => of_latency(&service.ready, statistic),
        ServiceFigure::GoodStarts if !service.is_modelled() => Observed::NotModelled,
        ServiceFigure::GoodStarts => service.good().into(),
        ServiceFigure::UnavailableHours => {
            Observed::Value(i128::try_from(service.unavailable_us).unwrap_or(i128::MAX))
        }
        ServiceFigure::Broken => count(service.broken),
    }
}

fn up_at(totals: &Totals, at: UpAt, over: Over, among: Among) -> Observed {
    let share = match over {
        Over::Worst => totals.restart.up(among).worst[at.index()],
        Over::Mean => totals.restart.up(among).mean(at),
    };
    restart(totals, share.into())
}

/// A figure of restarts, unless all restarts were on unlimited stock.
fn restart(totals: &Totals, observed: Observed) -> Observed {
    if totals.restart.is_modelled() { observed } else { Observed::NotModelled }
}

/// A count, in millionths.
fn count(number: u64) -> Observed {
    Observed::Value(i128::from(number) * COUNT)
}

fn count_calls(calls: &CallTally, count: CallCount) -> u64 {
    match count {
        CallCount::Sent => calls.sent,
        CallCount::Accepted => calls.accepted,
        CallCount::Refused => calls.refused.values().sum(),
        CallCount::TimedOut => calls.timed_out,
    }
}

fn refusals(totals: &Totals, code: &str) -> u64 {
    let of = |operation: &OperationName| {
        let calls = totals.calls_of(*operation);
        let refused = calls.refused.iter().chain(&calls.items.refused);
        refused.filter(|(refusal, _)| refusal.row().code == code).map(|(_, n)| n).sum::<u64>()
    };
    OperationName::ALL.iter().map(of).sum()
}
