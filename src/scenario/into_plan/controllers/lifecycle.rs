//! How a controller asks for reboots, deletions, reactivations and replacements.

use crate::controller::policy::{
    ChangeParameters, DeleteParameters, Malformed, ReactivateParameters, RebootParameters, Replace,
};
use crate::ecs::operation::{Force, OperationName, Removal};
use crate::fact::Action;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{ControllerEntry, Entry};
use crate::scenario::value::Defect;

use super::{batch, manner};
use crate::scenario::into_plan::Work;
use crate::scenario::into_plan::fleet::Fleet;

fn defect(
    work: &mut Work<'_, '_>,
    defect: Option<&At<Defect>>,
    operation: OperationName,
) -> Option<Option<Malformed>> {
    match defect {
        Some(defect) => manner::malformed(work, defect, operation).map(Some),
        None => Some(None),
    }
}

/// How it asks for a reboot.
pub(super) fn reboot(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Option<RebootParameters> {
    let Some(at) = &raw.reboot else { return Some(RebootParameters::default()) };
    let reboot = &at.value;
    Some(RebootParameters {
        force: if reboot.force.value { Force::PowerOff } else { Force::ShutDown },
        dry_run: reboot.dry_run.value,
        malformed: {
            let operation = batch::asked_by(raw, OperationName::RebootInstance);
            defect(work, reboot.malformed.as_ref(), operation)?
        },
    })
}

/// How it asks for a deletion.
pub(super) fn delete(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Option<DeleteParameters> {
    let Some(at) = &raw.delete else { return Some(DeleteParameters::default()) };
    let delete = &at.value;
    if delete.stop_first.value && raw.wait.is_none() {
        let problem = Problem::new(delete.stop_first.place, "nothing tells when it is stopped");
        let problem = problem.expected("expected wait beside stop_first");
        work.problem(problem.hint("add wait = { poll = \"5s\", give_up = \"10m\" }"));
        return None;
    }
    let removal = match (delete.force.value, delete.force_stop.value) {
        (false, _) => Removal::StoppedOnly,
        (true, false) => Removal::ShutDown,
        (true, true) => Removal::PowerOff,
    };
    Some(DeleteParameters {
        stop_first: delete.stop_first.value,
        removal,
        terminate_subscription: delete.terminate_subscription.value,
        dry_run: delete.dry_run.value,
        malformed: defect(work, delete.malformed.as_ref(), OperationName::DeleteInstance)?,
    })
}

/// How it asks for a reactivation.
pub(super) fn reactivate(
    work: &mut Work<'_, '_>,
    raw: &ControllerEntry,
) -> Option<ReactivateParameters> {
    let written = raw.reactivate.as_ref().and_then(|at| at.value.malformed.as_ref());
    let malformed = defect(work, written, OperationName::ReActivateInstances)?;
    Some(ReactivateParameters { malformed })
}

/// How it asks for a change of type; nothing if it asks for none.
pub(super) fn change(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    entry: &Entry<ControllerEntry>,
) -> Option<Option<ChangeParameters>> {
    let raw = &entry.value;
    let Some(at) = &raw.change else {
        let requests = raw.requests.as_ref().map_or(&[][..], |at| &at.value);
        let asked = requests.iter().find(|row| row.action.value == Action::Change);
        if let Some(row) = asked {
            let problem = Problem::new(row.action.place, "to which type is not said");
            work.problem(problem.expected("expected change = { type = \"…\" } of the controller"));
            return None;
        }
        return Some(None);
    };
    let (to, _) = fleet.type_of(&at.value.r#type.value.0)?;
    let malformed = defect(work, at.value.malformed.as_ref(), OperationName::ModifyInstanceSpec)?;
    let (token, dry_run) = (at.value.token.value, at.value.dry_run.value);
    Some(Some(ChangeParameters { to, token, dry_run, malformed }))
}

/// When it replaces an instance.
pub(super) fn replace(entry: &Entry<ControllerEntry>) -> Option<Replace> {
    let table = &entry.value.replace.as_ref()?.value;
    Some(Replace {
        after: table.after.value.0,
        token: table.token.value,
        dry_run: table.dry_run.value,
    })
}
