//! `replay`: one seed once more, to its end or up to an event or a time.

use crate::hunt::text;
use crate::hunt::timeline::{self, Asked, Window};
use crate::hunt::until::{Until, reach};
use crate::hunt::{Hunter, Told, Trial, regress};
use crate::replicate::ReplicateError;
use crate::report::text::layout::Screen;
use crate::sim::plan::Plan;

use super::args::{HuntFormat, ReplayArgs};
use super::exit::{Error, Exit};
use super::hunt::{Replayed, of_program, trial_words};
use super::policies::Policies;
use super::scenario::{line, load};
use super::stdout::print;
use super::timeline::{chosen, drawn, moment};

/// The most lines of the timeline below the verdicts.
const SCREENFUL: usize = 36;

/// Runs one seed again and says what came of every property.
///
/// # Errors
/// If the scenario is wrong, or there is no such time.
pub fn replay(args: &ReplayArgs) -> Result<Exit, Error> {
    let loaded = load(&args.scenario)?;
    let (trial, usual) = (args.trial.of(&loaded), regress::portfolio(&loaded));
    let words = |command: &str| trial_words(command, &args.scenario, usual, &trial);
    let plan = loaded.plan;
    if args.until_event.is_some() || args.until_time.is_some() {
        return until(args, &plan, &trial, words("replay"));
    }
    let told = Hunter::new(&plan, !args.no_twin).run(&trial).map_err(of_program)?;
    let policies = (args.policies)
        .then(|| Policies::of(&args.scenario, &plan, &told, !args.no_twin))
        .transpose()?;
    match args.format {
        HuntFormat::Text => {
            let mut screen = format!("{}\ndigest {:016x}\n", line(words("replay")), told.digest);
            screen += &text::run(&plan, &told);
            screen += &policies.map_or_else(String::new, |policies| policies.text(&plan));
            screen += &found(&plan, &trial, &told, words("timeline"))?;
            print(screen)?;
        }
        HuntFormat::Json => {
            let policies = policies.map(|policies| policies.json());
            let text = serde_json::to_string_pretty(&Replayed::of(&plan, &told, policies))
                .map_err(|error| Error::new("cannot compose the report").because(error))?;
            print(text + "\n")?;
        }
    }
    Ok(if told.is_finding() { Exit::Unmet } else { Exit::Held })
}

/// The timeline of the first violation, a screenful at most.
fn found(plan: &Plan, trial: &Trial, told: &Told, words: Vec<String>) -> Result<String, Error> {
    let Some(violation) = timeline::first(told.violations()) else {
        return Ok(String::new());
    };
    let asked = Asked {
        lanes: chosen(plan, trial, Some(violation)),
        window: Window::of(plan, Some(violation)),
        most: Some(SCREENFUL),
    };
    let name = plan.properties.name(violation.property);
    let mut screen = Screen::default();
    screen.heading("TIMELINE", &format!("of {name}; with all lines:"));
    screen.command(&line(words));
    Ok(format!("{}\n{}", screen.as_str(), drawn(plan, trial, &asked, told)?))
}

/// Runs so far, and says what holds then.
fn until(
    args: &ReplayArgs,
    plan: &Plan,
    trial: &Trial,
    mut words: Vec<String>,
) -> Result<Exit, Error> {
    let until = match (args.until_event, &args.until_time) {
        (Some(event), _) => {
            words.extend(["--until-event".to_owned(), event.to_string()]);
            Until::Event(event)
        }
        (None, text) => {
            let text = text.as_deref().unwrap_or_default();
            words.extend(["--until-time".to_owned(), text.to_owned()]);
            Until::Time(moment("--until-time", text, plan)?)
        }
    };
    let mixed = Hunter::new(plan, false).plan(trial);
    let run = trial.run();
    let broken = |broken| Error::from(ReplicateError::of(run.replication, broken));
    let reached = reach(&mixed, run, until).map_err(broken)?;
    let mut screen = format!(
        "{}\n{}, after {} events, digest {:016x}\n",
        line(words),
        plan.clock.format(reached.at),
        reached.events,
        reached.digest
    );
    screen += &reached.text();
    print(screen)?;
    Ok(if reached.violations().is_empty() { Exit::Held } else { Exit::Unmet })
}
