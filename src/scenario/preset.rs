//! Presets: clients that people run, as keys of a controller.
//!
//! Each is a file of its own below `presets/`, compiled in. A controller that names one has its
//! keys wherever it says nothing itself; of the tables that say how it calls, waits and asks
//! again it may write single keys. What each value rests on stands beside it in the file.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::sim::plan::Basis;

use super::load::Context;
use super::place::FileId;
use super::problem::{Problem, Problems};
use super::tree::{Node, Table, Value, parse_document};

/// A client as its file describes it.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// The whole file.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset {
            name: $name,
            text: include_str!(concat!("../../presets/", $name, ".toml")),
        }),*]
    };
}

/// Every preset.
pub const PRESETS: &[Preset] = presets![
    "aliyun-cli",
    "ansible-ali-instance",
    "auto-scaling-economical",
    "bosh-alicloud-cpi",
    "go-v1-sdk",
    "go-v1-sdk-auto-retry",
    "go-v2-sdk",
    "java-v1-sdk",
    "java-v1-sdk-retry",
    "kestra",
    "libcloud",
    "naive-cron",
    "oos-auto-start-when-stopped",
    "oos-schedule",
    "packer",
    "python-v1-sdk",
    "python-v2-sdk",
    "terraform-alicloud",
    "vendor-advice",
];

/// Tables of a controller of which it may write some keys and leave others to its preset.
const LAID_OVER: [&str; 6] = ["stop", "start", "look_first", "retry", "wait", "no_stock"];

/// What the inputs rest on that a preset gives, by path within the controller.
pub type Grounds = BTreeMap<String, (Basis, String)>;

impl Preset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<Preset> {
        PRESETS.iter().find(|preset| preset.name == name).copied()
    }

    /// What its file says under a key at its top.
    pub fn says(self, key: &str) -> String {
        let table = self.table(FileId::default(), &mut Problems::default());
        let text = table.get(key).and_then(|node| node.value.as_text());
        text.unwrap_or_default().to_owned()
    }

    fn path(self) -> String {
        format!("presets/{}.toml", self.name)
    }

    fn table(self, file: FileId, problems: &mut Problems) -> Table {
        match parse_document(file, self.text, problems).value {
            Value::Table(table) => table,
            Value::Text(_)
            | Value::Cell(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Array(_) => Table::default(),
        }
    }

    /// What its values rest on.
    pub fn grounds(self) -> Grounds {
        let table = self.table(FileId::default(), &mut Problems::default());
        let entries = table.get("basis").and_then(|node| node.value.as_table());
        let ground = |node: &Node| {
            let (basis, source) = basis(node.value.as_text().unwrap_or_default())?;
            Some((basis, source.to_owned()))
        };
        let entries = entries.map_or(&[][..], Table::entries).iter();
        entries.filter_map(|(key, node)| Some((key.name.clone(), ground(node)?))).collect()
    }
}

/// `measured: where`, as a basis and its source.
pub fn basis(text: &str) -> Option<(Basis, &str)> {
    let (word, source) = text.split_once(':').unwrap_or((text, ""));
    let basis = match word.trim() {
        "given" => Basis::Given,
        "measured" => Basis::Measured,
        "documented" => Basis::Documented,
        "assumed" => Basis::Assumed,
        _ => return None,
    };
    Some((basis, source.trim()))
}

/// Lays every controller that names a preset over it.
pub fn apply(root: &mut Table, context: &mut Context<'_>) {
    let Some(Value::Array(controllers)) = root.get_mut("controller").map(|node| &mut node.value)
    else {
        return;
    };
    let mut opened: BTreeMap<&'static str, Table> = BTreeMap::new();
    for node in controllers {
        let Value::Table(own) = &mut node.value else { continue };
        let Some(named) = own.get("preset") else { continue };
        let (Some(name), place) = (named.value.as_text(), named.place) else { continue };
        let Some(preset) = Preset::named(name) else {
            let problem = Problem::new(place, format!("there is no preset `{name}`"));
            let problem = problem.expected("expected one that `stopsim presets` lists");
            let known = PRESETS.iter().map(|preset| preset.name);
            context.problems.push(problem.did_you_mean(name, known));
            continue;
        };
        if !opened.contains_key(preset.name) {
            let Some(file) = context.add_file(&preset.path(), preset.text.to_owned(), place) else {
                continue;
            };
            context.grounds.insert(file, preset.grounds());
            opened.insert(preset.name, preset.table(file, &mut context.problems));
        }
        let keys = opened[preset.name].get("controller").and_then(|node| node.value.as_table());
        lay_over(keys.expect("a preset has the keys of a controller"), own);
    }
}

/// Adds what a preset says and a controller does not.
fn lay_over(preset: &Table, own: &mut Table) {
    for (key, node) in preset.entries() {
        let Some(mine) = own.get_mut(&key.name) else {
            own.append(key.clone(), node.clone());
            continue;
        };
        if let (Value::Table(mine), Value::Table(theirs), true) =
            (&mut mine.value, &node.value, LAID_OVER.contains(&key.name.as_str()))
        {
            for (key, node) in theirs.entries() {
                if mine.get(&key.name).is_none() {
                    mine.append(key.clone(), node.clone());
                }
            }
        }
    }
}

const PREFACE: &str = "\
# Presets: clients that people run

A controller with `preset = \"terraform-alicloud\"` behaves as that client does. It says itself
when it acts and on whom, and every key that it writes wins over the preset; of the tables `stop`,
`start`, `look_first`, `retry`, `wait` and `no_stock` it may write single keys. `stopsim expand`
prints what came out. `stopsim presets` lists the presets, `stopsim presets NAME` prints one.

Timeouts, retries and waits are those of the client's source code or of its documentation; what
neither says is *assumed*, and figures that rest on it are marked. A test keeps this page true.
";

/// The page of presets, as Markdown.
pub fn presets_page() -> String {
    let mut page = format!("{PREFACE}\n| preset | client | source |\n| --- | --- | --- |\n");
    for preset in PRESETS {
        let (name, [client, source]) = (preset.name, ["client", "source"].map(|k| preset.says(k)));
        writeln!(page, "| [`{name}`](#{name}) | {client} | {source} |").expect(TAKES_ALL);
    }
    for preset in PRESETS {
        section(*preset, &mut page);
    }
    page.push('\n');
    page.push_str(ELSEWHERE);
    page
}

/// What schedulers of other clouds call it.
const ELSEWHERE: &str = include_str!("preset/elsewhere.md");

const TAKES_ALL: &str = "a string takes all";

fn section(preset: Preset, page: &mut String) {
    let about: Vec<&str> = preset.text.lines().map_while(|line| line.strip_prefix("# ")).collect();
    write!(page, "\n## {}\n\n{}\n", preset.name, about.join("\n")).expect(TAKES_ALL);
    let grounds = preset.grounds();
    if !grounds.is_empty() {
        page.push_str("\n| key | basis | source |\n| --- | --- | --- |\n");
    }
    for (key, (basis, source)) in grounds {
        let basis = match basis {
            Basis::Given => "given",
            Basis::Measured => "measured",
            Basis::Documented => "documented",
            Basis::Assumed => "*assumed*",
        };
        writeln!(page, "| `{key}` | {basis} | {source} |").expect(TAKES_ALL);
    }
    let left_out = preset.says("left_out");
    if !left_out.is_empty() {
        write!(page, "\nLeft out: {left_out}.\n").expect(TAKES_ALL);
    }
    let keys = preset.text.split_once("[controller]\n").map_or("", |(_, keys)| keys);
    let keys = keys.split("\n[basis]").next().unwrap_or_default().trim();
    match keys {
        "" => page.push_str("\nIt sets no key: what a controller is by default is what it is.\n"),
        keys => write!(page, "\n```toml\n{keys}\n```\n").expect(TAKES_ALL),
    }
}
