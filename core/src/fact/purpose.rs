//! What each random number is for: frozen numbers, part of `RNG_VERSION`.
//!
//! 1..=29 and 50..=99 belong to the world and to clients, 30..=39 to `controller`, 40..=49 to
//! `fault`. A number is never used again for something else.

use crate::engine::Purpose;

/// How long a graceful stop takes.
pub const STOP: Purpose = Purpose(1);
/// How long a forced stop takes.
pub const FORCE_STOP: Purpose = Purpose(2);
/// How long a start takes.
pub const START: Purpose = Purpose(3);
/// How long the allocation of an economical restart takes in addition.
pub const ALLOCATION: Purpose = Purpose(4);
/// From `Running` to guest-ready.
pub const READY: Purpose = Purpose(5);
/// The common factor of a wave's starts in one zone.
pub const WAVE_FACTOR: Purpose = Purpose(6);
/// Whether a graceful stop hangs.
pub const HANG: Purpose = Purpose(7);
/// Whether the static public address comes back.
pub const ADDRESS: Purpose = Purpose(8);
/// How long a request travels.
pub const REQUEST_LEG: Purpose = Purpose(9);
/// How long an answer travels.
pub const ANSWER_LEG: Purpose = Purpose(10);
/// How long a poll's request travels.
pub const POLL_REQUEST_LEG: Purpose = Purpose(11);
/// How long a poll's answer travels.
pub const POLL_ANSWER_LEG: Purpose = Purpose(12);
/// The RequestId of an answer.
pub const REQUEST_ID: Purpose = Purpose(13);
/// When other tenants' requests come.
pub const TENANT_ARRIVAL: Purpose = Purpose(14);
/// How many units a tenant takes.
pub const TENANT_UNITS: Purpose = Purpose(15);
/// How long a tenant holds them.
pub const TENANT_HOLD: Purpose = Purpose(16);
/// When tenants came that were there before the beginning.
pub const TENANTS_BEFORE: Purpose = Purpose(17);
/// When a controller's Poisson requests come.
pub const REQUEST_ARRIVAL: Purpose = Purpose(18);
/// Which idle instance a request takes.
pub const REQUEST_CHOICE: Purpose = Purpose(19);
/// How long a requested instance is held.
pub const REQUEST_HOLD: Purpose = Purpose(20);
/// How long the way down of a reboot takes.
pub const REBOOT_DOWN: Purpose = Purpose(50);
/// How long the way up of a reboot takes.
pub const REBOOT_UP: Purpose = Purpose(51);
/// How long a new instance is Pending.
pub const CREATION: Purpose = Purpose(52);
/// How long the shutdown before a deletion takes.
pub const DELETION: Purpose = Purpose(53);
/// The ClientToken of a request.
pub const CLIENT_TOKEN: Purpose = Purpose(54);
/// How long a change of type takes.
pub const TYPE_CHANGE: Purpose = Purpose(55);
/// The backoff of a look.
pub const LOOK_BACKOFF: Purpose = Purpose(56);
/// How far the price of a market of spot instances moves.
pub const SPOT_PRICE: Purpose = Purpose(70);
/// Which spot instances are taken back for want of stock.
pub const SPOT_CHOICE: Purpose = Purpose(71);
/// How long an economical stop settles.
pub const SETTLING: Purpose = Purpose(72);
/// How long the news of a stop takes to a controller that listens for it.
pub const HEARING: Purpose = Purpose(80);
/// Which rules of faults the swarm of a hunt has, and how much likelier they are in it.
pub const SWARM: Purpose = Purpose(90);
/// The seed of a program's own luck.
pub const PROGRAM_SEED: Purpose = Purpose(81);
