//! CSVs row by row, their columns found by any of their names.

use super::Input;
use super::problem::{PROBLEMS_MAX, Problem, Problems};

/// A column to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its names; case, spaces and punctuation do not matter.
    pub(super) names: &'static [&'static str],
    /// Whether nothing can be done without it.
    pub(super) required: bool,
}

/// A column that must be there.
pub(super) const fn required(names: &'static [&'static str]) -> Column {
    Column { names, required: true }
}

/// A column that may be there.
pub(super) const fn optional(names: &'static [&'static str]) -> Column {
    Column { names, required: false }
}

/// One record.
pub(super) struct Row<'a> {
    file: &'a str,
    record: &'a csv::StringRecord,
    places: &'a [Option<usize>],
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

    /// A problem of this cell.
    pub(super) fn problem(&self, n: usize, what: impl Into<String>) -> Problem {
        let column = self.places[n].map_or(0, |place| place as u64 + 1);
        Problem::new(self.file, what).at(self.line, column)
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

/// `-1.25` as a whole number of `10^-decimals`.
pub(super) fn fixed(text: &str, decimals: u32) -> Option<i128> {
    let bare: String = text.trim().chars().filter(|c| *c != ',').collect();
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

/// Shows every record to `each`; problems are collected until there are too many.
pub(super) fn read<const N: usize>(
    input: Input<'_>,
    columns: [Column; N],
    mut each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) -> Result<(), Problems> {
    let Input { name: file, reader } = input;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(reader);
    let head = reader.headers().map_err(|error| unreadable(&file, &error))?.clone();
    let places = find(&file, &head, &columns)?;
    let mut problems = vec![];
    let mut record = csv::StringRecord::new();
    while problems.len() < PROBLEMS_MAX {
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
    let what = if let csv::ErrorKind::Utf8 { err, .. } = error.kind() {
        format!("not UTF-8: {err}")
    } else if let csv::ErrorKind::Io(reason) = error.kind() {
        format!("cannot be read: {reason}")
    } else {
        error.to_string()
    };
    Problem::new(file, what).at(line, 0).expected("a CSV in UTF-8")
}

/// A name without what exports differ in: `Pretax Amount (CNY)` and `PretaxAmount` are one.
fn plain(name: &str) -> String {
    let bare = name.split(['(', '/', '（']).next().unwrap_or(name);
    bare.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn find<const N: usize>(
    file: &str,
    head: &csv::StringRecord,
    columns: &[Column; N],
) -> Result<[Option<usize>; N], Problems> {
    let head: Vec<String> = head.iter().map(plain).collect();
    let mut places = [None; N];
    let mut missing = vec![];
    for (place, column) in places.iter_mut().zip(columns) {
        let is_it = |name: &String| column.names.iter().any(|wanted| plain(wanted) == *name);
        *place = head.iter().position(is_it);
        if let Some(twice) = place.filter(|&first| head[first + 1..].contains(&head[first])) {
            let what = format!("column `{}` is there twice", column.names[0]);
            let problem = Problem::new(file, what).at(1, twice as u64 + 1);
            missing.push(problem.expected("one column of a name"));
        }
        if place.is_none() && column.required {
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
        columns.iter().filter(|c| c.required == required).map(|c| c.names[0]).collect()
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
        for text in ["", "-", "1e3", "a", "1.2.3", ".5"] {
            assert_eq!(fixed(text, 3), None, "{text:?} must be refused");
        }
    }

    #[test]
    fn names_of_one_column_differ_only_in_their_dress() {
        assert_eq!(plain("Pretax Amount (CNY)"), plain("PretaxAmount"));
        assert_ne!(plain("PretaxGrossAmount"), plain("PretaxAmount"));
    }
}
