//! The rules as a scenario states them: window, scope, probability and effect.

use std::ops::Range;

use crate::ecs::id::{GroupId, PoolId, ZoneId};
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::engine::{Distribution, Identity};
use crate::units::{Ratio, SimDuration, SimTime};

/// When a rule is in force.
#[derive(Clone, Debug)]
pub enum When {
    /// From the beginning to the horizon.
    Always,
    /// In these half-open intervals, ascending and disjoint: once, or recurring.
    Listed(Vec<Range<SimTime>>),
    /// A two-state process that starts off: on for `on`, then off for `off`, and so on.
    Bursty {
        /// How long a burst lasts.
        on: Distribution,
        /// How long the quiet between two bursts lasts.
        off: Distribution,
    },
}

/// Whom a rule concerns: every list that is given must match; an absent one matches all.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// API operations.
    pub operations: Option<Vec<OperationName>>,
    /// Zones.
    pub zones: Option<Vec<ZoneId>>,
    /// Groups.
    pub groups: Option<Vec<GroupId>>,
    /// Instances, as ascending disjoint ranges of ids.
    pub instances: Option<Vec<Range<u32>>>,
    /// Controllers, by their place in the plan.
    pub controllers: Option<Vec<u16>>,
}

/// What one draw of the probability decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawPer {
    /// This instance, for the whole window, whatever the operation.
    Window,
    /// This instance and operation, for this occasion: all attempts share the luck.
    Occasion,
    /// This very call.
    Call,
}

/// Misbehaviour of calls, or of stops and starts under way.
#[derive(Clone, Debug)]
pub struct Fault<E> {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// When it is in force; of work, judged when it begins.
    pub when: When,
    /// Whom it concerns; of work, the operation is the one that began it.
    pub scope: Scope,
    /// How likely it strikes.
    pub probability: Ratio,
    /// What one draw decides; for work, `Call` is the same as `Occasion`.
    pub draw_per: DrawPer,
    /// What happens.
    pub effect: E,
}

/// Misbehaviour of calls.
pub type CallFault = Fault<CallEffect>;

/// Misbehaviour of stops and starts under way.
pub type WorkFault = Fault<WorkEffect>;

/// What happens to a call that a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEffect {
    /// Answered with this refusal; not applied.
    Refuse(Refusal),
    /// Applied, but answered with this refusal.
    ApplyThenRefuse(Refusal),
    /// Applied; the answer never arrives.
    LoseAnswer,
    /// Applied; the answer arrives this much later.
    LateAnswer(SimDuration),
    /// Arrives twice, the second time this much later; only the first is answered.
    Duplicate(SimDuration),
    /// Applied; the answer leg takes this many times as long.
    SlowAnswer(Ratio),
    /// A read that answers what was true this long ago.
    StaleRead(SimDuration),
    /// A read that answers without the instances asked for: an empty list.
    MissingRead,
}

/// What happens to work that a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkEffect {
    /// It takes this many times as long.
    Slow(Ratio),
    /// It stalls for this long and then goes on as usual.
    Stuck(SimDuration),
    /// It never ends.
    StuckForever,
}

/// Misbehaviour of the environment, by time only.
#[derive(Clone, Debug)]
pub struct EnvironmentFault {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// When it is in force.
    pub when: When,
    /// The pools it concerns.
    pub pools: Vec<PoolId>,
    /// How likely each window takes place at all.
    pub probability: Ratio,
    /// What happens.
    pub effect: EnvironmentEffect,
}

/// What happens to a pool while a window is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentEffect {
    /// Every claim is refused.
    SoldOut,
    /// The total is smaller by this many units; they come back when the window closes.
    StockLoss(u64),
    /// The total is scaled (zone shocks).
    Scale(Ratio),
}
