//! What a run remembers: counts, latencies, waves, the ledger, unavailability, the digest.
//!
//! Everything is a whole number; outcomes of replications are added up in replication order. An
//! outcome that is written (`serde`) and read again is the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::Ineligible;
use crate::stats::{Latency, Tally};
use crate::units::{SimDuration, SimTime};

use super::ledger::{Bill, Ledger};

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
    /// Events handled, and how many of them had become stale.
    pub events: EventCounts,
    /// What the region answered, per operation in the order of `OperationName::ALL`.
    pub calls: Vec<CallTally>,
    /// The most calls that arrived in one clock minute, all operations together.
    pub peak_calls_per_minute: u64,
    /// Latencies, indexed by `LatencyName::index`.
    pub latencies: Vec<Latency>,
    /// Waves of stops and starts, in the order of their due moments.
    pub waves: Vec<Wave>,
    /// How long which group was billed and wanted how, and why.
    pub ledger: Ledger,
    /// What it had come to at the plan's marks, in their order.
    pub marks: Vec<Mark>,
    /// Per pool.
    pub pools: Vec<PoolOutcome>,
    /// Per private pool and dedicated host: the least that was ever unused.
    pub least_unused: Vec<u32>,
    /// Per service.
    pub services: Vec<ServiceOutcome>,
    /// Stops that lost data not yet written.
    pub data_loss_stops: u64,
    /// Instances that controllers took in place of others.
    pub replaced: u64,
    /// Static public addresses that changed over a stop and start.
    pub changed_addresses: u64,
    /// The first few instances whose address changed.
    pub changed_address_instances: Vec<u32>,
    /// What became of CPU credits of burstable instances.
    pub credits: CreditTally,
    /// Accepted stops that left the mode to the account's default.
    pub relied_on_default: u64,
    /// Accepted stops that asked for economical mode and were stopped in standard mode.
    pub downgraded: BTreeMap<Ineligible, u64>,
    /// How often a controller's belief was right when it was done with an instance.
    pub beliefs: Beliefs,
    /// What each controller asked of the API, in the plan's order.
    pub clients: Vec<ClientTally>,
    /// What became of spot instances.
    pub spot: SpotCounts,
    /// What arrears did.
    pub arrears: ArrearsCounts,
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
        self.latencies.iter_mut().chain(of_services).for_each(Latency::pack);
        self.checkpoints.shrink_to_fit();
        self.waves.shrink_to_fit();
        for pool in &mut self.pools {
            pool.hourly.shrink_to_fit();
        }
    }
}

/// CPU credits of burstable instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditTally {
    /// How often a balance was cleared by an economical stop.
    pub cleared: u64,
    /// How often initial credits were granted anew.
    pub granted: u64,
    /// How many credits that were.
    pub initial: u64,
    /// How many instances fell back from the unlimited to the standard mode.
    pub fell_back: u64,
    /// The first few instances whose balance was cleared.
    pub instances: Vec<u32>,
}

/// What one controller asked of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTally {
    /// Stops and starts sent, retries included.
    pub calls: u64,
    /// Reads sent.
    pub looks: u64,
    /// Calls and reads that it stopped waiting for.
    pub timed_out: u64,
    /// Stops and starts that it gave up.
    pub given_up: u64,
}

/// Spot instances, by the number of [`Cause`](crate::ecs::spot::Cause).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotCounts {
    /// Told that they will be taken back.
    pub notices: [u64; 2],
    /// Taken back.
    pub taken_back: [u64; 2],
}

/// What arrears did to instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrearsCounts {
    /// Stopped because the account owes.
    pub stopped: u64,
    /// Of these, started again once it had paid.
    pub restarted: u64,
    /// Of these, refused when they were to be started again.
    pub not_restarted: u64,
}

/// Events of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCounts {
    /// Handled in all.
    pub handled: u64,
    /// Of these, overtaken by later happenings and ignored.
    pub stale: u64,
}

/// Answers of the region to one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTally {
    /// Calls sent by controllers.
    pub sent: u64,
    /// Deliveries accepted.
    pub accepted: u64,
    /// Dry runs that passed.
    pub dry_run: u64,
    /// Calls whose caller stopped waiting.
    pub timed_out: u64,
    /// Deliveries refused, by reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// The most that arrived in one minute.
    pub peak_per_minute: u64,
    /// For how long its quota was used up: from the first call refused in a minute to the
    /// minute's end, in µs.
    pub throttled_us: u64,
    /// Instances of batch calls that were not refused as a whole.
    pub items: ItemTally,
}

/// What the region answered for the instances of batch calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTally {
    /// Accepted.
    pub accepted: u64,
    /// Refused one by one, by reason.
    pub refused: BTreeMap<Refusal, u64>,
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

/// All instances of one zone and type whose demand begins, or ends, at one instant, whichever
/// demands and controllers they belong to and whatever they are then: its size does not depend on
/// the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// Stops or starts.
    pub kind: WaveKind,
    /// Civil date in days since 1970-01-01.
    pub day: i32,
    /// The edge.
    pub due: SimTime,
    /// Place of the zone in the region.
    pub zone: u16,
    /// Place of the instance type in the region: that of their groups.
    pub instance_type: u16,
    /// All of them.
    pub all: WaveCount,
    /// Of these, those that had to change: of starts, all but what was ready at due and had not
    /// been stopped since it was last wanted; of stops, what was not stopped at due. The others
    /// were as wanted at due.
    pub at_risk: u64,
    /// Done within the scenario's own limit of a good wave.
    pub done_in_time: u64,
    /// Already as wanted at due.
    pub already_there: u64,
    /// Of starts at risk: stopped economically before.
    pub from_economical: u64,
    /// Of starts at risk: stopped in standard mode before.
    pub from_standard: u64,
    /// Done at all.
    pub done: u64,
    /// Not done when demand turned again, or at the horizon.
    pub never: u64,
    /// From due until 95 % of all were done.
    pub t95: Option<SimDuration>,
    /// From due until each was done or given up, summed over instances, in µs.
    pub lost_us: u128,
    /// From due until the run's end: what lies beyond was not seen.
    pub seen: SimDuration,
    /// Who follows which demand for how many of them.
    pub parts: WaveParts,
}

/// Instances of a wave, and how many of them were done (ready, or stopped) by when. What was done
/// already at due counts as done then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveCount {
    /// How many.
    pub size: u64,
    /// Done within 1, 5, 15 and 60 minutes.
    pub done_within: [u64; 4],
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

/// The instances of a wave that belong to one demand and one controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WavePart {
    /// Place of the controller that follows the demand for them, if one does.
    pub controller: Option<u16>,
    /// Place of the demand.
    pub demand: u16,
    /// How many, and done by when.
    pub count: WaveCount,
    /// Not done when demand turned again, or at the horizon.
    pub never: u64,
}

impl WaveCount {
    /// One more was done so long after due.
    pub fn record(&mut self, took: SimDuration) {
        for (within, count) in DONE_WITHIN.iter().zip(&mut self.done_within) {
            *count += u64::from(took <= *within);
        }
    }

    /// Adds the same of another replication.
    pub fn add(&mut self, other: &WaveCount) {
        self.size += other.size;
        for (mine, theirs) in self.done_within.iter_mut().zip(other.done_within) {
            *mine += theirs;
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

/// What became of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolOutcome {
    /// Its state at each simulated hour.
    pub hourly: Vec<PoolSample>,
    /// The least that was ever free.
    pub least_free: u64,
    /// Free units × µs over the window.
    pub free_area: u128,
    /// Our claims that found no stock.
    pub claims_refused: u64,
    /// Our claims granted.
    pub claims_granted: u64,
    /// Other tenants' requests.
    pub tenants_arrived: u64,
    /// Of these, lost for want of stock.
    pub tenants_lost: u64,
    /// Of these, how many found no stock and waited, served since or not.
    pub tenants_waited: u64,
    /// How long tenants waited for stock, in µs; zero for those served at once.
    pub tenants_wait: Tally,
}

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

/// Beliefs of controllers against the truth, when they were done with an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beliefs {
    /// It believed what was so.
    pub right: u64,
    /// It believed the action done, and it was not (or had not ended) then.
    pub wrongly_done: u64,
    /// It believed the action failed, and it was carried out.
    pub wrongly_failed: u64,
}
