//! Demands: when which instances are wanted.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::demand::calendar::DaysOff;
use crate::demand::path::Path;
use crate::demand::{Demand, PastEdge};
use crate::engine::Identity;
use crate::scenario::decode::{At, Decode};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::raw::{DemandEntry, DemandTrace, Entry};
use crate::scenario::rows::{Row, find_columns, stream};
use crate::units::SimTime;

use super::calendars::{Parts, edges};
use super::fleet::{Fleet, joined, ranges, unknown_instance};
use super::windows::instant;
use super::{Time, Work, list, names};

/// Most demands of a plan, recorded targets included.
pub const DEMANDS_MAX: usize = 65_535;

/// The demands of a plan.
#[derive(Default)]
pub(super) struct Built {
    /// In file order; a record has one per target.
    pub list: Vec<Demand>,
    /// Of each, what its calendar says of the time before the run; a record says nothing of it.
    pub past: Vec<Vec<PastEdge>>,
    /// Where the demands of an entry are in that list.
    pub of_entry: BTreeMap<String, Range<usize>>,
    /// Dates of theirs that are unlike others of their day of the week.
    pub days_off: DaysOff,
    /// Every demand that was written, readable or not.
    pub names: BTreeMap<String, Place>,
    /// Ranges of instances that are in a demand, by their first: where they end, and in which.
    taken: BTreeMap<u32, (u32, usize)>,
}

impl Built {
    /// Enters a demand, whose instances must be in no other.
    pub fn add(
        &mut self,
        work: &mut Work<'_, '_>,
        place: Place,
        demand: Demand,
        past: Vec<PastEdge>,
    ) {
        for range in &demand.instances {
            if let Some(other) = self.whose(range) {
                let other = &self.list[other].name;
                let message =
                    format!("`{}` and `{other}` both say when an instance is wanted", demand.name);
                let problem = Problem::new(place, message);
                work.problem(problem.expected("expected each instance in one demand at most"));
                return;
            }
        }
        let own = demand.instances.iter();
        self.taken.extend(own.map(|range| (range.start, (range.end, self.list.len()))));
        self.list.push(demand);
        self.past.push(past);
    }

    /// The demand that an instance is in, and where the range ends in which it is.
    pub fn of(&self, instance: u32) -> Option<(usize, u32)> {
        let (_, (end, demand)) = self.taken.range(..=instance).next_back()?;
        (*end > instance).then_some((*demand, *end))
    }

    /// The first demand that has an instance of a range.
    fn whose(&self, range: &Range<u32>) -> Option<usize> {
        let before_end = self.taken.range(..range.end).rev().map(|(_, taken)| *taken);
        before_end.take_while(|(end, _)| *end > range.start).map(|(_, demand)| demand).min()
    }
}

/// Every `[[demand]]`, as far as it could be read.
pub(super) fn demands(work: &mut Work<'_, '_>, time: Option<&Time>, fleet: &Fleet<'_>) -> Built {
    let mut built = Built { names: names(&work.root.demand).clone(), ..Built::default() };
    for entry in list(&work.root.demand) {
        let from = built.list.len();
        match &entry.value.trace {
            Some(trace) => recorded(work, time, fleet, entry, trace, &mut built),
            None => scheduled(work, time, fleet, entry, &mut built),
        }
        if built.list.len() > DEMANDS_MAX {
            let message = format!("more than {DEMANDS_MAX} demands and recorded targets");
            work.problem(Problem::new(entry.place, message));
        }
        built.of_entry.insert(entry.name.clone(), from..built.list.len());
    }
    built
}

fn scheduled(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<DemandEntry>,
    built: &mut Built,
) {
    let demand = &entry.value;
    if demand.windows.is_none() {
        let problem = Problem::new(entry.place, "when the instances are wanted is not said");
        work.problem(problem.expected("expected windows = [{ days = …, from = …, to = … }]"));
    }
    if demand.groups.is_none() {
        let problem = Problem::new(entry.place, "`groups` is missing");
        work.problem(problem.expected("expected groups = [\"…\"]"));
    }
    let instances = ranges(work, fleet, &demand.groups, &None);
    let parts = Parts {
        owner: format!("demand {}", entry.name),
        place: entry.place,
        timezone: demand.timezone.as_ref(),
        windows: demand.windows.as_ref().map_or(&[], |at| &at.value),
        holidays: demand.holidays.as_ref().map_or(&[], |at| &at.value),
        holidays_csv: demand.holidays_csv.as_ref(),
        make_up_days: demand.make_up_days.as_ref().map_or(&[], |at| &at.value),
        make_up_as: demand.make_up_as.as_ref(),
        overrides: demand.overrides.as_ref().map_or(&[], |at| &at.value),
        overrides_csv: demand.overrides_csv.as_ref(),
    };
    let Some(edges) = edges(work, time, &parts) else { return };
    if instances.is_empty() {
        return;
    }
    built.days_off.join(edges.days_off);
    let demand = Demand {
        name: entry.name.clone(),
        identity: Identity::of("demand", &entry.name),
        instances,
        initially: edges.initially,
        edges: edges.edges,
    };
    built.add(work, entry.place, demand, edges.past);
}

/// The rows of one target.
#[derive(Default)]
struct Rows {
    states: Vec<(SimTime, bool)>,
    stretches: Vec<(SimTime, SimTime)>,
    place: Option<Place>,
}

/// Which columns a record has.
#[derive(Clone, Copy)]
enum Form {
    /// From `at` on, `wanted` or not; of a target, if there is such a column.
    States { at: usize, wanted: usize, target: Option<usize> },
    /// Active between `from` and `to`.
    Stretches { from: usize, to: usize, target: Option<usize> },
}

fn recorded(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<DemandEntry>,
    trace: &At<DemandTrace>,
    built: &mut Built,
) {
    if let Some(windows) = &entry.value.windows {
        let problem = Problem::new(windows.place, "`windows` as well as `trace`");
        work.problem(problem.related(trace.place, "the record"));
    }
    let Some(time) = time else { return };
    let own = ranges(work, fleet, &entry.value.groups, &None);
    let mut targets: BTreeMap<String, Rows> = BTreeMap::new();
    let form = Cell::new(None);
    let csv = &trace.value.csv;
    stream(
        &csv.value.0,
        csv.place,
        work.context,
        |columns, file, problems| {
            let found = if columns.iter().any(|column| column == "wanted") {
                find_columns(["at", "wanted"], columns, file, problems)
                    .map(|[at, wanted]| Form::States { at, wanted, target: None })
            } else {
                find_columns(["from", "to"], columns, file, problems)
                    .map(|[from, to]| Form::Stretches { from, to, target: None })
            };
            form.set(found.map(|form| form.with_target(columns)));
            found.is_some()
        },
        |row, problems| {
            if let Some(form) = form.get() {
                form.read(row, time, fleet, &mut targets, problems);
            }
        },
    );
    for (target, rows) in targets {
        let instances = match target.as_str() {
            "" => own.clone(),
            name => target_range(fleet, name).into_iter().collect(),
        };
        let place = rows.place.unwrap_or(entry.place);
        if target.is_empty() && entry.value.groups.is_none() {
            let problem = Problem::new(entry.place, "whose record it is is not said");
            work.problem(problem.expected("expected groups = […], or a column `target`"));
            return;
        }
        let path = if rows.stretches.is_empty() {
            Path::of_states(rows.states, &time.clock).map_err(|error| error.to_string())
        } else {
            Path::of_activity(rows.stretches, trace.value.linger.value, &time.clock)
                .map_err(|error| error.to_string())
        };
        match path {
            Ok(mut path) => {
                path.edges.retain(|edge| edge.at < time.horizon);
                let name = match target.as_str() {
                    "" => entry.name.clone(),
                    target => format!("{}/{target}", entry.name),
                };
                let identity = Identity::of("demand", &name);
                let (initially, edges) = (path.initially, path.edges);
                let instances = joined(instances);
                let demand = Demand { name, identity, instances, initially, edges };
                built.add(work, place, demand, vec![]);
            }
            Err(error) => work.problem(Problem::new(place, format!("{target}: {error}"))),
        }
    }
}

fn target_range(fleet: &Fleet<'_>, name: &str) -> Option<Range<u32>> {
    let group = fleet.group(name).map(|(_, placed)| placed.range());
    group.or_else(|| fleet.instance(name).map(|id| id.0..id.0 + 1))
}

impl Form {
    fn with_target(self, columns: &[String]) -> Form {
        let target = columns.iter().position(|column| column == "target");
        match self {
            Form::States { at, wanted, .. } => Form::States { at, wanted, target },
            Form::Stretches { from, to, .. } => Form::Stretches { from, to, target },
        }
    }

    fn read(
        self,
        row: &Row<'_>,
        time: &Time,
        fleet: &Fleet<'_>,
        targets: &mut BTreeMap<String, Rows>,
        problems: &mut Problems,
    ) {
        let (Form::States { target, .. } | Form::Stretches { target, .. }) = self;
        let name = target.map_or("", |column| row.text(column));
        if let Some(column) = target
            && target_range(fleet, name).is_none()
        {
            if !fleet.may_exist(name) && !fleet.group_names.contains_key(name) {
                let problem = unknown_instance(name, row.place(column), fleet);
                let message = format!("there is no group or instance `{name}`");
                let known = fleet.group_names.keys().map(String::as_str);
                problems.push(Problem { message, ..problem }.did_you_mean(name, known));
            }
            return;
        }
        let mut moment = |column| instant(row.text(column), row.place(column), time, problems);
        let (mut state, mut stretch) = (None, None);
        match self {
            Form::States { at, wanted, .. } => {
                let at = moment(at);
                let wanted = bool::decode(&row.node(wanted), problems);
                state = at.zip(wanted);
            }
            Form::Stretches { from, to, .. } => {
                let (from, to) = (moment(from), moment(to));
                stretch = from.zip(to);
                if let Some((begins, ends)) = stretch
                    && ends < begins
                {
                    problems.push(Problem::new(row.whole(), "it ends before it begins"));
                    stretch = None;
                }
            }
        }
        let rows = targets.entry(name.to_owned()).or_default();
        rows.place.get_or_insert(row.whole());
        if let Some((at, _)) = state
            && rows.states.last().is_some_and(|(last, _)| at < *last)
        {
            problems.push(Problem::new(row.whole(), "it is earlier than the row before it"));
            return;
        }
        rows.states.extend(state);
        rows.stretches.extend(stretch);
    }
}

/// Whether a demand is followed by its place, or why it cannot be.
pub(super) fn followed(
    work: &mut Work<'_, '_>,
    built: &Built,
    name: &str,
    place: Place,
) -> Option<u16> {
    if !work.refer(name, place, "demand", &built.names) {
        return None;
    }
    let of_entry = built.of_entry.get(name)?;
    if of_entry.len() > 1 {
        let message = format!("`{name}` is a record of {} targets", of_entry.len());
        let problem = Problem::new(place, message).expected("only one set of edges is followed");
        work.problem(problem.hint("record one demand per target, or give a schedule instead"));
        return None;
    }
    (!of_entry.is_empty()).then(|| u16::try_from(of_entry.start).expect("DEMANDS_MAX fits"))
}
