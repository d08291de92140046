//! What happens at listed times: conditions, shutdowns, switches of the account's default.

use crate::cloud::plan::{ScheduledEvent, ScheduledEventKind};
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Entry, ScheduledEventEntry};

use super::fleet::{Fleet, ranges};
use super::windows::at;
use super::{Time, Work, list, place_of, section};

/// Every scheduled_event before the horizon, in the order of time, then of the file.
pub(super) fn scheduled_events(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
) -> Vec<ScheduledEvent> {
    let root = work.root;
    let mut scheduled_events = vec![];
    let changes = section(&root.account).and_then(|account| account.changes.as_ref());
    if let (Some(changes), Some(time)) = (changes, time) {
        for change in &changes.value {
            let problems = &mut work.context.problems;
            let at = at(change.at.value, change.at.place, time, problems);
            let what = ScheduledEventKind::EconomicalDefault(change.economical_default.value);
            scheduled_events.extend(at.map(|at| ScheduledEvent { at, what }));
        }
    }
    for entry in list(&root.scheduled_event) {
        scheduled_events.extend(scheduled_event(work, time, fleet, entry));
    }
    if let Some(time) = time {
        scheduled_events.retain(|scheduled_event| scheduled_event.at < time.horizon);
    }
    scheduled_events.sort_by_key(|scheduled_event| scheduled_event.at);
    scheduled_events
}

fn scheduled_event(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<ScheduledEventEntry>,
) -> Option<ScheduledEvent> {
    let raw = &entry.value;
    let instances = ranges(work, fleet, &raw.groups, &raw.instances);
    if raw.groups.is_none() && raw.instances.is_none() {
        let problem = Problem::new(entry.place, "to whom it happens is not said");
        work.problem(problem.expected("expected groups = [\"…\"] or instances = [\"…\"]"));
    }
    let shutdown = raw.guest_shutdown.as_ref().filter(|at| at.value).map(|at| at.place);
    let keys = [("condition", place_of(&raw.condition)), ("guest_shutdown", shutdown)];
    if !work.one_of(entry.place, "what happens", &keys) {
        return None;
    }
    let what = match &raw.condition {
        Some(at) => {
            ScheduledEventKind::Condition { instances, condition: at.value, on: raw.on.value }
        }
        None => ScheduledEventKind::GuestShutdown(instances),
    };
    let at = at(raw.at.value, raw.at.place, time?, &mut work.context.problems)?;
    Some(ScheduledEvent { at, what })
}
