//! The StopInstance reference, sentence by sentence, and every refusal reached by a call.
//!
//! Quotations are from the StopInstance API reference of 2026-06-29, unless they say otherwise.
//! A story is a line of steps; what is heard of each follows in the same order.

use stopsim::ecs::condition::Condition;
use stopsim::ecs::id::{MarketId, TypeId, ZoneId};
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};
use stopsim::ecs::knob::KNOBS;
use stopsim::ecs::operation::OperationName::{self, StartInstance, StopInstance};
use stopsim::ecs::refusal::Refusal;
use stopsim::ecs::spec::{Beginning, Eligibility, Initially, PolicyEffect, PublicAddress};
use stopsim::ecs::spot::{MarketSpec, SpotTerms};
use stopsim::units::SimDuration;

use crate::fleet::{Given, Story, check, given};
use crate::worlds::{group, plan, world};

const ALL: &str = "compute licence system_disk data_disks static_bandwidth eip snapshots";

/// "This is an asynchronous operation. […] The ECS instance first enters the Stopping state.
/// You can invoke DescribeInstanceStatus to query the instance status. When the returned status
/// is Stopped, the ECS instance is stopped."
#[test]
fn a_stop_is_asynchronous_and_is_seen_by_describe_instance_status() {
    check(
        given(),
        "status? | stop KeepCharging | status? | finish | status?",
        "Running | Stopping(KeepCharging) | Stopping | Stopped(KeepCharging) | Stopped",
    );
}

/// "ECS instances that are locked for security reasons cannot be stopped by invoking this
/// operation."
#[test]
fn a_locked_instance_cannot_be_stopped() {
    check(
        given(),
        "set security_lock | stop | status? | describe? | clear security_lock | stop",
        "403 InstanceLockedForSecurity | Running \
         | Running Not-applicable, private of i-0, locked: security \
         | Stopping(KeepCharging), by default",
    );
}

/// "After you enable the economical mode for VPC-connected instances, you can set
/// StoppedMode=KeepCharging to enable the standard stop mode. The ECS instance continues billing
/// after it is stopped, and the ECS instance type inventory and Internet IP address are
/// retained."
#[test]
fn keep_charging_keeps_billing_stock_and_address_whatever_the_default() {
    check(
        given().economical_default().address(PublicAddress::StaticByBandwidth),
        "stop KeepCharging | finish | billed? | stock? | describe? | start | finish | describe?",
        &format!(
            "Stopping(KeepCharging) | Stopped(KeepCharging) | {ALL} | free 10 ours 4 \
             | Stopped KeepCharging, static #0, private of i-0 | Starting(KeepCharging) \
             | Running | Running Not-applicable, static #0, private of i-0"
        ),
    );
}

/// "Action: ecs:StopInstance […] Resource type: *Instance
/// acs:ecs:{#regionId}:{#accountId}:instance/{#instanceId}"
#[test]
fn a_caller_needs_the_action_on_the_arn_of_the_instance() {
    let arn = "acs:ecs:cn-hangzhou:123:instance/web-0001";
    check(
        given().policy(PolicyEffect::Allow, "ecs:StopInstance", arn),
        "stop 2 | stop 1 | status? 1 | start 1",
        "403 Forbidden.RAM | Stopping(KeepCharging), by default | 403 Forbidden.RAM \
         | 403 Forbidden.RAM",
    );
    check(
        given().policy(PolicyEffect::Allow, "*", "*").policy(PolicyEffect::Deny, "*", arn),
        "stop 1 | stop 2 | stop id=stranger",
        "403 Forbidden.RAM | Stopping(KeepCharging), by default | 404 InvalidInstanceId.NotFound",
    );
}

/// "InstanceId […] Required: Yes"
#[test]
fn an_instance_id_is_required() {
    check(
        given(),
        "stop id= | stop id=% | stop 3 | stop id=stranger",
        "400 MissingParameter | 400 InvalidParameter | 404 InvalidInstanceId.NotFound \
         | 404 InvalidInstanceId.NotFound",
    );
}

/// "ConfirmStop: This parameter will be deprecated soon […] Ignore this parameter", against
/// "The input parameter ConfirmStop must be true when an instance have localstorage."
#[test]
fn confirm_stop_is_demanded_for_local_storage_only_and_a_knob_drops_it() {
    let refused = "403 InstanceType.ParameterMismatch";
    check(
        given().local_storage(),
        "stop | stop ConfirmStop",
        &format!("{refused} | Stopping(KeepCharging), by default"),
    );
    check(
        given().eligibility(Eligibility::LocalDisk),
        "stop KeepCharging | stop KeepCharging ConfirmStop",
        &format!("{refused} | Stopping(KeepCharging)"),
    );
    let ignored = given().local_storage().knob("confirm_stop", "ignored");
    check(ignored, "stop KeepCharging", "Stopping(KeepCharging)");
    check(given(), "stop KeepCharging ConfirmStop", "Stopping(KeepCharging)");
}

/// "ForceStop […] true: forcefully stops the instance. This is equivalent to a power-off
/// operation. All cached data that is not written to storage devices is lost. false: normally
/// stops the instance. Default value: false."
#[test]
fn a_forced_stop_loses_data_and_a_normal_one_is_the_default() {
    check(given(), "stop KeepCharging ForceStop", "Stopping(KeepCharging), data lost");
    check(given(), "stop KeepCharging", "Stopping(KeepCharging)");
    check(given(), "stop ForceStop=maybe", "400 InvalidParameter");
}

/// "Billing is suspended for compute resources (vCPUs, memory, and GPUs), image license fees,
/// and fixed bandwidth of static public IP addresses. Billing continues for system disks, data
/// disks, and fixed bandwidth of Elastic IP Addresses (EIPs)."
#[test]
fn economical_mode_suspends_billing_once_stopped_and_a_start_resumes_it() {
    let rest = "system_disk data_disks eip snapshots";
    check(
        given(),
        "stop StopCharging | billed? | finish | billed? | start | billed? | finish | billed?",
        &format!(
            "Stopping(StopCharging) | {ALL} | Stopped(StopCharging), releases 2 | {rest} \
             | Starting(StopCharging) | {ALL} | Running | {ALL}"
        ),
    );
    check(
        given().knob("billing_pause_at", "stopping").knob("billing_resume_at", "running"),
        "stop StopCharging | billed? | finish | start | billed? | finish | billed?",
        &format!(
            "Stopping(StopCharging) | {rest} | Stopped(StopCharging), releases 2 \
             | Starting(StopCharging) | {rest} | Running | {ALL}"
        ),
    );
}

/// "Because compute resources are released, the instance may fail to restart due to
/// insufficient inventory. Try again later or change the instance type."
#[test]
fn a_restart_after_an_economical_stop_needs_stock_and_may_be_tried_again_later() {
    check(
        given().stock(0),
        "stop StopCharging | stock? | finish | stock? | others 2 | start | state? | stock? \
         | depart 2 | start | stock? | finish",
        "Stopping(StopCharging) | free 0 ours 4 | Stopped(StopCharging), releases 2 \
         | free 2 ours 2 | others Taken | 403 OperationDenied.NoStock | Stopped(StopCharging) \
         | free 0 ours 2 | Starting(StopCharging) | free 0 ours 4 | Running",
    );
    check(
        given().stock(0),
        "stop KeepCharging | finish | others 1 | start | finish",
        "Stopping(KeepCharging) | Stopped(KeepCharging) | others Lost | Starting(KeepCharging) \
         | Running",
    );
}

/// "If the instance is associated with an EIP before it is stopped, the IP address remains
/// unchanged after the instance is restarted. Otherwise, the static public IP address may
/// change, but the private IP address remains unchanged."
#[test]
fn an_eip_and_the_private_address_stay_and_a_static_address_may_change() {
    let cycle = "stop StopCharging | finish | describe? | start | finish | describe?";
    check(
        given().address(PublicAddress::Eip),
        cycle,
        "Stopping(StopCharging) | Stopped(StopCharging), releases 2 \
         | Stopped StopCharging, eip, private of i-0 | Starting(StopCharging) | Running \
         | Running Not-applicable, eip, private of i-0",
    );
    let given_static = || given().address(PublicAddress::StaticByTraffic);
    let stopped = "Stopping(StopCharging) | Stopped(StopCharging), releases 2, address released \
                   | Stopped StopCharging, private of i-0 | Starting(StopCharging)";
    check(
        given_static(),
        cycle,
        &format!(
            "{stopped} | Running, address changed \
             | Running Not-applicable, static #1, private of i-0"
        ),
    );
    check(
        given_static(),
        "stop StopCharging | finish | describe? | start | finish same | describe?",
        &format!(
            "{stopped} | Running, same address | Running Not-applicable, static #0, private of i-0"
        ),
    );
    check(
        given_static().knob("static_ip", "kept"),
        cycle,
        "Stopping(StopCharging) | Stopped(StopCharging), releases 2 \
         | Stopped StopCharging, static #0, private of i-0 | Starting(StopCharging) | Running \
         | Running Not-applicable, static #0, private of i-0",
    );
}

/// "If the instance does not support the economical mode, no error is returned on the API side.
/// Stopping the instance takes priority. Instance types that do not support the economical mode
/// include instances with local disks and subscription instances."
#[test]
fn an_unsupported_economical_stop_is_a_standard_stop_without_an_error() {
    for (reason, given) in [
        ("subscription", given().subscription()),
        ("local_disk", given().local_storage()),
        ("local_disk", given().eligibility(Eligibility::LocalDisk)),
        ("persistent_memory", given().eligibility(Eligibility::PersistentMemory)),
        ("persistent_memory", given().with(|group| group.persistent_memory = true)),
        ("type", given().eligibility(Eligibility::Excluded)),
        ("classic_network", given().classic().knob("classic_network", "silently_standard")),
    ] {
        check(
            given,
            "stop StopCharging ConfirmStop | finish | billed? | stock? | describe?",
            &format!(
                "Stopping(KeepCharging), downgraded: {reason} | Stopped(KeepCharging) | {ALL} \
                 | free 10 ours 4 | Stopped Not-applicable, private of i-0"
            ),
        );
    }
    for eligible in [Eligibility::Eligible, Eligibility::AssumedEligible] {
        check(given().eligibility(eligible), "stop StopCharging", "Stopping(StopCharging)");
    }
}

/// "KeepCharging: standard stop mode. The instance continues to be billed after it is stopped."
#[test]
fn a_standard_stop_is_billed_in_full() {
    check(
        given(),
        "stop KeepCharging | finish | billed?",
        &format!("Stopping(KeepCharging) | Stopped(KeepCharging) | {ALL}"),
    );
}

/// "Default value: If you enable the economical mode for VPC-connected instances in the ECS
/// console […] and the conditions are met, the default value is StopCharging. Otherwise, the
/// default value is KeepCharging."
#[test]
fn a_stop_that_names_no_mode_follows_the_account_as_it_is_then() {
    check(given(), "stop", "Stopping(KeepCharging), by default");
    check(given().economical_default(), "stop", "Stopping(StopCharging), by default");
    check(
        given(),
        "default on | stop 1 | default off | stop 2",
        "Stopping(StopCharging), by default | Stopping(KeepCharging), by default",
    );
    check(
        given().economical_default().subscription(),
        "stop",
        "Stopping(KeepCharging), by default, downgraded: subscription",
    );
    check(
        given().economical_default().knob("default_switch_scope", "console_only"),
        "stop 1 | stop 2 StopCharging",
        "Stopping(KeepCharging), by default | Stopping(StopCharging)",
    );
    check(given(), "stop mode=Sleep", "400 InvalidParameter");
}

/// "DryRun […] true: performs only a dry run. The instance is not stopped. The system checks
/// whether required parameters are specified, whether the request format is valid, whether
/// business restrictions are met, and whether ECS inventory is sufficient. If the check fails,
/// the corresponding error is returned. If the check succeeds, the DryRunOperation error code is
/// returned."
#[test]
fn a_dry_run_makes_every_check_and_changes_nothing() {
    check(
        given(),
        "stop StopCharging DryRun | state? | set security_lock | stop DryRun | stop id= DryRun",
        "400 DryRunOperation | Running | 403 InstanceLockedForSecurity | 400 MissingParameter",
    );
    check(
        given().stock(0).stopped(StopCharging),
        "start DryRun | stock? | state?",
        "403 OperationDenied.NoStock | free 0 ours 0 | Stopped(StopCharging)",
    );
    check(
        given().stopped(StopCharging),
        "start DryRun | stock? | start",
        "400 DryRunOperation | free 10 ours 0 | Starting(StopCharging)",
    );
}

/// A stop needs no stock, so its dry run says nothing of a restart's chances.
#[test]
fn the_dry_run_of_a_stop_is_no_probe_of_restart_stock() {
    check(given().stock(0), "stop StopCharging DryRun", "400 DryRunOperation");
}

/// "false: performs a dry run and sends the request. The instance is stopped after the check
/// succeeds. Default value: false."
#[test]
fn without_a_dry_run_the_instance_is_stopped_once_the_checks_pass() {
    check(given(), "stop KeepCharging | finish", "Stopping(KeepCharging) | Stopped(KeepCharging)");
}

/// "Hibernate […] This parameter is in invitational preview and is not available for use."
#[test]
fn hibernate_is_refused() {
    check(given(), "stop Hibernate", "403 HibernationConfigured.NotEnabled");
    check(
        given().knob("hibernate_row", "operation_forbidden"),
        "stop Hibernate",
        "403 HibernationConfigured.InstanceOperationForbidden",
    );
    check(
        given().condition(Condition::HibernationConfigured),
        "stop | stop Hibernate",
        "403 HibernationConfigured.InstanceOperationForbidden \
         | 403 HibernationConfigured.InstanceOperationForbidden",
    );
}

/// "Classic network Instance does not support this operation."
#[test]
fn the_classic_network_refuses_whatever_is_confirmed() {
    check(
        given().classic(),
        "stop | stop KeepCharging ConfirmStop ForceStop | start",
        "403 InvalidInstanceId.NotSupport | 403 InvalidInstanceId.NotSupport \
         | 403 IncorrectInstanceStatus",
    );
}

/// "The current status of the resource does not support this operation."
#[test]
fn only_a_running_instance_can_be_stopped_and_only_a_stopped_one_started() {
    let refused = "403 IncorrectInstanceStatus";
    check(
        given(),
        "start | stop KeepCharging | stop | start | finish | stop | start | stop | start",
        &format!(
            "{refused} | Stopping(KeepCharging) | {refused} | {refused} | Stopped(KeepCharging) \
             | {refused} | Starting(KeepCharging) | {refused} | {refused}"
        ),
    );
    check(
        given().with(|group| group.initially = Beginning::all(Initially::Pending)),
        "stop | start | created | state? | start",
        &format!("{refused} | {refused} | Stopped(KeepCharging) | Starting(KeepCharging)"),
    );
}

/// "Cannot switch an instance already Stopped […] must start to Running, then stop again" —
/// economical-mode page.
#[test]
fn a_standard_stop_becomes_economical_only_by_a_start_and_another_stop() {
    check(
        given(),
        "stop KeepCharging | finish | stop StopCharging | start | finish | stop StopCharging",
        "Stopping(KeepCharging) | Stopped(KeepCharging) | 403 IncorrectInstanceStatus \
         | Starting(KeepCharging) | Running | Stopping(StopCharging)",
    );
}

/// "In its first start an instance cannot enter the mode" — documentation of 2021, absent today:
/// no stop is accepted before it is Running, whoever creates it.
#[test]
fn an_instance_in_its_first_start_cannot_enter_economical_mode() {
    let refused = "403 IncorrectInstanceStatus";
    check(
        given().pending(),
        "stop StopCharging | created | stop StopCharging | start | stop StopCharging \
         | stop StopCharging ForceStop | shutdown | finish | stop StopCharging",
        &format!(
            "{refused} | {refused} | Starting(KeepCharging) | {refused} | {refused} | not running \
             | Running | Stopping(StopCharging)"
        ),
    );
    check(
        given().reserve(1),
        "run | finish | stop 3 StopCharging | finish | stop 3 StopCharging",
        &format!(
            "i-2 Pending | Starting(KeepCharging) | {refused} | Running | Stopping(StopCharging)"
        ),
    );
}

/// `shutdown` inside the guest: "instance shows Stopped, still billed" — economical-mode page.
#[test]
fn a_guest_that_shuts_itself_down_is_never_economical() {
    check(
        given().economical_default(),
        "shutdown | state? | billed? | stock? | shutdown | start",
        &format!(
            "down | Stopped(KeepCharging) | {ALL} | free 10 ours 4 | not running \
             | Starting(KeepCharging)"
        ),
    );
}

/// What ForceStop does while a graceful stop is under way is documented nowhere: a knob.
#[test]
fn a_forced_stop_while_stopping_is_refused_or_escalates() {
    check(
        given(),
        "stop StopCharging | stop ForceStop",
        "Stopping(StopCharging) | 403 IncorrectInstanceStatus",
    );
    check(
        given().knob("force_stop_while_stopping", "escalates"),
        "stop StopCharging | stop KeepCharging | stop ForceStop | finish | finish",
        "Stopping(StopCharging) | 403 IncorrectInstanceStatus \
         | Stopping(StopCharging), data lost | stale | Stopped(StopCharging), releases 2",
    );
}

/// A graceful stop that hangs may be powered off by the platform; the old work is then stale.
#[test]
fn a_hung_stop_that_is_powered_off_ends_once() {
    check(
        given(),
        "stop StopCharging | hang | hang | finish | finish | state?",
        "Stopping(StopCharging) | power off, Stopping(StopCharging) | not hung | stale \
         | Stopped(StopCharging), releases 2 | Stopped(StopCharging)",
    );
    check(
        given(),
        "stop ForceStop | hang",
        "Stopping(KeepCharging), by default, data lost | not hung",
    );
}

/// "Restart immediately after entering economical mode can fail with an OperationConflict
/// error" — billing FAQ; the code of a start while Stopping is not pinned down.
#[test]
fn a_conflict_is_answered_while_another_operation_is_in_progress() {
    let stopped = "stop StopCharging | finish | set operation_in_progress | start";
    check(
        given(),
        &format!("{stopped} | clear operation_in_progress | start"),
        "Stopping(StopCharging) | Stopped(StopCharging), releases 2 | 409 OperationConflict \
         | Starting(StopCharging)",
    );
    check(
        given().knob("start_while_stopping", "conflict"),
        "stop | start | finish | start",
        "Stopping(KeepCharging), by default | 409 OperationConflict | Stopped(KeepCharging) \
         | Starting(KeepCharging)",
    );
}

/// "Added retry strategy for error code InvalidOperation.Conflict" —
/// terraform-provider-alicloud #8805, on StartInstance, whose own table lists neither code.
#[test]
fn by_knob_a_conflict_has_the_code_of_batch_calls() {
    let given = || given().knob(CONFLICT, "invalid_operation_conflict");
    let busy = || given().condition(Condition::OperationInProgress);
    let code = "409 InvalidOperation.Conflict";
    check(busy(), "stop", code);
    check(busy().stopped(StopCharging), "start", code);
    check(given().condition(Condition::Settling).stopped(StopCharging), "start", code);
    check(busy(), "reboot", "409 OperationConflict");
    check(
        given().knob("start_while_stopping", "conflict"),
        "stop | start",
        "Stopping(KeepCharging), by default | 409 InvalidOperation.Conflict",
    );
}

/// What is given and what is done to reach each refusal; `None`: a fault of the service, which
/// the world injects by its code. No `_`: a new reason must be reached before this compiles.
#[expect(clippy::too_many_lines, reason = "a table: a line a refusal")]
fn story_of(refusal: Refusal) -> Option<(Given, &'static str)> {
    use Condition as C;
    use Refusal as R;
    let with = |condition| given().condition(condition);
    let down = |condition| with(condition).stopped(StopCharging);
    Some(match refusal {
        R::MissingInstanceId => (given(), "start id="),
        R::MalformedInstanceId => (given(), "start id=%"),
        R::InvalidStoppedMode => (given(), "stop mode=Sleep"),
        R::InvalidBoolean => (given(), "start DryRun=maybe"),
        R::Unauthorised => (given().policy(PolicyEffect::Deny, "*", "*"), "start"),
        R::InstanceNotFound => (given(), "start 9"),
        R::LockedForSecurity => (with(C::SecurityLock), "start"),
        R::StopExpired => (with(C::Expired).subscription(), "stop"),
        R::StopInArrears => (with(C::FinancialLock), "stop"),
        R::StartExpired => (down(C::Expired), "start"),
        R::StartInArrears => (down(C::InArrears), "start"),
        R::InsufficientBalance => (down(C::InsufficientBalance), "start"),
        R::ClassicNetwork => (given().classic(), "stop"),
        R::SystemInstance => (with(C::SystemInstance), "stop"),
        R::StopNotConfirmed => (given().local_storage(), "stop"),
        R::HibernationForbidden => (with(C::HibernationConfigured), "stop"),
        R::HibernationNotEnabled => (given(), "stop Hibernate"),
        R::OperationConflict => (with(C::OperationInProgress), "stop"),
        R::ConflictAsInBatch => {
            (with(C::OperationInProgress).knob(CONFLICT, "invalid_operation_conflict"), "stop")
        }
        R::WrongStatus => (given(), "start"),
        R::NotReady => (down(C::NotReady), "start"),
        R::NoSystemDisk => (down(C::NoSystemDisk), "start"),
        R::StopDiskError => (with(C::DiskError), "stop"),
        R::StartDiskError => (down(C::DiskError), "start"),
        R::DiskInArrears => (down(C::DiskInArrears), "start"),
        R::KmsNotActivated => (with(C::KmsNotActivated), "stop"),
        R::KmsServiceNotOpen => (with(C::KmsServiceNotOpen), "stop"),
        R::StopKmsKeyNotFound
        | R::StartKmsKeyNotFound
        | R::CmkUnauthorised
        | R::CmkNotEnabled
        | R::KmsUnauthorised => return Some(story_of_a_key(refusal)),
        R::HostRepairing => (down(C::HostRepairing), "start"),
        R::QuotaExceeded | R::TypeQuotaExceeded | R::ZoneQuotaExceeded | R::AnyQuotaExceeded => {
            return Some(story_of_a_quota(refusal));
        }
        R::PrivatePoolUsedUp
        | R::ReservationLacksResource
        | R::ReservationNotFound
        | R::HostFull
        | R::NoHost => return None, // capacity.rs
        R::SpotPriceTooHigh => (bid_below_market(), "start"),
        R::NoStock => (given().stock(1).stopped(StopCharging), "start"),
        R::DryRun => (given(), "stop DryRun"),
        R::ChargeTypeViolation => (given().subscription(), "delete"),
        R::DeletionProtection => (with(C::DeletionProtection), "delete"),
        R::Initializing => (given().pending(), "delete Force"),
        R::SlbConfiguring => (down(C::SlbConfiguring), "delete"),
        R::RouteEntry => (down(C::RouteEntry), "delete"),
        R::PayTypeNotSupported => (given().subscription(), "reactivate"),
        R::NotInArrears => (given().stopped(StopCharging), "reactivate"),
        R::IdempotentParameterMismatch => (two_groups(), "run token=7 | run token=7 template=1"),
        R::LastTokenProcessing => (given().reserve(1), "run token=7 | run token=7"),
        R::TypeNotSupported
        | R::ModifyInArrears
        | R::TokenForOtherParameters
        | R::NotStopped
        | R::StoppedRequired
        | R::TypeOffline
        | R::ModifyThrottled
        | R::ModifyNoStock
        | R::NotEnoughBalance
        | R::LocalDisksStay
        | R::ImageLacksType
        | R::StatusNotSupported
        | R::OutOfUsage => return Some(story_of_a_change(refusal)),
        R::InvalidPaging | R::ZoneNotFound => return None, // core/src/ecs/region/tests.rs
        R::TooManyIds | R::BatchConflict | R::BatchDryRun => return None, // batches.rs
        R::Throttled
        | R::ThrottledUser
        | R::ThrottledApi
        | R::InternalError
        | R::StopUnavailable
        | R::ServiceUnavailable => return None,
    })
}

/// The same of the keys of encrypted disks.
fn story_of_a_key(refusal: Refusal) -> (Given, &'static str) {
    use Condition as C;
    let with = |condition| given().condition(condition);
    let stories = [
        (Refusal::StopKmsKeyNotFound, with(C::KmsKeyNotFound), "stop"),
        (Refusal::StartKmsKeyNotFound, with(C::KmsKeyNotFound).stopped(StopCharging), "start"),
        (Refusal::CmkUnauthorised, with(C::CmkUnauthorized), "stop"),
        (Refusal::CmkNotEnabled, with(C::CmkNotEnabled).stopped(StopCharging), "start"),
        (Refusal::KmsUnauthorised, with(C::KmsUnauthorized), "stop"),
    ];
    let found = stories.into_iter().find(|(told, ..)| *told == refusal);
    let (_, given, story) = found.expect("a refusal of a key");
    (given, story)
}

/// The same of the four messages of a quota.
fn story_of_a_quota(refusal: Refusal) -> (Given, &'static str) {
    let stories = [
        (Refusal::QuotaExceeded, Condition::QuotaExceeded),
        (Refusal::TypeQuotaExceeded, Condition::TypeQuotaExceeded),
        (Refusal::ZoneQuotaExceeded, Condition::ZoneQuotaExceeded),
        (Refusal::AnyQuotaExceeded, Condition::AnyQuotaExceeded),
    ];
    let found = stories.into_iter().find(|(told, _)| *told == refusal);
    let (_, condition) = found.expect("a refusal of a quota");
    (given().condition(condition).stopped(StopCharging), "start")
}

/// A group with a reserve of one, and another group.
fn two_groups() -> Given {
    let mut two = given().reserve(1);
    two.0.groups.push(crate::fleet::group("db", 3, 1));
    two
}

/// The same of a change of type.
fn story_of_a_change(refusal: Refusal) -> (Given, &'static str) {
    use Refusal as R;
    let small = || given().further(10, Default::default());
    let stopped = || small().stopped(KeepCharging);
    let sold_out = || given().further(1, Default::default()).stopped(KeepCharging);
    let stories = [
        (R::TypeNotSupported, stopped(), "change type=strange"),
        (R::ModifyInArrears, stopped().condition(Condition::InArrears), "change g6"),
        (R::TokenForOtherParameters, stopped(), "change g6 token=1 | change xlarge token=1"),
        (R::NotStopped, small(), "change g6"),
        (R::StoppedRequired, small().knob(NOT_STOPPED, "stopped_required"), "change g6"),
        (R::TypeOffline, stopped().withdrawn(2), "change g6"),
        (
            R::ModifyThrottled,
            stopped(),
            "change xlarge | finish | change large | finish | change xlarge | finish \
             | change large",
        ),
        (R::ModifyNoStock, sold_out(), "change g6"),
        (R::NotEnoughBalance, stopped().condition(Condition::InsufficientBalance), "change g6"),
        (R::LocalDisksStay, stopped().local_storage(), "change g6"),
        (R::ImageLacksType, stopped().condition(Condition::ImageNotSupported), "change g6"),
        (R::StatusNotSupported, small().knob(NOT_STOPPED, "value_not_supported"), "change g6"),
        (R::OutOfUsage, sold_out().knob("modify_no_stock", "operation_denied"), "change g6"),
    ];
    let found = stories.into_iter().find(|(told, ..)| *told == refusal);
    let (_, given, story) = found.expect("a refusal of a change of type");
    (given, story)
}

/// What a change of type shares with deletions and creations is reached by it as well.
#[test]
fn a_change_of_type_is_refused_by_charge_and_while_its_token_is_in_use() {
    let small = || given().further(10, Default::default()).stopped(KeepCharging);
    for (given, step, refusal) in [
        (small().subscription(), "change g6", Refusal::ChargeTypeViolation),
        (small(), "change g6 token=1 | change g6 token=1", Refusal::LastTokenProcessing),
    ] {
        let mut story = Story::new(given);
        story.tell(step);
        assert_eq!(story.refused, Some(refusal), "{step}");
    }
}

/// A spot instance without protection, stopped, in a market of 0.2 with a limit of 0.1.
fn bid_below_market() -> Given {
    let rate = |text: &str| text.parse().unwrap();
    let mut given = given().stopped(KeepCharging).with(|group| {
        group.spot = Some(SpotTerms {
            market: MarketId(0),
            limit: Some(rate("0.1")),
            protection: SimDuration::ZERO,
        });
    });
    given.0.markets.push(MarketSpec {
        name: "g7".into(),
        zone: ZoneId(0),
        instance_type: TypeId(0),
        price: rate("0.2"),
    });
    given
}

#[test]
fn every_refusal_is_reached_by_its_documented_cause_or_injected_by_its_code() {
    for &refusal in Refusal::ALL {
        let row = refusal.row();
        match story_of(refusal) {
            Some((given, step)) => {
                let mut story = Story::new(given);
                story.tell(step);
                assert_eq!(story.refused, Some(refusal), "{step}");
            }
            None => {
                for &operation in row.operations {
                    assert!(Refusal::by_code(operation, row.http, row.code).is_some());
                }
            }
        }
    }
}

#[test]
fn what_refuses_a_start_only_lets_a_stop_pass_and_the_other_way_round() {
    for &condition in Condition::ALL {
        let heard = |story| Story::new(given().condition(condition)).tell(story);
        let stop = heard("stop KeepCharging");
        let start = Story::new(given().condition(condition).stopped(StopCharging)).tell("start");
        let documented = |operation: OperationName, heard: &str| {
            Refusal::ALL.iter().any(|refusal| {
                refusal.to_string() == heard && refusal.row().operations.contains(&operation)
            })
        };
        assert!(
            stop == "Stopping(KeepCharging)" || documented(StopInstance, &stop),
            "{condition}: {stop}"
        );
        assert!(
            start == "Starting(StopCharging)" || documented(StartInstance, &start),
            "{condition}: {start}"
        );
        if condition == Condition::Recycling {
            continue; // a lock that is shown, and refuses nothing
        }
        let delete = Story::new(given().condition(condition).stopped(StopCharging)).tell("delete");
        let deletes = condition > Condition::OperationInProgress && delete.starts_with('4');
        let small = given().further(10, Default::default()).condition(condition);
        let changes = condition == Condition::ImageNotSupported
            && Story::new(small.stopped(KeepCharging)).tell("change g6").starts_with('4');
        let refuses = stop.starts_with('4') || start.starts_with('4') || deletes || changes;
        assert!(refuses, "{condition} refuses nothing");
    }
}

#[test]
fn what_a_standard_stop_kept_is_asked_for_neither_in_stock_nor_in_quota() {
    let kept = given().stock(0).condition(Condition::QuotaExceeded).stopped(KeepCharging);
    check(kept, "start", "Starting(KeepCharging)");
}

/// One thing wrong at each step, in the order the checks are written: whatever is wrong later,
/// the first is the answer.
#[test]
fn checks_are_made_in_the_written_order() {
    use Condition as C;
    let stop_order = [
        (C::SecurityLock, Refusal::LockedForSecurity),
        (C::Expired, Refusal::StopExpired),
        (C::InArrears, Refusal::StopInArrears),
        (C::FinancialLock, Refusal::StopInArrears),
        (C::SystemInstance, Refusal::SystemInstance),
        (C::HibernationConfigured, Refusal::HibernationForbidden),
        (C::OperationInProgress, Refusal::OperationConflict),
        (C::DiskError, Refusal::StopDiskError),
        (C::KmsNotActivated, Refusal::KmsNotActivated),
        (C::KmsServiceNotOpen, Refusal::KmsServiceNotOpen),
        (C::KmsKeyNotFound, Refusal::StopKmsKeyNotFound),
        (C::CmkUnauthorized, Refusal::CmkUnauthorised),
        (C::CmkNotEnabled, Refusal::CmkNotEnabled),
        (C::KmsUnauthorized, Refusal::KmsUnauthorised),
    ];
    let start_order = [
        (C::SecurityLock, Refusal::LockedForSecurity),
        (C::Expired, Refusal::StartExpired),
        (C::InArrears, Refusal::StartInArrears),
        (C::FinancialLock, Refusal::StartInArrears),
        (C::InsufficientBalance, Refusal::InsufficientBalance),
        (C::OperationInProgress, Refusal::OperationConflict),
        (C::Settling, Refusal::OperationConflict),
        (C::NotReady, Refusal::NotReady),
        (C::NoSystemDisk, Refusal::NoSystemDisk),
        (C::DiskError, Refusal::StartDiskError),
        (C::DiskInArrears, Refusal::DiskInArrears),
        (C::KmsKeyNotFound, Refusal::StartKmsKeyNotFound),
        (C::CmkUnauthorized, Refusal::CmkUnauthorised),
        (C::CmkNotEnabled, Refusal::CmkNotEnabled),
        (C::KmsUnauthorized, Refusal::KmsUnauthorised),
        (C::HostRepairing, Refusal::HostRepairing),
        (C::QuotaExceeded, Refusal::QuotaExceeded),
        (C::TypeQuotaExceeded, Refusal::TypeQuotaExceeded),
        (C::ZoneQuotaExceeded, Refusal::ZoneQuotaExceeded),
        (C::AnyQuotaExceeded, Refusal::AnyQuotaExceeded),
    ];
    let all_wrong = || Condition::ALL.iter().fold(given(), |given, &c| given.condition(c));
    let peel = |given: Given, verb: &str, order: &[(Condition, Refusal)], last: Refusal| {
        let mut story = Story::new(given);
        for (condition, refusal) in order {
            story.tell(verb);
            assert_eq!(story.refused, Some(*refusal), "{verb} while {condition}");
            story.tell(&format!("clear {condition}"));
        }
        story.tell(verb);
        assert_eq!(story.refused, Some(last));
    };
    peel(all_wrong(), "stop DryRun", &stop_order, Refusal::DryRun);
    let sold_out = all_wrong().stock(0).stopped(StopCharging);
    peel(sold_out, "start DryRun", &start_order, Refusal::NoStock);
}

/// The steps that are not conditions of the instance, in the same order.
#[test]
fn the_request_is_checked_before_the_caller_the_caller_before_the_instance() {
    let forbidden = || given().policy(PolicyEffect::Deny, "*", "*");
    check(forbidden(), "stop id= mode=Sleep", "400 MissingParameter");
    check(forbidden(), "stop 9 mode=Sleep", "400 InvalidParameter");
    check(forbidden(), "stop 9", "403 Forbidden.RAM");
    let locked = forbidden().condition(Condition::SecurityLock);
    check(locked, "stop | start", "403 Forbidden.RAM | 403 Forbidden.RAM");
    // Money before network, network before type, type before status, status before keys.
    let classic = || given().classic().local_storage();
    check(
        classic().condition(Condition::InArrears),
        "stop | clear in_arrears | stop",
        "403 InstanceExpiredOrInArrears | 403 InvalidInstanceId.NotSupport",
    );
    check(
        given().local_storage().stopped(KeepCharging).condition(Condition::DiskError),
        "stop Hibernate | stop ConfirmStop Hibernate | stop ConfirmStop",
        "403 InstanceType.ParameterMismatch | 403 HibernationConfigured.NotEnabled \
         | 403 IncorrectInstanceStatus",
    );
    check(
        given().condition(Condition::NoSystemDisk),
        "start DryRun",
        "403 IncorrectInstanceStatus",
    );
}

/// "DescribeInstances […] API behavior when an instance is locked: Describe* normal".
#[test]
fn reading_is_never_refused_for_what_is_wrong_with_an_instance() {
    let all_wrong = Condition::ALL.iter().fold(given(), |given, &c| given.condition(c));
    check(
        all_wrong,
        "status? | describe?",
        "Running | Running Not-applicable, private of i-0, locked: security, locked: financial, \
         locked: recycling",
    );
}

const CONFLICT: &str = "conflict_of_one";
const NOT_STOPPED: &str = "modify_not_stopped";

/// Where the vendor's pages contradict one another there is a knob, or a key, with a documented
/// default; what is off its default is named in every report.
#[test]
fn every_contradiction_of_the_pages_has_a_knob_and_a_knob_off_default_is_named() {
    for (contradiction, knob, default) in [
        ("the image licence while economical", "image_licence_in_economical", "not_billed"),
        ("billing of a static address, 2024-01 and 2024-04", "static_ip", "released"),
        ("whose default the switch is", "default_switch_scope", "api"),
        ("a start while stopping: status or conflict", "start_while_stopping", "incorrect_status"),
        ("409: OperationConflict or InvalidOperation.Conflict", CONFLICT, "operation_conflict"),
        ("InstanceNotReady, 403 or 500", "instance_not_ready_http", "403"),
        ("InsufficientBalance, 403 or 400", "insufficient_balance_http", "403"),
        ("the classic network", "classic_network", "refused"),
        ("ConfirmStop for local storage", "confirm_stop", "enforced"),
        ("HTTP status of DryRunOperation", "dry_run_http", "400"),
        ("which row refuses Hibernate", "hibernate_row", "not_enabled"),
        ("a change of type while not Stopped: two rows", NOT_STOPPED, "not_stopped"),
        ("a change of type without stock: two rows", "modify_no_stock", "no_stock"),
        ("the second at which a stop pauses billing", "billing_pause_at", "stopped"),
        ("the second at which a start resumes it", "billing_resume_at", "acceptance"),
        ("ForceStop while stopping", "force_stop_while_stopping", "refused"),
    ] {
        let row = KNOBS.iter().find(|row| row.name == knob);
        let row = row.unwrap_or_else(|| panic!("{contradiction}: no knob {knob}"));
        assert_eq!(row.default_value(), default, "{contradiction}");
        assert!(!row.source.is_empty(), "{contradiction}");
        for other in &row.values[1..] {
            let text = format!("[knobs]\n{knob} = \"{other}\"\n{}", group("web", 1, ""));
            let off = plan(&world("1d", &text)).region.knobs.off_default();
            let expected = [(knob, (*other).to_owned(), default.to_owned())];
            assert_eq!(off, expected, "{contradiction}");
        }
    }
    // The others are keys: may a static address come back, is a family eligible, which site.
    let keys = "[account]\nsite = \"international\"\n\
                [[type]]\nname = \"ecs.g7.large\"\neconomical = false\n";
    let text = world("1d", &(keys.to_owned() + &group("web", 1, "")))
        .replace("id = \"cn-hangzhou\"", "id = \"cn-hangzhou\"\nstatic_address_returns = \"1/2\"");
    let inputs = plan(&text).inputs;
    for path in ["account.site", "type.ecs.g7.large.economical", "region.static_address_returns"] {
        assert!(inputs.iter().any(|input| input.path == path), "{path} is listed");
    }
}
