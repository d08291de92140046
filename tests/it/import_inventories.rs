//! Inventories as clients write them, and that what is made of any of them can be run.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use stopsim::import::Input;
use stopsim::import::instances::{self, Imported};
use stopsim::import::problem::Problems;
use stopsim::scenario::{Memory, load};

use crate::sample::cases;

const FLAT: &str = include_str!("../data/cases/inventories/flat-lists.json");
const NESTED: &str = include_str!("../data/cases/inventories/nested-lists.json");
const TYPESCRIPT: &str = include_str!("../data/cases/inventories/typescript-body.json");

fn import(text: &str) -> Result<Imported, Problems> {
    let input = Input { name: "instances.json".to_owned(), reader: Box::new(text.as_bytes()) };
    instances::import(vec![input], &instances::Options::default())
}

/// The tables of the one group there is, and of its pool.
#[track_caller]
fn group(text: &str) -> String {
    let made = import(text).unwrap_or_else(|problems| panic!("{problems}"));
    loads(&made).unwrap_or_else(|told| panic!("{told}"));
    let from = made.scenario.find("[[group]]").expect("there is a group");
    let to = made.scenario[from..].find("\n\n").expect("it ends");
    made.scenario[from..from + to].to_owned()
}

/// Whether both forms of a scenario pass the checks of `run`.
fn loads(made: &Imported) -> Result<(), String> {
    let one = Memory::new().with("scenario.toml", &made.scenario);
    let beside = Memory::new()
        .with("scenario.toml", &made.scenario_beside_fleet)
        .with("fleet.csv", &made.fleet);
    for source in [one, beside] {
        if let Err(told) = load("scenario.toml", &source, &[]) {
            return Err(format!("{told}\n{}", made.scenario));
        }
    }
    Ok(())
}

#[test]
fn lists_are_read_with_and_without_the_name_between() {
    let nested = group(NESTED);
    assert!(nested.contains("public_address = \"static-by-traffic\""), "{nested}");
    assert!(nested.contains("conditions = [\"financial_lock\"]"), "{nested}");
    assert_eq!(group(FLAT), nested);
}

#[test]
fn a_single_address_or_lock_may_stand_without_its_list() {
    let one = NESTED
        .replace("{\"IpAddress\":[\"203.0.113.9\"]}", "\"203.0.113.9\"")
        .replace("{\"LockReason\":[{\"LockReason\":\"financial\"}]}", "[\"financial\"]");
    assert_eq!(group(&one), group(NESTED));
    let none = NESTED
        .replace("{\"IpAddress\":[\"203.0.113.9\"]}", "{\"IpAddress\":[]}")
        .replace("{\"LockReason\":[{\"LockReason\":\"financial\"}]}", "null");
    assert!(!group(&none).contains("public_address") && !group(&none).contains("conditions"));
}

#[test]
fn a_list_of_another_shape_is_refused_and_never_dropped() {
    for (from, to, said) in [
        ("{\"IpAddress\":[\"203.0.113.9\"]}", "{\"Address\":[\"203.0.113.9\"]}", "PublicIpAddress"),
        ("{\"IpAddress\":[\"203.0.113.9\"]}", "true", "PublicIpAddress"),
        ("[{\"LockReason\":\"financial\"}]", "[{\"Reason\":\"financial\"}]", "OperationLocks"),
    ] {
        let told = import(&NESTED.replace(from, to)).unwrap_err().to_string();
        assert!(told.contains(&format!("instance i-bp6aaa: {said} is neither")), "{told}");
    }
}

#[test]
fn the_keys_of_every_client_are_those_of_the_api() {
    let typescript = group(TYPESCRIPT);
    assert!(typescript.contains("names = [\"i-bp1aaa\"]"), "{typescript}");
    // Every field of it, as clients for Java (flat, small first letters) and Python spell it.
    let java = r#"{"requestId":"r","totalCount":1,"instances":[{"instanceId":"i-bp6aaa",
        "regionId":"cn-hangzhou","zoneId":"cn-hangzhou-g","instanceType":"ecs.g7.large",
        "status":"Running","internetChargeType":"PayByTraffic","instanceNetworkType":"vpc",
        "publicIpAddress":["203.0.113.9"],"operationLocks":[{"lockReason":"financial"}]}]}"#;
    assert_eq!(group(java), group(NESTED));
    let python = r#"{"body":{"instances":{"instance":[{"instance_id":"i-bp6aaa",
        "region_id":"cn-hangzhou","zone_id":"cn-hangzhou-g","instance_type":"ecs.g7.large",
        "status":"Running","internet_charge_type":"PayByTraffic","instance_network_type":"vpc",
        "public_ip_address":{"ip_address":["203.0.113.9"]},
        "operation_locks":{"lock_reason":[{"lock_reason":"financial"}]}}]}}}"#;
    assert_eq!(group(python), group(NESTED));
}

#[test]
fn a_gateway_may_put_its_own_answer_around_the_page() {
    let text = format!("{{\"code\":200,\"message\":\"success\",\"data\":{NESTED}}}");
    assert_eq!(group(&text), group(NESTED));
    let refused = "{\"code\":\"Throttling.User\",\"message\":\"m\",\"data\":null}";
    let told = import(refused).unwrap_err().to_string();
    assert!(told.contains("it is an error answer: Throttling.User"), "{told}");
}

#[test]
fn what_was_stopped_in_a_mode_that_it_cannot_have_keeps_charging_and_is_told() {
    let stopped = NESTED.replace("\"Running\"", "\"Stopped\",\"StoppedMode\":\"StopCharging\"");
    let is_economical = |text: &str| group(text).contains("initially = \"stopped-economical\"");
    assert!(is_economical(&stopped));
    for (from, to, said) in [
        ("PostPaid", "PrePaid", "a subscription"),
        ("\"vpc\"", "\"classic\"", "classic network"),
        ("ecs.g7.large", "ecs.i2.xlarge", "local disks"),
        ("\"Status\"", "\"LocalStorageAmount\":2,\"Status\"", "local storage"),
    ] {
        let text = stopped.replace(from, to);
        assert!(!is_economical(&text), "{said}");
        let notes = import(&text).unwrap().notes.join("\n");
        assert!(notes.contains(said) && notes.contains("i-bp6aaa"), "no `{said}` in\n{notes}");
    }
}

#[test]
fn a_zone_that_says_no_region_is_its_own() {
    let text = NESTED.replace("\"cn-hangzhou-g\"", "\"h\"").replace("\"cn-hangzhou\"", "\"\"");
    assert!(group(&text).contains("zone = \"h\""));
}

#[test]
fn a_type_whose_name_says_no_family_is_of_the_family_that_is_said() {
    let one = NESTED.trim_end();
    let own = one.replace("ecs.g7.large\"", "own-large\",\"InstanceTypeFamily\":\"ecs.g7\"");
    let two = format!("[{},{own}]", one.replace("i-bp6aaa", "i-2"));
    let made = import(&two).unwrap_or_else(|problems| panic!("{problems}"));
    loads(&made).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(made.scenario.matches("[[pool]]").count(), 1, "{}", made.scenario);
}

/// A field and what it is set to: what clients write, and what nobody does.
fn a_field() -> impl Strategy<Value = (&'static str, Value)> {
    let long = "x".repeat(60);
    let of = |key: &'static str, values: Vec<Value>| (Just(key), prop::sample::select(values));
    let texts = |list: &[&str]| list.iter().map(|text| json!(text)).collect::<Vec<Value>>();
    prop_oneof![
        of("InstanceId", texts(&["i-1", "i-2", "i-2", "", "a b", "i-1-0001"])),
        of("RegionId", texts(&["cn-hangzhou", "", "cn-hongkong", "ap-southeast-1", &long])),
        of(
            "ZoneId",
            texts(&["cn-hangzhou-h", "cn-hangzhou-h-2", "h", "", "ap-southeast-1a", &long])
        ),
        of(
            "InstanceType",
            texts(&[
                "ecs.g7.large",
                "ecs.g7-large",
                "ecs.g7",
                "g7.large",
                "ecs.i2.xlarge",
                "ecs.re6p.large",
                "ecs.gn5-c4g1.xlarge",
                "ecs.t6-c1m1.large",
                "",
                "ecs..large",
                "ecs.g7.",
                "windows",
                "essd-pl1",
                "none",
                &long,
            ]),
        ),
        of("InstanceTypeFamily", texts(&["ecs.g7", "ecs.i2", "g7", "", "re6p", "a b", &long])),
        of("Status", texts(&["Running", "Stopped", "Starting", "Stopping", "Pending", "Gone", ""])),
        of("StoppedMode", texts(&["StopCharging", "KeepCharging", "Not-applicable", "", "Other"])),
        of("InstanceChargeType", texts(&["PostPaid", "PrePaid", "", "Free"])),
        of("InstanceNetworkType", texts(&["vpc", "classic", "", "other"])),
        of("InternetChargeType", texts(&["PayByTraffic", "PayByBandwidth", ""])),
        of(
            "InternetMaxBandwidthOut",
            vec![json!(0), json!(10), json!("100"), json!(u64::MAX), json!(-1)]
        ),
        of("PublicIpAddress", vec![json!(["1.2.3.4"]), json!({"IpAddress": []}), json!("1.2.3.4")]),
        of(
            "EipAddress",
            vec![json!({"IpAddress": "1.2.3.4"}), json!("1.2.3.4"), json!({}), json!(null)]
        ),
        of(
            "OperationLocks",
            vec![
                json!([{"LockReason": "financial"}]),
                json!({"LockReason": ["security"]}),
                json!([])
            ],
        ),
        of("SpotStrategy", texts(&["NoSpot", "SpotAsPriceGo", "", "a\"b\\\n[x]"])),
        of(
            "DedicatedHostAttribute",
            vec![json!({"DedicatedHostId": "dh-1"}), json!({}), json!("dh-1")]
        ),
        of("LocalStorageAmount", vec![json!(0), json!(1), json!("1"), json!(null)]),
        of("Cpu", vec![json!(2), json!(0), json!(5_000), json!(u64::MAX), json!("4"), json!(1.5)]),
        of("OSType", texts(&["linux", "windows", "", "\u{1b}[31m"])),
        of("ImageId", texts(&["aliyun_3", "", "\"]\n[x]\n"])),
        of(
            "StartTime",
            texts(&["2026-03-01T23:58Z", "", "soon", "9999-12-30T00:00Z", "-009999-01-02T00:00Z"]),
        ),
        of("CreationTime", texts(&["2020-01-01T00:00Z", "zzz", "9900-01-01T00:00:00+08:00"])),
    ]
}

fn an_instance() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(a_field(), 0..6).prop_map(|set| {
        let mut fields = json!({
            "InstanceId": "i-0", "RegionId": "cn-hangzhou", "ZoneId": "cn-hangzhou-h",
            "InstanceType": "ecs.g7.large", "InstanceTypeFamily": "ecs.g7", "Status": "Running",
        });
        for (key, value) in set {
            fields[key] = value;
        }
        fields.as_object().expect("it is one").clone()
    })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn whatever_an_inventory_holds_it_is_refused_or_its_scenario_can_be_run(
        instances in prop::collection::vec(an_instance(), 1..5),
        currency in prop::sample::select(vec!["CNY", "USD"]),
    ) {
        let text = json!({"Instances": {"Instance": instances}}).to_string();
        let input = Input { name: "a.json".to_owned(), reader: Box::new(text.as_bytes()) };
        let options = instances::Options {
            currency: Some(currency.to_owned()),
            ..instances::Options::default()
        };
        if let Ok(made) = instances::import(vec![input], &options) {
            prop_assert_eq!(loads(&made), Ok(()), "{}", text);
        }
    }
}
