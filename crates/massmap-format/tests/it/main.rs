//! Integration tests of massmap-format.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod inspect;
