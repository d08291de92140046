//! DescribeAvailableResource: what the pools show to whoever asks before acting.
//!
//! A read and no reservation: between its answer and the call that relies on it the stock may go.

use super::Region;
use super::authorise::Resource;
use crate::ecs::answer::{AvailableRow, StatusCategory};
use crate::ecs::id::{CallerId, GroupId, KindId, TypeId, ZoneId};
use crate::ecs::operation::{DescribeAvailableResource, OperationName};
use crate::ecs::refusal::Refusal;

impl Region {
    /// One row per zone and type that the fleet can be of, in the order of groups and types.
    pub(super) fn describe_available(
        &mut self,
        caller: CallerId,
        request: &DescribeAvailableResource,
    ) -> Result<Vec<AvailableRow>, Refusal> {
        if request.zone.is_some_and(|zone| zone.index() >= self.spec.zones.len()) {
            return Err(Refusal::ZoneNotFound);
        }
        let operation = OperationName::DescribeAvailableResource;
        self.authorise(caller, operation, Resource::Every)?;
        let mut rows: Vec<AvailableRow> = Vec::new();
        for place in 0..self.spec.groups.len() {
            for kind in self.spec.kinds_of(GroupId::at(place)) {
                let (zone, instance_type) = self.place_of(kind);
                let asked = request.zone.is_none_or(|one| one == zone)
                    && request.instance_type.is_none_or(|one| one == instance_type);
                let known = |row: &AvailableRow| (row.zone, row.instance_type);
                if asked && !rows.iter().any(|row| known(row) == (zone, instance_type)) {
                    rows.push(AvailableRow { zone, instance_type, category: self.category(kind) });
                }
            }
        }
        Ok(rows)
    }

    fn place_of(&self, kind: KindId) -> (ZoneId, TypeId) {
        let kind = self.spec.kind(kind);
        (kind.group.zone, kind.instance_type)
    }

    /// How much stock there is for one instance of a kind. A pool without a limit never runs
    /// low. Source: *Assumed*: the page gives the four words, not what they are decided by.
    pub fn category(&self, kind: KindId) -> StatusCategory {
        let facts = &self.facts[kind.index()];
        let instance_type = self.spec.kind(kind).instance_type;
        if self.spec.types[instance_type.index()].withdrawn {
            return StatusCategory::ClosedWithoutStock;
        }
        let Some(pool) = facts.pool else { return StatusCategory::WithStock };
        if !self.inventory.could_claim(pool, facts.units) {
            return StatusCategory::WithoutStock;
        }
        let low_stock_threshold = self.spec.pools[pool.index()].low_stock_threshold;
        match self.inventory.stock(pool) {
            Some(stock) if stock.free < low_stock_threshold => StatusCategory::ClosedWithStock,
            Some(_) | None => StatusCategory::WithStock,
        }
    }
}
