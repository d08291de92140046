//! An instance that stands in for another, and of which one something is wanted.
//!
//! What is wanted is wanted once. An instance and its replacements are a family, of which one at
//! a time is the wanted one: at first the one replaced, then the replacement, as soon as it is
//! created and its controller has heard of it, unless another of the family is ready before.
//! Whoever is the wanted one stands for its family in the baseline. The others are beside it: had
//! nothing been stopped, nothing had been replaced, so what they cost is a cost of the policy, and
//! that they are stopped is no saving.

use crate::books::outcome::LatencyName;
use crate::books::waves::NO_WAVE;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::region::Region;
use crate::fact::Fact;
use crate::units::SimTime;

use super::Rest;
use super::instance_record::{Item, NOBODY, Past};
use super::observer::Observer;
use super::plan::Plan;

/// Who replaces whom.
#[derive(Clone, Debug)]
pub(super) struct Families {
    /// By instance; empty when no controller replaces.
    of: Vec<Member>,
}

/// An instance as one of its family.
#[derive(Clone, Copy, Debug, Default)]
struct Member {
    /// The instance that its family replaces; none if it has no family.
    origin: Option<InstanceId>,
    /// Which of the family is wanted in its place, kept with the one that is replaced.
    holder: Option<InstanceId>,
    /// Whether a controller has heard of it as a replacement.
    heard: bool,
}

impl Families {
    pub(super) fn new(plan: &Plan) -> Families {
        let replaces = plan.controllers.iter().any(|controller| controller.replace.is_some());
        let instances = if replaces { plan.region.instance_count() as usize } else { 0 };
        Families { of: vec![Member::default(); instances] }
    }

    fn origin(&self, instance: InstanceId) -> Option<InstanceId> {
        self.of.get(instance.index())?.origin
    }
}

impl<O: Observer> Rest<'_, O> {
    /// A controller has heard of a replacement, and looks after it: what was wanted of the other is
    /// wanted of it.
    #[inline(never)]
    pub(super) fn on_adopted(&mut self, region: &Region, old: InstanceId, new: InstanceId) {
        self.books.replaced();
        if self.origin_of(new) == self.origin_of(old) {
            self.families.of[new.index()].heard = true;
            self.let_stand_in(region, new);
        }
    }

    /// A new instance is of the family of the one it may replace; nothing is wanted of it yet.
    pub(super) fn join_family(&mut self, replaced: InstanceId, new: InstanceId) {
        let origin = self.origin_of(replaced);
        self.families.of[origin.index()].origin = Some(origin);
        self.families.of[new.index()].origin = Some(origin);
        self.records[new.index()].past = Past::New;
    }

    /// A replacement is created, or is heard of: once it is both, it is the wanted one.
    pub(super) fn let_stand_in(&mut self, region: &Region, new: InstanceId) {
        let heard = self.families.of.get(new.index()).is_some_and(|one| one.heard);
        if heard && region.state(new) != State::Pending && region.exists(new) {
            self.take_over(region, new);
        }
    }

    /// An instance is ready, or may be waited for: it is the wanted one, if the one that was is
    /// not ready.
    pub(super) fn take_over(&mut self, region: &Region, instance: InstanceId) {
        if self.families.origin(instance).is_none() {
            return;
        }
        let holder = self.holder_of(instance);
        if holder != instance && !self.records[holder.index()].ready {
            self.pass_on(region, holder, instance);
        }
    }

    /// An instance is gone: the one that it stood in for is the wanted one again.
    pub(super) fn step_down(&mut self, region: &Region, gone: InstanceId) {
        let (holder, origin) = (self.holder_of(gone), self.origin_of(gone));
        if holder == gone && origin != gone && region.exists(origin) {
            self.pass_on(region, gone, origin);
        }
    }

    /// Of whom something is wanted when it is wanted of this instance.
    #[inline(always)]
    pub(super) fn wanted_one(&mut self, region: &Region, instance: InstanceId) -> InstanceId {
        if self.families.of.is_empty() { instance } else { self.wanted_of_family(region, instance) }
    }

    #[inline(never)]
    fn wanted_of_family(&mut self, region: &Region, instance: InstanceId) -> InstanceId {
        let (holder, origin) = (self.holder_of(instance), self.origin_of(instance));
        let serves = self.records[holder.index()].ready;
        let better = self.records[origin.index()].ready || !region.exists(holder);
        if holder == origin || serves || !better {
            return holder;
        }
        self.pass_on(region, holder, origin);
        origin
    }

    fn origin_of(&self, instance: InstanceId) -> InstanceId {
        self.families.origin(instance).unwrap_or(instance)
    }

    /// Which of an instance's family is the wanted one; itself, if it has none.
    pub(super) fn holder_of(&self, instance: InstanceId) -> InstanceId {
        let origin = self.origin_of(instance);
        self.families.of.get(origin.index()).and_then(|one| one.holder).unwrap_or(origin)
    }

    /// What is wanted of one is wanted of the other instead, and what was due of it is due.
    #[inline(never)]
    fn pass_on(&mut self, region: &Region, from: InstanceId, to: InstanceId) {
        self.book(region, from);
        self.book(region, to);
        let origin = self.origin_of(to);
        self.families.of[origin.index()].holder = Some(to);
        let old = &mut self.records[from.index()];
        let was = *old;
        old.wanted = false;
        old.owner = NOBODY;
        old.item = Item::None;
        old.wave = NO_WAVE;
        old.called_at = SimTime::NEVER;
        old.beside = true;
        let new = &mut self.records[to.index()];
        new.demand = was.demand;
        new.has_demand = was.has_demand;
        new.wanted = was.wanted;
        new.owner = was.owner;
        new.item = was.item;
        new.due = was.due;
        new.wave = was.wave;
        new.knows = was.knows;
        new.down = was.down;
        new.called_at = was.called_at;
        new.beside = false;
        self.note(Fact::StandsIn { instance: from, by: to });
        if was.wanted {
            self.note(Fact::Demanded { instance: from, wanted: false });
            self.note(Fact::Demanded { instance: to, wanted: true });
        }
        if region.state(to) == State::Running {
            self.start_called_ends(to);
            self.item_running(to);
            if self.records[to.index()].ready {
                self.item_done(to, Item::Ready, LatencyName::StartDueToReady);
            }
        }
    }
}
