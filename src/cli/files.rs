//! The only file that opens files.
//!
//! Scenarios and CSVs are read here; results are written to temporary names beside their final
//! place and renamed when all of them are whole, `summary.json` last. Nothing half-written ever
//! has a final name, and nothing that is not ours is ever touched.

// Every other file is forbidden to.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::report::summary::SCHEMA;
use crate::scenario::Source;

use super::exit::Error;

/// Reads scenarios and CSVs from the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Source for Disk {
    fn text(&self, path: &str) -> Result<String, String> {
        let mut text = String::new();
        let read = self.reader(path)?.read_to_string(&mut text);
        read.map(|_| text).map_err(|error| match error.kind() == ErrorKind::InvalidData {
            true => "it is no text in UTF-8".to_owned(),
            false => reason(&error),
        })
    }

    fn reader(&self, path: &str) -> Result<Box<dyn Read + '_>, String> {
        let file = File::open(path).map_err(|error| reason(&error))?;
        if file.metadata().is_ok_and(|found| found.is_dir()) {
            return Err("it is a directory".to_owned());
        }
        let mut file = io::BufReader::with_capacity(1 << 16, file);
        skip_mark(file.fill_buf().map_err(|error| reason(&error))?)
            .map(|mark| file.consume(mark))?;
        Ok(Box::new(file))
    }
}

/// What this process has in memory, in MB, where the system tells.
pub fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kib.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1_024 / 1_000_000)
}

/// How long the mark of UTF-8 is that consoles and spreadsheets put before a text.
fn skip_mark(begins: &[u8]) -> Result<usize, String> {
    if begins.starts_with(b"\xff\xfe") || begins.starts_with(b"\xfe\xff") {
        return Err(
            "it is in UTF-16, expected UTF-8 (PowerShell: `| Out-File -Encoding utf8`)".into()
        );
    }
    Ok(if begins.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 })
}

/// What the system says, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Writes a new file, and refuses to replace one.
///
/// # Errors
/// If there is one already, or it cannot be written.
pub fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let cannot = |error: &io::Error| {
        let failed = Error::new(format!("cannot write {}", path.display())).because(reason(error));
        if error.kind() == ErrorKind::AlreadyExists {
            failed.hint("choose another name; nothing is overwritten")
        } else {
            failed
        }
    };
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| cannot(&e))?;
    file.write_all(text.as_bytes()).map_err(|error| {
        let _ = fs::remove_file(path);
        cannot(&error)
    })
}

/// Where files stand until all of them are whole.
const STAGING: &str = ".stopsim-partial";
const SUMMARY: &str = "summary.json";
/// Everything a result may consist of.
const RESULT: [&str; 17] = [
    SUMMARY,
    "billing.csv",
    "billing_cycles.csv",
    "latency.csv",
    "latency",
    "latency.hlog",
    "refusals.csv",
    "groups.csv",
    "tags.csv",
    "waves.csv",
    "waves_by_replication.csv",
    "services.csv",
    "inventory.csv",
    "checkpoints.csv",
    "instances.csv",
    "events.ndjson",
    "runs",
];

/// A result being written into a directory.
#[derive(Debug)]
pub struct Output {
    directory: PathBuf,
    existed: bool,
    published: bool,
}

impl Output {
    /// Takes a directory that is new, empty or an earlier result, and can be written.
    ///
    /// Leaves it as it was: an interrupted run leaves nothing behind.
    ///
    /// # Errors
    /// If it is something else, or cannot be written.
    pub fn claim(directory: &Path) -> Result<Output, Error> {
        let existed = directory.exists();
        if existed && !is_ours(directory)? {
            return Err(Error::new(format!("{} is not empty", directory.display()))
                .because("it holds something that is not an earlier result of stopsim")
                .hint("choose a new directory, or empty this one"));
        }
        let output = Output { directory: directory.to_owned(), existed, published: false };
        output.file("probe").and_then(Pending::finish)?;
        output.clean();
        Ok(output)
    }

    /// Opens a file of the result under its temporary name; `name` may have folders.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn file(&self, name: &str) -> Result<Pending, Error> {
        let path = self.staging().join(name);
        let parent = path.parent().expect("it is below the directory");
        let cannot = |error: io::Error| cannot_write(&self.directory.join(name), &error);
        fs::create_dir_all(parent).map_err(cannot)?;
        let file = File::create(&path).map_err(cannot)?;
        let shown = self.directory.join(name);
        Ok(Pending { shown, out: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Puts all files in the place of an earlier result's, the summary last.
    ///
    /// # Errors
    /// If one cannot be renamed.
    pub fn publish(mut self) -> Result<(), Error> {
        let staging = self.staging();
        let cannot = |error: io::Error| cannot_write(&self.directory, &error);
        for name in RESULT {
            remove(&self.directory.join(name)).map_err(cannot)?;
        }
        let mut names: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&staging).map_err(cannot)? {
            names.push(entry.map_err(cannot)?.file_name().into());
        }
        names.sort_by_key(|name| (name == Path::new(SUMMARY), name.clone()));
        for name in names {
            fs::rename(staging.join(&name), self.directory.join(&name)).map_err(cannot)?;
        }
        fs::remove_dir(&staging).map_err(cannot)?;
        self.published = true;
        Ok(())
    }

    /// The error of a file of the result that cannot be written.
    pub fn cannot_write(&self, name: &str, error: &io::Error) -> Error {
        cannot_write(&self.directory.join(name), error)
    }

    fn staging(&self) -> PathBuf {
        self.directory.join(STAGING)
    }

    /// Leaves the directory as it was found.
    fn clean(&self) {
        let _ = fs::remove_dir_all(self.staging());
        if !self.existed {
            let _ = fs::remove_dir(&self.directory);
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.published {
            self.clean();
        }
    }
}

/// A file of a result that is not whole yet.
#[derive(Debug)]
pub struct Pending {
    shown: PathBuf,
    out: BufWriter<File>,
}

impl Pending {
    /// Everything has been written.
    ///
    /// # Errors
    /// If the last of it cannot be.
    pub fn finish(mut self) -> Result<(), Error> {
        self.out.flush().map_err(|error| cannot_write(&self.shown, &error))
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn fill(
        mut self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Error> {
        write(&mut self.out).map_err(|error| cannot_write(&self.shown, &error))?;
        self.finish()
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    let failed = Error::new(format!("cannot write {}", path.display())).because(reason(error));
    const FULL: [ErrorKind; 3] =
        [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge];
    const FORBIDDEN: [ErrorKind; 2] = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
    const NO_DIRECTORY: [ErrorKind; 2] = [ErrorKind::NotADirectory, ErrorKind::AlreadyExists];
    if FULL.contains(&error.kind()) {
        failed.hint("free some space or choose another --out; nothing was left behind")
    } else if FORBIDDEN.contains(&error.kind()) {
        failed.hint("choose a directory that you may write")
    } else if NO_DIRECTORY.contains(&error.kind()) {
        failed.hint("--out names a directory")
    } else {
        failed
    }
}

/// Whether a directory is empty or holds an earlier result, whole or interrupted.
fn is_ours(directory: &Path) -> Result<bool, Error> {
    let cannot = |error: io::Error| {
        Error::new(format!("cannot use {}", directory.display()))
            .because(reason(&error))
            .hint("--out names a directory that you may write")
    };
    let mut others = 0;
    for entry in fs::read_dir(directory).map_err(cannot)? {
        others += usize::from(entry.map_err(cannot)?.file_name() != STAGING);
    }
    let summaries = [directory.join(SUMMARY), directory.join(STAGING).join(SUMMARY)];
    Ok(others == 0 || summaries.iter().any(|path| is_summary(path)))
}

fn is_summary(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    let family = SCHEMA.split('/').next().expect("split gives at least one part");
    read.is_ok() && String::from_utf8_lossy(&start).contains(&format!("\"schema\": \"{family}/"))
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// New files in a directory, put there when all of them are whole; nothing is replaced.
#[derive(Debug)]
pub struct Parcel {
    output: Output,
    names: Vec<String>,
}

impl Parcel {
    /// Takes a directory, new or not, that has none of these files.
    ///
    /// # Errors
    /// If it has one, or cannot be written.
    pub fn new(directory: &Path, names: Vec<String>) -> Result<Parcel, Error> {
        if let Some(name) = names.iter().find(|name| directory.join(name).exists()) {
            let path = directory.join(name);
            return Err(Error::new(format!("cannot write {}", path.display()))
                .because("file exists")
                .hint("choose another directory; nothing is overwritten"));
        }
        let output = Output {
            directory: directory.to_owned(),
            existed: directory.exists(),
            published: false,
        };
        output.file("probe").and_then(Pending::finish)?;
        Ok(Parcel { output, names })
    }

    /// Opens a file under its temporary name.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn file(&self, name: &str) -> Result<Pending, Error> {
        self.output.file(name)
    }

    /// Puts all files into place.
    ///
    /// # Errors
    /// If one cannot be renamed.
    pub fn publish(mut self) -> Result<(), Error> {
        let staging = self.output.staging();
        for name in &self.names {
            let place = self.output.directory.join(name);
            fs::rename(staging.join(name), &place).map_err(|error| cannot_write(&place, &error))?;
        }
        self.output.published = true;
        let cannot = |error: io::Error| cannot_write(&self.output.directory, &error);
        fs::remove_dir_all(&staging).map_err(cannot)
    }
}

/// A directory for as long as it is needed.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one below the system's directory for such things.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn new(purpose: &str) -> Result<Scratch, Error> {
        let name = format!("stopsim-{purpose}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok(Scratch(path))
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Every file below a directory: its name from there and its bytes, by name.
///
/// # Errors
/// If one cannot be read.
pub fn contents(directory: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut found = Vec::new();
    collect(directory, "", &mut found)
        .map_err(|e| Error::new(format!("cannot read {}", directory.display())).because(e))?;
    found.sort();
    Ok(found)
}

fn collect(directory: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), found)?;
        } else {
            found.push((name, fs::read(entry.path())?));
        }
    }
    Ok(())
}
