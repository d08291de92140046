//! Arrears: the account's standing turns at listed times, and the platform acts on it.

use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::StoppedMode;
use crate::ecs::spec::ChargeType;
use crate::engine::{Identity, Source};

use super::World;
use super::event::Event;
use super::ledger::DownReason;
use super::observer::Observer;
use super::plan::ArrearsTurn;
use crate::fact::Fact;

impl<O: Observer> World<'_, O> {
    pub(super) fn schedule_standing(&mut self, step: u32) {
        if let Some(next) = self.rest.plan.arrears.get(step as usize) {
            let identity = Identity::of("arrears", &step.to_string());
            let source = Source { rank: (8 << 16) + step, identity };
            self.rest.schedule_environment(next.at, source, Event::StandingTurned { step });
        }
    }

    #[inline(never)]
    pub(super) fn on_standing_turned(&mut self, step: u32) {
        self.rest.instant.note_listed();
        self.schedule_standing(step + 1);
        match self.rest.plan.arrears[step as usize].turn {
            ArrearsTurn::Overdue => self.stand(Standing::Overdue),
            ArrearsTurn::Suspended => {
                self.stand(Standing::Suspended);
                for instance in self.debtors() {
                    self.stop_for_arrears(instance);
                }
            }
            ArrearsTurn::ComputeReleased => {
                for instance in self.debtors() {
                    self.reclaim(instance, DownReason::Arrears);
                }
            }
            ArrearsTurn::Released => self.stand(Standing::Released),
            ArrearsTurn::Paid { restarts } => {
                self.stand(Standing::Good);
                let stopped = std::mem::take(&mut self.cloud.stopped_for_arrears);
                // Who was deleted meanwhile is not asked for.
                let there =
                    stopped.into_iter().filter(|id| restarts && self.cloud.region.exists(*id));
                let there: Vec<InstanceId> = there.collect();
                there.into_iter().for_each(|instance| self.restart_after_arrears(instance));
            }
        }
    }

    fn stand(&mut self, standing: Standing) {
        for place in 0..self.rest.records.len() {
            self.rest.book(&self.cloud.region, InstanceId::at(place));
        }
        self.cloud.region.set_standing(self.rest.now, standing);
        self.rest.note(Fact::StandingChanged(standing));
    }

    /// Every instance that is paid for by the second.
    fn debtors(&self) -> Vec<InstanceId> {
        let groups = self.rest.plan.region.groups.iter();
        let owing = groups.filter(|group| group.charge == ChargeType::PayAsYouGo);
        owing.flat_map(|group| group.instances()).collect()
    }

    /// Economical mode if the account enabled it. Source: economical-mode page (zh).
    fn stop_for_arrears(&mut self, instance: InstanceId) {
        let mode = match self.cloud.region.economical_default() {
            true => StoppedMode::StopCharging,
            false => StoppedMode::KeepCharging,
        };
        if self.platform_stop(instance, mode, DownReason::Arrears) {
            self.cloud.stopped_for_arrears.push(instance);
            self.rest.out.arrears.stopped += 1;
        }
    }

    /// What comes up while services are suspended is brought down again.
    pub(super) fn stop_if_suspended(&mut self, instance: InstanceId) {
        let group = self.rest.plan.region.group(self.cloud.region.group_of(instance));
        if self.cloud.region.standing().suspends_billing() && group.charge == ChargeType::PayAsYouGo
        {
            self.stop_for_arrears(instance);
        }
    }

    fn restart_after_arrears(&mut self, instance: InstanceId) {
        match self.platform_start(instance) {
            Ok(()) => self.rest.out.arrears.restarted += 1,
            Err(_) => self.rest.out.arrears.not_restarted += 1,
        }
    }
}
