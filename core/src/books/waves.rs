//! Waves: all that is due of one zone and type at one instant, and what becomes of it.

use crate::demand::Edge;
use crate::ecs::id::GroupId;
use crate::ecs::instance::StoppedMode;
use crate::units::{SimDuration, SimTime};

use super::Books;
use super::outcome::{Wave, WaveCount, WaveKind, WaveParts};

/// No wave.
pub const NO_WAVE: u32 = u32::MAX;

/// Who follows which demand: the part of a wave that an instance is of.
pub type PartOf = (Option<u16>, u16);

impl Books<'_> {
    /// The wave of this edge for a group's zone and type, with this part; opened when it is the
    /// first.
    pub fn wave_of(&mut self, edge: &Edge, group: GroupId, of: PartOf) -> u32 {
        let spec = self.plan.region.group(group);
        let (zone, instance_type) = (spec.zone.0, spec.instance_type.0);
        let kind = if edge.wanted { WaveKind::Start } else { WaveKind::Stop };
        let waves = &mut self.out.waves;
        if waves.last().is_none_or(|last| last.due != edge.at) {
            self.waves_due.clear();
        }
        let place = *self.waves_due.entry((kind, zone, instance_type)).or_insert_with(|| {
            waves.push(Wave {
                kind,
                day: edge.day,
                due: edge.at,
                zone,
                instance_type,
                all: WaveCount::default(),
                at_risk: 0,
                done_in_time: 0,
                already_there: 0,
                from_economical: 0,
                from_standard: 0,
                done: 0,
                never: 0,
                t95: None,
                lost_us: 0,
                seen: SimDuration::ZERO,
                parts: WaveParts::default(),
            });
            waves.len() - 1
        });
        waves[place].parts.of(of.0, of.1);
        u32::try_from(place).expect("waves are numbered in 32 bits")
    }

    /// An instance is one of a wave.
    pub fn join_wave(&mut self, wave: u32, of: PartOf) {
        if let Some(wave) = self.wave(wave) {
            wave.all.size += 1;
            wave.parts.of(of.0, of.1).count.size += 1;
        }
    }

    /// A stop of a wave has yet to be done.
    pub fn stop_at_risk(&mut self, wave: u32) {
        if let Some(wave) = self.wave(wave) {
            wave.at_risk += 1;
        }
    }

    /// A start of a wave is of an instance that was stopped in this mode; whether it is at risk.
    pub fn start_in_wave(&mut self, wave: u32, at_risk: bool, stopped: Option<StoppedMode>) {
        if let Some(wave) = self.wave(wave) {
            wave.at_risk += u64::from(at_risk);
            match stopped {
                Some(StoppedMode::StopCharging) => wave.from_economical += 1,
                Some(StoppedMode::KeepCharging) => wave.from_standard += 1,
                None => {}
            }
        }
    }

    /// An instance of a wave was as wanted at due.
    pub fn already_in_wave(&mut self, wave: u32, of: PartOf) {
        if let Some(known) = self.wave(wave) {
            known.already_there += 1;
            self.count_done(wave, of, SimDuration::ZERO);
        }
    }

    /// An instance of a wave was done so long after due.
    #[inline(always)]
    pub fn done_in_wave(&mut self, wave: u32, of: PartOf, took: SimDuration) {
        self.count_done(wave, of, took);
        if let Some(wave) = self.wave(wave)
            && wave.t95.is_none()
            && wave.done * 100 >= wave.all.size * 95
        {
            wave.t95 = Some(took);
        }
    }

    #[inline(always)]
    fn count_done(&mut self, wave: u32, of: PartOf, took: SimDuration) {
        let in_time = took <= self.plan.good_within;
        let Some(wave) = self.wave(wave) else { return };
        wave.done += 1;
        wave.lost_us += u128::from(took.as_micros());
        wave.all.record(took);
        wave.done_in_time += u64::from(in_time);
        wave.parts.of(of.0, of.1).count.record(took);
    }

    /// An instance of a wave will not be done, so long after due.
    pub fn never_in_wave(&mut self, wave: u32, of: PartOf, waited: SimDuration) {
        if let Some(wave) = self.wave(wave) {
            wave.never += 1;
            wave.parts.of(of.0, of.1).never += 1;
            wave.lost_us += u128::from(waited.as_micros());
        }
    }

    /// The run ends: how long each wave was seen, and what needed no time at all.
    pub fn close_waves(&mut self, end: SimTime) {
        for wave in &mut self.out.waves {
            wave.seen = end.since(wave.due);
            if wave.already_there > 0 && wave.already_there * 100 >= wave.all.size * 95 {
                wave.t95 = Some(SimDuration::ZERO);
            }
        }
    }

    #[inline(always)]
    fn wave(&mut self, place: u32) -> Option<&mut Wave> {
        (place != NO_WAVE).then(|| &mut self.out.waves[place as usize])
    }
}
