//! Calls on their way: sent, and not yet known to be over by everybody concerned.

use crate::ecs::id::InstanceId;
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::OperationName;
use crate::engine::Occasion;
use crate::fact::{CallAnswer, CallFact};
use crate::units::{SimDuration, SimTime};

/// A call, as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Call<T> {
    /// Who calls, by its place in the plan.
    pub controller: u16,
    /// About which instance, whoever stands in its place by the time it arrives; of several, the
    /// first.
    pub instance: InstanceId,
    /// Which operation.
    pub operation: OperationName,
    /// On which occasion.
    pub occasion: Occasion,
    /// Calls of this occasion before it.
    pub number: u32,
    /// Whether it is about several instances or about none: its luck is that of its caller alone.
    pub shared: bool,
    /// The mode that a stop asks for, if it says one.
    pub asks: Option<StoppedMode>,
    /// How it travels.
    pub kind: CallKind,
    /// What its caller knows it by.
    pub tag: T,
}

/// How a call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// With the legs of calls that act.
    Action,
    /// With the legs of reads.
    Read,
    /// The same, and where its leg takes no time it arrives after all that came before it at that
    /// instant.
    Page,
}

/// A call on its way.
#[derive(Clone, Copy, Debug)]
pub struct InFlightCall<T> {
    /// Who calls, by its place in the plan.
    pub controller: u16,
    /// About which instance; of several, the first.
    pub instance: InstanceId,
    /// Which operation.
    pub operation: OperationName,
    /// On which occasion.
    pub occasion: Occasion,
    /// Calls of this occasion before it.
    pub number: u32,
    /// Whether it is about several instances or about none.
    pub shared: bool,
    /// The mode that a stop asks for, if it says one.
    pub asks: Option<StoppedMode>,
    /// What its caller knows it by.
    pub tag: T,
    /// When it was sent.
    pub sent_at: SimTime,
    /// The hint of a throttled answer; zero if there is none.
    pub retry_after: SimDuration,
    pub(super) kind: CallKind,
    /// What the region answered, once it has.
    pub(super) answer: Option<CallAnswer>,
    /// Its caller has an answer, or waits no longer.
    pub(super) closed: bool,
    /// Events that still refer to it.
    pub(super) events: u8,
}

// With a tag of the size that a run uses.
const _: () = assert!(size_of::<InFlightCall<[u32; 3]>>() <= 64, "a call in one line of the cache");

impl<T: Copy> InFlightCall<T> {
    /// A call that is sent now; no event refers to it yet.
    #[inline(always)]
    pub(super) fn new(call: Call<T>, now: SimTime) -> InFlightCall<T> {
        let Call { controller, instance, operation, occasion, number, shared, asks, kind, tag } =
            call;
        InFlightCall {
            controller,
            instance,
            operation,
            occasion,
            number,
            shared,
            asks,
            tag,
            sent_at: now,
            retry_after: SimDuration::ZERO,
            kind,
            answer: None,
            closed: false,
            events: 0,
        }
    }

    /// As facts name it.
    #[inline(always)]
    pub fn fact(&self) -> CallFact {
        CallFact {
            operation: self.operation,
            controller: self.controller,
            instance: self.instance,
            occasion: self.occasion,
            number: self.number,
            shared: self.shared,
            asks: self.asks,
        }
    }
}

/// The calls on their way; places are used again.
#[derive(Clone, Debug)]
pub(super) struct InFlightCalls<T, P> {
    all: Vec<InFlightCall<T>>,
    /// What they carry, by the call's place.
    payload: Vec<P>,
    free: Vec<u32>,
}

impl<T: Copy, P> InFlightCalls<T, P> {
    pub(super) fn new() -> InFlightCalls<T, P> {
        InFlightCalls { all: Vec::new(), payload: Vec::new(), free: Vec::new() }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, in_flight: InFlightCall<T>, payload: P) -> u32 {
        if let Some(place) = self.free.pop() {
            self.all[place as usize] = in_flight;
            self.payload[place as usize] = payload;
            return place;
        }
        self.all.push(in_flight);
        self.payload.push(payload);
        u32::try_from(self.all.len() - 1).expect("calls in flight are bounded by the instances")
    }

    #[inline(always)]
    pub(super) fn call(&self, place: u32) -> &InFlightCall<T> {
        &self.all[place as usize]
    }

    #[inline(always)]
    pub(super) fn call_mut(&mut self, place: u32) -> &mut InFlightCall<T> {
        &mut self.all[place as usize]
    }

    /// What a call carries.
    #[inline(always)]
    pub(super) fn payload(&mut self, place: u32) -> &mut P {
        &mut self.payload[place as usize]
    }

    /// A call, and what it carries.
    #[inline(always)]
    pub(super) fn both(&mut self, place: u32) -> (&InFlightCall<T>, &mut P) {
        (&self.all[place as usize], &mut self.payload[place as usize])
    }

    /// Its caller waits no longer, and one event fewer refers to it.
    #[inline(always)]
    pub(super) fn close(&mut self, place: u32) {
        self.all[place as usize].closed = true;
        self.landed(place);
    }

    /// One event fewer refers to it: frees it after the last.
    #[inline(always)]
    pub(super) fn landed(&mut self, place: u32) {
        let in_flight = &mut self.all[place as usize];
        in_flight.events -= 1;
        if in_flight.events == 0 {
            self.free.push(place);
        }
    }

    /// The operations of calls whose caller still waits.
    pub(super) fn waiting(&self) -> impl Iterator<Item = OperationName> {
        let waits = |call: &&InFlightCall<T>| call.events > 0 && !call.closed;
        self.all.iter().filter(waits).map(|call| call.operation)
    }
}
