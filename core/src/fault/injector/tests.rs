use super::*;
use crate::ecs::refusal::Refusal;
use crate::fault::rule::When;
use crate::units::SimDuration;

const INTERNAL: CallEffect = CallEffect::Refuse(Refusal::InternalError);
const LOST: CallEffect = CallEffect::LoseAnswer;

fn at(micros: u64) -> SimTime {
    SimTime::from_micros(micros)
}

fn fault<E>(name: &str, effect: E) -> Fault<E> {
    Fault {
        name: name.into(),
        identity: Identity::of("fault", name),
        when: When::Always,
        scope: Scope::default(),
        probability: Ratio::ONE,
        draw_per: DrawPer::Occasion,
        effect,
    }
}

fn about(instance: u32) -> About {
    About {
        instance: InstanceId(instance),
        identity: Identity::of("instance", &format!("web-{instance:04}")),
        group: GroupId(0),
        zone: ZoneId(0),
    }
}

fn facts(operation: OperationName, instance: u32, occasion: u64, attempt: u32) -> CallFacts {
    CallFacts {
        operation,
        controller: 0,
        controller_identity: Identity::of("controller", "night"),
        about: Some(about(instance)),
        occasion: Occasion::number(occasion),
        attempt,
    }
}

fn stop(instance: u32) -> CallFacts {
    facts(OperationName::StopInstance, instance, 0, 0)
}

/// The luck of a run, for as long as tests go on.
fn luck() -> &'static Decisions {
    Box::leak(Box::new(Decisions::of(1, 0)))
}

fn calls(rules: &[CallFault]) -> Injector<'static> {
    Injector::new(rules, &[], &[], luck())
}

fn struck_by(injector: &mut Injector<'_>, facts: &CallFacts) -> Option<u16> {
    match injector.on_call(facts) {
        Verdict::Strike { rule, .. } => Some(rule),
        Verdict::Pass => None,
    }
}

#[test]
fn without_a_rule_in_force_every_call_passes() {
    assert_eq!(calls(&[]).on_call(&stop(1)), Verdict::Pass);
    let later = CallFault { when: When::Listed(vec![at(5)..at(9)]), ..fault("later", INTERNAL) };
    let mut injector = calls(&[later]);
    assert_eq!(injector.on_call(&stop(1)), Verdict::Pass);
    let rule = RuleId::Call(0);
    assert_eq!((injector.in_force(rule), injector.next_change(rule)), (false, Some(at(5))));
    assert_eq!(injector.turn(rule, at(5)), Turn::Began);
    assert_eq!(injector.on_call(&stop(1)), Verdict::Strike { rule: 0, effect: INTERNAL });
    assert_eq!(injector.turn(rule, at(9)), Turn::Ended);
    assert_eq!(injector.on_call(&stop(1)), Verdict::Pass);
    assert_eq!(injector.next_change(rule), None);
}

#[test]
fn the_first_rule_in_file_order_strikes_and_one_whose_draw_fails_is_passed_over() {
    let never = CallFault { probability: Ratio::ZERO, ..fault("never", INTERNAL) };
    let mut injector = calls(&[never, fault("lost", LOST), fault("late", INTERNAL)]);
    for instance in 0..10 {
        let verdict = injector.on_call(&stop(instance));
        assert_eq!(verdict, Verdict::Strike { rule: 1, effect: LOST });
    }
}

#[test]
fn rules_that_open_late_still_go_by_file_order() {
    let when = |from, to| When::Listed(vec![at(from)..at(to)]);
    let first = CallFault { when: when(5, 20), ..fault("first", LOST) };
    let second = CallFault { when: when(2, 20), ..fault("second", INTERNAL) };
    let mut injector = calls(&[first, second]);
    injector.turn(RuleId::Call(1), at(2));
    assert_eq!(struck_by(&mut injector, &stop(1)), Some(1));
    injector.turn(RuleId::Call(0), at(5));
    assert_eq!(struck_by(&mut injector, &stop(1)), Some(0));
}

#[test]
fn every_list_of_a_scope_that_is_given_must_match() {
    let scope = Scope {
        operations: Some(vec![OperationName::StopInstance]),
        zones: Some(vec![ZoneId(0)]),
        groups: Some(vec![GroupId(0), GroupId(3)]),
        instances: Some(vec![2..4, 8..9]),
        controllers: Some(vec![0]),
    };
    let mut injector = calls(&[CallFault { scope, ..fault("scoped", INTERNAL) }]);
    let mut strikes = |facts: &CallFacts| struck_by(&mut injector, facts).is_some();
    let hit: Vec<u32> = (0..12).filter(|instance| strikes(&stop(*instance))).collect();
    assert_eq!(hit, [2, 3, 8]);
    assert!(!strikes(&facts(OperationName::StartInstance, 2, 0, 0)));
    assert!(!strikes(&CallFacts { controller: 1, ..stop(2) }));
    let elsewhere = About { zone: ZoneId(1), ..about(2) };
    assert!(!strikes(&CallFacts { about: Some(elsewhere), ..stop(2) }));
    let another = About { group: GroupId(1), ..about(2) };
    assert!(!strikes(&CallFacts { about: Some(another), ..stop(2) }));
}

#[test]
fn a_page_matches_only_rules_that_are_not_limited_to_instances() {
    let page = CallFacts { about: None, ..facts(OperationName::DescribeInstances, 0, 0, 0) };
    let of_zone = Scope { zones: Some(vec![ZoneId(0)]), ..Scope::default() };
    let of_reads =
        Scope { operations: Some(vec![OperationName::DescribeInstances]), ..Scope::default() };
    let mut injector = calls(&[
        CallFault { scope: of_zone, ..fault("zone", INTERNAL) },
        CallFault { scope: of_reads, ..fault("reads", LOST) },
    ]);
    assert_eq!(struck_by(&mut injector, &page), Some(1));
}

#[test]
fn only_reads_can_be_stale() {
    let stale = CallEffect::StaleRead(SimDuration::from_secs(30));
    let mut injector = calls(&[fault("stale", stale), fault("lost", LOST)]);
    assert_eq!(struck_by(&mut injector, &stop(1)), Some(1));
    let read = facts(OperationName::DescribeInstanceStatus, 1, 0, 0);
    assert_eq!(struck_by(&mut injector, &read), Some(0));
}

/// How many of a thousand instances differ between two calls, under a rule of 1/2.
fn differing(
    draw_per: DrawPer,
    one: impl Fn(u32) -> CallFacts,
    two: impl Fn(u32) -> CallFacts,
) -> u32 {
    let half = CallFault { probability: Ratio::new(1, 2), draw_per, ..fault("half", LOST) };
    let mut injector = calls(&[half]);
    (0..1_000)
        .filter(|&instance| {
            let first = struck_by(&mut injector, &one(instance));
            first != struck_by(&mut injector, &two(instance))
        })
        .count() as u32
}

#[test]
fn a_draw_decides_as_much_as_the_rule_says() {
    let attempt = |n| move |instance| facts(OperationName::StopInstance, instance, 0, n);
    let occasion = |n| move |instance| facts(OperationName::StopInstance, instance, n, 0);
    let start = |instance| facts(OperationName::StartInstance, instance, 0, 0);
    // Binomial(1000, 1/2): three standard deviations are 48.
    let independent = 452..=548;
    assert_eq!(differing(DrawPer::Window, attempt(0), attempt(1)), 0);
    assert_eq!(differing(DrawPer::Window, occasion(0), occasion(1)), 0);
    assert_eq!(differing(DrawPer::Window, attempt(0), start), 0);
    assert_eq!(differing(DrawPer::Occasion, attempt(0), attempt(1)), 0);
    assert!(independent.contains(&differing(DrawPer::Occasion, occasion(0), occasion(1))));
    assert!(independent.contains(&differing(DrawPer::Occasion, attempt(0), start)));
    assert!(independent.contains(&differing(DrawPer::Call, attempt(0), attempt(1))));
    assert!(independent.contains(&differing(DrawPer::Call, occasion(0), occasion(1))));
}

#[test]
fn each_window_has_luck_of_its_own() {
    let half = CallFault {
        probability: Ratio::new(1, 2),
        draw_per: DrawPer::Window,
        when: When::Listed(vec![at(0)..at(5), at(5)..at(9)]),
        ..fault("half", LOST)
    };
    let mut injector = calls(&[half]);
    let hit = |injector: &mut Injector<'_>| -> Vec<bool> {
        (0..1_000).map(|i| struck_by(injector, &stop(i)).is_some()).collect()
    };
    let first = hit(&mut injector);
    assert_eq!(injector.turn(RuleId::Call(0), at(5)), Turn::Unchanged);
    let second = hit(&mut injector);
    let differing = first.iter().zip(&second).filter(|(one, two)| one != two).count();
    assert!((452..=548).contains(&differing), "{differing}");
}

#[test]
fn one_rule_less_leaves_the_luck_of_the_others_alone() {
    let half = |name| CallFault { probability: Ratio::new(1, 2), ..fault(name, LOST) };
    let never = CallFault { probability: Ratio::ZERO, ..fault("never", INTERNAL) };
    let hit = |rules: &[CallFault]| -> Vec<bool> {
        let mut injector = calls(rules);
        (0..100).map(|i| struck_by(&mut injector, &stop(i)).is_some()).collect()
    };
    assert_eq!(hit(&[never, half("flaky")]), hit(&[half("flaky")]));
    assert_ne!(hit(&[half("other")]), hit(&[half("flaky")]));
}

#[test]
fn work_is_struck_by_rules_of_work() {
    let slow = WorkEffect::Slow(Ratio::new(3, 1));
    let starts = Scope { operations: Some(vec![OperationName::StartInstance]), ..Scope::default() };
    let rule = WorkFault { scope: starts, ..fault("slow", slow) };
    let mut injector = Injector::new(&[], &[rule], &[], luck());
    let mut begins = |operation| {
        let occasion = Occasion::number(0);
        injector.on_work(&WorkFacts { operation, controller: None, about: about(1), occasion })
    };
    assert_eq!(begins(OperationName::StopInstance), None);
    assert_eq!(begins(OperationName::StartInstance), Some((0, slow)));
}

#[test]
fn a_window_of_the_environment_takes_place_or_not_by_its_number() {
    let windows: Vec<_> = (0..1_000).map(|n| at(10 * n)..at(10 * n + 5)).collect();
    let rule = EnvironmentFault {
        name: "sold-out".into(),
        identity: Identity::of("fault", "sold-out"),
        when: When::Listed(windows),
        pools: Vec::new(),
        probability: Ratio::new(1, 4),
        effect: EnvironmentEffect::SoldOut,
    };
    let mut injector = Injector::new(&[], &[], &[rule], luck());
    let sold_out = RuleId::Environment(0);
    let mut began = u64::from(injector.in_force(sold_out));
    let mut ended = 0;
    while let Some(now) = injector.next_change(sold_out) {
        match injector.turn(sold_out, now) {
            Turn::Began => began += 1,
            Turn::Ended => ended += 1,
            Turn::Unchanged => {}
        }
    }
    assert_eq!(began, ended);
    // Binomial(1000, 1/4): three standard deviations are 41.
    assert!((209..=291).contains(&began), "{began}");
}

#[test]
fn rules_are_named_list_by_list() {
    let injector = Injector::new(
        &[fault("a", LOST), fault("b", LOST)],
        &[fault("c", WorkEffect::StuckForever)],
        &[],
        luck(),
    );
    let named: Vec<RuleId> = injector.rules().collect();
    assert_eq!(named, [RuleId::Call(0), RuleId::Call(1), RuleId::Work(0)]);
}
