//! What each input of a scenario is about: one table, which marks, stress rows and the page of
//! inputs all read.
//!
//! A test holds it against the tables of the scenario: every key of a group that numbers rest on
//! is in it, and none that does not exist.

/// What an input is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What things cost.
    Price,
    /// How long stops take.
    Stop,
    /// How long starts take.
    Start,
    /// How long calls travel.
    Call,
    /// How much stock there is, and who else takes it.
    Stock,
    /// Which types can be stopped in economical mode.
    Eligibility,
    /// What controllers do, and how often they try.
    Policy,
    /// Anything else: every figure rests on it.
    Other,
}

/// By table: what all its keys are about.
pub const TABLES: &[(&str, Topic)] = &[
    ("calls", Topic::Call),
    ("pool", Topic::Stock),
    ("private_pool", Topic::Stock),
    ("dedicated_host", Topic::Stock),
    ("zone_shock", Topic::Stock),
    ("environment_fault", Topic::Stock),
    ("price", Topic::Price),
    ("price_book", Topic::Price),
    ("exchange", Topic::Price),
    ("commitment", Topic::Price),
    ("controller", Topic::Policy),
    ("service", Topic::Policy),
];

/// The keys of a group, in the order of its table.
pub const GROUP: &[(&str, Topic)] = &[
    ("count", Topic::Other),
    ("reserve", Topic::Start),
    ("names_csv", Topic::Other),
    ("priority", Topic::Policy),
    ("charge", Topic::Other),
    ("network", Topic::Other),
    ("public_address", Topic::Other),
    ("bandwidth_mbps", Topic::Price),
    ("bandwidth_rate", Topic::Price),
    ("eip_rate", Topic::Price),
    ("eip_configuration_rate", Topic::Price),
    ("snapshot_rate", Topic::Price),
    ("local_storage", Topic::Eligibility),
    ("persistent_memory", Topic::Eligibility),
    ("credit_specification", Topic::Other),
    ("initially", Topic::Other),
    ("initially_of", Topic::Other),
    ("conditions", Topic::Other),
    ("rate", Topic::Price),
    ("system_disk", Topic::Price),
    ("data_disks", Topic::Price),
    ("licence", Topic::Price),
    ("discount", Topic::Price),
    ("stop", Topic::Stop),
    ("force_stop", Topic::Stop),
    ("start", Topic::Start),
    ("allocation", Topic::Start),
    ("ready", Topic::Start),
    ("wave_factor", Topic::Start),
    ("hang", Topic::Stop),
    ("settling", Topic::Start),
    ("spot", Topic::Other),
    ("private_pool", Topic::Stock),
    ("dedicated_host", Topic::Stock),
    ("type_change", Topic::Start),
];

/// The keys of a type.
pub const TYPE: &[(&str, Topic)] = &[
    ("vcpus", Topic::Other),
    ("economical", Topic::Eligibility),
    ("withdrawn", Topic::Policy),
    ("burstable", Topic::Other),
];

impl Topic {
    /// What the input at a path of the scenario is about.
    pub fn of(path: &str) -> Topic {
        let mut parts = path.split('.');
        let table = parts.next().unwrap_or_default();
        let key = parts.nth(1).unwrap_or_default();
        let (rows, wanted) = match table {
            "group" => (GROUP, key),
            "type" => (TYPE, key),
            _ => (TABLES, table),
        };
        rows.iter().find(|(name, _)| *name == wanted).map_or(Topic::Other, |(_, topic)| *topic)
    }
}
