//! What instances go through, row by row: to durations, waves and time stopped.

use std::collections::BTreeMap;

use super::entry::{Entry, Told};
use super::{History, JUDGED_AFTER, Options, Wave, pool, span, within};
use crate::units::SimDuration;

/// A start this soon after a stop that nobody called is the second half of a reboot. *Assumed*:
/// reboots show Stopping, Stopped, Starting and Running, the second and third at one time
/// (cb-spider, PR 186).
const REBOOT_WITHIN_US: i64 = 2_000_000;

/// A stop whose meaning what comes next decides.
#[derive(Clone, Copy, Debug)]
struct Halt {
    took: SimDuration,
    at: i64,
}

/// What is known of one instance.
#[derive(Clone, Debug)]
struct Track {
    is_new: bool,
    starting: Option<i64>,
    stopping: Option<i64>,
    /// Whether a stop was called, and not only seen.
    was_called: bool,
    /// A stop that nobody called, and that may be half of a reboot.
    halted: Option<Halt>,
    is_rebooting: bool,
    stopped: Option<i64>,
    wave: Option<usize>,
    group: String,
}

impl Track {
    fn new(group: String) -> Track {
        Track {
            is_new: true,
            starting: None,
            stopping: None,
            was_called: false,
            halted: None,
            is_rebooting: false,
            stopped: None,
            wave: None,
            group,
        }
    }
}

/// A history being read.
pub(super) struct Reader<'a> {
    options: &'a Options,
    history: History,
    tracks: BTreeMap<String, Track>,
    /// The latest wave of each pool.
    open: BTreeMap<String, usize>,
}

impl Reader<'_> {
    /// A history of no rows yet.
    pub(super) fn new<'a>(file: &str, options: &'a Options) -> Reader<'a> {
        let history = History { file: file.to_owned(), ..History::default() };
        Reader { options, history, tracks: BTreeMap::new(), open: BTreeMap::new() }
    }

    /// Takes the next row.
    pub(super) fn take(&mut self, at: i64, entry: &Entry) {
        self.history.rows += 1;
        self.history.between = Some((self.history.between.map_or(at, |(first, _)| first), at));
        if !self.tracks.contains_key(&entry.instance) {
            self.tracks.insert(entry.instance.clone(), Track::new(entry.group.clone()));
        }
        for (told, is_called) in entry.told.into_iter().zip([true, false]) {
            if self.is_of_reboot(at, entry, (told, is_called)) {
                let track = self.tracks.get_mut(&entry.instance).expect("it was just entered");
                track.is_new = false;
            } else {
                self.told(at, entry, (told, is_called));
            }
        }
    }

    /// Whether it is of a reboot, which is no stop and no start.
    fn is_of_reboot(&mut self, at: i64, entry: &Entry, (told, is_called): (Told, bool)) -> bool {
        let track = self.tracks.get_mut(&entry.instance).expect("it was just entered");
        match told {
            Told::Rebooting => {
                self.history.reboots += u64::from(!track.is_rebooting);
                track.is_rebooting = true;
                if !track.was_called {
                    (track.stopping, track.halted) = (None, None);
                }
                true
            }
            Told::Stopping | Told::Stopped if !is_called => track.is_rebooting,
            Told::Starting if !is_called => {
                let since = track.halted.filter(|halt| at - halt.at <= REBOOT_WITHIN_US);
                if !track.is_rebooting && since.is_some() {
                    (track.halted, track.stopped) = (None, None);
                    track.is_rebooting = true;
                    self.history.reboots += 1;
                }
                track.is_rebooting
            }
            Told::Running => std::mem::take(&mut track.is_rebooting),
            Told::Starting | Told::Stopping | Told::Stopped | Told::Gone => {
                track.is_rebooting = false;
                false
            }
            Told::Nothing | Told::Refused { .. } | Told::StopRefused => false,
        }
    }

    fn told(&mut self, at: i64, entry: &Entry, (told, is_called): (Told, bool)) {
        if matches!(told, Told::Starting | Told::Refused { .. }) {
            self.in_wave(at, entry, told);
        }
        let track = self.tracks.get_mut(&entry.instance).expect("it was just entered");
        let durations = self.history.groups.entry(track.group.clone()).or_default();
        let is_next = matches!(told, Told::Starting | Told::Running | Told::Stopping | Told::Gone);
        if let Some(halt) = track.halted.take_if(|_| is_next) {
            durations.stop.record(halt.took);
        }
        match told {
            Told::Nothing | Told::Refused { .. } | Told::Rebooting => {}
            Told::StopRefused => track.wave = None,
            Told::Starting => {
                // Who is seen to start first of all had been stopped before.
                let first = self.history.between.filter(|_| track.is_new).map(|(first, _)| first);
                let begin = self.options.within.map_or(i64::MAX, |(from, _)| from);
                let stopped = track.stopped.take().or(first.map(|first| first.min(begin)));
                track.was_called = false;
                if track.stopping.take().is_some() {
                    self.history.reboots += 1;
                } else if track.starting.is_none() {
                    track.starting = Some(at);
                }
                if let Some(since) = stopped {
                    self.stopped(&entry.instance, since, at);
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
                track.was_called |= is_called;
                track.wave = None;
            }
            Told::Stopped => {
                durations.start.censored += u64::from(track.starting.take().is_some());
                match (track.stopping.take(), track.was_called) {
                    (Some(since), true) => durations.stop.record(span(since, at)),
                    (Some(since), false) => {
                        track.halted = Some(Halt { took: span(since, at), at });
                    }
                    (None, _) => {}
                }
                track.stopped.get_or_insert(at);
            }
            Told::Gone => {
                durations.start.censored += u64::from(track.starting.take().is_some());
                durations.stop.censored += u64::from(track.stopping.take().is_some());
                track.wave = None;
                if let Some(since) = track.stopped.take() {
                    self.stopped(&entry.instance, since, at);
                }
            }
        }
        let track = self.tracks.get_mut(&entry.instance).expect("it was just entered");
        track.is_new &= matches!(told, Told::Nothing | Told::Refused { .. } | Told::StopRefused);
    }

    /// Books time that an instance was stopped.
    fn stopped(&mut self, instance: &str, since: i64, until: i64) {
        let span = within(self.options.within, since, until);
        *self.history.stopped_us.entry(instance.to_owned()).or_default() += span;
    }

    /// Enters a start into its pool's wave, or begins one. Until the instance is Running, is
    /// told to stop or is gone, further tries of the same pool and day are retries within its own
    /// wave.
    fn in_wave(&mut self, at: i64, entry: &Entry, told: Told) {
        let track = self.tracks.get_mut(&entry.instance).expect("it was just entered");
        if track.stopping.is_some() && told == Told::Starting {
            return;
        }
        let gap = i64::try_from(self.options.wave_gap.as_micros()).unwrap_or(i64::MAX);
        let moments = &self.options.moments;
        let is_open = |place: &usize| at - self.history.waves[*place].last <= gap;
        let date = moments.date(at);
        let pool = pool(&entry.kind, &entry.zone);
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
        if entry.is_call {
            let wave = &mut self.history.waves[place];
            wave.calls += 1;
            wave.no_stock += u64::from(told == Told::Refused { no_stock: true });
        }
    }

    /// What it all came to.
    pub(super) fn end(mut self) -> History {
        let end = self.history.between.map_or(0, |(_, last)| last);
        self.history.instances = self.tracks.len() as u64;
        for (name, track) in self.tracks {
            let durations = self.history.groups.entry(track.group).or_default();
            if let Some(Halt { took, .. }) = track.halted {
                durations.stop.record(took);
            }
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
