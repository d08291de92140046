//! Values written as strings.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::demand::calendar::{CivilDate, Days, TimeOfDay, WallTime, Weekday, Weekdays, Zone};
use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Hashes, mismatch};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::suggest::nearest;
use crate::scenario::tree::Node;
use crate::units::{HourlyRate, ParseError, RATE_MAX, Ratio, SimDuration, decimal};

/// A value that is written as a string.
pub trait TextValue: Clone + Sized {
    /// What is expected, as a phrase with an example.
    const EXPECTED: &'static str;
    /// Whether numbers of the report may rest on it.
    const COUNTS: bool = true;

    /// Reads it.
    ///
    /// # Errors
    /// With what is wrong and what was expected.
    fn read(text: &str) -> Result<Self, ParseError>;

    /// Writes it, in the one form that every other spelling of it has as well.
    fn print(&self) -> String;

    /// What else to say to someone who wrote this.
    fn hint(_text: &str) -> Option<String> {
        None
    }

    /// How the canonical text has it.
    fn canonical(&self, _hashes: &Hashes) -> String {
        self.print()
    }
}

impl<T: TextValue> Decode for T {
    const IS_INPUT: bool = T::COUNTS;

    fn expected() -> String {
        T::EXPECTED.to_owned()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<T> {
        let Some(text) = node.value.as_text() else {
            problems.push(mismatch(node, T::EXPECTED));
            return None;
        };
        match T::read(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let problem = Problem::new(node.place, error.problem)
                    .expected(format!("expected {}", error.expected));
                problems.push(match T::hint(text) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                });
                None
            }
        }
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        Canon::Text(self.canonical(hashes))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": T::EXPECTED })
    }
}

/// Values that another layer already knows how to read and print.
macro_rules! text_values {
    ($($Type:ty: $expected:literal;)*) => {$(
        impl TextValue for $Type {
            const EXPECTED: &'static str = $expected;
            fn read(text: &str) -> Result<$Type, ParseError> {
                text.parse()
            }
            fn print(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

text_values! {
    CivilDate: "a date such as \"2026-10-01\"";
    TimeOfDay: "a time of day such as \"08:00\"";
    WallTime: "a date with or without a time, such as \"2026-03-02 08:00\"";
    Weekday: "a day of the week such as \"mon\"";
    Weekdays: "weekdays such as \"mon..fri\"";
    Days: "days such as \"mon..fri\"";
}

/// The name of an entry: what other entries and `--set` refer to it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub String);

/// Letters in a [`Name`] at most.
pub const NAME_MAX: usize = 64;

impl TextValue for Name {
    const EXPECTED: &'static str = "a name of letters, digits, `-`, `_` and `.`";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<Name, ParseError> {
        let bad = |problem: String| Err(ParseError::new(problem, Self::EXPECTED));
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match text.chars().find(|c| !allowed(*c)) {
            Some(other) => bad(format!("`{other}` cannot be part of a name")),
            None if text.is_empty() => bad("a name cannot be empty".into()),
            None if text.len() > NAME_MAX => bad(format!("`{text}` is longer than {NAME_MAX}")),
            None => Ok(Name(text.to_owned())),
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// Any text: a description, a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(pub String);

impl TextValue for Word {
    const EXPECTED: &'static str = "text";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<Word, ParseError> {
        Ok(Word(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// The path of a CSV; the canonical text has the hash of its content instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvPath(pub String);

impl TextValue for CsvPath {
    const EXPECTED: &'static str = "the path of a CSV file";

    fn read(text: &str) -> Result<CsvPath, ParseError> {
        match text.is_empty() {
            true => Err(ParseError::new("a path cannot be empty", Self::EXPECTED)),
            false => Ok(CsvPath(text.to_owned())),
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }

    fn canonical(&self, hashes: &Hashes) -> String {
        hashes.get(&self.0).map_or_else(|| self.0.clone(), |hash| format!("sha256:{hash}"))
    }
}

/// A word of a program's command line; where it names a file of the scenario's folder, the
/// canonical text has the hash of its content instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramWord(pub String);

impl TextValue for ProgramWord {
    const EXPECTED: &'static str = "a word of a command line";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<ProgramWord, ParseError> {
        match text.contains('\0') {
            true => Err(ParseError::new("no command line has a zero byte", Self::EXPECTED)),
            false => Ok(ProgramWord(text.to_owned())),
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }

    fn canonical(&self, hashes: &Hashes) -> String {
        hashes.get(&self.0).map_or_else(|| self.0.clone(), |hash| format!("sha256:{hash}"))
    }
}

/// A currency code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency(pub String);

impl TextValue for Currency {
    const EXPECTED: &'static str = "a currency code of three capitals such as \"CNY\"";

    fn read(text: &str) -> Result<Currency, ParseError> {
        match text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            true => Ok(Currency(text.to_owned())),
            false => {
                Err(ParseError::new(format!("`{text}` is not a currency code"), Self::EXPECTED))
            }
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// A time zone of the bundled database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName(pub String);

/// Letters in the name of a time zone at most.
pub const ZONE_NAME_MAX: usize = 64;

impl TextValue for ZoneName {
    const EXPECTED: &'static str = "a time zone such as \"Asia/Shanghai\"";

    fn read(text: &str) -> Result<ZoneName, ParseError> {
        if text.len() > ZONE_NAME_MAX {
            let what = format!("no time zone has a name of more than {ZONE_NAME_MAX} letters");
            return Err(ParseError::new(what, Self::EXPECTED));
        }
        match Zone::named(text) {
            Ok(zone) => Ok(ZoneName(zone.name().to_owned())),
            Err(_) => Err(ParseError::new(format!("unknown time zone `{text}`"), Self::EXPECTED)),
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }

    fn hint(text: &str) -> Option<String> {
        let names = Zone::names();
        let near = nearest(text, names.iter().map(String::as_str))?;
        Some(format!("did you mean `{near}`?"))
    }
}

/// A share or probability, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub Ratio);

impl TextValue for Share {
    const EXPECTED: &'static str = "a share from 0 to 1 such as \"3%\" or \"3/100\"";

    fn read(text: &str) -> Result<Share, ParseError> {
        let ratio: Ratio = text.parse()?;
        match ratio <= Ratio::ONE {
            true => Ok(Share(ratio)),
            false => Err(ParseError::new(format!("`{text}` is more than all"), Self::EXPECTED)),
        }
    }

    fn print(&self) -> String {
        lowest_terms(self.0)
    }
}

/// A factor above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor(pub Ratio);

impl TextValue for Factor {
    const EXPECTED: &'static str = "a factor above zero such as \"2\", \"3/2\" or \"150%\"";

    fn read(text: &str) -> Result<Factor, ParseError> {
        let ratio: Ratio = text.parse()?;
        match ratio.num() {
            0 => Err(ParseError::new("a factor of zero makes no sense here", Self::EXPECTED)),
            _ => Ok(Factor(ratio)),
        }
    }

    fn print(&self) -> String {
        lowest_terms(self.0)
    }
}

fn lowest_terms(ratio: Ratio) -> String {
    let (mut a, mut b) = (ratio.num(), ratio.den());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = a.max(1);
    match (ratio.num() / divisor, ratio.den() / divisor) {
        (num, 1) => num.to_string(),
        (num, den) => format!("{num}/{den}"),
    }
}

/// A price per hour with its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Per hour.
    pub rate: HourlyRate,
    /// Three capitals.
    pub currency: String,
}

impl TextValue for Rate {
    const EXPECTED: &'static str = "a price per hour such as \"0.52325 CNY/h\"";

    fn read(text: &str) -> Result<Rate, ParseError> {
        let (rate, currency) = HourlyRate::parse(text)?;
        match rate > RATE_MAX {
            true => {
                let what = format!("{rate} is more than {RATE_MAX} an hour");
                Err(ParseError::new(what, Self::EXPECTED))
            }
            false => Ok(Rate { rate, currency }),
        }
    }

    fn print(&self) -> String {
        format!("{} {}/h", self.rate, self.currency)
    }
}

/// The licence of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Licence {
    /// Nothing to pay.
    None,
    /// Red Hat Enterprise Linux, at its published price.
    Rhel,
    /// SUSE Linux Enterprise Server, at its published price.
    Sles,
    /// Alibaba Cloud Linux Pro, at its published price.
    AlinuxPro,
    /// Windows Server: free of charge in mainland China, at no published price elsewhere.
    Windows,
    /// At this price.
    Rate(Rate),
}

impl TextValue for Licence {
    const EXPECTED: &'static str = "\"none\", \"rhel\", \"sles\", \"alinux-pro\", \"windows\" or \
                                    a price such as \"0.2 CNY/h\"";

    fn read(text: &str) -> Result<Licence, ParseError> {
        match text {
            "none" => Ok(Licence::None),
            "rhel" => Ok(Licence::Rhel),
            "sles" => Ok(Licence::Sles),
            "alinux-pro" => Ok(Licence::AlinuxPro),
            "windows" => Ok(Licence::Windows),
            other => Rate::read(other).map(Licence::Rate).map_err(|_| {
                ParseError::new(format!("`{text}` is neither licence nor price"), Self::EXPECTED)
            }),
        }
    }

    fn print(&self) -> String {
        match self {
            Licence::None => "none".into(),
            Licence::Rhel => "rhel".into(),
            Licence::Sles => "sles".into(),
            Licence::AlinuxPro => "alinux-pro".into(),
            Licence::Windows => "windows".into(),
            Licence::Rate(rate) => rate.print(),
        }
    }

    fn hint(text: &str) -> Option<String> {
        let near = nearest(text, ["none", "rhel", "sles", "alinux-pro", "windows"])?;
        Some(format!("did you mean `{near}`?"))
    }
}

/// The size of a disk, in whole GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gibibytes(pub u64);

/// The largest disk: 64 TiB, as large as any cloud disk. A limit of this program.
pub const DISK_MAX_GIB: u64 = 65_536;

impl TextValue for Gibibytes {
    const EXPECTED: &'static str = "a size such as \"40GiB\" or \"2TiB\"";

    fn read(text: &str) -> Result<Gibibytes, ParseError> {
        let bad = |problem: String| ParseError::new(problem, Self::EXPECTED);
        let trimmed = text.trim();
        let unit_at = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(unit_at);
        let factor = match unit.trim() {
            "GiB" => 1,
            "TiB" => 1024,
            "" => return Err(bad(format!("`{text}` has no unit"))),
            other => return Err(bad(format!("unknown unit of size `{other}`"))),
        };
        let (digits, _) = decimal(number).ok_or_else(|| bad(format!("`{text}` is not a size")))?;
        let gib = digits.checked_mul(factor).and_then(|gib| u64::try_from(gib).ok());
        match gib.filter(|gib| (1..=DISK_MAX_GIB).contains(gib)) {
            Some(gib) => Ok(Gibibytes(gib)),
            None => Err(bad(format!("`{text}` is not between 1GiB and {DISK_MAX_GIB}GiB"))),
        }
    }

    fn print(&self) -> String {
        format!("{}GiB", self.0)
    }
}

/// So many per unit of time, as the time between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing(pub SimDuration);

impl TextValue for Spacing {
    const EXPECTED: &'static str = "a rate such as \"10/s\", \"600/m\" or \"1000/h\"";

    fn read(text: &str) -> Result<Spacing, ParseError> {
        let bad = |problem: String| ParseError::new(problem, Self::EXPECTED);
        let (number, unit) =
            text.trim().split_once('/').ok_or_else(|| bad(format!("`{text}` is not a rate")))?;
        let per: SimDuration = format!("1{}", unit.trim())
            .parse()
            .map_err(|_| bad(format!("unknown unit of time `{unit}`")))?;
        let count = match decimal(number.trim()) {
            Some((digits, 0)) => u64::try_from(digits).ok().filter(|count| *count > 0),
            Some(_) | None => None,
        };
        let count =
            count.ok_or_else(|| bad(format!("`{number}` is not a whole number above 0")))?;
        match per.as_micros() / count {
            0 => Err(bad(format!("`{text}` is more than one per microsecond"))),
            micros => Ok(Spacing(SimDuration::from_micros(micros))),
        }
    }

    /// As the number that gives this very spacing, in the largest unit that does so.
    fn print(&self) -> String {
        let micros = self.0.as_micros();
        for unit in ["s", "m", "h", "d", "w"] {
            let size: SimDuration = format!("1{unit}").parse().expect("it is a unit of time");
            let count = size.as_micros() / micros;
            if count > 0 && size.as_micros() / count == micros {
                return format!("{count}/{unit}");
            }
        }
        unreachable!("a spacing of {} came from a whole number per unit of time", self.0)
    }
}

/// An HTTP status and an API code, as fault rules name refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRefusal {
    /// The HTTP status.
    pub http: u16,
    /// The API's error code.
    pub code: String,
}

impl TextValue for HttpRefusal {
    const EXPECTED: &'static str =
        "an HTTP status and an API code such as \"503 LimitedOperation.ServiceUnavailable\"";

    fn read(text: &str) -> Result<HttpRefusal, ParseError> {
        let bad = || ParseError::new(format!("`{text}` is no status and code"), Self::EXPECTED);
        let (http, code) = text.trim().split_once(' ').ok_or_else(bad)?;
        let http: u16 = http.parse().map_err(|_| bad())?;
        match (100..600).contains(&http) && !code.trim().is_empty() {
            true => Ok(HttpRefusal { http, code: code.trim().to_owned() }),
            false => Err(bad()),
        }
    }

    fn print(&self) -> String {
        format!("{} {}", self.http, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn canonical<T: TextValue>(text: &str) -> String {
        let printed = T::read(text).unwrap().print();
        assert_eq!(T::read(&printed).unwrap().print(), printed, "{text} is stable");
        printed
    }

    #[test]
    fn two_spellings_of_one_value_have_one_canonical_form() {
        assert_eq!(canonical::<SimDuration>("90m"), "1h30m");
        assert_eq!(canonical::<Share>("3%"), "3/100");
        assert_eq!(canonical::<Share>("100%"), "1");
        assert_eq!(canonical::<Share>("0%"), "0");
        assert_eq!(canonical::<Factor>("150%"), "3/2");
        assert_eq!(canonical::<Rate>("0.50 CNY/h"), "0.5 CNY/h");
        assert_eq!(canonical::<Gibibytes>("2TiB"), "2048GiB");
        assert_eq!(canonical::<Spacing>("600/m"), "10/s");
        assert_eq!(canonical::<Spacing>("7/h"), "7/h");
        assert_eq!(canonical::<Spacing>("1/d"), "1/d");
        assert_eq!(canonical::<Licence>("0.20 CNY/h"), "0.2 CNY/h");
        assert_eq!(canonical::<HttpRefusal>("503  X.Y"), "503 X.Y");
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        assert!(Share::read("101%").is_err());
        assert!(Factor::read("0").is_err());
        assert!(crate::scenario::value::Positive::read("0s").is_err());
        assert!(Gibibytes::read("0GiB").is_err() && Gibibytes::read("40GB").is_err());
        assert!(Spacing::read("0/s").is_err() && Spacing::read("2000000/s").is_err());
        assert!(Currency::read("cny").is_err());
        assert!(Name::read("a b").is_err() && Name::read("").is_err());
        assert!(HttpRefusal::read("NoStock").is_err());
    }
}
