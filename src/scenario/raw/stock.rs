//! Stock: pools, what others do to them, shocks, and what happens to instances from outside.

use crate::demand::calendar::{TimeOfDay, WallTime, Weekdays};
use crate::ecs::capacity::Affinity;
use crate::ecs::condition::Condition;
use crate::scenario::decode::{At, table};
use crate::scenario::value::{
    Count, CsvPath, Dist, Factor, GroupRef, MatchCriteria, Name, PerHour, PoolMatch, Positive,
    Rate, Share, Signed, StockColumn, StockUnit, UnitsRange, Unlimited, WhenShort,
};
use crate::units::Ratio;

/// Most units in a pool.
pub const STOCK_MAX: u64 = 1_000_000_000_000;
/// Most of a private pool or dedicated host. A limit of this program.
pub const CAPACITY_MAX: u64 = 1_000_000;
/// Most units of one recorded request. A limit of this program.
pub const REQUEST_MAX: u64 = 1_000_000_000;

table! {
    /// Stock that several groups may share.
    Pool {
        /// Its unique name.
        name: Name, required;
        /// The zone it is in.
        zone: Name, required;
        /// The region the zone is in; where the zone's groups are if left out, else the one of
        /// `[region]`.
        region: Name, optional;
        /// The family whose types draw on it, such as `ecs.g7`.
        family: Name, optional;
        /// The types that draw on it, in place of a family.
        types: Vec<At<Name>>, optional;
        /// What it counts.
        unit: StockUnit, convention(StockUnit::Vcpu);
        /// `"unlimited"`: never short, and restart risk is not modelled.
        stock: Unlimited, optional;
        /// Units left at the beginning, besides what the fleet itself holds.
        free: Count<0, STOCK_MAX>, optional;
        /// Units in all, in place of `free`; the fleet and others have theirs of it.
        total: Count<0, STOCK_MAX>, optional;
        /// Fewer free units than this are shown as little (`ClosedWithStock`) by
        /// DescribeAvailableResource; never, if left out.
        low_stock_threshold: Count<1, STOCK_MAX>, optional;
        /// Other tenants that come and go.
        others: Others, optional;
        /// Other tenants as they were recorded, in place of `others`.
        others_trace: OthersTrace, optional;
        /// Listed changes.
        steps: Vec<Step>, optional;
        /// A recorded path of what can be had.
        trace: StockTrace, optional;
    }
}

table! {
    /// Stock of one type that is reserved for the account: it is there whoever is short, and paid
    /// for unused or not.
    PrivatePool {
        /// Its unique name.
        name: Name, required;
        /// The zone it is in.
        zone: Name, required;
        /// The instance type.
        r#type: Name, required;
        /// How many instances it holds; none is a pool that is not there yet, such as the least of
        /// what `plan` tries.
        instances: Count<0, CAPACITY_MAX>, required;
        /// Which instances may use it.
        r#match: PoolMatch, documented(
            PoolMatch::Open, "CreateCapacityReservation, PrivatePoolOptions.MatchCriteria (2021)");
        /// When it ends, in the scenario's time zone; not within the run, if left out.
        until: WallTime, optional;
        /// What an instance of it costs while nobody uses it: the pay-as-you-go price of its
        /// compute. What uses it is billed as it would be elsewhere.
        unused_rate: Rate, required;
    }
}

table! {
    /// A machine of the account's own. Instances on it pay no compute, it costs what it costs.
    DedicatedHost {
        /// Its unique name.
        name: Name, required;
        /// The zone it is in.
        zone: Name, required;
        /// How many vCPUs it has for instances; memory is not counted.
        vcpus: Count<1, CAPACITY_MAX>, required;
        /// Whether instances of other hosts may be put on it.
        auto_placement: bool, documented(true, "AllocateDedicatedHosts, AutoPlacement (2021)");
        /// What it costs, whatever is on it.
        rate: Rate, required;
    }
}

table! {
    /// Which private pool a group's instances use.
    PrivatePoolOptions {
        /// `None`: none; `Open`: any open one of their type and zone, else the public pool;
        /// `Target`: the one named and nothing else.
        r#match: MatchCriteria, required;
        /// The pool, with `Target`.
        name: Name, optional;
    }
}

table! {
    /// On which dedicated hosts a group's instances are.
    HostOptions {
        /// The hosts, in the order in which they are filled and tried.
        hosts: Vec<At<Name>>, required;
        /// `default`: a start from economical mode may put an instance on another host; `host`:
        /// on the one it was on or on none.
        affinity: Affinity, documented(
            Affinity::Default, "RunInstances, Affinity (2021)");
    }
}

table! {
    /// Other tenants of a pool.
    Others {
        /// Their requests per hour, by hour of the day in the scenario's time zone.
        per_hour: PerHour, required;
        /// Units that a request takes.
        units: UnitsRange, convention(UnitsRange { least: 1, most: 1 });
        /// How long they hold them.
        hold: Dist, required;
        /// What becomes of a request that finds no stock.
        when_short: WhenShort, assumed(
            WhenShort::Lost, "whether other tenants wait or go elsewhere is not published");
    }
}

table! {
    /// Recorded requests of other tenants: a CSV with the columns `at`, `units` and `hold`, in
    /// order of time.
    OthersTrace {
        /// The CSV.
        csv: CsvPath, required;
        /// What becomes of a request that finds no stock.
        when_short: WhenShort, assumed(
            WhenShort::Lost, "whether other tenants wait or go elsewhere is not published");
    }
}

table! {
    /// A listed change of a pool.
    Step {
        /// When, in the scenario's time zone.
        at: WallTime, required;
        /// Units by which the total grows or shrinks.
        total: Signed, optional;
        /// Units that other tenants take or give back.
        others: Signed, optional;
    }
}

table! {
    /// A recorded path of stock: a CSV with the columns `at` and the one named here.
    StockTrace {
        /// The CSV.
        csv: CsvPath, required;
        /// Which column: `obtainable_total` (what the fleet holds included) or `obtainable_more`.
        column: StockColumn, required;
    }
}

table! {
    /// When something is in force; exactly one of the three forms.
    When {
        /// From here on, in the scenario's time zone.
        from: WallTime, optional;
        /// Up to here; the horizon if left out.
        until: WallTime, optional;
        /// On these days, again and again.
        days: Weekdays, optional;
        /// At this time of each of those days.
        at: TimeOfDay, optional;
        /// For so long each time.
        r#for: Positive, optional;
        /// In bursts: a process that is off at first, then on, off, on.
        burst: Burst, optional;
    }
}

table! {
    /// A process of two states.
    Burst {
        /// How long a burst lasts.
        on: Dist, required;
        /// How long it is quiet between two bursts, and before the first.
        off: Dist, required;
    }
}

table! {
    /// A factor on the total of every pool of a zone.
    ZoneShock {
        /// Its unique name.
        name: Name, required;
        /// The zone it hits.
        zone: Name, required;
        /// When; always, if left out.
        window: When, optional;
        /// How likely each window takes place at all.
        probability: Share, convention(Share(Ratio::ONE));
        /// What is left of each total.
        factor: Factor, required;
    }
}

table! {
    /// Something that happens to instances at a listed time; exactly one of the two.
    ScheduledEventEntry {
        /// Its unique name.
        name: Name, required;
        /// When, in the scenario's time zone.
        at: WallTime, required;
        /// To which groups.
        groups: Vec<At<GroupRef>>, optional;
        /// To which instances.
        instances: Vec<At<Name>>, optional;
        /// A condition of theirs begins or ends.
        condition: Condition, optional;
        /// Whether the condition begins.
        on: bool, convention(true);
        /// Someone shuts the guests down from inside: never in economical mode.
        guest_shutdown: bool, optional;
    }
}
