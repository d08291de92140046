//! Who wants instances: demands and their windows.

use crate::demand::calendar::{CivilDate, Days, TimeOfDay, Weekday};
use crate::scenario::decode::{At, table};
use crate::scenario::value::{CsvPath, GroupRef, Name, ZoneName};
use crate::units::SimDuration;

table! {
    /// When instances are wanted: the yardstick, whoever acts.
    DemandEntry {
        /// Its unique name.
        name: Name, required;
        /// Of which groups.
        groups: Vec<At<GroupRef>>, optional;
        /// Its own time zone; the scenario's, if left out.
        timezone: ZoneName, optional;
        /// When they are wanted, week by week.
        windows: Vec<WindowEntry>, optional;
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
        /// A record, in place of windows: a CSV with the columns `at`, `target` (group or
        /// instance) and `wanted` (true or false), or `target`, `from` and `to`.
        trace: DemandTrace, optional;
    }
}

table! {
    /// A weekly window.
    WindowEntry {
        /// On which days it begins: of the week, or of a month (`mon#1`, `fri#last`, `day 15`, `day
        /// last`).
        days: Days, required;
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
