//! What the door keeps of runs under way: how far they are, and how to repeat one that breaks.
//!
//! A panic is a broken law of our own: it is told with the line that replays it. Progress goes to
//! standard error, only on a terminal, and only when a run takes more than a second.

use std::cell::RefCell;
use std::panic;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::SimTime;
use crate::world::Observer;
use crate::world::fact::Fact;

use super::stdout::complain;

/// A run is shown when it has taken this long.
const PATIENCE: Duration = Duration::from_secs(1);

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
    shown: Mutex<bool>,
}

impl Progress {
    /// Of so many runs up to this horizon.
    pub fn new(runs: u64, horizon: SimTime) -> Progress {
        let length = runs.saturating_mul(seconds(horizon));
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("  {wide_bar} {percent} %, {eta} left");
        bar.set_style(style.expect("the template is a constant"));
        Progress { bar, shown: Mutex::new(false) }
    }

    /// Nothing is shown any more.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn advance(&self, from: SimTime, to: SimTime) {
        self.bar.inc(seconds(to).saturating_sub(seconds(from)));
        if self.bar.elapsed() < PATIENCE {
            return;
        }
        let Ok(mut shown) = self.shown.lock() else { return };
        if !*shown {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            *shown = true;
        }
    }
}

fn seconds(at: SimTime) -> u64 {
    at.as_micros() / 1_000_000
}

/// Watches a run for the door, and lets another observer watch it too.
pub struct Watch<'a, O> {
    progress: &'a Progress,
    seen: SimTime,
    /// The other observer.
    pub inner: O,
}

impl<'a, O: Observer> Watch<'a, O> {
    /// A run that `command` repeats; it runs on this thread.
    pub fn new(progress: &'a Progress, command: String, inner: O) -> Watch<'a, O> {
        let run = Replay { command, at: SimTime::ZERO, event: 0 };
        UNDER_WAY.with(|under_way| *under_way.borrow_mut() = Some(run));
        Watch { progress, seen: SimTime::ZERO, inner }
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
        self.progress.advance(self.seen, at);
        self.seen = at;
        self.inner.progress(at, events);
    }
}
