//! `massmap`, the command line for massmap files: build them from JSON, CSV and the like, inspect, query, verify and merge them.
//!
//! Results go to stdout, problems to stderr, one line each. The exit code is 0 for success, 1 for a failure and 2 for
//! arguments that make no sense. Nothing that an argument or a file holds makes the program panic.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod commands;
mod input;
mod map;
mod options;
mod output;
mod types;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::console;

/// Build, query, inspect, verify and merge massmap files: immutable key-value maps of which a lookup costs one read.
#[derive(Parser)]
#[command(name = "massmap", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(commands::build::Args),
    Get(commands::get::Args),
    Info(commands::info::Args),
    Verify(commands::verify::Args),
    Merge(commands::merge::Args),
    Convert(commands::convert::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            console::help_or_misuse(&message);
            return exit_code(&message);
        }
    };
    let result = match cli.command {
        Command::Build(args) => commands::build::run(&args),
        Command::Get(args) => commands::get::run(&args),
        Command::Info(args) => commands::info::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Merge(args) => commands::merge::run(&args),
        Command::Convert(args) => commands::convert::run(&args),
    };
    // Returned rather than passed to `process::exit`, which would run no destructors.
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(misuse) => {
                console::help_or_misuse(&misuse);
                exit_code(&misuse)
            }
            Err(error) => {
                console::error(&error);
                ExitCode::FAILURE
            }
        },
    }
}

fn exit_code(message: &clap::Error) -> ExitCode {
    match message.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}
