//! Controllers side by side.

use super::layout::{Flush, Screen};
use super::{Page, Subject};
use crate::report::number::{Percent, grouped};

/// What each controller asked of the API, and what came of it; nothing without presets.
pub fn clients(page: &Page<'_>, screen: &mut Screen) {
    let clients = &page.summary.clients;
    if clients.is_empty() {
        return;
    }
    screen.heading("CLIENTS", "each controller by its calls, and how its instances fared");
    let rows = client_rows(page);
    let shown = if page.full { rows[0].len() } else { 6 };
    let mut flush = [Flush::Right; 9];
    flush[0] = Flush::Left;
    screen.table(&flush[..shown], &rows);
}

/// A header, and a row for every controller.
pub fn client_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let header =
        ["controller", "calls", "gave up", "starts", "15 min", "never", "looks", "stops", "never"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let count = |count: u64| page.marked(Subject::Counts, grouped(count));
    let fared = |count: u64| page.marked(Subject::Restart, grouped(count));
    for client in &page.summary.clients {
        let name = match &client.preset {
            Some(preset) if *preset != client.controller => {
                format!("{} ({preset})", client.controller)
            }
            Some(_) | None => client.controller.clone(),
        };
        let ready = Percent::of(client.starts_ready_15m.into(), client.starts_seen_15m.into());
        let ready = ready.map(|share| page.marked(Subject::Restart, share.short()));
        rows.push(vec![
            name,
            count(client.asked.calls),
            count(client.asked.given_up),
            grouped(client.starts_due),
            ready.unwrap_or_default(),
            fared(client.starts_never),
            count(client.asked.looks),
            grouped(client.stops_due),
            page.marked(Subject::Stop, grouped(client.stops_never)),
        ]);
    }
    rows
}
