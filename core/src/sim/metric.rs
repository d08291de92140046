//! The names that `expect` may use for what a run measured, and the unit of each.
//!
//! Only names and units live here: `scenario` reads them, `report` evaluates them. Nothing here
//! ever looks at an outcome.

use serde::{Deserialize, Serialize};

use crate::books::outcome::LatencyName;
use crate::ecs::operation::OperationName;
use crate::units::Ratio;

mod meaning;
mod unit;

pub use unit::{COUNT, PERCENT, Unit};

/// Something measured that an expectation can be about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metric {
    /// A statistic of a latency: `start.due_to_ready.p99`.
    Latency(LatencyName, Statistic),
    /// The share ready so many minutes after the edge: `restart.up_at_15m.worst`.
    UpAt(UpAt, Over, Among),
    /// The share of start waves that were good: `restart.good_waves`.
    GoodWaves(Among),
    /// Instances that were due and not ready before demand ended: `restart.never`.
    Never,
    /// A part of the saving, in money: `saving.intended`.
    Saving(SavingPart),
    /// A sum of the bill, in money: `billing.baseline`.
    Billing(BillSum),
    /// Intended saving less policy cost per hour that an instance was wanted and not ready:
    /// `billing.break_even_per_instance_hour`.
    BreakEven,
    /// Net saving as a share of the total bill: `saving.net_pct`.
    NetPct,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ServiceFigure {
    /// A statistic of the time from the edge until it was ready: `.ready.p99`.
    Ready(Statistic),
    /// The share of its starts at which it was ready in time: `.good_starts`.
    GoodStarts,
    /// Hours that it was wanted and not ready: `.unavailable.hours`.
    UnavailableHours,
    /// How often a need broke while it was wanted: `.broken`.
    Broken,
}

/// A statistic of a latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Over {
    /// The wave with the smallest share.
    Worst,
    /// All waves, each instance counting once.
    Mean,
}

/// Which instances of start waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Among {
    /// All that are wanted.
    All,
    /// Those that had been stopped: `.at_risk`.
    AtRisk,
}

/// A part of the saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SavingPart {
    /// Intended saving less policy cost.
    Net,
    /// Baseline − actual.
    Total,
    /// Not billed while not wanted.
    Intended,
    /// Not billed although wanted.
    Involuntary,
    /// What the policy costs in addition.
    PolicyCost,
}

/// A sum of the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BillSum {
    /// What running on would have cost.
    Baseline,
    /// What is billed.
    Actual,
    /// What stopping could save at most.
    Bound,
    /// The part of it in groups that can be stopped in economical mode.
    Reachable,
    /// Stopped while not wanted, but in standard mode.
    Forgone,
    /// Not wanted, but running.
    Missed,
}

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

const BILL_SUMS: [(&str, BillSum); 6] = [
    ("billing.baseline", BillSum::Baseline),
    ("billing.actual", BillSum::Actual),
    ("billing.bound.total", BillSum::Bound),
    ("billing.bound.reachable", BillSum::Reachable),
    ("billing.forgone.total", BillSum::Forgone),
    ("billing.missed.total", BillSum::Missed),
];

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
        if let Some(rest) = name.strip_prefix("service.").or(name.strip_prefix("services.")) {
            return Metric::parse_service(rest);
        }
        let is_called = |known: &str, metric: &Metric| {
            known == name
                || metric.summary_key().is_some_and(|key| key == name)
                || metric.older_names().iter().any(|older| older == name)
        };
        let named = Metric::named().into_iter().find(|(known, metric)| is_called(known, metric));
        named.map(|(_, metric)| metric)
    }

    /// `shop.ready.p99`: the name may have dots of its own, the figure comes last.
    fn parse_service(rest: &str) -> Option<Metric> {
        let figure = |(suffix, figure): (String, ServiceFigure)| {
            let of = |suffix: &str| rest.strip_suffix(suffix)?.strip_suffix('.');
            let older = || figure.older_names().into_iter().find_map(of);
            let name = of(&suffix).or_else(|| of(&figure.summary_key())).or_else(older)?;
            (!name.is_empty()).then(|| Metric::Service(name.to_owned(), figure))
        };
        ServiceFigure::named().into_iter().find_map(figure)
    }

    /// Its name.
    pub fn name(&self) -> String {
        if let Metric::Refusals(code) = self {
            return format!("refusals.{code}");
        }
        if let Metric::Service(name, figure) = self {
            return format!("service.{name}.{}", figure.name());
        }
        let named = Metric::named().into_iter().find(|(_, known)| known == self);
        named.map(|(name, _)| name).expect("every other metric is named")
    }

    /// The key of the same figure in `summary.json`, where that is another word; `expect` takes
    /// it too.
    pub fn summary_key(&self) -> Option<String> {
        match self {
            Metric::Latency(name, statistic) => {
                Some(format!("latency.{}.{}_us", name.name(), statistic.name()))
            }
            Metric::UpAt(..) | Metric::GoodWaves(Among::All) => {
                Some(format!("{}_pct", self.plain_name()?))
            }
            Metric::GoodWaves(Among::AtRisk) => Some("restart.good_waves_at_risk_pct".to_owned()),
            Metric::Saving(_)
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute => Some(format!("billing.{}", self.plain_name()?)),
            Metric::UnavailableHours => Some("unavailable.total_us".to_owned()),
            Metric::DuplicateHours => Some("replacements.duplicate_us".to_owned()),
            Metric::Replaced => Some("replacements.taken".to_owned()),
            Metric::ChangedAddresses => Some("addresses.changed".to_owned()),
            Metric::Service(name, figure) => {
                Some(format!("services.{name}.{}", figure.summary_key()))
            }
            Metric::Billing(_)
            | Metric::BreakEven
            | Metric::Never
            | Metric::Calls(..)
            | Metric::Refusals(_)
            | Metric::DataLossStops => None,
        }
    }

    /// Names that it had before and that stand beside its own for this release.
    pub fn older_names(&self) -> Vec<String> {
        match self {
            Metric::GoodWaves(Among::All) => {
                ["restart.good_mornings", "restart.good_mornings_pct"].map(str::to_owned).into()
            }
            Metric::Service(service, figure) => {
                let of = |older| {
                    let place = if older == "good_mornings" { "service" } else { "services" };
                    format!("{place}.{service}.{older}")
                };
                figure.older_names().into_iter().map(of).collect()
            }
            Metric::Latency(..)
            | Metric::UpAt(..)
            | Metric::GoodWaves(Among::AtRisk)
            | Metric::Never
            | Metric::Saving(_)
            | Metric::Billing(_)
            | Metric::BreakEven
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute
            | Metric::UnavailableHours
            | Metric::DuplicateHours
            | Metric::Replaced
            | Metric::Calls(..)
            | Metric::Refusals(_)
            | Metric::DataLossStops
            | Metric::ChangedAddresses => Vec::new(),
        }
    }

    /// The name of a metric that has one word for all scenarios.
    fn plain_name(&self) -> Option<String> {
        Metric::plain().into_iter().find(|(_, known)| known == self).map(|(name, _)| name)
    }

    /// Every name but those of refusals and services, for suggestions.
    pub fn names() -> Vec<String> {
        Metric::named().into_iter().map(|(name, _)| name).collect()
    }

    /// What its values are counted in.
    pub fn unit(&self) -> Unit {
        match self {
            Metric::Latency(..) | Metric::Service(_, ServiceFigure::Ready(_)) => Unit::Duration,
            Metric::UpAt(..)
            | Metric::GoodWaves(_)
            | Metric::Service(_, ServiceFigure::GoodStarts)
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute => Unit::Percent,
            Metric::Saving(_) | Metric::Billing(_) | Metric::BreakEven => Unit::Money,
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

    /// Every metric but refusals and services, with its name, in the order of documentation.
    pub fn named() -> Vec<(String, Metric)> {
        let mut all = Metric::plain();
        for latency in LatencyName::all() {
            for (suffix, statistic) in STATISTICS {
                let name = format!("{}.{suffix}", latency.name());
                all.push((name, Metric::Latency(latency, statistic)));
            }
        }
        for &operation in OperationName::ALL {
            for (suffix, count) in CALL_COUNTS {
                all.push((format!("calls.{operation}.{suffix}"), Metric::Calls(operation, count)));
            }
        }
        all
    }

    /// Every metric of a service.
    pub fn of_service(name: &str) -> impl Iterator<Item = Metric> {
        let figures = ServiceFigure::named().into_iter();
        figures.map(move |(_, figure)| Metric::Service(name.to_owned(), figure))
    }

    /// Those that are not of a latency, an operation, a code or a service.
    fn plain() -> Vec<(String, Metric)> {
        let mut all = vec![
            ("saving.net".to_owned(), Metric::Saving(SavingPart::Net)),
            ("saving.net_pct".to_owned(), Metric::NetPct),
            ("saving.intended".to_owned(), Metric::Saving(SavingPart::Intended)),
            ("saving.intended_pct".to_owned(), Metric::IntendedPct),
            ("saving.intended_pct_of_compute".to_owned(), Metric::IntendedPctOfCompute),
            ("saving.involuntary".to_owned(), Metric::Saving(SavingPart::Involuntary)),
            ("saving.policy_cost".to_owned(), Metric::Saving(SavingPart::PolicyCost)),
            ("saving.total".to_owned(), Metric::Saving(SavingPart::Total)),
        ];
        all.extend(BILL_SUMS.map(|(name, sum)| (name.to_owned(), Metric::Billing(sum))));
        all.push(("billing.break_even_per_instance_hour".to_owned(), Metric::BreakEven));
        for (prefix, at) in UP_AT {
            for (part, among) in [("", Among::All), (".at_risk", Among::AtRisk)] {
                all.extend(OVER.map(|(suffix, over)| {
                    (format!("{prefix}{part}.{suffix}"), Metric::UpAt(at, over, among))
                }));
            }
        }
        let plain = [
            ("restart.good_waves", Metric::GoodWaves(Among::All)),
            ("restart.good_waves.at_risk", Metric::GoodWaves(Among::AtRisk)),
            ("restart.never", Metric::Never),
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

impl Statistic {
    /// Its part of a metric's name.
    pub fn name(self) -> &'static str {
        let (name, _) = STATISTICS[self as usize];
        name
    }

    /// The share of the items that are not above it, if it is a quantile.
    pub fn quantile(self) -> Option<Ratio> {
        match self {
            Statistic::P50 => Some(Ratio::new(1, 2)),
            Statistic::P90 => Some(Ratio::new(9, 10)),
            Statistic::P99 => Some(Ratio::new(99, 100)),
            Statistic::P999 => Some(Ratio::new(999, 1000)),
            Statistic::Max | Statistic::Mean => None,
        }
    }
}

impl ServiceFigure {
    /// How its name ends.
    pub fn name(self) -> String {
        match self {
            ServiceFigure::Ready(statistic) => format!("ready.{}", statistic.name()),
            ServiceFigure::GoodStarts => "good_starts".to_owned(),
            ServiceFigure::UnavailableHours => "unavailable.hours".to_owned(),
            ServiceFigure::Broken => "broken".to_owned(),
        }
    }

    /// How its key in `summary.json` ends.
    fn summary_key(self) -> String {
        match self {
            ServiceFigure::Ready(statistic) => format!("ready.{}_us", statistic.name()),
            ServiceFigure::GoodStarts => "good_starts_pct".to_owned(),
            ServiceFigure::UnavailableHours => "unavailable_us".to_owned(),
            ServiceFigure::Broken => "broken".to_owned(),
        }
    }

    /// How names end that it had before.
    fn older_names(self) -> Vec<&'static str> {
        match self {
            ServiceFigure::GoodStarts => vec!["good_mornings", "good_mornings_pct"],
            ServiceFigure::Ready(_) | ServiceFigure::UnavailableHours | ServiceFigure::Broken => {
                Vec::new()
            }
        }
    }

    /// Every figure of a service, and how its name ends.
    pub fn named() -> Vec<(String, ServiceFigure)> {
        let mut all: Vec<ServiceFigure> =
            STATISTICS.map(|(_, statistic)| ServiceFigure::Ready(statistic)).into();
        all.extend([
            ServiceFigure::GoodStarts,
            ServiceFigure::UnavailableHours,
            ServiceFigure::Broken,
        ]);
        all.into_iter().map(|figure| (figure.name(), figure)).collect()
    }
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
            let metric = Metric::parse(name).expect(name);
            assert_eq!(&metric.name(), name);
            let key = metric.summary_key();
            assert!(key.is_none_or(|key| Metric::parse(&key) == Some(metric)), "{name}");
        }
    }

    #[test]
    fn the_key_of_the_summary_is_taken_for_the_metric() {
        for (key, name) in [
            ("latency.start.due_to_ready.p99_us", "start.due_to_ready.p99"),
            ("restart.up_at_15m.worst_pct", "restart.up_at_15m.worst"),
            ("billing.saving.intended_pct", "saving.intended_pct"),
            ("unavailable.total_us", "unavailable.hours"),
            ("services.shop.eu.ready.p999_us", "service.shop.eu.ready.p999"),
        ] {
            assert_eq!(Metric::parse(key).map(|metric| metric.name()).as_deref(), Some(name));
        }
    }

    #[test]
    fn an_older_name_is_read_and_never_shown() {
        for (older, name) in [
            ("restart.good_mornings", "restart.good_waves"),
            ("restart.good_mornings_pct", "restart.good_waves"),
            ("service.shop.good_mornings", "service.shop.good_starts"),
            ("services.shop.good_mornings_pct", "service.shop.good_starts"),
        ] {
            let metric = Metric::parse(older).expect(older);
            assert_eq!(metric.name(), name);
            assert!(metric.older_names().iter().any(|known| known == older), "{older}");
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
}
