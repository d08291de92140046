//! A hidden folder beside what is being made, locked by the process that works in it.
//!
//! The lock goes with its process, however that ends; who finds the folder without a lock on it
//! clears it. `.NAME.stopsim` stands beside a result of `--out NAME`, `.NAME.stopsim-import`
//! beside what an import makes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};

/// How often a folder is tried that another process takes away at the same moment.
const TRIES: u32 = 200;
const LOCK: &str = "lock";
const NEW: &str = "new";

/// Why there is no workshop.
#[derive(Debug)]
pub enum Unusable {
    /// Another process works in it.
    Taken,
    /// The system refuses.
    Refused(PathBuf, io::Error),
}

/// Where something is made, until it is put into place.
#[derive(Clone, Debug)]
pub struct Workshop {
    folder: PathBuf,
    /// The folders that were made above it, the uppermost first.
    made: Vec<PathBuf>,
}

impl Workshop {
    /// Opens the folder and locks it; the lock lasts as long as the file.
    ///
    /// # Errors
    /// If another process has it, or the system refuses.
    pub fn open(folder: &Path) -> Result<(Workshop, File), Unusable> {
        let parent = folder.parent().expect("a workshop stands beside something");
        for _ in 0..TRIES {
            let mut workshop = Workshop { folder: folder.to_owned(), made: vec![] };
            if let Err((at, error)) = make_folders(parent, &mut workshop.made) {
                workshop.remove_made();
                return Err(Unusable::Refused(at, error));
            }
            match try_lock(folder) {
                Ok(Some(lock)) => return Ok((workshop, lock)),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    workshop.remove_made();
                    return Err(Unusable::Taken);
                }
                Err(error) => {
                    let _ = fs::remove_dir(folder);
                    workshop.remove_made();
                    return Err(Unusable::Refused(folder.to_owned(), error));
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Unusable::Taken)
    }

    /// Where everything stands until all of it is whole.
    pub fn new_folder(&self) -> PathBuf {
        self.folder.join(NEW)
    }

    /// A name for a try.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Takes the folder away, which must be empty but for its lock, and the folders that were made
    /// for it, if nothing else is in them.
    ///
    /// # Errors
    /// If something else is in it.
    pub fn close(&self) -> io::Result<()> {
        fs::remove_file(self.folder.join(LOCK))?;
        fs::remove_dir(&self.folder)?;
        self.remove_made();
        Ok(())
    }

    fn remove_made(&self) {
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The lock on a folder; none if another process has just taken the folder away.
fn try_lock(folder: &Path) -> io::Result<Option<File>> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(io::Error::new(ErrorKind::NotADirectory, "it is no folder")),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let path = folder.join(LOCK);
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).expect("flags of open fit");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).custom_flags(no_link);
    let file = match options.open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    let ours = file.metadata()?;
    let is_there = fs::symlink_metadata(&path).is_ok_and(|found| is_same(&found, &ours));
    Ok(is_there.then_some(file))
}

/// Whether two entries are one file.
pub fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Makes a folder and those above it that are missing, and notes which.
fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folders(above, made)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => made.push(folder.to_owned()),
        Err(_) if folder.is_dir() => {}
        Err(error) => return Err((folder.to_owned(), error)),
    }
    Ok(())
}
