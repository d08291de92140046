//! What makes a controller act.

use std::ops::Range;

use crate::controller::policy::{Absence, Acts, Drive, ListedRequest, Want};
use crate::demand::PastEdge;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::{OperationName, PAGE_SIZE_MAX};
use crate::fact::Action;
use crate::scenario::decode::{At, Decode};
use crate::scenario::into_plan::calendars::{Parts, edges};
use crate::scenario::into_plan::cost;
use crate::scenario::into_plan::demands::{self, followed};
use crate::scenario::into_plan::fleet::{Fleet, instance, unknown_instance};
use crate::scenario::into_plan::windows::{at, instant};
use crate::scenario::into_plan::{Time, Work, named, place_of, written};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::raw::{ControllerEntry, Entry, Watch};
use crate::scenario::rows::stream_columns;
use crate::scenario::value::{CsvPath, Name};
use crate::units::SimTime;

use super::{before_horizon, manner, program};

/// What makes a controller act, and what its own calendar says of the beginning.
pub(super) struct Driven {
    /// For the world.
    pub drive: Drive,
    /// Whether its own calendar wants instances at the beginning.
    pub initially: bool,
    /// What its own calendar says of the time before the run.
    pub past: Vec<PastEdge>,
}

impl From<Drive> for Driven {
    fn from(drive: Drive) -> Driven {
        Driven { drive, initially: false, past: vec![] }
    }
}

/// The one drive of a controller.
pub(super) fn drive(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    demands: &demands::Built,
    entry: &Entry<ControllerEntry>,
) -> Option<Driven> {
    let raw = &entry.value;
    // The one that a preset may bring comes first: what the scenario writes is what is pointed at.
    let keys = [
        ("on_stopped", place_of(&raw.on_stopped)),
        ("program", place_of(&raw.program)),
        // A program may be told the edges of a demand.
        ("follows", place_of(&raw.follows).filter(|_| raw.program.is_none())),
        ("schedule", place_of(&raw.schedule)),
        ("poisson", place_of(&raw.poisson)),
        ("requests", place_of(&raw.requests)),
        ("requests_csv", place_of(&raw.requests_csv)),
        ("watch", place_of(&raw.watch)),
    ];
    if !work.one_of(entry.place, "what makes the controller act", &keys) {
        return None;
    }
    if let Some(program) = &raw.program {
        return program::taking_seat(work, demands, raw, program).map(Driven::from);
    }
    if let Some(place) = place_of(&raw.reply_within) {
        let problem = Problem::new(place, "`reply_within` of a controller that is no program");
        work.problem(problem.expected("expected program = [\"…\"] beside it"));
    }
    let acts = raw.acts.value;
    obeys_acts(work, raw);
    let absence = absence(work, time, raw)?;
    if let Some(follows) = &raw.follows {
        return following(work, demands, follows, acts, absence).map(Driven::from);
    }
    if let Some(on_stopped) = &raw.on_stopped {
        let delay = on_stopped.value.delay.value.built().clone();
        return Some(Drive::OnStopped { delay }.into());
    }
    if let Some(watch) = &raw.watch {
        let every = &watch.value.every;
        if !cost::looks(work, time, every.value.0, every.place) {
            return None;
        }
        return watching(work, demands, watch, acts).map(Driven::from);
    }
    if let Some(poisson) = &raw.poisson {
        let per_hour = &poisson.value.per_hour;
        if !cost::arrivals(work, time, &per_hour.value.0, per_hour.place) {
            return None;
        }
        let milli_per_hour = Box::new(per_hour.value.0);
        let hold = poisson.value.hold.value.built().clone();
        return Some(Drive::Poisson { milli_per_hour, hold }.into());
    }
    if let Some(csv) = &raw.requests_csv {
        return requests_from(work, time?, fleet, entry, csv).map(Driven::from);
    }
    if raw.requests.is_some() {
        return listed(work, time?, fleet, entry).map(Driven::from);
    }
    scheduled(work, time, entry, acts, absence)
}

/// `acts` is for drives that could do both; requests and the news of a stop say what is done.
fn obeys_acts(work: &mut Work<'_, '_>, raw: &ControllerEntry) {
    let could_do_both = raw.follows.is_some() || raw.schedule.is_some() || raw.watch.is_some();
    let does_so = match raw.acts.value {
        Acts::StopsAndStarts => true,
        Acts::StopsOnly => false,
        Acts::StartsOnly => raw.on_stopped.is_some(),
    };
    if could_do_both || does_so {
        return;
    }
    let problem = Problem::new(raw.acts.place, "`acts` of a drive that says itself what is done");
    let problem = problem.expected("expected it beside follows, schedule or watch");
    work.problem(problem.hint("leave it out"));
}

/// When it is not there; only edges can be missed.
fn absence(work: &mut Work<'_, '_>, time: Option<&Time>, raw: &ControllerEntry) -> Option<Absence> {
    let catch_up = raw.catch_up.as_ref().is_some_and(|at| at.value);
    let makes_up = place_of(&raw.catch_up).filter(|_| catch_up);
    if let Some(place) = place_of(&raw.outages).or(makes_up)
        && raw.follows.is_none()
        && raw.schedule.is_none()
    {
        let problem = Problem::new(place, "this drive has no edges that could be missed");
        work.problem(problem.expected("expected a controller with follows or schedule"));
        return None;
    }
    let mut outages: Vec<(Range<SimTime>, Place)> = vec![];
    for outage in raw.outages.as_ref().map_or(&[][..], |at| &at.value) {
        let (from, until) = (&outage.from, &outage.until);
        let problems = &mut work.context.problems;
        let [from_at, until_at] =
            [from, until].map(|end| at(end.value, end.place, time?, problems));
        let (from_at, until_at) = (from_at?, until_at?);
        if until_at <= from_at {
            let problem = Problem::new(until.place, "an outage ends before it begins");
            work.problem(problem.related(from.place, "its beginning"));
            return None;
        }
        outages.push((from_at..until_at, from.place));
    }
    outages.sort_by_key(|(span, _)| span.start);
    if let Some(pair) = outages.windows(2).find(|pair| pair[1].0.start < pair[0].0.end) {
        let problem = Problem::new(pair[1].1, "two outages overlap");
        work.problem(problem.expected("expected one").related(pair[0].1, "the other one"));
        return None;
    }
    Some(Absence { outages: outages.into_iter().map(|(span, _)| span).collect(), catch_up })
}

fn following(
    work: &mut Work<'_, '_>,
    demands: &demands::Built,
    follows: &At<Name>,
    acts: Acts,
    absence: Absence,
) -> Option<Drive> {
    let place = followed(work, demands, &follows.value.0, follows.place)?;
    let edges = demands.list[usize::from(place)].edges.clone();
    Some(Drive::Edges { follows: Some(place), edges, acts, absence })
}

fn scheduled(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    entry: &Entry<ControllerEntry>,
    acts: Acts,
    absence: Absence,
) -> Option<Driven> {
    let schedule = &entry.value.schedule.as_ref()?.value;
    let parts = Parts {
        owner: format!("controller {}", entry.name),
        place: entry.place,
        timezone: schedule.timezone.as_ref(),
        windows: &schedule.windows.value,
        holidays: schedule.holidays.as_ref().map_or(&[], |at| &at.value),
        holidays_csv: schedule.holidays_csv.as_ref(),
        make_up_days: schedule.make_up_days.as_ref().map_or(&[], |at| &at.value),
        make_up_as: schedule.make_up_as.as_ref(),
        overrides: schedule.overrides.as_ref().map_or(&[], |at| &at.value),
        overrides_csv: schedule.overrides_csv.as_ref(),
    };
    let found = edges(work, time, &parts)?;
    let drive = Drive::Edges { follows: None, edges: found.edges, acts, absence };
    Some(Driven { drive, initially: found.initially, past: found.past })
}

fn watching(
    work: &mut Work<'_, '_>,
    demands: &demands::Built,
    watch: &At<Watch>,
    acts: Acts,
) -> Option<Drive> {
    let watch = &watch.value;
    let page_size = u32::try_from(watch.page_size.value.0).expect("a page has at most 100");
    let with = watch.with.value.0;
    if with == OperationName::DescribeInstanceStatus && page_size > PAGE_SIZE_MAX {
        let message = format!("a page of {page_size} is refused by DescribeInstanceStatus");
        let problem = Problem::new(watch.page_size.place, message);
        work.problem(problem.expected(format!("expected at most {PAGE_SIZE_MAX}")));
    }
    let want = match watch.want.value.0.as_str() {
        "running" => Want::Running,
        "stopped" => Want::Stopped,
        name => Want::Demanded(followed(work, demands, name, watch.want.place)?),
    };
    let malformed = match &watch.malformed {
        Some(defect) => Some(manner::malformed(work, defect, with)?),
        None => None,
    };
    Some(Drive::Watch { every: watch.every.value.0, want, acts, with, page_size, malformed })
}

fn listed(
    work: &mut Work<'_, '_>,
    time: &Time,
    fleet: &Fleet<'_>,
    entry: &Entry<ControllerEntry>,
) -> Option<Drive> {
    let mut requests = vec![];
    let own = Own::of(work, fleet, entry);
    for request in &entry.value.requests.as_ref()?.value {
        let id = instance(work, fleet, &request.instance.value.0, request.instance.place);
        let when = at(request.at.value, request.at.place, time, &mut work.context.problems);
        let (name, place) = (&request.instance.value.0, request.instance.place);
        if let (Some(instance), Some(at)) = (id, when)
            && own.allows(instance, name, place, &mut work.context.problems)
            && before_horizon(at, time)
        {
            requests.push(ListedRequest { at, instance, action: request.action.value });
        }
    }
    requests.sort_by_key(|request| request.at);
    Some(Drive::Listed(requests))
}

/// The instances that a controller names: requests for others are no business of its.
struct Own {
    /// Those of its groups and its instances; all of them if it names none.
    ranges: Option<Vec<Range<u32>>>,
    /// Where it names them.
    place: Place,
}

impl Own {
    fn of(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, entry: &Entry<ControllerEntry>) -> Own {
        let raw = &entry.value;
        let place = place_of(&raw.groups).or_else(|| place_of(&raw.instances));
        let Some(place) = place else { return Own { ranges: None, place: entry.place } };
        let groups = named::groups(work, fleet, &raw.groups);
        let mut ranges: Vec<Range<u32>> =
            groups.into_iter().map(|group| fleet.groups[group.index()].range()).collect();
        let named = written(&raw.instances).into_iter();
        let ids = named.filter_map(|(name, _)| fleet.instance(name));
        ranges.extend(ids.map(|id| id.0..id.0 + 1));
        ranges.sort_by_key(|range| range.start);
        Own { ranges: Some(ranges), place }
    }

    /// Whether an instance is one of them; another is a problem.
    fn allows(&self, id: InstanceId, name: &str, at: Place, problems: &mut Problems) -> bool {
        let Some(ranges) = &self.ranges else { return true };
        let after = ranges.partition_point(|range| range.start <= id.0);
        if ranges[..after].last().is_some_and(|range| range.contains(&id.0)) {
            return true;
        }
        let problem = Problem::new(at, format!("`{name}` is not an instance of this controller"));
        let problem = problem.expected("expected one of its groups or instances");
        problems.push(problem.related(self.place, "what it acts on"));
        false
    }
}

fn requests_from(
    work: &mut Work<'_, '_>,
    time: &Time,
    fleet: &Fleet<'_>,
    entry: &Entry<ControllerEntry>,
    csv: &At<CsvPath>,
) -> Option<Drive> {
    let own = Own::of(work, fleet, entry);
    let before = work.context.problems.count();
    let mut requests = vec![];
    stream_columns(
        ["at", "instance", "action"],
        &csv.value.0,
        csv.place,
        work.context,
        |row, [when, who, what], problems| {
            let at = instant(row.text(when), row.place(when), time, problems);
            let action = Action::decode(&row.node(what), problems);
            let name = row.text(who);
            if !fleet.may_exist(name) {
                problems.push(unknown_instance(name, row.place(who), fleet));
            }
            if let (Some(at), Some(action), Some(instance)) = (at, action, fleet.instance(name))
                && own.allows(instance, name, row.place(who), problems)
                && before_horizon(at, time)
            {
                requests.push(ListedRequest { at, instance, action });
            }
        },
    );
    requests.sort_by_key(|request| request.at);
    (work.context.problems.count() == before).then_some(Drive::Listed(requests))
}
