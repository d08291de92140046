//! The fleet in stretches: who wants, and who acts on, which instances.

use std::collections::BTreeSet;
use std::ops::Range;

use super::controllers;
use super::demands;

/// Neighbours that the same demand wants and the same controllers act on.
pub(super) struct Neighbours<'a> {
    /// The instances.
    pub range: Range<u32>,
    /// The demand, by its place in the plan.
    pub demand: Option<usize>,
    /// The controllers, by their places in the plan.
    pub controllers: &'a BTreeSet<usize>,
}

/// Goes through the instances in order, and knows who is about each.
pub(super) struct Sweep {
    /// Where somebody's range begins or ends: at which instance, who, and whether it begins.
    marks: Vec<(u32, Who, bool)>,
    next: usize,
    demand: Option<usize>,
    controllers: BTreeSet<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Demand(usize),
    Controller(usize),
}

impl Sweep {
    /// Over all of these.
    pub fn over(demands: &demands::Built, controllers: &controllers::Built) -> Sweep {
        let wanted = demands.list.iter().enumerate().flat_map(|(place, demand)| {
            demand.instances.iter().map(move |range| (range, Who::Demand(place)))
        });
        let acted = controllers.list.iter().enumerate().flat_map(|(place, one)| {
            one.ranges.iter().map(move |range| (range, Who::Controller(place)))
        });
        let ends =
            |(range, who): (&Range<u32>, Who)| [(range.start, who, true), (range.end, who, false)];
        let mut marks: Vec<_> = wanted.chain(acted).flat_map(ends).collect();
        // What ends at an instance ends before what begins there.
        marks.sort_unstable_by_key(|(at, who, begins)| (*at, *begins, *who));
        Sweep { marks, next: 0, demand: None, controllers: BTreeSet::new() }
    }

    /// Shows the neighbours of a range; ranges come ascending.
    pub fn each(&mut self, range: Range<u32>, mut show: impl FnMut(&Neighbours<'_>)) {
        let mut from = range.start;
        while from < range.end {
            while let Some(&(at, who, begins)) = self.marks.get(self.next)
                && at <= from
            {
                self.pass(who, begins);
                self.next += 1;
            }
            let end = self.marks.get(self.next).map_or(range.end, |mark| mark.0.min(range.end));
            let controllers = &self.controllers;
            show(&Neighbours { range: from..end, demand: self.demand, controllers });
            from = end;
        }
    }

    fn pass(&mut self, who: Who, begins: bool) {
        match (who, begins) {
            (Who::Demand(place), true) => self.demand = Some(place),
            (Who::Demand(_), false) => self.demand = None,
            (Who::Controller(place), true) => {
                self.controllers.insert(place);
            }
            (Who::Controller(place), false) => {
                self.controllers.remove(&place);
            }
        }
    }
}
