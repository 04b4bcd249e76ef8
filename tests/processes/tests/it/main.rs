//! massmap in processes that were forked, and in those with little memory.
//!
//! What is tried runs in programs of their own, which fork while they have one thread unless the test is about others, and which
//! may hang and be killed.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod forks;
mod memory;
mod threadless;
