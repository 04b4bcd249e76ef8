//! The plans of this crate, with files in memory.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod opening;
mod verifying;
