//! Prints what a person reviews of the `summary.json` on standard input.

use std::io::{Read as _, stdin};

#[path = "../tests/it/results.rs"]
mod results;

fn main() {
    let mut summary = String::new();
    stdin().read_to_string(&mut summary).expect("a summary is text");
    print!("{}", results::results(&summary));
}
