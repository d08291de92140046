//! When a demand or a schedule changes next: what `expand` shows of each.

use crate::controller::policy::Drive;
use crate::controller::schedule::moments;
use crate::demand::calendar::Zone;
use crate::units::SimTime;
use crate::world::plan::Plan;

use super::canon::Canon;

/// How many edges are shown of each.
const SHOWN: usize = 4;

/// The next edges of an entry of `[[demand]]` or `[[controller]]`, in the time zone of its
/// calendar; a controller's are the moments at which it acts, its lead and outages included.
pub(super) fn next_edges(
    plan: &Plan,
    entries: &[(String, Canon)],
    key: &str,
    element: &Canon,
) -> Vec<String> {
    let Some(name) = element.text("name") else { return vec![] };
    let (edges, zone): (Vec<(SimTime, &str)>, Option<&str>) = match key {
        "demand" => {
            let Some(demand) = plan.demands.iter().find(|demand| demand.name == name) else {
                return vec![];
            };
            let word = |wanted| if wanted { "wanted" } else { "not wanted" };
            let edges = demand.edges.iter().map(|edge| (edge.at, word(edge.wanted)));
            (edges.take(SHOWN).collect(), element.text("timezone"))
        }
        "controller" => {
            let found = plan.controllers.iter().find(|controller| controller.name == name);
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
            let zone = own.or_else(|| followed.and_then(|name| zone_of(entries, name)));
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

/// The time zone that a demand states.
fn zone_of<'a>(entries: &'a [(String, Canon)], demand: &str) -> Option<&'a str> {
    let (_, value) = entries.iter().find(|(key, _)| key == "demand")?;
    let Canon::Array(demands) = value else { return None };
    demands.iter().find(|own| own.text("name") == Some(demand))?.text("timezone")
}
