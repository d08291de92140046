//! Every row of every operation's error table is reached by one of the `every-*` scenarios.

use std::collections::BTreeSet;

use stopsim::ecs::operation::OperationName;
use stopsim::ecs::refusal::Refusal;

use crate::scenario::Disk;
use crate::worlds::{FIRST, plan_from, run_plan};

#[allow(clippy::disallowed_methods)] // the folder is read
#[test]
fn every_row_of_every_operation_is_reached_by_a_scenario() {
    let mut reached: BTreeSet<(OperationName, Refusal)> = BTreeSet::new();
    let mut files: Vec<_> = std::fs::read_dir("scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("every-") && name.ends_with(".toml"))
        .collect();
    files.sort();
    for file in files {
        let run = run_plan(&plan_from(&format!("scenarios/{file}"), &Disk, &[]), FIRST);
        for (operation, tally) in OperationName::ALL.iter().zip(&run.outcome.counts.calls) {
            let all = tally.refused.keys().chain(tally.items.refused.keys());
            reached.extend(all.map(|refusal| (*operation, *refusal)));
            if tally.dry_run > 0 {
                reached.extend(
                    [Refusal::DryRun, Refusal::BatchDryRun].map(|passed| (*operation, passed)),
                );
            }
        }
    }
    let mut missing = String::new();
    for &operation in OperationName::ALL {
        for &refusal in Refusal::ALL {
            let is_reached = reached.contains(&(operation, refusal));
            if refusal.row().operations.contains(&operation) && !is_reached {
                missing += &format!("{operation} {refusal:?}\n");
            }
        }
    }
    // And no scenario is answered what its operation's table does not have.
    for (operation, refusal) in reached {
        let is_pass = matches!(refusal, Refusal::DryRun | Refusal::BatchDryRun);
        let has = refusal.row().operations.contains(&operation);
        if !(has || is_pass) {
            missing += &format!("{operation} has no row {refusal:?}\n");
        }
    }
    assert_eq!(missing, "");
}
