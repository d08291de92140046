//! The files of a result, one after the other, the summary last.

use crate::report::Results;
use crate::report::csv;
use crate::report::summary::Summary;
use crate::report::totals::Totals;
use crate::world::outcome::LatencyName;

use super::exit::Error;
use super::extras::Extras;
use super::files::Output;

/// Writes every file of a result and puts them into place.
///
/// # Errors
/// If one cannot be written: then none is put into place.
pub fn write_result(
    output: Output,
    results: &Results<'_>,
    summary: &Summary,
    extras: Vec<Extras<'_>>,
) -> Result<(), Error> {
    for one in extras {
        one.finish(&output, results.plan.horizon)?;
    }
    let totals = Totals::of(results.plan, results.outcomes);
    output.file("billing.csv")?.fill(|out| csv::billing(out, summary))?;
    if results.plan.billing_cycles {
        output.file("billing_cycles.csv")?.fill(|out| csv::billing_cycles(out, results))?;
    }
    output.file("groups.csv")?.fill(|out| csv::groups(out, summary))?;
    if !summary.by_tag.is_empty() {
        output.file("tags.csv")?.fill(|out| csv::tags(out, summary))?;
    }
    output.file("latency.csv")?.fill(|out| csv::latency(out, summary))?;
    output.file("refusals.csv")?.fill(|out| csv::refusals(out, results.plan, &totals))?;
    output.file("waves.csv")?.fill(|out| csv::waves(out, results, summary))?;
    if results.outcomes.len() > 1 {
        let file = output.file("waves_by_replication.csv")?;
        file.fill(|out| csv::waves_by_replication(out, results))?;
    }
    if !results.plan.services.is_empty() {
        output.file("services.csv")?.fill(|out| csv::services(out, results))?;
    }
    output.file("inventory.csv")?.fill(|out| csv::inventory(out, results))?;
    output.file("checkpoints.csv")?.fill(|out| csv::checkpoints(out, results))?;
    output.file("latency.hlog")?.fill(|out| csv::hlog(out, results.plan, &totals))?;
    for name in LatencyName::all().filter(|name| totals.latency(*name).ranked() > 0) {
        let file = output.file(&format!("latency/{}.hgrm", name.name()))?;
        file.fill(|out| csv::hgrm(out, &totals, name))?;
    }
    if let [_, _, ..] = results.outcomes {
        for outcome in results.outcomes {
            let one = Results {
                replication: Some(outcome.replication),
                digest: outcome.digest,
                outcomes: std::slice::from_ref(outcome),
                stress: &[],
                ..*results
            };
            let file = output.file(&format!("runs/{}/summary.json", outcome.replication))?;
            file.fill(|out| Summary::of(&one).write(out))?;
        }
    }
    output.file("summary.json")?.fill(|out| summary.write(out))?;
    output.publish()
}
