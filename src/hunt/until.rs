//! A run up to an event or a time, and what holds then.

use crate::program::{Broken, Programs, Seats};
use crate::property::{Reason, Verdict, Violation, Watch};
use crate::report::facts::{belief, state};
use crate::report::text::layout::{Flush, Screen};
use crate::sim::plan::Plan;
use crate::sim::{NoObserver, Observer, RunId, Sim};
use crate::units::SimTime;

use super::text::violation_line;
use super::timeline::time_of_day;

/// So many instances are shown.
const SHOWN: usize = 12;

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// So many events.
    Event(u64),
    /// All that happens up to a time, what happens then included.
    Time(SimTime),
}

/// A run that went so far.
#[derive(Debug)]
pub struct Reached<'a> {
    plan: &'a Plan,
    watch: Watch<'a>,
    /// Where it is.
    pub at: SimTime,
    /// How many events it handled.
    pub events: u64,
    /// The digest of what happened so far.
    pub digest: u64,
}

/// Runs so far.
///
/// # Errors
/// [`Broken`] if time does not go on before that, or a program fails.
pub fn reach<'a>(plan: &'a Plan, run: RunId, until: Until) -> Result<Reached<'a>, Broken> {
    let programs = Programs::new();
    let decisions = plan.decisions(run.seed, run.replication);
    let events = match until {
        Until::Event(events) => events,
        Until::Time(time) => {
            let mut sim = Sim::new(plan, run, &decisions, NoObserver);
            let seats = programs.seat(&mut sim, plan, &decisions).map_err(Broken::Program)?;
            let mut events = 0;
            while stepped(&mut sim, &seats)?.is_some_and(|at| at <= time) {
                events += 1;
            }
            events
        }
    };
    let cut = RunId { until_event: Some(events), ..run };
    let mut watch = Watch::new(plan.watched());
    let mut sim = Sim::new(plan, cut, &decisions, &mut watch);
    let seats = programs.seat(&mut sim, plan, &decisions).map_err(Broken::Program)?;
    let mut handled = 0;
    while stepped(&mut sim, &seats)?.is_some() {
        handled += 1;
    }
    let at = match until {
        Until::Event(_) => sim.now(),
        Until::Time(time) => time.min(plan.horizon),
    };
    let digest = sim.finish().map_err(Broken::Livelock)?.digest;
    watch.advance(at);
    Ok(Reached { plan, watch, at, events: handled, digest })
}

/// Handles the next event: when it was; none at the end.
fn stepped<O: Observer>(sim: &mut Sim<'_, O>, seats: &Seats) -> Result<Option<SimTime>, Broken> {
    let happened = sim.step().map_err(Broken::Livelock)?;
    match seats.failure() {
        Some(error) => Err(Broken::Program(error)),
        None => Ok(happened.map(|one| one.at)),
    }
}

impl Reached<'_> {
    /// What is violated so far.
    pub fn violations(&self) -> Vec<Violation> {
        let verdicts = self.verdicts().map(|(_, verdict)| verdict);
        verdicts
            .filter_map(|verdict| match verdict {
                Verdict::Violated(violation) => Some(violation),
                Verdict::Holds | Verdict::Inconclusive(_) => None,
            })
            .collect()
    }

    fn verdicts(&self) -> impl Iterator<Item = (u16, Verdict)> {
        let count = u16::try_from(self.plan.properties.count()).unwrap_or(u16::MAX);
        (0..count).map(|place| (place, self.watch.verdict(place)))
    }

    /// What holds then: properties, and the instances that are not as wanted, then others.
    pub fn text(&self) -> String {
        let plan = self.plan;
        let mut screen = Screen::default();
        screen.heading("PROPERTIES", "so far");
        let mut rows = Vec::new();
        for (place, verdict) in self.verdicts() {
            let (word, what) = match verdict {
                Verdict::Holds => ("holds", String::new()),
                Verdict::Violated(violation) => ("VIOLATED", violation_line(plan, &violation)),
                Verdict::Inconclusive(Reason::NotDue) => ("open", "it is not due yet".to_owned()),
                Verdict::Inconclusive(reason) => ("open", reason.words().to_owned()),
            };
            rows.push(vec![plan.properties.name(place).to_owned(), word.to_owned(), what]);
        }
        screen.table(&[Flush::Left; 3], &rows);
        let all = self.watch.instances();
        let mut places: Vec<usize> = (0..all.len()).collect();
        let violations = self.violations();
        let is_violated = |place: usize| {
            let mut named = violations.iter().filter_map(|one| one.instance);
            named.any(|instance| instance.index() == place)
        };
        let is_off = |place: usize| all[place].wants().is_some() && !all[place].is_as_wanted();
        places.sort_by_key(|place| (!is_violated(*place), !is_off(*place)));
        let off = { 0..all.len() }.filter(|place| is_off(*place)).count();
        screen.heading("INSTANCES", &format!("{off} of {} not as wanted", all.len()));
        let head = ["instance", "wanted", "state", "since", "ready", "believed"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for place in places.iter().take(SHOWN) {
            let one = &all[*place];
            let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
            let id = crate::ecs::id::InstanceId::at(*place);
            let since = match plan.clock.civil_day(one.since()) == plan.clock.civil_day(self.at) {
                true => time_of_day(plan, one.since()),
                false => plan.clock.format(one.since()),
            };
            rows.push(vec![
                plan.region.instance_name(id),
                one.wants().map_or("–".to_owned(), yes),
                state(one.state),
                since.split_once('.').map_or(since.as_str(), |(whole, _)| whole).to_owned(),
                yes(one.ready),
                belief(one.belief),
            ]);
        }
        screen.table(&[Flush::Left; 6], &rows);
        if places.len() > SHOWN {
            screen.line(format!("  … and {} more", places.len() - SHOWN));
        }
        screen.as_str().to_owned()
    }
}
