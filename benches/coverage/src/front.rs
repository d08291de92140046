//! Whether `sweep` leaves in what is the best in truth, and what lies on the front.

use stopsim::report::compare::Direction;
use stopsim::report::estimate::Method;
use stopsim::report::measure::Observed;
use stopsim::report::sweep::{Front, Judged, Told, judge};
use stopsim::sim::metric::PERCENT;

use crate::row::{Own, Row, WAVES};

/// How often each is swept.
pub const TRIALS: u32 = 1_000;
/// What is promised of the best setting, and of the front.
const TARGET: f64 = 0.95;
/// Replications of a sweep.
const REPLICATIONS: [u32; 2] = [10, 40];

/// Far apart, as close as luck, and alike.
pub const ROWS: [Row; 6] = [
    Row {
        story: "each keeps more and costs more, by far",
        settings: &[(700, 0), (800, 100), (850, 200), (900, 300), (950, 400), (990, 500)],
        own: Own::Money,
    },
    Row {
        story: "half of them behind, by as much as luck",
        settings: &[
            (700, 0),
            (800, 40),
            (900, 80),
            (950, 120),
            (690, 10),
            (780, 60),
            (860, 110),
            (900, 160),
        ],
        own: Own::Money,
    },
    Row { story: "ten alike", settings: &[(900, 100); 10], own: Own::Money },
    Row { story: "thirty alike", settings: &[(900, 100); 30], own: Own::Money },
    Row { story: "thirty alike, bad waves cost", settings: &[(900, 100); 30], own: Own::Waves },
    Row { story: "thirty alike, skewed luck", settings: &[(900, 100); 30], own: Own::SkewedMoney },
];

/// What came of the sweeps of one row.
#[derive(Debug)]
pub struct Tried {
    /// Which.
    pub row: &'static Row,
    /// Replications of each sweep.
    pub replications: u32,
    trials: u32,
    best_kept: u32,
    front_kept: u32,
    /// Settings of all sweeps that can still be the best, and all settings.
    starred: (u32, u32),
    /// Settings of all sweeps behind in truth that are told so, and all that are behind.
    behind: (u32, u32),
}

/// Every row.
pub fn experiments() -> Vec<Tried> {
    let each = |row| REPLICATIONS.iter().map(move |n| experiment(row, *n, TRIALS));
    ROWS.iter().flat_map(each).collect()
}

impl Tried {
    /// How often the best one is kept, and the front; how many settings have a star.
    pub fn shares(&self) -> [f64; 3] {
        let of = |part: u32, whole: u32| f64::from(part) / f64::from(whole);
        [
            of(self.best_kept, self.trials),
            of(self.front_kept, self.trials),
            of(self.starred.0, self.starred.1),
        ]
    }

    /// How many of the settings behind are told so, if there are any.
    pub fn told_behind(&self) -> Option<f64> {
        let (told, all) = self.behind;
        (all > 0).then(|| f64::from(told) / f64::from(all))
    }

    /// What it promises and does not keep.
    pub fn misses(&self) -> Option<String> {
        let [best, front, ..] = self.shares();
        let story = format!("front, {}, n = {}", self.row.story, self.replications);
        (best < TARGET || front < TARGET).then(|| format!("{story}: {best} best, {front} front"))
    }
}

/// Sweeps a row so often.
fn experiment(row: &'static Row, replications: u32, trials: u32) -> Tried {
    let (best_kept, front_kept, starred, behind) = (0, 0, (0, 0), (0, 0));
    let mut tried = Tried { row, replications, trials, best_kept, front_kept, starred, behind };
    let cheapest = (0..row.settings.len()).min_by_key(|setting| row.settings[*setting].1);
    for trial in 0..trials {
        let settings = 0..row.settings.len();
        let told: Vec<[Told; 2]> =
            settings.map(|setting| told(row, trial, setting, replications)).collect();
        let judged = judge([Direction::Up, Direction::Up], &told);
        tried.best_kept += u32::from(cheapest.is_some_and(|best| judged[best].can_be_best));
        let is_told = |one: &Judged| one.front == Front::Behind;
        let mut front_kept = true;
        for (setting, one) in judged.iter().enumerate() {
            tried.starred.0 += u32::from(one.can_be_best);
            tried.starred.1 += 1;
            if is_behind(row, setting) {
                tried.behind.0 += u32::from(is_told(one));
                tried.behind.1 += 1;
            } else {
                front_kept &= !is_told(one);
            }
        }
        tried.front_kept += u32::from(front_kept);
    }
    tried
}

/// Whether another one beats it in both, in truth.
fn is_behind(row: &Row, setting: usize) -> bool {
    let (kept, cost) = row.settings[setting];
    row.settings.iter().any(|other| other.0 > kept && other.1 < cost)
}

/// What a setting's replications say of money and of waves.
fn told(row: &Row, trial: u32, setting: usize, replications: u32) -> [Told; 2] {
    let draw = |replication| row.draw(trial.into(), replication, setting);
    let drawn: Vec<(i128, i128)> = (0..u64::from(replications)).map(draw).collect();
    let sum: i128 = drawn.iter().map(|(_, value)| value).sum();
    let good: i128 = drawn.iter().map(|(good, _)| good).sum();
    let money = Told {
        observed: Observed::Mean { sum, n: replications },
        method: Method::Mean,
        each: drawn.iter().map(|(_, value)| (*value, 1)).collect(),
    };
    let all = WAVES * i128::from(replications);
    let waves = Told {
        observed: Observed::Value(good * 100 * PERCENT / all),
        method: Method::Clusters,
        each: drawn.iter().map(|(good, _)| (*good, WAVES)).collect(),
    };
    [money, waves]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample of 100 sweeps: fewer than 86 that keep them are 1 in 5 000 where 95 % are promised.
    #[test]
    fn the_best_and_the_front_are_kept_as_far_as_a_sample_shows() {
        // In the last of these 78 % are kept if each setting is judged by itself, not all at once.
        for (row, replications) in [(0, 10), (1, 10), (2, 10), (4, 40)] {
            let row = &ROWS[row];
            let [best, front, ..] = experiment(row, replications, 100).shares();
            assert!(best >= 0.86 && front >= 0.86, "{}: {best}, {front}", row.story);
        }
    }

    /// What the marks are for: settings that are dearer by far have no star.
    #[test]
    fn settings_that_are_dearer_by_far_cannot_be_the_best() {
        let [.., starred] = experiment(&ROWS[0], 10, 100).shares();
        assert!(starred < 0.25, "{starred}");
    }
}
