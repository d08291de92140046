//! How restarts went: mornings, good ones, the worst one, and whether they were modelled at all.
//!
//! A *wave* is one zone and type of one demand edge; a *morning* is all waves of one edge. A
//! wave that restarts from economical mode on unlimited stock says nothing about the risk of
//! not finding stock: it is left out here, and never counted as ready.

use std::collections::BTreeMap;

use crate::ecs::capacity::Placement;
use crate::ecs::id::CapacityId;
use crate::ecs::inventory::StockSpec;
use crate::ecs::spec::GroupSpec;
use crate::units::SimTime;
use crate::world::metric::UpAt;
use crate::world::outcome::{Outcome, Wave, WaveKind};
use crate::world::plan::Plan;

use super::number::Percent;

/// How the restarts of a set of replications went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restart {
    /// Instances due in waves that are modelled, summed over replications.
    pub due: u64,
    /// Of these, ready within 1, 5, 15 and 60 minutes.
    pub up_at: [u64; 4],
    /// The smallest share of a wave ready within 1, 5, 15 and 60 minutes, per replication
    /// averaged; none without a wave.
    pub worst: Option<[Percent; 4]>,
    /// Instances never ready while they were wanted.
    pub never: u64,
    /// Mornings in all.
    pub mornings: u64,
    /// Mornings on which every wave had its share ready in time.
    pub good_mornings: u64,
    /// Waves left out because their stock is unlimited.
    pub not_modelled: u64,
    /// The worst wave of all replications.
    pub worst_wave: Option<WorstWave>,
}

/// The wave with the smallest share ready after a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstWave {
    /// In which replication.
    pub replication: u32,
    /// The wave.
    pub wave: Wave,
}

impl Restart {
    /// Looks at the start waves of all outcomes, in order.
    pub fn of(plan: &Plan, outcomes: &[Outcome]) -> Restart {
        let mut restart = Restart::default();
        let mut worst_sums: Option<[i128; 4]> = None;
        let mut runs = 0;
        for outcome in outcomes {
            if let Some(worst) = restart.add(plan, outcome) {
                runs += 1;
                let sums = worst_sums.get_or_insert([0; 4]);
                sums.iter_mut().zip(worst).for_each(|(sum, share)| *sum += share.0);
            }
        }
        restart.worst = worst_sums.map(|sums| sums.map(|sum| Percent(sum / runs)));
        restart
    }

    /// Whether anything is known of restart risk: not if all restarts were on unlimited stock.
    pub fn is_modelled(&self) -> bool {
        self.due > 0 || self.not_modelled == 0
    }

    /// The share of all due instances that was ready then.
    pub fn mean(&self, at: UpAt) -> Option<Percent> {
        Percent::of(self.up_at[at.index()].into(), self.due.into())
    }

    /// The share of mornings that were good.
    pub fn good(&self) -> Option<Percent> {
        Percent::of(self.good_mornings.into(), self.mornings.into())
    }

    /// Adds one replication; the smallest shares of its waves.
    fn add(&mut self, plan: &Plan, outcome: &Outcome) -> Option<[Percent; 4]> {
        let mut worst: Option<[Percent; 4]> = None;
        let mut mornings: BTreeMap<(SimTime, &str), bool> = BTreeMap::new();
        let starts = outcome.waves.iter().filter(|w| w.kind == WaveKind::Start && w.size > 0);
        for wave in starts {
            if !is_modelled(plan, wave) {
                self.not_modelled += 1;
                continue;
            }
            self.due += wave.size;
            self.never += wave.never;
            self.up_at.iter_mut().zip(wave.done_within).for_each(|(sum, done)| *sum += done);
            let shares = wave.done_within.map(|done| share(done, wave.size));
            worst = Some(worst.map_or(shares, |least| {
                std::array::from_fn(|place| least[place].min(shares[place]))
            }));
            *mornings.entry((wave.due, &wave.controller)).or_insert(true) &= is_good(plan, wave);
            self.note_worst(outcome.replication, wave);
        }
        self.mornings += mornings.len() as u64;
        self.good_mornings += mornings.values().filter(|good| **good).count() as u64;
        worst
    }

    fn note_worst(&mut self, replication: u32, wave: &Wave) {
        let rank = |w: &Wave| (share(w.done_within[UpAt::M15.index()], w.size), u64::MAX - w.never);
        if self.worst_wave.as_ref().is_none_or(|known| rank(wave) < rank(&known.wave)) {
            self.worst_wave = Some(WorstWave { replication, wave: wave.clone() });
        }
    }
}

fn group_of<'a>(plan: &'a Plan, wave: &Wave) -> Option<&'a GroupSpec> {
    let mut groups = plan.region.groups.iter();
    groups.find(|group| group.zone.0 == wave.zone && group.instance_type.0 == wave.instance_type)
}

/// The name of what a wave's instances take their stock from: a public or private pool, or
/// dedicated hosts; none if it is unlimited.
pub fn pool_of(plan: &Plan, wave: &Wave) -> Option<String> {
    let region = &plan.region;
    let name = |capacity: &CapacityId| region.capacities[capacity.index()].name.as_str();
    match group_of(plan, wave).map(|group| &group.placement) {
        Some(Placement::Target(capacity)) => return Some(name(capacity).to_owned()),
        Some(Placement::Hosts { hosts, .. }) => {
            return Some(hosts.iter().map(name).collect::<Vec<_>>().join(" + "));
        }
        Some(Placement::Public | Placement::OpenPools) | None => {}
    }
    let pool = group_of(plan, wave).and_then(|group| group.pool)?;
    let spec = &region.pools[pool.index()];
    (spec.stock != StockSpec::Unlimited).then(|| spec.name.clone())
}

/// Whether the wave's outcome says anything about stock: it took some from a limited pool or
/// from capacity of the account's own, or needed none.
pub fn is_modelled(plan: &Plan, wave: &Wave) -> bool {
    wave.from_economical == 0 || pool_of(plan, wave).is_some()
}

/// Whether enough of a wave was ready in time: within the scenario's own limit.
pub fn is_good(plan: &Plan, wave: &Wave) -> bool {
    wave.done_in_time >= plan.good_morning.share.of_rounded_up(wave.size)
}

fn share(done: u64, size: u64) -> Percent {
    Percent::of(done.into(), size.into()).unwrap_or_default()
}
