//! One setting at a time: what moves the objective most.

use crate::stats::{Interval, Lack};

use super::super::compare::paired;
use super::super::estimate::CONFIDENCE;
use super::{AS_IS, Swept};

/// A value of one key beside the scenario as it is.
#[derive(Clone, Debug)]
pub struct Swing {
    /// Which axis.
    pub axis: usize,
    /// The place of its point.
    pub point: usize,
    /// The objective less that of the scenario as it is, in the metric's unit; none where either is
    /// no number.
    pub difference: Option<i128>,
    /// Where the true difference lies, with 95 %.
    pub interval: Result<Interval, Lack>,
}

impl Swept {
    /// Every value beside the scenario as it is, by axis; the axis that moves the objective most
    /// comes first. Nothing where the scenario as it is is no point.
    pub fn swings(&self) -> Vec<Swing> {
        let is_base = |values: &[String]| values.iter().all(|value| value == AS_IS);
        let Some(base) = self.points.iter().find(|point| is_base(&point.values)) else {
            return Vec::new();
        };
        let value = base.figures[0].observed.value();
        let (method, own) = (base.objective.method, base.objective.each());
        let mut all: Vec<Swing> = Vec::new();
        for (place, point) in self.points.iter().enumerate() {
            let mut set = (0..self.axes.len()).filter(|axis| point.values[*axis] != AS_IS);
            let (Some(axis), None) = (set.next(), set.next()) else { continue };
            all.push(Swing {
                axis,
                point: place,
                difference: point.figures[0].observed.value().zip(value).map(|(a, b)| a - b),
                interval: paired(method, &own, &point.objective.each(), CONFIDENCE).interval,
            });
        }
        let reach = |axis: usize| {
            let own = all.iter().filter(|one| one.axis == axis).filter_map(|one| one.difference);
            own.clone().max().unwrap_or(0).max(0) - own.min().unwrap_or(0).min(0)
        };
        let reach: Vec<i128> = (0..self.axes.len()).map(reach).collect();
        all.sort_by_key(|one| (std::cmp::Reverse(reach[one.axis]), one.axis, one.point));
        all
    }
}
