use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::scenario::{Memory, load};

const SCENARIO: &str = include_str!("../../../examples/program/own-program.toml");

/// What comes of an operation and its parameters, or what is wrong with them.
fn asked(name: &str, parameters: Value) -> Result<Operation, String> {
    let source = Memory::new().with("s.toml", SCENARIO);
    let plan = load("s.toml", &source, &[]).expect("it is in order").plan;
    let instances: BTreeMap<String, InstanceId> =
        (0..20).map(InstanceId).map(|id| (plan.region.instance_name(id), id)).collect();
    let known = Known { instances: &instances, region: &plan.region };
    let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
    operation(known, name, parameters.into_iter().collect())
        .map_err(|unusable| format!("{}; {}", unusable.why, unusable.hint.unwrap_or_default()))
}

#[test]
fn a_request_has_the_parameters_that_it_is_given() {
    let request = asked(
        "StopInstance",
        json!({ "InstanceId": "web-0002", "StoppedMode": "StopCharging", "ForceStop": true }),
    );
    let expected = StopInstance {
        mode: Some(StoppedMode::StopCharging),
        force: Force::PowerOff,
        ..StopInstance::of(InstanceId(1))
    };
    assert_eq!(request, Ok(Operation::StopInstance(expected)));
    let request = asked("DescribeInstances", json!({ "InstanceIds": ["web-0001", "web-0003"] }));
    let ids = Ids::Listed(vec![InstanceId(0), InstanceId(2)]);
    let expected = DescribeInstances { ids, ..DescribeInstances::of(InstanceId(0)) };
    assert_eq!(request, Ok(Operation::DescribeInstances(expected)));
}

/// As the API does, the region refuses what is no value; without an id it says so, too.
#[test]
fn what_is_no_value_is_sent_as_it_is() {
    let request = asked("StartInstance", json!({ "DryRun": "yes" }));
    let Ok(Operation::StartInstance(start)) = request else { panic!("{request:?}") };
    assert_eq!(start.malformed, Some(Parameter::DryRun));
    assert_eq!(start.instance, Target::Missing);
}

#[test]
fn a_name_that_the_api_does_not_have_is_a_mistake() {
    let wrong = |name, parameters| asked(name, parameters).expect_err("it is wrong");
    assert!(
        wrong("StopInstnce", json!({})).starts_with("`StopInstnce` is no operation"),
        "an operation"
    );
    assert_eq!(
        wrong("StartInstance", json!({ "InstanceId": "web-0001", "Force": true })),
        "StartInstance has no parameter `Force`; it takes InstanceId, InitLocalDisk, DryRun"
    );
    assert_eq!(
        wrong("StartInstance", json!({ "InstanceId": "db-1" })),
        "`db-1` is none of the controller's instances; \
         its instances are web-0001, web-0002, web-0003, web-0004, …"
    );
    assert_eq!(
        wrong("DescribeInstanceStatus", json!({ "PageSize": 1.5 })),
        "`PageSize` is 1.5; expected a whole number"
    );
}
