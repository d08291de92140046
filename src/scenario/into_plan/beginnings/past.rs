//! Who would have stopped an instance last, before the run.
//!
//! Times are told from calendars alone, in microseconds from time 0, so that the past is
//! negative. *Assumed*: what chance and pace decide (jitter, a shuffled order, batches, how long
//! calls take) does not decide who was first; an outage or fault of the run was not there yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::controller::policy::{Controller, Drive, Order, Want};
use crate::controller::schedule::stagger;
use crate::demand::PastEdge;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::StoppedMode;
use crate::fact::Action;
use crate::scenario::into_plan::{controllers, demands};

/// Before all that is known.
const LONG_AGO: i64 = i64::MIN / 2;

/// What there is to know of the time before the run.
pub(super) struct Past<'a> {
    demands: &'a demands::Built,
    controllers: &'a controllers::Built,
    /// Where instances stand in the lists of controllers that stagger them, once asked for.
    positions: BTreeMap<usize, BTreeMap<InstanceId, usize>>,
}

/// Who decides.
pub(super) enum Verdict {
    /// One mode.
    Clear(StoppedMode),
    /// Two controllers stop at one instant, and in different modes.
    Clash(usize, usize),
}

/// Whether a watch may hold an instance to be wrong that runs.
pub(super) fn may_want_down(want: Want) -> bool {
    match want {
        Want::Running => false,
        Want::Stopped | Want::Demanded(_) => true,
    }
}

impl<'a> Past<'a> {
    /// Of these demands and controllers.
    pub fn of(demands: &'a demands::Built, controllers: &'a controllers::Built) -> Past<'a> {
        Past { demands, controllers, positions: BTreeMap::new() }
    }

    /// Whether the answer may differ from instance to instance.
    pub fn tells_apart(&self, stoppers: &[(usize, StoppedMode)]) -> bool {
        stoppers.iter().any(|(place, _)| staggers(&self.controllers.list[*place].controller))
    }

    /// The mode of the first stop after the last start, of those that `stoppers` would have made
    /// up to time 0. If there was none after the last start, the period before it counts.
    pub fn first_stop(
        &mut self,
        instance: InstanceId,
        stoppers: &[(usize, StoppedMode)],
        (demand, about): (Option<usize>, &BTreeSet<usize>),
    ) -> Verdict {
        let starts = self.starts(demand, about);
        let mut stops: Vec<(i64, usize, StoppedMode)> = vec![];
        for (place, mode) in stoppers {
            let later = self.stagger(*place, instance);
            let times = self.stops(*place, &starts).into_iter();
            stops.extend(times.map(|(at, staggered)| {
                (if staggered { at.saturating_add(later) } else { at }, *place, *mode)
            }));
        }
        stops.sort_unstable_by_key(|(at, place, _)| (*at, *place));
        let last = stops.last().map_or(LONG_AGO, |(at, ..)| *at);
        let since = starts.iter().copied().filter(|at| *at < last).max().unwrap_or(i64::MIN);
        let mut period = stops.into_iter().filter(|(at, ..)| *at > since);
        let (first, one, mode) = period.next().expect("the last stop is in its own period");
        let clash = period.take_while(|(at, ..)| *at == first).find(|(_, _, other)| *other != mode);
        clash.map_or(Verdict::Clear(mode), |(_, other, _)| Verdict::Clash(one, other))
    }

    /// How much later than the first it stops an instance.
    fn stagger(&mut self, place: usize, instance: InstanceId) -> i64 {
        let controller = &self.controllers.list[place].controller;
        let Some(span) = controller.pacing.stagger.filter(|_| staggers(controller)) else {
            return 0;
        };
        let positions = self.positions.entry(place).or_insert_with(|| {
            controller.instances.iter().enumerate().map(|(position, id)| (*id, position)).collect()
        });
        let position = positions[&instance];
        let later = stagger(position, controller.instances.len(), span);
        i64::try_from(later.as_micros()).unwrap_or(i64::MAX)
    }

    /// When the stops of a controller were due, and whether its stagger comes on top.
    fn stops(&self, place: usize, starts: &[i64]) -> Vec<(i64, bool)> {
        let one = &self.controllers.list[place];
        let known = |times: Vec<i64>| if times.is_empty() { vec![LONG_AGO] } else { times };
        match &one.controller.drive {
            Drive::Edges { follows, .. } => {
                let past =
                    follows.map_or(&one.past, |place| &self.demands.past[usize::from(place)]);
                known(edges(past, false).collect()).into_iter().map(|at| (at, true)).collect()
            }
            Drive::Watch { every, want, .. } => {
                let every = i64::try_from(every.as_micros()).unwrap_or(i64::MAX);
                let past = |of: u16| &self.demands.past[usize::from(of)];
                let (wrong, right): (Vec<i64>, Vec<i64>) = match want {
                    Want::Demanded(of) => {
                        (edges(past(*of), false).collect(), edges(past(*of), true).collect())
                    }
                    Want::Stopped => (starts.to_vec(), vec![]),
                    Want::Running => (vec![], vec![]),
                };
                // Its looks lie whole intervals before time 0, or at it.
                let look = |from: i64| -(-from / every * every);
                let too_late = |from: i64| right.iter().any(|at| *at > from && *at <= look(from));
                let seen = wrong.into_iter().filter(|from| !too_late(*from)).map(look);
                // It asks when it has looked: after who acts at the same instant.
                known(seen.collect()).into_iter().map(|at| (at + 1, false)).collect()
            }
            Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => {
                vec![(LONG_AGO, false)]
            }
        }
    }

    /// When an instance was started: when its demand began, and when a controller starts it.
    fn starts(&self, demand: Option<usize>, about: &BTreeSet<usize>) -> Vec<i64> {
        let mut starts: Vec<i64> =
            demand.into_iter().flat_map(|place| edges(&self.demands.past[place], true)).collect();
        for place in about {
            let one = &self.controllers.list[*place];
            let lead = i64::try_from(one.controller.lead.as_micros()).unwrap_or(i64::MAX);
            match &one.controller.drive {
                Drive::Edges { follows, acts, .. } if acts.includes(Action::Start) => {
                    let past = follows.map_or(&one.past, |of| &self.demands.past[usize::from(of)]);
                    starts.extend(edges(past, true).map(|at| at.saturating_sub(lead)));
                }
                Drive::Watch { want: Want::Demanded(of), acts, .. }
                    if acts.includes(Action::Start) =>
                {
                    starts.extend(edges(&self.demands.past[usize::from(*of)], true));
                }
                Drive::Edges { .. }
                | Drive::Watch { .. }
                | Drive::Poisson { .. }
                | Drive::Listed(_)
                | Drive::OnStopped { .. }
                | Drive::Client { .. } => {}
            }
        }
        starts
    }
}

/// Whether it stops its instances one after the other, in an order that is known.
fn staggers(controller: &Controller) -> bool {
    let in_known_order = match controller.order {
        Order::AsListed | Order::Priority => true,
        Order::Shuffled => false,
    };
    controller.pacing.stagger.is_some() && in_known_order
}

/// When it became wanted, or unwanted.
fn edges(past: &[PastEdge], wanted: bool) -> impl Iterator<Item = i64> + '_ {
    let ago = |edge: &PastEdge| -i64::try_from(edge.ago.as_micros()).unwrap_or(i64::MAX);
    past.iter().filter(move |edge| edge.wanted == wanted).map(ago)
}
