//! What each metric means, and how several replications are put together, in a sentence each.
//!
//! `stopsim metrics` and docs/METRICS.md print these; nothing else says it a second time.

use crate::books::outcome::LatencyName;

use super::{
    Among, BillSum, CallCount, Metric, Over, SavingPart, ServiceFigure, Statistic, Unit, UpAt,
};

impl Metric {
    /// What it means, as a phrase without a full stop.
    pub fn meaning(&self) -> String {
        match self {
            Metric::Latency(name, statistic) => {
                format!("{} of the time {}", statistic.meaning(), of_latency(*name))
            }
            Metric::UpAt(at, over, among) => {
                let (when, whom) = (at.minutes(), among.meaning());
                match over {
                    Over::Worst => format!(
                        "the share of {whom} that was ready {when} after the edge, of the start \
                         wave where it was smallest"
                    ),
                    Over::Mean => format!("the share of {whom} ready {when} after the edge"),
                }
            }
            Metric::GoodWaves(among) => format!(
                "the share of start waves of which enough of {} was ready in time: \
                 `report.good_wave` says how much and when",
                among.meaning()
            ),
            Metric::Never => "instances due that were not ready before demand ended".to_owned(),
            Metric::Saving(part) => part.meaning().to_owned(),
            Metric::Billing(sum) => sum.meaning().to_owned(),
            Metric::BreakEven => "(intended saving − policy cost) ÷ unavailable instance-hours: \
                 stopping loses if an hour is worth more"
                .to_owned(),
            Metric::NetPct => "net saving ÷ baseline, both over the window".to_owned(),
            Metric::IntendedPct => "intended saving ÷ baseline, both over the window".to_owned(),
            Metric::IntendedPctOfCompute => {
                "intended saving of compute ÷ baseline of compute".to_owned()
            }
            Metric::UnavailableHours => {
                "instance-hours that wanted instances were not ready".to_owned()
            }
            Metric::DuplicateHours => {
                "instance-hours billed of instances that were up beside the one wanted".to_owned()
            }
            Metric::Replaced => "instances that controllers took in place of others".to_owned(),
            Metric::Calls(operation, count) => count.meaning(operation.name()),
            Metric::Refusals(code) => {
                format!("answers with the code `{code}`, whatever the operation")
            }
            Metric::DataLossStops => "stops that lost data not yet written".to_owned(),
            Metric::ChangedAddresses => "static public addresses that changed".to_owned(),
            Metric::Service(name, figure) => figure.meaning(name),
        }
    }

    /// What several replications make of it, as a phrase.
    pub fn over_replications(&self) -> &'static str {
        match self {
            Metric::Latency(_, statistic) | Metric::Service(_, ServiceFigure::Ready(statistic)) => {
                match statistic {
                    Statistic::P50 | Statistic::P90 | Statistic::P99 | Statistic::P999 => {
                        "quantile of all items"
                    }
                    Statistic::Mean => "mean of all items",
                    Statistic::Max => "largest of all items, observed",
                }
            }
            Metric::GoodWaves(_) | Metric::Service(_, ServiceFigure::GoodStarts) => {
                "share of all, in clusters"
            }
            Metric::UpAt(_, Over::Mean, _)
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute
            | Metric::BreakEven => "ratio of sums",
            Metric::UpAt(_, Over::Worst, _)
            | Metric::Never
            | Metric::Saving(_)
            | Metric::Billing(_)
            | Metric::UnavailableHours
            | Metric::DuplicateHours
            | Metric::Replaced
            | Metric::Calls(..)
            | Metric::Refusals(_)
            | Metric::DataLossStops
            | Metric::ChangedAddresses
            | Metric::Service(_, ServiceFigure::UnavailableHours | ServiceFigure::Broken) => {
                "mean a replication"
            }
        }
    }
}

impl Unit {
    /// Its name, and how a threshold is written.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Duration => "duration, `5m`",
            Unit::Percent => "percentage, `99.5%`",
            Unit::Money => "money, `1200.50`",
            Unit::Count => "count, `12`",
            Unit::Hours => "instance-hours, `12.5`",
        }
    }
}

impl Statistic {
    fn meaning(self) -> &'static str {
        match self {
            Statistic::P50 => "median",
            Statistic::P90 => "90th percentile",
            Statistic::P99 => "99th percentile",
            Statistic::P999 => "99.9th percentile",
            Statistic::Max => "longest",
            Statistic::Mean => "mean",
        }
    }
}

impl UpAt {
    fn minutes(self) -> &'static str {
        match self {
            UpAt::M1 => "1 minute",
            UpAt::M5 => "5 minutes",
            UpAt::M15 => "15 minutes",
            UpAt::M60 => "60 minutes",
        }
    }
}

impl Among {
    fn meaning(self) -> &'static str {
        match self {
            Among::All => "all who are wanted",
            Among::AtRisk => "those who had been stopped",
        }
    }
}

impl SavingPart {
    fn meaning(self) -> &'static str {
        match self {
            SavingPart::Net => "intended saving − policy cost",
            SavingPart::Total => "baseline − actual − arrears",
            SavingPart::Intended => "not billed while not wanted",
            SavingPart::Involuntary => "not billed although wanted",
            SavingPart::PolicyCost => "what is billed that the baseline lacks",
        }
    }
}

impl BillSum {
    fn meaning(self) -> &'static str {
        match self {
            BillSum::Baseline => "what every instance would cost if none was ever stopped",
            BillSum::Actual => "what is billed",
            BillSum::Bound => "what stopping could save at most, at list price",
            BillSum::Reachable => {
                "the part of `billing.bound.total` in groups that economical mode is open to"
            }
            BillSum::Forgone => "not saved: stopped while not wanted, but in standard mode",
            BillSum::Missed => "not saved: not wanted, but Running, Starting or Stopping",
        }
    }
}

impl CallCount {
    fn meaning(self, operation: &str) -> String {
        match self {
            CallCount::Sent => format!("calls of {operation} that controllers sent"),
            CallCount::Accepted => format!("calls of {operation} that were accepted"),
            CallCount::Refused => format!("calls of {operation} that were refused"),
            CallCount::TimedOut => {
                format!("calls of {operation} whose caller stopped waiting for the answer")
            }
        }
    }
}

impl ServiceFigure {
    fn meaning(self, service: &str) -> String {
        match self {
            ServiceFigure::Ready(statistic) => format!(
                "{} of the time from the edge until all that {service} needs was ready",
                statistic.meaning()
            ),
            ServiceFigure::GoodStarts => {
                format!("the share of edges at which {service} was ready in time")
            }
            ServiceFigure::UnavailableHours => {
                format!("hours that {service} was wanted and not ready")
            }
            ServiceFigure::Broken => format!("how often a need of {service} broke while wanted"),
        }
    }
}

fn of_latency(name: LatencyName) -> String {
    match name {
        LatencyName::StopDueToStopped => "from the edge to Stopped".to_owned(),
        LatencyName::StopAcceptedToStopped => "from a stop's acceptance to Stopped".to_owned(),
        LatencyName::StartDueToReady => "from the edge to ready".to_owned(),
        LatencyName::StartDueToRunning => "from the edge to Running".to_owned(),
        LatencyName::StartCalledToRunning => "from the first start call to Running".to_owned(),
        LatencyName::StartAcceptedToRunning => "from a start's acceptance to Running".to_owned(),
        LatencyName::StartTimeToKnow => {
            "from the edge to the first answer that stock is short".to_owned()
        }
        LatencyName::Api(operation) => {
            format!("from sending a call of {operation} to its answer")
        }
    }
}
