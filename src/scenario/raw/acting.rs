//! Who wants instances, and who acts: demands and controllers.

use crate::demand::calendar::{CivilDate, TimeOfDay, WallTime, Weekdays};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::OperationName;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{At, Decode, FieldDoc, Hashes, Leaf, Origin, table};
use crate::scenario::place::Place;
use crate::scenario::problem::Problems;
use crate::scenario::tree::Node;
use crate::scenario::value::{
    ActsOn, BackoffKind, BatchEnd, Chosen, Count, CsvPath, Defect, Dist, FallbackScope,
    GrantOrDeny, JitterKind, ListOrder, Name, PerHour, Positive, Share, Spacing, StartOrStop, Word,
    ZoneName,
};
use crate::units::SimDuration;

use super::fleet::INSTANCES_MAX;

table! {
    /// When instances are wanted: the yardstick, whoever acts.
    DemandEntry {
        /// Its unique name.
        name: Name, required;
        /// Of which groups.
        groups: Vec<At<Name>>, optional;
        /// Its own time zone; the scenario's, if left out.
        timezone: ZoneName, optional;
        /// When they are wanted, week by week.
        windows: Vec<WindowEntry>, optional;
        /// Dates on which no weekly window begins.
        holidays: Vec<CivilDate>, optional;
        /// A CSV with a column `date` of such dates.
        holidays_csv: CsvPath, optional;
        /// Dates with windows of their own.
        overrides: Vec<Override>, optional;
        /// A record, in place of windows: a CSV with the columns `at`, `target` (group or
        /// instance) and `wanted` (true or false), or `target`, `from` and `to`.
        trace: DemandTrace, optional;
    }
}

table! {
    /// A weekly window.
    WindowEntry {
        /// On which days it begins.
        days: Weekdays, required;
        /// When it begins.
        from: TimeOfDay, required;
        /// When it ends: on the next day, if that is not later. `24:00` is the day's end.
        to: TimeOfDay, required;
    }
}

table! {
    /// A date with windows of its own, in place of the weekly ones.
    Override {
        /// The date.
        date: CivilDate, required;
        /// When it begins.
        from: TimeOfDay, optional;
        /// When it ends.
        to: TimeOfDay, optional;
        /// Not wanted at all on this date.
        off: bool, convention(false);
    }
}

table! {
    /// A record of what was wanted, or of when it was busy.
    DemandTrace {
        /// The CSV.
        csv: CsvPath, required;
        /// How long after its last activity an instance is still wanted.
        linger: SimDuration, convention(SimDuration::ZERO);
    }
}

table! {
    /// Automation that calls the API.
    ControllerEntry {
        /// Its unique name.
        name: Name, required;
        /// On which groups it acts.
        groups: Vec<At<Name>>, optional;
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
        /// Which edges it acts on.
        acts: ActsOn, convention(ActsOn::Both);
        /// Whether its requests are the demand of its instances; only without `[[demand]]`.
        demand: bool, convention(false);
        /// How it asks for a stop.
        stop: StopTable, optional;
        /// How it asks for a start.
        start: StartTable, optional;
        /// In which order it goes through its instances.
        order: ListOrder, convention(ListOrder::AsListed);
        /// At most so many calls sent together, the next when these are through.
        batch: Count<1, INSTANCES_MAX>, optional;
        /// When a batch is through.
        batch_until: BatchEnd, convention(BatchEnd::Answered);
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
        /// When it asks again; never, if left out.
        retry: RetryTable, optional;
        /// How long it waits for an answer; for ever, if left out.
        timeout: Positive, optional;
        /// How it learns that a stop or start is done; acceptance is enough, if left out.
        wait: Wait, optional;
        /// What it does when stock is short; it gives up, if left out.
        no_stock: NoStock, optional;
        /// Which share of its stops asks to keep charging.
        share_keep_charging: ShareKept, optional;
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
        /// A CSV with a column `date` of such dates.
        holidays_csv: CsvPath, optional;
        /// Dates with windows of their own.
        overrides: Vec<Override>, optional;
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
        /// Start or stop.
        action: StartOrStop, required;
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
        with: OperationName, convention(OperationName::DescribeInstanceStatus);
        /// Instances per page: at most 50 for DescribeInstanceStatus, 100 for DescribeInstances.
        page_size: Count<1, 100>, documented(
            Count(10), "DescribeInstanceStatus and DescribeInstances: 10 by default");
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
        probe: bool, optional;
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
        /// How the wait grows.
        backoff: BackoffKind, convention(BackoffKind::Exponential);
        /// The first wait.
        base: Positive, convention(Positive(SimDuration::from_secs(1)));
        /// The longest wait.
        cap: Positive, convention(Positive(SimDuration::from_mins(1)));
        /// How chance enters.
        jitter: JitterKind, convention(JitterKind::None);
        /// Calls in all for one instance and occasion.
        max_attempts: Count<1, 1_000_000>, convention(Count(4));
        /// How it waits when it was throttled; as always, if left out.
        throttled: Throttled, optional;
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
        jitter: JitterKind, convention(JitterKind::None);
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
        in_all: Count<0, 1_000_000_000>, optional;
    }
}

table! {
    /// How a controller learns that a stop or start is done.
    Wait {
        /// From the answer to the first look, and from each look's answer to the next.
        poll: Positive, required;
        /// How it looks.
        with: OperationName, convention(OperationName::DescribeInstanceStatus);
        /// How long after the accepted call it gives the instance up.
        give_up: Positive, required;
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
        scope: FallbackScope, convention(FallbackScope::Instance);
    }
}

table! {
    /// The share of stops that keep charging.
    KeepCharging {
        /// How large.
        share: Share, required;
        /// Which instances.
        chosen: Chosen, convention(Chosen::Rotating);
    }
}

/// The share of stops that keep charging: a table, or the share alone.
#[derive(Clone, Debug)]
pub struct ShareKept(pub KeepCharging);

impl Decode for ShareKept {
    fn expected() -> String {
        format!("{}, or {}", Share::expected(), KeepCharging::expected())
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<ShareKept> {
        if node.value.as_text().is_none() {
            return KeepCharging::decode(node, problems).map(ShareKept);
        }
        let value = Share::decode(node, problems)?;
        let share = At { value, place: node.place, origin: Origin::Written };
        let chosen = At { value: Chosen::Rotating, place: node.place, origin: Origin::Convention };
        Some(ShareKept(KeepCharging { share, chosen }))
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        self.0.encode(hashes)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let table = KeepCharging::schema(generator);
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }

    fn fields() -> Vec<FieldDoc> {
        KeepCharging::fields()
    }

    fn leaves(&self, path: &str, place: Place, origin: Origin, out: &mut Vec<Leaf>) {
        self.0.leaves(path, place, origin, out);
    }
}

table! {
    /// A statement of a RAM policy.
    Statement {
        /// Whether it grants or forbids.
        effect: GrantOrDeny, required;
        /// Actions such as `ecs:StopInstance`, with `*` and `?`.
        actions: Vec<Word>, required;
        /// ARNs such as `acs:ecs:cn-hangzhou:*:instance/web-*`, with `*` and `?`.
        resources: Vec<Word>, required;
    }
}
