//! Inputs of every kind, built into maps.

#![cfg(feature = "parquet")]
#![expect(
    clippy::unwrap_used,
    reason = "clippy takes helpers of integration tests for program code"
)]

mod damage;
mod fixtures;
mod harness;
mod keys;
mod maps;
mod messages;
mod several;
mod types;
