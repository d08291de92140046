//! Services: how often they were ready in time, and how long they were not there.

use super::layout::{Flush, Screen, hours, span};
use super::{Page, Subject};
use crate::report::number::{Percent, grouped};
use crate::report::summary::{LatencyRow, ServiceRow};

/// How many instances that broke a need are named.
const NAMED: usize = 3;

/// One line per service, and who broke it; nothing without services.
pub fn services(page: &Page<'_>, screen: &mut Screen) {
    let services = &page.summary.services;
    if services.is_empty() {
        return;
    }
    let within = page.results.plan.good_wave.within;
    let several = if page.runs() > 1 { "; hours and breaks per replication" } else { "" };
    screen.heading("SERVICES", &format!("a start is good if ready within {within}{several}"));
    let mut rows = vec![header()];
    rows.extend(services.iter().map(|(name, service)| row(page, name, service)));
    let mut flush = [Flush::Right; 9];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    for (name, service) in services {
        notes(page, name, service, screen);
    }
}

/// The columns of a service.
pub fn header() -> Vec<String> {
    ["", "good", "of", "%", "ready p50", "p99", "max", "down h", "broken"]
        .map(str::to_owned)
        .to_vec()
}

/// A service, column by column.
pub fn row(page: &Page<'_>, name: &str, service: &ServiceRow) -> Vec<String> {
    let mark = |text: String| page.marked(Subject::Restart, text);
    let good = match service.good_starts_pct {
        Some(share) => mark(share.bare()),
        None => "-".to_owned(),
    };
    let runs = i128::from(page.runs());
    let down = i128::try_from(service.unavailable_us).unwrap_or(i128::MAX) / runs;
    let ready = |us: Option<u64>| mark(time(&service.ready, us));
    vec![
        name.to_owned(),
        mark(grouped(service.good_starts)),
        grouped(service.starts),
        good,
        ready(service.ready.p50_us),
        ready(service.ready.p99_us),
        ready(service.ready.max_us),
        mark(hours(down)),
        mark(page.per_run(service.broken)),
    ]
}

/// A time that does not exist is among those that never were, or there was nothing to wait for.
fn time(ready: &LatencyRow, us: Option<u64>) -> String {
    match us {
        Some(us) => span(us.into()),
        None if ready.censored > 0 => "never".to_owned(),
        None => "-".to_owned(),
    }
}

fn notes(page: &Page<'_>, name: &str, service: &ServiceRow, screen: &mut Screen) {
    let key = format!("service.{name}.good_starts");
    let interval = page.interval(&key, |millionths| Percent(millionths).short());
    if !interval.is_empty() {
        screen.line(format!("  {name}: good starts {interval}"));
    }
    if service.starts_not_modelled > 0 {
        let starts = grouped(service.starts_not_modelled);
        screen.line(format!("  {name}: not modelled: {starts} starts on unlimited stock"));
    }
    if !service.broken_by.is_empty() {
        let named = service.broken_by.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if service.broken_by.len() > NAMED { " and others" } else { "" };
        screen.line(format!("  {name}: broken by the loss of {named}{more}"));
    }
}
