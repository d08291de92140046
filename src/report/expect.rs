//! Expectations: whether what was observed is what the scenario expects.
//!
//! One replication can only be *observed*. Several hold or violate an expectation if the
//! one-sided 95 % bound over replications says so, and are otherwise inconclusive. What lies
//! among those that never finished fails every `<`. A verdict never hides that it rests on
//! assumed inputs.

use serde::Serialize;

use crate::stats::Bounds;
use crate::units::Ratio;
use crate::world::metric::{Metric, ServiceFigure, Unit};
use crate::world::plan::{Expectation, Plan, Relation};

use super::measure::{Observed, measure};
use super::number::PERCENT;
use super::provenance::{Provenance, Subject};
use super::totals::Totals;

/// The confidence of each one-sided bound.
const CONFIDENCE: Ratio = Ratio::new(95, 100);

/// What became of one expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The expectation as written.
    pub text: String,
    /// Whether it was met.
    pub verdict: Verdict,
    /// What was observed, for people: `4m12s`, `99.2500 %`, `never`, `not modelled`.
    pub observed: String,
    /// With several replications: the one-sided 95 % bounds, `at least` and `at most`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[String; 2]>,
    /// If it is met: the assumed inputs it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

/// Whether an expectation was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The bound over replications says so.
    Holds,
    /// The bound says so, thanks to assumed inputs.
    HoldsIfAssumed,
    /// The bound says the contrary.
    Violated,
    /// The bounds straddle the threshold, or there was nothing to observe.
    Inconclusive,
    /// Met in the one replication.
    ObservedHolds,
    /// Met in the one replication, thanks to assumed inputs.
    ObservedHoldsIfAssumed,
    /// Not met in the one replication.
    ObservedViolated,
}

impl Verdict {
    /// Whether it was met, whatever it rests on.
    pub fn is_met(self) -> bool {
        match self {
            Verdict::Holds
            | Verdict::HoldsIfAssumed
            | Verdict::ObservedHolds
            | Verdict::ObservedHoldsIfAssumed => true,
            Verdict::Violated | Verdict::Inconclusive | Verdict::ObservedViolated => false,
        }
    }

    /// Whether it was met only thanks to assumed inputs.
    pub fn is_if_assumed(self) -> bool {
        matches!(self, Verdict::HoldsIfAssumed | Verdict::ObservedHoldsIfAssumed)
    }

    /// Whether it was not met.
    pub fn is_violated(self) -> bool {
        matches!(self, Verdict::Violated | Verdict::ObservedViolated)
    }
}

/// Judges every expectation of the plan.
///
/// `pooled` are the totals of all replications, `each` those of every one, in order.
pub fn judge(plan: &Plan, pooled: &Totals, each: &[Totals]) -> Vec<Judgement> {
    let provenance = Provenance::of(plan);
    let one = |expectation| judge_one(expectation, pooled, each, &provenance);
    plan.expectations.iter().map(one).collect()
}

fn judge_one(
    expectation: &Expectation,
    pooled: &Totals,
    each: &[Totals],
    provenance: &Provenance<'_>,
) -> Judgement {
    let metric = Metric::parse(&expectation.metric).expect("the scenario knows its metrics");
    let per_run: Vec<Observed> = each.iter().map(|totals| measure(&metric, totals)).collect();
    let (observed, bounds) = match per_run.as_slice() {
        [only] => (*only, None),
        _ => (center(&metric, pooled, &per_run), bounds(&metric, pooled, &per_run)),
    };
    let standing = match per_run.as_slice() {
        [only] => only.meets(expectation.relation, expectation.threshold),
        _ => standing(expectation, observed, bounds, &per_run),
    };
    let subject = Subject::of_metric(&metric);
    let rests_on_assumed = standing == Some(true) && provenance.marks(subject);
    let unit = metric.unit();
    Judgement {
        text: expectation.text.clone(),
        verdict: verdict(standing, each.len() > 1, rests_on_assumed),
        observed: observed.show(unit),
        bounds: bounds.map(|Bounds { at_least, at_most }| {
            [at_least, at_most].map(|bound| unit.show(possible(&metric, whole(bound))))
        }),
        assumed: match rests_on_assumed {
            true => provenance.inputs(subject).map(|input| input.path.clone()).collect(),
            false => Vec::new(),
        },
    }
}

fn verdict(standing: Option<bool>, bounded: bool, rests_on_assumed: bool) -> Verdict {
    match (standing, bounded, rests_on_assumed) {
        (None, ..) => Verdict::Inconclusive,
        (Some(false), true, _) => Verdict::Violated,
        (Some(false), false, _) => Verdict::ObservedViolated,
        (Some(true), true, false) => Verdict::Holds,
        (Some(true), true, true) => Verdict::HoldsIfAssumed,
        (Some(true), false, false) => Verdict::ObservedHolds,
        (Some(true), false, true) => Verdict::ObservedHoldsIfAssumed,
    }
}

/// What several replications observed: a latency over all their items together, anything else
/// as the mean of the replications' values.
pub fn center(metric: &Metric, pooled: &Totals, per_run: &[Observed]) -> Observed {
    if is_pooled(metric) {
        return measure(metric, pooled);
    }
    let values = numbers(per_run);
    match i128::try_from(values.len()) {
        Ok(n) if n > 0 => Observed::Value(values.iter().sum::<i128>().div_euclid(n)),
        _ => per_run.first().copied().unwrap_or(Observed::Nothing),
    }
}

/// Whether a metric is a statistic over the items of all replications together.
fn is_pooled(metric: &Metric) -> bool {
    matches!(metric, Metric::Latency(..) | Metric::Service(_, ServiceFigure::Ready(_)))
}

/// One-sided bounds: Student's t over the replications' values. For a latency they are moved to
/// stand around the pooled value (sectioning over replications). None if some replication's value
/// is no number.
fn bounds(metric: &Metric, pooled: &Totals, per_run: &[Observed]) -> Option<Bounds> {
    let values = numbers(per_run);
    if values.len() < per_run.len() && per_run.contains(&Observed::Never) {
        return None;
    }
    let bounds = Bounds::of_whole(&values, CONFIDENCE)?;
    match center(metric, pooled, per_run) {
        Observed::Value(value) if is_pooled(metric) => {
            let half = (bounds.at_most - bounds.at_least) / 2.0;
            Some(Bounds { at_least: value as f64 - half, at_most: value as f64 + half })
        }
        Observed::Value(_) => Some(bounds),
        Observed::Never | Observed::Nothing | Observed::NotModelled => None,
    }
}

/// Whether several replications say that the expectation is met; none if they do not say.
fn standing(
    expectation: &Expectation,
    center: Observed,
    bounds: Option<Bounds>,
    per_run: &[Observed],
) -> Option<bool> {
    let Expectation { relation, threshold, .. } = *expectation;
    if center == Observed::Never {
        return center.meets(relation, threshold);
    }
    let Bounds { at_least, at_most } = bounds?;
    let all =
        |wanted| per_run.iter().all(|observed| observed.meets(relation, threshold) == Some(wanted));
    let threshold = threshold as f64;
    let (met, missed) = match relation {
        Relation::Less => (at_most < threshold, at_least >= threshold),
        Relation::AtMost => (at_most <= threshold, at_least > threshold),
        Relation::Greater => (at_least > threshold, at_most <= threshold),
        Relation::AtLeast => (at_least >= threshold, at_most < threshold),
        Relation::Equal => (all(true), all(false) && (at_least > threshold || at_most < threshold)),
    };
    match (met, missed) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// A bound that is possible: only money may be negative, and no more than all can be ready.
pub fn possible(metric: &Metric, bound: i128) -> i128 {
    match (metric, metric.unit()) {
        (
            Metric::UpAt(..)
            | Metric::GoodMornings
            | Metric::Service(_, ServiceFigure::GoodMornings),
            _,
        ) => bound.clamp(0, 100 * PERCENT),
        (_, Unit::Money | Unit::Percent) => bound,
        (_, Unit::Duration | Unit::Count | Unit::Hours) => bound.max(0),
    }
}

/// The values of those that are numbers, in order.
pub fn numbers(per_run: &[Observed]) -> Vec<i128> {
    let number = |observed: &Observed| match observed {
        Observed::Value(value) => Some(*value),
        Observed::Never | Observed::Nothing | Observed::NotModelled => None,
    };
    per_run.iter().filter_map(number).collect()
}

/// A bound as a whole number of the metric's unit; nothing of interest is lost below it.
pub fn whole(bound: f64) -> i128 {
    libm::round(bound) as i128
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ecs::inventory::StockSpec;
    use crate::report::fixture::{self, expectation, outcome};
    use crate::world::plan::Basis;

    /// Judges one expectation over replications in which so many instances never came up.
    #[track_caller]
    fn judged(text: &str, never: &[u64]) -> Judgement {
        let plan = expecting(text);
        let outcomes: Vec<_> = (0..).zip(never).map(|(r, never)| outcome(r, *never)).collect();
        let each: Vec<Totals> =
            outcomes.iter().map(|one| Totals::of(&plan, std::slice::from_ref(one))).collect();
        judge(&plan, &Totals::of(&plan, &outcomes), &each).remove(0)
    }

    #[track_caller]
    fn expecting(text: &str) -> Plan {
        let mut plan = fixture::plan();
        let [metric, relation, threshold] =
            text.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
        let relation = match relation {
            "<" => Relation::Less,
            "<=" => Relation::AtMost,
            ">" => Relation::Greater,
            ">=" => Relation::AtLeast,
            "=" => Relation::Equal,
            other => panic!("{other} is no relation"),
        };
        let threshold = Metric::parse(metric).unwrap().unit().read(threshold).unwrap();
        plan.expectations = vec![expectation(text, metric, relation, threshold)];
        plan.inputs.retain(|input| input.basis != Basis::Assumed);
        Arc::make_mut(&mut plan.region).types[0].eligibility =
            crate::ecs::spec::Eligibility::Eligible;
        plan
    }

    #[track_caller]
    fn check(text: &str, never: &[u64], verdict: Verdict, observed: &str) {
        let judgement = judged(text, never);
        assert_eq!((judgement.verdict, judgement.observed.as_str()), (verdict, observed), "{text}");
    }

    #[test]
    fn one_replication_is_only_observed() {
        check("restart.never = 0", &[0], Verdict::ObservedHolds, "0");
        check("restart.never < 30", &[30], Verdict::ObservedViolated, "30");
        check("restart.up_at_15m.worst >= 94%", &[30], Verdict::ObservedHolds, "94.0000 %");
        check("restart.good_mornings >= 50%", &[30], Verdict::ObservedHolds, "50.0000 %");
        check("unavailable.hours <= 620", &[30], Verdict::ObservedHolds, "620.00 h");
        check("refusals.OperationDenied.NoStock > 119", &[30], Verdict::ObservedHolds, "120");
        check("saving.involuntary > 60", &[30], Verdict::ObservedHolds, "62.79");
    }

    #[test]
    fn a_quantile_among_those_that_never_finished_fails_every_less() {
        check("start.due_to_ready.p99 < 5m", &[0], Verdict::ObservedHolds, "1m58.948s");
        check("start.due_to_ready.p99 < 520w", &[30], Verdict::ObservedViolated, "never");
        check("start.due_to_ready.p99 > 5m", &[30], Verdict::ObservedHolds, "never");
        check("start.due_to_ready.mean < 520w", &[30], Verdict::ObservedViolated, "never");
        check("start.due_to_ready.p99 < 520w", &[30, 40, 50], Verdict::Violated, "never");
    }

    #[test]
    fn several_replications_hold_or_violate_only_if_the_bound_says_so() {
        // Mean 20, s = 10, n = 3, t(0.95, 2) = 2.920: 20 ± 16.858.
        let never = [10, 20, 30];
        check("restart.never < 37", &never, Verdict::Holds, "20");
        check("restart.never < 36", &never, Verdict::Inconclusive, "20");
        check("restart.never > 3", &never, Verdict::Holds, "20");
        check("restart.never > 4", &never, Verdict::Inconclusive, "20");
        check("restart.never < 3", &never, Verdict::Violated, "20");
        check("restart.never > 37", &never, Verdict::Violated, "20");
        check("restart.never = 20", &never, Verdict::Inconclusive, "20");
        check("restart.never = 99", &never, Verdict::Violated, "20");
        check("restart.never = 20", &[20, 20], Verdict::Holds, "20");
        let bounds = judged("restart.never < 37", &never).bounds;
        assert_eq!(bounds, Some(["3".to_owned(), "37".to_owned()]));
    }

    #[test]
    fn a_quantile_that_never_was_in_one_replication_gives_no_bound() {
        let judgement = judged("start.due_to_ready.p90 < 5m", &[0, 0, 200]);
        assert_eq!((judgement.verdict, judgement.bounds), (Verdict::Inconclusive, None));
        assert_ne!(judgement.observed, "never", "of all items together it was");
    }

    #[test]
    fn nothing_to_observe_is_inconclusive() {
        let verdict = Verdict::Inconclusive;
        check("start.time_to_know.p50 < 5m", &[0], verdict, "nothing to observe");
        check("start.time_to_know.p50 < 5m", &[0, 0], verdict, "nothing to observe");
    }

    #[test]
    fn a_verdict_that_rests_on_assumptions_names_them_and_only_if_it_is_met() {
        let mut plan = expecting("start.due_to_ready.p99 < 5m");
        plan.inputs = fixture::plan().inputs;
        let judged = |never| {
            let totals = [Totals::of(&plan, &[outcome(0, never)])];
            judge(&plan, &totals[0], &totals).remove(0)
        };
        assert_eq!(judged(0).verdict, Verdict::ObservedHoldsIfAssumed);
        assert_eq!(judged(0).assumed, ["group.web.start", "group.db.start"]);
        assert_eq!(judged(30).verdict, Verdict::ObservedViolated);
        assert_eq!(judged(30).assumed, Vec::<String>::new());
    }

    #[test]
    fn restarts_on_unlimited_stock_are_not_modelled_and_never_a_hundred_percent() {
        let mut plan = expecting("restart.up_at_15m.worst >= 50%");
        Arc::make_mut(&mut plan.region).pools[0].stock = StockSpec::Unlimited;
        let totals = [Totals::of(&plan, &[outcome(0, 0)])];
        let judgement = judge(&plan, &totals[0], &totals).remove(0);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.observed, "not modelled");
    }
}
