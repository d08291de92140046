//! `--out`: a result, whole or not at all, by one writer at a time.
//!
//! Everything is written in a workshop beside the directory and put into its place by one
//! `rename`; an earlier result is exchanged for the new one in one step of the file system. So
//! whatever ends the program leaves the old result or the new one. What is not ours in the
//! directory is linked into the new one before the exchange, and never deleted.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, RenameFlags, StatxAttributes, StatxFlags, renameat_with, statx};

use crate::cli::exit::Error;
use crate::cli::interrupt::{Temporary, Uninterrupted, uninterrupted};
use crate::report::summary::SCHEMA;

use super::result::{Kind, SUMMARY, carry, clear, kind};
use super::workshop::{Unusable, Workshop};
use super::{cannot_write, reason};

/// A result being written into a directory.
#[derive(Debug)]
pub struct Output {
    /// As it was asked for.
    shown: PathBuf,
    /// Where it is, without links.
    place: PathBuf,
    workshop: Workshop,
    temporary: Temporary,
    is_open: bool,
    /// Held as long as this process writes.
    _lock: File,
}

impl Output {
    /// Takes a directory that is new, empty or an earlier result, and can be written.
    ///
    /// Leaves it as it was: an interrupted run leaves nothing behind.
    ///
    /// # Errors
    /// If it is something else, cannot be written, or another run writes it.
    pub fn claim(directory: &Path) -> Result<Output, Error> {
        let place = place(directory)?;
        let mut holding = uninterrupted();
        let name = place.file_name().expect("a place has a name").to_string_lossy();
        let folder = place.with_file_name(format!(".{name}.stopsim"));
        let (workshop, lock) = Workshop::open(&folder).map_err(|why| unusable(directory, why))?;
        let undo = {
            let (workshop, place) = (workshop.clone(), place.clone());
            move || discard(&workshop, &place)
        };
        let output = Output {
            shown: directory.to_owned(),
            place,
            workshop,
            temporary: Temporary::new(&mut holding, undo),
            is_open: true,
            _lock: lock,
        };
        let ready = output.prepare();
        drop(holding);
        ready.map(|()| output)
    }

    /// Clears what a process left that was killed here, and tries what publishing will do.
    fn prepare(&self) -> Result<(), Error> {
        let new = self.workshop.new_folder();
        let cannot = |error: io::Error| cannot_write(&self.shown, &error);
        clear(&new, &self.place).map_err(|error| left_over(&new, &error))?;
        fs::create_dir(&new).map_err(cannot)?;
        if self.place.symlink_metadata().is_err() {
            return Ok(());
        }
        is_ours(&self.place, &self.shown)?;
        if is_mount(&self.place) || stands_in(&self.place) {
            let why = "it is a mount point, or the directory this program was started in";
            return Err(cannot_exchange(&self.shown, why));
        }
        let probe = self.workshop.path("probe");
        // One that was killed here has left it.
        let _ = fs::remove_dir(&probe);
        fs::create_dir(&probe).map_err(cannot)?;
        let tried = renameat_with(CWD, &probe, CWD, &new, RenameFlags::EXCHANGE);
        let _ = fs::remove_dir(&probe);
        tried.map_err(|error| cannot_exchange(&self.shown, &reason(&error.into())))
    }

    /// Opens a file of the result, not in its place yet; `name` may have folders.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn file(&self, name: &str) -> Result<Pending, Error> {
        let _holding = uninterrupted();
        Pending::create(&self.workshop.new_folder(), name, self.shown.join(name))
    }

    /// Puts the result into its place, in one step.
    ///
    /// # Errors
    /// If it cannot be put there: then it is as it was.
    pub fn publish(mut self) -> Result<(), Error> {
        let mut holding = uninterrupted();
        let put = self.put();
        self.close(&mut holding, put)
    }

    fn put(&self) -> Result<(), Error> {
        let new = self.workshop.new_folder();
        let cannot = |error: io::Error| cannot_write(&self.shown, &error);
        match fs::rename(&new, &self.place) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            other => return other.map_err(cannot),
        }
        is_ours(&self.place, &self.shown)?;
        carry(&self.place, &new)?;
        let found = fs::metadata(&self.place).map_err(cannot)?;
        fs::set_permissions(&new, found.permissions()).map_err(cannot)?;
        renameat_with(CWD, &new, CWD, &self.place, RenameFlags::EXCHANGE)
            .map_err(|error| cannot_exchange(&self.shown, &reason(&error.into())))
    }

    /// Takes the workshop away, with what is in it.
    fn close(&mut self, holding: &mut Uninterrupted, done: Result<(), Error>) -> Result<(), Error> {
        self.is_open = false;
        let discarded = discard(&self.workshop, &self.place);
        self.temporary.forget(holding);
        done.and(discarded)
    }

    /// The error of a file of the result that cannot be written.
    pub fn cannot_write(&self, name: &str, error: &io::Error) -> Error {
        cannot_write(&self.shown.join(name), error)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_open {
            let mut holding = uninterrupted();
            let _ = self.close(&mut holding, Ok(()));
        }
    }
}

/// Where a directory is or will be, without links.
fn place(directory: &Path) -> Result<PathBuf, Error> {
    let cannot = |error: io::Error| {
        Error::new(format!("cannot use {}", directory.display()))
            .because(reason(&error))
            .hint("--out names a directory that you may write")
    };
    let found = match fs::symlink_metadata(directory) {
        Ok(_) => fs::canonicalize(directory).map_err(cannot)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::path::absolute(directory).map_err(cannot)?
        }
        Err(error) => return Err(cannot(error)),
    };
    if found.file_name().is_none() {
        return Err(cannot(ErrorKind::IsADirectory.into()));
    }
    Ok(found)
}

/// Takes a workshop away, with a result that is not in its place.
fn discard(workshop: &Workshop, place: &Path) -> Result<(), Error> {
    let new = workshop.new_folder();
    let cleared = clear(&new, place).map_err(|error| left_over(&new, &error));
    cleared.and_then(|()| workshop.close().map_err(|error| left_over(&new, &error)))
}

fn left_over(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot clear {}", path.display()))
        .because(reason(error))
        .hint("look at what is in it, and remove it")
}

fn unusable(directory: &Path, why: Unusable) -> Error {
    match why {
        Unusable::Taken => Error::new(format!("cannot write {}", directory.display()))
            .because("another run writes it now")
            .hint("wait for that run, or choose another --out"),
        Unusable::Refused(at, error) => cannot_write(&at, &error),
    }
}

fn cannot_exchange(directory: &Path, why: &str) -> Error {
    let inside = directory.join("result");
    Error::new(format!("cannot put a result into {} in one step", directory.display()))
        .because(why)
        .hint(format!("name a new directory, such as --out {}", inside.display()))
}

/// Whether another file system begins here: such a directory cannot be renamed.
fn is_mount(place: &Path) -> bool {
    let found = statx(CWD, place, AtFlags::empty(), StatxFlags::TYPE);
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Whether this process, and so most likely a shell, stands in it: it would stand in nothing.
fn stands_in(place: &Path) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    here.is_ok_and(|here| here.starts_with(place))
}

/// Whether a directory is empty or holds an earlier result, all of whose names are files of ours.
fn is_ours(place: &Path, shown: &Path) -> Result<(), Error> {
    let cannot = |error: io::Error| {
        Error::new(format!("cannot use {}", shown.display()))
            .because(reason(&error))
            .hint("--out names a directory that you may write")
    };
    let mut is_empty = true;
    for entry in fs::read_dir(place).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        is_empty = false;
        let name = entry.file_name();
        let found = entry.file_type().map_err(cannot)?;
        let fits = match kind(Path::new(&name)) {
            Kind::File => found.is_file(),
            Kind::Folder => found.is_dir(),
            Kind::Foreign => true,
        };
        if !fits {
            let at = shown.join(&name);
            return Err(Error::new(format!("cannot write {}", at.display()))
                .because("there is something of this name that stopsim did not make")
                .hint("move it away, or choose another --out"));
        }
    }
    if is_empty || is_summary(&place.join(SUMMARY)) {
        return Ok(());
    }
    Err(Error::new(format!("{} is not empty", shown.display()))
        .because("it holds something that is not an earlier result of stopsim")
        .hint("choose a new directory, or empty this one"))
}

fn is_summary(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let mut start = Vec::new();
    let read = || File::open(path).and_then(|file| file.take(256).read_to_end(&mut start)).is_ok();
    let is_read = is_file && { read }();
    let family = SCHEMA.split('/').next().expect("split gives at least one part");
    is_read && String::from_utf8_lossy(&start).contains(&format!("\"schema\": \"{family}/"))
}

/// A file that is not whole yet.
#[derive(Debug)]
pub struct Pending {
    shown: PathBuf,
    out: BufWriter<File>,
}

impl Pending {
    /// A new file below a folder; nothing is written through a link or over another.
    pub(super) fn create(folder: &Path, name: &str, shown: PathBuf) -> Result<Pending, Error> {
        let path = folder.join(name);
        let parent = path.parent().expect("it is below the folder");
        let cannot = |error: io::Error| cannot_write(&shown, &error);
        fs::create_dir_all(parent).map_err(cannot)?;
        let file = File::create_new(&path).map_err(cannot)?;
        Ok(Pending { shown, out: BufWriter::with_capacity(1 << 16, file) })
    }

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
