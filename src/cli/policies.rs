//! `--policies`: the same fate with every preset in place of a controller's behaviour.

use serde::{Deserialize, Serialize};

use crate::hunt::Told;
use crate::hunt::policies::{self, Came, Row};
use crate::sim::plan::Plan;

use super::args::ScenarioArgs;
use super::exit::Error;
use super::files::Disk;
use super::hunt::of_program;
use super::scenario::expand;

/// What came of every policy.
pub struct Policies {
    controller: String,
    rows: Vec<Row>,
}

/// The same for a program.
#[derive(Debug, Serialize, Deserialize)]
pub struct PoliciesJson {
    controller: String,
    rows: Vec<RowJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RowJson {
    /// None for the controller as it is.
    preset: Option<String>,
    violated: Vec<String>,
    /// In nano-units of the currency, as a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_nanos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_ready_us: Option<String>,
    /// Why it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_run: Option<String>,
}

impl Policies {
    /// Runs them under the fate of a run.
    ///
    /// # Errors
    /// If there is no one controller to put something in place of, or a program fails.
    pub fn of(
        scenario: &ScenarioArgs,
        plan: &Plan,
        told: &Told,
        with_twin: bool,
    ) -> Result<Policies, Error> {
        let path = &scenario.scenario;
        if path == "-" {
            return Err(Error::new("--policies reads the scenario again and again")
                .hint("write it to a file"));
        }
        let Some(controller) = policies::blamed(plan, told) else {
            return Err(Error::new(format!(
                "seed {} names no controller that violates something",
                told.trial.seed
            ))
            .hint("--policies needs a violation by a controller, or a scenario with one"));
        };
        let disk = Disk::of_scenario(path, scenario.sandbox);
        let text = expand(scenario)?;
        let of = (&told.trial, controller.as_str());
        let rows = policies::policies(plan, (path, &text), &disk, of, with_twin);
        Ok(Policies { rows: rows.map_err(of_program)?, controller })
    }

    /// The table.
    pub fn text(&self, plan: &Plan) -> String {
        policies::text(plan, &self.controller, &self.rows)
    }

    /// The same for a program.
    pub fn json(&self) -> PoliciesJson {
        let row = |Row { preset, came }: &Row| {
            let preset = preset.map(str::to_owned);
            match came {
                Ok(Came { violated, nanos, unavailable }) => RowJson {
                    preset,
                    violated: violated.clone(),
                    cost_nanos: Some(nanos.to_string()),
                    not_ready_us: Some(unavailable.to_string()),
                    not_run: None,
                },
                Err(why) => RowJson {
                    preset,
                    violated: Vec::new(),
                    cost_nanos: None,
                    not_ready_us: None,
                    not_run: Some(why.clone()),
                },
            }
        };
        PoliciesJson {
            controller: self.controller.clone(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}
