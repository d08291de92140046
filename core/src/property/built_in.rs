//! Properties that every run is held to without a line written.

use crate::units::SimDuration;

/// A property that is there by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuiltIn {
    /// Who says that it is done, or that it failed, is right.
    BeliefTruth,
    /// A stop takes effect in the mode that the controller's policy, or its first call, asks for.
    ModeAsAsked,
    /// No controller stops an instance that is wanted.
    NotStoppedWhileWanted,
    /// An instance and the one that stands in for it do not both run.
    OneRunningPerSlot,
    /// So many calls about one instance in a window, and no more.
    CallBudget,
    /// So many calls of one operation in a window by all controllers, and no more.
    FleetBudget,
    /// Undisturbed, an instance comes to be as it is wanted.
    Converges,
    /// What was due and did not happen is believed by nobody to have happened.
    NoSilentLoss,
    /// When all is as wanted, nobody goes on asking for it.
    Quiesces,
    /// The end is that of the same run without faults.
    SameEnd,
}

/// Every one of them, in the order in which they are told.
pub const BUILT_IN: [BuiltIn; 10] = [
    BuiltIn::BeliefTruth,
    BuiltIn::ModeAsAsked,
    BuiltIn::NotStoppedWhileWanted,
    BuiltIn::OneRunningPerSlot,
    BuiltIn::CallBudget,
    BuiltIn::FleetBudget,
    BuiltIn::Converges,
    BuiltIn::NoSilentLoss,
    BuiltIn::Quiesces,
    BuiltIn::SameEnd,
];

/// What a built-in property is held to, as far as it uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long things may be otherwise.
    pub grace: SimDuration,
    /// The most that there may be.
    pub at_most: u64,
    /// In how long a window that is counted; windows follow each other from time 0 on.
    pub window: SimDuration,
}

impl BuiltIn {
    /// As scenarios and results call it.
    pub const fn name(self) -> &'static str {
        match self {
            BuiltIn::BeliefTruth => "belief_truth",
            BuiltIn::ModeAsAsked => "mode_as_asked",
            BuiltIn::NotStoppedWhileWanted => "not_stopped_while_wanted",
            BuiltIn::OneRunningPerSlot => "one_running_per_slot",
            BuiltIn::CallBudget => "call_budget",
            BuiltIn::FleetBudget => "fleet_budget",
            BuiltIn::Converges => "converges",
            BuiltIn::NoSilentLoss => "no_silent_loss",
            BuiltIn::Quiesces => "quiesces",
            BuiltIn::SameEnd => "same_end",
        }
    }

    /// What it says, exactly.
    pub const fn meaning(self) -> &'static str {
        match self {
            BuiltIn::BeliefTruth => {
                "when a controller says that a stop or start is done, it is within `grace` before \
                 or after (for one that does not `wait`, it is on its way); when it says that it \
                 failed, it is not done within `grace` after"
            }
            BuiltIn::ModeAsAsked => {
                "an accepted stop takes effect in the mode that was asked for, where the \
                 instance can have it. That is the mode of the controller's policy, if it does \
                 not choose case by case. Of a program or other client it is `stop.mode`, else \
                 the mode that the call says, else that of the first stop since what is wanted \
                 changed"
            }
            BuiltIn::NotStoppedWhileWanted => {
                "no controller's stop takes effect on an instance that has been wanted for `grace`"
            }
            BuiltIn::OneRunningPerSlot => {
                "an instance and the one that stands in for it do not both run for `grace`"
            }
            BuiltIn::CallBudget => {
                "at most `at_most` calls that change something are sent about one instance in a \
                 `window`, and ten times as many that look"
            }
            BuiltIn::FleetBudget => {
                "all controllers together send at most `at_most` calls of one operation in a \
                 `window`"
            }
            BuiltIn::Converges => {
                "an instance that some controller looks after is as wanted after `grace`. Some \
                 time does not count: from a fault that strikes it, or a refusal for want of \
                 stock, quota or money, to the next call about it (at most `grace`); for a \
                 start, while there is no stock; and from time 0 until what is wanted changes"
            }
            BuiltIn::NoSilentLoss => {
                "where an instance was not once as wanted from one edge to the next, `grace` or \
                 longer, a controller says so: that it failed, or that it is still at it. A \
                 program or other client that never says what it believes is not asked"
            }
            BuiltIn::Quiesces => {
                "at most `at_most` calls ask for a stop or start of an instance that has been as \
                 wanted for `grace`"
            }
            BuiltIn::SameEnd => {
                "at the end an instance that is at rest is as in the same run without faults. \
                 It is not asked if what is wanted of it changed within `grace`; if it is \
                 otherwise than wanted for less than `grace`, counted as for `converges`; or, \
                 if it is as wanted, when within `grace` a fault struck it or it was refused \
                 for want of stock, quota or money"
            }
        }
    }

    /// What holds unless a scenario says otherwise. *Assumed*: no source gives such limits.
    pub const fn limits(self) -> Limits {
        let (grace, at_most, window) = match self {
            BuiltIn::BeliefTruth | BuiltIn::NotStoppedWhileWanted => (60, 0, 0),
            BuiltIn::ModeAsAsked => (0, 0, 0),
            BuiltIn::OneRunningPerSlot => (300, 0, 0),
            BuiltIn::CallBudget => (0, 40, 600),
            // Limits of a neighbouring API: 1 000 calls a minute.
            BuiltIn::FleetBudget => (0, 1_000, 60),
            BuiltIn::Converges | BuiltIn::SameEnd => (3_600, 0, 0),
            BuiltIn::NoSilentLoss => (1_800, 0, 0),
            BuiltIn::Quiesces => (600, 2, 0),
        };
        Limits {
            grace: SimDuration::from_secs(grace),
            at_most,
            window: SimDuration::from_secs(window),
        }
    }
}
