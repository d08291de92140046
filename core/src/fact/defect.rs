//! What can be wrong with start and stop automation: its name, what it does, which property should
//! see it, and where it was seen.
//!
//! `defects = [...]` of a controller switches them on. docs/DEFECTS.md prints this table; nothing
//! else says it a second time.

macro_rules! defects {
    ($(
        $Defect:ident = $number:literal, $name:literal, $property:literal,
        does $does:literal,
        seen $seen:literal;
    )*) => {
        /// A way in which automation is wrong on purpose. The numbers are in digests and never
        /// change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Defect {
            $(#[doc = $does] $Defect = $number,)*
        }

        impl Defect {
            /// Every defect, in the order of its number.
            pub const ALL: &[Defect] = &[$(Defect::$Defect,)*];

            /// Its name in a scenario.
            pub const fn name(self) -> &'static str {
                match self { $(Defect::$Defect => $name,)* }
            }

            /// What it does, in one sentence.
            pub const fn does(self) -> &'static str {
                match self { $(Defect::$Defect => $does,)* }
            }

            /// The property that should see it.
            pub const fn property(self) -> &'static str {
                match self { $(Defect::$Defect => $property,)* }
            }

            /// Where it was seen.
            pub const fn seen(self) -> &'static str {
                match self { $(Defect::$Defect => $seen,)* }
            }
        }
    };
}

defects! {
    DropsStoppedMode = 0, "drops-stopped-mode", "mode_as_asked",
        does "From the second call of an operation on, a stop leaves StoppedMode out, so that the \
            account's default decides.",
        seen "*Assumed*";
    RetriesWithStop = 1, "retries-with-stop", "converges",
        does "From the second call of a start on, it calls StopInstance in place of \
            StartInstance.",
        seen "*Assumed*";
    RetriesAnything = 2, "retries-anything", "call_budget",
        does "A refusal that no retry rule covers is repeated by the first rule, as often as that \
            allows.",
        seen "*Assumed*; of the same kind: botocore repeats 5xx, and AWS files a want of stock \
            there";
    CachesReads = 3, "caches-reads", "belief_truth",
        does "What the first look at an instance before a call showed is believed in every such \
            look that follows.",
        seen "*Assumed*";
    SwallowsRefusals = 4, "swallows-refusals", "no_silent_loss",
        does "A refusal ends the operation: it is not asked again, and not told.",
        seen "*Assumed*";
    TakesRefusalForSuccess = 5, "takes-refusal-for-success", "belief_truth",
        does "A refused call is believed done.",
        seen "*Assumed*";
    TakesWrongStatusForDone = 6, "takes-wrong-status-for-done", "belief_truth",
        does "A call refused for its status is believed done, whatever the status is.",
        seen "*Assumed*";
    TakesAcceptanceForDone = 7, "takes-acceptance-for-done", "belief_truth",
        does "It does not wait for the status, although `wait` says how: an accepted call is \
            believed done.",
        seen "alibaba.alicloud @1581e70, ali_instance.py: it does not wait for the status; \
            accepted starts that fail later on GCP and Azure";
    ReplacesWhileAlive = 8, "replaces-while-alive", "one_running_per_slot",
        does "The time of `replace.after` is not called off when the start is done: the \
            replacement is run all the same.",
        seen "*Assumed*; both came up in terraform-provider-alicloud pull request 10305";
    NeverResetsAttempts = 9, "never-resets-attempts", "converges",
        does "Failures count against `max_attempts` over the whole run of an instance, not from \
            the beginning of each operation.",
        seen "*Assumed*";
    SharesAttempts = 10, "shares-attempts", "converges",
        does "Failures of all instances on one occasion count against the same `max_attempts`.",
        seen "*Assumed*";
    StaysBusy = 11, "stays-busy", "no_silent_loss",
        does "A failed call leaves the instance marked as busy: what is due of it later is \
            skipped, to the end of the run.",
        seen "*Assumed*";
    GivesUpFromEdge = 12, "gives-up-from-edge", "belief_truth",
        does "`wait.give_up` counts from the edge or request that asked, not from the accepted \
            call.",
        seen "*Assumed*";
    TakesLateAnswers = 13, "takes-late-answers", "belief_truth",
        does "An answer to a call of an operation that was superseded is taken for the answer to \
            the call that is in flight.",
        seen "*Assumed*";
    BatchRefusalsUnread = 14, "batch-refusals-unread", "belief_truth",
        does "An answered batch call counts as accepted for all its instances; what it says of \
            each is not read.",
        seen "*Assumed*";
    RetriesWholeBatch = 15, "retries-whole-batch", "belief_truth",
        does "If one instance of a batch call was refused, all of them are taken to be.",
        seen "*Assumed*";
    MixesUpBatchItems = 16, "mixes-up-batch-items", "belief_truth",
        does "Each instance of a batch call is given what was answered for the next one of the \
            call, the last what was answered for the first.",
        seen "*Assumed*";
    ForgetsInCrash = 17, "forgets-in-crash", "no_silent_loss",
        does "At one accepted call in 50 (*Assumed*) it crashes before it has recorded it, and \
            knows nothing afterwards of any operation that was under way.",
        seen "*Assumed*; of the same kind: the intermediate states that Sieve tries (Sun and \
            others, OSDI 2022)";
    TwoReplicas = 18, "two-replicas", "not_stopped_while_wanted",
        does "At one edge in 10 (*Assumed*) its lease is stale: two minutes after the edge a \
            second replica, which has not seen it, asks once of each instance what the edge \
            before asked for.",
        seen "*Assumed*";
    CachesUtcOffset = 19, "caches-utc-offset", "not_stopped_while_wanted",
        does "Its edges are at the UTC offset that held at time 0, also after a change of \
            daylight-saving time.",
        seen "*Assumed*";
    TakesLocalTimeForUtc = 20, "takes-local-time-for-utc", "converges",
        does "It reads the times of its edges as UTC.",
        seen "*Assumed*";
    PollsEachSecond = 21, "polls-each-second", "fleet_budget",
        does "It looks at each instance a second after every look's answer, whatever `wait` says.",
        seen "*Assumed*; of the same kind: wait loops without a pause that grows (docs/PRESETS.md)";
    SdkRetriesInside = 22, "sdk-retries-inside", "call_budget",
        does "The SDK below it sends a call that timed out or was answered 5xx up to three times \
            more at once, before the controller counts one failure.",
        seen "alibaba-cloud-sdk-go @8666508, sdk/client.go L640-700: three at once; botocore \
            repeats a want of stock beneath its caller";
    TwoHandlers = 23, "two-handlers", "converges",
        does "At the instant of each start edge a second handler sets out to stop the instances; \
            which of the two is lost depends on how ties are broken.",
        seen "*Assumed*";
    RetriesBlindAfterTimeout = 24, "retries-blind-after-timeout", "belief_truth",
        does "A call that timed out is taken to be refused: it is repeated without the look of \
            `look_first.each_call`, and a wrong status is then final.",
        seen "*Assumed*";
    RetriesBlindAfterServerError = 25, "retries-blind-after-5xx", "belief_truth",
        does "A call answered 5xx is taken not to be carried out: it is repeated without the look \
            of `look_first.each_call`, and a wrong status is then final.",
        seen "alibaba.alicloud issue 299: a stop that failed and took effect";
    DropsStartWithoutStock = 26, "drops-start-without-stock", "no_silent_loss",
        does "The first refusal for want of stock ends a start: it is not asked again, and not \
            told.",
        seen "*Assumed*; terraform-provider-alicloud takes NoStock for final, and tells it";
}
