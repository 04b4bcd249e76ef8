//! Inputs of every kind, built into maps.

#![cfg(feature = "parquet")]

mod damage;
mod fixtures;
mod harness;
mod keys;
mod messages;
mod nulls;
mod several;
mod types;
