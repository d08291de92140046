//! What a client does about what it was told.

use super::{Call, CallId, Token};
use crate::ecs::id::InstanceId;
use crate::fact::{Action, Belief};
use crate::units::SimTime;

/// What a client wants done, in the order in which it said so.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    sent: u32,
    wishes: Vec<Wish>,
}

/// One thing that a client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Send this call.
    Send(CallId, Call),
    /// Wake it then; at once, if that time is over.
    WakeAt(SimTime, Token),
    /// It believes this of an instance from now on.
    Believe(InstanceId, Belief),
    /// It sets out to do something with an instance.
    Intend(Intent),
}

/// What a client sets out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// With which instance.
    pub instance: InstanceId,
    /// What.
    pub action: Action,
    /// The edge or request that asks for it.
    pub due: SimTime,
}

impl Outbox {
    /// Sends a call; its answer bears this number.
    ///
    /// # Panics
    /// If it has sent four billion calls before.
    pub fn send(&mut self, call: Call) -> CallId {
        let id = CallId(self.sent);
        self.sent = self.sent.checked_add(1).expect("calls of a client are numbered in 32 bits");
        self.wishes.push(Wish::Send(id, call));
        id
    }

    /// Wants to be woken at a time.
    pub fn wake_at(&mut self, time: SimTime, token: Token) {
        self.wishes.push(Wish::WakeAt(time, token));
    }

    /// Believes this of an instance from now on. What it believes to be done, or to have failed, is
    /// held against the truth.
    ///
    /// ```
    /// use stopsim_core::client::{Outbox, Wish};
    /// use stopsim_core::ecs::id::InstanceId;
    /// use stopsim_core::fact::{Action, Belief};
    ///
    /// let mut out = Outbox::default();
    /// out.believe(InstanceId(0), Belief::Done(Action::Stop));
    /// assert_eq!(out.take(), [Wish::Believe(InstanceId(0), Belief::Done(Action::Stop))]);
    /// ```
    pub fn believe(&mut self, instance: InstanceId, belief: Belief) {
        self.wishes.push(Wish::Believe(instance, belief));
    }

    /// Sets out to do something with an instance, for an edge or a request.
    pub fn intend(&mut self, intent: Intent) {
        self.wishes.push(Wish::Intend(intent));
    }

    /// Takes what was wished for so far, in its order; calls are numbered on.
    pub fn take(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::id::InstanceId;
    use crate::engine::Occasion;

    #[test]
    fn calls_are_numbered_on_when_the_box_is_emptied() {
        let mut out = Outbox::default();
        let call = Call::start(InstanceId(3), Occasion::number(1), 0);
        assert_eq!(out.send(call.clone()), CallId(0));
        out.wake_at(SimTime::ZERO, Token(7));
        let wishes = [Wish::Send(CallId(0), call.clone()), Wish::WakeAt(SimTime::ZERO, Token(7))];
        assert_eq!(out.take(), wishes);
        assert_eq!(out.send(call), CallId(1));
        assert_eq!(out.take().len(), 1);
        assert_eq!(out.take(), []);
    }
}
