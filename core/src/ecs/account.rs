//! The account's standing: what becomes of pay-as-you-go instances when it does not pay.
//!
//! Which standing follows when is the world's affair; here is what each one refuses and bills.
//! Source: overdue payments (zh), read 2026-11; pay-as-you-go (2021-07-19).

use super::refusal::Refusal;

/// How the account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// It pays.
    #[default]
    Good,
    /// It owes, and services go on for now; nothing can be started.
    Overdue,
    /// Services are stopped and locked, billing is suspended.
    Suspended,
    /// Resources have been released for good.
    Released,
}

impl Standing {
    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Good => "good",
            Standing::Overdue => "overdue",
            Standing::Suspended => "suspended",
            Standing::Released => "released",
        }
    }

    /// Whether pay-as-you-go instances are not billed. *Assumed*: from the very moment of the
    /// automatic stop, which itself takes its time.
    pub const fn suspends_billing(self) -> bool {
        match self {
            Standing::Good | Standing::Overdue => false,
            Standing::Suspended | Standing::Released => true,
        }
    }

    /// What it answers to a start. *Assumed*: which of the two documented rows is meant when.
    pub const fn refuses_start(self) -> Option<Refusal> {
        match self {
            Standing::Good => None,
            Standing::Overdue => Some(Refusal::InsufficientBalance),
            Standing::Suspended => Some(Refusal::StartInArrears),
            Standing::Released => Some(Refusal::InstanceNotFound),
        }
    }

    /// What it answers to a stop.
    pub const fn refuses_stop(self) -> Option<Refusal> {
        match self {
            Standing::Good | Standing::Overdue => None,
            Standing::Suspended => Some(Refusal::StopInArrears),
            Standing::Released => Some(Refusal::InstanceNotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Instances already in economical mode fail to start during arrears" (overdue payments,
    /// zh); nothing is refused to an account that pays.
    #[test]
    fn no_start_is_granted_to_an_account_that_owes() {
        assert_eq!(Standing::Good.refuses_start(), None);
        for standing in [Standing::Overdue, Standing::Suspended, Standing::Released] {
            assert!(standing.refuses_start().is_some(), "{standing:?}");
        }
        assert_eq!(Standing::Overdue.refuses_stop(), None, "services go on for now");
        assert!(!Standing::Overdue.suspends_billing() && Standing::Suspended.suspends_billing());
    }
}
