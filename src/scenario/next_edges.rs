//! When a demand or a schedule changes next: what `expand` shows of each.

use std::collections::BTreeMap;

use crate::controller::policy::{Controller, Drive};
use crate::controller::schedule::moments;
use crate::demand::Demand;
use crate::demand::calendar::Zone;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::canon::Canon;

/// How many edges are shown of each.
const SHOWN: usize = 4;

/// The demands and controllers of a plan by name, and the time zones that demands state.
pub(super) struct Edges<'a> {
    plan: &'a Plan,
    demands: BTreeMap<&'a str, &'a Demand>,
    controllers: BTreeMap<&'a str, &'a Controller>,
    zones: BTreeMap<&'a str, &'a str>,
}

impl<'a> Edges<'a> {
    /// Of a plan, and the tables it was made from.
    pub fn of(plan: &'a Plan, entries: &'a [(String, Canon)]) -> Edges<'a> {
        let written = entries.iter().find_map(|(key, value)| match value {
            Canon::Array(demands) if key == "demand" => Some(demands),
            Canon::Array(_)
            | Canon::Text(_)
            | Canon::Integer(_)
            | Canon::Boolean(_)
            | Canon::Table(_) => None,
        });
        let zone = |demand: &'a Canon| Some((demand.text("name")?, demand.text("timezone")?));
        Edges {
            plan,
            demands: plan.demands.iter().map(|one| (one.name.as_str(), one)).collect(),
            controllers: plan.controllers.iter().map(|one| (one.name.as_str(), one)).collect(),
            zones: written.into_iter().flatten().filter_map(zone).collect(),
        }
    }

    /// The next edges of an entry of `[[demand]]` or `[[controller]]`, in the time zone of its
    /// calendar; a controller's are the moments at which it acts, its lead and outages included.
    pub fn next(&self, key: &str, element: &Canon) -> Vec<String> {
        let plan = self.plan;
        let Some(name) = element.text("name") else { return vec![] };
        let (edges, zone): (Vec<(SimTime, &str)>, Option<&str>) = match key {
            "demand" => {
                let Some(demand) = self.demands.get(name) else { return vec![] };
                let word = |wanted| if wanted { "wanted" } else { "not wanted" };
                let edges = demand.edges.iter().map(|edge| (edge.at, word(edge.wanted)));
                (edges.take(SHOWN).collect(), element.text("timezone"))
            }
            "controller" => {
                let found = self.controllers.get(name);
                let Some((controller, Drive::Edges { follows, edges, acts, absence })) =
                    found.map(|controller| (controller, &controller.drive))
                else {
                    return vec![];
                };
                let word = |wanted| if wanted { "start" } else { "stop" };
                let moments = moments(edges, *acts, controller.lead, absence).into_iter();
                let acted = moments.map(|moment| (moment.at, word(edges[moment.edge].wanted)));
                let own = element.get("schedule").and_then(|schedule| schedule.text("timezone"));
                let followed = follows.map(|place| plan.demands[usize::from(place)].name.as_str());
                let zone = own.or_else(|| followed.and_then(|name| self.zones.get(name).copied()));
                (acted.take(SHOWN).collect(), zone)
            }
            _ => return vec![],
        };
        let own = zone.and_then(|name| Zone::named(name).ok());
        let zone = own.as_ref().unwrap_or(plan.clock.zone());
        if edges.is_empty() {
            return vec!["next edge: none before the end".to_owned()];
        }
        let line = |(at, word): (SimTime, &str)| {
            format!("next edge: {} {word}", plan.clock.format_in(zone, at))
        };
        edges.into_iter().map(line).collect()
    }
}
