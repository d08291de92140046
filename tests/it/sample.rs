//! How many random cases a property is tried on.
//!
//! Which ones `PROPTEST_RNG_SEED` says: `cargo test` tries the same for everybody
//! (`.cargo/config.toml`), `.ci/run` others for each commit. `.ci/slow` tries more
//! (`STOPSIM_SAMPLE_TIMES`). A failure prints its smallest case; the same two variables give it
//! again.

// How much is tried is not in a result.
#![allow(clippy::disallowed_methods)]

use proptest::test_runner::Config;

/// So many cases of a property, or as many times that as asked for.
#[track_caller]
pub fn cases(cases: u32) -> Config {
    Config::with_cases(cases_of(cases))
}

/// So many cases, or as many times that as asked for.
#[track_caller]
pub fn cases_of(cases: u32) -> u32 {
    let times = match std::env::var("STOPSIM_SAMPLE_TIMES") {
        Ok(text) => text.parse().expect("STOPSIM_SAMPLE_TIMES is a whole number"),
        Err(_) => 1,
    };
    cases.checked_mul(times).expect("fewer than 2^32 cases")
}
