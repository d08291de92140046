//! Net saving and unavailability by group and tag, replication by replication.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sim::metric::{Metric, SavingPart};
use crate::sim::plan::Plan;
use crate::stats::Column;
use crate::units::Ratio;

use super::super::provenance::{Provenance, Subject};
use super::super::totals::Totals;
use super::row::{Direction, Row};

/// Whose share: a group, or what has a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Whose {
    /// The group of this name.
    Group(String),
    /// What has this tag with this value.
    Tag(String, String),
}

/// What each replication says of every share.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shares {
    all: BTreeMap<Whose, (Column<i128>, Column<i128>)>,
}

/// A share of both scenarios side by side.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// Whose.
    pub whose: Whose,
    /// What it saves, net of what the policy costs.
    pub net: Row,
    /// For how long it was not ready while wanted.
    pub unavailable: Row,
}

impl Shares {
    /// Takes the shares of the next replication.
    pub(super) fn add(&mut self, plan: &Plan, one: &Totals) {
        let shares = super::super::shares::Shares::of(plan, one);
        let groups = shares.by_group().into_iter();
        let groups = groups.filter_map(|row| Some((Whose::Group(row.group?), row.share)));
        let tags = shares.by_tag().into_iter();
        let tags = tags.filter_map(|row| Some((Whose::Tag(row.tag, row.value?), row.share)));
        for (whose, share) in groups.chain(tags) {
            let (net, unavailable) = self.all.entry(whose).or_default();
            net.push(share.net.0.as_nanos());
            unavailable.push(i128::try_from(share.unavailable_us).unwrap_or(i128::MAX));
        }
    }
}

impl ShareRow {
    /// Of every group and tag that both have.
    pub(super) fn all(
        base: &Shares,
        other: &Shares,
        provenances: &[Provenance<'_>; 2],
        confidence: Ratio,
    ) -> Vec<ShareRow> {
        let rests = |metric: &Metric| {
            let subject = Subject::of_metric(metric);
            provenances.iter().any(|one| one.marks(subject))
        };
        let are_assumed =
            (rests(&Metric::Saving(SavingPart::Net)), rests(&Metric::UnavailableHours));
        let both = base
            .all
            .iter()
            .filter_map(|(whose, own)| other.all.get(whose).map(|others| (whose, own, others)));
        let row = |(whose, own, others): (&Whose, &(Column<i128>, Column<i128>), &_)| {
            let others: &(Column<i128>, Column<i128>) = others;
            let values = |column: &Column<i128>| column.iter().copied().collect::<Vec<i128>>();
            let of = |metric: &Metric, own: &Column<i128>, others: &Column<i128>| {
                let direction = Direction::of(metric);
                let (own, others) = (values(own), values(others));
                let name = metric.name();
                Row::of_means(name, metric.unit(), direction, &own, &others, confidence)
            };
            let net = of(&Metric::Saving(SavingPart::Net), &own.0, &others.0);
            let unavailable = of(&Metric::UnavailableHours, &own.1, &others.1);
            ShareRow {
                whose: whose.clone(),
                net: Row { is_assumed: are_assumed.0, ..net },
                unavailable: Row { is_assumed: are_assumed.1, ..unavailable },
            }
        };
        both.map(row).collect()
    }
}

impl Whose {
    /// For people.
    pub fn shown(&self) -> String {
        match self {
            Whose::Group(name) => name.clone(),
            Whose::Tag(tag, value) => format!("{tag}={value}"),
        }
    }
}
