//! What a sweep is asked for: flags, and where they say nothing the scenario's `[sweep]`.

use std::path::Path;

use clap::ValueEnum as _;

use crate::report::until::Until;
use crate::scenario::decode::At;
use crate::scenario::raw::SweepTable;
use crate::scenario::value::{SweepDesign, TextValue as _, Variant};
use crate::sim::plan::Plan;

use super::super::args::{DesignName, SweepArgs};
use super::super::exit::Error;
use super::super::until::until;
use super::super::vary::{Design, Varied};

/// What is asked for, as flags say it: the line that gives a sweep again repeats it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub vary: Vec<String>,
    pub variants: Vec<String>,
    pub design: DesignName,
    pub points: Option<u32>,
    pub exclude: Vec<String>,
    pub objective: String,
    pub promise: String,
    pub metrics: Vec<String>,
    pub until: Option<String>,
}

impl Asked {
    /// Flags that say which points there are stand for all that the table says of that.
    pub fn of(args: &SweepArgs, table: Option<&SweepTable>) -> Asked {
        let table = table.map(|table| Asked::of_table(table, &args.scenario.scenario));
        let table = table.unwrap_or_default();
        let own = |given: &Vec<String>, other: Vec<String>| match given.is_empty() {
            true => other,
            false => given.clone(),
        };
        let mut asked = Asked {
            objective: args.objective.clone().unwrap_or(table.objective),
            promise: args.promise.clone().unwrap_or(table.promise),
            metrics: own(&args.metrics, table.metrics),
            until: args.until.until.clone().or(table.until),
            vary: table.vary,
            variants: table.variants,
            design: table.design,
            points: table.points,
            exclude: table.exclude,
        };
        if args.replications.is_some() && args.until.until.is_none() {
            asked.until = None;
        }
        if !args.vary.is_empty() || !args.variants.is_empty() {
            (asked.vary, asked.variants) = (args.vary.clone(), args.variants.clone());
            (asked.design, asked.points) = (DesignName::Grid, None);
            asked.exclude = Vec::new();
        }
        asked.exclude = own(&args.exclude, asked.exclude);
        if let Some(design) = args.design {
            (asked.design, asked.points) = (design, None);
        }
        asked.points = args.points.or(asked.points);
        asked
    }

    fn of_table(table: &SweepTable, scenario: &str) -> Asked {
        let folder = Path::new(scenario).parent().unwrap_or(Path::new(""));
        let variant = |one: &Variant| match one {
            Variant::Named { .. } => one.print(),
            Variant::File(path) => folder.join(path).to_string_lossy().into_owned(),
        };
        let usual = Asked::default();
        Asked {
            vary: texts(table.vary.as_ref(), |axis| axis.print()),
            variants: texts(table.variants.as_ref(), variant),
            design: match table.design.value {
                SweepDesign::Grid => DesignName::Grid,
                SweepDesign::Zip => DesignName::Zip,
                SweepDesign::OneAtATime => DesignName::OneAtATime,
                SweepDesign::LatinHypercube => DesignName::LatinHypercube,
            },
            points: table.points.as_ref().and_then(|at| u32::try_from(at.value.0).ok()),
            exclude: texts(table.exclude.as_ref(), |word| word.0.clone()),
            objective: table.objective.as_ref().map_or(usual.objective, |at| at.value.0.clone()),
            promise: table.promise.as_ref().map_or(usual.promise, |at| at.value.0.clone()),
            metrics: texts(table.metrics.as_ref(), |word| word.0.clone()),
            until: table.until.as_ref().map(|at| at.value.0.clone()),
        }
    }

    /// What is varied.
    ///
    /// # Errors
    /// If nothing is, or it is not written as it should be.
    pub fn axes(&self) -> Result<Vec<Varied>, Error> {
        if self.vary.is_empty() && self.variants.is_empty() {
            return Err(Error::new("nothing is varied").hint(
                "say --vary controller.nightly.lead=0m..30m/10m, --variant, or write a [sweep] \
                 table into the scenario",
            ));
        }
        let variants = (!self.variants.is_empty()).then(|| Varied::variants(&self.variants));
        let keys = self.vary.iter().map(|text| Varied::read("--vary", text));
        variants.into_iter().chain(keys).collect()
    }

    /// Which points are run; `seed` is that of the runs, which the line that gives this again has.
    ///
    /// # Errors
    /// If a number of points is wanted, or not.
    pub fn design(&self, seed: u64) -> Result<Design, Error> {
        match (self.design, self.points) {
            (DesignName::Grid, None) => Ok(Design::Grid),
            (DesignName::Zip, None) => Ok(Design::Zip),
            (DesignName::OneAtATime, None) => Ok(Design::OneAtATime),
            (DesignName::LatinHypercube, Some(count)) => Ok(Design::LatinHypercube(count, seed)),
            (DesignName::LatinHypercube, None) => {
                Err(Error::new("a Latin hypercube has as many points as you say")
                    .hint("--points 100"))
            }
            (DesignName::Grid | DesignName::Zip | DesignName::OneAtATime, Some(_)) => {
                Err(Error::new("--points is for --design latin-hypercube"))
            }
        }
    }

    /// How narrow an interval is to be.
    ///
    /// # Errors
    /// If that is said of no metric, or of an amount that is none.
    pub fn until(&self, plan: &Plan) -> Result<Option<Until>, Error> {
        self.until.as_deref().map(|text| until(text, plan)).transpose()
    }

    /// The words of a line that asks for the same points.
    pub fn of_points(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut flag = |flag: &str, text: &String| words.extend([flag.to_owned(), text.clone()]);
        self.vary.iter().for_each(|text| flag("--vary", text));
        self.variants.iter().for_each(|text| flag("--variant", text));
        if self.design != DesignName::Grid {
            let name = self.design.to_possible_value().map(|value| value.get_name().to_owned());
            flag("--design", &name.unwrap_or_default());
        }
        if let Some(count) = self.points {
            flag("--points", &count.to_string());
        }
        self.exclude.iter().for_each(|text| flag("--exclude", text));
        words
    }

    /// The words of a line that asks for the same figures.
    pub fn of_figures(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut flag = |flag: &str, text: &String| words.extend([flag.to_owned(), text.clone()]);
        flag("--objective", &self.objective);
        flag("--promise", &self.promise);
        self.metrics.iter().for_each(|name| flag("--metric", name));
        words
    }
}

/// What holds where nothing is said.
impl Default for Asked {
    fn default() -> Asked {
        Asked {
            vary: vec![],
            variants: vec![],
            design: DesignName::Grid,
            points: None,
            exclude: vec![],
            objective: "saving.net".to_owned(),
            promise: "restart.good_waves".to_owned(),
            metrics: vec![],
            until: None,
        }
    }
}

fn texts<T>(list: Option<&At<Vec<T>>>, text: impl Fn(&T) -> String) -> Vec<String> {
    list.map_or_else(Vec::new, |at| at.value.iter().map(text).collect())
}
