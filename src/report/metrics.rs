//! Every metric that `expect` knows, with unit and meaning: a list for the screen, and the page
//! docs/METRICS.md.
//!
//! Both are made of the metrics themselves; metrics of operations, codes and services stand for
//! all of their kind.

use std::fmt::Write as _;

use crate::books::outcome::LatencyName;
use crate::ecs::operation::OperationName;
use crate::sim::metric::Metric;

/// Columns of the list.
const WIDTH: usize = 80;

const PREFACE: &str = "\
# Metrics

What `expect` can be about, as `stopsim metrics` lists it. A test keeps this page true.

An expectation is a metric, a relation (`<`, `<=`, `>`, `>=`, `=`) and a threshold in the metric's
unit: `\"start.due_to_ready.p99 < 5m\"`. With several replications it is about the true value, of
which they are a sample; the column *several replications* says how it is estimated
(docs/MODEL.md, section 17). Before the metric, one word makes it a statement about each of the
replications that are run:

* `\"every restart.never = 0\"`: it holds in each of them;
* `\"max restart.never <= 3\"`, `\"min restart.up_at_15m.worst >= 95%\"`: the largest, the smallest
  value of any of them.

Such a verdict is always *observed*, and names the replication that does not meet it, or is the
furthest, with the line that replays it.

`intervals` in summary.json has these names. Where a figure has another key elsewhere in
summary.json, `intervals` has it under both, and `expect` takes both; in the next version of the
schema only the name remains.
";

/// A metric, or a kind of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    unit: &'static str,
    over: &'static str,
    meaning: String,
    key: Option<String>,
}

impl Row {
    fn of(metric: &Metric) -> Row {
        let any = |text: String| text.replace(any_operation().name(), "<Operation>");
        Row {
            name: any(metric.name()),
            unit: metric.unit().name(),
            over: metric.over_replications(),
            meaning: any(metric.meaning()),
            key: metric.summary_key().map(any),
        }
    }
}

/// Stands for all operations.
fn any_operation() -> OperationName {
    OperationName::ALL[0]
}

fn rows() -> Vec<Row> {
    let any = any_operation();
    let stands_for_its_kind = |metric: &Metric| {
        !matches!(
            metric,
            Metric::Latency(LatencyName::Api(operation), _) | Metric::Calls(operation, _)
                if *operation != any
        )
    };
    let named = Metric::named().into_iter().map(|(_, metric)| metric);
    let mut all: Vec<Metric> = named.filter(stands_for_its_kind).collect();
    all.push(Metric::Refusals("<code>".to_owned()));
    all.extend(Metric::of_service("<service>"));
    all.iter().map(Row::of).collect()
}

fn operations() -> String {
    let names: Vec<&str> = OperationName::ALL.iter().map(|operation| operation.name()).collect();
    names.join(", ")
}

/// The list: those whose name has `part` in it, or all.
pub fn list(part: Option<&str>) -> String {
    let mut text = String::new();
    let wanted = |row: &Row| part.is_none_or(|part| row.name.contains(part));
    for row in rows().into_iter().filter(wanted) {
        writeln!(text, "{}", row.name).expect("strings take all");
        wrap(&format!("{}; {}: {}", row.unit, row.over, row.meaning), &mut text);
    }
    if text.contains("<Operation>") {
        wrap(&format!("<Operation> is one of {}", operations()), &mut text);
    }
    text
}

fn wrap(words: &str, text: &mut String) {
    let mut line = "   ".to_owned();
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(text, "{line}").expect("strings take all");
            line = "   ".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(text, "{line}").expect("strings take all");
}

/// docs/METRICS.md.
pub fn page() -> String {
    let mut text = PREFACE.to_owned();
    text.push_str("\n| metric | unit | several replications | meaning | key elsewhere |\n");
    text.push_str("| --- | --- | --- | --- | --- |\n");
    for Row { name, unit, over, meaning, key } in rows() {
        let key = key.map_or_else(String::new, |key| format!("`{key}`"));
        writeln!(text, "| `{name}` | {unit} | {over} | {meaning} | {key} |")
            .expect("strings take all");
    }
    let operations = operations().replace(", ", "`, `");
    writeln!(
        text,
        "\n`<Operation>` is one of `{operations}`.\n`<code>` is the code of an answer, such as \
         `OperationDenied.NoStock`; `stopsim catalogue` lists them.\n`<service>` is the name of a \
         `[[service]]`."
    )
    .expect("strings take all");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_kind_of_metric_once_within_the_width() {
        let all = list(None);
        assert!(all.lines().all(|line| line.chars().count() <= WIDTH || !line.starts_with(' ')));
        for name in ["restart.never", "start.due_to_ready.p99", "calls.<Operation>.refused"] {
            assert_eq!(all.lines().filter(|line| *line == name).count(), 1, "{name}");
        }
        assert_eq!(list(Some("good_waves")).lines().filter(|l| !l.starts_with(' ')).count(), 2);
        assert_eq!(list(Some("speed")), "");
    }
}
