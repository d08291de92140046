//! Which share of its stops a controller asks to keep charging.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::controller::policy::KeepChargingChoice;
use crate::scenario::canon::Canon;
use crate::scenario::decode::{At, Decode, FieldDoc, Hashes, LeftOut, Origin, Visit, table};
use crate::scenario::place::Place;
use crate::scenario::problem::Problems;
use crate::scenario::tree::Node;
use crate::scenario::value::Share;

table! {
    /// The share of stops that keep charging.
    KeepCharging {
        /// How large.
        share: Share, required;
        /// Which instances.
        chosen: KeepChargingChoice, convention(KeepChargingChoice::Rotating);
    }
}

/// The share of stops that keep charging: a table, or the share alone.
#[derive(Clone, Debug)]
pub struct ShareKept(pub KeepCharging);

impl Decode for ShareKept {
    fn expected() -> String {
        format!("{}, or {}", Share::expected(), KeepCharging::expected())
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<ShareKept> {
        if node.value.as_text().is_none() {
            return KeepCharging::decode(node, problems).map(ShareKept);
        }
        let value = Share::decode(node, problems)?;
        let share = At { value, place: node.place, origin: Origin::Written };
        let chosen = At {
            value: KeepChargingChoice::Rotating,
            place: node.place,
            origin: Origin::Convention,
        };
        Some(ShareKept(KeepCharging { share, chosen }))
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        self.0.encode(hashes)
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        self.0.written(path, left_out)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let table = KeepCharging::schema(generator);
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }

    fn fields() -> Vec<FieldDoc> {
        KeepCharging::fields()
    }

    fn leaves(&self, path: &mut String, place: Place, origin: Origin, visit: Visit<'_>) {
        self.0.leaves(path, place, origin, visit);
    }
}
