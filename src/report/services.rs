//! How services did: starts, good ones, and how long they were wanted and not ready.
//!
//! A *start* of a service is an edge at which it became wanted; it is good if the service was
//! ready within the scenario's limit, whatever became of it later. One that restarts from
//! economical mode on unlimited stock says nothing about the risk: it is never counted as good.
//! Nor is one counted whose limit lies beyond the run's end.

use serde::{Deserialize, Serialize};

use crate::books::outcome::{Outcome, ServiceOutcome, ServiceStart};
use crate::sim::plan::{Plan, Service};
use crate::stats::Latency;
use crate::units::SimTime;

use super::number::Percent;

stopsim_core::tally! {
    /// How one service did over a set of replications.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct ServiceTotals {
        /// Its name.
        pub name: String = first,
        /// Starts that say something about stock.
        pub starts: u64 = sum,
        /// Of these, those at which it was ready in time.
        pub good_starts: u64 = sum,
        /// Starts left out because stock is unlimited.
        pub not_modelled: u64 = sum,
        /// From the edge until it was ready.
        pub ready: Latency = sum,
        /// How often a need broke while it was wanted.
        pub broken: u64 = sum,
        /// The first few instances whose loss broke a need.
        pub broken_by: Vec<u32> = first,
        /// How long it was wanted and not ready, in µs.
        pub unavailable_us: u128 = sum,
    }
}

impl ServiceTotals {
    /// Every service of the plan in one outcome, in file order.
    pub fn of_one(plan: &Plan, outcome: &Outcome) -> Vec<ServiceTotals> {
        let of = |(service, did): (&Service, &ServiceOutcome)| {
            let seen = did.starts.iter().filter(|start| is_seen(plan, start, outcome.end));
            let modelled = |start: &&ServiceStart| start.modelled;
            ServiceTotals {
                name: service.name.clone(),
                starts: seen.clone().filter(modelled).count() as u64,
                good_starts: seen.filter(|start| is_good(plan, start)).count() as u64,
                not_modelled: did.starts.iter().filter(|start| !start.modelled).count() as u64,
                ready: did.ready.clone(),
                broken: did.broken,
                broken_by: did.broken_by.clone(),
                unavailable_us: did.unavailable_us,
            }
        };
        plan.services.iter().zip(&outcome.services).map(of).collect()
    }

    /// The share of starts that were good.
    pub fn good(&self) -> Option<Percent> {
        Percent::of(self.good_starts.into(), self.starts.into())
    }

    /// Whether anything is known of its starts: not if all were on unlimited stock.
    pub fn is_modelled(&self) -> bool {
        self.starts > 0 || self.not_modelled == 0
    }
}

/// Whether the run went on for long enough to tell whether a service was ready in time.
fn is_seen(plan: &Plan, start: &ServiceStart, end: SimTime) -> bool {
    plan.good_wave.within <= end.since(start.due)
}

/// Whether a service was ready in time.
pub fn is_good(plan: &Plan, start: &ServiceStart) -> bool {
    start.modelled && start.ready.is_some_and(|took| took <= plan.good_wave.within)
}
