//! Every shipped scenario against its golden result: what it prints, and what a person reviews of
//! its `summary.json`, below a hash of all of it.
//!
//! `BLESS=1 cargo test --test it golden` writes them anew; CHANGELOG says which number moved and
//! why. The two large ones are compared in release by `.ci/scenarios`, which `BLESS=1` rewrites
//! too.

// These tests read and write the project's own files.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

use stopsim::units::Money;

use crate::outside::at_root;
use crate::results::results;

/// Too slow without optimisation.
const IN_RELEASE_ONLY: [&str; 2] = ["big-fleet", "office-hours"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn shipped() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("scenarios"))
        .expect("scenarios are shipped")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub fn same(golden: &Path, found: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(golden.parent().expect("a folder")).expect("it can be made");
        fs::write(golden, found).expect("a golden can be written");
        return;
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    let differ = expected.lines().zip(found.lines()).zip(1..).filter(|((old, new), _)| old != new);
    let shown = differ.take(5).map(|((old, new), line)| format!("{line}:\n- {old}\n+ {new}\n"));
    assert!(
        expected == found,
        "{} differs; if it should, BLESS=1 and a line in CHANGELOG\n{}",
        golden.display(),
        shown.collect::<String>(),
    );
}

#[test]
fn every_shipped_scenario_gives_its_golden_result() {
    let out = tempfile::tempdir().expect("a scratch folder");
    for name in shipped() {
        if IN_RELEASE_ONLY.contains(&name.as_str()) {
            continue;
        }
        let result = out.path().join(&name);
        let scenario = format!("scenarios/{name}.toml");
        let ran = at_root(&["run", &scenario, "--out", &result.display().to_string()]);
        let code = ran.status.code();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(matches!(code, Some(0 | 1 | 4)), "{name}: {code:?}: {stderr}");
        let golden = root().join("tests/golden").join(&name);
        same(&golden.join("screen.txt"), &String::from_utf8_lossy(&ran.stdout));
        let summary = fs::read_to_string(result.join("summary.json")).expect("a summary");
        same(&golden.join("results.txt"), &results(&summary));
        invoice_adds_up(&result, &summary);
    }
}

/// The rows of `billing.csv` add up to `billing.baseline` and `.actual`, whatever is on the bill.
#[track_caller]
fn invoice_adds_up(result: &Path, summary: &str) {
    let table = fs::read_to_string(result.join("billing.csv")).expect("an invoice");
    let summary: serde_json::Value = serde_json::from_str(summary).expect("JSON");
    for (column, key) in [(3, "baseline"), (4, "actual")] {
        let nanos = |row: &str| {
            let cell = row.split(',').nth(column).expect("five columns").replace('.', "");
            Money::from_nanos(cell.parse().expect("an amount"))
        };
        let sum: Money = table.lines().skip(1).map(nanos).sum();
        let told = summary["billing"][key].to_string().replace('"', "");
        assert_eq!(told, sum.to_string(), "{key} of\n{table}");
    }
}

#[test]
fn every_shipped_scenario_has_a_golden_result_and_tells_its_story() {
    for name in shipped() {
        let text = fs::read_to_string(root().join(format!("scenarios/{name}.toml"))).unwrap();
        assert!(text.starts_with('#'), "{name} begins with its story");
        assert!(text.contains(&format!("name = \"{name}\"")), "{name} is called as its file");
        for file in ["screen.txt", "results.txt"] {
            let golden = root().join("tests/golden").join(&name).join(file);
            assert!(golden.exists(), "{} is missing", golden.display());
        }
    }
}

/// "80 columns": every shipped screen fits a terminal of the usual width.
#[test]
fn every_shipped_screen_is_80_columns_wide() {
    for name in shipped() {
        let golden = root().join("tests/golden").join(&name).join("screen.txt");
        for line in fs::read_to_string(golden).unwrap().lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}

/// "the README's … screen it prints (a golden)"
#[test]
fn the_readme_shows_what_the_main_job_prints() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let screen = fs::read_to_string(root().join("tests/golden/office-hours/screen.txt")).unwrap();
    assert!(readme.contains(screen.trim_end()), "README.md shows another screen than the golden");
}
