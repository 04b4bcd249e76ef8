//! The program `massmap`: the command line of `massmap_cli`.

#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Returned rather than passed to `process::exit`, which would run no destructors.
    massmap_cli::run(env::args_os()).into()
}
