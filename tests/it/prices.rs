//! Where prices come from: books, regions, currencies and licences.

use stopsim::scenario::{Loaded, Memory, Source, load};
use stopsim::sim::plan::Basis;

use crate::scenario::Disk;

/// Two groups, one abroad; the prices are what each test says.
const HEAD: &str = "name = \"small\"\n[clock]\nstart = \"2026-03-02\"\n\
                    timezone = \"Asia/Shanghai\"\nlength = \"1d\"\n\
                    [region]\nid = \"cn-hangzhou\"\n";
const HOME: &str = "[[group]]\nname = \"web\"\ncount = 2\nzone = \"cn-hangzhou-h\"\n\
                    type = \"ecs.g7.large\"\n";
const ABROAD: &str = "[[group]]\nname = \"far\"\ncount = 1\nzone = \"us-east-1a\"\n\
                      region = \"us-east-1\"\ntype = \"ecs.g9z.large\"\n";
const BOOK: &str = "[price_book]\ncsv = \"book.csv\"\nsource = \"a page\"\ndate = \"2024-10-09\"\n";
const ROWS: &str = "region,instance_type,arch,vcpu,on_demand_per_hour_cny\n\
                    cn-hangzhou,ecs.g7.large,amd64,2,0.6\n\
                    us-east-1,ecs.g9z.large,amd64,6,0.70000\n\
                    us-east-1,ecs.g7.large,amd64,2,0.53578\n\
                    eu-west-1,ecs.g7.large,amd64,two,dear\n";

fn told(text: &str, book: &str) -> Result<Loaded, String> {
    let source = Memory::new().with("s.toml", text).with("book.csv", book);
    load("s.toml", &source, &[]).map_err(|errors| errors.to_string())
}

#[track_caller]
fn rates(text: &str, book: &str) -> Vec<String> {
    let loaded = told(text, book).unwrap_or_else(|errors| panic!("\n{errors}\n"));
    loaded.plan.region.groups.iter().map(|group| group.rates.compute.to_string()).collect()
}

#[track_caller]
fn wrong(text: &str, book: &str, expected: &str) {
    let errors = told(text, book).expect_err("something is wrong with it");
    assert!(errors.contains(expected), "{expected} is not in\n{errors}");
}

#[test]
fn a_price_book_prices_each_group_in_its_region_and_knows_its_types() {
    let text = format!("{HEAD}{HOME}{ABROAD}{BOOK}");
    assert_eq!(rates(&text, ROWS), ["0.6", "0.7"]);
    let plan = told(&text, ROWS).unwrap().plan;
    let far = plan.region.types.iter().find(|kind| kind.name == "ecs.g9z.large").unwrap();
    assert_eq!((far.vcpus, far.family.as_str()), (6, "ecs.g9z"));
    let input = |path: &str| {
        let found = plan.inputs.iter().find(|input| input.path == path);
        found.map(|input| (input.basis, input.value.as_str(), input.source.as_str()))
    };
    let source = "book.csv: a page (2024-10-09)";
    let home = (Basis::Documented, "0.6 CNY/h", source);
    assert_eq!(input("price.ecs.g7.large"), Some(home));
    let abroad = (Basis::Documented, "0.7 CNY/h", source);
    assert_eq!(input("price.ecs.g9z.large in us-east-1"), Some(abroad));
    assert_eq!(input("price_book.csv").unwrap().0, Basis::Measured);
}

#[test]
fn a_price_of_the_scenario_goes_before_the_book() {
    let own = "[[price]]\nname = \"ecs.g7.large\"\nrate = \"0.1 CNY/h\"\n";
    assert_eq!(rates(&format!("{HEAD}{HOME}{BOOK}{own}"), ROWS), ["0.1"]);
}

#[test]
fn what_a_price_book_lacks_is_named() {
    let text = format!("{HEAD}{HOME}{ABROAD}{BOOK}");
    wrong(&text.replace("g9z", "g8z"), ROWS, "book.csv has no price of ecs.g8z.large in us-east-1");
    let abroad = text.replace("\"us-east-1\"", "\"us-west-1\"");
    wrong(&abroad, ROWS, "book.csv has no price of any type in us-west-1");
    wrong(&text, "region,instance_type,cost\n", "book.csv has no column of prices");
    wrong(&text, "region,rate\n", "there is no column `instance_type`");
    for (more, both) in [
        ("_usd", "`on_demand_per_hour_usd` as well as under `on_demand_per_hour_cny`"),
        ("_cny", "`on_demand_per_hour_cny` as well as under `on_demand_per_hour_cny`"),
    ] {
        let rows = ROWS.replace("_cny\n", &format!("_cny,on_demand_per_hour{more}\n"));
        wrong(&text, &rows, &format!("prices stand under {both}\n--> book.csv:1"));
    }
    wrong(&text, "rate,region,instance_type,on_demand_per_hour_usd\n", "as well as under `rate`");
}

#[test]
fn a_bad_row_of_a_price_book_is_shown_with_its_line() {
    let text = format!("{HEAD}{HOME}{BOOK}");
    wrong(&text, &ROWS.replace("0.6", "cheap"), "`cheap` is not a price\n--> book.csv:2");
    wrong(&text, &ROWS.replace(",2,0.6", ",no,0.6"), "`no` is no number of vCPUs");
    let twice = format!("{ROWS}cn-hangzhou,ecs.g7.large,amd64,2,0.7\n");
    wrong(&text, &twice, "ecs.g7.large in cn-hangzhou is listed twice\n--> book.csv:6");
}

#[test]
fn prices_in_another_currency_need_a_rate_of_exchange() {
    let rows = "region,instance_type,rate\ncn-hangzhou,ecs.g7.large,0.0733 USD/h\n";
    let text = format!("{HEAD}{HOME}{BOOK}");
    wrong(&text, rows, "a price in USD in a scenario in CNY\n--> book.csv:2");
    let exchange = "[[exchange]]\nfrom = \"USD\"\nrate = \"7.123\"\nsource = \"a bank\"\n\
                    date = \"2026-03-01\"\n";
    // 0.0733 × 7.123 = 0.5221159.
    assert_eq!(rates(&format!("{text}{exchange}"), rows), ["0.5221159"]);
    // 0.073333333 × 7.123 = 0.522353330959: rounded down to a nano-unit.
    let fine = rows.replace("0.0733 ", "0.073333333 ");
    assert_eq!(rates(&format!("{text}{exchange}"), &fine), ["0.52235333"]);
    let twice = format!("{text}{exchange}{exchange}");
    wrong(&twice, rows, "USD is exchanged already");
}

#[test]
fn a_zone_is_in_one_region() {
    let other = HOME.replace("\"web\"", "\"app\"") + "region = \"cn-beijing\"\n";
    let text = format!("{HEAD}{HOME}{other}");
    wrong(&text, "", "zone `cn-hangzhou-h` is in cn-hangzhou, and here in cn-beijing");
}

#[test]
fn published_prices_are_those_of_the_region_of_the_group() {
    let abroad = ABROAD.replace("g9z", "g7");
    let text = format!("{HEAD}{HOME}{abroad}");
    assert_eq!(rates(&text, ""), ["0.52325", "0.5358"]);
    let plan = told(&text, "").unwrap().plan;
    assert_eq!(plan.region.regions(), ["cn-hangzhou", "us-east-1"]);
}

#[test]
fn windows_is_free_in_mainland_china_and_needs_a_price_elsewhere() {
    let licence = |text: &str| told(text, "").map(|l| l.plan.region.groups[0].rates.licence);
    let home = format!("{HEAD}{HOME}licence = \"windows\"\n");
    assert_eq!(licence(&home).unwrap().to_string(), "0");
    let rhel = home.replace("windows", "rhel");
    assert_eq!(licence(&rhel).unwrap().to_string(), "0.2082");
    let hong_kong = home.replace("cn-hangzhou", "cn-hongkong") + "rate = \"1 CNY/h\"\n";
    wrong(&hong_kong, "", "no price of licence windows in cn-hongkong is known");
    let own = "[[price]]\nname = \"windows\"\nrate = \"0.3 CNY/h\"\n";
    assert_eq!(licence(&format!("{hong_kong}{own}")).unwrap().to_string(), "0.3");
}

/// The vendor's list of 2024-10-09 as a CSV, where `STOPSIM_PRICE_BOOK` says where one is.
#[allow(clippy::disallowed_methods)] // the environment says where the file is
#[test]
fn a_book_of_five_thousand_prices_is_read() {
    let Ok(path) = std::env::var("STOPSIM_PRICE_BOOK") else { return };
    struct Beside(String, String);
    impl Source for Beside {
        fn text(&self, _: &str) -> Result<String, String> {
            Ok(self.1.clone())
        }
        fn reader(&self, _: &str) -> Result<Box<dyn std::io::Read + '_>, String> {
            Disk.reader(&self.0)
        }
    }
    let text = format!("{HEAD}{HOME}{}{BOOK}", ABROAD.replace("g9z", "g7"));
    let loaded = load("s.toml", &Beside(path, text), &[]).unwrap_or_else(|e| panic!("\n{e}\n"));
    let rates: Vec<String> =
        loaded.plan.region.groups.iter().map(|g| g.rates.compute.to_string()).collect();
    assert_eq!(rates, ["0.52325", "0.53578"]);
}
