//! What may be wrong with an instance besides its state: locks, arrears, disks, keys.
//!
//! A condition is set by the scenario or the world, never by an operation; each one names the
//! refusals it causes. The refusals themselves are in [`super::refusal`].

use std::fmt;

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident $(@ $bit:literal)? = $name:literal,)*) => {
        /// One thing that may be wrong with an instance.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Condition {
            $($(#[$doc])* $variant $(= $bit)?,)*
        }

        impl Condition {
            /// Every condition, in the order of the bits.
            pub const ALL: &'static [Condition] = &[$(Condition::$variant,)*];

            /// The word scenario files use.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Condition::$variant => $name,)*
                }
            }
        }
    };
}

conditions! {
    /// Locked for security reasons: StopInstance and StartInstance answer
    /// `InstanceLockedForSecurity`; Describe* are unaffected.
    SecurityLock = "security_lock",
    /// Locked for money: StopInstance answers `InstanceExpiredOrInArrears` (in arrears),
    /// StartInstance `InstanceExpired` (pay-as-you-go).
    FinancialLock = "financial_lock",
    /// A subscription that ended: StopInstance answers `InstanceExpiredOrInArrears` (expired),
    /// StartInstance `InstanceExpired` (subscription).
    Expired = "expired",
    /// A pay-as-you-go instance of an account in arrears: StopInstance answers
    /// `InstanceExpiredOrInArrears` (in arrears), StartInstance `InstanceExpired` (pay-as-you-go).
    InArrears = "in_arrears",
    /// Too little balance for what a start would cost: StartInstance, and StopInstances,
    /// `InsufficientBalance`.
    InsufficientBalance = "insufficient_balance",
    /// A disk in a wrong state: `DiskError`, HTTP 400 from StopInstance, 403 from StartInstance.
    DiskError = "disk_error",
    /// A disk that is in arrears: StartInstance `DiskInArrears`.
    DiskInArrears = "disk_in_arrears",
    /// No system disk: StartInstance `InvalidInstance.NotFoundSystemDisk`.
    NoSystemDisk = "no_system_disk",
    /// Encrypted while key escrow is not activated: StopInstance
    /// `InvalidParameter.Encrypted.KmsNotEnable`.
    KmsNotActivated = "kms_not_activated",
    /// The key of an encrypted disk is gone: StopInstance `InvalidOperation.KMSKeyIdNotFound`,
    /// StartInstance `InvalidParameter.KMSKeyId.NotFound`.
    KmsKeyNotFound = "kms_key_not_found",
    /// KMS is not open: StopInstance `InvalidOperation.KMSServiceNotOpen`.
    KmsServiceNotOpen = "kms_service_not_open",
    /// The key lacks the ECS tag: `InvalidParameter.KMSKeyId.CMKUnauthorized` from both.
    CmkUnauthorized = "cmk_unauthorized",
    /// The key is disabled: `InvalidParameter.KMSKeyId.CMKNotEnabled` from both.
    CmkNotEnabled = "cmk_not_enabled",
    /// ECS may not use the account's KMS: `InvalidParameter.KMSKeyId.KMSUnauthorized` from both.
    KmsUnauthorized = "kms_unauthorized",
    /// Hibernation is configured: StopInstance
    /// `HibernationConfigured.InstanceOperationForbidden`.
    HibernationConfigured = "hibernation_configured",
    /// Managed by another cloud service: StopInstance `OperationDenied.SystemInstanceNotSupport`.
    SystemInstance = "system_instance",
    /// Not ready for use: StartInstance, and StopInstances, `InstanceNotReady`.
    NotReady = "not_ready",
    /// Its host is being repaired: StartInstance `OperationDenied.HostRepairing`.
    HostRepairing = "host_repairing",
    /// The account's quota is used up: StartInstance `QuotaExceed.ElasticQuota`, if the
    /// instance stopped in economical mode (a standard stop keeps its share; *Assumed*).
    QuotaExceeded = "quota_exceeded",
    /// Another operation on it is still being processed: `OperationConflict` from both, as the
    /// FAQ reports for a restart right after an economical stop.
    OperationInProgress = "operation_in_progress",
    /// Protected from deletion: DeleteInstance `InvalidOperation.DeletionProtection`.
    DeletionProtection = "deletion_protection",
    /// A load balancer that uses it is being configured: DeleteInstance
    /// `DependencyViolation.SLBConfiguring`.
    SlbConfiguring = "slb_configuring",
    /// A custom route leads to it: DeleteInstance `DependencyViolation.RouteEntry`.
    RouteEntry = "route_entry",
    /// Still settling after its economical stop: StartInstance answers `OperationConflict`.
    /// Source: billing FAQ (2026-11), without a duration.
    Settling @ 26 = "settling",
    /// A spot instance that is about to be taken back: shown as `LockReason` recycling, refuses
    /// nothing. Source: DescribeInstances (2021-07-19).
    Recycling @ 27 = "recycling",
    /// The number of instances of its type is used up: `QuotaExceed.ElasticQuota`, as above.
    TypeQuotaExceeded @ 28 = "type_quota_exceeded",
    /// The number of vCPUs in its zone is used up: `QuotaExceed.ElasticQuota`, as above.
    ZoneQuotaExceeded @ 29 = "zone_quota_exceeded",
    /// One of the two, the message does not say which: `QuotaExceed.ElasticQuota`, as above.
    AnyQuotaExceeded @ 30 = "any_quota_exceeded",
    /// Its image supports no other type: ModifyInstanceSpec `ImageNotSupportInstanceType`.
    ImageNotSupported @ 31 = "image_not_supported",
}

const _: () = {
    let mut place = 0;
    while place < Condition::ALL.len() {
        assert!((Condition::ALL[place] as u8) < 32, "conditions are bits of a u32");
        place += 1;
    }
};

impl Condition {
    /// The condition a scenario file names.
    pub fn from_name(name: &str) -> Option<Condition> {
        Condition::ALL.iter().copied().find(|condition| condition.name() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// The word scenario files use.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of conditions, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions(u32);

impl Conditions {
    /// Nothing is wrong.
    pub const NONE: Conditions = Conditions(0);

    /// Whether nothing is wrong.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `condition` holds.
    pub const fn has(self, condition: Condition) -> bool {
        self.0 & condition.bit() != 0
    }

    /// The same set with `condition` holding or not.
    #[must_use]
    pub const fn with(self, condition: Condition, on: bool) -> Conditions {
        if on {
            Conditions(self.0 | condition.bit())
        } else {
            Conditions(self.0 & !condition.bit())
        }
    }

    /// What holds, in the order of [`Condition::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Condition> {
        Condition::ALL.iter().copied().filter(move |&condition| self.has(condition))
    }
}

impl FromIterator<Condition> for Conditions {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Conditions {
        conditions.into_iter().fold(Conditions::NONE, |set, condition| set.with(condition, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_reads_back_as_it_is_named_and_names_are_unique() {
        for &condition in Condition::ALL {
            assert_eq!(Condition::from_name(condition.name()), Some(condition));
        }
        assert_eq!(Condition::from_name("SecurityLock"), None);
    }

    #[test]
    fn each_condition_is_a_bit_of_its_own() {
        let all: Conditions = Condition::ALL.iter().copied().collect();
        for &condition in Condition::ALL {
            let without = all.with(condition, false);
            assert!(all.has(condition) && !without.has(condition));
            assert_eq!(without.iter().count(), Condition::ALL.len() - 1);
        }
        assert!(Conditions::NONE.is_empty() && !all.is_empty());
    }
}
