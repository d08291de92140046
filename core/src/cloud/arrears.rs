//! Arrears: the account's standing turns at listed times, and the platform acts on it.

use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::StoppedMode;
use crate::ecs::spec::ChargeType;
use crate::engine::{Identity, Source};
use crate::fact::Fact;

use super::plan::ArrearsTurn;
use super::{Cloud, Event, News, Outputs, PlatformCause};

impl Cloud<'_> {
    pub(super) fn schedule_standing(&self, out: &mut impl Outputs, step: u32) {
        if let Some(next) = self.plan.arrears.get(step as usize) {
            let identity = Identity::of("arrears", &step.to_string());
            let source = Source { rank: (8 << 16) + step, identity };
            out.schedule_environment(next.at, source, Event::StandingTurned { step });
        }
    }

    #[inline(never)]
    pub(super) fn on_standing_turned(&mut self, out: &mut impl Outputs, step: u32) {
        out.listed();
        self.schedule_standing(out, step + 1);
        match self.plan.arrears[step as usize].turn {
            ArrearsTurn::Overdue => self.stand(out, Standing::Overdue),
            ArrearsTurn::Suspended => {
                self.stand(out, Standing::Suspended);
                for instance in self.debtors() {
                    self.stop_for_arrears(out, instance);
                }
            }
            ArrearsTurn::ComputeReleased => {
                for instance in self.debtors() {
                    self.reclaim(out, instance, PlatformCause::Arrears);
                }
            }
            ArrearsTurn::Released => self.stand(out, Standing::Released),
            ArrearsTurn::Paid { restarts } => {
                self.stand(out, Standing::Good);
                let stopped = std::mem::take(&mut self.stopped_for_arrears);
                // Who was deleted meanwhile is not asked for.
                let there = stopped.into_iter().filter(|id| restarts && self.region.exists(*id));
                let there: Vec<InstanceId> = there.collect();
                there.into_iter().for_each(|instance| self.restart_after_arrears(out, instance));
            }
        }
    }

    fn stand(&mut self, out: &mut impl Outputs, standing: Standing) {
        for place in 0..self.plan.region.instance_count() as usize {
            out.book(&self.region, InstanceId::at(place));
        }
        self.region.set_standing(out.now(), standing);
        out.happened(&self.region, Fact::StandingChanged(standing));
    }

    /// Every instance that is paid for by the second.
    fn debtors(&self) -> Vec<InstanceId> {
        let groups = self.plan.region.groups.iter();
        let owing = groups.filter(|group| group.charge == ChargeType::PayAsYouGo);
        owing.flat_map(|group| group.instances()).collect()
    }

    /// Economical mode if the account enabled it. Source: economical-mode page (zh).
    fn stop_for_arrears(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        let mode = match self.region.economical_default() {
            true => StoppedMode::StopCharging,
            false => StoppedMode::KeepCharging,
        };
        if self.platform_stop(out, instance, mode, PlatformCause::Arrears) {
            self.stopped_for_arrears.push(instance);
            out.tell(&self.region, News::StoppedForArrears(instance));
        }
    }

    /// What comes up while services are suspended is brought down again.
    #[inline(always)]
    pub(super) fn stop_if_suspended(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        if !self.region.standing().suspends_billing() {
            return;
        }
        let group = self.plan.region.group(self.region.group_of(instance));
        if group.charge == ChargeType::PayAsYouGo {
            self.stop_for_arrears(out, instance);
        }
    }

    fn restart_after_arrears(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        let started = self.platform_start(out, instance).is_ok();
        out.tell(&self.region, News::RestartedAfterArrears { instance, started });
    }
}
