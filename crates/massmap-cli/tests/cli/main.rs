//! Drives the program as a user does: arguments in, streams, exit code and files out.
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod arguments;
mod commands;
mod damage;
mod exactness;
mod harness;
mod input;
mod output;
mod resources;
