//! Money of the window as money of a month and of a year.
//!
//! A month is 365 days ÷ 12. A year is told only where the window is whole weeks: of anything else
//! the days of the week that it happens to have would be taken for all.

use serde::Serialize;

use crate::sim::plan::Plan;
use crate::units::{Money, SimDuration};

use super::number::Decimal;

const MONTH: SimDuration = SimDuration::from_hours(730);
const YEAR: SimDuration = SimDuration::from_hours(365 * 24);
const WEEK: SimDuration = SimDuration::from_hours(7 * 24);

/// `billing.projection`.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct Projection {
    pub net_per_month: Decimal,
    pub net_per_year: Option<Decimal>,
    pub whole_weeks: Option<u64>,
}

impl Projection {
    /// Of an amount of the window.
    pub fn of(plan: &Plan, net: Money) -> Projection {
        let whole_weeks = whole_weeks(plan);
        Projection {
            net_per_month: Decimal(monthly(plan, net)),
            net_per_year: whole_weeks.map(|_| Decimal(scaled(plan, net, YEAR))),
            whole_weeks,
        }
    }
}

/// An amount of the window, for a month.
pub fn monthly(plan: &Plan, amount: Money) -> Money {
    scaled(plan, amount, MONTH)
}

/// An amount of a window of this length, for a month.
pub fn monthly_of(window: SimDuration, amount: Money) -> Money {
    scaled_to(window, amount, MONTH)
}

/// How many weeks the window has, if they are whole.
fn whole_weeks(plan: &Plan) -> Option<u64> {
    let (window, week) = ((plan.horizon - plan.warm_up).as_micros(), WEEK.as_micros());
    (window > 0 && window.is_multiple_of(week)).then_some(window / week)
}

fn scaled(plan: &Plan, amount: Money, to: SimDuration) -> Money {
    scaled_to(plan.horizon - plan.warm_up, amount, to)
}

fn scaled_to(window: SimDuration, amount: Money, to: SimDuration) -> Money {
    let window = i128::from(window.as_micros()).max(1);
    Money::from_nanos(amount.as_nanos() * i128::from(to.as_micros()) / window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::plan;
    use crate::units::SimTime;

    /// A week at 168: 730 a month, 8 760 a year.
    #[test]
    fn a_year_is_told_of_whole_weeks_alone() {
        let (mut plan, amount) = (plan(), Money::from_nanos(168_000_000_000));
        let said = |plan: &Plan| {
            let Projection { net_per_month, net_per_year, whole_weeks } =
                Projection::of(plan, amount);
            let year = net_per_year.map(|year| year.0.rounded(2));
            (net_per_month.0.rounded(2), year, whole_weeks)
        };
        assert_eq!(said(&plan), ("730.00".into(), Some("8 760.00".into()), Some(1)));
        plan.horizon = SimTime::ZERO + SimDuration::from_hours(336);
        assert_eq!(said(&plan), ("365.00".into(), Some("4 380.00".into()), Some(2)));
        plan.horizon = SimTime::ZERO + SimDuration::from_hours(24);
        assert_eq!(said(&plan), ("5 110.00".into(), None, None));
    }
}
