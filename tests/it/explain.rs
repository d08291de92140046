//! What `explain` tells of instances is what the bill says of them.

use stopsim::books::ledger::Bill;
use stopsim::ecs::id::InstanceId;
use stopsim::ecs::spec::ChargeType;
use stopsim::fact::Fact;
use stopsim::report::explain::Story;
use stopsim::report::names::Names;
use stopsim::sim::Observer;
use stopsim::sim::plan::Plan;
use stopsim::units::{Money, SimTime};

use crate::dice;
use crate::worlds::{CALLS, FIRST, group, plan, pool, world};

/// The stories of all instances that pay as they go.
struct Stories<'a>(Vec<Story<'a>>);

impl Observer for Stories<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        self.0.iter_mut().for_each(|story| story.fact(at, fact));
    }
}

/// What the last lines of all stories add up to, baseline and actual; the bill; the stories.
fn told(plan: &Plan, until_event: Option<u64>) -> ([Money; 2], Bill, String) {
    let groups = plan.region.groups.iter();
    let payers = groups.filter(|group| group.charge == ChargeType::PayAsYouGo);
    let all = payers.flat_map(|group| group.instances());
    let story = |id: InstanceId| Story::new(Names::new(plan, 1, 0), id);
    let mut stories = Stories(all.map(story).collect());
    let run = stopsim::sim::RunId { until_event, ..FIRST };
    let outcome = stopsim::sim::run(plan, run, &mut stories).unwrap();
    let mut texts = String::new();
    let mut sums = [Money::ZERO; 2];
    for story in stories.0 {
        let mut text = Vec::new();
        story.write(&mut text, outcome.end).unwrap();
        let text = String::from_utf8(text).unwrap();
        let words: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
        for (sum, word) in sums.iter_mut().zip([words[1], words[4]]) {
            *sum += Money::from_nanos(word.replace('.', "").parse().unwrap());
        }
        texts += &text;
    }
    (sums, Bill::of(&plan.region, &outcome.ledger), texts)
}

/// Deleted at 02:00:20 of four hours: 7 220 s and the 280 s of the minimum duration, × 0.001, are
/// in the baseline and paid; the time after it is in neither.
#[test]
fn what_was_deleted_is_in_no_baseline_after_it() {
    let hand = "[[controller]]\nname = \"hand\"\ndemand = true\ngroups = [\"web\"]\n\
                requests = [{ at = \"2026-03-02 02:00:20\", instance = \"web-0001\", \
                action = \"delete\" }]\ndelete = { force = true }\n";
    let fleet = group("web", 1, "initially = \"running\"") + &pool("free = 1");
    let plan = plan(&world("4h", &format!("{CALLS}{fleet}{hand}")));
    let (sums, bill, text) = told(&plan, None);
    assert_eq!(sums.map(|sum| sum.to_string()), ["7.500000000", "7.500000000"], "{text}");
    assert_eq!(sums, [bill.baseline, bill.actual]);
    for line in [
        "  released              2h00m  0.000000000 of 0.000000000\n",
        "  minimum_duration             0.280000000 of 0.280000000, compute\n",
        "  baseline 7.500000000 - actual 7.500000000 = 0.000000000 saved\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

/// Every kind of group, knob, type, creation, release and arrears, at random, also of runs that are
/// cut short: the stories add up to the lines of the bill, but for what each rounds down by itself.
#[test]
fn the_stories_of_all_instances_add_up_to_the_lines_of_the_bill() {
    let mut state = 7u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u16::try_from(state >> 48).unwrap()
    };
    for number in 0..150 {
        let words: Vec<u16> = (0..400).map(|_| next()).collect();
        let Some((plan, _)) = dice::world(&words) else { continue };
        // A run that ends before the warm-up does has no window to tell of.
        let cut = number % 3 == 0 && plan.warm_up == SimTime::ZERO;
        let until_event = cut.then(|| 50 + u64::from(next() % 400));
        let (sums, bill, text) = told(&plan, until_event);
        let timed = bill.lines.iter().map(|line| [line.baseline, line.actual]);
        let lines: Vec<_> =
            timed.chain(bill.minimum_charge.iter().map(|l| [l.baseline, l.actual])).collect();
        let most = i128::from(plan.region.instance_count()) * lines.len() as i128;
        for world in [0, 1] {
            let expected: Money = lines.iter().map(|line| line[world]).sum();
            let off = (expected - sums[world]).as_nanos();
            assert!((0..=most).contains(&off), "{number}: {off} of {most} in {world}\n{text}");
        }
    }
}

/// One is stopped by call and hears of it; the other, beside it, is only stopped in its guest.
#[test]
fn a_story_has_the_calls_of_its_instance_and_no_others() {
    let hand = "[[controller]]\nname = \"hand\"\ndemand = true\ngroups = [\"web\"]\n\
                requests = [{ at = \"2026-03-02 02:00\", instance = \"web-0001\", \
                action = \"stop\" }]\n";
    let fleet = group("web", 2, "initially = \"running\"") + &pool("free = 1");
    let plan = plan(&world("4h", &format!("{CALLS}{fleet}{hand}")));
    let story = |id| {
        let mut story = Story::new(Names::new(&plan, 1, 0), InstanceId(id));
        let outcome = stopsim::sim::run(&plan, FIRST, &mut story).unwrap();
        let mut text = Vec::new();
        story.write(&mut text, outcome.end).unwrap();
        String::from_utf8(text).unwrap()
    };
    let (own, beside) = (story(0), story(1));
    for word in ["sends", "hears", "StopInstance (call 0)"] {
        assert!(own.contains(word), "no `{word}` in\n{own}");
        assert!(!beside.contains(word), "`{word}` in\n{beside}");
    }
}
