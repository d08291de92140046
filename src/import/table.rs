//! Records one by one, their columns found by any of their names: a CSV's rows, or the objects
//! of a JSON text.

use std::io::BufReader;

use serde_json::Value;

use crate::units::bounded::Bounded;

use super::Input;
use super::json::{self, Object, Shape};
use super::problem::{PROBLEMS_MAX, Problem, Problems};

/// A column to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its names, the best first; case, spaces and punctuation do not matter. A member of an
    /// object within a record is `outer/inner`.
    pub(super) names: &'static [&'static str],
    /// Whether nothing can be done without it.
    pub(super) needed: Needed,
}

/// In what a column must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// In every file.
    Always,
    /// In a CSV; objects of a JSON text may lack it, being about something else.
    InTables,
    /// In none.
    Never,
}

/// A column that must be there.
pub(super) const fn required(names: &'static [&'static str]) -> Column {
    Column { names, needed: Needed::Always }
}

/// A column that must be in a CSV.
pub(super) const fn in_tables(names: &'static [&'static str]) -> Column {
    Column { names, needed: Needed::InTables }
}

/// A column that may be there.
pub(super) const fn optional(names: &'static [&'static str]) -> Column {
    Column { names, needed: Needed::Never }
}

/// One record.
pub(super) struct Row<'a> {
    file: &'a str,
    record: &'a csv::StringRecord,
    places: &'a [Option<usize>],
    /// 0 in a JSON text, whose reader knows the place.
    line: u64,
}

impl Row<'_> {
    /// The text of the `n`-th column that was looked for; empty if it is not there.
    pub(super) fn text(&self, n: usize) -> &str {
        self.places[n].and_then(|place| self.record.get(place)).unwrap_or("")
    }

    /// Whether the file has the `n`-th column.
    pub(super) fn has(&self, n: usize) -> bool {
        self.places[n].is_some()
    }

    /// Whether it is an object of a JSON text.
    pub(super) fn is_object(&self) -> bool {
        self.line == 0
    }

    /// The file, as it was named.
    pub(super) fn file(&self) -> &str {
        self.file
    }

    /// Line and column of this cell, as problems have them.
    pub(super) fn place(&self, n: usize) -> (u64, u64) {
        let column = self.places[n].filter(|_| !self.is_object());
        (self.line, column.map_or(0, |place| place as u64 + 1))
    }

    /// All its texts, those of columns that nobody looked for too.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.record.iter()
    }

    /// A problem of this cell.
    pub(super) fn problem(&self, n: usize, what: impl Into<String>) -> Problem {
        let (line, column) = self.place(n);
        Problem::new(self.file, what).at(line, column)
    }

    /// A decimal as a whole number of its `10^-decimals`, finer digits cut off.
    pub(super) fn decimal(&self, n: usize, decimals: u32) -> Result<i128, Problem> {
        let text = self.text(n);
        fixed(text, decimals).ok_or_else(|| {
            let problem = self.problem(n, format!("`{text}` is not a number"));
            problem.expected("a decimal number such as 0.52325")
        })
    }
}

/// `-1.25` as a whole number of `10^-decimals`; `2.5e-3` too, as JSON writes small numbers.
pub(super) fn fixed(text: &str, decimals: u32) -> Option<i128> {
    let bare: String = text.trim().chars().filter(|c| *c != ',').collect();
    if let Some((digits, exponent)) = bare.split_once(['e', 'E']) {
        let exponent: i32 = exponent.parse().ok()?;
        let shifted = i32::try_from(decimals).ok()?.checked_add(exponent)?;
        if shifted < 0 {
            return fixed(digits, 0).map(|_| 0);
        }
        let shifted = u32::try_from(shifted).ok().filter(|shifted| *shifted <= SHIFTED_MAX)?;
        return fixed(digits, shifted).filter(|number| number.abs() < LARGEST);
    }
    let (sign, digits) = match bare.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, bare.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 18 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let kept: String =
        fraction.chars().chain(std::iter::repeat('0')).take(decimals as usize).collect();
    format!("{whole}{kept}").parse::<i128>().ok().map(|number| sign * number)
}

/// A number with an exponent has at most so many digits behind its first one. A limit of this
/// program.
const SHIFTED_MAX: u32 = 27;
/// And it is smaller than this, as one without is. A limit of this program.
const LARGEST: i128 = 10i128.pow(27);

/// Shows every record to `each`; problems are collected until there are too many. A file that
/// begins with a brace or bracket is JSON: its objects with all needed columns are the records,
/// in `wrappers` if need be.
pub(super) fn read<const N: usize>(
    input: Input<'_>,
    columns: [Column; N],
    wrappers: &'static [&'static str],
    mut each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) -> Result<(), Problems> {
    let Input { name: file, reader } = input;
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    if json::begins(&mut reader) {
        let shape = Shape { wrappers, expected: "records as the API or an event bus writes them" };
        return objects(Input { name: file, reader: Box::new(reader) }, &columns, shape, each);
    }
    let (reader, mark) = Bounded::rows(reader);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(reader);
    let head = reader.headers().map_err(|error| unreadable(&file, &error))?.clone();
    let places = find(&file, &head, &columns, Needed::InTables)?;
    let mut problems = vec![];
    let mut record = csv::StringRecord::new();
    while problems.len() < PROBLEMS_MAX {
        mark.set();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let row = Row { file: &file, record: &record, places: &places, line };
                if record.len() == head.len() {
                    problems.extend(each(&row).err());
                } else {
                    let what = format!("{} cells for {} columns", record.len(), head.len());
                    let problem = Problem::new(&file, what).at(line, 0);
                    problems.push(problem.expected(head.iter().collect::<Vec<_>>().join(",")));
                }
            }
            Err(error) => {
                problems.push(unreadable(&file, &error));
                if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

fn unreadable(file: &str, error: &csv::Error) -> Problem {
    let line = error.position().map_or(0, csv::Position::line);
    let told = |what: String| Problem::new(file, what).at(line, 0).expected("a CSV in UTF-8");
    if let csv::ErrorKind::Utf8 { err, .. } = error.kind() {
        let hint = "if a console or a spreadsheet wrote it in GBK: iconv -f GBK -t UTF-8 FILE";
        told(format!("not UTF-8: {err}")).hint(hint)
    } else if let csv::ErrorKind::Io(reason) = error.kind() {
        told(format!("cannot be read: {reason}"))
    } else {
        told(error.to_string())
    }
}

/// The same of the objects of a JSON text. Reading ends at the first problem: what comes after
/// it cannot be told from what belongs to it.
fn objects<const N: usize>(
    input: Input<'_>,
    columns: &[Column; N],
    shape: Shape,
    mut each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) -> Result<(), Problems> {
    let file = input.name.clone();
    let mut problem = None;
    let mut known: Option<(csv::StringRecord, [Option<usize>; N])> = None;
    let mut show = |object: Object| -> Result<bool, Problem> {
        let mut flat = vec![];
        let Object { fields, wraps, records, .. } = object;
        fields.into_iter().for_each(|(key, value)| flatten(key, value, &mut flat));
        let head: csv::StringRecord = flat.iter().map(|(key, _)| key).collect();
        let places = match known.take().filter(|(before, _)| *before == head) {
            Some((_, places)) => places,
            None => match find(&file, &head, columns, Needed::Always) {
                Ok(places) => places,
                Err(problems) => {
                    let refused = answer(&file, &flat, records)?;
                    let first = problems.0.into_iter().next().filter(|_| wraps.is_empty());
                    return first.map_or(Ok(refused), Err);
                }
            },
        };
        let record: csv::StringRecord = flat.iter().map(|(_, text)| text).collect();
        let row = Row { file: &file, record: &record, places: &places, line: 0 };
        let shown = each(&row).map(|()| true);
        known = Some((head, places));
        shown
    };
    let read = json::read(input, shape, &mut |object| {
        show(object).map_err(|found| {
            let what = found.what.clone();
            problem = Some(found);
            what
        })
    });
    match (read, problem) {
        (Ok(_), _) => Ok(()),
        (Err(mut problems), Some(told)) => {
            let place = problems.0.pop().map_or((0, 0), |found| (found.line, found.column));
            Err(told.at(place.0, place.1).into())
        }
        (Err(problems), None) => Err(problems),
    }
}

/// What is around records: nothing, or the API's refusal.
fn answer(file: &str, flat: &[(String, String)], records: u64) -> Result<bool, Problem> {
    let of = |name: &str| flat.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    let code = of("Message").and_then(|_| of("Code")).map_or("", |(_, code)| code);
    match records == 0 && !["", "Success", "200"].contains(&code) {
        true => Err(Problem::new(file, format!("it is an error answer: {code}"))),
        false => Ok(false),
    }
}

/// Deepest nesting of members within a record. A limit of this program.
const MEMBERS_DEEP: usize = 6;

/// The members of a record with their paths, `content/state`; lists of texts in one, with commas
/// between. A text that is itself an object is taken apart like one.
fn flatten(path: String, value: Value, into: &mut Vec<(String, String)>) {
    let is_deep = path.matches('/').count() >= MEMBERS_DEEP;
    match value {
        Value::Object(fields) if !is_deep => {
            for (key, value) in fields {
                flatten(format!("{path}/{key}"), value, into);
            }
        }
        Value::String(text) if text.starts_with('{') && !is_deep => {
            match serde_json::from_str::<Value>(&text) {
                Ok(inner @ Value::Object(_)) => flatten(path, inner, into),
                Ok(_) | Err(_) => put(path, text, into),
            }
        }
        Value::Array(items) => {
            let texts: Vec<String> = items.into_iter().filter_map(plain_text).collect();
            put(path, texts.join(","), into);
        }
        plain @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => {
            if let Some(text) = plain_text(plain) {
                put(path, text, into);
            }
        }
    }
}

/// Adds a member; `InstanceId.1` and `InstanceId.2` are one list.
fn put(path: String, text: String, into: &mut Vec<(String, String)>) {
    let numbered = path
        .rsplit_once('.')
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let Some((bare, _)) = numbered else {
        into.push((path, text));
        return;
    };
    match into.iter_mut().find(|(key, _)| key == bare) {
        Some((_, list)) => *list += &format!(",{text}"),
        None => into.push((bare.to_owned(), text)),
    }
}

fn plain_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a name may be called by: whole, without what stands in parentheses, and as the parts
/// before and after a slash. `Pretax Amount (CNY)` and `PretaxAmount` are one, as are
/// `应付信息/应付金额（含税）` and `应付金额`.
fn forms(name: &str) -> Vec<String> {
    let bare = name.split(['(', '（']).next().unwrap_or(name);
    let last = |text: &str| text.rsplit('/').next().map(json::plain_key);
    let first = bare.split('/').next().map(json::plain_key);
    let mut forms = vec![json::plain_key(name), json::plain_key(bare)];
    forms.extend([last(name), last(bare), first].into_iter().flatten());
    forms
}

/// Where the columns are; of several that could be meant the one with the best name.
fn find<const N: usize>(
    file: &str,
    head: &csv::StringRecord,
    columns: &[Column; N],
    least: Needed,
) -> Result<[Option<usize>; N], Problems> {
    let head: Vec<Vec<String>> = head.iter().map(forms).collect();
    // Members of a record are called by their whole paths: others may end alike.
    let ways = if least == Needed::Always { 1 } else { 5 };
    let mut places = [None; N];
    let mut missing = vec![];
    for (place, column) in places.iter_mut().zip(columns) {
        let ways = |name| (0..ways).map(move |form| (name, form));
        for (name, form) in column.names.iter().flat_map(ways) {
            let wanted = json::plain_key(name);
            let is_it = |forms: &Vec<String>| forms.get(form) == Some(&wanted);
            let mut found = (0..head.len()).filter(|at| is_it(&head[*at]));
            *place = found.next();
            if let Some(twice) = found.next() {
                let what = format!("column `{name}` is there twice");
                let problem = Problem::new(file, what).at(1, twice as u64 + 1);
                missing.push(problem.expected("one column of a name"));
            }
            if place.is_some() {
                break;
            }
        }
        let is_needed = column.needed == Needed::Always || column.needed == least;
        if place.is_none() && is_needed {
            let what = format!("there is no column `{}`", column.names[0]);
            let others = column.names[1..].join("`, `");
            let problem = Problem::new(file, what).at(1, 0);
            missing.push(match column.names {
                [_] => problem.expected(wanted(columns)),
                _ => problem.expected(wanted(columns)).hint(format!("also known as `{others}`")),
            });
        }
    }
    if missing.is_empty() { Ok(places) } else { Err(Problems(missing)) }
}

/// The columns that must be there, then those that may.
fn wanted(columns: &[Column]) -> String {
    let names = |required: bool| -> Vec<&str> {
        let is_it = |column: &&Column| (column.needed != Needed::Never) == required;
        columns.iter().filter(is_it).map(|column| column.names[0]).collect()
    };
    match names(false).as_slice() {
        [] => names(true).join(","),
        may => format!("{}; known besides are {}", names(true).join(","), may.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_exactly_and_what_is_finer_is_cut() {
        assert_eq!(fixed("0.52325", 9), Some(523_250_000));
        assert_eq!(fixed("-1", 2), Some(-100));
        assert_eq!(fixed("1,234.5", 0), Some(1_234));
        assert_eq!(fixed("2.5e-3", 9), Some(2_500_000));
        assert_eq!(fixed("1E3", 2), Some(100_000));
        assert_eq!(fixed("1e-30", 9), Some(0));
        assert_eq!(fixed("1e17", 9), Some(10i128.pow(26)));
        assert_eq!(fixed("1e18", 9), None);
        assert_eq!(fixed("1e400", 9), None);
        for text in ["", "-", "1e", "a", "1.2.3", ".5", "1e1e1"] {
            assert_eq!(fixed(text, 3), None, "{text:?} must be refused");
        }
    }

    #[test]
    fn names_of_one_column_differ_only_in_their_dress() {
        let is_called = |head: &str, name: &str| forms(head).contains(&json::plain_key(name));
        assert!(is_called("Pretax Amount (CNY)", "PretaxAmount"));
        assert!(is_called("应付信息/应付金额（含税）", "应付金额"));
        assert!(is_called("用量/小时", "用量") && is_called("content/state", "state"));
        assert!(!is_called("PretaxGrossAmount", "PretaxAmount"));
    }
}
