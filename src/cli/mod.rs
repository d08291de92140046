//! The thin door: arguments, files, stdout and the exit code.

use std::process::ExitCode;

/// Parses the arguments, dispatches, and returns the exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
