//! Builds and merges whose system calls fail, transfer too few bytes or are interrupted, one after the other.
//!
//! The standard library makes its system calls through functions of the C library. This program defines these functions
//! itself ([`system`]), and the linker prefers them to those of the library. So a test can make the n-th call in its directory
//! fail ([`system::watch`]), for every n, and can check the calls afterwards.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod building;
mod exhaust;
mod merging;
mod order;
mod permissions;
mod system;
mod targets;
