//! Expectations: whether what was observed is what the scenario expects.
//!
//! One replication can only be *observed*. Several hold or violate an expectation if the
//! one-sided 95 % bound over replications says so, and are otherwise inconclusive. What lies
//! among those that never finished fails every `<`. A verdict never hides that it rests on
//! assumed inputs.

use serde::Serialize;

use crate::stats::Bounds;
use crate::units::Ratio;
use crate::world::metric::Metric;
use crate::world::plan::{Expectation, Plan, Relation};

use super::measure::{Observed, measure};
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
            [at_least, at_most].map(|bound| unit.show(whole(bound)))
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
    if let Metric::Latency(..) = metric {
        return measure(metric, pooled);
    }
    let values = numbers(per_run);
    match i128::try_from(values.len()) {
        Ok(n) if n > 0 => Observed::Value(values.iter().sum::<i128>().div_euclid(n)),
        _ => per_run.first().copied().unwrap_or(Observed::Nothing),
    }
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
        Observed::Value(value) if matches!(metric, Metric::Latency(..)) => {
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
