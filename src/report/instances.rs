//! `instances.csv`: what each instance went through, one row each.
//!
//! An observer that counts per instance; times are inside the measurement window. It holds one
//! record per instance and no fact.

use std::io::{self, Write};

use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::meter::BilledState;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::ChargeType;
use crate::fact::{CallAnswer, CallFact, Fact};
use crate::sim::Observer;
use crate::sim::plan::Plan;
use crate::units::SimTime;

/// Counts per instance.
pub struct InstanceTable<'a> {
    plan: &'a Plan,
    records: Vec<Record>,
    suspended: bool,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// What it would be billed as, were the account not in arrears.
    plain: BilledState,
    state: BilledState,
    since: SimTime,
    /// µs per billed state.
    spent: [u64; BilledState::ALL.len()],
    stops: u64,
    starts: u64,
    refused: u64,
    no_stock: u64,
    changed_addresses: u64,
}

impl<'a> InstanceTable<'a> {
    /// Every instance as it is at time 0.
    pub fn new(plan: &'a Plan) -> InstanceTable<'a> {
        let mut records = Vec::with_capacity(plan.region.instance_count() as usize);
        for group in &plan.region.groups {
            let record = |state| Record {
                plain: BilledState::of(state, &plan.region.knobs),
                state: BilledState::of(state, &plan.region.knobs),
                since: plan.warm_up,
                spent: [0; BilledState::ALL.len()],
                stops: 0,
                starts: 0,
                refused: 0,
                no_stock: 0,
                changed_addresses: 0,
            };
            records.extend(group.instances().map(|id| record(group.begins_as(id))));
        }
        InstanceTable { plan, records, suspended: false }
    }

    /// Writes the table; the run ended at `end`.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(mut self, out: impl Write, end: SimTime) -> io::Result<()> {
        let mut table = ::csv::Writer::from_writer(out);
        let mut header = vec!["instance".to_owned(), "group".to_owned()];
        // The last state is only there where the account may be in arrears.
        let states = BilledState::ALL.len() - usize::from(self.plan.arrears.is_empty());
        let of_state = |state: &BilledState| format!("{}_us", state.name());
        header.extend(BilledState::ALL[..states].iter().map(of_state));
        let counts = ["stops", "starts", "refused", "no_stock", "changed_addresses"];
        header.extend(counts.map(str::to_owned));
        table.write_record(header)?;
        for group in &self.plan.region.groups {
            for id in group.instances() {
                let record = &mut self.records[id.index()];
                record.settle(end);
                let mut row = vec![self.plan.region.instance_name(id), group.name.clone()];
                row.extend(record.spent[..states].iter().map(u64::to_string));
                let counts = [
                    record.stops,
                    record.starts,
                    record.refused,
                    record.no_stock,
                    record.changed_addresses,
                ];
                row.extend(counts.map(|count| count.to_string()));
                table.write_record(row)?;
            }
        }
        table.flush()
    }

    fn change(&mut self, at: SimTime, id: InstanceId, to: State) {
        self.records[id.index()].plain = BilledState::of(to, &self.plan.region.knobs);
        self.bill(at, id);
    }

    fn bill(&mut self, at: SimTime, id: InstanceId) {
        let group = self.plan.region.group(self.plan.region.group_of(id));
        let suspended = self.suspended && group.charge == ChargeType::PayAsYouGo;
        let record = &mut self.records[id.index()];
        record.settle(at);
        record.state = match record.plain {
            BilledState::Pending => BilledState::Pending,
            BilledState::Released => BilledState::Released,
            BilledState::Running
            | BilledState::StoppedStandard
            | BilledState::StoppedEconomical
            | BilledState::Suspended => {
                if suspended {
                    BilledState::Suspended
                } else {
                    record.plain
                }
            }
        };
    }

    /// Arrears suspend the bills of all, or no longer do.
    fn stand(&mut self, at: SimTime, standing: Standing) {
        self.suspended = standing.suspends_billing();
        (0..self.records.len()).for_each(|place| self.bill(at, InstanceId::at(place)));
    }

    fn handled(&mut self, at: SimTime, call: &CallFact, answer: CallAnswer) {
        if at < self.plan.warm_up {
            return;
        }
        let record = &mut self.records[call.instance.index()];
        match answer {
            CallAnswer::Accepted => {
                let (stops, starts) = begins(call.operation);
                record.stops += u64::from(stops);
                record.starts += u64::from(starts);
            }
            CallAnswer::Refused(refusal) => {
                record.refused += 1;
                record.no_stock += u64::from(refusal == Refusal::NoStock);
            }
            CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => {}
        }
    }
}

/// Whether an accepted call stops an instance, and whether it starts one.
fn begins(operation: OperationName) -> (bool, bool) {
    const STOPS: [OperationName; 2] = [OperationName::StopInstance, OperationName::StopInstances];
    const STARTS: [OperationName; 3] = [
        OperationName::StartInstance,
        OperationName::StartInstances,
        OperationName::ReActivateInstances,
    ];
    (STOPS.contains(&operation), STARTS.contains(&operation))
}

impl Record {
    fn settle(&mut self, now: SimTime) {
        self.spent[self.state.index()] += now.since(self.since).as_micros();
        self.since = self.since.max(now);
    }
}

impl Observer for InstanceTable<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        match *fact {
            Fact::CallHandled(call, answer) if !call.operation.is_batch() => {
                self.handled(at, &call, answer);
            }
            Fact::ItemHandled(call, answer) => self.handled(at, &call, answer),
            Fact::StateChanged { instance, to, .. } => self.change(at, instance, to),
            Fact::AddressChanged { instance } if at >= self.plan.warm_up => {
                self.records[instance.index()].changed_addresses += 1;
            }
            Fact::StandingChanged(standing) => self.stand(at, standing),
            Fact::Demanded { .. }
            | Fact::Intended { .. }
            | Fact::CallSent(_)
            | Fact::CallHandled(..)
            | Fact::AnswerDelivered(..)
            | Fact::CallTimedOut(_)
            | Fact::BecameReady { .. }
            | Fact::AddressChanged { .. }
            | Fact::StockChanged { .. }
            | Fact::CapacityChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. }
            | Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. }
            | Fact::Replaced { .. }
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. }
            | Fact::EconomicalDefault(_)
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::Slipped { .. }
            | Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. } => {}
        }
    }
}
