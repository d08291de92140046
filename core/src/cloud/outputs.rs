//! What the cloud has for others, and what it is lent by the run that it is part of.
//!
//! Everything is handed over at once and in order: what a run schedules and tells depends on it.
//! Most comes with the region as it stands, to be read.

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::State;
use crate::ecs::region::{Region, StopAccepted};
use crate::engine::{Identity, Occasion, Source};
use crate::fact::Fact;
use crate::units::{SimDuration, SimTime};

use super::Event;

/// Whoever lends the cloud time, names and an event list, and hears of what happens in it.
pub trait Outputs {
    /// The time.
    fn now(&self) -> SimTime;

    /// The stable identity of an instance.
    fn name(&self, instance: InstanceId) -> Identity;

    /// Begins one more piece of work of an instance on an occasion; its ordinal there, so that
    /// no two share their draws.
    fn next_work(&mut self, instance: InstanceId, occasion: Occasion) -> u32;

    /// The occasion of the last piece of work of an instance, and its ordinal there.
    fn last_work(&self, instance: InstanceId) -> (Occasion, u32);

    /// Puts an event on the list that an earlier one caused.
    fn schedule(&mut self, at: SimTime, source: Source, event: Event);

    /// Puts an event on the list that comes before all that controllers do at its time.
    fn schedule_environment(&mut self, at: SimTime, source: Source, event: Event);

    /// The event at hand was overtaken, and changes nothing.
    fn stale(&mut self);

    /// The event at hand was listed or drawn beforehand: it brings work, and ends.
    fn listed(&mut self);

    /// An instance may change now: the span before belongs to how it is in this region.
    fn book(&mut self, region: &Region, instance: InstanceId);

    /// A fact, after what it says came about.
    fn happened(&mut self, region: &Region, fact: Fact);

    /// News, after what it says came about.
    fn tell(&mut self, region: &Region, news: News);
}

/// What happens in the cloud and no fact says, or not all of it.
#[derive(Clone, Copy, Debug)]
pub enum News {
    /// A stop was accepted.
    StopAccepted {
        /// Who asked, by its place in the plan.
        controller: u16,
        /// Whether it asked to keep charging, whatever its mode.
        keep: bool,
        /// Which instance.
        instance: InstanceId,
        /// What became of the request.
        stop: StopAccepted,
    },
    /// A start was accepted.
    StartAccepted {
        /// Which instance.
        instance: InstanceId,
        /// What it was before.
        from: State,
        /// Who asked, by its place in the plan; none if it is the platform that starts it.
        by: Option<u16>,
    },
    /// A reboot was accepted.
    RebootBegan {
        /// Which instance.
        instance: InstanceId,
        /// Whether the power is cut.
        data_lost: bool,
    },
    /// A deletion was accepted.
    DeletionBegan {
        /// Who asked, by its place in the plan.
        controller: u16,
        /// Which instance.
        instance: InstanceId,
        /// Whether the power is cut.
        data_lost: bool,
    },
    /// An instance is being created, so that it may stand in for another.
    CreatedInPlaceOf {
        /// The other.
        replaced: InstanceId,
        /// The new one.
        instance: InstanceId,
    },
    /// The platform brings an instance down.
    TakenDown {
        /// Which instance.
        instance: InstanceId,
        /// Why.
        why: PlatformCause,
    },
    /// The platform took the compute that a standard stop had kept.
    Reclaimed {
        /// Which instance.
        instance: InstanceId,
        /// Why.
        why: PlatformCause,
    },
    /// The work of an instance hangs, or a fault holds it up.
    Stuck(InstanceId),
    /// The platform cuts the power of an instance whose stop hangs.
    PoweredOff(InstanceId),
    /// A stop is done.
    Stopped(InstanceId),
    /// A start is done; the guest may not be ready yet.
    Running(InstanceId),
    /// Someone shut an instance down from inside the guest: it is stopped.
    ShutDownByGuest(InstanceId),
    /// A new instance is Pending no longer.
    Created(InstanceId),
    /// An instance is deleted.
    Gone(InstanceId),
    /// We took stock of a pool.
    ClaimGranted(PoolId),
    /// We found a pool short.
    ClaimRefused(PoolId),
    /// Another tenant asks for stock of a pool.
    TenantArrived(PoolId),
    /// It has its units, so long after it came.
    TenantServed(PoolId, SimDuration),
    /// It waits for them.
    TenantWaits(PoolId),
    /// It found too few, and went.
    TenantLost(PoolId),
    /// An instance is brought down as the account is in arrears.
    StoppedForArrears(InstanceId),
    /// The account is in credit again, and so an instance is to be started.
    RestartedAfterArrears {
        /// Which instance.
        instance: InstanceId,
        /// Whether it could be.
        started: bool,
    },
}

/// Why the platform takes compute from an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformCause {
    /// It is a spot instance whose notice is over.
    Spot,
    /// The account is in arrears.
    Arrears,
}
