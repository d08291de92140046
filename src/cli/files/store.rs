//! A folder of entries that many programs may fill at once: each whole or not there, none ever
//! deleted.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3Default;

use super::super::interrupt::uninterrupted;

/// Entries by name.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In this folder, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be.
    pub fn open(folder: &Path) -> io::Result<Store> {
        fs::create_dir_all(folder)?;
        Ok(Store { folder: folder.to_owned() })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// An entry, if it is there and can be read.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.place(name)).ok()
    }

    /// Puts an entry there, in one step; one of the same name is replaced.
    ///
    /// # Errors
    /// If it cannot be written, such as to a disk that is full.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self.place(name);
        let folder = place.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        // A signal waits, so that only a kill leaves what is not whole, under a name of its own.
        let _whole = uninterrupted();
        let mut beside = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
        beside.write_all(bytes)?;
        beside.persist(place).map_err(|error| error.error)?;
        Ok(())
    }

    /// The ends of the names that begin so.
    pub fn ends(&self, start: &str) -> Vec<String> {
        let place = self.place(start);
        let (Some(folder), Some(start)) = (place.parent(), place.file_name()) else {
            return Vec::new();
        };
        let start = start.to_string_lossy();
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter_map(|name| Some(name.strip_prefix(&*start)?.to_owned())).collect()
    }

    /// A folder for each of the first two letters, so that none holds too many.
    fn place(&self, name: &str) -> PathBuf {
        let (first, rest) = name.split_at(name.len().min(2));
        self.folder.join(first).join(rest)
    }
}

/// The user's folder for what can be made again, as the XDG Base Directory Specification has it;
/// none if the environment names none.
pub fn cache_folder() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(caches.join("stopsim"))
}

/// A digest of this very program: what another build made may be other numbers.
///
/// # Errors
/// If it cannot be read, such as after it was replaced.
pub fn program() -> io::Result<u128> {
    let mut file = File::open(std::env::current_exe()?)?;
    let (mut hash, mut some) = (Xxh3Default::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut some)? {
            0 => return Ok(hash.digest128()),
            read => hash.update(&some[..read]),
        }
    }
}
