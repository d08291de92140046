#![doc = include_str!("../../docs/PROGRAM.md")]

mod conversation;
mod message;
mod process;
mod purity;
mod reply;
mod request;
mod trouble;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use crate::books::outcome::Outcome;
use crate::controller::policy::Program;
use crate::engine::Decisions;
use crate::sim::plan::Plan;
use crate::sim::{Livelock, Observer, RunId, Sim};

use conversation::{Conversation, Seated};

pub use process::{LINE_MAX, Process, end_all};
pub use purity::{Impure, Pure, RECORD_MAX, check};
pub use trouble::{MessageId, ProgramError, Trouble};

/// The version of the protocol: `reset` tells it.
pub const PROTOCOL: u32 = 1;

/// Processes that wait for a run, by what they are: each serves one run at a time, and run after
/// run, so that there are as many of a program as threads.
#[derive(Debug, Default)]
pub struct Programs {
    idle: Mutex<BTreeMap<Program, Vec<Process>>>,
    records: bool,
}

/// Why there is no outcome of a run.
#[derive(Debug)]
pub enum Broken {
    /// Time does not go on.
    Livelock(Livelock),
    /// A program cannot be run, or does not keep to the protocol.
    Program(Box<ProgramError>),
}

/// A message, and what a program answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The line that it was told.
    pub message: Vec<u8>,
    /// The line that it answered, without its end.
    pub answer: Vec<u8>,
    /// Which message that was.
    pub id: MessageId,
}

/// What each controller and its program said, in order.
pub type Dialogues = Vec<(String, Vec<Said>)>;

/// The programs in the seats of a run.
#[must_use]
pub struct Seats {
    taken: Vec<(Program, Rc<RefCell<Conversation>>)>,
}

impl Programs {
    /// None is started yet.
    pub fn new() -> Programs {
        Programs::default()
    }

    /// The same, and all that is said is kept.
    fn recording() -> Programs {
        Programs { records: true, ..Programs::default() }
    }

    /// Runs a plan with its programs in their seats.
    ///
    /// # Errors
    /// [`Broken`] if a program fails, or time does not go on.
    ///
    /// # Panics
    /// As [`sim::run`](crate::sim::run).
    pub fn run<O: Observer>(
        &self,
        plan: &Plan,
        run: RunId,
        observer: &mut O,
    ) -> Result<Outcome, Broken> {
        if !plan.has_programs() {
            return crate::sim::run(plan, run, observer).map_err(Broken::Livelock);
        }
        self.run_heard(plan, run, observer).map(|(outcome, _)| outcome)
    }

    /// The same with these decisions in place of those of the run's seed and replication.
    ///
    /// # Errors
    /// As [`run`](Programs::run).
    ///
    /// # Panics
    /// As [`sim::run_deciding`](crate::sim::run_deciding).
    pub fn run_deciding<O: Observer>(
        &self,
        plan: &Plan,
        run: RunId,
        decisions: &Decisions,
        observer: &mut O,
    ) -> Result<Outcome, Broken> {
        self.run_seated(plan, run, decisions, observer).map(|(outcome, _)| outcome)
    }

    /// The same, with what each controller and its program said, if that is kept.
    fn run_heard<O: Observer>(
        &self,
        plan: &Plan,
        run: RunId,
        observer: &mut O,
    ) -> Result<(Outcome, Dialogues), Broken> {
        self.run_seated(plan, run, &plan.decisions(run.seed, run.replication), observer)
    }

    fn run_seated<O: Observer>(
        &self,
        plan: &Plan,
        run: RunId,
        decisions: &Decisions,
        observer: &mut O,
    ) -> Result<(Outcome, Dialogues), Broken> {
        let mut sim = Sim::new(plan, run, decisions, observer);
        let seats = self.seat(&mut sim, plan, decisions).map_err(Broken::Program)?;
        // A client cannot stop a run: whoever runs it looks after every event.
        while !seats.have_failed() && sim.step().map_err(Broken::Livelock)?.is_some() {}
        if let Some(error) = seats.failure() {
            return Err(Broken::Program(error));
        }
        let outcome = sim.finish().map_err(Broken::Livelock)?;
        Ok((outcome, self.take_back(seats)))
    }

    /// Lets the programs of a plan take their seats in a run that is at its beginning.
    ///
    /// # Errors
    /// If one cannot be started. What it does wrong from then on, the seats know.
    pub fn seat<O: Observer>(
        &self,
        sim: &mut Sim<'_, O>,
        plan: &Plan,
        decisions: &Decisions,
    ) -> Result<Seats, Box<ProgramError>> {
        let mut taken = Vec::new();
        for controller in &plan.controllers {
            let Some(program) = controller.program() else { continue };
            let process = self.process(program).map_err(|trouble| {
                let controller = controller.name.clone();
                Box::new(ProgramError { controller, message: None, trouble })
            })?;
            let conversation =
                Conversation::new(plan, controller, decisions, process, self.records);
            let conversation = Rc::new(RefCell::new(conversation));
            let client = Box::new(Seated(Rc::clone(&conversation)));
            sim.take_seat(&controller.name, client).expect("the plan has the seat, and it is free");
            taken.push((program.clone(), conversation));
        }
        Ok(Seats { taken })
    }

    /// One that waits, or another.
    fn process(&self, program: &Program) -> Result<Process, Trouble> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(program).and_then(Vec::pop);
        drop(idle);
        waiting.map_or_else(|| Process::start(program, &[]), Ok)
    }

    /// Keeps the processes of a run that is over, for the next one; what was said, if it is kept.
    ///
    /// A run that is not over, or has failed, ends its processes when it is dropped.
    pub fn take_back(&self, seats: Seats) -> Dialogues {
        let mut said = Vec::new();
        for (program, conversation) in seats.taken {
            let Ok(conversation) = Rc::try_unwrap(conversation) else { continue };
            let Conversation { controller, process, failure, record, .. } =
                conversation.into_inner();
            if failure.is_none() {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.entry(program).or_default().push(process);
            }
            said.extend(record.map(|record| (controller, record)));
        }
        said
    }

    /// Ends every process that waits for a run.
    ///
    /// # Errors
    /// If one of them wrote a line that nobody asked for.
    pub fn close(self) -> Result<(), Box<ProgramError>> {
        let idle = self.idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (program, processes) in idle {
            for process in processes {
                process.close().map_err(|trouble| {
                    let controller = format!("`{}`", program.command.join(" "));
                    Box::new(ProgramError { controller, message: None, trouble })
                })?;
            }
        }
        Ok(())
    }
}

impl Seats {
    /// Whether one of the programs failed.
    pub fn have_failed(&self) -> bool {
        self.taken.iter().any(|(_, conversation)| conversation.borrow().failure.is_some())
    }

    /// What went wrong, if something did: the first in the order of the controllers.
    pub fn failure(&self) -> Option<Box<ProgramError>> {
        let mut all = self.taken.iter();
        all.find_map(|(_, conversation)| conversation.borrow_mut().failure.take()).map(Box::new)
    }
}
