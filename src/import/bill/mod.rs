//! Bills: what was paid for an hour, by billing item and type, and what list prices would say.
//!
//! Column names are those of `DescribeInstanceBill` (BssOpenApi 2017-12-14, page of 2025-10-28),
//! of the exports of the console in English and Chinese, of `consumedetailbillv2`, and of FOCUS
//! 1.x. The answers of the API are read as they are.
//!
//! A price is what use came to after discounts and before coupons, by the time. What is not use
//! by the time (refunds, adjustments, totals and so on) is told apart.

mod line;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::problem::{Problem, Problems};
use super::table::{self, Row, optional, required};
use super::{Input, as_name, quoted};
use crate::units::RATE_MAX;

pub use line::Apart;
use line::Line;

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
    /// After discounts and before coupons, which are a way to pay.
    pub net: i128,
}

/// What is told apart, in nano-units of the bill's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Rows.
    pub rows: u64,
    /// What they came to.
    pub amount: i128,
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
    /// Rows that are no price times a time.
    pub apart: BTreeMap<Apart, Told>,
    /// What coupons paid of the use.
    pub coupons: i128,
    /// Rows in which list price, discount, coupons and what is to be paid do not add up.
    pub at_odds: u64,
    /// The first and last day or month that is billed.
    pub between: Option<(String, String)>,
}

const NANO: u32 = 9;
/// What does not add up by less than this is rounding, in nano-units.
const ROUNDED: i128 = 20_000_000;
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
const KIND: usize = 11;
const CLASS: usize = 12;
const DISCOUNT: usize = 13;
const COUPONS: usize = 14;
const ROUNDING: usize = 15;
const SKU: usize = 16;

/// Billing items that are the price of an instance of a type. *Assumed*: the reference lists no
/// names; these are seen in exports, and more can be named. The last two are what FOCUS has in
/// place of items: the service.
pub const COMPUTE_ITEMS: [&str; 8] = [
    "Cloud server configuration",
    "Instance Type",
    "InstanceType",
    "instance_type",
    "云服务器配置",
    "实例规格",
    "Elastic Compute Service",
    "云服务器 ECS",
];

/// Members of an answer of the API that hold rows.
const WRAPPERS: [&str; 8] =
    ["body", "data", "result", "response", "items", "item", "modulelist", "module"];

/// Reads a bill.
///
/// # Errors
/// With everything that is wrong with the file, several currencies among it.
pub fn read(input: Input<'_>) -> Result<Bill, Problems> {
    let file = input.name.clone();
    let mut bill = Bill { file: file.clone(), ..Bill::default() };
    let columns = [
        required(&["BillingItem", "计费项", "计费项名称", "ServiceName"]),
        required(&[
            "PretaxAmount",
            "应付金额（含税）",
            "应付金额",
            "ContractedCost",
            "EffectiveCost",
            "BilledCost",
        ]),
        required(&["Currency", "币种", "定价币种", "BillingCurrency"]),
        optional(&[
            "PretaxGrossAmount",
            "CatalogueGrossAmount",
            "OriginalAmount",
            "官网价",
            "官网目录价",
            "目录总价",
            "原价",
            "ListCost",
        ]),
        optional(&["InstanceSpec", "InstanceSpecification", "实例规格", "ResourceType"]),
        optional(&["Usage", "用量", "ConsumedQuantity"]),
        optional(&["UsageUnit", "用量单位", "ConsumedUnit"]),
        optional(&["ServicePeriod", "ServiceDuration", "Duration", "服务时长", "PricingQuantity"]),
        optional(&[
            "ServicePeriodUnit",
            "ServiceDurationUnit",
            "DurationUnit",
            "服务时长单位",
            "时长单位",
            "PricingUnit",
        ]),
        optional(&["SubscriptionType", "BillingMethod", "消费类型", "付费类型", "付费方式"]),
        optional(&[
            "BillingDate",
            "账单日期",
            "ChargePeriodStart",
            "BillingCycle",
            "账期",
            "账单月份",
        ]),
        optional(&["Item", "BillType", "账单类型", "ChargeCategory"]),
        optional(&["ChargeClass"]),
        optional(&["InvoiceDiscount", "DiscountAmount", "优惠金额"]),
        optional(&["DeductedByCoupons", "CouponDeduction", "优惠券抵扣", "优惠券优惠"]),
        optional(&["RoundDownDiscount", "抹零优惠"]),
        optional(&["SkuId", "SkuPriceId"]),
    ];
    table::read(input, columns, &WRAPPERS, |row| bill.row(row))?;
    if bill.items.is_empty() && bill.subscriptions == 0 && bill.apart.is_empty() {
        return Err(Problem::new(&file, "there is no billed item in it").expected("rows").into());
    }
    Ok(bill)
}

/// The type, where a row says it; FOCUS has it as the resource's type or in the SKU.
fn spec<'a>(row: &'a Row<'_>) -> &'a str {
    let sku = row.text(SKU);
    if sku.starts_with("ecs.") && !row.text(SPEC).starts_with("ecs.") {
        sku
    } else {
        row.text(SPEC)
    }
}

/// What a line is, but for its amounts.
fn line(row: &Row<'_>) -> Line {
    let item = row.text(ITEM);
    let is_bare = item.is_empty() && row.text(SPEC).is_empty() && row.text(CURRENCY).is_empty();
    if line::is_total(item) || is_bare || (item.is_empty() && row.cells().any(line::is_total)) {
        return Line::Apart(Apart::Total);
    }
    let told = [line::of_kind(row.text(KIND)), line::of_kind(row.text(CLASS)), line::of_item(item)];
    let charge = match row.text(CHARGE).to_lowercase().as_str() {
        "subscription" | "prepaid" | "预付费" | "包年包月" => Line::Subscription,
        _ => Line::Use,
    };
    told.into_iter().find(|line| *line != Line::Use).unwrap_or(charge)
}

impl Bill {
    fn row(&mut self, row: &Row<'_>) -> Result<(), Problem> {
        match line(row) {
            Line::Use => self.currency(row)?,
            Line::Subscription => {
                self.subscriptions += 1;
                return Ok(());
            }
            Line::Apart(apart) => {
                self.tell(apart, amount(row, NET)?.unwrap_or(0));
                return Ok(());
            }
        }
        let payable = row.decimal(NET, NANO)?;
        let gross = amount(row, GROSS)?;
        if payable < 0 || gross.is_some_and(|gross| gross < 0) {
            self.tell(Apart::Adjustment, payable);
            return Ok(());
        }
        let Some((net, coupons)) = self.net(row, payable, gross)? else {
            self.tell(Apart::Free, 0);
            return Ok(());
        };
        let gross = gross.unwrap_or(net);
        self.coupons += coupons;
        let seconds = seconds(row)?;
        let date = row.text(DATE).to_owned();
        if !date.is_empty() {
            let (first, last) = self.between.take().unwrap_or((date.clone(), date.clone()));
            self.between = Some((first.min(date.clone()), last.max(date)));
        }
        let item = Item { name: row.text(ITEM).to_owned(), spec: spec(row).to_owned() };
        if item.spec.starts_with("ecs.") && as_name(&item.spec) != item.spec {
            let problem = row.problem(SPEC, format!("`{}` is not the name of a type", item.spec));
            return Err(problem.expected("a type such as ecs.g7.large"));
        }
        let sum = self.items.entry(item).or_default();
        sum.rows += 1;
        sum.seconds += seconds.unwrap_or(0);
        sum.gross += gross;
        sum.net += net;
        Ok(())
    }

    /// Sees to it that all amounts are of one currency.
    fn currency(&mut self, row: &Row<'_>) -> Result<(), Problem> {
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
        Ok(())
    }

    fn tell(&mut self, apart: Apart, amount: i128) {
        let told = self.apart.entry(apart).or_default();
        told.rows += 1;
        told.amount += amount;
    }

    /// What a row came to after discounts and before coupons, and what coupons paid of it:
    /// what is to be paid and what was deducted, else the list price less the discount. Nothing,
    /// if there is nothing to pay and nothing says why.
    fn net(
        &mut self,
        row: &Row<'_>,
        payable: i128,
        gross: Option<i128>,
    ) -> Result<Option<(i128, i128)>, Problem> {
        let (coupons, rounding) = (amount(row, COUPONS)?, amount(row, ROUNDING)?);
        let deducted = coupons.unwrap_or(0).abs() + rounding.unwrap_or(0).abs();
        let is_money = |text: &str| !text.is_empty() && !text.ends_with('%');
        let discount = match is_money(row.text(DISCOUNT)) {
            true => Some(row.decimal(DISCOUNT, NANO)?.abs()),
            false => None,
        };
        let listed = gross.zip(discount).map(|(gross, discount)| gross - discount);
        if let (None, Some(listed)) = (coupons, listed) {
            return Ok(Some((listed, (listed - payable - deducted).max(0))));
        }
        let net = payable + deducted;
        let is_discounted = gross.is_none_or(|gross| discount.is_some_and(|all| all >= gross));
        if net == 0 && gross != Some(0) && !is_discounted {
            return Ok(None);
        }
        self.at_odds += u64::from(listed.is_some_and(|listed| (listed - net).abs() > ROUNDED));
        Ok(Some((net, coupons.unwrap_or(0).abs())))
    }

    /// What all use came to after discounts, in nano-units.
    pub fn total(&self) -> i128 {
        self.items.values().map(|sum| sum.net).sum()
    }

    fn is_compute(&self, item: &Item, more: &[String]) -> bool {
        let is_named = COMPUTE_ITEMS.iter().any(|name| item.name.eq_ignore_ascii_case(name))
            || more.contains(&item.name);
        is_named && item.spec.starts_with("ecs.")
    }
}

/// An amount, if the row has it.
fn amount(row: &Row<'_>, column: usize) -> Result<Option<i128>, Problem> {
    match row.text(column) {
        "" | "-" | "--" => Ok(None),
        _ => row.decimal(column, NANO).map(Some),
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
        if net > i128::from(RATE_MAX.as_nanos()) {
            text +=
                &format!("\n# {spec}: no rate, more than {RATE_MAX} an hour over {hours} hours\n");
            continue;
        }
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
    text += &apart(bill);
    if priced == 0 {
        text += "  no item is known to be compute with its type and time: name it with \
                 --compute-item\n";
    }
    text + "  disks and addresses are billed without their size: their prices are to be given\n"
}

/// What is no price, in lines of their own.
fn apart(bill: &Bill) -> String {
    let mut text = String::new();
    if bill.subscriptions > 0 {
        writeln!(text, "  {} rows of subscriptions left out", bill.subscriptions)
            .expect("strings take all");
    }
    for (apart, told) in &bill.apart {
        writeln!(
            text,
            "  {} rows of {}, {} {}: no price, left out of all rates",
            told.rows,
            apart.plural(),
            money(told.amount, 2),
            bill.currency
        )
        .expect("strings take all");
    }
    if bill.coupons > 0 {
        let (coupons, currency) = (money(bill.coupons, 2), &bill.currency);
        writeln!(text, "  coupons paid {coupons} {currency} of it, which is no discount")
            .expect("strings take all");
    }
    if bill.at_odds > 0 {
        writeln!(
            text,
            "  {} rows in which list price less discount is not what is to be paid and coupons \
             together: the latter is taken",
            bill.at_odds
        )
        .expect("strings take all");
    }
    text
}
