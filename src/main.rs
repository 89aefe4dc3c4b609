//! Arguments to `cli::run`, its result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::cli::run(std::env::args_os())
}
