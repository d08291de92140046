//! A history as text: a fragment that a scenario extends, and a table.

use std::fmt::Write as _;

use super::{BANDS, Durations, History, group_names, shortage};
use crate::import::fit::{ENOUGH, Sample, share};
use crate::import::problem::Problem;
use crate::import::{Moments, aligned, as_name, quoted};
use crate::units::{Ratio, SimDuration};

/// How a duration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The measured values, or quantiles of them.
    Empirical,
    /// The log-normal distribution of the largest likelihood.
    LogNormal,
}

/// A scenario's fragment with what was measured, for these groups or those of the file.
///
/// # Errors
/// If it is not said which groups it is of.
pub fn fragment(history: &History, groups: &[String], form: Form) -> Result<String, Problem> {
    let own = group_names(history);
    if let Some(bad) = groups.iter().find(|name| as_name(name) != **name) {
        return Err(Problem::new(&history.file, format!("no group can be called `{bad}`"))
            .expected("a name of at most 64 letters, digits, `-`, `_` and `.`"));
    }
    let mut text = format!("# Measured: {} instances, {} rows.\n", history.instances, history.rows);
    text += "# A scenario takes it with: extends = [\"this-file.toml\"]\n";
    let mut provenance = String::new();
    let anyone = history.groups.get("");
    let mut write = |name: &str, durations: &Durations| {
        write_group(&mut text, &mut provenance, name, durations, (&history.file, form));
    };
    match (groups, own.is_empty(), anyone) {
        ([], false, _) => {
            for name in own {
                write(name, &history.groups[name]);
            }
        }
        (named, _, Some(durations)) if !named.is_empty() => {
            for name in named {
                write(name, durations);
            }
        }
        (_, true, _) => {
            return Err(Problem::new(&history.file, "which groups it is of is not said")
                .expected("a column `group`, or --group")
                .hint("name the scenario's groups with --group NAME; can be repeated"));
        }
        (_, false, _) => {
            return Err(Problem::new(&history.file, "it names its groups itself")
                .expected("a column `group` or --group, not both"));
        }
    }
    if !provenance.is_empty() {
        write!(text, "\n[provenance]\n{provenance}").expect("strings take all");
    }
    Ok(text)
}

/// One group's durations, and what they rest on.
fn write_group(
    text: &mut String,
    provenance: &mut String,
    name: &str,
    durations: &Durations,
    (file, form): (&str, Form),
) {
    let mut measured = |key: &str, how: &str| {
        let (path, how) = (format!("group.{name}.{key}"), format!("measured: {file}{how}"));
        writeln!(provenance, "{} = {}", quoted(&path), quoted(&how)).expect("strings take all");
    };
    *text += &format!("\n[[group]]\nname = {}\n", quoted(name));
    for (key, sample) in [("start", &durations.start), ("stop", &durations.stop)] {
        let (n, censored) = (sample.n(), sample.censored);
        match written(sample, form) {
            Some(value) => {
                *text += &format!(
                    "# n = {n}, {censored} not seen to end: left out, so the true tail is longer\n\
                     {key} = {value}\n"
                );
                measured(key, "");
            }
            None => *text += &format!("# {key}: n = {n}, too few for a distribution\n"),
        }
    }
    if written(&durations.start, form).is_some() {
        *text += "# What was measured holds the search for compute and the wave's luck.\n\
                  allocation = \"0s\"\nwave_factor = \"1\"\n";
        measured("allocation", ", within start");
        measured("wave_factor", ", within start");
    }
}

fn written(sample: &Sample, form: Form) -> Option<String> {
    match form {
        Form::Empirical => sample.empirical(),
        Form::LogNormal => sample.log_normal().map(|fitted| {
            let p99 = fitted.p99.max(fitted.p50);
            format!("{{ p50 = \"{}\", p99 = \"{p99}\" }}", fitted.p50)
        }),
    }
}

/// A table of everything that was measured.
pub fn screen(history: &History, moments: &Moments) -> String {
    let mut text =
        format!("{}: {} rows, {} instances", history.file, history.rows, history.instances);
    if let Some((first, last)) = history.between {
        write!(text, ", {} to {}", moments.civil(first), moments.civil(last))
            .expect("strings take all");
    }
    if history.others > 0 {
        write!(text, "; {} rows about something else", history.others).expect("strings take all");
    }
    text += "\n\nDURATIONS  percentiles of what ended; what was not seen to end is counted apart\n";
    let mut rows = vec![
        ["", "n", "not ended", "p50", "p90", "p99", "log-normal p50 [95 %]", "p99"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (name, durations) in &history.groups {
        for (key, sample) in [("start", &durations.start), ("stop", &durations.stop)] {
            if sample.n() + sample.censored > 0 {
                let name = if name.is_empty() { "all" } else { name };
                rows.push(row(&format!("{name} {key}"), sample));
            }
        }
    }
    text += &aligned(&rows);
    if history.reboots > 0 {
        writeln!(text, "  {} reboots left out: neither a stop nor a start", history.reboots)
            .expect("strings take all");
    }
    text += "\nNO STOCK  of StartInstance calls that were answered, by pool, hour and wave size\n";
    let rates = shortage(history);
    if rates.is_empty() {
        text += "  no call is in it: nothing is known of shortages\n";
    }
    let mut rows = vec![["pool", "hour", "wave", "calls", "no stock"].map(str::to_owned).to_vec()];
    for ((pool, hour, band), (short, calls)) in &rates {
        let band = BANDS[*band].1.to_owned();
        rows.push(vec![
            pool.clone(),
            format!("{hour:02}"),
            band,
            calls.to_string(),
            share(*short, *calls),
        ]);
    }
    if rows.len() > 1 {
        text += &aligned(&rows);
    }
    text
}

fn row(name: &str, sample: &Sample) -> Vec<String> {
    let quantile = |percent| {
        sample.quantile(Ratio::new(percent, 100)).map_or(String::new(), |span| span.to_string())
    };
    let (n, censored) = (sample.n().to_string(), sample.censored.to_string());
    let Some(fitted) = sample.log_normal() else {
        let few = format!("fewer than {ENOUGH}: no percentile");
        return vec![name.to_owned(), n, censored, few];
    };
    let [low, high] = fitted.p50_within;
    let short = |span: SimDuration| span.to_string();
    vec![
        name.to_owned(),
        n,
        censored,
        quantile(50),
        quantile(90),
        quantile(99),
        format!("{} [{} .. {}]", fitted.p50, short(low), short(high)),
        short(fitted.p99),
    ]
}
