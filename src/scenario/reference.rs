//! The JSON Schema and the reference of scenario files, from the tables themselves.

use std::collections::BTreeMap;
use std::fmt::Write;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};

use super::decode::{Absent, Decode, FieldDoc, Origin};
use super::raw::{Root, is_named_table};
use super::renamed;

/// The JSON Schema of a scenario file, as JSON text.
pub fn schema() -> String {
    let mut generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    let root = Root::schema(&mut generator);
    let mut definitions = generator.take_definitions(true);
    let mut schema = definitions.remove("Root").unwrap_or_else(|| root.to_value());
    if let serde_json::Value::Object(object) = &mut schema {
        object.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        object.insert("title".into(), "stopsim scenario".into());
        object.insert("required".into(), serde_json::json!(["name", "clock", "region"]));
        object.insert("$defs".into(), serde_json::Value::Object(definitions));
    }
    let schema = Schema::try_from(schema).expect("an object is a schema");
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema has string keys only");
    text.push('\n');
    text
}

const PREFACE: &str = "\
# Scenario files

Every key of a scenario, from the tables that read it. A test keeps this page true.

A scenario is TOML. Quantities are strings with their unit: `\"45s\"`, `\"40GiB\"`,
`\"0.52325 CNY/h\"`, `\"3%\"` or `\"3/100\"`. Units of time are us, ms, s, m (or min), h, d, w.
An unknown key is an error. Entries in double brackets have a unique `name`.

*`extends = [\"base.toml\"]`* lays a scenario over others: tables at the top and entries of the
same name merge key by key, in their place; new entries are appended; every other value, a
distribution or a list included, is replaced whole. *`--set group.web.count=500`* does the same
for one key; the value is TOML, or else the bare text; a name with dots stands in quotes. A `*` in
a name stands for any letters: `controller.*.lead=10m` is set for all. `pool.*.free *= 0.8`
multiplies the number that is written there: a whole number stays one, rounded half up; entries
that do not write the key stay as they are.

*CSVs* begin with a line of column names; `#` begins a comment. With
`[csv] group = \"fleet.csv\"` every row becomes an entry and columns are keys
(`system_disk.size` reaches into a table, an empty cell leaves its key out, `a;b` is a list).
Times in CSVs are civil times of the scenario's time zone, or durations since its start.

*Left out* says what a key is when it is not written. The basis is *assumed* where nobody has
published a figure, *documented* where a source stands behind it, and *convention* where it is a
choice of this program about no fact of the cloud. Numbers that rest on assumed inputs are marked.
";

/// The reference of every key, as Markdown.
pub fn reference() -> String {
    let mut page = Page { text: PREFACE.to_owned(), seen: BTreeMap::new() };
    let fields = Root::fields();
    page.table("", "## At the top", &fields);
    for field in fields.iter().filter(|field| !field.fields.is_empty()) {
        let heading = match is_named_table(field.key) {
            true => format!("## [[{}]]", field.key),
            false => format!("## [{}]", field.key),
        };
        page.section(field.key, &heading, field);
    }
    page.text + &renamed::reference()
}

struct Page {
    text: String,
    seen: BTreeMap<String, String>,
}

impl Page {
    fn section(&mut self, path: &str, heading: &str, field: &FieldDoc) {
        let keys: Vec<&str> = field.fields.iter().map(|field| field.key).collect();
        let signature = keys.join(",");
        if let Some(other) = self.seen.get(&signature) {
            write!(self.text, "\n{heading}\n\nAs `{other}`.\n").expect("a string takes all");
            return;
        }
        self.seen.insert(signature, path.to_owned());
        let about = format!("{heading}\n\n{}", field.about);
        self.table(path, &about, &field.fields);
        for inner in field.fields.iter().filter(|inner| !inner.fields.is_empty()) {
            let path = format!("{path}.{}", inner.key);
            self.section(&path, &format!("### {path}"), inner);
        }
    }

    fn table(&mut self, _: &str, heading: &str, fields: &[FieldDoc]) {
        write!(self.text, "\n{heading}\n\n| key | what stands there | left out | meaning |\n")
            .expect("a string takes all");
        self.text.push_str("| --- | --- | --- | --- |\n");
        for field in fields {
            let expected = match field.fields.is_empty() {
                true => cell(&field.expected),
                false => "a table, see below".to_owned(),
            };
            let absent = match &field.absent {
                Absent::Required => "**required**".to_owned(),
                Absent::Nothing => String::new(),
                Absent::Default(value, origin) => format!("`{value}`{}", basis(*origin)),
            };
            let about = cell(&field.about);
            writeln!(self.text, "| `{}` | {expected} | {absent} | {about} |", field.key)
                .expect("a string takes all");
        }
    }
}

fn basis(origin: Origin) -> String {
    match origin {
        Origin::Assumed(why) => format!(" — *assumed*: {why}"),
        Origin::Documented(source) => format!(" — *documented*: {source}"),
        Origin::Written | Origin::Convention => " (convention)".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
