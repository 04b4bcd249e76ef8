//! How many system calls a lookup makes, as the kernel counts them: none in a mapped file, one in any other.
//!
//! The lookups are made by a program of their own, `lookups`, which this one traces.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod lookups;
mod trace;
