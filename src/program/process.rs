//! A process that answers lines with lines: started, asked, and ended with all that it started.
//!
//! Pipes are waited for only so long: whatever a program does, asking it comes back. The machine's
//! clock decides nothing but that, and never reaches a result.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::controller::policy::Program;
use crate::units::SimDuration;

use super::trouble::Trouble;

/// The longest line of a program, in bytes.
pub const LINE_MAX: usize = 16 << 20;
/// How much of what a program writes to standard error is kept, in bytes.
const COMPLAINT: usize = 4_096;
/// How many lines of that are told.
const COMPLAINT_LINES: usize = 20;
/// How long a program that closed its output is given to end by itself.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Processes that were started and did not end yet, by their group: a signal ends them too.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends every program that still runs: for a process that is about to end itself.
pub fn end_all() {
    for group in running().iter().filter_map(|number| Pid::from_raw(*number)) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// A process, its pipes, and what was read of them.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: ChildStderr,
    /// What it wrote beyond the last line that was taken.
    read: Vec<u8>,
    complaint: Vec<u8>,
    complains: bool,
    limit: SimDuration,
}

impl Process {
    /// Starts it in its folder, with these variables besides those of this process.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(program: &Program, variables: &[(&str, &str)]) -> Result<Process, Trouble> {
        let started = spawn(program, variables);
        let failed = |source| Trouble::Start { command: program.command.join(" "), source };
        let mut child = started.map_err(failed)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            unreachable!("all three are pipes")
        };
        running().insert(child.id().cast_signed());
        let (read, complaint, limit) = (Vec::new(), Vec::new(), program.reply_within);
        let stdin = Some(stdin);
        let process =
            Process { child, stdin, stdout, stderr, read, complaint, complains: true, limit };
        process.be_patient().map_err(|error| failed(error.into()))?;
        Ok(process)
    }

    /// No pipe blocks.
    fn be_patient(&self) -> rustix::io::Result<()> {
        if let Some(stdin) = &self.stdin {
            ioctl_fionbio(stdin, true)?;
        }
        ioctl_fionbio(&self.stdout, true)?;
        ioctl_fionbio(&self.stderr, true)
    }

    /// Hands it a line, which ends as lines do, and gives back the line that it answers.
    ///
    /// # Errors
    /// If it wrote a line before it was asked, gives none in time or one that does not end, or
    /// ended.
    pub fn ask(&mut self, line: &[u8]) -> Result<Vec<u8>, Trouble> {
        self.read_more()?;
        if !self.read.is_empty() {
            return Err(self.unasked());
        }
        let mut rest = self.write(line)?;
        let limit = Duration::from_micros(self.limit.as_micros());
        let (mut left, since) = (limit, now());
        let mut searched = 0;
        loop {
            if let Some(end) = self.read[searched..].iter().position(|byte| *byte == b'\n')
                && rest.is_empty()
            {
                return self.take_line(searched + end);
            }
            if rest.is_empty() {
                searched = self.read.len();
            }
            if self.read.len() > LINE_MAX {
                return Err(Trouble::Endless);
            }
            self.wait(left, !rest.is_empty()).map_err(Trouble::Pipe)?;
            rest = self.write(rest)?;
            if !self.read_more()? && self.is_over() {
                return Err(self.ended());
            }
            left = limit.saturating_sub(since.elapsed());
            if left.is_zero() {
                return Err(Trouble::Silent { limit: self.limit, complaint: self.complaint() });
            }
        }
    }

    /// The line that ends there; nothing may follow it yet.
    fn take_line(&mut self, end: usize) -> Result<Vec<u8>, Trouble> {
        let rest = self.read.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.read, rest);
        line.pop();
        if self.read.is_empty() { Ok(line) } else { Err(self.unasked()) }
    }

    /// Tells it that nothing follows, and waits until it has ended.
    ///
    /// # Errors
    /// If it writes a line that nobody asked for.
    pub fn close(mut self) -> Result<(), Trouble> {
        self.stdin = None;
        let since = now();
        let limit = Duration::from_micros(self.limit.as_micros());
        loop {
            let open = self.read_more()?;
            if !self.read.is_empty() {
                return Err(self.unasked());
            }
            let left = limit.saturating_sub(since.elapsed());
            if left.is_zero() || (!open && self.is_over()) {
                return Ok(());
            }
            self.wait(left, false).map_err(Trouble::Pipe)?;
        }
    }

    /// Waits until a pipe has something for us, or takes something.
    fn wait(&self, at_most: Duration, writes: bool) -> io::Result<()> {
        let mut pipes = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        if self.complains {
            pipes.push(PollFd::new(&self.stderr, PollFlags::IN));
        }
        if let (Some(stdin), true) = (&self.stdin, writes) {
            pipes.push(PollFd::new(stdin, PollFlags::OUT));
        }
        // A limit of centuries is as good as any that the system takes.
        let at_most = at_most.min(Duration::from_secs(86_400));
        let limit = Timespec::try_from(at_most).expect("a day fits");
        match poll(&mut pipes, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes as much as the pipe takes: what is left. Whoever does not read has ended, or will
    /// be seen not to answer.
    fn write<'l>(&mut self, mut line: &'l [u8]) -> Result<&'l [u8], Trouble> {
        let Some(stdin) = &mut self.stdin else { return Ok(&[]) };
        while !line.is_empty() {
            match stdin.write(line) {
                Ok(written) => line = &line[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(&[]),
                Err(error) => return Err(Trouble::Pipe(error)),
            }
        }
        Ok(line)
    }

    /// Reads what there is: whether its output is still open.
    fn read_more(&mut self) -> Result<bool, Trouble> {
        if self.complains {
            let open = drain(&mut self.stderr, &mut self.complaint, usize::MAX);
            self.complains = open.map_err(Trouble::Pipe)?;
            let more = self.complaint.len().saturating_sub(COMPLAINT);
            self.complaint.drain(..more);
        }
        drain(&mut self.stdout, &mut self.read, LINE_MAX).map_err(Trouble::Pipe)
    }

    /// Its output is closed: whether nothing of it is left to be read.
    fn is_over(&self) -> bool {
        !self.read.contains(&b'\n')
    }

    fn unasked(&self) -> Trouble {
        let line = self.read.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Trouble::Unasked { line: String::from_utf8_lossy(line).into_owned() }
    }

    fn ended(&mut self) -> Trouble {
        let status = self.last_words();
        let _ = self.read_more();
        Trouble::Ended { status, complaint: self.complaint() }
    }

    /// How it ended, if it does so soon.
    fn last_words(&mut self) -> Option<ExitStatus> {
        const STEPS: u32 = 100;
        for _ in 0..STEPS {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(LAST_WORDS / STEPS);
        }
        None
    }

    /// The last lines that it wrote to standard error.
    fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.complaint);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(COMPLAINT_LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its number is nobody else's until `wait` has taken it.
        let number = self.child.id().cast_signed();
        if let Some(group) = Pid::from_raw(number) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
        running().remove(&number);
    }
}

/// In a group of its own, so that all that it starts ends with it.
fn spawn(program: &Program, variables: &[(&str, &str)]) -> io::Result<Child> {
    let folder = std::path::absolute(&program.folder)?;
    let Some((name, arguments)) = program.command.split_first() else {
        return Err(io::Error::new(ErrorKind::NotFound, "no command"));
    };
    Command::new(executable(&folder, name))
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// A path is seen from the folder; a bare name is looked for where the system looks.
fn executable(folder: &Path, name: &str) -> PathBuf {
    if name.contains('/') { folder.join(name) } else { PathBuf::from(name) }
}

/// Reads what there is, up to so much in all: whether more may come.
fn drain(from: &mut impl Read, into: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let mut buffer = [0; 1 << 14];
    while into.len() <= most {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => {
                into.extend_from_slice(&buffer[..read]);
                if read < buffer.len() {
                    return Ok(true);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// The machine's clock, for how long a program takes.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}
