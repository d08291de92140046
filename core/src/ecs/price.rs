//! Rates and invoices: what the meters say, in money.
//!
//! Exact until the invoice: rate × instance-microseconds in `i128`, rounded down once per
//! line, a line being (kind, component, state). Discounts are already in the rates. List
//! prices with their sources are in `price/book.rs`.

mod book;

pub use book::{
    OTHER_PRICES, OtherPrice, PRICES, PublishedPrice, TypeFacts, aliyun_linux_pro_licence,
    family_of, published, rhel_licence, sles_licence, type_facts,
};

use super::id::KindId;
use super::meter::{BilledState, Component, MeterReading, is_billed};
use super::spec::RegionSpec;
use crate::units::{HourlyRate, Money, Usage};

/// What one instance costs per hour, by component, discounts included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// vCPUs, memory, GPUs.
    pub compute: HourlyRate,
    /// The image's licence.
    pub licence: HourlyRate,
    /// The system disk.
    pub system_disk: HourlyRate,
    /// All data disks together.
    pub data_disks: HourlyRate,
    /// Fixed bandwidth of the static public address.
    pub static_bandwidth: HourlyRate,
    /// The elastic address with its bandwidth.
    pub eip: HourlyRate,
    /// The part of it that is billed by the hour and not by the day: its configuration.
    pub eip_by_hour: HourlyRate,
    /// Snapshots.
    pub snapshots: HourlyRate,
}

impl Rates {
    /// The rate of one component.
    pub const fn of(&self, component: Component) -> HourlyRate {
        match component {
            Component::Compute => self.compute,
            Component::Licence => self.licence,
            Component::SystemDisk => self.system_disk,
            Component::DataDisks => self.data_disks,
            Component::StaticBandwidth => self.static_bandwidth,
            Component::Eip => self.eip,
            Component::Snapshots => self.snapshots,
        }
    }
}

/// One line of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whose: a group as one of its types.
    pub kind: KindId,
    /// What.
    pub component: Component,
    /// In which state.
    pub state: BilledState,
    /// For how many instance-microseconds.
    pub micros: u128,
    /// Rate × time, exactly.
    pub usage: Usage,
    /// The usage, rounded down to a nano-unit.
    pub amount: Money,
}

impl Line {
    /// The line for so many instance-microseconds at a rate.
    pub fn new(
        kind: KindId,
        component: Component,
        state: BilledState,
        rate: HourlyRate,
        micros: u128,
    ) -> Line {
        let usage = Usage::of(rate, micros);
        Line { kind, component, state, micros, usage, amount: usage.invoiced() }
    }
}

/// The invoice of a reading: a line for each kind, component and state that is billed, has a
/// rate and was metered; by group, then type, component and state.
pub fn invoice(spec: &RegionSpec, reading: &MeterReading) -> Vec<Line> {
    let mut lines = Vec::new();
    for id in spec.kinds() {
        let kind = spec.kind(id);
        for component in Component::ALL {
            let rate = kind.rates.of(component);
            for state in BilledState::ALL {
                let micros = reading.of(id, state);
                let nothing = rate == HourlyRate::ZERO || micros == 0;
                if !nothing && is_billed(component, state, &spec.knobs) {
                    lines.push(Line::new(id, component, state, rate, micros));
                }
            }
        }
    }
    lines
}

/// The sum of an invoice's rounded lines.
pub fn total(lines: &[Line]) -> Money {
    lines.iter().map(|line| line.amount).sum()
}
