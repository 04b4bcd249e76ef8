//! Runs the program as a user does, and checks streams, exit codes and files.
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
mod urls;
