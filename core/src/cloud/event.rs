//! What happens to the cloud in time.

use crate::ecs::id::InstanceId;
use crate::ecs::instance::WorkKind;
use crate::fault::injector::RuleId;

/// A future change of the cloud: whoever runs it keeps it among its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    // Exogenous: the plan put it there.
    /// When: another tenant asks for stock. Scheduled by: the run, `TenantArrived`.
    /// May schedule: `TenantArrived`, `TenantDeparted`.
    TenantArrived {
        /// Place of the pool.
        pool: u16,
    },
    /// When: another tenant gives its units back. Scheduled by: whatever let it have them.
    /// May schedule: `TenantDeparted` of tenants that waited.
    TenantDeparted {
        /// Place of the pool.
        pool: u16,
        /// How many units.
        units: u32,
    },
    /// When: a listed change of stock. Scheduled by: the run, `StockStepped`.
    /// May schedule: `StockStepped`, `TenantDeparted`.
    StockStepped {
        /// Place of the pool.
        pool: u16,
        /// Place among its steps.
        step: u32,
    },
    /// When: a fault's window opens or closes. Scheduled by: the run, `FaultTurned`.
    /// May schedule: `FaultTurned`, `TenantDeparted`.
    FaultTurned(RuleId),
    /// When: a listed scheduled_event. Scheduled by: the run, `Happened`. May schedule: `Happened`.
    Happened {
        /// Place in the plan.
        place: u32,
    },
    /// When: a private pool ends. Scheduled by: the run. May schedule: `TenantDeparted`.
    PrivatePoolEnded {
        /// Place among private pools and dedicated hosts.
        capacity: u16,
    },
    /// When: the price of a market changes. Scheduled by: the run, `SpotPriced`.
    /// May schedule: `SpotPriced`.
    SpotPriced {
        /// Place of the market.
        market: u16,
        /// Place among its changes.
        step: u32,
    },
    /// When: price and stock of a market are held against its instances. Scheduled by: the run,
    /// `SpotLooked`. May schedule: `SpotLooked`, `SpotTakenBack`.
    SpotLooked {
        /// Place of the market.
        market: u16,
    },
    /// When: the account's standing turns. Scheduled by: the run, `StandingTurned`.
    /// May schedule: `StandingTurned`, `WorkFinished`, `TenantDeparted`.
    StandingTurned {
        /// Place among the turns.
        step: u32,
    },

    // Endogenous: an earlier event caused it.
    /// When: an accepted stop or start is done. Scheduled by: the call's arrival, a power-off,
    /// the platform. May schedule: `GuestBecameReady`, `CallDue`, `TenantDeparted`, `Settled`,
    /// `WorkFinished` of the next stage.
    WorkFinished {
        /// Which instance.
        instance: u32,
        /// The ordinal of its work, to recognise what was overtaken.
        attempt: u32,
        /// What kind of work.
        kind: WorkKind,
    },
    /// When: the platform powers off a guest that does not stop. Scheduled by: the call's
    /// arrival. May schedule: `WorkFinished`.
    PowerOffDue {
        /// Which instance.
        instance: u32,
        /// The work that hangs.
        attempt: u32,
    },
    /// When: the guest of a Running instance is ready. Scheduled by: `WorkFinished`.
    /// May schedule: `CallDue`.
    GuestBecameReady {
        /// Which instance.
        instance: u32,
        /// The start it belongs to.
        attempt: u32,
    },
    /// When: a notice to a spot instance is over. Scheduled by: `SpotLooked`, itself while other
    /// work is under way. May schedule: `SpotTakenBack`, `WorkFinished`, `TenantDeparted`.
    SpotTakenBack {
        /// Which instance.
        instance: u32,
        /// The notice.
        notice: u32,
    },
    /// When: an economical stop has settled. Scheduled by: `WorkFinished`.
    /// May schedule: nothing.
    Settled {
        /// Which instance.
        instance: u32,
        /// The stop it belongs to.
        attempt: u32,
    },
}

impl Event {
    /// The instance that it is about, if it is about one.
    #[inline(always)]
    pub const fn instance(&self) -> Option<InstanceId> {
        match *self {
            Event::WorkFinished { instance, .. }
            | Event::PowerOffDue { instance, .. }
            | Event::GuestBecameReady { instance, .. }
            | Event::SpotTakenBack { instance, .. }
            | Event::Settled { instance, .. } => Some(InstanceId(instance)),
            Event::TenantArrived { .. }
            | Event::TenantDeparted { .. }
            | Event::StockStepped { .. }
            | Event::FaultTurned(_)
            | Event::Happened { .. }
            | Event::PrivatePoolEnded { .. }
            | Event::SpotPriced { .. }
            | Event::SpotLooked { .. }
            | Event::StandingTurned { .. } => None,
        }
    }

    /// Its name, for diagnoses.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::TenantArrived { .. } => "TenantArrived",
            Event::TenantDeparted { .. } => "TenantDeparted",
            Event::StockStepped { .. } => "StockStepped",
            Event::FaultTurned(_) => "FaultTurned",
            Event::Happened { .. } => "Happened",
            Event::PrivatePoolEnded { .. } => "PrivatePoolEnded",
            Event::SpotPriced { .. } => "SpotPriced",
            Event::SpotLooked { .. } => "SpotLooked",
            Event::StandingTurned { .. } => "StandingTurned",
            Event::WorkFinished { .. } => "WorkFinished",
            Event::PowerOffDue { .. } => "PowerOffDue",
            Event::GuestBecameReady { .. } => "GuestBecameReady",
            Event::SpotTakenBack { .. } => "SpotTakenBack",
            Event::Settled { .. } => "Settled",
        }
    }
}
