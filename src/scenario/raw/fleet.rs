//! The fleet: groups of instances, their types and what they cost.

use crate::ecs::condition::Condition;
use crate::ecs::spec::{ChargeType, Network, PublicAddress};
use crate::scenario::decode::{At, table};
use crate::scenario::value::{
    Count, CreditSpecification, CsvPath, Dist, FactorDist, Gibibytes, Licence, Name, Positive,
    Protection, Rate, Share, Signed, SpotStrategy, Start, Word,
};
use crate::units::{Ratio, SimDuration};

use super::lifecycle::Reserve;
use super::stock::{HostOptions, PrivatePoolOptions};
use super::tags::Tags;

/// Most instances in a scenario.
pub const INSTANCES_MAX: u64 = 16_777_216;
/// Most virtual CPUs of an instance type. A limit of this program.
pub const VCPUS_MAX: u64 = 4_096;
/// Most bandwidth of one address, in Mbps. A limit of this program.
pub const BANDWIDTH_MAX: u64 = 100_000;

table! {
    /// Instances that differ only in name.
    Group {
        /// Its unique name; instances are called `NAME-0001` and so on.
        name: Name, required;
        /// How many instances.
        count: Count<1, INSTANCES_MAX>, optional;
        /// Further instances, which are not there until a controller replaces one.
        reserve: Reserve, optional;
        /// The instances' own names, in place of `count`.
        names: Vec<At<Name>>, optional;
        /// A CSV with a column `name`, in place of `count`.
        names_csv: CsvPath, optional;
        /// What its owner tags the instances with: savings, cost and unavailability are told by
        /// tag, and lists of groups can name them by tag.
        tags: Tags, optional;
        /// The zone, such as `cn-hangzhou-h`.
        zone: Name, required;
        /// The region the zone is in; the one of `[region]` if left out.
        region: Name, optional;
        /// The instance type, such as `ecs.g7.large`.
        r#type: Name, required;
        /// Larger goes first where a controller's order is `priority`.
        priority: Signed, convention(Signed(0));
        /// How the instances are paid for.
        charge: ChargeType, convention(ChargeType::PayAsYouGo);
        /// The network; the classic network has no economical mode.
        network: Network, convention(Network::Vpc);
        /// How the instances are reached from the Internet.
        public_address: PublicAddress, convention(PublicAddress::None);
        /// Bandwidth of a static address that is paid by bandwidth, in Mbps.
        bandwidth_mbps: Count<1, BANDWIDTH_MAX>, optional;
        /// What a static address with its bandwidth costs, per instance.
        bandwidth_rate: Rate, optional;
        /// What an elastic address with its bandwidth costs, per instance; a day is billed whole
        /// once begun. Nothing if left out.
        eip_rate: Rate, optional;
        /// What the configuration of an elastic address costs; the knob `eip_configuration` says
        /// when it is waived. An hour is billed whole once begun.
        eip_configuration_rate: Rate, optional;
        /// What snapshots cost, per instance; an hour is billed whole once begun. Nothing if left
        /// out.
        snapshot_rate: Rate, optional;
        /// Whether the instances have local disks, whatever their family.
        local_storage: bool, convention(false);
        /// Whether the instances have persistent memory, whatever their family.
        persistent_memory: bool, convention(false);
        /// The performance mode of burstable instances at the beginning; Standard, if left out.
        credit_specification: CreditSpecification, optional;
        /// How the instances are at the beginning. If left out, those that are wanted then run;
        /// the others are stopped as the first controller left them that stopped them last, and
        /// run if none can have stopped them.
        initially: Start, optional;
        /// The same of some instances, in place of what holds for the others.
        initially_of: Vec<InitiallyOf>, optional;
        /// What is wrong with the instances from the beginning on.
        conditions: Vec<Condition>, optional;
        /// The compute price of one instance, in place of the price book's.
        rate: Rate, optional;
        /// The system disk of each instance.
        system_disk: Disk, optional;
        /// The data disks of each instance.
        data_disks: Vec<Disk>, optional;
        /// The licence of the image.
        licence: Licence, convention(Licence::None);
        /// Taken off every price of this group, alike in baseline and actual.
        discount: Share, convention(Share(Ratio::ZERO));
        /// How long a graceful stop takes, from acceptance to `Stopped`.
        stop: Dist, assumed(
            Dist::log_normal(SimDuration::from_secs(20), SimDuration::from_secs(180)),
            "no official figure exists; Auto Scaling allows 30 s to 240 s before it forces a stop");
        /// How long a forced stop takes.
        force_stop: Dist, assumed(
            Dist::constant(SimDuration::from_secs(5)), "no official figure exists");
        /// How long a start takes, from acceptance to `Running`.
        start: Dist, assumed(
            Dist::log_normal(SimDuration::from_secs(25), SimDuration::from_secs(120)),
            "no official figure exists; 35 s to 39 s measured for new instances in Tokyo, 2025-09");
        /// What a start from economical mode takes in addition, to find compute.
        allocation: Dist, assumed(
            Dist::uniform(SimDuration::from_secs(2), SimDuration::from_secs(10)),
            "the economical-mode page says slower, and not by how much");
        /// From `Running` to guest-ready; ready means `Running` if left out.
        ready: Dist, optional;
        /// A factor common to all starts of one wave in one zone.
        wave_factor: FactorDist, assumed(
            FactorDist::log_normal(Ratio::ONE, Ratio::new(2, 1)),
            "starts of one wave share their luck; no figure is published");
        /// Graceful stops that the guest does not carry out; none if left out.
        hang: HangTable, optional;
        /// For how long after an economical stop a start is answered `OperationConflict`. The
        /// billing FAQ says that this happens, and not for how long; not at all, if left out.
        settling: Dist, optional;
        /// The terms on which the instances were bought, if they are spot instances.
        spot: SpotTable, optional;
        /// Which private pool the instances use; none, if left out.
        private_pool: PrivatePoolOptions, optional;
        /// The dedicated hosts the instances are on, if they are on some.
        dedicated_host: HostOptions, optional;
        /// How long a change of type takes, from acceptance; 15 minutes if left out, as the ECS
        /// FAQ of 2021 says.
        type_change: Dist, optional;
    }
}

table! {
    /// How some instances of a group are at the beginning.
    InitiallyOf {
        /// Which.
        instances: Vec<At<Name>>, required;
        /// How they are.
        is: Start, required;
    }
}

table! {
    /// Spot instances. When they are taken back they stop in economical mode
    /// (`SpotInterruptionBehavior` `Stop`).
    SpotTable {
        /// What the bid says.
        strategy: SpotStrategy, required;
        /// The highest price accepted, with `SpotWithPriceLimit`.
        price_limit: Rate, optional;
        /// How long they are safe after their purchase, which is the beginning of the run.
        protection: Protection, documented(
            Protection::Hour, "RunInstances, SpotDuration (2021-07-19): 1 hour by default");
    }
}

table! {
    /// A disk of each instance.
    Disk {
        /// Its size.
        size: Gibibytes, optional;
        /// Its category, such as `essd-pl0`: a `[[price]]` of that name, or a published price.
        category: Name, optional;
        /// The price of the whole disk, in place of size and category.
        rate: Rate, optional;
        /// How many such disks.
        count: Count<1, 64>, convention(Count(1));
    }
}

table! {
    /// Graceful stops that the guest does not carry out.
    HangTable {
        /// How likely a graceful stop hangs.
        probability: Share, required;
        /// After how long the platform powers it off; never, if left out.
        power_off_after: Positive, optional;
    }
}

table! {
    /// A price that is not in the built-in book, or in place of one that is.
    PriceEntry {
        /// An instance type, a disk category or a licence.
        name: Name, required;
        /// Per hour: of an instance, of a GiB of disk, of a licence.
        rate: Rate, required;
        /// Where the price was read.
        source: Word, optional;
        /// When it held.
        date: Word, optional;
    }
}

table! {
    /// What is known of an instance type that is not in the built-in book.
    TypeEntry {
        /// The type, such as `ecs.g8y.large`.
        name: Name, required;
        /// Its family; what its name begins with, if left out.
        family: Name, optional;
        /// Virtual CPUs of one instance; needed where a pool counts them.
        vcpus: Count<1, VCPUS_MAX>, optional;
        /// Whether its instances can stop in economical mode; by family, if left out.
        economical: bool, optional;
        /// No longer offered: no instance can be changed to it.
        withdrawn: bool, optional;
        /// Whether its instances live on CPU credits; by family (t5, t6), if left out.
        burstable: bool, optional;
    }
}
