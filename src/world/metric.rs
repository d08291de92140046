//! The names that `expect` may use for what a run measured, and the unit of each.
//!
//! Only names and units live here: `scenario` reads them, `report` evaluates them. Nothing here
//! ever looks at an outcome.

use crate::ecs::operation::OperationName;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{Money, ParseError, SimDuration, decimal};

use super::outcome::LatencyName;

/// Something measured that an expectation can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A statistic of a latency: `start.due_to_ready.p99`.
    Latency(LatencyName, Statistic),
    /// The share ready so many minutes after the edge: `restart.up_at_15m.worst`.
    UpAt(UpAt, Over),
    /// The share of mornings that were good: `restart.good_mornings`.
    GoodMornings,
    /// Instances that were due and not ready before demand ended: `restart.never`.
    Never,
    /// A part of the saving, in money: `saving.intended`.
    Saving(SavingPart),
    /// Intended saving as a share of the total bill: `saving.intended_pct`.
    IntendedPct,
    /// Intended saving of compute as a share of compute: `saving.intended_pct_of_compute`.
    IntendedPctOfCompute,
    /// Instance-hours that wanted instances were not ready: `unavailable.hours`.
    UnavailableHours,
    /// Instance-hours billed of instances that were up beside the one wanted: `duplicate.hours`.
    DuplicateHours,
    /// Instances that controllers took in place of others: `replaced`.
    Replaced,
    /// A count of calls of one operation: `calls.StartInstance.refused`.
    Calls(OperationName, CallCount),
    /// Refusals with an API code, whatever the operation: `refusals."OperationDenied.NoStock"`.
    Refusals(String),
    /// Stops that lost data: `data_loss_stops`.
    DataLossStops,
    /// Static public addresses that changed: `changed_addresses`.
    ChangedAddresses,
    /// A figure of a service: `service.shop.ready.p99`.
    Service(String, ServiceFigure),
}

/// A figure of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceFigure {
    /// A statistic of the time from the edge until it was ready: `.ready.p99`.
    Ready(Statistic),
    /// The share of its mornings on which it was ready in time: `.good_mornings`.
    GoodMornings,
    /// Hours that it was wanted and not ready: `.unavailable.hours`.
    UnavailableHours,
    /// How often a need broke while it was wanted: `.broken`.
    Broken,
}

/// A statistic of a latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The median.
    P50,
    /// Nine in ten are not above it.
    P90,
    /// Ninety-nine in a hundred are not above it.
    P99,
    /// Nine hundred and ninety-nine in a thousand are not above it.
    P999,
    /// The largest.
    Max,
    /// The mean of those that finished; it does not exist while some never did.
    Mean,
}

/// How long after the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpAt {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// A quarter of an hour.
    M15,
    /// An hour.
    M60,
}

/// Over which waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The wave with the smallest share.
    Worst,
    /// All waves, each instance counting once.
    Mean,
}

/// A part of the saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavingPart {
    /// Baseline − actual.
    Total,
    /// Not billed while not wanted.
    Intended,
    /// Not billed although wanted.
    Involuntary,
    /// What the policy costs in addition.
    PolicyCost,
}

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallCount {
    /// Sent by controllers.
    Sent,
    /// Deliveries accepted.
    Accepted,
    /// Deliveries refused.
    Refused,
    /// Calls whose caller stopped waiting.
    TimedOut,
}

/// The unit of a metric; a threshold is a whole number of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds, written `5m`.
    Duration,
    /// Millionths of a percent, written `99.5%`.
    Percent,
    /// Nano-units of the scenario's currency, written `1200.50`.
    Money,
    /// A whole number, written `12`.
    Count,
    /// Instance-microseconds, written in hours: `12.5`.
    Hours,
}

const STATISTICS: [(&str, Statistic); 6] = [
    ("p50", Statistic::P50),
    ("p90", Statistic::P90),
    ("p99", Statistic::P99),
    ("p999", Statistic::P999),
    ("max", Statistic::Max),
    ("mean", Statistic::Mean),
];

const UP_AT: [(&str, UpAt); 4] = [
    ("restart.up_at_1m", UpAt::M1),
    ("restart.up_at_5m", UpAt::M5),
    ("restart.up_at_15m", UpAt::M15),
    ("restart.up_at_60m", UpAt::M60),
];

const OVER: [(&str, Over); 2] = [("worst", Over::Worst), ("mean", Over::Mean)];

const CALL_COUNTS: [(&str, CallCount); 4] = [
    ("sent", CallCount::Sent),
    ("accepted", CallCount::Accepted),
    ("refused", CallCount::Refused),
    ("timed_out", CallCount::TimedOut),
];

impl UpAt {
    /// Its place in `Wave::done_within`.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Metric {
    /// The metric of this name, if there is one.
    pub fn parse(name: &str) -> Option<Metric> {
        if let Some(code) = name.strip_prefix("refusals.") {
            let code = code.strip_prefix('"').and_then(|c| c.strip_suffix('"')).unwrap_or(code);
            return (!code.is_empty()).then(|| Metric::Refusals(code.to_owned()));
        }
        if let Some(rest) = name.strip_prefix("service.") {
            return Metric::parse_service(rest);
        }
        Metric::named().into_iter().find(|(known, _)| known == name).map(|(_, metric)| metric)
    }

    /// `shop.ready.p99`: the name may have dots of its own, the figure comes last.
    fn parse_service(rest: &str) -> Option<Metric> {
        let figure = |(suffix, figure): (String, ServiceFigure)| {
            let name = rest.strip_suffix(suffix.as_str())?.strip_suffix('.')?;
            (!name.is_empty()).then(|| Metric::Service(name.to_owned(), figure))
        };
        ServiceFigure::named().into_iter().find_map(figure)
    }

    /// Every name but those of refusals and services, for suggestions and documentation.
    pub fn names() -> Vec<String> {
        Metric::named().into_iter().map(|(name, _)| name).collect()
    }

    /// What its values are counted in.
    pub fn unit(&self) -> Unit {
        match self {
            Metric::Latency(..) | Metric::Service(_, ServiceFigure::Ready(_)) => Unit::Duration,
            Metric::UpAt(..)
            | Metric::GoodMornings
            | Metric::Service(_, ServiceFigure::GoodMornings)
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute => Unit::Percent,
            Metric::Saving(_) => Unit::Money,
            Metric::UnavailableHours
            | Metric::DuplicateHours
            | Metric::Service(_, ServiceFigure::UnavailableHours) => Unit::Hours,
            Metric::Never
            | Metric::Replaced
            | Metric::Service(_, ServiceFigure::Broken)
            | Metric::Calls(..)
            | Metric::Refusals(_)
            | Metric::DataLossStops
            | Metric::ChangedAddresses => Unit::Count,
        }
    }

    fn named() -> Vec<(String, Metric)> {
        let mut all = Vec::new();
        for latency in LatencyName::all() {
            for (suffix, statistic) in STATISTICS {
                let name = format!("{}.{suffix}", latency.name());
                all.push((name, Metric::Latency(latency, statistic)));
            }
        }
        for (prefix, at) in UP_AT {
            all.extend(
                OVER.map(|(suffix, over)| (format!("{prefix}.{suffix}"), Metric::UpAt(at, over))),
            );
        }
        for &operation in OperationName::ALL {
            for (suffix, count) in CALL_COUNTS {
                all.push((format!("calls.{operation}.{suffix}"), Metric::Calls(operation, count)));
            }
        }
        let plain = [
            ("restart.good_mornings", Metric::GoodMornings),
            ("restart.never", Metric::Never),
            ("saving.total", Metric::Saving(SavingPart::Total)),
            ("saving.intended", Metric::Saving(SavingPart::Intended)),
            ("saving.involuntary", Metric::Saving(SavingPart::Involuntary)),
            ("saving.policy_cost", Metric::Saving(SavingPart::PolicyCost)),
            ("saving.intended_pct", Metric::IntendedPct),
            ("saving.intended_pct_of_compute", Metric::IntendedPctOfCompute),
            ("unavailable.hours", Metric::UnavailableHours),
            ("duplicate.hours", Metric::DuplicateHours),
            ("replaced", Metric::Replaced),
            ("data_loss_stops", Metric::DataLossStops),
            ("changed_addresses", Metric::ChangedAddresses),
        ];
        all.extend(plain.map(|(name, metric)| (name.to_owned(), metric)));
        all
    }
}

impl ServiceFigure {
    /// Every figure of a service, and how its name ends.
    pub fn named() -> Vec<(String, ServiceFigure)> {
        let ready = |(suffix, statistic): (&str, Statistic)| {
            (format!("ready.{suffix}"), ServiceFigure::Ready(statistic))
        };
        let mut all: Vec<_> = STATISTICS.map(ready).to_vec();
        let plain = [
            ("good_mornings", ServiceFigure::GoodMornings),
            ("unavailable.hours", ServiceFigure::UnavailableHours),
            ("broken", ServiceFigure::Broken),
        ];
        all.extend(plain.map(|(name, figure)| (name.to_owned(), figure)));
        all
    }
}

impl Unit {
    /// Reads a threshold, as a whole number of this unit.
    ///
    /// # Errors
    /// If the text is not in this unit, or finer than the unit can tell.
    pub fn read(self, text: &str) -> Result<i128, ParseError> {
        let text = text.trim();
        match self {
            Unit::Duration => text.parse().map(|d: SimDuration| i128::from(d.as_micros())),
            Unit::Percent => match text.strip_suffix('%') {
                Some(number) => scaled(number.trim_end(), PERCENT).ok_or(()),
                None => Err(()),
            }
            .map_err(|()| self.refuse(text)),
            Unit::Money => {
                let (sign, number) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
                let number = number.split(' ').next().unwrap_or(number);
                scaled(number, 1_000_000_000).map(|n| sign * n).ok_or_else(|| self.refuse(text))
            }
            Unit::Count => scaled(text, 1).ok_or_else(|| self.refuse(text)),
            Unit::Hours => {
                let number = text.strip_suffix('h').unwrap_or(text).trim_end();
                scaled(number, MICROS_PER_HOUR.into()).ok_or_else(|| self.refuse(text))
            }
        }
    }

    /// A value of this unit for people: `4m12s`, `99.2500 %`, `1 234.50`, `12`, `3.5 h`.
    pub fn show(self, value: i128) -> String {
        match self {
            Unit::Duration => {
                let millis = value.max(0).saturating_add(500) / 1000;
                clock(u64::try_from(millis).unwrap_or(u64::MAX / 1_000))
            }
            Unit::Percent => {
                let (sign, rest) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
                let tenths = rest / (PERCENT / 10_000);
                format!("{sign}{}.{:04} %", tenths / 10_000, tenths % 10_000)
            }
            Unit::Money => Money::from_nanos(value).rounded(2),
            Unit::Count => value.to_string(),
            Unit::Hours => {
                let hundredths = value / i128::from(MICROS_PER_HOUR / 100);
                format!("{}.{:02} h", hundredths / 100, hundredths.unsigned_abs() % 100)
            }
        }
    }

    fn refuse(self, text: &str) -> ParseError {
        let (problem, expected) = match self {
            Unit::Duration => ("a duration", "a duration such as \"5m\""),
            Unit::Percent => ("a percentage", "a percentage such as \"99.5%\""),
            Unit::Money => ("an amount of money", "an amount such as \"1200.50\""),
            Unit::Count => ("a whole number", "a whole number such as \"12\""),
            Unit::Hours => ("a number of hours", "instance-hours such as \"12.5\""),
        };
        ParseError::new(format!("`{text}` is not {problem}"), expected)
    }
}

/// Hours, minutes and seconds to the millisecond: `1h02m03s`, `4m12.5s`, `0.25s`.
fn clock(millis: u64) -> String {
    let (seconds, fraction) = (millis / 1000, format!(".{:03}", millis % 1000));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds:02}{fraction}s"),
        _ => format!("{hours}h{minutes:02}m{seconds:02}{fraction}s"),
    }
}

/// Units of `Unit::Percent` in one percent.
const PERCENT: u128 = 1_000_000;

/// A decimal number times `scale`, if that is a whole number.
fn scaled(number: &str, scale: u128) -> Option<i128> {
    let (digits, decimals) = decimal(number)?;
    let product = digits.checked_mul(scale)?;
    let divisor = 10u128.pow(decimals);
    (product % divisor == 0).then(|| i128::try_from(product / divisor).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_name_of_its_own_metric_only() {
        let mut names = Metric::names();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "no name is used twice");
        for name in &names {
            assert!(Metric::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn an_unknown_or_unqualified_metric_has_no_meaning() {
        for name in ["", "p99", "start.due_to_ready", "restart.up_at_15m", "refusals.", "saving"] {
            assert_eq!(Metric::parse(name), None, "{name:?}");
        }
        let refusals = Metric::Refusals("OperationDenied.NoStock".into());
        assert_eq!(Metric::parse("refusals.\"OperationDenied.NoStock\""), Some(refusals.clone()));
        assert_eq!(Metric::parse("refusals.OperationDenied.NoStock"), Some(refusals));
    }

    #[test]
    fn a_figure_of_a_service_ends_its_name() {
        let shop = |figure| Some(Metric::Service("shop.eu".into(), figure));
        let p99 = ServiceFigure::Ready(Statistic::P99);
        assert_eq!(Metric::parse("service.shop.eu.ready.p99"), shop(p99));
        assert_eq!(Metric::parse("service.shop.eu.broken"), shop(ServiceFigure::Broken));
        for name in ["service.ready.p99", "service.shop", "service.shop.ready", "service..broken"] {
            assert_eq!(Metric::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_threshold_is_a_whole_number_of_its_unit() {
        assert_eq!(Unit::Duration.read("5m"), Ok(300_000_000));
        assert_eq!(Unit::Percent.read("99.5%"), Ok(99_500_000));
        assert_eq!(Unit::Percent.read("99.5 %"), Ok(99_500_000));
        assert_eq!(Unit::Money.read("-1200.50 CNY"), Ok(-1_200_500_000_000));
        assert_eq!(Unit::Count.read("12"), Ok(12));
        assert_eq!(Unit::Hours.read("12.5"), Ok(45_000_000_000));
        for (unit, text) in [
            (Unit::Duration, "5"),
            (Unit::Percent, "99"),
            (Unit::Percent, "0.0000001%"),
            (Unit::Money, "many"),
            (Unit::Count, "1.5"),
            (Unit::Count, "-1"),
            (Unit::Hours, "5m"),
        ] {
            assert!(unit.read(text).is_err(), "{unit:?} {text:?}");
        }
    }

    #[test]
    fn a_value_is_shown_in_its_unit() {
        assert_eq!(Unit::Duration.show(252_000_000), "4m12s");
        assert_eq!(Unit::Duration.show(252_500_400), "4m12.5s");
        assert_eq!(Unit::Duration.show(3_723_000_000), "1h02m03s");
        assert_eq!(Unit::Percent.show(99_250_000), "99.2500 %");
        assert_eq!(Unit::Money.show(1_234_500_000_000), "1 234.50");
        assert_eq!(Unit::Hours.show(12_600_000_000), "3.50 h");
    }
}
