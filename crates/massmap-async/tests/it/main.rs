//! Tests of readers and maps together.

#![expect(clippy::unwrap_used, reason = "all of this is part of tests")]

mod blocking;
mod maps;
mod object_reader;
mod remote;
mod writer;
