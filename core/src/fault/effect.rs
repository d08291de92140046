//! What each effect does to a call that a rule strikes: said here, once.

use super::rule::CallEffect;
use crate::ecs::refusal::Refusal;
use crate::units::{Ratio, SimDuration};

/// What happens to a call, in the order in which it meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// It is refused, and never reaches the region.
    pub refused: Option<Refusal>,
    /// Which copy of the region a read is answered from.
    pub view: View,
    /// It is applied, and answered with this refusal all the same.
    pub answered: Option<Refusal>,
    /// It arrives once more, this much later; only the first time is answered.
    pub again: Option<SimDuration>,
    /// How its answer travels.
    pub answer: AnswerLeg,
}

/// Which copy of the region a read is answered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The region itself.
    Now,
    /// A copy of this age.
    Ago(SimDuration),
    /// One that does not have the instances asked for.
    Without,
}

/// How an answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerLeg {
    /// As drawn.
    AsDrawn,
    /// This much longer.
    Longer(SimDuration),
    /// This many times as long.
    Times(Ratio),
    /// It never arrives.
    Never,
}

impl Course {
    /// That of a call that no rule strikes.
    pub const USUAL: Course = Course {
        refused: None,
        view: View::Now,
        answered: None,
        again: None,
        answer: AnswerLeg::AsDrawn,
    };

    /// Whether only reads of statuses can go this way.
    pub fn is_of_reads(&self) -> bool {
        self.view != View::Now
    }
}

impl AnswerLeg {
    /// How long the answer travels where so long was drawn; none if it never arrives.
    pub fn takes(self, drawn: SimDuration) -> Option<SimDuration> {
        match self {
            AnswerLeg::AsDrawn => Some(drawn),
            AnswerLeg::Longer(by) => Some(drawn.saturating_add(by)),
            AnswerLeg::Times(times) => Some(drawn.scaled(times.num(), times.den())),
            AnswerLeg::Never => None,
        }
    }
}

impl CallEffect {
    /// What it does to a call.
    pub const fn course(self) -> Course {
        let usual = Course::USUAL;
        match self {
            CallEffect::Refuse(refusal) => Course { refused: Some(refusal), ..usual },
            CallEffect::ApplyThenRefuse(refusal) => Course { answered: Some(refusal), ..usual },
            CallEffect::LoseAnswer => Course { answer: AnswerLeg::Never, ..usual },
            CallEffect::LateAnswer(by) => Course { answer: AnswerLeg::Longer(by), ..usual },
            CallEffect::SlowAnswer(times) => Course { answer: AnswerLeg::Times(times), ..usual },
            CallEffect::Duplicate(later) => Course { again: Some(later), ..usual },
            CallEffect::StaleRead(age) => Course { view: View::Ago(age), ..usual },
            CallEffect::MissingRead => Course { view: View::Without, ..usual },
        }
    }
}
