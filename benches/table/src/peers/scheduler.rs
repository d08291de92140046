//! simrs: a component that schedules for itself.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use simrs::{Component, ComponentId, Scheduler, Simulation, State};

use super::{Any, micros};
use crate::model::Model;

#[derive(Debug)]
struct Tick(u32);

struct Ticker {
    model: Rc<RefCell<Option<Any>>>,
}

impl Component for Ticker {
    type Event = Tick;

    fn process_event(
        &self,
        id: ComponentId<Tick>,
        tick: &Tick,
        scheduler: &mut Scheduler,
        _: &mut State,
    ) {
        let mut model = self.model.borrow_mut();
        let now = micros(scheduler.time());
        model.as_mut().expect("it runs").handle(now, tick.0, &mut |delay, event| {
            scheduler.schedule(Duration::from_micros(delay), id, Tick(event));
        });
    }
}

pub(super) fn run(model: Any, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) -> Any {
    let mut simulation = Simulation::default();
    let model = Rc::new(RefCell::new(Some(model)));
    let id = simulation.add_component(Ticker { model: model.clone() });
    for &(at, event) in first {
        simulation.schedule(Duration::from_micros(at), id, Tick(event));
    }
    ready();
    for _ in 0..events {
        simulation.step();
    }
    model.borrow_mut().take().expect("it ran")
}
