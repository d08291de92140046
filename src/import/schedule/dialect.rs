//! What the dialects of schedules differ in: one table, which the reader and the page both use.

/// Who reads a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Crontabs, and CronJobs of Kubernetes.
    Cron,
    /// Quartz, the scheduler for Java.
    Quartz,
    /// Timer triggers of CloudOps Orchestration Service.
    Oos,
    /// EventBridge Scheduler.
    Eventbridge,
    /// Instance schedules of Compute Engine.
    Gcp,
    /// Instance Scheduler on AWS.
    InstanceScheduler,
    /// The off-hours tags of Cloud Custodian.
    Custodian,
}

/// A field of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
}

/// How days of the week are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Week {
    /// Sunday is 0, and 7 too.
    SundayIs0,
    /// Sunday is 1.
    SundayIs1,
    /// Monday is 0.
    MondayIs0,
    /// Days have letters: M, T, W, H, F, S, U.
    Letters,
}

/// What holds when day of month and day of week are both given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BothDays {
    /// Either is enough, unless one of them begins with `*`.
    Or,
    /// Both must hold.
    And,
    /// It is an error: one of them has to be `?`.
    Refused,
    /// There is only the day of the week.
    None,
}

/// When something runs whose time the clock is put forward over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Not at all.
    Skipped,
    /// When the gap ends: 02:30 at 03:00.
    AtItsEnd,
    /// As much later as clocks go forward: 02:30 at 03:30.
    Moved,
}

/// When something runs whose time the clock shows twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    First,
    Second,
    Both,
}

/// The rules of a dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) dialect: Dialect,
    /// As `--as` has it.
    pub(super) name: &'static str,
    /// In order; of a year at the end, whether it may be left out is `year_is_needed`.
    pub(super) fields: &'static [Unit],
    pub(super) year_is_needed: bool,
    pub(super) week: Week,
    pub(super) both_days: BothDays,
    /// Which of `L`, `W` and `#` it knows.
    pub(super) marks: &'static str,
    pub(super) gap: Gap,
    pub(super) overlap: Overlap,
    /// Whether what has `*` as hour or minute runs by the clock: never in a gap, twice in an
    /// overlap.
    pub(super) stars_run_by_clock: bool,
    /// The zone where none is stated; without one `--timezone` is needed.
    pub(super) zone: Option<&'static str>,
    /// Whether `gap` and `overlap` are documented.
    pub(super) is_change_documented: bool,
    pub(super) source: &'static str,
}

use Unit::{DayOfMonth, DayOfWeek, Hour, Minute, Month, Second, Year};

const FIVE: &[Unit] = &[Minute, Hour, DayOfMonth, Month, DayOfWeek];
const SIX: &[Unit] = &[Second, Minute, Hour, DayOfMonth, Month, DayOfWeek];
const SEVEN: &[Unit] = &[Second, Minute, Hour, DayOfMonth, Month, DayOfWeek, Year];
const WITH_YEAR: &[Unit] = &[Minute, Hour, DayOfMonth, Month, DayOfWeek, Year];

/// Every dialect.
const RULES: [Rules; 7] = [
    Rules {
        dialect: Dialect::Cron,
        name: "cron",
        fields: FIVE,
        year_is_needed: false,
        week: Week::SundayIs0,
        both_days: BothDays::Or,
        marks: "",
        gap: Gap::AtItsEnd,
        overlap: Overlap::First,
        stars_run_by_clock: true,
        zone: None,
        is_change_documented: true,
        source: "crontab(5) and cron(8) of ISC Cron 4.1; other crons may treat clock changes \
                 otherwise",
    },
    Rules {
        dialect: Dialect::Quartz,
        name: "quartz",
        fields: SEVEN,
        year_is_needed: false,
        week: Week::SundayIs1,
        both_days: BothDays::Refused,
        marks: "LW#",
        gap: Gap::Moved,
        overlap: Overlap::Second,
        stars_run_by_clock: false,
        zone: None,
        is_change_documented: false,
        source: "quartz-scheduler.org, CronExpression 2.5; clock changes as measured of jiff-cron \
                 0.3.0, which reads the same format",
    },
    Rules {
        dialect: Dialect::Oos,
        name: "oos",
        fields: SIX,
        year_is_needed: false,
        week: Week::SundayIs1,
        both_days: BothDays::Refused,
        marks: "L",
        gap: Gap::Moved,
        overlap: Overlap::Second,
        stars_run_by_clock: false,
        zone: Some("UTC"),
        is_change_documented: false,
        source: "alibabacloud.com/help/en/doc-detail/169784.htm (2023-06-12), ACS::TimerTrigger \
                 for the zone; clock changes as in Quartz",
    },
    Rules {
        dialect: Dialect::Eventbridge,
        name: "eventbridge",
        fields: WITH_YEAR,
        year_is_needed: true,
        week: Week::SundayIs1,
        both_days: BothDays::Refused,
        marks: "LW#",
        gap: Gap::Skipped,
        overlap: Overlap::First,
        stars_run_by_clock: false,
        zone: Some("UTC"),
        is_change_documented: true,
        source: "docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: skipped in a \
                 gap, once in an overlap (the first time: assumed)",
    },
    Rules {
        dialect: Dialect::Gcp,
        name: "gcp",
        fields: FIVE,
        year_is_needed: false,
        week: Week::SundayIs0,
        both_days: BothDays::Or,
        marks: "",
        gap: Gap::AtItsEnd,
        overlap: Overlap::First,
        stars_run_by_clock: true,
        zone: Some("UTC"),
        is_change_documented: false,
        source: "compute.v1 resourcePolicies.instanceSchedulePolicy (unix-cron and timeZone); \
                 clock changes as in cron",
    },
    Rules {
        dialect: Dialect::InstanceScheduler,
        name: "instance-scheduler",
        fields: &[Hour, DayOfMonth, Month, DayOfWeek],
        year_is_needed: false,
        week: Week::MondayIs0,
        both_days: BothDays::And,
        marks: "LW#",
        gap: Gap::AtItsEnd,
        overlap: Overlap::Both,
        stars_run_by_clock: false,
        zone: Some("UTC"),
        is_change_documented: true,
        source: "aws-solutions/instance-scheduler-on-aws, configuration/running_period.py: whether \
                 the clock shows a time between begin and end",
    },
    Rules {
        dialect: Dialect::Custodian,
        name: "custodian",
        fields: &[DayOfWeek, Hour],
        year_is_needed: false,
        week: Week::Letters,
        both_days: BothDays::None,
        marks: "",
        gap: Gap::Skipped,
        overlap: Overlap::Both,
        stars_run_by_clock: false,
        zone: Some("America/New_York"),
        is_change_documented: true,
        source: "cloud-custodian, c7n/filters/offhours.py @006edba: acts in the hour that the \
                 clock shows, if its policy runs in it",
    },
];

impl Dialect {
    pub(super) fn rules(self) -> &'static Rules {
        let found = RULES.iter().find(|rules| rules.dialect == self);
        found.expect("every dialect has its rules")
    }
}

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Second => "second",
            Minute => "minute",
            Hour => "hour",
            DayOfMonth => "day of month",
            Month => "month",
            DayOfWeek => "day of week",
            Year => "year",
        }
    }

    /// The least and the largest number of a field.
    pub(super) fn bounds(self, week: Week) -> (u32, u32) {
        match self {
            Second | Minute => (0, 59),
            Hour => (0, 23),
            DayOfMonth => (1, 31),
            Month => (1, 12),
            DayOfWeek => match week {
                Week::SundayIs0 => (0, 7),
                Week::SundayIs1 => (1, 7),
                Week::MondayIs0 | Week::Letters => (0, 6),
            },
            Year => (1970, 2199),
        }
    }
}

impl Week {
    /// Days after Monday of a number.
    pub(super) fn after_monday(self, number: u32) -> u32 {
        match self {
            Week::SundayIs0 => (number + 6) % 7,
            Week::SundayIs1 => (number + 5) % 7,
            Week::MondayIs0 | Week::Letters => number,
        }
    }

    /// The number of a day.
    pub(super) fn number(self, after_monday: u32) -> u32 {
        match self {
            Week::SundayIs0 => (after_monday + 1) % 7,
            Week::SundayIs1 => (after_monday + 1) % 7 + 1,
            Week::MondayIs0 | Week::Letters => after_monday,
        }
    }
}

/// The table as `docs/IMPORT.md` has it.
pub fn dialects_page() -> String {
    let mut page = "| `--as` | fields | Sunday | both day fields | also | 02:30 where clocks \
                    go from 02:00 to 03:00 | 02:30 where it comes twice | zone, if none is said | \
                    source |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for rules in &RULES {
        let names: Vec<&str> = rules.fields.iter().map(|unit| unit.name()).collect();
        let optional = rules.fields.contains(&Year) && !rules.year_is_needed;
        let fields = names.join(", ") + if optional { " (may be left out)" } else { "" };
        let sunday = match rules.week {
            Week::SundayIs0 => "0 or 7",
            Week::SundayIs1 => "1",
            Week::MondayIs0 => "6",
            Week::Letters => "U",
        };
        let both = match rules.both_days {
            BothDays::Or => "either, unless one begins with `*`",
            BothDays::And => "both must hold",
            BothDays::Refused => "refused: one is `?`",
            BothDays::None => "–",
        };
        let marks: Vec<String> = rules.marks.chars().map(|mark| format!("`{mark}`")).collect();
        let mark = if rules.is_change_documented { "" } else { " ≈" };
        let gap = match rules.gap {
            Gap::Skipped => "not at all",
            Gap::AtItsEnd => "at 03:00",
            Gap::Moved => "at 03:30",
        };
        let overlap = match rules.overlap {
            Overlap::First => "the first time",
            Overlap::Second => "the second time",
            Overlap::Both => "both times",
        };
        let by_clock =
            if rules.stars_run_by_clock { "; with `*` as hour or minute by the clock" } else { "" };
        let marks = if marks.is_empty() { "–".to_owned() } else { marks.join(" ") };
        let zone = rules.zone.map_or("`--timezone`".to_owned(), |zone| format!("`{zone}`"));
        page += &format!(
            "| `{}` | {fields} | {sunday} | {both} | {marks} | {gap}{mark}{by_clock} | \
             {overlap}{mark} | {zone} | {} |\n",
            rules.name, rules.source
        );
    }
    page
}
