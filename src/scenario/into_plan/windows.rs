//! Instants and windows of the run, from civil times.

use crate::demand::calendar::WallTime;
use crate::demand::recurring::Recurring;
use crate::fault::rule::When as Window;
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::raw::When;
use crate::scenario::value::TextValue;
use crate::units::{SimDuration, SimTime};

use super::{Time, Work, cost, place_of};

/// The instant that a cell of a record means: civil time, or time since the beginning.
pub(super) fn instant(
    text: &str,
    place: Place,
    time: &Time,
    problems: &mut Problems,
) -> Option<SimTime> {
    if let Ok(span) = text.parse::<SimDuration>() {
        return Some(SimTime::ZERO + span);
    }
    match WallTime::read(text) {
        Ok(wall) => at(wall, place, time, problems),
        Err(error) => {
            let expected = format!("expected {}, or a duration since the start", error.expected);
            problems.push(Problem::new(place, error.problem).expected(expected));
            None
        }
    }
}

/// The instant of a civil time.
pub(super) fn at(
    wall: WallTime,
    place: Place,
    time: &Time,
    problems: &mut Problems,
) -> Option<SimTime> {
    match time.clock.at(wall) {
        Ok(instant) => Some(instant),
        Err(error) => {
            let problem = Problem::new(place, error.to_string());
            problems.push(match error.hint() {
                Some(hint) => problem.hint(hint),
                None => problem,
            });
            None
        }
    }
}

/// The window of a rule, if it could be read.
pub(super) fn window(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    window: &Option<At<When>>,
) -> Option<Window> {
    let Some(table) = window else { return Some(Window::Always) };
    let when = &table.value;
    let first = |places: [Option<Place>; 3]| places.into_iter().flatten().next();
    let once = first([place_of(&when.from), place_of(&when.until), None]);
    let recurring = first([place_of(&when.days), place_of(&when.at), place_of(&when.r#for)]);
    let keys = [
        ("from and until", once),
        ("days, at and for", recurring),
        ("burst", place_of(&when.burst)),
    ];
    if !work.one_of(table.place, "when it is in force", &keys) {
        return None;
    }
    if let Some(burst) = &when.burst {
        let (on, off) = (burst.value.on.value.built(), burst.value.off.value.built());
        if !cost::bursts(work, time, (on, off), burst.place) {
            return None;
        }
        return Some(Window::Bursty { on: on.clone(), off: off.clone() });
    }
    let time = time?;
    if once.is_some() {
        return between(work, time, when);
    }
    let (Some(days), Some(at), Some(lasts)) = (&when.days, &when.at, &when.r#for) else {
        let problem = Problem::new(table.place, "a recurring window is not whole");
        work.problem(problem.expected("expected days, at and for"));
        return None;
    };
    let recurring = Recurring { days: days.value, at: at.value, lasts: lasts.value.0 };
    match recurring.windows(&time.clock, time.horizon) {
        Ok(ranges) => Some(Window::Listed(ranges)),
        Err(error) => {
            work.problem(Problem::new(table.place, error.to_string()));
            None
        }
    }
}

fn between(work: &mut Work<'_, '_>, time: &Time, when: &When) -> Option<Window> {
    let problems = &mut work.context.problems;
    let from = match &when.from {
        Some(from) => at(from.value, from.place, time, problems)?,
        None => SimTime::ZERO,
    };
    let until = match &when.until {
        Some(until) => at(until.value, until.place, time, problems)?.min(time.horizon),
        None => time.horizon,
    };
    if from >= until {
        let place = place_of(&when.until).or_else(|| place_of(&when.from))?;
        let message = "the window ends before it begins, or lies after the horizon";
        work.problem(Problem::new(place, message).expected("expected until after from"));
        return None;
    }
    Some(Window::Listed([from..until].into()))
}
