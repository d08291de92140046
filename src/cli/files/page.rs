//! `--html` and `--junit`: one file, the old one or the new one, whole.
//!
//! It is written in a workshop beside its place and put there by one `rename`. Only a file of ours
//! is replaced. A link is followed: what it points at is replaced.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::cli::exit::Error;
use crate::cli::interrupt::{Temporary, uninterrupted};
use crate::report::cases::JUNIT_MARK;
use crate::report::html::GENERATOR;

use super::reason;
use super::workshop::{Unusable, Workshop};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page for a browser.
    Page,
    /// Cases in the XML of JUnit.
    JUnit,
}

impl Kind {
    /// What a file of ours has near its beginning.
    fn mark(self) -> &'static str {
        match self {
            Kind::Page => GENERATOR,
            Kind::JUnit => JUNIT_MARK,
        }
    }

    fn not_ours(self) -> &'static str {
        match self {
            Kind::Page => "it is no page of stopsim, and is left alone",
            Kind::JUnit => "it is no JUnit file of stopsim, and is left alone",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Kind::Page => {
                "--html names a new file, or an earlier page, in a folder that you may write"
            }
            Kind::JUnit => {
                "--junit names a new file, or an earlier one, in a folder that you may write"
            }
        }
    }
}

/// Where a page will be.
#[derive(Debug)]
pub struct PageFile {
    kind: Kind,
    /// As it was asked for.
    shown: PathBuf,
    /// Where it is, without links.
    place: PathBuf,
}

impl PageFile {
    /// Takes a file that is new or one of ours, in a folder that can be written. Nothing is
    /// written yet.
    ///
    /// # Errors
    /// If it is something else, or its folder cannot be written.
    pub fn claim(kind: Kind, path: &Path) -> Result<PageFile, Error> {
        let cannot = |error: io::Error| refused(kind, path, &reason(&error));
        let found = match fs::symlink_metadata(path) {
            Ok(_) => fs::canonicalize(path).map_err(cannot)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::path::absolute(path).map_err(cannot)?
            }
            Err(error) => return Err(cannot(error)),
        };
        if found.file_name().is_none() || path.to_string_lossy().ends_with('/') {
            return Err(refused(kind, path, "it is a directory"));
        }
        let file = PageFile { kind, shown: path.to_owned(), place: found };
        file.is_free()?;
        let above = file.place.ancestors().skip(1).find(|above| above.exists());
        if let Some(above) = above {
            if !above.is_dir() {
                return Err(refused(kind, path, &format!("{} is no directory", above.display())));
            }
            access(above, Access::WRITE_OK).map_err(|error| cannot(error.into()))?;
        }
        Ok(file)
    }

    /// Writes the page and puts it into its place.
    ///
    /// # Errors
    /// If it cannot be written: then what was there is there.
    pub fn write(&self, text: &str) -> Result<(), Error> {
        let name = self.place.file_name().expect("a place has a name").to_string_lossy();
        let folder = self.place.with_file_name(format!(".{name}.stopsim"));
        let mut holding = uninterrupted();
        let (workshop, lock) = Workshop::open(&folder).map_err(|why| match why {
            Unusable::Taken => refused(self.kind, &self.shown, "another run writes it now"),
            Unusable::Refused(at, error) => refused(self.kind, &at, &reason(&error)),
        })?;
        let undo = {
            let (kind, workshop, shown) = (self.kind, workshop.clone(), self.shown.clone());
            move || discard(&workshop).map_err(|error| refused(kind, &shown, &reason(&error)))
        };
        let temporary = Temporary::new(&mut holding, undo);
        drop(holding);
        let written = self.fill(&workshop.new_folder(), text);
        let mut holding = uninterrupted();
        let put = written.and_then(|()| self.put(&workshop.new_folder()));
        let discarded =
            discard(&workshop).map_err(|error| refused(self.kind, &self.shown, &reason(&error)));
        temporary.forget(&mut holding);
        drop(lock);
        put.and(discarded)
    }

    fn fill(&self, new: &Path, text: &str) -> Result<(), Error> {
        let cannot = |error: io::Error| refused(self.kind, &self.shown, &reason(&error));
        // One that was killed here has left it.
        let _ = fs::remove_file(new);
        let mut file = File::create_new(new).map_err(cannot)?;
        file.write_all(text.as_bytes()).map_err(cannot)?;
        match fs::metadata(&self.place) {
            Ok(found) => fs::set_permissions(new, found.permissions()).map_err(cannot),
            Err(_) => Ok(()),
        }
    }

    fn put(&self, new: &Path) -> Result<(), Error> {
        self.is_free()?;
        fs::rename(new, &self.place)
            .map_err(|error| refused(self.kind, &self.shown, &reason(&error)))
    }

    /// Whether there is nothing at its place but a page of ours.
    fn is_free(&self) -> Result<(), Error> {
        let found = match fs::metadata(&self.place) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(refused(self.kind, &self.shown, &reason(&error))),
        };
        if found.is_dir() {
            return Err(refused(self.kind, &self.shown, "it is a directory"));
        }
        if !found.is_file() {
            return Err(refused(self.kind, &self.shown, "it is a device, a pipe or a socket"));
        }
        let mut start = Vec::new();
        let read = File::open(&self.place).and_then(|file| file.take(512).read_to_end(&mut start));
        let is_ours = read.is_ok() && String::from_utf8_lossy(&start).contains(self.kind.mark());
        match is_ours || found.len() == 0 {
            true => Ok(()),
            false => Err(refused(self.kind, &self.shown, self.kind.not_ours())),
        }
    }
}

/// Whether a directory is new or empty, so that files can be put there.
///
/// # Errors
/// If it is not.
pub fn is_free_directory(path: &Path) -> Result<(), Error> {
    let refused = |why: &str| {
        Error::new(format!("cannot write {}", path.display()))
            .because(why)
            .hint("--charts names a new or empty directory; nothing is overwritten")
    };
    match fs::read_dir(path) {
        Ok(entries) => match entries.count() {
            0 => Ok(()),
            _ => Err(refused("it is not empty")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refused(&reason(&error))),
    }
}

fn discard(workshop: &Workshop) -> io::Result<()> {
    match fs::remove_file(workshop.new_folder()) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => workshop.close(),
    }
}

fn refused(kind: Kind, path: &Path, why: &str) -> Error {
    Error::new(format!("cannot write {}", path.display())).because(why).hint(kind.hint())
}
