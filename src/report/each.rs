//! What every replication says by itself: no more than an interval or a verdict needs of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::outcome::LatencyName;
use crate::sim::metric::{Metric, Statistic};
use crate::sim::plan::{Across, Plan};
use crate::stats::{Column, Items, Quantile};
use crate::units::Ratio;

use super::estimate::{Method, items, said};
use super::measure::{Observed, measure};
use super::totals::Totals;

/// What replications say by themselves, in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Each {
    runs: u32,
    /// Of every metric that is no statistic of a latency.
    samples: BTreeMap<Metric, Sample>,
    /// In the order of `LatencyName::all`.
    latencies: Vec<Items>,
    /// How long services took to be ready, in file order.
    ready: Vec<Items>,
    /// Of expectations that are about each replication, by their place in the plan.
    observed: BTreeMap<usize, (Metric, Column<Observed>)>,
}

/// What replications say of one metric.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sample {
    /// How it is estimated.
    pub(super) method: Method,
    /// What the method needs of each: the parts, and the wholes, which are often all alike.
    parts: Column<i128>,
    wholes: Column<i128>,
}

impl Each {
    /// None yet; `asked` are metrics that are asked for besides those that every scenario has and
    /// this one expects, `first` the totals of any of them.
    pub(super) fn of(plan: &Plan, asked: &[Metric], first: &Totals) -> Each {
        let expected = |metric| Metric::parse(metric).expect("the scenario knows its metrics");
        let named = Metric::named().into_iter().map(|(_, metric)| metric);
        let of_services = plan.services.iter().flat_map(|one| Metric::of_service(&one.name));
        let of_expectations = plan.expectations.iter().map(|one| expected(&one.metric));
        let sample = |metric: Metric| {
            let (method, _) = said(&metric, first)?;
            Some((metric, Sample { method, parts: Column::default(), wholes: Column::default() }))
        };
        let across = plan.expectations.iter().enumerate();
        let across = across.filter(|(_, one)| one.across != Across::Truth);
        Each {
            runs: 0,
            samples: named
                .chain(of_services)
                .chain(of_expectations)
                .chain(asked.iter().cloned())
                .filter_map(sample)
                .collect(),
            latencies: vec![Items::default(); first.counts.latencies.len()],
            ready: vec![Items::default(); first.services.len()],
            observed: across
                .map(|(place, one)| (place, (expected(&one.metric), Column::default())))
                .collect(),
        }
    }

    /// Takes what is needed of the next replication's totals.
    pub(super) fn add(&mut self, one: &Totals) {
        self.runs += 1;
        for (metric, sample) in &mut self.samples {
            if let Some((_, (part, whole))) = said(metric, one) {
                sample.parts.push(part);
                sample.wholes.push(whole);
            }
        }
        for (items, latency) in self.latencies.iter_mut().zip(&one.counts.latencies) {
            items.push(latency);
        }
        for (items, service) in self.ready.iter_mut().zip(&one.services) {
            items.push(&service.ready);
        }
        for (metric, column) in self.observed.values_mut() {
            column.push(measure(metric, one));
        }
    }

    /// How many replications there are.
    pub fn runs(&self) -> u32 {
        self.runs
    }

    /// What they say of a metric; none of a statistic of a latency.
    pub(super) fn sample(&self, metric: &Metric) -> Option<&Sample> {
        self.samples.get(metric)
    }

    /// What each says of a metric by itself.
    pub(super) fn said_of(&self, metric: &Metric, pooled: &Totals) -> Vec<Observed> {
        if let Some(sample) = self.sample(metric) {
            return sample.each().into_iter().map(|one| sample.method.of_one(one)).collect();
        }
        let Some((statistic, _, items)) = items(metric, pooled, self) else { return Vec::new() };
        if statistic == Statistic::Mean {
            let means = items.means().unwrap_or_default();
            return means.into_iter().map(|one| Method::Ratio(1).of_one(one)).collect();
        }
        // The largest is that which all are at most.
        let share = statistic.quantile().unwrap_or(Ratio::ONE);
        let own = |one: Quantile| match one {
            Quantile::Value(span) => Observed::Value(span.as_micros().into()),
            Quantile::Censored => Observed::Never,
            Quantile::Empty => Observed::Nothing,
        };
        items.quantiles(share).map(own).collect()
    }

    /// Their own latencies.
    pub(super) fn latency(&self, name: LatencyName) -> &Items {
        &self.latencies[name.index()]
    }

    /// How long the service at this place took to be ready in them.
    pub(super) fn ready(&self, service: usize) -> &Items {
        &self.ready[service]
    }

    /// What was observed in each of what the expectation at this place of the plan is about.
    ///
    /// # Panics
    /// If it is about the true value.
    pub(super) fn observed(&self, expectation: usize) -> impl Iterator<Item = Observed> + '_ {
        self.observed[&expectation].1.iter().copied()
    }
}

impl Sample {
    /// What each says: part and whole.
    pub(super) fn each(&self) -> Vec<(i128, i128)> {
        self.parts.iter().copied().zip(self.wholes.iter().copied()).collect()
    }
}
