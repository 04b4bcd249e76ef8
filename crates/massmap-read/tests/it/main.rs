//! Files whose keys and values differ, slightly or entirely, from the types that a program asks for.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod checked;
mod fixed;
mod interrupted;
mod key_types;
mod merging;
mod odd_keys;
mod undecodable;
mod untyped;
