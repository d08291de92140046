//! Standard output and error: a reader that goes away ends the program quietly, a full disk does
//! not. The only file that writes to them.

use std::io::{self, ErrorKind, Write};

use anstream::{AutoStream, ColorChoice};

use super::exit::Error;

/// Writes to standard output; whoever closed it has read enough.
///
/// # Errors
/// If it cannot be written for any other reason.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    quietly(out.write_all(bytes.as_ref()).and_then(|()| out.flush()))
}

/// Writes a screen to standard output, in colour where a terminal shows it and nobody asked for
/// none (`NO_COLOR`, `CLICOLOR`, `TERM=dumb`).
///
/// # Errors
/// If it cannot be written for any other reason than that nobody reads it.
pub fn show(screen: &str, coloured: impl Fn(&str) -> String) -> Result<(), Error> {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => print(screen),
        ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => {
            print(coloured(screen))
        }
    }
}

/// Writes all that can be read to standard output.
///
/// # Errors
/// If it cannot be written for any other reason than that nobody reads it.
pub fn copy(mut from: impl io::Read) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    quietly(io::copy(&mut from, &mut out).and_then(|_| out.flush()))
}

/// A closed pipe is no error.
fn quietly(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Error::new("cannot write standard output").because(error)),
        Ok(()) => Ok(()),
    }
}

/// Writes a line to standard error, if anyone is there to read it.
pub fn complain(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
}
