//! Measurements, each in a process of its own.

mod build;
mod cold;
mod describe;
mod latency;
mod limits;
pub(crate) mod protocol;
mod warm;
pub(crate) mod worker;
