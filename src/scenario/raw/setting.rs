//! The tables that are there once: clock, run, region, account, calls, report.

use crate::demand::calendar::WallTime;
use crate::scenario::decode::table;
use crate::scenario::value::{Count, Dist, Name, Positive, Share, ZoneName};
use crate::units::{Ratio, SimDuration};

/// Most replications of one scenario.
pub const REPLICATIONS_MAX: u64 = 1_000_000;
/// Most threads that can be asked for.
pub const THREADS_MAX: u64 = 1_024;

table! {
    /// When the run begins, where, and how long it lasts.
    Clock {
        /// Civil date, or date and time, of the beginning.
        start: WallTime, required;
        /// The time zone of `start`, of stock profiles and of every calendar that names no other.
        timezone: ZoneName, required;
        /// From the beginning to the horizon; nothing at or after it happens.
        length: Positive, required;
        /// Statistics, money included, begin this long after the beginning.
        warm_up: SimDuration, convention(SimDuration::ZERO);
    }
}

table! {
    /// How often the scenario is run. Outside the scenario's hash.
    Run {
        /// Independent repetitions, each with its own luck.
        replications: Count<1, REPLICATIONS_MAX>, convention(Count(1));
        /// Threads that replications are spread over; one per core if left out.
        threads: Count<1, THREADS_MAX>, optional;
    }
}

table! {
    /// The region.
    RegionTable {
        /// Such as `cn-hangzhou`: part of every ARN, and where published prices are looked up.
        id: Name, required;
        /// How likely a static public address comes back when its instance starts again after
        /// economical mode.
        static_address_returns: Share, documented(
            Share(Ratio::ZERO), "economical-mode page (zh): it always changes");
    }
}

table! {
    /// The account.
    Account {
        /// Its number: part of every ARN.
        id: Name, convention(Name("1234567890123456".into()));
        /// Whether economical mode is the account's default at the beginning.
        economical_default: bool, documented(
            false, "StopInstance (2026-06-29): without the default enabled, KeepCharging");
        /// When the default is switched.
        changes: Vec<AccountChange>, optional;
    }
}

table! {
    /// A switch of the account's default.
    AccountChange {
        /// When, in the scenario's time zone.
        at: WallTime, required;
        /// Whether economical mode is the default from then on.
        economical_default: bool, required;
    }
}

table! {
    /// How long calls travel.
    Calls {
        /// From the caller to the region.
        request: Dist, assumed(
            Dist::constant(SimDuration::ZERO), "the answer's leg stands for the whole call");
        /// From the region back to the caller.
        answer: Dist, assumed(
            Dist::uniform(SimDuration::from_micros(100_000), SimDuration::from_secs(2)),
            "no official figure exists; clients see 0.1 s to 2 s");
    }
}

table! {
    /// What the report calls good, and what else it writes.
    Report {
        /// When a morning is good.
        good_morning: GoodMorningTable, optional;
        /// Whether `--out` also writes `billing_cycles.csv`: the invoice by clock hour.
        billing_cycles: bool, optional;
    }
}

table! {
    /// When a morning is good.
    GoodMorningTable {
        /// The share of the instances due that must be ready.
        share: Share, convention(Share(Ratio::ONE));
        /// How soon after the edge.
        within: Positive, convention(Positive(SimDuration::from_mins(15)));
    }
}
