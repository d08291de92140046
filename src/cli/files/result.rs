//! What a result consists of, and what in its directory is not ours.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::books::outcome::LatencyName;
use crate::cli::exit::Error;

use super::cannot_write;
use super::workshop::is_same;

/// The file by which a result is known.
pub const SUMMARY: &str = "summary.json";
const FILES: [&str; 18] = [
    SUMMARY,
    "billing.csv",
    "billing_cycles.csv",
    "latency.csv",
    "latency.hlog",
    "refusals.csv",
    "groups.csv",
    "tags.csv",
    "months.csv",
    "what_if.csv",
    "waves.csv",
    "waves_by_replication.csv",
    "services.csv",
    "inventory.csv",
    "checkpoints.csv",
    "instances.csv",
    FACTS,
    EVENTS,
];
/// Every model fact.
pub const FACTS: &str = "facts.ndjson";
/// The same under the name of an earlier release.
pub const EVENTS: &str = "events.ndjson";
/// The files of one replication.
const OF_A_RUN: [&str; 4] = [SUMMARY, "instances.csv", FACTS, EVENTS];

/// What a path below a result's directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file that a result may have.
    File,
    /// A folder that a result may have, in which other things may be too.
    Folder,
    /// Somebody else's.
    Foreign,
}

/// What a path below a result's directory is, by its name.
pub fn kind(path: &Path) -> Kind {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    let is_run = |name: &str| name.parse().is_ok_and(|n: u32| n.to_string() == name);
    match parts.as_deref() {
        Some([name]) if FILES.contains(name) => Kind::File,
        Some(["latency" | "runs"]) => Kind::Folder,
        Some(["latency", name]) => {
            let of = |one: LatencyName| *name == format!("{}.hgrm", one.name());
            if LatencyName::all().any(of) { Kind::File } else { Kind::Foreign }
        }
        Some(["runs", run]) if is_run(run) => Kind::Folder,
        Some(["runs", run, name]) if is_run(run) && OF_A_RUN.contains(name) => Kind::File,
        Some(_) | None => Kind::Foreign,
    }
}

/// What is there, by name; nothing if the folder is not.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(vec![]),
        other => other?.collect(),
    }
}

/// Links what is not ours in a result's directory into the new one: both have it then.
///
/// # Errors
/// If something cannot be linked.
pub fn carry(place: &Path, new: &Path) -> Result<(), Error> {
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        let cannot = |error: io::Error| cannot_write(&place.join(&folder), &error);
        for entry in entries(&place.join(&folder)).map_err(cannot)? {
            let path = folder.join(entry.file_name());
            let cannot = |error: io::Error| {
                cannot_write(&place.join(&path), &error)
                    .hint("it is not of a result: move it away, or choose another --out")
            };
            let found = entry.metadata().map_err(cannot)?;
            let over = new.join(&path);
            match kind(&path) {
                Kind::File if found.is_file() => {}
                Kind::Folder if found.is_dir() => open.push(path),
                Kind::Foreign if found.is_dir() => {
                    fs::create_dir_all(&over).map_err(cannot)?;
                    fs::set_permissions(&over, found.permissions()).map_err(cannot)?;
                    open.push(path);
                }
                Kind::File | Kind::Folder | Kind::Foreign => {
                    let above = over.parent().expect("it is below the new one");
                    fs::create_dir_all(above).map_err(cannot)?;
                    fs::hard_link(entry.path(), &over).map_err(cannot)?;
                }
            }
        }
    }
    Ok(())
}

/// Removes a result that is not in its place; what is not ours in it goes to the place, if it is
/// not there as well.
///
/// # Errors
/// If something cannot be removed, or is another file at the place.
pub fn clear(result: &Path, place: &Path) -> io::Result<()> {
    clear_below(result, place, Path::new(""))
}

fn clear_below(result: &Path, place: &Path, folder: &Path) -> io::Result<()> {
    for entry in entries(&result.join(folder))? {
        let path = folder.join(entry.file_name());
        let found = entry.metadata()?;
        if found.is_dir() {
            clear_below(result, place, &path)?;
            continue;
        }
        if kind(&path) == Kind::File && found.is_file() {
            fs::remove_file(entry.path())?;
            continue;
        }
        let there = place.join(&path);
        match fs::symlink_metadata(&there) {
            Ok(other) if is_same(&other, &found) => fs::remove_file(entry.path())?,
            Ok(_) => return Err(ErrorKind::AlreadyExists.into()),
            Err(_) => {
                fs::create_dir_all(there.parent().expect("it is below the place"))?;
                fs::hard_link(entry.path(), &there)?;
                fs::remove_file(entry.path())?;
            }
        }
    }
    match fs::remove_dir(result.join(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_a_result_may_have_are_ours() {
        for (path, expected) in [
            ("summary.json", Kind::File),
            ("latency", Kind::Folder),
            ("latency/start.due_to_ready.hgrm", Kind::File),
            ("latency/mine.hgrm", Kind::Foreign),
            ("runs/12", Kind::Folder),
            ("runs/012", Kind::Foreign),
            ("runs/12/summary.json", Kind::File),
            ("runs/12/notes.txt", Kind::Foreign),
            ("runs/mine/thesis.txt", Kind::Foreign),
            ("notes.txt", Kind::Foreign),
        ] {
            assert_eq!(kind(Path::new(path)), expected, "{path}");
        }
    }
}
