//! What a run remembers: counts, latencies, waves, the ledger, unavailability, the digest.
//!
//! Everything is a whole number; what is counted of replications is [`Counts`], which merge. An
//! outcome that is written (`serde`) and read again is the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::operation::OperationName;
use crate::stats::{Latency, Merge};
use crate::tally;
use crate::units::{SimDuration, SimTime};

use super::ledger::{Bill, Ledger};

mod counts;

pub use counts::{
    ArrearsCounts, Beliefs, CallTally, ClientTally, Counts, CreditTally, EventCounts, ItemTally,
    PlainCounts, PoolCounts, SpotCounts,
};

/// The result of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which replication, from 0.
    pub replication: u32,
    /// The digest of every model fact, at the end.
    pub digest: u64,
    /// The digest at each simulated hour.
    pub checkpoints: Vec<(SimTime, u64)>,
    /// Where it ended: at the horizon, unless it was cut short.
    pub end: SimTime,
    /// Whatever is counted.
    pub counts: Counts,
    /// Waves of stops and starts, in the order of their due moments.
    pub waves: Vec<Wave>,
    /// How long which group was billed and wanted how, and why.
    pub ledger: Ledger,
    /// Per pool: its state at each simulated hour.
    pub hourly: Vec<Vec<PoolSample>>,
    /// What it had come to at the plan's marks, in their order.
    pub marks: Vec<Mark>,
    /// Per service.
    pub services: Vec<ServiceOutcome>,
}

/// What the window had come to at a mark: what a run that ends there would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// The bill so far.
    pub bill: Bill,
    /// Instance-µs so far that wanted instances were not ready, by group.
    pub unavailable_by_group: Vec<u128>,
}

impl Outcome {
    /// Takes no more memory than what it holds: there may be thousands of it.
    pub(super) fn pack(&mut self) {
        let of_services = self.services.iter_mut().map(|service| &mut service.ready);
        self.counts.latencies.iter_mut().chain(of_services).for_each(Latency::pack);
        self.checkpoints.shrink_to_fit();
        self.waves.shrink_to_fit();
        self.hourly.iter_mut().for_each(Vec::shrink_to_fit);
    }
}

/// The latencies a run records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LatencyName {
    /// From the edge at which it was no longer wanted to `Stopped`.
    StopDueToStopped,
    /// From the accepted stop to `Stopped`.
    StopAcceptedToStopped,
    /// From the edge at which it was wanted to guest-ready: the headline.
    StartDueToReady,
    /// From the edge at which it was wanted to `Running`.
    StartDueToRunning,
    /// From a controller's first call to `Running`.
    StartCalledToRunning,
    /// From the accepted start to `Running`.
    StartAcceptedToRunning,
    /// From the edge to the first answer that stock is short.
    StartTimeToKnow,
    /// From sending a call to its answer.
    Api(OperationName),
}

impl LatencyName {
    /// All of them, in the order of their indices.
    pub fn all() -> impl Iterator<Item = LatencyName> {
        use LatencyName::*;
        [
            StopDueToStopped,
            StopAcceptedToStopped,
            StartDueToReady,
            StartDueToRunning,
            StartCalledToRunning,
            StartAcceptedToRunning,
            StartTimeToKnow,
        ]
        .into_iter()
        .chain(OperationName::ALL.iter().map(|operation| Api(*operation)))
    }

    /// Its place among all latencies.
    pub fn index(self) -> usize {
        match self {
            LatencyName::StopDueToStopped => 0,
            LatencyName::StopAcceptedToStopped => 1,
            LatencyName::StartDueToReady => 2,
            LatencyName::StartDueToRunning => 3,
            LatencyName::StartCalledToRunning => 4,
            LatencyName::StartAcceptedToRunning => 5,
            LatencyName::StartTimeToKnow => 6,
            LatencyName::Api(operation) => 7 + operation as usize,
        }
    }

    /// Its name in reports and expectations: `start.due_to_ready`.
    pub fn name(self) -> String {
        match self {
            LatencyName::StopDueToStopped => "stop.due_to_stopped".into(),
            LatencyName::StopAcceptedToStopped => "stop.accepted_to_stopped".into(),
            LatencyName::StartDueToReady => "start.due_to_ready".into(),
            LatencyName::StartDueToRunning => "start.due_to_running".into(),
            LatencyName::StartCalledToRunning => "start.called_to_running".into(),
            LatencyName::StartAcceptedToRunning => "start.accepted_to_running".into(),
            LatencyName::StartTimeToKnow => "start.time_to_know".into(),
            LatencyName::Api(operation) => format!("api.{operation}"),
        }
    }
}

/// Whether a wave is of stops or of starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaveKind {
    /// Instances no longer wanted.
    Stop,
    /// Instances wanted again.
    Start,
}

tally! {
    /// All instances of one zone and type whose demand begins, or ends, at one instant, whichever
    /// demands and controllers they belong to and whatever they are then: its size does not depend
    /// on the policy.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Wave {
        /// Stops or starts.
        pub kind: WaveKind = apart,
        /// Civil date in days since 1970-01-01.
        pub day: i32 = apart,
        /// The edge.
        pub due: SimTime = apart,
        /// Place of the zone in the region.
        pub zone: u16 = apart,
        /// Place of the instance type in the region: that of their groups.
        pub instance_type: u16 = apart,
        /// All of them.
        pub all: WaveCount = sum,
        /// Of these, those that had to change: of starts, all but what was ready at due and had not
        /// been stopped since it was last wanted; of stops, what was not stopped at due. The others
        /// were as wanted at due.
        pub at_risk: u64 = sum,
        /// Done within the scenario's own limit of a good wave.
        pub done_in_time: u64 = sum,
        /// Already as wanted at due.
        pub already_there: u64 = sum,
        /// Of starts at risk: stopped economically before.
        pub from_economical: u64 = sum,
        /// Of starts at risk: stopped in standard mode before.
        pub from_standard: u64 = sum,
        /// Done at all.
        pub done: u64 = sum,
        /// Not done when demand turned again, or at the horizon.
        pub never: u64 = sum,
        /// From due until 95 % of all were done.
        pub t95: Option<SimDuration> = apart,
        /// From due until each was done or given up, summed over instances, in µs.
        pub lost_us: u128 = sum,
        /// From due until the run's end: what lies beyond was not seen.
        pub seen: SimDuration = least,
        /// Who follows which demand for how many of them.
        pub parts: WaveParts = sum,
    }
}

tally! {
    /// Instances of a wave, and how many of them were done (ready, or stopped) by when. What was
    /// done already at due counts as done then.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct WaveCount {
        /// How many.
        pub size: u64 = sum,
        /// Done within 1, 5, 15 and 60 minutes.
        pub done_within: [u64; 4] = sum,
    }
}

/// The parts of a wave, in the order in which they joined it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<WavePart>", into = "Vec<WavePart>")]
pub struct WaveParts {
    list: Vec<WavePart>,
    /// Where in the list a controller's part of a demand is.
    places: BTreeMap<(Option<u16>, u16), usize>,
}

impl WaveParts {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &WavePart> {
        self.list.iter()
    }

    /// The part of this controller and demand; a new one, if there is none.
    #[inline(always)]
    pub fn of(&mut self, controller: Option<u16>, demand: u16) -> &mut WavePart {
        let of = (controller, demand);
        // Most waves have one part.
        let place = match self.list.first() {
            Some(first) if (first.controller, first.demand) == of => 0,
            Some(_) | None => self.place(of),
        };
        &mut self.list[place]
    }

    #[inline(never)]
    fn place(&mut self, of: (Option<u16>, u16)) -> usize {
        *self.places.entry(of).or_insert_with(|| {
            let (controller, demand) = of;
            self.list.push(WavePart { controller, demand, count: WaveCount::default(), never: 0 });
            self.list.len() - 1
        })
    }
}

/// Part by part; those that only the other has come last.
impl Merge for WaveParts {
    fn merge(&mut self, other: &WaveParts) {
        other.iter().for_each(|part| self.of(part.controller, part.demand).merge(part));
    }
}

impl From<Vec<WavePart>> for WaveParts {
    fn from(list: Vec<WavePart>) -> WaveParts {
        let place = |(at, part): (usize, &WavePart)| ((part.controller, part.demand), at);
        WaveParts { places: list.iter().enumerate().map(place).collect(), list }
    }
}

impl From<WaveParts> for Vec<WavePart> {
    fn from(parts: WaveParts) -> Vec<WavePart> {
        parts.list
    }
}

tally! {
    /// The instances of a wave that belong to one demand and one controller.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct WavePart {
        /// Place of the controller that follows the demand for them, if one does.
        pub controller: Option<u16> = apart,
        /// Place of the demand.
        pub demand: u16 = apart,
        /// How many, and done by when.
        pub count: WaveCount = sum,
        /// Not done when demand turned again, or at the horizon.
        pub never: u64 = sum,
    }
}

impl WaveCount {
    /// One more was done so long after due.
    #[inline(always)]
    pub fn record(&mut self, took: SimDuration) {
        // By place: two arrays side by side were walked in three times as many instructions.
        for (place, count) in self.done_within.iter_mut().enumerate() {
            *count += u64::from(took <= DONE_WITHIN[place]);
        }
    }
}

impl Wave {
    /// Whether the run went on for so long after due that it is known who was done by then.
    pub fn is_seen(&self, after: SimDuration) -> bool {
        after <= self.seen
    }
}

/// The limits of `WaveCount::done_within`.
pub const DONE_WITHIN: [SimDuration; 4] = [
    SimDuration::from_mins(1),
    SimDuration::from_mins(5),
    SimDuration::from_mins(15),
    SimDuration::from_mins(60),
];

/// What became of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceOutcome {
    /// From the edge at which it was wanted until all its needs held.
    pub ready: Latency,
    /// Every edge at which it became wanted, in order.
    pub starts: Vec<ServiceStart>,
    /// How often a need broke while it was wanted.
    pub broken: u64,
    /// The first few instances whose loss broke a need while it was wanted.
    pub broken_by: Vec<u32>,
    /// How long it was wanted and not ready, in µs.
    pub unavailable_us: u128,
}

/// A service becoming wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStart {
    /// Civil date in days since 1970-01-01.
    pub day: i32,
    /// The edge.
    pub due: SimTime,
    /// From the edge until it was ready, zero if it was then; none if demand ended before.
    pub ready: Option<SimDuration>,
    /// How often a need broke before it was next wanted.
    pub broken: u64,
    /// How long it was wanted and not ready, in µs.
    pub unavailable_us: u64,
    /// Whether it says anything about stock: none of its instances was stopped economically on
    /// unlimited stock when it was due.
    pub modelled: bool,
}

/// A pool at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSample {
    /// When.
    pub at: SimTime,
    /// Units in all.
    pub total: u64,
    /// Held by our instances.
    pub ours: u64,
    /// Held by other tenants.
    pub others: u64,
    /// To be had.
    pub free: u64,
    /// Held beyond the total.
    pub deficit: u64,
}
