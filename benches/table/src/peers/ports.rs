//! nexosim: one model that schedules for itself, on one thread.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexosim::model::{Context, schedulable};
use nexosim::ports::EventSource;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use super::{Any, micros};
use crate::model::Model as _;

#[derive(Default, Serialize, Deserialize)]
struct Ticker {
    #[serde(skip)]
    model: Arc<Mutex<Option<Any>>>,
    #[serde(skip)]
    first: Vec<(u64, u32)>,
}

#[nexosim::model::Model]
impl Ticker {
    fn begin(&mut self, _: (), context: &Context<Self>) {
        for (at, event) in std::mem::take(&mut self.first) {
            let at = Duration::from_micros(at.max(1));
            context.schedule_event(at, schedulable!(Self::tick), event).expect("later than now");
        }
    }

    #[nexosim(schedulable)]
    fn tick(&mut self, event: u32, context: &Context<Self>) {
        let now = micros(context.time().duration_since(MonotonicTime::EPOCH));
        let mut model = self.model.lock().expect("one thread");
        model.as_mut().expect("it runs").handle(now, event, &mut |delay, event| {
            let delay = Duration::from_micros(delay.max(1));
            context.schedule_event(delay, schedulable!(Self::tick), event).expect("later than now");
        });
    }
}

pub(super) fn run(model: Any, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) -> Any {
    let model = Arc::new(Mutex::new(Some(model)));
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let begin = EventSource::new().connect(Ticker::begin, &mailbox).register(&mut bench);
    let ticker = Ticker { model: model.clone(), first: first.to_vec() };
    let mut simulation = bench
        .add_model(ticker, mailbox, "ticker")
        .init(MonotonicTime::EPOCH)
        .expect("a bench of one model");
    simulation.process_event(&begin, ()).expect("it begins");
    ready();
    // A step handles all that is due at one instant.
    let handled = || model.lock().expect("one thread").as_ref().expect("it runs").handled();
    while handled() < events {
        simulation.step().expect("there is always a next event");
    }
    model.lock().expect("one thread").take().expect("it ran")
}
