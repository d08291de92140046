//! How often each code was answered, replication by replication.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::totals::Totals;

/// Refusals by code, each only in the replications that have any.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Refusals {
    all: BTreeMap<String, Vec<(usize, i128)>>,
    runs: usize,
}

impl Refusals {
    /// Takes those of the next replication.
    pub(super) fn add(&mut self, one: &Totals) {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        for tally in &one.counts.calls {
            for (refusal, count) in tally.refused.iter().chain(&tally.items.refused) {
                *counts.entry(refusal.row().code).or_default() += count;
            }
        }
        for (code, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let known = self.all.entry(code.to_owned()).or_default();
            known.push((self.runs, i128::from(count) * crate::sim::metric::COUNT));
        }
        self.runs += 1;
    }

    /// Every code that was answered.
    pub(super) fn codes(&self) -> impl Iterator<Item = &String> {
        self.all.keys()
    }

    /// How often a code was answered in each replication, in millionths.
    pub(super) fn each(&self, code: &str) -> Vec<i128> {
        let mut all = vec![0; self.runs];
        for (replication, count) in self.all.get(code).into_iter().flatten() {
            all[*replication] = *count;
        }
        all
    }
}
