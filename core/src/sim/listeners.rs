//! The news that an instance has stopped, on its way to controllers that listen for it.

use crate::client::{self, Ticket};
use crate::controller::policy::{Controller, Drive};
use crate::ecs::id::InstanceId;
use crate::engine::{Distribution, Occasion};
use crate::fact::purpose;

use super::Rest;
use super::event::Event;
use super::observer::Observer;

/// Who listens, in the order of the plan.
#[derive(Clone, Debug)]
pub(super) struct Listeners<'a> {
    all: Vec<Listener<'a>>,
}

/// A controller that listens.
#[derive(Clone, Debug)]
struct Listener<'a> {
    controller: u16,
    /// From a stop to the hearing of it.
    delay: &'a Distribution,
    /// The place of each of its instances, ascending by instance, and how many stops of it were
    /// told.
    told: Vec<(InstanceId, u32, u32)>,
}

impl<'a> Listeners<'a> {
    /// Those of a plan; `place` is where an instance stands among a controller's.
    pub(super) fn new(
        controllers: &'a [Controller],
        instances: impl Fn(u16) -> Vec<InstanceId>,
    ) -> Listeners<'a> {
        let listener = |(controller, plan): (u16, &'a Controller)| {
            let Drive::OnStopped { delay } = &plan.drive else { return None };
            let places = instances(controller).into_iter().zip(0..);
            let mut told: Vec<_> = places.map(|(instance, place)| (instance, place, 0)).collect();
            told.sort_unstable();
            Some(Listener { controller, delay, told })
        };
        Listeners { all: (0..).zip(controllers).filter_map(listener).collect() }
    }
}

impl Listener<'_> {
    /// One more stop of an instance that it listens for: its place, and how many were told before.
    fn hear(&mut self, instance: InstanceId) -> Option<(u32, u32)> {
        let found = self.told.binary_search_by_key(&instance, |(id, ..)| *id).ok()?;
        let (_, position, told) = &mut self.told[found];
        *told += 1;
        Some((*position, *told - 1))
    }
}

impl<O: Observer> Rest<'_, O> {
    /// An instance has stopped: who listens for that hears it a little later.
    #[inline(always)]
    pub(super) fn tell_stopped(&mut self, instance: InstanceId) {
        for place in 0..self.listeners.all.len() {
            let listener = &mut self.listeners.all[place];
            let Some((position, told)) = listener.hear(instance) else { continue };
            let (controller, delay) = (listener.controller, listener.delay);
            let who = self.controller_names[usize::from(controller)];
            let who = who.with(self.instance_names[instance.index()]);
            let occasion = Occasion::lifetime(u64::from(told));
            let travel = self.decisions.duration(who, purpose::HEARING, occasion, 0, delay);
            let source = self.of_controller(controller);
            let heard = client::Event::StopHeard(Ticket { controller, position, serial: told });
            self.schedule(self.now.saturating_add(travel), source, Event::Client(heard));
        }
    }
}
