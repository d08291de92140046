//! Standard output and error: a reader that goes away ends the program quietly, a full disk does
//! not. The only file that writes to them; what it writes cannot command a terminal.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};

use anstream::{AutoStream, ColorChoice};

use super::exit::Error;

/// Text as a terminal may show it: characters that would command it, or turn the order of letters
/// round, are written as `\u{1b}`. Ends of lines and tabs stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let commands = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for c in text.chars() {
        if commands(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Writes text to standard output, harmless; whoever closed it has read enough.
///
/// # Errors
/// If it cannot be written for any other reason.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    let text = String::from_utf8_lossy(bytes.as_ref());
    let mut out = io::stdout().lock();
    quietly(out.write_all(harmless(&text).as_bytes()).and_then(|()| out.flush()))
}

/// Writes what the parser of arguments has to say: help to standard output, errors elsewhere.
///
/// # Errors
/// If help cannot be written for any other reason than that nobody reads it.
pub fn say(what: &clap::Error) -> Result<(), Error> {
    if what.use_stderr() {
        complain(what.render().to_string().trim_end());
        return Ok(());
    }
    quietly(what.print().and_then(|()| io::stdout().flush()))
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

/// Writes a line to standard error, harmless, if anyone is there to read it.
pub fn complain(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless(line.as_ref()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_shown_and_not_done() {
        assert_eq!(harmless("a\u{1b}[31m\r\u{9b}2J\u{7f}"), "a\\u{1b}[31m\\u{d}\\u{9b}2J\\u{7f}");
        assert_eq!(harmless("\u{202e}txt.exe"), "\\u{202e}txt.exe");
        assert_eq!(harmless("✓ 数\tof\n"), "✓ 数\tof\n");
    }
}
