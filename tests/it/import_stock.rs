//! Stock and prices as the vendor's answers and files say them.

use stopsim::import::problem::Problems;
use stopsim::import::stock::{self, Categories, Status};
use stopsim::import::{Input, Moments, prices};
use stopsim::scenario::{Memory, load};

const LOOK: &str = include_str!("../data/cases/stock/describe-available-resource.json");

fn status(text: &str) -> Result<Status, Problems> {
    let input = Input { name: "look.json".to_owned(), reader: Box::new(text.as_bytes()) };
    let categories = Categories { with_stock: 100, closed_with_stock: 10 };
    stock::status(input, categories, &Moments::named("Asia/Shanghai").unwrap())
}

/// Name, CSV, looks and those that found it sold out.
#[track_caller]
fn paths(text: &str) -> Vec<(String, String, u64, u64)> {
    let status = status(text).unwrap_or_else(|problems| panic!("{problems}"));
    status.paths.into_iter().map(|path| (path.name, path.csv, path.polls, path.sold_out)).collect()
}

#[test]
fn an_answer_is_one_look_from_the_beginning() {
    let csv = "at,obtainable_more\n0s,0\n".to_owned();
    let expected = ("g7.large-cn-hangzhou-h".to_owned(), csv, 1, 1);
    assert_eq!(paths(LOOK), std::slice::from_ref(&expected));
    let notes = status(LOOK).unwrap().notes.join("\n");
    assert!(notes.contains("one look, sold out"), "{notes}");
    // In the keys of the SDK for TypeScript, with flat lists, and without the category.
    let flat = "{\"body\":{\"availableZones\":[{\"zoneId\":\"cn-hangzhou-h\",\"availableResources\":\
                [{\"type\":\"InstanceType\",\"supportedResources\":[{\"value\":\"ecs.g7.large\",\
                \"status\":\"SoldOut\"}]},{\"type\":\"SystemDisk\",\"supportedResources\":\
                [{\"value\":\"cloud_essd\",\"status\":\"Available\"}]}]}]}}";
    assert_eq!(paths(flat), [expected]);
}

#[test]
fn answers_with_their_times_are_polls() {
    let with = |time: &str, category: &str| {
        format!("{{\"time\":\"{time}\",\"answer\":{}}}\n", LOOK.replace("WithoutStock", category))
    };
    let text =
        with("2026-03-02T00:00:00Z", "WithStock") + &with("2026-03-02T00:05:00Z", "WithoutStock");
    let csv = "at,obtainable_more\n2026-03-02 08:00:00,100\n2026-03-02 08:05:00,0\n".to_owned();
    assert_eq!(paths(&text), [("g7.large-cn-hangzhou-h".to_owned(), csv, 2, 1)]);
    let sdk = format!(
        "{{\"headers\":{{\"date\":\"Mon, 02 Mar 2026 00:00:00 GMT\"}},\"statusCode\":200,\"body\":{LOOK}}}"
    );
    assert!(paths(&sdk)[0].1.contains("2026-03-02 08:00:00,0"));
    let told = status(&format!("{LOOK}{LOOK}")).unwrap_err().to_string();
    assert!(told.contains("one does not say when"), "{told}");
}

#[test]
fn what_is_no_such_answer_is_refused() {
    let told = |text: &str| status(text).unwrap_err().to_string();
    assert!(
        told("{\"Code\":\"Throttling\",\"Message\":\"m\"}").contains("error answer: Throttling")
    );
    assert!(told("{\"Instances\":[]}").contains("without AvailableZones"));
    assert!(
        told(&LOOK.replace("WithoutStock", "Plenty")).contains("there is no category `Plenty`")
    );
    assert!(told(&LOOK[..150]).contains("the JSON ends in the middle"));
}

const PRICES: &str = include_str!("../data/cases/prices/vendor-price-file.json");

fn price_book(text: &str, network: &str, regions: &[&str]) -> Result<prices::Imported, Problems> {
    let input = Input { name: "prices.json".to_owned(), reader: Box::new(text.as_bytes()) };
    let regions = regions.iter().map(|region| (*region).to_owned()).collect();
    prices::import(input, &prices::Options { regions, network: network.to_owned() })
}

#[test]
fn the_vendors_price_file_gives_one_price_per_operating_system() {
    let made = price_book(PRICES, "vpc", &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        made.csv,
        "region,instance_type,os,rate\n\
         ap-southeast-1,ecs.t5-c1m1.xlarge,linux,0.09 USD/h\n\
         ap-southeast-1,ecs.t5-c1m1.xlarge,windows,0.12 USD/h\n"
    );
    let told = made.notes.join("\n");
    assert!(told.contains("date = \"2018-10-08T08:15:52Z\""), "{told}");
    let text = |licence: &str| {
        format!(
            "name = \"a\"\ncurrency = \"USD\"\n[price_book]\ncsv = \"prices.csv\"\n\
             source = \"s\"\ndate = \"d\"\n[region]\nid = \"ap-southeast-1\"\n[clock]\n\
             start = \"2026-03-02\"\ntimezone = \"UTC\"\nlength = \"1d\"\n[[group]]\n\
             name = \"web\"\ncount = 1\nzone = \"a\"\ntype = \"ecs.t5-c1m1.xlarge\"\n\
             licence = \"{licence}\"\n[[pool]]\nname = \"p\"\nzone = \"a\"\nfamily = \"ecs.t5\"\n\
             unit = \"instance\"\nstock = \"unlimited\"\n[[demand]]\nname = \"d\"\ngroups = [\"web\"]\n\
             windows = [{{ days = \"mon\", from = \"08:00\", to = \"20:00\" }}]\n"
        )
    };
    let rates = |licence: &str, csv: &str| {
        let source = Memory::new().with("a.toml", text(licence)).with("prices.csv", csv);
        let plan = load("a.toml", &source, &[]).map_err(|told| told.to_string())?.plan;
        let rates = plan.region.groups[0].rates;
        Ok::<_, String>((rates.compute.to_string(), rates.licence.to_string()))
    };
    assert_eq!(rates("windows", &made.csv), Ok(("0.09".into(), "0.03".into())));
    assert_eq!(rates("none", &made.csv), Ok(("0.09".into(), "0".into())));
    let twice = format!("{}ap-southeast-1,ecs.t5-c1m1.xlarge,windows,1 USD/h\n", made.csv);
    assert!(
        rates("none", &twice)
            .unwrap_err()
            .contains("with windows in ap-southeast-1 is listed twice")
    );
    let cheaper = made.csv.replace("0.12", "0.01");
    assert!(
        rates("windows", &cheaper).unwrap_err().contains("costs less with windows than without")
    );
}

#[test]
fn a_price_file_is_of_one_network_and_of_the_regions_that_are_asked_for() {
    let told = |network: &str, regions: &[&str]| {
        price_book(PRICES, network, regions).unwrap_err().to_string()
    };
    assert!(told("classic", &[]).contains("none of 2 prices"));
    assert!(told("vpc", &["cn-hangzhou"]).contains("none of 2 prices"));
    assert!(price_book(PRICES, "vpc", &["ap-southeast-1"]).is_ok());
    // Of two kinds of storage the optimized one counts, wherever it stands.
    let key = "ap-southeast-1::ecs.t5-c1m1.xlarge::vpc::linux::";
    let both = PRICES.replace(
        "\"pricingInfo\":{",
        &format!(
            "\"pricingInfo\":{{\"{key}none\":{{\"hours\":[{{\"price\":\"9\",\"period\":\"1\"}}]}},"
        ),
    );
    assert_eq!(
        price_book(&both, "vpc", &[]).unwrap().csv,
        price_book(PRICES, "vpc", &[]).unwrap().csv
    );
    let per_day = PRICES.replace("\"0.09\",\"period\":\"1\"", "2.16,\"period\":\"24\"");
    assert_eq!(
        price_book(&per_day, "vpc", &[]).unwrap().csv,
        price_book(PRICES, "vpc", &[]).unwrap().csv
    );
    for (bad, said) in [
        (PRICES.replace("0.12", "cheap"), "no price that can be read"),
        (PRICES.replace("0.12", "1000000.12"), "more than 1000000 an hour is the price of ap-"),
        (PRICES.replace("\"USD\"", "\"dollars\""), "`dollars` is not a currency"),
        (PRICES[..200].to_owned(), "the JSON ends in the middle"),
        ("{}".to_owned(), "there is no price in it"),
    ] {
        let told = price_book(&bad, "vpc", &[]).unwrap_err().to_string();
        assert!(told.contains(said), "no `{said}` in\n{told}");
    }
}
