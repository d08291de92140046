//! What an import makes: new files in a directory, all of them or none; nothing is replaced.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::cli::exit::Error;
use crate::cli::interrupt::{Temporary, uninterrupted};

use super::output::Pending;
use super::workshop::{Unusable, Workshop};
use super::{cannot_write, reason};

/// New files in a directory, put there when all of them are whole.
#[derive(Debug)]
pub struct Parcel {
    directory: PathBuf,
    names: Vec<String>,
    workshop: Workshop,
    temporary: Temporary,
    /// Held as long as this process writes.
    _lock: File,
}

impl Parcel {
    /// Takes a directory, new or not, that has none of these files.
    ///
    /// # Errors
    /// If it has one, or cannot be written.
    pub fn new(directory: &Path, names: Vec<String>) -> Result<Parcel, Error> {
        let taken = |name: &&String| fs::symlink_metadata(directory.join(name)).is_ok();
        if let Some(name) = names.iter().find(taken) {
            let path = directory.join(name);
            return Err(Error::new(format!("cannot write {}", path.display()))
                .because("file exists")
                .hint("choose another directory; nothing is overwritten"));
        }
        let mut holding = uninterrupted();
        let cannot = |error: io::Error| cannot_write(directory, &error);
        let name = directory.file_name().map(|name| name.to_string_lossy());
        let folder = match name.filter(|_| fs::symlink_metadata(directory).is_err()) {
            Some(name) => directory.with_file_name(format!(".{name}.stopsim-import")),
            None => directory.join(".stopsim-import"),
        };
        let (workshop, lock) = Workshop::open(&folder).map_err(|why| match why {
            Unusable::Taken => Error::new(format!("cannot write {}", directory.display()))
                .because("another import writes it now")
                .hint("wait for that import, or choose another directory"),
            Unusable::Refused(at, error) => cannot_write(&at, &error),
        })?;
        let undo = {
            let workshop = workshop.clone();
            move || discard(&workshop)
        };
        let temporary = Temporary::new(&mut holding, undo);
        let parcel =
            Parcel { directory: directory.to_owned(), names, workshop, temporary, _lock: lock };
        let ready = remove_all(&parcel.workshop.new_folder())
            .and_then(|()| fs::create_dir(parcel.workshop.new_folder()));
        drop(holding);
        ready.map(|()| parcel).map_err(cannot)
    }

    /// Opens a file that is not in its place yet.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn file(&self, name: &str) -> Result<Pending, Error> {
        let _holding = uninterrupted();
        Pending::create(&self.workshop.new_folder(), name, self.directory.join(name))
    }

    /// Puts all files into place, the first one last: it names the others.
    ///
    /// # Errors
    /// If one cannot be put there: then none is.
    pub fn publish(self) -> Result<(), Error> {
        let _holding = uninterrupted();
        let new = self.workshop.new_folder();
        if fs::symlink_metadata(&self.directory).is_err() {
            return fs::rename(&new, &self.directory)
                .map_err(|error| cannot_write(&self.directory, &error));
        }
        for (place, name) in self.names.iter().enumerate().rev() {
            let (from, to) = (new.join(name), self.directory.join(name));
            if let Err(error) = renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
                for name in &self.names[place + 1..] {
                    let _ = fs::remove_file(self.directory.join(name));
                }
                return Err(cannot_write(&to, &error.into()));
            }
        }
        Ok(())
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let mut holding = uninterrupted();
        let _ = discard(&self.workshop);
        self.temporary.forget(&mut holding);
    }
}

fn discard(workshop: &Workshop) -> Result<(), Error> {
    let new = workshop.new_folder();
    remove_all(&new).and_then(|()| workshop.close()).map_err(|error| {
        Error::new(format!("cannot clear {}", new.display())).because(reason(&error))
    })
}

/// Removes a folder with all that is in it; no link in it is followed.
fn remove_all(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
