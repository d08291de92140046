//! Every cell of the table of states, printed and compared with what a reviewer has read.

use std::fmt::Write as _;

use stopsim::ecs::instance::{Cell, State, Trigger, cell};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/transition-table.txt");

/// One line per cell: state, trigger, what becomes of it.
fn printed() -> String {
    let mut table = String::new();
    for &state in State::ALL {
        for &trigger in Trigger::ALL {
            let outcome = match cell(state, trigger) {
                Cell::Moves(next, effect) => format!("{:<23}{effect:?}", next.to_string()),
                Cell::Refused(refusal) => format!("refused: {refusal}"),
                Cell::Impossible => "impossible".to_owned(),
            };
            let (state, trigger) = (state.to_string(), trigger.to_string());
            writeln!(table, "{state:<23}{trigger:<28}{}", outcome.trim_end()).unwrap();
        }
        table.push('\n');
    }
    table
}

#[test]
#[allow(clippy::disallowed_methods)] // a golden file is read, and rewritten on request
fn every_cell_is_as_the_golden_table_says() {
    let printed = printed();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(GOLDEN, &printed).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    assert_eq!(printed, golden, "read the change, then run again with BLESS=1");
}

#[test]
fn the_table_has_a_cell_for_every_state_and_trigger_and_refuses_only_with_a_status() {
    let cells = State::ALL.len() * Trigger::ALL.len();
    assert_eq!(printed().lines().filter(|line| !line.is_empty()).count(), cells);
    for line in printed().lines().filter(|line| line.contains("refused")) {
        let status = line.contains("refused: 403 IncorrectInstanceStatus");
        assert!(status || line.ends_with("refused: 409 OperationConflict"), "{line}");
    }
}
