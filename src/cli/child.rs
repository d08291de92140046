//! A process of ours and those it starts: all of them end when we are told to end.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::exit::Error;
use super::interrupt::{Temporary, uninterrupted};

/// Runs it to its end in a group of its own, and keeps what it writes.
///
/// # Errors
/// If it cannot be started, or what it writes cannot be read.
pub fn output(command: &mut Command) -> io::Result<Output> {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut holding = uninterrupted();
    let mut child = command.spawn()?;
    let pid = Pid::from_child(&child);
    let temporary = Temporary::new(&mut holding, move || {
        kill_process_group(pid, Signal::KILL)
            .map_err(|error| Error::new("cannot end a process").because(error))
    });
    drop(holding);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = thread::scope(|scope| {
        let stderr = scope.spawn(|| read_all(stderr));
        (read_all(stdout), stderr.join().unwrap_or_else(|_| Ok(Vec::new())))
    });
    // Its number is nobody else's until `wait` has taken it: only then may a signal not end it.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let mut holding = uninterrupted();
    temporary.forget(&mut holding);
    Ok(Output { status: child.wait()?, stdout: stdout?, stderr: stderr? })
}

fn read_all(from: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.map_or(Ok(0), |mut from| from.read_to_end(&mut bytes)).map(|_| bytes)
}
