//! Readers that end: no row, record or text is read without a limit.

use std::cell::Cell;
use std::io::{Error, Read, Result};
use std::rc::Rc;

/// The longest row of a CSV, line of a trace or record of a JSON text, in bytes; a quote that is
/// left open runs into it.
pub const ROW_MAX: usize = 16 << 20;
/// The longest text that is one value, in bytes.
pub const TEXT_MAX: usize = 256 << 20;

/// Where the row begins that is being read.
#[derive(Clone, Debug, Default)]
pub struct Mark(Rc<Cell<usize>>);

impl Mark {
    /// The next row begins here.
    pub fn set(&self) {
        self.0.set(0);
    }
}

/// Fails once more than so many bytes were read since the mark; what is buffered behind it counts.
#[derive(Debug)]
pub struct Bounded<R> {
    inner: R,
    since: Mark,
    most: usize,
    hint: &'static str,
}

impl<R: Read> Bounded<R> {
    /// Of rows or records: whoever reads sets the mark after each.
    pub fn rows(inner: R) -> (Bounded<R>, Mark) {
        let since = Mark::default();
        let hint = "a row is longer than 16 MiB; is a quote left open?";
        (Bounded { inner, since: since.clone(), most: ROW_MAX, hint }, since)
    }

    /// Of a text that is one value.
    pub fn text(inner: R) -> Bounded<R> {
        let hint = "it is longer than 256 MiB";
        Bounded { inner, since: Mark::default(), most: TEXT_MAX, hint }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(into)?;
        let since = self.since.0.get() + count;
        self.since.0.set(since);
        if since > self.most { Err(Error::other(self.hint)) } else { Ok(count) }
    }
}
