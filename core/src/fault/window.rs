//! The window of a rule over a run: open or not, and when that changes next.
//!
//! Windows are exogenous: driven by time alone, never by what anyone does. Whoever owns a track
//! turns it at the instant it names; asking it costs nothing. Windows that come back on days of
//! the week come listed, as the calendar lists them.

use std::ops::Range;

use super::rule::When;
use crate::engine::{Decisions, Distribution, Identity, Occasion, Purpose};
use crate::units::{SimDuration, SimTime};

/// How long bursts and the quiet between them last: entity the rule, occasion the burst's
/// number, k = 0 for the quiet before it and 1 for itself. Frozen.
pub const BURST: Purpose = Purpose(40);

/// A stretch of a two-state process is at least this long, so that time goes on.
const SHORTEST: SimDuration = SimDuration::from_micros(1);

/// Where a rule's window stands.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    windows: Windows<'a>,
    /// The window that is open, or the next one.
    index: u64,
    open: bool,
    next: Option<SimTime>,
}

/// What makes windows.
#[derive(Clone, Debug)]
enum Windows<'a> {
    Always,
    Listed(Vec<Range<SimTime>>),
    Bursty { on: Distribution, off: Distribution, identity: Identity, decisions: &'a Decisions },
}

impl<'a> Track<'a> {
    /// The track of a rule, as it stands at time 0.
    pub fn new(when: &When, identity: Identity, decisions: &'a Decisions) -> Track<'a> {
        let windows = match when {
            When::Always => Windows::Always,
            When::Listed(ranges) => {
                Windows::Listed(ranges.iter().filter(|range| !range.is_empty()).cloned().collect())
            }
            When::Bursty { on, off } => {
                Windows::Bursty { on: on.clone(), off: off.clone(), identity, decisions }
            }
        };
        let open = matches!(windows, Windows::Always);
        let mut track = Track { windows, index: 0, open, next: None };
        track.next = track.opening(SimTime::ZERO);
        track.turn(SimTime::ZERO);
        track
    }

    /// Whether the rule is in force.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The ordinal of the window that is open, or comes next; from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// When the window opens or closes next; later than any instant it was turned to.
    pub fn next_change(&self) -> Option<SimTime> {
        self.next
    }

    /// Brings the track to `now`. Where two windows touch, one closes and the next one opens.
    pub fn turn(&mut self, now: SimTime) {
        while let Some(change) = self.next.filter(|change| *change <= now) {
            if self.open {
                self.open = false;
                self.index += 1;
                self.next = self.opening(change);
            } else {
                self.open = true;
                self.next = self.closing(change);
            }
        }
    }

    /// When window `index` opens, the one before having closed at `closed`.
    fn opening(&self, closed: SimTime) -> Option<SimTime> {
        match &self.windows {
            Windows::Always => None,
            Windows::Listed(ranges) => Some(ranges.get(self.place())?.start),
            Windows::Bursty { off, identity, decisions, .. } => {
                let quiet = decisions.duration(*identity, BURST, self.occasion(), 0, off);
                later(closed, quiet)
            }
        }
    }

    /// When window `index` closes, which opened at `opened`.
    fn closing(&self, opened: SimTime) -> Option<SimTime> {
        match &self.windows {
            Windows::Always => None,
            Windows::Listed(ranges) => Some(ranges[self.place()].end),
            Windows::Bursty { on, identity, decisions, .. } => {
                later(opened, decisions.duration(*identity, BURST, self.occasion(), 1, on))
            }
        }
    }

    fn place(&self) -> usize {
        usize::try_from(self.index).expect("a list fits in memory")
    }

    fn occasion(&self) -> Occasion {
        Occasion::number(self.index)
    }
}

/// The end of a stretch, which has some length; none at the end of time.
fn later(from: SimTime, stretch: SimDuration) -> Option<SimTime> {
    let end = from.saturating_add(stretch.max(SHORTEST));
    (end < SimTime::NEVER).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> SimTime {
        SimTime::from_micros(micros)
    }

    fn constant(micros: u64) -> Distribution {
        Distribution::constant(SimDuration::from_micros(micros)).unwrap()
    }

    /// The first changes of a track: when, and `open` with which index or `shut`.
    fn told(when: &When, decisions: &Decisions, changes: usize) -> Vec<String> {
        let mut track = Track::new(when, Identity::of("fault", "outage"), decisions);
        let say = |track: &Track, at: u64| match track.is_open() {
            true => format!("{at} open {}", track.index()),
            false => format!("{at} shut"),
        };
        let mut lines = vec![say(&track, 0)];
        for _ in 0..changes {
            let Some(next) = track.next_change() else { break };
            track.turn(next);
            assert!(track.next_change().is_none_or(|later| later > next), "time goes on");
            lines.push(say(&track, next.as_micros()));
        }
        lines
    }

    #[test]
    fn a_rule_without_a_window_is_always_in_force() {
        assert_eq!(told(&When::Always, &Decisions::of(1, 0), 9), ["0 open 0"]);
    }

    #[test]
    fn listed_windows_open_and_shut_in_turn_and_empty_ones_do_not_count() {
        let when = When::Listed(vec![at(0)..at(5), at(7)..at(7), at(10)..at(12)]);
        assert_eq!(
            told(&when, &Decisions::of(1, 0), 9),
            ["0 open 0", "5 shut", "10 open 1", "12 shut"],
        );
        assert_eq!(told(&When::Listed(vec![]), &Decisions::of(1, 0), 9), ["0 shut"]);
    }

    #[test]
    fn where_two_windows_touch_the_next_one_is_open() {
        let when = When::Listed(vec![at(3)..at(5), at(5)..at(9)]);
        assert_eq!(
            told(&when, &Decisions::of(1, 0), 9),
            ["0 shut", "3 open 0", "5 open 1", "9 shut"],
        );
    }

    #[test]
    fn a_track_may_be_turned_past_several_changes_at_once() {
        let when = When::Listed(vec![at(1)..at(2), at(3)..at(4), at(5)..at(9)]);
        let decisions = Decisions::of(1, 0);
        let mut track = Track::new(&when, Identity::of("fault", "outage"), &decisions);
        track.turn(at(6));
        assert_eq!((track.is_open(), track.index(), track.next_change()), (true, 2, Some(at(9))));
    }

    #[test]
    fn a_bursty_process_starts_off_and_alternates() {
        let when = When::Bursty { on: constant(2), off: constant(10) };
        assert_eq!(
            told(&when, &Decisions::of(1, 0), 4),
            ["0 shut", "10 open 0", "12 shut", "22 open 1", "24 shut"],
        );
    }

    #[test]
    fn stretches_without_length_do_not_stall_time() {
        let when = When::Bursty { on: constant(0), off: constant(0) };
        assert_eq!(
            told(&when, &Decisions::of(1, 0), 3),
            ["0 shut", "1 open 0", "2 shut", "3 open 1"]
        );
    }

    #[test]
    fn bursts_are_keyed_by_the_rule_and_their_number() {
        let mean = |micros| Distribution::exponential(SimDuration::from_micros(micros)).unwrap();
        let when = When::Bursty { on: mean(1_000), off: mean(9_000) };
        let one = told(&when, &Decisions::of(1, 0), 200);
        assert_eq!(one, told(&when, &Decisions::of(1, 0), 200));
        assert_ne!(one, told(&when, &Decisions::of(1, 1), 200));
        // Longer bursts move the later ones, but leave the quiet before each as it was.
        let longer = When::Bursty { on: constant(5_000), off: mean(9_000) };
        let quiet = |when: &When| -> Vec<u64> {
            let decisions = Decisions::of(1, 0);
            let mut track = Track::new(when, Identity::of("fault", "outage"), &decisions);
            let mut shut = SimTime::ZERO;
            (0..50)
                .map(|_| {
                    let opens = track.next_change().unwrap();
                    track.turn(opens);
                    let quiet = opens - shut;
                    shut = track.next_change().unwrap();
                    track.turn(shut);
                    quiet.as_micros()
                })
                .collect()
        };
        assert_eq!(quiet(&when), quiet(&longer));
    }
}
