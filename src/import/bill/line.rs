//! What a line of a bill is: use of something for a time, or something that is no price.

/// What is billed and is not a price times a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// Money given back.
    Refund,
    /// A correction of an earlier bill, or another amount below nothing.
    Adjustment,
    /// A sum of other lines.
    Total,
    /// A coupon or credit: a way to pay.
    Coupon,
    /// What rounding takes or gives.
    Rounding,
    /// A tax.
    Tax,
    /// A list price and nothing to pay, and no column says why.
    Free,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Use, by the time.
    Use,
    /// Paid in advance: nobody saves it by stopping.
    Subscription,
    /// Something that is told apart.
    Apart(Apart),
}

impl Apart {
    /// As the screen says it of several.
    pub fn plural(self) -> &'static str {
        match self {
            Apart::Refund => "refunds",
            Apart::Adjustment => "adjustments",
            Apart::Total => "totals",
            Apart::Coupon => "coupons or credits",
            Apart::Rounding => "rounding",
            Apart::Tax => "taxes",
            Apart::Free => "lines with nothing to pay and no discount that says why",
        }
    }
}

/// What stands in a line that sums up others.
const TOTALS: [&str; 11] = [
    "合计",
    "总计",
    "小计",
    "总额",
    "共计",
    "total",
    "totals",
    "subtotal",
    "sub-total",
    "grand total",
    "sum",
];

/// What the name of something that is no price has in it. Sources: `Item` of
/// `DescribeInstanceBill` (SubscriptionOrder, PayAsYouGoBill, Refund, Adjustment), its columns of
/// deductions, and `ChargeCategory` of FOCUS 1.0 to 1.2 (Usage, Purchase, Tax, Credit,
/// Adjustment); the Chinese words are those of the console. *Assumed* to be all.
const WORDS: [(&str, Line); 20] = [
    ("refund", Line::Apart(Apart::Refund)),
    ("退款", Line::Apart(Apart::Refund)),
    ("退费", Line::Apart(Apart::Refund)),
    ("adjust", Line::Apart(Apart::Adjustment)),
    ("correction", Line::Apart(Apart::Adjustment)),
    ("调账", Line::Apart(Apart::Adjustment)),
    ("调整", Line::Apart(Apart::Adjustment)),
    ("冲正", Line::Apart(Apart::Adjustment)),
    ("coupon", Line::Apart(Apart::Coupon)),
    ("voucher", Line::Apart(Apart::Coupon)),
    ("代金券", Line::Apart(Apart::Coupon)),
    ("优惠券", Line::Apart(Apart::Coupon)),
    ("rounding", Line::Apart(Apart::Rounding)),
    ("round down", Line::Apart(Apart::Rounding)),
    ("rounddown", Line::Apart(Apart::Rounding)),
    ("抹零", Line::Apart(Apart::Rounding)),
    ("尾差", Line::Apart(Apart::Rounding)),
    ("subscription", Line::Subscription),
    ("预付", Line::Subscription),
    ("包年包月", Line::Subscription),
];

/// What a column that tells the kind of a line says of others.
const KINDS: [(&str, Line); 6] = [
    ("credit", Line::Apart(Apart::Coupon)),
    ("tax", Line::Apart(Apart::Tax)),
    ("税费", Line::Apart(Apart::Tax)),
    ("purchase", Line::Subscription),
    ("prepaid", Line::Subscription),
    ("prepay", Line::Subscription),
];

/// Whether a cell says that its line is a sum of others.
pub(super) fn is_total(cell: &str) -> bool {
    let bare = cell.trim().trim_end_matches([':', '：']).to_lowercase();
    TOTALS.contains(&bare.as_str())
}

/// What a line of this kind is; use, if the word says nothing else.
pub(super) fn of_kind(kind: &str) -> Line {
    let kind = kind.trim().to_lowercase();
    let told = KINDS.iter().find(|(word, _)| kind == *word).map(|(_, line)| *line);
    told.unwrap_or_else(|| of_item(&kind))
}

/// What the billing item of this name is; use, if the name says nothing else.
pub(super) fn of_item(item: &str) -> Line {
    let item = item.trim().to_lowercase();
    WORDS.iter().find(|(word, _)| item.contains(word)).map_or(Line::Use, |(_, line)| *line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_by_the_words_of_the_api_the_console_and_focus() {
        for (kind, line) in [
            ("PayAsYouGoBill", Line::Use),
            ("后付费账单", Line::Use),
            ("Usage", Line::Use),
            ("", Line::Use),
            ("SubscriptionOrder", Line::Subscription),
            ("预付费订单", Line::Subscription),
            ("Purchase", Line::Subscription),
            ("Refund", Line::Apart(Apart::Refund)),
            ("退款账单", Line::Apart(Apart::Refund)),
            ("Adjustment", Line::Apart(Apart::Adjustment)),
            ("调账", Line::Apart(Apart::Adjustment)),
            ("Credit", Line::Apart(Apart::Coupon)),
            ("Tax", Line::Apart(Apart::Tax)),
        ] {
            assert_eq!(of_kind(kind), line, "{kind}");
        }
        assert_eq!(of_item("Cloud server configuration"), Line::Use);
        assert_eq!(of_item("抹零优惠"), Line::Apart(Apart::Rounding));
        assert!(is_total("合计：") && is_total("Grand Total") && !is_total("Total traffic"));
    }
}
