//! What is kept of replications that are over: what reports are made of, not all that happened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::outcome::Outcome;
use crate::engine::Digest;
use crate::sim::metric::Metric;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::each::Each;
use super::inventory::{InventoryRow, inventory};
use super::months::{Month, MonthSums};
use super::totals::{TotalSums, Totals};

/// Takes one outcome after the other, in replication order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Collecting {
    /// Metrics that are asked for besides those that every scenario has.
    asked: Vec<Metric>,
    totals: TotalSums,
    each: Option<Each>,
    months: MonthSums,
    digests: Vec<u64>,
    end: SimTime,
}

/// What came of replications, together and each.
#[derive(Clone, Debug)]
pub struct Collected {
    /// All of them as one.
    pub totals: Totals,
    /// What every one says by itself, in order.
    pub each: Each,
    /// By month, in a window that is looked at by month.
    pub months: Vec<Month>,
    /// By pool.
    pub inventory: BTreeMap<String, InventoryRow>,
    /// Of one replication its own, of several the chain of theirs.
    pub digest: u64,
    /// When the last of them ended.
    pub end: SimTime,
}

impl Collecting {
    /// Of replications of which these metrics are asked too, such as what another scenario that
    /// is compared with expects.
    pub fn about(asked: &[Metric]) -> Collecting {
        Collecting { asked: asked.to_vec(), ..Collecting::default() }
    }

    /// Takes what is needed of the next outcome, and gives its totals back.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) -> Totals {
        let one = self.totals.add(plan, outcome);
        self.each.get_or_insert_with(|| Each::of(plan, &self.asked, &one)).add(&one);
        self.months.add(plan, outcome, &one);
        self.digests.push(outcome.digest);
        self.end = self.end.max(outcome.end);
        one
    }

    /// Adds up.
    ///
    /// # Panics
    /// If there was no outcome.
    pub fn finish(self, plan: &Plan) -> Collected {
        let totals = self.totals.finish();
        Collected {
            inventory: inventory(plan, &totals),
            totals,
            each: self.each.expect("a report is about at least one run"),
            months: self.months.finish(plan),
            digest: match *self.digests {
                [only] => only,
                _ => Digest::chain(self.digests.iter().copied()),
            },
            end: self.end,
        }
    }
}

impl Collected {
    /// Of outcomes in replication order.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(plan: &Plan, outcomes: &[Outcome]) -> Collected {
        let mut collecting = Collecting::default();
        for outcome in outcomes {
            collecting.add(plan, outcome);
        }
        collecting.finish(plan)
    }
}
