//! How a controller asks, waits, asks again and gives up.

use std::sync::Arc;

use crate::controller::policy::{
    KeepChargingAfter, KeepChargingShare, LookFirst, Malformed, NoStockPolicy, Pacing, Poll,
    StartParameters, StopParameters, TypeFallback,
};
use crate::controller::retry::{Backoff, Budget, Calls, Jitter, Retry, RetryOn};
use crate::ecs::operation::{Force, OperationName, Parameter};
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::ecs::spec::PolicyStatement;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{ControllerEntry, NoStock, RetryTable};
use crate::scenario::value::{BackoffKind, Defect, Partition, Positive};
use crate::units::SimDuration;

use super::batch::asked_by;
use crate::scenario::into_plan::fleet::Fleet;
use crate::scenario::into_plan::{Time, Work, cost};

/// How fast it goes.
pub(super) fn pacing(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Pacing {
    if let (Some(partition), None) = (&raw.partition, &raw.batch) {
        let problem = Problem::new(partition.place, "there are no batches to keep apart");
        work.problem(problem.expected("expected batch = N beside it"));
    }
    let number = |count: u64| u32::try_from(count).expect("INSTANCES_MAX fits in 32 bits");
    Pacing {
        batch: raw.batch.as_ref().map(|at| number(at.value.0)),
        batch_until: raw.batch_until.value,
        by_zone_and_type: raw.partition.as_ref().is_some_and(|at| match at.value {
            Partition::TypeAndZone => true,
        }),
        concurrency: raw.concurrency.as_ref().map(|at| number(at.value.0)),
        spacing: raw.rate.as_ref().map(|at| at.value.0),
        stagger: raw.stagger.as_ref().map(|at| at.value.0),
        jitter: raw.jitter.as_ref().map(|at| at.value.built().clone()),
    }
}

/// How it asks for a stop: as its table says, else as an empty table would.
pub(super) fn stop(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Option<StopParameters> {
    let Some(at) = &raw.stop else {
        return Some(StopParameters {
            mode: None,
            force: Force::ShutDown,
            confirm_stop: true,
            dry_run: false,
            hibernate: false,
            malformed: None,
        });
    };
    let stop = &at.value;
    let malformed = match &stop.malformed {
        Some(defect) => {
            let operation = asked_by(raw, OperationName::StopInstance);
            Some(malformed(work, defect, operation)?)
        }
        None => None,
    };
    Some(StopParameters {
        mode: stop.mode.as_ref().map(|at| at.value),
        force: if stop.force.value { Force::PowerOff } else { Force::ShutDown },
        confirm_stop: stop.confirm_stop.value,
        dry_run: stop.dry_run.value,
        hibernate: stop.hibernate.value,
        malformed,
    })
}

/// How it asks for a start.
pub(super) fn start(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Option<StartParameters> {
    let Some(at) = &raw.start else {
        return Some(StartParameters {
            init_local_disk: false,
            dry_run: false,
            check_stock_first: false,
            malformed: None,
        });
    };
    let start = &at.value;
    let check_stock_first = start.check_stock_first.as_ref().is_some_and(|at| at.value);
    let malformed = match &start.malformed {
        Some(defect) => {
            let of_check = check_stock_first && defect.value == Defect::UnknownZone;
            let operation = match of_check {
                true => OperationName::DescribeAvailableResource,
                false => asked_by(raw, OperationName::StartInstance),
            };
            Some(malformed(work, defect, operation)?)
        }
        None => None,
    };
    let (init_local_disk, dry_run) = (start.init_local_disk.value, start.dry_run.value);
    Some(StartParameters { init_local_disk, dry_run, check_stock_first, malformed })
}

/// A defect of a request, if the operation has the parameter.
pub(super) fn malformed(
    work: &mut Work<'_, '_>,
    defect: &At<Defect>,
    operation: OperationName,
) -> Option<Malformed> {
    let (zoned, paged) = (
        [OperationName::DescribeInstanceStatus, OperationName::DescribeAvailableResource],
        [OperationName::DescribeInstanceStatus, OperationName::DescribeInstances],
    );
    let parameter = match defect.value {
        Defect::UnknownZone if zoned.contains(&operation) => return Some(Malformed::UnknownZone),
        Defect::InvalidPageSize if paged.contains(&operation) => return Some(Malformed::EmptyPage),
        Defect::UnknownZone | Defect::InvalidPageSize => {
            no_such_parameter(work, defect, operation);
            return None;
        }
        Defect::UnknownInstance => {
            return Some(Malformed::UnknownInstanceId(Arc::from("i-unknown")));
        }
        Defect::MissingInstanceId => return Some(Malformed::MissingInstanceId),
        Defect::InvalidInstanceId => return Some(Malformed::MalformedInstanceId),
        Defect::InvalidStoppedMode => Parameter::StoppedMode,
        Defect::InvalidForceStop => Parameter::ForceStop,
        Defect::InvalidConfirmStop => Parameter::ConfirmStop,
        Defect::InvalidDryRun => Parameter::DryRun,
        Defect::InvalidHibernate => Parameter::Hibernate,
        Defect::InvalidInitLocalDisk => Parameter::InitLocalDisk,
        Defect::InvalidForce => Parameter::Force,
        Defect::InvalidTerminateSubscription => Parameter::TerminateSubscription,
    };
    let belongs = match parameter {
        Parameter::StoppedMode => {
            operation == OperationName::StopInstance || operation == OperationName::StopInstances
        }
        Parameter::ConfirmStop | Parameter::Hibernate => operation == OperationName::StopInstance,
        Parameter::ForceStop => [
            OperationName::StopInstance,
            OperationName::StopInstances,
            OperationName::RebootInstance,
            OperationName::DeleteInstance,
        ]
        .contains(&operation),
        Parameter::Async => operation == OperationName::ModifyInstanceSpec,
        Parameter::InitLocalDisk => operation == OperationName::StartInstance,
        Parameter::Force | Parameter::TerminateSubscription => {
            operation == OperationName::DeleteInstance
        }
        Parameter::DryRun => operation != OperationName::ReActivateInstances,
    };
    if !belongs {
        no_such_parameter(work, defect, operation);
    }
    belongs.then_some(Malformed::Parameter(parameter))
}

fn no_such_parameter(work: &mut Work<'_, '_>, defect: &At<Defect>, operation: OperationName) {
    let problem = Problem::new(defect.place, format!("{operation} has no such parameter"));
    work.problem(problem.expected("expected a defect of one of its own parameters"));
}

/// When it asks again.
pub(super) fn retry(work: &mut Work<'_, '_>, raw: &ControllerEntry) -> Option<Vec<Retry>> {
    let rules = raw.retry.as_ref().map_or(&[][..], |at| &at.value.0);
    let read: Vec<Option<Retry>> = rules.iter().map(|rule| retry_rule(work, rule)).collect();
    read.into_iter().collect()
}

fn retry_rule(work: &mut Work<'_, '_>, at: &At<RetryTable>) -> Option<Retry> {
    let table = &at.value;
    let first = backoff(&table.backoff, &table.base, &table.cap, &table.jitter);
    let throttled = table.throttled.as_ref().map(|at| {
        let own = &at.value;
        backoff(&own.backoff, &own.base, &own.cap, &own.jitter)
    });
    let trickle = table.throttled.as_ref().and_then(|at| at.value.trickle.as_ref());
    check_trickle(work, table);
    check_cap(work, &table.base, &table.cap);
    if let Some(own) = &table.throttled {
        check_cap(work, &own.value.base, &own.value.cap);
    }
    let budget = table.budget.as_ref().map(|at| Budget {
        share: at.value.share.value.0,
        at_least: at.value.at_least.value.0,
        max_total: at.value.max_total.as_ref().map(|at| at.value.0),
    });
    Some(Retry {
        calls: table.action.as_ref().map(|at| at.value),
        backoff: first,
        pause: table.pause.as_ref().map_or(SimDuration::ZERO, |at| at.value.0),
        throttled,
        trickle: trickle.map(|at| at.value.0),
        honours_hint: table.honour_retry_after.as_ref().is_some_and(|at| at.value),
        needs_hint: table.needs_retry_after.as_ref().is_some_and(|at| at.value),
        max_attempts: u32::try_from(table.max_attempts.value.0).expect("a million fits"),
        budget,
        deadline: table.deadline.as_ref().map(|at| at.value.0),
        on: retried(work, table)?,
    })
}

/// A throttled look does not turn its controller to one call at a time.
fn check_trickle(work: &mut Work<'_, '_>, table: &RetryTable) {
    let trickle = table.throttled.as_ref().and_then(|at| at.value.trickle.as_ref());
    if let (Some(trickle), Some(calls)) = (trickle, &table.action)
        && calls.value == Calls::Looks
    {
        let problem = Problem::new(trickle.place, "`trickle` in a rule for looks");
        let problem = problem.expected("expected a wait: backoff, base, cap");
        let problem = problem.related(calls.place, "this rule is for looks only");
        work.problem(problem.hint("give `trickle` to a rule for calls, in a list of two"));
    }
}

fn check_cap(work: &mut Work<'_, '_>, base: &At<Positive>, cap: &At<Positive>) {
    let is_default = cap.origin != crate::scenario::decode::Origin::Written;
    if base.value.0 > cap.value.0 && !is_default {
        let problem = Problem::new(cap.place, "the longest wait is shorter than the first");
        work.problem(problem.related(base.place, "the first wait"));
    }
}

fn backoff(
    kind: &At<BackoffKind>,
    base: &At<Positive>,
    cap: &At<Positive>,
    jitter: &At<Jitter>,
) -> Backoff {
    let base: SimDuration = base.value.0;
    match kind.value {
        BackoffKind::None => Backoff::None,
        BackoffKind::Fixed => Backoff::Fixed(base),
        BackoffKind::Exponential => {
            Backoff::Exponential { base, cap: cap.value.0.max(base), jitter: jitter.value }
        }
    }
}

/// What it retries: classes, API codes, and silence.
fn retried(work: &mut Work<'_, '_>, table: &RetryTable) -> Option<RetryOn> {
    let mut on = RetryOn::default();
    let mut all = true;
    for At { value, place, .. } in &table.on.value {
        let word = value.0.as_str();
        let class = RefusalClass::ALL.iter().find(|class| class.name() == word);
        let mut coded =
            Refusal::ALL.iter().copied().filter(|refusal| refusal.row().code == word).peekable();
        match (word, class) {
            ("timeout", _) => on.timeouts = true,
            (_, Some(class)) => on.classes.push(*class),
            (_, None) if coded.peek().is_some() => on.refusals.extend(coded),
            (_, None) => {
                let known = RefusalClass::ALL.iter().map(|class| class.name());
                let known = known.chain(["timeout"]);
                let codes = Refusal::ALL.iter().map(|refusal| refusal.row().code);
                let problem = Problem::new(*place, format!("nothing is called `{word}`"));
                let names: Vec<&str> = known.clone().collect();
                let expected = format!("expected {}, or an API code", names.join(", "));
                work.problem(problem.expected(expected).did_you_mean(word, known.chain(codes)));
                all = false;
            }
        }
    }
    all.then_some(on)
}

/// How it learns that it is done.
pub(super) fn wait(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    raw: &ControllerEntry,
) -> Option<Poll> {
    let wait = &raw.wait.as_ref()?.value;
    let interval = wait.poll.value.0;
    let longest = wait.longest.as_ref();
    if let Some(longest) = longest.filter(|longest| longest.value.0 < interval) {
        let problem = Problem::new(longest.place, "the longest interval is shorter than the first");
        work.problem(problem.related(wait.poll.place, "the first interval"));
    }
    // The few looks while the interval grows do not count.
    let (every, place) =
        longest.map_or((interval, wait.poll.place), |longest| (longest.value.0, longest.place));
    cost::tries(work, time, (every, Some(wait.give_up.value.0)), place);
    let read_errors = wait.read_errors.as_ref();
    Some(Poll {
        operation: wait.with.value.0,
        first: wait.first.as_ref().map_or(interval, |at| at.value),
        interval,
        longest: longest.map(|at| at.value.0),
        read_errors: read_errors.map(|at| u32::try_from(at.value.0).expect("a million fits")),
        give_up: wait.give_up.value.0,
        missing_read: wait.missing_read.as_ref().map(|at| at.value).unwrap_or_default(),
    })
}

/// How it looks before it calls.
pub(super) fn look_first(raw: &ControllerEntry) -> Option<LookFirst> {
    let table = &raw.look_first.as_ref()?.value;
    Some(LookFirst {
        operation: table.with.value.0,
        joins_stopping: table.joins_stopping.value,
        joins_starting: table.joins_starting.value,
        again: table.again.as_ref().map(|at| at.value.0),
        each_call: table.each_call.as_ref().is_some_and(|at| at.value),
    })
}

/// What it does when stock is short.
pub(super) fn no_stock(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
    raw: &ControllerEntry,
) -> NoStockPolicy {
    let Some(at) = &raw.no_stock else { return NoStockPolicy::default() };
    let table = &at.value;
    if let Some(every) = &table.retry_every {
        let give_up = table.give_up.as_ref().map(|at| at.value.0);
        cost::tries(work, time, (every.value.0, give_up), every.place);
    }
    NoStockPolicy {
        retry_every: table.retry_every.as_ref().map(|at| at.value.0),
        give_up: table.give_up.as_ref().map(|at| at.value.0),
        keep_charging: table.keep_charging.as_ref().map(|at| KeepChargingAfter {
            stops: u16::try_from(at.value.stops.value.0).expect("its limit fits in 16 bits"),
            scope: at.value.scope.value,
        }),
        fallback: fallback(work, fleet, raw, table),
    }
}

/// Which types it takes in place of one that is sold out.
fn fallback(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    raw: &ControllerEntry,
    table: &NoStock,
) -> Option<TypeFallback> {
    let returns = table.return_to_first.as_ref();
    let Some(list) = table.fallback.as_ref().filter(|at| !at.value.is_empty()) else {
        let empty = table.fallback.as_ref().map(|at| at.place);
        let after = table.fallback_after.as_ref().map(|at| at.place);
        if let Some(place) = empty.or(after).or(returns.map(|at| at.place)) {
            let problem = Problem::new(place, "no type to fall back to is named");
            work.problem(problem.expected("expected fallback = [\"ecs.…\"]"));
        }
        return None;
    };
    if let Some(at) = returns.filter(|at| at.value && raw.wait.is_none()) {
        let problem = Problem::new(at.place, "it never learns that a stop is done");
        work.problem(problem.expected("expected wait = { poll = …, give_up = … } as well"));
    }
    Some(TypeFallback {
        types: list.value.iter().filter_map(|at| fleet.type_of(&at.value.0)).map(|t| t.0).collect(),
        after: table
            .fallback_after
            .as_ref()
            .map_or(1, |at| u16::try_from(at.value.0).expect("its limit fits in 16 bits")),
        returns: returns.is_some_and(|at| at.value),
    })
}

/// Which share of its stops keeps charging.
pub(super) fn keep_charging(raw: &ControllerEntry) -> Option<KeepChargingShare> {
    let table = &raw.share_keep_charging.as_ref()?.value.0;
    Some(KeepChargingShare { share: table.share.value.0, chosen: table.chosen.value })
}

/// Its RAM policy.
pub(super) fn policy(raw: &ControllerEntry) -> Vec<PolicyStatement> {
    let statements = raw.ram.as_ref().map_or(&[][..], |at| &at.value);
    let statement = |own: &crate::scenario::raw::Statement| PolicyStatement {
        effect: own.effect.value,
        actions: own.actions.value.iter().map(|word| word.0.clone()).collect(),
        resources: own.resources.value.iter().map(|word| word.0.clone()).collect(),
    };
    statements.iter().map(statement).collect()
}
