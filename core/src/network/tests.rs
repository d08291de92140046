//! The network alone: nobody's cloud behind it, nobody's controller before it.

use std::collections::BTreeMap;

use super::plan::{CallerPlan, Legs};
use super::*;
use crate::ecs::fixture;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::State;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::throttle::Quota;
use crate::engine::{Distribution, Identity, Occasion};
use crate::fact::{CallAnswer, Fact};
use crate::fault::rule::{CallEffect, CallFault, DrawPer, Scope, When};
use crate::units::{Ratio, SimDuration, SimTime};

const ONE: InstanceId = InstanceId(0);

fn seconds(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// What the network meets on both sides: a list of events, and lines of what it heard.
#[derive(Default)]
struct Wire {
    now: SimTime,
    listed: BTreeMap<(SimTime, u32), Event>,
    scheduled: u32,
    lines: Vec<String>,
}

impl Wire {
    fn says(&mut self, line: &str) {
        self.lines.push(format!("{} {line}", self.now.as_micros() / 1_000_000));
    }
}

impl Outputs<u8, Option<CallAnswer>> for Wire {
    type Heard = (u8, Option<CallAnswer>);

    fn now(&self) -> SimTime {
        self.now
    }

    fn name(&self, _: InstanceId) -> Identity {
        Identity::of("instance", "one")
    }

    fn schedule(&mut self, at: SimTime, _: Source, event: Event) {
        self.listed.insert((at, self.scheduled), event);
        self.scheduled += 1;
    }

    fn schedule_environment(&mut self, at: SimTime, source: Source, event: Event) {
        self.schedule(at, source, event);
    }

    fn listed(&mut self) {}

    fn happened(&mut self, fact: Fact) {
        if let Fact::FaultTurned { open, .. } = fact {
            self.says(if open { "fault begins" } else { "fault ends" });
        }
    }

    fn tell(&mut self, news: News) {
        match news {
            News::Unanswered(_) => self.says("never answered"),
            News::QuotaUsedUp { .. } => self.says("quota used up"),
        }
    }

    fn deliver(&mut self, delivery: Delivery<'_, u8>, kept: &mut Option<CallAnswer>) -> CallAnswer {
        let seen = delivery.shown.state(ONE, State::Running);
        let answer = seen.map_or(CallAnswer::Missing, CallAnswer::Seen);
        let again = if delivery.duplicate { " again" } else { "" };
        self.says(&format!("call {} arrives{again}: {answer:?}", delivery.call.tag));
        *kept = Some(answer);
        answer
    }

    fn heard(
        &mut self,
        call: &InFlightCall<u8>,
        _: &mut Option<CallAnswer>,
        answer: Option<CallAnswer>,
    ) -> Self::Heard {
        (call.tag, answer)
    }
}

fn call(tag: u8, kind: CallKind) -> Call<u8> {
    Call {
        controller: 0,
        instance: ONE,
        operation: OperationName::DescribeInstances,
        occasion: Occasion::number(0),
        number: u32::from(tag),
        // A region is not looked at for calls that are about no single instance.
        shared: true,
        asks: None,
        kind,
        tag,
    }
}

struct Story {
    leg: u64,
    timeout: Option<u64>,
    quota: Option<u64>,
    effect: Option<CallEffect>,
}

const PLAIN: Story = Story { leg: 1, timeout: None, quota: None, effect: None };

/// What is told of calls that are sent at the same time.
fn told(story: &Story, kinds: &[CallKind]) -> Vec<String> {
    let leg = || Distribution::constant(seconds(story.leg)).expect("a span");
    let legs = Legs { request: leg(), answer: leg() };
    let operation = OperationName::DescribeInstances;
    let quota = |limit| Quota { operation, limit, per_caller: None, answer: Refusal::Throttled };
    let quotas: Vec<Quota> = story.quota.map(quota).into_iter().collect();
    let fault = |effect| CallFault {
        name: "fault".into(),
        identity: Identity::of("fault", "fault"),
        when: When::Always,
        scope: Scope::default(),
        probability: Ratio::ONE,
        draw_per: DrawPer::Call,
        effect,
    };
    let call_faults: Vec<CallFault> = story.effect.map(fault).into_iter().collect();
    let name = Identity::of("controller", "one");
    let timeout = story.timeout.map(seconds);
    let plan = NetworkPlan {
        horizon: SimTime::NEVER,
        region: &fixture::region(),
        legs: &legs,
        quotas: &quotas,
        call_faults: &call_faults,
        callers: vec![CallerPlan { name, id: CallerId(0), timeout }],
    };
    let decisions = Decisions::of(1, 0);
    let mut network = Network::new(plan, &decisions);
    let mut wire = Wire { now: SimTime::ZERO + seconds(1), ..Wire::default() };
    if network.shows_past_states() {
        network.state_ended(wire.now, ONE, State::Pending);
    }
    for (tag, kind) in (0..).zip(kinds) {
        network.send(&mut wire, call(tag, *kind), None);
    }
    while let Some(((at, _), event)) = wire.listed.pop_first() {
        wire.now = at;
        if let Some((tag, answer)) = network.handle(event, &mut wire) {
            wire.says(&format!("call {tag} hears {answer:?}"));
        }
    }
    network.close(&mut wire);
    wire.lines
}

#[test]
fn a_call_has_two_legs() {
    let lines = ["2 call 0 arrives: Seen(Running)", "3 call 0 hears Some(Seen(Running))"];
    assert_eq!(told(&PLAIN, &[CallKind::Action]), lines);
}

#[test]
fn without_legs_a_call_arrives_at_once_and_a_page_in_its_turn() {
    let story = Story { leg: 0, ..PLAIN };
    let lines = told(&story, &[CallKind::Page, CallKind::Action]);
    assert_eq!(lines[..2], ["1 call 1 arrives: Seen(Running)", "1 call 0 arrives: Seen(Running)"]);
}

#[test]
fn who_waits_no_longer_hears_of_no_answer() {
    let story = Story { timeout: Some(1), ..PLAIN };
    assert_eq!(
        told(&story, &[CallKind::Read]),
        ["2 call 0 arrives: Seen(Running)", "2 call 0 hears None"],
    );
    let story = Story { timeout: Some(0), ..PLAIN };
    assert_eq!(
        told(&story, &[CallKind::Read]),
        ["1 call 0 hears None", "2 call 0 arrives: Seen(Running)"],
    );
}

#[test]
fn who_has_no_time_out_waits_for_a_lost_answer_for_ever() {
    let story = Story { effect: Some(CallEffect::LoseAnswer), ..PLAIN };
    assert_eq!(
        told(&story, &[CallKind::Read]),
        ["2 call 0 arrives: Seen(Running)", "2 never answered"],
    );
}

#[test]
fn a_duplicate_arrives_twice_and_is_heard_of_once() {
    let story = Story { effect: Some(CallEffect::Duplicate(seconds(5))), ..PLAIN };
    assert_eq!(
        told(&story, &[CallKind::Read]),
        [
            "2 call 0 arrives: Seen(Running)",
            "3 call 0 hears Some(Seen(Running))",
            "7 call 0 arrives again: Seen(Running)",
        ],
    );
}

#[test]
fn a_quota_turns_away_what_never_reaches_the_cloud() {
    let story = Story { quota: Some(1), ..PLAIN };
    assert_eq!(
        told(&story, &[CallKind::Read, CallKind::Read]),
        [
            "2 call 0 arrives: Seen(Running)",
            "2 quota used up",
            "3 call 0 hears Some(Seen(Running))",
            "3 call 1 hears Some(Refused(Throttled))",
        ],
    );
}

#[test]
fn a_stale_read_shows_what_was_and_a_missing_one_nothing() {
    let story = Story { effect: Some(CallEffect::StaleRead(seconds(2))), ..PLAIN };
    assert_eq!(told(&story, &[CallKind::Read])[0], "2 call 0 arrives: Seen(Pending)");
    let story = Story { effect: Some(CallEffect::StaleRead(seconds(1))), ..PLAIN };
    assert_eq!(told(&story, &[CallKind::Read])[0], "2 call 0 arrives: Seen(Running)");
    let story = Story { effect: Some(CallEffect::MissingRead), ..PLAIN };
    assert_eq!(told(&story, &[CallKind::Read])[0], "2 call 0 arrives: Missing");
}
