//! Expectations: whether what was observed is what the scenario expects.
//!
//! Over several replications an expectation holds or is violated if the interval of the true
//! value says so, and is otherwise inconclusive; where there can be no interval it is judged as
//! *observed*, or too few replications are told with how many would do. `every`, `max` and `min`
//! are about the replications that were run: that is always observed. One replication can only be
//! observed. A verdict never hides that it rests on assumed inputs.

use std::cmp::Ordering;

use serde::Serialize;

use crate::sim::metric::{Metric, ServiceFigure, Statistic, Unit};
use crate::sim::plan::{Across, Expectation, Plan, Relation};
use crate::stats::{Interval, Lack, clean_replications};

use super::each::Each;
use super::estimate::{Estimate, ONE_SIDED, bound_confidence, estimate, range};
use super::figures::whole;
use super::measure::{Observed, holds, measure};
use super::number::Percent;
use super::provenance::{Provenance, Subject};
use super::totals::Totals;

/// More replications than this are not worth suggesting.
const REPLICATIONS_MOST: f64 = 1_000_000.0;

/// What became of one expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The expectation as written.
    pub text: String,
    /// Whether it was met.
    pub verdict: Verdict,
    /// What was observed, for people: `4m12s`, `99.2500 %`, `never`, `not modelled`.
    pub observed: String,
    /// With several replications: the true value is at least and at most this, each with 95 %
    /// confidence or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[String; 2]>,
    /// What to know of the verdict: why there are no bounds, how many replications would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The place, among those that were run, of the replication that does not meet it or is the
    /// furthest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication: Option<u32>,
    /// If it is met: the assumed inputs it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

/// Whether an expectation was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval of the true value says so.
    Holds,
    /// The interval says so, thanks to assumed inputs.
    HoldsIfAssumed,
    /// The interval says the contrary.
    Violated,
    /// The interval straddles the threshold, there are too few replications for one, or there was
    /// nothing to observe.
    Inconclusive,
    /// Met in what was run: one replication, `every`, or replications that are all alike.
    ObservedHolds,
    /// Met in what was run, thanks to assumed inputs.
    ObservedHoldsIfAssumed,
    /// Not met in what was run.
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
/// `pooled` are the totals of all replications.
pub fn judge(plan: &Plan, pooled: &Totals, each: &Each) -> Vec<Judgement> {
    let provenance = Provenance::of(plan);
    let one = |(place, expectation): (usize, &Expectation)| {
        let metric = Metric::parse(&expectation.metric).expect("the scenario knows its metrics");
        let of_extreme =
            |furthest| Standing::of_extreme(expectation, &metric, each.observed(place), furthest);
        let standing = match expectation.across {
            Across::Truth if each.runs() == 1 => {
                Standing::observed(expectation, &metric, measure(&metric, pooled))
            }
            Across::Truth => {
                let estimate = estimate(&metric, pooled, each, bound_confidence(&metric));
                Standing::of_estimate(expectation, &metric, &estimate)
            }
            Across::Every => Standing::of_every(expectation, &metric, each.observed(place)),
            Across::Max => of_extreme(Ordering::Greater),
            Across::Min => of_extreme(Ordering::Less),
        };
        standing.judgement(expectation, Subject::of_metric(&metric), &provenance)
    };
    plan.expectations.iter().enumerate().map(one).collect()
}

/// How an expectation stands, before it is asked what it rests on.
#[derive(Debug, Default)]
struct Standing {
    /// Whether it is met; none if that cannot be said.
    met: Option<bool>,
    /// Whether that is said of the true value, and not only of what was run.
    of_truth: bool,
    observed: String,
    bounds: Option<[String; 2]>,
    note: Option<String>,
    replication: Option<u32>,
}

impl Standing {
    /// Of what was run.
    fn observed(expectation: &Expectation, metric: &Metric, observed: Observed) -> Standing {
        Standing {
            met: observed.meets(expectation.relation, expectation.threshold),
            observed: observed.show(metric.unit()),
            ..Standing::default()
        }
    }

    /// Of the true value, as far as the replications tell it.
    fn of_estimate(expectation: &Expectation, metric: &Metric, estimate: &Estimate) -> Standing {
        let Estimate { observed, interval } = *estimate;
        let standing = Standing::observed(expectation, metric, observed);
        let certain = certain(expectation, metric, observed);
        let interval = match interval {
            Ok(interval) => interval,
            Err(Lack::Alike | Lack::Extreme) if certain.is_none() => {
                let alike = interval == Err(Lack::Alike);
                let note = alike.then(|| "the same in all replications: observed".to_owned());
                return Standing { note, ..standing };
            }
            Err(lack) => {
                let note = match (lack, certain) {
                    (Lack::TooFew { enough }, None) => {
                        Some(format!("too few: about {enough} replications would do"))
                    }
                    (Lack::TooFew { .. } | Lack::Alike | Lack::Extreme | Lack::Nothing, _) => None,
                };
                return Standing { met: certain, of_truth: certain.is_some(), note, ..standing };
            }
        };
        let met = certain.or_else(|| said_by(interval, expectation));
        let note = match met {
            Some(_) => None,
            None => Some(how_many(expectation, metric, observed, interval)),
        };
        let bounds = [interval.low, interval.high].map(|end| show(end, metric.unit()));
        Standing { met, of_truth: true, bounds: Some(bounds), note, ..standing }
    }

    /// Of every replication that was run.
    fn of_every(
        expectation: &Expectation,
        metric: &Metric,
        each: impl Iterator<Item = Observed>,
    ) -> Standing {
        let met = |own: Observed| own.meets(expectation.relation, expectation.threshold);
        let met: Vec<Option<bool>> = each.map(met).collect();
        let count = |wanted| met.iter().filter(|met| **met == Some(wanted)).count();
        let (yes, all) = (count(true), count(true) + count(false));
        let (Ok(yes), Ok(all @ 1..)) = (u32::try_from(yes), u32::try_from(all)) else {
            return Standing::observed(expectation, metric, Observed::Nothing);
        };
        let failing = met.iter().position(|met| *met == Some(false));
        let share = Interval::of_share(yes, all, ONE_SIDED).filter(|_| all > 1);
        Standing {
            met: Some(yes == all),
            observed: format!("{yes} of {all} replications"),
            note: share.map(|share| {
                let percent = |share: f64| Percent(whole(share * 1e8)).short();
                let (side, end) = match yes == all {
                    true => ("at least", share.low),
                    false => ("at most", share.high),
                };
                format!("{side} {} of all replications meet it", percent(end))
            }),
            replication: failing.and_then(|place| u32::try_from(place).ok()),
            ..Standing::default()
        }
    }

    /// Of the replication that is furthest in this direction.
    fn of_extreme(
        expectation: &Expectation,
        metric: &Metric,
        each: impl Iterator<Item = Observed>,
        furthest: Ordering,
    ) -> Standing {
        let mut extreme: Option<(u32, Observed)> = None;
        let mut runs = 0;
        for own in each {
            let place = runs;
            runs += 1;
            if own.order().is_none() {
                continue;
            }
            if extreme.is_none_or(|(_, known)| own.order().cmp(&known.order()) == furthest) {
                extreme = Some((place, own));
            }
        }
        let Some((place, observed)) = extreme else {
            return Standing::observed(expectation, metric, Observed::Nothing);
        };
        let standing = Standing::observed(expectation, metric, observed);
        Standing { replication: (runs > 1).then_some(place), ..standing }
    }

    fn judgement(
        self,
        expectation: &Expectation,
        subject: Subject,
        provenance: &Provenance<'_>,
    ) -> Judgement {
        let rests_on_assumed = self.met == Some(true) && provenance.marks(subject);
        Judgement {
            text: expectation.text.clone(),
            verdict: verdict(self.met, self.of_truth, rests_on_assumed),
            observed: self.observed,
            bounds: self.bounds,
            note: self.note,
            replication: self.replication,
            assumed: match rests_on_assumed {
                true => provenance.inputs(subject).map(|input| input.path.clone()).collect(),
                false => Vec::new(),
            },
        }
    }
}

fn verdict(met: Option<bool>, of_truth: bool, rests_on_assumed: bool) -> Verdict {
    match (met, of_truth, rests_on_assumed) {
        (None, ..) => Verdict::Inconclusive,
        (Some(false), true, _) => Verdict::Violated,
        (Some(false), false, _) => Verdict::ObservedViolated,
        (Some(true), true, false) => Verdict::Holds,
        (Some(true), true, true) => Verdict::HoldsIfAssumed,
        (Some(true), false, false) => Verdict::ObservedHolds,
        (Some(true), false, true) => Verdict::ObservedHoldsIfAssumed,
    }
}

/// What needs no statistics: one refusal in one replication proves that the mean is above 0, one
/// late instance that the share is below 100 %, one that never finished that the mean has no end.
fn certain(expectation: &Expectation, metric: &Metric, observed: Observed) -> Option<bool> {
    let Expectation { relation, threshold, .. } = *expectation;
    let is_mean = matches!(
        metric,
        Metric::Latency(_, Statistic::Mean)
            | Metric::Service(_, ServiceFigure::Ready(Statistic::Mean))
    );
    if is_mean && observed == Observed::Never {
        return Some(holds(relation, Ordering::Greater));
    }
    if metric.unit() == Unit::Duration {
        return None;
    }
    let order = observed.against(threshold)?;
    let (least, most) = range(metric);
    let proves =
        (order.is_gt() && least == Some(threshold)) || (order.is_lt() && most == Some(threshold));
    proves.then(|| holds(relation, order))
}

/// Whether the interval of the true value lies on one side of the threshold.
fn said_by(interval: Interval, expectation: &Expectation) -> Option<bool> {
    let Interval { low, high, .. } = interval;
    let threshold = expectation.threshold as f64;
    let (met, missed) = match expectation.relation {
        Relation::Less => (high < threshold, low >= threshold),
        Relation::AtMost => (high <= threshold, low > threshold),
        Relation::Greater => (low > threshold, high <= threshold),
        Relation::AtLeast => (low >= threshold, high < threshold),
        Relation::Equal => (false, low > threshold || high < threshold),
    };
    match (met, missed) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// How many replications would decide, if more are like these: the interval shrinks with the
/// root of their number.
fn how_many(
    expectation: &Expectation,
    metric: &Metric,
    observed: Observed,
    interval: Interval,
) -> String {
    let threshold = expectation.threshold as f64;
    let clean = range(metric).1.filter(|most| observed == Observed::Value(*most));
    let needed = match clean {
        Some(most) => clean_replications(threshold / most as f64, bound_confidence(metric))
            .map_or(f64::INFINITY, f64::from),
        None => {
            let (distance, reach) = match threshold > interval.mean {
                true => (threshold - interval.mean, interval.high - interval.mean),
                false => (interval.mean - threshold, interval.mean - interval.low),
            };
            let times = reach / distance;
            libm::ceil(f64::from(interval.n) * times * times)
        }
    };
    if expectation.relation == Relation::Equal {
        return "no number of replications proves that a mean equals a number".to_owned();
    }
    match needed {
        needed if needed <= REPLICATIONS_MOST => {
            format!("about {} replications would decide", whole(needed))
        }
        _ => "the threshold is too near for any number of replications to decide".to_owned(),
    }
}

/// An end of an interval, for people.
fn show(end: f64, unit: Unit) -> String {
    match end.is_finite() {
        true => unit.show(whole(end)),
        false => "never".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ecs::inventory::StockSpec;
    use crate::report::collected::Collected;
    use crate::report::fixture::{self, expectation, outcome};
    use crate::sim::plan::Basis;

    #[test]
    fn a_mean_that_is_known_is_compared_as_it_is() {
        let judgement = judged("start.due_to_ready.mean < 5m", &[0; 20]);
        assert_eq!(judgement.verdict, Verdict::ObservedHolds, "{}", judgement.observed);
    }

    /// Judges one expectation over replications in which so many instances never came up.
    #[track_caller]
    fn judged(text: &str, never: &[u64]) -> Judgement {
        let plan = expecting(text);
        let outcomes: Vec<_> = (0..).zip(never).map(|(r, never)| outcome(r, *never)).collect();
        let Collected { totals, each, .. } = Collected::of(&plan, &outcomes);
        judge(&plan, &totals, &each).remove(0)
    }

    #[track_caller]
    fn expecting(text: &str) -> Plan {
        let mut plan = fixture::plan();
        let (across, rest) = match text.split_once(' ') {
            Some(("every", rest)) => (Across::Every, rest),
            Some(("max", rest)) => (Across::Max, rest),
            Some(("min", rest)) => (Across::Min, rest),
            _ => (Across::Truth, text),
        };
        let [metric, relation, threshold] =
            rest.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
        let relation = match relation {
            "<" => Relation::Less,
            "<=" => Relation::AtMost,
            ">" => Relation::Greater,
            ">=" => Relation::AtLeast,
            "=" => Relation::Equal,
            other => panic!("{other} is no relation"),
        };
        let threshold = Metric::parse(metric).unwrap().unit().read(threshold).unwrap();
        let expected = expectation(text, metric, relation, threshold);
        plan.expectations = vec![Expectation { across, ..expected }];
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
        let never: Vec<u64> = (0..20).map(|r| 30 + 10 * (r % 2)).collect();
        check("start.due_to_ready.p99 < 520w", &never, Verdict::Violated, "never");
    }

    /// Mean 20, s = 10.541, n = 10, t(97.5 %, 9) = 2.262, not skewed: 20 ± 7.541.
    const NEVER: [u64; 10] = [10, 30, 10, 30, 10, 30, 10, 30, 10, 30];

    #[test]
    fn several_replications_hold_or_violate_only_if_the_interval_says_so() {
        check("restart.never < 28", &NEVER, Verdict::Holds, "20");
        check("restart.never < 27", &NEVER, Verdict::Inconclusive, "20");
        check("restart.never > 12", &NEVER, Verdict::Holds, "20");
        check("restart.never > 13", &NEVER, Verdict::Inconclusive, "20");
        check("restart.never < 12", &NEVER, Verdict::Violated, "20");
        check("restart.never > 28", &NEVER, Verdict::Violated, "20");
        check("restart.never = 20", &NEVER, Verdict::Inconclusive, "20");
        check("restart.never = 99", &NEVER, Verdict::Violated, "20");
        let bounds = judged("restart.never < 28", &NEVER).bounds;
        assert_eq!(bounds, Some(["12.46".to_owned(), "27.54".to_owned()]));
    }

    /// 10 × (7.541/7)² = 11.6; no number of replications proves that 20 is the mean.
    #[test]
    fn how_many_replications_would_decide_is_said_where_some_number_would() {
        let note = |text: &str, never: &[u64]| judged(text, never).note.unwrap_or_default();
        assert_eq!(note("restart.never < 27", &NEVER), "about 12 replications would decide");
        assert!(note("restart.never <= 20", &NEVER).starts_with("the threshold is too near"));
        assert!(note("restart.never = 20", &NEVER).starts_with("no number of replications"));
        assert_eq!(note("restart.never < 28", &NEVER), "");
        // All good: n clean replications reach 99 % when 5 % = 0.99^n.
        let clean = judged("restart.good_mornings >= 99%", &[0; 10]);
        assert_eq!(clean.verdict, Verdict::Inconclusive);
        assert_eq!(clean.note.as_deref(), Some("about 299 replications would decide"));
        assert_eq!(clean.bounds.unwrap()[0], "74.1134 %");
    }

    #[test]
    fn too_few_replications_decide_nothing_and_are_told_how_many_would_do() {
        let judgement = judged("restart.never < 37", &[10, 20, 30]);
        assert_eq!((judgement.verdict, judgement.bounds), (Verdict::Inconclusive, None));
        assert_eq!(judgement.note.as_deref(), Some("too few: about 10 replications would do"));
        let p99 = judged("start.due_to_ready.p99 < 5m", &NEVER);
        assert_eq!(p99.note.as_deref(), Some("too few: about 20 replications would do"));
    }

    /// "22 refusals in 200 replications": all four relations agree, and with what is printed.
    #[test]
    fn a_mean_of_counts_is_compared_exactly() {
        let mut never = vec![0; 200];
        never[..5].copy_from_slice(&[5, 5, 5, 5, 2]);
        check("restart.never <= 0", &never, Verdict::Violated, "0.11");
        check("restart.never > 0", &never, Verdict::Holds, "0.11");
        check("restart.never < 1", &never, Verdict::Holds, "0.11");
        check("restart.never = 0", &never, Verdict::Violated, "0.11");
        let [at_least, _] = judged("restart.never < 1", &never).bounds.unwrap();
        assert!(at_least.parse::<f64>().unwrap() > 0.0, "{at_least}");
        // Also where there are too few for an interval: one count proves more than none.
        check("restart.never <= 0", &[0, 0, 1], Verdict::Violated, "0.33");
        check("restart.never > 0", &[0, 0, 1], Verdict::Holds, "0.33");
        check("restart.good_mornings >= 100%", &[0, 0, 30], Verdict::Violated, "83.3333 %");
    }

    #[test]
    fn replications_that_are_all_alike_are_observed() {
        check("restart.never = 20", &[20; 10], Verdict::ObservedHolds, "20");
        check("restart.never <= 0", &[0; 10], Verdict::ObservedHolds, "0");
        check("restart.never > 0", &[0; 10], Verdict::ObservedViolated, "0");
        check("restart.up_at_15m.mean >= 99%", &[0; 10], Verdict::ObservedHolds, "100.0000 %");
        let judgement = judged("restart.never = 20", &[20; 10]);
        let note = "the same in all replications: observed";
        assert_eq!((judgement.note.as_deref(), judgement.bounds), (Some(note), None));
    }

    #[test]
    fn every_is_about_each_replication_that_was_run() {
        let judgement = judged("every restart.never <= 20", &[0, 20, 21, 0, 30]);
        assert_eq!(judgement.verdict, Verdict::ObservedViolated);
        assert_eq!(judgement.observed, "3 of 5 replications");
        assert_eq!(judgement.replication, Some(2), "the first that does not");
        // Three or fewer of five come up in 5 % of all sets where 92.36 % meet it.
        assert_eq!(judgement.note.as_deref(), Some("at most 92.4 % of all replications meet it"));
        // 5 %^(1/20) = 86.1 %.
        let held = judged("every restart.never = 0", &[0; 20]);
        assert_eq!((held.verdict, held.replication), (Verdict::ObservedHolds, None));
        assert_eq!(held.note.as_deref(), Some("at least 86.1 % of all replications meet it"));
        let p99 = judged("every start.due_to_ready.p99 < 5m", &[0, 30]);
        assert_eq!((p99.verdict, p99.replication), (Verdict::ObservedViolated, Some(1)));
        check("every restart.never = 0", &[0], Verdict::ObservedHolds, "1 of 1 replications");
    }

    #[test]
    fn max_and_min_are_the_furthest_replication() {
        check("max restart.never <= 30", &[0, 30, 20], Verdict::ObservedHolds, "30");
        check("max restart.never < 30", &[0, 30, 20], Verdict::ObservedViolated, "30");
        check("min restart.never >= 10", &[30, 10, 20], Verdict::ObservedHolds, "10");
        check("max start.due_to_ready.p99 < 5m", &[0, 30], Verdict::ObservedViolated, "never");
        assert_eq!(judged("max restart.never < 30", &[0, 30, 20]).replication, Some(1));
    }

    /// The longest of what was run says nothing of what may come.
    #[test]
    fn the_longest_is_observed() {
        let longest = "start.due_to_ready.max < 1h";
        assert_eq!(judged(longest, &[0; 20]).verdict, Verdict::ObservedHolds);
        assert_eq!(judged(longest, &NEVER).verdict, Verdict::ObservedViolated);
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
            let Collected { totals, each, .. } = Collected::of(&plan, &[outcome(0, never)]);
            judge(&plan, &totals, &each).remove(0)
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
        let Collected { totals, each, .. } = Collected::of(&plan, &[outcome(0, 0)]);
        let judgement = judge(&plan, &totals, &each).remove(0);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.observed, "not modelled");
    }
}
