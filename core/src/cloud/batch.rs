//! Batches: one request about many instances, and an answer for each of them.

use std::collections::BTreeSet;

use crate::ecs::answer::ItemAnswer;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::operation::{Operation, RebootInstances};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Batch, BatchItem as Handled, Work};
use crate::engine::Occasion;
use crate::fact::{CallAnswer, CallFact, Fact};

use super::{Asked, Cloud, Outputs};

/// One instance of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchItem {
    /// Which one.
    pub instance: InstanceId,
    /// The occasion of what is asked of it: its works have the luck of that.
    pub occasion: Occasion,
}

impl Cloud<'_> {
    /// Carries out a batch; the items are in its order.
    ///
    /// # Errors
    /// The refusal, if it is refused as a whole.
    ///
    /// # Panics
    /// If it is no batch.
    pub fn carry_out_batch<Out: Outputs>(
        &mut self,
        out: &mut Out,
        asked: &Asked,
        items: &[BatchItem],
        operation: &Operation,
    ) -> Result<Vec<ItemAnswer>, Refusal> {
        let mut before = Vec::with_capacity(items.len());
        for item in items {
            out.book(&self.region, item.instance);
            before.push(self.region.state(item.instance));
        }
        let accepted = match self.region.call(out.now(), asked.caller, operation) {
            Ok(accepted) => accepted,
            Err(refusal) => {
                if refusal == Refusal::NoStock {
                    self.claims_refused(out, items, &before);
                }
                return Err(refusal);
            }
        };
        if let Accepted::Starts(handled) = accepted {
            return Ok(self.starts_handled(out, asked, items, &before, handled));
        }
        if let Accepted::Stops(handled) = accepted {
            let all = items.iter().zip(&before).zip(handled);
            let answers = all.map(|((item, &from), handled)| {
                self.item_handled(out, asked, *item, handled, |cloud, out, own, stop| {
                    cloud.stop_began(out, own, item.instance, from, &stop);
                })
            });
            return Ok(answers.collect());
        }
        let Accepted::Reboots(handled) = accepted else {
            unreachable!("a batch has an answer per instance")
        };
        let Operation::RebootInstances(RebootInstances { force, .. }) = *operation else {
            unreachable!("only RebootInstances reboots a list")
        };
        let all = items.iter().zip(&before).zip(handled);
        let answers = all.map(|((item, &from), handled)| {
            self.item_handled(out, asked, *item, handled, |cloud, out, own, work| {
                cloud.reboot_began(out, own, item.instance, from, (work, force));
            })
        });
        Ok(answers.collect())
    }

    /// The region took all the stock at once: the pools are told of when every instance is.
    fn starts_handled<Out: Outputs>(
        &mut self,
        out: &mut Out,
        asked: &Asked,
        items: &[BatchItem],
        before: &[State],
        handled: Batch<Work>,
    ) -> Vec<ItemAnswer> {
        let mut pools = BTreeSet::new();
        let all = items.iter().zip(before).zip(handled);
        let answers = all
            .map(|((item, &from), handled)| {
                self.item_handled(out, asked, *item, handled, |cloud, out, own, start| {
                    let (instance, by) = (item.instance, Some(own.controller));
                    pools.extend(cloud.start_accepted(out, instance, from, by));
                    cloud.begin_start(out, instance, start, own);
                })
            })
            .collect();
        for pool in pools {
            self.stock_changed(out, pool);
        }
        answers
    }

    /// Stock was short for a batch as a whole: all that hoped for some went without.
    fn claims_refused(&self, out: &mut impl Outputs, items: &[BatchItem], before: &[State]) {
        let economical = State::Stopped { effective: StoppedMode::StopCharging };
        for (item, _) in items.iter().zip(before).filter(|(_, state)| **state == economical) {
            self.claim_refused(out, item.instance);
        }
    }

    fn item_handled<T, Out: Outputs>(
        &mut self,
        out: &mut Out,
        asked: &Asked,
        item: BatchItem,
        handled: Handled<T>,
        began: impl FnOnce(&mut Self, &mut Out, &Asked, T),
    ) -> ItemAnswer {
        let Handled { target, previous, current, result } = handled;
        let BatchItem { instance, occasion } = item;
        let (result, answer) = match result {
            Ok(begun) => {
                began(self, out, &Asked { occasion, ..*asked }, begun);
                (Ok(()), CallAnswer::Accepted)
            }
            Err(refusal) => {
                if refusal == Refusal::NoStock {
                    self.claim_refused(out, instance);
                }
                (Err(refusal), CallAnswer::Refused(refusal))
            }
        };
        let Asked { operation, controller, number, asks, .. } = *asked;
        let call =
            CallFact { operation, controller, instance, occasion, number, shared: true, asks };
        out.happened(&self.region, Fact::ItemHandled(call, answer));
        ItemAnswer { target, previous, current, result }
    }
}
