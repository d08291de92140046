//! Rebooting, deleting, creating and reopening, sentence by sentence, at the region.

use stopsim::ecs::condition::Condition;
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};
use stopsim::ecs::spec::PublicAddress;

use crate::fleet::{check, given};

/// "Only instances that are in the Running state can be restarted. After an instance is
/// restarted, the status of the instance changes to Starting." — RebootInstance
#[test]
fn a_reboot_shows_as_starting_and_releases_nothing() {
    check(
        given().address(PublicAddress::StaticByBandwidth),
        "reboot | status? | stock? | stop | finish | describe?",
        "Rebooting(Starting) | Starting | free 10 ours 4 | 403 IncorrectInstanceStatus | Running \
         | Running Not-applicable, static #0, private of i-0",
    );
    check(given().stopped(KeepCharging), "reboot", "403 IncorrectInstanceStatus");
}

/// Running, Stopping, Stopped, Starting, Running: as a client saw it.
#[test]
fn a_reboot_may_show_each_status_on_its_way_and_is_in_conflict_while_stopped() {
    check(
        given().knob("reboot_path", "stop_start"),
        "reboot | status? | finish | status? | start | delete Force | finish | status? | finish",
        "Rebooting(Stopping) | Stopping | Rebooting(Stopped) | Stopped | 409 OperationConflict \
         | 409 OperationConflict | Rebooting(Starting) | Starting | Running",
    );
}

/// "false: normally releases the ECS instance. This value is valid only if the instance is in
/// the Stopped state." — DeleteInstance
#[test]
fn what_is_deleted_gives_back_what_it_holds_and_is_not_there_any_longer() {
    check(
        given(),
        "delete | stop KeepCharging | finish | delete | stock? | status? | describe? | start \
         | billed?",
        "403 IncorrectInstanceStatus | Stopping(KeepCharging) | Stopped(KeepCharging) \
         | Released, releases 2 | free 12 ours 2 | nothing | nothing \
         | 404 InvalidInstanceId.NotFound | ",
    );
    check(
        given().stopped(StopCharging),
        "stock? | delete | stock?",
        "free 10 ours 0 | Released | free 10 ours 0",
    );
}

/// "true: forcefully stops and releases the ECS instance […] The instance directly enters the
/// resource release process. false: stops the ECS instance in the normal stop process and then
/// releases the instance. […] Default value: true."
#[test]
fn force_releases_at_once_or_after_the_guest_has_shut_down() {
    check(given(), "delete Force | status?", "Released, releases 2, data lost | nothing");
    check(
        given(),
        "delete ForceStop=false | status? | delete Force | finish | delete Force",
        "Deleting | Stopping | 403 IncorrectInstanceStatus | Released, releases 2 \
         | 404 InvalidInstanceId.NotFound",
    );
    check(
        given().pending(),
        "delete | delete Force",
        "403 IncorrectInstanceStatus | 403 IncorrectInstanceStatus.Initializing",
    );
}

/// "TerminateSubscription: Specifies whether to release the expired subscription instance."
#[test]
fn a_subscription_goes_only_once_expired_and_if_asked_for_by_name() {
    check(
        given().subscription().stopped(KeepCharging),
        "delete TerminateSubscription | set expired | delete | delete TerminateSubscription",
        "403 ChargeTypeViolation | 403 ChargeTypeViolation | Released, releases 2",
    );
}

/// "In case of overdue payments DeleteInstance works normally", and a security lock is a knob.
#[test]
fn arrears_do_not_keep_an_instance_from_being_deleted_and_a_lock_may() {
    let stopped = || given().stopped(KeepCharging);
    check(stopped().condition(Condition::FinancialLock), "delete", "Released, releases 2");
    let locked = || stopped().condition(Condition::SecurityLock);
    check(locked(), "delete", "403 InstanceLockedForSecurity");
    check(locked().knob("delete_while_locked", "allowed"), "delete", "Released, releases 2");
}

/// Pending, Starting, Running: RunInstances starts what it creates.
#[test]
fn a_new_instance_claims_stock_is_billed_once_created_and_starts_by_itself() {
    check(
        given().reserve(1).address(PublicAddress::StaticByTraffic),
        "status? 3 | run | stock? | billed? 3 | finish | finish | describe? 3 | run",
        "nothing | i-2 Pending | free 8 ours 6 |  | Starting(KeepCharging) | Running \
         | Running Not-applicable, static #0, private of i-2 | 403 QuotaExceed.ElasticQuota",
    );
    check(given().reserve(1).stock(1), "run", "403 OperationDenied.NoStock");
}

/// "The same token and parameters return the first result" — How to ensure idempotence
#[test]
fn a_token_seen_before_creates_nothing_more() {
    check(
        given().reserve(3),
        "run token=7 | run token=7 | finish | run token=7 | run token=8 | run",
        "i-2 Pending | 403 LastTokenProcessing | Starting(KeepCharging) \
         | i-2 Starting(KeepCharging), as before | i-3 Pending | i-4 Pending",
    );
    let mut two = given().reserve(1);
    two.0.groups.push(crate::fleet::group("db", 3, 1));
    check(
        two,
        "run token=7 | run token=7 template=1",
        "i-2 Pending | 400 IdempotentParameterMismatch",
    );
}

/// Only what was stopped for arrears is reopened, and then it is in arrears no longer.
#[test]
fn a_reactivation_starts_what_was_stopped_for_arrears() {
    check(
        given().stopped(KeepCharging),
        "reactivate | set in_arrears | start | reactivate | finish | stop KeepCharging",
        "400 ReopenInstance.InstanceStatusNotValid | 403 InstanceExpired \
         | Starting(KeepCharging) | Running | Stopping(KeepCharging)",
    );
    check(
        given().stopped(StopCharging).stock(0).condition(Condition::InArrears),
        "reactivate",
        "403 OperationDenied.NoStock",
    );
    check(given().subscription(), "reactivate", "404 InvalidPayType.NotSupport");
}

/// The text of 2021 keeps an instance in its first start from economical mode: no request can
/// tell, for a stop is refused while it is Starting.
#[test]
fn an_instance_in_its_first_start_cannot_be_stopped_at_all() {
    check(
        given().reserve(1),
        "run | stop 3 StopCharging | finish | stop 3 StopCharging | finish | stop 3 StopCharging",
        "i-2 Pending | 403 IncorrectInstanceStatus | Starting(KeepCharging) \
         | 403 IncorrectInstanceStatus | Running | Stopping(StopCharging)",
    );
}
