//! `presets`: the clients that a controller can behave as.

use std::fmt::Write as _;

use crate::scenario::preset::{PRESETS, Preset};

use super::args::PresetsArgs;
use super::exit::{Error, Exit};
use super::stdout::print;

/// Lists the presets, or prints one.
///
/// # Errors
/// If there is no such preset.
pub fn presets(args: &PresetsArgs) -> Result<Exit, Error> {
    match &args.name {
        None => print(list())?,
        Some(name) => {
            let preset = Preset::named(name).ok_or_else(|| {
                let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
                Error::new(format!("there is no preset `{name}`"))
                    .hint(format!("the presets are {}", known.join(", ")))
            })?;
            print(preset.text)?;
        }
    }
    Ok(Exit::Held)
}

fn list() -> String {
    let mut text = String::new();
    for preset in PRESETS {
        let [client, source] = ["client", "source"].map(|key| preset.says(key));
        writeln!(text, "{}\n    {client}\n    {source}", preset.name).expect("strings take all");
    }
    text
}
