//! Which points can be best, and which lie behind.

use super::*;
use crate::stats::Column;

/// A point of twelve replications: net saving, which is better up, and hours unavailable.
fn point(saved: [i128; 12], down: [i128; 12]) -> Point {
    let figure = |values: &[i128; 12]| Figure {
        observed: Observed::Mean { sum: values.iter().sum(), n: 12 },
        interval: None,
    };
    let sample = |values: &[i128; 12]| {
        let (mut parts, mut wholes) = (Column::default(), Column::default());
        for value in values {
            parts.push(*value);
            wholes.push(1);
        }
        Sample::of_parts(super::super::estimate::Method::Mean, parts, wholes)
    };
    Point {
        values: vec![],
        figures: vec![figure(&saved), figure(&down)],
        each: vec![],
        identity: (String::new(), 0),
        can_be_best: true,
        front: Front::On,
        objective: sample(&saved),
        promise: sample(&down),
    }
}

fn judged(points: Vec<Point>) -> Vec<(bool, Front)> {
    let mut swept = Swept {
        name: String::new(),
        axes: vec![],
        objective: Metric::parse("saving.net").expect("a metric"),
        promise: Metric::parse("unavailable.hours").expect("a metric"),
        metrics: vec![],
        assumed: vec![],
        points,
        currency: "CNY".into(),
        window: (String::new(), String::new()),
        seed: 1,
        ties: "fifo".into(),
        replications: 12,
        until: None,
        command: String::new(),
    };
    swept.judge();
    swept.points.iter().map(|point| (point.can_be_best, point.front)).collect()
}

/// Luck that all points share: it cancels, however large it is.
const LUCK: [i128; 12] = [0, 9_000, 3_000, 7_000, 1_000, 5_000, 2_000, 8_000, 4_000, 6_000, 10, 99];

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
    let told =
        judged(vec![point(with(100), with(50)), point(close, with(50)), point(with(90), with(50))]);
    let best: Vec<bool> = told.iter().map(|(best, _)| *best).collect();
    assert_eq!(best, [true, true, false]);
}

/// With two replications nothing is decided, and with the same difference in all everything is.
#[test]
fn too_few_replications_leave_every_point_in() {
    let sample = |values: &[i128]| {
        let (mut parts, mut wholes) = (Column::default(), Column::default());
        for value in values {
            parts.push(*value);
            wholes.push(1);
        }
        Sample::of_parts(super::super::estimate::Method::Mean, parts, wholes)
    };
    let worse = |own: &[i128], better: &[i128]| {
        is_worse(Direction::Up, &sample(own), &sample(better), CONFIDENCE)
    };
    assert!(!worse(&[1], &[2]) && !worse(&[1, 1], &[2, 3]));
    assert!(worse(&[1; 12], &[2; 12]) && !worse(&[2; 12], &[1; 12]) && !worse(&[1; 12], &[1; 12]));
}

/// A promise that nothing was seen of puts no point anywhere.
#[test]
fn what_is_not_modelled_has_no_front() {
    let mut unseen = point(with(1), with(1));
    unseen.figures[1].observed = Observed::NotModelled;
    assert_eq!(judged(vec![unseen, point(with(2), with(2))])[0].1, Front::Unknown);
}

/// More saved and more hours, step by step: the front; one that saves less and is down longer is
/// behind it.
#[test]
fn a_point_that_is_worse_in_both_is_behind_the_front() {
    let told = judged(vec![
        point(with(100), with(100)),
        point(with(95), with(20)),
        point(with(50), with(10)),
        point(with(60), with(60)),
    ]);
    let front: Vec<Front> = told.iter().map(|(_, front)| *front).collect();
    assert_eq!(front, [Front::On, Front::Knee, Front::On, Front::Behind]);
}

#[test]
fn only_what_replications_have_for_themselves_tells_points_apart() {
    let of = |name| tells_apart(&Metric::parse(name).expect("a metric"));
    assert!(of("saving.net").is_ok() && of("restart.good_waves").is_ok());
    assert!(matches!(of("billing.baseline"), Err(MetricError::Neutral(_))));
    assert!(matches!(of("start.due_to_ready.p99"), Err(MetricError::OfLatency(_))));
}
