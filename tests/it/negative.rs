//! Bad scenarios: each gives the errors that stand beside it, all of them at once.
//!
//! `BLESS=1 cargo test negative` rewrites what stands beside them; read the difference.

use stopsim::scenario::load;

use crate::scenario::Disk;

const FOLDER: &str = "scenarios/negative";

fn cases() -> Vec<String> {
    let mut cases: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    cases.sort();
    cases
}

#[allow(clippy::disallowed_methods)] // what is expected is read, and rewritten on request
#[test]
fn every_bad_scenario_gives_the_errors_beside_it() {
    let mut wrong = String::new();
    for case in cases() {
        let errors = match load(&format!("{FOLDER}/{case}.toml"), &Disk, &[]) {
            Ok(_) => "nothing is wrong with it\n".to_owned(),
            Err(errors) => format!("{errors}\n"),
        };
        let path = format!("{FOLDER}/{case}.txt");
        if std::env::var("BLESS").is_ok() {
            std::fs::write(&path, &errors).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if errors != expected {
            wrong += &format!("\n== {case}: expected\n{expected}\n== but got\n{errors}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_bad_scenario_is_good_and_every_error_has_its_place() {
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in cases {
        let path = format!("{FOLDER}/{case}.toml");
        let errors = load(&path, &Disk, &[]).expect_err(&case);
        for problem in &errors.problems {
            let (file, line, column) = errors.locate(problem);
            assert!(file.starts_with(FOLDER), "{case}: {file}");
            assert!(line > 0 && column > 0, "{case}: {problem:?}");
            assert!(
                !problem.expected.is_empty()
                    || !problem.hints.is_empty()
                    || problem.related.is_some(),
                "{case}: `{}` does not say what to do",
                problem.message,
            );
        }
    }
}
