//! The facade and all below it as programs use them. `tests/compat` holds the crate against the published massmap 0.1.5.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod alignment;
mod allocation;
mod api;
mod backends;
mod building;
mod cause;
mod counting;
mod craft;
mod damage;
mod defects;
mod fnv;
mod golden_file;
mod iterators;
mod loaders;
mod memory_file;
mod no_allocation;
mod oracle;
mod paged;
mod raw_block;
mod reads;
mod shapes;
mod sparse;
mod unverified;
mod verified;
mod walks;
