//! Who acts: controllers.

use crate::controller::policy::{Acts, BatchUntil, KeepChargingScope, MissingRead, Order};
use crate::controller::retry::{Calls, Jitter};
use crate::demand::calendar::{CivilDate, WallTime, Weekday};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{BatchOptimization, OperationName};
use crate::ecs::spec::PolicyEffect;
use crate::fact::{self, Action};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{At, Decode, FieldDoc, Hashes, LeftOut, Origin, Visit, table, under};
use crate::scenario::place::Place;
use crate::scenario::problem::Problems;
use crate::scenario::tree::Node;
use crate::scenario::value::{
    BackoffKind, CallKind, Count, CsvPath, Defect, Dist, GroupRef, Look, Name, Partition, PerHour,
    Positive, ProgramWord, Share, Spacing, Word, ZoneName,
};
use crate::units::SimDuration;

use super::demands::{Override, WindowEntry};
use super::fleet::INSTANCES_MAX;
use super::keeping::ShareKept;
use super::lifecycle::{ChangeTable, DeleteTable, ReactivateTable, RebootTable, ReplaceTable};

table! {
    /// Automation that calls the API.
    ControllerEntry {
        /// Its unique name.
        name: Name, required;
        /// A client that people run: what its keys say holds where this controller says nothing.
        /// `stopsim presets` lists them.
        preset: Name, optional;
        /// On which groups it acts.
        groups: Vec<At<GroupRef>>, optional;
        /// On which instances it acts.
        instances: Vec<At<Name>>, optional;
        /// Drive: the edges of this demand.
        follows: Name, optional;
        /// Drive: a calendar of its own.
        schedule: Schedule, optional;
        /// Drive: requests at random.
        poisson: Poisson, optional;
        /// Drive: listed requests.
        requests: Vec<Request>, optional;
        /// Drive: a CSV of requests with the columns `at`, `instance`, `action`.
        requests_csv: CsvPath, optional;
        /// Drive: it looks at intervals and puts right what is wrong.
        watch: Watch, optional;
        /// Drive: it starts an instance whenever it hears that it has stopped.
        on_stopped: OnStopped, optional;
        /// Drive: a program of one's own, and its arguments, run in the scenario's folder
        /// (docs/PROGRAM.md). With `follows` it is told the edges of a demand. It decides itself
        /// what the other keys are about: beside it stand only `groups`, `instances`, `order`,
        /// `follows`, `timeout`, `ram`, `reply_within`, and `stop.mode`, which its stops are held
        /// to (`mode_as_asked`).
        program: Vec<ProgramWord>, optional;
        /// How long the program may take for one answer, by the machine's clock; 10 s, if left
        /// out.
        reply_within: Positive, optional;
        /// Stretches in which it is not there to act on edges; what is under way goes on.
        outages: Vec<Outage>, optional;
        /// Whether the last edge that it missed is acted on when it is back; it is lost, if left
        /// out.
        catch_up: bool, optional;
        /// Which edges it acts on.
        acts: Acts, convention(Acts::StopsAndStarts);
        /// Whether its requests are the demand of its instances; only without `[[demand]]`.
        demand: bool, convention(false);
        /// How it asks for a stop.
        stop: StopTable, optional;
        /// How it asks for a start.
        start: StartTable, optional;
        /// Whether it makes one call for each instance, which it does if left out, or batch
        /// calls: StopInstances, StartInstances and RebootInstances.
        call: CallKind, optional;
        /// The most instances of a batch call; 100, if left out. The API refuses more.
        batch_size: Count<1, 1_000>, optional;
        /// `BatchOptimization` of a batch call; AllTogether, if left out.
        optimization: BatchOptimization, optional;
        /// How it asks for a reboot.
        reboot: RebootTable, optional;
        /// How it asks for a deletion.
        delete: DeleteTable, optional;
        /// How it asks for a reactivation.
        reactivate: ReactivateTable, optional;
        /// How it asks for a change of type; it asks for none, if left out.
        change: ChangeTable, optional;
        /// When it runs another instance, from the group's reserve, in place of one whose start
        /// does not come off; never, if left out.
        replace: ReplaceTable, optional;
        /// In which order it goes through its instances.
        order: Order, convention(Order::AsListed);
        /// At most so many calls sent together, the next when these are through.
        batch: Count<1, INSTANCES_MAX>, optional;
        /// When a batch is through.
        batch_until: BatchUntil, convention(BatchUntil::Answered);
        /// Batches of their own for what is told apart so: one that waits holds up only its own.
        partition: Partition, optional;
        /// At most so many instances under way at once; one that waits to ask again is.
        concurrency: Count<1, INSTANCES_MAX>, optional;
        /// At most so many calls per unit of time.
        rate: Spacing, optional;
        /// The due moment is spread evenly over this span.
        stagger: Positive, optional;
        /// Each instance's own random delay.
        jitter: Dist, optional;
        /// How long before the edge it starts instances.
        lead: SimDuration, convention(SimDuration::ZERO);
        /// It looks at an instance before it calls, and leaves alone what is there already; before
        /// a batch call, in one read at all of it. It calls unseen, if left out.
        look_first: LookFirstTable, optional;
        /// When it asks again: a rule, or a list of which the first decides that covers the
        /// failure; never, if left out.
        retry: RetryRules, optional;
        /// How long it waits for an answer; for ever, if left out.
        timeout: Positive, optional;
        /// How it learns that a stop or start is done; acceptance is enough, if left out.
        wait: Wait, optional;
        /// What it does when stock is short; it gives up, if left out.
        no_stock: NoStock, optional;
        /// Which share of its stops asks to keep charging.
        share_keep_charging: ShareKept, optional;
        /// What is wrong with it on purpose (docs/DEFECTS.md); nothing, if left out.
        defects: Vec<At<fact::Defect>>, optional;
        /// Its RAM policy; it may do all, if left out.
        ram: Vec<Statement>, optional;
    }
}

table! {
    /// A controller's own calendar.
    Schedule {
        /// Its own time zone; the scenario's, if left out.
        timezone: ZoneName, optional;
        /// When instances are to run, week by week.
        windows: Vec<WindowEntry>, required;
        /// Dates on which no weekly window begins.
        holidays: Vec<CivilDate>, optional;
        /// More of them, and make-up days: a CSV with a column `date`, and `isOffDay` or `working`
        /// where dates are worked too; the JSON of public holidays; or all-day events (ICS).
        holidays_csv: CsvPath, optional;
        /// Dates that are worked in spite of their weekday.
        make_up_days: Vec<CivilDate>, optional;
        /// Whose windows make-up days have; needed where Monday to Friday differ.
        make_up_as: Weekday, optional;
        /// Dates with windows of their own.
        overrides: Vec<Override>, optional;
        /// A CSV of them: `date`, and `from` and `to` or `off`.
        overrides_csv: CsvPath, optional;
    }
}

table! {
    /// Requests at random: each starts an idle instance and stops it again.
    Poisson {
        /// Requests per hour, by hour of the day in the scenario's time zone.
        per_hour: PerHour, required;
        /// From the request to the request to stop.
        hold: Dist, required;
    }
}

table! {
    /// A listed request.
    Request {
        /// When, in the scenario's time zone.
        at: WallTime, required;
        /// For which instance.
        instance: Name, required;
        /// What is to be done.
        action: Action, required;
    }
}

table! {
    /// It looks at all its instances at intervals and puts right what it sees wrong.
    Watch {
        /// The interval.
        every: Positive, required;
        /// What it holds to be right: `running`, `stopped`, or the name of a demand.
        want: Name, required;
        /// How it looks.
        with: Look, convention(Look(OperationName::DescribeInstanceStatus));
        /// Instances per page: at most 50 for DescribeInstanceStatus, 100 for DescribeInstances.
        page_size: Count<1, 100>, documented(
            Count(10), "DescribeInstanceStatus and DescribeInstances: 10 by default");
        /// A defect of its requests.
        malformed: Defect, optional;
    }
}

table! {
    /// It starts an instance whenever it hears that it has stopped.
    OnStopped {
        /// From the stop to the hearing of it.
        delay: Dist, required;
    }
}

table! {
    /// A stretch in which a controller is not there.
    Outage {
        /// When it begins, in the scenario's time zone.
        from: WallTime, required;
        /// When the controller is back.
        until: WallTime, required;
    }
}

table! {
    /// How a controller asks for a stop.
    StopTable {
        /// `StoppedMode`; the account's default decides, if left out.
        mode: StoppedMode, optional;
        /// `ForceStop`: power is cut, data not yet written is lost.
        force: bool, documented(false, "StopInstance (2026-06-29): false by default");
        /// `ConfirmStop`: demanded for local storage.
        confirm_stop: bool, convention(true);
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "StopInstance (2026-06-29): false by default");
        /// `Hibernate`: refused.
        hibernate: bool, documented(false, "StopInstance (2026-06-29): false by default");
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

table! {
    /// How a controller asks for a start.
    StartTable {
        /// `InitLocalDisk`.
        init_local_disk: bool, documented(false, "StartInstance: false by default");
        /// `DryRun`: every check, no change.
        dry_run: bool, documented(false, "StartInstance: false by default");
        /// It asks DescribeAvailableResource first where the instance gave its stock back, does
        /// not call while the type is sold out, and takes the first type of `fallback` in stock.
        check_stock_first: bool, optional;
        /// A defect of the request itself.
        malformed: Defect, optional;
    }
}

const RETRIED: [&str; 4] = ["throttling", "server", "conflict", "timeout"];

fn as_default(word: &str) -> At<Word> {
    let place = Place::default();
    At { value: Word(word.to_owned()), place, origin: Origin::Convention }
}

table! {
    /// When a controller asks again.
    RetryTable {
        /// Which calls the rule is for: all that a `start` or a `stop` takes, the look before it
        /// included; every `look`, those of `wait` too, each with as many calls of its own; those
        /// that carry a ClientToken (`token`), which are RunInstances and ModifyInstanceSpec. All
        /// but the looks of `wait`, if left out. What `watch` looks at is not asked again.
        action: Calls, optional;
        /// How the wait grows.
        backoff: BackoffKind, convention(BackoffKind::Exponential);
        /// The first wait.
        base: Positive, convention(Positive(SimDuration::from_secs(1)));
        /// The longest wait.
        cap: Positive, convention(Positive(SimDuration::from_mins(1)));
        /// How chance enters.
        jitter: Jitter, convention(Jitter::None);
        /// A wait besides, before every retry.
        pause: Positive, optional;
        /// Calls in all for one instance and occasion; of several rules each counts its own
        /// failures.
        max_attempts: Count<1, 1_000_000>, convention(Count(4));
        /// How it waits when it was throttled; as always, if left out.
        throttled: Throttled, optional;
        /// Whether it waits as long as a throttled answer's hint says, in place of a wait of its
        /// own; not, if left out.
        honour_retry_after: bool, optional;
        /// Whether a throttled call is left alone when its answer has no such hint; it is repeated
        /// like any other, if left out.
        needs_retry_after: bool, optional;
        /// What it allows itself to spend on retries, all instances together.
        budget: BudgetTable, optional;
        /// No retry later than this after the first call.
        deadline: Positive, optional;
        /// What it retries: classes of refusal (`server`, `throttling`, `conflict`, `status`,
        /// `stock` and so on), API codes, and `timeout`.
        on: Vec<At<Word>>, assumed(
            RETRIED.map(as_default).to_vec(),
            "StopInstance and StartInstance have no ClientToken; the documents name 500, 503, 409");
    }
}

table! {
    /// How a controller waits when it was throttled.
    Throttled {
        /// How the wait grows.
        backoff: BackoffKind, convention(BackoffKind::Fixed);
        /// The first wait.
        base: Positive, convention(Positive(SimDuration::from_mins(1)));
        /// The longest wait.
        cap: Positive, convention(Positive(SimDuration::from_mins(1)));
        /// How chance enters.
        jitter: Jitter, convention(Jitter::None);
        /// In place of a wait of each instance: the controller sends one call at a time, at this
        /// interval, until one of them is not throttled.
        trickle: Positive, optional;
    }
}

/// When a controller asks again: a rule, or several of which the first decides that covers the
/// failure.
#[derive(Clone, Debug)]
pub struct RetryRules(pub Vec<At<RetryTable>>);

impl Decode for RetryRules {
    fn expected() -> String {
        format!("{}, or a list of such tables", RetryTable::expected())
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<RetryRules> {
        if node.value.as_array().is_some() {
            return Vec::<At<RetryTable>>::decode(node, problems).map(RetryRules);
        }
        At::<RetryTable>::decode(node, problems).map(|rule| RetryRules(vec![rule]))
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        match self.0.as_slice() {
            [only] => only.encode(hashes),
            rules => Canon::Array(rules.iter().map(|rule| rule.encode(hashes)).collect()),
        }
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        match self.0.as_slice() {
            [only] => only.written(path, left_out),
            rules => rules.to_vec().written(path, left_out),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let table = RetryTable::schema(generator);
        let list = Vec::<RetryTable>::schema(generator);
        json_schema!({ "anyOf": [table, list] })
    }

    fn fields() -> Vec<FieldDoc> {
        RetryTable::fields()
    }

    fn leaves(&self, path: &mut String, place: Place, origin: Origin, visit: Visit<'_>) {
        match self.0.as_slice() {
            [only] => only.leaves(path, place, origin, visit),
            rules => {
                for (number, rule) in (1..).zip(rules) {
                    let number = number.to_string();
                    under(path, &number, |path| rule.leaves(path, place, origin, visit));
                }
            }
        }
    }
}

table! {
    /// How a controller looks at an instance before it calls.
    LookFirstTable {
        /// How it looks.
        with: Look, convention(Look(OperationName::DescribeInstances));
        /// Whether it waits for a stop that is under way; it asks for another one if not.
        joins_stopping: bool, convention(true);
        /// Whether it waits for a start that is under way; it asks for another one if not.
        joins_starting: bool, convention(true);
        /// While a change the other way is under way it looks again at this interval, for as long
        /// as `wait.give_up`; it calls all the same, if left out.
        again: Positive, optional;
        /// Whether it looks before each call, retries included; before the first alone, if left
        /// out.
        each_call: bool, optional;
    }
}

table! {
    /// What a controller allows itself to spend on retries.
    BudgetTable {
        /// Retries per first call.
        share: Share, required;
        /// So many, however few calls there were.
        at_least: Count<0, 1_000_000_000>, convention(Count(10));
        /// So many in a whole run, and no more.
        max_total: Count<0, 1_000_000_000>, optional;
    }
}

table! {
    /// How a controller learns that a stop or start is done.
    Wait {
        /// From the answer to the first look; as `poll`, if left out.
        first: SimDuration, optional;
        /// From each look's answer to the next.
        poll: Positive, required;
        /// `poll` doubles from look to look up to this; it stays as it is, if left out.
        longest: Positive, optional;
        /// How it looks.
        with: Look, convention(Look(OperationName::DescribeInstanceStatus));
        /// How long after the accepted call it gives the instance up.
        give_up: Positive, required;
        /// So many looks in a row may fail, one more and it gives the instance up; any number,
        /// if left out.
        read_errors: Count<0, 1_000_000>, optional;
        /// What it makes of an answer without the instance; it polls on, if left out.
        missing_read: MissingRead, optional;
    }
}

table! {
    /// What a controller does when stock is short.
    NoStock {
        /// It asks again at this interval; never, if left out.
        retry_every: Positive, optional;
        /// It stops asking this long after the due moment; when demand ends, if left out.
        give_up: Positive, optional;
        /// It asks the stops that follow to keep charging.
        keep_charging: Fallback, optional;
        /// Types it changes the instance to, in this order, and starts it then.
        fallback: Vec<At<Name>>, optional;
        /// After how many refusals for want of stock it asks for another type; 1, if left out.
        fallback_after: Count<1, 1_000>, optional;
        /// It asks for the group's own type again once a stop is done; it does not, if left out.
        return_to_first: bool, optional;
    }
}

table! {
    /// Stops that keep charging after a shortage.
    Fallback {
        /// How many of the stops that follow, of each instance.
        stops: Count<1, 65_535>, required;
        /// Whose.
        scope: KeepChargingScope, convention(KeepChargingScope::Instance);
    }
}

table! {
    /// A statement of a RAM policy.
    Statement {
        /// Whether it grants or forbids.
        effect: PolicyEffect, required;
        /// Actions such as `ecs:StopInstance`, with `*` and `?`.
        actions: Vec<Word>, required;
        /// ARNs such as `acs:ecs:cn-hangzhou:*:instance/web-*`, with `*` and `?`.
        resources: Vec<Word>, required;
    }
}
