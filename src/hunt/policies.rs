//! Would another policy have saved it: the same fate, with every preset in turn in place of a
//! controller's behaviour.

use toml::{Table, Value};

use crate::program::ProgramError;
use crate::report::text::layout::{Flush, Screen, hours};
use crate::scenario;
use crate::scenario::preset::PRESETS;
use crate::scenario::source::{Over, Source};
use crate::sim::plan::Plan;
use crate::units::Money;

use super::trial::{Cost, Hunter, Told, Trial};

/// What a controller keeps: for whom it acts, and when. The rest is how it does so.
const KEPT: [&str; 15] = [
    "name",
    "groups",
    "instances",
    "follows",
    "schedule",
    "poisson",
    "requests",
    "requests_csv",
    "watch",
    "on_stopped",
    "acts",
    "demand",
    "lead",
    "order",
    "ram",
];

/// One policy under the same fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The preset; none for the controller as it is.
    pub preset: Option<&'static str>,
    /// What came of it; in words why not, if the preset does not fit the controller.
    pub came: Result<Came, String>,
}

impl Row {
    fn name(&self) -> &'static str {
        self.preset.unwrap_or("as it is")
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// The properties that were violated.
    pub violated: Vec<String>,
    /// Money, in nano-units of the scenario's currency.
    pub nanos: i128,
    /// Instance-µs for which wanted instances were not ready.
    pub unavailable: i128,
}

/// The controller whose violation is first, or the only one there is.
pub fn blamed(plan: &Plan, told: &Told) -> Option<String> {
    let mut violations: Vec<_> = told.violations().collect();
    violations.sort_by_key(|one| (one.at, one.property));
    let named = violations.iter().find_map(|one| one.controller);
    let place = named.or_else(|| (plan.controllers.len() == 1).then_some(0))?;
    Some(plan.controllers[usize::from(place)].name.clone())
}

/// The run of a trial with each preset in place of a controller's behaviour, the controller as it
/// is first.
///
/// `text` is the scenario as `expand` prints it, and `path` where it stands.
///
/// # Errors
/// If a controller is a program that fails.
pub fn policies(
    plan: &Plan,
    (path, text): (&str, &str),
    source: &dyn Source,
    (trial, controller): (&Trial, &str),
    with_twin: bool,
) -> Result<Vec<Row>, Box<ProgramError>> {
    let mut rows = vec![Row { preset: None, came: came(plan, trial, with_twin)? }];
    for preset in PRESETS {
        let own = with(text, controller, preset.name);
        let over = Over { path, text: &own, beneath: source };
        let came = match scenario::load(path, &over, &[]) {
            Ok(loaded) => came(&loaded.plan, trial, with_twin)?,
            Err(errors) => {
                let first = errors.problems.first();
                Err(first.map_or_else(String::new, |problem| problem.message.clone()))
            }
        };
        rows.push(Row { preset: Some(preset.name), came });
    }
    Ok(rows)
}

fn came(
    plan: &Plan,
    trial: &Trial,
    with_twin: bool,
) -> Result<Result<Came, String>, Box<ProgramError>> {
    let hunter = Hunter::new(plan, with_twin);
    let told = hunter.run(trial)?;
    let Some(Cost { nanos, unavailable }) = hunter.amounts(trial)? else {
        return Ok(Err("it does not let time go on".to_owned()));
    };
    let name = |place| plan.properties.name(place).to_owned();
    let violated = told.violations().map(|one| name(one.property)).collect();
    Ok(Ok(Came { violated, nanos, unavailable }))
}

/// The scenario with a preset in place of how a controller does what it does.
fn with(text: &str, controller: &str, preset: &str) -> String {
    let Ok(mut document) = text.parse::<Table>() else { return text.to_owned() };
    let entries = document.get_mut("controller").and_then(Value::as_array_mut);
    let named = |entry: &&mut Value| entry.get("name").and_then(Value::as_str) == Some(controller);
    let own = entries.and_then(|all| all.iter_mut().find(named)).and_then(Value::as_table_mut);
    if let Some(own) = own {
        // Whoever asks for economical mode asks any client for it.
        let mode = own.get("stop").and_then(|stop| stop.get("mode")).cloned();
        own.retain(|key, _| KEPT.contains(&key));
        own.insert("preset".into(), Value::String(preset.to_owned()));
        if let Some(mode) = mode {
            own.insert("stop".into(), Value::Table(Table::from_iter([("mode".into(), mode)])));
        }
    }
    super::shrink::text(&document)
}

/// The table, which policies violate each property, and which were not run.
pub fn text(plan: &Plan, controller: &str, rows: &[Row]) -> String {
    let mut screen = Screen::default();
    let about = format!("the same fate with each preset in place of how {controller} acts");
    screen.heading("POLICIES", &about);
    let head = ["policy", &plan.currency, "hours not ready", "properties violated"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    let mut by_property: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows {
        let Ok(Came { violated, nanos, unavailable }) = &row.came else { continue };
        table.push(vec![
            row.name().to_owned(),
            Money::from_nanos(*nanos).rounded(2),
            hours(*unavailable),
            violated.len().to_string(),
        ]);
        for property in violated {
            match by_property.iter_mut().find(|(name, _)| name == property) {
                Some((_, policies)) => policies.push(row.name()),
                None => by_property.push((property, vec![row.name()])),
            }
        }
    }
    screen.table(&[Flush::Left, Flush::Right, Flush::Right, Flush::Right], &table);
    for (property, policies) in by_property {
        screen.wrapped(4, &format!("{property} is violated by {}", policies.join(", ")));
    }
    for row in rows {
        if let Err(why) = &row.came {
            screen.wrapped(4, &format!("not run: {}: {why}", row.name()));
        }
    }
    screen.as_str().to_owned()
}
