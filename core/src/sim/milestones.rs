//! Milestones, which look and do not touch: the warm-up's end, marks, every hour, the horizon.

use crate::books::outcome::{LatencyName, Outcome, PoolSample};
use crate::books::time::Was;
use crate::books::waves::NO_WAVE;
use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::region::Region;
use crate::engine::{Identity, Phase, Source};
use crate::units::SimTime;

use super::delivery::Reach;
use super::event::Event;
use super::instance_record::Item;
use super::observer::{CHECKPOINT_EVERY, LIVELOCK_FACTOR, Livelock, Observer};
use super::{Rest, World};

/// How many events past the limit are looked at to name the most frequent kind.
const NAMED_OVER: u64 = 1_000;

/// What happens at one instant.
#[derive(Clone, Debug)]
pub(super) struct Instant {
    at: SimTime,
    events: u64,
    /// As many as may be at one instant, besides those that were listed.
    limit: u64,
    /// How many of them were listed or drawn beforehand: these bring work, and end.
    listed: u64,
    kinds: Vec<(&'static str, u64)>,
}

impl Instant {
    /// Of a run of so many instances and controllers in all.
    pub(super) fn new(count: usize) -> Instant {
        Instant {
            at: SimTime::ZERO,
            events: 0,
            limit: LIVELOCK_FACTOR * count as u64,
            listed: 0,
            kinds: Vec::new(),
        }
    }

    /// Counts an event; fails when there are too many at one instant.
    #[inline(always)]
    pub(super) fn count(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        if now != self.at {
            self.at = now;
            self.events = 0;
            self.listed = 0;
            self.kinds.clear();
        }
        self.events += 1;
        if self.events <= self.limit { Ok(()) } else { self.count_kind(now, event) }
    }

    /// Notes that the event just counted was listed or drawn beforehand.
    pub(super) fn note_listed(&mut self) {
        self.listed += 1;
    }

    /// Counts the kinds of what is too much; fails when there is no doubt any longer.
    #[cold]
    fn count_kind(&mut self, now: SimTime, event: &Event) -> Result<(), Livelock> {
        let limit = self.limit + LIVELOCK_FACTOR * self.listed;
        if self.events <= limit {
            return Ok(());
        }
        let name = event.name();
        match self.kinds.iter_mut().find(|(kind, _)| *kind == name) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((name, 1)),
        }
        if self.events < limit + NAMED_OVER {
            return Ok(());
        }
        let most = self.kinds.iter().max_by_key(|(_, count)| *count);
        let most_frequent = most.map_or(name, |(kind, _)| kind);
        Err(Livelock { at: now, events: self.events, most_frequent })
    }
}

impl<O: Observer> World<'_, O> {
    #[inline(never)]
    pub(super) fn on_hour_ended(&mut self) {
        self.rest.books.checkpoint(self.rest.now, self.rest.digest.value());
        for place in 0..self.rest.plan.pools.len() {
            self.sample_pool(PoolId::at(place));
        }
        self.cloud.region().inventory().check();
        self.rest.schedule_milestone(self.rest.now + CHECKPOINT_EVERY, Event::HourEnded);
    }

    fn sample_pool(&mut self, pool: PoolId) {
        let Some(stock) = self.cloud.region().inventory().stock(pool) else { return };
        let sample = PoolSample {
            at: self.rest.now,
            total: stock.total,
            ours: stock.ours,
            others: stock.others,
            free: stock.free,
            deficit: stock.deficit,
        };
        self.rest.books.sample_pool(pool, sample);
    }

    /// Statistics begin here: what was due or under way before is not measured.
    pub(super) fn on_warm_up_ended(&mut self) {
        let now = self.rest.now;
        self.cloud.restart_meters(now);
        for record in &mut self.rest.records {
            record.since = now;
            record.item = Item::None;
            record.wave = NO_WAVE;
            record.accepted_at = SimTime::NEVER;
            record.called_at = SimTime::NEVER;
        }
        self.rest.restart_services();
        self.rest.books.restart(now);
    }

    /// Tells what the bill is so far, by a copy of the books: they go on as if nobody had looked.
    pub(super) fn on_mark_passed(&mut self) {
        let World { cloud, rest, .. } = self;
        let (region, now) = (cloud.region(), rest.now);
        let mut books = rest.books.clone();
        for (place, record) in rest.records.iter().enumerate() {
            let instance = InstanceId::at(place);
            if record.since != now {
                books.book(instance, rest.was(region, instance), (record.since, now));
            }
        }
        let instances = (0..rest.records.len()).map(InstanceId::at);
        let mark = books.into_mark(now, instances.map(|id| region.kind_of(id)));
        rest.books.keep(mark);
    }

    /// The end: what is still open is censored, and the laws are held.
    pub(super) fn close(mut self) -> Outcome {
        for id in 0..self.rest.records.len() {
            let instance = InstanceId::at(id);
            self.rest.book(self.cloud.region(), instance);
            self.rest.give_up_item(instance);
            self.censor_work(instance);
        }
        let now = self.rest.now;
        let World { cloud, network, rest, .. } = &mut self;
        let instances = (0..rest.records.len()).map(InstanceId::at);
        rest.books.close_cycles(now, instances.map(|id| cloud.region().kind_of(id)));
        network.close(&mut Reach { cloud, rest });
        self.rest.books.book_free(now);
        self.rest.close_services(self.cloud.region());
        self.rest.books.close_waves(now);
        self.cloud.region().check(now);
        self.rest.books.check(&self.cloud.region().read_meters(now));
        if !self.rest.measures {
            // It was cut short within the warm-up: nothing of all this was in the window.
            self.on_warm_up_ended();
        }
        self.rest.books.close(now, self.rest.digest.value())
    }

    fn censor_work(&mut self, instance: InstanceId) {
        let record = self.rest.records[instance.index()];
        if record.called_at != SimTime::NEVER {
            self.rest.books.censored(LatencyName::StartCalledToRunning);
        }
        if record.accepted_at != SimTime::NEVER {
            let starting = self.cloud.region().state(instance).status()
                == crate::ecs::instance::Status::Starting;
            let name = if starting {
                LatencyName::StartAcceptedToRunning
            } else {
                LatencyName::StopAcceptedToStopped
            };
            self.rest.books.censored(name);
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    pub(super) fn schedule_milestone(&mut self, at: SimTime, event: Event) {
        let source = Source { rank: u32::MAX, identity: Identity::of("milestone", event.name()) };
        if at < self.plan.horizon {
            self.fel.schedule(at, Phase::Observer, source, event);
        }
    }

    /// Books the open span of an instance into the ledger.
    #[inline(always)]
    pub(super) fn book(&mut self, region: &Region, instance: InstanceId) {
        let record = &mut self.records[instance.index()];
        let since = std::mem::replace(&mut record.since, self.now);
        if since != self.now {
            self.book_since(region, instance, since);
        }
    }

    fn book_since(&mut self, region: &Region, instance: InstanceId, since: SimTime) {
        let was = self.was(region, instance);
        self.books.book(instance, was, (since, self.now));
    }

    /// How an instance is, and has been since its open span began.
    #[inline(always)]
    fn was(&self, region: &Region, instance: InstanceId) -> Was {
        let record = &self.records[instance.index()];
        let state = region.state(instance);
        let billed = region.billed_state(instance);
        Was { kind: region.kind_of(instance), billed, why: record.why(state, billed) }
    }
}
