//! What instances went through: state-change events and call logs, to durations and rates.
//!
//! A row is an event (`state`), a call (`operation`, `code`), or both. Rows come in order of
//! time. What is kept grows with the fleet and with the number of waves, not with the rows.

mod fragment;

use std::collections::{BTreeMap, BTreeSet};

use super::fit::Sample;
use super::problem::{Problem, Problems};
use super::table::{self, Row, optional, required};
use super::{Input, Moments, as_name, moment};
use crate::ecs::price::family_of;
use crate::units::SimDuration;

pub use fragment::{Form, fragment, screen};

/// How a history is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What instants without an offset are read in, and hours and dates are told in.
    pub moments: Moments,
    /// Starts of one pool with no longer gap between them are one wave.
    pub wave_gap: SimDuration,
    /// Only waves that begin, and stopped time that passes, between these microseconds since
    /// 1970; all of them, if left out. Durations and rates are of all rows.
    pub within: Option<(i64, i64)>,
}

/// How soon after its first call a wave is judged.
pub const JUDGED_AFTER: SimDuration = SimDuration::from_mins(15);

/// What a history says.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The file, as it was named.
    pub file: String,
    /// How many rows.
    pub rows: u64,
    /// How many instances.
    pub instances: u64,
    /// First and last instant, in microseconds since 1970.
    pub between: Option<(i64, i64)>,
    /// By group; the empty name is of rows without one.
    pub groups: BTreeMap<String, Durations>,
    /// Starts, wave by wave.
    pub waves: Vec<Wave>,
    /// Stops that were followed by a start without Stopped between them.
    pub reboots: u64,
    /// For how long each instance was Stopped, in instance-microseconds.
    pub stopped_us: BTreeMap<String, u64>,
}

/// How long starts and stops took.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// From Starting, or the accepted call, to Running.
    pub start: Sample,
    /// From Stopping, or the accepted call, to Stopped.
    pub stop: Sample,
}

/// Starts of one pool that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// `ecs.g7 in cn-hangzhou-h`, as far as it is known.
    pub pool: String,
    /// The first call or event, in microseconds since 1970.
    pub first: i64,
    /// The date of it.
    pub date: String,
    /// The hour of the day.
    pub hour: usize,
    /// How many instances.
    pub size: u64,
    /// How many of them were Running within [`JUDGED_AFTER`] of the first.
    pub up: u64,
    /// StartInstance calls with an answer.
    pub calls: u64,
    /// Those refused for want of stock.
    pub no_stock: u64,
    last: i64,
}

/// What is known of one instance.
#[derive(Clone, Debug)]
struct Track {
    is_new: bool,
    starting: Option<i64>,
    stopping: Option<i64>,
    stopped: Option<i64>,
    wave: Option<usize>,
    group: String,
}

impl Track {
    fn new(group: String) -> Track {
        let (starting, stopping, stopped, wave) = (None, None, None, None);
        Track { is_new: true, starting, stopping, stopped, wave, group }
    }
}

/// What a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Starting,
    Running,
    Stopping,
    Stopped,
    Gone,
    Nothing,
    Refused {
        no_stock: bool,
    },
    /// A stop that was refused: the instance is no longer wanted all the same.
    StopRefused,
}

const STATES: [(&str, Told); 8] = [
    ("Created", Told::Nothing),
    ("Pending", Told::Nothing),
    ("Starting", Told::Starting),
    ("Running", Told::Running),
    ("Stopping", Told::Stopping),
    ("Stopped", Told::Stopped),
    ("Deleted", Told::Gone),
    ("", Told::Nothing),
];

const TIME: usize = 0;
const INSTANCE: usize = 1;
const STATE: usize = 2;
const OPERATION: usize = 3;
const CODE: usize = 4;
const ZONE: usize = 5;
const TYPE: usize = 6;
const GROUP: usize = 7;

/// Reads a history.
///
/// # Errors
/// With everything that is wrong with the file.
pub fn read(input: Input<'_>, options: &Options) -> Result<History, Problems> {
    let mut reader = Reader {
        options,
        history: History { file: input.name.clone(), ..History::default() },
        tracks: BTreeMap::new(),
        open: BTreeMap::new(),
    };
    let file = input.name.clone();
    let columns = [
        required(&["time", "eventTime"]),
        required(&["instance", "InstanceId", "resourceId"]),
        optional(&["state"]),
        optional(&["operation", "eventName", "action"]),
        optional(&["code", "errorCode"]),
        optional(&["zone", "ZoneId"]),
        optional(&["type", "InstanceType"]),
        optional(&["group"]),
    ];
    table::read(input, columns, |row| reader.row(row))?;
    if reader.history.rows == 0 {
        let problem = Problem::new(&file, "there is no event and no call in it");
        return Err(problem.expected("rows with time, instance and state or operation").into());
    }
    Ok(reader.end())
}

struct Reader<'a> {
    options: &'a Options,
    history: History,
    tracks: BTreeMap<String, Track>,
    /// The latest wave of each pool.
    open: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn row(&mut self, row: &Row<'_>) -> Result<(), Problem> {
        if !row.has(STATE) && !row.has(OPERATION) {
            return Err(row.problem(TIME, "there is neither a column `state` nor `operation`"));
        }
        let time = row.text(TIME);
        let at = self.options.moments.read(time).ok_or_else(|| {
            row.problem(TIME, format!("`{time}` is not a time")).expected(moment::EXPECTED)
        })?;
        let before = self.history.between.map_or(i64::MIN, |(_, last)| last);
        if at < before {
            let problem = row.problem(TIME, "it is earlier than the row before it");
            return Err(problem.hint("sort the rows by time"));
        }
        if row.text(INSTANCE).is_empty() {
            return Err(row.problem(INSTANCE, "no instance is named").expected("an instance id"));
        }
        let of_state = state(row)?;
        let of_call = call(row);
        self.history.rows += 1;
        self.history.between = Some((self.history.between.map_or(at, |(first, _)| first), at));
        if !self.tracks.contains_key(row.text(INSTANCE)) {
            let group = match row.text(GROUP) {
                "" => String::new(),
                group => as_name(group),
            };
            self.tracks.insert(row.text(INSTANCE).to_owned(), Track::new(group));
        }
        for told in [of_call, of_state] {
            self.told(at, row, told);
        }
        Ok(())
    }

    fn told(&mut self, at: i64, row: &Row<'_>, told: Told) {
        let is_call = !row.text(OPERATION).is_empty() && row.text(STATE).is_empty();
        if matches!(told, Told::Starting | Told::Refused { .. }) {
            self.in_wave(at, row, told, is_call);
        }
        let track = self.tracks.get_mut(row.text(INSTANCE)).expect("it was just entered");
        let durations = self.history.groups.entry(track.group.clone()).or_default();
        match told {
            Told::Nothing | Told::Refused { .. } => {}
            Told::StopRefused => track.wave = None,
            Told::Starting => {
                // Who is seen to start first of all had been stopped before.
                let first = self.history.between.filter(|_| track.is_new).map(|(first, _)| first);
                let begin = self.options.within.map_or(i64::MAX, |(from, _)| from);
                let stopped = track.stopped.take().or(first.map(|first| first.min(begin)));
                if track.stopping.take().is_some() {
                    self.history.reboots += 1;
                } else if track.starting.is_none() {
                    track.starting = Some(at);
                }
                if let Some(since) = stopped {
                    let span = within(self.options.within, since, at);
                    *self.history.stopped_us.entry(row.text(INSTANCE).to_owned()).or_default() +=
                        span;
                }
            }
            Told::Running => {
                if let Some(since) = track.starting.take() {
                    durations.start.record(span(since, at));
                }
                if let Some(wave) = track.wave.take() {
                    let wave = &mut self.history.waves[wave];
                    wave.up += u64::from(span(wave.first, at) <= JUDGED_AFTER);
                }
            }
            Told::Stopping => {
                durations.start.censored += u64::from(track.starting.take().is_some());
                track.stopping.get_or_insert(at);
                track.wave = None;
            }
            Told::Stopped => {
                durations.start.censored += u64::from(track.starting.take().is_some());
                if let Some(since) = track.stopping.take() {
                    durations.stop.record(span(since, at));
                }
                track.stopped.get_or_insert(at);
            }
            Told::Gone => {
                durations.start.censored += u64::from(track.starting.take().is_some());
                durations.stop.censored += u64::from(track.stopping.take().is_some());
                track.wave = None;
                if let Some(since) = track.stopped.take() {
                    let span = within(self.options.within, since, at);
                    *self.history.stopped_us.entry(row.text(INSTANCE).to_owned()).or_default() +=
                        span;
                }
            }
        }
        track.is_new &= matches!(told, Told::Nothing | Told::Refused { .. } | Told::StopRefused);
    }

    /// Enters a start into its pool's wave, or begins one. Until the instance is Running, is
    /// told to stop or is gone, further tries of the same pool and day are retries within its own
    /// wave.
    fn in_wave(&mut self, at: i64, row: &Row<'_>, told: Told, is_call: bool) {
        let track = self.tracks.get_mut(row.text(INSTANCE)).expect("it was just entered");
        if track.stopping.is_some() && told == Told::Starting {
            return;
        }
        let gap = i64::try_from(self.options.wave_gap.as_micros()).unwrap_or(i64::MAX);
        let moments = &self.options.moments;
        let is_open = |place: &usize| at - self.history.waves[*place].last <= gap;
        let date = moments.date(at);
        let pool = pool(row.text(TYPE), row.text(ZONE));
        let own = track.wave.filter(|own| {
            let wave = &self.history.waves[*own];
            wave.pool == pool && (is_open(own) || wave.date == date)
        });
        let place = if let Some(own) = own {
            own
        } else {
            let place = self.open.get(&pool).copied().filter(is_open).unwrap_or_else(|| {
                let (first, last, hour) = (at, at, moments.hour(at));
                let pool = pool.clone();
                let new =
                    Wave { pool, first, date, hour, size: 0, up: 0, calls: 0, no_stock: 0, last };
                self.history.waves.push(new);
                self.history.waves.len() - 1
            });
            self.open.insert(pool, place);
            self.history.waves[place].size += 1;
            self.history.waves[place].last = at;
            track.wave = Some(place);
            place
        };
        if is_call {
            let wave = &mut self.history.waves[place];
            wave.calls += 1;
            wave.no_stock += u64::from(told == Told::Refused { no_stock: true });
        }
    }

    fn end(mut self) -> History {
        let end = self.history.between.map_or(0, |(_, last)| last);
        self.history.instances = self.tracks.len() as u64;
        for (name, track) in self.tracks {
            let durations = self.history.groups.entry(track.group).or_default();
            durations.start.censored += u64::from(track.starting.is_some());
            durations.stop.censored += u64::from(track.stopping.is_some());
            if let Some(since) = track.stopped {
                let end = self.options.within.map_or(end, |(_, until)| end.max(until));
                let span = within(self.options.within, since, end);
                *self.history.stopped_us.entry(name).or_default() += span;
            } else {
                self.history.stopped_us.entry(name).or_default();
            }
        }
        if let Some((from, until)) = self.options.within {
            self.history.waves.retain(|wave| (from..until).contains(&wave.first));
        }
        self.history
    }
}

/// How much of a stretch lies within bounds, in microseconds.
fn within(bounds: Option<(i64, i64)>, since: i64, until: i64) -> u64 {
    let (from, to) = bounds.unwrap_or((i64::MIN, i64::MAX));
    u64::try_from(until.min(to) - since.max(from)).unwrap_or(0)
}

fn span(since: i64, at: i64) -> SimDuration {
    SimDuration::from_micros(u64::try_from(at - since).unwrap_or(0))
}

fn state(row: &Row<'_>) -> Result<Told, Problem> {
    let word = row.text(STATE);
    let found = STATES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, told)| *told).ok_or_else(|| {
        row.problem(STATE, format!("there is no state `{word}`"))
            .expected("Created, Pending, Starting, Running, Stopping, Stopped or Deleted")
    })
}

/// What a call tells: accepted, it begins a stop or start; other operations tell nothing.
fn call(row: &Row<'_>) -> Told {
    let is_start = ["StartInstance", "StartInstances"].contains(&row.text(OPERATION));
    let is_stop = ["StopInstance", "StopInstances"].contains(&row.text(OPERATION));
    let is_accepted = ["", "200", "OK", "Success"].contains(&row.text(CODE));
    match (is_start, is_stop, is_accepted) {
        (true, _, true) => Told::Starting,
        (true, _, false) => Told::Refused { no_stock: row.text(CODE) == "OperationDenied.NoStock" },
        (_, true, true) => Told::Stopping,
        (false, true, false) => Told::StopRefused,
        (false, false, _) => Told::Nothing,
    }
}

/// `ecs.g7 in cn-hangzhou-h`.
fn pool(instance_type: &str, zone: &str) -> String {
    let family = family_of(instance_type).unwrap_or(instance_type);
    match (family, zone) {
        ("", "") => "all".to_owned(),
        ("", zone) => zone.to_owned(),
        (family, "") => family.to_owned(),
        (family, zone) => format!("{family} in {zone}"),
    }
}

/// Which waves are counted together: by how many instances they start.
pub(super) const BANDS: [(u64, &str); 5] =
    [(1, "1"), (10, "2-10"), (100, "11-100"), (1_000, "101-1000"), (u64::MAX, "over 1000")];

/// How often stock was short, by pool, hour of the day and band of wave sizes.
pub(super) fn shortage(history: &History) -> BTreeMap<(String, usize, usize), (u64, u64)> {
    let mut rates: BTreeMap<(String, usize, usize), (u64, u64)> = BTreeMap::new();
    for wave in history.waves.iter().filter(|wave| wave.calls > 0) {
        let band = BANDS.iter().position(|(most, _)| wave.size <= *most).unwrap_or(BANDS.len() - 1);
        let entry = rates.entry((wave.pool.clone(), wave.hour, band)).or_default();
        *entry = (entry.0 + wave.no_stock, entry.1 + wave.calls);
    }
    rates
}

/// All groups' names that a history has.
pub(super) fn group_names(history: &History) -> BTreeSet<&str> {
    history.groups.keys().map(String::as_str).filter(|name| !name.is_empty()).collect()
}
