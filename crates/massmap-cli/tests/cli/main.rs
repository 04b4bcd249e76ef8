//! Drives the program as a user does: arguments in, streams, exit code and files out.
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod convert;
mod damage;
mod fixtures;
mod harness;
mod info;
mod merge;
mod output;
mod streams;
mod usage;
