//! Demand from a record: rows of a CSV that say from when an instance is wanted, or an activity
//! trace that says when it was busy.
//!
//! Rows come parsed, one target at a time, in the order of the file; nothing here reads a file.

use super::calendar::union;
use super::clock::CivilClock;
use super::{Edge, Span, edges_of_spans};
use crate::units::{SimDuration, SimTime};

/// What one target's rows come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Whether it is wanted at time 0.
    pub initially: bool,
    /// The changes after time 0, ascending, each differing from the one before.
    pub edges: Vec<Edge>,
}

/// A row that is earlier than the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} at {at} is earlier than the row before it, at {before}")]
pub struct OutOfOrder {
    /// Which of the target's rows, from 0.
    pub row: usize,
    /// Its instant.
    pub at: SimTime,
    /// The instant of the row before.
    pub before: SimTime,
}

/// A stretch of activity that ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} ends at {to}, before it begins at {from}")]
pub struct Backwards {
    /// Which of the target's rows, from 0.
    pub row: usize,
    /// Where it begins.
    pub from: SimTime,
    /// Where it ends.
    pub to: SimTime,
}

impl Path {
    /// The path of a target whose rows say "wanted (or not) from here on", ascending in time.
    ///
    /// Before its first row a target is in the other state than that row brings about, and it
    /// stays in the state of its last one. Rows that change nothing are dropped; of several at
    /// one instant the last holds. Edges are dated and counted by `clock`'s civil dates.
    ///
    /// # Errors
    /// If a row is earlier than the one before it.
    pub fn of_states(
        rows: impl IntoIterator<Item = (SimTime, bool)>,
        clock: &CivilClock,
    ) -> Result<Path, OutOfOrder> {
        let mut steps: Vec<(SimTime, bool)> = Vec::new();
        let mut before = SimTime::ZERO;
        let mut initially = None;
        for (row, (at, wanted)) in rows.into_iter().enumerate() {
            if at < before {
                return Err(OutOfOrder { row, at, before });
            }
            before = at;
            initially = initially.or(Some(!wanted));
            match steps.last_mut() {
                Some(last) if last.0 == at => last.1 = wanted,
                Some(_) | None => steps.push((at, wanted)),
            }
        }
        let mut initially = initially.unwrap_or(false);
        if steps.first().is_some_and(|(at, _)| *at == SimTime::ZERO) {
            initially = steps.remove(0).1;
        }
        Ok(Path { initially, edges: changes(initially, &steps, clock) })
    }

    /// The path of a target that is wanted while it is active, `[from, to)`, and for `linger`
    /// after that; stretches come in any order and may overlap.
    ///
    /// # Errors
    /// If a stretch ends before it begins.
    pub fn of_activity(
        stretches: impl IntoIterator<Item = (SimTime, SimTime)>,
        linger: SimDuration,
        clock: &CivilClock,
    ) -> Result<Path, Backwards> {
        let mut spans = Vec::new();
        for (row, (from, to)) in stretches.into_iter().enumerate() {
            if to < from {
                return Err(Backwards { row, from, to });
            }
            let to = clock.unix_micros(to.saturating_add(linger));
            spans.push(Span { from: clock.unix_micros(from), to });
        }
        let spans = union(spans);
        let (initially, edges) = edges_of_spans(&spans, clock.zone(), clock, SimTime::NEVER);
        Ok(Path { initially, edges })
    }
}

/// The steps that change something, dated and counted.
fn changes(initially: bool, steps: &[(SimTime, bool)], clock: &CivilClock) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::with_capacity(steps.len());
    let mut current = initially;
    for &(at, wanted) in steps.iter() {
        if wanted == current {
            continue;
        }
        current = wanted;
        let day = clock.civil_day(at);
        let ordinal = match edges.last() {
            Some(last) if last.day == day => last.ordinal + 1,
            Some(_) | None => 0,
        };
        edges.push(Edge { at, wanted, day, ordinal });
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> CivilClock {
        CivilClock::new("Asia/Shanghai", "2026-03-02 22:00").unwrap()
    }

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_mins(minutes)
    }

    /// Whether it is wanted initially, and (minute, wanted, ordinal) of each edge.
    fn told(path: &Path) -> (bool, Vec<(u64, bool, u32)>) {
        let minute = |edge: &Edge| edge.at.as_micros() / 60_000_000;
        (path.initially, path.edges.iter().map(|e| (minute(e), e.wanted, e.ordinal)).collect())
    }

    #[track_caller]
    fn states(rows: &[(u64, bool)]) -> (bool, Vec<(u64, bool, u32)>) {
        told(&Path::of_states(rows.iter().map(|&(m, w)| (at(m), w)), &clock()).unwrap())
    }

    #[test]
    fn before_its_first_row_a_target_is_in_the_other_state() {
        assert_eq!(states(&[(60, true)]), (false, vec![(60, true, 0)]));
        assert_eq!(states(&[(60, false)]), (true, vec![(60, false, 0)]));
        assert_eq!(states(&[]), (false, vec![]));
    }

    #[test]
    fn a_row_at_time_zero_says_what_holds_initially() {
        assert_eq!(states(&[(0, true), (30, false)]), (true, vec![(30, false, 0)]));
        assert_eq!(states(&[(0, false), (30, false)]), (false, vec![]));
        assert_eq!(states(&[(0, false), (0, true)]), (true, vec![]));
    }

    #[test]
    fn rows_that_change_nothing_are_dropped_and_the_last_of_an_instant_holds() {
        assert_eq!(
            states(&[(10, true), (20, true), (30, false), (30, true), (40, false)]),
            (false, vec![(10, true, 0), (40, false, 1)]),
        );
        // The first row stands even when the same instant takes it back.
        assert_eq!(states(&[(10, true), (10, false), (20, true)]), (false, vec![(20, true, 0)]));
    }

    #[test]
    fn ordinals_count_within_a_civil_date() {
        let (_, edges) = states(&[(10, true), (20, false), (130, true), (140, false)]);
        assert_eq!(edges, [(10, true, 0), (20, false, 1), (130, true, 0), (140, false, 1)]);
    }

    #[test]
    fn a_row_out_of_order_is_an_error_that_names_it() {
        let error = Path::of_states([(at(10), true), (at(9), false)], &clock()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 1 at 00:09:00.000000 is earlier than the row before it, at 00:10:00.000000",
        );
    }

    #[test]
    fn activity_is_wanted_until_it_has_been_over_for_the_linger() {
        let linger = SimDuration::from_mins(10);
        let rows = [(at(50), at(60)), (at(0), at(20)), (at(25), at(35)), (at(70), at(70))];
        let path = Path::of_activity(rows, linger, &clock()).unwrap();
        // The beginning at time 0 is the date's edge number 0, though the run never meets it;
        // 60 + 10 touches the instant of activity at 70, which lingers until 80.
        assert_eq!(told(&path), (true, vec![(45, false, 1), (50, true, 2), (80, false, 3)]));
        let error = Path::of_activity([(at(2), at(1))], linger, &clock()).unwrap_err();
        assert!(error.to_string().starts_with("row 0 ends at"), "{error}");
    }
}
