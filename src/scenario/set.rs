//! `--set`: one key of a scenario, or the same key of all that a pattern names.
//!
//! `group.web.count=500` gives a key a value; `group.web-*.count=500` gives it to every group whose
//! name is like that; `pool.*.free *= 0.8` multiplies the number that is written there.

use super::load::Context;
use super::merge::{lay_entry, name_of};
use super::place::{FileId, Place};
use super::problem::{Problem, Problems};
use super::raw;
use super::renamed::{self, Renamed};
use super::source::beside;
use super::tree::{Key, Node, Table, Value, parse_value};
use crate::units::{SimDuration, decimal};

/// What becomes of the value at a path.
#[derive(Clone)]
enum Change {
    /// It is this.
    To(Node),
    /// It is multiplied by so many of these parts of one: digits and decimals.
    Times(u128, u32, Place),
}

/// Why nothing was set.
type Refused = Box<Problem>;

/// Carries out one flag; a CSV's path is seen from the scenario.
pub fn set(root: &mut Table, flag: &str, context: &mut Context<'_>) {
    let Context { files, problems, renamed, .. } = context;
    let Some(file) = files.add("--set", flag) else { return };
    if let Err(problem) = carry_out(root, file, flag, renamed, problems) {
        let message = format!("--set {flag}: {}", problem.message);
        problems.push(Problem { message, ..*problem });
    }
}

fn carry_out(
    root: &mut Table,
    file: FileId,
    flag: &str,
    renamed: &mut Renamed,
    problems: &mut Problems,
) -> Result<(), Refused> {
    let example = "expected path=value, such as group.web.count=500";
    let refused = |place, message: &str| Box::new(Problem::new(place, message).expected(example));
    let (path, text) = flag
        .split_once('=')
        .ok_or_else(|| refused(Place::span(file, 0..flag.len()), "there is no `=`"))?;
    let scaled = path.trim_end().strip_suffix('*').filter(|path| !path.ends_with('.'));
    let mut keys = keys_of(file, scaled.unwrap_or(path));
    if let Some(bad) = keys.iter().find(|key| key.name.is_empty()) {
        return Err(refused(bad.place, "a key is missing"));
    }
    let mut value = value_of(file, path.len() + 1, text);
    renamed::in_path(&mut keys, &mut value, renamed, problems);
    let change = match scaled {
        Some(_) => {
            let (digits, decimals) = decimal(text.trim()).ok_or_else(|| {
                let problem = Problem::new(value.place, "this is no factor");
                Box::new(problem.expected("expected a number such as 0.8"))
            })?;
            Change::Times(digits, decimals, value.place)
        }
        None => {
            let last = &keys[keys.len() - 1].name;
            if let Value::Text(csv) = &mut value.value
                && (last == "csv" || last.ends_with("_csv") || keys[0].name == "csv")
            {
                *csv = beside("", csv);
            }
            Change::To(value)
        }
    };
    at_path(root, &keys, change)
}

/// The keys of a dotted path; a key that holds a dot itself stands in quotes.
fn keys_of(file: FileId, path: &str) -> Vec<Key> {
    let mut keys = vec![];
    let mut start = 0;
    let mut quoted = false;
    let mut cut = |from: usize, to: usize| {
        let part = &path[from..to];
        let lead = from + (part.len() - part.trim_start().len());
        let place = Place::span(file, lead..lead + part.trim().len());
        keys.push(Key { name: part.trim().trim_matches('"').to_owned(), place });
    };
    for (at, c) in path.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                cut(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    cut(start, path.len());
    keys
}

/// A TOML value if it is one, else the bare text: `count=500`, `mode=StopCharging`.
fn value_of(file: FileId, offset: usize, text: &str) -> Node {
    let lead = offset + (text.len() - text.trim_start().len());
    let trimmed = text.trim();
    parse_value(file, lead, trimmed).unwrap_or_else(|| Node {
        value: Value::Text(trimmed.to_owned()),
        place: Place::span(file, lead..lead + trimmed.len()),
    })
}

fn at_path(root: &mut Table, keys: &[Key], change: Change) -> Result<(), Refused> {
    let (first, rest) = keys.split_first().expect("split gives at least one key");
    if !raw::is_named_table(&first.name) || rest.is_empty() {
        return if descend(root, keys, change)? { Ok(()) } else { Err(nothing_to_scale(keys)) };
    }
    let (name, rest) = rest.split_first().expect("it is not empty");
    let mut nobody = vec![];
    let entries = match root.get_mut(&first.name).map(|node| &mut node.value) {
        Some(Value::Array(entries)) => entries,
        _ => &mut nobody,
    };
    let is_meant = |node: &Node| name_of(node).is_some_and(|own| is_like(&name.name, own));
    if !entries.iter().any(is_meant) {
        return Err(nobody_is_named(first, name, entries));
    }
    let mut any = false;
    for entry in entries.iter_mut().filter(|node| is_meant(node)) {
        let Value::Table(entry) = &mut entry.value else { continue };
        any |= match (rest.is_empty(), change.clone()) {
            (false, change) => descend(entry, rest, change)?,
            (true, Change::To(Node { value: Value::Table(table), .. })) => {
                lay_entry(entry, table);
                true
            }
            (true, Change::To(Node { place, .. }) | Change::Times(_, _, place)) => {
                let problem = Problem::new(place, format!("`{}` is a table", name.name));
                let expected = format!("expected {}.{}.KEY=value", first.name, name.name);
                return Err(Box::new(problem.expected(expected)));
            }
        };
    }
    if any { Ok(()) } else { Err(nothing_to_scale(rest)) }
}

/// Whether a name is like a pattern, in which `*` stands for any letters or none.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    (0..=name.len()).any(|at| name.is_char_boundary(at) && is_like(rest, &name[at..]))
}

fn nobody_is_named(table: &Key, name: &Key, entries: &[Node]) -> Refused {
    let names: Vec<&str> = entries.iter().filter_map(name_of).collect();
    let is_pattern = name.name.contains('*');
    let named = if is_pattern { "has a name like" } else { "is named" };
    let problem = Problem::new(name.place, format!("no {} {named} `{}`", table.name, name.name));
    let problem = match names.is_empty() {
        true => problem.expected(format!("the scenario has no [[{}]]", table.name)),
        false => problem.expected(format!("expected the name of a [[{}]]", table.name)),
    };
    Box::new(match is_pattern {
        true => problem,
        false => problem.did_you_mean(&name.name, names),
    })
}

fn nothing_to_scale(keys: &[Key]) -> Refused {
    let key = &keys[keys.len() - 1];
    let problem = Problem::new(key.place, format!("`{}` is not written", key.name));
    let problem = problem.expected("only a number that the scenario writes can be multiplied");
    Box::new(problem.hint("give it a value instead; `stopsim expand` shows its default"))
}

/// Changes what these keys lead to; whether there was anything to change.
fn descend(table: &mut Table, keys: &[Key], change: Change) -> Result<bool, Refused> {
    let (key, rest) = keys.split_first().expect("there is a key left");
    if rest.is_empty() {
        match change {
            Change::To(value) => table.set(key.clone(), value),
            Change::Times(digits, decimals, place) => {
                let Some(node) = table.get(&key.name) else { return Ok(false) };
                let value = times(&node.value, digits, decimals).map_err(|why| {
                    let problem = Problem::new(key.place, format!("`{}` {why}", key.name));
                    Box::new(problem.expected("expected a key whose value is one number"))
                })?;
                table.set(key.clone(), Node { value, place });
            }
        }
        return Ok(true);
    }
    if table.get(&key.name).is_none() {
        if let Change::Times(..) = change {
            return Ok(false);
        }
        let empty = Node { value: Value::Table(Table::default()), place: key.place };
        table.append(key.clone(), empty);
    }
    let node = table.get_mut(&key.name).expect("it was just put there");
    match &mut node.value {
        Value::Table(inner) => descend(inner, rest, change),
        other @ (Value::Text(_)
        | Value::Cell(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)) => {
            let problem = Problem::new(key.place, format!("`{}` is {}", key.name, other.kind()));
            Err(Box::new(problem.expected("only a table has keys of its own")))
        }
    }
}

/// A number times a factor; a whole number stays one, rounded half up, and a unit stays behind it.
fn times(value: &Value, digits: u128, decimals: u32) -> Result<Value, String> {
    let too_large = || "would be too large to represent".to_owned();
    let product = |number: u128| number.checked_mul(digits).ok_or_else(too_large);
    let one = 10u128.pow(decimals);
    let whole = |number: u128| Ok::<_, String>((product(number)? + one / 2) / one);
    match value {
        Value::Integer(number @ 0..) => {
            let scaled = i128::try_from(whole(number.unsigned_abs())?);
            Ok(Value::Integer(scaled.map_err(|_| too_large())?))
        }
        Value::Text(text) | Value::Cell(text) => {
            if let Ok(span) = text.parse::<SimDuration>() {
                let micros = u64::try_from(whole(span.as_micros().into())?);
                let span = SimDuration::from_micros(micros.map_err(|_| too_large())?);
                return Ok(Value::Text(span.to_string()));
            }
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
            let (number, unit) = text.split_at(end);
            let (own, own_decimals) = decimal(number).ok_or("is no number")?;
            if unit.is_empty() && own_decimals == 0 {
                return Ok(Value::Cell(whole(own)?.to_string()));
            }
            Ok(Value::Text(written(product(own)?, own_decimals + decimals) + unit))
        }
        other @ (Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)
        | Value::Table(_)) => Err(format!("is {}", other.kind())),
    }
}

/// So many parts of one, without zeros at the end.
fn written(digits: u128, decimals: u32) -> String {
    let one = 10u128.pow(decimals);
    let fraction = format!("{:0places$}", digits % one, places = decimals as usize);
    match fraction.trim_end_matches('0') {
        "" => (digits / one).to_string(),
        fraction => format!("{}.{fraction}", digits / one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters_or_none() {
        for (pattern, name, is) in [
            ("*", "web", true),
            ("web-*", "web-1", true),
            ("web-*", "web", false),
            ("*-g7", "h-g7", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("web", "web-1", false),
        ] {
            assert_eq!(is_like(pattern, name), is, "{pattern} {name}");
        }
    }

    #[test]
    fn a_number_is_multiplied_exactly_and_keeps_its_unit() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (value, factor, scaled) in [
            (Value::Integer(40), "0.8", "Integer(32)"),
            (Value::Integer(45), "0.5", "Integer(23)"),
            (Value::Cell("120".to_owned()), "1.5", "Cell(\"180\")"),
            (text("10m"), "0.25", "Text(\"2m30s\")"),
            (text("0.35 CNY/h"), "0.8", "Text(\"0.28 CNY/h\")"),
            (text("5%"), "2", "Text(\"10%\")"),
        ] {
            let (digits, decimals) = decimal(factor).expect("a number");
            let product = times(&value, digits, decimals).expect("a number");
            assert_eq!(format!("{product:?}"), scaled);
        }
        for value in [Value::Boolean(true), text("StopCharging"), Value::Integer(i128::MAX)] {
            assert!(times(&value, 10, 0).is_err(), "{value:?}");
        }
    }
}
