//! Whether intervals cover as much when replications go on until they are narrow.

use stopsim::stats::{Interval, Lack, Precision};
use stopsim::units::Ratio;

use super::figure::{Figure, Sample, Truth};
use super::world::{Luck, Replication, World};

/// How often each rule is followed to its end.
pub const TRIALS: u32 = 1_000;
/// Before the first look, and the last.
const FIRST: u32 = 20;
const MOST: u32 = 1_280;
const CONFIDENCE: Ratio = Ratio::new(95, 100);
/// What is to be covered at least: the rule looks at what decides when it ends.
const TARGET: f64 = 0.91;

/// How narrow which figure is to be, and as a user writes that.
pub const RULES: [(Figure, Precision, &str); 6] = [
    (Figure::GoodWaves, Precision::Absolute(0.05), "± 5 points"),
    (Figure::ReadyAt15, Precision::Absolute(0.01), "± 1 point"),
    (Figure::Saved, Precision::Relative(Ratio::new(1, 1_000)), "± 0.1 %"),
    (Figure::Refused, Precision::Relative(Ratio::new(20, 100)), "± 20 %"),
    (Figure::Unavailable, Precision::Relative(Ratio::new(20, 100)), "± 20 %"),
    (Figure::Unavailable, Precision::Relative(Ratio::new(10, 100)), "± 10 %"),
];

/// What came of one rule in one world.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The world's name.
    pub world: &'static str,
    /// Of what.
    pub figure: Figure,
    /// How narrow.
    pub rule: &'static str,
    /// Trials in which it was reached.
    pub reached: u32,
    /// Of these, those whose interval has the truth in it.
    pub covered: u32,
    /// Replications of all trials that reached it.
    pub replications: u64,
}

impl Followed {
    /// The share that was covered.
    pub fn coverage(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.reached)
    }

    /// What it promises and does not keep.
    pub fn misses(&self) -> Option<String> {
        let is_enough = self.reached > 0 && self.coverage() >= TARGET;
        let Followed { world, figure, rule, .. } = self;
        (!is_enough).then(|| format!("until, {world}, {figure:?} {rule}: {:.3}", self.coverage()))
    }
}

/// Every rule of a world, each in so many trials.
pub fn experiment(
    world: &World,
    bank: &[Replication],
    truths: &[(Figure, Truth)],
    trials: u32,
) -> Vec<Followed> {
    let truth = |figure| truths.iter().find(|(one, _)| *one == figure).map(|(_, truth)| *truth);
    let varying = RULES.iter().filter_map(|rule| Some((rule, truth(rule.0)?)));
    let follow =
        |((figure, precision, rule), truth): (&(Figure, Precision, &'static str), Truth)| {
            let (figure, rule) = (*figure, *rule);
            let mut all = Followed {
                world: world.name,
                figure,
                rule,
                reached: 0,
                covered: 0,
                replications: 0,
            };
            for trial in 0..trials {
                let mut luck = Luck::of((u64::from(trial) << 32) + 1);
                let mut draw = || &bank[(luck.share() * bank.len() as f64) as usize];
                let mut drawn = Vec::new();
                let mut look = FIRST;
                while look <= MOST {
                    drawn.extend((drawn.len() as u32..look).map(|_| draw()));
                    match Sample::of(drawn.clone()).interval(figure, CONFIDENCE) {
                        Ok(interval) if precision.is_met(&interval) => {
                            let Interval { low, high, n, .. } = interval;
                            all.reached += 1;
                            all.covered += u32::from(low <= truth.value && truth.value <= high);
                            all.replications += u64::from(n);
                            break;
                        }
                        Ok(interval) => look = precision.next_look(&interval, look),
                        Err(Lack::TooFew { .. }) => look *= 2,
                        Err(Lack::Alike | Lack::Extreme | Lack::Nothing) => break,
                    }
                }
            }
            all
        };
    varying.filter(|(_, truth)| truth.varies).map(follow).collect()
}

#[cfg(test)]
mod tests {
    use super::super::figure::truths;
    use super::super::world::WORLDS;
    use super::*;

    /// A sample of 100 trials: fewer than 86 that cover are 1 in 5 000 where 95 % are promised.
    #[test]
    fn narrow_intervals_cover_what_they_promise_as_far_as_a_sample_shows() {
        let world = &WORLDS[1];
        let bank: Vec<Replication> = (0..4_000).map(|number| world.replication(number)).collect();
        for followed in experiment(world, &bank, &truths(&bank), 100) {
            assert!(followed.covered * 100 >= followed.reached * 86, "{followed:?}");
            assert!(followed.reached > 90, "{followed:?}");
        }
    }
}
