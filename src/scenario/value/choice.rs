//! Values that are one of a few words.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::ecs::condition::Condition;
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{BatchOptimization, OperationName};
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

    /// How instances are paid for.
    Charge {
        /// By the second.
        PayAsYouGo = "pay-as-you-go",
        /// In advance.
        Subscription = "subscription",
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

    /// Whether instances stay on their dedicated host.
    HostAffinity {
        /// An economical restart may move them.
        Default = "default",
        /// They do.
        Host = "host",
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

    /// The network of instances.
    NetworkType {
        /// A virtual private cloud.
        Vpc = "vpc",
        /// The classic network.
        Classic = "classic",
    }

    /// What is paid for used or not.
    CommitmentKind {
        /// An amount of money an hour, at prices of its own.
        SavingsPlan = "savings-plan",
        /// So many instances of a type.
        ReservedInstances = "reserved-instances",
    }

    /// How instances are reached from the Internet.
    Address {
        /// Not at all.
        None = "none",
        /// A static address, paid by bandwidth.
        StaticByBandwidth = "static-by-bandwidth",
        /// A static address, paid by traffic.
        StaticByTraffic = "static-by-traffic",
        /// An elastic address.
        Eip = "eip",
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

    /// Which edges a controller acts on.
    ActsOn {
        /// Both.
        Both = "both",
        /// It only stops.
        Stops = "stops",
        /// It only starts.
        Starts = "starts",
    }

    /// In which order a controller goes through its instances.
    ListOrder {
        /// As the groups are listed, then by number.
        AsListed = "as_listed",
        /// In one random order, fixed for the run.
        Shuffled = "shuffled",
        /// By the groups' priority, highest first.
        Priority = "priority",
    }

    /// How many instances a call is about.
    CallKind {
        /// One.
        Single = "single",
        /// A list.
        Batch = "batch",
    }

    /// When a batch is through.
    BatchEnd {
        /// When every call is answered.
        Answered = "answered",
        /// When every instance is done or given up.
        Settled = "settled",
    }

    /// What batches are kept apart by.
    Partition {
        /// The zone and the instance type.
        TypeAndZone = "type_and_zone",
    }

    /// What a client makes of an answer without its instance.
    NotFound {
        /// Nothing: it looks again.
        KeepPolling = "keep_polling",
        /// That the instance is stopped.
        Stopped = "stopped",
        /// That the action has failed.
        Fail = "fail",
    }

    /// Which calls a rule of retries is for.
    RetriedCalls {
        /// What a start takes.
        Start = "start",
        /// What a stop takes.
        Stop = "stop",
        /// Looks.
        Look = "look",
        /// Calls with a ClientToken.
        Token = "token",
    }

    /// What is to be done with an instance.
    ActionWord {
        /// Start it.
        Start = "start",
        /// Stop it.
        Stop = "stop",
        /// Restart it.
        Reboot = "reboot",
        /// Delete it.
        Delete = "delete",
        /// Start it again after arrears.
        Reactivate = "reactivate",
        /// Change its type.
        Change = "change",
    }

    /// Which `ClientToken` requests for a replacement or a change carry.
    TokenWord {
        /// One per replacement or change: a retry is recognised.
        Same = "same",
        /// One per request: a retry is a new request.
        Fresh = "fresh",
        /// One for everything the controller ever asks for.
        Shared = "shared",
    }

    /// Whose stops keep charging after a refusal for want of stock.
    FallbackScope {
        /// The instance that was refused.
        Instance = "instance",
        /// Its group.
        Group = "group",
        /// Every instance of the controller.
        Controller = "controller",
    }

    /// Which instances keep charging.
    Chosen {
        /// Another block of the list on every occasion.
        Rotating = "rotating",
        /// Always the same ones, by a draw on the name.
        ByName = "by_name",
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

    /// How chance enters a wait.
    JitterKind {
        /// Not at all.
        None = "none",
        /// Half of the wait is random.
        Equal = "equal",
        /// All of it is.
        Full = "full",
        /// Between the base and three times the wait before.
        Decorrelated = "decorrelated",
    }

    /// What one draw of a probability decides.
    Per {
        /// An instance's luck for a whole window.
        Window = "window",
        /// An instance's luck for one occasion.
        Occasion = "occasion",
        /// One call.
        Call = "call",
    }

    /// Whether a policy statement grants or forbids.
    GrantOrDeny {
        /// Grants.
        Allow = "allow",
        /// Forbids.
        Deny = "deny",
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

decode_choices! { StoppedMode, OperationName, Look, BatchOptimization, Condition }
