//! What every engine runs: the same two models, so that engines and not models are compared.

use std::sync::Arc;

/// One model whose events are numbers; times are whole microseconds.
pub trait Model {
    /// Handles an event and schedules others, each so long from now.
    fn handle(&mut self, now: u64, event: u32, schedule: &mut impl FnMut(u64, u32));

    /// A copy for an engine that wants to own it.
    #[cfg(feature = "peers")]
    fn to_any(&self) -> Any;

    /// What became of the copy.
    #[cfg(feature = "peers")]
    fn become_any(&mut self, any: Any);
}

/// Either model, for engines that want to own what they run.
#[cfg(feature = "peers")]
#[derive(Clone)]
pub enum Any {
    /// The hold model.
    Hold(Hold),
    /// The station.
    Station(Station),
}

#[cfg(feature = "peers")]
impl Any {
    /// How many events were handled.
    pub fn handled(&self) -> u64 {
        match self {
            Any::Hold(hold) => hold.handled,
            Any::Station(station) => station.handled,
        }
    }
}

#[cfg(feature = "peers")]
impl Model for Any {
    fn handle(&mut self, now: u64, event: u32, schedule: &mut impl FnMut(u64, u32)) {
        match self {
            Any::Hold(hold) => hold.handle(now, event, schedule),
            Any::Station(station) => station.handle(now, event, schedule),
        }
    }

    fn to_any(&self) -> Any {
        self.clone()
    }

    fn become_any(&mut self, any: Any) {
        *self = any;
    }
}

/// Size of the table of increments.
const TABLE: usize = 1 << 16;

/// Exponential increments of a mean of one second, the same for every engine.
pub fn increments() -> Arc<[u64]> {
    use stopsim::engine::{Distribution, Draws, Identity, Occasion, Purpose};
    use stopsim::units::SimDuration;
    let draws = Draws::new(1, 0);
    let gap = Distribution::exponential(SimDuration::from_secs(1)).expect("a mean of one second");
    let who = Identity::of("bench", "hold");
    let draw = |n| draws.duration(who, Purpose(1), Occasion::number(n), 0, &gap).as_micros();
    (0..TABLE as u64).map(draw).collect()
}

/// The hold model (McCormack and Sargent, CACM 1981): each event schedules one more.
#[derive(Clone)]
pub struct Hold {
    table: Arc<[u64]>,
    turn: usize,
    /// How many events were handled.
    pub handled: u64,
    /// What every engine must agree on: the times of all events, in order.
    pub sum: u64,
}

impl Hold {
    /// Nothing has happened yet.
    pub fn new(table: &Arc<[u64]>) -> Hold {
        Hold { table: table.clone(), turn: 0, handled: 0, sum: 0 }
    }

    /// The events that are pending at first.
    pub fn first(&self, pending: u32) -> Vec<(u64, u32)> {
        (0..pending).map(|id| (self.table[id as usize % TABLE], id)).collect()
    }
}

impl Model for Hold {
    #[cfg(feature = "peers")]
    fn to_any(&self) -> Any {
        Any::Hold(self.clone())
    }

    #[cfg(feature = "peers")]
    fn become_any(&mut self, any: Any) {
        if let Any::Hold(own) = any {
            *self = own;
        }
    }

    #[inline]
    fn handle(&mut self, now: u64, event: u32, schedule: &mut impl FnMut(u64, u32)) {
        self.handled += 1;
        self.sum = self.sum.wrapping_mul(31).wrapping_add(now);
        let delay = self.table[self.turn];
        self.turn = (self.turn + 1) % TABLE;
        schedule(delay, event);
    }
}

/// The arrival of a customer; any other event is the departure of one.
const ARRIVAL: u32 = 0;

/// M/M/c with c = 100 and a load of 0.9 each: arrivals every second, service of 90 s.
#[derive(Clone)]
pub struct Station {
    table: Arc<[u64]>,
    turn: u64,
    busy: u32,
    queue: std::collections::VecDeque<u64>,
    /// How many events were handled.
    pub handled: u64,
    /// Customers that began their service.
    pub served: u64,
    /// How long they waited in all, in µs.
    pub waited: u128,
}

/// Servers of the station.
pub const SERVERS: u32 = 100;
/// Mean service, in means of the time between arrivals.
pub const SERVICE: u64 = 90;

impl Station {
    /// An empty station.
    pub fn new(table: &Arc<[u64]>) -> Station {
        let table = table.clone();
        Station {
            table,
            turn: 0,
            busy: 0,
            queue: Default::default(),
            handled: 0,
            served: 0,
            waited: 0,
        }
    }

    /// The first arrival.
    pub fn first(&self) -> Vec<(u64, u32)> {
        vec![(0, ARRIVAL)]
    }

    /// Draws from the table at random places (Knuth's MMIX congruences, upper bits).
    fn draw(&mut self) -> u64 {
        self.turn = self
            .turn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.table[(self.turn >> 48) as usize]
    }

    fn serve(&mut self, waited: u64, schedule: &mut impl FnMut(u64, u32)) {
        self.served += 1;
        self.waited += u128::from(waited);
        let service = SERVICE * self.draw();
        schedule(service, 1);
    }
}

impl Model for Station {
    #[cfg(feature = "peers")]
    fn to_any(&self) -> Any {
        Any::Station(self.clone())
    }

    #[cfg(feature = "peers")]
    fn become_any(&mut self, any: Any) {
        if let Any::Station(own) = any {
            *self = own;
        }
    }

    fn handle(&mut self, now: u64, event: u32, schedule: &mut impl FnMut(u64, u32)) {
        self.handled += 1;
        if event == ARRIVAL {
            let gap = self.draw();
            schedule(gap, ARRIVAL);
            if self.busy < SERVERS {
                self.busy += 1;
                self.serve(0, schedule);
            } else {
                self.queue.push_back(now);
            }
        } else if let Some(came) = self.queue.pop_front() {
            self.serve(now - came, schedule);
        } else {
            self.busy -= 1;
        }
    }
}

/// The mean wait that theory gives, in mean times between arrivals: Erlang C.
pub fn erlang_c_wait() -> f64 {
    let (servers, load) = (f64::from(SERVERS), SERVICE as f64);
    let mut blocking = 1.0;
    for n in 1..=SERVERS {
        blocking = load * blocking / (f64::from(n) + load * blocking);
    }
    let waits = servers * blocking / (servers - load * (1.0 - blocking));
    waits * load / (servers - load)
}
