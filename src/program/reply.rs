//! What a program answers: one line of JSON with what it does.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::fact::{Action, Belief};

use super::request::Unusable;

/// An answer, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    /// In the order in which it is to be done.
    pub(super) actions: Vec<Act>,
}

/// One thing that a program does.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Act {
    /// It sends a call.
    Send(Box<Send>),
    /// It wants to be woken.
    Wake {
        at: u64,
        #[serde(default)]
        token: u32,
    },
    /// It believes something of an instance.
    Believe { instance: String, belief: String, action: Option<String> },
    /// It sets out to do something.
    Intend { instance: String, action: String, due: Option<u64> },
}

/// A call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    pub(super) operation: String,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Value>,
    /// The edge that it belongs to, by its place in the list of edges.
    pub(super) edge: Option<usize>,
    /// A number of the program's own, in place of an edge.
    pub(super) occasion: Option<u64>,
    /// Which call of that occasion it is, from 0.
    pub(super) number: Option<u32>,
    /// Any text: the answer brings it back.
    pub(super) tag: Option<String>,
}

/// Reads an answer.
pub(super) fn read(line: &[u8]) -> Result<Reply, Unusable> {
    let none = |why: String| Unusable { why, hint: None };
    let text = std::str::from_utf8(line).map_err(|_| none("it is no text in UTF-8".to_owned()))?;
    if text.trim().is_empty() {
        return Err(Unusable::new("the line is empty", "nothing to do is `{\"actions\":[]}`"));
    }
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        // There is one line: only the column says anything.
        none(text.replace(" at line 1 column ", " at column "))
    })
}

/// What an action is called.
const ACTIONS: [(&str, Action); 6] = [
    ("stop", Action::Stop),
    ("start", Action::Start),
    ("reboot", Action::Reboot),
    ("delete", Action::Delete),
    ("reactivate", Action::Reactivate),
    ("change", Action::Change),
];

/// The action of this name.
pub(super) fn action(name: &str) -> Result<Action, Unusable> {
    let found = ACTIONS.iter().find(|(known, _)| *known == name);
    found.map(|(_, action)| *action).ok_or_else(|| {
        let names = ACTIONS.map(|(known, _)| known).join(", ");
        Unusable::new(format!("`{name}` is no action"), format!("expected one of {names}"))
    })
}

/// The belief of this name about an action.
pub(super) fn belief(name: &str, about: Option<&str>) -> Result<Belief, Unusable> {
    let about = match (name, about) {
        ("unknown", None) => return Ok(Belief::Unknown),
        (_, Some(about)) => action(about)?,
        (_, None) => {
            let why = format!("what is believed to be `{name}` is not said");
            return Err(Unusable::new(why, "expected \"action\" beside \"belief\""));
        }
    };
    match name {
        "under_way" => Ok(Belief::UnderWay(about)),
        "done" => Ok(Belief::Done(about)),
        "failed" => Ok(Belief::Failed(about)),
        other => Err(Unusable::new(
            format!("`{other}` is no belief"),
            "expected one of under_way, done, failed; or unknown, without an action",
        )),
    }
}
