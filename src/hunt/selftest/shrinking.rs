//! Whether what fails is made small: defects in a world of twelve instances and fourteen faults.

use crate::fact::Defect;
use crate::hunt::mix::Portfolio;
use crate::hunt::shrink::{OTHER_SEEDS, shrink};
use crate::hunt::trial::{Told, Trial};
use crate::scenario::Memory;
use crate::sim::plan::Plan;

use super::{SOUND, plan_of_with};

/// Defects that show in the world of the sound controller: of refusals, answers, crashes, replicas
/// and ties.
const SHRUNK: [Defect; 10] = [
    Defect::DropsStoppedMode,
    Defect::SwallowsRefusals,
    Defect::TakesRefusalForSuccess,
    Defect::TakesAcceptanceForDone,
    Defect::StaysBusy,
    Defect::ForgetsInCrash,
    Defect::TwoReplicas,
    Defect::TwoHandlers,
    Defect::RetriesBlindAfterTimeout,
    Defect::DropsStartWithoutStock,
];
/// Seeds in which each is looked for.
const SEEDS: u64 = 120;
/// The most instances, and the most faults, that the median of reproducers may have.
const MOST: u32 = 2;

/// How small failing runs were made.
#[derive(Clone, Debug, Default)]
pub struct Shrinking {
    /// Defects that were tried.
    pub tried: u32,
    /// Instances of each that was found, before and after.
    pub instances: Vec<(u32, u32)>,
    /// Faults of each, before and after.
    pub faults: Vec<(u32, u32)>,
    /// Scenarios that say their decisions and fail under all other seeds that were tried.
    pub explicit: u32,
}

impl Shrinking {
    /// Makes the first failing run of each defect small.
    pub fn run(of: &dyn Fn(&Plan, &[Trial]) -> Vec<Told>) -> Shrinking {
        let mut all = Shrinking::default();
        let source = Memory::new().with("selftest.toml", SOUND);
        for defect in SHRUNK {
            all.tried += 1;
            let sets = [format!("controller.careful.defects=[\"{}\"]", defect.name())];
            let trials: Vec<Trial> = (1..=SEEDS).map(|seed| Portfolio::ALL.trial(seed)).collect();
            let told = of(&plan_of_with(SOUND, &sets), &trials);
            let Some(found) = told.iter().find(|told| told.is_finding()) else { continue };
            let Ok(shrunk) = shrink("selftest.toml", &source, &sets, found.trial, None) else {
                continue;
            };
            let [before, after] = shrunk.sizes;
            all.instances.push((before.instances, after.instances));
            let faults = [before, after].map(|size| u32::try_from(size.faults).unwrap_or(u32::MAX));
            all.faults.push((faults[0], faults[1]));
            let fails_always = shrunk.other_seeds == (OTHER_SEEDS, OTHER_SEEDS);
            all.explicit += u32::from(fails_always && shrunk.explicit.is_some());
        }
        all
    }

    /// Whether all were found and made small enough.
    pub fn passes(&self) -> bool {
        let is_small = |sizes: &[(u32, u32)]| median(sizes).is_some_and(|(_, size)| size <= MOST);
        self.explicit == self.tried && is_small(&self.instances) && is_small(&self.faults)
    }

    /// On the screen.
    pub fn text(&self) -> String {
        let of = |sizes: &[(u32, u32)]| {
            let (before, after) = median(sizes).unwrap_or_default();
            format!("{before} -> {after}")
        };
        format!(
            "{} of {} fail under {OTHER_SEEDS} other seeds; median: instances {}, faults {}",
            self.explicit,
            self.tried,
            of(&self.instances),
            of(&self.faults),
        )
    }
}

/// The upper median of each side.
fn median(sizes: &[(u32, u32)]) -> Option<(u32, u32)> {
    let of = |side: fn(&(u32, u32)) -> u32| {
        let mut all: Vec<u32> = sizes.iter().map(side).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    };
    of(|size| size.0).zip(of(|size| size.1))
}
