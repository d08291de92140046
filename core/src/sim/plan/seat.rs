//! Seats of a plan: places for clients that are not of the scenario.

use std::sync::Arc;

use super::Plan;
use crate::controller::policy::Controller;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::spec::Caller;
use crate::units::SimDuration;

/// A place for a client, beside the controllers of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its name, unlike that of any controller: its luck is keyed by it, and results list it.
    pub name: String,
    /// The groups whose instances it looks after, by name; all groups if none are named.
    pub groups: Vec<String>,
    /// The demand that it follows, by name: it is told the edges, and what it does to the instances
    /// of that demand is booked as their owner's doing.
    pub follows: Option<String>,
    /// How long it waits for an answer; for ever, if none.
    pub timeout: Option<SimDuration>,
}

/// Why a plan has no such seat.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatError {
    /// A controller or another seat has the name.
    #[error("`{0}` is the name of another controller")]
    NameTaken(String),
    /// The plan has no group of this name.
    #[error("no group is named `{0}`")]
    NoSuchGroup(String),
    /// The plan has no demand of this name.
    #[error("no demand is named `{0}`")]
    NoSuchDemand(String),
    /// The groups have no instance.
    #[error("no instance is looked after from this seat")]
    Empty,
    /// The plan has as many controllers as there can be.
    #[error("65 535 controllers and seats are the most")]
    TooMany,
}

impl Plan {
    /// Adds a seat. Its calls may do all that the account may do.
    ///
    /// # Errors
    /// [`SeatError`] if its name is taken, or it names what is not there; the plan stays as it was.
    pub fn add_seat(&mut self, seat: &Seat) -> Result<(), SeatError> {
        if self.controllers.iter().any(|one| one.name == seat.name) {
            return Err(SeatError::NameTaken(seat.name.clone()));
        }
        // The last number stands for nobody.
        if self.controllers.len() >= usize::from(u16::MAX) {
            return Err(SeatError::TooMany);
        }
        let follows = match &seat.follows {
            None => None,
            Some(name) => {
                let place = self.demands.iter().position(|demand| demand.name == *name);
                let place = place.ok_or_else(|| SeatError::NoSuchDemand(name.clone()))?;
                Some(u16::try_from(place).expect("demands fit in 16 bits"))
            }
        };
        let instances = self.instances_of(&seat.groups)?;
        if instances.is_empty() {
            return Err(SeatError::Empty);
        }
        let callers = &mut Arc::make_mut(&mut self.region).callers;
        let caller = CallerId::at(callers.len());
        callers.push(Caller { name: seat.name.clone(), policy: Vec::new() });
        let controller = Controller::seat(&seat.name, caller, instances, follows, seat.timeout);
        self.controllers.push(controller);
        Ok(())
    }

    fn instances_of(&self, names: &[String]) -> Result<Vec<InstanceId>, SeatError> {
        let groups = &self.region.groups;
        if names.is_empty() {
            return Ok(groups.iter().flat_map(|group| group.instances()).collect());
        }
        let mut instances = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let group = groups.iter().find(|group| group.name == *name);
            let group = group.ok_or_else(|| SeatError::NoSuchGroup(name.clone()))?;
            if !names[..place].contains(name) {
                instances.extend(group.instances());
            }
        }
        Ok(instances)
    }
}
