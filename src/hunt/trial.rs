//! One run of a hunt: watched, and told in short.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::books::ledger::Bill;
use crate::books::outcome::Outcome;
use crate::client::Client;
use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::RefusalClass;
use crate::engine::{Identity, TiePolicy};
use crate::fact::{CallAnswer, Defect, Fact};
use crate::program::{Broken, ProgramError, Programs};
use crate::property::{BuiltIn, Verdict, Violation, Watch};
use crate::sim::plan::Plan;
use crate::sim::{Livelock, NoObserver, Observer, RunId, Sim};
use crate::units::SimTime;

use super::mix::{Mix, TieOrder, calm, mixed};

/// Which run of a hunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// Its faults.
    pub mix: Mix,
    /// Its order of ties.
    pub ties: TieOrder,
    /// The seed of a drawn order of ties, if it is another one.
    pub tie_seed: Option<u64>,
}

impl Trial {
    /// With a drawn order of ties, that of the seed.
    pub const fn new(seed: u64, mix: Mix, ties: TieOrder) -> Trial {
        Trial { seed, mix, ties, tie_seed: None }
    }

    /// The run that it is.
    pub fn run(&self) -> RunId {
        let ties = match self.ties {
            TieOrder::Fifo => TiePolicy::Fifo,
            TieOrder::Seeded => TiePolicy::Seeded(self.tie_seed.unwrap_or(self.seed)),
            TieOrder::Reversed => TiePolicy::Reversed,
        };
        RunId { seed: self.seed, replication: 0, ties, until_event: None }
    }
}

/// What came of a run, in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Which run.
    pub trial: Trial,
    /// The digest of every model fact.
    pub digest: u64,
    /// By property: what came of it.
    pub verdicts: Vec<Verdict>,
    /// Which cells of the matrix of calls were seen.
    pub matrix: Matrix,
    /// The rules that struck, by their place among all rules of the scenario.
    pub struck: Vec<u32>,
    /// The defects on purpose that showed, each with its controller.
    pub slipped: BTreeSet<(u16, Defect)>,
    /// It did not let time go on.
    pub livelock: Option<Livelock>,
    /// What it cost, if it came to its end.
    pub cost: Option<Cost>,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What was paid, in nano-units of the scenario's currency.
    pub nanos: i128,
    /// Instance-µs for which wanted instances were not ready.
    pub unavailable: i128,
}

/// Which calls found which state and had which outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    cells: Vec<u32>,
}

/// Every outcome of a call that the matrix tells apart: accepted, then by class of refusal.
pub const OUTCOMES: [Option<RefusalClass>; 12] = [
    None,
    Some(RefusalClass::Throttling),
    Some(RefusalClass::Server),
    Some(RefusalClass::Conflict),
    Some(RefusalClass::Status),
    Some(RefusalClass::Stock),
    Some(RefusalClass::Money),
    Some(RefusalClass::Lock),
    Some(RefusalClass::Configuration),
    Some(RefusalClass::Parameter),
    Some(RefusalClass::Authorisation),
    Some(RefusalClass::DryRun),
];

/// Every status that a call may find.
pub const FOUND: [Status; 6] = [
    Status::Pending,
    Status::Starting,
    Status::Running,
    Status::Stopping,
    Status::Stopped,
    Status::Absent,
];

impl Default for Matrix {
    fn default() -> Matrix {
        Matrix { cells: vec![0; FOUND.len() * OperationName::ALL.len() * OUTCOMES.len()] }
    }
}

impl Matrix {
    fn place(found: Status, operation: OperationName, outcome: Option<RefusalClass>) -> usize {
        let outcome = OUTCOMES.iter().position(|one| *one == outcome).unwrap_or(0);
        (found as usize * OperationName::ALL.len() + operation as usize) * OUTCOMES.len() + outcome
    }

    /// How often it was seen.
    pub fn count(
        &self,
        found: Status,
        operation: OperationName,
        outcome: Option<RefusalClass>,
    ) -> u32 {
        self.cells[Matrix::place(found, operation, outcome)]
    }

    /// Adds what another one saw.
    pub fn add(&mut self, other: &Matrix) {
        for (mine, other) in self.cells.iter_mut().zip(&other.cells) {
            *mine = mine.saturating_add(*other);
        }
    }
}

/// Makes the clients of one run that are neither scripted nor programs, each with the name of its
/// seat.
pub type Seating<'a> = dyn Fn() -> Vec<(String, Box<dyn Client>)> + Sync + 'a;

/// Who runs trials of a plan.
pub struct Hunter<'a> {
    plan: &'a Plan,
    calm: Option<Plan>,
    /// Every rule, in the order of the plan.
    rules: Vec<Identity>,
    /// Where those of stock begin.
    environment_from: usize,
    watch: Watch<'a>,
    property_count: u16,
    programs: Programs,
    seating: Option<&'a Seating<'a>>,
    /// Whether a run ends where something is violated.
    stops: bool,
}

/// Shows a run to its properties, and keeps what they do not.
struct Listener<'a> {
    watch: Watch<'a>,
    /// The rules of faults of stock.
    environment: &'a [Identity],
    matrix: Matrix,
    struck: Vec<Identity>,
    slipped: BTreeSet<(u16, Defect)>,
}

impl Listener<'_> {
    fn strikes(&mut self, rule: Identity) {
        if !self.struck.contains(&rule) {
            self.struck.push(rule);
        }
    }
}

// Whatever else a run tells is for its properties.
#[allow(clippy::wildcard_enum_match_arm)]
impl Observer for Listener<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        match fact {
            Fact::CallHandled(call, answer) | Fact::ItemHandled(call, answer) => {
                let outcome = match answer {
                    CallAnswer::Refused(refusal) => Some(refusal.class()),
                    CallAnswer::Accepted
                    | CallAnswer::Seen(_)
                    | CallAnswer::Missing
                    | CallAnswer::Created(_)
                    | CallAnswer::Stocked(_) => None,
                };
                let found = self.watch.instances()[call.instance.index()].found(at).status();
                let cell = Matrix::place(found, call.operation, outcome);
                self.matrix.cells[cell] = self.matrix.cells[cell].saturating_add(1);
            }
            Fact::FaultStruck { rule, .. } => self.strikes(*rule),
            // What happens to stock strikes nobody; its window opens.
            Fact::FaultTurned { rule, open: true } if self.environment.contains(rule) => {
                self.strikes(*rule);
            }
            Fact::Slipped { controller, defect, .. } => {
                self.slipped.insert((*controller, *defect));
            }
            _ => {}
        }
        self.watch.fact(at, fact);
    }
}

impl<'a> Hunter<'a> {
    /// Of this plan; with the same run without faults beside each, or not.
    pub fn new(plan: &'a Plan, with_twin: bool) -> Hunter<'a> {
        let rules: Vec<Identity> = plan.rules().map(|(rule, _)| rule).collect();
        let environment_from = rules.len() - plan.environment_faults.len();
        let asks = plan.properties.asked(BuiltIn::SameEnd).is_some();
        let calm = (with_twin && asks && !rules.is_empty()).then(|| calm(plan));
        let property_count =
            u16::try_from(plan.properties.count()).expect("scenarios have fewer properties");
        let watch = Watch::new(plan.watched());
        let programs = Programs::new();
        Hunter {
            plan,
            calm,
            rules,
            environment_from,
            watch,
            property_count,
            programs,
            seating: None,
            stops: false,
        }
    }

    /// The same with clients of one's own in seats of the plan
    /// ([`Plan::add_seat`](crate::sim::plan::Plan::add_seat)), made anew for each run.
    #[must_use]
    pub fn seating(self, clients: &'a Seating<'a>) -> Hunter<'a> {
        Hunter { seating: Some(clients), ..self }
    }

    /// The same, but a run ends at once where something is violated: it has no digest and no cost,
    /// and what else it would have violated is not known.
    #[must_use]
    pub fn stopping(self) -> Hunter<'a> {
        Hunter { stops: true, ..self }
    }

    /// The plan of a trial.
    pub fn plan(&self, trial: &Trial) -> Cow<'a, Plan> {
        match trial.mix {
            Mix::Stated => Cow::Borrowed(self.plan),
            Mix::Swarm => Cow::Owned(mixed(self.plan, Mix::Swarm, trial.seed)),
        }
    }

    /// What a trial costs by itself; none if it does not let time go on.
    ///
    /// # Errors
    /// If a controller is a program that fails.
    pub fn amounts(&self, trial: &Trial) -> Result<Option<Cost>, Box<ProgramError>> {
        match self.one(&self.plan(trial), trial.run(), &mut NoObserver, |_| false) {
            Ok(outcome) => Ok(outcome.map(|outcome| Cost::of(self.plan, &outcome))),
            Err(Broken::Livelock(_)) => Ok(None),
            Err(Broken::Program(error)) => Err(error),
        }
    }

    /// Runs once, to the end or until it stops there: then nothing.
    fn one<O: Observer>(
        &self,
        plan: &Plan,
        id: RunId,
        observer: &mut O,
        stops: impl Fn(&O) -> bool,
    ) -> Result<Option<Outcome>, Broken> {
        if self.seating.is_none() && !self.stops {
            return self.programs.run(plan, id, observer).map(Some);
        }
        let decisions = plan.decisions(id.seed, id.replication);
        let mut sim = Sim::new(plan, id, &decisions, observer);
        let seats = self.programs.seat(&mut sim, plan, &decisions).map_err(Broken::Program)?;
        for (name, client) in self.seating.map_or_else(Vec::new, |clients| clients()) {
            let seated = sim.take_seat(&name, client);
            seated.unwrap_or_else(|problem| panic!("{problem}"));
        }
        loop {
            if let Some(error) = seats.failure() {
                return Err(Broken::Program(error));
            }
            if stops(sim.observer()) {
                return Ok(None);
            }
            if sim.step().map_err(Broken::Livelock)?.is_none() {
                break;
            }
        }
        let outcome = sim.finish().map_err(Broken::Livelock)?;
        self.programs.take_back(seats);
        Ok(Some(outcome))
    }

    /// Runs a trial.
    ///
    /// # Errors
    /// If a controller is a program that fails.
    ///
    /// # Panics
    /// If a law of the model is broken, or the plan has no seat for a client.
    pub fn run(&self, trial: &Trial) -> Result<Told, Box<ProgramError>> {
        let plan = self.plan(trial);
        let id = trial.run();
        let mut listener = Listener {
            watch: self.watch.clone(),
            environment: &self.rules[self.environment_from..],
            matrix: Matrix::default(),
            struck: Vec::new(),
            slipped: BTreeSet::new(),
        };
        let stops = |listener: &Listener<'_>| self.stops && listener.watch.violations() > 0;
        let run = self.one(&plan, id, &mut listener, stops);
        let Listener { mut watch, matrix, struck, slipped, .. } = listener;
        let mut told = Told {
            trial: *trial,
            digest: 0,
            verdicts: Vec::new(),
            matrix,
            struck: Vec::new(),
            slipped,
            livelock: None,
            cost: None,
        };
        let place_of = |rule: &Identity| {
            let place = self.rules.iter().position(|one| one == rule);
            place.and_then(|place| u32::try_from(place).ok())
        };
        told.struck = struck.iter().filter_map(place_of).collect();
        told.struck.sort_unstable();
        match run {
            Err(Broken::Program(error)) => return Err(error),
            Err(Broken::Livelock(livelock)) => told.livelock = Some(livelock),
            Ok(None) => {}
            Ok(Some(outcome)) => {
                watch.end();
                told.digest = outcome.digest;
                told.cost = Some(Cost::of(self.plan, &outcome));
                if let Some(calm) = &self.calm {
                    let mut twin = self.watch.clone();
                    if self.one(calm, id, &mut twin, |_| false).is_ok() {
                        twin.end();
                        watch.compare_ends(&twin);
                    }
                }
            }
        }
        told.verdicts = (0..self.property_count).map(|place| watch.verdict(place)).collect();
        Ok(told)
    }
}

impl Told {
    /// What was violated, in the order of properties.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Violated(violation) => Some(violation),
            Verdict::Holds | Verdict::Inconclusive(_) => None,
        })
    }

    /// Whether it has something to show.
    pub fn is_finding(&self) -> bool {
        self.livelock.is_some() || self.violations().next().is_some()
    }
}

impl Cost {
    /// Of a run of this plan.
    fn of(plan: &Plan, outcome: &Outcome) -> Cost {
        let unavailable: u128 = outcome.ledger.unavailable().values().sum();
        Cost {
            nanos: Bill::of(&plan.region, &outcome.ledger).actual.as_nanos(),
            unavailable: i128::try_from(unavailable).expect("time of instances fits in 127 bits"),
        }
    }
}
