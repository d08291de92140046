//! The catalogue is whole, and every row can be found by what the API prints.

use super::*;
use OperationName::{DescribeInstances, StartInstance, StopInstance};

#[test]
fn the_catalogue_lists_every_reason_in_order_and_leaves_no_field_blank() {
    for (place, refusal) in Refusal::ALL.iter().enumerate() {
        assert!(!Refusal::ALL[..place].contains(refusal), "{refusal:?} is listed twice");
        let row = refusal.row();
        for text in [row.code, row.message, row.cause, row.reached_by, row.source, row.source_date]
        {
            assert!(!text.is_empty(), "{refusal:?} has a blank field");
        }
        assert!(!row.operations.is_empty(), "{refusal:?} is answered by no operation");
        assert!((400..600).contains(&row.http), "{refusal:?} has HTTP status {}", row.http);
    }
}

#[test]
fn the_numbers_in_digests_are_frozen_and_leave_no_gap() {
    assert_eq!(Refusal::MissingInstanceId as u8, 0);
    assert_eq!(Refusal::NoStock as u8, 35);
    assert_eq!(Refusal::ServiceUnavailable as u8, 41);
    let mut numbers: Vec<usize> = Refusal::ALL.iter().map(|refusal| *refusal as usize).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..Refusal::ALL.len()).collect::<Vec<_>>());
}

/// The table of reference/stop-instance.txt, in its order.
const STOP_TABLE: [(u16, &str); 18] = [
    (400, "InvalidParameter.Encrypted.KmsNotEnable"),
    (400, "DiskError"),
    (500, "InternalError"),
    (403, "IncorrectInstanceStatus"),
    (403, "InstanceLockedForSecurity"),
    (403, "InstanceType.ParameterMismatch"),
    (403, "InstanceExpiredOrInArrears"),
    (403, "InvalidInstanceId.NotSupport"),
    (403, "InvalidParameter.KMSKeyId.CMKUnauthorized"),
    (403, "InvalidParameter.KMSKeyId.CMKNotEnabled"),
    (403, "InvalidParameter.KMSKeyId.KMSUnauthorized"),
    (403, "HibernationConfigured.InstanceOperationForbidden"),
    (403, "HibernationConfigured.NotEnabled"),
    (403, "InvalidOperation.KMSKeyIdNotFound"),
    (403, "InvalidOperation.KMSServiceNotOpen"),
    (403, "OperationDenied.SystemInstanceNotSupport"),
    (404, "InvalidInstanceId.NotFound"),
    (503, "LimitedOperation.ServiceUnavailable"),
];

#[test]
fn all_eighteen_codes_of_stop_instance_are_there() {
    for (http, code) in STOP_TABLE {
        assert!(Refusal::by_code(StopInstance, http, code).is_some(), "{http} {code}");
    }
    let own = Refusal::ALL.iter().filter(|refusal| {
        let row = refusal.row();
        STOP_TABLE.contains(&(row.http, row.code)) && row.operations.contains(&StopInstance)
    });
    assert_eq!(own.count(), STOP_TABLE.len() + 1, "expired and in arrears share a code");
}

#[test]
fn the_same_code_is_another_row_for_another_operation() {
    let found = Refusal::by_code(StopInstance, 400, "DiskError");
    assert_eq!(found, Some(Refusal::StopDiskError));
    assert_eq!(Refusal::by_code(StopInstance, 403, "DiskError"), None);
    let found = Refusal::by_code(StartInstance, 403, "DiskError");
    assert_eq!(found, Some(Refusal::StartDiskError));
    assert_eq!(Refusal::by_code(StopInstance, 503, "ServiceUnavailable"), None);
    let found = Refusal::by_code(DescribeInstances, 503, "ServiceUnavailable");
    assert_eq!(found, Some(Refusal::ServiceUnavailable));
}

#[test]
fn a_knob_chooses_the_http_status_where_the_documents_name_two() {
    let mut knobs = Knobs::default();
    let http = |refusal: Refusal, knobs: &Knobs| refusal.row_under(knobs).http;
    assert_eq!(http(Refusal::NotReady, &knobs), 403);
    for (knob, value, refusal, status) in [
        ("instance_not_ready_http", "500", Refusal::NotReady, 500),
        ("insufficient_balance_http", "400", Refusal::InsufficientBalance, 400),
        ("dry_run_http", "200", Refusal::DryRun, 200),
    ] {
        assert_ne!(http(refusal, &knobs), status);
        knobs.set(knob, value).unwrap();
        assert_eq!(http(refusal, &knobs), status);
        let code = refusal.row().code;
        assert_eq!(Refusal::by_code(StartInstance, status, code), Some(refusal));
    }
    assert_eq!(http(Refusal::NoStock, &knobs), 403);
}

#[test]
fn a_message_takes_its_arguments_in_order() {
    let message = Refusal::SystemInstance.row().message_with(&["StopInstance", "it is managed"]);
    assert_eq!(
        message,
        "The system instance does not support the StopInstance operation because it is managed."
    );
    let bare = Refusal::SystemInstance.row().message_with(&[]);
    assert_eq!(bare, Refusal::SystemInstance.row().message);
}
