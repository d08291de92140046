//! Changes of type under way.

use crate::ecs::id::InstanceId;
use crate::ecs::operation::{ModifyInstanceSpec, Operation, TypeTarget};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Work};
use crate::fact::{Fact, purpose};

use super::{Asked, Cloud, Outputs};

impl Cloud<'_> {
    /// Lets the region change an instance's type.
    #[inline(never)]
    pub(super) fn apply_change(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &ModifyInstanceSpec,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let operation = Operation::ModifyInstanceSpec(request.clone());
        let Accepted::Change(change) = self.region.call(out.now(), asked.caller, &operation)?
        else {
            unreachable!("an accepted ModifyInstanceSpec changes a type")
        };
        if let Some(work) = change.work {
            let TypeTarget::Id(to) = request.instance_type else {
                unreachable!("a change to a type that is not known is refused")
            };
            out.happened(&self.region, Fact::TypeChanged { instance, to });
            for pool in change.pools.into_iter().flatten() {
                self.stock_changed(out, pool);
                self.serve_waiting(out, pool);
            }
            self.begin_change(out, instance, work, asked);
        }
        Ok(())
    }

    fn begin_change(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        work: Work,
        asked: &Asked,
    ) {
        let group = self.region.group_of(instance).index();
        let life = &self.plan.lifecycles[group].type_change;
        let who = out.name(instance);
        let (occasion, k) = (asked.occasion, asked.number);
        let takes = self.decisions.duration(who, purpose::TYPE_CHANGE, occasion, k, life);
        self.finish_after(out, instance, work, asked, takes);
    }
}
