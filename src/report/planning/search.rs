//! Which settings to run next, and which of them is the answer. Decides, and runs nothing.
//!
//! Every setting is judged after 20, 40, 80 … replications, until its side of the promise is
//! known. Where the promise and the objective go one way along a knob, the cheapest setting that
//! meets the promise is found by bisection. Elsewhere all settings are screened by the promise, and
//! the best of those that meet it is selected by Kim and Nelson's procedure (`stats::Selection`).
//! The error that is allowed is shared among all decisions (Bonferroni).

use crate::stats::{Beside, Difference, Interval, Lack, Selection};
use crate::units::Ratio;

/// On which side of the promise a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It meets the promise, or misses it by less than the margin.
    Meets,
    /// It misses the promise.
    Misses,
    /// That is not known yet.
    Open,
}

/// How the search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Along one knob; the user says that both figures go one way.
    Bisection,
    /// Over all settings: a difference of the objective below this does not matter.
    Selection(i128),
}

/// What a search goes by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How.
    pub strategy: Strategy,
    /// After how many replications a setting is judged, ascending.
    pub looks: Vec<u32>,
    /// How sure the answer is to be.
    pub confidence: Ratio,
    /// How many promises there are.
    pub promises: usize,
}

/// What so many replications of a setting say.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its side.
    pub side: Side,
    /// The objective of each replication; more is better.
    pub values: Vec<i128>,
    /// How well the promise is kept, by what was observed; more is better.
    pub kept: Option<i128>,
}

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was never run: others decided.
    NotRun,
    /// It misses the promise.
    Misses,
    /// It meets the promise.
    Meets,
    /// Another that meets the promise is better.
    Behind(usize),
    /// After all replications that are allowed its side is still not known.
    Open,
}

/// What the search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This setting.
    Best {
        /// Which.
        point: usize,
        /// The best of the others that meet the promise, as far as they were run.
        next: Option<usize>,
        /// Whether all others are told apart from it, or differ by less than matters.
        is_told_apart: bool,
    },
    /// No setting is known to meet the promise.
    Nothing {
        /// The one that comes closest.
        closest: usize,
    },
}

/// The objective does not go one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting that should cost more is the better one")]
pub struct NotMonotone {
    /// The setting that should be cheaper.
    pub cheaper: usize,
    /// The setting that should cost more.
    pub dearer: usize,
}

/// A search under way.
#[derive(Clone, Debug)]
pub struct Search {
    rules: Rules,
    points: Vec<Point>,
    /// Of a selection: the look that all are at.
    look: usize,
    is_over: bool,
}

#[derive(Clone, Debug, Default)]
struct Point {
    /// How many looks it has had.
    looks: usize,
    heard: Option<Heard>,
    behind: Option<usize>,
}

impl Search {
    /// Among so many settings, in the order of the knob.
    ///
    /// # Panics
    /// If there is no setting, no look or no promise.
    pub fn new(points: usize, rules: Rules) -> Search {
        assert!(points > 0 && !rules.looks.is_empty() && rules.promises > 0, "nothing to search");
        Search { points: vec![Point::default(); points], rules, look: 0, is_over: false }
    }

    /// With this confidence each side of each promise is to be judged at each look, so that all
    /// of them are right at once.
    pub fn one_sided(&self) -> Ratio {
        let settings = match self.rules.strategy {
            // Both ends, and half of the rest with every step.
            Strategy::Bisection => 2 + self.points.len().next_power_of_two().ilog2() as usize,
            // Half of the error is the selection's.
            Strategy::Selection(_) => 2 * self.points.len(),
        };
        shared(self.rules.confidence, settings * self.rules.looks.len() * self.rules.promises)
    }

    /// The settings to run next, and how many replications each is to have; none at the end.
    pub fn next(&self) -> Option<(Vec<usize>, u32)> {
        match self.rules.strategy {
            Strategy::Bisection => {
                let point = self.wanted()?;
                Some((vec![point], self.rules.looks[self.points[point].looks]))
            }
            Strategy::Selection(_) if self.is_over => None,
            Strategy::Selection(_) => {
                let waiting =
                    |place: &usize| self.is_alive(*place) && self.points[*place].looks == self.look;
                let points = (0..self.points.len()).filter(waiting).collect();
                Some((points, self.rules.looks[self.look]))
            }
        }
    }

    /// Takes what a setting said after the replications that were asked for.
    pub fn take(&mut self, point: usize, heard: Heard) {
        let own = &mut self.points[point];
        own.looks += 1;
        own.heard = Some(heard);
        if let Strategy::Selection(indifference) = self.rules.strategy {
            let mut all = (0..self.points.len()).filter(|place| self.is_alive(*place));
            if all.all(|place| self.points[place].looks > self.look) {
                self.judge(indifference);
            }
        }
    }

    /// What became of a setting.
    pub fn fate(&self, point: usize) -> Fate {
        let own = &self.points[point];
        match (&own.heard, own.behind) {
            (None, _) => Fate::NotRun,
            (Some(_), Some(better)) => Fate::Behind(better),
            (Some(heard), None) => match heard.side {
                Side::Meets => Fate::Meets,
                Side::Misses => Fate::Misses,
                Side::Open => Fate::Open,
            },
        }
    }

    /// How many replications of a setting were asked for.
    pub fn replications(&self, point: usize) -> u32 {
        match self.points[point].looks {
            0 => 0,
            looks => self.rules.looks[looks - 1],
        }
    }

    /// What it came to, once there is nothing to run.
    ///
    /// # Errors
    /// If a bisection met two settings whose objective goes the other way.
    pub fn found(&self) -> Result<Found, NotMonotone> {
        match self.rules.strategy {
            Strategy::Bisection => self.bisected(),
            Strategy::Selection(indifference) => Ok(self.selected(indifference)),
        }
    }

    fn is_alive(&self, point: usize) -> bool {
        let own = &self.points[point];
        let misses = own.heard.as_ref().is_some_and(|heard| heard.side == Side::Misses);
        own.behind.is_none() && !misses
    }

    /// Whether a setting meets the promise, once that is decided; what stays open does not.
    fn meets(&self, point: usize) -> Option<bool> {
        let own = &self.points[point];
        match own.heard.as_ref()?.side {
            Side::Meets => Some(true),
            Side::Misses => Some(false),
            Side::Open => (own.looks == self.rules.looks.len()).then_some(false),
        }
    }

    fn heard(&self, point: usize) -> &Heard {
        self.points[point].heard.as_ref().expect("it was run")
    }

    /// The replications that two settings both had.
    fn both(&self, own: usize, other: usize) -> (&[i128], &[i128]) {
        let (own, other) = (&self.heard(own).values, &self.heard(other).values);
        let n = own.len().min(other.len());
        (&own[..n], &other[..n])
    }

    /// Whether the mean of one is above that of another.
    fn is_better(&self, own: usize, other: usize) -> bool {
        let (own, other) = self.both(own, other);
        own.iter().sum::<i128>() > other.iter().sum::<i128>()
    }

    /// The best of some, the first among equals.
    fn best(&self, points: impl Iterator<Item = usize>) -> Option<usize> {
        points.reduce(|best, one| if self.is_better(one, best) { one } else { best })
    }

    /// The setting that comes closest to the promise.
    fn closest(&self) -> usize {
        let kept = |place: &usize| self.points[*place].heard.as_ref().and_then(|one| one.kept);
        (0..self.points.len()).rev().max_by_key(kept).expect("there is a setting")
    }

    /// Of a bisection: the settings from the cheap end to the dear one.
    fn along(&self) -> Vec<usize> {
        let last = self.points.len() - 1;
        match self.is_better(last, 0) {
            true => (0..=last).rev().collect(),
            false => (0..=last).collect(),
        }
    }

    /// Of a bisection: the setting whose side is to be known next.
    fn wanted(&self) -> Option<usize> {
        let last = self.points.len() - 1;
        if let Some(end) = [0, last].into_iter().find(|end| self.meets(*end).is_none()) {
            return Some(end);
        }
        let along = self.along();
        let (mut misses, mut meets) = (0, last);
        if self.meets(along[misses]) == Some(true) || self.meets(along[meets]) == Some(false) {
            return None;
        }
        while meets - misses > 1 {
            let middle = usize::midpoint(misses, meets);
            match self.meets(along[middle]) {
                None => return Some(along[middle]),
                Some(true) => meets = middle,
                Some(false) => misses = middle,
            }
        }
        None
    }

    fn bisected(&self) -> Result<Found, NotMonotone> {
        let along = self.along();
        let run: Vec<usize> =
            along.iter().copied().filter(|place| self.points[*place].heard.is_some()).collect();
        for (&cheaper, &dearer) in run.iter().zip(run.iter().skip(1)) {
            let (own, other) = self.both(cheaper, dearer);
            let is_better = match Difference::of_means(own, other, self.rules.confidence).interval {
                Ok(Interval { low, .. }) => low > 0.0,
                Err(Lack::Alike) => self.is_better(dearer, cheaper),
                Err(Lack::TooFew { .. } | Lack::Extreme | Lack::Nothing) => false,
            };
            if is_better {
                return Err(NotMonotone { cheaper, dearer });
            }
        }
        let is_told_apart = run.iter().all(|place| self.fate(*place) != Fate::Open);
        let mut met = run.into_iter().filter(|place| self.meets(*place) == Some(true));
        Ok(match met.next() {
            Some(point) => Found::Best { point, next: met.next(), is_told_apart },
            None => Found::Nothing { closest: self.closest() },
        })
    }

    /// Of a selection: puts out what is behind, and sees whether more replications can tell more.
    fn judge(&mut self, indifference: i128) {
        let selection = self.selection(indifference);
        let alive = |search: &Search| {
            (0..search.points.len()).filter(|place| search.is_alive(*place)).collect::<Vec<_>>()
        };
        let meets = |search: &Search, place: &usize| search.meets(*place) == Some(true);
        let best = self.best(alive(self).into_iter().filter(|place| meets(self, place)));
        // Most are behind the best one: only the others are set beside all.
        for round in 0..2 {
            let left = alive(self);
            let against: Vec<usize> = match round {
                0 => best.into_iter().collect(),
                _ => left.iter().copied().filter(|place| meets(self, place)).collect(),
            };
            let behind = |own: usize| {
                let ahead = |other: &&usize| {
                    let (a, b) = self.both(own, **other);
                    **other != own && selection.beside(a, b) == Beside::Out
                };
                against.iter().find(ahead).copied()
            };
            let out: Vec<(usize, usize)> =
                left.iter().filter_map(|own| Some((*own, behind(*own)?))).collect();
            for (own, better) in out {
                self.points[own].behind = Some(better);
            }
        }
        let left = alive(self);
        let all_known = left.iter().all(|place| meets(self, place));
        self.is_over = self.look + 1 == self.rules.looks.len()
            || (all_known && self.are_settled(&left, &selection));
        if !self.is_over {
            self.look += 1;
        }
    }

    fn selection(&self, indifference: i128) -> Selection {
        let confidence = shared(self.rules.confidence, 2);
        Selection::new(self.points.len(), self.rules.looks[0], indifference, confidence)
    }

    /// Whether no two of these can be told apart any better.
    fn are_settled(&self, points: &[usize], selection: &Selection) -> bool {
        points.iter().enumerate().all(|(place, own)| {
            points[..place].iter().all(|other| {
                let (a, b) = self.both(*own, *other);
                selection.beside(a, b) != Beside::Open && selection.beside(b, a) != Beside::Open
            })
        })
    }

    fn selected(&self, indifference: i128) -> Found {
        let alive: Vec<usize> =
            (0..self.points.len()).filter(|place| self.is_alive(*place)).collect();
        let meets = |place: &usize| self.meets(*place) == Some(true);
        let Some(point) = self.best(alive.iter().copied().filter(meets)) else {
            return Found::Nothing { closest: self.closest() };
        };
        let others = (0..self.points.len()).filter(|place| *place != point && meets(place));
        let is_told_apart =
            alive.iter().all(meets) && self.are_settled(&alive, &self.selection(indifference));
        Found::Best { point, next: self.best(others), is_told_apart }
    }
}

/// The confidence of each of so many statements, so that all hold at once with this one.
fn shared(confidence: Ratio, statements: usize) -> Ratio {
    let all = confidence.den() * statements.max(1) as u64;
    Ratio::new(all - (confidence.den() - confidence.num()), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIDENCE: Ratio = Ratio::new(95, 100);

    fn rules(strategy: Strategy) -> Rules {
        Rules { strategy, looks: vec![20, 40, 80], confidence: CONFIDENCE, promises: 1 }
    }

    /// Runs a search over settings whose truth is known: cost and whether the promise is met.
    fn run(strategy: Strategy, truth: &[(i128, Side)]) -> (Search, u32) {
        let mut search = Search::new(truth.len(), rules(strategy));
        let mut asked = 0;
        while let Some((points, replications)) = search.next() {
            for point in points {
                asked += replications - search.replications(point);
                let luck = |n: u32| i128::from(n * 7 % 5);
                let (value, side) = truth[point];
                let values = (0..replications).map(|n| 1_000 * value + luck(n)).collect();
                search.take(point, Heard { side, values, kept: Some(-value) });
            }
        }
        (search, asked)
    }

    fn along(points: usize, first_that_meets: usize) -> Vec<(i128, Side)> {
        let side = |at| if at < first_that_meets { Side::Misses } else { Side::Meets };
        (0..points).map(|at| (1_000 - at as i128, side(at))).collect()
    }

    /// Every place of the threshold, along the knob and against it, with every number of settings.
    #[test]
    fn bisection_finds_the_cheapest_setting_that_meets_the_promise() {
        for points in 1..40 {
            for threshold in 0..=points {
                let mut truth = along(points, threshold);
                for _ in 0..2 {
                    let (search, asked) = run(Strategy::Bisection, &truth);
                    let best = truth.iter().enumerate().filter(|(_, one)| one.1 == Side::Meets);
                    let best = best.max_by_key(|(_, one)| one.0).map(|(place, _)| place);
                    let found = match search.found().expect("it goes one way") {
                        Found::Best { point, .. } => Some(point),
                        Found::Nothing { .. } => None,
                    };
                    assert_eq!(found, best, "{points} settings, {threshold} miss");
                    let steps = 2 + points.next_power_of_two().ilog2();
                    assert!(asked <= 20 * steps, "{asked} replications of {points} settings");
                    truth.reverse();
                }
            }
        }
    }

    #[test]
    fn bisection_tells_an_objective_that_goes_the_other_way() {
        let mut truth = along(9, 4);
        truth[4].0 = 1_001;
        let (search, _) = run(Strategy::Bisection, &truth);
        assert_eq!(search.found(), Err(NotMonotone { cheaper: 3, dearer: 4 }));
    }

    #[test]
    fn a_side_that_stays_open_is_no_answer() {
        let mut truth = along(5, 3);
        truth[3].1 = Side::Open;
        let (search, asked) = run(Strategy::Bisection, &truth);
        let found = Found::Best { point: 4, next: None, is_told_apart: false };
        assert_eq!((search.found(), search.fate(3)), (Ok(found), Fate::Open));
        assert_eq!(search.replications(3), 80, "all that are allowed, of {asked}");
        let (search, _) = run(Strategy::Selection(100), &truth);
        let found = Found::Best { point: 4, next: None, is_told_apart: false };
        assert_eq!(search.found(), Ok(found), "3 would be better, if it met the promise");
    }

    #[test]
    fn selection_finds_the_best_that_meets_the_promise() {
        use Side::{Meets, Misses};
        let truth = [(9, Misses), (4, Meets), (8, Meets), (2, Meets), (7, Misses), (7, Meets)];
        let (search, asked) = run(Strategy::Selection(100), &truth);
        let found = Found::Best { point: 2, next: Some(5), is_told_apart: true };
        assert_eq!((search.found(), asked), (Ok(found), 6 * 20));
        let fates: Vec<Fate> = (0..truth.len()).map(|place| search.fate(place)).collect();
        let behind = Fate::Behind(2);
        assert_eq!(fates, [Fate::Misses, behind, Fate::Meets, behind, Fate::Misses, behind]);
    }

    #[test]
    fn equals_are_settled_and_the_first_is_named() {
        let truth = [(7, Side::Meets), (7, Side::Meets)];
        let (search, asked) = run(Strategy::Selection(100), &truth);
        let found = Found::Best { point: 0, next: Some(1), is_told_apart: true };
        assert_eq!((search.found(), asked), (Ok(found), 40));
    }

    #[test]
    fn where_nothing_meets_the_promise_the_closest_is_named() {
        let truth = along(4, 4);
        for strategy in [Strategy::Bisection, Strategy::Selection(100)] {
            let (search, _) = run(strategy, &truth);
            assert_eq!(search.found(), Ok(Found::Nothing { closest: 3 }), "{strategy:?}");
        }
    }
}
