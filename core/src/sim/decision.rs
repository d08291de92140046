//! Decisions by name: how a scenario fixes what luck decides, and how a run tells what it did.

use std::collections::BTreeMap;

use crate::controller::{defects, schedule};
use crate::demand::calendar::CivilDate;
use crate::engine::{Decided, Decision, Identity, Occasion, OccasionKind, Purpose};
use crate::fact::purpose;
use crate::fault::{injector, window};

use super::plan::Plan;

/// Of which form what is decided is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A span of time.
    Span,
    /// Whether it happens.
    Happens,
    /// One of several, from 0.
    Choice,
    /// Four words.
    Words,
}

/// Every purpose that decides something of a run, with its name.
pub const PURPOSES: [(&str, Purpose, Answer); 40] = [
    ("stop", purpose::STOP, Answer::Span),
    ("force_stop", purpose::FORCE_STOP, Answer::Span),
    ("start", purpose::START, Answer::Span),
    ("allocation", purpose::ALLOCATION, Answer::Span),
    ("ready", purpose::READY, Answer::Span),
    ("wave_factor", purpose::WAVE_FACTOR, Answer::Words),
    ("hang", purpose::HANG, Answer::Happens),
    ("address", purpose::ADDRESS, Answer::Happens),
    ("request_leg", purpose::REQUEST_LEG, Answer::Span),
    ("answer_leg", purpose::ANSWER_LEG, Answer::Span),
    ("poll_request_leg", purpose::POLL_REQUEST_LEG, Answer::Span),
    ("poll_answer_leg", purpose::POLL_ANSWER_LEG, Answer::Span),
    ("tenant_arrival", purpose::TENANT_ARRIVAL, Answer::Words),
    ("tenant_units", purpose::TENANT_UNITS, Answer::Choice),
    ("tenant_hold", purpose::TENANT_HOLD, Answer::Span),
    ("tenants_before", purpose::TENANTS_BEFORE, Answer::Words),
    ("request_arrival", purpose::REQUEST_ARRIVAL, Answer::Words),
    ("request_choice", purpose::REQUEST_CHOICE, Answer::Choice),
    ("request_hold", purpose::REQUEST_HOLD, Answer::Span),
    ("reboot_down", purpose::REBOOT_DOWN, Answer::Span),
    ("reboot_up", purpose::REBOOT_UP, Answer::Span),
    ("creation", purpose::CREATION, Answer::Span),
    ("deletion", purpose::DELETION, Answer::Span),
    ("client_token", purpose::CLIENT_TOKEN, Answer::Words),
    ("type_change", purpose::TYPE_CHANGE, Answer::Span),
    ("look_backoff", purpose::LOOK_BACKOFF, Answer::Words),
    ("spot_price", purpose::SPOT_PRICE, Answer::Choice),
    ("spot_choice", purpose::SPOT_CHOICE, Answer::Words),
    ("settling", purpose::SETTLING, Answer::Span),
    ("hearing", purpose::HEARING, Answer::Span),
    ("program_seed", purpose::PROGRAM_SEED, Answer::Words),
    ("backoff", schedule::BACKOFF, Answer::Words),
    ("jitter", schedule::JITTER, Answer::Span),
    ("order", schedule::ORDER, Answer::Words),
    ("keep_charging", schedule::KEEP_CHARGING, Answer::Happens),
    ("crash", defects::CRASH, Answer::Happens),
    ("stale_lease", defects::STALE_LEASE, Answer::Happens),
    ("call_fault", injector::CALL_FAULT, Answer::Happens),
    ("work_fault", injector::WORK_FAULT, Answer::Happens),
    ("environment_fault", injector::ENVIRONMENT_FAULT, Answer::Happens),
];

/// How long a burst of faults and the quiet between two last.
pub const BURST: (&str, Purpose, Answer) = ("burst", window::BURST, Answer::Span);

/// A purpose by its name.
pub fn purpose_named(name: &str) -> Option<(Purpose, Answer)> {
    let mut all = PURPOSES.iter().chain([&BURST]);
    all.find(|(own, ..)| *own == name).map(|(_, purpose, answer)| (*purpose, *answer))
}

/// The name of a purpose; none for what decides nothing, such as RequestIds.
pub fn purpose_name(purpose: Purpose) -> Option<&'static str> {
    let mut all = PURPOSES.iter().chain([&BURST]);
    all.find(|(_, own, _)| *own == purpose).map(|(name, ..)| *name)
}

/// Whom decisions of a plan are about, by name: `instance web-0001`, or two of them:
/// `controller nightly, instance web-0001`.
#[derive(Clone, Debug)]
pub struct Entities {
    names: BTreeMap<Identity, String>,
    identities: BTreeMap<String, Identity>,
}

impl Entities {
    /// Of this plan.
    pub fn of(plan: &Plan) -> Entities {
        let mut names = BTreeMap::new();
        let mut put = |kind: &str, name: &str| {
            names.insert(Identity::of(kind, name), format!("{kind} {name}"));
        };
        let region = &plan.region;
        for group in &region.groups {
            for instance in group.instances() {
                put("instance", &region.instance_name(instance));
            }
        }
        plan.controllers.iter().for_each(|one| put("controller", &one.name));
        plan.demands.iter().for_each(|one| put("demand", &one.name));
        plan.services.iter().for_each(|one| put("service", &one.name));
        plan.call_faults.iter().for_each(|one| put("call_fault", &one.name));
        plan.work_faults.iter().for_each(|one| put("work_fault", &one.name));
        plan.environment_faults.iter().for_each(|one| {
            put("environment_fault", &one.name);
            put("zone_shock", &one.name);
        });
        region.pools.iter().for_each(|one| put("pool", &one.name));
        region.markets.iter().for_each(|one| put("spot_market", &one.name));
        region.zones.iter().for_each(|one| put("zone", one));
        let identities = names.iter().map(|(who, name)| (name.clone(), *who)).collect();
        Entities { names, identities }
    }

    /// The name of one, or of one with another; none if it is of nobody here.
    pub fn name(&self, who: Identity) -> Option<String> {
        if let Some(name) = self.names.get(&who) {
            return Some(name.clone());
        }
        self.names.iter().find_map(|(first, name)| {
            let mut others = self.names.iter();
            let (_, other) = others.find(|(second, _)| first.with(**second) == who)?;
            Some(format!("{name}, {other}"))
        })
    }

    /// Who is named so.
    ///
    /// # Errors
    /// With the part that names nobody.
    pub fn named<'t>(&self, text: &'t str) -> Result<Identity, &'t str> {
        let mut who: Option<Identity> = None;
        for part in text.split(',').map(str::trim) {
            let one = *self.identities.get(part).ok_or(part)?;
            who = Some(who.map_or(one, |first| first.with(one)));
        }
        who.ok_or(text)
    }

    /// Every name, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }
}

/// Whether what was decided has the form of a purpose.
pub fn fits(answer: Answer, decided: &Decided) -> bool {
    match decided {
        Decided::Span(_) => answer == Answer::Span,
        Decided::Happens(_) => answer == Answer::Happens,
        Decided::Choice(_) => answer == Answer::Choice,
        Decided::Words(_) => answer == Answer::Words,
    }
}

/// What a decision belongs to, as scenarios write it: `2026-03-02 #1`, `7`, `life 0`.
pub fn occasion_text(occasion: Occasion) -> String {
    match occasion.kind() {
        OccasionKind::Dated(day, ordinal) => {
            format!("{} #{ordinal}", CivilDate::from_day(day))
        }
        OccasionKind::Number(n) => n.to_string(),
        OccasionKind::Lifetime(n) => format!("life {n}"),
    }
}

/// The same, read.
pub fn occasion_of(text: &str) -> Option<Occasion> {
    const MOST: u64 = 1 << 62;
    let number = |text: &str| text.trim().parse::<u64>().ok().filter(|n| *n < MOST);
    if let Some(n) = text.strip_prefix("life ") {
        return number(n).map(Occasion::lifetime);
    }
    if let Some((date, ordinal)) = text.split_once('#') {
        let date: CivilDate = date.trim().parse().ok()?;
        let ordinal = ordinal.trim().parse::<u32>().ok().filter(|n| *n < 1 << 30)?;
        return Some(Occasion::on(date.day(), ordinal));
    }
    number(text).map(Occasion::number)
}

/// One decision as a scenario writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// About whom.
    pub about: String,
    /// What is decided.
    pub what: &'static str,
    /// On which occasion.
    pub occasion: String,
    /// Which use on that occasion.
    pub number: u32,
    /// What was decided.
    pub decided: Decided,
}

impl Written {
    /// Of a decision of a run; none of what decides nothing.
    pub fn of(entities: &Entities, decision: &Decision, decided: Decided) -> Option<Written> {
        Some(Written {
            about: entities.name(decision.who)?,
            what: purpose_name(decision.purpose)?,
            occasion: occasion_text(decision.occasion),
            number: decision.k,
            decided,
        })
    }
}
