//! `DescribeInstances` as it comes: a page, an SDK's answer around one, several one after the
//! other or in an array. Read value by value: only one instance is held at a time.
//!
//! Keys are read in the spelling of any client: `InstanceId` of the API, `instanceId` of the SDKs
//! for TypeScript and Java, `instance_id` of those who follow Python.

use serde_json::{Map, Value};

use crate::import::Input;
use crate::import::json::{self, Object, Shape};
use crate::import::problem::{Problem, Problems};

/// What is told while pages are read.
pub(super) trait Sink {
    /// An instance with all its fields.
    ///
    /// # Errors
    /// With what keeps it from being taken.
    fn instance(&mut self, fields: &Map<String, Value>) -> Result<(), String>;
}

/// What pages say beside their instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The largest `TotalCount`.
    pub(super) total: u64,
    /// How many pages there were.
    pub(super) pages: u64,
    /// How many instances there were.
    pub(super) instances: u64,
    /// Whether the last page names a next one.
    pub(super) has_next: bool,
}

const SHAPE: Shape = Shape {
    wrappers: &["body", "data", "result", "response", "instances", "instance"],
    expected: "the JSON of DescribeInstances, as the CLI or an SDK gives it",
};

/// Reads all values of a file.
pub(super) fn read(input: Input<'_>, told: &mut Told, sink: &mut dyn Sink) -> Result<(), Problems> {
    let name = input.name.clone();
    let before = (told.pages, told.instances);
    json::read(input, SHAPE, &mut |object| page(object, told, sink))?;
    if (told.pages, told.instances) == before {
        return Err(Problem::new(&name, "there is no page of DescribeInstances in it")
            .expected("{\"Instances\": {\"Instance\": […]}}")
            .hint("write it with: aliyun ecs DescribeInstances --RegionId … > instances.json")
            .into());
    }
    Ok(())
}

/// An instance, a page, or what is around pages.
fn page(object: Object, told: &mut Told, sink: &mut dyn Sink) -> Result<bool, String> {
    let Object { fields, wraps, records, depth } = object;
    let fields: Map<String, Value> =
        fields.into_iter().map(|(key, value)| (spelled(&key), value)).collect();
    if fields.contains_key("InstanceId") {
        told.instances += 1;
        return sink.instance(&fields).map(|()| true);
    }
    let is_page = wraps.iter().any(|key| key == "instances");
    if let (false, 0, Some(code), Some(_)) =
        (is_page, records, fields.get("Code"), fields.get("Message"))
    {
        let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
        return Err(format!("it is an error answer: {code}"));
    }
    told.total = told.total.max(number(&fields, "TotalCount"));
    if is_page {
        told.pages += 1;
        let next = fields.get("NextToken").and_then(Value::as_str);
        told.has_next = next.is_some_and(|next| !next.is_empty());
    }
    match wraps.is_empty() && told.pages == 0 && depth > 0 {
        true => Err("an object without InstanceId".to_owned()),
        false => Ok(false),
    }
}

/// A key as the API spells it: `InstanceId` of `instanceId` and `instance_id`.
fn spelled(key: &str) -> String {
    let mut spelled = String::with_capacity(key.len());
    for word in key.split('_') {
        let mut letters = word.chars();
        spelled.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        spelled.push_str(letters.as_str());
    }
    match spelled.as_str() {
        "OsType" => "OSType".to_owned(),
        _ => spelled,
    }
}

/// A whole number, written as one or within quotes; 0 of what is none.
pub(super) fn number(fields: &Map<String, Value>, key: &str) -> u64 {
    match fields.get(key) {
        Some(Value::String(text)) => text.trim().parse().unwrap_or(0),
        value => value.and_then(Value::as_u64).unwrap_or(0),
    }
}
