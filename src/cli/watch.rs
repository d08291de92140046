//! What the door keeps of runs under way: how far they are, and how to repeat one that breaks.
//!
//! A panic is a broken law of our own: it is told with the line that replays it. Progress goes to
//! standard error, only on a terminal, and only when a run takes more than a second: simulated
//! time, events a second, memory, and what is left. It is asked once in 65 536 events, and looks at
//! the clock and at the memory four times a second at most.

use std::cell::RefCell;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fact::Fact;
use crate::sim::Observer;
use crate::units::{SimDuration, SimTime};

use super::files::memory;
use super::stdout::complain;

/// A run is shown when it has taken this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the figures beside the bar are looked at.
const GLANCE: Duration = Duration::from_millis(250);

/// How to repeat the run under way on this thread.
struct Replay {
    command: String,
    at: SimTime,
    event: u64,
}

thread_local! {
    static UNDER_WAY: RefCell<Option<Replay>> = const { RefCell::new(None) };
}

/// From now on a panic is told in one line, with the line that replays it if a run was under way.
pub fn tell_panics() {
    panic::set_hook(Box::new(|broken| {
        let place = broken.location().map_or_else(String::new, |l| format!(" ({l})"));
        let payload = broken.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let what = text.unwrap_or("something broke");
        let replay = UNDER_WAY.with(|run| run.try_borrow_mut().ok().and_then(|mut r| r.take()));
        complain(match replay {
            Some(Replay { command, at, event }) => format!(
                "panicked: {what}{place}, at event {event}, t={at}\n\
                 replay: {command} --until-event {event}"
            ),
            None => format!("panicked: {what}{place}"),
        });
    }));
}

/// How far all runs of a command are.
pub struct Progress {
    bar: ProgressBar,
    horizon: SimTime,
    events: AtomicU64,
    /// When the figures beside the bar were told last; none before they are shown.
    told: Mutex<Option<Duration>>,
}

impl Progress {
    /// Of so many runs up to this horizon.
    pub fn new(runs: u64, horizon: SimTime) -> Progress {
        let length = runs.saturating_mul(seconds(horizon));
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("  {wide_bar} {percent} %, {msg}{eta} left");
        bar.set_style(style.expect("the template is a constant"));
        Progress { bar, horizon, events: AtomicU64::new(0), told: Mutex::new(None) }
    }

    /// So many runs follow on those it knows of, such as those of stressed variants.
    pub fn expect_more(&self, runs: u64) {
        self.bar.inc_length(runs.saturating_mul(seconds(self.horizon)));
    }

    /// So many runs need not be made.
    pub fn leave_out(&self, runs: u64) {
        self.bar.inc(runs.saturating_mul(seconds(self.horizon)));
    }

    /// Nothing is shown any more.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn advance(&self, from: SimTime, to: SimTime, events: u64) {
        self.bar.inc(seconds(to).saturating_sub(seconds(from)));
        let all = self.events.fetch_add(events, Ordering::Relaxed) + events;
        let elapsed = self.bar.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let Ok(mut told) = self.told.try_lock() else { return };
        if told.is_some_and(|last| !is_due(last, elapsed)) {
            return;
        }
        if told.is_none() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        *told = Some(elapsed);
        self.bar.set_message(self.figures(to, all, elapsed));
    }

    /// `3d4h of 7d, 3.1 M events/s, 164 MB, `: how far a run is, and what all of them take.
    fn figures(&self, at: SimTime, events: u64, elapsed: Duration) -> String {
        let hours = |at: SimTime| SimDuration::from_hours(seconds(at) / 3_600);
        let tenths = u128::from(events) * 10_000 / elapsed.as_millis().max(1) / 1_000_000;
        let memory = memory().map_or_else(String::new, |mb| format!("{mb} MB, "));
        format!(
            "{} of {}, {}.{} M events/s, {memory}",
            hours(at),
            hours(self.horizon),
            tenths / 10,
            tenths % 10,
        )
    }
}

/// Whether the figures are told again. Another thread may have told them later than this one looked
/// at the clock.
fn is_due(last: Duration, elapsed: Duration) -> bool {
    elapsed.saturating_sub(last) >= GLANCE
}

fn seconds(at: SimTime) -> u64 {
    at.as_micros() / 1_000_000
}

/// Watches a run for the door, and lets another observer watch it too.
pub struct Watch<'a, O> {
    progress: &'a Progress,
    seen: SimTime,
    counted: u64,
    /// The other observer.
    pub inner: O,
}

impl<'a, O: Observer> Watch<'a, O> {
    /// A run that `command` repeats; it runs on this thread.
    pub fn new(progress: &'a Progress, command: String, inner: O) -> Watch<'a, O> {
        let run = Replay { command, at: SimTime::ZERO, event: 0 };
        UNDER_WAY.with(|under_way| *under_way.borrow_mut() = Some(run));
        Watch { progress, seen: SimTime::ZERO, counted: 0, inner }
    }
}

impl<O: Observer> Observer for Watch<'_, O> {
    const WANTS_FACTS: bool = O::WANTS_FACTS;

    fn fact(&mut self, at: SimTime, fact: &Fact) {
        self.inner.fact(at, fact);
    }

    fn event(&mut self, at: SimTime, number: u64) {
        UNDER_WAY.with(|run| {
            if let Some(run) = run.borrow_mut().as_mut() {
                (run.at, run.event) = (at, number);
            }
        });
        self.inner.event(at, number);
    }

    fn progress(&mut self, at: SimTime, events: u64) {
        self.progress.advance(self.seen, at, events - self.counted);
        (self.seen, self.counted) = (at, events);
        self.inner.progress(at, events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_another_thread_told_later_are_not_told_again() {
        let (early, late) = (Duration::from_millis(1_400), Duration::from_millis(1_500));
        assert!(!is_due(late, early) && !is_due(early, late));
        assert!(is_due(early, early + GLANCE));
    }

    #[test]
    fn the_line_tells_simulated_time_speed_and_memory() {
        let week = SimTime::from_micros(7 * 24 * 3_600_000_000);
        let progress = Progress::new(2, week);
        let at = SimTime::from_micros(76 * 3_600_000_000 + 1);
        let told = progress.figures(at, 6_250_000, Duration::from_secs(2));
        let expected = "3d4h of 7d, 3.1 M events/s, ";
        assert!(told.starts_with(expected), "{told}");
        let memory = told.strip_prefix(expected).unwrap_or_default();
        assert!(memory.is_empty() || memory.ends_with(" MB, "), "{told}");
    }
}
