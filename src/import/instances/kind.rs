//! One instance of an inventory: what of it makes instances alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::ecs::tag::defect;

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

/// A text within an object, such as `EipAddress.IpAddress`.
fn inner<'a>(fields: &'a Map<String, Value>, key: &str, inner: &str) -> &'a str {
    fields.get(key).and_then(|value| value.get(inner)).and_then(Value::as_str).unwrap_or("")
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
    for key in ["ZoneId", "InstanceType", "RegionId"] {
        let word = text(fields, key);
        if !word.is_empty() && crate::import::as_name(word) != word {
            return Err(format!("instance {id}: {key} `{word}` has other than letters and digits"));
        }
    }
    let mut remarks = vec![];
    let initially = initially(id, fields, &mut remarks)?;
    let (address, bandwidth_mbps) = address(fields);
    let kind = Kind {
        zone: text(fields, "ZoneId").to_owned(),
        instance_type: text(fields, "InstanceType").to_owned(),
        charge: charge(id, fields)?,
        network: network(id, fields)?,
        address,
        bandwidth_mbps,
        initially,
        conditions: conditions(fields, &mut remarks),
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
    let family = text(fields, "InstanceTypeFamily").to_owned();
    Ok(Found { id: id.to_owned(), region, kind, vcpus, family, last_start, remarks })
}

fn number(fields: &Map<String, Value>, key: &str) -> u64 {
    fields.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// `cn-hangzhou` of `cn-hangzhou-h`, `ap-southeast-1` of `ap-southeast-1a`.
fn region_of_zone(zone: &str) -> String {
    let bare = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
    match bare.strip_suffix('-') {
        Some(region) => region.to_owned(),
        None => bare.to_owned(),
    }
}

fn initially(
    id: &str,
    fields: &Map<String, Value>,
    remarks: &mut Vec<String>,
) -> Result<&'static str, String> {
    let status = text(fields, "Status");
    match (status, text(fields, "StoppedMode")) {
        ("Running", _) => Ok("running"),
        ("Stopped", "StopCharging") => Ok("stopped-economical"),
        ("Stopped", "KeepCharging" | "Not-applicable" | "") => Ok("stopped-standard"),
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
fn address(fields: &Map<String, Value>) -> (&'static str, u64) {
    if !inner(fields, "EipAddress", "IpAddress").is_empty() {
        return ("eip", 0);
    }
    let addresses = fields.get("PublicIpAddress").and_then(|value| value.get("IpAddress"));
    let is_static = addresses.and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mbps = number(fields, "InternetMaxBandwidthOut");
    match (is_static, text(fields, "InternetChargeType")) {
        (false, _) => ("none", 0),
        (true, "PayByBandwidth") if mbps > 0 => ("static-by-bandwidth", mbps),
        (true, _) => ("static-by-traffic", 0),
    }
}

fn conditions(fields: &Map<String, Value>, remarks: &mut Vec<String>) -> Vec<&'static str> {
    let locks = fields.get("OperationLocks").and_then(|value| value.get("LockReason"));
    let mut conditions = vec![];
    for lock in locks.and_then(Value::as_array).into_iter().flatten() {
        match lock.get("LockReason").and_then(Value::as_str).unwrap_or("") {
            "financial" => conditions.push("financial_lock"),
            "security" => conditions.push("security_lock"),
            other => remarks.push(format!("locked for `{other}`: not modelled, left out")),
        }
    }
    conditions.sort_unstable();
    conditions.dedup();
    conditions
}

/// Its tags, as `DescribeInstances` has them, or as a plain list.
fn tags(fields: &Map<String, Value>, remarks: &mut Vec<String>) -> BTreeMap<String, String> {
    let all = fields.get("Tags").and_then(|value| value.get("Tag").or(Some(value)));
    let mut tags = BTreeMap::new();
    for tag in all.and_then(Value::as_array).into_iter().flatten() {
        let part = |names: [&str; 2]| {
            let part = names.into_iter().find_map(|name| tag.get(name)).and_then(Value::as_str);
            part.unwrap_or("")
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
    }
}
