//! The table of states and what goes in and out by it.

use super::*;

#[test]
fn the_states_are_all_there_and_differ() {
    for (i, a) in State::ALL.iter().enumerate() {
        assert!(State::ALL[i + 1..].iter().all(|b| a != b), "{a} is listed twice");
    }
    let numbers: Vec<u8> = State::ALL.iter().map(|state| state.number()).collect();
    let frozen: Vec<u8> = (0..13).collect();
    assert_eq!(numbers, frozen, "numbers are frozen, they are in digests");
    let statuses: Vec<Status> = State::ALL.iter().map(|state| state.status()).collect();
    assert!(Status::ALL.iter().all(|status| statuses.contains(status)));
}

#[test]
fn stock_is_claimed_exactly_where_it_was_released() {
    for &state in State::ALL {
        for &trigger in Trigger::ALL {
            let Cell::Moves(next, effect) = cell(state, trigger) else { continue };
            let released = state.holds_stock() && !next.holds_stock();
            let claimed = !state.holds_stock() && next.holds_stock();
            let gives_back = effect == Effect::ReleaseStock
                || (effect == Effect::Dissolve && state.holds_stock());
            assert_eq!(released, gives_back, "{state} on {trigger}");
            assert_eq!(claimed, effect == Effect::ClaimStock, "{state} on {trigger}");
        }
    }
}

#[test]
fn a_standard_stop_becomes_economical_only_by_a_start_and_another_stop_or_if_it_is_taken() {
    let stopped = Stopped { effective: KeepCharging };
    for &trigger in Trigger::ALL {
        if let Cell::Moves(next, _) = cell(stopped, trigger) {
            let taken = trigger == Trigger::Reclaim && next == ECONOMICAL;
            let known = [Starting { from: KeepCharging }, Released].contains(&next);
            assert!(taken || known, "{next}");
        }
    }
}

#[test]
#[should_panic(expected = "StopFinished cannot happen to an instance in Running")]
fn an_impossible_cell_is_a_bug() {
    let _ = transition(Running, Trigger::StopFinished);
}
