//! Files that are nearly right: a tape of numbers changes a text where its form has joints.
//!
//! A text is changed as TOML (lines, values, tables), CSV (rows, cells, columns) or JSON (values,
//! members, lists), now and then as mere characters. An exhausted tape changes nothing.

use serde_json::{Value, json};

use crate::dice::Tape;

/// How a text is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Toml,
    Csv,
    Json,
}

impl Form {
    /// What a file's name says; other texts have lines and commas too.
    pub fn of(name: &str) -> Form {
        match name.rsplit('.').next() {
            Some("toml") => Form::Toml,
            Some("json") => Form::Json,
            Some(_) | None => Form::Csv,
        }
    }
}

/// What values are replaced by: ends of types, wrong units, other kinds, hostile texts.
const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.5",
    "65536",
    "1000001",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "nan",
    "inf",
    "true",
    "\"\"",
    "\"0s\"",
    "\"1us\"",
    "\"0.0000001s\"",
    "\"1d\"",
    "\"-1s\"",
    "\"106751991d\"",
    "\"9223372036854775807us\"",
    "\"forever\"",
    "\"0 CNY/h\"",
    "\"0.000000001 CNY/h\"",
    "\"9223372036 CNY/h\"",
    "\"99999999999999999999 CNY/h\"",
    "\"1 USD/h\"",
    "\"-1 CNY/h\"",
    "\"100 CNY/month\"",
    "\"0%\"",
    "\"100%\"",
    "\"1/3\"",
    "\"1/0\"",
    "\"18446744073709551615/18446744073709551614\"",
    "\"2026-03-02\"",
    "\"2026-03-03 02:30\"",
    "\"9999-12-31 23:59\"",
    "\"0000-01-01\"",
    "\"24:00\"",
    "\"mon..sun\"",
    "\"America/New_York\"",
    "\"\\u001b[31mred\"",
    "\"名字\"",
    "\"all\"",
    "\"../../x\"",
    "{}",
    "[]",
    "[[]]",
    "[{}]",
    "{ exponential = \"1us\" }",
    "{ exponential = \"100000d\" }",
    "{ p50 = \"30s\", p99 = \"9m\" }",
    "{ p50 = \"1us\", p99 = \"100000d\" }",
    "{ uniform = [\"0s\", \"106751991d\"] }",
];

/// What cells and words are replaced by, beside bare values.
const WORDS: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.000000000000000000001",
    "1,000.00",
    "¥1.00",
    "NaN",
    "\"",
    "\"a\"\"b\"",
    "=1+1",
    "\u{1b}[31m",
    "\u{0}",
    "\u{feff}",
    "名字",
    "2026-02-30",
    "2026-03-08 02:30:00",
    "2026-11-01 01:30:00",
    "2026-03-02T00:00:00+08:00",
    "-262144-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "99999999999999",
    "Running",
    "Refund",
    "合计",
    "ecs.g7.large",
];

/// A text after one to four changes; `others` lend their lines and tables.
pub fn mutated(tape: &mut Tape<'_>, text: &str, form: Form, others: &[String]) -> String {
    let mut text = text.to_owned();
    for _ in 0..tape.below(5) {
        text = match (form, tape.below(8)) {
            (_, 7) => characters(tape, &text),
            (Form::Toml, _) => lines(tape, &text, others),
            (Form::Csv, _) => cells(tape, &text),
            (Form::Json, _) => members(tape, &text),
        };
    }
    text
}

fn index(tape: &mut Tape<'_>, length: usize) -> usize {
    usize::try_from(tape.below(length.max(1) as u64)).unwrap()
}

fn one_of<'a, T>(tape: &mut Tape<'_>, of: &'a [T]) -> Option<&'a T> {
    of.get(index(tape, of.len()))
}

/// A character where it does not belong, an end too soon, or a number at the end of its type.
fn characters(tape: &mut Tape<'_>, text: &str) -> String {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let at = one_of(tape, &ends).copied().unwrap_or(0);
    match tape.below(3) {
        0 => text[..at].to_owned(),
        1 => {
            let word = tape.pick(WORDS);
            format!("{}{word}{}", &text[..at], &text[at..])
        }
        _ => number(tape, text),
    }
}

/// Another number in place of one of those that are there.
fn number(tape: &mut Tape<'_>, text: &str) -> String {
    let digit = |at: &usize| text.as_bytes()[*at].is_ascii_digit();
    let begins: Vec<usize> =
        (0..text.len()).filter(|at| digit(at) && (*at == 0 || !digit(&(at - 1)))).collect();
    let Some(&from) = one_of(tape, &begins) else { return text.to_owned() };
    let to = (from..text.len()).find(|at| !digit(at)).unwrap_or(text.len());
    let found = &text[from..to];
    let changed = match tape.below(4) {
        0 => format!("{found}0"),
        1 => format!("-{found}"),
        2 => tape.pick(&["0", "1", "2", "60", "1000000", "4294967296"]).to_owned(),
        _ => tape.pick(&["9223372036854775807", "18446744073709551615", "99e99"]).to_owned(),
    };
    format!("{}{changed}{}", &text[..from], &text[to..])
}

fn joined<T: AsRef<str>>(lines: &[T]) -> String {
    let mut text = String::new();
    for line in lines {
        text += line.as_ref();
        text.push('\n');
    }
    text
}

/// Where the table at a line begins and ends.
fn table(lines: &[&str], at: usize) -> std::ops::Range<usize> {
    let head = |line: &&str| line.starts_with('[');
    let from = lines[..at].iter().rposition(head).unwrap_or(0);
    let to = lines[at..].iter().skip(1).position(head).map_or(lines.len(), |more| at + 1 + more);
    from..to
}

fn lines(tape: &mut Tape<'_>, text: &str, others: &[String]) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let keys: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains(" = ")).collect();
    let at = one_of(tape, &keys).copied().unwrap_or(0);
    let other = index(tape, lines.len());
    let lender: Vec<&str> =
        one_of(tape, others).map_or_else(Vec::new, |text| text.lines().collect());
    let changed;
    match tape.below(10) {
        0..3 => {
            let value = tape.pick(VALUES);
            changed = format!("{} = {value}", lines[at].split(" = ").next().unwrap_or("name"));
            lines[at] = &changed;
        }
        3 => {
            lines.remove(other);
        }
        4 => lines.insert(other, lines[at]),
        5 => lines.swap(at, other),
        6 => {
            let copied: Vec<&str> = lines[table(&lines, other)].to_vec();
            lines.extend(copied);
        }
        7 if !lender.is_empty() => {
            let from = index(tape, lender.len());
            lines.extend(&lender[table(&lender, from)]);
        }
        8 => {
            let lent: Vec<&str> = lender.into_iter().filter(|line| line.contains(" = ")).collect();
            lines.insert(at, one_of(tape, &lent).copied().unwrap_or(""));
        }
        _ => return number(tape, text),
    }
    joined(&lines)
}

fn cells(tape: &mut Tape<'_>, text: &str) -> String {
    let mut rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    if rows.is_empty() {
        return text.to_owned();
    }
    let (row, other) = (index(tape, rows.len()), index(tape, rows.len()));
    let column = index(tape, rows[row].len());
    match tape.below(10) {
        0..4 => rows[row][column] = tape.pick(WORDS),
        4 => {
            let cell = rows[other].get(column).copied().unwrap_or("");
            rows[row][column] = cell;
        }
        5 => {
            rows.remove(row);
        }
        6 => rows.insert(other, rows[row].clone()),
        7 => rows.swap(row, other),
        8 => {
            let twice = tape.chance(4);
            for cells in rows.iter_mut().filter(|cells| cells.len() > column) {
                if twice {
                    cells.push(cells[column]);
                } else {
                    cells.remove(column);
                }
            }
        }
        _ => return number(tape, text),
    }
    joined(&rows.iter().map(|cells| cells.join(",")).collect::<Vec<String>>())
}

fn members(tape: &mut Tape<'_>, text: &str) -> String {
    let read: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_str(text).into_iter().collect();
    let Ok(mut values) = read else { return characters(tape, text) };
    let place = index(tape, values.len());
    let Some(value) = values.get_mut(place) else { return text.to_owned() };
    somewhere(tape, value);
    joined(&values.iter().map(Value::to_string).collect::<Vec<String>>())
}

/// Changes a value, or one within it.
fn somewhere(tape: &mut Tape<'_>, value: &mut Value) {
    let deeper = tape.chance(6);
    match value {
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = index(tape, items.len());
            somewhere(tape, &mut items[at]);
        }
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = index(tape, fields.len());
            somewhere(tape, fields.values_mut().nth(at).unwrap());
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => change(tape, value),
    }
}

/// Another value, or one item or member gone, twice, or under another name.
fn change(tape: &mut Tape<'_>, value: &mut Value) {
    let how = tape.below(6);
    match value {
        Value::Array(items) if !items.is_empty() && how < 4 => {
            let at = index(tape, items.len());
            match how {
                0 | 1 => items.insert(at, items[at].clone()),
                2 => {
                    items.remove(at);
                }
                _ => items.reverse(),
            }
        }
        Value::Object(fields) if !fields.is_empty() && how < 4 => {
            let at = index(tape, fields.len());
            let key = fields.keys().nth(at).unwrap().clone();
            let member = fields.remove(&key).unwrap();
            let renamed = match how {
                0 => return,
                1 => key.to_lowercase(),
                2 => tape.pick(WORDS).to_owned(),
                _ => {
                    let mut rest = key.chars();
                    let first: String =
                        rest.next().into_iter().flat_map(char::to_lowercase).collect();
                    first + rest.as_str()
                }
            };
            fields.insert(renamed, member);
        }
        Value::String(_) | Value::Number(_) if how == 5 => *value = json!([value.clone()]),
        Value::Number(number) if how == 4 => *value = json!(number.to_string()),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            let odd = [json!(null), json!(-1), json!(1e308), json!(u64::MAX), json!([]), json!({})];
            let place = index(tape, odd.len() + 8);
            *value = odd.get(place).cloned().unwrap_or_else(|| json!(tape.pick(WORDS)));
        }
    }
}
