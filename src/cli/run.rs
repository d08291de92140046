//! `run`: replications, stress rows, files, the screen, the exit code.

use crate::books::outcome::Outcome;
use crate::engine::TiePolicy;
use crate::replicate::{self, ReplicateError, Runs};
use crate::report::cases::{Case, Status, Suite};
use crate::report::collected::{Collected, Collecting};
use crate::report::expect::Judgement;
use crate::report::html::{Hours, run_page};
use crate::report::provenance::Provenance;
use crate::report::stress::StressRow;
use crate::report::summary::Summary;
use crate::report::totals::{TotalSums, Totals};
use crate::report::until::{Reached, Until};
use crate::report::what_if::{WhatIf, WhatIfRow};
use crate::report::{Results, text};
use crate::scenario::stress_variants;
use crate::sim::metric::Metric;
use crate::sim::plan::{Plan, fallback_pools};
use crate::sim::{NoObserver, Observer};

use super::args::{Format, RunArgs, ScenarioArgs};
use super::cases;
use super::exit::{Error, Exit};
use super::extras::Extras;
use super::files::Output;
use super::html;
use super::scenario::{identity, line, ties};
use super::stdout::{complain, print, show};
use super::until;
use super::watch::{Progress, Watch};
use super::what_if;
use super::write::{Common, Writing};

/// Runs, reports, and judges.
///
/// # Errors
/// If the scenario is wrong, time does not go on, or something cannot be written.
pub fn run(args: &RunArgs) -> Result<Exit, Error> {
    let (plan, scenario) = what_if::scenario(args)?;
    let page = html::claim(&args.page)?;
    let cases = cases::claim(&args.cases)?;
    let output = args.out.as_deref().map(Output::claim).transpose()?;
    let mut job = Job::of(args, &plan);
    let rule = job.until(&plan)?;
    let ties = ties(&args.seed, job.runs.seed);
    let common = Common { seed: job.runs.seed, ties: &ties, until_event: args.until_event };
    let several = job.runs.replications.len() > 1;
    let begin = |output| Writing::begin(output, &plan, several);
    let mut writing = output.as_ref().map(begin).transpose()?;
    let mut hours = page.is_wanted().then(Hours::default);
    let to = To { output: output.as_ref(), writing: writing.as_mut(), hours: hours.as_mut() };
    let (collected, is_narrow) = job.collect(&plan, to, rule.as_ref(), &common)?;
    let stress = job.stress(&plan, &collected.totals)?;
    let what_if = job.what_if(&scenario, &plan, &collected.totals)?;
    job.progress.end();
    let results = Results {
        replication: args.replication,
        stress: &stress,
        what_if: what_if.as_ref(),
        ..common.results(&plan, &collected)
    };
    let summary = Summary::of(&results);
    if let Some(writing) = writing {
        writing.finish(&results, &summary)?;
    }
    if let Some(output) = output {
        output.publish()?;
    }
    page.put(|| run_page(&results, &summary, &hours.unwrap_or_default(), &job.command()))?;
    let mut bytes = Vec::new();
    match args.format {
        Format::Text => text::write(&mut bytes, &results, &summary, &job.command(), args.full),
        Format::Json => summary.write(&mut bytes),
    }
    .map_err(|error| Error::new("cannot compose the report").because(error))?;
    match args.format {
        Format::Text => show(&String::from_utf8_lossy(&bytes), text::coloured)?,
        Format::Json => print(bytes)?,
    }
    cases.put("run", || vec![expectations(args, &summary.expect, &job.command())])?;
    if let Some(directory) = &args.out {
        complain(format!("written to {}", directory.display()));
    }
    let verdict = verdict(&summary.expect, args.strict);
    if let (Some(rule), false) = (&rule, is_narrow) {
        let runs = job.runs.replications.end;
        complain(format!("note: {} is not reached after {runs} replications", rule.text));
        return Ok(if verdict == Exit::Held { Exit::Inconclusive } else { verdict });
    }
    Ok(verdict)
}

/// Only the replications: shows each to `take`, in order.
///
/// # Errors
/// If time does not go on.
pub fn simulate(
    args: &RunArgs,
    plan: &Plan,
    mut take: impl FnMut(&Outcome, u64),
) -> Result<(), Error> {
    let job = Job::of(args, plan);
    let seed = job.runs.seed;
    job.watched(
        std::slice::from_ref(plan),
        |_| NoObserver,
        |_, outcome, _| {
            take(&outcome, seed);
            Ok(())
        },
    )?;
    job.progress.end();
    Ok(())
}

/// What the expectations make of the exit code.
pub fn verdict(expect: &[Judgement], strict: bool) -> Exit {
    let is_unmet = |judgement: &Judgement| {
        judgement.verdict.is_violated() || (strict && judgement.verdict.is_if_assumed())
    };
    if expect.iter().any(is_unmet) {
        Exit::Unmet
    } else if expect.iter().all(|judgement| judgement.verdict.is_met()) {
        Exit::Held
    } else {
        Exit::Inconclusive
    }
}

/// Every expectation as a case.
fn expectations(args: &RunArgs, expect: &[Judgement], command: &str) -> Suite {
    let case = |judgement: &Judgement| {
        let status = match verdict(std::slice::from_ref(judgement), args.strict) {
            Exit::Held => Status::Passed,
            Exit::Unmet => Status::Failed,
            Exit::NotReproducible | Exit::Inconclusive | Exit::CouldNotRun => Status::Open,
        };
        let bounds = judgement.bounds.as_ref().map(|[low, high]| format!("{low} to {high}"));
        let assumed = (!judgement.assumed.is_empty())
            .then(|| format!("it rests on what is assumed: {}", judgement.assumed.join(", ")));
        let observed = format!("observed {}", judgement.observed);
        let parts = [Some(observed), bounds, judgement.note.clone(), assumed];
        Case {
            name: judgement.text.clone(),
            status,
            message: parts.into_iter().flatten().collect::<Vec<_>>().join("; "),
            replay: command.to_owned(),
        }
    };
    Suite { file: args.scenario.scenario.clone(), cases: expect.iter().map(case).collect() }
}

/// Where replications go beside the report.
struct To<'a, 'w> {
    output: Option<&'a Output>,
    writing: Option<&'a mut Writing<'w>>,
    hours: Option<&'a mut Hours>,
}

/// Which runs, resolved from flags and scenario.
struct Job<'a> {
    args: &'a RunArgs,
    runs: Runs,
    progress: Progress,
}

impl<'a> Job<'a> {
    fn of(args: &'a RunArgs, plan: &Plan) -> Job<'a> {
        let seed = args.seed.seed.or(plan.run.seed).unwrap_or(1);
        let replications = match args.replication {
            Some(only) => only..only.saturating_add(1),
            None => 0..args.replications.unwrap_or(plan.run.replications),
        };
        let threads = args.threads.or(plan.run.threads);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.map_or_else(cores, |threads| threads as usize);
        let progress =
            Progress::new(u64::from(replications.end - replications.start), plan.horizon);
        let ties: TiePolicy = args.seed.ties(seed);
        let until_event = args.until_event;
        Job { args, runs: Runs { seed, ties, replications, threads, until_event }, progress }
    }

    /// The rule by which there are enough replications, if there is one: then so many as it is
    /// looked at after.
    fn until(&mut self, plan: &Plan) -> Result<Option<Until>, Error> {
        let Some(text) = &self.args.until.until else { return Ok(None) };
        let rule = until::until(text, plan)?;
        let now = self.runs.replications.end;
        let first = until::first_look(&self.args.until, now);
        self.progress.expect_more(u64::from(first.saturating_sub(now)));
        self.runs.replications = 0..first;
        Ok(Some(rule))
    }

    /// The line that gives the same bytes again.
    fn command(&self) -> String {
        let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
        words.extend(identity(&self.args.scenario, self.runs.seed, &self.args.seed));
        match self.args.replication {
            Some(only) => words.extend(["--replication".to_owned(), only.to_string()]),
            None => match &self.args.until.until {
                Some(text) => {
                    words.extend(until::words(text, &self.args.until, self.args.replications));
                }
                None => {
                    let all = self.runs.replications.end.to_string();
                    words.extend(["--replications".to_owned(), all]);
                }
            },
        }
        words.extend(what_if::words(self.args));
        if let Some(event) = self.runs.until_event {
            words.extend(["--until-event".to_owned(), event.to_string()]);
        }
        line(words)
    }

    /// The line that repeats one replication, but for where it stops.
    fn replay(&self, replication: u32) -> String {
        let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
        words.extend(identity(&self.args.scenario, self.runs.seed, &self.args.seed));
        words.extend(["--replication".to_owned(), replication.to_string()]);
        words.extend(self.args.year.then(|| "--year".to_owned()));
        line(words)
    }

    /// Runs all replications; each is written, and what is needed of it kept, when it ends. Also
    /// whether the rule, if there is one, finds them enough.
    fn collect(
        &mut self,
        plan: &Plan,
        mut to: To<'_, '_>,
        rule: Option<&Until>,
        common: &Common<'_>,
    ) -> Result<(Collected, bool), Error> {
        let asked: Vec<Metric> = rule.map(|rule| rule.metric.clone()).into_iter().collect();
        let mut collecting = Collecting::about(&asked);
        let all = self.runs.replications.clone();
        loop {
            self.collect_more(plan, &mut to, &mut collecting, common)?;
            let now = self.runs.replications.end;
            let reached = rule.map(|rule| rule.reached(&collecting.clone().finish(plan)));
            let next = match reached {
                Some(Reached::No(next)) => next.min(self.args.until.at_most),
                Some(Reached::Yes) | None => now,
            };
            if next <= now {
                self.runs.replications = all.start..now;
                let is_narrow = !matches!(reached, Some(Reached::No(_)));
                return Ok((collecting.finish(plan), is_narrow));
            }
            self.progress.expect_more(u64::from(next - now));
            self.runs.replications = now..next;
        }
    }

    fn collect_more(
        &self,
        plan: &Plan,
        to: &mut To<'_, '_>,
        collecting: &mut Collecting,
        common: &Common<'_>,
    ) -> Result<(), Error> {
        // The hours of a page are made of the ledger's own.
        let by_hour = to.hours.is_some().then(|| Plan { billing_cycles: true, ..plan.clone() });
        let plans = std::slice::from_ref(by_hour.as_ref().unwrap_or(plan));
        let several = self.args.replication.is_none() && self.runs.replications.end > 1;
        let To { output, writing, hours } = to;
        let mut keep = |outcome: Outcome, extras: Option<Extras<'_>>| {
            collecting.add(plan, &outcome);
            if let Some(hours) = hours {
                hours.add(plan, &outcome);
            }
            writing.as_mut().map_or(Ok(()), |writing| writing.add(&outcome, extras, common))
        };
        match output.filter(|_| Extras::wanted(self.args)) {
            Some(output) => {
                let seed = self.runs.seed;
                let extras = |n| Extras::of(self.args, plan, seed, n, several, output);
                self.watched(plans, extras, |_, outcome, extras| keep(outcome, Some(extras)))
            }
            None => self.watched(plans, |_| NoObserver, |_, outcome, _| keep(outcome, None)),
        }
    }

    /// Runs all replications of plans, with progress and a line that replays what breaks.
    fn watched<O: Observer + Send>(
        &self,
        plans: &[Plan],
        observer: impl Fn(u32) -> O + Sync,
        mut take: impl FnMut(usize, Outcome, O) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let watch = |replication| {
            Watch::new(&self.progress, self.replay(replication), observer(replication))
        };
        replicate::run_each(plans, &self.runs, watch, |place, outcome, watch| {
            take(place, outcome, watch.inner)
        })
    }

    /// The same runs of variants of the plan, if restart risk rests on what is assumed.
    fn stress(&self, plan: &Plan, totals: &Totals) -> Result<Vec<StressRow>, Error> {
        let wanted = || Provenance::of(plan).wants_stress() || !fallback_pools(plan).is_empty();
        if !self.is_whole() || !wanted() || totals.restart.due == 0 {
            return Ok(Vec::new());
        }
        let (names, mut variants): (Vec<String>, Vec<Plan>) =
            stress_variants(plan).into_iter().unzip();
        variants.iter_mut().for_each(|variant| variant.marks.clear());
        let mut rows = vec![StressRow::of("as given", totals)];
        self.each(&variants, |place, totals| rows.push(StressRow::of(&names[place], totals)))?;
        Ok(rows)
    }

    /// The same runs where something turns out otherwise, if that is asked.
    fn what_if(
        &self,
        scenario: &ScenarioArgs,
        plan: &Plan,
        totals: &Totals,
    ) -> Result<Option<WhatIf>, Error> {
        if !self.is_whole() || !what_if::is_asked(self.args) {
            return Ok(None);
        }
        let (mut names, mut variants, mut not_asked) = (Vec::new(), Vec::new(), Vec::new());
        for (name, variant) in what_if::variants(self.args, scenario, plan) {
            match variant {
                Ok(variant) => {
                    names.push(name);
                    variants.push(variant);
                }
                Err(why) => not_asked.push(format!("{name}: {why}")),
            }
        }
        let mut rows = vec![WhatIfRow::of("as given", totals)];
        self.each(&variants, |place, totals| rows.push(WhatIfRow::of(&names[place], totals)))?;
        Ok(Some(WhatIf { rows, not_asked }))
    }

    /// Whether all replications are run, and to their end.
    fn is_whole(&self) -> bool {
        self.args.replication.is_none() && self.runs.until_event.is_none()
    }

    /// The same runs of variants of the plan: what each comes to.
    fn each(&self, variants: &[Plan], mut take: impl FnMut(usize, &Totals)) -> Result<(), Error> {
        self.progress.expect_more((variants.len() * self.runs.replications.len()) as u64);
        let mut sums = TotalSums::default();
        let keep = |place: usize, outcome: Outcome, NoObserver| {
            sums.add(&variants[place], &outcome);
            if sums.runs() as usize == self.runs.replications.len() {
                take(place, &std::mem::take(&mut sums).finish());
            }
            Ok(())
        };
        self.watched(variants, |_| NoObserver, keep)
    }
}

impl From<ReplicateError> for Error {
    /// Why runs could not be had, and what to do.
    fn from(error: ReplicateError) -> Error {
        let failed = Error::new(error.to_string());
        match error {
            ReplicateError::Threads { source, .. } => {
                failed.because(source).hint("ask for fewer with --threads")
            }
            ReplicateError::Livelock { .. } => failed.hint(
                "something is asked for again without any time in between: look for a retry, a \
                 poll or a watch whose interval is zero, or a program that wakes itself at once",
            ),
            ReplicateError::Program { error, .. } | ReplicateError::ProgramBeside(error) => {
                let failed = failed.hint(error.hint());
                error.evidence().map_or(failed.clone(), |evidence| failed.because(evidence))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::expect::Verdict;

    #[track_caller]
    fn check(verdicts: &[Verdict], strict: bool, exit: Exit) {
        let judgement = |verdict: &Verdict| Judgement {
            text: String::new(),
            verdict: *verdict,
            observed: String::new(),
            bounds: None,
            note: None,
            replication: None,
            assumed: Vec::new(),
        };
        let judgements: Vec<Judgement> = verdicts.iter().map(judgement).collect();
        assert_eq!(verdict(&judgements, strict), exit, "{verdicts:?}");
    }

    #[test]
    fn the_worst_verdict_decides_the_exit_code() {
        check(&[], true, Exit::Held);
        check(&[Verdict::Holds, Verdict::ObservedHolds], true, Exit::Held);
        check(&[Verdict::Holds, Verdict::Inconclusive], false, Exit::Inconclusive);
        check(&[Verdict::Violated, Verdict::Inconclusive], false, Exit::Unmet);
        check(&[Verdict::ObservedViolated], false, Exit::Unmet);
    }

    #[test]
    fn strict_takes_what_holds_if_assumed_for_unmet() {
        for verdict in [Verdict::HoldsIfAssumed, Verdict::ObservedHoldsIfAssumed] {
            check(&[verdict], false, Exit::Held);
            check(&[verdict], true, Exit::Unmet);
        }
    }
}
