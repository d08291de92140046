//! Schedules: when a controller's work on an instance is due, in which order, and which stops
//! keep charging.
//!
//! Pure helpers of scripted controllers: they hold no clock and send nothing. Positions count from
//! 0 in the order in which the controller acts.

use std::collections::BTreeMap;

use super::policy::{
    Absence, Acts, KeepChargingAfter, KeepChargingChoice, KeepChargingScope, KeepChargingShare,
};
use crate::demand::Edge;
use crate::ecs::id::{GroupId, InstanceId};
use crate::engine::{Decisions, Identity, Occasion, Purpose};
use crate::units::{Ratio, SimDuration, SimTime};

/// The backoff of a retry: entity (controller, instance), the occasion, k = calls so far.
/// Frozen.
pub const BACKOFF: Purpose = Purpose(30);
/// An instance's own delay at a due moment: entity (controller, instance), the occasion.
/// Frozen.
pub const JITTER: Purpose = Purpose(31);
/// An instance's place in a shuffled order: entity (controller, instance), once a lifetime.
/// Frozen.
pub const ORDER: Purpose = Purpose(32);
/// Whether an instance's stops keep charging: entity (controller, instance), once a lifetime.
/// Frozen.
pub const KEEP_CHARGING: Purpose = Purpose(33);

impl Acts {
    /// Whether the controller acts on an edge at which instances become wanted, or unwanted.
    pub fn on(self, wanted: bool) -> bool {
        match self {
            Acts::StopsAndStarts => true,
            Acts::StopsOnly => !wanted,
            Acts::StartsOnly => wanted,
        }
    }
}

/// A moment at which a controller begins to work through its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it begins.
    pub at: SimTime,
    /// Which edge it is for, by its place in the list.
    pub edge: usize,
}

/// When a controller acts on which edges: starts earlier by `lead`, but not before time 0, nor
/// before the edge that precedes them, whose stops would otherwise come after their starts.
/// Ascending, in the order of the edges. What falls into an outage is lost, or the last of it
/// is made up for when the controller is back.
pub fn moments(edges: &[Edge], acts: Acts, lead: SimDuration, absence: &Absence) -> Vec<Moment> {
    let all = attended(edges, acts, lead);
    let mut moments: Vec<Moment> = Vec::with_capacity(all.len());
    for moment in all {
        let Some(outage) = absence.outages.iter().find(|outage| outage.contains(&moment.at)) else {
            moments.push(moment);
            continue;
        };
        if !absence.catch_up {
            continue;
        }
        if moments.last().is_some_and(|last| last.at == outage.end) {
            moments.pop(); // it finds what holds when it is back, not what came before
        }
        moments.push(Moment { at: outage.end, ..moment });
    }
    moments
}

/// The moments of a controller that is always there.
fn attended(edges: &[Edge], acts: Acts, lead: SimDuration) -> Vec<Moment> {
    let mut before = SimTime::ZERO;
    let mut moments = Vec::with_capacity(edges.len());
    for (place, edge) in edges.iter().enumerate() {
        let at = if edge.wanted { edge.at.saturating_sub(lead).max(before) } else { edge.at };
        before = edge.at;
        if acts.on(edge.wanted) {
            moments.push(Moment { at, edge: place });
        }
    }
    moments
}

/// How long after the due moment the `position`-th of `count` instances is due, when they are
/// spread evenly over `span`: the first at once, the last one `count`-th before its end.
///
/// # Panics
/// If there is no such position.
pub fn stagger(position: usize, count: usize, span: SimDuration) -> SimDuration {
    assert!(position < count, "position {position} of {count}");
    span.scaled(position as u64, count as u64)
}

/// The instances in one keyed random order: it depends on their names and the controller's, so
/// that one instance less leaves the order of the others alone.
///
/// `identity` gives an instance's identity.
pub fn shuffled(
    instances: &[InstanceId],
    controller: Identity,
    decisions: &Decisions,
    identity: impl Fn(InstanceId) -> Identity,
) -> Vec<InstanceId> {
    let word = |instance: &InstanceId| {
        decisions.word(controller.with(identity(*instance)), ORDER, Occasion::lifetime(0), 0)
    };
    let mut keyed: Vec<(u64, InstanceId)> = instances.iter().map(|i| (word(i), *i)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, instance)| instance).collect()
}

/// One stop, as far as it matters for the share that keeps charging.
#[derive(Clone, Copy, Debug)]
pub struct StopOf {
    /// The identity of the controller with the instance.
    pub who: Identity,
    /// The instance's place in the controller's order.
    pub position: usize,
    /// How many instances the controller has, at least one.
    pub count: usize,
    /// How many due moments for stops the controller has had before this one.
    pub occasions: u64,
}

impl KeepChargingShare {
    /// Whether this stop is to keep charging.
    ///
    /// *Rotating* takes blocks of the controller's order one after the other, so that over many
    /// occasions each instance keeps its share to within one stop. *By name* draws once per
    /// instance: always the same ones, and about the share of them.
    pub fn takes(&self, stop: &StopOf, decisions: &Decisions) -> bool {
        match self.chosen {
            KeepChargingChoice::Rotating => in_block(self.share, stop),
            KeepChargingChoice::ByName => {
                decisions.hits(stop.who, KEEP_CHARGING, Occasion::lifetime(0), 0, self.share)
            }
        }
    }
}

/// Whether a position is in the block of this occasion: the blocks follow one another around
/// the list, the n-th one ending at place `floor((n + 1) × count × share)`.
fn in_block(share: Ratio, stop: &StopOf) -> bool {
    let count = stop.count as u128;
    let end = |occasions: u128| {
        let (num, den) = (u128::from(share.num()), u128::from(share.den()));
        occasions * count * num.min(den) / den
    };
    let occasions = u128::from(stop.occasions);
    let (first, last) = (end(occasions), end(occasions + 1));
    let ahead = (stop.position as u128 + count - first % count) % count;
    ahead < last - first
}

/// Which of the stops to come keep charging after a `NoStock`.
#[derive(Clone, Debug, Default)]
pub struct Deferral {
    refusals: u64,
    of_group: BTreeMap<GroupId, u64>,
    of_instance: BTreeMap<InstanceId, Owed>,
}

/// What is left for an instance, and the refusal it dates from.
#[derive(Clone, Copy, Debug, Default)]
struct Owed {
    refusal: u64,
    stops: u16,
}

impl Deferral {
    /// The start of an instance of this group found no stock.
    ///
    /// The stops in scope are counted afresh: refusals on one morning do not add up.
    pub fn refused(&mut self, policy: KeepChargingAfter, group: GroupId, instance: InstanceId) {
        self.refusals += 1;
        match policy.scope {
            KeepChargingScope::Instance => {
                let owed = Owed { refusal: self.refusals, stops: policy.stops };
                self.of_instance.insert(instance, owed);
            }
            KeepChargingScope::Group => {
                self.of_group.insert(group, self.refusals);
            }
            KeepChargingScope::Controller => {}
        }
    }

    /// Whether this stop keeps charging; if so, it is one of those that were owed.
    pub fn takes(&mut self, policy: KeepChargingAfter, group: GroupId, id: InstanceId) -> bool {
        let latest = match policy.scope {
            KeepChargingScope::Instance => 0,
            KeepChargingScope::Group => self.of_group.get(&group).copied().unwrap_or(0),
            KeepChargingScope::Controller => self.refusals,
        };
        if latest == 0 && !self.of_instance.contains_key(&id) {
            return false;
        }
        let owed = self.of_instance.entry(id).or_default();
        if owed.refusal < latest {
            *owed = Owed { refusal: latest, stops: policy.stops };
        }
        let takes = owed.stops > 0;
        owed.stops = owed.stops.saturating_sub(1);
        takes
    }
}

#[cfg(test)]
mod tests;
