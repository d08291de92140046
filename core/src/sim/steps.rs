//! A run in steps: one event after the other, up to a time, or to its end.

use std::collections::BTreeMap;

use crate::books::outcome::Outcome;
use crate::client::{Call, CallId, Client, Outbox, Post, Wake};
use crate::engine::Decisions;
use crate::units::SimTime;

use super::event::Event;
use super::observer::{Livelock, Observer};
use super::plan::Plan;
use super::seats::Reply;
use super::{RunId, World};

/// A run that goes on when it is told to.
///
/// However it is stepped, it comes to the same outcome, digest and all. A copy goes on by itself:
/// a run can be split in its middle.
///
/// ```
/// use stopsim::engine::{Decisions, TiePolicy};
/// use stopsim::scenario::{Memory, load};
/// use stopsim::units::{SimDuration, SimTime};
/// use stopsim::sim::{NoObserver, RunId, Sim};
///
/// let text = r#"
///     name = "two-servers"
///     region = { id = "cn-hangzhou" }
///     clock = { start = "2026-03-02", timezone = "Asia/Shanghai", length = "2d" }
///     [[group]]
///     name = "web"
///     count = 2
///     zone = "cn-hangzhou-h"
///     type = "ecs.g7.large"
///     [[pool]]
///     name = "g7"
///     zone = "cn-hangzhou-h"
///     family = "ecs.g7"
///     free = 10
///     [[demand]]
///     name = "office"
///     groups = ["web"]
///     windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
///     [[controller]]
///     name = "nightly"
///     follows = "office"
///     stop = { mode = "StopCharging" }
/// "#;
/// let plan = load("s.toml", &Memory::new().with("s.toml", text), &[]).unwrap().plan;
/// let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
/// let decisions = Decisions::of(run.seed, run.replication);
///
/// let mut sim = Sim::new(&plan, run, &decisions, NoObserver);
/// let first = sim.step().unwrap().expect("something happens");
/// assert!(first.at >= SimTime::ZERO);
/// sim.advance_to(SimTime::ZERO + SimDuration::from_hours(12)).unwrap();
/// let other = sim.fork().expect("no client that cannot be copied");
/// assert_eq!(sim.finish().unwrap().digest, other.finish().unwrap().digest);
/// ```
pub struct Sim<'a, O: Observer> {
    world: World<'a, O>,
    /// The seats of the plan, by their place among its controllers.
    seats: BTreeMap<u16, Seated>,
    until_event: Option<u64>,
}

/// A seat, and who sits there.
#[derive(Default)]
struct Seated {
    client: Option<Box<dyn Client>>,
    out: Outbox,
    /// What became of calls that were injected, as long as nobody sits there.
    replies: Vec<Reply>,
}

/// Why a seat cannot be used like that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatProblem {
    /// The plan has no seat of this name: see [`Plan::add_seat`].
    #[error("the plan has no seat named `{0}`")]
    NoSuchSeat(String),
    /// A client sits there, and calls itself.
    #[error("a client has taken the seat `{0}`")]
    Taken(String),
}

/// An event that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: Event,
}

impl<'a, O: Observer> Sim<'a, O> {
    /// A run at time 0, before its first event.
    pub fn new(plan: &'a Plan, run: RunId, decisions: &'a Decisions, observer: O) -> Sim<'a, O> {
        let mut world = World::new(plan, run, decisions, observer);
        world.open();
        let places = (0..).zip(&plan.controllers);
        let seats = places.filter(|(_, one)| one.is_client());
        let seats = seats.map(|(place, _)| (place, Seated::default())).collect();
        Sim { world, seats, until_event: run.until_event }
    }

    /// Lets a client take a seat of the plan: from here on it acts.
    ///
    /// ```
    /// use stopsim::client::{Call, Client, Outbox, Token, Wake};
    /// use stopsim::engine::{Decisions, Occasion, TiePolicy};
    /// use stopsim::scenario::{Memory, load};
    /// use stopsim::units::{SimDuration, SimTime};
    /// use stopsim::sim::plan::Seat;
    /// use stopsim::sim::{NoObserver, RunId, Sim};
    ///
    /// /// It stops one instance after an hour.
    /// struct Once;
    ///
    /// impl Client for Once {
    ///     fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
    ///         match wake {
    ///             Wake::Begin(_) => out.wake_at(now + SimDuration::from_hours(1), Token(0)),
    ///             Wake::Timer(_) => {
    ///                 let web = stopsim::ecs::id::InstanceId(0);
    ///                 out.send(Call::stop(web, Occasion::number(0), 0));
    ///             }
    ///             Wake::Answered(_, answer) => assert!(answer.is_ok()),
    ///             Wake::TimedOut(_) => {}
    ///         }
    ///     }
    /// }
    ///
    /// const HOME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    /// let text = std::fs::read_to_string(format!("{HOME}/office-hours.toml")).unwrap();
    /// let source = Memory::new().with("office-hours.toml", text);
    /// let mut plan = load("office-hours.toml", &source, &[]).unwrap().plan;
    /// let seat = Seat { name: "once".into(), groups: vec![], follows: None, timeout: None };
    /// plan.add_seat(&seat).unwrap();
    ///
    /// let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
    /// let decisions = Decisions::of(run.seed, run.replication);
    /// let mut sim = Sim::new(&plan, run, &decisions, NoObserver);
    /// sim.take_seat("once", Box::new(Once)).unwrap();
    /// sim.advance_to(SimTime::ZERO + SimDuration::from_hours(2)).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SeatProblem`] if there is no such seat, or it is taken.
    pub fn take_seat(&mut self, name: &str, client: Box<dyn Client>) -> Result<(), SeatProblem> {
        let seat = self.empty_seat(name)?;
        let brief = self.world.brief(seat);
        let seated = self.seats.entry(seat).or_default();
        let client = seated.client.insert(client);
        client.on(self.world.rest.now, Wake::Begin(&brief), &mut seated.out);
        for wish in seated.out.take() {
            self.world.grant(seat, wish);
        }
        Ok(())
    }

    /// Sends a call from a seat in which nobody sits, now. What becomes of it is told by
    /// [`take_replies`](Sim::take_replies).
    ///
    /// ```
    /// use stopsim::client::Call;
    /// use stopsim::ecs::answer::Answer;
    /// use stopsim::ecs::id::InstanceId;
    /// use stopsim::engine::{Decisions, Occasion, TiePolicy};
    /// use stopsim::scenario::{Memory, load};
    /// use stopsim::units::{SimDuration, SimTime};
    /// use stopsim::sim::plan::Seat;
    /// use stopsim::sim::{NoObserver, RunId, Sim};
    ///
    /// const HOME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    /// let text = std::fs::read_to_string(format!("{HOME}/office-hours.toml")).unwrap();
    /// let source = Memory::new().with("office-hours.toml", text);
    /// let mut plan = load("office-hours.toml", &source, &[]).unwrap().plan;
    /// let seat = Seat { name: "me".into(), groups: vec![], follows: None, timeout: None };
    /// plan.add_seat(&seat).unwrap();
    ///
    /// let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
    /// let decisions = Decisions::of(run.seed, run.replication);
    /// let mut sim = Sim::new(&plan, run, &decisions, NoObserver);
    /// sim.advance_to(SimTime::ZERO + SimDuration::from_mins(1)).unwrap();
    /// let call = Call::stop(InstanceId(0), Occasion::number(0), 0);
    /// let id = sim.inject("me", call).unwrap();
    /// sim.advance_to(SimTime::ZERO + SimDuration::from_mins(2)).unwrap();
    /// let replies = sim.take_replies("me").unwrap();
    /// assert_eq!((replies[0].call, &replies[0].answer), (id, &Some(Ok(Answer::Accepted))));
    /// ```
    ///
    /// # Errors
    /// [`SeatProblem`] if there is no such seat, or it is taken.
    pub fn inject(&mut self, name: &str, call: Call) -> Result<CallId, SeatProblem> {
        let seat = self.empty_seat(name)?;
        let out = &mut self.seats.entry(seat).or_default().out;
        let id = out.send(call);
        for wish in out.take() {
            self.world.grant(seat, wish);
        }
        Ok(id)
    }

    /// What became of the calls that were injected into a seat, since it was last asked.
    ///
    /// # Errors
    /// [`SeatProblem`] if there is no such seat, or it is taken.
    pub fn take_replies(&mut self, name: &str) -> Result<Vec<Reply>, SeatProblem> {
        let seat = self.empty_seat(name)?;
        Ok(std::mem::take(&mut self.seats.entry(seat).or_default().replies))
    }

    fn empty_seat(&self, name: &str) -> Result<u16, SeatProblem> {
        let is_named = |(place, _): &(&u16, &Seated)| {
            self.world.rest.plan.controllers[usize::from(**place)].name == name
        };
        match self.seats.iter().find(is_named) {
            None => Err(SeatProblem::NoSuchSeat(name.to_owned())),
            Some((_, Seated { client: Some(_), .. })) => Err(SeatProblem::Taken(name.to_owned())),
            Some((place, _)) => Ok(*place),
        }
    }

    /// Tells clients what they waited for, in order, and does what each wants before the next is
    /// told.
    #[cold]
    fn deliver_posts(&mut self) {
        while self.world.clients.has_posts() {
            for Post { seat, posted } in self.world.clients.take_posts() {
                let now = self.world.rest.now;
                let seated = self.seats.entry(seat).or_default();
                let Some(client) = &mut seated.client else {
                    seated.replies.extend(Reply::of(posted, now));
                    continue;
                };
                client.on(now, posted.as_wake(), &mut seated.out);
                for wish in seated.out.take() {
                    self.world.grant(seat, wish);
                }
            }
        }
    }

    /// A copy that goes on by itself; none if a client that takes part cannot be copied.
    pub fn fork(&self) -> Option<Sim<'a, O>>
    where
        O: Clone,
    {
        let mut seats = BTreeMap::new();
        for (place, Seated { client, out, replies }) in &self.seats {
            let client = match client {
                Some(client) => Some(client.fork()?),
                None => None,
            };
            let (out, replies) = (out.clone(), replies.clone());
            seats.insert(*place, Seated { client, out, replies });
        }
        Some(Sim { world: self.world.clone(), seats, until_event: self.until_event })
    }

    /// The time of the last event, or to which it was advanced.
    pub fn now(&self) -> SimTime {
        self.world.rest.now
    }

    /// Who watches it.
    pub fn observer(&self) -> &O {
        &self.world.rest.observer
    }

    /// Handles the next event; none at the horizon, or when as many were handled as wanted.
    ///
    /// # Errors
    /// [`Livelock`] if the scenario keeps the time from going on: there is nothing to go on with.
    ///
    /// # Panics
    /// If a law of the model is broken.
    #[inline(always)]
    pub fn step(&mut self) -> Result<Option<Happened>, Livelock> {
        if self.is_cut() {
            return Ok(None);
        }
        let world = &mut self.world;
        let Some((at, event)) = world.rest.fel.pop_before(world.rest.plan.horizon) else {
            return Ok(None);
        };
        world.prefetch();
        world.tick(at, &event)?;
        world.handle(event);
        world.cloud.tell_capacities(&mut world.rest);
        if world.clients.has_posts() {
            self.deliver_posts();
        }
        Ok(Some(Happened { at, event }))
    }

    /// Handles all that happens up to a time, what happens then included.
    ///
    /// # Errors
    /// As [`step`](Sim::step).
    ///
    /// # Panics
    /// As [`step`](Sim::step).
    pub fn advance_to(&mut self, time: SimTime) -> Result<(), Livelock> {
        while self.world.rest.fel.peek_time().is_some_and(|next| next <= time) {
            if self.step()?.is_none() {
                break;
            }
        }
        if !self.is_cut() {
            self.world.advance(time.min(self.world.rest.plan.horizon).max(self.world.rest.now));
        }
        Ok(())
    }

    /// Whether as many events were handled as wanted.
    fn is_cut(&self) -> bool {
        self.until_event.is_some_and(|until| self.world.rest.books.handled() >= until)
    }

    /// Runs the rest and closes the books.
    ///
    /// # Errors
    /// As [`step`](Sim::step).
    ///
    /// # Panics
    /// As [`step`](Sim::step).
    pub fn finish(mut self) -> Result<Outcome, Livelock> {
        while self.step()?.is_some() {}
        let mut world = self.world;
        let horizon = world.rest.plan.horizon;
        if self.until_event.is_none()
            || world.rest.fel.peek_time().is_none_or(|next| next >= horizon)
        {
            world.advance(horizon);
        }
        Ok(world.close())
    }
}
