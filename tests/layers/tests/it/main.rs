//! The shape of the source tree: which crate may depend on which, which file may import which, and how full a folder may be.

#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod dependencies;
mod folders;
mod import_cycles;
mod inlining;
mod published;
mod sources;
mod without_io;
