//! The `stopsim` binary: everything is in the library's `cli`.

fn main() -> std::process::ExitCode {
    stopsim::cli::main()
}
