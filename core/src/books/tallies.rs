//! Counts: of addresses, credits, lost data, stops in another mode, arrears, replacements, beliefs.

use crate::ecs::id::InstanceId;
use crate::ecs::spec::Ineligible;
use crate::fact::Belief;

use super::{Books, name_one};

impl Books<'_> {
    /// Whether data was lost that had not been written.
    #[inline]
    pub fn data_lost(&mut self, lost: bool) {
        self.out.counts.plain.data_loss_stops += u64::from(lost);
    }

    /// A stop was accepted: whether it left the mode to the account, and why it is in standard mode
    /// although it asked for the economical one.
    #[inline]
    pub fn stop_accepted(&mut self, relied_on_default: bool, downgraded: Option<Ineligible>) {
        self.out.counts.relied_on_default += u64::from(relied_on_default);
        if let Some(why) = downgraded {
            *self.out.counts.downgraded.entry(why).or_default() += 1;
        }
    }

    /// An instance was stopped because the account owes.
    pub fn stopped_for_arrears(&mut self) {
        self.out.counts.arrears.stopped += 1;
    }

    /// Such an instance was to be started again: whether it was.
    pub fn restarted_after_arrears(&mut self, started: bool) {
        if started {
            self.out.counts.arrears.restarted += 1;
        } else {
            self.out.counts.arrears.not_restarted += 1;
        }
    }

    /// A controller took an instance in place of another.
    pub fn replaced(&mut self) {
        self.out.counts.replaced += 1;
    }

    /// A controller is done with an instance and believes this; whether the action that it speaks
    /// of was carried out, or is being so.
    pub fn judge(&mut self, belief: Belief, going: bool) {
        let beliefs = &mut self.out.counts.beliefs;
        match belief {
            Belief::Done(_) if !going => beliefs.wrongly_done += 1,
            Belief::Failed(_) if going => beliefs.wrongly_failed += 1,
            Belief::Done(_) | Belief::Failed(_) => beliefs.right += 1,
            Belief::Unknown | Belief::UnderWay(_) => {}
        }
    }

    #[inline(never)]
    pub(super) fn on_address_changed(&mut self, instance: InstanceId) {
        self.out.counts.changed_addresses += 1;
        name_one(&mut self.out.counts.changed_address_instances, instance);
    }

    pub(super) fn on_credits_cleared(&mut self, instance: InstanceId) {
        self.out.counts.credits.credits_cleared += 1;
        name_one(&mut self.out.counts.credits_cleared_instances, instance);
    }

    pub(super) fn on_credits_granted(&mut self, credits: u32, falls_back: bool) {
        let tally = &mut self.out.counts.credits;
        tally.credits_granted_anew += 1;
        tally.initial_credits += u64::from(credits);
        tally.fell_back_to_standard += u64::from(falls_back);
    }
}
