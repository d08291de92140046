//! Calls on their way: sent, and not yet known to be over by everybody concerned.

use crate::client::CallId;
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::Status;
use crate::ecs::operation::{ClientToken, Operation, OperationName};
use crate::engine::Occasion;
use crate::fact::CallAnswer;
use crate::units::{SimDuration, SimTime};

/// A call on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct InFlightCall {
    pub(super) controller: u16,
    pub(super) position: u32,
    /// About which instance, whoever stands in its place by the time it arrives.
    pub(super) instance: InstanceId,
    /// The job's serial number when it was sent.
    pub(super) serial: u32,
    pub(super) operation: OperationName,
    pub(super) occasion: Occasion,
    pub(super) number: u32,
    pub(super) sent_at: SimTime,
    /// Whether it is about all its members, and not about one instance.
    pub(super) shared: bool,
    pub(super) sender: Sender,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub(super) keep: bool,
    /// What the region answered, once it has.
    pub(super) answer: Option<CallAnswer>,
    /// The hint of a throttled answer; zero if there is none.
    pub(super) retry_after: SimDuration,
    /// Its caller has an answer, or waits no longer.
    pub(super) closed: bool,
    /// Events that still refer to it.
    pub(super) events: u8,
}

const _: () = assert!(size_of::<InFlightCall>() <= 64, "a call in one line of the cache");

/// For whom a call was sent, and who makes something of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A job of a controller, or several of them together.
    Jobs,
    /// A watch controller that goes through its pages.
    Watch,
    /// A client that took a seat.
    Seat,
}

/// What few calls carry.
#[derive(Clone, Debug, Default)]
pub(super) enum Payload {
    /// Nothing.
    #[default]
    None,
    /// The instances of a batch or of a look before it, in its order.
    Batch(Vec<BatchMember>),
    /// The type a change asks for, its token, and whether the change was asked for as such.
    Change(TypeId, ClientToken, bool),
    /// A page of a watch controller.
    Page(Box<Page>),
    /// What a client asks for that took a seat.
    Seat(Box<SeatCall>),
}

/// A page of a watch controller.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The instances that are asked for.
    pub(super) ids: Vec<InstanceId>,
    /// What is shown, by place among them; nothing if it was refused.
    pub(super) seen: Vec<(u32, Status)>,
}

/// A call of a client that took a seat.
#[derive(Clone, Debug)]
pub(super) struct SeatCall {
    pub(super) id: CallId,
    pub(super) operation: Operation,
    /// What the region answered, unless it refused.
    pub(super) answer: Option<Answer>,
}

/// One instance of a batch call, or of a look before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchMember {
    /// Which one.
    pub(super) instance: InstanceId,
    /// Of which job.
    pub(super) position: u32,
    /// The job's serial number when the call was sent.
    pub(super) serial: u32,
    /// The occasion of what is asked of it: its works have the luck of that.
    pub(super) occasion: Occasion,
    /// What the region answered for it, unless it refused the whole call.
    pub(super) answer: Option<CallAnswer>,
}

/// The calls on their way; places are used again.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlightCalls {
    all: Vec<InFlightCall>,
    /// What they carry, by the call's place.
    payload: Vec<Payload>,
    free: Vec<u32>,
}

impl InFlightCalls {
    #[inline(always)]
    pub(super) fn add(&mut self, in_flight: InFlightCall, payload: Payload) -> u32 {
        if let Some(place) = self.free.pop() {
            self.all[place as usize] = in_flight;
            self.payload[place as usize] = payload;
            return place;
        }
        self.all.push(in_flight);
        self.payload.push(payload);
        u32::try_from(self.all.len() - 1).expect("calls in in_flight are bounded by the instances")
    }

    pub(super) fn get(&mut self, place: u32) -> &mut InFlightCall {
        &mut self.all[place as usize]
    }

    /// The instances of a batch call, in its order; none of a single call.
    pub(super) fn members(&mut self, place: u32) -> &mut [BatchMember] {
        match &mut self.payload[place as usize] {
            Payload::Batch(members) => members,
            Payload::None | Payload::Change(..) | Payload::Page(_) | Payload::Seat(_) => &mut [],
        }
    }

    /// What a change asks for.
    pub(super) fn change(&self, place: u32) -> Option<(TypeId, ClientToken, bool)> {
        match self.payload[place as usize] {
            Payload::Change(to, token, asked) => Some((to, token, asked)),
            Payload::None | Payload::Batch(_) | Payload::Page(_) | Payload::Seat(_) => None,
        }
    }

    /// What a client that took a seat asks for.
    pub(super) fn seat_call(&mut self, place: u32) -> &mut SeatCall {
        match &mut self.payload[place as usize] {
            Payload::Seat(call) => call,
            Payload::None | Payload::Batch(_) | Payload::Change(..) | Payload::Page(_) => {
                unreachable!("calls of seats carry what they ask for")
            }
        }
    }

    /// The page that a watch controller asks for.
    pub(super) fn page(&mut self, place: u32) -> &mut Page {
        match &mut self.payload[place as usize] {
            Payload::Page(page) => page,
            Payload::None | Payload::Batch(_) | Payload::Change(..) | Payload::Seat(_) => {
                unreachable!("calls of watch controllers carry a page")
            }
        }
    }

    /// Its caller waits no longer, and one event fewer refers to it: the call, and its members.
    #[inline(always)]
    pub(super) fn close(&mut self, place: u32) -> (InFlightCall, Vec<BatchMember>) {
        let in_flight = &mut self.all[place as usize];
        in_flight.closed = true;
        let in_flight = *in_flight;
        let members = if in_flight.shared { self.members(place).to_vec() } else { Vec::new() };
        self.landed(place);
        (in_flight, members)
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

    /// Calls whose caller still waits.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &InFlightCall> {
        self.all.iter().filter(|in_flight| in_flight.events > 0 && !in_flight.closed)
    }
}
