//! Where the vendor's pages contradict one another, or say nothing: one knob each.
//!
//! Every knob has a documented default, its first value. A knob off its default is listed in
//! every report; nothing here is read from anywhere, the scenario layer sets it.

/// One row of the list of knobs, for the manual and for error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnobRow {
    /// Its name in a scenario file.
    pub name: &'static str,
    /// What it decides.
    pub decides: &'static str,
    /// The values it takes; the first is the default.
    pub values: &'static [&'static str],
    /// Which pages disagree.
    pub source: &'static str,
}

impl KnobRow {
    /// The value in force when nothing is said.
    pub const fn default_value(&self) -> &'static str {
        self.values[0]
    }
}

/// Why a knob could not be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnobError {
    /// No knob has this name.
    #[error("there is no knob `{0}`")]
    UnknownKnob(String),
    /// The knob exists, the value does not.
    #[error("knob `{knob}` does not take `{value}`")]
    UnknownValue {
        /// The knob.
        knob: &'static str,
        /// What it was to be set to.
        value: String,
    },
}

macro_rules! knobs {
    ($($(#[doc = $decides:literal])* $field:ident: $type:ident {
        $(#[doc = $first_doc:literal])* $first:ident = $first_name:literal,
        $($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*
    } from $source:literal;)*) => {
        $(
            $(#[doc = $decides])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $type {
                $(#[doc = $first_doc])*
                #[default]
                $first,
                $($(#[doc = $doc])* $variant,)*
            }

            impl $type {
                /// The word scenario files use.
                pub const fn name(self) -> &'static str {
                    match self {
                        $type::$first => $first_name,
                        $($type::$variant => $name,)*
                    }
                }
            }
        )*

        /// How the region behaves where the documents do not settle it.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Knobs {
            $($(#[doc = $decides])* pub $field: $type,)*
        }

        /// Every knob, in the order of [`Knobs`].
        pub const KNOBS: &[KnobRow] = &[
            $(KnobRow {
                name: stringify!($field),
                decides: concat!($($decides),*),
                values: &[$first_name, $($name,)*],
                source: $source,
            },)*
        ];

        impl Knobs {
            /// Sets one knob by the names scenario files use.
            ///
            /// # Errors
            /// If there is no such knob, or it has no such value.
            pub fn set(&mut self, knob: &str, value: &str) -> Result<(), KnobError> {
                match knob {
                    $(stringify!($field) => {
                        self.$field = match value {
                            $first_name => $type::$first,
                            $($name => $type::$variant,)*
                            _ => return Err(KnobError::UnknownValue {
                                knob: stringify!($field),
                                value: value.to_owned(),
                            }),
                        };
                        Ok(())
                    })*
                    _ => Err(KnobError::UnknownKnob(knob.to_owned())),
                }
            }

            /// The value of every knob, in the order of [`KNOBS`].
            pub const fn values(&self) -> [&'static str; KNOBS.len()] {
                [$(self.$field.name(),)*]
            }
        }
    };
}

knobs! {
    /// Whether the image licence is billed while stopped in economical mode.
    image_licence_in_economical: ImageLicence {
        /// It is suspended, as five pages say.
        NotBilled = "not_billed",
        /// It goes on, as a table at the foot of the economical-mode page says.
        Billed = "billed",
    } from "StopInstance (2026-06-29) and the pay-as-you-go page against the economical-mode page";

    /// What happens to a static public address in economical mode.
    static_ip: StaticIp {
        /// It is released and no longer billed, as pages since 2024-04-10 say.
        Released = "released",
        /// It is kept and billed, as the page of 2024-01-30 said.
        Kept = "kept",
    } from "economical-mode page of 2024-01-30 against that of 2024-04-10";

    /// Whose default the account's economical mode is.
    default_switch_scope: DefaultSwitchScope {
        /// The API's: a StopInstance without StoppedMode follows it.
        Api = "api",
        /// The console's only: the API's default stays KeepCharging.
        ConsoleOnly = "console_only",
    } from "StopInstance (2026-06-29) against the economical-mode page (zh)";

    /// How StopInstance treats an instance in the classic network.
    classic_network: ClassicNetwork {
        /// Refused with InvalidInstanceId.NotSupport, as the error table says.
        Refused = "refused",
        /// Stopped in standard mode without an error.
        SilentlyStandard = "silently_standard",
    } from "StopInstance error table (2026-06-29) against the economical-mode page (zh)";

    /// Whether local storage demands ConfirmStop=true.
    confirm_stop: ConfirmStop {
        /// It does, as the error table says.
        Enforced = "enforced",
        /// It does not: the parameter is to be ignored.
        Ignored = "ignored",
    } from "StopInstance error table against its parameter table (2026-06-29)";

    /// The HTTP status of the answer to a dry run that passed.
    dry_run_http: DryRunHttp {
        /// 400, as other ECS operations document and clients see.
        BadRequest = "400",
        /// 200: the page calls it an error code and gives no status.
        Ok = "200",
    } from "RunInstances error table (2021) and clients; StopInstance gives none";

    /// The HTTP status of InstanceNotReady.
    instance_not_ready_http: InstanceNotReadyHttp {
        /// 403, as the current table says.
        Forbidden = "403",
        /// 500, as the documentation of 2021 also said.
        InternalError = "500",
    } from "StartInstance error table (2025-12-03) against its copy of 2021";

    /// The HTTP status of InsufficientBalance.
    insufficient_balance_http: InsufficientBalanceHttp {
        /// 403, as StartInstance's own table says.
        Forbidden = "403",
        /// 400, as the table of common codes says.
        BadRequest = "400",
    } from "StartInstance error table (2025-12-03) against the common codes (2021)";

    /// Which row refuses Hibernate=true on an instance without hibernation configured.
    hibernate_row: HibernateRow {
        /// HibernationConfigured.NotEnabled.
        NotEnabled = "not_enabled",
        /// HibernationConfigured.InstanceOperationForbidden.
        OperationForbidden = "operation_forbidden",
    } from "Assumed: StopInstance says the parameter is not available, not how it is refused";

    /// When an economical stop pauses billing.
    billing_pause_at: BillingPause {
        /// At Stopped.
        Stopped = "stopped",
        /// At Stopping, when the stop is accepted.
        Stopping = "stopping",
    } from "Assumed: the pages say `in the Stopped state`, not the second";

    /// When a start from economical mode resumes billing.
    billing_resume_at: BillingResume {
        /// When the start is accepted.
        Acceptance = "acceptance",
        /// At Running.
        Running = "running",
    } from "Assumed: the pages say `after the instance starts again`, not the second";

    /// How StartInstance is refused while a stop is under way.
    start_while_stopping: StartWhileStopping {
        /// 403 IncorrectInstanceStatus.
        IncorrectStatus = "incorrect_status",
        /// 409 OperationConflict.
        Conflict = "conflict",
    } from "StartInstance error table against the common codes and the billing FAQ";

    /// What ForceStop=true does while a graceful stop is under way.
    force_stop_while_stopping: ForceStopWhileStopping {
        /// Refused with IncorrectInstanceStatus, like any stop in that status.
        Refused = "refused",
        /// The power is cut: the stop that is under way is escalated.
        Escalates = "escalates",
    } from "Assumed: no page says; the status rule of StopInstance is applied literally";

    /// In which billing cycles the minimum duration holds.
    minimum_duration_scope: MinimumDurationScope {
        /// In the cycle of a release.
        ReleaseOnly = "release_only",
        /// Also in a cycle in which an economical stop ends billing.
        AnyCycle = "any_cycle",
    } from "pay-as-you-go page (zh) against the public-bandwidth page (zh), read 2026-11";

    /// Whether the configuration of an elastic address is paid for.
    eip_configuration: EipConfiguration {
        /// Not while it is bound to an instance in a VPC, stopped or not.
        WaivedWhileBound = "waived_while_bound",
        /// Always.
        Billed = "billed",
    } from "EIP documentation of 2021, Billing; not found since";

    /// What statuses an instance shows while it is rebooted.
    reboot_path: RebootPath {
        /// Starting, then Running, as the reference says.
        Starting = "starting",
        /// Stopping, Stopped, Starting, then Running, as a client observed.
        StopStart = "stop_start",
    } from "RebootInstance against the events page (2021) and cloud-barista/cb-spider #186";

    /// Whether DeleteInstance is refused while the instance is locked for security reasons.
    delete_while_locked: DeleteWhileLocked {
        /// It is, as its error table says.
        Refused = "refused",
        /// It is not, as the table of behaviour under a security lock says.
        Allowed = "allowed",
    } from "DeleteInstance error table (2026-06-18) against the security-lock page (2021)";

    /// How a change of type is refused while the instance is not Stopped.
    modify_not_stopped: ModifyNotStopped {
        /// 400 InvalidInstanceStatus.NotStopped.
        NotStopped = "not_stopped",
        /// 400 InvalidStatus.StoppedRequired.
        StoppedRequired = "stopped_required",
        /// 403 InvalidStatus.ValueNotSupported.
        ValueNotSupported = "value_not_supported",
    } from "ModifyInstanceSpec error table (2021), which has two rows for it, against newer \
            client code";

    /// How a change of type is refused while there is no stock of the type.
    modify_no_stock: ModifyNoStock {
        /// 403 OperationDenied.NoStock.
        NoStock = "no_stock",
        /// 403 OperationDenied.
        OperationDenied = "operation_denied",
    } from "ModifyInstanceSpec error table (2021), which has two rows for it";

    /// How StopInstance and StartInstance are refused while another operation is in progress.
    conflict_of_one: ConflictOfOne {
        /// 409 OperationConflict.
        OperationConflict = "operation_conflict",
        /// 409 InvalidOperation.Conflict, as batch calls are.
        InvalidOperationConflict = "invalid_operation_conflict",
    } from "common codes (2021) and billing FAQ against terraform-provider-alicloud #8805";
}

impl Knobs {
    /// The knobs that are off their default: name, value, default.
    pub fn off_default(&self) -> Vec<(&'static str, String, String)> {
        let in_force = self.values();
        KNOBS
            .iter()
            .zip(in_force)
            .filter(|(row, value)| row.default_value() != *value)
            .map(|(row, value)| (row.name, value.to_owned(), row.default_value().to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_every_knob_can_be_set_and_is_then_in_force() {
        for (place, row) in KNOBS.iter().enumerate() {
            for value in row.values {
                let mut knobs = Knobs::default();
                assert_eq!(knobs.set(row.name, value), Ok(()));
                assert_eq!(knobs.values()[place], *value);
                let off = if *value == row.default_value() { 0 } else { 1 };
                assert_eq!(knobs.off_default().len(), off, "{} = {value}", row.name);
            }
            assert!(row.values.len() >= 2 && row.decides.trim().ends_with('.'), "{}", row.name);
        }
    }

    #[test]
    fn a_knob_off_default_is_named_with_its_default() {
        let knobs = Knobs { static_ip: StaticIp::Kept, ..Knobs::default() };
        assert_eq!(knobs.off_default(), [("static_ip", "kept".into(), "released".into())]);
    }

    #[test]
    fn an_unknown_knob_or_value_is_an_error() {
        let mut knobs = Knobs::default();
        assert!(matches!(knobs.set("static_iq", "kept"), Err(KnobError::UnknownKnob(_))));
        let wrong = knobs.set("static_ip", "maybe").unwrap_err();
        assert_eq!(wrong.to_string(), "knob `static_ip` does not take `maybe`");
        assert_eq!(knobs, Knobs::default());
    }
}
