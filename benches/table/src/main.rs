//! One table, one run: stopsim beside bare loops and, with the feature `peers`, other engines.
//!
//! `cargo run --profile dist -p stopsim-bench --features peers -- [--quick] [ROW …]`. Rows: `hold`,
//! `worst`, `burst`, `station`, `simpy` (if python3 has it), `cycles`, `replications`, `small`,
//! `parsing`, `entries`, `output`, `memory`; all, if none is named, and if they are,
//! `memory-of-ten-million` and `reference`, which builds the program anew on a plain binary heap.
//! Contenders of a row are measured in turns and the median counts: only ratios mean something, the
//! machine's own speed does not.
//! `--quick` runs everything small. `cost WORKLOAD` runs one fixed workload once, for `.ci/costs` to
//! count its instructions.

#![allow(clippy::disallowed_methods, reason = "a benchmark asks what time it is")]
#![allow(clippy::disallowed_types, reason = "a benchmark asks what time it is")]

mod cascade;
mod cost;
mod cycle;
mod engines;
mod entries;
mod hunts;
mod kernel;
mod model;
#[cfg(feature = "peers")]
mod peers;
mod reference;
mod simpy;
mod table;
mod whole;
mod worst;

fn main() {
    let (flags, rows): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    match rows.as_slice() {
        [first, workload] if first == "cost" => return cost::of(workload),
        [first, instances] if first == "cycle" => return reference::cycle(instances),
        _ => {}
    }
    let quick = flags.iter().any(|flag| flag == "--quick");
    let wants = |row: &str| rows.is_empty() || rows.iter().any(|wanted| wanted == row);
    let increments = model::increments();
    // Small sizes show that every row runs; the goals are those of the full ones.
    let goal = if quick { "goal at full size" } else { "goal" };
    println!("{:<46} {:>14}  {:<28} {:>8}  {goal}", "what", "took, each", "compared", "ratio");
    // First, as a process's peak never falls.
    if wants("memory") {
        whole::memory(if quick { 10_000 } else { 1_000_000 });
    }
    if rows.iter().any(|row| row == "memory-of-ten-million") {
        whole::memory(10_000_000);
    }
    if wants("hold") {
        let sizes: &[u32] = if quick { &[1_000] } else { &[1_000, 100_000, 1_000_000] };
        kernel::hold(&increments, sizes, if quick { 50_000 } else { 1_000_000 });
    }
    if wants("worst") {
        let (pending, events) = if quick { (1_000, 50_000) } else { (100_000, 1_000_000) };
        worst::worst(&increments, pending, events);
    }
    if wants("burst") {
        kernel::burst(&increments, if quick { 10_000 } else { 1_000_000 });
    }
    if wants("station") {
        kernel::station(&increments, if quick { 20_000 } else { 1_000_000 });
    }
    if wants("simpy") {
        let (sizes, events): (&[u32], u64) =
            if quick { (&[1_000], 20_000) } else { (&[1_000, 100_000], 400_000) };
        simpy::rows(&increments, sizes, events);
    }
    if wants("cycles") {
        whole::cycles(if quick { &[1_000] } else { &[1_000, 100_000, 1_000_000] });
    }
    if rows.iter().any(|row| row == "reference") {
        reference::reference(if quick { &[1_000] } else { &[1_000, 100_000, 1_000_000] });
    }
    if wants("replications") {
        whole::replications(if quick { 1_000 } else { 100_000 });
    }
    if wants("small") {
        whole::small_worlds(if quick { 500 } else { 10_000 });
    }
    if wants("hunts") {
        hunts::hunts(if quick { 200 } else { 8_000 });
    }
    if wants("parsing") {
        whole::parsing(if quick { 1_000 } else { 50_000 });
    }
    if wants("entries") {
        entries::entries(if quick { 400 } else { 4_000 });
    }
    if wants("output") {
        whole::output(if quick { 1_000 } else { 20_000 });
    }
    if cfg!(not(feature = "peers")) {
        println!("other engines are left out: add --features peers");
    }
}
