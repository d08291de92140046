//! What calls carry that controllers and clients send: for whom, what is asked for, and what of the
//! answer its caller is to read.

use crate::client::CallId;
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::Status;
use crate::ecs::operation::{ClientToken, Operation, OperationName};
use crate::engine::Occasion;
use crate::fact::{CallAnswer, CallFact};
use crate::network;
use crate::units::{SimDuration, SimTime};

/// A call of a run, as it is sent.
pub(super) type Call = network::Call<CallTag>;

/// A call of a run on its way.
pub(super) type InFlightCall = network::InFlightCall<CallTag>;

/// What every call carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallTag {
    /// Place of the job among its controller's, or of the first; 0 where there is none.
    pub(super) position: u32,
    /// The job's serial number when it was sent; 0 where there is none.
    pub(super) serial: u32,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub(super) keep: bool,
}

/// What few calls carry. Most are of one job and carry nothing: what they ask for is in the plan.
pub(super) type Payload = Option<Box<Carried>>;

/// What such a call carries, which says as well for whom it was sent.
#[derive(Clone, Debug)]
pub(super) enum Carried {
    /// The instances of a batch or of a look before it, in its order.
    Batch(Vec<BatchMember>),
    /// What a change asks for.
    Change(ChangeCall),
    /// A page of a watch controller.
    Page(Page),
    /// What a client asks for that took a seat.
    Seat(SeatCall),
}

/// A change of type that a job asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChangeCall {
    pub(super) to: TypeId,
    pub(super) token: ClientToken,
    /// Whether the change was asked for as such.
    pub(super) as_such: bool,
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

/// What a caller hears of its call.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) told: Told,
    /// What else the call comes back with, if it carried something.
    pub(super) returned: Option<Box<Returned>>,
}

/// What every caller hears of its call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) controller: u16,
    pub(super) operation: OperationName,
    pub(super) tag: CallTag,
    pub(super) sent_at: SimTime,
    /// The hint of a throttled answer; zero if there is none, or no answer.
    pub(super) retry_after: SimDuration,
    /// The answer in short; none if it was not there in time.
    pub(super) answer: Option<CallAnswer>,
}

/// What few calls come back with.
#[derive(Debug)]
pub(super) enum Returned {
    /// The instances of a batch or of a look before it, with what was answered for each.
    Batch(Vec<BatchMember>),
    /// What a page shows, by place among its instances.
    Page(Vec<(u32, Status)>),
    /// What a client asked for that took a seat.
    Seat(SeatReturn),
}

/// What a call of a client comes back with.
#[derive(Debug)]
pub(super) struct SeatReturn {
    pub(super) id: CallId,
    pub(super) call: CallFact,
    /// The answer in full, unless it was refused.
    pub(super) answer: Option<Answer>,
}

impl Heard {
    /// Of a call that carried this. A copy of it may still be on its way.
    #[inline(always)]
    pub(super) fn of(
        call: &InFlightCall,
        payload: &mut Payload,
        answer: Option<CallAnswer>,
    ) -> Heard {
        let InFlightCall { controller, operation, tag, sent_at, .. } = *call;
        // What was answered too late was not heard, nor was its hint.
        let retry_after = answer.map_or(SimDuration::ZERO, |_| call.retry_after);
        let told = Told { controller, operation, tag, sent_at, retry_after, answer };
        let returned = payload.as_mut().and_then(|carried| carried.take_back(call));
        Heard { told, returned }
    }
}

impl Carried {
    #[inline(never)]
    fn take_back(&mut self, call: &InFlightCall) -> Option<Box<Returned>> {
        match self {
            Carried::Change(_) => None,
            Carried::Batch(members) => Some(Box::new(Returned::Batch(members.clone()))),
            Carried::Page(page) => Some(Box::new(Returned::Page(std::mem::take(&mut page.seen)))),
            Carried::Seat(asked) => {
                let (id, call, answer) = (asked.id, call.fact(), asked.answer.take());
                Some(Box::new(Returned::Seat(SeatReturn { id, call, answer })))
            }
        }
    }
}
