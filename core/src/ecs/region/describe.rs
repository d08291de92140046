//! What the Describe operations answer: statuses by page, instances by token.
//!
//! Reading changes nothing, and is never refused for a state or a lock.

use super::Region;
use super::authorise::Resource;
use crate::ecs::account::Standing;
use crate::ecs::answer::{
    Addresses, Described, InstancePage, InstanceRow, InstanceStatus, Locks, StatusPage,
    StoppedModeAnswer,
};
use crate::ecs::condition::Condition;
use crate::ecs::id::{CallerId, GroupId, InstanceId, ZoneId};
use crate::ecs::meter::BilledState;
use crate::ecs::operation::{
    DescribeInstanceStatus, DescribeInstances, IDS_MAX, Ids, OperationName, PAGE_SIZE_MAX,
    RESULTS_MAX, Rows,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::{ChargeType, GroupSpec, PublicAddress};

impl Region {
    /// What DescribeInstances says of one instance, without asking who wants to know.
    pub fn describe(&self, id: InstanceId) -> Described {
        let instance = &self.instances[id.index()];
        let group = self.spec.group(self.group_of(id));
        let has_address = instance.has_static_address;
        Described {
            status: instance.state().status(),
            stopped_mode: self.stopped_mode(id),
            addresses: Addresses {
                static_public: has_address.then_some(instance.address_changes),
                eip: group.public_address == PublicAddress::Eip,
                private: id,
            },
            locks: Locks {
                security: instance.conditions.has(Condition::SecurityLock),
                financial: instance.conditions.has(Condition::FinancialLock)
                    || (self.standing.suspends_billing() && self.owes(id)),
                recycling: instance.conditions.has(Condition::Recycling),
            },
        }
    }

    fn stopped_mode(&self, id: InstanceId) -> StoppedModeAnswer {
        match self.facts_of(id).ineligible {
            Some(_) => StoppedModeAnswer::NotApplicable,
            None => StoppedModeAnswer::of(self.state(id)),
        }
    }

    pub(super) fn describe_status(
        &mut self,
        caller: CallerId,
        request: &DescribeInstanceStatus,
    ) -> Result<StatusPage, Refusal> {
        let (page_number, page_size) = (request.page_number, request.page_size);
        if page_number == 0 || !(1..=PAGE_SIZE_MAX).contains(&page_size) {
            return Err(Refusal::InvalidPaging);
        }
        check_ids(&request.ids)?;
        if request.zone.is_some_and(|zone| zone.index() >= self.spec.zones.len()) {
            return Err(Refusal::ZoneNotFound);
        }
        self.authorise_ids(caller, OperationName::DescribeInstanceStatus, &request.ids)?;
        let row = |instance| InstanceStatus { instance, status: self.status(instance) };
        let skip = u64::from(page_number - 1) * u64::from(page_size);
        let (total_count, rows) = match &request.ids {
            Ids::One(id) => {
                let found = Some(*id).filter(|&id| self.is_in(id, request.zone));
                let rows = match found {
                    Some(id) if skip == 0 => Rows::One(row(id)),
                    Some(_) | None => Rows::Many(Vec::new()),
                };
                (u32::from(found.is_some()), rows)
            }
            Ids::Listed(ids) => {
                let found = ids.iter().copied().filter(|&id| self.is_in(id, request.zone));
                let page = found.clone().skip(saturating_usize(skip)).take(page_size as usize);
                let total = u32::try_from(found.count()).expect("at most 100 ids");
                (total, Rows::Many(page.map(row).collect()))
            }
            Ids::All => {
                let (total, page) = self.page_of_zone(request.zone, skip, page_size);
                (total, Rows::Many(page.into_iter().map(row).collect()))
            }
        };
        Ok(StatusPage { total_count, page_number, page_size, rows })
    }

    pub(super) fn describe_instances(
        &mut self,
        caller: CallerId,
        request: &DescribeInstances,
    ) -> Result<InstancePage, Refusal> {
        if !(1..=RESULTS_MAX).contains(&request.max_results) {
            return Err(Refusal::InvalidPaging);
        }
        check_ids(&request.ids)?;
        self.authorise_ids(caller, OperationName::DescribeInstances, &request.ids)?;
        let wanted = |id: &InstanceId| {
            self.is_in(*id, None) && request.status.is_none_or(|status| self.status(*id) == status)
        };
        let row = |instance| InstanceRow { instance, described: self.describe(instance) };
        let (from, most) = (request.next_token, request.max_results as usize);
        match &request.ids {
            Ids::One(id) => {
                let rows = match Some(*id).filter(|id| from == 0 && wanted(id)) {
                    Some(id) => Rows::One(row(id)),
                    None => Rows::Many(Vec::new()),
                };
                Ok(InstancePage { rows, next_token: None })
            }
            Ids::Listed(ids) => {
                let rest = ids.iter().copied().zip(1..).skip(from as usize);
                Ok(page(rest.filter(|(id, _)| wanted(id)), most, row))
            }
            Ids::All => {
                let count = self.spec.instance_count();
                let rest = (from..count).map(|place| (InstanceId(place), place + 1));
                Ok(page(rest.filter(|(id, _)| wanted(id)), most, row))
            }
        }
    }

    /// Whether a caller may read one instance: a read that names this instance alone, and has no
    /// other parameter, can be refused by the caller's policy only.
    ///
    /// # Errors
    /// The refusal, as [`Region::call`] has it.
    #[inline(always)]
    pub fn shows_one(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        instance: InstanceId,
    ) -> Result<(), Refusal> {
        self.authorise_ids(caller, operation, &Ids::One(instance))
    }

    #[inline(always)]
    fn authorise_ids(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        ids: &Ids,
    ) -> Result<(), Refusal> {
        let known = self.instances.len();
        let resource = |id: InstanceId| {
            if id.index() < known { Resource::Instance(id) } else { Resource::Stranger("") }
        };
        match ids {
            Ids::All => self.authorise(caller, operation, Resource::Every),
            Ids::One(id) => self.authorise(caller, operation, resource(*id)),
            Ids::Listed(ids) => {
                ids.iter().try_for_each(|&id| self.authorise(caller, operation, resource(id)))
            }
        }
    }

    /// Whether the region has the instance, in that zone if one is named. An unknown id is left
    /// out of the answer without an error. Source: *Assumed*, as clients rely on it.
    fn is_in(&self, id: InstanceId, zone: Option<ZoneId>) -> bool {
        self.exists(id)
            && zone.is_none_or(|zone| self.spec.group(self.group_of(id)).zone == zone)
            && self.still_exists(self.spec.group(self.group_of(id)))
    }

    /// Whether arrears have not yet released the instances of a group.
    fn still_exists(&self, group: &GroupSpec) -> bool {
        self.standing != Standing::Released || group.charge != ChargeType::PayAsYouGo
    }

    /// How many instances a zone has, and those of one page; whole groups are stepped over, and
    /// so are, one by one, instances that are not there.
    fn page_of_zone(&self, zone: Option<ZoneId>, skip: u64, size: u32) -> (u32, Vec<InstanceId>) {
        let (mut total, mut skip, mut page) = (0, skip, Vec::new());
        for (place, group) in self.spec.groups.iter().enumerate() {
            if zone.is_some_and(|zone| group.zone != zone) || !self.still_exists(group) {
                continue;
            }
            let absent = self.instances_billed_as(GroupId::at(place), BilledState::Released);
            let there = group.count - absent;
            total += there;
            let stepped_over = skip.min(u64::from(there));
            skip -= stepped_over;
            let missing = size as usize - page.len();
            let after = saturating_usize(stepped_over);
            if absent == 0 {
                page.extend(group.instances().skip(after).take(missing));
            } else {
                let there = group.instances().filter(|&id| self.exists(id));
                page.extend(there.skip(after).take(missing));
            }
        }
        (total, page)
    }
}

/// A page of rows, and the place after the last one if there may be more.
fn page(
    found: impl Iterator<Item = (InstanceId, u32)>,
    most: usize,
    row: impl Fn(InstanceId) -> InstanceRow,
) -> InstancePage {
    let mut found = found.peekable();
    let (mut rows, mut next) = (Vec::new(), 0);
    while let Some((id, after)) = found.next_if(|_| rows.len() < most) {
        rows.push(row(id));
        next = after;
    }
    let next_token = found.peek().map(|_| next);
    InstancePage { rows: Rows::Many(rows), next_token }
}

fn check_ids(ids: &Ids) -> Result<(), Refusal> {
    match ids {
        Ids::Listed(ids) if ids.is_empty() || ids.len() > IDS_MAX => Err(Refusal::InvalidPaging),
        Ids::Listed(_) | Ids::One(_) | Ids::All => Ok(()),
    }
}

fn saturating_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
