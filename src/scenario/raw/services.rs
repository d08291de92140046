//! Services: groups that together do something for somebody.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{
    At, Decode, Hashes, Leaf, LeftOut, Origin, Visit, mismatch, plain, table, under,
};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Value};
use crate::scenario::value::{GroupRef, Name, Positive, Share, TextValue};
use crate::units::{Ratio, SimDuration};

table! {
    /// Groups that together do something for somebody: ready when all its needs hold at once.
    ServiceEntry {
        /// Its unique name.
        name: Name, required;
        /// How much of which group must be ready: `{ db = "1/1", app = "3/5", cache = 2 }`.
        /// Shares are rounded up to whole instances. A pattern such as `"web-*"` or a tag such as
        /// `"tag:team=web"` means as much of each group that is like it. All of them must be
        /// wanted at the same times.
        needs: Needs, required;
        /// Groups or services that go first: whoever follows the demand starts the other groups
        /// of this service only when these are ready. A group of its own is ready with what the
        /// service needs of it, another group when all of it is, a service when its needs hold.
        start_after: Vec<At<GroupRef>>, optional;
        /// How long after the edge the others are started all the same.
        start_after_timeout: Positive, convention(Positive(SimDuration::from_mins(15)));
    }
}

/// What a service needs, by group.
#[derive(Clone, Debug)]
pub struct Needs(pub Vec<NeedOf>);

/// What a service needs of one group.
#[derive(Clone, Debug)]
pub struct NeedOf {
    /// The group's name.
    pub group: String,
    /// Where it stands.
    pub group_place: Place,
    /// How much of it.
    pub amount: Amount,
    /// Where that stands.
    pub place: Place,
}

/// How much of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// This share of its instances, rounded up.
    Share(Share),
    /// So many instances.
    Instances(u64),
}

impl Amount {
    const EXPECTED: &'static str = "a share such as \"3/5\" or \"60%\", or a number of instances";

    fn decode(node: &Node, problems: &mut Problems) -> Option<Amount> {
        let wrong = |message: String, problems: &mut Problems| {
            let problem = Problem::new(node.place, message);
            problems.push(problem.expected(format!("expected {}", Amount::EXPECTED)));
        };
        if let Value::Text(text) = &node.value
            && text.trim().parse::<u64>().is_ok()
        {
            let text = text.trim();
            let message = format!("`\"{text}\"` may mean a share or a number of instances");
            wrong(message, problems);
            return None;
        }
        let number = match &node.value {
            Value::Integer(number) => Some(*number),
            Value::Cell(text) => text.parse().ok(),
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        };
        let amount = match (number, node.value.as_text()) {
            (Some(number), _) => match u64::try_from(number) {
                Ok(number) => Amount::Instances(number),
                Err(_) => {
                    problems.push(mismatch(node, Amount::EXPECTED));
                    return None;
                }
            },
            (None, Some(_)) => Amount::Share(Share::decode(node, problems)?),
            (None, None) => {
                problems.push(mismatch(node, Amount::EXPECTED));
                return None;
            }
        };
        if amount == Amount::Instances(0) || amount == Amount::Share(Share(Ratio::ZERO)) {
            wrong("a need of nothing always holds".into(), problems);
            return None;
        }
        Some(amount)
    }

    fn canon(self) -> Canon {
        match self {
            // `1` alone could be read as one instance.
            Amount::Share(share) if share.0 == Ratio::ONE => Canon::Text("1/1".into()),
            Amount::Share(share) => Canon::Text(share.print()),
            Amount::Instances(number) => Canon::Integer(number.into()),
        }
    }
}

impl Decode for Needs {
    fn expected() -> String {
        "a table of groups and how much of each, such as { db = \"1/1\", app = \"3/5\" }".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Needs> {
        let Value::Table(table) = &node.value else {
            problems.push(mismatch(node, &Needs::expected()));
            return None;
        };
        if table.entries().is_empty() {
            let problem = Problem::new(node.place, "a service without needs is always ready");
            problems.push(problem.expected(format!("expected {}", Needs::expected())));
            return None;
        }
        let need = |(key, node): &(crate::scenario::tree::Key, Node), problems: &mut Problems| {
            Some(NeedOf {
                group: key.name.clone(),
                group_place: key.place,
                amount: Amount::decode(node, problems)?,
                place: node.place,
            })
        };
        let needs: Vec<_> = table.entries().iter().map(|entry| need(entry, problems)).collect();
        needs.into_iter().collect::<Option<_>>().map(Needs)
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let mut keys: Vec<(String, Canon)> =
            self.0.iter().map(|need| (need.group.clone(), need.amount.canon())).collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        Canon::Table(keys)
    }

    fn written(&self, _: &mut String, _: &mut LeftOut<'_>) -> Canon {
        let needs = self.0.iter();
        Canon::Table(needs.map(|need| (need.group.clone(), need.amount.canon())).collect())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let amount = json_schema!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] });
        json_schema!({ "type": "object", "additionalProperties": amount })
    }

    fn leaves(&self, path: &mut String, _: Place, _: Origin, visit: Visit<'_>) {
        for need in &self.0 {
            let (value, place) = (&|| plain(need.amount.canon()), need.place);
            under(path, &need.group, |path| {
                visit(Leaf { path, value, place, origin: Origin::Written });
            });
        }
    }
}
