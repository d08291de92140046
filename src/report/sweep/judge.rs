//! Which points can still be the best, and which lie behind others in two figures.

use crate::stats::{Interval, Lack};
use crate::units::Ratio;

use super::super::compare::{Direction, confidence, paired};
use super::super::estimate::Method;
use super::super::measure::Observed;

/// A figure that points are told apart by.
#[derive(Clone, Debug)]
pub struct Told {
    /// What all replications come to.
    pub observed: Observed,
    /// How it is estimated.
    pub method: Method,
    /// What each replication says: part and whole.
    pub each: Vec<(i128, i128)>,
}

/// Where a point stands among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether it can still be the best in the first figure.
    pub can_be_best: bool,
    /// Where it stands between both.
    pub front: Front,
}

/// Where a point stands between two figures that pull apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// On the Pareto front of what was observed, where the front bends most.
    Knee,
    /// On it: no point is better in one and not worse in the other.
    On,
    /// Behind it, but no point is better in both beyond luck.
    Near,
    /// Another point is better in both.
    Behind,
    /// One of both is not modelled, or there was nothing of it.
    Unknown,
}

/// Tells points apart by two figures, of which these ways are better.
pub fn judge(directions: [Direction; 2], points: &[[Told; 2]]) -> Vec<Judged> {
    let best = can_be_best(directions[0], points);
    let fronts = fronts(directions, points);
    let both = best.into_iter().zip(fronts);
    both.map(|(can_be_best, front)| Judged { can_be_best, front }).collect()
}

/// Subset selection: out goes what is worse than the best one observed beyond luck, all at once
/// with 95 % (Nelson, Swann, Goldsman, Song, Oper. Res. 49(6), 2001, with paired differences).
fn can_be_best(direction: Direction, points: &[[Told; 2]]) -> Vec<bool> {
    let value = |point: &&[Told; 2]| rank(direction, point[0].observed);
    let Some([best, _]) = points.iter().max_by_key(value) else { return Vec::new() };
    let confidence = confidence(points.len().saturating_sub(1));
    points.iter().map(|[own, _]| !is_worse(direction, own, best, confidence)).collect()
}

/// The Pareto front of what was observed, and what lies behind it beyond luck: all at once with
/// 95 %, and of every pair, since which points are compared is known only from what was observed.
fn fronts(directions: [Direction; 2], points: &[[Told; 2]]) -> Vec<Front> {
    let ranks: Vec<Option<[i128; 2]>> = points
        .iter()
        .map(|point| {
            let of = |place: usize| rank(directions[place], point[place].observed);
            Some([of(0)?, of(1)?])
        })
        .collect();
    let is_behind = |own: &[i128; 2]| {
        let mut all = ranks.iter().flatten();
        all.any(|one| one[0] >= own[0] && one[1] >= own[1] && one != own)
    };
    let on: Vec<usize> = (0..ranks.len())
        .filter(|place| ranks[*place].as_ref().is_some_and(|own| !is_behind(own)))
        .collect();
    let knee = knee(&on, &ranks);
    let pairs = points.len() * points.len().saturating_sub(1) / 2;
    let confidence = confidence(pairs);
    let beyond_luck = |own: &[Told; 2], better: &[Told; 2]| {
        let mut both = directions.iter().zip(own.iter().zip(better));
        both.all(|(direction, (own, better))| is_worse(*direction, own, better, confidence))
    };
    let front = |(place, own): (usize, &[Told; 2])| match ranks[place] {
        None => Front::Unknown,
        Some(_) if Some(place) == knee => Front::Knee,
        Some(_) if on.contains(&place) => Front::On,
        Some(_) if on.iter().any(|on| beyond_luck(own, &points[*on])) => Front::Behind,
        Some(_) => Front::Near,
    };
    points.iter().enumerate().map(front).collect()
}

/// More is better.
fn rank(direction: Direction, observed: Observed) -> Option<i128> {
    let value = observed.value()?;
    Some(if direction == Direction::Down { -value } else { value })
}

/// Whether one is worse than another beyond luck, or by the same in every replication. Too few
/// replications say neither.
fn is_worse(direction: Direction, own: &Told, better: &Told, confidence: Ratio) -> bool {
    let sign = if direction == Direction::Down { -1.0 } else { 1.0 };
    match paired(own.method, &own.each, &better.each, confidence).interval {
        Ok(Interval { low, high, .. }) => (sign * low).min(sign * high) > 0.0,
        Err(Lack::Alike) => {
            let ratio = |parts: &[(i128, i128)]| {
                let sums = parts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                sums.0 as f64 / sums.1 as f64
            };
            sign * (ratio(&better.each) - ratio(&own.each)) > 0.0
        }
        Err(Lack::TooFew { .. } | Lack::Extreme | Lack::Nothing) => false,
    }
}

/// Where the front is furthest from the line between its ends, each figure from 0 to 1.
fn knee(on: &[usize], ranks: &[Option<[i128; 2]>]) -> Option<usize> {
    let of = |place: &usize| ranks[*place].expect("what is on the front has both");
    let range = |figure: usize| {
        let values = on.iter().map(|place| of(place)[figure]);
        Some((values.clone().min()?, values.max()?)).filter(|(least, most)| least < most)
    };
    let (x, y) = (range(0)?, range(1)?);
    let part =
        |value: i128, (least, most): (i128, i128)| (value - least) as f64 / (most - least) as f64;
    let height = |place: &usize| part(of(place)[0], x) + part(of(place)[1], y);
    let best = on.iter().max_by(|a, b| height(a).total_cmp(&height(b)))?;
    (on.len() > 2 && height(best) > 1.0).then_some(*best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[i128]) -> Told {
        let observed = Observed::Mean { sum: values.iter().sum(), n: values.len() as u32 };
        let each = values.iter().map(|value| (*value, 1)).collect();
        Told { observed, method: Method::Mean, each }
    }

    /// A point of twelve replications: net saving, and hours unavailable.
    fn point(saved: [i128; 12], down: [i128; 12]) -> [Told; 2] {
        [told(&saved), told(&down)]
    }

    /// More saved is better, and fewer hours.
    fn judged(points: &[[Told; 2]]) -> Vec<Judged> {
        judge([Direction::Up, Direction::Down], points)
    }

    /// Luck that all points share: it cancels, however large it is.
    const LUCK: [i128; 12] =
        [0, 9_000, 3_000, 7_000, 1_000, 5_000, 2_000, 8_000, 4_000, 6_000, 10, 99];

    fn with(add: i128) -> [i128; 12] {
        let mut own = LUCK.map(|luck| luck + add);
        own[0] += 1;
        own
    }

    #[test]
    fn what_is_worse_beyond_luck_cannot_be_best() {
        let noise = [9, -9, 8, -8, 7, -7, 6, -6, 5, -5, 4, -4];
        let mut close = with(100);
        close.iter_mut().zip(noise).for_each(|(one, noise)| *one += 5 * noise - 1);
        let all = [with(100), close, with(90)].map(|saved| point(saved, with(50)));
        let best: Vec<bool> = judged(&all).iter().map(|one| one.can_be_best).collect();
        assert_eq!(best, [true, true, false]);
    }

    /// With two replications nothing is decided, and with the same difference in all everything is.
    #[test]
    fn too_few_replications_leave_every_point_in() {
        let worse = |own: &[i128], better: &[i128]| {
            is_worse(Direction::Up, &told(own), &told(better), Ratio::new(95, 100))
        };
        assert!(!worse(&[1], &[2]) && !worse(&[1, 1], &[2, 3]));
        let [one, two] = [[1; 12], [2; 12]];
        assert!(worse(&one, &two) && !worse(&two, &one) && !worse(&one, &one));
    }

    /// A promise that nothing was seen of puts no point anywhere.
    #[test]
    fn what_is_not_modelled_has_no_front() {
        let mut unseen = point(with(1), with(1));
        unseen[1].observed = Observed::NotModelled;
        assert_eq!(judged(&[unseen, point(with(2), with(2))])[0].front, Front::Unknown);
    }

    /// More saved and more hours, step by step: the front; one that saves less and is down longer
    /// is behind it.
    #[test]
    fn a_point_that_is_worse_in_both_is_behind_the_front() {
        let all = [(100, 100), (95, 20), (50, 10), (60, 60)];
        let told = judged(&all.map(|(saved, down)| point(with(saved), with(down))));
        let front: Vec<Front> = told.iter().map(|one| one.front).collect();
        assert_eq!(front, [Front::On, Front::Knee, Front::On, Front::Behind]);
    }
}
