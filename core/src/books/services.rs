//! Services: how long they were awaited, how often they broke, how long they were missing.

use crate::demand::Edge;
use crate::ecs::id::InstanceId;
use crate::stats::Latency;
use crate::units::{SimDuration, SimTime};

use super::outcome::{ServiceOutcome, ServiceStart};
use super::plan::BooksPlan;
use super::{Books, name_one};

/// How a service is that becomes wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Ready, and nothing of it had been stopped.
    Already,
    /// Ready, although something of it had been stopped.
    Early,
    /// Not ready: it is awaited.
    Missing,
}

/// Services of which nothing is known yet.
pub(super) fn opened(plan: &BooksPlan<'_>) -> Vec<ServiceOutcome> {
    let empty = || ServiceOutcome {
        ready: Latency::new(plan.horizon - SimTime::ZERO),
        starts: Vec::new(),
        broken: 0,
        broken_by: Vec::new(),
        unavailable_us: 0,
    };
    (0..plan.services).map(|_| empty()).collect()
}

impl Books<'_> {
    /// A service became wanted. It says something about stock only if that is modelled.
    pub fn service_wanted(&mut self, service: u16, edge: &Edge, found: Found, modelled: bool) {
        let out = &mut self.out.services[usize::from(service)];
        match found {
            Found::Early => out.ready.record_early(),
            Found::Already => out.ready.record_already(),
            Found::Missing => {}
        }
        out.starts.push(ServiceStart {
            day: edge.day,
            due: edge.at,
            ready: (found != Found::Missing).then_some(SimDuration::ZERO),
            broken: 0,
            unavailable_us: 0,
            modelled,
        });
    }

    /// A service that was awaited is ready.
    ///
    /// # Panics
    /// If it was never wanted.
    pub fn service_ready(&mut self, service: u16, now: SimTime) {
        let out = &mut self.out.services[usize::from(service)];
        let start = out.starts.last_mut().expect("what is awaited has its start");
        let took = now - start.due;
        start.ready = Some(took);
        out.ready.record(took);
    }

    /// A service that is wanted broke, by the loss of this instance.
    pub fn service_broke(&mut self, service: u16, by: InstanceId) {
        let out = &mut self.out.services[usize::from(service)];
        out.broken += 1;
        if let Some(start) = out.starts.last_mut() {
            start.broken += 1;
        }
        name_one(&mut out.broken_by, by);
    }

    /// A service that is awaited will not be ready in time.
    pub fn service_given_up(&mut self, service: u16) {
        self.out.services[usize::from(service)].ready.record_censored();
    }

    /// A service was wanted and not ready for so long.
    pub fn service_missing(&mut self, service: u16, span: SimDuration) {
        let out = &mut self.out.services[usize::from(service)];
        out.unavailable_us += u128::from(span.as_micros());
        if let Some(start) = out.starts.last_mut() {
            start.unavailable_us += span.as_micros();
        }
    }
}
