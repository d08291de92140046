//! The way between clients and the others: what they are lent, and what the rest makes of what they
//! do.

use crate::books::ledger::{DownReason, MissedReason};
use crate::books::outcome::LatencyName;
use crate::books::waves::NO_WAVE;
use crate::client::scripted::{Call, CallTag, Request};
use crate::client::{self, Clients, News, Outputs};
use crate::cloud::{self, Cloud};
use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, Status, StoppedMode};
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::ecs::region::Region;
use crate::engine::{Identity, Source};
use crate::fact::{Action, Belief, Fact};
use crate::network::{self, CallKind, Network};
use crate::units::SimTime;

use super::delivery::Reach;
use super::event::Event;
use super::instance_record::Item;
use super::observer::Observer;
use super::{Rest, World};

/// All but the clients, lent to them while they act.
pub(super) struct Lent<'w, 'a, O: Observer> {
    cloud: &'w mut Cloud<'a>,
    network: &'w mut Network<'a, CallTag, Request>,
    rest: &'w mut Rest<'a, O>,
}

impl<'a, O: Observer> World<'a, O> {
    /// The clients, and what they are lent.
    #[inline(always)]
    pub(super) fn lend(&mut self) -> (&mut Clients<'a>, Lent<'_, 'a, O>) {
        let World { cloud, network, clients, rest } = self;
        (clients, Lent { cloud, network, rest })
    }

    /// Lets an event of a client happen.
    #[inline(always)]
    pub(super) fn on_client_event(&mut self, event: client::Event) {
        let (clients, mut lent) = self.lend();
        clients.handle(event, &mut lent);
    }

    /// A demand turns, and who follows it is told.
    #[inline(never)]
    pub(super) fn on_demand_turned(&mut self, demand: u16, edge: u32) {
        self.rest.on_demand_turned(self.cloud.region(), demand, edge);
        let edges = &self.rest.plan.demands[usize::from(demand)].edges;
        self.clients.demand_turned(demand, edges[edge as usize].wanted);
    }

    /// Tells clients which starts need not wait any longer, or have to again.
    #[inline(never)]
    pub(super) fn tell_turned(&mut self) {
        for (service, may_start) in std::mem::take(&mut self.rest.turned) {
            let (clients, mut lent) = self.lend();
            clients.service_turned(&mut lent, service, may_start);
        }
    }

    /// Lets an event of the network happen, and the caller hear of it that is to hear.
    #[inline(always)]
    pub(super) fn on_network_event(&mut self, event: network::Event) {
        let World { cloud, network, clients, rest } = self;
        rest.tell_states(network);
        if let Some(heard) = network.handle(event, &mut Reach { cloud, rest }) {
            clients.heard(&mut Lent { cloud, network, rest }, heard);
        }
    }
}

impl<O: Observer> Outputs for Lent<'_, '_, O> {
    #[inline(always)]
    fn now(&self) -> SimTime {
        self.rest.now
    }

    #[inline(always)]
    fn name(&self, instance: InstanceId) -> Identity {
        self.rest.instance_names[instance.index()]
    }

    #[inline(always)]
    fn schedule(&mut self, at: SimTime, source: Source, event: client::Event) {
        self.rest.schedule(at, source, Event::Client(event));
    }

    #[inline(always)]
    fn stale(&mut self) {
        self.rest.stale();
    }

    #[inline(always)]
    fn listed(&mut self) {
        self.rest.instant.note_listed();
    }

    #[inline(always)]
    fn happened(&mut self, fact: Fact) {
        cloud::Outputs::happened(self.rest, self.cloud.region(), fact);
    }

    // Inlined, so that only the arm of the news at hand is left.
    #[inline(always)]
    fn tell(&mut self, news: News) {
        let (region, rest) = (self.cloud.region(), &mut *self.rest);
        match news {
            News::Wants { instance, wanted } => {
                let instance = rest.wanted_one(region, instance);
                rest.turn_wanted(region, instance, wanted, None);
            }
            News::Began { controller, instance, action, due } => {
                rest.open_request_item(region, (controller, instance), action, due);
            }
            News::FirstCall { instance, action } => rest.on_first_call(region, instance, action),
            News::Refused { controller, instance, action, refusal } => {
                rest.on_refused(region, (controller, instance), action, refusal);
            }
            News::SoldOut(instance) => {
                rest.book(region, instance);
                rest.records[instance.index()].down = DownReason::NoStock;
            }
            News::Finished { controller, instance, belief } => {
                rest.on_finished(region, (controller, instance), belief);
            }
            News::Adopted { instance, by } => rest.on_adopted(region, instance, by),
            News::Held { controller, instance, held } => {
                rest.mark_held(region, controller, instance, held);
            }
        }
    }

    #[inline(always)]
    fn send(&mut self, call: Call, request: Request) {
        let Lent { cloud, network, rest } = self;
        rest.tell_states(network);
        // Only facts tell the mode.
        let asks = if O::WANTS_FACTS { request.stopped_mode() } else { None };
        network.send(&mut Reach { cloud, rest }, as_sent(call, asks, &request), request);
    }
}

/// A call as the network sends it, by what it carries.
#[inline(always)]
fn as_sent(call: Call, asks: Option<StoppedMode>, request: &Request) -> network::Call<CallTag> {
    let Call { controller, instance, operation, occasion, number, shared, tag } = call;
    let is_page = matches!(request, Request::Other(carried) if carried.is_page());
    let kind = match (is_page, operation.shows_status() && !shared) {
        (true, _) => CallKind::Page,
        (false, true) => CallKind::Read,
        (false, false) => CallKind::Action,
    };
    network::Call { controller, instance, operation, occasion, number, shared, asks, kind, tag }
}

impl<'a, O: Observer> Rest<'a, O> {
    /// Tells the network which states are over, before a read can ask for them.
    #[inline(always)]
    fn tell_states(&mut self, network: &mut Network<'a, CallTag, Request>) {
        if !self.ended_states.is_empty() {
            self.tell_ended_states(network);
        }
    }

    #[inline(never)]
    fn tell_ended_states(&mut self, network: &mut Network<'a, CallTag, Request>) {
        for (at, instance, state) in self.ended_states.drain(..) {
            network.state_ended(at, instance, state);
        }
    }

    /// A request outside of any demand is an occasion of its own.
    fn open_request_item(
        &mut self,
        region: &Region,
        (controller, instance): (u16, InstanceId),
        action: Action,
        due: SimTime,
    ) {
        let action = match action {
            Action::Stop => Action::Stop,
            Action::Start | Action::Reactivate => Action::Start,
            Action::Reboot | Action::Delete | Action::Change => return,
        };
        let is_free = self.records[instance.index()].item == Item::None;
        if is_free && !self.follows(controller, instance) {
            self.open_item(region, instance, action, due, NO_WAVE);
        }
    }

    #[inline(always)]
    fn on_first_call(&mut self, region: &Region, instance: InstanceId, action: Action) {
        let record = &self.records[instance.index()];
        let status = region.state(instance).status();
        match action {
            // What runs already is not awaited: its call will be refused.
            Action::Start | Action::Reactivate
                if matches!(status, Status::Starting | Status::Running) => {}
            Action::Start | Action::Reactivate => {
                if record.called_at != SimTime::NEVER {
                    self.books.censored(LatencyName::StartCalledToRunning);
                }
                self.records[instance.index()].called_at = self.now;
            }
            Action::Stop | Action::Delete => {
                if record.missed == MissedReason::Stagger {
                    self.book(region, instance);
                    self.records[instance.index()].missed = MissedReason::Late;
                }
            }
            Action::Reboot | Action::Change => {}
        }
    }

    /// Books why an instance is not as wanted: its last call was refused.
    #[inline(never)]
    fn on_refused(
        &mut self,
        region: &Region,
        (controller, instance): (u16, InstanceId),
        action: Action,
        refusal: Refusal,
    ) {
        let class = refusal.row().class;
        let now = self.now;
        self.book(region, instance);
        let under_way = region.state(instance).status() == Status::Stopping;
        let mine = self.follows(controller, instance);
        let owes = class == RefusalClass::Money && region.standing() != Standing::Good;
        let record = &mut self.records[instance.index()];
        match action {
            Action::Start | Action::Reactivate => {
                let short = class == RefusalClass::Stock;
                record.down = if refusal == Refusal::SpotPriceTooHigh {
                    DownReason::Spot
                } else if short {
                    DownReason::NoStock
                } else if owes {
                    DownReason::Arrears
                } else {
                    DownReason::Refused
                };
                let awaited = record.item == Item::Start && now >= record.due;
                if short && awaited && !record.knows {
                    record.knows = true;
                    let took = now - record.due;
                    self.books.took(LatencyName::StartTimeToKnow, took);
                }
            }
            Action::Stop if !under_way && (mine || !record.has_demand) => {
                let throttled = class == RefusalClass::Throttling;
                record.missed =
                    if throttled { MissedReason::Throttled } else { MissedReason::Refused };
            }
            Action::Stop | Action::Reboot | Action::Delete | Action::Change => {}
        }
    }

    /// Holds what a controller believes, when it is done, against the truth.
    #[inline]
    fn on_finished(
        &mut self,
        region: &Region,
        (controller, instance): (u16, InstanceId),
        belief: Belief,
    ) {
        let state = region.state(instance);
        let (status, goes) = (state.status(), matches!(state, State::Released | State::Deleting));
        let going = |action| match action {
            Action::Stop => matches!(status, Status::Stopping | Status::Stopped),
            Action::Start | Action::Reboot | Action::Reactivate => {
                matches!(status, Status::Starting | Status::Running)
            }
            Action::Delete => goes,
            Action::Change => {
                let change = self.plan.controllers[usize::from(controller)].change.as_ref();
                let present = self.plan.region.kind(region.kind_of(instance)).instance_type;
                change.is_some_and(|change| change.to == present)
            }
        };
        if let Belief::Done(action) | Belief::Failed(action) = belief {
            let going = going(action);
            self.books.judge(belief, going);
        }
        if let Belief::Failed(action) = belief {
            self.books.given_up(controller);
            if matches!(action, Action::Start | Action::Reactivate) {
                self.on_start_given_up(region, instance);
            }
        }
    }

    #[inline(never)]
    fn on_start_given_up(&mut self, region: &Region, instance: InstanceId) {
        self.book(region, instance);
        let record = &mut self.records[instance.index()];
        if record.down == DownReason::Late {
            record.down = DownReason::Refused;
        }
        if record.called_at != SimTime::NEVER {
            record.called_at = SimTime::NEVER;
            self.books.censored(LatencyName::StartCalledToRunning);
        }
    }

    /// Whether a controller acts on what is wanted of an instance.
    pub(super) fn follows(&self, controller: u16, instance: InstanceId) -> bool {
        let record = &self.records[instance.index()];
        let followed = self.plan.controllers[usize::from(controller)].follows();
        record.owner == controller || (record.has_demand && followed == Some(record.demand))
    }
}
