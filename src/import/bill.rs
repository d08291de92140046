//! Bills: what was paid for an hour, by billing item and type, and what list prices would say.
//!
//! Column names are those of `DescribeInstanceBill` (BssOpenApi 2017-12-14, page of 2025-10-28)
//! and of the export of the console's bill details, which spells them with blanks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Input;
use super::problem::{Problem, Problems};
use super::quoted;
use super::table::{self, Row, optional, required};

/// What of a bill is one price.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The billing item, as the bill calls it.
    pub name: String,
    /// The instance type, where the bill says it.
    pub spec: String,
}

/// What an item came to. Amounts are in nano-units of the bill's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// Seconds of use, of rows that say them.
    pub seconds: i128,
    /// Before discounts, of rows that say it.
    pub gross: i128,
    /// What is to be paid.
    pub net: i128,
}

/// What a bill says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// The file, as it was named.
    pub file: String,
    /// The currency of all amounts.
    pub currency: String,
    /// By billing item and type.
    pub items: BTreeMap<Item, Sum>,
    /// Rows of subscriptions, which are left out: nobody saves them by stopping.
    pub subscriptions: u64,
    /// The first and last day or month that is billed.
    pub between: Option<(String, String)>,
}

const NANO: u32 = 9;
const ITEM: usize = 0;
const NET: usize = 1;
const CURRENCY: usize = 2;
const GROSS: usize = 3;
const SPEC: usize = 4;
const USAGE: usize = 5;
const USAGE_UNIT: usize = 6;
const PERIOD: usize = 7;
const PERIOD_UNIT: usize = 8;
const CHARGE: usize = 9;
const DATE: usize = 10;

/// Billing items that are the price of an instance of a type. *Assumed*: the reference lists no
/// names; these are seen in exports, and more can be named.
pub const COMPUTE_ITEMS: [&str; 5] = [
    "Cloud server configuration",
    "Instance Type",
    "InstanceType",
    "instance_type",
    "云服务器配置",
];

/// Reads a bill.
///
/// # Errors
/// With everything that is wrong with the file, several currencies among it.
pub fn read(input: Input<'_>) -> Result<Bill, Problems> {
    let file = input.name.clone();
    let mut bill = Bill { file: file.clone(), ..Bill::default() };
    let columns = [
        required(&["BillingItem", "Billing Item", "计费项"]),
        required(&["PretaxAmount", "Pretax Amount", "应付金额"]),
        required(&["Currency", "币种"]),
        optional(&["PretaxGrossAmount", "Pretax Gross Amount", "Catalogue Gross Amount", "原价"]),
        optional(&["InstanceSpec", "Instance Spec", "实例规格"]),
        optional(&["Usage", "用量"]),
        optional(&["UsageUnit", "Usage Unit", "用量单位"]),
        optional(&["ServicePeriod", "Service Period", "Duration", "服务时长"]),
        optional(&["ServicePeriodUnit", "Service Period Unit", "Duration Unit", "时长单位"]),
        optional(&["SubscriptionType", "Subscription Type", "Billing Method", "消费类型"]),
        optional(&["BillingDate", "Billing Date", "BillingCycle", "Billing Cycle", "账期"]),
    ];
    table::read(input, columns, |row| bill.row(row))?;
    if bill.items.is_empty() && bill.subscriptions == 0 {
        return Err(Problem::new(&file, "there is no billed item in it").expected("rows").into());
    }
    Ok(bill)
}

impl Bill {
    fn row(&mut self, row: &Row<'_>) -> Result<(), Problem> {
        let currency = row.text(CURRENCY);
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            let problem = row.problem(CURRENCY, format!("`{currency}` is not a currency"));
            return Err(problem.expected("three letters such as CNY"));
        }
        if self.currency.is_empty() {
            currency.clone_into(&mut self.currency);
        }
        if self.currency != currency {
            let what = format!("{currency} in a bill that began in {}", self.currency);
            let problem = row.problem(CURRENCY, what).expected("one currency");
            return Err(problem.hint("export each currency by itself; no rate is assumed"));
        }
        if ["Subscription", "预付费"].contains(&row.text(CHARGE)) {
            self.subscriptions += 1;
            return Ok(());
        }
        let net = row.decimal(NET, NANO)?;
        let gross = if row.text(GROSS).is_empty() { net } else { row.decimal(GROSS, NANO)? };
        let seconds = seconds(row)?;
        let date = row.text(DATE).to_owned();
        if !date.is_empty() {
            let (first, last) = self.between.take().unwrap_or((date.clone(), date.clone()));
            self.between = Some((first.min(date.clone()), last.max(date)));
        }
        let item = Item { name: row.text(ITEM).to_owned(), spec: row.text(SPEC).to_owned() };
        let sum = self.items.entry(item).or_default();
        sum.rows += 1;
        sum.seconds += seconds.unwrap_or(0);
        sum.gross += gross;
        sum.net += net;
        Ok(())
    }

    /// Everything that is to be paid, in nano-units.
    pub fn total(&self) -> i128 {
        self.items.values().map(|sum| sum.net).sum()
    }

    fn is_compute(&self, item: &Item, more: &[String]) -> bool {
        let is_named = COMPUTE_ITEMS.iter().any(|name| item.name.eq_ignore_ascii_case(name))
            || more.contains(&item.name);
        is_named && item.spec.starts_with("ecs.")
    }
}

/// Seconds of use: the usage, if it is measured in time, else the period of service.
fn seconds(row: &Row<'_>) -> Result<Option<i128>, Problem> {
    for (number, unit) in [(USAGE, USAGE_UNIT), (PERIOD, PERIOD_UNIT)] {
        if let Some(size) = unit_seconds(row.text(unit))
            && !row.text(number).is_empty()
        {
            return Ok(Some(row.decimal(number, 6)? * size / 1_000_000));
        }
    }
    Ok(None)
}

fn unit_seconds(unit: &str) -> Option<i128> {
    match unit.trim().to_lowercase().as_str() {
        "second" | "seconds" | "s" | "秒" => Some(1),
        "minute" | "minutes" | "min" | "分钟" => Some(60),
        "hour" | "hours" | "h" | "小时" => Some(3_600),
        "day" | "days" | "天" | "日" => Some(86_400),
        _ => None,
    }
}

/// An amount per hour, in nano-units; nothing of no time.
fn per_hour(amount: i128, seconds: i128) -> Option<i128> {
    (seconds > 0).then(|| amount * 3_600 / seconds)
}

/// A number of nano-units with so many decimals.
fn money(nanos: i128, decimals: u32) -> String {
    let unit = 10i128.pow(NANO - decimals);
    let rounded = (nanos.abs() + unit / 2) / unit;
    let scale = 10i128.pow(decimals);
    let sign = if nanos < 0 && rounded != 0 { "-" } else { "" };
    let width = decimals as usize;
    format!("{sign}{}.{:0width$}", rounded / scale, rounded % scale)
}

/// What is saved on a list price, such as `15.0 %`.
fn discount(sum: &Sum) -> String {
    if sum.gross == 0 {
        return String::new();
    }
    let permille = (sum.gross - sum.net) * 1_000 / sum.gross;
    format!(
        "{}{}.{} %",
        if permille < 0 { "-" } else { "" },
        permille.abs() / 10,
        permille.abs() % 10
    )
}

/// `[[price]]` of every type that is billed by the hour, at what was paid for it.
pub fn prices(bill: &Bill, compute: &[String]) -> String {
    let date = bill.between.as_ref().map(|(first, last)| match first == last {
        true => first.clone(),
        false => format!("{first} to {last}"),
    });
    let mut rates: BTreeMap<&str, Sum> = BTreeMap::new();
    for (item, sum) in bill.items.iter().filter(|(item, _)| bill.is_compute(item, compute)) {
        let all = rates.entry(&item.spec).or_default();
        all.rows += sum.rows;
        all.seconds += sum.seconds;
        all.gross += sum.gross;
        all.net += sum.net;
    }
    let mut text = format!("# What was paid for an hour, after discounts: {}\n", bill.file);
    let mut provenance = String::new();
    for (spec, sum) in rates {
        let (Some(net), Some(gross)) =
            (per_hour(sum.net, sum.seconds), per_hour(sum.gross, sum.seconds))
        else {
            continue;
        };
        let hours = money(sum.seconds * 1_000_000_000 / 3_600, 1);
        write!(
            text,
            "\n# list {} {}/h, discount {}, over {hours} hours\n[[price]]\nname = {}\n\
                rate = \"{} {}/h\"\nsource = {}\n",
            money(gross, 6),
            bill.currency,
            discount(&sum),
            quoted(spec),
            money(net.max(0), 6),
            bill.currency,
            quoted(&format!("bill {}", bill.file))
        )
        .expect("strings take all");
        if let Some(date) = &date {
            writeln!(text, "date = {}", quoted(date)).expect("strings take all");
        }
        writeln!(
            provenance,
            "{} = {}",
            quoted(&format!("price.{spec}")),
            quoted(&format!("measured: {}", bill.file))
        )
        .expect("strings take all");
    }
    if provenance.is_empty() { text } else { format!("{text}\n[provenance]\n{provenance}") }
}

/// A table of everything that is billed.
pub fn screen(bill: &Bill, compute: &[String]) -> String {
    let mut rows = vec![
        ["item", "type", "hours", "list per h", "paid per h", "discount", "paid"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut priced = 0;
    for (item, sum) in &bill.items {
        let rate = |amount| per_hour(amount, sum.seconds).map_or(String::new(), |n| money(n, 6));
        let hours = match sum.seconds {
            0 => "not in time".to_owned(),
            seconds => money(seconds * 1_000_000_000 / 3_600, 1),
        };
        rows.push(vec![
            item.name.clone(),
            item.spec.clone(),
            hours,
            rate(sum.gross),
            rate(sum.net),
            discount(sum),
            money(sum.net, 2),
        ]);
        priced += usize::from(bill.is_compute(item, compute) && sum.seconds > 0);
    }
    let mut text = format!(
        "{}: {} {}\n{}",
        bill.file,
        money(bill.total(), 2),
        bill.currency,
        super::aligned(&rows)
    );
    if bill.subscriptions > 0 {
        writeln!(text, "  {} rows of subscriptions left out", bill.subscriptions)
            .expect("strings take all");
    }
    if priced == 0 {
        text += "  no item is known to be compute with its type and time: name it with \
                 --compute-item\n";
    }
    text + "  disks and addresses are billed without their size: their prices are to be given\n"
}
