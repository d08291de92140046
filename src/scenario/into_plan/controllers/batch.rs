//! Batch calls: how many instances, and what one failing instance does to the others.

use crate::controller::policy::BatchCall;
use crate::ecs::operation::{IDS_MAX, OperationName};
use crate::scenario::into_plan::{Work, place_of};
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::ControllerEntry;
use crate::scenario::value::CallKind;

/// Whether it makes batch calls, and which; nothing if its keys contradict one another.
pub(super) fn batch_call(
    work: &mut Work<'_, '_>,
    raw: &ControllerEntry,
) -> Option<Option<BatchCall>> {
    if !calls_in_batches(raw) {
        let only = [
            ("batch_size", place_of(&raw.batch_size)),
            ("optimization", place_of(&raw.optimization)),
        ];
        let mut sound = true;
        for (key, place) in only {
            let Some(place) = place else { continue };
            let problem = Problem::new(place, format!("`{key}` without batch calls"));
            work.problem(problem.expected("expected call = \"batch\" beside it"));
            sound = false;
        }
        return sound.then_some(None);
    }
    let sound = fits(work, raw);
    let size = raw.batch_size.as_ref().map_or(IDS_MAX as u64, |at| at.value.0);
    let call = BatchCall {
        size: u32::try_from(size).expect("at most a hundred"),
        optimization: raw.optimization.as_ref().map(|at| at.value).unwrap_or_default(),
    };
    sound.then_some(Some(call))
}

fn calls_in_batches(raw: &ControllerEntry) -> bool {
    raw.call.as_ref().is_some_and(|at| at.value == CallKind::Batch)
}

/// The operation by which a controller asks for what `single` does.
pub(super) fn asked_by(raw: &ControllerEntry, single: OperationName) -> OperationName {
    const LISTS: [(OperationName, OperationName); 3] = [
        (OperationName::StopInstance, OperationName::StopInstances),
        (OperationName::StartInstance, OperationName::StartInstances),
        (OperationName::RebootInstance, OperationName::RebootInstances),
    ];
    let list = LISTS.iter().find(|(one, _)| *one == single && calls_in_batches(raw));
    list.map_or(single, |(_, list)| *list)
}

/// Keys that make no sense of a batch call.
fn fits(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> bool {
    let hibernate = raw.stop.as_ref().filter(|at| at.value.hibernate.value);
    let disks = raw.start.as_ref().filter(|at| at.value.init_local_disk.value);
    let odd: [(Option<Place>, &str, &str); 3] = [
        (
            place_of(&raw.batch),
            "`batch` as well as batch calls",
            "it counts single calls that are sent together; expected batch_size",
        ),
        (
            hibernate.map(|at| at.value.hibernate.place),
            "StopInstances has no Hibernate",
            "expected single calls, or no hibernate",
        ),
        (
            disks.map(|at| at.value.init_local_disk.place),
            "StartInstances has no InitLocalDisk",
            "expected single calls, or no init_local_disk",
        ),
    ];
    let mut sound = asks_for_stock_first(work, raw);
    for (place, message, expected) in odd {
        let Some(place) = place else { continue };
        work.problem(Problem::new(place, message).expected(expected));
        sound = false;
    }
    sound
}

/// Who asks for stock first does so, and starts, instance by instance: no batch call does that.
/// Whether it is not asked for both.
fn asks_for_stock_first(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> bool {
    let check = raw.start.as_ref().and_then(|at| at.value.check_stock_first.as_ref());
    let (Some(check), Some(call)) = (check.filter(|at| at.value), raw.call.as_ref()) else {
        return true;
    };
    let problem = Problem::new(check.place, "`check_stock_first` as well as batch calls");
    let problem = problem.expected("it asks, and starts, one instance a call");
    let problem = problem.related(call.place, "starts by StartInstances");
    work.problem(problem.hint("leave out `check_stock_first`, or write call = \"single\""));
    false
}
