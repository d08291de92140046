//! Which figures rest on unverified inputs.
//!
//! Each assumed input belongs to a topic, each figure rests on some topics; a figure that rests
//! on an assumed input is marked wherever it is shown. Where an input's topic is not known,
//! every figure is taken to rest on it: the mark is never missing.

use std::collections::BTreeSet;

use crate::books::outcome::LatencyName;
use crate::ecs::spec::Eligibility;
use crate::sim::metric::{Metric, SavingPart};
use crate::sim::plan::{Basis, Input, Plan};
use crate::sim::topic::Topic;

/// A family of figures that rest on the same topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The bill without stopping.
    Baseline,
    /// What stopping saves, or fails to save.
    Saving,
    /// Readiness, waves, unavailability and latencies of starts since they were due.
    Restart,
    /// Latencies of starts since they were accepted.
    StartWork,
    /// Latencies of stops since they were due.
    Stop,
    /// Latencies of stops since they were accepted.
    StopWork,
    /// Latencies of calls.
    Call,
    /// Counts of calls, refusals and addresses.
    Counts,
}

impl Subject {
    /// What its figures rest on, besides `Topic::Other`.
    pub fn topics(self) -> &'static [Topic] {
        use Topic::{Call, Eligibility, Policy, Price, Start, Stock, Stop};
        match self {
            Subject::Baseline => &[Price],
            Subject::Saving => &[Price, Stop, Start, Call, Stock, Eligibility, Policy],
            Subject::Restart => &[Start, Call, Stock, Policy],
            Subject::StartWork => &[Start],
            Subject::Stop => &[Stop, Call, Policy],
            Subject::StopWork => &[Stop],
            Subject::Call => &[Call],
            Subject::Counts => &[Stop, Start, Call, Stock, Policy],
        }
    }

    /// What a latency's figures rest on.
    pub fn of_latency(name: LatencyName) -> Subject {
        match name {
            LatencyName::StopDueToStopped => Subject::Stop,
            LatencyName::StopAcceptedToStopped => Subject::StopWork,
            LatencyName::StartDueToReady
            | LatencyName::StartDueToRunning
            | LatencyName::StartCalledToRunning
            | LatencyName::StartTimeToKnow => Subject::Restart,
            LatencyName::StartAcceptedToRunning => Subject::StartWork,
            LatencyName::Api(_) => Subject::Call,
        }
    }

    /// What a metric rests on.
    pub fn of_metric(metric: &Metric) -> Subject {
        match metric {
            Metric::Latency(name, _) => Subject::of_latency(*name),
            Metric::UpAt(..)
            | Metric::GoodWaves(_)
            | Metric::Never
            | Metric::UnavailableHours
            | Metric::DuplicateHours
            | Metric::Service(..) => Subject::Restart,
            Metric::Saving(
                SavingPart::Net
                | SavingPart::Total
                | SavingPart::Intended
                | SavingPart::Involuntary
                | SavingPart::PolicyCost,
            )
            | Metric::Billing(_)
            | Metric::BreakEven
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute => Subject::Saving,
            Metric::Calls(..)
            | Metric::Refusals(_)
            | Metric::DataLossStops
            | Metric::Replaced
            | Metric::ChangedAddresses => Subject::Counts,
        }
    }
}

/// The assumed inputs of a plan.
#[derive(Clone, Debug)]
pub struct Provenance<'a> {
    assumed: Vec<(&'a Input, Topic)>,
    /// What anything assumed is about.
    topics: BTreeSet<Topic>,
}

impl<'a> Provenance<'a> {
    /// What the plan assumes.
    pub fn of(plan: &'a Plan) -> Provenance<'a> {
        Provenance::of_result(&plan.inputs, !assumed_eligible(plan).is_empty())
    }

    /// What a result says that it assumes, and whether it takes any type for eligible.
    pub fn of_result(inputs: &'a [Input], takes_eligible: bool) -> Provenance<'a> {
        let inputs = inputs.iter().filter(|input| input.basis == Basis::Assumed);
        let assumed = inputs.map(|input| (input, Topic::of(&input.path))).collect();
        let mut provenance = Provenance::of_inputs(assumed);
        if takes_eligible {
            provenance.topics.insert(Topic::Eligibility);
        }
        provenance
    }

    fn of_inputs(assumed: Vec<(&'a Input, Topic)>) -> Provenance<'a> {
        let topics = assumed.iter().map(|(_, topic)| *topic).collect();
        Provenance { assumed, topics }
    }

    /// Whether figures of this subject rest on an assumed input.
    pub fn marks(&self, subject: Subject) -> bool {
        let rests = subject.topics().iter().any(|topic| self.topics.contains(topic));
        rests || self.topics.contains(&Topic::Other)
    }

    /// `≈` before figures of this subject that rest on an assumed input, else nothing.
    pub fn mark(&self, subject: Subject) -> &'static str {
        if self.marks(subject) { "≈" } else { "" }
    }

    /// The assumed inputs that figures of this subject rest on.
    pub fn inputs(&self, subject: Subject) -> impl Iterator<Item = &'a Input> + '_ {
        let rests = move |topic| topic == Topic::Other || subject.topics().contains(&topic);
        self.assumed.iter().filter(move |(_, topic)| rests(*topic)).map(|(input, _)| *input)
    }

    /// Every assumed input, in the order of the plan.
    pub fn all(&self) -> impl Iterator<Item = &'a Input> + '_ {
        self.assumed.iter().map(|(input, _)| *input)
    }

    /// Whether restart risk rests on assumed stock or durations: stress rows are then shown.
    pub fn wants_stress(&self) -> bool {
        self.assumed.iter().any(|(_, topic)| matches!(topic, Topic::Start | Topic::Stock))
    }
}

/// The families in use whose eligibility no document settles, each once, in the plan's order.
pub fn assumed_eligible(plan: &Plan) -> Vec<&str> {
    let mut families: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for id in plan.region.kinds() {
        let kind = &plan.region.types[plan.region.kind(id).instance_type.index()];
        let assumed = kind.eligibility == Eligibility::AssumedEligible;
        let matters = assumed && plan.region.ineligible(id).is_none();
        if matters && known.insert(&kind.family) {
            families.push(&kind.family);
        }
    }
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_about_what_its_path_says() {
        for (path, topic) in [
            ("calls.answer", Topic::Call),
            ("group.web.start.p50", Topic::Start),
            ("group.web.start", Topic::Start),
            ("group.web.force_stop", Topic::Stop),
            ("group.web.discount", Topic::Price),
            ("pool.g7.others.hold", Topic::Stock),
            ("price.ecs-g7.rate", Topic::Price),
            ("controller.nightly.retry.on", Topic::Policy),
            ("group.web.eip_rate", Topic::Price),
            ("group.web.snapshot_rate", Topic::Price),
            ("group.*.wave_factor", Topic::Start),
            ("something.new", Topic::Other),
            ("group.web.something_new", Topic::Other),
        ] {
            assert_eq!(Topic::of(path), topic, "{path}");
        }
    }

    #[test]
    fn every_figure_rests_on_what_is_not_known_to_be_about_anything() {
        let input = Input {
            path: "mystery".into(),
            value: "1".into(),
            basis: Basis::Assumed,
            source: String::new(),
        };
        let topic = Topic::of(&input.path);
        let provenance = Provenance::of_inputs(vec![(&input, topic)]);
        for subject in [Subject::Baseline, Subject::Restart, Subject::Call] {
            assert!(provenance.marks(subject), "{subject:?}");
        }
    }

    #[test]
    fn a_price_does_not_make_a_latency_doubtful() {
        let input = Input {
            path: "price.ecs.rate".into(),
            value: "1 CNY/h".into(),
            basis: Basis::Assumed,
            source: String::new(),
        };
        let provenance = Provenance::of_inputs(vec![(&input, Topic::Price)]);
        assert!(provenance.marks(Subject::Baseline) && provenance.marks(Subject::Saving));
        assert!(!provenance.marks(Subject::Restart) && !provenance.wants_stress());
    }
}
