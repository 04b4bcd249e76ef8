//! Files whose keys and values are not quite, or not at all, those that a program asks for.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod checked;
mod key_types;
mod merging;
mod odd_keys;
mod undecodable;
