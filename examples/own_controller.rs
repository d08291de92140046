//! A controller of one's own, in a shipped scenario beside the scripted ones: it brings up a group
//! in a trickle before it is needed.
//!
//! `cargo run --release --example own_controller`

use stopsim::books::outcome::{Outcome, WaveKind};
use stopsim::client::{Call, CallId, Client, Outbox, Token, Wake};
use stopsim::ecs::id::InstanceId;
use stopsim::ecs::refusal::RefusalClass;
use stopsim::engine::{Decisions, Occasion, TiePolicy};
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::{Plan, Seat};
use stopsim::sim::{NoObserver, RunId, Sim};
use stopsim::units::{SimDuration, SimTime};

const SCENARIO: &str = include_str!("../scenarios/morning-shortage.toml");

/// From an hour before it is needed it asks for one start every ten seconds. Who finds no stock
/// asks again two minutes later, until it is needed: then the scripted controller takes over.
#[derive(Clone, Default)]
struct Trickle {
    jobs: Vec<Job>,
    /// The job of each call, by its number.
    of_call: Vec<u32>,
}

#[derive(Clone)]
struct Job {
    instance: InstanceId,
    occasion: Occasion,
    until: SimTime,
    tries: u32,
}

impl Client for Trickle {
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        match wake {
            Wake::Begin(brief) => {
                for edge in brief.edges.iter().filter(|edge| edge.wanted) {
                    let (occasion, until) = (edge.occasion(), edge.at);
                    let from = edge.at.saturating_sub(SimDuration::from_hours(1));
                    for (place, &instance) in (0..).zip(&brief.instances) {
                        let at = from + SimDuration::from_secs(10 * place);
                        out.wake_at(at, Token(self.jobs.len() as u32));
                        self.jobs.push(Job { instance, occasion, until, tries: 0 });
                    }
                }
            }
            Wake::Timer(Token(job)) => {
                let Job { instance, occasion, tries, .. } = &mut self.jobs[job as usize];
                out.send(Call::start(*instance, *occasion, *tries));
                *tries += 1;
                self.of_call.push(job);
            }
            Wake::Answered(CallId(call), Err(no)) if no.refusal.class() == RefusalClass::Stock => {
                let job = self.of_call[call as usize];
                let again = now + SimDuration::from_mins(2);
                if again < self.jobs[job as usize].until {
                    out.wake_at(again, Token(job));
                }
            }
            Wake::Answered(..) | Wake::TimedOut(_) => {}
        }
    }

    fn fork(&self) -> Option<Box<dyn Client>> {
        Some(Box::new(self.clone()))
    }
}

fn main() {
    let scripted = up_within_a_minute(&run(false));
    let with_trickle = up_within_a_minute(&run(true));
    println!("group `sharp`, 200 instances, ready at 08:01:");
    println!("{:>8} {:>12} {:>14}", "morning", "at eight", "with trickle");
    for (morning, (before, after)) in scripted.iter().zip(&with_trickle).enumerate() {
        println!("{:>8} {before:>12} {after:>14}", morning + 1);
    }
}

/// The scenario, with a seat for the group that is started at eight sharp.
pub fn plan() -> Plan {
    let source = Memory::new().with("morning-shortage.toml", SCENARIO);
    let mut plan = match load("morning-shortage.toml", &source, &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    };
    let seat = Seat {
        name: "trickle".to_owned(),
        groups: vec!["sharp".to_owned()],
        follows: Some("office".to_owned()),
        timeout: None,
    };
    plan.add_seat(&seat).expect("the scenario has the group, and no controller of that name");
    plan
}

/// A run of the scenario: the seat stays empty, or the trickle takes it.
pub fn run(with_trickle: bool) -> Outcome {
    let plan = plan();
    let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
    let decisions = Decisions::of(run.seed, run.replication);
    let mut sim = Sim::new(&plan, run, &decisions, NoObserver);
    if with_trickle {
        sim.take_seat("trickle", Box::new(Trickle::default())).expect("nobody sits there");
    }
    sim.finish().expect("time goes on")
}

/// How many of `sharp` were ready a minute after they were needed, morning by morning.
pub fn up_within_a_minute(outcome: &Outcome) -> Vec<u64> {
    let starts = outcome.waves.iter().filter(|wave| wave.kind == WaveKind::Start);
    // `at-eight`, the first controller of the scenario, follows the demand for `sharp`.
    let sharp = starts.flat_map(|wave| wave.parts.iter().filter(|part| part.controller == Some(0)));
    sharp.map(|part| part.count.done_within[0]).collect()
}
