//! Fixed workloads, run once: `.ci/costs` counts their instructions and their memory.

use crate::engines::Engine;
use crate::model::{Hold, increments};
use crate::whole;

/// Runs a workload and prints how many events it handled, or bytes an instance it took.
///
/// # Panics
/// If there is no such workload.
pub fn of(workload: &str) {
    match workload {
        "hold" => {
            let mut hold = Hold::new(&increments());
            let first = hold.first(20_000);
            Engine::Stopsim.run(&mut hold, &first, 400_000);
            println!("{}", hold.handled);
        }
        "office" => println!("{}", whole::events(4_000, "")),
        "polling" => {
            let wait = "wait = { poll = \"10s\", give_up = \"15m\" }\n";
            println!("{}", whole::events(1_000, wait));
        }
        "memory" => match whole::bytes_each(100_000) {
            Some(bytes) => println!("{bytes:.0}"),
            None => println!("0"),
        },
        other => panic!("there is no workload `{other}`: hold, office, polling, memory"),
    }
}
