//! docs/QUESTION.md: its commands, run as they stand, print what stands below them.
//!
//! They take a minute: `.ci/slow` runs this. `BLESS=1 cargo test --test it -- --ignored question`
//! writes what they print into the page.

#![allow(clippy::disallowed_methods)]

use std::process::Command;

use crate::golden::{root, same};
use crate::outside::STOPSIM;

#[test]
#[ignore = "a minute: .ci/slow"]
fn the_commands_of_the_planners_question_print_what_the_page_says() {
    let ran = prints_what_it_says("docs/QUESTION.md", &[0]);
    assert!(ran >= 3, "the page has {ran} commands");
}

/// Runs the commands of a page, each of which may end with these codes, and holds what they print
/// against what stands below them. How many there are.
#[track_caller]
pub fn prints_what_it_says(page: &str, codes: &[i32]) -> usize {
    let page = root().join(page);
    let text = std::fs::read_to_string(&page).expect("the page");
    let cache = tempfile::tempdir().expect("a folder");
    let mut ran = 0;
    let mut now = String::new();
    let mut rest = text.as_str();
    while let Some((before, from)) = rest.split_once("```sh\n") {
        let (command, after) = from.split_once("```\n").expect("the end of a command");
        now += &format!("{before}```sh\n{command}```\n");
        rest = after;
        let Some(printed) = after.strip_prefix("\n```text\n") else { continue };
        let (_, after) = printed.split_once("```\n").expect("the end of what is printed");
        now += &format!("\n```text\n{}```\n", printed_by(command, cache.path(), codes));
        rest = after;
        ran += 1;
    }
    now += rest;
    same(&page, &now);
    ran
}

fn printed_by(command: &str, cache: &std::path::Path, codes: &[i32]) -> String {
    let binary = std::path::Path::new(STOPSIM);
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = binary.parent().expect("a folder").display();
    let output = Command::new("sh")
        .args(["-euc", command])
        .current_dir(root())
        .env("PATH", format!("{folder}:{path}"))
        .env("XDG_CACHE_HOME", cache)
        .output()
        .expect("a shell");
    let is_expected = output.status.code().is_some_and(|code| codes.contains(&code));
    assert!(is_expected, "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
