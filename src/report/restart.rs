//! How restarts went: start waves, good ones, the worst one, and whether they were modelled at all.
//!
//! A *start wave* is all instances of one zone and type whose demand begins at one instant; those
//! that were up already are ready at due. A wave that restarts from economical mode on unlimited
//! stock says nothing about the risk of not finding stock: it is left out here, and never counted
//! as ready. So is, of each figure, a wave that the run did not see to the figure's end.
//!
//! Every figure of waves in every output comes from here.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::books::outcome::{DONE_WITHIN, Outcome, Wave, WaveKind};
use crate::ecs::capacity::Placement;
use crate::ecs::id::CapacityId;
use crate::ecs::inventory::StockSpec;
use crate::ecs::spec::GroupSpec;
use crate::sim::metric::{Among, UpAt};
use crate::sim::plan::Plan;
use crate::stats::Merge as _;
use crate::units::SimTime;

use super::number::Percent;
use super::summary::WaveRow;

stopsim_core::tally! {
    /// How the restarts of a set of replications went.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Restart {
        /// Instances of waves that are modelled, summed over replications.
        pub due: u64 = sum,
        /// Of these, those that had been stopped.
        pub at_risk: u64 = sum,
        /// All of them: how many were ready by when.
        pub all_up: UpCounts = apart,
        /// The same of those that had been stopped.
        pub at_risk_up: UpCounts = apart,
        /// Instances never ready while they were wanted.
        pub never: u64 = sum,
        /// Waves of which it is known whether they are good.
        pub waves: u64 = sum,
        /// Of these, those that had their share ready in time.
        pub good_waves: u64 = sum,
        /// Waves with instances at risk of which it is known whether those were ready in time.
        pub waves_at_risk: u64 = sum,
        /// Of these, those that had their share of the instances at risk ready in time.
        pub good_waves_at_risk: u64 = sum,
        /// Waves left out because their stock is unlimited.
        pub not_modelled: u64 = sum,
        /// The worst wave of all replications.
        pub worst_wave: Option<WorstWave> = apart,
    }
}

/// Instances ready within 1, 5, 15 and 60 minutes of due, of waves that were seen for so long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpCounts {
    /// How many there were.
    pub due: [u64; 4],
    /// Of these, ready by then.
    pub up: [u64; 4],
    /// The smallest share of a wave, averaged over replications; none without a wave.
    #[serde(with = "super::number::exact")]
    pub worst: [Option<Percent>; 4],
}

/// The wave with the smallest share ready after a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstWave {
    /// In which replication.
    pub replication: u32,
    /// The wave.
    pub wave: Wave,
}

impl UpCounts {
    /// The share of all that was ready then.
    pub fn mean(&self, at: UpAt) -> Option<Percent> {
        Percent::of(self.up[at.index()].into(), self.due[at.index()].into())
    }

    fn add(&mut self, size: u64, done_within: [Option<u64>; 4]) {
        for (place, done) in done_within.into_iter().enumerate() {
            let Some(done) = done.filter(|_| size > 0) else { continue };
            self.due[place] += size;
            self.up[place] += done;
            let share = Percent::of(done.into(), size.into()).unwrap_or_default();
            let least = &mut self.worst[place];
            *least = Some(least.map_or(share, |least| least.min(share)));
        }
    }
}

impl Restart {
    /// Looks at the start waves of all outcomes, in order.
    pub fn of(plan: &Plan, outcomes: &[Outcome]) -> Restart {
        let mut sums = RestartSums::default();
        outcomes.iter().for_each(|outcome| sums.add(&Restart::of_one(plan, outcome)));
        sums.finish()
    }

    /// Looks at the start waves of one outcome.
    pub(super) fn of_one(plan: &Plan, outcome: &Outcome) -> Restart {
        Restart::of_due(plan, outcome, SimTime::ZERO..SimTime::NEVER)
    }

    /// Looks at those of its start waves that are due in a part of the run.
    pub(super) fn of_due(plan: &Plan, outcome: &Outcome, part: Range<SimTime>) -> Restart {
        let limited = limited(plan);
        let mut restart = Restart::default();
        let starts = outcome.waves.iter().filter(|wave| wave.kind == WaveKind::Start);
        for wave in starts.filter(|wave| part.contains(&wave.due)) {
            // Whether its outcome says anything about stock: it took some from a limited pool or
            // from capacity of the account's own, or needed none.
            if wave.from_economical == 0 || limited[&(wave.zone, wave.instance_type)] {
                restart.add(plan, outcome.replication, wave);
            } else {
                restart.not_modelled += 1;
            }
        }
        restart
    }

    fn add(&mut self, plan: &Plan, replication: u32, wave: &Wave) {
        let limit = plan.good_wave;
        self.due += wave.all.size;
        self.at_risk += wave.at_risk;
        self.never += wave.never;
        self.all_up.add(wave.all.size, done_by(wave));
        let stayed = wave.all.size - wave.at_risk;
        self.at_risk_up.add(wave.at_risk, done_by(wave).map(|done| done.map(|n| n - stayed)));
        if wave.is_seen(limit.within) {
            let is_good = |done, size| u64::from(done >= limit.share.of_rounded_up(size));
            self.waves += 1;
            self.good_waves += is_good(wave.done_in_time, wave.all.size);
            self.waves_at_risk += u64::from(wave.at_risk > 0);
            if wave.at_risk > 0 {
                self.good_waves_at_risk += is_good(wave.done_in_time - stayed, wave.at_risk);
            }
        }
        let is_worse = |known: &WorstWave| rank(wave) < rank(&known.wave);
        if rank(wave).is_some() && self.worst_wave.as_ref().is_none_or(is_worse) {
            self.worst_wave = Some(WorstWave { replication, wave: wave.clone() });
        }
    }

    /// Whether anything is known of restart risk: not if all restarts were on unlimited stock.
    pub fn is_modelled(&self) -> bool {
        self.due > 0 || self.not_modelled == 0
    }

    /// How many were ready by when.
    pub fn up(&self, among: Among) -> &UpCounts {
        match among {
            Among::All => &self.all_up,
            Among::AtRisk => &self.at_risk_up,
        }
    }

    /// Good waves, and of how many.
    pub fn good_of(&self, among: Among) -> (u64, u64) {
        match among {
            Among::All => (self.good_waves, self.waves),
            Among::AtRisk => (self.good_waves_at_risk, self.waves_at_risk),
        }
    }

    /// The share of waves that were good.
    pub fn good(&self, among: Among) -> Option<Percent> {
        let (good, waves) = self.good_of(among);
        Percent::of(good.into(), waves.into())
    }
}

/// How restarts of replications went, added up in order as they come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct RestartSums {
    sums: Restart,
    all_up: UpSums,
    at_risk_up: UpSums,
}

impl RestartSums {
    pub(super) fn add(&mut self, one: &Restart) {
        let sums = &mut self.sums;
        sums.merge(one);
        if let Some(worst) = &one.worst_wave {
            let known = sums.worst_wave.as_ref();
            if known.is_none_or(|known| rank(&worst.wave) < rank(&known.wave)) {
                sums.worst_wave = Some(worst.clone());
            }
        }
        self.all_up.add(&one.all_up);
        self.at_risk_up.add(&one.at_risk_up);
    }

    pub(super) fn finish(self) -> Restart {
        let (all_up, at_risk_up) = (self.all_up.finish(), self.at_risk_up.finish());
        Restart { all_up, at_risk_up, ..self.sums }
    }
}

/// Instances ready by when, summed, and the smallest shares with how many replications have one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct UpSums {
    sums: UpCounts,
    worst: [(i128, i128); 4],
}

impl UpSums {
    fn add(&mut self, one: &UpCounts) {
        for (place, worst) in self.worst.iter_mut().enumerate() {
            self.sums.due[place] += one.due[place];
            self.sums.up[place] += one.up[place];
            if let Some(share) = one.worst[place] {
                *worst = (worst.0 + share.0, worst.1 + 1);
            }
        }
    }

    fn finish(self) -> UpCounts {
        let mean = |(sum, runs): (i128, i128)| (runs > 0).then(|| Percent(sum / runs));
        UpCounts { worst: self.worst.map(mean), ..self.sums }
    }
}

/// How many of a wave's instances were done within 1, 5, 15 and 60 minutes; none where the run
/// ended before.
pub fn done_by(wave: &Wave) -> [Option<u64>; 4] {
    let seen = DONE_WITHIN.map(|after| wave.is_seen(after));
    std::array::from_fn(|place| seen[place].then_some(wave.all.done_within[place]))
}

/// Where a wave stands among all: the worst first, by the share done after a quarter of an hour,
/// then by those never done. None if it was not seen for so long.
fn rank(wave: &Wave) -> Option<(Percent, u64)> {
    ranked(done_by(wave)[UpAt::M15.index()], wave.all.size, wave.never)
}

/// The same of a row of the summary.
pub fn rank_row(wave: &WaveRow) -> Option<(Percent, u64)> {
    ranked(wave.done_15m, wave.size, wave.never)
}

fn ranked(done: Option<u64>, size: u64, never: u64) -> Option<(Percent, u64)> {
    Some((Percent::of(done?.into(), size.into())?, u64::MAX - never))
}

fn groups_of<'a>(plan: &'a Plan, wave: &'a Wave) -> impl Iterator<Item = &'a GroupSpec> {
    let of = (wave.zone, wave.instance_type);
    plan.region.groups.iter().filter(move |group| (group.zone.0, group.instance_type.0) == of)
}

/// The names of what a group's instances take their stock from: a public or private pool, or
/// dedicated hosts; none if it is unlimited.
fn pools_of(plan: &Plan, group: &GroupSpec) -> Option<Vec<String>> {
    let region = &plan.region;
    let name = |capacity: &CapacityId| region.capacities[capacity.index()].name.clone();
    match &group.placement {
        Placement::Target(capacity) => Some(vec![name(capacity)]),
        Placement::Hosts { hosts, .. } => Some(hosts.iter().map(name).collect()),
        Placement::Public | Placement::OpenPools => {
            let spec = &region.pools[group.pool?.index()];
            (spec.stock != StockSpec::Unlimited).then(|| vec![spec.name.clone()])
        }
    }
}

/// The names of all that a wave's instances take their stock from; none if some of it is unlimited.
pub fn pool_of(plan: &Plan, wave: &Wave) -> Option<String> {
    let mut names = Vec::new();
    for group in groups_of(plan, wave) {
        names.extend(pools_of(plan, group)?);
    }
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| names.join(" + "))
}

/// By zone and type, whether nothing of what its groups take their stock from is unlimited.
fn limited(plan: &Plan) -> BTreeMap<(u16, u16), bool> {
    let mut limited = BTreeMap::new();
    for group in &plan.region.groups {
        let known = limited.entry((group.zone.0, group.instance_type.0)).or_insert(true);
        *known = *known && pools_of(plan, group).is_some();
    }
    limited
}
