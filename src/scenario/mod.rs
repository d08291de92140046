//! Text to plan: scenario files, their errors, and the canonical text that names them.
//!
//! A scenario is read in four steps: texts become a tree that keeps every value's place
//! (`tree`, `merge`, `rows`); the tree becomes tables of typed values (`decode`, `raw`, `value`);
//! these become a [`Plan`] in which everything refers to something (`into_plan`); and the same
//! tables give the canonical text (`canon`). Every problem of every step is found at once. Files
//! are opened by a [`Source`]; nothing here touches one.

pub mod decode;
pub mod place;
pub mod preset;
pub mod problem;
pub mod raw;
pub mod source;
pub mod tree;
pub mod value;

mod canon;
mod into_plan;
mod load;
mod merge;
mod reference;
mod rows;
mod stress;
mod suggest;

use crate::world::plan::Plan;

use decode::{Decode, Hashes};
use into_plan::into_plan;
use load::{Context, load_tree};
use raw::Root;

pub use into_plan::Note;
pub use preset::presets_page;
pub use problem::{Problem, ScenarioErrors};
pub use reference::{reference, schema};
pub use source::{Memory, Source};
pub use stress::stress_variants;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What will run.
    pub plan: Plan,
    /// The canonical text: what `expand` prints, and what `plan.hash` is the SHA-256 of.
    pub resolved: String,
    /// What is worth knowing about it.
    pub notes: Vec<Note>,
}

/// Reads a scenario with what it extends, its CSVs and the `--set` flags.
///
/// # Errors
/// With everything that is wrong with it.
pub fn load(path: &str, source: &dyn Source, sets: &[String]) -> Result<Loaded, ScenarioErrors> {
    let mut context = Context::new(source);
    let root = load_tree(path, sets, &mut context)
        .and_then(|node| Root::decode(&node, &mut context.problems));
    let Some(root) = root else { return Err(context.problems.into_errors(context.files)) };
    let (plan, notes) = into_plan(&root, &mut context);
    match plan {
        Some(plan) => {
            let resolved = resolved(&root, &context.hashes);
            let hash = canon::sha256(resolved.as_bytes());
            Ok(Loaded { plan: Plan { hash, ..plan }, resolved, notes })
        }
        None => Err(context.problems.into_errors(context.files)),
    }
}

/// The canonical text of what a run is a function of.
fn resolved(root: &Root, hashes: &Hashes) -> String {
    let canon::Canon::Table(mut keys) = root.encode(hashes) else {
        unreachable!("a scenario is a table")
    };
    let outside = ["description", "seed", "expect", "run", "extends"];
    keys.retain(|(key, _)| !outside.contains(&key.as_str()));
    canon::document(&keys)
}
