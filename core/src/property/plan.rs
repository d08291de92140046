//! What properties need of a plan, and what a scenario asks of a run.

use crate::controller::policy::Controller;
use crate::demand::Demand;
use crate::ecs::spec::RegionSpec;
use crate::units::{Ratio, SimDuration, SimTime};

use super::built_in::{BUILT_IN, BuiltIn, Limits};
use super::formula::Formula;

/// All that is asked of a run, in the order in which it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// What is there by itself and was not switched off.
    pub built_in: Vec<Asked>,
    /// What the scenario writes.
    pub written: Vec<Written>,
}

/// A built-in property as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub which: BuiltIn,
    /// What it is held to.
    pub limits: Limits,
    /// What is said of its probability.
    pub probability: Option<Bound>,
    /// What is expected of it.
    pub expected: Expected,
}

/// What is expected of a property, where a scenario is kept to be run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// That it holds.
    #[default]
    Holds,
    /// That it is violated: what is wrong is known, and not mended yet.
    Violated,
}

impl Expected {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Expected::Holds => "holds",
            Expected::Violated => "violated",
        }
    }
}

/// How probable a violation may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Less than this.
    pub below: Ratio,
    /// With what confidence that is to be shown.
    pub confidence: Ratio,
}

/// A property that a scenario writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name; of one that is asked of each instance, group or controller, with whom it is
    /// about: `quiet(web)`.
    pub name: String,
    /// What it says.
    pub form: Form,
    /// What is said of its probability.
    pub probability: Option<Bound>,
    /// What is expected of it.
    pub expected: Expected,
}

/// What a written property says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// This holds at every moment, but for less than a span.
    Always {
        /// What.
        formula: Formula,
        /// It may be otherwise for less than this long.
        tolerance: SimDuration,
    },
    /// This comes to hold in time.
    Eventually {
        /// What.
        formula: Formula,
        /// Whenever this begins to hold, as long as it does; from the beginning on, if none.
        after: Option<Formula>,
        /// Within this long.
        by: SimDuration,
    },
    /// This happens in some run: a hunt in which it never does says little.
    Sometimes(Formula),
}

/// All that properties need of a plan.
#[derive(Clone, Copy, Debug)]
pub struct PropertiesPlan<'a> {
    /// Nothing at or after it happens.
    pub horizon: SimTime,
    /// Groups and instances.
    pub region: &'a RegionSpec,
    /// What is wanted.
    pub demands: &'a [Demand],
    /// Who looks after what.
    pub controllers: &'a [Controller],
    /// What is asked.
    pub asked: &'a Properties,
}

impl Default for Properties {
    /// Every built-in property, as it is held to if nothing is said.
    fn default() -> Properties {
        let as_is = |which: BuiltIn| Asked {
            which,
            limits: which.limits(),
            probability: None,
            expected: Expected::Holds,
        };
        Properties { built_in: BUILT_IN.map(as_is).to_vec(), written: Vec::new() }
    }
}

impl Properties {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.built_in.len() + self.written.len()
    }

    /// The name of one, by its place.
    pub fn name(&self, place: u16) -> &str {
        let place = usize::from(place);
        match self.built_in.get(place) {
            Some(asked) => asked.which.name(),
            None => &self.written[place - self.built_in.len()].name,
        }
    }

    /// What is said of the probability of one, by its place.
    pub fn probability(&self, place: u16) -> Option<Bound> {
        let place = usize::from(place);
        match self.built_in.get(place) {
            Some(asked) => asked.probability,
            None => self.written[place - self.built_in.len()].probability,
        }
    }

    /// What is expected of one, by its place.
    pub fn expected(&self, place: u16) -> Expected {
        let place = usize::from(place);
        match self.built_in.get(place) {
            Some(asked) => asked.expected,
            None => self.written[place - self.built_in.len()].expected,
        }
    }

    /// The name of the entry that one was written by: without whom it is about.
    pub fn entry(&self, place: u16) -> &str {
        let name = self.name(place);
        name.split_once('(').map_or(name, |(entry, _)| entry)
    }

    /// The place of a built-in one, if it is asked for, and what it is held to.
    pub fn asked(&self, which: BuiltIn) -> Option<(u16, Limits)> {
        let place = self.built_in.iter().position(|asked| asked.which == which)?;
        let number = u16::try_from(place).expect("there are fewer built-in properties");
        Some((number, self.built_in[place].limits))
    }
}
