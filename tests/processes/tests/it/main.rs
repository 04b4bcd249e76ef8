//! massmap in forked processes, in processes with little memory, and in processes without threads.
//!
//! The tests run separate programs. These fork while they have a single thread, unless the test is about several, and can hang
//! and be killed.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod forks;
mod memory;
mod threadless;
