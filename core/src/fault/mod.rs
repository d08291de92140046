//! Misbehaviour as data: what goes wrong, when, for whom and how often.
//!
//! A *fault* is the cause that a scenario injects; the *error* is the wrong state or answer it
//! leads to; the *failure* is what the client sees. There are three lists, each first-match in
//! file order, a rule whose draw fails being passed over: *call* faults, *work* faults and
//! *environment* faults. Faults never read what controllers do: their windows are driven by
//! time alone.

pub mod effect;
pub mod injector;
pub mod rule;
pub mod window;
