//! The kernel against queueing theory and statistics, through its public API only.
//!
//! Seeds are fixed, so a test here either holds or does not: it is never flaky. Intervals are
//! asserted to be narrow as well, because a wide one holds anything.

use std::collections::VecDeque;

use stopsim::engine::{
    Distribution, Draws, FutureEventList, Identity, Occasion, Phase, Purpose, Source, TiePolicy,
};
use stopsim::stats::{Interval, Tally, TimeWeighted};
use stopsim::units::{Ratio, SimDuration, SimTime};

const ARRIVAL: Purpose = Purpose(1);
const SERVICE: Purpose = Purpose(2);
const REPLICATIONS: u32 = 20;
const CONFIDENCE: Ratio = Ratio::new(99, 100);

/// Customers who come at random, servers who each take one, and perhaps no room to wait.
struct Station {
    servers: u32,
    room_to_wait: bool,
    between_arrivals: Distribution,
    service: Distribution,
    customers: u32,
    warm_up: u32,
}

#[derive(Clone, Copy)]
enum Event {
    Arrived { customer: u32 },
    Served { came: SimTime },
}

/// What one replication of a station came to.
struct Day {
    waits_us: Tally,
    sojourns_us: Tally,
    lost: u64,
    counted: u64,
    area: u128,
    lasted: SimDuration,
}

/// A station at work.
struct Working<'a> {
    station: &'a Station,
    draws: Draws,
    list: FutureEventList<Event>,
    waiting: VecDeque<(u32, SimTime)>,
    busy: u32,
    present: TimeWeighted,
    day: Day,
}

impl Station {
    /// M/M/c: `arrivals` per second, a mean service of one second.
    fn markov(servers: u32, arrivals: Ratio, room_to_wait: bool) -> Station {
        let second = SimDuration::from_secs(1);
        Station {
            servers,
            room_to_wait,
            between_arrivals: exponential(second.scaled(arrivals.den(), arrivals.num())),
            service: exponential(second),
            customers: 22_000,
            warm_up: 2_000,
        }
    }

    /// Opens empty, serves all customers, closes when the last has left.
    fn simulate(&self, replication: u32) -> Day {
        let mut working = Working {
            station: self,
            draws: Draws::new(1, replication),
            list: FutureEventList::new(TiePolicy::Fifo),
            waiting: VecDeque::new(),
            busy: 0,
            present: TimeWeighted::new(SimTime::ZERO, 0),
            day: Day {
                waits_us: Tally::EMPTY,
                sojourns_us: Tally::EMPTY,
                lost: 0,
                counted: 0,
                area: 0,
                lasted: SimDuration::ZERO,
            },
        };
        working.expect(SimTime::ZERO, 0);
        while let Some((now, event)) = working.list.pop_before(SimTime::NEVER) {
            match event {
                Event::Arrived { customer } => working.on_arrived(now, customer),
                Event::Served { came } => working.on_served(now, came),
            }
        }
        let closed = working.list.now();
        Day { area: working.present.area(closed), lasted: closed - SimTime::ZERO, ..working.day }
    }

    /// One value per replication.
    fn replicate(&self, value: impl Fn(&Day) -> f64) -> Vec<f64> {
        (0..REPLICATIONS).map(|replication| value(&self.simulate(replication))).collect()
    }
}

impl Working<'_> {
    fn on_arrived(&mut self, now: SimTime, customer: u32) {
        self.expect(now, customer + 1);
        let counts = customer >= self.station.warm_up;
        self.day.counted += u64::from(counts);
        if self.busy < self.station.servers {
            self.enter(now);
            self.serve(now, customer, now);
        } else if self.station.room_to_wait {
            self.enter(now);
            self.waiting.push_back((customer, now));
        } else {
            self.day.lost += u64::from(counts);
        }
    }

    fn on_served(&mut self, now: SimTime, came: SimTime) {
        self.busy -= 1;
        self.present.set(now, self.present.level() - 1);
        self.day.sojourns_us.record((now - came).as_micros());
        if let Some((customer, came)) = self.waiting.pop_front() {
            self.serve(now, customer, came);
        }
    }

    fn enter(&mut self, now: SimTime) {
        self.present.set(now, self.present.level() + 1);
    }

    fn expect(&mut self, now: SimTime, customer: u32) {
        if customer < self.station.customers {
            let after = self.luck(ARRIVAL, customer, &self.station.between_arrivals);
            self.schedule(now + after, "arrivals", Event::Arrived { customer });
        }
    }

    fn serve(&mut self, now: SimTime, customer: u32, came: SimTime) {
        self.busy += 1;
        if customer >= self.station.warm_up {
            self.day.waits_us.record((now - came).as_micros());
        }
        let takes = self.luck(SERVICE, customer, &self.station.service);
        self.schedule(now + takes, "servers", Event::Served { came });
    }

    fn luck(&self, purpose: Purpose, customer: u32, takes: &Distribution) -> SimDuration {
        let occasion = Occasion::number(u64::from(customer));
        self.draws.duration(Identity::of("station", "one"), purpose, occasion, 0, takes)
    }

    fn schedule(&mut self, at: SimTime, from: &str, event: Event) {
        let source = Source { rank: 0, identity: Identity::of("station", from) };
        self.list.schedule(at, Phase::Ordinary, source, event);
    }
}

fn exponential(mean: SimDuration) -> Distribution {
    Distribution::exponential(mean).unwrap()
}

/// The share of customers lost by `servers` under `load` erlangs, by the usual recursion.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, n| load * lost / (f64::from(n) + load * lost))
}

/// The share of customers who wait when there is room.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let (lost, idle) = (erlang_b(servers, load), 1.0 - load / f64::from(servers));
    lost / (idle + (1.0 - idle) * lost)
}

/// The mean wait in seconds when a service takes one.
fn mean_wait(servers: u32, load: f64) -> f64 {
    erlang_c(servers, load) / (f64::from(servers) - load)
}

/// The interval of a mean of numbers, which are taken in billionths.
pub fn of_mean(values: &[f64]) -> Interval {
    const BILLION: f64 = 1e9;
    let whole: Vec<i128> = values.iter().map(|value| (value * BILLION) as i128).collect();
    let Interval { mean, low, high, n } =
        Interval::of_mean(&whole, CONFIDENCE).expect("there are replications");
    Interval { mean: mean / BILLION, low: low / BILLION, high: high / BILLION, n }
}

#[track_caller]
fn check(values: &[f64], theory: f64, narrow: f64) {
    let interval = of_mean(values);
    assert!(interval.low <= theory && theory <= interval.high, "{theory} not in {interval:?}");
    assert!((interval.high - interval.low) / 2.0 <= narrow * theory, "{interval:?} holds anything");
}

/// Worked examples of the textbooks: a(1 erlang, 1 server) and a(2 erlangs, 3 servers).
#[test]
fn the_formulas_give_the_textbook_values() {
    assert!((erlang_b(1, 1.0) - 0.5).abs() < 1e-15);
    assert!((erlang_b(3, 2.0) - 4.0 / 19.0).abs() < 1e-15);
    assert!((erlang_c(3, 2.0) - 4.0 / 9.0).abs() < 1e-15);
    assert!((mean_wait(1, 0.5) - 1.0).abs() < 1e-15);
}

#[test]
fn the_mean_wait_is_erlangs() {
    let seconds = |day: &Day| day.waits_us.sum() as f64 / day.waits_us.count() as f64 / 1e6;
    for (servers, load) in
        [(1, Ratio::new(7, 10)), (4, Ratio::new(32, 10)), (20, Ratio::new(16, 1))]
    {
        let station = Station::markov(servers, load, true);
        let load = load.num() as f64 / load.den() as f64;
        check(&station.replicate(seconds), mean_wait(servers, load), 0.1);
    }
}

#[test]
fn the_share_lost_is_erlangs() {
    let share = |day: &Day| day.lost as f64 / day.counted as f64;
    for (servers, load) in [(1, Ratio::ONE), (4, Ratio::new(3, 1)), (20, Ratio::new(18, 1))] {
        let station = Station::markov(servers, load, false);
        let load = load.num() as f64 / load.den() as f64;
        check(&station.replicate(share), erlang_b(servers, load), 0.04);
    }
}

/// A loss station does not care how services are distributed, only how long they are on average.
#[test]
fn the_share_lost_depends_on_the_mean_service_alone() {
    let share = |day: &Day| day.lost as f64 / day.counted as f64;
    let secs = SimDuration::from_secs;
    let takes = [
        Distribution::constant(secs(1)).unwrap(),
        Distribution::uniform(secs(0), secs(2)).unwrap(),
        // Γ(1 + 1/½) = 2: a heavy tail whose mean is twice the scale.
        Distribution::weibull(SimDuration::from_micros(500_000), Ratio::new(1, 2)).unwrap(),
        Distribution::empirical([(secs(0), 3), (secs(4), 1)]).unwrap(),
    ];
    for service in takes {
        let station = Station { service, ..Station::markov(4, Ratio::new(3, 1), false) };
        check(&station.replicate(share), erlang_b(4, 3.0), 0.03);
    }
}

/// L = λW is an identity of every sample path that begins and ends empty, to the microsecond.
#[test]
fn littles_law_is_exact() {
    for room_to_wait in [true, false] {
        let station = Station::markov(4, Ratio::new(32, 10), room_to_wait);
        let day = station.simulate(0);
        assert_eq!(day.area, day.sojourns_us.sum());
        assert!(day.sojourns_us.count() > 10_000, "somebody was served");
    }
}

#[test]
fn the_mean_number_present_is_littles() {
    let present = |day: &Day| day.area as f64 / day.lasted.as_micros() as f64;
    let station = Station::markov(4, Ratio::new(32, 10), true);
    check(&station.replicate(present), 3.2 * (1.0 + mean_wait(4, 3.2)), 0.05);
}

/// Χ² with 255 degrees of freedom stays between these with probability 99.98 % (SciPy's `chi2`).
const CHI_SQUARE_255: (f64, f64) = (179.428, 347.654);

fn lattice(mut each: impl FnMut(Identity, Purpose, u32)) {
    for name in 0..64 {
        let who = Identity::of("instance", &format!("web-{name}"));
        for purpose in 0..16 {
            (0..64).for_each(|k| each(who, Purpose(purpose), k));
        }
    }
}

/// No byte of a draw prefers a value on a lattice of entity × purpose × use.
#[test]
fn every_byte_of_a_draw_is_uniform_over_a_lattice() {
    let draws = Draws::new(1, 0);
    let mut seen = [[0u32; 256]; 8];
    lattice(|who, purpose, k| {
        let bytes = draws.word(who, purpose, Occasion::on(20_760, 0), k).to_le_bytes();
        seen.iter_mut().zip(bytes).for_each(|(counts, byte)| counts[usize::from(byte)] += 1);
    });
    let expected = 64.0 * 16.0 * 64.0 / 256.0;
    for (place, counts) in seen.iter().enumerate() {
        let distance = |&count: &u32| (f64::from(count) - expected) * (f64::from(count) - expected);
        let chi_square = counts.iter().map(distance).sum::<f64>() / expected;
        let (low, high) = CHI_SQUARE_255;
        assert!(low < chi_square && chi_square < high, "byte {place}: {chi_square}");
    }
}

/// Half the bits differ between neighbours of every kind, within four standard deviations.
#[test]
fn neighbouring_keys_have_nothing_in_common() {
    let at = |day, ordinal| Occasion::on(day, ordinal);
    let draws = Draws::new(1, 0);
    type Neighbour = fn(&Draws, Identity, Purpose, u32) -> u64;
    let neighbours: [(&str, Neighbour); 6] = [
        ("use", |draws, who, purpose, k| draws.word(who, purpose, Occasion::on(0, 0), k + 1)),
        ("purpose", |draws, who, purpose, k| {
            draws.word(who, Purpose(purpose.0 + 1), Occasion::on(0, 0), k)
        }),
        ("day", |draws, who, purpose, k| draws.word(who, purpose, Occasion::on(1, 0), k)),
        ("ordinal", |draws, who, purpose, k| draws.word(who, purpose, Occasion::on(0, 1), k)),
        ("replication", |_, who, purpose, k| {
            Draws::new(1, 1).word(who, purpose, Occasion::on(0, 0), k)
        }),
        ("seed", |_, who, purpose, k| Draws::new(2, 0).word(who, purpose, Occasion::on(0, 0), k)),
    ];
    let bits = 64.0 * 64.0 * 16.0 * 64.0;
    for (kind, neighbour) in neighbours {
        let mut flipped = 0;
        lattice(|who, purpose, k| {
            let word = draws.word(who, purpose, at(0, 0), k);
            flipped += (word ^ neighbour(&draws, who, purpose, k)).count_ones();
        });
        // A bit is flipped or not: the standard deviation of the count is √bits / 2.
        let off = (f64::from(flipped) - bits / 2.0) / (f64::sqrt(bits) / 2.0);
        assert!(off.abs() < 4.0, "{kind}: {off} standard deviations");
    }
}
