//! A ledger as it is written: cells by what they are of, and only those with something in them.

use serde::{Deserialize, Serialize};

use crate::ecs::meter::BilledState;
use crate::units::Usage;

use super::{Cycles, Ledger, MinimumCharge, STATES, WHYS, Why, cell};

/// The same as a ledger.
#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    kinds: usize,
    cells: Vec<Cell>,
    cycles: Option<Cycles>,
    minimum_charge: Vec<MinimumCharge>,
    capacities: Vec<u128>,
}

/// What was booked of a kind in one billed state for one reason.
#[derive(Serialize, Deserialize)]
struct Cell {
    kind: usize,
    state: BilledState,
    why: Why,
    instance_us: u128,
    /// Of spot compute: price × time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spot: Option<Usage>,
}

impl From<Ledger> for Written {
    fn from(ledger: Ledger) -> Written {
        let kinds = ledger.cells.len() / (STATES * WHYS);
        let mut cells = Vec::new();
        for kind in 0..kinds {
            for state in BilledState::ALL {
                for why in Why::all() {
                    let instance_us = ledger.time(kind, state, why);
                    let spot = ledger.spot.get(&cell(kind, state, why)).copied();
                    if instance_us > 0 || spot.is_some() {
                        cells.push(Cell { kind, state, why, instance_us, spot });
                    }
                }
            }
        }
        let Ledger { cycles, minimum_charge, capacities, .. } = ledger;
        Written { kinds, cells, cycles, minimum_charge, capacities }
    }
}

impl TryFrom<Written> for Ledger {
    type Error = String;

    fn try_from(written: Written) -> Result<Ledger, String> {
        let Written { kinds, cells, cycles, minimum_charge, capacities } = written;
        if minimum_charge.len() != kinds {
            return Err(format!(
                "minimum charges of {} kinds, where there are {kinds}",
                minimum_charge.len()
            ));
        }
        let mut ledger = Ledger { cycles, minimum_charge, capacities, ..Ledger::new(kinds) };
        for Cell { kind, state, why, instance_us, spot } in cells {
            if kind >= kinds {
                return Err(format!("a cell of kind {kind}, where there are {kinds}"));
            }
            ledger.cells[cell(kind, state, why)] = instance_us;
            ledger.spot.extend(spot.map(|usage| (cell(kind, state, why), usage)));
        }
        Ok(ledger)
    }
}
