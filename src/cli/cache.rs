//! What came of settings that were run before.
//!
//! An entry is named after all that its content is a function of: this very program, the resolved
//! scenario, the seed, the ties and the metrics that are asked for; and after how many replications
//! it has, from the first on. Whoever needs more of them goes on from there. An entry that cannot
//! be read whole is as good as none. A scenario with a program has no entry: what that is made of
//! nobody knows.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use crate::engine::TiePolicy;
use crate::replicate::Runs;
use crate::report::compare::Gathering;
use crate::sim::metric::Metric;
use crate::sim::plan::{Across, Plan};

use super::args::CacheArgs;
use super::exit::Error;
use super::files::{Store, cache_folder, program};
use super::stdout::complain;

/// How long the digest behind an entry is, in bytes.
const DIGEST: usize = 16;

/// A cache, or none.
pub struct Cache {
    store: Option<Store>,
    program: u128,
    /// Whether somebody was told that it cannot be written.
    is_broken: AtomicBool,
}

/// What an entry's content is a function of, but for the replications.
#[derive(Clone, Debug)]
pub struct Key {
    text: String,
    name: String,
    /// Whether what comes of it is a function of this at all: what a program does is not.
    is_whole: bool,
}

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    key: String,
    replications: u32,
    gathering: T,
}

impl Cache {
    /// The one that flags name, or the user's own.
    ///
    /// # Errors
    /// If the one that is named cannot be made.
    pub fn open(args: &CacheArgs) -> Result<Cache, Error> {
        let none = Cache { store: None, program: 0, is_broken: AtomicBool::new(false) };
        if args.no_cache {
            return Ok(none);
        }
        let (Some(folder), Ok(program)) = (args.cache.clone().or_else(cache_folder), program())
        else {
            return Ok(none);
        };
        match Store::open(&folder) {
            Ok(store) => Ok(Cache { store: Some(store), program, ..none }),
            Err(error) if args.cache.is_some() => {
                Err(Error::new(format!("cannot make the cache {}", folder.display()))
                    .because(error)
                    .hint("name a folder that can be written, or say --no-cache"))
            }
            Err(_) => Ok(none),
        }
    }

    /// Where it is, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.store.as_ref().map(Store::folder)
    }

    /// What runs of a plan are kept under, if these metrics are asked for.
    pub fn key(&self, plan: &Plan, runs: &Runs, asked: &[Metric]) -> Key {
        let ties = match runs.ties {
            TiePolicy::Fifo => "fifo".to_owned(),
            TiePolicy::Reversed => "reversed".to_owned(),
            TiePolicy::Seeded(seed) => format!("seeded {seed}"),
        };
        // What is always asked needs no mention: those who ask for it share an entry.
        let expected = plan.expectations.iter();
        let refusals = asked.iter().filter(|metric| matches!(metric, Metric::Refusals(_)));
        let mut named: Vec<String> = refusals.map(Metric::name).collect();
        named.extend(
            expected.clone().map(|one| &one.metric).filter(|name| is_refusal(name)).cloned(),
        );
        named.sort();
        named.dedup();
        let of_each = expected.enumerate().filter(|(_, one)| one.across != Across::Truth);
        let of_each: Vec<String> =
            of_each.map(|(place, one)| format!("{place} {}", one.metric)).collect();
        let text = format!(
            "program {:032x}\nscenario {}\nseed {}\nties {ties}\nasked {named:?}\n\
             each {of_each:?}\n",
            self.program, plan.hash, runs.seed,
        );
        let digest = Sha256::digest(text.as_bytes());
        let name = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Key { name, text, is_whole: !plan.has_programs() }
    }

    /// What came of so many replications.
    pub fn read(&self, key: &Key, replications: u32) -> Option<Gathering> {
        let store = self.store.as_ref().filter(|_| key.is_whole)?;
        let bytes = store.read(&key.file(replications))?;
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
        if xxh3_128(body).to_le_bytes() != digest {
            return None;
        }
        let entry: Entry<Gathering> = postcard::from_bytes(body).ok()?;
        let is_it = entry.key == key.text && entry.replications == replications;
        is_it.then_some(entry.gathering)
    }

    /// What came of the most replications that are known, more than `least` and fewer than `most`.
    pub fn read_fewer(&self, key: &Key, least: u32, most: u32) -> Option<(u32, Gathering)> {
        let ends = self.store.as_ref().filter(|_| key.is_whole)?.ends(&key.file_start());
        let mut known: Vec<u32> = ends.iter().filter_map(|end| end.parse().ok()).collect();
        known.sort_unstable();
        let mut fewer = known.into_iter().rev().filter(|n| (least + 1..most).contains(n));
        fewer.find_map(|n| Some((n, self.read(key, n)?)))
    }

    /// Keeps what came of so many replications.
    pub fn write(&self, key: &Key, replications: u32, gathering: &Gathering) {
        let Some(store) = self.store.as_ref().filter(|_| key.is_whole) else { return };
        let entry = Entry { key: key.text.clone(), replications, gathering };
        let Ok(mut bytes) = postcard::to_stdvec(&entry) else { return };
        bytes.extend(xxh3_128(&bytes).to_le_bytes());
        if let Err(error) = store.write(&key.file(replications), &bytes)
            && !self.is_broken.swap(true, Ordering::Relaxed)
        {
            let folder = store.folder().display();
            complain(format!("note: the cache {folder} cannot be written: {error}"));
        }
    }
}

fn is_refusal(name: &str) -> bool {
    name.starts_with("refusals.")
}

impl Key {
    fn file_start(&self) -> String {
        format!("{}.", self.name)
    }

    fn file(&self, replications: u32) -> String {
        format!("{}{replications}", self.file_start())
    }
}
