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
mod difference;
mod into_plan;
mod left_out;
mod load;
mod merge;
mod next_edges;
mod reference;
mod renamed;
mod rows;
mod set;
mod stress;
pub mod suggest;
mod table_schema;
mod what_if;

use crate::sim::plan::Plan;

use decode::{Decode, Hashes, LeftOut, Origin, Unwritten};
use into_plan::into_plan;
use load::{Context, load_tree};
use raw::{Hunt, Root, SweepTable};

pub use difference::{KeyChange, Part, differences, environment};
pub use into_plan::{Note, metric_hint};
pub use preset::presets_page;
pub use problem::{Problem, ScenarioErrors};
pub use reference::{reference, schema};
pub use source::{Memory, Source};
pub use stress::stress_variants;
pub use what_if::{Variant, what_if_variants};

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What will run.
    pub plan: Plan,
    /// The canonical text of what is off its default: what `plan.hash` is the SHA-256 of.
    pub resolved: String,
    /// What is worth knowing about it.
    pub notes: Vec<Note>,
    /// What `sweep` varies.
    pub sweep: Option<SweepTable>,
    /// Which runs `regress` makes of it.
    pub hunt: Option<Hunt>,
}

/// Reads a scenario with what it extends, its CSVs and the `--set` flags.
///
/// # Errors
/// With everything that is wrong with it.
pub fn load(path: &str, source: &dyn Source, sets: &[String]) -> Result<Loaded, ScenarioErrors> {
    read(path, source, sets, None).map(|(loaded, ..)| loaded)
}

/// The same with the prices of instance types in another region; what else is billed keeps its
/// own, and so does what the scenario says itself.
///
/// # Errors
/// As [`load`], and if the price of a type is not known there.
pub fn load_priced_in(
    path: &str,
    source: &dyn Source,
    sets: &[String],
    region: &str,
) -> Result<Loaded, ScenarioErrors> {
    read(path, source, sets, Some(region)).map(|(loaded, ..)| loaded)
}

/// The scenario as a text of its own, which runs to the same bytes: what was written, with what it
/// extends and the flags laid over, and as comments what nobody wrote and what that rests on,
/// and the next edges of every demand and schedule.
///
/// CSVs stand under their paths as seen from the scenario: the text belongs into its folder.
///
/// # Errors
/// As [`load`].
pub fn expand(path: &str, source: &dyn Source, sets: &[String]) -> Result<String, ScenarioErrors> {
    let (loaded, root, context) = read(path, source, sets, None)?;
    let is_own = |place: place::Place, origin: Origin| {
        origin == Origin::Written && !context.grounds.contains_key(&place.file())
    };
    let mut left_out = LeftOut { is_own: &is_own, values: vec![] };
    let canon::Canon::Table(mut keys) = root.written(&mut String::new(), &mut left_out) else {
        unreachable!("a scenario is a table")
    };
    keys.retain(|(key, _)| key != "extends");
    let why = |one: &Unwritten| match one.origin {
        Origin::Assumed(why) => format!("assumed: {why}"),
        Origin::Documented(source) => format!("documented: {source}"),
        Origin::Convention => "convention".to_owned(),
        Origin::Written => {
            let file = one.place.file();
            let (basis, source) = into_plan::ground(&context.grounds[&file], &one.path);
            let of = &context.files.get(file).name;
            format!("{}: {source}; {of}", basis.word())
        }
    };
    let note =
        |one: &Unwritten| (one.path.clone(), format!("{} ({})", one.value.inline(), why(one)));
    let notes: Vec<(String, String)> = left_out.values.iter().map(note).collect();
    let edges = next_edges::Edges::of(&loaded.plan, &keys);
    let comes = |key: &str, element: &canon::Canon| edges.next(key, element);
    Ok(canon::annotated(&keys, &notes, &comes))
}

fn read<'a>(
    path: &str,
    source: &'a dyn Source,
    sets: &[String],
    priced_in: Option<&str>,
) -> Result<(Loaded, Root, Context<'a>), ScenarioErrors> {
    let mut context = Context::new(source, path);
    context.priced_in = priced_in.map(str::to_owned);
    let root = load_tree(path, sets, &mut context)
        .and_then(|node| Root::decode(&node, &mut context.problems));
    let Some(root) = root else { return Err(context.problems.into_errors(context.files)) };
    let (plan, mut notes) = into_plan(&root, &mut context);
    let older = context.renamed.iter();
    notes.extend(
        older.map(|(old, new)| Note::Plain(format!("{old} is called {new} now; write that"))),
    );
    let Some(plan) = plan else { return Err(context.problems.into_errors(context.files)) };
    let resolved = resolved(&root, &context.hashes);
    let hash = canon::sha256(resolved.as_bytes());
    let sweep = root.sweep.as_ref().and_then(|at| at.value.0.clone());
    let hunt = root.hunt.as_ref().and_then(|at| at.value.0.clone());
    let plan = Plan { hash, ..plan };
    Ok((Loaded { plan, resolved, notes, sweep, hunt }, root, context))
}

/// The canonical text of what a run is a function of.
fn resolved(root: &Root, hashes: &Hashes) -> String {
    let canon::Canon::Table(mut keys) = root.encode(hashes) else {
        unreachable!("a scenario is a table")
    };
    let outside = ["description", "seed", "expect", "property", "run", "hunt", "sweep", "extends"];
    keys.retain(|(key, _)| !outside.contains(&key.as_str()));
    canon::document(&keys)
}
