//! What others export, turned into what a scenario takes: inventories, histories, bills, traces,
//! schedules.
//!
//! Readers in, text out. Everything is streamed: what is kept grows with the fleet, never with
//! the length of a file. Nothing here opens a file, and nothing is guessed in silence: what an
//! export does not say is asked for by a flag, or written as an assumption that `check` shows.

pub mod arrivals;
pub mod bill;
pub mod history;
pub mod instances;
pub mod prices;
pub mod problem;
pub mod schedule;
pub mod stock;

mod fit;
mod json;
mod moment;
mod table;

use std::collections::BTreeSet;
use std::io::Read;

pub use moment::Moments;

/// A file to import.
pub struct Input<'a> {
    /// As it was named.
    pub name: String,
    /// Its bytes.
    pub reader: Box<dyn Read + 'a>,
}

/// A text within double quotes, as TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A name as scenarios have them: letters, digits, `-`, `_`, `.`, at most 64 of them.
fn as_name(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = text.chars().map(|c| if allowed(c) { c } else { '-' }).take(64).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// A name that nothing has yet: with a number behind it, if need be.
fn own_name(text: &str, taken: &mut BTreeSet<String>) -> String {
    let base: String = as_name(text).chars().take(56).collect();
    let mut name = base.clone();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{base}-{number}");
    }
    name
}

/// Columns of equal width, two blanks between them; the last one as long as it is.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter(|row| column + 1 < row.len())
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = " ".to_owned();
        for (column, cell) in row.iter().enumerate() {
            let pad = widths[column].saturating_sub(cell.chars().count());
            line += &format!(" {cell}{} ", " ".repeat(pad));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
