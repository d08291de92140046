//! The plan for people.

use std::io::{self, Write};

use crate::sim::metric::Unit;

use super::super::compare::{interval, plain};
use super::super::estimate::Estimate;
use super::super::figures::{Number, form};
use super::super::measure::Observed;
use super::super::number::grouped;
use super::super::text::layout::{Flush, Screen};
use super::{Fate, Found, Fresh, Planned, Setting, Strategy, What};

/// How many settings are shown.
const FEW: usize = 20;

/// Writes the screen, at most 80 columns wide; `full`: every setting that was run.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, planned: &Planned, full: bool) -> io::Result<()> {
    let mut screen = Screen::default();
    let (from, to) = &planned.window;
    let promises: Vec<&str> = planned.promises.iter().map(|one| one.text.as_str()).collect();
    screen.line(format!(
        "{}: the best {} among {} settings",
        planned.name,
        planned.objective.name(),
        grouped(planned.settings.len() as u64),
    ));
    screen.line(format!("that keep {}", promises.join(" and ")));
    screen.line(format!("{from} to {to}; money in {}, of the whole window", planned.currency));
    if planned.assumed.iter().any(|assumed| *assumed) {
        screen.line("≈ marks what rests on an assumed input: `stopsim run` lists them");
    }
    answer(&mut screen, planned);
    beside(&mut screen, planned);
    searched(&mut screen, planned, full);
    screen.heading("REPRODUCE", "");
    screen.line(format!("  seed {}, ties {}", planned.seed, planned.ties));
    screen.command(&planned.command);
    if let Some(command) = &planned.answer_command {
        screen.line("  the answer by itself:");
        screen.command(command);
    }
    out.write_all(screen.as_str().as_bytes())
}

fn answer(screen: &mut Screen, planned: &Planned) {
    screen.heading("ANSWER", "");
    match planned.found {
        Found::Nothing { closest } => {
            screen.line("  no setting is known to keep the promise; the closest is");
            set(screen, planned, &planned.settings[closest].values);
            let setting = &planned.settings[closest];
            for (promise, observed) in planned.promises.iter().zip(&setting.observed[1..]) {
                let shown = plain(promise.metric.unit(), *observed);
                screen.line(format!("  {} {shown}, observed in the search", promise.metric.name()));
            }
        }
        Found::Best { point, is_told_apart, .. } => {
            set(screen, planned, &planned.settings[point].values);
            let Some(fresh) = planned.fresh.first() else { return };
            let (replications, seed) = planned.fresh_runs;
            let mut rows = Vec::new();
            for (place, name) in planned.names().into_iter().enumerate() {
                let figure = fresh.figures[place];
                let observed = figure.map(|one| one.observed);
                rows.push(vec![name, planned.shown(place, observed), planned.range(place, figure)]);
            }
            screen.table(&[Flush::Left, Flush::Right, Flush::Left], &rows);
            screen.line(format!(
                "  of {} fresh replications with seed {seed}, which the search never saw; 95 %",
                grouped(u64::from(replications)),
            ));
            screen.wrapped(0, &planned.claim(is_told_apart));
            for promise in planned.contradicted() {
                let margin = promise.metric.unit().show(promise.margin);
                screen.wrapped(0, &format!(
                    "but the fresh runs by themselves say that it misses {} by more than {margin}: \
                     search again with another seed or more confidence",
                    promise.text,
                ));
            }
        }
    }
}

/// What is promised of the answer.
fn claimed(planned: &Planned, is_told_apart: bool) -> String {
    let percent = planned.confidence.num() as f64 / planned.confidence.den() as f64 * 100.0;
    let percent = format!("{percent:.2}");
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let margins: Vec<String> =
        planned.promises.iter().map(|one| one.metric.unit().show(one.margin)).collect();
    let margins = margins.join(" and ");
    let kept = format!(
        "with at least {percent} % it keeps the promise (or misses it by less than {margins})"
    );
    let most = planned.settings.iter().map(|one| one.replications).max().unwrap_or(0);
    let most = grouped(u64::from(most));
    match (planned.strategy, is_told_apart) {
        (Strategy::Bisection, true) => format!(
            "{kept} and every setting that should be better misses it; that both figures go one \
             way along the knob is what you said, and what was run agrees"
        ),
        (Strategy::Bisection, false) => format!(
            "{kept}; but after {most} replications a setting that should be better is still \
             undecided: see --at-most and --margin"
        ),
        (Strategy::Selection(indifference), true) => {
            let matters = planned.objective.unit().show(indifference);
            let matters = match planned.objective.unit() {
                Unit::Money => format!("{matters} {}", planned.currency),
                Unit::Percent | Unit::Count | Unit::Hours | Unit::Duration => matters,
            };
            format!("{kept} and no setting that keeps it is better by more than {matters}")
        }
        (Strategy::Selection(_), false) => format!(
            "{kept}; but after {most} replications others are not told apart from it: see \
             --at-most, --indifference and --margin"
        ),
    }
}

fn beside(screen: &mut Screen, planned: &Planned) {
    if planned.fresh.len() < 2 {
        return;
    }
    screen.heading("BESIDE IT", "with the same fresh seed");
    let mut header = vec![String::new()];
    header.extend(planned.names());
    let mut rows = vec![header];
    for fresh in &planned.fresh {
        let mut row = vec![planned.label(fresh)];
        let figures = fresh.figures.iter().enumerate();
        row.extend(figures.map(|(place, one)| planned.shown(place, one.map(|it| it.observed))));
        rows.push(row);
    }
    let mut flush = vec![Flush::Left];
    flush.extend(planned.names().iter().map(|_| Flush::Right));
    screen.table(&flush, &rows);
}

fn searched(screen: &mut Screen, planned: &Planned, full: bool) {
    let all = planned.settings.iter().enumerate();
    let run: Vec<(usize, &Setting)> = all.filter(|(_, one)| one.replications > 0).collect();
    screen.heading("SEARCH", "");
    let (grid, made) = (planned.grid_runs(), planned.runs());
    let percent = made as f64 * 100.0 / grid.max(1) as f64;
    screen.wrapped(0, &format!(
        "{} of {} settings were run; {} runs in all, fresh ones included: {percent:.1} % of the \
         {} that the grid would take with as many replications each",
        grouped(run.len() as u64),
        grouped(planned.settings.len() as u64),
        grouped(made),
        grouped(grid),
    ));
    let mut header = planned.knobs.iter().map(|path| last(path)).collect::<Vec<_>>();
    header.push("n".to_owned());
    header.extend(planned.names());
    header.push(String::new());
    let mut rows = vec![header];
    let most = if full { run.len() } else { run.len().min(FEW) };
    let answer = planned.answer();
    for (place, one) in &run[..most] {
        let mut row = one.values.clone();
        row.push(grouped(u64::from(one.replications)));
        for (place, observed) in one.observed.iter().enumerate() {
            row.push(planned.shown(place, Some(*observed)));
        }
        let word = if answer == Some(*place) { "answer" } else { one.fate.word() };
        row.push(word.to_owned());
        rows.push(row);
    }
    let mut flush = vec![Flush::Left; planned.knobs.len()];
    flush.extend([Flush::Right].repeat(1 + planned.names().len()));
    flush.push(Flush::Left);
    screen.table(&flush, &rows);
    if run.len() > most {
        screen.line(format!("  and {} more: --full", grouped((run.len() - most) as u64)));
    }
    if run.iter().any(|(_, one)| one.is_alike) {
        screen.wrapped(
            0,
            "where all replications say the same of a promise, what was observed decides",
        );
    }
}

impl Fate {
    /// For people and files.
    pub fn word(self) -> &'static str {
        match self {
            Fate::NotRun => "not run",
            Fate::Misses => "misses",
            Fate::Meets => "keeps",
            Fate::Behind(_) => "worse",
            Fate::Open => "undecided",
        }
    }
}

fn set(screen: &mut Screen, planned: &Planned, values: &[String]) {
    for (path, value) in planned.knobs.iter().zip(values) {
        screen.line(format!("  {path} = {value}"));
    }
}

fn last(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).to_owned()
}

impl Planned {
    /// What is promised of the answer.
    pub fn claim(&self, is_told_apart: bool) -> String {
        claimed(self, is_told_apart)
    }

    /// What stands beside the answer, in a few words.
    pub fn label(&self, fresh: &Fresh) -> String {
        match fresh.what {
            What::Answer => "the answer".to_owned(),
            What::Next => format!("next best: {}", fresh.values.join(", ")),
            What::StepOf(knob) => {
                let path = self.knobs[knob].rsplit('.').next().unwrap_or_default();
                format!("one step: {path} = {}", fresh.values[knob])
            }
            What::NeverStop => "never stop".to_owned(),
            What::Bound => "all unwanted time economical".to_owned(),
            What::KeepCharging => "stops that keep charging".to_owned(),
        }
    }

    /// The names of the objective and of each promise.
    pub fn names(&self) -> Vec<String> {
        let promises = self.promises.iter().map(|one| one.metric.name());
        std::iter::once(self.objective.name()).chain(promises).collect()
    }

    fn unit(&self, place: usize) -> Unit {
        match place {
            0 => self.objective.unit(),
            place => self.promises[place - 1].metric.unit(),
        }
    }

    /// The objective (0) or a promise, as people read it; marked if it rests on an assumed input.
    pub fn shown(&self, place: usize, observed: Option<Observed>) -> String {
        let mark = if self.assumed[place] { "≈" } else { "" };
        observed.map_or_else(String::new, |one| mark.to_owned() + &plain(self.unit(place), one))
    }

    /// Where the true value lies, as people read it.
    pub fn range(&self, place: usize, figure: Option<Estimate>) -> String {
        let one = figure.and_then(|one| one.interval.ok());
        one.map_or_else(String::new, |one| interval(self.unit(place), &one))
    }

    /// The same number as in JSON, if it is one.
    pub fn number(&self, place: usize, observed: Observed) -> Option<Number> {
        observed.value().map(form(self.unit(place)))
    }
}
