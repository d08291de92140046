//! How `summary.json` is summed up from the outcomes of runs.

use std::collections::BTreeMap;

use crate::books::ledger::{Bill, CapacityLine, CommitmentLine, DownReason, MinimumChargeCause};
use crate::books::outcome::{ItemTally, Wave, WaveKind, WavePart};
use crate::ecs::commitment::Commitment;
use crate::ecs::id::{GroupId, InstanceId, KindId};
use crate::ecs::meter::Component;
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::ecs::spot::Cause;
use crate::report::Results;
use crate::report::clients::clients;
use crate::report::collected::Collected;
use crate::report::expect::judge;
use crate::report::figures::Intervals;
use crate::report::measure::of_latency;
use crate::report::months;
use crate::report::number::{Decimal, Hex, Percent};
use crate::report::projection::Projection;
use crate::report::provenance::assumed_eligible;
use crate::report::restart::{Restart, done_by, pool_of};
use crate::report::services::ServiceTotals;
use crate::report::shares::Shares;
use crate::report::totals::Totals;
use crate::report::warnings::warnings;
use crate::sim::metric::{Among, Statistic, UpAt};
use crate::sim::plan::{Basis, Input, Plan};
use crate::stats::Latency;
use crate::units::{Money, SimTime};

use super::{
    Addresses, ArrearsRow, AtRiskRow, Billing, Bound, BurstableRow, Calls, CapacityRow,
    CommitmentRow, Economical, InputRow, Items, KnobRow, LatencyRow, LineRow, MinimumChargeRow,
    Parts, QuotaRow, Replacements, RestartRow, SCHEMA, Saving, Scenario, ServiceRow, SpotRow,
    Summary, Unavailable, UpAtRow, WaveRow, Window, WorstWaveRow,
};

impl Summary {
    /// Sums up.
    pub fn of(results: &Results<'_>) -> Summary {
        let Results { plan, collected, .. } = *results;
        let Collected { totals, each, inventory, .. } = collected;
        let Intervals { intervals, no_interval } = Intervals::of(totals, each);
        let shares = Shares::of(plan, totals);
        Summary {
            schema: SCHEMA,
            scenario: Scenario {
                name: plan.name.clone(),
                hash: plan.hash.clone(),
                start: plan.clock.format_offset(SimTime::ZERO),
                timezone: plan.clock.zone().name().to_owned(),
            },
            seed: Hex(results.seed),
            ties: results.ties.to_owned(),
            replication: results.replication,
            replications: totals.runs,
            until_event: results.until_event,
            digest: Hex(collected.digest),
            currency: plan.currency.clone(),
            regions: regions(plan),
            window: Window {
                start: plan.clock.format_offset(plan.warm_up),
                start_us: plan.warm_up.as_micros(),
                end: plan.clock.format_offset(plan.horizon),
                end_us: plan.horizon.as_micros(),
            },
            events: totals.counts.events,
            billing: billing(plan, totals),
            calls: calls(plan, totals),
            peak_calls_per_minute: totals.counts.peak_calls_per_minute,
            latency: totals
                .latency_names()
                .map(|name| (name.name(), latency(totals.latency(name))))
                .collect(),
            restart: restart(plan, &totals.restart),
            waves: totals.waves.iter().map(|one| wave(plan, one)).collect(),
            unavailable: Unavailable {
                total_us: totals.unavailable_us(),
                by_reason: unavailable(totals),
            },
            by_group: shares.by_group(),
            by_tag: shares.by_tag(),
            months: months::rows(plan, collected),
            services: services(plan, totals),
            inventory: inventory.clone(),
            plain: totals.counts.plain,
            replacements: replacements(totals),
            addresses: addresses(plan, totals),
            burstable: burstable(plan, totals),
            economical: economical(plan, totals),
            beliefs: totals.counts.beliefs,
            clients: clients(plan, totals),
            spot: spot(plan, totals),
            arrears: arrears(plan, totals),
            inputs: plan.inputs.iter().map(input).collect(),
            knobs: knobs(plan),
            validation: "none",
            expect: judge(plan, totals, each),
            stress: results.stress.to_vec(),
            what_if: results.what_if.cloned(),
            warnings: warnings(plan),
            intervals,
            no_interval,
        }
    }

    /// Writes it as indented JSON with a newline at the end.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&self, mut out: impl std::io::Write) -> std::io::Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")
    }
}

/// The zones of each region, where there is more than one region.
fn regions(plan: &Plan) -> BTreeMap<String, Vec<String>> {
    let mut regions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if plan.region.regions().len() > 1 {
        for (zone, region) in plan.region.zones.iter().zip(&plan.region.zone_regions) {
            regions.entry(region.clone()).or_default().push(zone.clone());
        }
    }
    regions
}

fn billing(plan: &Plan, totals: &Totals) -> Billing {
    let bill = &totals.bill;
    let share = |part: Money, whole: Money| Percent::of(part.as_nanos(), whole.as_nanos());
    Billing {
        baseline: Decimal(bill.baseline),
        baseline_compute: Decimal(bill.baseline_compute),
        actual: Decimal(bill.actual),
        subscription: Decimal(bill.subscription),
        arrears: (!plan.arrears.is_empty()).then_some(Decimal(bill.arrears)),
        saving: Saving {
            net: Decimal(bill.net()),
            total: Decimal(bill.saving()),
            intended: Decimal(bill.intended),
            intended_compute: Decimal(bill.intended_compute),
            involuntary: Decimal(bill.involuntary),
            policy_cost: Decimal(bill.policy_cost),
            policy_cost_by: policy_cost_by(bill),
            adjustments: Decimal(bill.adjustments),
            lost_to_commitments: (!bill.commitments.is_empty()).then_some(Decimal(bill.uncovered)),
            net_pct: share(bill.net(), bill.baseline),
            intended_pct: share(bill.intended, bill.baseline),
            intended_pct_of_compute: share(bill.intended_compute, bill.baseline_compute),
        },
        projection: Projection::of(plan, bill.net()),
        bound: Bound {
            total: Decimal(bill.bound_total),
            reachable: Decimal(bill.bound_reachable),
            ineligible: Decimal(bill.bound_total - bill.bound_reachable),
        },
        forgone: parts(plan, bill.forgone.iter().map(|((g, why), m)| (*g, why.name(), *m))),
        missed: parts(plan, bill.missed.iter().map(|((g, why), m)| (*g, why.name().into(), *m))),
        break_even_per_instance_hour: totals.break_even().map(Decimal),
        commitments: commitments(plan, bill),
        minimum_duration: minimum_charge(plan, bill, MinimumChargeCause::MinimumDuration),
        whole_cycles: minimum_charge(plan, bill, MinimumChargeCause::WholeCycle),
        capacity: capacity(plan, totals),
        lines: lines(plan, bill),
    }
}

/// What the policy costs, by cause.
fn policy_cost_by(bill: &Bill) -> BTreeMap<&'static str, Decimal> {
    bill.policy_cost_by.iter().map(|(cause, amount)| (cause.name(), Decimal(*amount))).collect()
}

fn commitments(plan: &Plan, bill: &Bill) -> Vec<CommitmentRow> {
    let row = |(own, line): (&Commitment, &CommitmentLine)| CommitmentRow {
        name: own.name.clone(),
        kind: own.covers.name(),
        for_policy: own.for_policy,
        cost: Decimal(line.cost),
        covered_baseline: Decimal(line.covered[0]),
        covered_actual: Decimal(line.covered[3]),
        used_baseline: Decimal(line.used[0]),
        used_actual: Decimal(line.used[3]),
        unused_by_stopping: Decimal(line.unused_by_stopping()),
    };
    plan.region.commitments.iter().zip(&bill.commitments).map(row).collect()
}

/// The invoice, then what cycles are billed for beyond the time in them.
fn lines(plan: &Plan, bill: &Bill) -> Vec<LineRow> {
    let row = |(kind, component, state, money): (KindId, Component, &'static str, [Money; 2])| {
        let [baseline, actual] = money.map(Decimal);
        let (group, instance_type) =
            (plan.region.kind(kind).group.name.clone(), other_type(plan, kind));
        LineRow { group, instance_type, component: component.name(), state, baseline, actual }
    };
    let timed = bill
        .lines
        .iter()
        .map(|line| (line.kind, line.component, line.state.name(), [line.baseline, line.actual]));
    let minimum_charge = bill
        .minimum_charge
        .iter()
        .map(|line| (line.kind, line.component, line.cause.name(), [line.baseline, line.actual]));
    timed.chain(minimum_charge).map(row).collect()
}

/// What cycles are billed for beyond the time in them, of all types of a group together.
fn minimum_charge(plan: &Plan, bill: &Bill, cause: MinimumChargeCause) -> Vec<MinimumChargeRow> {
    let mut sums: BTreeMap<(GroupId, Component), [Money; 2]> = BTreeMap::new();
    for line in bill.minimum_charge.iter().filter(|line| line.cause == cause) {
        let [baseline, actual] =
            sums.entry((plan.region.kind(line.kind).id, line.component)).or_default();
        *baseline += line.baseline;
        *actual += line.actual;
    }
    let row = |((group, component), money): ((GroupId, Component), [Money; 2])| {
        let [baseline, amount] = money.map(Decimal);
        let group = plan.region.group(group).name.clone();
        MinimumChargeRow { group, component: component.name(), baseline, amount }
    };
    sums.into_iter().map(row).collect()
}

fn capacity(plan: &Plan, totals: &Totals) -> Vec<CapacityRow> {
    let lines = totals.bill.capacities.iter().zip(&totals.counts.least_unused);
    let row = |(line, &least_unused): (&CapacityLine, &u32)| {
        let spec = &plan.region.capacities[line.capacity.index()];
        let (name, kind) = (spec.name.clone(), spec.kind.name());
        let (baseline, actual) = (Decimal(line.baseline), Decimal(line.actual));
        CapacityRow { name, kind, units: spec.units, least_unused, baseline, actual }
    };
    lines.map(row).collect()
}

fn parts(plan: &Plan, amounts: impl Iterator<Item = (u16, String, Money)>) -> Parts {
    let mut parts =
        Parts { total: Decimal::default(), by_reason: BTreeMap::new(), by_group: BTreeMap::new() };
    for (group, reason, amount) in amounts {
        parts.total.0 += amount;
        let of_group = parts.by_group.entry(group_name(plan, group)).or_default();
        of_group.entry(reason.clone()).or_default().0 += amount;
        parts.by_reason.entry(reason).or_default().0 += amount;
    }
    parts
}

/// The type of a line, where it is not the group's own.
fn other_type(plan: &Plan, kind: KindId) -> Option<String> {
    let kind = plan.region.kind(kind);
    let is_own = kind.instance_type == kind.group.instance_type;
    (!is_own).then(|| plan.region.types[kind.instance_type.index()].name.clone())
}

fn group_name(plan: &Plan, group: u16) -> String {
    plan.region.groups[usize::from(group)].name.clone()
}

fn calls(plan: &Plan, totals: &Totals) -> BTreeMap<&'static str, Calls> {
    let by_code = |of: &BTreeMap<Refusal, u64>| {
        let mut refused: BTreeMap<String, u64> = BTreeMap::new();
        for (refusal, count) in of {
            let row = refusal.row_under(&plan.region.knobs);
            *refused.entry(format!("{} {}", row.http, row.code)).or_default() += count;
        }
        refused
    };
    let row = |operation: OperationName| {
        let tally = totals.calls_of(operation);
        let quota = plan.quotas.iter().find(|quota| quota.operation == operation);
        let items =
            Items { accepted: tally.items.accepted, refused: by_code(&tally.items.refused) };
        Calls {
            sent: tally.sent,
            accepted: tally.accepted,
            dry_run: tally.dry_run,
            timed_out: tally.timed_out,
            refused: by_code(&tally.refused),
            quota: quota.map(|quota| QuotaRow {
                limit_per_minute: quota.limit,
                peak_per_minute: tally.peak_per_minute,
                throttled_us: tally.throttled_us,
            }),
            items: (tally.items != ItemTally::default()).then_some(items),
        }
    };
    let named = |operation: OperationName| (operation.name(), row(operation));
    totals.operations().map(named).collect()
}

fn latency(latency: &Latency) -> LatencyRow {
    let of = |statistic| {
        let micros = of_latency(latency, statistic).value()?;
        u64::try_from(micros).ok()
    };
    LatencyRow {
        due: latency.due(),
        finished: latency.finished(),
        censored: latency.censored(),
        early: latency.early(),
        already: latency.already(),
        mean_us: of(Statistic::Mean),
        p50_us: of(Statistic::P50),
        p90_us: of(Statistic::P90),
        p99_us: of(Statistic::P99),
        p999_us: of(Statistic::P999),
        max_us: of(Statistic::Max),
        max_finished_us: latency.max().map(|span| span.as_micros()),
    }
}

fn restart(plan: &Plan, restart: &Restart) -> RestartRow {
    let instants = [UpAt::M1, UpAt::M5, UpAt::M15, UpAt::M60];
    let [up_at_1m, up_at_5m, up_at_15m, up_at_60m] = instants.map(|at| UpAtRow {
        worst_pct: restart.all_up.worst[at.index()],
        mean_pct: restart.all_up.mean(at),
        at_risk: AtRiskRow {
            worst_pct: restart.at_risk_up.worst[at.index()],
            mean_pct: restart.at_risk_up.mean(at),
        },
    });
    let worst = restart.worst_wave.as_ref().map(|worst| WorstWaveRow {
        replication: worst.replication,
        pool: pool_of(plan, &worst.wave),
        wave: wave(plan, &worst.wave),
    });
    RestartRow {
        modelled: restart.is_modelled(),
        waves_not_modelled: restart.not_modelled,
        due: restart.due,
        at_risk: restart.at_risk,
        never: restart.never,
        waves: restart.waves,
        good_waves: restart.good_waves,
        good_waves_pct: restart.good(Among::All),
        waves_at_risk: restart.waves_at_risk,
        good_waves_at_risk: restart.good_waves_at_risk,
        good_waves_at_risk_pct: restart.good(Among::AtRisk),
        mornings: restart.waves,
        good_mornings: restart.good_waves,
        good_mornings_pct: restart.good(Among::All),
        up_at_1m,
        up_at_5m,
        up_at_15m,
        up_at_60m,
        worst_morning: worst.clone(),
        worst_wave: worst,
    }
}

/// By reason; a reason that only services know is there only with services.
fn unavailable(totals: &Totals) -> BTreeMap<&'static str, u128> {
    let is_known = |why: &DownReason| *why != DownReason::Dependency || !totals.services.is_empty();
    let reasons = totals.unavailable.iter().filter(|(why, _)| is_known(why));
    reasons.map(|(why, us)| (why.name(), *us)).collect()
}

fn services(plan: &Plan, totals: &Totals) -> BTreeMap<String, ServiceRow> {
    let row = |service: &ServiceTotals| ServiceRow {
        modelled: service.is_modelled(),
        starts: service.starts,
        good_starts: service.good_starts,
        good_starts_pct: service.good(),
        starts_not_modelled: service.not_modelled,
        mornings: service.starts,
        good_mornings: service.good_starts,
        good_mornings_pct: service.good(),
        mornings_not_modelled: service.not_modelled,
        ready: latency(&service.ready),
        broken: service.broken,
        broken_by: names(plan, &service.broken_by),
        unavailable_us: service.unavailable_us,
    };
    totals.services.iter().map(|service| (service.name.clone(), row(service))).collect()
}

fn names(plan: &Plan, instances: &[u32]) -> Vec<String> {
    instances.iter().map(|id| plan.region.instance_name(InstanceId(*id))).collect()
}

/// A wave by its names.
pub fn wave(plan: &Plan, wave: &Wave) -> WaveRow {
    let [done_1m, done_5m, done_15m, done_60m] = done_by(wave);
    let follower = |part: &WavePart| match part.controller {
        Some(place) => plan.controllers[usize::from(place)].name.as_str(),
        None => plan.demands[usize::from(part.demand)].name.as_str(),
    };
    let mut followers: Vec<&str> = wave.parts.iter().map(follower).collect();
    followers.dedup();
    WaveRow {
        kind: match wave.kind {
            WaveKind::Stop => "stop",
            WaveKind::Start => "start",
        },
        controller: followers.join(" + "),
        date: plan.clock.date_text(wave.day),
        due_us: wave.due.as_micros(),
        zone: plan.region.zones[usize::from(wave.zone)].clone(),
        instance_type: plan.region.types[usize::from(wave.instance_type)].name.clone(),
        size: wave.all.size,
        at_risk: wave.at_risk,
        already_up: wave.already_there,
        already_there: wave.already_there,
        from_economical: wave.from_economical,
        from_standard: wave.from_standard,
        done_1m,
        done_5m,
        done_15m,
        done_60m,
        done: wave.done,
        never: wave.never,
        t95_us: wave.t95.map(|span| span.as_micros()),
        lost_instance_us: wave.lost_us,
    }
}

fn replacements(totals: &Totals) -> Option<Replacements> {
    let (taken, duplicate_us) = (totals.counts.replaced, totals.duplicate_us);
    (taken > 0 || duplicate_us > 0).then_some(Replacements { taken, duplicate_us })
}

fn addresses(plan: &Plan, totals: &Totals) -> Addresses {
    Addresses {
        changed: totals.counts.changed_addresses,
        examples: names(plan, &totals.counts.changed_address_instances),
    }
}

fn burstable(plan: &Plan, totals: &Totals) -> Option<BurstableRow> {
    plan.region.types.iter().any(|one| one.burstable).then(|| BurstableRow {
        credits: totals.counts.credits,
        examples: names(plan, &totals.counts.credits_cleared_instances),
    })
}

fn economical(plan: &Plan, totals: &Totals) -> Economical {
    Economical {
        relied_on_default: totals.counts.relied_on_default,
        downgraded: totals.counts.downgraded.iter().map(|(why, n)| (why.name(), *n)).collect(),
        assumed_eligible: assumed_eligible(plan).into_iter().map(str::to_owned).collect(),
    }
}

fn spot(plan: &Plan, totals: &Totals) -> Option<SpotRow> {
    let by_cause = |counts: [u64; 2]| Cause::ALL.map(Cause::name).into_iter().zip(counts).collect();
    (!plan.markets.is_empty()).then(|| SpotRow {
        notices: by_cause(totals.counts.spot.notices),
        taken_back: by_cause(totals.counts.spot.taken_back),
        lost_instance_us: lost(totals, DownReason::Spot),
    })
}

fn arrears(plan: &Plan, totals: &Totals) -> Option<ArrearsRow> {
    (!plan.arrears.is_empty()).then(|| ArrearsRow {
        counts: totals.counts.arrears,
        lost_instance_us: lost(totals, DownReason::Arrears),
    })
}

fn lost(totals: &Totals, why: DownReason) -> u128 {
    totals.unavailable.get(&why).copied().unwrap_or(0)
}

fn input(input: &Input) -> InputRow {
    InputRow {
        path: input.path.clone(),
        value: input.value.clone(),
        basis: match input.basis {
            Basis::Given => "given",
            Basis::Measured => "measured",
            Basis::Documented => "documented",
            Basis::Assumed => "assumed",
        },
        source: input.source.clone(),
    }
}

fn knobs(plan: &Plan) -> Vec<KnobRow> {
    let row = |(name, value, default)| KnobRow { name, value, default };
    plan.region.knobs.off_default().into_iter().map(row).collect()
}
