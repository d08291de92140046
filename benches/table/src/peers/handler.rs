//! simcore: a handler that emits to itself; times are microseconds in a float, exactly.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

use super::Any;
use crate::model::Model;

#[derive(Clone, Serialize)]
struct Tick {
    event: u32,
}

struct Handler {
    context: SimulationContext,
    model: Option<Any>,
}

impl EventHandler for Handler {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Tick { event } => {
                let (context, now) = (&self.context, self.context.time() as u64);
                let model = self.model.as_mut().expect("it runs");
                model.handle(now, event, &mut |delay, event| {
                    context.emit_self(Tick { event }, delay as f64);
                });
            }
        })
    }
}

pub(super) fn run(model: Any, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) -> Any {
    let mut simulation = Simulation::new(1);
    let context = simulation.create_context("handler");
    for &(at, event) in first {
        context.emit_self(Tick { event }, at as f64);
    }
    let handler = Rc::new(RefCell::new(Handler { context, model: Some(model) }));
    simulation.add_handler("handler", handler.clone());
    ready();
    simulation.steps(events);
    handler.borrow_mut().model.take().expect("it ran")
}
