//! One instance of an inventory: what of it makes instances alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::pages::number;
use crate::ecs::price::family_of;
use crate::ecs::spec::{Eligibility, eligibility_of_family};
use crate::ecs::tag::defect;
use crate::import::json::{list_items, member};

/// What instances of one group have in common. The order of the fields is that of the groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) zone: String,
    pub(super) instance_type: String,
    pub(super) charge: &'static str,
    pub(super) network: &'static str,
    pub(super) address: &'static str,
    pub(super) bandwidth_mbps: u64,
    pub(super) initially: &'static str,
    pub(super) conditions: Vec<&'static str>,
    pub(super) local_storage: bool,
    pub(super) spot: String,
    pub(super) is_dedicated: bool,
    pub(super) os: String,
    pub(super) image: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// One instance.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) region: String,
    pub(super) kind: Kind,
    pub(super) vcpus: u64,
    /// By the name of its type, or as it is said where the name says none.
    pub(super) family: String,
    pub(super) last_start: String,
    /// What was said of it that the scenario cannot say, in words.
    pub(super) remarks: Vec<String>,
}

/// Fields that are read. `Cpu` and `CPU` are spellings of one.
pub(super) const READ: [&str; 26] = [
    "InstanceId",
    "RegionId",
    "ZoneId",
    "InstanceType",
    "InstanceTypeFamily",
    "Status",
    "StoppedMode",
    "InstanceChargeType",
    "InstanceNetworkType",
    "VpcAttributes",
    "EipAddress",
    "PublicIpAddress",
    "InternetChargeType",
    "InternetMaxBandwidthOut",
    "OperationLocks",
    "SpotStrategy",
    "DedicatedHostAttribute",
    "LocalStorageAmount",
    "LocalStorageCapacity",
    "Cpu",
    "CPU",
    "OSType",
    "ImageId",
    "Tags",
    "CreationTime",
    "StartTime",
];

/// The fields that nothing can be done without.
const NEEDED: [&str; 4] = ["InstanceId", "ZoneId", "InstanceType", "Status"];

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or("")
}

/// A text within an object, such as `EipAddress.IpAddress`, or in its place.
fn inner<'a>(fields: &'a Map<String, Value>, key: &str, inner: &str) -> &'a str {
    let value = fields.get(key);
    let within = value.and_then(|value| member(value, inner)).or(value);
    within.and_then(Value::as_str).unwrap_or("")
}

/// The texts of a list: `{"IpAddress": ["…"]}` as the API writes it, `["…"]` without the name
/// between, or a single one; each of them a text or an object with one under that name.
///
/// # Errors
/// If it is something else.
fn listed<'a>(
    fields: &'a Map<String, Value>,
    key: &str,
    name: &str,
) -> Result<Vec<&'a str>, String> {
    let wrong = || format!("{key} is neither a list nor an object with {name}");
    let Some(mut value) = fields.get(key) else { return Ok(vec![]) };
    if let Some(within) = member(value, name) {
        value = within;
    }
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        Value::Object(empty) if empty.is_empty() => &[],
        Value::String(text) if text.is_empty() => &[],
        Value::String(_) | Value::Object(_) => std::slice::from_ref(value),
        Value::Bool(_) | Value::Number(_) => return Err(wrong()),
    };
    let text =
        |item: &'a Value| item.as_str().or_else(|| member(item, name).and_then(Value::as_str));
    items.iter().map(|item| text(item).ok_or_else(wrong)).collect()
}

/// Reads an instance.
///
/// # Errors
/// With the needed fields that it lacks, or a value that is not known.
pub(super) fn read(fields: &Map<String, Value>) -> Result<Found, String> {
    let id = text(fields, "InstanceId");
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|key| text(fields, key).is_empty()).collect();
    if !missing.is_empty() {
        let of = if id.is_empty() { "an instance".to_owned() } else { format!("instance {id}") };
        return Err(format!("{of} lacks {}", missing.join(", ")));
    }
    for key in ["InstanceId", "ZoneId", "InstanceType", "InstanceTypeFamily", "RegionId"] {
        let word = text(fields, key);
        if !word.is_empty() && crate::import::as_name(word) != word {
            return Err(format!(
                "instance {id}: {key} `{word}` is no name of at most 64 letters, digits, `-`, `_` \
                 and `.`"
            ));
        }
    }
    let of_it = |what: String| format!("instance {id}: {what}");
    let mut remarks = vec![];
    let (address, bandwidth_mbps) = address(fields).map_err(of_it)?;
    let kind = Kind {
        zone: text(fields, "ZoneId").to_owned(),
        instance_type: text(fields, "InstanceType").to_owned(),
        charge: charge(id, fields)?,
        network: network(id, fields)?,
        address,
        bandwidth_mbps,
        initially: initially(id, fields, &mut remarks)?,
        conditions: conditions(fields, &mut remarks).map_err(of_it)?,
        local_storage: number(fields, "LocalStorageAmount") > 0,
        spot: spot(fields),
        is_dedicated: !inner(fields, "DedicatedHostAttribute", "DedicatedHostId").is_empty(),
        os: text(fields, "OSType").to_lowercase(),
        image: text(fields, "ImageId").to_owned(),
        tags: tags(fields, &mut remarks),
    };
    let region = match text(fields, "RegionId") {
        "" => region_of_zone(&kind.zone),
        region => region.to_owned(),
    };
    let last_start = text(fields, "StartTime").max(text(fields, "CreationTime")).to_owned();
    let vcpus = number(fields, "Cpu").max(number(fields, "CPU"));
    let family = match (family_of(&kind.instance_type), text(fields, "InstanceTypeFamily")) {
        (Some(family), _) => family.to_owned(),
        (None, "") => kind.instance_type.clone(),
        (None, family) => family.to_owned(),
    };
    Ok(Found { id: id.to_owned(), region, kind, vcpus, family, last_start, remarks })
}

const ECONOMICAL: &str = "stopped-economical";
const STANDARD: &str = "stopped-standard";

/// Sees to it that nothing is stopped in a mode that it cannot be in, and says so.
pub(super) fn mend_mode(kind: &mut Kind, family: &str, remarks: &mut Vec<String>) {
    if let (ECONOMICAL, Some(why)) = (kind.initially, never_economical(kind, family)) {
        kind.initially = STANDARD;
        remarks.push(format!(
            "is said to be stopped with StopCharging, which {why} cannot be: taken to keep charging"
        ));
    }
}

/// What of an instance the economical mode is not for. Source: economical-mode page (2025-05-27).
fn never_economical(kind: &Kind, family: &str) -> Option<&'static str> {
    if kind.charge == "subscription" {
        return Some("a subscription");
    }
    if kind.network == "classic" {
        return Some("an instance in a classic network");
    }
    match eligibility_of_family(family) {
        Eligibility::Eligible | Eligibility::AssumedEligible if kind.local_storage => {
            Some("an instance with local storage")
        }
        Eligibility::Eligible | Eligibility::AssumedEligible => None,
        Eligibility::LocalDisk => Some("a family with local disks"),
        Eligibility::PersistentMemory => Some("a family with persistent memory"),
        Eligibility::Excluded => Some("a family without that mode"),
    }
}

/// `cn-hangzhou` of `cn-hangzhou-h`, `ap-southeast-1` of `ap-southeast-1a`; the zone itself, if its
/// name says none.
fn region_of_zone(zone: &str) -> String {
    let bare = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let region = bare.strip_suffix('-').unwrap_or(bare);
    if region.is_empty() { zone.to_owned() } else { region.to_owned() }
}

fn initially(
    id: &str,
    fields: &Map<String, Value>,
    remarks: &mut Vec<String>,
) -> Result<&'static str, String> {
    let status = text(fields, "Status");
    match (status, text(fields, "StoppedMode")) {
        ("Running", _) => Ok("running"),
        ("Stopped", "StopCharging") => Ok(ECONOMICAL),
        ("Stopped", "KeepCharging" | "Not-applicable" | "") => Ok(STANDARD),
        ("Stopped", other) => Err(format!("instance {id}: no such StoppedMode: {other}")),
        ("Starting" | "Pending", _) => {
            remarks.push(format!("was {status}: taken to be running"));
            Ok("running")
        }
        ("Stopping", _) => {
            remarks.push("was Stopping: taken to be running".to_owned());
            Ok("running")
        }
        (other, _) => Err(format!("instance {id}: no such Status: {other}")),
    }
}

fn charge(id: &str, fields: &Map<String, Value>) -> Result<&'static str, String> {
    match text(fields, "InstanceChargeType") {
        "PostPaid" | "" => Ok("pay-as-you-go"),
        "PrePaid" => Ok("subscription"),
        other => Err(format!("instance {id}: no such InstanceChargeType: {other}")),
    }
}

fn network(id: &str, fields: &Map<String, Value>) -> Result<&'static str, String> {
    match text(fields, "InstanceNetworkType") {
        "vpc" | "" => Ok("vpc"),
        "classic" => Ok("classic"),
        other => Err(format!("instance {id}: no such InstanceNetworkType: {other}")),
    }
}

/// How it is reached, and by how many Mbps if these are what is paid for.
fn address(fields: &Map<String, Value>) -> Result<(&'static str, u64), String> {
    if !inner(fields, "EipAddress", "IpAddress").is_empty() {
        return Ok(("eip", 0));
    }
    let addresses = listed(fields, "PublicIpAddress", "IpAddress")?;
    let is_static = addresses.iter().any(|address| !address.is_empty());
    let mbps = number(fields, "InternetMaxBandwidthOut");
    Ok(match (is_static, text(fields, "InternetChargeType")) {
        (false, _) => ("none", 0),
        (true, "PayByBandwidth") if mbps > 0 => ("static-by-bandwidth", mbps),
        (true, _) => ("static-by-traffic", 0),
    })
}

fn conditions(
    fields: &Map<String, Value>,
    remarks: &mut Vec<String>,
) -> Result<Vec<&'static str>, String> {
    let mut conditions = vec![];
    for lock in listed(fields, "OperationLocks", "LockReason")? {
        match lock {
            "financial" => conditions.push("financial_lock"),
            "security" => conditions.push("security_lock"),
            other => remarks.push(format!("locked for `{other}`: not modelled, left out")),
        }
    }
    conditions.sort_unstable();
    conditions.dedup();
    Ok(conditions)
}

/// Its tags: `TagKey` and `TagValue` of the API, `Key` and `Value` of other clients.
fn tags(fields: &Map<String, Value>, remarks: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    let list = fields.get("Tags").map_or(&[][..], |list| list_items(list, "Tag"));
    for tag in list {
        let part = |names: [&str; 2]| {
            let part = names.into_iter().find_map(|name| member(tag, name));
            part.and_then(Value::as_str).unwrap_or("")
        };
        let (key, value) = (part(["TagKey", "Key"]), part(["TagValue", "Value"]));
        let shown = crate::import::as_name(key);
        match defect(key).or_else(|| defect(value)) {
            Some(defect) => remarks.push(format!("tag `{shown}` left out: {defect}")),
            None if key.is_empty() => remarks.push("a tag without a key left out".to_owned()),
            None if value.is_empty() => {
                remarks.push(format!("tag `{shown}` has no value: left out"))
            }
            None => {
                tags.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    tags
}

fn spot(fields: &Map<String, Value>) -> String {
    match text(fields, "SpotStrategy") {
        "NoSpot" => String::new(),
        strategy => strategy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_says_its_region() {
        assert_eq!(region_of_zone("cn-hangzhou-h"), "cn-hangzhou");
        assert_eq!(region_of_zone("ap-southeast-1a"), "ap-southeast-1");
        assert_eq!(region_of_zone("h"), "h");
    }
}
