//! Model facts: what the digest chains and observers see.
//!
//! A fact names things by their stable identities, so that it means the same in a smaller
//! scenario. Queue internals, batching and stale events are not facts.

mod defect;
pub mod purpose;
mod record;

use crate::ecs::account::Standing;
use crate::ecs::capacity::CapacityUse;
use crate::ecs::condition::Condition;
use crate::ecs::id::{CapacityId, InstanceId, MarketId, PoolId, TypeId};
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::inventory::Stock;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::spot::Cause;
use crate::engine::{Identity, Occasion};
use crate::units::{HourlyRate, SimTime};

pub use defect::Defect;
pub use record::Names;

/// What a controller wants done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Stop it.
    Stop,
    /// Start it.
    Start,
    /// Restart it.
    Reboot,
    /// Delete it.
    Delete,
    /// Start it again after arrears.
    Reactivate,
    /// Change its type.
    Change,
}

impl Action {
    /// Every action, in the order of its number.
    pub const ALL: [Action; 6] = [
        Action::Stop,
        Action::Start,
        Action::Reboot,
        Action::Delete,
        Action::Reactivate,
        Action::Change,
    ];
}

/// Something that happened in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// What is wanted of an instance changed.
    Demanded {
        /// Which instance.
        instance: InstanceId,
        /// Whether it is wanted from now on.
        wanted: bool,
    },
    /// A controller set out to do something.
    Intended {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// With which instance.
        instance: InstanceId,
        /// What.
        action: Action,
        /// The edge or request that asks for it.
        due: SimTime,
    },
    /// A controller sent a call.
    CallSent(CallFact),
    /// The region handled a delivery of a call.
    CallHandled(CallFact, CallAnswer),
    /// A controller received an answer.
    AnswerDelivered(CallFact, CallAnswer),
    /// A controller stopped waiting for an answer.
    CallTimedOut(CallFact),
    /// An instance changed its state.
    StateChanged {
        /// Which instance.
        instance: InstanceId,
        /// From which state.
        from: State,
        /// To which state.
        to: State,
    },
    /// The guest of an instance is ready.
    BecameReady {
        /// Which instance.
        instance: InstanceId,
    },
    /// The static public address of an instance is another one than before.
    AddressChanged {
        /// Which instance.
        instance: InstanceId,
    },
    /// The CPU credits of a burstable instance are gone.
    CreditsCleared {
        /// Which instance.
        instance: InstanceId,
    },
    /// A burstable instance has initial CPU credits again.
    CreditsGranted {
        /// Which instance.
        instance: InstanceId,
        /// How many.
        credits: u32,
        /// Whether it falls back from the unlimited to the standard mode.
        falls_back: bool,
    },
    /// A pool changed.
    StockChanged {
        /// Which pool.
        pool: PoolId,
        /// What it is now.
        stock: Stock,
    },
    /// What a controller believes of an instance changed.
    BeliefChanged {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// About which instance.
        instance: InstanceId,
        /// What it believes now.
        belief: Belief,
    },
    /// A fault's window opened or closed.
    FaultTurned {
        /// The rule.
        rule: Identity,
        /// Whether it is open now.
        open: bool,
    },
    /// A fault struck a call or work.
    FaultStruck {
        /// The rule.
        rule: Identity,
        /// Which instance it concerned.
        instance: InstanceId,
    },
    /// A condition of an instance began or ended.
    ConditionChanged {
        /// Which instance.
        instance: InstanceId,
        /// Which condition.
        condition: Condition,
        /// Whether it holds now.
        on: bool,
    },
    /// The account's default of economical mode was switched.
    EconomicalDefault(bool),
    /// Every need of a service holds, or no longer does.
    ServiceTurned {
        /// Which service, by its place in the plan.
        service: u16,
        /// Whether it is ready now.
        ready: bool,
        /// The instance that tipped the scale.
        instance: InstanceId,
    },
    /// A controller holds a start back until other groups are ready.
    StartHeld {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// Of which instance.
        instance: InstanceId,
    },
    /// A controller holds a start back no longer, and goes on with it.
    StartLetGo {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// Of which instance.
        instance: InstanceId,
    },
    /// The region handled one instance of a batch call that it did not refuse as a whole.
    ItemHandled(CallFact, CallAnswer),
    /// How much of a private pool or dedicated host is used changed.
    CapacityChanged {
        /// Which one.
        capacity: CapacityId,
        /// How much there is and is used now.
        held: CapacityUse,
    },
    /// The price of a market of spot instances changed.
    SpotPriced {
        /// Which market.
        market: MarketId,
        /// The price from now on.
        rate: HourlyRate,
    },
    /// A spot instance was told that it will be taken back.
    SpotNoticed {
        /// Which instance.
        instance: InstanceId,
        /// Why.
        cause: Cause,
    },
    /// A spot instance was taken back.
    SpotTakenBack {
        /// Which instance.
        instance: InstanceId,
        /// Why.
        cause: Cause,
    },
    /// The account stands otherwise.
    StandingChanged(Standing),
    /// A controller looks after another instance in place of one that did not come up.
    Replaced {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// The instance that is replaced.
        instance: InstanceId,
        /// The one that stands in for it.
        by: InstanceId,
    },
    /// Another instance of those that replace each other is the wanted one from now on: it stands
    /// for them in the baseline, and the one before is beside it.
    StandsIn {
        /// The one before.
        instance: InstanceId,
        /// The one from now on.
        by: InstanceId,
    },
    /// An instance is of another type from now on.
    TypeChanged {
        /// Which instance.
        instance: InstanceId,
        /// Of which type.
        to: TypeId,
    },
    /// A controller did something else than a sound one would have done.
    Slipped {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// With which instance.
        instance: InstanceId,
        /// By which of its defects.
        defect: Defect,
    },
}

/// Which call a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFact {
    /// The operation.
    pub operation: OperationName,
    /// The caller, by its place in the plan.
    pub controller: u16,
    /// The instance; for a page or a batch, the first of it.
    pub instance: InstanceId,
    /// The occasion it belongs to.
    pub occasion: Occasion,
    /// Its number within that occasion, from 0.
    pub number: u32,
    /// Whether it is about several instances or about none. Not in the digest: the operation and
    /// what comes of it tell.
    pub shared: bool,
    /// The mode that a stop asks for, if it says one. Not in the digest: the stop's effect tells.
    pub asks: Option<StoppedMode>,
}

/// What the region answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallAnswer {
    /// An action was accepted; of a batch, that each instance has an answer of its own.
    Accepted,
    /// A read showed this state (of the first instance, for a page).
    Seen(State),
    /// A read did not have the instance.
    Missing,
    /// It was refused.
    Refused(Refusal),
    /// An instance was created, now or by the first request with the same token.
    Created(InstanceId),
    /// The first type in stock among those the caller would take, by its place: the one the
    /// instance has, the group's own, then the caller's list.
    Stocked(Option<u16>),
}

/// What a controller believes of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Belief {
    /// Nothing yet.
    #[default]
    Unknown,
    /// Its action is under way.
    UnderWay(Action),
    /// Its action was carried out.
    Done(Action),
    /// Its action failed, or it gave up.
    Failed(Action),
}

impl CallAnswer {
    // Inlined: where an answer is made, its word is known.
    #[inline(always)]
    fn word(self) -> u64 {
        match self {
            CallAnswer::Accepted => 0,
            CallAnswer::Seen(state) => (1 << 8) | u64::from(state.number()),
            CallAnswer::Refused(refusal) => (2 << 8) | refusal as u64,
            CallAnswer::Missing => 3 << 8,
            // Which one is told by the change of its state, and by `Replaced`.
            CallAnswer::Created(_) => 4 << 8,
            CallAnswer::Stocked(place) => (3 << 16) | place.map_or(0, |place| u64::from(place) + 1),
        }
    }
}

impl Belief {
    fn word(self) -> u64 {
        match self {
            Belief::Unknown => 0,
            Belief::UnderWay(action) => (1 << 8) | action as u64,
            Belief::Done(action) => (2 << 8) | action as u64,
            Belief::Failed(action) => (3 << 8) | action as u64,
        }
    }
}

/// The RequestId that the answer to a call carries: a keyed draw, so it never moves another.
pub fn request_id(
    call: &CallFact,
    names: (Identity, Identity),
    draws: &crate::engine::Draws,
) -> String {
    let (who, k) = request_key(call, names);
    request_id_of(draws.words(who, purpose::REQUEST_ID, call.occasion, k))
}

/// By whom, and as which use of its occasion, the RequestId of a call is drawn.
pub fn request_key(call: &CallFact, names: (Identity, Identity)) -> (Identity, u32) {
    let (controller, instance) = names;
    (controller.with(instance), (call.number << 5) | call.operation as u32)
}

/// A RequestId as the API writes it.
pub fn request_id_of([high, low, ..]: [u64; 4]) -> String {
    format!(
        "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF,
    )
}
