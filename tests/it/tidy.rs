//! The house rules that a compiler does not know: layers, lengths, words, assumptions.

// These tests read the project's own files.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::{below_crate, code, paths_below_crate, without_tests};

/// Who may import whom: a layer, and the layers below it that it may use.
const LAYERS: [(&str, &str); 20] = [
    ("units", ""),
    ("engine", "units"),
    ("stats", "units"),
    ("ecs", "units"),
    ("demand", "units engine"),
    ("fault", "units engine ecs"),
    ("fact", "units engine ecs"),
    ("controller", "units engine ecs demand fact"),
    ("client", "units engine ecs demand fact controller"),
    ("cloud", "units engine ecs demand fault fact"),
    ("network", "units engine ecs fault fact"),
    ("books", "units stats ecs demand fact"),
    ("property", "units ecs demand fact controller"),
    (
        "sim",
        "units engine stats ecs demand fault fact controller client cloud network books property",
    ),
    (
        "scenario",
        "units engine stats ecs demand fault fact cloud network books controller property sim",
    ),
    ("import", "units stats ecs demand"),
    ("program", "units engine ecs demand fact controller client books sim"),
    ("replicate", "units engine stats ecs demand fault books controller sim program"),
    (
        "report",
        "units engine stats ecs demand fault fact cloud network books controller property sim",
    ),
    (
        "hunt",
        "units engine stats ecs demand fact controller client books property sim program scenario \
         report",
    ),
];

const FILE_LINES_MAX: usize = 500;
const LINE_COLUMNS_MAX: usize = 100;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a room is: the run's own in `core`, the others beside it.
fn room(layer: &str) -> PathBuf {
    let of_the_run = root().join("core/src").join(layer);
    if of_the_run.is_dir() { of_the_run } else { root().join("src").join(layer) }
}

/// Every file of the program.
fn sources() -> Vec<PathBuf> {
    ["src", "core/src"].iter().flat_map(|folder| files_below(&root().join(folder), "rs")).collect()
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a tracked file is text")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn is_below(layer: &str, below: &str) -> bool {
    below.split(' ').any(|other| other == layer)
}

#[test]
fn layers_only_look_down() {
    let mut wrong = Vec::new();
    for (layer, below) in LAYERS {
        let mut files = files_below(&room(layer), "rs");
        files.retain(|path| path.file_name().is_some_and(|name| name != "tests.rs"));
        assert!(!files.is_empty(), "layer {layer} has files");
        for path in files {
            for (line, other) in below_crate(&code(&read(&path))) {
                let is_room = other == "cli" || LAYERS.iter().any(|(room, _)| *room == other);
                if is_room && other != layer && !is_below(&other, below) {
                    wrong.push(format!("{}:{line}: {layer} uses {other}", shown(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A room is left by a path from `crate` only, which the test of layers sees.
#[test]
fn no_path_leaves_a_room_upwards() {
    let mut wrong = Vec::new();
    for (layer, _) in LAYERS {
        for path in files_below(&room(layer), "rs") {
            let inside = path.strip_prefix(room(layer)).expect("it is below the room");
            let is_root = path.file_name().is_some_and(|name| name == "mod.rs");
            let depth = inside.components().count() - usize::from(is_root);
            for (number, line) in code(&read(&path)).lines().enumerate() {
                if line.contains(&"super::".repeat(depth + 1)) {
                    wrong.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A client words requests and reads answers and refusals, as does a policy: they have never seen
/// the region, nor what instances are, nor what facts say of these.
#[test]
fn a_client_knows_requests_and_answers_and_nothing_behind_them() {
    const KNOWN: [&str; 14] = [
        "ecs::answer",
        "ecs::id",
        "ecs::operation",
        "ecs::refusal",
        // What requests and answers say in words.
        "ecs::instance::Status",
        "ecs::instance::StoppedMode",
        // What clients say of themselves.
        "fact::Action",
        "fact::Belief",
        "fact::CallFact",
        "fact::Defect",
        "fact::Fact",
        "fact::purpose",
        "fact::request_id_of",
        "fact::request_key",
    ];
    let mut wrong = Vec::new();
    let mut files = files_below(&room("client"), "rs");
    files.extend(files_below(&room("controller"), "rs"));
    files.retain(|path| path.file_name().is_some_and(|name| name != "tests.rs"));
    for path in files {
        for (line, used) in paths_below_crate(&code(&read(&path))) {
            let mut known = KNOWN.iter().filter_map(|known| used.strip_prefix(known));
            let is_known = known.any(|rest| rest.is_empty() || rest.starts_with("::"));
            if (used.starts_with("ecs") || used.starts_with("fact")) && !is_known {
                wrong.push(format!("{}:{line}: {used}", shown(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a client does not know it is told, or asks by a call: of whoever runs it, it can ask the
/// time and names.
#[test]
fn a_client_asks_nothing_of_the_run_that_it_is_part_of() {
    let outputs = code(&read(&root().join("core/src/client/outputs.rs")));
    let doors = outputs.split("fn ").skip(1);
    let asked = doors.filter_map(|door| Some(door.split_once("(&self")?.0.to_owned()));
    assert_eq!(asked.collect::<Vec<_>>(), ["now", "name"]);
    let answers = outputs.split("fn ").filter(|door| door.contains("&mut self"));
    let told: Vec<&str> = answers.filter(|door| door.contains("->")).collect();
    assert!(told.is_empty(), "what goes out brings nothing back: {told:?}");
}

/// What an owner has for others goes out through its own trait: it calls no method that only
/// another owner, or whoever stands above it, has. A client calls none of the region either.
#[test]
fn an_owner_calls_no_method_of_another() {
    const OWNERS: [&str; 4] = ["client", "cloud", "network", "books"];
    const OTHERS: [&str; 6] = ["client", "cloud", "network", "books", "controller", "sim"];
    const OF_CLIENTS: [&str; 6] =
        ["answer.rs", "id.rs", "operation.rs", "operation", "refusal.rs", "refusal"];
    // Methods of collections, which others happen to have too.
    const OF_STD: [&str; 5] = ["all", "count", "get", "iter", "remove"];
    let of_ecs = |known: bool| {
        let mut files = files_below(&room("ecs"), "rs");
        files.retain(|path| {
            let inside = path.strip_prefix(room("ecs")).expect("it is below the room");
            let first = inside.components().next().expect("a file has a name");
            OF_CLIENTS.iter().any(|name| first.as_os_str() == *name) == known
        });
        functions_in(files)
    };
    let mut wrong = Vec::new();
    for (owner, below) in LAYERS.into_iter().filter(|(layer, _)| OWNERS.contains(layer)) {
        let is_client = owner == "client";
        let rooms = below.split(' ').chain([owner]).filter(|room| !is_client || *room != "ecs");
        let mut own: BTreeSet<String> = rooms.flat_map(functions).collect();
        own.extend(OF_STD.map(String::from));
        let mut others: BTreeSet<String> = OTHERS.into_iter().flat_map(functions).collect();
        if is_client {
            own.extend(of_ecs(true));
            others.extend(of_ecs(false));
        }
        let mut files = files_below(&room(owner), "rs");
        files.retain(|path| path.file_name().is_some_and(|name| name != "tests.rs"));
        for path in files {
            for (number, line) in code(&read(&path)).lines().enumerate() {
                for called in line.split('.').skip(1).filter_map(|rest| rest.split_once('(')) {
                    if others.contains(called.0) && !own.contains(called.0) {
                        let (path, number) = (shown(&path), number + 1);
                        wrong.push(format!("{path}:{number}: {owner} calls {}", called.0));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The books are told how things are: they have never seen the region, look at nothing by
/// themselves and have nobody to tell. What facts change in them comes in at one place.
#[test]
fn the_books_are_told_and_tell_nobody() {
    const OF_ECS: [&str; 12] = [
        "capacity",
        "commitment",
        "id",
        "instance::StoppedMode",
        "kind",
        "knob",
        "meter",
        "operation::OperationName",
        "price",
        "refusal",
        "spec",
        "spot",
    ];
    let mut wrong = Vec::new();
    let mut files = files_below(&root().join("core/src/books"), "rs");
    files.retain(|path| path.file_name().is_some_and(|name| name != "tests.rs"));
    for path in files {
        let text = code(&read(&path));
        for rest in text.split("crate::ecs::").skip(1) {
            if !OF_ECS.iter().any(|name| rest.starts_with(name)) {
                let used = rest.lines().next().unwrap_or_default();
                wrong.push(format!("{}: ecs::{used}", shown(&path)));
            }
        }
        // Whatever is booked is a value: there is nobody behind it who could be asked, or told.
        let heads = text.split("pub fn ").skip(1).filter_map(|rest| rest.split('{').next());
        let doors: String = heads.filter(|head| head.contains("&mut self")).collect();
        let asks = ["dyn ", "impl Fn", "&mut impl "].iter().filter(|word| doors.contains(**word));
        wrong.extend(asks.map(|word| format!("{}: {word}", shown(&path))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut folded = Vec::new();
    for path in files_below(&root().join("core/src/sim"), "rs") {
        let text = code(&read(&path));
        folded.extend(text.matches("books.fold(").map(|_| shown(&path)));
    }
    assert_eq!(folded, ["core/src/sim/outputs.rs"], "who lets facts be folded");
}

/// Whoever calls, calls by the network: there is one place that sends a call, nobody but the network
/// lets one arrive, and a request reaches the cloud only where the network delivers it.
#[test]
fn a_call_goes_by_the_network_and_no_other_way() {
    const STEPS: [&str; 3] = ["RequestArrived", "AnswerArrived", "Event::TimedOut"];
    const REQUESTS: [&str; 6] =
        ["stop", "start", "carry_out", "carry_out_batch", "show_statuses", "show_stock"];
    let mut sent = Vec::new();
    let mut wrong = Vec::new();
    for path in files_below(&root().join("core/src/sim"), "rs") {
        // However long calls are broken into lines.
        let text: String = code(&read(&path)).split('\n').map(str::trim_start).collect();
        sent.extend(text.matches("network.send(").map(|_| shown(&path)));
        wrong.extend(
            STEPS
                .iter()
                .filter(|step| text.contains(**step))
                .map(|step| format!("{}: {step}", shown(&path))),
        );
        for block in text.split("}impl").filter(|block| !block.starts_with(DELIVERS)) {
            let asks = REQUESTS.iter().filter(|name| block.contains(&format!("cloud.{name}(")));
            wrong.extend(asks.map(|name| format!("{}: cloud.{name}", shown(&path))));
        }
    }
    assert_eq!(sent, ["core/src/sim/clients.rs"], "who sends calls");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the network has at hand while it delivers a request.
const DELIVERS: &str = "<O: Observer> Reach<";

/// The names of all functions of a room.
fn functions(layer: &str) -> BTreeSet<String> {
    functions_in(files_below(&room(layer), "rs"))
}

fn functions_in(files: Vec<PathBuf>) -> BTreeSet<String> {
    let texts = files.into_iter().map(|path| code(&read(&path)));
    let names = |text: String| {
        let named = text
            .split("fn ")
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        named.collect::<Vec<String>>()
    };
    texts.flat_map(names).collect()
}

/// Other tenants come as demands do; of what is wanted of instances the cloud knows nothing.
#[test]
fn the_cloud_knows_the_clock_and_the_processes_of_demand_and_no_demand() {
    let mut wrong = Vec::new();
    for path in files_below(&root().join("core/src/cloud"), "rs") {
        let text = code(&read(&path));
        for rest in text.split("crate::demand::").skip(1) {
            if !["calendar::CivilClock", "poisson::"].iter().any(|name| rest.starts_with(name)) {
                wrong.push(format!(
                    "{}: {}",
                    shown(&path),
                    rest.lines().next().unwrap_or_default()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_name_is_passed_on_across_layers() {
    let mut wrong = Vec::new();
    for (layer, _) in LAYERS {
        for path in files_below(&room(layer), "rs") {
            for (number, line) in read(&path).lines().enumerate() {
                let passes_on = line.trim_start().starts_with("pub use crate::")
                    && !line.contains(&format!("pub use crate::{layer}"));
                if passes_on {
                    wrong.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_fits() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = read(&path);
        let tests = path.file_name().is_some_and(|name| name == "tests.rs");
        if !text.starts_with("//!") && !text.starts_with("#![doc") && !tests {
            wrong.push(format!("{}: does not say what it is", shown(&path)));
        }
        let lines = without_tests(&text).lines().count();
        if lines > FILE_LINES_MAX && !tests {
            wrong.push(format!("{}: {lines} lines without its tests", shown(&path)));
        }
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > LINE_COLUMNS_MAX && !tests && !text.contains("rustfmt::skip") {
                wrong.push(format!("{}:{}: {columns} columns", shown(&path), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn floats_stay_where_they_are_allowed() {
    let allowed = [
        "src/report/",
        "core/src/stats/",
        "core/src/engine/",
        "src/import/fit",
        "core/src/demand/poisson",
        // Shares of runs, once they are counted.
        "src/hunt/fixed",
        "src/hunt/fold",
        "src/hunt/price",
        "src/hunt/selftest/mod",
        "src/hunt/text",
    ];
    let mut wrong = Vec::new();
    for path in sources() {
        let name = shown(&path);
        if allowed.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        for (number, line) in code(&read(&path)).lines().enumerate() {
            if line.contains("f64") || line.contains("f32") {
                wrong.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_assumption_of_the_code_stands_in_the_model_page() {
    let page = read(&root().join("docs/MODEL.md"));
    let mut wrong = Vec::new();
    for path in sources() {
        let text = read(&path);
        if without_tests(&text).contains("*Assumed*") && !page.contains(&shown(&path)) {
            wrong.push(format!("docs/MODEL.md names no assumption of {}", shown(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_speaks_of_anything_but_the_project() {
    let leftovers = ["FIXME", "HACK", "XXX", "todo!(", "unimplemented!("];
    let mut wrong = Vec::new();
    for path in sources() {
        for (number, line) in read(&path).lines().enumerate() {
            if leftovers.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `docs/LIMITS.md` names constants of the code, each where it says.
#[test]
fn every_limit_of_the_page_is_one_of_the_code() {
    let page = read(&root().join("docs/LIMITS.md"));
    let mut limits = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`")) {
        let mut quoted: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let path = quoted.pop().expect("a path");
        let text = read(&root().join(path));
        for name in quoted.into_iter().filter(|name| name.contains("_MAX")) {
            assert!(text.contains(&format!("const {name}:")), "{path} has no {name}");
            limits += 1;
        }
    }
    assert!(limits > 20, "only {limits} limits were found");
}

/// `docs/MODEL.md` lists the kinds of names that draws and ties are keyed by.
#[test]
fn every_kind_of_identity_stands_in_the_model_page() {
    let page = read(&root().join("docs/MODEL.md"));
    let row = page.lines().find(|line| line.starts_with("| Kinds |")).expect("a row of kinds");
    let cell = row.split('|').nth(2).expect("a value");
    let mut known: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    known.sort_unstable();
    let mut used = Vec::new();
    for folder in ["core/src/cloud", "core/src/sim", "src/scenario"] {
        for path in files_below(&root().join(folder), "rs") {
            let text = read(&path);
            let text = without_tests(&text);
            let made = text.split("Identity::of(\"").skip(1);
            used.extend(made.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    used.sort_unstable();
    used.dedup();
    assert_eq!(known, used, "docs/MODEL.md, section 3, against the code");
}
