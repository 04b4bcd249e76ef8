//! `massmap`, the command line for massmap files: convert JSON into them, inspect and query them, merge them.
//!
//! Results go to stdout, problems to stderr, one line each. The exit code is 0 for success, 1 for a failure and 2 for
//! arguments that make no sense. Nothing that an argument or a file holds makes the program panic.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod cmd;
mod console;
mod hash;
mod input;
mod keys;
mod publish;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Create, inspect, query and merge massmap files: immutable key-value maps of which a lookup costs one read.
#[derive(Parser)]
#[command(name = "massmap", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Info(cmd::info::Args),
    Convert(cmd::convert::Args),
    Merge(cmd::merge::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Info(args) => cmd::info::run(&args),
        Command::Convert(args) => cmd::convert::run(&args),
        Command::Merge(args) => cmd::merge::run(&args),
    };
    // Returned rather than passed to `process::exit`, which would run no destructors.
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}
