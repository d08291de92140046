//! The rules of a RAM policy, and that working them out beforehand changes no answer.

use proptest::prelude::*;

use super::*;
use OperationName::{DescribeInstances, StartInstance, StopInstance};
use PolicyEffect::{Allow, Deny};

const PREFIX: &str = "acs:ecs:cn-hangzhou:123:instance/";

fn statement(effect: PolicyEffect, action: &str, resource: &str) -> PolicyStatement {
    PolicyStatement { effect, actions: vec![action.into()], resources: vec![resource.into()] }
}

#[track_caller]
fn allowed(policy: &[PolicyStatement], operation: OperationName, name: &str) -> bool {
    let answer = judge(policy, operation, &format!("{PREFIX}{name}"));
    match verdict(policy, operation, &[PREFIX.into()]) {
        Verdict::Always => assert!(answer, "worked out as always"),
        Verdict::Never => assert!(!answer, "worked out as never"),
        Verdict::ByName => {}
    }
    answer
}

#[test]
fn without_a_matching_allow_the_answer_is_no() {
    let policy = [statement(Allow, "ecs:StopInstance", &format!("{PREFIX}web-*"))];
    assert!(allowed(&policy, StopInstance, "web-0001"));
    assert!(!allowed(&policy, StopInstance, "db-0001"));
    assert!(!allowed(&policy, StartInstance, "web-0001"));
}

#[test]
fn an_explicit_deny_wins() {
    let policy = [
        statement(Allow, "ecs:*", "*"),
        statement(Deny, "ecs:Stop*", "acs:ecs:*:*:instance/db-000?"),
    ];
    assert!(!allowed(&policy, StopInstance, "db-0007"));
    assert!(allowed(&policy, StopInstance, "db-0017"));
    assert!(allowed(&policy, StartInstance, "db-0007"));
}

#[test]
fn a_policy_that_treats_every_instance_alike_is_worked_out_once() {
    for resource in ["*", "acs:ecs:*", "acs:ecs:*:*:*", "acs:ecs:cn-hangzhou:123:instance/*"] {
        let policy = [statement(Allow, "ecs:*", resource)];
        assert_eq!(verdict(&policy, StopInstance, &[PREFIX.into()]), Verdict::Always, "{resource}");
        let denied = [statement(Allow, "*", "*"), statement(Deny, "*", resource)];
        assert_eq!(verdict(&denied, StopInstance, &[PREFIX.into()]), Verdict::Never, "{resource}");
    }
    for resource in ["acs:ecs:cn-beijing:*:*", "acs:ecs:*:*:instance/web-*", "acs:rds:*"] {
        let policy = [statement(Allow, "ecs:*", resource)];
        assert_eq!(verdict(&policy, StopInstance, &[PREFIX.into()]), Verdict::ByName, "{resource}");
    }
    assert_eq!(verdict(&[], DescribeInstances, &[PREFIX.into()]), Verdict::Always);
    let other = [statement(Allow, "ecs:Describe*", "*")];
    assert_eq!(verdict(&other, StopInstance, &[PREFIX.into()]), Verdict::Never);
}

#[test]
fn a_star_is_any_text_and_a_question_mark_one_byte() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("*", "", true),
        ("a*c", "abbbc", true),
        ("a*c", "abbbcd", false),
        ("a*b*c", "aXbYbZc", true),
        ("*ab", "aab", true),
        ("*aab", "aaab", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("abc", "abcd", false),
        ("abc*", "ab", false),
        ("**", "x", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
    }
}

/// The definition of a pattern, letter by letter.
fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((b'*', rest)), None) => matches_slowly(rest, text),
        (Some((b'*', rest)), Some((_, later))) => {
            matches_slowly(rest, text) || matches_slowly(pattern, later)
        }
        (Some(_), None) => false,
        (Some((letter, rest)), Some((first, later))) => {
            (*letter == b'?' || letter == first) && matches_slowly(rest, later)
        }
    }
}

proptest! {
    #[test]
    fn matching_agrees_with_its_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        let expected = matches_slowly(pattern.as_bytes(), text.as_bytes());
        prop_assert_eq!(matches(&pattern, &text), expected);
    }

    #[test]
    fn working_it_out_beforehand_changes_no_answer(
        rules in prop::collection::vec((any::<bool>(), 0usize..4, 0usize..6), 1..5),
        name in "[ab]{0,3}",
    ) {
        let actions = ["*", "ecs:S*", "ecs:StopInstance", "ecs:Describe*"];
        let resources = [
            "*",
            "acs:ecs:*",
            "acs:ecs:cn-hangzhou:123:instance/*",
            "acs:ecs:*:*:instance/a*",
            "acs:ecs:cn-hangzhou:*:instance/?b",
            "acs:ecs:cn-beijing:*:*",
        ];
        let policy: Vec<PolicyStatement> = rules
            .into_iter()
            .map(|(deny, action, resource)| {
                let effect = if deny { Deny } else { Allow };
                statement(effect, actions[action], resources[resource])
            })
            .collect();
        for &operation in OperationName::ALL {
            allowed(&policy, operation, &name);
        }
    }
}

/// Leave for one region is no leave for another.
#[test]
fn a_policy_of_one_region_is_judged_by_name_where_there_are_two() {
    let policy = [statement(Allow, "ecs:*", "acs:ecs:cn-hangzhou:*:instance/*")];
    let home = || PREFIX.to_owned();
    let abroad = "acs:ecs:us-east-1:123:instance/".to_owned();
    assert_eq!(verdict(&policy, StopInstance, &[home()]), Verdict::Always);
    assert_eq!(verdict(&policy, StopInstance, &[home(), abroad.clone()]), Verdict::ByName);
    assert!(!judge(&policy, StopInstance, &format!("{abroad}web-0001")));
}
