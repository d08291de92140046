//! One run of one program: what it is told, in order, and what it does about it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::client::{Brief, Call, CallId, Client, Intent, Outbox, Token, Wake};
use crate::controller::policy::Controller;
use crate::demand::Edge;
use crate::demand::calendar::CivilClock;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::OperationName;
use crate::ecs::spec::RegionSpec;
use crate::engine::{Decisions, Occasion};
use crate::fact::purpose;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::message::{EdgeTold, Reset, Told, line, outcome};
use super::process::Process;
use super::reply::{Act, Send, action, belief, read};
use super::request::{Known, Unusable, operation};
use super::trouble::{MessageId, ProgramError, Trouble};
use super::{PROTOCOL, Said};

/// Occasions that nobody named are numbered from here on; a program's own are below.
const UNNAMED: u64 = 1 << 61;

/// A conversation, and whether it has failed: then the program is told nothing any more.
pub(super) struct Conversation {
    pub(super) controller: String,
    pub(super) process: Process,
    /// What went wrong first.
    pub(super) failure: Option<ProgramError>,
    /// Every message and its answer, if somebody wants to know.
    pub(super) record: Option<Vec<Said>>,
    region: Arc<RegionSpec>,
    clock: CivilClock,
    luck: String,
    wanted: Option<bool>,
    instances: BTreeMap<String, InstanceId>,
    edges: Vec<Edge>,
    messages: u64,
    /// How many calls were sent for each instance without a name for their occasion.
    unnamed: BTreeMap<Option<InstanceId>, u64>,
    /// How many calls of each operation were sent for each instance on each named occasion.
    named: BTreeMap<(Option<InstanceId>, Occasion, OperationName), u32>,
    /// The tags of calls under way.
    tags: BTreeMap<CallId, String>,
}

impl Conversation {
    /// With a process that waits for its first message of this run.
    pub(super) fn new(
        plan: &Plan,
        controller: &Controller,
        decisions: &Decisions,
        process: Process,
        records: bool,
    ) -> Conversation {
        let who = controller.identity;
        let words = decisions.words(who, purpose::PROGRAM_SEED, Occasion::lifetime(0), 0);
        let followed = controller.follows().map(|place| &plan.demands[usize::from(place)]);
        Conversation {
            controller: controller.name.clone(),
            process,
            failure: None,
            record: records.then(Vec::new),
            region: Arc::clone(&plan.region),
            clock: plan.clock.clone(),
            luck: words.map(|word| format!("{word:016x}")).concat(),
            wanted: followed.map(|demand| demand.initially),
            instances: BTreeMap::new(),
            edges: Vec::new(),
            messages: 0,
            unnamed: BTreeMap::new(),
            named: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }

    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        let message = match wake {
            Wake::Begin(brief) => self.begin(now, brief),
            Wake::Timer(Token(token)) => line(now, &self.clock, Told::Timer { token }),
            Wake::Answered(call, answer) => {
                let (tag, outcome) = (self.tags.remove(&call), outcome(&self.region, answer));
                line(now, &self.clock, Told::Answer { call: call.0, tag, outcome })
            }
            Wake::TimedOut(call) => {
                let tag = self.tags.remove(&call);
                line(now, &self.clock, Told::Timeout { call: call.0, tag })
            }
        };
        self.messages += 1;
        if let Err(trouble) = self.exchange(now, message, kind(wake), out) {
            self.failure = Some(ProgramError {
                controller: self.controller.clone(),
                message: Some(self.message_id(now, kind(wake))),
                trouble,
            });
        }
    }

    fn message_id(&self, now: SimTime, kind: &'static str) -> MessageId {
        MessageId { number: self.messages, kind, time: self.clock.format(now) }
    }

    fn begin(&mut self, now: SimTime, brief: &Brief) -> Vec<u8> {
        let named = brief.names.iter().cloned().zip(brief.instances.iter().copied());
        self.instances = named.collect();
        self.edges.clone_from(&brief.edges);
        let edges = brief.edges.iter().map(|edge| EdgeTold::of(edge, &self.clock)).collect();
        let reset = Reset {
            protocol: PROTOCOL,
            controller: &self.controller,
            timezone: self.clock.zone().name(),
            horizon: brief.horizon.as_micros(),
            luck: self.luck.clone(),
            instances: &brief.names,
            wanted: self.wanted,
            edges,
        };
        line(now, &self.clock, Told::Reset(Box::new(reset)))
    }

    /// Tells it something, and does what it answers.
    fn exchange(
        &mut self,
        now: SimTime,
        message: Vec<u8>,
        kind: &'static str,
        out: &mut Outbox,
    ) -> Result<(), Trouble> {
        let answer = self.process.ask(&message)?;
        let done = self.act(now, &answer, out);
        let done = done.map_err(|Unusable { why, hint }| Trouble::Line {
            line: String::from_utf8_lossy(&answer).into_owned(),
            why,
            hint,
        });
        let id = self.message_id(now, kind);
        if let Some(record) = &mut self.record {
            record.push(Said { message, answer, id });
        }
        done
    }

    fn act(&mut self, now: SimTime, answer: &[u8], out: &mut Outbox) -> Result<(), Unusable> {
        for act in read(answer)?.actions {
            match act {
                Act::Send(send) => self.send(*send, out)?,
                Act::Wake { at, token } => {
                    out.wake_at(SimTime::from_micros(at).min(SimTime::NEVER), Token(token));
                }
                Act::Believe { instance, belief: name, action: about } => {
                    let belief = belief(&name, about.as_deref())?;
                    out.believe(self.known().instance(&instance)?, belief);
                }
                Act::Intend { instance, action: name, due } => {
                    let instance = self.known().instance(&instance)?;
                    let due = due.map_or(now, SimTime::from_micros);
                    out.intend(Intent { instance, action: action(&name)?, due });
                }
            }
        }
        Ok(())
    }

    fn known(&self) -> Known<'_> {
        Known { instances: &self.instances, region: &self.region }
    }

    fn send(&mut self, send: Send, out: &mut Outbox) -> Result<(), Unusable> {
        let Send { operation: name, parameters, edge, occasion, number, tag } = send;
        let operation = operation(self.known(), &name, parameters)?;
        let name = operation.name();
        // What it is about is known before what it belongs to.
        let mut call = Call { operation, occasion: Occasion::number(0), number: 0 };
        let about = call.about();
        (call.occasion, call.number) = match self.occasion(edge, occasion)? {
            Some(occasion) => {
                let next = self.named.entry((about, occasion, name)).or_default();
                let number = number.unwrap_or(*next);
                *next = number.saturating_add(1);
                (occasion, number)
            }
            None => {
                let next = self.unnamed.entry(about).or_default();
                let occasion = Occasion::number(UNNAMED + *next);
                *next += 1;
                (occasion, number.unwrap_or(0))
            }
        };
        if call.number >= NUMBER_MAX {
            let why = format!("\"number\" is {}", call.number);
            return Err(Unusable::new(why, format!("it is below {NUMBER_MAX}")));
        }
        let id = out.send(call);
        if let Some(tag) = tag {
            self.tags.insert(id, tag);
        }
        Ok(())
    }

    /// What a call belongs to, if the program says so.
    fn occasion(
        &self,
        edge: Option<usize>,
        occasion: Option<u64>,
    ) -> Result<Option<Occasion>, Unusable> {
        match (edge, occasion) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Unusable::new(
                "a call belongs to an edge as well as to an occasion",
                "expected one of \"edge\" and \"occasion\", or neither",
            )),
            (Some(place), None) => match self.edges.get(place) {
                Some(edge) => Ok(Some(edge.occasion())),
                None => {
                    let count = self.edges.len();
                    let why = format!("there is no edge {place}");
                    Err(Unusable::new(why, format!("`reset` told {count}, numbered from 0")))
                }
            },
            (None, Some(number)) if number < UNNAMED => Ok(Some(Occasion::number(number))),
            (None, Some(number)) => {
                let why = format!("\"occasion\" is {number}");
                Err(Unusable::new(why, format!("it is below 2^61, which is {UNNAMED}")))
            }
        }
    }
}

/// The number of a call within its occasion is below this: luck is keyed by it and the operation.
const NUMBER_MAX: u32 = 1 << 26;

fn kind(wake: Wake<'_>) -> &'static str {
    match wake {
        Wake::Begin(_) => "reset",
        Wake::Timer(_) => "timer",
        Wake::Answered(..) => "answer",
        Wake::TimedOut(_) => "timeout",
    }
}

/// The client that sits in the run.
pub(super) struct Seated(pub(super) Rc<RefCell<Conversation>>);

impl Client for Seated {
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        let mut conversation = self.0.borrow_mut();
        if conversation.failure.is_none() {
            conversation.on(now, wake, out);
        }
    }
}
