//! Presets: what each client does, at which second, worked out by hand from its source's numbers.
//!
//! Answers take one second, a stop 20 s, a forced one 5 s, a start from economical mode 40 s.
//! Times are seconds since Monday midnight.

use stopsim::controller::retry::Calls;
use stopsim::ecs::operation::OperationName;
use stopsim::fact::{Belief, Fact};
use stopsim::scenario::preset::PRESETS;
use stopsim::scenario::{Memory, load, presets_page};
use stopsim::sim::plan::Basis;

use crate::worlds::{
    self, CALLS, FIRST, Run, group, plan, pool, run_plan, seconds, unlimited, world,
};

/// What the controllers do: calls as they are sent, silence, and what they believe in the end.
fn told(run: &Run, looks: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, fact) in &run.facts {
        let what = if let Fact::CallSent(call) = fact {
            let instance = call.instance.0 + 1;
            match call.operation.shows_status() {
                true if !looks => continue,
                true => "look".to_owned(),
                false if call.operation == OperationName::StopInstance => {
                    format!("stop #{instance}")
                }
                false if call.operation == OperationName::RunInstances => {
                    format!("another for #{instance}")
                }
                false if call.operation == OperationName::StopInstances => {
                    format!("stop all from #{instance}")
                }
                false => format!("start #{instance}"),
            }
        } else if let Fact::CallTimedOut(_) = fact {
            "silence".to_owned()
        } else if let Fact::BeliefChanged { belief: Belief::Failed(_), .. } = fact {
            "gives up".to_owned()
        } else if let Fact::BeliefChanged { belief: Belief::Done(_), .. } = fact {
            "done".to_owned()
        } else {
            continue;
        };
        lines.push(format!("{} {what}", seconds(*at)));
    }
    lines
}

/// A client `name` whose requests are like `00:01 stop 1` or `00:01:05 start 1`.
fn client(name: &str, preset: &str, requests: &[&str], more: &str) -> String {
    worlds::requests(name, requests, &format!("{preset}\n{more}"))
}

fn ops(preset: &str, requests: &[&str]) -> String {
    client("ops", &format!("preset = \"{preset}\""), requests, "")
}

fn by_hand(requests: &[&str]) -> String {
    client("hand", "stop = { mode = \"StopCharging\" }", requests, "groups = [\"web\"]")
}

fn running(count: u32) -> String {
    group("web", count, "initially = \"running\"") + &unlimited()
}

fn stopped(count: u32) -> String {
    group("web", count, "initially = \"stopped-economical\"") + &unlimited()
}

/// A call fault from half past midnight's first minute to this second of the second one.
fn fault(operation: &str, effect: &str, until: &str) -> String {
    format!(
        "[[call_fault]]\nname = \"gremlin\"\noperations = [\"{operation}\"]\n{effect}\n\
         window = {{ from = \"2026-03-02 00:00:30\", until = \"2026-03-02 {until}\" }}\n"
    )
}

fn unavailable(until: &str) -> String {
    fault("StopInstance", "refuse = \"503 LimitedOperation.ServiceUnavailable\"", until)
}

#[track_caller]
fn check(rest: &[String], looks: bool, expected: &[&str]) -> Run {
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let run = run_plan(&plan(&text), FIRST);
    let lines = told(&run, looks);
    assert_eq!(lines, expected, "\n{}\n{text}", lines.join("\n"));
    run
}

#[test]
fn a_503_ends_the_stop_of_clients_that_call_once() {
    let once = ["go-v1-sdk", "go-v2-sdk", "python-v1-sdk", "python-v2-sdk", "java-v1-sdk"];
    for preset in once.into_iter().chain(["naive-cron", "terraform-alicloud", "packer"]) {
        let rest = [running(1), ops(preset, &["00:01 stop 1"]), unavailable("00:01:10")];
        check(&rest, true, &["60 stop #1", "61 gives up"]);
    }
}

#[test]
fn the_go_v1_sdk_with_auto_retry_repeats_a_503_three_times_at_once() {
    let preset = "go-v1-sdk-auto-retry";
    let rest = [running(1), ops(preset, &["00:01 stop 1"]), unavailable("00:01:10")];
    let lines = ["60 stop #1", "61 stop #1", "62 stop #1", "63 stop #1", "64 gives up"];
    check(&rest, true, &lines);
}

#[test]
fn the_java_v1_sdk_with_retries_waits_half_to_all_of_a_tenth_of_a_second_that_doubles() {
    let preset = "java-v1-sdk-retry";
    let rest = [running(1), ops(preset, &["00:01 stop 1"]), unavailable("00:01:10")];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let run = run_plan(&plan(&text), FIRST);
    let sent = run.facts.iter().filter(|(_, fact)| matches!(fact, Fact::CallSent(_)));
    let sent: Vec<u64> = sent.map(|(at, _)| at.as_micros()).collect();
    let waits: Vec<u64> = sent.windows(2).map(|two| two[1] - two[0] - 1_000_000).collect();
    let longest = [100_000, 200_000, 400_000];
    assert_eq!(waits.len(), longest.len(), "four calls in all: {sent:?}");
    for (wait, longest) in waits.iter().zip(longest) {
        assert!((longest / 2..=longest).contains(wait), "{waits:?}");
    }
}

#[test]
fn a_lost_answer_is_waited_for_ten_seconds_or_a_minute_or_for_ever() {
    let lost = fault("StopInstance", "lose_answer = true", "00:01:10");
    let story = |preset| [running(1), ops(preset, &["00:01 stop 1"]), lost.clone()];
    for preset in ["go-v1-sdk", "python-v1-sdk", "python-v2-sdk", "java-v1-sdk"] {
        let run = check(&story(preset), true, &["60 stop #1", "70 silence", "70 gives up"]);
        assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1, "{preset}: it has stopped");
    }
    let tf =
        check(&story("terraform-alicloud"), true, &["60 stop #1", "120 silence", "120 gives up"]);
    assert_eq!(tf.outcome.counts.beliefs.wrongly_failed, 1);
    check(&story("go-v2-sdk"), true, &["60 stop #1"]);
}

#[test]
fn the_go_v1_sdk_with_auto_retry_is_refused_for_what_its_lost_call_did() {
    let lost = fault("StopInstance", "lose_answer = true", "00:01:10");
    let rest = [running(1), ops("go-v1-sdk-auto-retry", &["00:01 stop 1"]), lost];
    let lines = ["60 stop #1", "70 silence", "70 stop #1", "71 gives up"];
    let run = check(&rest, true, &lines);
    assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1);
}

/// Waits of 1.5, 2, 3, 5 s: a second of sleep, and half a second that doubles. Looks after 5, 3,
/// 6, 10 and 10 s.
#[test]
fn terraform_repeats_a_start_that_got_503_and_looks_less_and_less_often() {
    let down = fault("StartInstance", "refuse = \"503 ServiceUnavailable\"", "00:01:10");
    let rest = [stopped(1), ops("terraform-alicloud", &["00:01 start 1"]), down];
    let lines = [
        "60 start #1",
        "62.5 start #1",
        "65.5 start #1",
        "69.5 start #1",
        "75.5 start #1",
        "81.5 look",
        "85.5 look",
        "92.5 look",
        "103.5 look",
        "114.5 look",
        "125.5 look",
        "126.5 done",
    ];
    check(&rest, true, &lines);
}

#[test]
fn terraform_asks_a_stopping_instance_to_start_until_it_may() {
    let preset = ops("terraform-alicloud", &["00:01:05 start 1"]);
    let rest = [running(1), by_hand(&["00:01 stop 1"]), preset];
    let lines = [
        "60 stop #1",
        "61 done",
        "65 start #1",
        "67.5 start #1",
        "70.5 start #1",
        "74.5 start #1",
        "80.5 start #1",
        "131.5 done",
    ];
    check(&rest, false, &lines);
}

/// The lost call did start it: every further one is refused, 23 calls in five minutes.
#[test]
fn terraform_asks_a_running_instance_to_start_for_five_minutes_after_a_lost_answer() {
    let lost = fault("StartInstance", "lose_answer = true", "00:01:10");
    let rest = [stopped(1), ops("terraform-alicloud", &["00:01 start 1"]), lost];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let run = run_plan(&plan(&text), FIRST);
    let lines = told(&run, true);
    let first =
        ["60 start #1", "120 silence", "121.5 start #1", "124.5 start #1", "128.5 start #1"];
    assert_eq!(lines[..5], first);
    assert_eq!(lines[lines.len() - 2..], ["348.5 start #1", "349.5 gives up"]);
    assert_eq!(lines.iter().filter(|line| line.ends_with("start #1")).count(), 23);
    assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1);
}

#[test]
fn no_stock_is_final_for_every_client_but_who_says_otherwise() {
    let short = pool("free = 0");
    let stopped = group("web", 1, "initially = \"stopped-economical\"");
    for preset in ["terraform-alicloud", "go-v1-sdk-auto-retry", "aliyun-cli", "vendor-advice"] {
        let rest = [stopped.clone(), short.clone(), ops(preset, &["00:01 start 1"])];
        check(&rest, true, &["60 start #1", "61 gives up"]);
    }
    let own = "preset = \"terraform-alicloud\"\n\
               no_stock = { retry_every = \"1m\", give_up = \"3m\" }";
    let rest = [stopped, short, client("ops", own, &["00:01 start 1"], "")];
    check(&rest, true, &["60 start #1", "121 start #1", "182 start #1", "183 gives up"]);
}

#[test]
fn bosh_cuts_the_power_repeats_a_503_at_five_seconds_and_looks_before_and_after() {
    let rest = [running(1), ops("bosh-alicloud-cpi", &["00:01 stop 1"]), unavailable("00:01:10")];
    let lines =
        ["60 look", "61 stop #1", "67 stop #1", "73 stop #1", "74 look", "80 look", "81 done"];
    let run = check(&rest, true, &lines);
    assert_eq!(run.outcome.counts.plain.data_loss_stops, 1);
}

/// Busy for ten or twenty seconds: Terraform repeats a start, after waits of 1.5, 2, 3 and 5 s, but
/// no stop and nothing for OperationConflict. BOSH waits ten seconds and asks twenty times at most.
#[test]
fn who_waits_for_which_code_of_a_conflict() {
    let busy = |code: &str, until: &str| {
        let refuse = format!("refuse = \"409 {code}\"");
        let stops = fault("StopInstance", &refuse, until);
        stops + &fault("StartInstance", &refuse, until).replace("gremlin", "imp")
    };
    let batch_code = |until: &str| busy("InvalidOperation.Conflict", until);
    let rest =
        |preset, request, faults: &str| [stopped(1), ops(preset, &[request]), faults.to_owned()];
    let calls = ["60 start #1", "62.5 start #1", "65.5 start #1", "69.5 start #1"];
    let through = ["75.5 start #1", "126.5 done"];
    let starts = rest("terraform-alicloud", "00:01 start 1", &batch_code("00:01:10"));
    check(&starts, false, &[&calls[..], &through[..]].concat());
    let other = rest("terraform-alicloud", "00:01 start 1", &busy("OperationConflict", "00:01:10"));
    check(&other, false, &["60 start #1", "61 gives up"]);
    let stop = [running(1), ops("terraform-alicloud", &["00:01 stop 1"]), batch_code("00:01:10")];
    check(&stop, false, &["60 stop #1", "61 gives up"]);
    let bosh = [running(1), ops("bosh-alicloud-cpi", &["00:01 stop 1"]), batch_code("00:01:20")];
    check(&bosh, false, &["61 stop #1", "72 stop #1", "83 stop #1", "91 done"]);
    let long = [running(1), ops("bosh-alicloud-cpi", &["00:01 stop 1"]), batch_code("01:00:00")];
    let text = world("1d", &[CALLS.to_owned(), long.concat()].concat());
    let lines = told(&run_plan(&plan(&text), FIRST), false);
    // 61 + 19 × (10 + 1), and the last answer.
    assert_eq!(lines.len(), 21);
    assert_eq!(lines[19..], ["270 stop #1", "271 gives up"]);
}

/// Each catcher has its own sixty calls: 503 until the 59th wait is over, then it gives up.
#[test]
fn bosh_gives_up_after_sixty_calls_for_one_reason() {
    let rest = [running(1), ops("bosh-alicloud-cpi", &["00:01 stop 1"]), unavailable("01:00:00")];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let lines = told(&run_plan(&plan(&text), FIRST), false);
    assert_eq!(lines.len(), 61);
    // 61 + 59 × (5 + 1), and the last answer.
    assert_eq!(lines[59..], ["415 stop #1", "416 gives up"]);
}

#[test]
fn bosh_counts_each_reason_by_itself() {
    let half = |name: &str, effect: &str, from: &str, until: &str| {
        format!(
            "[[call_fault]]\nname = \"{name}\"\noperations = [\"StopInstance\"]\n\
             refuse = \"{effect}\"\n\
             window = {{ from = \"2026-03-02 {from}\", until = \"2026-03-02 {until}\" }}\n"
        )
    };
    let rest = [
        running(1),
        ops("bosh-alicloud-cpi", &["00:01 stop 1"]),
        half("down", "503 LimitedOperation.ServiceUnavailable", "00:00:30", "00:06"),
        half("broken", "500 InternalError", "00:06", "00:11"),
    ];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let run = run_plan(&plan(&text), FIRST);
    let lines = told(&run, false);
    // 61 to 355 s: 50 times 503; 361 to 655 s: 50 times 500; 661 s: accepted.
    assert_eq!(lines.len(), 102);
    assert_eq!(lines[100], "661 stop #1");
    assert!(lines[101].ends_with("done"), "{lines:?}");
}

#[test]
fn bosh_waits_for_a_stop_to_be_over_before_it_starts() {
    let rest =
        [running(1), by_hand(&["00:01 stop 1"]), ops("bosh-alicloud-cpi", &["00:01:05 start 1"])];
    let lines =
        ["60 stop #1", "61 done", "65 look", "71 look", "77 look", "83 look", "84 start #1"];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let told = told(&run_plan(&plan(&text), FIRST), true);
    assert_eq!(told[..lines.len()], lines, "{told:?}");
}

/// One stop a minute: the second is told twenty seconds into the minute that forty are left, and
/// asks again after these, where a minute would have made it 141 s.
#[test]
fn the_cli_waits_as_long_as_the_throttled_answer_says_and_polls_at_five_seconds() {
    let quota = "[[quota]]\nname = \"stops\"\noperation = \"StopInstance\"\nlimit = 1\n";
    let requests = ["00:01:20 stop 1", "00:01:20 stop 2"];
    let rest = [running(2), ops("aliyun-cli", &requests), quota.to_owned()];
    let calls = ["80 stop #1", "80 stop #2", "106 done", "121 stop #2", "147 done"];
    check(&rest, false, &calls);
    let one = [running(1), ops("aliyun-cli", &["00:01 stop 1"])];
    let looks = ["60 stop #1", "61 look", "67 look", "73 look", "79 look", "85 look", "86 done"];
    check(&one, true, &looks);
}

/// A fault throttles without a hint.
#[test]
fn the_cli_leaves_a_throttled_answer_without_a_hint_alone() {
    let throttled = fault("StopInstance", "refuse = \"400 Throttling\"", "00:01:10");
    let rest = [running(1), ops("aliyun-cli", &["00:01 stop 1"]), throttled];
    check(&rest, true, &["60 stop #1", "61 gives up"]);
}

/// Ten seconds from the accepted stop to the look; it fails at 72 s and is repeated after 100, 200
/// and 400 ms, each answered a second later. The Python SDK of the second generation repeats none.
#[test]
fn the_python_v1_sdk_repeats_a_look_three_times_and_a_stop_never() {
    let client = |preset: &str| {
        let more = "wait = { poll = \"10s\", give_up = \"5m\", read_errors = 0 }";
        client("ops", &format!("preset = \"{preset}\""), &["00:01 stop 1"], more)
    };
    let blind = |until| fault("DescribeInstanceStatus", "refuse = \"500 InternalError\"", until);
    let rest = [running(1), client("python-v1-sdk"), blind("00:01:14")];
    let looks =
        ["60 stop #1", "71 look", "72.1 look", "73.3 look", "74.7 look", "85.7 look", "86.7 done"];
    check(&rest, true, &looks);
    let long = [running(1), client("python-v1-sdk"), blind("00:30:00")];
    check(&long, true, &[&looks[..5], &["75.7 gives up"]].concat());
    let other = [running(1), client("python-v2-sdk"), blind("00:01:14")];
    check(&other, true, &["60 stop #1", "71 look", "72 gives up"]);
    let forbidden = fault("DescribeInstanceStatus", "refuse = \"403 Forbidden.RAM\"", "00:30:00");
    let refused = [running(1), client("python-v1-sdk"), forbidden];
    check(&refused, true, &["60 stop #1", "71 look", "72 gives up"]);
}

/// Half a second that doubles, and of that half to all: 250 to 500 ms, 500 to 1000, one to two.
#[test]
fn the_python_v1_sdk_waits_longer_for_a_throttled_look() {
    let more = "wait = { poll = \"10s\", give_up = \"5m\", read_errors = 0 }";
    let ops = client("ops", "preset = \"python-v1-sdk\"", &["00:01 stop 1"], more);
    let throttled = fault("DescribeInstanceStatus", "refuse = \"400 Throttling\"", "00:30:00");
    let text = world("1d", &[CALLS.to_owned(), running(1), ops, throttled].concat());
    let run = run_plan(&plan(&text), FIRST);
    let lines = told(&run, true);
    let looks = lines.iter().filter_map(|line| line.strip_suffix(" look"));
    let at: Vec<f64> = looks.map(|second| second.parse().unwrap()).collect();
    assert_eq!(at.len(), 4, "{at:?}");
    for (n, pair) in at.windows(2).enumerate() {
        let waited = pair[1] - pair[0] - 1.0;
        let most = 0.5 * f64::from(1 << n);
        assert!(most / 2.0 <= waited && waited <= most, "{waited} of {most}");
    }
}

/// ModifyInstanceSpec has a ClientToken, StartInstance none.
#[test]
fn the_python_v1_sdk_repeats_a_call_with_a_client_token() {
    let sent = |preset: &str, action: &str| {
        let down = "refuse = \"500 InternalError\"\n\
                    operations = [\"ModifyInstanceSpec\", \"StartInstance\"]\n";
        let request = format!(
            "{{ at = \"2026-03-02 00:01\", instance = \"web-0001\", action = \"{action}\" }}"
        );
        let rest = format!(
            "{CALLS}{}{}[[price]]\nname = \"ecs.g7.xlarge\"\nrate = \"7.2 CNY/h\"\n\
             [[controller]]\nname = \"ops\"\npreset = \"{preset}\"\n\
             change = {{ type = \"ecs.g7.xlarge\" }}\nrequests = [{request}]\n\
             [[call_fault]]\nname = \"gremlin\"\n{down}",
            group("web", 1, "initially = \"stopped-standard\""),
            pool("free = 4"),
        );
        let run = run_plan(&plan(&world("1d", &rest)), FIRST);
        run.outcome.counts.calls.iter().map(|tally| tally.sent).sum::<u64>()
    };
    assert_eq!(sent("python-v1-sdk", "change"), 4);
    assert_eq!(sent("python-v1-sdk", "start"), 1);
    assert_eq!(sent("python-v2-sdk", "change"), 1);
}

#[test]
fn one_look_that_fails_ends_the_cli_terraform_and_libcloud_but_not_packer() {
    let blind = fault("DescribeInstances", "refuse = \"500 InternalError\"", "00:01:40");
    let story = |preset| [running(1), ops(preset, &["00:01 stop 1"]), blind.clone()];
    for preset in ["aliyun-cli", "libcloud"] {
        check(&story(preset), true, &["60 stop #1", "61 look", "62 gives up"]);
    }
    check(&story("terraform-alicloud"), true, &["60 stop #1", "66 look", "67 gives up"]);
    let packer = [
        "60 stop #1",
        "61 look",
        "67 look",
        "73 look",
        "79 look",
        "85 look",
        "91 look",
        "97 look",
        "103 look",
        "104 done",
    ];
    check(&story("packer"), true, &packer);
}

#[test]
fn libcloud_looks_every_three_seconds() {
    let rest = [running(1), ops("libcloud", &["00:01 stop 1"])];
    let lines =
        ["60 stop #1", "61 look", "65 look", "69 look", "73 look", "77 look", "81 look", "82 done"];
    check(&rest, true, &lines);
}

/// All in one call, and over when it is accepted: nobody looks whether they ever stop.
#[test]
fn kestra_stops_all_at_once_and_does_not_wait() {
    let requests = ["00:01 stop 1", "00:01 stop 2"];
    let rest = [running(2), ops("kestra", &requests)];
    check(&rest, true, &["60 stop all from #1", "61 done", "61 done"]);
    let busy = [running(2), by_hand(&["00:00:55 stop 2"]), ops("kestra", &requests)];
    let lines = ["55 stop #2", "56 done", "60 stop all from #1", "61 gives up", "61 gives up"];
    check(&busy, true, &lines);
}

/// One read shows all; what is Stopped is left out of the batch, and what is Stopping is not.
#[test]
fn ansible_asks_in_one_call_for_those_that_are_not_as_wanted() {
    let requests = ["00:01 stop 1", "00:01 stop 2", "00:01 stop 3"];
    let ansible = |requests: &[&str]| ops("ansible-ali-instance", requests);
    check(
        &[running(3), ansible(&requests)],
        true,
        &["60 look", "61 stop all from #1", "62 done", "62 done", "62 done"],
    );
    let down = [running(3), by_hand(&["00:00:30 stop 1"]), ansible(&requests)];
    let lines = [
        "30 stop #1",
        "31 done",
        "60 look",
        "61 done",
        "61 stop all from #2",
        "62 done",
        "62 done",
    ];
    let run = check(&down, true, &lines);
    assert_eq!(run.outcome.counts.calls[OperationName::StopInstances as usize].items.accepted, 2);
    let busy = [running(2), by_hand(&["00:00:55 stop 2"]), ansible(&requests[..2])];
    let lines =
        ["55 stop #2", "56 done", "60 look", "61 stop all from #1", "62 gives up", "62 gives up"];
    check(&busy, true, &lines);
    let all_down = [stopped(3), ansible(&requests)];
    check(&all_down, true, &["60 look", "61 done", "61 done", "61 done"]);
    let blind = fault("DescribeInstances", "refuse = \"500 InternalError\"", "00:01:10");
    let blind = [running(3), ansible(&requests), blind];
    check(&blind, true, &["60 look", "61 gives up", "61 gives up", "61 gives up"]);
}

/// What is stopped comes first, and another instance for the one that has no stock: a minute
/// after the first call, 5 s of creation and 30 s of start. Later both that run are stopped, the
/// new one too. It looks 10 s after each answer: at 131, 142, 153 and 164 s the first is up.
#[test]
fn auto_scaling_starts_what_is_stopped_and_tops_up_with_new_instances() {
    let group = group(
        "web",
        2,
        "initially = \"stopped-economical\"\nreserve = { count = 1, creation = \"5s\" }",
    );
    let demand = "[[demand]]\nname = \"busy\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"daily\", from = \"00:02\", to = \"00:10\" }]\n\
                  [[controller]]\nname = \"ess\"\nfollows = \"busy\"\n\
                  preset = \"auto-scaling-economical\"\n";
    let short = fault(
        "StartInstance",
        "refuse = \"403 OperationDenied.NoStock\"\ninstances = [\"web-0002\"]",
        "00:20",
    );
    let rest = [group, unlimited(), demand.to_owned(), short];
    let lines = [
        "120 start #1",
        "120 start #2",
        "121 gives up",
        "165 done",
        "180 another for #2",
        "225 done",
        "600 stop #1",
        "600 stop #3",
        "623 done",
        "623 done",
    ];
    check(&rest, false, &lines);
}

/// All three are throttled at once; from there one call a second, whoever's turn it is, and the
/// two that are left go out together once one has got through.
#[test]
fn by_the_vendors_advice_a_throttled_client_probes_at_one_call_a_second() {
    let throttled = fault("StopInstance", "refuse = \"400 Throttling\"", "00:01:10");
    let requests = ["00:01 stop 1", "00:01 stop 2", "00:01 stop 3"];
    let rest = [running(3), ops("vendor-advice", &requests), throttled];
    let lines = [
        "60 stop #1",
        "60 stop #2",
        "60 stop #3",
        "62 stop #1",
        "63 stop #2",
        "64 stop #3",
        "65 stop #1",
        "66 stop #2",
        "67 stop #3",
        "68 stop #1",
        "69 stop #2",
        "70 stop #3",
        "71 stop #1",
        "71 stop #2",
    ];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let told = told(&run_plan(&plan(&text), FIRST), false);
    assert_eq!(told[..lines.len()], lines, "{told:#?}");
    assert_eq!(told.len(), lines.len() + 3, "and all three are done");
}

#[test]
fn oos_waits_for_what_is_stopping_and_leaves_alone_what_is_there() {
    let oos = ops("oos-schedule", &["00:01:05 stop 1"]);
    let rest = [running(1), by_hand(&["00:01 stop 1"]), oos];
    let lines =
        ["60 stop #1", "61 done", "65 look", "66 look", "72 look", "78 look", "84 look", "85 done"];
    check(&rest, true, &lines);
    let rest = [running(1), ops("oos-schedule", &["00:01 start 1"])];
    check(&rest, true, &["60 look", "61 done"]);
}

#[test]
fn oos_starts_what_is_starting_once_more_and_is_refused() {
    let oos = ops("oos-schedule", &["00:01:05 start 1"]);
    let rest = [stopped(1), by_hand(&["00:01 start 1"]), oos];
    let lines = ["60 start #1", "61 done", "65 look", "66 start #1", "67 gives up"];
    let run = check(&rest, true, &lines);
    assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1, "it is starting");
}

#[test]
fn oos_does_not_call_when_it_cannot_look() {
    let blind = fault("DescribeInstances", "refuse = \"500 InternalError\"", "00:01:10");
    let rest = [running(1), ops("oos-schedule", &["00:01 stop 1"]), blind];
    check(&rest, true, &["60 look", "61 gives up"]);
    let lost = fault("DescribeInstances", "lose_answer = true", "00:01:10");
    let rest = [running(1), ops("oos-schedule", &["00:01 stop 1"]), lost];
    check(&rest, true, &["60 look", "70 silence", "70 gives up"]);
}

#[test]
fn oos_acts_on_ten_instances_at_a_time() {
    let requests: Vec<String> = (1..=12).map(|n| format!("00:01 stop {n}")).collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    let rest = [running(12), ops("oos-schedule", &requests)];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let lines = told(&run_plan(&plan(&text), FIRST), true);
    assert_eq!(lines.iter().filter(|line| *line == "60 look").count(), 10);
    let eleventh = lines.iter().position(|line| line.ends_with("stop #11"));
    let first_done = lines.iter().position(|line| line.ends_with("done"));
    assert!(eleventh > first_done, "{lines:#?}");
}

/// Twelve to stop, ten at a time: one read and one call for the ten, of which one is stopped
/// already, and the other two as places fall free.
#[test]
fn oos_with_batch_calls_looks_at_ten_in_one_read_and_stops_those_that_run() {
    let requests: Vec<String> = (1..=12).map(|n| format!("00:01 stop {n}")).collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    let preset = "preset = \"oos-schedule\"\ncall = \"batch\"";
    let oos = client("ops", preset, &requests, "");
    let rest = [running(12), by_hand(&["00:00:30 stop 2"]), oos];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let run = run_plan(&plan(&text), FIRST);
    let lines = told(&run, true);
    let first = ["30 stop #2", "31 done", "60 look", "61 done", "61 stop all from #1", "61 look"];
    assert_eq!(lines[..6], first, "{lines:#?}");
    let stops = &run.outcome.counts.calls[OperationName::StopInstances as usize];
    assert_eq!(stops.items.accepted, 11);
    assert!(stops.items.refused.is_empty() && stops.refused.is_empty());
}

/// Stopped at 80 s, heard of five seconds later, looked at, started.
#[test]
fn who_listens_for_stops_starts_what_the_scheduler_has_stopped() {
    let keeper = "[[controller]]\nname = \"keeper\"\npreset = \"oos-auto-start-when-stopped\"\n\
         groups = [\"web\"]\n";
    let rest = [running(1), by_hand(&["00:01 stop 1"]), keeper.to_owned()];
    let text = world("1d", &[CALLS.to_owned(), rest.concat()].concat());
    let lines = told(&run_plan(&plan(&text), FIRST), true);
    assert_eq!(lines[..5], ["60 stop #1", "61 done", "85 look", "86 start #1", "87 look"]);
}

/// A nightly stop at 20:00 and a start at 08:00; from 19:00 to 23:00 the host of the script is off.
fn night(more: &str) -> Vec<String> {
    let controller = format!(
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{{ days = \"daily\", from = \"08:00\", to = \"20:00\" }}]\n\
         [[controller]]\nname = \"night\"\npreset = \"naive-cron\"\nfollows = \"office\"\n\
         outages = [{{ from = \"2026-03-02 19:00\", until = \"2026-03-02 23:00\" }}]\n{more}\n"
    );
    let rest = [CALLS.to_owned(), running(1), controller].concat();
    told(&run_plan(&plan(&world("2d", &rest)), FIRST), true)
}

#[test]
fn cron_does_not_make_up_for_what_it_missed_unless_told() {
    let (eight, eleven, next) = (8 * 3600, 23 * 3600, 32 * 3600);
    let start = |at: u32| [format!("{at} start #1"), format!("{} gives up", at + 1)];
    let stop = |at: u32| [format!("{at} stop #1"), format!("{} done", at + 1)];
    // What runs already is started all the same, and refused.
    let still_failed = start(next)[..1].to_vec();
    let missed = [start(eight).to_vec(), still_failed, stop(44 * 3600).to_vec()];
    assert_eq!(night(""), missed.concat());
    let made_up = [
        start(eight),
        stop(eleven),
        [format!("{next} start #1"), format!("{} done", next + 1)],
        stop(44 * 3600),
    ];
    assert_eq!(night("catch_up = true"), made_up.concat());
}

/// Busy from one to two; ten minutes later it is stopped, and at three it is started again.
#[test]
fn who_follows_an_activity_trace_stops_what_has_been_idle_for_the_linger() {
    let text = world(
        "1d",
        &[
            CALLS.to_owned(),
            running(1),
            "[[demand]]\nname = \"busy\"\ngroups = [\"web\"]\n\
             trace = { csv = \"busy.csv\", linger = \"10m\" }\n\
             [[controller]]\nname = \"idle\"\nfollows = \"busy\"\npreset = \"python-v2-sdk\"\n\
             stop = { mode = \"StopCharging\" }\n"
                .to_owned(),
        ]
        .concat(),
    );
    let csv = "from,to\n0m,30m\n60m,120m\n125m,126m\n180m,240m\n";
    let source = Memory::new().with("w.toml", text).with("busy.csv", csv);
    let plan = crate::worlds::plan_from("w.toml", &source, &[]);
    let lines = told(&run_plan(&plan, FIRST), true);
    let at = |minute: u32| minute * 60;
    let expected = [
        format!("{} stop #1", at(40)),
        format!("{} done", at(40) + 1),
        format!("{} start #1", at(60)),
        format!("{} done", at(60) + 1),
        format!("{} stop #1", at(136)),
        format!("{} done", at(136) + 1),
        format!("{} start #1", at(180)),
        format!("{} done", at(180) + 1),
        format!("{} stop #1", at(250)),
        format!("{} done", at(250) + 1),
    ];
    assert_eq!(lines, expected);
}

fn small(controller: &str) -> String {
    world("1d", &[running(1), controller.to_owned()].concat())
}

#[test]
fn what_a_scenario_writes_wins_key_by_key() {
    let own = "[[controller]]\nname = \"ops\"\npreset = \"bosh-alicloud-cpi\"\n\
               groups = [\"web\"]\nwatch = { every = \"1h\", want = \"stopped\" }\n\
               stop = { mode = \"StopCharging\" }\nwait = { poll = \"7s\" }\n\
               retry = { backoff = \"fixed\", base = \"3s\" }\n";
    let plan = plan(&small(own));
    let ops = &plan.controllers[0];
    assert!(ops.stop.mode.is_some(), "its own");
    assert_eq!(ops.stop.force, stopsim::ecs::operation::Force::PowerOff, "the preset's");
    let wait = ops.wait.as_ref().unwrap();
    assert_eq!(wait.interval.as_micros(), 7_000_000);
    assert_eq!(wait.give_up.as_micros(), 605_000_000);
    assert_eq!(ops.retry.len(), 1, "a list is replaced whole");
}

#[test]
fn an_expanded_preset_is_the_same_scenario() {
    for preset in PRESETS {
        let drive = match preset.name {
            "oos-auto-start-when-stopped" => "",
            _ => "watch = { every = \"1h\", want = \"stopped\" }\n",
        };
        let own = format!(
            "[[controller]]\nname = \"ops\"\npreset = \"{}\"\ngroups = [\"web\"]\n{drive}",
            preset.name,
        );
        let load = |text: String| {
            let source = Memory::new().with("w.toml", text);
            load("w.toml", &source, &[]).unwrap_or_else(|e| panic!("{}:\n{e}", preset.name))
        };
        let first = load(small(&own));
        let again = load(first.resolved.clone());
        assert_eq!(first.plan.hash, again.plan.hash, "{}", preset.name);
        assert!(first.resolved.contains(&format!("preset = \"{}\"", preset.name)));
        for input in &first.plan.inputs {
            let is_preset = input.path.starts_with("controller.ops.") && !input.source.is_empty();
            let is_own = input.path.contains(".watch.");
            assert!(is_preset || is_own || !input.path.starts_with("controller."), "{input:?}");
        }
    }
}

#[test]
fn what_a_preset_gives_rests_on_what_its_file_says() {
    let own = "[[controller]]\nname = \"tf\"\npreset = \"terraform-alicloud\"\n\
               groups = [\"web\"]\nwatch = { every = \"1h\", want = \"stopped\" }\n\
               timeout = \"5s\"\n";
    let plan = plan(&small(own));
    let basis = |path: &str| {
        let found = plan.inputs.iter().find(|input| input.path == path);
        let found = found.unwrap_or_else(|| panic!("no input {path}"));
        (found.basis, found.source.clone())
    };
    assert_eq!(basis("controller.tf.timeout"), (Basis::Given, String::new()));
    let (kind, source) = basis("controller.tf.wait.poll");
    assert_eq!(kind, Basis::Measured);
    assert!(source.starts_with("terraform-provider-alicloud @81c43b6"), "{source}");
    let (_, source) = basis("controller.tf.retry.2.cap");
    assert!(source.starts_with("terraform-plugin-sdk"), "{source}");
    assert_eq!(basis("controller.tf.concurrency").0, Basis::Documented);
}

#[test]
fn a_rule_for_starts_only_is_not_asked_about_stops() {
    let own = "[[controller]]\nname = \"tf\"\npreset = \"terraform-alicloud\"\n\
               groups = [\"web\"]\nwatch = { every = \"1h\", want = \"stopped\" }\n";
    let plan = plan(&small(own));
    let calls: Vec<Option<Calls>> =
        plan.controllers[0].retry.iter().map(|rule| rule.calls).collect();
    assert_eq!(calls, [Some(Calls::Stops), Some(Calls::Starts)]);
}

#[allow(clippy::disallowed_methods)] // the folder is read
#[test]
fn every_file_of_presets_is_compiled_in_and_says_where_it_comes_from() {
    let mut files: Vec<String> = std::fs::read_dir("presets")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<String> =
        PRESETS.iter().map(|preset| format!("{}.toml", preset.name)).collect();
    known.sort();
    assert_eq!(files, known);
    for preset in PRESETS {
        assert!(preset.text.starts_with("# "), "{} says what it is", preset.name);
        assert!(!preset.says("client").is_empty(), "{}", preset.name);
        assert!(preset.says("source").contains(['@', ':', '(']), "{}", preset.name);
        let written = preset.text.split("[basis]\n").nth(1).unwrap_or_default();
        let lines = written.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(preset.grounds().len(), lines, "{}: every basis is one", preset.name);
    }
}

/// `BLESS=1 cargo test presets` rewrites the page.
#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_page_of_presets_is_as_their_files_say() {
    const PAGE: &str = "docs/PRESETS.md";
    let page = presets_page();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test presets");
}
