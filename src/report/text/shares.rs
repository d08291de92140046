//! What each group and each value of a tag saved, cost and missed.

use super::layout::{Flush, Screen, hours};
use super::{Page, Subject};
use crate::report::number::Percent;
use crate::report::projection::monthly;
use crate::report::shares::ShareRow;

/// How many rows of a table are shown: the files have them all.
const ROWS_SHOWN: usize = 12;
/// How many characters of a name are shown.
const NAME_SHOWN: usize = 24;

/// The columns of a share.
pub const HEADER: [&str; 6] =
    ["", "total bill", "net saved", "% of it", "policy cost", "unavailable h"];

/// By group, where there are several, and by tag.
pub fn shares(page: &Page<'_>, screen: &mut Screen) {
    let (groups, tags) = (&page.summary.by_group, &page.summary.by_tag);
    if groups.len() > 1 {
        let named = groups.iter().map(|row| (row.group.as_deref(), &row.share));
        table(page, screen, ("BY GROUP", "groups.csv"), &named.collect::<Vec<_>>());
    }
    let mut rest = tags.as_slice();
    while let Some(first) = rest.first() {
        let (of_tag, others) =
            rest.split_at(rest.iter().take_while(|row| row.tag == first.tag).count());
        let named = of_tag.iter().map(|row| (row.value.as_deref(), &row.share));
        let title = format!("BY TAG {}", first.tag);
        table(page, screen, (&title, "tags.csv"), &named.collect::<Vec<_>>());
        rest = others;
    }
}

fn table(
    page: &Page<'_>,
    screen: &mut Screen,
    (title, file): (&str, &str),
    named: &[(Option<&str>, &ShareRow)],
) {
    screen.heading(title, &format!("{} a month", page.summary.currency));
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    for (name, share) in named.iter().take(ROWS_SHOWN) {
        rows.push(row(page, *name, share));
    }
    let mut flush = [Flush::Right; 6];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    if let Some(more) = named.len().checked_sub(ROWS_SHOWN).filter(|more| *more > 0) {
        screen.line(format!("  and {more} more: {file}"));
    }
}

/// A share, column by column.
pub fn row(page: &Page<'_>, name: Option<&str>, share: &ShareRow) -> Vec<String> {
    let plan = page.results.plan;
    let month = |amount| monthly(plan, amount).rounded(0);
    let saved = |text: String| page.marked(Subject::Saving, text);
    let unavailable = i128::try_from(share.unavailable_us).unwrap_or(i128::MAX);
    vec![
        name.map_or_else(|| "(none)".to_owned(), shortened),
        page.marked(Subject::Baseline, month(share.baseline.0)),
        saved(month(share.net.0)),
        share.net_pct.map_or_else(|| "-".to_owned(), |share| saved(Percent::short(share))),
        saved(month(share.policy_cost.0)),
        page.marked(Subject::Restart, hours(unavailable / i128::from(page.runs()))),
    ]
}

/// The beginning of a long name.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}
