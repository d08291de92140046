//! `--html`, from outside: pages of a run, a comparison and a sweep, and how they reach the disk.

// These tests read what the program wrote.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::golden::same;
use crate::outside::{EIGHTH, SHORTAGE, at_root, names, refused};
use crate::page::{Node, check, numbers_agree};

/// "Under 300 kB for twenty points."
const BYTES_MOST: usize = 300_000;
const RUN: [&str; 4] = ["run", SHORTAGE, "--replications", "4"];
const SOONER: &str = "sooner: controller.at-eight.no_stock.retry_every=30s";
const COMPARE: [&str; 7] =
    ["compare", SHORTAGE, "--no-cache", "--variant", SOONER, "--replications", "10"];
/// Twenty points.
const SWEEP: [&str; 9] = [
    "sweep",
    SHORTAGE,
    "--no-cache",
    "--vary",
    "controller.at-eight.lead=0m..45m/5m",
    "--vary",
    "controller.at-eight.no_stock.retry_every=30s,2m",
    "--replications",
    "2",
];

const PLAN: [&str; 11] = [
    "plan",
    SHORTAGE,
    "--no-cache",
    "--knob",
    "controller.at-eight.lead=0m..60m/20m",
    "--monotone",
    "--subject-to",
    "restart.good_waves >= 80%",
    "--margin",
    "8%",
    "--at-most=80",
];

/// The page, and the JSON of the same run.
#[track_caller]
fn page(folder: &Path, arguments: &[&str]) -> (String, Value) {
    let file = folder.join("page.html");
    let more = ["--format", "json", "--html", file.to_str().expect("a path")];
    let output = at_root(&[arguments, &EIGHTH[1..], &more].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 4)), "{arguments:?}: {error}");
    assert!(error.contains("page written to"), "{error}");
    let page = fs::read_to_string(&file).expect("a page");
    assert_eq!(names(folder), ["page.html"], "nothing else is left");
    (page, serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

/// What a reader finds where: headings, answers, charts and heads of tables; no numbers of rows.
fn outline(root: &Node) -> String {
    let mut lines = Vec::new();
    collect(&root.all("body")[0].clone(), &mut lines);
    lines.join("\n") + "\n"
}

fn collect(node: &Node, lines: &mut Vec<String>) {
    let Node::Element(tag, _, inside) = node else { return };
    match tag.as_str() {
        "h1" | "h2" | "h3" => lines.push(format!("{tag}  {}", node.text())),
        "figcaption" => lines.push(format!("    chart: {}", node.text())),
        "table" => {
            let heads: Vec<String> =
                node.all("thead")[0].all("th").iter().map(|h| h.text()).collect();
            let caption = node.all("caption")[0].text();
            lines.push(format!("    table: {caption}: {}", heads.join(" | ")));
        }
        "p" => lines.push(format!("    {}", node.text())),
        _ => inside.iter().for_each(|one| collect(one, lines)),
    }
}

#[test]
fn a_page_of_a_run_has_the_numbers_of_its_summary() {
    let folder = scratch();
    let (text, json) = page(folder.path(), &RUN);
    let root = check(&text);
    assert!(numbers_agree(&root, &json) > 25);
    assert!(text.len() < BYTES_MOST, "{} bytes", text.len());
    let golden = crate::golden::root().join("tests/golden/html/run.txt");
    same(&golden, &outline(&root));
}

#[test]
fn a_page_of_a_comparison_has_its_numbers() {
    let folder = scratch();
    let (text, json) = page(folder.path(), &COMPARE);
    let root = check(&text);
    assert!(numbers_agree(&root, &json) > 8);
    assert!(text.len() < BYTES_MOST, "{} bytes", text.len());
    let golden = crate::golden::root().join("tests/golden/html/compare.txt");
    same(&golden, &outline(&root));
}

#[test]
fn a_page_of_a_plan_has_its_numbers() {
    let folder = scratch();
    let (text, json) = page(folder.path(), &PLAN);
    let root = check(&text);
    assert!(numbers_agree(&root, &json) >= 2 * 4);
    let golden = crate::golden::root().join("tests/golden/html/plan.txt");
    same(&golden, &outline(&root));
}

#[test]
fn a_page_of_twenty_points_has_their_numbers_and_stays_small() {
    let folder = scratch();
    let (text, json) = page(folder.path(), &SWEEP);
    assert_eq!(json["points"].as_array().map(Vec::len), Some(20));
    let root = check(&text);
    assert!(numbers_agree(&root, &json) >= 20 * 8);
    assert!(text.len() < BYTES_MOST, "{} bytes", text.len());
    let golden = crate::golden::root().join("tests/golden/html/sweep.txt");
    same(&golden, &outline(&root));
}

/// One axis, three axes and one replication are pages too.
#[test]
fn a_sweep_of_any_number_of_axes_is_a_page() {
    let folder = scratch();
    let lead = ["--vary", "controller.at-eight.lead=0m,15m"];
    let free = ["--vary", "pool.g7-h.free=400,500"];
    let retry = ["--vary", "controller.at-eight.no_stock.retry_every=30s,2m"];
    let one = ["sweep", SHORTAGE, "--no-cache", "--replications", "1"];
    for axes in [[lead].concat(), [lead, free, retry].concat()] {
        let (text, json) = page(folder.path(), &[&one, axes.as_slice()].concat());
        numbers_agree(&check(&text), &json);
    }
}

#[test]
fn threads_never_change_a_page() {
    let folder = scratch();
    for arguments in [RUN.as_slice(), &COMPARE] {
        let with = |threads| page(folder.path(), &[arguments, &["--threads", threads]].concat()).0;
        assert_eq!(with("1"), with("2"));
    }
}

/// The hours of a page are counted beside the run: not a byte of its result changes.
#[test]
fn a_page_changes_nothing_of_the_result() {
    let folder = scratch();
    let out = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (plain, with, html) = (out("plain"), out("with"), out("page.html"));
    let all = |more: &[&str]| at_root(&[&RUN, &EIGHTH[1..], more].concat());
    let first = all(&["--out", &plain]);
    let second = all(&["--out", &with, "--html", &html]);
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(names(Path::new(&plain)), names(Path::new(&with)));
    for name in names(Path::new(&plain)).iter().filter(|name| name.contains('.')) {
        let of = |folder: &str| fs::read(Path::new(folder).join(name)).expect("a file");
        assert!(of(&plain) == of(&with), "{name} differs");
    }
    // A page in the folder of a result is no file of it, and stays when the result is replaced.
    let inside = format!("{with}/page.html");
    assert!(all(&["--out", &with, "--html", &inside]).stdout == second.stdout);
    let page = fs::read(&inside).expect("a page");
    assert_eq!(all(&["--out", &with]).stdout, second.stdout);
    assert!(fs::read(&inside).expect("a page") == page);
}

/// A result that was written before is a page too, with the numbers of its summary.
#[test]
fn a_folder_is_read_back_and_another_version_is_refused() {
    let folder = scratch();
    let out = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (result, html) = (out("result"), out("page.html"));
    at_root(&[RUN.as_slice(), &EIGHTH[1..], &["--out", &result]].concat());
    let output = at_root(&["report", &result, "--html", &html]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let file = Path::new(&result).join("summary.json");
    let summary = fs::read_to_string(&file).expect("a summary");
    let json: Value = serde_json::from_str(&summary).expect("JSON");
    let root = check(&fs::read_to_string(&html).expect("a page"));
    assert!(numbers_agree(&root, &json) > 40);
    for (text, why) in [
        (summary.replace("stopsim.summary/1", "stopsim.summary/9"), "`stopsim.summary/9`"),
        (summary.replace("\"net\"", "\"nett\""), "`/billing/saving/net` is missing"),
        ("[1]".to_owned(), "it is no summary of stopsim"),
        ("{".to_owned(), "it is no summary of stopsim"),
    ] {
        fs::write(&file, text).expect("a file");
        refused(&at_root(&["report", &result, "--html", &html]), why);
    }
    assert_eq!(at_root(&["report", &out("none"), "--html", &html]).status.code(), Some(2));
}

/// "The same charts as SVG files."
#[test]
fn charts_are_files_of_their_own() {
    let folder = scratch();
    let charts = folder.path().join("charts");
    let all =
        [RUN.as_slice(), &EIGHTH[1..], &["--charts", charts.to_str().expect("a path")]].concat();
    assert!(matches!(at_root(&all).status.code(), Some(0 | 1 | 4)));
    let names = names(&charts);
    assert!(names.contains(&"start-curve.svg".to_owned()), "{names:?}");
    for name in &names {
        let text = fs::read_to_string(charts.join(name)).expect("a chart");
        crate::page::read(&format!("<!doctype html>\n{text}"));
    }
    // Nothing is overwritten.
    refused(&at_root(&all), "it is not empty");
}

#[test]
fn what_is_no_page_of_ours_is_left_alone() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    fs::write(path("notes.html"), "<p>mine</p>").expect("a file");
    fs::create_dir(path("folder")).expect("a folder");
    for (file, why) in [
        (path("notes.html"), "it is no page of stopsim"),
        (path("folder"), "it is a directory"),
        (path("new/"), "it is a directory"),
        (path("notes.html/page.html"), "not a directory"),
        ("/dev/null".to_owned(), "it is a device"),
    ] {
        let output = at_root(&[&RUN, &EIGHTH[1..], &["--html", &file]].concat());
        let error = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(2), "{file}: {error}");
        assert!(error.contains(why) && output.stdout.is_empty(), "{file}: no `{why}` in {error}");
    }
    assert_eq!(fs::read_to_string(path("notes.html")).expect("a file"), "<p>mine</p>");
    assert_eq!(names(folder.path()), ["folder", "notes.html"]);
}

#[test]
fn an_earlier_page_is_replaced_and_folders_are_made() {
    let folder = scratch();
    let file = folder.path().join("new/folder/page.html");
    let html = ["--html", file.to_str().expect("a path")];
    let run = |seed: &str| {
        let all = [RUN.as_slice(), &EIGHTH[1..], &html, &["--seed", seed]].concat();
        assert!(matches!(at_root(&all).status.code(), Some(0 | 1 | 4)));
        fs::read_to_string(&file).expect("a page")
    };
    assert_ne!(run("1"), run("2"));
    assert_eq!(names(file.parent().expect("a folder")), ["page.html"]);
}
