//! Verdicts for continuous integration: JUnit XML, and annotations of GitHub.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

/// What a JUnit file of ours has near its beginning.
pub const JUNIT_MARK: &str = "<testsuites name=\"stopsim ";

/// What was asked of one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suite {
    /// The scenario's file.
    pub file: String,
    /// One by one.
    pub cases: Vec<Case>,
}

/// One thing that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What was asked.
    pub name: String,
    /// What came of it.
    pub status: Status,
    /// In a line, why; empty if it passed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The command that shows it; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub replay: String,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is as expected.
    Passed,
    /// It is not as expected.
    Failed,
    /// It could not be decided.
    Open,
    /// It could not be run.
    NotRun,
    /// There was nothing to decide, and nothing is wrong with that.
    Silent,
}

/// The cases as an XML file, as JUnit writes it. Nothing in it is about when or how long: the same
/// verdicts are the same bytes.
///
/// # Errors
/// If they cannot be written as XML.
pub fn junit(command: &str, suites: &[Suite]) -> Result<String, String> {
    let mut report = Report::new(format!("stopsim {command}"));
    for suite in suites {
        let mut own = TestSuite::new(suite.file.as_str());
        for case in &suite.cases {
            let mut one = TestCase::new(case.name.as_str(), status(case));
            one.set_classname(suite.file.as_str());
            own.add_test_case(one);
        }
        report.add_test_suite(own);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn status(case: &Case) -> TestCaseStatus {
    let (kind, word) = match case.status {
        Status::Passed => return TestCaseStatus::success(),
        Status::Silent => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(case.message.as_str());
            return skipped;
        }
        Status::Failed => (NonSuccessKind::Failure, "not as expected"),
        Status::Open => (NonSuccessKind::Error, "inconclusive"),
        Status::NotRun => (NonSuccessKind::Error, "not run"),
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(word).set_message(case.message.as_str());
    if !case.replay.is_empty() {
        status.set_description(case.replay.as_str());
    }
    status
}

/// A line for each case that is not as expected, as GitHub's workflow commands are written.
pub fn annotations(suites: &[Suite]) -> String {
    let mut lines = String::new();
    for suite in suites {
        for case in &suite.cases {
            let command = match case.status {
                Status::Passed | Status::Silent => continue,
                Status::Failed | Status::NotRun => "error",
                Status::Open => "warning",
            };
            let message = match case.replay.is_empty() {
                true => case.message.clone(),
                false => format!("{}\n{}", case.message, case.replay),
            };
            lines += &format!(
                "::{command} file={},title={}::{}\n",
                property(&suite.file),
                property(&case.name),
                data(&message)
            );
        }
    }
    lines
}

/// The message of a workflow command (actions/toolkit, `command.ts`: `escapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value in its head (`escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suites() -> Vec<Suite> {
        let case = |name: &str, status, message: &str| Case {
            name: name.into(),
            status,
            message: message.into(),
            replay: String::new(),
        };
        vec![Suite {
            file: "a,b:c.toml".into(),
            cases: vec![
                case("start.p99 < 5m", Status::Failed, "100 %\n<b> & \"c\" \u{1}"),
                case("quiet", Status::Open, "too few runs"),
                case("fine", Status::Passed, ""),
                case("idle", Status::Silent, "nothing to tell"),
                case("gone", Status::NotRun, "no such file"),
            ],
        }]
    }

    #[test]
    fn annotations_are_escaped_by_githubs_rules() {
        let expected = "\
            ::error file=a%2Cb%3Ac.toml,title=start.p99 < 5m::100 %25%0A<b> & \"c\" \u{1}\n\
            ::warning file=a%2Cb%3Ac.toml,title=quiet::too few runs\n\
            ::error file=a%2Cb%3Ac.toml,title=gone::no such file\n";
        assert_eq!(annotations(&suites()), expected);
    }

    #[test]
    fn junit_counts_what_is_not_as_expected_and_keeps_text_text() {
        let xml = junit("regress", &suites()).unwrap();
        assert!(xml.contains(JUNIT_MARK), "{xml}");
        let counts = "tests=\"5\" skipped=\"1\" failures=\"1\" errors=\"2\"";
        assert!(xml.contains(counts), "{xml}");
        assert!(xml.contains("name=\"start.p99 &lt; 5m\""), "{xml}");
        assert!(!xml.contains("<b>") && !xml.contains('\u{1}'), "{xml}");
        assert!(!xml.contains("timestamp") && !xml.contains("time="), "{xml}");
    }
}
