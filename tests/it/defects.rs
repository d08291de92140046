//! Each defect of docs/DEFECTS.md: a small world in which it does harm, and the same world without
//! it, where nothing of the kind happens.

use std::collections::BTreeMap;

use stopsim::ecs::instance::{State, Status, StoppedMode};
use stopsim::ecs::operation::OperationName::{self, *};
use stopsim::engine::TiePolicy;
use stopsim::fact::{Action, Belief, Defect, Fact};
use stopsim::hunt::selftest::worlds::{APPLIED_500, World, of, world_of};
use stopsim::property::BUILT_IN;
use stopsim::scenario::load;
use stopsim::scenario::source::Memory;
use stopsim::sim::RunId;
use stopsim::units::{SimDuration, SimTime};

use crate::worlds::{FIRST, Run, plan, run_plan};

/// What happened to a small fleet that is wanted from 8 to 20 o'clock, every day.
struct Tale(Run);

impl Tale {
    /// How many instances there are, by status and belief, at an hour and minute of a day.
    fn at(&self, day: u64, hour: u64, minute: u64) -> BTreeMap<u32, (Status, Belief)> {
        let at = SimTime::ZERO + SimDuration::from_mins((day * 24 + hour) * 60 + minute);
        let mut found = BTreeMap::new();
        for (_, fact) in self.0.facts.iter().take_while(|(when, _)| *when < at) {
            // Nobody is up before the first start.
            let asleep = (Status::Stopped, Belief::Unknown);
            if let Fact::Demanded { instance, .. } = *fact {
                found.entry(instance.0).or_insert(asleep);
            }
            if let Fact::StateChanged { instance, to, .. } = *fact {
                found.entry(instance.0).or_insert(asleep).0 = to.status();
            }
            if let Fact::BeliefChanged { instance, belief, .. } = *fact {
                found.entry(instance.0).or_insert(asleep).1 = belief;
            }
        }
        found
    }

    /// Whether this holds of any instance then.
    fn any(
        &self,
        (day, hour, minute): (u64, u64, u64),
        is: impl Fn(Status, Belief) -> bool,
    ) -> bool {
        self.at(day, hour, minute).values().any(|(status, belief)| is(*status, *belief))
    }

    /// Whether anybody is down then.
    fn is_down(&self, moment: (u64, u64, u64)) -> bool {
        self.any(moment, |status, _| status != Status::Running)
    }

    /// Whether a start is lost then, and nobody says so.
    fn is_lost(&self, moment: (u64, u64, u64)) -> bool {
        self.any(moment, |status, belief| {
            status == Status::Stopped && belief != Belief::Failed(Action::Start)
        })
    }

    /// Whether this is believed of anybody who is not like that.
    fn errs(&self, moment: (u64, u64, u64), believed: Belief, truth: Status) -> bool {
        self.any(moment, |status, belief| belief == believed && status != truth)
    }

    fn sent(&self, operation: OperationName) -> usize {
        let sent =
            |fact: &Fact| matches!(fact, Fact::CallSent(call) if call.operation == operation);
        self.0.facts.iter().filter(|(_, fact)| sent(fact)).count()
    }

    /// Whether anybody begins to stop while it is wanted.
    fn stops_what_is_wanted(&self) -> bool {
        let mut wanted = BTreeMap::new();
        self.0.facts.iter().any(|(_, fact)| {
            if let Fact::Demanded { instance, wanted: now } = *fact {
                wanted.insert(instance, now);
            }
            let stops = |instance| wanted.get(&instance) == Some(&true);
            matches!(*fact, Fact::StateChanged { instance, to: State::Stopping { .. }, .. }
                if stops(instance))
        })
    }

    fn slips(&self, name: &str) -> usize {
        let slipped =
            |fact: &Fact| matches!(fact, Fact::Slipped { defect, .. } if defect.name() == name);
        self.0.facts.iter().filter(|(_, fact)| slipped(fact)).count()
    }
}

const STARTED: Belief = Belief::Done(Action::Start);
const START_FAILED: Belief = Belief::Failed(Action::Start);

/// What happens in a world, and what its defect does to it.
trait Telling {
    fn tale(&self, defect: Option<&str>, ties: TiePolicy) -> Tale;
    fn shows(&self, defect: &str, is_wrong: impl Fn(&Tale) -> bool);
}

impl Telling for World<'_> {
    fn tale(&self, defect: Option<&str>, ties: TiePolicy) -> Tale {
        Tale(run_plan(&plan(&self.text(defect)), RunId { ties, ..FIRST }))
    }

    /// With the defect it goes wrong, and that is told; without it, it does not.
    #[track_caller]
    fn shows(&self, defect: &str, is_wrong: impl Fn(&Tale) -> bool) {
        let (sound, wrong) =
            (self.tale(None, TiePolicy::Fifo), self.tale(Some(defect), TiePolicy::Fifo));
        assert!(wrong.slips(defect) > 0, "{defect} is never armed");
        assert!(is_wrong(&wrong), "{defect} does no harm");
        assert!(!is_wrong(&sound), "it goes wrong without {defect}");
        let slipped = sound.0.facts.iter().any(|(_, fact)| matches!(fact, Fact::Slipped { .. }));
        assert!(!slipped, "a sound controller slips");
    }
}

#[test]
fn a_retry_without_stopped_mode_keeps_charging() {
    let keeps = |fact: &Fact| {
        let kept = State::Stopped { effective: StoppedMode::KeepCharging };
        matches!(fact, Fact::StateChanged { to, .. } if *to == kept)
    };
    let wrong = |tale: &Tale| tale.0.facts.iter().any(|(_, fact)| keeps(fact));
    world_of("drops-stopped-mode").shows("drops-stopped-mode", wrong);
}

#[test]
fn a_start_that_is_retried_as_a_stop_stops_what_is_wanted() {
    let retry = "retry = { backoff = \"fixed\", base = \"2m\", on = [\"server\"] }";
    of(retry, APPLIED_500).shows("retries-with-stop", Tale::stops_what_is_wanted);
}

#[test]
fn retrying_what_is_refused_for_good_multiplies_calls() {
    world_of("retries-anything").shows("retries-anything", |tale| tale.sent(StartInstance) > 6);
}

#[test]
fn what_a_read_showed_once_is_believed_in_the_evening() {
    let wrong = |tale: &Tale| tale.errs((0, 21, 0), Belief::Done(Action::Stop), Status::Stopped);
    world_of("caches-reads").shows("caches-reads", wrong);
}

#[test]
fn a_refusal_that_is_swallowed_loses_the_start() {
    world_of("swallows-refusals").shows("swallows-refusals", |tale| tale.is_lost((0, 9, 0)));
}

#[test]
fn a_refusal_taken_for_success_is_a_start_that_is_believed() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), STARTED, Status::Running);
    world_of("takes-refusal-for-success").shows("takes-refusal-for-success", wrong);
}

#[test]
fn a_wrong_status_taken_for_done_is_a_start_while_stopping() {
    let wrong = |tale: &Tale| tale.errs((1, 9, 0), STARTED, Status::Running);
    world_of("takes-wrong-status-for-done").shows("takes-wrong-status-for-done", wrong);
}

#[test]
fn acceptance_taken_for_completion_is_believed_too_soon() {
    let wrong = |tale: &Tale| tale.errs((0, 8, 10), STARTED, Status::Running);
    world_of("takes-acceptance-for-done").shows("takes-acceptance-for-done", wrong);
}

#[test]
fn a_replacement_that_is_not_called_off_makes_two() {
    world_of("replaces-while-alive").shows("replaces-while-alive", |tale| {
        let all = tale.at(0, 9, 0);
        all.values().filter(|(status, _)| *status == Status::Running).count() > 1
    });
}

#[test]
fn attempts_that_are_never_reset_are_used_up_on_tuesday() {
    world_of("never-resets-attempts")
        .shows("never-resets-attempts", |tale| tale.is_down((1, 9, 0)));
}

#[test]
fn attempts_that_are_shared_are_used_up_at_once() {
    world_of("shares-attempts").shows("shares-attempts", |tale| tale.is_down((0, 9, 0)));
}

#[test]
fn a_busy_flag_that_stays_skips_the_evening() {
    let up = |status, _| status == Status::Running;
    world_of("stays-busy").shows("stays-busy", |tale| tale.any((0, 21, 0), up));
}

#[test]
fn a_deadline_from_the_edge_gives_up_what_has_just_begun() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), START_FAILED, Status::Stopped);
    world_of("gives-up-from-edge").shows("gives-up-from-edge", wrong);
}

#[test]
fn a_late_answer_is_taken_for_that_of_the_start() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), STARTED, Status::Running);
    world_of("takes-late-answers").shows("takes-late-answers", wrong);
}

#[test]
fn a_batch_whose_refusals_are_not_read_is_believed_whole() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), STARTED, Status::Running);
    world_of("batch-refusals-unread").shows("batch-refusals-unread", wrong);
}

#[test]
fn a_batch_with_one_refusal_is_taken_to_have_failed() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), START_FAILED, Status::Stopped);
    world_of("retries-whole-batch").shows("retries-whole-batch", wrong);
}

#[test]
fn answers_of_a_batch_that_are_mixed_up_are_believed_of_others() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), STARTED, Status::Running);
    world_of("mixes-up-batch-items").shows("mixes-up-batch-items", wrong);
}

#[test]
fn a_crash_forgets_the_starts_that_wait_their_turn() {
    world_of("forgets-in-crash").shows("forgets-in-crash", |tale| tale.is_lost((0, 9, 0)));
}

#[test]
fn a_second_replica_with_a_stale_lease_stops_what_is_wanted() {
    world_of("two-replicas").shows("two-replicas", Tale::stops_what_is_wanted);
}

#[test]
fn a_cached_utc_offset_stops_an_hour_early_in_autumn() {
    world_of("caches-utc-offset").shows("caches-utc-offset", Tale::stops_what_is_wanted);
}

#[test]
fn local_times_taken_for_utc_start_at_four_in_the_afternoon() {
    world_of("takes-local-time-for-utc")
        .shows("takes-local-time-for-utc", |tale| tale.is_down((0, 9, 0)));
}

#[test]
fn a_poll_each_second_is_many_polls() {
    let wrong = |tale: &Tale| tale.sent(DescribeInstanceStatus) > 3 * 4 * 3;
    world_of("polls-each-second").shows("polls-each-second", wrong);
}

#[test]
fn an_sdk_that_retries_beneath_a_controller_multiplies_attempts() {
    let wrong = |tale: &Tale| tale.sent(StartInstance) > 3 * 2 * 4;
    world_of("sdk-retries-inside").shows("sdk-retries-inside", wrong);
}

/// In the order of the list nothing is lost; shuffled, the start is lost for some seeds.
#[test]
fn of_two_handlers_ties_decide_which_is_lost() {
    let world = world_of("two-handlers");
    let lost = |defect, ties| world.tale(defect, ties).is_down((0, 9, 0));
    let defect = Some("two-handlers");
    assert!(!lost(defect, TiePolicy::Fifo), "0 under FIFO");
    let seeds = (0..40).filter(|seed| lost(defect, TiePolicy::Seeded(*seed))).count();
    assert!((8..=32).contains(&seeds), "{seeds} of 40 seeds");
    let armed =
        (0..40).map(|seed| world.tale(defect, TiePolicy::Seeded(seed)).slips("two-handlers"));
    assert!(armed.sum::<usize>() > 0);
    assert!((0..40).all(|seed| !lost(None, TiePolicy::Seeded(seed))));
}

#[test]
fn a_time_out_taken_for_a_refusal_is_believed_to_have_failed() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), START_FAILED, Status::Stopped);
    world_of("retries-blind-after-timeout").shows("retries-blind-after-timeout", wrong);
}

#[test]
fn an_error_taken_for_not_applied_is_believed_to_have_failed() {
    let wrong = |tale: &Tale| tale.errs((0, 9, 0), START_FAILED, Status::Stopped);
    world_of("retries-blind-after-5xx").shows("retries-blind-after-5xx", wrong);
}

#[test]
fn a_start_dropped_for_want_of_stock_is_lost() {
    world_of("drops-start-without-stock")
        .shows("drops-start-without-stock", |tale| tale.is_lost((0, 10, 0)));
}

/// Names are unlike, properties are built in, and each has its story above.
#[test]
fn every_defect_is_named_explained_and_told() {
    let stories = include_str!("defects.rs");
    let mut names: Vec<&str> = Defect::ALL.iter().map(|defect| defect.name()).collect();
    for defect in Defect::ALL {
        let (name, property) = (defect.name(), defect.property());
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert!(BUILT_IN.iter().any(|one| one.name() == property), "{name}: {property}");
        assert!(stories.contains(&format!("\"{name}\"")), "{name} has no story");
        assert!(defect.does().ends_with('.'), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Defect::ALL.len());
}

#[test]
fn a_defect_that_does_not_exist_is_a_mistake_with_a_hint() {
    let text = world_of("two-replicas").text(Some("swallow-refusals"));
    let errors = load("s.toml", &Memory::new().with("s.toml", &text), &[]).unwrap_err().to_string();
    assert!(errors.contains("`swallow-refusals` is not possible here"), "{errors}");
    assert!(errors.contains("swallows-refusals"), "{errors}");
    assert!(errors.contains("^^^"), "{errors}");
}

/// `BLESS=1 cargo test defects` rewrites the page.
#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_page_of_defects_is_as_they_say() {
    const PAGE: &str = "docs/DEFECTS.md";
    let page = stopsim::report::defects::page();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test defects");
}
