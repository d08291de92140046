//! Signals: what is temporary is undone, one line says so, and the exit code names the signal.
//!
//! Whatever makes something temporary says how to undo it, and changes it only within
//! [`uninterrupted`]: a signal finds it whole or not there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{process, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::exit::Error;
use super::files::ignored_signals;
use super::stdout::complain;

/// What ends the program, by number and name.
const SIGNALS: [(i32, &str); 3] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")];

type Undo = Box<dyn FnMut() -> Result<(), Error> + Send>;

/// What is to be undone, in the order it was made.
struct Undos {
    list: Vec<(u64, Undo)>,
    next: u64,
}

static UNDOS: Mutex<Undos> = Mutex::new(Undos { list: Vec::new(), next: 0 });

fn undos() -> MutexGuard<'static, Undos> {
    UNDOS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a signal that was not ignored before undoes what is temporary and ends the
/// program. A second one ends it at once.
pub fn listen() {
    let ignored = ignored_signals();
    let heard = SIGNALS.iter().filter(|(number, _)| ignored & (1 << (number - 1)) == 0);
    let ending = Arc::new(AtomicBool::new(false));
    let numbers: Vec<i32> = heard.map(|(number, _)| *number).collect();
    for number in &numbers {
        let _ = flag::register_conditional_shutdown(*number, 128 + number, Arc::clone(&ending));
    }
    let Ok(mut signals) = Signals::new(numbers) else { return };
    thread::spawn(move || {
        if let Some(number) = signals.forever().next() {
            ending.store(true, Ordering::SeqCst);
            end(number);
        }
    });
}

/// Undoes everything and never lets go of it: nothing new can be made.
fn end(number: i32) -> ! {
    crate::program::end_all();
    let mut undos = undos();
    let failed: Vec<Error> =
        undos.list.iter_mut().rev().filter_map(|(_, undo)| undo().err()).collect();
    let name = SIGNALS.iter().find(|(other, _)| *other == number).map_or("a signal", |s| s.1);
    complain(format!("interrupted by {name}; nothing unfinished is left"));
    failed.iter().for_each(|error| complain(error.to_string()));
    process::exit(128 + number)
}

/// Something temporary; forgotten when it is dropped.
#[derive(Debug)]
pub struct Temporary(u64);

impl Temporary {
    /// A signal undoes it so. To be called within [`uninterrupted`], which `holding` shows.
    pub fn new(
        holding: &mut Uninterrupted,
        undo: impl FnMut() -> Result<(), Error> + Send + 'static,
    ) -> Temporary {
        let undos = &mut holding.0;
        let number = undos.next;
        undos.next += 1;
        undos.list.push((number, Box::new(undo)));
        Temporary(number)
    }

    /// A signal has nothing to undo any longer.
    pub fn forget(&self, holding: &mut Uninterrupted) {
        holding.0.list.retain(|(number, _)| *number != self.0);
    }
}

/// No signal is heard while this lives.
pub struct Uninterrupted(MutexGuard<'static, Undos>);

/// Signals wait until this is dropped. Not to be called while it is held.
pub fn uninterrupted() -> Uninterrupted {
    Uninterrupted(undos())
}
