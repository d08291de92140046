//! What a metric's name means, as a number of the totals.
//!
//! A measurement is exact and in the metric's own unit; what never happened, what was never
//! asked and what was not modelled are answers of their own, never a number.

use std::cmp::Ordering;

use crate::ecs::operation::OperationName;
use crate::stats::{Latency, Quantile};
use crate::units::{Ratio, SimDuration};
use crate::world::metric::{
    CallCount, Metric, Over, SavingPart, ServiceFigure, Statistic, Unit, UpAt,
};
use crate::world::outcome::CallTally;
use crate::world::plan::Relation;

use super::number::Percent;
use super::services::ServiceTotals;
use super::totals::Totals;

/// What was observed of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// A number, in the metric's unit.
    Value(i128),
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
        let order = match self {
            Observed::Value(value) => value.cmp(&threshold),
            Observed::Never => Ordering::Greater,
            Observed::Nothing | Observed::NotModelled => return None,
        };
        Some(match relation {
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::AtLeast => order.is_ge(),
            Relation::Equal => order.is_eq(),
        })
    }

    /// For people.
    pub fn show(self, unit: Unit) -> String {
        match self {
            Observed::Value(value) => unit.show(value),
            Observed::Never => "never".into(),
            Observed::Nothing => "nothing to observe".into(),
            Observed::NotModelled => "not modelled".into(),
        }
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
        Metric::UpAt(at, over) => up_at(totals, *at, *over),
        Metric::GoodMornings => restart(totals, totals.restart.good().into()),
        Metric::Never => restart(totals, Observed::Value(totals.restart.never.into())),
        Metric::Saving(part) => Observed::Value(
            match part {
                SavingPart::Total => bill.saving(),
                SavingPart::Intended => bill.intended,
                SavingPart::Involuntary => bill.involuntary,
                SavingPart::PolicyCost => bill.policy_cost,
            }
            .as_nanos(),
        ),
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
        Metric::Replaced => Observed::Value(totals.replaced.into()),
        Metric::Calls(operation, count) => {
            Observed::Value(count_calls(totals.calls_of(*operation), *count).into())
        }
        Metric::Refusals(code) => Observed::Value(refusals(totals, code).into()),
        Metric::DataLossStops => Observed::Value(totals.data_loss_stops.into()),
        Metric::ChangedAddresses => Observed::Value(totals.changed_addresses.into()),
        Metric::Service(name, figure) => {
            let service = totals.services.iter().find(|service| service.name == *name);
            service.map_or(Observed::Nothing, |service| of_service(service, *figure))
        }
    }
}

/// A statistic of a latency, in µs.
pub fn of_latency(latency: &Latency, statistic: Statistic) -> Observed {
    let quantile = |num, den| match latency.quantile(Ratio::new(num, den)) {
        Quantile::Value(span) => Observed::Value(span.as_micros().into()),
        Quantile::Censored => Observed::Never,
        Quantile::Empty => Observed::Nothing,
    };
    match statistic {
        Statistic::P50 => quantile(50, 100),
        Statistic::P90 => quantile(90, 100),
        Statistic::P99 => quantile(99, 100),
        Statistic::P999 => quantile(999, 1000),
        Statistic::Max | Statistic::Mean if latency.censored() > 0 => Observed::Never,
        Statistic::Max => latency.max().into(),
        Statistic::Mean => latency.mean().into(),
    }
}

fn of_service(service: &ServiceTotals, figure: ServiceFigure) -> Observed {
    match figure {
        ServiceFigure::Ready(statistic) => of_latency(&service.ready, statistic),
        ServiceFigure::GoodMornings if !service.is_modelled() => Observed::NotModelled,
        ServiceFigure::GoodMornings => service.good().into(),
        ServiceFigure::UnavailableHours => {
            Observed::Value(i128::try_from(service.unavailable_us).unwrap_or(i128::MAX))
        }
        ServiceFigure::Broken => Observed::Value(service.broken.into()),
    }
}

fn up_at(totals: &Totals, at: UpAt, over: Over) -> Observed {
    let share = match over {
        Over::Worst => totals.restart.all_up.worst[at.index()],
        Over::Mean => totals.restart.all_up.mean(at),
    };
    restart(totals, share.into())
}

/// A figure of restarts, unless all restarts were on unlimited stock.
fn restart(totals: &Totals, observed: Observed) -> Observed {
    if totals.restart.is_modelled() { observed } else { Observed::NotModelled }
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
