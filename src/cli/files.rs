//! The only part that opens files.
//!
//! Scenarios and CSVs are read here. Results (`output`) and imports (`parcel`) are written beside
//! their final place and put there when they are whole. Nothing half-written ever has a final
//! name, and nothing that is not ours is ever touched.

// Every other file is forbidden to.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod output;
mod page;
mod parcel;
mod result;
mod store;
mod workshop;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::scenario::Source;
use crate::units::bounded::Bounded;

use super::exit::Error;
use super::interrupt::{Temporary, uninterrupted};

pub use output::{Output, Pending};
pub use page::{Kind, PageFile, is_free_directory};
pub use parcel::Parcel;
pub use result::{EVENTS, FACTS};
pub use store::{Store, cache_folder, program};

/// Reads scenarios and CSVs from the disk, and `-` from standard input.
#[derive(Clone, Debug)]
pub struct Disk {
    /// The scenario whose extends and CSVs are read; none for a file that a flag names.
    scenario: Option<String>,
    /// Whether these must lie in the scenario's folder.
    sandbox: bool,
}

/// For the files that flags name.
pub static ANY_FILE: Disk = Disk { scenario: None, sandbox: false };

impl Disk {
    /// For the files of a scenario.
    pub fn of_scenario(path: &str, sandbox: bool) -> Disk {
        Disk { scenario: Some(path.to_owned()), sandbox }
    }

    /// Whether a file may be read: the scenario itself, a file of its folder, or, without a
    /// sandbox, one elsewhere that is named as a scenario or a CSV is. Others may hold secrets,
    /// which no error is to quote.
    fn allows(&self, path: &str) -> Result<(), String> {
        let Some(scenario) = self.scenario.as_deref().filter(|scenario| *scenario != path) else {
            return Ok(());
        };
        let folder = match Path::new(scenario).parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let folder = fs::canonicalize(folder).map_err(|error| reason(&error))?;
        let found = fs::canonicalize(path);
        if found.as_ref().is_ok_and(|found| found.starts_with(&folder)) {
            return Ok(());
        }
        if self.sandbox {
            return Err("it is not in the scenario's folder (--sandbox)".to_owned());
        }
        let is_named_so = |found: &PathBuf| {
            let extension = found.extension().unwrap_or_default();
            extension.eq_ignore_ascii_case("toml") || extension.eq_ignore_ascii_case("csv")
        };
        match found {
            Ok(found) if is_named_so(&found) => Ok(()),
            Ok(_) => Err("outside the scenario's folder only .toml and .csv are read".to_owned()),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// Opens a file that ends; directories, devices and pipes are refused by name.
fn open_file(path: &str) -> Result<File, String> {
    let found = fs::metadata(path).map_err(|error| reason(&error))?;
    if found.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if !found.is_file() {
        return Err("it is a device, a pipe or a socket, expected a file (`-` is standard input)"
            .to_owned());
    }
    File::open(path).map_err(|error| reason(&error))
}

impl Source for Disk {
    fn text(&self, path: &str) -> Result<String, String> {
        let mut text = String::new();
        let read = Bounded::text(self.reader(path)?).read_to_string(&mut text);
        read.map(|_| text).map_err(|error| {
            if error.kind() == ErrorKind::InvalidData {
                "it is no text in UTF-8".to_owned()
            } else if error.kind() == ErrorKind::Other {
                error.to_string()
            } else {
                reason(&error)
            }
        })
    }

    fn reader(&self, path: &str) -> Result<Box<dyn Read + '_>, String> {
        self.allows(path)?;
        let inner: Box<dyn Read> = match path {
            "-" => Box::new(io::stdin()),
            path => Box::new(open_file(path)?),
        };
        let mut file = io::BufReader::with_capacity(1 << 16, inner);
        skip_mark(file.fill_buf().map_err(|error| reason(&error))?)
            .map(|mark| file.consume(mark))?;
        Ok(Box::new(file))
    }

    fn trusts_programs(&self) -> bool {
        !self.sandbox
    }
}

/// What this process has in memory, in MB, where the system tells.
pub fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kib.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1_024 / 1_000_000)
}

/// The signals that this process was told to ignore, one bit each from number 1 on: `nohup` and
/// shells do so. None where the system does not tell.
pub fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
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

/// Looks whether a file of this name can be made, before the work for it is done.
///
/// # Errors
/// If there is one, or no folder for it.
pub fn can_be_new(path: &Path) -> Result<(), Error> {
    let cannot = || Error::new(format!("cannot write {}", path.display()));
    if fs::symlink_metadata(path).is_ok() {
        return Err(cannot()
            .because("it is there already")
            .hint("choose another name; nothing is overwritten"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            Err(cannot().because(format!("{} is not a folder", folder.display())))
        }
        Some(_) | None => Ok(()),
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

/// A directory for as long as it is needed.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    temporary: Temporary,
}

impl Scratch {
    /// A new one below the system's directory for such things.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn new(purpose: &str) -> Result<Scratch, Error> {
        let mut holding = uninterrupted();
        let made = tempfile::Builder::new().prefix(&format!("stopsim-{purpose}-")).tempdir();
        let directory = made.map_err(|error| cannot_write(&std::env::temp_dir(), &error))?;
        let path = directory.path().to_owned();
        let undo = move || remove_busy(&path).map_err(|error| cannot_write(&path, &error));
        Ok(Scratch { directory, temporary: Temporary::new(&mut holding, undo) })
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut holding = uninterrupted();
        let _ = fs::remove_dir_all(self.directory.path());
        self.temporary.forget(&mut holding);
    }
}

/// Removes a directory in which a process that was just killed may still make a file.
fn remove_busy(path: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(_) if tries < BUSY_TRIES => tries += 1,
            other => return other,
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

const BUSY_TRIES: u32 = 100;

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

/// The lines of a file, one after the other.
///
/// # Errors
/// If it cannot be read.
pub fn lines(path: &Path) -> Result<impl Iterator<Item = Result<String, Error>> + use<>, Error> {
    let cannot = |error: io::Error, path: &Path| {
        Error::new(format!("cannot read {}", path.display())).because(reason(&error))
    };
    let file = File::open(path).map_err(|error| cannot(error, path))?;
    let path = path.to_owned();
    Ok(BufReader::new(file).lines().map(move |line| line.map_err(|error| cannot(error, &path))))
}

/// The scenarios that a path names: the file itself, or every `.toml` below a folder, by name.
///
/// # Errors
/// If it is not there, or holds none.
pub fn scenarios(path: &Path) -> Result<Vec<String>, Error> {
    let cannot =
        |error| Error::new(format!("cannot read {}", path.display())).because(reason(&error));
    if !fs::metadata(path).map_err(cannot)?.is_dir() {
        return Ok(vec![path.to_string_lossy().into_owned()]);
    }
    let (mut found, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let own = entry.path();
            // A link to a folder may lead back to where it is.
            if entry.file_type().map_err(cannot)?.is_dir() {
                folders.push(own);
            } else if own.extension().is_some_and(|extension| extension == "toml") {
                found.push(own.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::new(format!("there is no scenario in {}", path.display()))
            .hint("`stopsim shrink --out FILE.toml` writes scenarios that are worth keeping")),
    }
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
