//! All that is counted of a run, each once: what it is, and how those of replications become one.
//!
//! A new count is a line here, and where it is counted. One without a place of its own in reports
//! goes to [`PlainCounts`]: `summary.json` has all of them, under their names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::Ineligible;
use crate::stats::{Latency, Tally};
use crate::tally;

use super::LatencyName;

tally! {
    /// What is counted of one replication, or of several.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Counts {
        /// Events handled, and how many of them had become stale.
        pub events: EventCounts = sum,
        /// What the region answered, per operation in the order of `OperationName::ALL`.
        pub calls: Vec<CallTally> = sum,
        /// The most calls that arrived in one clock minute, all operations together.
        pub peak_calls_per_minute: u64 = most,
        /// Latencies, indexed by `LatencyName::index`.
        pub latencies: Vec<Latency> = sum,
        /// Per pool.
        pub pools: Vec<PoolCounts> = sum,
        /// Per private pool and dedicated host: the least that was ever unused.
        pub least_unused: Vec<u32> = least_each,
        /// Those that need no more than their name.
        pub plain: PlainCounts = sum,
        /// Instances that controllers took in place of others.
        pub replaced: u64 = sum,
        /// Static public addresses that changed over a stop and start.
        pub changed_addresses: u64 = sum,
        /// The first few instances whose address changed.
        pub changed_address_instances: Vec<u32> = first,
        /// What became of CPU credits of burstable instances.
        pub credits: CreditTally = sum,
        /// The first few instances whose CPU credits were cleared.
        pub credits_cleared_instances: Vec<u32> = first,
        /// Accepted stops that left the mode to the account's default.
        pub relied_on_default: u64 = sum,
        /// Accepted stops that asked for economical mode and were stopped in standard mode.
        pub downgraded: BTreeMap<Ineligible, u64> = sum,
        /// How often a controller's belief was right when it was done with an instance.
        pub beliefs: Beliefs = sum,
        /// What each controller asked of the API, in the plan's order.
        pub clients: Vec<ClientTally> = sum,
        /// What became of spot instances.
        pub spot: SpotCounts = sum,
        /// What arrears did.
        pub arrears: ArrearsCounts = sum,
    }
}

tally! {
    /// Counts that `summary.json` has under their own names, whatever they are.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PlainCounts {
        /// Stops that lost data not yet written.
        pub data_loss_stops: u64 = sum,
    }
}

tally! {
    /// CPU credits of burstable instances.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CreditTally {
        /// How often a balance was cleared by an economical stop.
        pub credits_cleared: u64 = sum,
        /// How often initial credits were granted anew.
        pub credits_granted_anew: u64 = sum,
        /// How many credits that were.
        pub initial_credits: u64 = sum,
        /// How many instances fell back from the unlimited to the standard mode.
        pub fell_back_to_standard: u64 = sum,
    }
}

tally! {
    /// What one controller asked of the API.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ClientTally {
        /// Stops and starts sent, retries included.
        pub calls: u64 = sum,
        /// Reads sent.
        pub looks: u64 = sum,
        /// Calls and reads that it stopped waiting for.
        pub timed_out: u64 = sum,
        /// Stops and starts that it gave up.
        pub given_up: u64 = sum,
    }
}

tally! {
    /// Spot instances, by the number of [`Cause`](crate::ecs::spot::Cause).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SpotCounts {
        /// Told that they will be taken back.
        pub notices: [u64; 2] = sum,
        /// Taken back.
        pub taken_back: [u64; 2] = sum,
    }
}

tally! {
    /// What arrears did to instances.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ArrearsCounts {
        /// Stopped because the account owes.
        pub stopped: u64 = sum,
        /// Of these, started again once it had paid.
        pub restarted: u64 = sum,
        /// Of these, refused when they were to be started again.
        pub not_restarted: u64 = sum,
    }
}

tally! {
    /// Events of a run.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct EventCounts {
        /// Handled in all.
        pub handled: u64 = sum,
        /// Of these, overtaken by later happenings and ignored.
        pub stale: u64 = sum,
    }
}

tally! {
    /// Answers of the region to one operation.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CallTally {
        /// Calls sent by controllers.
        pub sent: u64 = sum,
        /// Deliveries accepted.
        pub accepted: u64 = sum,
        /// Dry runs that passed.
        pub dry_run: u64 = sum,
        /// Calls whose caller stopped waiting.
        pub timed_out: u64 = sum,
        /// Deliveries refused, by reason.
        pub refused: BTreeMap<Refusal, u64> = sum,
        /// The most that arrived in one minute.
        pub peak_per_minute: u64 = most,
        /// For how long its quota was used up: from the first call refused in a minute to the
        /// minute's end, in µs.
        pub throttled_us: u64 = sum,
        /// Instances of batch calls that were not refused as a whole.
        pub items: ItemTally = sum,
    }
}

tally! {
    /// What the region answered for the instances of batch calls.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ItemTally {
        /// Accepted.
        pub accepted: u64 = sum,
        /// Refused one by one, by reason.
        pub refused: BTreeMap<Refusal, u64> = sum,
    }
}

tally! {
    /// What became of a pool.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PoolCounts {
        /// The least that was ever free.
        pub least_free: u64 = least,
        /// Free units × µs over the window.
        pub free_area: u128 = sum,
        /// Our claims that found no stock.
        pub claims_refused: u64 = sum,
        /// Our claims granted.
        pub claims_granted: u64 = sum,
        /// Other tenants' requests.
        pub tenants_arrived: u64 = sum,
        /// Of these, lost for want of stock.
        pub tenants_lost: u64 = sum,
        /// Of these, how many found no stock and waited, served since or not.
        pub tenants_waited: u64 = sum,
        /// How long tenants waited for stock, in µs; zero for those served at once.
        pub tenants_wait: Tally = sum,
    }
}

tally! {
    /// Beliefs of controllers against the truth, when they were done with an instance.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Beliefs {
        /// It believed what was so.
        pub right: u64 = sum,
        /// It believed the action done, and it was not (or had not ended) then.
        pub wrongly_done: u64 = sum,
        /// It believed the action failed, and it was carried out.
        pub wrongly_failed: u64 = sum,
    }
}

impl Counts {
    /// The calls of one operation.
    pub fn calls_of(&self, operation: OperationName) -> &CallTally {
        &self.calls[operation as usize]
    }

    /// One latency.
    pub fn latency(&self, name: LatencyName) -> &Latency {
        &self.latencies[name.index()]
    }
}
