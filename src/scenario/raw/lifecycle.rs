//! How controllers ask for reboots, deletions, reactivations and replacements, and what a group
//! has in reserve for these.

use crate::controller::policy::TokenUse;
use crate::scenario::decode::table;
use crate::scenario::value::{Count, Defect, Dist, Name, Positive};
use crate::units::SimDuration;

use super::fleet::INSTANCES_MAX;

table! {
    /// Further instances of a group, which are not there until RunInstances makes them.
    Reserve {
        /// How many.
        count: Count<1, INSTANCES_MAX>, required;
        /// How long one of them is `Pending`, from the accepted call to the start of it.
        creation: Dist, assumed(
            Dist::uniform(SimDuration::from_secs(2), SimDuration::from_secs(10)),
            "the instance-lifecycle page says seconds, and not how many");
    }
}

table! {
    /// How a controller asks for a reboot.
    RebootTable {
        /// `ForceStop`: power is cut, data not yet written is lost.
        force: bool, documented(false, "RebootInstance: false by default");
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "RebootInstance: false by default");
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

table! {
    /// How a controller asks for a deletion.
    DeleteTable {
        /// It asks for a stop first, waits for `Stopped`, and only then deletes; a stop that is
        /// refused for good ends it.
        stop_first: bool, convention(false);
        /// `Force`: an instance that runs is deleted, too.
        force: bool, documented(false, "DeleteInstance (2026-06-18): false by default");
        /// `ForceStop`: with `force`, power is cut; otherwise the guest shuts down first.
        force_stop: bool, documented(true, "DeleteInstance (2026-06-18): true by default");
        /// `TerminateSubscription`: an expired subscription may go.
        terminate_subscription: bool, documented(
            false, "DeleteInstance (2026-06-18): false by default");
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "DeleteInstance (2026-06-18): false by default");
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

table! {
    /// How a controller asks for a reactivation after arrears.
    ReactivateTable {
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

table! {
    /// How a controller asks for a change of type (ModifyInstanceSpec).
    ChangeTable {
        /// The type that instances become.
        r#type: Name, required;
        /// Which `ClientToken` its requests carry.
        token: TokenUse, convention(TokenUse::Same);
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "ModifyInstanceSpec: false by default");
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

table! {
    /// A controller that runs another instance in place of one whose start does not come off.
    ReplaceTable {
        /// So long after the first call of a start it asks for another instance; at once, if
        /// that call is given up without an answer.
        after: Positive, required;
        /// Which `ClientToken` its requests carry.
        token: TokenUse, required;
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "RunInstances: false by default");
    }
}
