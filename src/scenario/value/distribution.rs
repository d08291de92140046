//! Distributions, as a scenario writes them.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::engine::Distribution;
use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Fields, Hashes, mismatch};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Value};
use crate::units::{Ratio, SimDuration};

use super::text::{Factor, TextValue};

/// How long something takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Dist {
    form: Form,
    built: Distribution,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Constant(SimDuration),
    Uniform(SimDuration, SimDuration),
    Exponential(SimDuration),
    LogNormal { p50: SimDuration, p99: SimDuration },
    Weibull { shape: Factor, scale: SimDuration },
    Empirical(Vec<SimDuration>),
}

const EXPECTED: &str = "\"45s\", { p50 = \"25s\", p99 = \"2m\" }, { uniform = [\"1s\", \"2s\"] }, \
                        { exponential = \"45m\" }, \
                        { weibull = { shape = \"3/2\", scale = \"40s\" } } \
                        or { empirical = [\"10s\", \"12s\"] }";

impl Dist {
    /// Always the same.
    ///
    /// # Panics
    /// If it is longer than any span that is modelled.
    pub fn constant(span: SimDuration) -> Dist {
        Dist::new(Form::Constant(span)).expect("a default is a distribution")
    }

    /// Log-normal.
    ///
    /// # Panics
    /// If the median is zero or above the 99th percentile.
    pub fn log_normal(p50: SimDuration, p99: SimDuration) -> Dist {
        Dist::new(Form::LogNormal { p50, p99 }).expect("a default is a distribution")
    }

    /// Any span between two.
    ///
    /// # Panics
    /// If the ends are in the wrong order.
    pub fn uniform(lowest: SimDuration, highest: SimDuration) -> Dist {
        Dist::new(Form::Uniform(lowest, highest)).expect("a default is a distribution")
    }

    /// To be sampled.
    pub fn built(&self) -> &Distribution {
        &self.built
    }

    fn new(form: Form) -> Result<Dist, String> {
        let built = match &form {
            Form::Constant(span) => Distribution::constant(*span),
            Form::Uniform(lowest, highest) => Distribution::uniform(*lowest, *highest),
            Form::Exponential(mean) => Distribution::exponential(*mean),
            Form::LogNormal { p50, p99 } => Distribution::log_normal(*p50, *p99),
            Form::Weibull { shape, scale } => Distribution::weibull(*scale, shape.0),
            Form::Empirical(values) => {
                Distribution::empirical(values.iter().map(|value| (*value, 1)))
            }
        };
        match built {
            Ok(built) => Ok(Dist { form, built }),
            Err(error) => Err(error.to_string()),
        }
    }
}

const KEYS: [&str; 6] = ["p50", "p99", "uniform", "exponential", "weibull", "empirical"];

fn form_of(node: &Node, problems: &mut Problems) -> Option<Form> {
    if node.value.as_text().is_some() {
        return SimDuration::decode(node, problems).map(Form::Constant);
    }
    if !matches!(node.value, Value::Table(_)) {
        problems.push(mismatch(node, EXPECTED));
        return None;
    }
    let before = problems.count();
    let mut fields = Fields::open(node, &KEYS, Dist::expected, problems)?;
    let p50 = fields.optional::<SimDuration>("p50")?;
    let p99 = fields.optional::<SimDuration>("p99")?;
    let uniform = fields.optional::<Vec<SimDuration>>("uniform")?;
    let exponential = fields.optional::<SimDuration>("exponential")?;
    let weibull = fields.optional::<Weibull>("weibull")?;
    let empirical = fields.optional::<Vec<SimDuration>>("empirical")?;
    if problems.count() > before {
        return None;
    }
    let form = match (p50, p99, uniform, exponential, weibull, empirical) {
        (Some(p50), Some(p99), None, None, None, None) => {
            Form::LogNormal { p50: p50.value, p99: p99.value }
        }
        (None, None, Some(ends), None, None, None) if ends.value.len() == 2 => {
            Form::Uniform(ends.value[0], ends.value[1])
        }
        (None, None, None, Some(mean), None, None) => Form::Exponential(mean.value),
        (None, None, None, None, Some(weibull), None) => {
            Form::Weibull { shape: weibull.value.shape.value, scale: weibull.value.scale.value }
        }
        (None, None, None, None, None, Some(values)) => Form::Empirical(values.value),
        _ => {
            let problem = Problem::new(node.place, "not exactly one distribution");
            problems.push(problem.expected(format!("expected {EXPECTED}")));
            return None;
        }
    };
    Some(form)
}

crate::scenario::decode::table! {
    /// A Weibull distribution.
    Weibull {
        /// Below 1 the tail is heavy, 1 is exponential.
        shape: Factor, required;
        /// 63.2 % lie below it.
        scale: SimDuration, required;
    }
}

impl Decode for Dist {
    fn expected() -> String {
        format!("a duration or a distribution: {EXPECTED}")
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Dist> {
        let form = form_of(node, problems)?;
        match Dist::new(form) {
            Ok(dist) => Some(dist),
            Err(message) => {
                let problem = Problem::new(node.place, format!("no such distribution: {message}"));
                problems.push(problem.expected(format!("expected {EXPECTED}")));
                None
            }
        }
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let span = |span: &SimDuration| Canon::Text(span.to_string());
        let table = |key: &str, value: Canon| Canon::Table(vec![(key.to_owned(), value)]);
        match &self.form {
            Form::Constant(constant) => span(constant),
            Form::Uniform(lowest, highest) => {
                table("uniform", Canon::Array(vec![span(lowest), span(highest)]))
            }
            Form::Exponential(mean) => table("exponential", span(mean)),
            Form::LogNormal { p50, p99 } => {
                Canon::Table(vec![("p50".into(), span(p50)), ("p99".into(), span(p99))])
            }
            Form::Weibull { shape, scale } => table(
                "weibull",
                Canon::Table(vec![
                    ("shape".into(), Canon::Text(shape.print())),
                    ("scale".into(), span(scale)),
                ]),
            ),
            Form::Empirical(values) => {
                let mut values = values.clone();
                values.sort_unstable();
                table("empirical", Canon::Array(values.iter().map(span).collect()))
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let weibull = Weibull::schema(generator);
        let spans = json_schema!({ "type": "array", "items": { "type": "string" } });
        json_schema!({ "title": "a duration or a distribution", "anyOf": [
            { "type": "string" },
            { "type": "object", "additionalProperties": false, "properties": {
                "p50": { "type": "string" },
                "p99": { "type": "string" },
                "uniform": spans.clone(),
                "exponential": { "type": "string" },
                "weibull": weibull,
                "empirical": spans,
            } },
        ] })
    }
}

/// A random factor: `"1"` or `{ p50 = "1", p99 = "2" }`, log-normal.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorDist {
    p50: Factor,
    p99: Factor,
    built: Distribution,
}

const EXPECTED_FACTOR: &str = "a factor such as \"1\", or { p50 = \"1\", p99 = \"2\" }";

/// A factor of one, as the span that stands for it.
pub const FACTOR_OF_ONE: SimDuration = SimDuration::from_secs(1);

impl FactorDist {
    /// Log-normal.
    ///
    /// # Panics
    /// If the median is zero or above the 99th percentile.
    pub fn log_normal(p50: Ratio, p99: Ratio) -> FactorDist {
        FactorDist::new(Factor(p50), Factor(p99)).expect("a default is a distribution")
    }

    /// To be sampled: one second stands for a factor of one. None if it is always one.
    pub fn built(&self) -> Option<&Distribution> {
        (self.p50.0 != Ratio::ONE || self.p99.0 != Ratio::ONE).then_some(&self.built)
    }

    fn new(p50: Factor, p99: Factor) -> Result<FactorDist, String> {
        let span = |factor: Factor| FACTOR_OF_ONE.scaled(factor.0.num(), factor.0.den());
        let built = match p50 == p99 {
            true => Distribution::constant(span(p50)),
            false => Distribution::log_normal(span(p50), span(p99)),
        };
        match built {
            Ok(built) => Ok(FactorDist { p50, p99, built }),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Decode for FactorDist {
    fn expected() -> String {
        EXPECTED_FACTOR.into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<FactorDist> {
        let (p50, p99) = match &node.value {
            Value::Table(_) => {
                let mut fields =
                    Fields::open(node, &["p50", "p99"], FactorDist::expected, problems)?;
                let (p50, p99) =
                    (fields.required::<Factor>("p50"), fields.required::<Factor>("p99"));
                (p50?.value, p99?.value)
            }
            Value::Text(_)
            | Value::Cell(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Array(_) => Factor::decode(node, problems).map(|factor| (factor, factor))?,
        };
        FactorDist::new(p50, p99)
            .map_err(|message| {
                let problem = Problem::new(node.place, format!("no such distribution: {message}"));
                problems.push(problem.expected(format!("expected {EXPECTED_FACTOR}")));
            })
            .ok()
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let factor = |factor: &Factor| Canon::Text(factor.print());
        match self.p50 == self.p99 {
            true => factor(&self.p50),
            false => Canon::Table(vec![
                ("p50".into(), factor(&self.p50)),
                ("p99".into(), factor(&self.p99)),
            ]),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": EXPECTED_FACTOR, "anyOf": [
            { "type": "string" },
            { "type": "object", "additionalProperties": false, "properties": {
                "p50": { "type": "string" }, "p99": { "type": "string" },
            } },
        ] })
    }
}
