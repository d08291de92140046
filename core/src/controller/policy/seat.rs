//! A controller that is a place for a client, and whom a controller follows.

use super::{
    Controller, Defects, DeleteParameters, Drive, NoStockPolicy, Order, Pacing, Program,
    ReactivateParameters, RebootParameters, StartParameters, StopParameters,
};
use crate::ecs::id::{CallerId, InstanceId};
use crate::engine::Identity;
use crate::units::SimDuration;

impl Controller {
    /// The seat of a client: whatever it does, it says itself.
    pub fn seat(
        name: &str,
        caller: CallerId,
        instances: Vec<InstanceId>,
        follows: Option<u16>,
        timeout: Option<SimDuration>,
    ) -> Controller {
        Controller {
            name: name.to_owned(),
            identity: Identity::of("controller", name),
            preset: None,
            caller,
            instances,
            order: Order::AsListed,
            drive: Drive::Client { follows, program: None },
            is_demand: false,
            stop: StopParameters::default(),
            start: StartParameters::default(),
            reboot: RebootParameters::default(),
            delete: DeleteParameters::default(),
            reactivate: ReactivateParameters::default(),
            change: None,
            replace: None,
            batch_call: None,
            pacing: Pacing::default(),
            lead: SimDuration::ZERO,
            retry: Vec::new(),
            look_first: None,
            timeout,
            wait: None,
            no_stock: NoStockPolicy::default(),
            keep_charging: None,
            defects: Defects::default(),
        }
    }

    /// Whether a client takes its seat.
    pub const fn is_client(&self) -> bool {
        matches!(self.drive, Drive::Client { .. })
    }

    /// The program that acts for it, if one does.
    pub fn program(&self) -> Option<&Program> {
        match &self.drive {
            Drive::Client { program, .. } => program.as_ref(),
            Drive::Edges { .. }
            | Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::Watch { .. }
            | Drive::OnStopped { .. } => None,
        }
    }

    /// The demand it follows, by its place in the plan.
    pub fn follows(&self) -> Option<u16> {
        match self.drive {
            Drive::Edges { follows, .. } | Drive::Client { follows, .. } => follows,
            Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::Watch { .. }
            | Drive::OnStopped { .. } => None,
        }
    }
}
