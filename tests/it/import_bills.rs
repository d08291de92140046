//! Bills as the API, the console and FOCUS write them, and what of them is no price.

use stopsim::import::Input;
use stopsim::import::bill::{self, Apart, Bill};
use stopsim::import::problem::Problems;

const CONSOLE: &str = include_str!("../data/cases/bills/console-zh.csv");
const WITH_TOTAL: &str = include_str!("../data/cases/bills/console-zh-with-total.csv");
const CONSUME: &str = include_str!("../data/cases/bills/consumedetailbillv2.csv");
const COUPON: &str = include_str!("../data/cases/bills/coupon.csv");
const API: &str = include_str!("../data/cases/bills/describe-instance-bill.json");
const FOCUS: &str = include_str!("../data/cases/bills/focus-1.0.csv");
const REFUND: &str = include_str!("../data/cases/bills/refund.csv");

fn read(text: &str) -> Result<Bill, Problems> {
    bill::read(Input { name: "bill".to_owned(), reader: Box::new(text.as_bytes()) })
}

#[track_caller]
fn bill(text: &str) -> Bill {
    read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The list price and the rate of the one type that a bill prices.
#[track_caller]
fn rates(text: &str) -> (String, String) {
    let prices = bill::prices(&bill(text), &[]);
    assert_eq!(prices.matches("[[price]]").count(), 1, "{prices}");
    let between = |before: &str, after: &str| {
        let from = prices.find(before).expect("it is said") + before.len();
        let length = prices[from..].find(after).expect("it ends");
        prices[from..from + length].to_owned()
    };
    (between("# list ", " "), between("rate = \"", " "))
}

#[track_caller]
fn check(text: &str, list: &str, paid: &str) {
    assert_eq!(rates(text), (list.to_owned(), paid.to_owned()));
}

#[test]
fn the_headings_of_console_export_api_and_focus_are_read() {
    check(CONSOLE, "0.523250", "0.418600");
    check(CONSUME, "0.523250", "0.418600");
    check(FOCUS, "0.523250", "0.418600");
    check(API, "1.046500", "1.046500");
    check(&FOCUS.replace("ecs.g7.large,x,", "Instance,ecs.g7.large,"), "0.523250", "0.418600");
    assert!(bill::prices(&bill(API), &[]).contains("over 24.0 hours"));
    assert!(bill::prices(&bill(CONSOLE), &[]).contains("discount 20.0 %"));
    assert_eq!(bill(CONSUME).between.unwrap().0, "20260509");
}

#[test]
fn pages_of_the_api_may_follow_one_another_or_be_wrapped() {
    let pages = format!("{API}\n{API}");
    check(&pages, "1.046500", "1.046500");
    assert!(bill::prices(&bill(&pages), &[]).contains("over 48.0 hours"));
    check(&format!("{{\"statusCode\":200,\"body\":{API}}}"), "1.046500", "1.046500");
    let nested = API.replace("\"Items\":[", "\"Items\":{\"Item\":[").replace("}]}", "}]}}");
    check(&nested, "1.046500", "1.046500");
    let told = read("{\"Code\":\"NoPermission\",\"Message\":\"m\",\"Success\":false}").unwrap_err();
    assert!(told.to_string().contains("it is an error answer: NoPermission"), "{told}");
    let cut = &API[..200];
    assert!(read(cut).unwrap_err().to_string().contains("the JSON ends in the middle"));
}

#[test]
fn a_refund_is_no_use_and_is_told_apart() {
    check(REFUND, "0.523250", "0.523250");
    let refund = bill(REFUND);
    assert_eq!(refund.apart[&Apart::Refund].rows, 1);
    assert_eq!(refund.apart[&Apart::Refund].amount, -523_250_000);
    let screen = bill::screen(&refund, &[]);
    assert!(screen.contains("1 rows of refunds, -0.52 CNY"), "{screen}");
    assert!(!screen.contains("is not what is to be paid"), "{screen}");
    // The same where nothing but the sign says so.
    let negative = REFUND.replace("i-a,Refund", "i-a,PayAsYouGoBill");
    check(&negative, "0.523250", "0.523250");
    assert_eq!(bill(&negative).apart[&Apart::Adjustment].rows, 1);
}

#[test]
fn an_adjustment_is_no_use_whatever_its_sign() {
    let head = REFUND.lines().take(2).collect::<Vec<_>>().join("\n");
    for amount in ["-0.1", "0.1"] {
        let row = format!(
            "i-a,Adjustment,ecs.g7.large,Cloud server configuration,,,,,{amount},0,0,{amount},CNY,\
             PayAsYouGo,2026-08-10"
        );
        let text = format!("{head}\n{row}\n");
        check(&text, "0.523250", "0.523250");
        assert_eq!(bill(&text).apart[&Apart::Adjustment].rows, 1, "{amount}");
    }
    // FOCUS has a column for the kind of a charge, and one for corrections.
    let row = FOCUS.lines().nth(1).unwrap();
    for (from, to, apart) in [
        (",Usage,", ",Adjustment,", Apart::Adjustment),
        (",Usage,", ",Credit,", Apart::Coupon),
        (",Usage,", ",Tax,", Apart::Tax),
    ] {
        let text = format!("{FOCUS}{}\n", row.replace(from, to));
        check(&text, "0.523250", "0.418600");
        assert_eq!(bill(&text).apart[&apart].rows, 1);
    }
    assert_eq!(
        bill(&format!("{FOCUS}{}\n", row.replace(",Usage,", ",Purchase,"))).subscriptions,
        1
    );
}

#[test]
fn coupons_are_payment_and_not_price() {
    let (list, paid) = rates(COUPON);
    assert_eq!(list, "0.523224");
    assert!(paid.starts_with("0.4872"), "{paid}");
    assert_eq!(bill(COUPON).coupons, 10_000_000_000);
    // Fully paid by a coupon.
    check(&COUPON.replace("22.05,10.00,288.45", "22.05,298.45,0"), "0.523224", &paid);
    // Nothing says why there is nothing to pay: no rate of zero comes of it.
    let two = format!("{CONSOLE}{}\n", CONSOLE.lines().nth(1).unwrap().replace("0.4186", "0"));
    check(&two, "0.523250", "0.418600");
    assert_eq!(bill(&two).apart[&Apart::Free].rows, 1);
}

/// 320.50 less 22.05 is 298.45: 288.45 to be paid and 10 of coupons.
#[test]
fn a_bill_that_contradicts_itself_is_told() {
    let at_odds = |text: &str| {
        let screen = bill::screen(&bill(text), &[]);
        screen.contains("1 rows in which list price less discount is not what is to be paid")
    };
    assert!(!at_odds(COUPON));
    assert!(at_odds(&COUPON.replace("288.45", "280.45")), "eight are missing");
}

#[test]
fn a_total_is_told_and_left_out() {
    check(WITH_TOTAL, "0.523250", "0.418600");
    assert_eq!(bill(WITH_TOTAL).apart[&Apart::Total].amount, 418_600_000);
    let filled = WITH_TOTAL.replace("0.4186,\n", "0.4186,CNY\n");
    assert_ne!(filled, WITH_TOTAL);
    check(&filled, "0.523250", "0.418600");
    assert_eq!(bill(&filled).apart[&Apart::Total].rows, 1);
    let unnamed = WITH_TOTAL.replace("合计", "");
    assert_eq!(bill(&unnamed).apart[&Apart::Total].rows, 1);
}

#[test]
fn a_bill_in_gbk_is_told_how_to_become_utf_8() {
    // 账单,费: the headings of a Chinese console, as a spreadsheet stores them.
    let bytes: &[u8] = b"\xd5\xcb\xb5\xa5,\xb7\xd1\n1,2\n";
    let input = Input { name: "bill".to_owned(), reader: Box::new(bytes) };
    let problems = bill::read(input).unwrap_err().to_string();
    assert!(problems.contains("not UTF-8"), "{problems}");
    assert!(problems.contains("iconv -f GBK -t UTF-8 FILE"), "{problems}");
}
