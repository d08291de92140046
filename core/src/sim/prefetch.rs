//! Looking ahead: what the next events will read is read before the first of them is handled.
//!
//! Records of millions of instances lie in main memory, where one that is waited for costs more
//! than all that is done with it. Reads that depend on nothing overlap; so one word of each
//! record of a run of events is read at once. It changes nothing, and is no fact.

use std::hint::black_box;

use crate::ecs::id::InstanceId;

use super::event::Event;
use super::observer::Observer;
use super::{Rest, World};

impl<O: Observer> World<'_, O> {
    /// Reads ahead, if events have moved up.
    pub(super) fn prefetch(&mut self) {
        let World { cloud, network, clients, rest } = self;
        let region = cloud.region();
        let Rest { fel, records, instance_names, .. } = rest;
        let Some(events) = fel.moved_up() else { return };
        let of_instance = |instance: InstanceId| {
            let name = instance_names[instance.index()].word();
            name ^ records[instance.index()].since.as_micros()
                ^ u64::from(region.state_number(instance))
        };
        let of_task = |controller: u16, position: u32| {
            let (instance, word) = clients.job_word(controller, position);
            u64::from(word) ^ of_instance(instance)
        };
        let read = events.map(|event| match *event {
            Event::Client(event) => {
                event.job().map_or(0, |(controller, position)| of_task(controller, position))
            }
            Event::Network(event) => network
                .call_of(&event)
                .map_or(0, |call| of_task(call.controller, call.tag.position)),
            Event::Cloud(event) => event.instance().map_or(0, of_instance),
            Event::DemandTurned { .. } | Event::HourEnded => 0,
        });
        black_box(read.fold(0, |all, word| all ^ word));
    }
}
