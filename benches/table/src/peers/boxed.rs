//! desru: events are boxed closures; times are microseconds in a float, exactly.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use desru::{Event, EventScheduler};

use super::Any;
use crate::model::Model;

type Shared = (Rc<RefCell<Option<Any>>>, Rc<Cell<u64>>);

fn tick(at: f64, number: u32, shared: Shared) -> Event {
    let action = move |scheduler: &mut EventScheduler| {
        let (model, left) = &shared;
        left.set(left.get() - 1);
        let now = scheduler.current_time;
        let mut model = model.borrow_mut();
        model.as_mut().expect("it runs").handle(now as u64, number, &mut |delay, event| {
            scheduler.schedule(tick(now + delay as f64, event, shared.clone()));
        });
        None
    };
    Event::new(at, Some(Box::new(action)), None)
}

pub(super) fn run(model: Any, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) -> Any {
    let mut scheduler = EventScheduler::new();
    let shared: Shared = (Rc::new(RefCell::new(Some(model))), Rc::new(Cell::new(events)));
    for &(at, event) in first {
        scheduler.schedule(tick(at as f64, event, shared.clone()));
    }
    ready();
    let left = shared.1.clone();
    scheduler.run(Box::new(move |_| left.get() == 0), Some(Box::new(|_, _| false)));
    shared.0.borrow_mut().take().expect("it ran")
}
