//! A controller of one's own, hunted: it takes the acceptance of a start for its completion.
//!
//! `cargo run --release --example hunt_own_controller`

use stopsim::client::{Call, Client, Outbox, Token, Wake};
use stopsim::demand::Edge;
use stopsim::ecs::id::InstanceId;
use stopsim::fact::{Action, Belief};
use stopsim::hunt::{Hunted, Hunter, Portfolio};
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::{Plan, Seat};

const SCENARIO: &str = include_str!("../scenarios/flaky-mornings.toml");

/// At each edge it asks once for every instance, and believes the first answer.
#[derive(Clone, Default)]
struct Trusting {
    instances: Vec<InstanceId>,
    edges: Vec<Edge>,
    /// What each call was about, by its number.
    asked: Vec<(InstanceId, Action)>,
}

impl Client for Trusting {
    fn on(&mut self, _: stopsim::units::SimTime, wake: Wake<'_>, out: &mut Outbox) {
        match wake {
            Wake::Begin(brief) => {
                (self.instances, self.edges) = (brief.instances.clone(), brief.edges.clone());
                for (token, edge) in (0..).zip(&brief.edges) {
                    out.wake_at(edge.at, Token(token));
                }
            }
            Wake::Timer(Token(place)) => {
                let edge = &self.edges[place as usize];
                for instance in &self.instances {
                    let (call, action) = match edge.wanted {
                        true => (Call::start(*instance, edge.occasion(), 0), Action::Start),
                        false => (Call::stop(*instance, edge.occasion(), 0), Action::Stop),
                    };
                    out.send(call);
                    self.asked.push((*instance, action));
                }
            }
            Wake::Answered(call, answer) => {
                let (instance, action) = self.asked[call.0 as usize];
                out.believe(
                    instance,
                    match answer {
                        Ok(_) => Belief::Done(action),
                        Err(_) => Belief::Failed(action),
                    },
                );
            }
            Wake::TimedOut(call) => {
                let (instance, action) = self.asked[call.0 as usize];
                out.believe(instance, Belief::Failed(action));
            }
        }
    }

    fn fork(&self) -> Option<Box<dyn Client>> {
        Some(Box::new(self.clone()))
    }
}

fn main() {
    let (plan, hunted) = hunt(400);
    print!(
        "{}",
        stopsim::hunt::text::hunt(&plan, &hunted, (3, false), &|trial| format!("{trial:?}"))
    );
}

/// The shipped scenario with this controller in place of its own, over so many seeds.
pub fn hunt(seeds: u64) -> (Plan, Hunted) {
    let source = Memory::new().with("flaky-mornings.toml", SCENARIO);
    let mut plan = load("flaky-mornings.toml", &source, &[]).expect("it is shipped").plan;
    // Nobody else acts.
    plan.controllers.clear();
    let seat = Seat {
        name: "trusting".to_owned(),
        groups: Vec::new(),
        follows: Some("office".to_owned()),
        timeout: None,
    };
    plan.add_seat(&seat).expect("no controller has that name");
    let clients = || {
        let client: Box<dyn Client> = Box::new(Trusting::default());
        vec![("trusting".to_owned(), client)]
    };
    let hunter = Hunter::new(&plan, false).seating(&clients);
    let mut hunted = Hunted::new(&plan);
    let portfolio = Portfolio::ALL;
    for seed in 1..=seeds {
        let told = hunter.run(&portfolio.trial(seed)).expect("there are no programs");
        hunted.add(&plan, &told);
    }
    drop(hunter);
    (plan, hunted)
}
