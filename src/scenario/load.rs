//! Texts to one tree: `extends`, tables from CSVs, `--set`, presets, in this order.

use std::collections::BTreeMap;
use std::io::Read;

use super::merge;
use super::place::{FileId, Files, Place};
use super::preset::{self, Grounds};
use super::problem::{Problem, Problems};
use super::raw;
use super::renamed::{self, Renamed};
use super::rows;
use super::set;
use super::source::{Source, beside};
use super::tree::{Key, Node, Table, Value, parse_document};

/// What reading needs and leaves behind.
pub struct Context<'a> {
    source: &'a dyn Source,
    /// The scenario's path, as it was asked for. Every other path is as seen from there.
    scenario: String,
    /// The texts.
    pub files: Files,
    /// What is wrong.
    pub problems: Problems,
    /// Whether a text could not be read or parsed whole: then nothing is said about what it may
    /// have held.
    pub is_broken: bool,
    /// Keys that were read under an older name.
    pub renamed: Renamed,
    /// SHA-256 of every CSV that was read.
    pub hashes: super::decode::Hashes,
    /// What the values of each preset in use rest on.
    pub grounds: BTreeMap<FileId, Grounds>,
    /// Whose prices instance types have, if not those of their own region.
    pub priced_in: Option<String>,
}

/// Files that one may extend over, base by base.
pub const EXTENDS_MAX: usize = 64;

impl<'a> Context<'a> {
    /// With nothing read yet of the scenario at a path.
    pub fn new(source: &'a dyn Source, scenario: &str) -> Context<'a> {
        let (files, problems) = (Files::default(), Problems::default());
        let hashes = super::decode::Hashes::new();
        let grounds = BTreeMap::new();
        let scenario = scenario.to_owned();
        let (is_broken, renamed, priced_in) = (false, Renamed::new(), None);
        Context {
            source,
            scenario,
            files,
            problems,
            is_broken,
            renamed,
            hashes,
            grounds,
            priced_in,
        }
    }

    /// A path as seen from the scenario, as seen from where the scenario is seen from.
    pub fn shown(&self, path: &str) -> String {
        beside(&self.scenario, path)
    }

    /// The whole text at a path as seen from the scenario.
    ///
    /// # Errors
    /// With the reason when it cannot be read.
    pub fn text(&self, path: &str) -> Result<String, String> {
        self.source.text(&self.shown(path))
    }

    /// The bytes at a path as seen from the scenario.
    ///
    /// # Errors
    /// With the reason when it cannot be opened.
    pub fn reader(&self, path: &str) -> Result<Box<dyn Read + 'a>, String> {
        self.source.reader(&self.shown(path))
    }

    /// Whether the scenario may name programs that are run.
    pub fn trusts_programs(&self) -> bool {
        self.source.trusts_programs()
    }

    /// The folder of the scenario, seen from where the scenario is seen from.
    pub fn folder(&self) -> String {
        match self.scenario.rsplit_once('/') {
            None => ".".to_owned(),
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
        }
    }

    /// The scenario's own text as a whole.
    pub fn main_place(&self) -> Place {
        Place::Whole(self.files.first())
    }

    /// Opens a text or CSV, by its path as seen from the scenario, under a number of its own.
    pub fn add_read(&mut self, path: &str, text: String, from: Place) -> Option<FileId> {
        self.add_file(&self.shown(path), text, from)
    }

    /// Opens a text under a number of its own.
    pub fn add_file(&mut self, name: &str, text: String, from: Place) -> Option<FileId> {
        let file = self.files.add(name, text);
        if file.is_none() {
            let most = super::place::FILES_MAX;
            self.problems.push(Problem::new(from, format!("more than {most} files")));
        }
        file
    }
}

/// The tree of a scenario, whole; none if its own text cannot be read.
pub fn load_tree(path: &str, sets: &[String], context: &mut Context<'_>) -> Option<Node> {
    let file = context.files.add(path, "").expect("it is the first file");
    let own = path.rsplit('/').next().unwrap_or(path);
    let text = match context.source.text(path) {
        Ok(text) => text,
        Err(reason) => {
            let problem = Problem::new(Place::Whole(file), format!("cannot read {path}: {reason}"));
            context.problems.push(problem);
            return None;
        }
    };
    context.files.set_text(file, text.clone());
    let mut stack = vec![own.to_owned()];
    let mut root = read(file, own, &text, &mut stack, context);
    if context.is_broken {
        return None;
    }
    // Rows are read in between: which CSVs there are has to be known by then.
    let is_of_csv = |flag: &&String| {
        let first = flag.split(['.', '=', '*']).next().unwrap_or_default();
        first.trim().trim_matches('"') == "csv"
    };
    let (early, late): (Vec<&String>, Vec<&String>) = sets.iter().partition(is_of_csv);
    for flag in early {
        set::set(&mut root, flag, context);
    }
    rows::add_tables(&mut root, context);
    for flag in late {
        set::set(&mut root, flag, context);
    }
    preset::apply(&mut root, context);
    for key in ["run", "account", "knobs", "calls", "report"] {
        if root.get(key).is_none() {
            let place = Place::Whole(file);
            let empty = Node { value: Value::Table(Table::default()), place };
            root.append(Key { name: key.to_owned(), place }, empty);
        }
    }
    Some(Node { value: Value::Table(root), place: Place::Whole(file) })
}

/// One text over what it extends.
fn read(
    file: FileId,
    path: &str,
    text: &str,
    stack: &mut Vec<String>,
    context: &mut Context<'_>,
) -> Table {
    let before = context.problems.count();
    let node = parse_document(file, text, &mut context.problems);
    context.is_broken |= context.problems.count() > before;
    let Value::Table(mut own) = node.value else { return Table::default() };
    see_csvs_from(path, &mut own);
    renamed::in_table(&mut own, &mut context.renamed, &mut context.problems);
    let mut root = Table::default();
    if let Some(extends) = own.remove("extends") {
        for (base, place) in bases(&extends, &mut context.problems) {
            match extend(&beside(path, &base), place, stack, context) {
                Some(table) => merge::lay_over(&mut root, table),
                None => context.is_broken = true,
            }
        }
    }
    merge::lay_over(&mut root, own);
    root
}

fn bases(extends: &Node, problems: &mut Problems) -> Vec<(String, Place)> {
    let one = std::slice::from_ref(extends);
    let nodes = extends.value.as_array().unwrap_or(one);
    let mut bases = vec![];
    for node in nodes {
        match node.value.as_text() {
            Some(text) => bases.push((text.to_owned(), node.place)),
            None => problems.push(
                Problem::new(node.place, "this is not the path of a scenario")
                    .expected("expected paths such as [\"base.toml\"]"),
            ),
        }
    }
    bases
}

fn extend(
    path: &str,
    from: Place,
    stack: &mut Vec<String>,
    context: &mut Context<'_>,
) -> Option<Table> {
    if stack.iter().any(|open| open == path) {
        let shown: Vec<String> = stack.iter().map(|open| context.shown(open)).collect();
        let path = context.shown(path);
        let cycle = format!("{} -> {path}", shown.join(" -> "));
        let problem = Problem::new(from, format!("{path} extends itself"));
        context.problems.push(problem.expected("this closes a cycle").hint(cycle));
        return None;
    }
    if stack.len() > EXTENDS_MAX {
        let message = format!("more than {EXTENDS_MAX} files extend one another");
        context.problems.push(Problem::new(from, message));
        return None;
    }
    let text = match context.text(path) {
        Ok(text) => text,
        Err(reason) => {
            let shown = context.shown(path);
            let problem = Problem::new(from, format!("cannot read {shown}: {reason}"));
            context.problems.push(problem.expected("expected the path of a scenario"));
            return None;
        }
    };
    let file = context.add_read(path, text.clone(), from)?;
    stack.push(path.to_owned());
    let table = read(file, path, &text, stack, context);
    stack.pop();
    Some(table)
}

/// Turns the paths of CSVs in the text at a path into what they are as seen from the scenario.
///
/// A CSV's path stands under `csv`, under a key that ends in `_csv`, or anywhere in `[csv]`.
pub fn see_csvs_from(path: &str, table: &mut Table) {
    for (key, node) in table.entries_mut() {
        let is_path = key.name == "csv" || key.name.ends_with("_csv");
        match &mut node.value {
            Value::Text(csv) if is_path => *csv = beside(path, csv),
            Value::Table(inner) if is_path => {
                for (_, node) in inner.entries_mut() {
                    if let Value::Text(csv) = &mut node.value {
                        *csv = beside(path, csv);
                    }
                }
            }
            Value::Table(inner) => see_csvs_from(path, inner),
            Value::Array(nodes) => {
                for node in nodes {
                    if let Value::Table(inner) = &mut node.value {
                        see_csvs_from(path, inner);
                    }
                }
            }
            Value::Text(_)
            | Value::Cell(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_) => {}
        }
    }
}

/// Whether a key of the top can be filled from a CSV.
pub fn takes_rows(key: &str) -> bool {
    raw::is_named_table(key)
}
