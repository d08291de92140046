//! How `summary.json` is summed up from the outcomes of runs.

use std::collections::BTreeMap;

use crate::ecs::id::InstanceId;
use crate::ecs::operation::OperationName;
use crate::report::Results;
use crate::report::expect::judge;
use crate::report::figures::intervals;
use crate::report::inventory::inventory;
use crate::report::measure::{Observed, of_latency};
use crate::report::number::{Decimal, Hex, Percent};
use crate::report::provenance::assumed_eligible;
use crate::report::restart::{Restart, pool_of};
use crate::report::totals::Totals;
use crate::report::warnings::warnings;
use crate::stats::Latency;
use crate::units::Money;
use crate::world::ledger::BillLine;
use crate::world::metric::{Statistic, UpAt};
use crate::world::outcome::{CallTally, Wave, WaveKind};
use crate::world::plan::{Basis, Input, Plan};

use super::{
    Addresses, BeliefsRow, Billing, Bound, Calls, Economical, Events, InputRow, KnobRow,
    LatencyRow, LineRow, Parts, RestartRow, SCHEMA, Saving, Scenario, Summary, Unavailable,
    UpAtRow, WaveRow, Window, WorstMorning,
};

impl Summary {
    /// Sums up.
    pub fn of(results: &Results<'_>) -> Summary {
        let Results { plan, outcomes, .. } = *results;
        let totals = Totals::of(plan, outcomes);
        let each: Vec<Totals> =
            outcomes.iter().map(|one| Totals::of(plan, std::slice::from_ref(one))).collect();
        Summary {
            schema: SCHEMA,
            scenario: Scenario { name: plan.name.clone(), hash: plan.hash.clone() },
            seed: Hex(results.seed),
            ties: results.ties.to_owned(),
            replication: results.replication,
            replications: totals.runs,
            until_event: results.until_event,
            digest: Hex(results.digest),
            currency: plan.currency.clone(),
            window: Window { start_us: plan.warm_up.as_micros(), end_us: plan.horizon.as_micros() },
            events: Events { handled: totals.events.handled, stale: totals.events.stale },
            billing: billing(plan, &totals),
            calls: calls(plan, &totals),
            peak_calls_per_minute: totals.peak_calls_per_minute,
            latency: totals
                .latency_names()
                .map(|name| (name.name(), latency(totals.latency(name))))
                .collect(),
            restart: restart(plan, &totals.restart),
            waves: totals.waves.iter().map(|one| wave(plan, one)).collect(),
            unavailable: Unavailable {
                total_us: totals.unavailable_us(),
                by_reason: totals.unavailable.iter().map(|(why, us)| (why.name(), *us)).collect(),
            },
            inventory: inventory(plan, outcomes),
            data_loss_stops: totals.data_loss_stops,
            addresses: addresses(plan, &totals),
            economical: economical(plan, &totals),
            beliefs: BeliefsRow {
                right: totals.beliefs.right,
                wrongly_done: totals.beliefs.wrongly_done,
                wrongly_failed: totals.beliefs.wrongly_failed,
            },
            inputs: plan.inputs.iter().map(input).collect(),
            knobs: knobs(plan),
            expect: judge(plan, &totals, &each),
            stress: results.stress.to_vec(),
            warnings: warnings(plan),
            intervals: intervals(&totals, &each),
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

fn billing(plan: &Plan, totals: &Totals) -> Billing {
    let bill = &totals.bill;
    let share = |part: Money, whole: Money| Percent::of(part.as_nanos(), whole.as_nanos());
    let lines = bill.lines.iter().map(|line| LineRow {
        group: group_name(plan, line.group),
        instance_type: other_type(plan, line),
        component: line.component.name(),
        state: line.state.name(),
        baseline: Decimal(line.baseline),
        actual: Decimal(line.actual),
    });
    Billing {
        baseline: Decimal(bill.baseline),
        baseline_compute: Decimal(bill.baseline_compute),
        actual: Decimal(bill.actual),
        subscription: Decimal(bill.subscription),
        saving: Saving {
            total: Decimal(bill.saving()),
            intended: Decimal(bill.intended),
            intended_compute: Decimal(bill.intended_compute),
            involuntary: Decimal(bill.involuntary),
            policy_cost: Decimal(bill.policy_cost),
            adjustments: Decimal(bill.adjustments),
            intended_pct: share(bill.intended, bill.baseline),
            intended_pct_of_compute: share(bill.intended_compute, bill.baseline_compute),
        },
        bound: Bound {
            total: Decimal(bill.bound_total),
            reachable: Decimal(bill.bound_reachable),
            ineligible: Decimal(bill.bound_total - bill.bound_reachable),
        },
        forgone: parts(plan, bill.forgone.iter().map(|((g, why), m)| (*g, why.name(), *m))),
        missed: parts(plan, bill.missed.iter().map(|((g, why), m)| (*g, why.name().into(), *m))),
        break_even_per_instance_hour: totals.break_even().map(Decimal),
        lines: lines.collect(),
    }
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
fn other_type(plan: &Plan, line: &BillLine) -> Option<String> {
    let kind = plan.region.kind(line.kind);
    let is_own = kind.instance_type == kind.group.instance_type;
    (!is_own).then(|| plan.region.types[kind.instance_type.index()].name.clone())
}

fn group_name(plan: &Plan, group: u16) -> String {
    plan.region.groups[usize::from(group)].name.clone()
}

fn calls(plan: &Plan, totals: &Totals) -> BTreeMap<&'static str, Calls> {
    let row = |tally: &CallTally| {
        let mut refused: BTreeMap<String, u64> = BTreeMap::new();
        for (refusal, count) in &tally.refused {
            let row = refusal.row_under(&plan.region.knobs);
            *refused.entry(format!("{} {}", row.http, row.code)).or_default() += count;
        }
        Calls {
            sent: tally.sent,
            accepted: tally.accepted,
            dry_run: tally.dry_run,
            timed_out: tally.timed_out,
            refused,
        }
    };
    let named = |operation: OperationName| (operation.name(), row(totals.calls_of(operation)));
    totals.operations().map(named).collect()
}

fn latency(latency: &Latency) -> LatencyRow {
    let of = |statistic| match of_latency(latency, statistic) {
        Observed::Value(micros) => u64::try_from(micros).ok(),
        Observed::Never | Observed::Nothing | Observed::NotModelled => None,
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
        worst_pct: restart.worst.map(|shares| shares[at.index()]),
        mean_pct: restart.mean(at),
    });
    RestartRow {
        modelled: restart.is_modelled(),
        waves_not_modelled: restart.not_modelled,
        due: restart.due,
        never: restart.never,
        mornings: restart.mornings,
        good_mornings: restart.good_mornings,
        good_mornings_pct: restart.good(),
        up_at_1m,
        up_at_5m,
        up_at_15m,
        up_at_60m,
        worst_morning: restart.worst_wave.as_ref().map(|worst| WorstMorning {
            replication: worst.replication,
            pool: pool_of(plan, &worst.wave).map(str::to_owned),
            wave: wave(plan, &worst.wave),
        }),
    }
}

/// A wave by its names.
pub fn wave(plan: &Plan, wave: &Wave) -> WaveRow {
    let [done_1m, done_5m, done_15m, done_60m] = wave.done_within;
    WaveRow {
        kind: match wave.kind {
            WaveKind::Stop => "stop",
            WaveKind::Start => "start",
        },
        controller: wave.controller.clone(),
        date: plan.clock.date_text(wave.day),
        due_us: wave.due.as_micros(),
        zone: plan.region.zones[usize::from(wave.zone)].clone(),
        instance_type: plan.region.types[usize::from(wave.instance_type)].name.clone(),
        size: wave.size,
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

fn addresses(plan: &Plan, totals: &Totals) -> Addresses {
    let name = |id: &u32| plan.region.instance_name(InstanceId(*id));
    Addresses {
        changed: totals.changed_addresses,
        examples: totals.changed_address_instances.iter().map(name).collect(),
    }
}

fn economical(plan: &Plan, totals: &Totals) -> Economical {
    Economical {
        relied_on_default: totals.relied_on_default,
        downgraded: totals.downgraded.iter().map(|(why, n)| (why.name(), *n)).collect(),
        assumed_eligible: assumed_eligible(plan).into_iter().map(str::to_owned).collect(),
    }
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
