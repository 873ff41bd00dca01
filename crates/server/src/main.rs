//! The `pulsecheck` program; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pulsecheck_server::cli::run()
}
