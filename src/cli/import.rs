//! `import`: what others export, to what a scenario takes. Files come whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use crate::import::history::{self, Form};
use crate::import::problem::{Problem, Problems};
use crate::import::stock::{Categories, Encoding};
use crate::import::{Input, Moments, arrivals, bill, instances, prices, stock};
use crate::scenario::{Memory, Source as _, load};
use crate::units::SimDuration;

use super::exit::{Error, Exit};
use super::files::{ANY_FILE, Parcel, Scratch};
use super::stdout::{complain, copy, print};

/// What is imported.
#[derive(Clone, Debug, Subcommand)]
pub enum Import {
    /// The JSON of DescribeInstances: a fleet, and a scenario that can be run.
    DescribeInstances(InstancesArgs),
    /// Recorded arrivals of virtual machines: other tenants of a pool.
    VmArrivals(ArrivalsArgs),
    /// Counts of what could be had by tick: a pool's trace.
    StockTrace(TraceArgs),
    /// Polled categories of DescribeAvailableResource: pools with their traces.
    StockStatus(StatusArgs),
    /// State-change events or call logs: how long starts and stops took, how often stock was
    /// short.
    History(HistoryArgs),
    /// Bill details: what was paid for an hour of each type.
    Bill(BillArgs),
    /// The vendor's price file: a price book.
    Prices(PricesArgs),
    /// Crontabs and the schedules of other tools: controllers and demands.
    Schedule(super::schedules::ScheduleArgs),
}

/// `import describe-instances`.
#[derive(Clone, Debug, clap::Args)]
pub struct InstancesArgs {
    /// Its pages: in one file or several, one after the other or in an array.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Only instances of this region.
    #[arg(long, value_name = "ID")]
    pub region: Option<String>,
    /// The first day of the scenario; without it the Monday after the last start.
    #[arg(long, value_name = "DATE")]
    pub start: Option<String>,
    /// What prices are in.
    #[arg(long, value_name = "CODE", default_value = "CNY")]
    pub currency: String,
    /// Writes fleet.csv and scenario.toml here; without it one scenario is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `import vm-arrivals`.
#[derive(Clone, Debug, clap::Args)]
pub struct ArrivalsArgs {
    /// Lines of seconds and flavours, such as `300 g,|,b,m,|,b`.
    pub file: String,
    /// Lines such as `2,3.5 g`: units are vCPUs then; without it machines.
    #[arg(long, value_name = "FILE")]
    pub map: Option<String>,
    /// How long every batch holds its units: the arrivals do not say it.
    #[arg(long, value_name = "DURATION")]
    pub hold: String,
    /// Writes others.csv here; without it it is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What a 0 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ZeroMeans {
    /// A number says how many could be had: 0 is none.
    ZeroIsNone,
    /// A number says how many could not be had, of `--of`: 0 is all.
    ZeroIsAll,
}

/// A column of a pool's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TraceColumn {
    /// What the fleet holds is in it, as in a probe that holds what it gets.
    ObtainableTotal,
    /// What could be had beyond it.
    ObtainableMore,
}

/// `import stock-trace`.
#[derive(Clone, Debug, clap::Args)]
pub struct TraceArgs {
    /// `{"metadata": {"gap_seconds": 300}, "data": [16, 0, …]}`.
    pub file: String,
    /// What a 0 says: there is no default, since traces of both kinds exist.
    #[arg(long, value_name = "ENCODING")]
    pub encoding: ZeroMeans,
    /// How many were asked for at each tick.
    #[arg(long, value_name = "N", required_if_eq("encoding", "zero-is-all"))]
    pub of: Option<u64>,
    /// How many of the pool's units one of them is.
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub units: u64,
    /// Whether what the fleet holds is in it.
    #[arg(long, value_name = "COLUMN", default_value = "obtainable-total")]
    pub column: TraceColumn,
    /// Writes stock.csv here; without it it is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `import stock-status`.
#[derive(Clone, Debug, clap::Args)]
pub struct StatusArgs {
    /// A CSV with the columns time, zone, type, category, or the answers in JSON.
    pub file: String,
    /// How many units WithStock stands for: the API says no number.
    #[arg(long, value_name = "UNITS")]
    pub with_stock: u64,
    /// How many units ClosedWithStock, which is little, stands for.
    #[arg(long, value_name = "UNITS")]
    pub closed_with_stock: u64,
    /// Of the scenario, and of times without an offset.
    #[arg(long, value_name = "ZONE")]
    pub timezone: String,
    /// Writes pools.toml and a CSV for each pool here.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// How a measured duration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fit {
    /// The measured values, or 200 quantiles of them.
    Empirical,
    /// A log-normal distribution.
    LogNormal,
}

/// `import history`.
#[derive(Clone, Debug, clap::Args)]
pub struct HistoryArgs {
    /// A CSV with time, instance, and state or operation and code, in order of time; or the
    /// vendor's events or audit log in JSON.
    pub file: String,
    /// Of times without an offset, and of the dates and hours that are told.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub timezone: String,
    /// Starts of a pool with no longer gap between them are one wave.
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub wave_gap: String,
    /// A group of the scenario that it is of, unless a column `group` says it; can be repeated.
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// How durations are written.
    #[arg(long, value_name = "FORM", default_value = "empirical")]
    pub fit: Fit,
    /// Writes measured.toml here, for a scenario to extend.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `import bill`.
#[derive(Clone, Debug, clap::Args)]
pub struct BillArgs {
    /// A CSV of bill details, or the answers of DescribeInstanceBill in JSON.
    pub file: String,
    /// Another billing item that is the price of an instance of its type; can be repeated.
    #[arg(long = "compute-item", value_name = "NAME")]
    pub compute: Vec<String>,
    /// Writes prices.toml here, for a scenario to extend.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `import prices`.
#[derive(Clone, Debug, clap::Args)]
pub struct PricesArgs {
    /// `{"currency": "CNY", "pricingInfo": {"region::type::vpc::linux::optimized": …}}`.
    pub file: String,
    /// Only prices of this region; can be repeated.
    #[arg(long = "region", value_name = "ID")]
    pub regions: Vec<String>,
    /// The network of the instances: vpc or classic.
    #[arg(long, value_name = "NETWORK", default_value = "vpc")]
    pub network: String,
    /// Writes prices.csv here; without it it is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Imports.
///
/// # Errors
/// With everything that is wrong with what is imported, or if something cannot be written.
pub fn import(what: &Import) -> Result<Exit, Error> {
    match what {
        Import::DescribeInstances(args) => describe_instances(args)?,
        Import::VmArrivals(args) => vm_arrivals(args)?,
        Import::StockTrace(args) => stock_trace(args)?,
        Import::StockStatus(args) => stock_status(args)?,
        Import::History(args) => of_history(args)?,
        Import::Bill(args) => of_bill(args)?,
        Import::Prices(args) => of_prices(args)?,
        Import::Schedule(args) => super::schedules::import(args)?,
    }
    Ok(Exit::Held)
}

/// Opens a file to import.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &str) -> Result<Input<'_>, Error> {
    let reader = ANY_FILE.reader(path).map_err(|reason| {
        Error::new(format!("cannot read {path}")).because(reason).hint("name a file to import")
    })?;
    Ok(Input { name: path.to_owned(), reader })
}

/// The text of problems already has their places.
pub fn told(problems: impl Into<Problems>) -> Error {
    Error::Scenario(problems.into().to_string())
}

/// Reads a duration that a flag states.
///
/// # Errors
/// If it is none.
pub fn duration(flag: &str, text: &str) -> Result<SimDuration, Error> {
    text.parse().map_err(|error: crate::units::ParseError| {
        Error::new(format!("{flag}: {}", error.problem)).hint(format!("write {}", error.expected))
    })
}

fn moments(zone: &str) -> Result<Moments, Error> {
    Moments::named(zone).ok_or_else(|| {
        Error::new(format!("--timezone: there is no time zone `{zone}`"))
            .hint("use a name of the IANA database, such as Asia/Shanghai")
    })
}

/// Puts files into a directory, all of them or none.
///
/// # Errors
/// If they cannot be written.
pub fn deliver(directory: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let names = files.iter().map(|(name, _)| name.clone()).collect();
    let parcel = Parcel::new(directory, names)?;
    for (name, text) in files {
        parcel.file(name)?.fill(|out| out.write_all(text.as_bytes()))?;
    }
    parcel.publish()?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    complain(format!("written to {}: {}", directory.display(), names.join(", ")));
    Ok(())
}

/// Streams one file: to its directory, or to standard output once it is whole.
fn stream<T>(
    directory: Option<&Path>,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, Problems>,
) -> Result<T, Error> {
    let scratch = if directory.is_none() { Some(Scratch::new("import")?) } else { None };
    let folder = match (directory, &scratch) {
        (Some(directory), _) => directory.to_owned(),
        (None, Some(scratch)) => scratch.path("out"),
        (None, None) => unreachable!("without a directory there is a scratch one"),
    };
    let parcel = Parcel::new(&folder, vec![name.to_owned()])?;
    let mut file = parcel.file(name)?;
    let done = fill(&mut file).map_err(told)?;
    file.finish()?;
    parcel.publish()?;
    match directory {
        Some(directory) => complain(format!("written to {}: {name}", directory.display())),
        None => copy(open(&folder.join(name).to_string_lossy())?.reader)?,
    }
    Ok(done)
}

fn describe_instances(args: &InstancesArgs) -> Result<(), Error> {
    let inputs = args.files.iter().map(|file| open(file)).collect::<Result<Vec<_>, _>>()?;
    let options = instances::Options {
        region: args.region.clone(),
        start: args.start.clone(),
        currency: Some(args.currency.clone()),
    };
    let made = instances::import(inputs, &options).map_err(told)?;
    let source = Memory::new().with("scenario.toml", &made.scenario);
    if let Err(problems) = load("scenario.toml", &source, &[]) {
        return Err(Error::new("what was imported makes no scenario that can be run")
            .because(problems.to_string())
            .hint("nothing was written; --start and --currency may be what is wrong"));
    }
    match &args.out {
        None => print(&made.scenario)?,
        Some(directory) => deliver(
            directory,
            &[
                ("fleet.csv".to_owned(), made.fleet),
                ("scenario.toml".to_owned(), made.scenario_beside_fleet),
            ],
        )?,
    }
    made.notes.iter().for_each(|note| complain(format!("note: {note}")));
    Ok(())
}

fn vm_arrivals(args: &ArrivalsArgs) -> Result<(), Error> {
    let hold = duration("--hold", &args.hold)?;
    let flavours = match &args.map {
        Some(map) => Some(arrivals::flavours(open(map)?).map_err(told)?),
        None => None,
    };
    let input = open(&args.file)?;
    let arrived = stream(args.out.as_deref(), "others.csv", |out| {
        arrivals::import(input, flavours.as_ref(), hold, out)
    })?;
    let unit = if args.map.is_some() { "vcpu" } else { "instance" };
    complain(format!(
        "note: {} batches of {} machines, {} units, the largest {}, over {}; a pool with unit = \
         \"{unit}\" takes them as others_trace; who came before the first line is not in it: let \
         warm_up be at least {hold}",
        arrived.batches, arrived.machines, arrived.units, arrived.largest, arrived.span
    ));
    Ok(())
}

fn stock_trace(args: &TraceArgs) -> Result<(), Error> {
    let encoding = match (args.encoding, args.of) {
        (ZeroMeans::ZeroIsNone, None) => Encoding::Obtainable,
        (ZeroMeans::ZeroIsAll, Some(of)) => Encoding::Missing { of },
        (ZeroMeans::ZeroIsNone, Some(_)) | (ZeroMeans::ZeroIsAll, None) => {
            return Err(Error::new("--of belongs to --encoding zero-is-all")
                .hint("say how many were asked for, or that 0 is none"));
        }
    };
    let column = match args.column {
        TraceColumn::ObtainableTotal => "obtainable_total",
        TraceColumn::ObtainableMore => "obtainable_more",
    };
    let input = open(&args.file)?;
    let found = stream(args.out.as_deref(), "stock.csv", |out| {
        stock::trace(input, encoding, (column, args.units), out)
    })?;
    complain(format!(
        "note: {} ticks of {}, nothing to be had at {} of them, at most {} units; a pool takes it \
         as trace = {{ csv = \"stock.csv\", column = \"{column}\" }}",
        found.ticks, found.gap, found.none, found.most
    ));
    Ok(())
}

fn stock_status(args: &StatusArgs) -> Result<(), Error> {
    let categories =
        Categories { with_stock: args.with_stock, closed_with_stock: args.closed_with_stock };
    let moments = moments(&args.timezone)?;
    let status = stock::status(open(&args.file)?, categories, &moments).map_err(told)?;
    let mut files = vec![("pools.toml".to_owned(), status.pools)];
    files.extend(status.paths.into_iter().map(|path| (format!("{}.csv", path.name), path.csv)));
    deliver(&args.out, &files)?;
    status.notes.iter().for_each(|note| complain(format!("note: {note}")));
    Ok(())
}

fn of_history(args: &HistoryArgs) -> Result<(), Error> {
    let moments = moments(&args.timezone)?;
    let wave_gap = duration("--wave-gap", &args.wave_gap)?;
    let options = history::Options { moments: moments.clone(), wave_gap, within: None };
    let history = history::read(open(&args.file)?, &options).map_err(told)?;
    if let Some(directory) = &args.out {
        let form = match args.fit {
            Fit::Empirical => Form::Empirical,
            Fit::LogNormal => Form::LogNormal,
        };
        let text = history::fragment(&history, &args.groups, form).map_err(told)?;
        deliver(directory, &[("measured.toml".to_owned(), text)])?;
    }
    print(history::screen(&history, &moments))
}

fn of_bill(args: &BillArgs) -> Result<(), Error> {
    let read = bill::read(open(&args.file)?).map_err(told)?;
    if let Some(directory) = &args.out {
        let text = bill::prices(&read, &args.compute);
        if !text.contains("[[price]]") {
            let problem = Problem::new(&args.file, "no item is a price of compute")
                .expected("a billing item with its type and time")
                .hint("see the table without --out, and name the item with --compute-item");
            return Err(told(problem));
        }
        deliver(directory, &[("prices.toml".to_owned(), text)])?;
    }
    print(bill::screen(&read, &args.compute))
}

fn of_prices(args: &PricesArgs) -> Result<(), Error> {
    let options = prices::Options { regions: args.regions.clone(), network: args.network.clone() };
    let made = prices::import(open(&args.file)?, &options).map_err(told)?;
    match &args.out {
        None => print(&made.csv)?,
        Some(directory) => deliver(directory, &[("prices.csv".to_owned(), made.csv)])?,
    }
    made.notes.iter().for_each(|note| complain(format!("note: {note}")));
    Ok(())
}
