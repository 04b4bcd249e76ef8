//! Tests of readers and maps together.

#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod answers;
mod blocking;
mod maps;
mod object_reader;
mod random;
mod readers;
mod remote;
mod servers;
mod writer;
