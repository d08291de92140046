//! The figures of the experiment: one of every kind, and how the product estimates it.

use std::cell::OnceCell;

use stopsim::stats::{Difference, Interval, Items, Lack, Latency, Quantile, Quantiles};
use stopsim::units::Ratio;

use super::world::{INSTANCES, Replication, WAVES};

/// Which statement is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// An exact method: at least the confidence.
    AtLeast,
    /// About the confidence.
    About,
}

/// A kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Several yes or no a replication.
    GoodWaves,
    /// One yes or no a replication.
    AllGood,
    /// A ratio of sums: the share ready within 90 seconds.
    ReadySoon,
    /// The share ready within 15 minutes.
    ReadyAt15,
    /// A mean of shares.
    WorstWave,
    /// A mean of money.
    Saved,
    /// A mean of counts.
    Refused,
    /// A mean of times.
    Unavailable,
    /// The mean of all latencies.
    MeanLatency,
    /// A quantile of all latencies, in thousandths.
    Latency(u64),
    /// A quantile of a service's latencies, one a wave, in thousandths.
    Service(u64),
}

impl Figure {
    /// All of them, in the order of the page.
    pub const ALL: [Figure; 16] = [
        Figure::GoodWaves,
        Figure::AllGood,
        Figure::ReadySoon,
        Figure::ReadyAt15,
        Figure::WorstWave,
        Figure::Saved,
        Figure::Refused,
        Figure::Unavailable,
        Figure::MeanLatency,
        Figure::Latency(500),
        Figure::Latency(900),
        Figure::Latency(990),
        Figure::Latency(999),
        Figure::Service(500),
        Figure::Service(900),
        Figure::Service(990),
    ];

    /// For the page.
    pub fn name(self) -> String {
        let thousandths = |name: &str, share: u64| match share % 10 {
            0 => format!("{name} p{}", share / 10),
            tenths => format!("{name} p{}.{tenths}", share / 10),
        };
        match self {
            Figure::GoodWaves => "good waves".to_owned(),
            Figure::AllGood => "all waves good (one yes or no)".to_owned(),
            Figure::ReadySoon => "ready within 90 s".to_owned(),
            Figure::ReadyAt15 => "ready within 15 min".to_owned(),
            Figure::WorstWave => "worst wave, ready within 15 min".to_owned(),
            Figure::Saved => "saved money".to_owned(),
            Figure::Refused => "refused starts".to_owned(),
            Figure::Unavailable => "unavailable hours".to_owned(),
            Figure::MeanLatency => "due to ready, mean".to_owned(),
            Figure::Latency(share) => thousandths("due to ready,", share),
            Figure::Service(share) => thousandths("service ready,", share),
        }
    }

    /// A value of it, for the page.
    pub fn show(self, value: f64) -> String {
        match self {
            _ if value.is_infinite() => "never".to_owned(),
            Figure::GoodWaves | Figure::AllGood | Figure::ReadySoon | Figure::ReadyAt15 => {
                format!("{:.2} %", 100.0 * value)
            }
            Figure::WorstWave => format!("{:.2} %", 100.0 * value / INSTANCES as f64),
            Figure::Saved => format!("{:.2} CNY", value / 1e9),
            Figure::Refused => format!("{value:.2}"),
            Figure::Unavailable => format!("{:.2} h", value / 3.6e9),
            Figure::MeanLatency | Figure::Latency(_) | Figure::Service(_) => {
                format!("{:.1} s", value / 1e6)
            }
        }
    }

    /// Whether it may cover more than it promises: a share, or what an exact method made.
    pub fn may_cover_more(self) -> bool {
        self == Figure::WorstWave || self.promise() == Promise::AtLeast
    }

    /// Whether its difference is put together from two intervals, which may cover more.
    pub fn is_joined(self) -> bool {
        matches!(self.method(), Method::Clusters(_) | Method::Quantile(..))
    }

    /// Whether it differs between two replications with the same luck.
    pub fn differs(self, [base, other]: &[Replication; 2]) -> bool {
        match self.method() {
            Method::Clusters(of) | Method::Ratio(of) => of(base) != of(other),
            Method::Mean(of) => of(base) != of(other),
            Method::MeanLatency | Method::Quantile(..) => base.seconds != other.seconds,
        }
    }

    /// What its coverage is held against.
    pub fn promise(self) -> Promise {
        match self {
            Figure::GoodWaves | Figure::AllGood => Promise::AtLeast,
            Figure::ReadySoon
            | Figure::ReadyAt15
            | Figure::WorstWave
            | Figure::Saved
            | Figure::Refused
            | Figure::Unavailable
            | Figure::MeanLatency
            | Figure::Latency(_)
            | Figure::Service(_) => Promise::About,
        }
    }
}

/// Replications that were drawn together, with their latencies as the product keeps them.
pub struct Sample<'a> {
    drawn: Vec<&'a Replication>,
    latencies: OnceCell<Latencies>,
    services: OnceCell<Latencies>,
}

struct Latencies {
    each: Items,
    pooled: Latency,
}

impl Latencies {
    fn of(each: Vec<Latency>) -> Latencies {
        let mut pooled = each[0].clone();
        each[1..].iter().for_each(|one| pooled.merge(one));
        Latencies { each: Items::of(&each), pooled }
    }
}

impl<'a> Sample<'a> {
    /// Of these.
    pub fn of(drawn: Vec<&'a Replication>) -> Sample<'a> {
        Sample { drawn, latencies: OnceCell::new(), services: OnceCell::new() }
    }

    /// The interval that the product would print.
    pub fn interval(&self, figure: Figure, confidence: Ratio) -> Result<Interval, Lack> {
        match figure.method() {
            Method::Clusters(of) => Interval::of_clusters(&self.parts(of), confidence),
            Method::Ratio(of) => Interval::of_ratio(&self.parts(of), confidence),
            Method::Mean(of) => Interval::of_mean(&self.values(of), confidence),
            Method::MeanLatency => {
                let all = self.latencies();
                Interval::of_mean_latency(&all.pooled, &all.each, confidence)
            }
            Method::Quantile(kind, share) => self.quantiles(kind).interval(share, confidence),
        }
    }

    /// The interval that the product would print of the difference to a base with the same luck.
    pub fn difference(
        &self,
        base: &Sample<'_>,
        figure: Figure,
        confidence: Ratio,
    ) -> Result<Interval, Lack> {
        let paired = match figure.method() {
            Method::Clusters(of) => {
                Difference::of_clusters(&base.parts(of), &self.parts(of), confidence)
            }
            Method::Ratio(of) => {
                Difference::of_ratios(&base.parts(of), &self.parts(of), confidence)
            }
            Method::Mean(of) => {
                Difference::of_means(&base.values(of), &self.values(of), confidence)
            }
            Method::MeanLatency => {
                let (base, own) = (&base.latencies().each, &self.latencies().each);
                Difference::of_mean_latencies(base, own, confidence)
            }
            Method::Quantile(kind, share) => {
                let (base, own) = (base.quantiles(kind), self.quantiles(kind));
                Difference::of_quantiles(&base, &own, share, confidence)
            }
        };
        paired.interval
    }

    fn parts(&self, of: fn(&Replication) -> (i128, i128)) -> Vec<(i128, i128)> {
        self.drawn.iter().map(|one| of(one)).collect()
    }

    fn values(&self, of: fn(&Replication) -> i128) -> Vec<i128> {
        self.drawn.iter().map(|one| of(one)).collect()
    }

    fn latencies(&self) -> &Latencies {
        let all = || Latencies::of(self.drawn.iter().map(|one| one.latency()).collect());
        self.latencies.get_or_init(all)
    }

    fn quantiles(&self, kind: Kind) -> Quantiles<'_> {
        let latencies = match kind {
            Kind::Latency => self.latencies(),
            Kind::Service => self.services.get_or_init(|| {
                Latencies::of(self.drawn.iter().map(|one| one.service()).collect())
            }),
        };
        Quantiles::of(&latencies.pooled, &latencies.each)
    }
}

/// How the product estimates a figure, and what the method needs of each replication.
enum Method {
    Clusters(fn(&Replication) -> (i128, i128)),
    Ratio(fn(&Replication) -> (i128, i128)),
    Mean(fn(&Replication) -> i128),
    MeanLatency,
    Quantile(Kind, Ratio),
}

/// Which latencies.
#[derive(Clone, Copy)]
enum Kind {
    Latency,
    Service,
}

impl Figure {
    fn method(self) -> Method {
        const ALL: i128 = (WAVES * INSTANCES) as i128;
        match self {
            Figure::GoodWaves => Method::Clusters(|one| (one.good.into(), WAVES.into())),
            Figure::AllGood => Method::Clusters(|one| (i128::from(one.good == WAVES), 1)),
            Figure::ReadySoon => Method::Ratio(|one| (one.ready[0].into(), ALL)),
            Figure::ReadyAt15 => Method::Ratio(|one| (one.ready[1].into(), ALL)),
            Figure::WorstWave => Method::Mean(|one| one.worst.into()),
            Figure::Saved => Method::Mean(|one| one.saved),
            Figure::Refused => Method::Mean(|one| one.refused.into()),
            Figure::Unavailable => Method::Mean(|one| one.unavailable_us),
            Figure::MeanLatency => Method::MeanLatency,
            Figure::Latency(share) => Method::Quantile(Kind::Latency, Ratio::new(share, 1_000)),
            Figure::Service(share) => Method::Quantile(Kind::Service, Ratio::new(share, 1_000)),
        }
    }
}

/// What every figure is in all of the bank, and whether it differs between replications at all.
pub fn truths(bank: &[Replication]) -> Vec<(Figure, Truth)> {
    let latencies = pooled(bank, Replication::latency);
    let services = pooled(bank, Replication::service);
    let count = bank.len() as f64;
    let over = |of: &dyn Fn(&Replication) -> f64| {
        let value = bank.iter().fold(0.0, |sum, one| sum + of(one)) / count;
        let varies = bank.iter().any(|one| of(one) != of(&bank[0]));
        Truth { value, varies }
    };
    let waves = WAVES as f64;
    let all = waves * INSTANCES as f64;
    let truth = |figure: Figure| match figure {
        Figure::GoodWaves => over(&|one| one.good as f64 / waves),
        Figure::AllGood => over(&|one| f64::from(u8::from(one.good == WAVES))),
        Figure::ReadySoon => over(&|one| one.ready[0] as f64 / all),
        Figure::ReadyAt15 => over(&|one| one.ready[1] as f64 / all),
        Figure::WorstWave => over(&|one| one.worst as f64),
        Figure::Saved => over(&|one| one.saved as f64),
        Figure::Refused => over(&|one| one.refused as f64),
        Figure::Unavailable => over(&|one| one.unavailable_us as f64),
        Figure::MeanLatency => mean(&latencies),
        Figure::Latency(share) => quantile(&latencies, share),
        Figure::Service(share) => quantile(&services, share),
    };
    Figure::ALL.map(|figure| (figure, truth(figure))).into()
}

/// What every figure differs by in all of two banks, and whether that varies at all. Where one of
/// both is never, nothing is known of their difference.
pub fn differences(
    base: &[(Figure, Truth)],
    other: &[(Figure, Truth)],
    varies: impl Fn(Figure) -> bool,
) -> Vec<(Figure, Truth)> {
    let pairs = base.iter().zip(other);
    let difference = |(&(figure, base), &(_, other)): (&(Figure, Truth), &(Figure, Truth))| {
        let is_known = base.value.is_finite() && other.value.is_finite();
        let truth = Truth { value: other.value - base.value, varies: is_known && varies(figure) };
        is_known.then_some((figure, truth))
    };
    pairs.filter_map(difference).collect()
}

/// What a figure is.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// Infinite: never.
    pub value: f64,
    /// Whether replications differ.
    pub varies: bool,
}

fn pooled(bank: &[Replication], of: fn(&Replication) -> Latency) -> Latency {
    let mut pooled = of(&bank[0]);
    bank[1..].iter().for_each(|one| pooled.merge(&of(one)));
    pooled
}

fn mean(latency: &Latency) -> Truth {
    let value = match latency.censored() {
        0 => latency.total_us() as f64 / latency.finished() as f64,
        _ => f64::INFINITY,
    };
    Truth { value, varies: true }
}

fn quantile(latency: &Latency, share: u64) -> Truth {
    let value = match latency.quantile(Ratio::new(share, 1_000)) {
        Quantile::Value(span) => span.as_micros() as f64,
        Quantile::Censored => f64::INFINITY,
        Quantile::Empty => f64::NAN,
    };
    Truth { value, varies: true }
}
