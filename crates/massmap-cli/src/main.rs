//! `massmap`, the command line for massmap files: build them from JSON or CSV, inspect, query, verify and merge them.
//!
//! Results go to stdout, problems to stderr, one line each. The exit code is 0 for success, 1 for a failure, 2 for a usage error,
//! and 130 or 143 if a signal ended the program. No argument and no file makes the program panic.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod commands;
mod map;
mod options;
mod output;

use std::env;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use commands::exit_codes;
use options::global::{self, GlobalArgs};
use options::usage::UsageError;
use output::{console, interrupt};

/// Build, query, inspect, verify and merge massmap files: immutable key-value maps in one file, one read per lookup.
///
/// A massmap file is a path or a URL: s3://BUCKET/PATH, gs://BUCKET/PATH, az://CONTAINER/PATH, http://HOST/PATH,
/// https://HOST/PATH (to read only) or file:///PATH. Credentials, regions and endpoints come from the environment, such as
/// AWS_ACCESS_KEY_ID, AWS_REGION and AWS_ENDPOINT, GOOGLE_SERVICE_ACCOUNT or AZURE_STORAGE_ACCOUNT_NAME. All but file:// need
/// a program that was built with the feature object-store.
#[derive(Parser)]
#[command(name = "massmap", version, arg_required_else_help = true, after_long_help = exit_codes::help())]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: GlobalArgs,
}

#[derive(Subcommand)]
enum Command {
    Build(Box<commands::write::build::Args>),
    Get(commands::query::get::Args),
    Join(commands::query::join::Args),
    Dump(commands::export::dump::Args),
    Keys(commands::export::keys::Args),
    Sample(commands::export::sample::Args),
    Info(commands::inspect::info::Args),
    Stats(commands::inspect::stats::Args),
    Bench(commands::inspect::bench::Args),
    Verify(commands::inspect::verify::Args),
    Merge(commands::write::merge::Args),
    Convert(commands::write::convert::Args),
    Completions(commands::shell::completions::Args),
    Man(commands::shell::man::Args),
}

fn main() -> ExitCode {
    interrupt::watch();
    #[cfg(feature = "parquet")]
    leave_panics_of_readers_to_messages();
    console::set_color(global::color_of(env::args_os().skip(1)));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return help_or_usage_error(&message),
    };
    cli.global.apply();
    let result = match cli.command {
        Command::Build(args) => commands::write::build::run(&args),
        Command::Get(args) => commands::query::get::run(&args),
        Command::Join(args) => commands::query::join::run(&args),
        Command::Dump(args) => commands::export::dump::run(&args),
        Command::Keys(args) => commands::export::keys::run(&args),
        Command::Sample(args) => commands::export::sample::run(&args),
        Command::Info(args) => commands::inspect::info::run(&args),
        Command::Stats(args) => commands::inspect::stats::run(&args),
        Command::Bench(args) => commands::inspect::bench::run(&args),
        Command::Verify(args) => commands::inspect::verify::run(&args),
        Command::Merge(args) => commands::write::merge::run(&args),
        Command::Convert(args) => commands::write::convert::run(&args),
        Command::Completions(args) => commands::shell::completions::run(&args, Cli::command()),
        Command::Man(args) => commands::shell::man::run(&args, Cli::command()),
    };
    interrupt::wait_if_ending();
    // Returned rather than passed to `process::exit`, which would run no destructors.
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref() {
            Some(error) => help_or_usage_error(&with_usage(error)),
            None => {
                console::error(&error);
                ExitCode::FAILURE
            }
        },
    }
}

/// Prints nothing of panics of the thread that reads input. The crates that decode Arrow panic for some damaged data; the error of
/// the command says what the panic says, and where.
#[cfg(feature = "parquet")]
fn leave_panics_of_readers_to_messages() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some("input") {
            print(panic);
        }
    }));
}

fn help_or_usage_error(message: &clap::Error) -> ExitCode {
    console::help_or_usage_error(message);
    match message.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}

/// The error in clap's form, with the usage of its command.
fn with_usage(error: &UsageError) -> clap::Error {
    let mut cli = Cli::command();
    // Gives the commands their full names.
    cli.build();
    let command = match cli.find_subcommand_mut(error.command) {
        Some(command) => command,
        None => &mut cli,
    };
    command.error(ErrorKind::ArgumentConflict, &error.message)
}
