//! What a scenario predicts of days that are past, against what was observed on them.
//!
//! Intervals are over replications; the observed side is what it is. An error is predicted minus
//! observed: absolute, and relative to what was observed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::stats::{Interval, Lack};
use crate::units::Money;

use super::estimate::CONFIDENCE;
use super::number::grouped;

/// The starts of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// How many instances were to be started.
    pub size: u64,
    /// How many of them were there after 15 minutes.
    pub up: u64,
}

/// What one replication, or the history, comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Starts by civil date.
    pub days: BTreeMap<String, Day>,
    /// What was not billed because instances were stopped.
    pub saving: Money,
    /// What was billed; of the history only with a bill.
    pub billed: Option<Money>,
}

/// Everything that is compared.
#[derive(Clone, Debug, Default)]
pub struct Backtest {
    /// The history.
    pub observed: Account,
    /// The replications.
    pub predicted: Vec<Account>,
    /// What prices are in.
    pub currency: String,
    /// From where to where, in words.
    pub window: String,
    /// Instances of the history, and how many of them the scenario has.
    pub matched: (u64, u64),
}

/// Predicted and observed, with the error.
struct Line {
    what: String,
    /// A part and a whole of each replication: their ratio is the figure.
    predicted: Vec<(i128, i128)>,
    observed: Option<f64>,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Percent,
    Instances,
    Money,
}

impl Unit {
    /// By how much a ratio is multiplied when it is shown.
    fn scale(self) -> f64 {
        match self {
            Unit::Percent => 100.0,
            Unit::Instances => 1.0,
            Unit::Money => 1e-9,
        }
    }
}

/// The whole comparison as text.
pub fn text(backtest: &Backtest) -> String {
    let Backtest { observed, predicted, currency, window, matched: (all, known) } = backtest;
    let mut text = format!(
        "BACKTEST  {window}, {} replications, {}\n  \
         {known} of {all} instances of the history are in the scenario\n\n",
        predicted.len(),
        match Interval::of_ratio(&vec![(0, 1); predicted.len()], CONFIDENCE) {
            Err(Lack::TooFew { enough }) => {
                format!("too few for intervals: {enough} would do")
            }
            Ok(_) | Err(Lack::Alike | Lack::Extreme | Lack::Nothing) => {
                "[95 % intervals] over them".to_owned()
            }
        }
    );
    let header = ["READY AT T+15", "n", "predicted", "observed", "error", "relative"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let dates: BTreeSet<&String> =
        predicted.iter().chain([observed]).flat_map(|account| account.days.keys()).collect();
    for date in dates {
        let of = |account: &Account| account.days.get(date).copied().unwrap_or_default();
        rows.push(row(
            &ready(date, predicted.iter().map(of), of(observed)),
            Some(of(observed).size),
        ));
    }
    let all = |account: &Account| {
        account
            .days
            .values()
            .fold(Day::default(), |sum, day| Day { size: sum.size + day.size, up: sum.up + day.up })
    };
    let total = all(observed);
    rows.push(row(&ready("in all", predicted.iter().map(all), total), Some(total.size)));
    let sizes = predicted.iter().map(|account| (all(account).size.into(), 1)).collect();
    let observed_size = Some(total.size as f64);
    let started = Line {
        what: "due, or started".to_owned(),
        predicted: sizes,
        observed: observed_size,
        unit: Unit::Instances,
    };
    rows.push(row(&started, Some(total.size)));
    aligned(&mut text, &rows);
    writeln!(text).expect("strings take all");
    let header = [&format!("MONEY, {currency}"), "", "predicted", "observed", "error", "relative"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let amount = |money: Money| money.as_nanos() as f64 * Unit::Money.scale();
    let each = |money: Money| (money.as_nanos(), 1);
    rows.push(row(
        &Line {
            what: "not billed while stopped".to_owned(),
            predicted: predicted.iter().map(|account| each(account.saving)).collect(),
            observed: Some(amount(observed.saving)),
            unit: Unit::Money,
        },
        None,
    ));
    rows.push(row(
        &Line {
            what: "billed".to_owned(),
            predicted: predicted.iter().filter_map(|account| account.billed.map(each)).collect(),
            observed: observed.billed.map(amount),
            unit: Unit::Money,
        },
        None,
    ));
    aligned(&mut text, &rows);
    text
}

fn ready(date: &str, predicted: impl Iterator<Item = Day>, observed: Day) -> Line {
    let percent = |day: Day| 100.0 * day.up as f64 / day.size as f64;
    Line {
        what: date.to_owned(),
        predicted: predicted.map(|day| (day.up.into(), day.size.into())).collect(),
        observed: (observed.size > 0).then(|| percent(observed)),
        unit: Unit::Percent,
    }
}

fn row(line: &Line, n: Option<u64>) -> Vec<String> {
    let show = |value: f64| match line.unit {
        Unit::Percent => format!("{value:.1} %"),
        Unit::Instances => format!("{value:.1}"),
        Unit::Money => format!("{value:.2}"),
    };
    let sum = |of: fn(&(i128, i128)) -> i128| line.predicted.iter().map(of).sum::<i128>();
    let (part, whole) = (sum(|(part, _)| *part), sum(|(_, whole)| *whole));
    let mean = (whole > 0).then(|| part as f64 / whole as f64 * line.unit.scale());
    let mut predicted = mean.map_or("none".to_owned(), show);
    if let Ok(Interval { low, high, .. }) = Interval::of_ratio(&line.predicted, CONFIDENCE) {
        let (low, high) = (low * line.unit.scale(), high * line.unit.scale());
        // A share is never outside 0 to 100 %, whatever few replications say.
        let (low, high) = match line.unit {
            Unit::Percent => (low.max(0.0), high.min(100.0)),
            Unit::Instances | Unit::Money => (low, high),
        };
        write!(predicted, " [{} .. {}]", show(low), show(high)).expect("strings take all");
    }
    let observed = line.observed.map_or("none".to_owned(), show);
    let (error, relative) = match (mean, line.observed) {
        (Some(mean), Some(observed)) => {
            let error = mean - observed;
            let points = if line.unit == Unit::Percent { " points" } else { "" };
            let error_text = match line.unit {
                Unit::Percent | Unit::Instances => format!("{error:+.1}{points}"),
                Unit::Money => format!("{error:+.2}"),
            };
            let relative = match observed == 0.0 {
                true => String::new(),
                false => format!("{:+.1} %", 100.0 * error / observed),
            };
            (error_text, relative)
        }
        (Some(_), None) | (None, _) => (String::new(), String::new()),
    };
    let n = n.map_or(String::new(), grouped);
    vec![line.what.clone(), n, predicted, observed, error, relative]
}

fn aligned(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let mut line = " ".to_owned();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let (left, right) =
                if column == 0 { (cell.as_str(), pad.as_str()) } else { (&*pad, cell.as_str()) };
            write!(line, " {left}{right} ").expect("strings take all");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_predicted_minus_observed_with_its_interval() {
        let account = |up, saving| Account {
            days: BTreeMap::from([("2026-03-02".to_owned(), Day { size: 10, up })]),
            saving: Money::from_nanos(saving),
            billed: Some(Money::from_nanos(5_000_000_000)),
        };
        let observed = Account { billed: None, ..account(8, 2_000_000_000) };
        let text = text(&Backtest {
            observed,
            predicted: (0..10).map(|r| account(8 + r % 2, 3_000_000_000)).collect(),
            currency: "CNY".to_owned(),
            window: "one day".to_owned(),
            matched: (10, 10),
        });
        // 85 %, s = 5.27, s/√10 = 1.667, t(97.5 %, 9) = 2.262: 85 ± 3.77.
        assert!(text.contains("85.0 % [81.2 % .. 88.8 %]    80.0 %  +5.0 points"), "{text}");
        assert!(text.contains("+1.00   +50.0 %"), "{text}");
        assert!(text.contains("none"), "no bill, no observed amount:\n{text}");
    }

    #[test]
    fn a_day_on_which_nothing_is_predicted_has_no_share() {
        let observed = Account {
            days: BTreeMap::from([("2026-03-02".to_owned(), Day { size: 10, up: 9 })]),
            ..Account::default()
        };
        let predicted = vec![Account::default(); 10];
        let text = text(&Backtest { observed, predicted, ..Backtest::default() });
        let day = text.lines().find(|line| line.contains("2026-03-02")).unwrap();
        assert!(day.contains("none") && day.contains("90.0 %"), "{text}");
        assert!(!text.contains("NaN"), "{text}");
    }

    #[test]
    fn few_replications_have_no_interval_and_are_told_how_many_would_do() {
        let one = Account {
            days: BTreeMap::from([("2026-03-02".to_owned(), Day { size: 10, up: 9 })]),
            ..Account::default()
        };
        let text = text(&Backtest { predicted: vec![one; 9], ..Backtest::default() });
        assert!(text.contains("9 replications, too few for intervals: 10 would do"), "{text}");
        assert!(!text.contains('['), "{text}");
    }
}
