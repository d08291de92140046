//! Text to plan: scenario files, their errors, and the canonical text that names them.
//!
//! A scenario is read in four steps: texts become a tree that keeps every value's place
//! (`tree`, `merge`, `rows`); the tree becomes tables of typed values (`decode`, `raw`, `value`);
//! these become a [`Plan`](crate::world::plan::Plan) in which everything refers to something
//! (`into_plan`); and the same tables give the canonical text (`canon`). Every problem of every
//! step is found at once. Files are opened by a [`Source`]; nothing here touches one.

pub mod decode;
pub mod place;
pub mod problem;
pub mod raw;
pub mod source;
pub mod tree;
pub mod value;

mod canon;
mod merge;
mod suggest;

pub use problem::{Problem, ScenarioErrors};
pub use source::{Memory, Source};
