//! Values that are one of a few words.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::controller::policy::{
    Acts, BatchUntil, KeepChargingChoice, KeepChargingScope, MissingRead, Order, TokenUse,
};
use crate::controller::retry::{Calls, Jitter};
use crate::ecs::capacity::Affinity;
use crate::ecs::condition::Condition;
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{BatchOptimization, OperationName};
use crate::ecs::spec::{ChargeType, Network, PolicyEffect, PublicAddress};
use crate::fact::{self, Action};
use crate::fault::rule::DrawPer;
use crate::property::Expected;
use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Hashes, mismatch};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::Node;

/// One of a few words.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every word and what it stands for.
    fn words() -> Vec<(&'static str, Self)>;
}

fn list<T: Choice>() -> Vec<&'static str> {
    T::words().into_iter().map(|(word, _)| word).collect()
}

fn one_of<T: Choice>() -> String {
    format!("one of: {}", list::<T>().join(", "))
}

fn read<T: Choice>(node: &Node, problems: &mut Problems) -> Option<T> {
    let Some(text) = node.value.as_text() else {
        problems.push(mismatch(node, &one_of::<T>()));
        return None;
    };
    let found = T::words().into_iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let problem = Problem::new(node.place, format!("`{text}` is not possible here"));
        let problem = problem.expected(format!("expected {}", one_of::<T>()));
        problems.push(problem.did_you_mean(text, list::<T>()));
    }
    found.map(|(_, value)| value)
}

fn word<T: Choice>(value: T) -> &'static str {
    let found = T::words().into_iter().find(|(_, other)| *other == value);
    found.expect("every value has its word").0
}

macro_rules! decode_choices {
    ($($Type:ty),* $(,)?) => {$(
        impl Decode for $Type {
            fn expected() -> String {
                one_of::<$Type>()
            }
            fn decode(node: &Node, problems: &mut Problems) -> Option<$Type> {
                read(node, problems)
            }
            fn encode(&self, _: &Hashes) -> Canon {
                Canon::Text(word(*self).to_owned())
            }
            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": list::<$Type>() })
            }
        }
    )*};
}

macro_rules! choices {
    ($(
        $(#[$about:meta])*
        $Type:ident { $($(#[$doc:meta])* $Value:ident = $word:literal,)* }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $Type {
                $($(#[$doc])* $Value,)*
            }

            impl Choice for $Type {
                fn words() -> Vec<(&'static str, $Type)> {
                    vec![$(($word, $Type::$Value)),*]
                }
            }
        )*
        decode_choices! { $($Type),* }
    };
}

choices! {
    /// Which combinations of what is varied are points.
    SweepDesign {
        /// All.
        Grid = "grid",
        /// The first value of each key, the second of each, and so on.
        Zip = "zip",
        /// The scenario as it is, and each value by itself.
        OneAtATime = "one-at-a-time",
        /// So many that are spread evenly over each key.
        LatinHypercube = "latin-hypercube",
    }

    /// Of what a property is asked one by one.
    Each {
        /// Of each instance.
        Instance = "instance",
        /// Of each group.
        Group = "group",
        /// Of each controller.
        Controller = "controller",
    }

    /// Which faults runs have.
    HuntMix {
        /// As the scenario states them.
        Stated = "stated",
        /// Some of them, more or less likely, drawn from each seed.
        Swarm = "swarm",
        /// Both, each in every second run.
        Both = "both",
    }

    /// In which order events of one instant are handled.
    HuntTies {
        /// As they were scheduled.
        Fifo = "fifo",
        /// Drawn from the seed.
        Seeded = "seeded",
        /// The last of the file first.
        Reversed = "reversed",
        /// Every order in turn.
        Every = "every",
    }

    /// What a bid for spot instances says.
    SpotStrategy {
        /// Any price of the market.
        AsPriceGo = "SpotAsPriceGo",
        /// No price above a limit.
        WithPriceLimit = "SpotWithPriceLimit",
    }

    /// The performance mode of burstable instances.
    CreditSpecification {
        /// They burst as far as their credits go.
        Standard = "Standard",
        /// They burst beyond that.
        Unlimited = "Unlimited",
    }

    /// Which instances may use a private pool.
    PoolMatch {
        /// Those that take any open pool, and those that name it.
        Open = "Open",
        /// Those that name it.
        Target = "Target",
    }

    /// Which private pool instances use.
    MatchCriteria {
        /// None: they run in the public pool.
        None = "None",
        /// Any open one of their type and zone, else the public pool.
        Open = "Open",
        /// The one that is named.
        Target = "Target",
    }

    /// How long spot instances are safe from being taken back.
    Protection {
        /// For their first hour.
        Hour = "1h",
        /// Not at all.
        None = "0",
    }

    /// Where an account belongs: what follows arrears, and when.
    Site {
        /// aliyun.com.
        China = "china",
        /// alibabacloud.com.
        International = "international",
    }

    /// What is paid for used or not.
    CommitmentKind {
        /// An amount of money an hour, at prices of its own.
        SavingsPlan = "savings-plan",
        /// So many instances of a type.
        ReservedInstances = "reserved-instances",
    }

    /// How instances are at time 0.
    Start {
        /// In service.
        Running = "running",
        /// Stopped in economical mode.
        StoppedEconomical = "stopped-economical",
        /// Stopped in standard mode.
        StoppedStandard = "stopped-standard",
    }

    /// What a pool counts.
    StockUnit {
        /// Virtual CPUs.
        Vcpu = "vcpu",
        /// Instances.
        Instance = "instance",
    }

    /// Stock without end.
    Unlimited {
        /// Never short: restart risk is then not modelled.
        Unlimited = "unlimited",
    }

    /// What becomes of other tenants' demand that finds no stock.
    WhenShort {
        /// It goes elsewhere.
        Lost = "lost",
        /// It waits, and takes what is given back.
        Waits = "waits",
    }

    /// What the numbers of a stock trace are.
    StockColumn {
        /// All that the fleet could hold, what it holds included.
        ObtainableTotal = "obtainable_total",
        /// What the fleet could have beyond what it holds.
        ObtainableMore = "obtainable_more",
    }

    /// How many instances a call is about.
    CallKind {
        /// One.
        Single = "single",
        /// A list.
        Batch = "batch",
    }

    /// What batches are kept apart by.
    Partition {
        /// The zone and the instance type.
        TypeAndZone = "type_and_zone",
    }

    /// How the wait between two attempts grows.
    BackoffKind {
        /// There is none: it asks again at once.
        None = "none",
        /// It does not.
        Fixed = "fixed",
        /// It doubles.
        Exponential = "exponential",
    }
}

/// Words for what the run knows by itself.
macro_rules! words {
    ($($Type:ident { $($Value:ident = $word:literal,)* })*) => {
        $(
            impl Choice for $Type {
                fn words() -> Vec<(&'static str, $Type)> {
                    vec![$(($word, $Type::$Value)),*]
                }
            }
        )*
        decode_choices! { $($Type),* }
    };
}

words! {
    Expected {
        Holds = "holds",
        Violated = "violated",
    }

    Action {
        Start = "start",
        Stop = "stop",
        Reboot = "reboot",
        Delete = "delete",
        Reactivate = "reactivate",
        Change = "change",
    }

    Acts {
        StopsAndStarts = "both",
        StopsOnly = "stops",
        StartsOnly = "starts",
    }

    Affinity {
        Default = "default",
        Host = "host",
    }

    BatchUntil {
        Answered = "answered",
        Settled = "settled",
    }

    Calls {
        Starts = "start",
        Stops = "stop",
        Looks = "look",
        Tokened = "token",
    }

    ChargeType {
        PayAsYouGo = "pay-as-you-go",
        Subscription = "subscription",
    }

    DrawPer {
        Window = "window",
        Occasion = "occasion",
        Call = "call",
    }

    Jitter {
        None = "none",
        Equal = "equal",
        Full = "full",
        Decorrelated = "decorrelated",
    }

    KeepChargingChoice {
        Rotating = "rotating",
        ByName = "by_name",
    }

    KeepChargingScope {
        Instance = "instance",
        Group = "group",
        Controller = "controller",
    }

    MissingRead {
        KeepPolling = "keep_polling",
        Stopped = "stopped",
        Fail = "fail",
    }

    Network {
        Vpc = "vpc",
        Classic = "classic",
    }

    Order {
        AsListed = "as_listed",
        Shuffled = "shuffled",
        Priority = "priority",
    }

    PolicyEffect {
        Allow = "allow",
        Deny = "deny",
    }

    PublicAddress {
        None = "none",
        StaticByBandwidth = "static-by-bandwidth",
        StaticByTraffic = "static-by-traffic",
        Eip = "eip",
    }

    TokenUse {
        Same = "same",
        Fresh = "fresh",
        Shared = "shared",
    }
}

choices! {
    /// A defect of a request.
    Defect {
        /// An `InstanceId` that belongs to no instance.
        UnknownInstance = "unknown_instance",
        /// No `InstanceId`.
        MissingInstanceId = "missing_instance_id",
        /// An `InstanceId` that cannot be one.
        InvalidInstanceId = "invalid_instance_id",
        /// A `StoppedMode` that is neither of the two.
        InvalidStoppedMode = "invalid_stopped_mode",
        /// A `ForceStop` that is no boolean.
        InvalidForceStop = "invalid_force_stop",
        /// A `ConfirmStop` that is no boolean.
        InvalidConfirmStop = "invalid_confirm_stop",
        /// A `DryRun` that is no boolean.
        InvalidDryRun = "invalid_dry_run",
        /// A `Hibernate` that is no boolean.
        InvalidHibernate = "invalid_hibernate",
        /// An `InitLocalDisk` that is no boolean.
        InvalidInitLocalDisk = "invalid_init_local_disk",
        /// A `Force` that is no boolean.
        InvalidForce = "invalid_force",
        /// A `TerminateSubscription` that is no boolean.
        InvalidTerminateSubscription = "invalid_terminate_subscription",
        /// A `ZoneId` that the region does not have.
        UnknownZone = "unknown_zone",
        /// A `PageSize`, or `MaxResults`, of zero.
        InvalidPageSize = "invalid_page_size",
    }
}

impl Choice for StoppedMode {
    fn words() -> Vec<(&'static str, StoppedMode)> {
        StoppedMode::ALL.iter().map(|mode| (mode.name(), *mode)).collect()
    }
}

impl Choice for OperationName {
    fn words() -> Vec<(&'static str, OperationName)> {
        OperationName::ALL.iter().map(|operation| (operation.name(), *operation)).collect()
    }
}

/// An operation that shows the status of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look(pub OperationName);

impl Choice for Look {
    fn words() -> Vec<(&'static str, Look)> {
        let looks = OperationName::words().into_iter().filter(|(_, name)| name.shows_status());
        looks.map(|(word, name)| (word, Look(name))).collect()
    }
}

impl Choice for Condition {
    fn words() -> Vec<(&'static str, Condition)> {
        Condition::ALL.iter().map(|condition| (condition.name(), *condition)).collect()
    }
}

impl Choice for BatchOptimization {
    fn words() -> Vec<(&'static str, BatchOptimization)> {
        let all = [BatchOptimization::AllTogether, BatchOptimization::SuccessFirst];
        all.map(|optimization| (optimization.name(), optimization)).to_vec()
    }
}

impl Choice for fact::Defect {
    fn words() -> Vec<(&'static str, fact::Defect)> {
        fact::Defect::ALL.iter().map(|defect| (defect.name(), *defect)).collect()
    }
}

decode_choices! {
    fact::Defect, StoppedMode, OperationName, Look, BatchOptimization, Condition
}
