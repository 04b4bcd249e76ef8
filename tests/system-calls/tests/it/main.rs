//! Number of system calls of a lookup, counted by the kernel: none in a mapped file, one in any other.
//!
//! A separate program, `lookups`, makes the lookups, and this one traces it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod lookups;
mod trace;
