//! Schedules that people have, as controllers and demands: in seven dialects, one of which is
//! always named, since two of them read one line as different days.
//!
//! What stands in a file becomes the instants at which something is done. They are written as
//! weekly windows if a scenario's own calendar makes the same instants of these between two
//! dates, else one by one in UTC. Nothing is dropped in silence: what is not understood is told
//! by name.

mod custodian;
mod dialect;
mod entry;
mod field;
mod fire;
mod scheduler;

use std::collections::BTreeSet;
use std::io::Read;

use jiff::civil::Date;

use super::problem::{Problem, Problems};
use super::{Input, own_name, quoted};
use entry::{Entry, Found, Reading, When};
use fire::{Action, SECOND, Stretch, TIMES_MAX, WeeklyWindow, dated, zone_named};
use scheduler::Schedule;

pub use dialect::{Dialect, dialects_page};

/// Longer files are refused: people have a few lines. A limit of this program.
const BYTES_MAX: u64 = 16 << 20;
/// More years are refused.
const YEARS_MAX: i16 = 20;

/// The lines with something in them that is no comment, with their numbers.
fn lines_that_say(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let says = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
    (1..).zip(text.lines()).filter(move |(_, line)| says(line))
}

/// What the file does not say.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose rules hold.
    pub dialect: Dialect,
    /// The groups of the scenario that it is about.
    pub groups: Vec<String>,
    /// Where the file states no time zone.
    pub timezone: Option<String>,
    /// The first date for which it is to hold, such as `2026-03-02`.
    pub from: String,
    /// The last one.
    pub until: String,
    /// Only what has one of these names; all, if there are none.
    pub only: Vec<String>,
}

/// What was made of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Controllers, and for periods demands: for a scenario to extend.
    pub toml: String,
    /// How many controllers.
    pub controllers: usize,
    /// By name what nothing was made of, and why.
    pub left_out: Vec<String>,
    /// A small scenario of the same groups and dates, to try it in.
    pub trial: String,
}

/// Reads a file of schedules.
///
/// # Errors
/// With everything that is wrong with it, or if nothing in it can be said in a scenario.
pub fn import(input: Input<'_>, options: &Options) -> Result<Imported, Problems> {
    let file = input.name.clone();
    let text = text_of(input)?;
    let (first, last) = dates(&file, options)?;
    let rules = options.dialect.rules();
    let reading = Reading { file: &file, rules, zone: options.timezone.as_deref() };
    let mut writer = Writer { options, reading, first, last, taken: BTreeSet::new(), out: vec![] };
    let begins_as_json = text.trim_start().starts_with(['{', '[']);
    let mut left_out = match options.dialect {
        Dialect::InstanceScheduler => {
            let (schedules, left_out) = writer.reading.schedules(&text)?;
            writer.demands(&schedules)?;
            left_out
        }
        Dialect::Custodian => writer.all(writer.reading.tags(&text))?,
        Dialect::Cron | Dialect::Quartz | Dialect::Oos | Dialect::Eventbridge | Dialect::Gcp => {
            let found = if begins_as_json {
                writer.reading.json(&text)?
            } else {
                writer.reading.lines(&text)
            };
            writer.all(found)?
        }
    };
    if writer.out.is_empty() {
        let why = if left_out.is_empty() {
            String::new()
        } else {
            ": ".to_owned() + &left_out.join("; ")
        };
        return Err(Problem::new(&file, format!("nothing in it starts or stops instances{why}"))
            .expected("lines with an expression and what is done, or the JSON of an API")
            .hint("--as says whose format it is; the formats are in docs/IMPORT.md")
            .into());
    }
    left_out.sort();
    let toml = writer.text(&file, &left_out);
    let trial = writer.trial(&toml);
    Ok(Imported { toml, controllers: writer.out.len(), left_out, trial })
}

/// The text of a file, which is not endless.
fn text_of(input: Input<'_>) -> Result<String, Problems> {
    let mut bytes = vec![];
    let read = input.reader.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    if let Err(error) = read {
        return Err(Problem::new(&input.name, format!("it cannot be read: {error}")).into());
    }
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Problem::new(&input.name, "it is longer than 16 MiB")
            .expected("a file of schedules")
            .into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        Problem::new(&input.name, "this is not UTF-8").at(line, 0).expected("text in UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

fn dates(file: &str, options: &Options) -> Result<(Date, Date), Problems> {
    let date = |flag: &str, text: &str| {
        text.parse::<Date>().map_err(|_| {
            Problem::new(file, format!("{flag}: `{text}` is not a date"))
                .expected("a date such as 2026-03-02")
        })
    };
    let (first, last) = (date("--from", &options.from)?, date("--until", &options.until)?);
    let years = first.year()..first.year().saturating_add(YEARS_MAX);
    if last < first || !years.contains(&last.year()) || first.year() < 1970 {
        return Err(Problem::new(file, format!("from {first} until {last} is no stretch"))
            .expected(format!("dates from 1970 on, at most {YEARS_MAX} years"))
            .hint("write the first and the last date of the scenario")
            .into());
    }
    Ok((first, last))
}

/// One table of a scenario, and what it comes from.
struct Table {
    said: String,
    body: String,
}

struct Writer<'a> {
    options: &'a Options,
    reading: Reading<'a>,
    first: Date,
    last: Date,
    taken: BTreeSet<String>,
    out: Vec<Table>,
}

impl Writer<'_> {
    /// Writes a controller for each entry, and hands back what nothing was made of.
    fn all(&mut self, found: Found) -> Result<Vec<String>, Problems> {
        let Found { entries, mut left_out, .. } = found.finish()?;
        for entry in &entries {
            if !self.is_meant(&entry.name) {
                continue;
            }
            match self.controller(entry)? {
                Ok(table) => self.out.push(table),
                Err(why) => left_out.push(format!("{}: {why}", entry.said)),
            }
        }
        Ok(left_out)
    }

    fn is_meant(&self, name: &str) -> bool {
        self.options.only.is_empty() || self.options.only.iter().any(|own| own == name)
    }

    /// The stretch in a zone: the file's, else that of the flag, else the dialect's own.
    fn stretch(&self, own: Option<&str>) -> Result<Stretch, Problems> {
        let rules = self.reading.rules;
        let file = self.reading.file;
        let name = own.or(self.reading.zone).or(rules.zone).ok_or_else(|| {
            Problem::new(file, format!("its time zone is not said, and {} has none", rules.name))
                .expected("--timezone ZONE")
                .hint("give the time zone of the machine that reads it")
        })?;
        let (zone, zone_name) = zone_named(name).ok_or_else(|| {
            let wrong = entry::no_zone(name, 0);
            Problem::new(file, wrong.what).expected(wrong.expected).hint(wrong.hint)
        })?;
        Ok(Stretch { first: self.first, last: self.last, zone, zone_name })
    }

    /// A controller that does one thing at its times; or why it cannot be said.
    fn controller(&mut self, entry: &Entry) -> Result<Result<Table, String>, Problems> {
        let stretch = self.stretch(entry.zone.as_deref())?;
        let mut instants = self.instants(entry, &stretch);
        let (from, until) = entry.bounds;
        instants
            .retain(|at| from.is_none_or(|from| *at >= from) && until.is_none_or(|to| *at <= to));
        if instants.len() > TIMES_MAX {
            return Ok(Err(format!("it is done more than {TIMES_MAX} times")));
        }
        if instants.windows(2).any(|pair| pair[1] - pair[0] < 2 * SECOND) {
            return Ok(Err("it is done more often than every two seconds".to_owned()));
        }
        if instants.is_empty() {
            return Ok(Err("it is never done between these dates".to_owned()));
        }
        let wanted = entry.action == Action::Start;
        let weekly = match &entry.when {
            When::Pattern(pattern) => pattern.windows(entry.action).filter(|windows| {
                let edges = stretch.edges(windows).unwrap_or_default();
                let own = edges.iter().filter(|(_, own)| *own == wanted).map(|(at, _)| *at);
                // An edge at the very beginning is none of the run's.
                let begin = stretch.bounds().map_or(0, |(begin, _)| begin);
                !pattern.is_skipped(self.reading.rules, &stretch)
                    && own.eq(instants.iter().copied().filter(|at| *at > begin))
            }),
            When::Once(_) | When::Every { .. } => None,
        };
        let word = if wanted { "start" } else { "stop" };
        let name = own_name(&format!("{}-{word}", entry.name), &mut self.taken);
        let mut body = format!(
            "[[controller]]\nname = {}\ngroups = {}\nacts = \"{word}s\"\n\n[controller.schedule]\n",
            quoted(&name),
            self.groups()
        );
        let windows = instants.iter().map(|at| match entry.action {
            Action::Start => (*at, at + SECOND),
            Action::Stop => (at - SECOND, *at),
        });
        body += &times(weekly.as_deref(), &stretch, windows);
        Ok(Ok(Table { said: entry.said.clone(), body }))
    }

    fn instants(&self, entry: &Entry, stretch: &Stretch) -> Vec<i64> {
        let bounds = stretch.bounds().unwrap_or_default();
        match entry.when {
            When::Pattern(ref pattern) => pattern.instants(self.reading.rules, stretch),
            When::Once(at) if (bounds.0..bounds.1).contains(&at) => vec![at],
            When::Once(_) => vec![],
            When::Every { from, interval } => {
                let skipped = (bounds.0 - from).max(0).div_euclid(interval);
                let first = from + skipped * interval;
                let all = (0..).map(|step| first + step * interval);
                all.take_while(|at| *at < bounds.1).take(TIMES_MAX + 1).collect()
            }
        }
    }

    /// A demand and its follower for a schedule of periods; there may be one only.
    fn demands(&mut self, schedules: &[Schedule]) -> Result<(), Problems> {
        let meant: Vec<&Schedule> =
            schedules.iter().filter(|schedule| self.is_meant(&schedule.name)).collect();
        let [schedule] = meant[..] else {
            let names: Vec<&str> = schedules.iter().map(|own| own.name.as_str()).collect();
            let what = format!("{} schedules are meant: {}", meant.len(), names.join(", "));
            return Err(Problem::new(self.reading.file, what)
                .expected("one, since an instance is in one demand at most")
                .hint("name it: --only NAME")
                .into());
        };
        let stretch = self.stretch(schedule.zone.as_deref())?;
        let spans = schedule.spans(&stretch);
        if spans.is_empty() || spans.len() > TIMES_MAX {
            let what = format!("{}: {} stretches between these dates", schedule.name, spans.len());
            return Err(Problem::new(self.reading.file, what)
                .expected(format!("at least one, at most {TIMES_MAX}"))
                .into());
        }
        let (begin, end) = stretch.bounds().unwrap_or_default();
        let within = |at: &i64| *at > begin && *at < end;
        let ends = spans.iter().flat_map(|(from, to)| [(*from, true), (*to, false)]);
        let wanted: Vec<(i64, bool)> = ends.filter(|(at, _)| within(at)).collect();
        let weekly = schedule
            .windows()
            .filter(|windows| stretch.edges(windows).is_some_and(|edges| edges == wanted));
        let name = own_name(&schedule.name, &mut self.taken);
        let name = quoted(&name);
        let mut body = format!("[[demand]]\nname = {name}\ngroups = {}\n", self.groups());
        body += &times(weekly.as_deref(), &stretch, spans.into_iter());
        body += &format!("\n[[controller]]\nname = {name}\nfollows = {name}\n");
        self.out.push(Table { said: schedule.name.clone(), body });
        Ok(())
    }

    fn groups(&self) -> String {
        let names: Vec<String> = self.options.groups.iter().map(|name| quoted(name)).collect();
        format!("[{}]", names.join(", "))
    }

    /// The tables below a fleet of one instance for each group.
    fn trial(&self, tables: &str) -> String {
        let days = (self.last - self.first).get_days() + 1;
        let mut text = format!(
            "name = \"trial\"\ncurrency = \"CNY\"\n[clock]\nstart = \"{}\"\ntimezone = \"UTC\"\n\
             length = \"{days}d\"\n[region]\nid = \"cn-hangzhou\"\n",
            self.first
        );
        for group in &self.options.groups {
            text += &format!(
                "[[group]]\nname = {}\ncount = 1\nzone = \"cn-hangzhou-h\"\ntype = \
                 \"ecs.g7.large\"\n",
                quoted(group)
            );
        }
        text + tables
    }

    fn text(&self, file: &str, left_out: &[String]) -> String {
        let (first, last) = (self.first, self.last);
        let mut text = format!(
            "# From {}, read as {}: holds from {first} until {last}.\n# `stopsim expand` shows the \
             next edges of each.\n",
            plain(file),
            self.reading.rules.name
        );
        for one in left_out {
            text += &format!("# not understood: {}\n", plain(one));
        }
        for table in &self.out {
            text += &format!("\n# {}\n{}", plain(&table.said), table.body);
        }
        text
    }
}

/// A text that stays in its comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The zone and windows of a calendar: weekly ones, else those of dates in UTC.
fn times(
    weekly: Option<&[WeeklyWindow]>,
    stretch: &Stretch,
    windows: impl Iterator<Item = (i64, i64)>,
) -> String {
    if let Some(weekly) = weekly {
        let mut text = format!("timezone = {}\nwindows = [\n", quoted(&stretch.zone_name));
        for (days, from, to) in weekly {
            let days = quoted(days);
            text += &format!("    {{ days = {days}, from = \"{from}\", to = \"{to}\" }},\n");
        }
        return text + "]\n";
    }
    let mut text = format!(
        "# Weekly windows in {} cannot say this: one by one in UTC.\ntimezone = \"UTC\"\n\
         windows = []\noverrides = [\n",
        stretch.zone_name
    );
    for (date, from, to) in windows.flat_map(|(from, to)| dated(from, to)) {
        text += &format!("    {{ date = \"{date}\", from = \"{from}\", to = \"{to}\" }},\n");
    }
    text + "]\n"
}
