//! Scenario files, as a user meets them.

use stopsim::scenario::{Loaded, Memory, Source, load};

/// A scenario that is as small as one can be.
const SMALL: &str = r#"
name = "small"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "7d"
[region]
id = "cn-hangzhou"
[[group]]
name = "web"
count = 3
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
[[pool]]
name = "g7"
zone = "cn-hangzhou-h"
family = "ecs.g7"
free = 10
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
[[controller]]
name = "nightly"
follows = "office"
stop = { mode = "StopCharging" }
"#;

#[track_caller]
fn loaded(source: &Memory, sets: &[&str]) -> Loaded {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load("s.toml", source, &sets).unwrap_or_else(|errors| panic!("\n{errors}\n"))
}

#[track_caller]
fn small(extra: &str) -> Loaded {
    loaded(&Memory::new().with("s.toml", format!("{SMALL}{extra}")), &[])
}

/// The shipped scenarios, and whatever lies beside them.
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
struct Disk;

#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
impl Source for Disk {
    fn text(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn reader(&self, path: &str) -> Result<Box<dyn std::io::Read + '_>, String> {
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        Ok(Box::new(std::io::BufReader::new(file)))
    }
}

#[test]
fn every_shipped_scenario_loads() {
    let mut paths: Vec<String> = std::fs::read_dir("scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".toml"))
        .collect();
    paths.sort();
    assert!(paths.iter().any(|path| path.ends_with("office-hours.toml")));
    let mut wrong = String::new();
    for path in &paths {
        if let Err(errors) = load(path, &Disk, &[]) {
            wrong += &format!("\n{path}\n{errors}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_small_scenario_becomes_a_plan() {
    let plan = small("").plan;
    assert_eq!(plan.region.groups[0].rates.compute.to_string(), "0.52325");
    assert_eq!(plan.demands[0].edges.len(), 10);
}
