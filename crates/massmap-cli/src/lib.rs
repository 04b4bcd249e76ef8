//! `massmap`, the command line for massmap files: build them from JSON or CSV, inspect, query, verify and merge them.
//!
//! Results go to stdout, problems to stderr, one line each. The exit code is 0 for success, 1 for a failure, 2 for a usage error,
//! and 130 or 143 if a signal ended the program. No argument and no file makes the program panic.
//!
//! The program is all of it: [`run`] is for other programs that bring the command line with them, such as the Python package. What
//! it prints for people may change in any release.
//!
//! ```
//! assert_eq!(massmap_cli::run(["massmap", "info", "missing.massmap"]), 1);
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod commands;
mod map;
mod options;
mod output;

use std::ffi::OsString;
use std::io::{self, Write};
#[cfg(feature = "parquet")]
use std::sync::Once;
use std::sync::{Mutex, PoisonError};

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

/// Held while a command runs: it has the standard streams, the signals and its settings for itself.
static RUNNING: Mutex<()> = Mutex::new(());

/// Runs the command line with `arguments`, the first of which is the name of the program, and returns the exit code.
///
/// Meanwhile, SIGINT and SIGTERM, or Ctrl+C, end the process. Otherwise nothing does: a program can run one command after the other.
/// Commands that it runs on several threads wait for each other.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let _watch = interrupt::watch();
    #[cfg(feature = "parquet")]
    leave_panics_of_readers_to_messages();
    let code = run_alone(&arguments);
    // What is left in it would be lost if a program of another language ends. If it is closed, there is nowhere to report that.
    _ = io::stdout().flush();
    code
}

fn run_alone(arguments: &[OsString]) -> u8 {
    console::set_color(global::color_of(arguments.iter().skip(1)));
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => return help_or_usage_error(&message, arguments),
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
    match result {
        Ok(()) => 0,
        Err(error) => match error.downcast_ref() {
            Some(error) => help_or_usage_error(&with_usage(error), arguments),
            None => {
                console::error(&error);
                1
            }
        },
    }
}

/// Prints nothing of panics of the thread that reads input. The crates that decode Arrow panic for some damaged data; the error of
/// the command says what the panic says, and where.
#[cfg(feature = "parquet")]
fn leave_panics_of_readers_to_messages() {
    static LEFT: Once = Once::new();
    LEFT.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some("input") {
                print(panic);
            }
        }));
    });
}

fn help_or_usage_error(message: &clap::Error, arguments: &[OsString]) -> u8 {
    console::help_or_usage_error(message, arguments);
    match message.use_stderr() {
        true => 2,
        false => 0,
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
