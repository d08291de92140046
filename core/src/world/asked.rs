//! Who asks the cloud for a change: all that work under way knows of the call that began it.

use crate::ecs::id::CallerId;
use crate::ecs::operation::OperationName;
use crate::engine::Occasion;

use super::Rest;
use super::in_flight::InFlightCall;
use super::observer::Observer;

/// Who asks, for what, and what the luck of it is keyed by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// By its place in the plan.
    pub(super) controller: u16,
    pub(super) operation: OperationName,
    pub(super) occasion: Occasion,
    /// Calls of this occasion before it.
    pub(super) number: u32,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub(super) keep: bool,
}

impl InFlightCall {
    /// Who asks by this call.
    #[inline(always)]
    pub(super) fn asked(&self) -> Asked {
        let InFlightCall { controller, operation, occasion, number, keep, .. } = *self;
        Asked { controller, operation, occasion, number, keep }
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Whom the region authorises.
    #[inline(always)]
    pub(super) fn caller(&self, controller: u16) -> CallerId {
        self.plan.controllers[usize::from(controller)].caller
    }
}
