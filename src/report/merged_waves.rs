//! The waves of several replications as one list.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::books::outcome::{Wave, WaveKind};
use crate::stats::Merge as _;
use crate::units::{SimDuration, SimTime};

/// What makes waves of different replications one: due moment, kind, zone and type.
type Key = (SimTime, WaveKind, u16, u16);

/// Waves of the same due moment, kind, zone and type, added up as replications come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct MergedWaves {
    /// Those of the first replication, in its own order.
    first: Option<Vec<Wave>>,
    /// Each with the sum of `t95`, and of how many replications.
    merged: BTreeMap<Key, (Wave, u128, u64)>,
    runs: u64,
}

impl MergedWaves {
    pub(super) fn add(&mut self, waves: &[Wave]) {
        self.runs += 1;
        self.first.get_or_insert_with(|| waves.to_vec());
        for wave in waves {
            let key = (wave.due, wave.kind, wave.zone, wave.instance_type);
            let t95 = wave.t95.map_or(0, |span| u128::from(span.as_micros()));
            match self.merged.entry(key) {
                Entry::Vacant(new) => {
                    new.insert((wave.clone(), t95, 1));
                }
                Entry::Occupied(mut known) => {
                    let (sum, t95_sum, runs) = known.get_mut();
                    sum.merge(wave);
                    sum.t95 = sum.t95.and(wave.t95);
                    *t95_sum += t95;
                    *runs += 1;
                }
            }
        }
    }

    /// The sums; 95 % of a wave are done when, on average over replications, they were: never, if
    /// never in one of them.
    pub(super) fn finish(self) -> Vec<Wave> {
        if self.runs == 1 {
            return self.first.unwrap_or_default();
        }
        let finish = |(mut wave, sum, runs): (Wave, u128, u64)| {
            let mean = u64::try_from(sum / u128::from(runs)).unwrap_or(u64::MAX);
            wave.t95 = wave.t95.map(|_| SimDuration::from_micros(mean));
            wave
        };
        self.merged.into_values().map(finish).collect()
    }
}
