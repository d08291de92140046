//! What has to be so in a run, and whether it was: properties, folded from facts.
//!
//! A [`Watch`] is told every fact of one run and answers with a [`Verdict`] for each property.
//! It decides nothing and changes nothing. Some properties are there without a line written
//! ([`BuiltIn`]); others are written in the scenario ([`Written`]).

mod built_in;
mod formula;
mod kept;
pub mod plan;
mod terms;
mod watch;

pub use built_in::{BUILT_IN, BuiltIn, Limits};
pub use formula::{Comparison, Formula, Relation, Side};
pub use kept::Kept;
pub use plan::{Asked, Expected, Form, Properties, PropertiesPlan, Written};
pub use terms::{Count, Term};
pub use watch::Watch;

use crate::ecs::id::InstanceId;
use crate::units::SimTime;

/// What was not as it has to be: the first time that it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which property, by its place in [`Properties`].
    pub property: u16,
    /// When it was known.
    pub at: SimTime,
    /// Of which instance, if it is of one.
    pub instance: Option<InstanceId>,
    /// Of which controller, by its place in the plan, if it is of one.
    pub controller: Option<u16>,
    /// Since when things were not as they have to be.
    pub since: SimTime,
    /// What was seen.
    pub seen: Seen,
}

/// What was seen where something was not as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A state in which an instance must not be.
    State(crate::ecs::instance::State),
    /// A number that is too large.
    Number(u64),
    /// What the property itself says.
    Itself,
}

/// What came of a property in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was looked for, and it was so.
    Holds,
    /// It was not so.
    Violated(Violation),
    /// The run does not tell.
    Inconclusive(Reason),
}

/// Why a run does not tell whether a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing happened that it is about.
    NotArmed,
    /// What has to happen sometimes did not.
    NotReached,
    /// The run ended before it was due.
    NotDue,
}

impl Reason {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Reason::NotArmed => "not tried",
            Reason::NotReached => "not reached",
            Reason::NotDue => "not due",
        }
    }
}
