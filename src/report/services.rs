//! How services did: starts, good ones, and how long they were wanted and not ready.
//!
//! A *start* of a service is an edge at which it became wanted; it is good if the service was
//! ready within the scenario's limit, whatever became of it later. One that restarts from
//! economical mode on unlimited stock says nothing about the risk: it is never counted as good.
//! Nor is one counted whose limit lies beyond the run's end.

use crate::stats::Latency;
use crate::units::SimTime;
use crate::world::outcome::{Outcome, ServiceStart};
use crate::world::plan::Plan;

use super::number::Percent;

/// How one service did over a set of replications.
#[derive(Clone, Debug)]
pub struct ServiceTotals {
    /// Its name.
    pub name: String,
    /// Starts that say something about stock.
    pub starts: u64,
    /// Of these, those at which it was ready in time.
    pub good_starts: u64,
    /// Starts left out because stock is unlimited.
    pub not_modelled: u64,
    /// From the edge until it was ready, merged.
    pub ready: Latency,
    /// How often a need broke while it was wanted, summed.
    pub broken: u64,
    /// The first few instances whose loss broke a need, of the first replication with any.
    pub broken_by: Vec<u32>,
    /// How long it was wanted and not ready, in µs, summed.
    pub unavailable_us: u128,
}

impl ServiceTotals {
    /// Every service of the plan over these outcomes, in file order.
    pub fn all(plan: &Plan, outcomes: &[Outcome]) -> Vec<ServiceTotals> {
        let of = |(place, name): (usize, &String)| ServiceTotals::of(plan, outcomes, place, name);
        plan.services.iter().map(|service| &service.name).enumerate().map(of).collect()
    }

    fn of(plan: &Plan, outcomes: &[Outcome], place: usize, name: &str) -> ServiceTotals {
        let mut totals = ServiceTotals {
            name: name.to_owned(),
            starts: 0,
            good_starts: 0,
            not_modelled: 0,
            ready: Latency::new(plan.horizon - SimTime::ZERO),
            broken: 0,
            broken_by: Vec::new(),
            unavailable_us: 0,
        };
        for outcome in outcomes {
            let (service, end) = (&outcome.services[place], outcome.end);
            for start in &service.starts {
                totals.not_modelled += u64::from(!start.modelled);
                totals.starts += u64::from(start.modelled && is_seen(plan, start, end));
                totals.good_starts += u64::from(is_seen(plan, start, end) && is_good(plan, start));
            }
            totals.ready.merge(&service.ready);
            totals.broken += service.broken;
            if totals.broken_by.is_empty() {
                totals.broken_by.clone_from(&service.broken_by);
            }
            totals.unavailable_us += service.unavailable_us;
        }
        totals
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
