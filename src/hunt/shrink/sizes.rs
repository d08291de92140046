//! Sizes: counts as small, and drawn spans as round, as still fail.

use toml::{Table, Value};

use crate::engine::Decided;
use crate::sim::decision::Written;
use crate::units::SimDuration;

use super::reduce::WHOLE;

/// Tables whose numbers are no sizes.
const NO_SIZES: [&str; 6] = ["clock", "decision", "expect", "hunt", "run", "sweep"];

/// Where a number stands: keys, and places in lists.
type Path = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Place(usize),
}

/// Makes every count of a document the smallest with which it fails: stock, quotas, weights.
pub fn counts(document: &mut Table, mut fails: impl FnMut(&Table) -> bool) {
    let sized = |key: &String| !WHOLE.contains(&key.as_str()) && !NO_SIZES.contains(&key.as_str());
    let mut paths = Vec::new();
    for (key, value) in document.iter().filter(|(key, _)| sized(key)) {
        numbers(value, &mut vec![Step::Key(key.clone())], &mut paths);
    }
    for (path, number) in paths {
        for smaller in smaller(number) {
            let mut tried = document.clone();
            if put(&mut tried, &path, smaller) && fails(&tried) {
                *document = tried;
                break;
            }
        }
    }
}

/// Makes every span that is stated round, where it fails so as well.
pub fn spans(stated: &mut Vec<Written>, mut fails: impl FnMut(&[Written]) -> bool) {
    for place in 0..stated.len() {
        let Decided::Span(span) = stated[place].decided else { continue };
        for round in rounder(span) {
            let mut tried = stated.clone();
            tried[place].decided = Decided::Span(round);
            if fails(&tried) {
                *stated = tried;
                break;
            }
        }
    }
}

fn numbers(value: &Value, path: &mut Path, found: &mut Vec<(Path, i64)>) {
    match value {
        Value::Integer(number) if *number > 0 => found.push((path.clone(), *number)),
        Value::Table(table) => {
            for (key, inner) in table {
                path.push(Step::Key(key.clone()));
                numbers(inner, path, found);
                path.pop();
            }
        }
        Value::Array(all) => {
            for (place, inner) in all.iter().enumerate() {
                path.push(Step::Place(place));
                numbers(inner, path, found);
                path.pop();
            }
        }
        Value::Integer(_)
        | Value::String(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_) => {}
    }
}

/// Writes a number where one stands; whether one did.
fn put(document: &mut Table, path: &Path, number: i64) -> bool {
    let [Step::Key(first), rest @ ..] = path.as_slice() else { return false };
    let mut value = document.get_mut(first);
    for step in rest {
        value = match (value, step) {
            (Some(Value::Table(table)), Step::Key(key)) => table.get_mut(key),
            (Some(Value::Array(all)), Step::Place(place)) => all.get_mut(*place),
            _ => None,
        };
    }
    match value {
        Some(Value::Integer(old)) => {
            *old = number;
            true
        }
        _ => false,
    }
}

/// What is tried in place of a number, the smallest first.
fn smaller(number: i64) -> impl Iterator<Item = i64> {
    let decades = (1..18).flat_map(|power| [1, 2, 5].map(|one| one * 10_i64.pow(power)));
    (0..10).chain(decades).take_while(move |tried| *tried < number)
}

/// What is tried in place of a span, the roundest first: the next below and above.
fn rounder(span: SimDuration) -> Vec<SimDuration> {
    const UNITS: [u64; 6] = [3_600, 600, 60, 10, 1, 0];
    let micros = span.as_micros();
    let mut tried = Vec::new();
    for unit in UNITS {
        let unit = if unit == 0 { 100_000 } else { unit * 1_000_000 };
        if micros.is_multiple_of(unit) {
            break;
        }
        let below = micros / unit * unit;
        tried.extend([below, below + unit].into_iter().filter(|one| *one > 0 && below > 0));
    }
    tried.into_iter().map(SimDuration::from_micros).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_the_smallest_that_fail() {
        let text = "[hunt]\nseeds = [7]\n[[pool]]\nname = \"a\"\nfree = 40\n\
                    [pool.kept]\ntotal = 9\n[[controller]]\nattempts = 3\n";
        let mut document: Table = text.parse().unwrap();
        counts(&mut document, |document| {
            let free = document["pool"][0]["free"].as_integer().unwrap();
            let total = document["pool"][0]["kept"]["total"].as_integer().unwrap();
            free >= 15 && total > free % 7
        });
        let expected = text.replace("40", "20").replace("total = 9", "total = 7");
        assert_eq!(document, expected.parse::<Table>().unwrap());
    }

    #[test]
    fn a_span_is_tried_in_round_numbers_near_it() {
        let tried = |text: &str| {
            let spans = rounder(text.parse().unwrap());
            spans.iter().map(SimDuration::to_string).collect::<Vec<_>>().join(" ")
        };
        let of = |texts: &[&str]| {
            let spans = texts.iter().map(|one| one.parse::<SimDuration>().unwrap().to_string());
            spans.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(tried("37.123456s"), of(&["30s", "40s", "37s", "38s", "37.1s", "37.2s"]));
        assert_eq!(tried("75s"), of(&["1m", "2m", "70s", "80s"]));
        assert_eq!(tried("20s"), "");
        assert_eq!(tried("0s"), "");
        assert_eq!(tried("350ms"), of(&["300ms", "400ms"]));
    }
}
