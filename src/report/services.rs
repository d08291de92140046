//! How services did: mornings, good ones, and how long they were wanted and not ready.
//!
//! A *morning* of a service is an edge at which it became wanted; it is good if the service was
//! ready within the scenario's limit, whatever became of it later. One that restarts from
//! economical mode on unlimited stock says nothing about the risk: it is never counted as good.

use crate::stats::Latency;
use crate::world::outcome::{Morning, Outcome};
use crate::world::plan::Plan;

use super::number::Percent;

/// How one service did over a set of replications.
#[derive(Clone, Debug)]
pub struct ServiceTotals {
    /// Its name.
    pub name: String,
    /// Mornings that say something about stock.
    pub mornings: u64,
    /// Of these, those on which it was ready in time.
    pub good_mornings: u64,
    /// Mornings left out because stock is unlimited.
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
            mornings: 0,
            good_mornings: 0,
            not_modelled: 0,
            ready: Latency::new(plan.horizon - crate::units::SimTime::ZERO),
            broken: 0,
            broken_by: Vec::new(),
            unavailable_us: 0,
        };
        for service in outcomes.iter().map(|outcome| &outcome.services[place]) {
            for morning in &service.mornings {
                totals.mornings += u64::from(morning.modelled);
                totals.not_modelled += u64::from(!morning.modelled);
                totals.good_mornings += u64::from(is_good(plan, morning));
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

    /// The share of mornings that were good.
    pub fn good(&self) -> Option<Percent> {
        Percent::of(self.good_mornings.into(), self.mornings.into())
    }

    /// Whether anything is known of its mornings: not if all were on unlimited stock.
    pub fn is_modelled(&self) -> bool {
        self.mornings > 0 || self.not_modelled == 0
    }
}

/// Whether a service was ready in time.
pub fn is_good(plan: &Plan, morning: &Morning) -> bool {
    morning.modelled && morning.ready.is_some_and(|took| took <= plan.good_morning.within)
}
