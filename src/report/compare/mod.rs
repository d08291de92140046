//! Two policies under the same luck: what each figure differs by, and whether that is luck.
//!
//! Replication r of every scenario meets the same draws, so figures are paired replication by
//! replication. Each kind of figure has one method (`stats::Difference`), as in `estimate.rs`.
//! Nothing here runs anything.

mod json;
mod markdown;
mod refusals;
mod row;
mod shares;
mod show;
mod text;
mod tolerance;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::books::outcome::{LatencyName, Outcome};
use crate::sim::metric::{Among, CallCount, Metric, Over, SavingPart, Statistic, UpAt};
use crate::sim::plan::Plan;
use crate::units::Ratio;

use super::collected::{Collected, Collecting};
use super::estimate::CONFIDENCE;
use super::figures::figures;
use super::provenance::Provenance;
use crate::ecs::operation::OperationName;

pub(super) use json::unit_word;
pub use json::write as write_json;
pub use markdown::write as write_markdown;
pub use row::{Direction, Row, Tally, Word, paired};
pub use shares::{ShareRow, Whose};
pub(super) use show::{difference_interval, interval, plain, signed};
pub use text::write as write_text;
pub use tolerance::{Judged, Tolerance, ToleranceError};

use refusals::Refusals;
use shares::Shares;

/// Takes the outcomes of one scenario, in replication order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Gathering {
    collecting: Collecting,
    shares: Shares,
    refusals: Refusals,
    digests: Vec<u64>,
}

/// One of the scenarios that are compared, and what came of it.
#[derive(Clone, Debug)]
pub struct Contestant<'a> {
    /// What it is called beside the others.
    pub name: String,
    /// What was run.
    pub plan: &'a Plan,
    /// What came of it.
    pub collected: Collected,
    shares: Shares,
    refusals: Refusals,
    /// The digest of each replication.
    pub digests: Vec<u64>,
}

/// A key that two scenarios say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path.
    pub path: String,
    /// What the base says; none leaves it at its default.
    pub base: Option<String>,
    /// What the other says.
    pub other: Option<String>,
    /// Whether it is the environment's, which neither policy decides.
    pub is_environment: bool,
}

/// The first fact that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// In the first replication that differs at all.
    pub replication: u32,
    /// When the base's fact happened, in civil time; none where the base has no more facts.
    pub base: Option<(String, String)>,
    /// The same of the other.
    pub other: Option<(String, String)>,
}

/// One scenario beside the base.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What it is called.
    pub name: String,
    /// The hash of its scenario, and the digest of its runs.
    pub identity: (String, u64),
    /// What it says otherwise than the base.
    pub changes: Vec<Change>,
    /// The SHA-256 of what neither policy decides, of the base and of this one.
    pub environments: (String, String),
    /// In how many replications anything happened otherwise.
    pub changed: u32,
    /// Where the first of them begins to differ.
    pub divergence: Option<Divergence>,
    /// Groups that are in one of both only, or of another size.
    pub fleet: Vec<String>,
    /// Every figure.
    pub rows: Vec<Row>,
    /// Net saving and unavailability by group and tag.
    pub shares: Vec<ShareRow>,
    /// What was said to be tolerated.
    pub judged: Vec<Judged>,
}

/// All that is compared, and how.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The name of the base.
    pub base: String,
    /// The hash of its scenario, and the digest of its runs.
    pub identity: (String, u64),
    /// What money is in.
    pub currency: String,
    /// From when to when things were measured.
    pub window: (String, String),
    /// The seed of all.
    pub seed: u64,
    /// How ties were broken.
    pub ties: String,
    /// How many replications.
    pub replications: u32,
    /// The confidence of each interval of a difference.
    pub confidence: Ratio,
    /// The figures that are shown first.
    pub shown: Vec<Metric>,
    /// Each of the others beside the base.
    pub comparisons: Vec<Comparison>,
    /// The line that gives this again.
    pub command: String,
}

/// What of two scenarios was found out beside their figures.
#[derive(Clone, Debug)]
pub struct Apart {
    /// What they say otherwise.
    pub changes: Vec<Change>,
    /// The SHA-256 of what neither policy decides, of both.
    pub environments: (String, String),
    /// Where they begin to differ.
    pub divergence: Option<Divergence>,
}

impl Gathering {
    /// Of a scenario that is compared by these metrics too, besides those that all have.
    pub fn about(asked: &[Metric]) -> Gathering {
        Gathering { collecting: Collecting::about(asked), ..Gathering::default() }
    }

    /// Takes what is needed of the next outcome.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        let one = self.collecting.add(plan, outcome);
        self.shares.add(plan, &one);
        self.refusals.add(&one);
        self.digests.push(outcome.digest);
    }

    /// Adds up, but for what only a comparison needs.
    ///
    /// # Panics
    /// If there was no outcome.
    pub fn collected(self, plan: &Plan) -> Collected {
        self.collecting.finish(plan)
    }

    /// Adds up.
    ///
    /// # Panics
    /// If there was no outcome.
    pub fn finish(self, name: String, plan: &Plan) -> Contestant<'_> {
        let Gathering { collecting, shares, refusals, digests } = self;
        Contestant { name, plan, collected: collecting.finish(plan), shares, refusals, digests }
    }
}

/// The confidence of each interval, so that all of so many comparisons with one base hold at once
/// with 95 %: Bonferroni.
pub fn confidence(comparisons: usize) -> Ratio {
    let all = CONFIDENCE.den() * comparisons.max(1) as u64;
    Ratio::new(all - (CONFIDENCE.den() - CONFIDENCE.num()), all)
}

/// The replications in which anything happened otherwise.
pub fn changed<'a>(base: &'a Contestant<'_>, other: &'a Contestant<'_>) -> Vec<u32> {
    let pairs = (0..).zip(base.digests.iter().zip(&other.digests));
    pairs.filter(|(_, (a, b))| a != b).map(|(replication, _)| replication).collect()
}

/// The figures that a screen shows: what people decide by, what the scenarios expect, and `asked`.
pub fn shown(base: &Contestant<'_>, others: &[Contestant<'_>], asked: &[Metric]) -> Vec<Metric> {
    let all = || std::iter::once(base).chain(others);
    let mut metrics = vec![
        Metric::Saving(SavingPart::Net),
        Metric::NetPct,
        Metric::Saving(SavingPart::PolicyCost),
        Metric::UnavailableHours,
        Metric::GoodWaves(Among::All),
        Metric::UpAt(UpAt::M15, Over::Mean, Among::All),
        Metric::UpAt(UpAt::M15, Over::Worst, Among::All),
        Metric::Never,
        Metric::Latency(LatencyName::StartDueToReady, Statistic::P50),
        Metric::Latency(LatencyName::StartDueToReady, Statistic::P99),
    ];
    for operation in [OperationName::StartInstance, OperationName::StopInstance] {
        if all().any(|one| one.collected.totals.calls_of(operation).sent > 0) {
            metrics.push(Metric::Calls(operation, CallCount::Sent));
        }
    }
    let codes: BTreeSet<&String> = all().flat_map(|one| one.refusals.codes()).collect();
    metrics.extend(codes.into_iter().cloned().map(Metric::Refusals));
    let expected = all().flat_map(|one| &one.plan.expectations);
    metrics.extend(expected.filter_map(|one| Metric::parse(&one.metric)));
    metrics.extend(asked.iter().cloned());
    let mut seen = BTreeSet::new();
    metrics.retain(|metric| seen.insert(metric.clone()));
    metrics
}

/// Every figure that either has something to say of.
fn every(base: &Contestant<'_>, other: &Contestant<'_>, shown: &[Metric]) -> Vec<Metric> {
    let of = |one: &Contestant<'_>| figures(&one.collected.totals);
    let mut metrics: Vec<Metric> = shown.to_vec();
    metrics.extend(of(base));
    metrics.extend(of(other));
    let mut seen = BTreeSet::new();
    metrics.retain(|metric| seen.insert(metric.clone()));
    metrics
}

impl Comparison {
    /// Sets one beside the base.
    ///
    /// # Panics
    /// If something is to be tolerated of a figure that is not among those `shown`.
    pub fn of(
        base: &Contestant<'_>,
        other: &Contestant<'_>,
        apart: Apart,
        shown: &[Metric],
        tolerances: &[Tolerance],
        confidence: Ratio,
    ) -> Comparison {
        let provenances = [base, other].map(|one| Provenance::of(one.plan));
        let row = |metric: &Metric| Row::of(metric, base, other, &provenances, confidence);
        let mut comparison = Comparison {
            name: other.name.clone(),
            identity: (other.plan.hash.clone(), other.collected.digest),
            changes: apart.changes,
            environments: apart.environments,
            changed: changed(base, other).len() as u32,
            divergence: apart.divergence,
            fleet: fleet(base.plan, other.plan),
            rows: every(base, other, shown).iter().map(row).collect(),
            shares: ShareRow::all(&base.shares, &other.shares, &provenances, confidence),
            judged: Vec::new(),
        };
        let judge = |tolerance: &Tolerance| {
            let row = comparison.row(&tolerance.metric);
            tolerance.judge(row.expect("what is judged is shown"))
        };
        comparison.judged = tolerances.iter().map(judge).collect();
        comparison
    }

    /// Whether neither what others do, nor what is wanted, nor prices and faults differ.
    pub fn has_one_environment(&self) -> bool {
        self.environments.0 == self.environments.1
    }

    /// The row of a figure.
    pub fn row(&self, metric: &Metric) -> Option<&Row> {
        self.rows.iter().find(|row| row.metric.as_ref() == Some(metric))
    }
}

/// Groups that both do not have alike: instances are paired by their names.
fn fleet(base: &Plan, other: &Plan) -> Vec<String> {
    let sizes = |plan: &Plan| {
        let groups = plan.region.groups.iter();
        groups.map(|group| (group.name.clone(), u64::from(group.count))).collect::<Vec<_>>()
    };
    let (own, others) = (sizes(base), sizes(other));
    let of = |groups: &[(String, u64)], name: &str| {
        groups.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count)
    };
    let names: BTreeSet<&String> = own.iter().chain(&others).map(|(name, _)| name).collect();
    let told = |name: &&String| {
        let (before, after) = (of(&own, name), of(&others, name));
        (before != after).then(|| format!("{name}: {before} and {after} instances"))
    };
    names.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests;
