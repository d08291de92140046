//! Pages for a browser: a result that people forward, in one file that loads nothing.
//!
//! The answer first, then what it is made of, what it rests on, and the line that gives it again.
//! A page has no script, so there is nothing in it that could run. Every figure comes from the
//! functions that the screen uses, every chart has its numbers as a table below it, and numbers of
//! `summary.json` say where they stand there (`data-at`, a JSON pointer).
//!
//! [`page::Page`] knows sections, cards, tables and charts and nothing of simulations.

mod chart;
mod compare;
mod folder;
mod hours;
mod markup;
mod page;
mod plan;
mod run;
mod sweep;
mod table;

pub use chart::Chart;
pub use compare::page as compare_page;
pub use folder::{SummaryError, page as folder_page};
pub use hours::Hours;
pub use page::{GENERATOR, Page};
pub use plan::page as plan_page;
pub use run::page as run_page;
pub use sweep::page as sweep_page;

#[cfg(test)]
mod tests;
