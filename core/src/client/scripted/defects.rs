//! Controllers that are wrong on purpose: what each defect does in place of what is right.
//!
//! The right thing is done elsewhere, and asks here. Whoever does something else than a sound
//! controller would says so by [`Fact::Slipped`]. Without defects nothing here is reached.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::{Event, Numbered, Outputs};
use crate::controller::defects::{
    CRASH, CRASHES, Defects, REPLICA_DELAY, SDK_RETRIES, STALE_LEASE, STALE_LEASES,
};
use crate::controller::policy::Drive;
use crate::controller::retry::{Cause, Decision, Failed, Retry};
use crate::controller::schedule::Moment;
use crate::demand::Edge;
use crate::demand::calendar::CivilClock;
use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::engine::{Identity, Occasion, Source};
use crate::fact::{Action, Belief, Defect, Fact};
use crate::units::SimTime;

use super::Clients;
use super::controller_state::NO_HOLD;
use super::job::{RetryState, Stage, Step};
use super::pace::Intent;
use super::payload::{Answered, BatchMember, Call, CallTag, Request, Told};

/// What defects make a controller keep beyond what a sound one does.
#[derive(Clone, Debug, Default)]
pub(super) struct Flaws {
    /// What the first look at an instance showed, by position.
    seen: BTreeMap<u32, Status>,
    /// Failures of an instance so far, by position.
    failures: BTreeMap<u32, u32>,
    /// Failures of all instances on an occasion.
    shared: (u64, u32),
    /// Instances that are marked as busy for ever.
    busy: BTreeSet<u32>,
}

/// Calls of a second replica are numbered from here.
const OF_REPLICA: u32 = 1 << 20;

impl Clients<'_> {
    /// Whether a controller has a defect.
    #[inline(always)]
    pub(super) fn has(&self, controller: u16, defect: Defect) -> bool {
        self.defects(controller).has(defect)
    }

    /// What is wrong with a controller.
    #[inline(always)]
    pub(super) fn defects(&self, controller: u16) -> Defects {
        self.plan.controllers[usize::from(controller)].defects
    }

    /// Whether a controller has a defect; if so it does something wrong now, and that is told.
    #[inline(always)]
    pub(super) fn slips(
        &self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        defect: Defect,
    ) -> bool {
        let has = self.has(controller, defect);
        if has {
            self.slip(out, controller, position, defect);
        }
        has
    }

    /// A controller does something else than a sound one would.
    #[inline(never)]
    pub(super) fn slip(
        &self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        defect: Defect,
    ) {
        let instance = self.instance_at(controller, position);
        out.happened(Fact::Slipped { controller, instance, defect });
    }

    /// A call that is not the first is worded wrongly; it may be a stop in place of a start.
    #[inline(never)]
    pub(super) fn misword(
        &self,
        out: &mut impl Outputs,
        call: &Call,
        request: &mut Request,
        is_swapped: bool,
    ) {
        let (controller, position) = (call.controller, call.tag.position);
        if is_swapped {
            self.slip(out, controller, position, Defect::RetriesWithStop);
        }
        if let Request::Stop(stop) = request
            && stop.mode.is_some()
            && self.slips(out, controller, position, Defect::DropsStoppedMode)
        {
            stop.mode = None;
        }
    }

    /// Whether an instance is skipped, because an earlier failure has left it marked as busy.
    #[inline(never)]
    pub(super) fn skips(&self, out: &mut impl Outputs, controller: u16, position: u32) -> bool {
        let skips = self.states[usize::from(controller)].flaws.busy.contains(&position);
        if skips {
            self.slip(out, controller, position, Defect::StaysBusy);
        }
        skips
    }

    /// A job is over, and its controller does not know.
    fn drop_job(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        self.forget_job(out, controller, position);
        self.pump(out, controller);
    }

    fn forget_job(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let controller_state = &mut self.states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        job.enter(Stage::Idle);
        if job.action == Action::Stop {
            controller_state.set_hold(position, NO_HOLD);
        }
        self.let_go(out, controller, position);
    }

    /// Whether a controller crashes before it has recorded that a call was accepted: it knows of
    /// nothing that was under way any more.
    #[inline(never)]
    pub(super) fn crashes(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) -> bool {
        let who = self.pair(out, controller, self.instance_at(controller, position));
        let job = self.states[usize::from(controller)].jobs[position as usize];
        if !self.decisions.hits(who, CRASH, job.occasion, job.attempt, CRASHES) {
            return false;
        }
        let jobs = self.states[usize::from(controller)].jobs.iter().zip(0..);
        let under_way = jobs.filter(|(job, _)| job.stage != Stage::Idle);
        let under_way: Vec<u32> = under_way.map(|(_, position)| position).collect();
        for position in under_way {
            self.slip(out, controller, position, Defect::ForgetsInCrash);
            self.forget_job(out, controller, position);
        }
        self.pump(out, controller);
        true
    }

    /// Whether a refusal is made something of that a sound controller would not.
    #[inline(never)]
    pub(super) fn misreads_refusal(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        refusal: Refusal,
    ) -> bool {
        let action = self.states[usize::from(controller)].jobs[position as usize].action;
        let class = refusal.class();
        let no_stock = class == RefusalClass::Stock && action == Action::Start;
        if self.slips(out, controller, position, Defect::SwallowsRefusals)
            || no_stock && self.slips(out, controller, position, Defect::DropsStartWithoutStock)
        {
            self.drop_job(out, controller, position);
            return true;
        }
        let wrong_status = class == RefusalClass::Status;
        if self.slips(out, controller, position, Defect::TakesRefusalForSuccess)
            || wrong_status
                && self.slips(out, controller, position, Defect::TakesWrongStatusForDone)
        {
            self.finish_job(out, controller, position, Belief::Done(action));
            return true;
        }
        let is_unseen = self.states[usize::from(controller)].retry_state(position).unseen.is_some();
        if wrong_status && is_unseen {
            self.finish_job(out, controller, position, Belief::Failed(action));
        }
        wrong_status && is_unseen
    }

    /// A call failed. Whether what is beneath the controller has repeated it already.
    #[inline(never)]
    pub(super) fn fails_wrongly(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        cause: Cause,
    ) -> bool {
        let (timed_out, server) = match cause {
            Cause::TimedOut => (true, false),
            Cause::Refused(refusal) => (false, refusal.class() == RefusalClass::Server),
        };
        let defects = self.defects(controller);
        if defects.has(Defect::StaysBusy) {
            self.states[usize::from(controller)].flaws.busy.insert(position);
        }
        let calls = self.states[usize::from(controller)].jobs[position as usize].stage;
        let is_call = calls == Stage::Calling;
        let single = !self.joins_batches(controller, position);
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        if defects.has(Defect::SdkRetriesInside) && is_call && single && (timed_out || server) {
            if retry_state.inside < SDK_RETRIES {
                retry_state.inside += 1;
                retry_state.step_from += 1; // the controller does not count it
                self.slip(out, controller, position, Defect::SdkRetriesInside);
                self.send(out, controller, position);
                return true;
            }
            retry_state.inside = 0;
        }
        let (blind, after) = if timed_out {
            (is_call, Defect::RetriesBlindAfterTimeout)
        } else {
            (is_call && server, Defect::RetriesBlindAfterServerError)
        };
        retry_state.unseen = Some(after).filter(|after| blind && defects.has(*after));
        false
    }

    /// A controller that looks before each call asks again: whether it looks this time.
    #[inline(never)]
    pub(super) fn look_once_more(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) {
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        retry_state.looked = retry_state.unseen.is_some();
        if let Some(defect) = retry_state.unseen {
            self.slip(out, controller, position, defect);
        }
    }

    /// What becomes of a failure where failures are counted wrongly.
    #[inline(never)]
    pub(super) fn decide_wrongly(
        &mut self,
        out: &mut impl Outputs,
        (controller, position): (u16, u32),
        rule: &Retry,
        failed: &Failed,
        word: u64,
    ) -> Decision {
        let defects = self.defects(controller);
        let controller_state = &mut self.states[usize::from(controller)];
        let sound = rule.when(failed, &controller_state.spent, word);
        let occasion = controller_state.jobs[position as usize].occasion.word();
        let flaws = &mut controller_state.flaws;
        let (defect, attempts) = if defects.has(Defect::NeverResetsAttempts) {
            let failures = flaws.failures.entry(position).or_default();
            *failures += 1;
            (Defect::NeverResetsAttempts, *failures)
        } else if defects.has(Defect::SharesAttempts) {
            if flaws.shared.0 != occasion {
                flaws.shared = (occasion, 0);
            }
            flaws.shared.1 += 1;
            (Defect::SharesAttempts, flaws.shared.1)
        } else {
            return sound;
        };
        let wrong = Failed { attempts, ..*failed };
        let decision = rule.when(&wrong, &controller_state.spent, word);
        if decision != sound {
            self.slip(out, controller, position, defect);
        }
        decision
    }

    /// What a look before a call shows, as far as its controller takes notice.
    #[inline(never)]
    pub(super) fn remembered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        status: Status,
    ) -> Status {
        let seen = &mut self.states[usize::from(controller)].flaws.seen;
        let first = *seen.entry(position).or_insert(status);
        if first != status {
            self.slip(out, controller, position, Defect::CachesReads);
        }
        first
    }

    /// Whether an answer to a call of another operation is taken for that of the one in flight.
    #[inline(never)]
    pub(super) fn takes_late(&self, out: &mut impl Outputs, told: &Told) -> bool {
        let (controller, position) = (told.controller, told.tag.position);
        if !self.has(controller, Defect::TakesLateAnswers) {
            return false;
        }
        let controller_state = &self.states[usize::from(controller)];
        let is_own =
            matches!(told.operation, OperationName::StopInstance | OperationName::StartInstance);
        let waits = controller_state.jobs[position as usize].stage == Stage::Calling
            && controller_state.retry_state(position).step == Step::Own;
        let takes = is_own && waits && told.answer.is_some();
        if takes {
            self.slip(out, controller, position, Defect::TakesLateAnswers);
        }
        takes
    }

    /// What a controller makes of a batch call's answer for one of its instances.
    #[inline(never)]
    pub(super) fn misread_item(
        &self,
        out: &mut impl Outputs,
        controller: u16,
        members: &[BatchMember],
        place: usize,
    ) -> Answered {
        let answer =
            |member: &BatchMember| member.answer.expect("the region answered for each instance");
        let own = answer(&members[place]);
        let is_refused = |answer: &Answered| matches!(answer, Answered::Refused(_));
        let defects = self.defects(controller);
        let (defect, read) = if defects.has(Defect::BatchRefusalsUnread) && is_refused(&own) {
            (Defect::BatchRefusalsUnread, Answered::Accepted)
        } else if defects.has(Defect::RetriesWholeBatch) {
            let refused = members.iter().map(answer).find(is_refused);
            (Defect::RetriesWholeBatch, refused.unwrap_or(own))
        } else if defects.has(Defect::MixesUpBatchItems) {
            (Defect::MixesUpBatchItems, answer(&members[(place + 1) % members.len()]))
        } else {
            return own;
        };
        if read != own {
            self.slip(out, controller, members[place].position, defect);
        }
        read
    }

    /// A second handler or replica acts at a due moment, or after it.
    #[inline(never)]
    pub(super) fn schedule_second(&self, out: &mut impl Outputs, controller: u16, number: u32) {
        let Some((at, edge)) = self.moment(controller, number) else { return };
        let identity = self.names[usize::from(controller)];
        let source = Source {
            rank: u32::MAX - u32::from(controller),
            identity: identity.with(Identity::of("controller", "second")),
        };
        let event = Event::SecondActs(Numbered { controller, number });
        if self.has(controller, Defect::TwoHandlers) && edge.wanted {
            out.schedule(at, source, event);
        }
        let is_stale = self.has(controller, Defect::TwoReplicas)
            && self.decisions.hits(identity, STALE_LEASE, edge.occasion(), 0, STALE_LEASES);
        if is_stale {
            out.schedule(at.saturating_add(REPLICA_DELAY), source, event);
        }
    }

    /// A due moment, and the edge that it is for.
    fn moment(&self, controller: u16, number: u32) -> Option<(SimTime, Edge)> {
        let Drive::Edges { edges, .. } = &self.plan.controllers[usize::from(controller)].drive
        else {
            return None;
        };
        let moment = self.states[usize::from(controller)].moments.get(number as usize)?;
        Some((moment.at, edges[moment.edge]))
    }

    /// A second handler sets out to stop what the first one starts; or a second replica asks for
    /// what the edge before asked for.
    #[inline(never)]
    pub(super) fn on_second_acts(&mut self, out: &mut impl Outputs, controller: u16, number: u32) {
        let Some((at, edge)) = self.moment(controller, number) else { return };
        let of = u32::try_from(self.states[usize::from(controller)].jobs.len());
        let of = of.expect("instances are numbered in 32 bits");
        let occasion = edge.occasion();
        for position in 0..of {
            if at != out.now() {
                self.ask_as_replica(out, controller, position, (occasion, edge.wanted));
                continue;
            }
            let job = &self.states[usize::from(controller)].jobs[position as usize];
            if job.occasion == occasion && job.action == Action::Start {
                self.slip(out, controller, position, Defect::TwoHandlers);
            }
            let action = Action::Stop;
            let intent = Intent { action, due: edge.at, occasion, place: position, of };
            self.begin(out, controller, position, intent);
        }
        self.pump(out, controller);
    }

    fn ask_as_replica(
        &self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        (occasion, wanted): (Occasion, bool),
    ) {
        let instance = self.instance_at(controller, position);
        let serial = self.states[usize::from(controller)].jobs[position as usize].serial;
        let operation =
            if wanted { OperationName::StopInstance } else { OperationName::StartInstance };
        // Nobody reads the answer: it is to an operation that is over.
        let tag = CallTag { position, serial: serial.wrapping_sub(1), keep: false };
        let number = OF_REPLICA;
        let call = Call { controller, instance, operation, occasion, number, shared: false, tag };
        let request = self.request(out, &call, &RetryState::NONE);
        self.slip(out, controller, position, Defect::TwoReplicas);
        out.send(call, request);
    }

    /// Tells of edges that a controller takes for another time than they are.
    #[inline(never)]
    pub(super) fn tell_of_wrong_clock(&self, out: &mut impl Outputs, controller: u16, edge: Edge) {
        let defects = self.defects(controller);
        let Some(defect) = wrong_clock(defects) else { return };
        if ahead(self.plan.clock, defect, edge.at) != 0 {
            let of = self.states[usize::from(controller)].order.len();
            let of = u32::try_from(of).expect("instances are numbered in 32 bits");
            (0..of).for_each(|position| self.slip(out, controller, position, defect));
        }
    }
}

/// Which defect of its clock a controller has.
fn wrong_clock(defects: Defects) -> Option<Defect> {
    let clocks = [Defect::CachesUtcOffset, Defect::TakesLocalTimeForUtc];
    clocks.into_iter().find(|defect| defects.has(*defect))
}

/// How much later than it should a controller acts, in µs.
fn ahead(clock: &CivilClock, defect: Defect, at: SimTime) -> i64 {
    let known = match defect == Defect::CachesUtcOffset {
        true => clock.ahead_of_utc(SimTime::ZERO),
        false => 0,
    };
    clock.ahead_of_utc(at) - known
}

/// Due moments as a controller takes them to be whose clock is wrong.
pub(super) fn by_its_clock(
    mut moments: Vec<Moment>,
    clock: &CivilClock,
    defects: Defects,
) -> Vec<Moment> {
    let Some(defect) = wrong_clock(defects) else { return moments };
    let mut before = SimTime::ZERO;
    for moment in &mut moments {
        let later = ahead(clock, defect, moment.at);
        let at = moment.at.as_micros().saturating_add_signed(later);
        moment.at = SimTime::from_micros(at).max(before);
        before = moment.at;
    }
    moments
}
