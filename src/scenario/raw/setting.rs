//! The tables that are there once: clock, run, region, account, calls, report.

use crate::demand::calendar::WallTime;
use crate::scenario::decode::table;
use crate::scenario::value::{
    Axis, Count, Dist, Name, POINTS_MAX, Positive, Share, Site, SweepDesign, Variant, Word,
    ZoneName,
};
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
        /// Where the account belongs, which decides what follows arrears; `china` if left out.
        site: Site, optional;
        /// When the account owes.
        arrears: Vec<ArrearsEntry>, optional;
    }
}

table! {
    /// A time of arrears: pay-as-you-go instances are stopped, not billed, and released in the
    /// end, unless it is paid.
    ArrearsEntry {
        /// From when on the balance does not cover the bill, in the scenario's time zone.
        at: WallTime, required;
        /// When it is paid; never, if left out.
        paid: WallTime, optional;
        /// For how much longer services go on, as a benefit of the account.
        deferred_stop: Positive, optional;
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
        /// How much polling slows stops and starts under way; not at all, if left out. An empty
        /// table is what a third party measured.
        poll_load: PollLoadTable, optional;
    }
}

table! {
    /// How much status calls slow stops and starts under way: at a rate `r` of calls per minute,
    /// all instances together, each takes `max_delay` × r ÷ (r + `half_rate_per_minute`) longer.
    PollLoadTable {
        /// What a stop or start takes longer at most.
        max_delay: Positive, assumed(
            Positive(SimDuration::from_micros(45_160_000)),
            "fitted to cb-spider #1573 (2025-09): 48 starts 38 s to 64 s, 96 starts 39 s to 72 s");
        /// At so many status calls per minute it takes half of that longer.
        half_rate_per_minute: Count<1, 1_000_000_000>, assumed(
            Count(2_122), "fitted likewise, each instance polled once a second");
    }
}

table! {
    /// What the report calls good, and what else it writes.
    Report {
        /// When a start wave is good, and a service's start.
        good_wave: GoodWaveTable, optional;
        /// Whether `--out` also writes `billing_cycles.csv`: the invoice by clock hour.
        billing_cycles: bool, optional;
    }
}

table! {
    /// When a start wave is good.
    GoodWaveTable {
        /// The share of all its instances that must be ready.
        share: Share, convention(Share(Ratio::ONE));
        /// How soon after the edge.
        within: Positive, convention(Positive(SimDuration::from_mins(15)));
    }
}

table! {
    /// What `sweep` runs unless flags say otherwise. Outside the scenario's hash.
    SweepTable {
        /// Keys and their values: `"pool.g7.free=40,80,120"`,
        /// `"controller.nightly.lead=0m..30m/5m"`.
        vary: Vec<Axis>, optional;
        /// Variants beside the scenario as it is: `"earlier: controller.nightly.lead=10m; …"`, or
        /// the file of another scenario, seen from this one.
        variants: Vec<Variant>, optional;
        /// Which combinations are points.
        design: SweepDesign, convention(SweepDesign::Grid);
        /// How many points a Latin hypercube has.
        points: Count<1, { POINTS_MAX as u64 }>, optional;
        /// Points that are left out, those that have all of these values: `"path=value; …"`.
        exclude: Vec<Word>, optional;
        /// What the points are told apart by; `saving.net` if left out.
        objective: Word, optional;
        /// What pulls against it; `restart.good_waves` if left out.
        promise: Word, optional;
        /// Further figures of every point, in CSV and JSON.
        metrics: Vec<Word>, optional;
        /// Replications until the 95 % interval of a figure is as narrow at every point:
        /// `"saving.net ± 2%"`.
        until: Word, optional;
    }
}
