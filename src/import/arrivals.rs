//! Recorded arrivals of virtual machines in tenants' batches: who else wants stock.
//!
//! A line is a time in seconds and the flavours that arrived since the line before, separated
//! by commas, `|` ending a batch: `300 g,|,b,m,|,b,`. A map has lines `2,3.5 g`: vCPUs and GiB
//! of a flavour. (Bergsma et al., SOSP'21, huaweicloud/trace_generation_rnn; from Cortez et al.,
//! SOSP'17.)

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};

use super::Input;
use super::problem::{PROBLEMS_MAX, Problem, Problems};
use crate::units::SimDuration;
use crate::units::bounded::Bounded;

/// What arrivals came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Lines, each a stretch of time.
    pub lines: u64,
    /// Batches, each a request.
    pub batches: u64,
    /// Machines.
    pub machines: u64,
    /// Units they take.
    pub units: u64,
    /// The units of the largest batch.
    pub largest: u64,
    /// From the first line to the last.
    pub span: SimDuration,
}

/// vCPUs by flavour.
pub type Flavours = BTreeMap<String, u64>;

const EXPECTED: &str = "seconds, a blank, then flavours such as g,|,b,m,|,b";

/// Reads a map of flavours.
///
/// # Errors
/// With everything that is wrong with it.
pub fn flavours(input: Input<'_>) -> Result<Flavours, Problems> {
    let Input { name, reader } = input;
    let mut flavours = Flavours::new();
    let mut problems = vec![];
    let (reader, mark) = Bounded::rows(reader);
    for (line, number) in BufReader::new(reader).lines().zip(1..) {
        mark.set();
        let line = line.map_err(|error| unreadable(&name, number, &error))?;
        if line.trim().is_empty() {
            continue;
        }
        let read = line.trim().split_once(' ').and_then(|(size, flavour)| {
            let (vcpus, _) = size.split_once(',')?;
            Some((flavour.trim().to_owned(), vcpus.trim().parse().ok().filter(|n| *n > 0)?))
        });
        match read {
            Some((flavour, vcpus)) => {
                if flavours.insert(flavour.clone(), vcpus).is_some() {
                    let what = format!("flavour `{flavour}` is there twice");
                    problems.push(Problem::new(&name, what).at(number, 0));
                }
            }
            None => problems.push(
                Problem::new(&name, format!("`{}` is not a flavour", line.trim()))
                    .at(number, 1)
                    .expected("vCPUs, GiB and a letter, such as 2,3.5 g"),
            ),
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() { Ok(flavours) } else { Err(Problems(problems)) }
}

/// Turns arrivals into the CSV of a pool's recorded tenants: `at` since the first line, `units`
/// and `hold`; a row for each batch. Units are vCPUs by `flavours`, or machines without it.
///
/// # Errors
/// With everything that is wrong with the file, or that the CSV could not be written.
pub fn import(
    input: Input<'_>,
    flavours: Option<&Flavours>,
    hold: SimDuration,
    out: &mut dyn Write,
) -> Result<Arrived, Problems> {
    let Input { name, reader } = input;
    let mut arrived = Arrived::default();
    let (mut first, mut problems) = (None, vec![]);
    let cannot = |error: std::io::Error| Problem::new(&name, format!("cannot write: {error}"));
    writeln!(out, "at,units,hold").map_err(cannot)?;
    let (reader, mark) = Bounded::rows(reader);
    for (line, number) in BufReader::with_capacity(1 << 16, reader).lines().zip(1..) {
        mark.set();
        let line = line.map_err(|error| unreadable(&name, number, &error))?;
        if line.trim().is_empty() {
            continue;
        }
        match batches(&name, &line, number, flavours) {
            Ok((seconds, batches)) => {
                let start = *first.get_or_insert(seconds);
                let at = SimDuration::from_secs(seconds.saturating_sub(start));
                if seconds < start || at < arrived.span {
                    let what = "it is earlier than the line before it";
                    problems.push(Problem::new(&name, what).at(number, 1).hint("sort the lines"));
                }
                arrived.span = arrived.span.max(at);
                arrived.lines += 1;
                for (machines, units) in batches {
                    arrived.batches += 1;
                    arrived.machines += machines;
                    arrived.units += units;
                    arrived.largest = arrived.largest.max(units);
                    writeln!(out, "{at},{units},{hold}").map_err(cannot)?;
                }
            }
            Err(problem) => problems.push(problem),
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if arrived.batches == 0 && problems.is_empty() {
        problems.push(Problem::new(&name, "there is no arrival in it").expected(EXPECTED));
    }
    if problems.is_empty() { Ok(arrived) } else { Err(Problems(problems)) }
}

/// The seconds of a line, and of each batch its machines and units.
fn batches(
    file: &str,
    line: &str,
    number: u64,
    flavours: Option<&Flavours>,
) -> Result<(u64, Vec<(u64, u64)>), Problem> {
    let bad = |what: String, column: usize| {
        Problem::new(file, what).at(number, column as u64 + 1).expected(EXPECTED)
    };
    let (seconds, rest) =
        line.split_once(' ').ok_or_else(|| bad("there is no blank after a time".into(), 0))?;
    let seconds = seconds
        .parse()
        .ok()
        .filter(|seconds| *seconds <= SECONDS_MAX)
        .ok_or_else(|| bad(format!("`{seconds}` is not a number of seconds"), 0))?;
    let mut batches = vec![];
    let mut batch = (0, 0);
    let mut column = line.len() - rest.len();
    for word in rest.split(',') {
        match word.trim() {
            "" => {}
            "|" => batches.push(std::mem::take(&mut batch)),
            flavour => {
                let units = match flavours {
                    None => 1,
                    Some(known) => *known.get(flavour).ok_or_else(|| {
                        bad(format!("flavour `{flavour}` is not in the map"), column)
                    })?,
                };
                batch = (batch.0 + 1, batch.1 + units);
            }
        }
        column += word.len() + 1;
    }
    batches.push(batch);
    batches.retain(|(machines, _)| *machines > 0);
    Ok((seconds, batches))
}

/// A hundred years. A limit of this program.
const SECONDS_MAX: u64 = 100 * 366 * 86_400;

fn unreadable(file: &str, line: u64, error: &std::io::Error) -> Problem {
    Problem::new(file, format!("cannot be read: {error}")).at(line, 0).expected("text in UTF-8")
}
