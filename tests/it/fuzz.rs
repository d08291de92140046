//! Nearly right files through the real program: it ends soon, in little memory, with an exit
//! code that is documented, and says what is wrong.
//!
//! Texts are changed by `mutate`; which ones the seed of random cases says (`sample`). What fails
//! is kept below `target/`, made as small as it could be: it belongs into `tests/data/corpus/`,
//! whose folders are named after what is done with the files in them.

// These tests write files for the program to read.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use tempfile::TempDir;

use crate::dice::{self, Tape};
use crate::mutate::{Form, mutated};
use crate::outside::STOPSIM;
use crate::sample::cases;

/// What one input may take: seconds of all cores together, and KiB of addresses.
///
/// The program reads only the files it is given here, so what hangs uses up its seconds.
const LIMITS: &str = "ulimit -t 10; ulimit -v 1048576; exec \"$0\" \"$@\"";

/// Events after which a run is cut: nearly right worlds may be large.
const EVENTS: &str = "20000";

/// A file that something is done with, in a folder with all that it may name.
struct Input {
    folder: TempDir,
    name: String,
}

/// How the program ended.
struct Ended {
    code: i32,
    printed: String,
    told: String,
}

impl Input {
    /// A file of this text in a folder with these ones, by path.
    fn new(name: &str, text: &str, beside: &[(String, String)]) -> Input {
        let folder = tempfile::tempdir().unwrap();
        let own = (name.to_owned(), text.to_owned());
        for (path, text) in beside.iter().chain([&own]) {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Input { folder, name: name.to_owned() }
    }

    /// Runs the program beside the file, within limits.
    fn stopsim(&self, arguments: &[&str]) -> Result<Ended, String> {
        let output = Command::new("sh")
            .args(["-c", LIMITS, STOPSIM])
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (printed, told) = (text(&output.stdout), text(&output.stderr));
        let failed = |why: String| Err(format!("{arguments:?} {why}\n{told}\n"));
        let code = match output.status.code() {
            Some(code @ (0 | 1 | 2 | 4)) => code,
            Some(_) | None => return failed(format!("ended by {}", output.status)),
        };
        if code == 2 && !told.contains("error") {
            return failed("does not say what is wrong".to_owned());
        }
        if let Some(c) = told.chars().chain(printed.chars()).find(|c| is_hostile(*c)) {
            return failed(format!("shows the character {c:?}"));
        }
        Ok(Ended { code, printed, told })
    }

    /// Runs what must not be refused, and says what was printed.
    fn succeeds(&self, arguments: &[&str]) -> Result<String, String> {
        let ended = self.stopsim(arguments)?;
        match ended.code {
            2 => Err(format!("{arguments:?} is refused\n{}", ended.told)),
            _ => Ok(ended.printed),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// Whether a terminal obeys it.
fn is_hostile(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
}

/// A scenario that `check` takes can be expanded, is the same once expanded, and runs.
fn scenario(input: &Input) -> Result<(), String> {
    let name = input.name.as_str();
    let checked = input.stopsim(&["check", name])?;
    if checked.code == 2 {
        return Ok(());
    }
    input.write("expanded.toml", &input.succeeds(&["expand", name])?);
    let again = input.succeeds(&["check", "expanded.toml"])?;
    let hash = |told: &str| told.lines().next().unwrap().rsplit(", ").next().unwrap().to_owned();
    if hash(&checked.printed) != hash(&again) {
        return Err(format!("expanded, it is another one\n{}\n{again}", checked.printed));
    }
    if instances(&checked.printed) > 1_000_000 {
        return Ok(());
    }
    let run = ["run", name, "--replication", "0", "--until-event", EVENTS, "--format", "json"];
    let ran = input.stopsim(&run)?;
    if ran.code == 2 {
        // A sound scenario may still be one whose clients never let time go on.
        let still = ran.told.contains("without any time in between");
        return if still { Ok(()) } else { Err(format!("{run:?} is refused\n{}", ran.told)) };
    }
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&ran.printed) {
        return Err(format!("the summary is no JSON: {error}\n{}", ran.printed));
    }
    let Some(instance) = an_instance(input)? else { return Ok(()) };
    input.succeeds(&["explain", name, "--instance", &instance, "--until-event", EVENTS])?;
    Ok(())
}

/// The first instance of a sound scenario: who asks for one that there is not is told which are.
fn an_instance(input: &Input) -> Result<Option<String>, String> {
    let told = input.stopsim(&["explain", &input.name, "--instance", "nobody"])?.told;
    let names = told.split_once("the scenario has ").map(|(_, names)| names);
    Ok(names.and_then(|names| names.split_whitespace().next()).map(str::to_owned))
}

/// How many instances a checked scenario has: more of them than some take longer, and more memory,
/// than an input may here, which is no fault.
fn instances(checked: &str) -> u64 {
    let line = checked.lines().nth(1).unwrap_or_default();
    let digits = line.chars().take_while(|c| *c != 'i').filter(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap_or_default()
}

/// Each line is a `--set` of a sound scenario.
fn sets(input: &Input, text: &str) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.contains('\0')) {
        let set = line.replacen(" = ", "=", 1);
        let checked = input.stopsim(&["check", "tables.toml", "--set", &set])?;
        if checked.code == 0 {
            let expanded = input.succeeds(&["expand", "tables.toml", "--set", &set])?;
            input.write("expanded.toml", &expanded);
            input.succeeds(&["check", "expanded.toml"])?;
        }
    }
    Ok(())
}

/// A scenario over what an import wrote: its groups and pools.
pub fn over(imported: &str, rest: &str) -> String {
    format!(
        "name = \"over\"\nextends = [\"out/{imported}\"]\n[region]\nid = \"cn-hangzhou\"\n\
         [clock]\nstart = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"\nlength = \"1d\"\n\
         [[group]]\nname = \"web\"\ncount = 1\nzone = \"cn-hangzhou-h\"\n\
         type = \"ecs.g7.large\"\n{rest}"
    )
}

/// A scenario that takes what an import wrote; none for a book of prices.
pub fn taking(writes: &str) -> Option<String> {
    let demand = "[[demand]]\nname = \"d\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]\n";
    let pool = "[[pool]]\nname = \"p\"\nzone = \"cn-hangzhou-h\"\nfamily = \"ecs.g7\"\n";
    Some(match writes {
        "prices.csv" | "scenario.toml" => return None,
        "stock.csv" => over(
            "none.toml",
            &format!(
                "{demand}{pool}trace = {{ csv = \"out/stock.csv\", column = \"obtainable_total\" }}\n"
            ),
        ),
        "others.csv" => over(
            "none.toml",
            &format!("{demand}{pool}free = 9\nothers_trace = {{ csv = \"out/others.csv\" }}\n"),
        ),
        "schedule.toml" => over("schedule.toml", ""),
        writes => over(writes, demand),
    })
}

/// What an import is asked, and what it writes for a scenario to extend.
struct Import {
    name: &'static str,
    arguments: &'static [&'static str],
    writes: &'static str,
}

const IMPORTS: &[Import] = &[
    Import { name: "describe-instances", arguments: &[], writes: "scenario.toml" },
    Import { name: "bill", arguments: &[], writes: "prices.toml" },
    Import {
        name: "history",
        arguments: &["--group", "web", "--timezone", "America/New_York"],
        writes: "measured.toml",
    },
    Import { name: "prices", arguments: &[], writes: "prices.csv" },
    Import {
        name: "stock-status",
        arguments: &["--with-stock=9", "--closed-with-stock=1", "--timezone=Asia/Shanghai"],
        writes: "pools.toml",
    },
    Import {
        name: "stock-trace",
        arguments: &["--encoding", "zero-is-all", "--of", "20"],
        writes: "stock.csv",
    },
    Import { name: "vm-arrivals", arguments: &["--hold", "45m"], writes: "others.csv" },
    Import { name: "schedule", arguments: SCHEDULE, writes: "schedule.toml" },
];

/// With the dialect beside, which is the name of the file.
const SCHEDULE: &[&str] =
    &["--group=web", "--from=2026-03-02", "--until=2026-03-29", "--timezone=Asia/Shanghai"];

/// An import takes a file or says why not; what it writes makes a scenario that runs.
fn import(input: &Input, what: &Import) -> Result<(), String> {
    let mut arguments = vec!["import", what.name, &input.name, "--out", "out"];
    arguments.extend(what.arguments);
    if what.name == "schedule" {
        arguments.extend(["--as", input.name.split('.').next().unwrap()]);
    }
    let out = input.folder.path().join("out");
    if input.stopsim(&arguments)?.code == 2 {
        let left = out.exists();
        return if left { Err("it is refused and leaves files".to_owned()) } else { Ok(()) };
    }
    if what.writes == "scenario.toml" {
        return input.succeeds(&["check", "out/scenario.toml"]).map(|_| ());
    }
    let Some(text) = taking(what.writes) else { return Ok(()) };
    input.write("out/none.toml", "");
    input.write("over.toml", &text);
    let checked = input.stopsim(&["check", "over.toml"])?;
    match checked.code == 2 && !begins_elsewhere(&checked.told) {
        true => Err(format!("what it wrote is refused\n{}", checked.told)),
        false => Ok(()),
    }
}

/// Whether all that is wrong is when the scenario begins, which its user says: a trace may begin
/// later, or earlier.
pub fn begins_elsewhere(told: &str) -> bool {
    told.contains("how much stock there is at the beginning is not said")
        || told.contains("is before the start of the run")
}

/// Files of the project below a folder: their paths from there, and their texts.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root.clone()];
    let mut found = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn with_end(files: &[(String, String)], end: &str) -> impl Iterator<Item = (String, String)> {
    files.iter().filter(move |(name, _)| name.ends_with(end)).cloned()
}

/// What the shipped and the bad scenarios name: their CSVs, and bases of theirs.
pub static BESIDE: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut beside: Vec<_> = with_end(&files("scenarios"), ".csv").collect();
    let negative = files("scenarios/negative");
    beside.extend(with_end(&negative, ".csv"));
    beside.extend(negative.into_iter().filter(|(name, _)| name.starts_with("base/")));
    beside
});

/// Whole scenarios: the shipped ones, and the bad ones.
pub static SCENARIOS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of = |folder| files(folder).into_iter().filter(|(name, _)| name.ends_with(".toml"));
    of("scenarios").map(|(_, text)| text).collect()
});

/// A scenario that reads every kind of CSV, and those.
pub static TABLES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| files("tests/data/tables"));

/// A week and what was seen of it, and settings of scenarios.
static FUZZ: LazyLock<Vec<(String, String)>> = LazyLock::new(|| files("tests/data/fuzz"));

/// Something to do with a text: the name of its folder in the corpus, and of the text.
#[derive(Clone, Debug)]
pub struct Target {
    pub kind: String,
    pub name: String,
}

impl Target {
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Target {
        Target { kind: kind.into(), name: name.into() }
    }

    /// Does it.
    fn on(&self, text: &str) -> Result<(), String> {
        match self.kind.as_str() {
            "scenario" => scenario(&Input::new("mutated.toml", text, &BESIDE)),
            "table" => {
                let mut folder = Input::new(&self.name, text, &[]);
                for (name, text) in TABLES.iter().filter(|(name, _)| *name != self.name) {
                    folder.write(name, text);
                }
                folder.name = "tables.toml".to_owned();
                scenario(&folder)
            }
            "set" => sets(&Input::new(&self.name, text, &TABLES), text),
            "backtest" => {
                let folder = Input::new("none", "", &FUZZ);
                folder.write(&self.name, text);
                if instances(&folder.stopsim(&["check", "week.toml"])?.printed) > 10_000 {
                    return Ok(());
                }
                let days = ["backtest", "week.toml", "--history", "week.csv"];
                folder.stopsim(&[&days[..], &["--bill", "week-bill.csv"]].concat()).map(|_| ())
            }
            kind => {
                let import = kind.strip_prefix("import-").expect("a kind of file");
                let what = IMPORTS.iter().find(|one| one.name == import).expect("an import");
                self::import(&Input::new(&self.name, text, &[]), what)
            }
        }
    }

    /// Does it, and keeps what fails.
    fn holds(&self, text: &str) -> Result<(), TestCaseError> {
        self.on(text).map_err(|why| {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus").join(&self.kind);
            fs::create_dir_all(&kept).unwrap();
            let kept = kept.join(&self.name);
            fs::write(&kept, text).unwrap();
            TestCaseError::fail(format!("{why}\nkept as {}\n{text}", kept.display()))
        })
    }
}

/// Inputs of imports, by what takes them.
pub static EXPORTS: LazyLock<Vec<(Target, String)>> = LazyLock::new(|| {
    let mut all = vec![];
    for (folder, import) in [
        ("inventories", "describe-instances"),
        ("bills", "bill"),
        ("histories", "history"),
        ("prices", "prices"),
        ("stock", "stock-status"),
    ] {
        for (name, text) in files(&format!("tests/data/cases/{folder}")) {
            all.push((Target::new(format!("import-{import}"), name), text));
        }
    }
    for (name, text) in files("tests/data/schedules") {
        all.push((Target::new("import-schedule", name), text));
    }
    for (import, name, text) in [
        (
            "describe-instances",
            "describe-instances.json",
            include_str!("../data/describe-instances.json"),
        ),
        (
            "stock-status",
            "looks.csv",
            "time,zone,type,category\n2026-03-01T00:00:00Z,cn-hangzhou-h,ecs.g7.large,WithStock\n\
             2026-03-02 10:00:00,cn-hangzhou-h,ecs.g7.large,ClosedWithStock\n",
        ),
        (
            "stock-trace",
            "ticks.json",
            "{\"metadata\": {\"gap_seconds\": 300}, \"data\": [16, 0, 3, 20]}",
        ),
        ("vm-arrivals", "arrivals.txt", "300 g,|,b,m,|,b\n600 \n900 b,|\n"),
    ] {
        all.push((Target::new(format!("import-{import}"), name), text.to_owned()));
    }
    all
});

/// As many cases as asked for; a failure is made smaller for a minute at most.
#[track_caller]
pub fn tries(many: u32) -> Config {
    Config { max_shrink_time: 60_000, ..cases(many) }
}

/// So many numbers for changes.
pub fn words() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 0..40)
}

pub fn one<'a, T>(tape: &mut Tape<'_>, of: &'a [T]) -> &'a T {
    &of[usize::try_from(tape.below(of.len() as u64)).unwrap()]
}

proptest! {
    #![proptest_config(tries(25))]

    /// The shipped ones, the bad ones, and random worlds.
    #[test]
    fn a_nearly_right_scenario_runs_or_is_refused(
        world in vec(any::<u16>(), 0..400),
        words in words(),
    ) {
        let tape = &mut Tape::new(&words);
        let text = match tape.chance(4) {
            true => one(tape, &SCENARIOS).clone(),
            false => dice::scenario(&world).0,
        };
        let text = mutated(tape, &text, Form::Toml, &SCENARIOS);
        Target::new("scenario", "mutated.toml").holds(&text)?;
    }
}

proptest! {
    #![proptest_config(tries(25))]

    #[test]
    fn a_nearly_right_table_of_a_scenario_is_read_or_refused(words in words()) {
        let tape = &mut Tape::new(&words);
        let (name, text) = one(tape, &TABLES);
        Target::new("table", name).holds(&mutated(tape, text, Form::of(name), &SCENARIOS))?;
    }
}

proptest! {
    #![proptest_config(tries(60))]

    #[test]
    fn a_nearly_right_export_is_imported_or_refused(words in words()) {
        let tape = &mut Tape::new(&words);
        let (target, text) = one(tape, &EXPORTS);
        target.holds(&mutated(tape, text, Form::of(&target.name), &[]))?;
    }
}

proptest! {
    #![proptest_config(tries(20))]

    #[test]
    fn nearly_right_settings_and_weeks_are_taken_or_refused(words in words()) {
        let tape = &mut Tape::new(&words);
        let (name, text) = one(tape, &FUZZ);
        let kind = if name == "sets.toml" { "set" } else { "backtest" };
        Target::new(kind, name).holds(&mutated(tape, text, Form::of(name), &SCENARIOS))?;
    }
}

/// Whatever ever failed, and each text before it is changed.
#[test]
fn what_failed_once_does_not_fail_again() {
    let mut wrong = String::new();
    let corpus = files("tests/data/corpus").into_iter().map(|(path, text)| {
        let (kind, name) = path.split_once('/').expect("a folder for each kind");
        (Target::new(kind, name), text)
    });
    let tables = TABLES.iter().map(|(name, text)| (Target::new("table", name), text.clone()));
    let sets = FUZZ.iter().filter(|(name, _)| name == "sets.toml");
    let sets = sets.map(|(name, text)| (Target::new("set", name), text.clone()));
    for (target, text) in corpus.chain(tables).chain(sets).chain(EXPORTS.iter().cloned()) {
        if let Err(why) = target.on(&text) {
            wrong += &format!("\n== {target:?}\n{why}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
