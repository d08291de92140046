//! What every input rests on.

use crate::scenario::decode::{At, Decode, Leaf, Origin};
use crate::scenario::preset::{Grounds, basis};
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Root, TextOf};
use crate::sim::plan::{Basis, Input};

use super::{Work, list};

/// Every input that a number may rest on: those of the tables in their order, then prices.
pub(super) fn inputs(work: &mut Work<'_, '_>) -> Vec<Input> {
    let root = work.root;
    let mut inputs: Vec<Input> = vec![];
    root.leaves(&mut String::new(), work.context.main_place(), Origin::Written, &mut |leaf| {
        if is_input(leaf.path) {
            inputs.push(input(work, leaf));
        }
    });
    inputs.append(&mut work.inputs);
    cite_own_prices(root, &mut inputs);
    cite_commitments(root, &mut inputs);
    rows(work, &mut inputs);
    annotate(work, &mut inputs);
    inputs
}

/// What is outside the resolved scenario is no input.
fn is_input(path: &str) -> bool {
    !["seed", "run.", "expect", "hunt.", "property."]
        .iter()
        .any(|outside| path.trim_start_matches('.').starts_with(outside))
}

fn input(work: &Work<'_, '_>, leaf: Leaf<'_>) -> Input {
    let Leaf { path, value, place, origin } = leaf;
    let value = value();
    let path = path.trim_start_matches('.').to_owned();
    if path.ends_with(".csv") || path.ends_with("_csv") {
        let hash = work.context.hashes.get(&value);
        let content = hash.map_or_else(String::new, |hash| format!("sha256:{hash}"));
        return Input { path, value: content, basis: Basis::Measured, source: value };
    }
    let (basis, source) = match origin {
        Origin::Written => match work.context.grounds.get(&place.file()) {
            Some(grounds) => ground(grounds, &path),
            None if is_guess(&path) => (Basis::Assumed, GUESS.to_owned()),
            // Whoever wrote it, and in which file: the same scenario has the same inputs.
            None => (Basis::Given, String::new()),
        },
        Origin::Assumed(why) => (Basis::Assumed, why.to_owned()),
        Origin::Documented(source) => (Basis::Documented, source.to_owned()),
        Origin::Convention => (Basis::Documented, "docs/SCENARIO.md".to_owned()),
    };
    Input { path, value, basis, source }
}

/// What a pool's stock rests on, unless `[provenance]` says it: a region shows nobody its stock.
const GUESS: &str = "a guess at stock; say under [provenance] what it rests on";

/// Whether it is how much stock a pool has at the beginning.
fn is_guess(path: &str) -> bool {
    let of_pool = path.strip_prefix("pool.").and_then(|rest| rest.rsplit_once('.'));
    of_pool.is_some_and(|(_, key)| key == "free" || key == "total")
}

/// What a preset's value rests on: the longest of its grounds that the path lies under.
pub(in crate::scenario) fn ground(grounds: &Grounds, path: &str) -> (Basis, String) {
    let lies_under = |key: &str| format!("{path}.").contains(&format!(".{key}."));
    let found = grounds.iter().filter(|(key, _)| lies_under(key)).max_by_key(|(key, _)| key.len());
    found.map_or((Basis::Assumed, String::new()), |(_, ground)| ground.clone())
}

/// Inputs in the order of their paths.
struct ByPath(Vec<usize>);

impl ByPath {
    fn of(inputs: &[Input]) -> ByPath {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by(|one, other| inputs[*one].path.cmp(&inputs[*other].path));
        ByPath(order)
    }

    /// Those whose path is this one.
    fn at(&self, inputs: &[Input], path: &str) -> &[usize] {
        let from = self.0.partition_point(|place| inputs[*place].path.as_str() < path);
        let count = self.0[from..].partition_point(|place| inputs[*place].path == path);
        &self.0[from..from + count]
    }

    /// Those whose path is this one or lies under it.
    fn under<'a>(&'a self, inputs: &[Input], path: &str) -> impl Iterator<Item = &'a usize> {
        let below = format!("{path}.");
        let from = self.0.partition_point(|place| inputs[*place].path < below);
        let rest = &self.0[from..];
        let count = rest.partition_point(|place| inputs[*place].path.starts_with(&below));
        self.at(inputs, path).iter().chain(&rest[..count])
    }
}

/// A price whose source the scenario states is documented by it.
fn cite_own_prices(root: &Root, inputs: &mut [Input]) {
    let order = ByPath::of(inputs);
    for entry in list(&root.price) {
        let Some(source) = &entry.value.source else { continue };
        let date = entry.value.date.as_ref().map(|date| format!(" ({})", date.value.0));
        let path = format!("price.{}.rate", entry.name);
        for place in order.at(inputs, &path) {
            let input = &mut inputs[*place];
            input.basis = Basis::Documented;
            input.source = format!("{}{}", source.value.0, date.as_deref().unwrap_or_default());
        }
    }
}

/// A commitment whose source the scenario states is documented by it.
fn cite_commitments(root: &Root, inputs: &mut [Input]) {
    let order = ByPath::of(inputs);
    for entry in list(&root.commitment) {
        let Some(source) = &entry.value.source else { continue };
        let date = entry.value.date.as_ref().map(|date| format!(" ({})", date.value.0));
        let path = format!("commitment.{}", entry.name);
        let places: Vec<usize> = order.under(inputs, &path).copied().collect();
        for place in places {
            let input = &mut inputs[place];
            input.basis = Basis::Documented;
            input.source = format!("{}{}", source.value.0, date.as_deref().unwrap_or_default());
        }
    }
}

/// What CSVs of whole tables say.
fn rows(work: &Work<'_, '_>, inputs: &mut Vec<Input>) {
    let Some(csv) = &work.root.csv else { return };
    for TextOf { key, text, .. } in &csv.value.0 {
        let hash = work.context.hashes.get(text);
        inputs.push(Input {
            path: format!("csv.{key}"),
            value: hash.map_or_else(String::new, |hash| format!("sha256:{hash}")),
            basis: Basis::Given,
            source: text.clone(),
        });
    }
}

/// `[provenance]`: the longest path that an input begins with says what it rests on.
fn annotate(work: &mut Work<'_, '_>, inputs: &mut [Input]) {
    let Some(At { value: texts, .. }) = &work.root.provenance else { return };
    let order = ByPath::of(inputs);
    let mut notes: Vec<(&TextOf, Basis, String)> = vec![];
    for text in &texts.0 {
        match basis(&text.text) {
            Some((basis, source)) => notes.push((text, basis, source.to_owned())),
            None => {
                let message = format!("`{}` names no basis", text.text);
                let expected = "expected \"measured: FILE\", \"documented: SOURCE\", \
                                \"assumed: WHY\" or \"given: WHY\"";
                work.problem(Problem::new(text.place, message).expected(expected));
            }
        }
        if order.under(inputs, &text.key).next().is_none() {
            let message = format!("no input's path begins with `{}`", text.key);
            let problem = Problem::new(text.key_place, message);
            let known = inputs.iter().map(|input| input.path.as_str());
            let expected = "expected a path such as \"group.web.start\"";
            work.problem(problem.expected(expected).did_you_mean(&text.key, known));
        }
    }
    notes.sort_by_key(|(text, ..)| text.key.len());
    for (text, basis, source) in notes {
        let places: Vec<usize> = order.under(inputs, &text.key).copied().collect();
        for place in places {
            let input = &mut inputs[place];
            (input.basis, input.source) = (basis, source.clone());
        }
    }
}
