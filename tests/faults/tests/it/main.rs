//! Builds and merges on a system whose calls fail, fall short and are interrupted, one after the other.
//!
//! The standard library makes its system calls through functions of the C library. This program defines these functions
//! itself ([`calls`]), and the linker prefers its own to the library's. So a test can have the n-th call that concerns its
//! directory fail ([`watch`]), for each n, whatever code makes it, and can look at the calls afterwards.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod building;
mod calls;
mod exhaust;
mod interception;
mod merging;
mod order;
mod permissions;
mod targets;
mod watch;
