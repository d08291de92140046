//! A controller that is a program: what is run, and what it decides itself.

use std::io::Read;

use sha2::{Digest, Sha256};

use crate::controller::policy::{Drive, Program};
use crate::scenario::decode::{At, Origin};
use crate::scenario::into_plan::demands::{self, followed};
use crate::scenario::into_plan::{Work, place_of};
use crate::scenario::load::Context;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{ControllerEntry, StopTable};
use crate::scenario::value::ProgramWord;
use crate::units::SimDuration;

/// How long a program may take for one answer, unless the scenario says otherwise.
pub const REPLY_WITHIN: SimDuration = SimDuration::from_secs(10);

/// The seat of a program, if the scenario may have one.
pub(super) fn taking_seat(
    work: &mut Work<'_, '_>,
    demands: &demands::Built,
    raw: &ControllerEntry,
    program: &At<Vec<ProgramWord>>,
) -> Option<Drive> {
    let before = work.context.problems.count();
    if !work.context.trusts_programs() {
        let problem = Problem::new(program.place, "a program is not run in a sandbox");
        let problem = problem.expected("expected a scenario that runs nothing (--sandbox)");
        work.problem(problem.hint("read the program, and leave --sandbox out if you trust it"));
    }
    if program.value.first().is_none_or(|first| first.0.is_empty()) {
        let problem = Problem::new(program.place, "which program is not said");
        work.problem(problem.expected("expected such as [\"python3\", \"mine.py\"]"));
    }
    decides_itself(work, raw);
    let follows = match &raw.follows {
        Some(name) => Some(followed(work, demands, &name.value.0, name.place)?),
        None => None,
    };
    if work.context.problems.count() > before {
        return None;
    }
    hash_files(work.context, &program.value);
    let command = program.value.iter().map(|word| word.0.clone()).collect();
    let reply_within = raw.reply_within.as_ref().map_or(REPLY_WITHIN, |at| at.value.0);
    let program = Program { command, folder: work.context.folder(), reply_within };
    Some(Drive::Client { follows, program: Some(program) })
}

/// Which mode it is held to is not for the program to decide.
fn says_mode_only(stop: &StopTable) -> bool {
    let flags = [&stop.force, &stop.confirm_stop, &stop.dry_run, &stop.hibernate];
    let is_written = |flag: &&At<bool>| flag.origin == Origin::Written;
    stop.mode.is_some() && stop.malformed.is_none() && !flags.iter().any(is_written)
}

/// A key about what a program decides itself is a mistake: nothing would come of it.
fn decides_itself(work: &mut Work<'_, '_>, raw: &ControllerEntry) {
    let written = |origin: Origin, place: Place| (origin == Origin::Written).then_some(place);
    let keys = [
        ("preset", place_of(&raw.preset)),
        ("outages", place_of(&raw.outages)),
        ("catch_up", place_of(&raw.catch_up)),
        ("acts", written(raw.acts.origin, raw.acts.place)),
        ("demand", written(raw.demand.origin, raw.demand.place)),
        ("stop", raw.stop.as_ref().filter(|stop| !says_mode_only(&stop.value)).map(|at| at.place)),
        ("start", place_of(&raw.start)),
        ("call", place_of(&raw.call)),
        ("batch_size", place_of(&raw.batch_size)),
        ("optimization", place_of(&raw.optimization)),
        ("reboot", place_of(&raw.reboot)),
        ("delete", place_of(&raw.delete)),
        ("reactivate", place_of(&raw.reactivate)),
        ("change", place_of(&raw.change)),
        ("replace", place_of(&raw.replace)),
        ("batch", place_of(&raw.batch)),
        ("batch_until", written(raw.batch_until.origin, raw.batch_until.place)),
        ("partition", place_of(&raw.partition)),
        ("concurrency", place_of(&raw.concurrency)),
        ("rate", place_of(&raw.rate)),
        ("stagger", place_of(&raw.stagger)),
        ("jitter", place_of(&raw.jitter)),
        ("lead", written(raw.lead.origin, raw.lead.place)),
        ("look_first", place_of(&raw.look_first)),
        ("retry", place_of(&raw.retry)),
        ("wait", place_of(&raw.wait)),
        ("no_stock", place_of(&raw.no_stock)),
        ("share_keep_charging", place_of(&raw.share_keep_charging)),
    ];
    for (key, place) in keys {
        if let Some(place) = place {
            let problem = Problem::new(place, format!("`{key}` of a program"));
            let problem = problem.expected("a program decides that itself");
            work.problem(problem.hint("leave it out, or hand it over as an argument"));
        }
    }
}

/// Files of the scenario's folder that the command line names are part of the scenario.
fn hash_files(context: &mut Context<'_>, words: &[ProgramWord]) {
    for ProgramWord(word) in words {
        // Neither standard input nor an option.
        if word.starts_with('-') || context.hashes.contains_key(word) {
            continue;
        }
        if let Some(hash) = hash_of(context, word) {
            context.hashes.insert(word.clone(), hash);
        }
    }
}

/// What a readable file holds, by its hash.
fn hash_of(context: &Context<'_>, path: &str) -> Option<String> {
    let mut reader = context.reader(path).ok()?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer).ok()? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
