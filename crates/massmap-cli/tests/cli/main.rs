//! Drives the program as a user does: arguments in, streams, exit code and files out.
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod build;
mod convert;
mod damage;
mod damage_paged;
mod exact;
mod exact_types;
mod fixtures;
mod formats;
mod get;
mod harness;
mod info;
mod info_paged;
mod input;
mod kill;
mod little_memory;
mod long_records;
mod malformed;
mod many_files;
mod memory;
mod merge;
mod merge_paged;
mod no_records;
mod output;
mod repeated_keys;
mod round_trip;
mod streams;
mod tables;
mod temporary_files;
mod terminal;
mod usage;
mod verify;
