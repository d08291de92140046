//! `timeline`: what happened to a few instances and controllers, beside each other.

use crate::demand::calendar::WallTime;
use crate::ecs::id::InstanceId;
use crate::hunt::timeline::draw::wrap;
use crate::hunt::timeline::{self, Asked, LANES_MAX, Lanes, WIDTH, Window};
use crate::hunt::{Hunter, Told, Trial, regress};
use crate::property::Violation;
use crate::report::names::Names;
use crate::report::text::layout::Screen;
use crate::scenario::suggest::nearest;
use crate::sim::plan::Plan;
use crate::units::{ParseError, SimDuration, SimTime};

use super::args::TimelineArgs;
use super::exit::{Error, Exit};
use super::hunt::of_program;
use super::scenario::{line, load};
use super::stdout::print;

/// Draws a timeline.
///
/// # Errors
/// If the scenario is wrong, or has no such instance, controller or time.
pub fn timeline(args: &TimelineArgs) -> Result<Exit, Error> {
    let loaded = load(&args.scenario)?;
    let (trial, usual) = (args.trial.of(&loaded), regress::portfolio(&loaded));
    let plan = loaded.plan;
    let instances = names(args.instances.as_deref(), |name| instance(&plan, name))?;
    let controllers = names(args.controllers.as_deref(), |name| controller(&plan, name))?;
    let mut words = super::hunt::trial_words("timeline", &args.scenario, usual, &trial);
    let flags = [
        ("--instances", &args.instances),
        ("--controllers", &args.controllers),
        ("--from", &args.from),
        ("--to", &args.to),
    ];
    for (flag, text) in flags {
        words.extend(text.iter().flat_map(|text| [flag.to_owned(), text.clone()]));
    }
    let from = args.from.as_ref().map(|text| moment("--from", text, &plan)).transpose()?;
    let to = args.to.as_ref().map(|text| moment("--to", text, &plan)).transpose()?;
    let told = Hunter::new(&plan, true).run(&trial).map_err(of_program)?;
    let mut violations: Vec<Violation> = told.violations().copied().collect();
    if let Some(instances) = &instances {
        violations.retain(|one| one.instance.is_none_or(|one| instances.contains(&one)));
    }
    if let (None, Some(controllers)) = (&instances, &controllers) {
        violations.retain(|one| one.controller.is_none_or(|one| controllers.contains(&one)));
    }
    let violation = timeline::first(&violations);
    let lanes = match (instances, controllers) {
        (None, None) => chosen(&plan, &trial, violation),
        (Some(instances), None) => {
            Lanes { controllers: timeline::looking_after(&plan, &instances), instances }
        }
        (instances, controllers) => Lanes {
            controllers: controllers.unwrap_or_default(),
            instances: instances.unwrap_or_default(),
        },
    };
    if lanes.count() > LANES_MAX {
        let (many, controllers) = (lanes.count(), lanes.controllers.len());
        return Err(Error::new(format!("{many} lanes, {controllers} of them controllers"))
            .because(format!("a timeline has at most {LANES_MAX}"))
            .hint("name fewer with --instances and --controllers"));
    }
    let mut window = Window::of(&plan, violation.filter(|_| from.is_none() && to.is_none()));
    (window.from, window.to) = (from.unwrap_or(window.from), to.unwrap_or(window.to));
    if window.from > window.to {
        return Err(Error::new("--from is later than --to"));
    }
    let asked = Asked { lanes, window, most: None };
    let mut command = Screen::default();
    command.command(&line(words));
    let mut screen = command.as_str().to_owned();
    screen += &head(&plan, &told, &asked);
    screen += "\n";
    screen += &drawn(&plan, &trial, &asked, &told)?;
    print(screen)?;
    Ok(Exit::Held)
}

/// What is shown, and what was found in the run.
fn head(plan: &Plan, told: &Told, asked: &Asked) -> String {
    let Window { from, to } = asked.window;
    let names = Names::new(plan, told.trial.seed, 0);
    let mut text = format!("{} to {}\n", plan.clock.format(from), plan.clock.format(to));
    for violation in told.violations() {
        let at = plan.clock.format(violation.at);
        let said = format!("✗ {at} {}", timeline::violation(violation, &names));
        for line in wrap(&said, WIDTH) {
            text += &format!("{line}\n");
        }
    }
    if told.violations().next().is_none() {
        text += "nothing is violated in this run\n";
    }
    text
}

/// The lanes of a violation, or of the first instances.
pub fn chosen(plan: &Plan, trial: &Trial, violation: Option<&Violation>) -> Lanes {
    let hunter = Hunter::new(plan, false);
    let (mixed, run) = (hunter.plan(trial), trial.run());
    Lanes::of(plan, violation, &timeline::pairs(&mixed, run))
}

/// The timeline of a trial.
///
/// # Errors
/// If a controller is a program that fails.
pub fn drawn(plan: &Plan, trial: &Trial, asked: &Asked, told: &Told) -> Result<String, Error> {
    let hunter = Hunter::new(plan, false);
    let (mixed, run) = (hunter.plan(trial), trial.run());
    let violations: Vec<Violation> = told.violations().copied().collect();
    let (mut text, livelock) =
        timeline::timeline(&mixed, run, asked, &violations).map_err(of_program)?;
    if let Some(livelock) = livelock {
        text += &format!("\n{livelock}\n");
    }
    Ok(text)
}

/// What a list of names means; none if there is no list.
fn names<T: PartialEq>(
    text: Option<&str>,
    find: impl Fn(&str) -> Result<T, Error>,
) -> Result<Option<Vec<T>>, Error> {
    let Some(text) = text else { return Ok(None) };
    let mut found = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let one = find(name)?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(Some(found))
}

/// The instance of this name.
///
/// # Errors
/// If there is none.
pub fn instance(plan: &Plan, name: &str) -> Result<InstanceId, Error> {
    let ids = (0..plan.region.instance_count()).map(InstanceId);
    let found = { ids }.find(|id| plan.region.instance_name(*id) == name);
    found.ok_or_else(|| {
        let groups = plan.region.groups.iter().map(|group| {
            let first = plan.region.instance_name(group.first);
            let last = InstanceId(group.first.0 + group.count - 1);
            format!("{first} to {}", plan.region.instance_name(last))
        });
        let known: Vec<String> = groups.take(8).collect();
        Error::new(format!("there is no instance `{name}`"))
            .hint(format!("the scenario has {}", known.join(", ")))
    })
}

fn controller(plan: &Plan, name: &str) -> Result<u16, Error> {
    let names = Names::new(plan, 0, 0);
    let count = u16::try_from(plan.controllers.len()).unwrap_or(u16::MAX);
    let found = (0..count).find(|place| names.controller(*place) == name);
    found.ok_or_else(|| {
        let known = plan.controllers.iter().map(|one| one.name.as_str());
        unknown("controller", name, &known.collect::<Vec<_>>())
    })
}

/// That there is nothing of this name, with those that there are.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let error = Error::new(format!("there is no {what} `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => error.hint(format!("the scenario has no {what}")),
        None => error.hint(format!("the scenario has {}", known.join(", "))),
    }
}

/// A time on the scenario's clock: `2026-03-03 08:06:50`, also with parts of a second.
///
/// # Errors
/// If it is not one, or not one of the run.
pub fn moment(flag: &str, text: &str, plan: &Plan) -> Result<SimTime, Error> {
    let wrong = |why: String| {
        let (first, last) = (plan.clock.format(SimTime::ZERO), plan.clock.format(plan.horizon));
        Error::new(format!("{flag} {text:?}: {why}"))
            .hint(format!("the run goes from {first:?} to {last:?}"))
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_part = part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_part {
        return Err(wrong(format!("`.{part}` is no part of a second")));
    }
    let micros: u64 = format!("{part:0<6}").parse().unwrap_or(0);
    let wall: Result<WallTime, ParseError> = whole.parse();
    let wall =
        wall.map_err(|error| wrong(format!("{}, expected {}", error.problem, error.expected)))?;
    let at = plan.clock.at(wall).map_err(|error| wrong(error.to_string()))?;
    let at = at + SimDuration::from_micros(micros);
    if at > plan.horizon {
        return Err(wrong("the run is over by then".to_owned()));
    }
    Ok(at)
}
