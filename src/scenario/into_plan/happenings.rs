//! What happens at listed times: conditions, shutdowns, switches of the account's default.

use crate::cloud::plan::{Happening, HappeningKind};
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Entry, HappeningEntry};

use super::fleet::{Fleet, ranges};
use super::windows::at;
use super::{Time, Work, list, place_of, section};

/// Every happening before the horizon, in the order of time, then of the file.
pub(super) fn happenings(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
) -> Vec<Happening> {
    let root = work.root;
    let mut happenings = vec![];
    let changes = section(&root.account).and_then(|account| account.changes.as_ref());
    if let (Some(changes), Some(time)) = (changes, time) {
        for change in &changes.value {
            let problems = &mut work.context.problems;
            let at = at(change.at.value, change.at.place, time, problems);
            let what = HappeningKind::EconomicalDefault(change.economical_default.value);
            happenings.extend(at.map(|at| Happening { at, what }));
        }
    }
    for entry in list(&root.happening) {
        happenings.extend(happening(work, time, fleet, entry));
    }
    if let Some(time) = time {
        happenings.retain(|happening| happening.at < time.horizon);
    }
    happenings.sort_by_key(|happening| happening.at);
    happenings
}

fn happening(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    entry: &Entry<HappeningEntry>,
) -> Option<Happening> {
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
        Some(at) => HappeningKind::Condition { instances, condition: at.value, on: raw.on.value },
        None => HappeningKind::GuestShutdown(instances),
    };
    let at = at(raw.at.value, raw.at.place, time?, &mut work.context.problems)?;
    Some(Happening { at, what })
}
