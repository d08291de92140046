//! CSVs: streamed row by row, every cell with its place.
//!
//! A CSV is never held in memory as text; what is kept of it is its SHA-256.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::canon::hex;
use super::decode::{Decode, FieldDoc};
use super::load::{Context, takes_rows};
use super::merge::lay_over;
use super::place::{FileId, Place};
use super::problem::{Problem, Problems};
use super::raw::{NAMED_TABLES, Root};
use super::renamed::{self, Renamed};
use super::tree::{Key, Node, Table, Value, parse_value};
use crate::units::bounded::Bounded;

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.hash.update(&into[..count]);
        Ok(count)
    }
}

/// One record, whole.
pub struct Row<'a> {
    record: &'a csv::StringRecord,
    file: FileId,
    line: u32,
}

impl Row<'_> {
    /// The text of a column.
    pub fn text(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or("")
    }

    /// Where a column is.
    pub fn place(&self, column: usize) -> Place {
        let column = u16::try_from(column).ok();
        Place::Cell { file: self.file, line: self.line, column }
    }

    /// Where the record is.
    pub fn whole(&self) -> Place {
        Place::Cell { file: self.file, line: self.line, column: None }
    }

    /// A column as a value to decode.
    pub fn node(&self, column: usize) -> Node {
        Node { value: Value::Cell(self.text(column).to_owned()), place: self.place(column) }
    }
}

/// Streams a CSV: `head` is shown the columns, `each` every complete record.
///
/// A CSV that cannot be opened is a problem at `from`, the place that names it; a record that is
/// too short, too long or not UTF-8 is a problem at its own place.
pub fn stream(
    path: &str,
    from: Place,
    context: &mut Context<'_>,
    head: impl FnOnce(&[String], FileId, &mut Problems) -> bool,
    mut each: impl FnMut(&Row<'_>, &mut Problems),
) {
    let inner = match context.reader(path) {
        Ok(inner) => inner,
        Err(reason) => {
            let shown = context.shown(path);
            let problem = Problem::new(from, format!("cannot read {shown}: {reason}"));
            context.problems.push(problem.expected("expected the path of a CSV file"));
            return;
        }
    };
    let Some(file) = context.add_read(path, String::new(), from) else { return };
    let mut hashing = Hashing { inner, hash: Sha256::new() };
    let (bounded, mark) = Bounded::rows(&mut hashing);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bounded);
    let columns: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_owned).collect(),
        Err(error) => {
            context.problems.push(unreadable(file, &error));
            return;
        }
    };
    context.files.set_columns(file, columns.clone());
    let place = Place::Cell { file, line: 1, column: None };
    if columns.iter().all(String::is_empty) {
        let problem = Problem::new(place, format!("{} is empty", context.shown(path)));
        context.problems.push(problem.expected("expected a first line with the columns' names"));
        return;
    }
    let wanted = head(&columns, file, &mut context.problems);
    let mut record = csv::StringRecord::new();
    loop {
        mark.set();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if wanted => {
                let line = record.position().map_or(0, csv::Position::line);
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                let row = Row { record: &record, file, line };
                if is_complete(&row, &columns, &mut context.problems) {
                    each(&row, &mut context.problems);
                }
            }
            Ok(true) => {}
            Err(error) => {
                let stop = matches!(error.kind(), csv::ErrorKind::Io(_));
                context.problems.push(unreadable(file, &error));
                if stop {
                    return;
                }
            }
        }
    }
    drop(reader);
    context.hashes.insert(path.to_owned(), hex(&hashing.hash.finalize()));
}

/// Streams a CSV that has to have these columns: `each` is shown where they are in a row.
pub fn stream_columns<const N: usize>(
    wanted: [&str; N],
    path: &str,
    from: Place,
    context: &mut Context<'_>,
    mut each: impl FnMut(&Row<'_>, [usize; N], &mut Problems),
) {
    let places = std::cell::Cell::new([0; N]);
    let head = |columns: &[String], file, problems: &mut Problems| {
        let found = find_columns(wanted, columns, file, problems);
        found.map(|found| places.set(found)).is_some()
    };
    stream(path, from, context, head, |row, problems| each(row, places.get(), problems));
}

fn is_complete(row: &Row<'_>, columns: &[String], problems: &mut Problems) -> bool {
    let cells = row.record.len();
    if cells == columns.len() {
        return true;
    }
    let short = if cells < columns.len() { "short" } else { "long" };
    let message = format!("row is too {short}: {cells} cells for {} columns", columns.len());
    let expected = format!("expected {}", columns.join(","));
    problems.push(Problem::new(row.whole(), message).expected(expected));
    false
}

fn unreadable(file: FileId, error: &csv::Error) -> Problem {
    let line = error.position().map_or(1, csv::Position::line);
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    let what = if let csv::ErrorKind::Utf8 { err, .. } = error.kind() {
        format!("not UTF-8: {err}")
    } else if let csv::ErrorKind::Io(reason) = error.kind() {
        format!("cannot be read: {reason}")
    } else {
        error.to_string()
    };
    let problem = Problem::new(Place::Cell { file, line, column: None }, what);
    problem.expected("expected a CSV in UTF-8")
}

/// Where each of these columns is; a missing one is a problem.
pub fn find_columns<const N: usize>(
    wanted: [&str; N],
    columns: &[String],
    file: FileId,
    problems: &mut Problems,
) -> Option<[usize; N]> {
    let mut found = [0; N];
    let mut all = true;
    for (place, name) in found.iter_mut().zip(wanted) {
        match columns.iter().position(|column| column == name) {
            Some(at) => *place = at,
            None => {
                let head = Place::Cell { file, line: 1, column: None };
                let problem = Problem::new(head, format!("there is no column `{name}`"));
                let problem = problem.expected(format!("expected {}", wanted.join(",")));
                problems.push(problem.did_you_mean(name, columns.iter().map(String::as_str)));
                all = false;
            }
        }
    }
    all.then_some(found)
}

/// Fills tables from the CSVs that `[csv]` names: every row becomes an entry, before the entries
/// of the file, which therefore lay over a row of the same name.
pub fn add_tables(root: &mut Table, context: &mut Context<'_>) {
    let Some(csv) = root.get("csv").and_then(|node| node.value.as_table()).cloned() else {
        return;
    };
    for (key, node) in csv.entries() {
        let Some(path) = node.value.as_text() else { continue };
        if !takes_rows(&key.name) {
            let problem = Problem::new(key.place, format!("there is no [[{}]]", key.name));
            let problem = problem.expected(format!("expected one of: {}", NAMED_TABLES.join(", ")));
            context.problems.push(problem.did_you_mean(&key.name, NAMED_TABLES));
            continue;
        }
        let mut base = Table::default();
        base.append(
            key.clone(),
            Node { value: table_rows(&key.name, path, node.place, context), place: node.place },
        );
        let mut over = Table::default();
        if let Some(own) = root.remove(&key.name) {
            over.append(key.clone(), own);
        }
        lay_over(&mut base, over);
        for (key, node) in base.into_entries() {
            root.append(key, node);
        }
    }
}

fn table_rows(table: &str, path: &str, from: Place, context: &mut Context<'_>) -> Value {
    let known = Root::fields()
        .into_iter()
        .find(|field| field.key == table)
        .map_or_else(Vec::new, |field| field.fields);
    let names = std::cell::RefCell::new(vec![]);
    let mut older = Renamed::new();
    let mut nodes = vec![];
    stream(
        path,
        from,
        context,
        |columns, file, problems| {
            let paths = columns.iter().map(|column| key_path(table, column, &mut older)).collect();
            *names.borrow_mut() = known_columns(columns, paths, &known, file, problems);
            true
        },
        |row, _| nodes.push(row_node(row, &names.borrow())),
    );
    context.renamed.append(&mut older);
    Value::Array(nodes)
}

/// The keys that lead to what a column holds. The key of a tag is anything, dots included.
fn key_path(table: &str, column: &str, older: &mut Renamed) -> Vec<String> {
    match tag_of(column) {
        Some(tag) => vec!["tags".to_owned(), tag.to_owned()],
        None => renamed::in_column(table, column.split('.').map(str::to_owned).collect(), older),
    }
}

fn tag_of(column: &str) -> Option<&str> {
    column.strip_prefix("tags.").filter(|tag| !tag.is_empty())
}

/// The columns that are keys of the table; none in place of one that is not.
fn known_columns(
    columns: &[String],
    paths: Vec<Vec<String>>,
    known: &[FieldDoc],
    file: FileId,
    problems: &mut Problems,
) -> Vec<Option<Vec<String>>> {
    let mut found = vec![];
    for (place, (column, path)) in columns.iter().zip(paths).enumerate() {
        let mut fields = known;
        let mut is_known = true;
        for key in path.iter().take(if tag_of(column).is_some() { 1 } else { path.len() }) {
            match fields.iter().find(|field| field.key == key) {
                Some(field) => fields = &field.fields,
                None => is_known = false,
            }
        }
        let twice = columns[..place].contains(column) || found.contains(&Some(path.clone()));
        if !is_known || twice {
            let at = Place::Cell { file, line: 1, column: u16::try_from(place).ok() };
            let what = if twice { "is there twice" } else { "is no key of the table" };
            let problem = Problem::new(at, format!("column `{column}` {what}"));
            let keys: Vec<&str> = known.iter().map(|field| field.key).collect();
            let problem = problem.expected(format!("expected some of: {}", keys.join(", ")));
            problems.push(problem.did_you_mean(column, keys));
        }
        found.push((is_known && !twice).then_some(path));
    }
    found
}

/// A row as a table; an empty cell leaves its key out.
fn row_node(row: &Row<'_>, columns: &[Option<Vec<String>>]) -> Node {
    let mut table = Table::default();
    for (place, path) in columns.iter().enumerate() {
        let Some(path) = path else { continue };
        if !row.text(place).is_empty() {
            put(&mut table, path, cell_node(row, place));
        }
    }
    Node { value: Value::Table(table), place: row.whole() }
}

/// A cell: text that may stand for a number as well, or an inline table or array.
fn cell_node(row: &Row<'_>, column: usize) -> Node {
    let text = row.text(column);
    if text.starts_with(['{', '['])
        && let Some(node) = parse_value(row.file, 0, text)
    {
        return Node { value: at_cell(node.value, row.place(column)), place: row.place(column) };
    }
    row.node(column)
}

/// The same value with every place within it that of its cell.
fn at_cell(value: Value, place: Place) -> Value {
    match value {
        Value::Array(nodes) => Value::Array(
            nodes.into_iter().map(|n| Node { value: at_cell(n.value, place), place }).collect(),
        ),
        Value::Table(table) => {
            let mut moved = Table::default();
            for (key, node) in table.into_entries() {
                let node = Node { value: at_cell(node.value, place), place };
                moved.append(Key { name: key.name, place }, node);
            }
            Value::Table(moved)
        }
        plain @ (Value::Text(_)
        | Value::Cell(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)) => plain,
    }
}

fn put(table: &mut Table, path: &[String], node: Node) {
    let (key, rest) = path.split_first().expect("a column has a name");
    let place = node.place;
    if rest.is_empty() {
        table.append(Key { name: key.clone(), place }, node);
        return;
    }
    if table.get(key).is_none() {
        let empty = Node { value: Value::Table(Table::default()), place };
        table.append(Key { name: key.clone(), place }, empty);
    }
    if let Some(Node { value: Value::Table(inner), .. }) = table.get_mut(key) {
        put(inner, rest, node);
    }
}
